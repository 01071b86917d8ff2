"""Smooth ramps: from 0 on the left to ``x`` on the right."""

from __future__ import annotations

import math

import numpy as np

from mlp import checks
from mlp.activations.base import ACTIVATIONS, Activation, function
from mlp.activations.sigmoids import Sigmoid, SparseSigmoid
from mlp.arrays import Array, constant

__all__ = ["Softplus", "SparsePlus", "Squareplus", "softplus", "sparse_plus", "squareplus"]


@ACTIVATIONS.add()
class Softplus(Activation):
    """``y = log(1 + exp(x))``.

    Examples
    --------
    >>> softplus([0.0, 1000.0]).round(4)
    array([6.931e-01, 1.000e+03])
    """

    replayable = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = max(x, 0) + log(1 + exp(-|x|))``, which cannot overflow."""
        return np.add(np.maximum(x, constant(0.0, x.dtype)), np.log1p(np.exp(np.minimum(x, -x))), out=out)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy sigmoid(x)``."""
        return np.multiply(dy, Sigmoid().forward(x), out=out)


@ACTIVATIONS.add()
class Squareplus(Activation):
    """``y = (x + sqrt(x^2 + b)) / 2`` (Barron 2021, arXiv:2112.11687, equation 1).

    Parameters
    ----------
    b : float, default 4
        How round the corner is; greater than 0.

    Examples
    --------
    >>> squareplus([0.0, -1e9])
    array([1.e+00, 1.e-09])
    """

    replayable = True

    def __init__(self, b: float = 4) -> None:
        self.b = checks.real("b", b, above=0.0)

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = m = (|x| + sqrt(x^2 + b)) / 2``, or ``b / 4 m`` below zero, where the sum would cancel."""
        larger = 0.5 * self._root(x) + 0.5 * np.where(x.real > 0, x, -x)
        return np.where(x.real > 0, larger, 0.25 * self.b / larger)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy y / sqrt(x^2 + b)``."""
        dx = np.divide(y, self._root(x), out)
        dx *= dy
        return dx

    def _root(self, x: Array) -> Array:
        """``sqrt(x^2 + b)``; of real numbers without the square, which overflows."""
        if x.dtype.kind == "c":
            return np.sqrt(x * x + self.b)
        return np.hypot(x, constant(math.sqrt(self.b), x.dtype))


@ACTIVATIONS.add()
class SparsePlus(Activation):
    """``y = 0`` up to -1, ``(x + 1)^2 / 4`` up to 1, then ``x``.

    Examples
    --------
    >>> sparse_plus([-2.0, 0.0, 3.0])
    array([0.  , 0.25, 3.  ])
    """

    replayable = True
    rational = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = s^2`` up to 1 with ``s = min(max((x + 1) / 2, 0), 1)``, then ``x``."""
        s = SparseSigmoid().forward(x)
        return np.where(x.real >= 1, x, s * s)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = s dy``."""
        return np.multiply(dy, SparseSigmoid().forward(x), out)


softplus, squareplus, sparse_plus = map(function, (Softplus, Squareplus, SparsePlus))
