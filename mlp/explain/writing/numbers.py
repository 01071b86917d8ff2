"""Numbers as they are printed: to how many digits, in which notation, and which of them are left out.

The rules, with ``digits`` = 4 as an example:

- All numbers of a matrix have the same form, and line up on the decimal point.
- A number is rounded to ``digits`` decimals, exactly and half to even: what is printed differs from the number by at
  most half a unit of its last printed digit. 1.38546 is printed as 1.3855.
- Where every number of the matrix *is* a number of fewer decimals, only as many are printed as one of them needs:
  0.3 and 0.1 as 0.3 and 0.1, 1.0 and 0.0 as 1 and 0. A float is such a number if Python shows it as one; the float
  0.1 + 0.2 is not 0.3 and is printed as 0.3000.
- Scientific notation is used for the whole matrix where its largest number is at least a million, or where decimals
  would show less than two digits of it: rounded, it is below 0.0010. The second is no reason if all are numbers of at
  most ``digits`` decimals. It has ``digits`` decimals, too, or fewer by the rule above: 1.2346e-07 in text,
  1.2346 times a power of ten elsewhere. An exact zero among such numbers is printed as 0.
- From 1.75e+308 on as many decimals are printed as a float has: rounded up, the largest would be floats no more.
- A negative number that rounds to zero is printed without its sign.
- A matrix of integers and ``fractions.Fraction`` is printed in fractions, exactly, if no numerator and no denominator has
  more than four digits; else in decimals.
- Infinity and NaN are printed as such and have no say in the form of the others.

What is left out:

- Rows: at most 8 have place. Columns: as many as fit into 54 characters with two more for each, at most 8 and at least
  3; that is 8 for numbers like 0.12, 6 for those like -0.1234, 3 for those like -1.2346e-07.
- Where more than the ``m`` that have place exist, the first ``m // 2`` are shown, dots in one place, and the last in
  the others: of 784 rows the first 4 and the last 3, of 50 columns like -0.1234 the first 3 and the last 2.
- The form is decided by the numbers that would be shown if 8 columns were allowed.
- A matrix of which something is left out has its size, ``784 x 50``, written below; so has an empty one.
- A matrix of a single number is written as that number, without brackets.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from numbers import Rational
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentError
from mlp.rationals import exact_fraction

__all__ = ["Dots", "Number", "Table", "checked_digits", "lacking", "table"]

#: More rows or columns than this are not shown.
MOST = 8

#: Columns together, each with a gap of two, are not wider than this, in characters.
WIDTH = 54

#: So many columns are shown, however wide they are.
LEAST = 3

#: From here on fixed decimals would be wider than they are worth.
LARGE = 10**6

#: Fractions are printed as such up to this numerator and denominator.
LARGEST_FRACTION = 9999

#: A float64 has not more than 17 digits.
MOST_DIGITS = 16

#: From here on a float may be rounded up to what is no float any more.
NEAR_THE_END = Fraction(175) * 10**306


@dataclass(frozen=True)
class Number:
    """A number as it is printed: ``-1.2346e-07`` is negative, "1" whole, "2346" decimals, and the exponent -7.

    A fraction has a ``denominator``; infinity and NaN are ``whole``.
    """

    negative: bool
    whole: str
    decimals: str = ""
    exponent: int | None = None
    denominator: str = ""

    @property
    def width(self) -> int:
        """How wide it is in characters, with ``× 10`` counted as four and an exponent as two."""
        tail = 6 if self.exponent is not None else 0
        return self.negative + len(self.whole) + len(self.decimals) + (self.decimals != "") + tail


class Dots(Enum):
    """What stands for the numbers that are left out."""

    ACROSS = "columns are left out"
    DOWN = "rows are left out"
    DIAGONAL = "both are left out"


@dataclass(frozen=True)
class Table:
    """The numbers of a matrix that are shown, in rows, and the size of the whole matrix."""

    rows: tuple[tuple[Number | Dots, ...], ...]
    size: tuple[int, int]

    @property
    def single(self) -> Number | None:
        """The number of a matrix that has just one."""
        only = self.rows[0][0] if self.size == (1, 1) else None
        return only if isinstance(only, Number) else None

    @property
    def sized(self) -> bool:
        """Whether the size is written below: something is left out, or there is nothing."""
        return (len(self.rows), len(self.rows[0]) if self.rows else 0) != self.size or 0 in self.size

    @property
    def numbers(self) -> list[Number]:
        """The numbers that are shown, row by row."""
        return [cell for row in self.rows for cell in row if isinstance(cell, Number)]


def checked_digits(digits: Any) -> int:
    """``digits``, if it is a number of decimals that can be printed: from 1 to 16.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If it is no integer, or out of range.
    """
    return checks.integer("digits", digits, 1, MOST_DIGITS)


def table(values: Array, digits: int = 4) -> Table:
    """What is printed of ``values``, by the rules of this module.

    Parameters
    ----------
    values : array, without axes, or of shape (n,) or (m, n)
        Floats, integers, or objects: Python's integers, floats and Fractions.
    digits : int
        Decimal places.

    Raises
    ------
    ArgumentError
        If there are more than two axes.

    Examples
    --------
    >>> [number.decimals for number in table(np.array([[0.3, 0.1]])).numbers]
    ['3', '1']
    >>> table(np.zeros((784, 50))).size
    (784, 50)
    """
    values = np.asarray(values)
    if values.ndim > 2:
        raise ArgumentError(f"a matrix has at most two axes, got an array of shape {values.shape}")
    grid = np.atleast_2d(values.astype(int) if values.dtype == bool else values)
    rows, columns = (_kept(size, MOST) for size in grid.shape)
    form = _form([grid[i, j] for i in rows for j in columns if i is not None and j is not None], digits)
    cells = {(i, j): form.number(grid[i, j]) for i in rows for j in columns if None not in (i, j)}
    widest = max((number.width for number in cells.values()), default=0)
    fitting = _kept(grid.shape[1], max(LEAST, min(MOST, WIDTH // (widest + 2))))
    return Table(
        tuple(tuple(cells.get((i, j)) or _dots(i, j) for j in fitting) for i in rows),
        (grid.shape[0], grid.shape[1]),
    )


def lacking(cells: Sequence[Number | Dots]) -> list[tuple[str, str]]:
    """What each number of a column lacks to be as wide as the others, before it and behind its exponent.

    Examples
    --------
    >>> lacking(table(np.array([[-0.5], [10.25], [1.75]])).numbers)
    [('0', ''), ('-', ''), ('0-', '')]
    """
    numbers = [cell for cell in cells if isinstance(cell, Number)]
    sign = any(number.negative for number in numbers)
    whole = max((len(number.whole) for number in numbers), default=0)
    power = max((len(str(number.exponent)) for number in numbers if number.exponent is not None), default=0)
    return [
        ("", "")
        if isinstance(cell, Dots)
        else (
            "0" * (whole - len(cell.whole)) + "-" * (sign and not cell.negative),
            "" if cell.exponent is None else "0" * (power - len(str(cell.exponent))),
        )
        for cell in cells
    ]


def _kept(size: int, most: int) -> list[int | None]:
    """The indices that are shown, None for those left out."""
    if size <= most:
        return list(range(size))
    return [*range(most // 2), None, *range(size - (most - 1) // 2, size)]


def _dots(row: int | None, column: int | None) -> Dots:
    if row is None:
        return Dots.DIAGONAL if column is None else Dots.DOWN
    return Dots.ACROSS


@dataclass(frozen=True)
class _Form:
    """How the numbers of a matrix are printed."""

    decimals: int = 0
    scientific: bool = False
    fractions: bool = False

    def number(self, value: Any) -> Number:
        if not _finite(value):
            return Number(bool(value < 0), "nan" if math.isnan(value) else "inf")
        exact = exact_fraction(value)
        if self.fractions and exact.denominator != 1:
            return Number(exact < 0, str(abs(exact.numerator)), denominator=str(exact.denominator))
        if not self.scientific:
            return _placed(exact, self.decimals)
        if not exact:
            return Number(False, "0")
        power = _power(exact)
        if abs(round(exact * Fraction(10) ** (self.decimals - power))) == 10 ** (self.decimals + 1):
            power += 1
        return _placed(exact / Fraction(10) ** power, self.decimals, power)


def _form(values: Sequence[Any], digits: int) -> _Form:
    """The form that fits all the values."""
    finite = [value for value in values if _finite(value)]
    if _are_fractions(finite):
        return _Form(fractions=True)
    shortest = [_shortest(value) for value in finite]
    largest = max(map(abs, shortest), default=Fraction(0))
    places = _places(shortest, digits)
    exact = all((value * 10**places).denominator == 1 for value in shortest)
    if largest < LARGE and (exact or round(largest * 10**digits) >= 10):
        return _Form(places)
    mantissas = [value / Fraction(10) ** _power(value) for value in shortest if value]
    return _Form(_places(mantissas, digits if largest < NEAR_THE_END else MOST_DIGITS), scientific=True)


def _places(values: Iterable[Fraction], digits: int) -> int:
    """The decimals that are needed to write all the values, but not more than ``digits``."""
    values = list(values)
    return next((n for n in range(digits) if all((v * 10**n).denominator == 1 for v in values)), digits)


def _are_fractions(values: Sequence[Any]) -> bool:
    """Whether all are rational, not all integers, and none of them is long."""
    if not all(isinstance(value, Rational) for value in values):
        return False
    parts = [(abs(int(value.numerator)), int(value.denominator)) for value in values]
    return any(below > 1 for _, below in parts) and max(map(max, parts)) <= LARGEST_FRACTION


def _placed(value: Fraction, decimals: int, exponent: int | None = None) -> Number:
    """``value``, rounded to so many decimals, half to even."""
    units = round(value * 10**decimals)
    whole, rest = divmod(abs(units), 10**decimals)
    return Number(units < 0, str(whole), f"{rest:0{decimals}d}" if decimals else "", exponent)


def _power(value: Fraction) -> int:
    """The power of ten of the first digit of ``value``, which is not zero."""
    power = len(str(abs(value.numerator))) - len(str(value.denominator))
    return power if abs(value) >= Fraction(10) ** power else power - 1


def _finite(value: Any) -> bool:
    return isinstance(value, Rational) or math.isfinite(value)


def _shortest(value: Any) -> Fraction:
    """The number that Python shows for ``value``: the shortest of those that are read as ``value`` again."""
    return exact_fraction(value) if isinstance(value, Rational) else Fraction(str(value))
