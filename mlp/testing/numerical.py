"""`numerical_gradient`: the gradient of any function of an array, by numbers alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array, floating
from mlp.derivatives import by_entries, central, complex_step, quietly, ridders, takes_complex
from mlp.errors import ArgumentError, ShapeError

__all__ = ["METHODS", "numerical_gradient"]

METHODS = ("auto", "complex", "ridders", "central")


def numerical_gradient(f: Callable[[Array], Any], x: Any, method: str = "auto") -> Array:
    """``df/dx_i`` for every entry of ``x``.

    Parameters
    ----------
    f : callable
        Takes an array like ``x`` and returns a number.
    x : array_like
        Where to differentiate; is not changed.
    method : {"auto", "complex", "ridders", "central"}
        ``complex``: ``Im f(x + ih) / h``, exact to rounding where ``f`` takes complex numbers (Squire and
        Trapp 1998, SIAM Review 40:110); ``ridders``: central differences extrapolated to the step zero, good
        to ten digits and more (Ridders 1982); ``central``: ``(f(x + h) - f(x - h)) / 2h``, good to about
        ten digits of the textbook; ``auto``: complex where ``f`` takes complex numbers and the result is
        that of Ridders' method within its error, else Ridders.

    Returns
    -------
    ndarray, shape of ``x``
        The gradient in float64.

    Raises
    ------
    ArgumentError, ShapeError
        If the method is unknown, or complex where ``f`` does not take complex numbers; if f gives no number.

    Examples
    --------
    >>> numerical_gradient(lambda x: (x**3).sum(), [1.0, 2.0])
    array([ 3., 12.])
    >>> numerical_gradient(lambda x: abs(x[0]) + x[1] ** 2, [-2.0, 3.0]).round(9)
    array([-1.,  6.])
    """
    checks.one_of("method", method, METHODS)
    point = np.array(floating(x, np.float64))

    def of_vector(vector: Array) -> Any:
        value = np.asarray(f(vector.reshape(point.shape)))
        if value.size != 1:
            raise ShapeError(
                f"f must return a number, got an array of shape {value.shape}; take its sum, or u * f"
            )
        return value.reshape(())

    start = point.ravel()
    if method in ("auto", "complex"):
        with quietly():
            if not np.isfinite(of_vector(start.copy())):
                return np.full(point.shape, np.nan)  # the complex step would be that of another branch
    if method == "auto":
        direction = np.random.default_rng(0).standard_normal(start.size)
        method = "complex" if takes_complex(of_vector, start, direction) else "ridders"
    along = partial(_slope, method, of_vector)
    return by_entries(along, start).reshape(point.shape)


def _slope(method: str, f: Callable[[Array], Any], point: Array, direction: Array) -> float:
    if method == "complex":
        step = complex_step(f, point, direction)
        if step is None:
            raise ArgumentError('f does not take complex numbers: use method="ridders"')
        return float(step.value)
    if method == "ridders":
        return float(ridders(f, point, direction).value)
    return float(central(f, point, direction))
