"""How expressions are put together, whatever they are drawn with: parentheses, operators, and where lines are broken."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Generic, TypeVar

from mlp.explain.formula import (
    Apply,
    Derivative,
    Elementwise,
    Equation,
    Expression,
    Matrix,
    Negative,
    Product,
    Renewed,
    Sum,
    Symbol,
    Transpose,
)
from mlp.explain.writing.numbers import Table, table

__all__ = ["Operator", "Style", "arrange", "compose", "stands_alone"]

T = TypeVar("T")

#: How tightly an expression holds together; what stands in a tighter place than its own is put in parentheses.
LOOSE, SUM, PRODUCT, FACTOR, ATOM = range(5)


class Operator(Enum):
    """What stands between two expressions."""

    PLUS = "added"
    MINUS = "subtracted"
    SIGN = "negative"
    BESIDE = "multiplied, without a sign"
    DOT = "multiplied, with a sign, as between two numbers"
    ELEMENTWISE = "multiplied entry by entry"
    COMMA = "listed"
    EQUALS = "equal"


class Style(ABC, Generic[T]):
    """What a writer draws with; ``T`` is a drawn piece."""

    digits: int

    #: How far the lines of a stack after the first are moved to the right.
    indent: float

    @abstractmethod
    def width(self, piece: T) -> float:
        """How wide a piece is, in the unit of the room that is given to `compose`."""

    @abstractmethod
    def symbol(self, symbol: Symbol, raised: str = "") -> T:
        """A name with its index; ``raised`` is "T" if it is transposed, "new" if it is the value after the step."""

    @abstractmethod
    def derivative(self, derivative: Derivative) -> T:
        """A quotient of differentials."""

    @abstractmethod
    def table(self, numbers: Table) -> T:
        """A matrix in brackets, or its only number."""

    @abstractmethod
    def transposed(self, piece: T) -> T:
        """With a raised T."""

    @abstractmethod
    def function(self, name: str) -> T:
        """The name of a function."""

    @abstractmethod
    def fenced(self, piece: T) -> T:
        """In parentheses."""

    @abstractmethod
    def operator(self, operator: Operator, leading: bool) -> T:
        """An operator; ``leading`` if it begins a line."""

    @abstractmethod
    def row(self, pieces: Sequence[T]) -> T:
        """Pieces beside each other."""

    @abstractmethod
    def stack(self, lines: Sequence[T]) -> T:
        """Lines below each other, those after the first indented."""


def compose(expression: Expression, style: Style[T], room: float = math.inf) -> T:
    """``expression`` drawn in ``style``, broken into lines where it would be wider than ``room``.

    A line is broken before an operator: those of a sum first, then those of its terms, and after the commas
    between arguments. What has none is never broken.
    """
    match expression:
        case Symbol():
            return style.symbol(expression)
        case Derivative():
            return style.derivative(expression)
        case Matrix():
            return style.table(table(expression.values, style.digits))
        case Transpose(Symbol() as symbol):
            return style.symbol(symbol, "T")
        case Renewed(symbol):
            return style.symbol(symbol, "new")
        case Transpose():
            return style.transposed(_held(expression.of, ATOM, style, room))
    whole = _lined(expression, style, math.inf)
    return whole if style.width(whole) <= room else _lined(expression, style, room)


def arrange(equation: Equation, style: Style[T], room: float, line: float | None = None) -> tuple[T, list[T]]:
    """The first side of an equation, and the lines that follow it, each with its sign of equality.

    All sides stand in one line if that is not wider than ``line``, else each in its own, beside the first or, if that
    `stands_alone`, below.
    """
    first, *others = equation.sides
    start, equals = compose(first, style, room), style.operator(Operator.EQUALS, leading=False)
    together = [part for side in others for part in (equals, compose(side, style))]
    if others and style.width(style.row([start, *together])) <= (room if line is None else line):
        return start, [style.row(together)]
    before = style.indent if stands_alone(start, style, room) else style.width(start)
    left = room - before - style.width(equals)
    return start, [style.row([equals, compose(side, style, left)]) for side in others]


def stands_alone(start: T, style: Style[T], room: float) -> bool:
    """Whether the first side of an equation is too wide for the others to stand beside it."""
    return style.width(start) > room / 3


def _lined(expression: Expression, style: Style[T], room: float) -> T:
    """An expression that has parts, in as many lines as it takes."""
    if isinstance(expression, Apply):
        return _applied(expression, style, room)
    return _filled(expression, style, room)


def _applied(expression: Apply, style: Style[T], room: float) -> T:
    """A function beside its arguments or, where these are too wide for that, above them."""
    name, fences = style.function(expression.function), style.width(style.fenced(style.row([])))
    beside = style.fenced(_filled(expression, style, room - style.width(name) - fences))
    if style.width(name) + style.width(beside) <= room:
        return style.row([name, beside])
    return style.stack([name, style.fenced(_filled(expression, style, room - style.indent - fences))])


def _filled(expression: Expression, style: Style[T], room: float) -> T:
    """Parts beside each other, as many as there is room for in each line; one that is itself broken stands alone."""
    lines: list[list[T]] = [[]]
    for operator, part, level in _parts(expression, style.digits):
        left = room - (style.indent if len(lines) > 1 else 0)
        signs = [[] if operator is None else [style.operator(operator, leading)] for leading in (False, True)]
        whole = _held(part, level, style, math.inf)
        if lines[-1] and style.width(style.row([*lines[-1], *signs[0], whole])) > left:
            if operator is Operator.COMMA:
                lines[-1] += signs[0]
                signs = [[], []]
            lines.append([])
            left = room - style.indent
        sign = signs[bool(len(lines) > 1 and not lines[-1])]
        left -= sum(map(style.width, sign))
        if style.width(whole) <= left:
            lines[-1] += [*sign, whole]
        else:
            lines[-1] += [*sign, _held(part, level, style, left)]
            lines.append([])
    rows = [style.row(line) for line in lines if line]
    return rows[0] if len(rows) == 1 else style.stack(rows)


def _held(expression: Expression, level: int, style: Style[T], room: float) -> T:
    """In parentheses, unless it holds together tightly enough."""
    if _level(expression, style.digits) >= level:
        return compose(expression, style, room)
    return style.fenced(compose(expression, style, room - style.width(style.fenced(style.row([])))))


def _parts(expression: Expression, digits: int) -> Iterator[tuple[Operator | None, Expression, int]]:
    """Each part with the operator before it, and how tightly it has to hold together."""
    match expression:
        case Negative(of):
            yield Operator.SIGN, of, PRODUCT
        case Sum(terms):
            for i, term in enumerate(terms):
                if not i:
                    yield None, term, SUM
                elif isinstance(term, Negative):
                    yield Operator.MINUS, term.of, PRODUCT
                else:
                    yield Operator.PLUS, term, PRODUCT
        case Product(factors) | Elementwise(factors):
            for i, factor in enumerate(factors):
                yield _between(expression, factor, digits) if i else None, factor, FACTOR
        case Apply(_, arguments):
            for i, argument in enumerate(arguments):
                yield Operator.COMMA if i else None, argument, LOOSE


def _between(product: Expression, factor: Expression, digits: int) -> Operator:
    """The sign before a factor: two numbers beside each other would be read as one."""
    if isinstance(product, Elementwise):
        return Operator.ELEMENTWISE
    number = isinstance(factor, Matrix) and table(factor.values, digits).single
    return Operator.DOT if number and not number.negative else Operator.BESIDE


def _level(expression: Expression, digits: int) -> int:
    match expression:
        case Sum((only,)) | Product((only,)) | Elementwise((only,)):
            return min(_level(only, digits), FACTOR)
        case Sum() | Negative():
            return SUM
        case Product() | Elementwise():
            return PRODUCT
        case Matrix():
            number = table(expression.values, digits).single
            if number is None:
                return ATOM
            return SUM if number.negative else FACTOR
        case Symbol():
            return ATOM
    return FACTOR
