"""The step, which has no derivative to learn by."""

from __future__ import annotations

import numpy as np

from mlp.activations.base import ACTIVATIONS, Activation, function
from mlp.arrays import Array

__all__ = ["Step", "step"]


@ACTIVATIONS.add()
class Step(Activation):
    """``y = 1 if x > 0 else 0``; the derivative is zero wherever there is one, and is declared zero at 0.

    Examples
    --------
    >>> step([-1.0, 0.0, 2.0])
    array([0., 0., 1.])
    """

    replayable = True
    from_output = True
    surrogate_gradient = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = 1 if x > 0 else 0``."""
        return np.heaviside(x.real, 0.0, out=out) if x.dtype.kind == "f" else (x.real > 0).astype(x.dtype)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = 0``."""
        return np.zeros_like(dy)


step = function(Step)
