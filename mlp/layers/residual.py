"""The residual connection: a detour around a layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ShapeError
from mlp.layers.base import LAYERS, Layer
from mlp.layers.composite import Composite

__all__ = ["Residual"]


@LAYERS.add()
class Residual(Composite):
    """``y = x + inner(x)`` (He et al. 2016, arXiv:1512.03385, equation 1).

    Parameters
    ----------
    inner : Layer or Network
        Must return the shape it is given.
    **kwargs
        See `Layer`.

    Raises
    ------
    ShapeError
        If ``inner`` changes the shape.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Activation
    >>> Network([Residual(Activation("relu"), input_dim=2)])([[-1.0, 2.0]])
    array([[-1.,  4.]])
    """

    replayable = True
    rational = True

    def __init__(self, inner: Layer, **kwargs: Any) -> None:
        self.check_new(inner, argument="inner")
        super().__init__([inner], **kwargs)
        self.inner = inner

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The inner layer's weights."""
        output_shape = self.build_layer(self.inner, input_shape)
        if output_shape != input_shape:
            raise ShapeError(
                f"{self._label}inner must keep the shape, so that x + inner(x) exists, got {input_shape} -> {output_shape}"
            )
        return output_shape

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x + inner(x)``."""
        return np.add(x, self.inner.forward(x, training), out=self.empty("y", x.shape))

    def backward(self, dy: Array) -> Array:
        """``dx = dy + J^T dy``, J the Jacobian of ``inner``."""
        return np.add(dy, self.inner.backward(dy), out=self.empty("dx", dy.shape))
