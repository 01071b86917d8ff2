"""Smooth ramps: from 0 on the left to ``x`` on the right."""

from __future__ import annotations

import numpy as np

from mlp.activations.base import ACTIVATIONS, Activation, function
from mlp.activations.sigmoids import Sigmoid
from mlp.arrays import Array, constant

__all__ = ["Softplus", "softplus"]


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


softplus = function(Softplus)
