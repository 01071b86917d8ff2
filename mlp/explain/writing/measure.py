"""About how wide typeset mathematics is, in points, at a type size of 10 points; rather too much than too little."""

from __future__ import annotations

from collections.abc import Sequence

from mlp.explain.formula import Symbol
from mlp.explain.writing.composition import Operator
from mlp.explain.writing.numbers import Dots, Number, Table

__all__ = [
    "COLUMN_GAP",
    "OPERATORS",
    "PARENTHESES",
    "PLAIN_PARENTHESES",
    "RAISED",
    "function",
    "number",
    "symbol",
    "table",
]

#: Operators with the space around them.
OPERATORS = {
    Operator.PLUS: 12.3,
    Operator.MINUS: 12.3,
    Operator.SIGN: 7.8,
    Operator.BESIDE: 1.7,
    Operator.DOT: 7.3,
    Operator.ELEMENTWISE: 12.3,
    Operator.COMMA: 4.5,
    Operator.EQUALS: 13.4,
}

MINUS = 7.8
DIGIT = 5.0
POINT = 2.8

#: Both together, around something that is taller than a line.
PARENTHESES = 18.0
PLAIN_PARENTHESES = 8.0
BRACKETS = 12.0

#: A raised T.
RAISED = {"": 0.0, "T": 6.5, "new": 16.0}

#: Between two columns of a matrix.
COLUMN_GAP = 7.0


def symbol(named: Symbol) -> float:
    """The width of a name with its index."""
    index = "" if named.index is None else str(named.index)
    return max(10.0, 6.0 * len(named.name)) + 4.5 * len(index)


def function(name: str) -> float:
    """The width of the name of a function."""
    return 8.0 + 5.2 * len(name)


def number(printed: Number) -> float:
    """The width of a number."""
    power = 0.0 if printed.exponent is None else 26.0 + 4.0 * len(str(printed.exponent))
    point = POINT * (printed.decimals != "")
    return MINUS * printed.negative + DIGIT * (len(printed.whole) + len(printed.decimals)) + point + power


def table(printed: Table) -> float:
    """The width of a matrix in its brackets."""
    columns = [_column(column) for column in zip(*printed.rows, strict=True)]
    return BRACKETS + sum(columns) + COLUMN_GAP * max(0, len(columns) - 1)


def _column(cells: Sequence[Number | Dots]) -> float:
    """The width of a column in which a sign has its own place."""
    numbers = [cell for cell in cells if isinstance(cell, Number)]
    sign = MINUS * any(cell.negative for cell in numbers)
    return max((number(cell) - MINUS * cell.negative + sign for cell in numbers), default=13.0)
