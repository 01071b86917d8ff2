"""S-shaped functions: sigmoid and tanh, their piecewise linear forms, softsign; and the logarithm of the sigmoid."""

from __future__ import annotations

import math

import numpy as np

from mlp import checks
from mlp.activations.base import ACTIVATIONS, Activation, function
from mlp.arrays import Array, constant, real_sign

__all__ = [
    "HardSigmoid", "HardTanh", "LogSigmoid", "Sigmoid", "Softsign", "SparseSigmoid", "Tanh", "hard_sigmoid", "hard_tanh",
    "log_sigmoid", "sigmoid", "softsign", "sparse_sigmoid", "tanh",
]  # fmt: skip


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


@ACTIVATIONS.add()
class LogSigmoid(Activation):
    """``y = log(1 / (1 + exp(-x)))``.

    Examples
    --------
    >>> log_sigmoid([0.0, -1000.0]).round(4)
    array([-6.931e-01, -1.000e+03])
    """

    replayable = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = min(x, 0) - log(1 + exp(-|x|))``, which cannot overflow."""
        below = np.minimum(x, constant(0.0, x.dtype))
        return np.subtract(below, np.log1p(np.exp(np.minimum(x, -x))), out=out)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy sigmoid(-x)``."""
        return np.multiply(dy, Sigmoid().forward(-x), out)


class _Clipped(Activation):
    """``y = (x + limit) / width``, cut off at 0 and 1: a sigmoid of three straight lines."""

    rational = True
    limit: float
    width: float

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = (x + limit) / width`` where ``|x| < limit``, else 0 or 1."""
        limit = constant(self.limit, x.dtype)
        y: Array = np.minimum(np.maximum(x, -limit), limit) + limit
        return np.divide(y, constant(self.width, x.dtype), out)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy / width`` where ``|x| < limit``, else 0."""
        inside: Array = np.abs(x.real) < self.limit
        dx = np.multiply(dy, inside, out)
        dx /= constant(self.width, dx.dtype)
        return dx


@ACTIVATIONS.add()
class HardSigmoid(_Clipped):
    """``y = min(max(slope x + 1 / 2, 0), 1)``; the derivative is 0 at the bends, with the usual slope at -3 and 3.

    Parameters
    ----------
    slope : float, default 1 / 6
        Slope in the middle; it was 0.2 in Keras 1 and 2, and is there in files of theirs.

    Examples
    --------
    >>> hard_sigmoid([-4.0, 0.0, 1.5])
    array([0.  , 0.5 , 0.75])
    """

    replayable = True

    def __init__(self, slope: float = 1 / 6) -> None:
        self.slope = checks.real("slope", slope, above=0.0)
        self.limit, self.width = 0.5 / self.slope, 1 / self.slope


@ACTIVATIONS.add()
class SparseSigmoid(_Clipped):
    """``y = min(max((x + 1) / 2, 0), 1)``, the derivative of sparse_plus; its own at -1 and 1 is 0.

    Examples
    --------
    >>> sparse_sigmoid([-4.0, 0.0, 0.5])
    array([0.  , 0.5 , 0.75])
    """

    replayable = True
    limit, width = 1.0, 2.0


@ACTIVATIONS.add()
class HardTanh(Activation):
    """``y = min(max(x, -1), 1)`` (Collobert 2004, Large Scale Machine Learning); the derivative at -1 and 1 is 0.

    Examples
    --------
    >>> hard_tanh([-4.0, 0.5])
    array([-1. ,  0.5])
    """

    replayable = True
    rational = True
    from_output = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = min(max(x, -1), 1)``."""
        y = np.maximum(x, constant(-1.0, x.dtype), out=out)
        return np.minimum(y, constant(1.0, x.dtype), out=y)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy`` where ``|x| < 1``, else 0."""
        inside: Array = np.abs(y.real) < 1
        return np.multiply(dy, inside, out)


@ACTIVATIONS.add()
class Softsign(Activation):
    """``y = x / (1 + |x|)`` (Bergstra et al. 2009, Quadratic Polynomials Learn Better Image Features).

    Examples
    --------
    >>> softsign([-1.0, 3.0])
    array([-0.5 ,  0.75])
    """

    replayable = True
    rational = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = x / (1 + |x|)``."""
        size: Array = 1 + real_sign(x) * x
        return np.divide(x, size, out)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy / (1 + |x|)^2``, the square never formed, for it overflows."""
        size: Array = 1 + real_sign(x) * x
        dx = np.divide(dy, size, out)
        dx /= size
        return dx


sigmoid, tanh, log_sigmoid = map(function, (Sigmoid, Tanh, LogSigmoid))
hard_sigmoid, sparse_sigmoid, hard_tanh, softsign = map(
    function, (HardSigmoid, SparseSigmoid, HardTanh, Softsign)
)
