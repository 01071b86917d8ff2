"""Enclosures: all values that a place in a network can take while its input runs through a box.

An enclosure is two things at once, and a value lies in both.  One is an interval, ``low <= y <= high`` (Moore 1966,
Interval Analysis).  The other is an affine form, ``y = centre + sum_k slopes_k t_k + e`` with ``|t_k| <= 1`` and ``|e| <= rest``,
where ``t_k`` is the place of the k-th input between its bounds and all errors are collected in one term (affine arithmetic:
Comba and Stolfi 1993; one term: Messine 2002, J. Universal Computer Science 8:992, form AF1).  Intervals forget that
two values come from the same input; the affine form knows, and its error shrinks with the square of the box.

Rounding.  ``centre`` and ``slopes`` are whatever numbers came out: an enclosure does not need them to be right, it needs
``rest`` to be large enough.  So every operation adds to ``rest``, or to both sides of the interval, a bound of two errors:
that of the operation on enclosures, which runs in double precision, and that of the network's own, in its dtype.
For a sum of n products, in any order and with or without fused multiply-adds, each is at most ``n u / (1 - n u)`` times the sum
of absolute values, ``u`` being half of the dtype's ``eps`` (Higham 2002, Accuracy and Stability of Numerical Algorithms, section
3.1; Rump 2010, Acta Numerica 19:287); twice ``(n + 4) eps`` bounds them together and leaves room for the few operations
beside.  Underflow costs less than the least normal number for each operation.

What may overflow is unknown, both bounds being infinite, and nothing makes it known again: a difference of two infinities is
not a number, and neither is what any function or maximum makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from mlp.arrays import Array

__all__ = ["Enclosure", "joined"]

#: Of double precision, in which enclosures are computed.
EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Enclosure:
    """The values of one place for several boxes: arrays of shape (boxes, *row), ``slopes`` (inputs, boxes, *row).

    ``precision`` is that of the dtype that the network computes in.
    """

    centre: Array
    slopes: Array
    rest: Array
    low: Array
    high: Array
    precision: Any

    @property
    def eps(self) -> float:
        """The distance from 1 to the next number."""
        return float(self.precision.eps)

    @property
    def tiny(self) -> float:
        """The least normal number."""
        return float(self.precision.tiny)

    @classmethod
    def of_box(cls, low: Array, high: Array, dtype: np.dtype[np.floating]) -> Enclosure:
        """The inputs themselves, (boxes, *row); those that do not vary in any box need no ``t``."""
        n = low[0].size
        flat_low, flat_high = low.reshape(-1, n), high.reshape(-1, n)
        centre, radius = _middle(flat_low, flat_high)
        varying = np.flatnonzero((flat_high > flat_low).any(axis=0))
        slopes = np.zeros((len(varying), *flat_low.shape))
        slopes[np.arange(len(varying)), :, varying] = radius[:, varying].T
        info = np.finfo(dtype)
        # A number that is not of the network's dtype is rounded at the door.
        rounding = (
            0.0 if info.eps <= EPS else float(info.eps) * np.maximum(abs(low), abs(high)) + float(info.tiny)
        )
        rest = np.zeros_like(low) + rounding
        return cls._checked(
            centre.reshape(low.shape), slopes.reshape(-1, *low.shape), rest, low - 2 * rounding, high + 2 * rounding,
            info,
        )  # fmt: skip

    @classmethod
    def _checked(
        cls, centre: Array, slopes: Array, rest: Array, low: Array, high: Array, precision: Any
    ) -> Enclosure:
        """With both halves as narrow as the other one says; what overflowed is unknown."""
        known = np.isfinite(centre) & np.isfinite(rest) & np.isfinite(slopes).all(axis=0)
        spread = (abs(slopes).sum(axis=0) + rest) * _sum_slack(len(slopes))
        # fmax and fmin leave out what is not a number.
        low = np.fmax(low, np.where(known, np.nextafter(centre - spread, -np.inf), -np.inf))
        high = np.fmin(high, np.where(known, np.nextafter(centre + spread, np.inf), np.inf))
        beyond = ~(np.maximum(-low, high) <= float(precision.max))
        low, high = np.where(beyond, -np.inf, low), np.where(beyond, np.inf, high)
        middle, radius = _middle(low, high)
        plain = ~known | beyond | (radius <= rest)
        return cls(
            np.where(plain, middle, centre), np.where(plain, 0.0, slopes), np.where(plain, radius, rest), low, high,
            precision,
        )  # fmt: skip

    def _made(self, centre: Array, slopes: Array, rest: Array, low: Array, high: Array) -> Enclosure:
        return self._checked(centre, slopes, rest, low, high, self.precision)

    def _of_each(self, centre: Array, slopes: Array, rest: Array, low: Array, high: Array) -> Enclosure:
        """What was made of each value by itself: of an unknown one nothing is known."""
        rest, high = (np.where(np.isfinite(self.low), bound, np.inf) for bound in (rest, high))
        return self._made(centre, slopes, rest, low, high)

    @property
    def size(self) -> Array:
        """The greatest absolute value that the affine form allows."""
        size: Array = (abs(self.centre) + abs(self.slopes).sum(axis=0) + self.rest) * _sum_slack(
            len(self.slopes)
        )
        return size

    def product(self, kernel: Array, bias: Array, kernel_size: Array, bias_size: Array) -> Enclosure:
        """``y = x W + b`` along the last axis; the sizes bound the absolute values of ``W`` and ``b``.

        They are larger where ``W`` is itself a difference of weights: then they bound the sum of both.
        """
        n = len(kernel)
        slack, floor = 2 * (n + 4) * self.eps, (n + 4) * self.tiny
        middle, radius = _middle(self.low, self.high)
        straight = middle @ kernel + bias
        grow = 1 + slack

        def error(radius: Array, size: Array) -> Array:
            whole = size @ kernel_size + bias_size
            bound: Array = (radius @ abs(kernel) + slack * whole) * grow + floor
            return self._if_finite(bound, whole)

        rest, around = error(self.rest, self.size), error(radius, abs(middle) + radius)
        return self._made(
            self.centre @ kernel + bias, (self.slopes.reshape(-1, n) @ kernel).reshape(-1, *straight.shape), rest,
            np.nextafter(straight - around, -np.inf), np.nextafter(straight + around, np.inf),
        )  # fmt: skip

    def scaled(self, before: Array, factor: Array, after: Array) -> Enclosure:
        """``y = (x - before) factor + after``, entry by entry; ``factor`` was computed in a few operations itself."""
        slack = 32 * self.eps

        def error(size: Array) -> Array:
            apart = size + abs(before)
            whole = apart * abs(factor) + abs(after)
            floor = 8 * self.tiny * (1 + abs(factor) + apart)
            return self._if_finite(slack * whole + floor, reduce(np.maximum, (whole, apart, abs(factor))))

        ends = [(end - before) * factor + after for end in (self.low, self.high)]
        around = error(np.maximum(abs(self.low), abs(self.high)))
        return self._made(
            (self.centre - before) * factor + after, self.slopes * factor,
            (self.rest * abs(factor) + error(self.size)) * (1 + slack),
            np.minimum(*ends) - around, np.maximum(*ends) + around,
        )  # fmt: skip

    def _if_finite(self, bound: Array, whole: Array) -> Array:
        """``bound``, where no partial sum of the network's, which are at most ``whole``, overflows."""
        return np.where(whole * (1 + self.eps) <= float(self.precision.max), bound, np.inf)

    def within(self, low: Array, high: Array) -> Enclosure:
        """The same values, which are known to lie between these bounds too."""
        return self._of_each(
            self.centre, self.slopes, self.rest, np.maximum(self.low, low), np.minimum(self.high, high)
        )

    def replaced(self, low: Array, high: Array) -> Enclosure:
        """Values of which these bounds alone are known."""
        middle, radius = _middle(low, high)
        return self._of_each(middle, np.zeros((len(self.slopes), *low.shape)), radius, low, high)

    def along(self, factor: Array, low: Array, high: Array, least: Array, greatest: Array) -> Enclosure:
        """``y = factor x + g`` where ``least <= g <= greatest``, and ``low <= y <= high``."""
        middle, radius = _middle(least, greatest)
        slack = 4 * EPS
        rest = abs(factor) * self.rest + radius + slack * (abs(factor) * self.size + abs(middle))
        return self._of_each(
            factor * self.centre + middle, factor * self.slopes, rest * (1 + 8 * EPS) + self.tiny, low, high
        )

    def __add__(self, other: Enclosure) -> Enclosure:
        """``x + y``."""
        slack = 4 * self.eps
        around = slack * (
            np.maximum(abs(self.low), abs(self.high)) + np.maximum(abs(other.low), abs(other.high))
        )
        return self._made(
            self.centre + other.centre, self.slopes + other.slopes,
            (self.rest + other.rest + slack * (self.size + other.size)) * (1 + slack),
            self.low + other.low - around, self.high + other.high + around,
        )  # fmt: skip

    def __neg__(self) -> Enclosure:
        """``-x``, which is exact."""
        return self._made(-self.centre, -self.slopes, self.rest, -self.high, -self.low)

    def __mul__(self, other: Enclosure) -> Enclosure:
        """``x y``: to the first order as a product of sums, the product of the deviations going into ``rest``."""
        slack = 8 * self.eps
        aside = self.size - abs(self.centre), other.size - abs(other.centre)
        rest = abs(self.centre) * other.rest + abs(other.centre) * self.rest + aside[0] * aside[1]
        corners = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        low, high = np.minimum.reduce(corners), np.maximum.reduce(corners)
        return self._made(
            self.centre * other.centre, self.centre * other.slopes + other.centre * self.slopes,
            (rest + slack * self.size * other.size) * (1 + slack) + 8 * self.tiny,
            low - slack * abs(low) - self.tiny, high + slack * abs(high) + self.tiny,
        )  # fmt: skip

    def rearranged(self, change: Callable[[Array], Array]) -> Enclosure:
        """The same numbers in another order or shape; ``change`` takes (n, *row)."""
        return joined([self], lambda parts: change(parts[0]))


def joined(parts: Sequence[Enclosure], change: Callable[[list[Array]], Array]) -> Enclosure:
    """Several enclosures made one by a function that only puts numbers elsewhere."""
    first = parts[0]
    inputs, boxes = first.slopes.shape[:2]
    slopes = change([part.slopes.reshape(inputs * boxes, *part.centre.shape[1:]) for part in parts])
    centre, rest, low, high = (
        change([getattr(part, name) for part in parts]) for name in ("centre", "rest", "low", "high")
    )
    return Enclosure(
        centre, slopes.reshape(inputs, boxes, *slopes.shape[1:]), rest, low, high, first.precision
    )


def _sum_slack(n: int) -> float:
    """A factor that makes up for what rounding takes from a sum of n + 2 numbers that are not negative."""
    return 1 + (n + 4) * EPS


def _middle(low: Array, high: Array) -> tuple[Array, Array]:
    """A number between, and a radius such that all between lie within it; 0 and infinity where there is no bound."""
    middle = 0.5 * low + 0.5 * high
    middle = np.where(np.isfinite(middle), np.minimum(np.maximum(middle, low), high), 0.0)
    radius = np.maximum(high - middle, middle - low)
    radius = np.where(radius > 0, np.nextafter(radius, np.inf), 0.0)
    return middle, np.where(np.isfinite(low) & np.isfinite(high), radius, np.inf)
