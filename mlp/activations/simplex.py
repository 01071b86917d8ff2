"""Functions of whole rows: softmax and sparsemax make probabilities of them, log_softmax their logarithms."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp import checks
from mlp.activations.base import ACTIVATIONS, AlongAxis, function
from mlp.arrays import Array

__all__ = ["LogSoftmax", "Softmax", "Sparsemax", "log_softmax", "softmax", "sparsemax"]


def _axes(axis: Any) -> int | tuple[int, ...]:
    """An axis, or a tuple of axes."""
    if isinstance(axis, tuple | list):
        return tuple(checks.integer("axis", one, -32, 31) for one in axis)
    return checks.integer("axis", axis, -32, 31)


@ACTIVATIONS.add()
class Softmax(AlongAxis):
    """``y_i = exp(x_i) / sum_j exp(x_j)`` along ``axis``.

    Parameters
    ----------
    axis : int or tuple of int, default -1
        The axis, or the axes, along which the results sum to 1.

    Examples
    --------
    >>> softmax([1010.0, 1000.0, 990.0])
    array([9.99954600e-01, 4.53978686e-05, 2.06106005e-09])
    """

    replayable = True
    from_output = True

    def __init__(self, axis: int | tuple[int, ...] = -1) -> None:
        self.axis = _axes(axis)

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = exp(x - max x) / sum exp(x - max x)``: the same numbers, and nothing overflows."""
        y = np.subtract(x, np.maximum.reduce(x, axis=self.axis, keepdims=True), out=out)
        np.exp(y, y)
        y /= np.add.reduce(y, axis=self.axis, keepdims=True)
        return y

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = y (dy - sum y dy)``: the Jacobian is ``diag(y) - y y^T``."""
        dx = np.multiply(dy, y, out)
        dx -= y * np.add.reduce(dx, axis=self.axis, keepdims=True)
        return dx


@ACTIVATIONS.add()
class LogSoftmax(AlongAxis):
    """``y_i = x_i - log sum_j exp(x_j)`` along ``axis``.

    Parameters
    ----------
    axis : int or tuple of int, default -1
        The axis, or the axes, along which the results' exponentials sum to 1.

    Examples
    --------
    >>> log_softmax([1010.0, 1000.0, 990.0])
    array([-4.54009603e-05, -1.00000454e+01, -2.00000454e+01])
    """

    replayable = True
    from_output = True

    def __init__(self, axis: int | tuple[int, ...] = -1) -> None:
        self.axis = _axes(axis)

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = d - log m - log(1 + r / m)``, ``d = x - max x``; ``m`` entries are the largest, ``r`` sums the others' exp.

        So the logarithm of a probability near 1 has all its digits.
        """
        d = np.subtract(x, np.maximum.reduce(x, axis=self.axis, keepdims=True), out=out)
        largest = d == 0
        m = np.add.reduce(largest, axis=self.axis, keepdims=True, dtype=x.dtype)
        rest = np.add.reduce(np.where(largest, 0.0, np.exp(d)), axis=self.axis, keepdims=True)
        d -= np.log(m) + np.log1p(rest / m)
        return d

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy - exp(y) sum dy``."""
        dx = np.multiply(np.exp(y), np.add.reduce(dy, axis=self.axis, keepdims=True), out)
        return np.subtract(dy, dx, dx)


@ACTIVATIONS.add()
class Sparsemax(AlongAxis):
    """``y = max(x - t, 0)``, ``t`` such that ``sum y = 1``: the probabilities nearest to ``x``.

    Martins and Astudillo 2016, arXiv:1602.02068, algorithm 1.

    Parameters
    ----------
    axis : int, default -1
        The axis along which the results sum to 1.

    Examples
    --------
    >>> sparsemax([1.0, 0.5, -1.0])
    array([0.75, 0.25, 0.  ])
    """

    from_output = True

    def __init__(self, axis: int = -1) -> None:
        self.axis = checks.integer("axis", axis, -32, 31)

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = max(x - t, 0)``; the k largest are positive if the k-th is above ``(sum of them - 1) / k``."""
        z = np.moveaxis(x - np.maximum.reduce(x, axis=self.axis, keepdims=True), self.axis, -1)
        ordered = np.sort(z)[..., ::-1]
        k = np.arange(1, z.shape[-1] + 1, dtype=x.dtype)
        positive = (1 + k * ordered).real > ordered.cumsum(axis=-1).real
        size = positive.sum(axis=-1, keepdims=True, dtype=x.dtype)
        t = (np.where(positive, ordered, 0.0).sum(axis=-1, keepdims=True) - 1) / size
        y = np.where(z.real > t.real, z - t, 0.0)
        y = y - np.where(
            y.real > 0, (y.sum(axis=-1, keepdims=True) - 1) / size, 0.0
        )  # what rounding of t leaves
        return np.add(np.moveaxis(np.where(y.real > 0, y, 0.0), -1, self.axis), 0.0, out=out)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy - mean dy`` among the positive entries, 0 elsewhere (equation 9)."""
        positive = y.real > 0
        dx = np.multiply(dy, positive, out)
        size = positive.sum(axis=self.axis, keepdims=True, dtype=dy.dtype)
        dx -= positive * (dx.sum(axis=self.axis, keepdims=True) / size)
        return dx


softmax, log_softmax, sparsemax = map(function, (Softmax, LogSoftmax, Sparsemax))
