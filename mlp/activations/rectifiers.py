"""Straight lines and rectifiers: the identity, relu and its kin."""

from __future__ import annotations

import numpy as np

from mlp import checks
from mlp.activations.base import ACTIVATIONS, Activation, function
from mlp.arrays import Array, constant, real_sign

__all__ = [
    "LeakyRelu", "Linear", "Relu", "Relu6", "Threshold", "identity", "leaky_relu", "linear", "relu", "relu6", "threshold",
]  # fmt: skip


@ACTIVATIONS.add("identity")
class Linear(Activation):
    """``y = x``.

    Examples
    --------
    >>> linear([1.0, -2.0])
    array([ 1., -2.])
    """

    replayable = True
    rational = True
    from_output = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = x``, the very array."""
        return x

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy``, the very array."""
        return dy


@ACTIVATIONS.add()
class Relu(Activation):
    """``y = max(x, 0)``; in general ``x`` above ``threshold`` and ``negative_slope (x - threshold)`` up to it.

    Parameters
    ----------
    negative_slope : float, default 0
        Slope below the threshold.
    max_value : float, optional
        The largest value of ``y``; where it is given, 0 is the least above the threshold, as in Keras.
    threshold : float, default 0
        Above it is the identity.  The derivative at a kink is the smaller one.

    Examples
    --------
    >>> relu([-3.0, 0.5]), relu([-3.0, 0.5, 9.0], negative_slope=0.1, max_value=6.0)
    (array([0. , 0.5]), array([-0.3,  0.5,  6. ]))
    """

    replayable = True
    rational = True

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
        slope, threshold = constant(self.negative_slope, x.dtype), constant(self.threshold, x.dtype)
        above = x
        if self.max_value is not None:
            above = np.minimum(np.maximum(x, constant(0.0, x.dtype)), constant(self.max_value, x.dtype))
        return np.where(x.real > self.threshold, above, slope * (x - threshold))

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy`` where ``x > 0``, else 0, or the slopes of the general form."""
        if self.from_output:
            dx = real_sign(y, out)  # y is not negative, so this is 1 or 0
            return np.multiply(dx, dy, out)
        one, low = constant(1.0, dy.dtype), constant(self.negative_slope, dy.dtype)
        above = one if self.max_value is None else (x.real > 0) & (x.real < self.max_value)
        slope = np.where(x.real > self.threshold, above, low)
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
    rational = True

    def __init__(self, negative_slope: float = 0.2) -> None:
        self.negative_slope = checks.real("negative_slope", negative_slope, 0.0)

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = x if x > 0 else negative_slope x``."""
        return np.where(x.real > 0, x, constant(self.negative_slope, x.dtype) * x)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy if x > 0 else negative_slope dy``."""
        return np.where(x.real > 0, dy, constant(self.negative_slope, dy.dtype) * dy)


@ACTIVATIONS.add()
class Relu6(Activation):
    """``y = min(max(x, 0), 6)`` (Krizhevsky 2010, Convolutional Deep Belief Networks on CIFAR-10, section 2).

    Examples
    --------
    >>> relu6([-1.0, 2.0, 9.0])
    array([0., 2., 6.])
    """

    replayable = True
    rational = True
    from_output = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = min(max(x, 0), 6)``."""
        y = np.maximum(x, constant(0.0, x.dtype), out=out)
        return np.minimum(y, constant(6.0, x.dtype), out=y)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy`` where ``0 < x < 6``, else 0."""
        return np.multiply(dy, (y.real > 0) & (y.real < 6), out)


@ACTIVATIONS.add()
class Threshold(Activation):
    """``y = x if x > threshold else default_value``; the derivative at the threshold is 0.

    Parameters
    ----------
    threshold : float
        Above it is the identity.
    default_value : float
        ``y`` up to it.

    Examples
    --------
    >>> threshold([-1.0, 0.5, 2.0], threshold=0.5, default_value=-3.0)
    array([-3., -3.,  2.])
    """

    replayable = True
    rational = True

    def __init__(self, threshold: float, default_value: float) -> None:
        self.threshold = checks.real("threshold", threshold)
        self.default_value = checks.real("default_value", default_value)

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = x if x > threshold else default_value``."""
        return np.where(x.real > self.threshold, x, constant(self.default_value, x.dtype))

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy`` where ``x > threshold``, else 0."""
        return np.multiply(dy, x.real > self.threshold, out)


linear, relu, leaky_relu = map(function, (Linear, Relu, LeakyRelu))
relu6, threshold = map(function, (Relu6, Threshold))
identity = linear
