"""What a calculation is written in: expressions, equations, headings, sentences.

Arrays are held in full; rounding, leaving out and typesetting are the writers' matter.
"""

from __future__ import annotations

from dataclasses import dataclass

from mlp.arrays import Array

__all__ = [
    "Apply",
    "Block",
    "Derivative",
    "Elementwise",
    "Equation",
    "Expression",
    "Heading",
    "Matrix",
    "Negative",
    "Paragraph",
    "Product",
    "Renewed",
    "Sum",
    "Symbol",
    "Transpose",
]


@dataclass(frozen=True)
class Symbol:
    """A name, ``z``, with the number of its layer below if it has one, ``z_1``; a Greek letter by its English name."""

    name: str
    index: int | None = None


@dataclass(frozen=True)
class Derivative:
    """``dL/dz``: of one symbol by another."""

    of: Symbol
    by: Symbol


@dataclass(frozen=True)
class Transpose:
    """``W^T``."""

    of: Expression


@dataclass(frozen=True)
class Renewed:
    """``W_new``: the value of a symbol after the step."""

    of: Symbol


@dataclass(frozen=True, eq=False)
class Matrix:
    """Numbers: one without axes, a row with one axis, a matrix with two."""

    values: Array


@dataclass(frozen=True)
class Product:
    """``x W``: a matrix product, or a number times something."""

    factors: tuple[Expression, ...]


@dataclass(frozen=True)
class Elementwise:
    """``dL/da * f'(z)``, entry by entry."""

    factors: tuple[Expression, ...]


@dataclass(frozen=True)
class Sum:
    """``x W + b``; a `Negative` term is subtracted."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True)
class Negative:
    """``-y``."""

    of: Expression


@dataclass(frozen=True)
class Apply:
    """``f(z)``; the function's name may end in a prime, ``tanh'``."""

    function: str
    arguments: tuple[Expression, ...]


Expression = (
    Symbol | Derivative | Renewed | Transpose | Matrix | Product | Elementwise | Sum | Negative | Apply
)


@dataclass(frozen=True)
class Equation:
    """``z_1 = x W_1 + b_1 = ... = ...``: expressions that are equal, to be read from left to right."""

    sides: tuple[Expression, ...]


@dataclass(frozen=True)
class Heading:
    """The name of a part; ``level`` 1 for the whole, 2 for a direction, 3 for a layer."""

    text: str
    level: int = 3


@dataclass(frozen=True)
class Paragraph:
    """A sentence or two between the equations."""

    text: str


Block = Heading | Paragraph | Equation
