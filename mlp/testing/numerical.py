"""Derivatives by numbers alone, to hold hand-written ones against."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array, floating

__all__ = ["numerical_gradient"]

#: So small that its square vanishes beside 1: the complex step has no truncation error left.
COMPLEX_STEP = 1e-20

#: The central difference's step, relative to the argument: it balances truncation, which grows with its
#: square, and cancellation, which shrinks with it.
CENTRAL_STEP = np.finfo(np.float64).eps ** (1 / 3)


def numerical_gradient(f: Callable[[Array], Any], x: Any, method: str = "auto") -> Array:
    """``df/dx_i`` for every entry of ``x``.

    Parameters
    ----------
    f : callable
        Takes an array like ``x`` and returns a number.
    x : array_like
        Where to differentiate; is not changed.
    method : {"auto", "complex", "central"}
        ``complex``: ``Im f(x + ih) / h``, exact to rounding where ``f`` takes complex numbers (Squire and
        Trapp 1998, SIAM Review 40:110); ``central``: ``(f(x + h) - f(x - h)) / 2h``, good to about ten
        digits; ``auto``: complex where ``f`` takes complex numbers and returns one, else central.

    Returns
    -------
    ndarray, shape of ``x``
        The gradient in float64.

    Raises
    ------
    ArgumentError
        If the method is unknown.

    Examples
    --------
    >>> numerical_gradient(lambda x: (x**3).sum(), [1.0, 2.0])
    array([ 3., 12.])
    """
    checks.one_of("method", method, ("auto", "complex", "central"))
    point = floating(x, np.float64)
    if method == "auto":
        method = "complex" if _takes_complex(f, point) else "central"
    gradient = np.empty_like(point)
    for index in np.ndindex(point.shape):
        gradient[index] = _complex(f, point, index) if method == "complex" else _central(f, point, index)
    return gradient


def _complex(f: Callable[[Array], Any], point: Array, index: tuple[int, ...]) -> float:
    moved = point.astype(np.complex128)
    moved[index] += 1j * COMPLEX_STEP
    return float(np.imag(f(moved)) / COMPLEX_STEP)


def _central(f: Callable[[Array], Any], point: Array, index: tuple[int, ...]) -> float:
    above, below = point.copy(), point.copy()
    step = CENTRAL_STEP * max(1.0, abs(point[index]))
    above[index] += step
    below[index] -= step
    return float((f(above) - f(below)) / (above[index] - below[index]))


def _takes_complex(f: Callable[[Array], Any], point: Array) -> bool:
    """Whether f, given complex numbers, keeps their imaginary part and agrees with itself."""
    try:
        with np.errstate(all="ignore"):
            moved = np.asarray(
                f(point + 1j * COMPLEX_STEP * np.arange(1, point.size + 1).reshape(point.shape))
            )
            plain = np.asarray(f(point.copy()))
    except Exception:  # noqa: BLE001 - whatever a function of somebody else raises, it does not take complex numbers
        return False
    return moved.dtype.kind == "c" and bool(np.isclose(moved.real, plain, rtol=1e-9, equal_nan=True))
