"""Shares: functions of a whole row, whose results are probabilities."""

from __future__ import annotations

import numpy as np

from mlp import checks
from mlp.activations.base import ACTIVATIONS, Activation, function
from mlp.arrays import Array

__all__ = ["Softmax", "softmax"]


@ACTIVATIONS.add()
class Softmax(Activation):
    """``y_i = exp(x_i) / sum_j exp(x_j)`` along ``axis``.

    Parameters
    ----------
    axis : int, default -1
        The axis along which the results sum to 1.

    Examples
    --------
    >>> softmax([1010.0, 1000.0, 990.0])
    array([9.99954600e-01, 4.53978686e-05, 2.06106005e-09])
    """

    replayable = True
    from_output = True

    def __init__(self, axis: int = -1) -> None:
        self.axis = checks.integer("axis", axis, -32, 31)

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


softmax = function(Softmax)
