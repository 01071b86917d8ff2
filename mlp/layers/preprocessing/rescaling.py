"""Another unit for the inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ShapeError
from mlp.layers.axes import fits
from mlp.layers.base import LAYERS, Layer
from mlp.rows import as_array, require_finite

__all__ = ["Rescaling"]


@LAYERS.add()
class Rescaling(Layer):
    """``y = scale x + offset``.

    Parameters
    ----------
    scale : float or array_like
        The factor, one or one per feature.
    offset : float or array_like, default 0
        What is added.
    **kwargs
        See `Layer`.

    Examples
    --------
    >>> from mlp import Network
    >>> Network([Rescaling(1 / 255, input_dim=2)])([[0, 255]])
    array([[0., 1.]])
    """

    replayable = True
    rational = True

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale: Array = as_array("scale", scale, np.dtype(float))
        self.offset: Array = as_array("offset", offset, np.dtype(float))
        require_finite("scale", np.atleast_1d(self.scale))
        require_finite("offset", np.atleast_1d(self.offset))

    def build(self, input_shape: tuple[int, ...]) -> None:
        """No weights; checks the constants."""
        if not (fits(self.scale.shape, input_shape) and fits(self.offset.shape, input_shape)):
            raise ShapeError(f"{self._label}scale and offset must fit rows of shape {input_shape}")

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = scale x + offset``, in the precision of ``x``."""
        y: Array = np.multiply(x, as_array("scale", self.scale, x.dtype), out=self.empty("y", x.shape))
        y += as_array("offset", self.offset, x.dtype)
        return y

    def backward(self, dy: Array) -> Array:
        """``dx = scale dy``."""
        dx: Array = np.multiply(dy, as_array("scale", self.scale, dy.dtype), out=self.empty("dx", dy.shape))
        return dx
