"""Expressions of ONNX operators: the writer puts them down as nodes, the reader looks for them among nodes.

An expression is a tree of `Term`, numbers, `X` for what it is a function of, and `Blank` for what an object of the layer or
activation has under that name.  It is written as one would on paper: ``X * op("Sigmoid", X)``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Blank", "Term", "Variable", "X", "Y", "clip", "op", "several"]


class _Arithmetic:
    """Python's arithmetic makes terms."""

    def __add__(self, other: Any) -> Term:
        return op("Add", self, other)

    def __radd__(self, other: Any) -> Term:
        return op("Add", other, self)

    def __sub__(self, other: Any) -> Term:
        return op("Sub", self, other)

    def __rsub__(self, other: Any) -> Term:
        return op("Sub", other, self)

    def __mul__(self, other: Any) -> Term:
        return op("Mul", self, other)

    def __rmul__(self, other: Any) -> Term:
        return op("Mul", other, self)

    def __truediv__(self, other: Any) -> Term:
        return op("Div", self, other)

    def __rtruediv__(self, other: Any) -> Term:
        return op("Div", other, self)


@dataclass(frozen=True, eq=False)
class Term(_Arithmetic):
    """Output ``output`` of an operator, of ``outputs`` that it has."""

    operator: str
    inputs: tuple[Any, ...]
    attributes: dict[str, Any] = field(default_factory=dict)
    output: int = 0
    outputs: int = 1
    #: One node has several outputs: their terms share this list.
    node: list[str] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Variable(_Arithmetic):
    """What the expression is a function of."""

    name: str


@dataclass(frozen=True)
class Blank(_Arithmetic):
    """``sign`` times the number, or array of numbers, that an object has as attribute ``name``."""

    name: str
    sign: int = 1
    is_array: bool = False

    def __neg__(self) -> Blank:
        return Blank(self.name, -self.sign, self.is_array)


X, Y = Variable("x"), Variable("y")


def op(operator: str, *inputs: Any, **attributes: Any) -> Term:
    """An operator's only output."""
    return Term(operator, inputs, attributes)


def several(operator: str, outputs: int, *inputs: Any, **attributes: Any) -> tuple[Term, ...]:
    """All outputs of an operator."""
    node: list[str] = []
    return tuple(Term(operator, inputs, attributes, i, outputs, node) for i in range(outputs))


def clip(x: Any, low: Any = None, high: Any = None) -> Term:
    """``min(max(x, low), high)``; no bound is None."""
    return op("Clip", x, low, high)
