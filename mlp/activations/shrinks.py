"""Shrinkage: what is small becomes zero."""

from __future__ import annotations

import numpy as np

from mlp import checks
from mlp.activations.base import ACTIVATIONS, Activation, function
from mlp.arrays import Array, constant

__all__ = ["HardShrink", "SoftShrink", "TanhShrink", "hard_shrink", "soft_shrink", "tanh_shrink"]


@ACTIVATIONS.add()
class SoftShrink(Activation):
    """``y = x - threshold`` above the threshold, ``x + threshold`` below minus it, 0 between.

    Parameters
    ----------
    threshold : float, default 0.5
        How far ``x`` is drawn to zero; the derivative there is 0.

    Examples
    --------
    >>> soft_shrink([-2.0, 0.3, 1.0])
    array([-1.5,  0. ,  0.5])
    """

    replayable = True
    rational = True
    from_output = True

    def __init__(self, threshold: float = 0.5) -> None:
        self.threshold = checks.real("threshold", threshold, 0.0)

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = x - min(max(x, -threshold), threshold)``."""
        limit = constant(self.threshold, x.dtype)
        return np.subtract(x, np.minimum(np.maximum(x, -limit), limit), out)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy`` where ``y`` is not 0."""
        moved: Array = y.real != 0
        return np.multiply(dy, moved, out)


@ACTIVATIONS.add()
class HardShrink(Activation):
    """``y = x`` where ``|x| > threshold``, else 0.

    Parameters
    ----------
    threshold : float, default 0.5
        Up to it ``y`` is 0, and so is the derivative there.

    Examples
    --------
    >>> hard_shrink([-2.0, 0.3, 1.0])
    array([-2.,  0.,  1.])
    """

    replayable = True
    rational = True

    def __init__(self, threshold: float = 0.5) -> None:
        self.threshold = checks.real("threshold", threshold, 0.0)

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = x`` where ``|x| > threshold``, else 0."""
        return np.where(np.abs(x.real) > self.threshold, x, constant(0.0, x.dtype))

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy`` where ``|x| > threshold``, else 0."""
        kept: Array = np.abs(x.real) > self.threshold
        return np.multiply(dy, kept, out)


@ACTIVATIONS.add()
class TanhShrink(Activation):
    """``y = x - tanh(x)``.

    Examples
    --------
    >>> tanh_shrink([1e-5, 2.0])
    array([3.33333333e-16, 1.03597242e+00])
    """

    replayable = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = x q / (1 + q)``, ``q = x^2 / (3 + x^2 / (5 + ...))``, where ``x - tanh(x)`` would cancel.

        Lambert's continued fraction is ``tanh(x) = x / (1 + q)`` (Abramowitz and Stegun 1964, 4.5.70).
        """
        one = constant(1.0, x.dtype)
        near = np.minimum(np.maximum(x, -one), one)
        square = near * near
        q = square / 19
        for odd in (17, 15, 13, 11, 9, 7, 5, 3):
            q = square / (odd + q)
        return np.where(np.abs(x.real) < 1, near * (q / (1 + q)), x - np.tanh(x))

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy tanh(x)^2``."""
        t = np.tanh(x)
        t *= t
        return np.multiply(dy, t, out)


soft_shrink, hard_shrink, tanh_shrink = map(function, (SoftShrink, HardShrink, TanhShrink))
