"""Straight lines and rectifiers: the identity, relu and its kin."""

from __future__ import annotations

import numpy as np

from mlp import checks
from mlp.activations.base import ACTIVATIONS, Activation, function
from mlp.arrays import Array, constant, real_sign

__all__ = ["LeakyRelu", "Linear", "Relu", "identity", "leaky_relu", "linear", "relu"]


@ACTIVATIONS.add("identity")
class Linear(Activation):
    """``y = x``.

    Examples
    --------
    >>> linear([1.0, -2.0])
    array([ 1., -2.])
    """

    replayable = True
    from_output = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = x``, the very array."""
        return x

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy``, the very array."""
        return dy


@ACTIVATIONS.add()
class Relu(Activation):
    """``y = max(x, 0)``; in general ``min(x, max_value)`` from ``threshold`` on, ``negative_slope (x - threshold)`` below.

    Parameters
    ----------
    negative_slope : float, default 0
        Slope below the threshold.
    max_value : float, optional
        The largest value of ``y``.
    threshold : float, default 0
        Where the identity begins.  The derivative at a kink is the smaller one.

    Examples
    --------
    >>> relu([-3.0, 0.5]), relu([-3.0, 0.5, 9.0], negative_slope=0.1, max_value=6.0)
    (array([0. , 0.5]), array([-0.3,  0.5,  6. ]))
    """

    replayable = True

    def __init__(
        self, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
    ) -> None:
        self.negative_slope = checks.real("negative_slope", negative_slope, 0.0)
        self.max_value = None if max_value is None else checks.real("max_value", max_value, 0.0)
        self.threshold = checks.real("threshold", threshold)
        self.from_output = self.negative_slope == 0.0 and max_value is None and self.threshold == 0.0

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = max(x, 0)``, or the general form."""
        if self.from_output:
            return np.maximum(x, constant(0.0, x.dtype), out=out)
        y = np.where(x.real >= self.threshold, x, self.negative_slope * (x - self.threshold))
        return y if self.max_value is None else np.where(x.real >= self.max_value, self.max_value, y)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy`` where ``x > 0``, else 0, or the slopes of the general form."""
        if self.from_output:
            dx = real_sign(y, out)  # y is not negative, so this is 1 or 0
            return np.multiply(dx, dy, out)
        slope = np.where(x.real > self.threshold, 1.0, self.negative_slope)
        if self.max_value is not None:
            slope[x.real >= self.max_value] = 0.0
        return np.multiply(dy, slope, out=out, dtype=dy.dtype)


@ACTIVATIONS.add()
class LeakyRelu(Activation):
    """``y = x if x > 0 else negative_slope x``.

    Parameters
    ----------
    negative_slope : float, default 0.2
        Slope below zero, and at zero.

    Examples
    --------
    >>> leaky_relu([-1.0, 2.0])
    array([-0.2,  2. ])
    """

    replayable = True

    def __init__(self, negative_slope: float = 0.2) -> None:
        self.negative_slope = checks.real("negative_slope", negative_slope, 0.0)

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = x if x > 0 else negative_slope x``."""
        return np.where(x.real > 0, x, self.negative_slope * x)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy if x > 0 else negative_slope dy``."""
        return np.where(x.real > 0, dy, self.negative_slope * dy)


linear, relu, leaky_relu = map(function, (Linear, Relu, LeakyRelu))
identity = linear
