"""Losses of labels -1 and +1 that ask for a margin."""

from __future__ import annotations

import numpy as np

from mlp.arrays import Array, constant, real_sign
from mlp.losses.base import LOSSES, Loss

__all__ = ["Hinge"]


@LOSSES.add()
class Hinge(Loss):
    """``l = mean_k max(0, 1 - t y)``, targets -1 and +1; 0 and 1 are turned into these.

    The derivative at the kink ``t y = 1`` is taken as 0.

    Examples
    --------
    >>> Hinge()([[1.0], [-1.0]], [[0.25], [-2.0]])
    0.375
    """

    replayable = True
    targets = "sign"

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``max(0, 1 - t y)``, and ``-t`` where that is positive."""
        dtype = y.dtype
        margin = np.multiply(t, y)
        np.subtract(constant(1.0, dtype), margin, margin)
        np.maximum(margin, constant(0.0, dtype), out=margin)
        slopes = real_sign(margin)
        slopes *= t
        return margin, np.negative(slopes, slopes)
