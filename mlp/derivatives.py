"""Derivatives by numbers alone, each with an estimate of its own error.

Two ways, both blind to how a function was written.  The *complex step*, ``Im f(x + i h v) / h`` with a step so
small that nothing is left of its square, is exact to rounding where ``f`` takes complex numbers and is smooth
in them (Squire and Trapp 1998, SIAM Review 40:110).  *Ridders' method* extrapolates central differences to
the step zero, and tells from the last corrections how far it can be trusted (Ridders 1982, Advances in
Engineering Software 4:75).  A function that takes complex numbers but is not smooth in them, as ``abs`` is
not, gives a wrong complex step without a word; so every complex step is held against a difference.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlp.arrays import Array

__all__ = [
    "CENTRAL_STEP", "COMPLEX_STEP", "EPS", "Derivative", "by_entries", "central", "complex_step", "is_slope", "quietly",
    "ridders", "takes_complex",
]  # fmt: skip

EPS = float(np.finfo(np.float64).eps)

#: The step of a plain central difference, relative to the argument: it balances truncation, which grows with its
#: square, and cancellation, which shrinks with it.
CENTRAL_STEP = EPS ** (1 / 3)

#: So small that its square vanishes beside data of any reasonable size: no truncation error is left.
COMPLEX_STEP = 1e-60

#: Where Ridders' tables begin, relative to the size of the argument: a kink nearby asks for a small one.
STARTS = (2.0**-3, 2.0**-7, 2.0**-11, 2.0**-15)
LEVELS = 8

#: A derivative this good needs no further table.
GOOD = 1e-11


@dataclass(frozen=True)
class Derivative:
    """The derivative of each output along one direction.

    Attributes
    ----------
    value : ndarray
        The derivatives.
    error : ndarray
        How far each may be from the truth, by the method's own estimate; zero for the complex step.
    method : str
        ``"complex"`` or ``"ridders"``.
    """

    value: Array
    error: Array
    method: str


@contextmanager
def quietly() -> Iterator[None]:
    """No warnings of NumPy or anybody: a point of a table may lie where a function overflows."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def complex_step(f: Callable[[Array], Any], point: Array, direction: Array) -> Derivative | None:
    """``Im f(x + i h v) / h``; None where ``f`` does not take complex numbers."""
    try:
        with quietly():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            step = COMPLEX_STEP * min(1.0, max(_size(point), 1e-200))
            moved = np.asarray(f(point + 1j * step * direction))
    except Exception:  # noqa: BLE001 - whatever a function of somebody else raises, it does not take complex numbers
        return None
    if moved.dtype.kind != "c":
        return None
    value = moved.imag / step
    return Derivative(value, np.zeros(value.shape), "complex") if np.isfinite(value).all() else None


def central(f: Callable[[Array], Any], point: Array, direction: Array) -> Any:
    """``(f(x + h v) - f(x - h v)) / 2 h``, good to about ten digits."""
    h = CENTRAL_STEP * max(1.0, float(np.abs(direction @ point)))
    above, below = point + h * direction, point - h * direction
    return (f(above) - f(below)) / ((above - below) @ direction)


def by_entries(slope: Callable[[Array, Array], Any], point: Array) -> Array:
    """A gradient: ``slope(point, direction)`` along each axis in turn."""
    gradient = np.empty_like(point)
    for i in range(point.size):
        direction = np.zeros(point.size)
        direction[i] = 1.0
        gradient[i] = slope(point, direction)
    return gradient


def ridders(
    f: Callable[[Array], Any],
    point: Array,
    direction: Array,
    starts: tuple[float, ...] = STARTS,
    levels: int = LEVELS,
) -> Derivative:
    """Central differences with steps halved again and again, extrapolated; for each output the best of all tables.

    The estimate is the larger of the last two corrections, plus what rounding in ``f`` makes of the quotient.
    """
    size = _size(point)
    with quietly():
        noise = _rounding(f, point)
        best, error = np.zeros(noise.shape), np.full(noise.shape, np.inf)
        for start in starts:
            above: list[Array] = []
            for level in range(levels):
                h = size * start / 2**level
                over = np.asarray(f(point + h * direction), float)
                under = np.asarray(f(point - h * direction), float)
                row = [(over - under) / (2 * h)]
                rounding = 6 * (noise + EPS * np.maximum(np.abs(over), np.abs(under))) / h
                for j, before in enumerate(above, start=1):
                    correction = (row[-1] - before) / (4**j - 1)
                    row.append(row[-1] + correction)
                    estimate = np.maximum(np.abs(correction), np.abs(row[-1] - before)) + rounding
                    better = estimate < error
                    best, error = np.where(better, row[-1], best), np.where(better, estimate, error)
                above = row
            if (error <= GOOD * np.abs(best).max(initial=0.0)).all():
                break
    return Derivative(np.where(np.isfinite(error), best, np.nan), error, "ridders")


def _size(point: Array) -> float:
    """How large the numbers of a point are; 1 where all are zero."""
    largest = float(np.abs(point).max(initial=0.0))
    return largest * float(np.sqrt(np.mean(np.square(point / largest)))) if largest else 1.0


def _rounding(f: Callable[[Array], Any], point: Array) -> Array:
    """How much rounding moves each output: that of the point, and the function's own.

    The first is seen a unit in the last place away; the second in fourth differences over steps that are too small
    for anything else to show in them (More and Wild 2011, SIAM Journal on Scientific Computing 33:1292).
    """
    middle = np.asarray(f(point.copy()), float)
    noise: Array = EPS * np.abs(middle)
    size = np.maximum(np.abs(point), np.finfo(float).tiny)
    rng = np.random.default_rng(0)
    for _ in range(2):
        step = EPS * size * rng.choice([-1.0, 1.0], point.size)
        noise = np.fmax(noise, np.abs(np.asarray(f(point + step), float) - middle))
    for relative in (2.0**-21, 2.0**-19, 2.0**-18, 2.0**-16):
        step = relative * size * rng.uniform(-1.0, 1.0, point.size)
        around = [np.asarray(f(point + k * step), float) for k in (-2, -1, 1, 2)]
        fourth = around[0] + around[3] - 4 * (around[1] + around[2]) + 6 * middle
        noise = np.fmax(noise, np.abs(fourth) / np.sqrt(70.0))
    return noise


def is_slope(slope: Any, f: Callable[[Array], Any], point: Array, direction: Array) -> bool:
    """Whether ``slope`` is the derivative of ``f`` along a direction, as far as Ridders' method can tell."""
    slope = np.asarray(slope)
    for starts, levels in (((2.0**-9,), 4), (STARTS, LEVELS)):
        judge = ridders(f, point, direction, starts, levels)
        if slope.shape != judge.value.shape:
            return False
        if (np.abs(slope - judge.value) <= 8 * judge.error + 64 * EPS * np.abs(slope)).all():
            return True
    return False


def takes_complex(f: Callable[[Array], Any], point: Array, direction: Array) -> bool:
    """Whether the complex step of ``f`` is its derivative, as far as Ridders' method can tell."""
    step = complex_step(f, point, direction)
    return step is not None and is_slope(step.value, f, point, direction)
