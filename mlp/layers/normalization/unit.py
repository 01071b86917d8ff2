"""Every row as a direction: a vector of length 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlp.arrays import Array, constant
from mlp.layers.axes import axes_argument, row_axes
from mlp.layers.base import LAYERS, Layer

__all__ = ["UnitNormalization"]

#: Shorter vectors are divided by this instead of their length.
SHORTEST = 1e-12


@LAYERS.add()
class UnitNormalization(Layer):
    """``y = x / |x|``, the length taken along ``axis``, and at least 1e-12.

    Parameters
    ----------
    axis : int or tuple of int, default -1
        The axes of a vector; the batch's is 0, and is none of a layer's.
    **kwargs
        See `Layer`.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If an axis is no integer or, when built, the rows have no such axis.

    Examples
    --------
    >>> from mlp import Network
    >>> Network([UnitNormalization(input_dim=2)])([[3.0, 4.0], [0.0, 0.0]])
    array([[0.6, 0.8],
           [0. , 0. ]])
    """

    replayable = True

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axes_argument("axis", axis)

    def build(self, input_shape: tuple[int, ...]) -> None:
        """No weights; finds the axes."""
        self._axes = row_axes(f"{self._label}axis", self.axis, input_shape)

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x / |x|``."""
        square = np.multiply(x, x, out=self.empty("square", x.shape))
        length = np.sqrt(np.add.reduce(square, axis=self._axes, keepdims=True))
        self._is_long = length.real > SHORTEST
        self._length = np.where(self._is_long, length, constant(SHORTEST, x.dtype))
        y = self._y = np.divide(x, self._length, out=self.empty("y", x.shape))
        return y

    def backward(self, dy: Array) -> Array:
        """``dx = (dy - y sum(y dy)) / |x|``: what lies along ``x`` changes nothing; of the shortest ``dx = dy / 1e-12``."""
        along = np.multiply(self._y, dy, out=self.empty("along", dy.shape))
        along = np.add.reduce(along, axis=self._axes, keepdims=True) * self._is_long
        dx = np.multiply(self._y, along, out=self.empty("dx", dy.shape))
        np.subtract(dy, dx, out=dx)
        return np.divide(dx, self._length, out=dx)
