"""S-shaped functions: sigmoid and tanh."""

from __future__ import annotations

import math

import numpy as np

from mlp.activations.base import ACTIVATIONS, Activation, function
from mlp.arrays import Array, constant

__all__ = ["Sigmoid", "Tanh", "sigmoid", "tanh"]


@ACTIVATIONS.add()
class Sigmoid(Activation):
    """``y = 1 / (1 + exp(-x))``.

    Examples
    --------
    >>> sigmoid([0.0, -800.0, 800.0])
    array([0.5, 0. , 1. ])
    """

    replayable = True
    from_output = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = e / (1 + e)`` with ``e = exp(x)``, cut off where ``y`` is 1 to all digits: both tails are exact."""
        limit = 0.99 * math.log(float(np.finfo(x.dtype).max))
        e = np.minimum(x, constant(limit, x.dtype), out=out)
        e = np.exp(e, e)
        y: Array = np.divide(e, e + constant(1.0, e.dtype), e)
        return y

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy y (1 - y)``."""
        dx = np.subtract(constant(1.0, y.dtype), y, out)
        dx *= y
        dx *= dy
        return dx


@ACTIVATIONS.add()
class Tanh(Activation):
    """``y = tanh(x)``.

    Examples
    --------
    >>> tanh([-0.5]).round(4)
    array([-0.4621])
    """

    replayable = True
    from_output = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = tanh(x)``."""
        return np.tanh(x, out)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy (1 - y^2)``."""
        dx = np.multiply(dy, y, out)
        dx *= y
        return np.subtract(dy, dx, dx)


sigmoid, tanh = map(function, (Sigmoid, Tanh))
