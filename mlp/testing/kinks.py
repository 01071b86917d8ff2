"""Kinks: where the derivative from the left is not that from the right.

relu at 0, hinge at 1, ``|x|`` at 0, a tie in a maximum: there is no derivative, and whatever lies between the
two one-sided ones (a subgradient) is right for a function of one number.  For a network that is no theorem:
``relu(t) - relu(-t)`` has the derivative 1 at 0, and correct back-propagation gives 0.  So a whole layer or
network that stands at a kink is looked at a minute step aside, where it has none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlp.arrays import Array
from mlp.derivatives import EPS, complex_step, quietly, ridders
from mlp.testing.subjects import Subject

__all__ = ["Sides", "aside", "sides"]

#: How far from the point a one-sided derivative is first taken, relative to the size of the point.
NEAR = 2.0**-10
LEVELS = 5

#: How far "a minute step aside" is: not so near that the smallest steps of `ridders` reach
#: back over the kink.
ASIDE = 2.0**-12


@dataclass(frozen=True)
class Sides:
    """The derivatives of ``<u, f>`` from the left and from the right, and how well they are known."""

    left: float
    right: float
    error: float

    @property
    def known(self) -> bool:
        """Whether there are such derivatives: a cube root at 0 has none."""
        return bool(self.error <= 0.1 * max(abs(self.left), abs(self.right)) + 1e-6)

    @property
    def kink(self) -> bool:
        """Whether they differ."""
        return bool(abs(self.right - self.left) > self.error)

    def agrees(self, slope: float) -> bool:
        """Whether ``slope`` is the derivative on both sides."""
        return not self.kink and self.allows(slope)

    def allows(self, slope: float) -> bool:
        """Whether ``slope`` lies between them."""
        low, high = sorted((self.left, self.right))
        return bool(low - self.error <= slope <= high + self.error)


def sides(subject: Subject, point: Array, u: Array, v: Array, method: str) -> Sides:
    """One-sided derivatives along ``v``: those at points ever nearer on one side, extrapolated to the point."""
    size = max(1.0, float(np.abs(point[v != 0]).max(initial=0.0)))
    ends = []
    for side in (-1.0, 1.0):
        best, error = np.nan, np.inf
        for start in (NEAR, NEAR**2):
            rows: list[list[float]] = []
            for level in range(LEVELS):
                step = size * start / 2**level
                row = [_slope(subject, point + side * step * v, u, v, step, method)]
                for j, before in enumerate(rows[-1] if rows else [], start=1):
                    row.append(row[-1] + (row[-1] - before) / (2**j - 1))
                    estimate = abs(row[-1] - row[-2]) + abs(row[-1] - before)
                    if estimate < error:
                        best, error = row[-1], estimate
                rows.append(row)
        ends.append((best, error + 64 * EPS * abs(best)))
    # What extrapolation leaves is no larger than its last corrections, with room for their own rounding.
    (left, left_error), (right, right_error) = ends
    return Sides(left, right, 8 * (left_error + right_error) + 1e-9 * max(abs(left), abs(right)))


def _slope(subject: Subject, point: Array, u: Array, v: Array, room: float, method: str) -> float:
    if method == "complex":
        step = complex_step(subject.outputs, point, v)
        if step is not None:
            return float(np.sum(u * step.value))
    size = float(np.sqrt(np.mean(np.square(point)))) or 1.0
    starts = (room / size / 4, room / size / 64)
    with quietly():
        return float(np.sum(u * ridders(subject.outputs, point, v, starts, 4).value))


def aside(point: Array, rng: np.random.Generator) -> Array:
    """A point a minute step away, where nothing stands at a kink."""
    size = np.maximum(np.abs(point), float(np.sqrt(np.mean(np.square(point)))) or 1.0)
    moved: Array = point + ASIDE * size * rng.uniform(0.5, 1.0, point.size) * rng.choice(
        [-1.0, 1.0], point.size
    )
    return moved
