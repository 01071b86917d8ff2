"""Dropout: a layer that only acts in training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ShapeError
from mlp.layers.base import LAYERS, Layer

__all__ = ["Dropout"]


@LAYERS.add()
class Dropout(Layer):
    """In training ``y = x mask / (1 - rate)``, each mask entry 0 with probability ``rate``, else 1; else ``y = x``.

    Srivastava et al. 2014, JMLR 15:1929; the division (inverted dropout) keeps the mean.

    Parameters
    ----------
    rate : float in [0, 1)
        The share that is dropped.
    noise_shape : tuple, optional
        The mask's shape, batch axis included; 1 shares a mask entry along an axis, None is the input's size.
    seed : int, optional
        A source of randomness of the layer's own, instead of the network's.
    **kwargs
        See `Layer`.

    Examples
    --------
    >>> from mlp import Network
    >>> net = Network([Dropout(0.5, input_dim=4)], rng=0)
    >>> net([[1.0, 1.0, 1.0, 1.0]]), net.forward([[1.0, 1.0, 1.0, 1.0]], training=True)
    (array([[1., 1., 1., 1.]]), array([[2., 2., 2., 0.]]))
    """

    replayable = True  # its random numbers are drawn by `draw`
    differs_in_training = True

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.rate = checks.fraction("rate", rate)
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)
        self.seed = None if seed is None else checks.integer("seed", seed, 0, 2**128)
        self.generator = None if seed is None else np.random.default_rng(self.seed)

    def build(self, input_shape: tuple[int, ...]) -> None:
        """No weights; checks the mask's shape."""
        shape = self.noise_shape
        if shape is not None:
            fits = len(shape) == len(input_shape) + 1
            if not fits or any(
                s not in (None, 1, size) for s, size in zip(shape[1:], input_shape, strict=True)
            ):
                raise ShapeError(
                    f"{self._label}noise_shape must fit (n, {input_shape}) with sizes, 1 or None, got {shape}"
                )

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x mask / (1 - rate)``."""
        self._mask: Array | None = None
        if not training or self.rate == 0.0:
            return x
        shape = x.shape
        if self.noise_shape is not None:
            shape = tuple(s if m is None else m for s, m in zip(x.shape, self.noise_shape, strict=True))
        kept = self.empty("kept", shape, np.float32)
        self.draw(self.generator or self.rng, kept)
        np.greater_equal(kept, self.rate, out=kept)
        mask = self._mask = self.empty("mask", shape)
        np.multiply(kept, 1 / (1 - self.rate), out=mask, dtype=mask.dtype)
        return np.multiply(x, self._mask, out=self.empty("y", x.shape))

    def backward(self, dy: Array) -> Array:
        """``dx = dy mask / (1 - rate)``, with the mask of `forward`."""
        if self._mask is None:
            return dy
        return np.multiply(dy, self._mask, out=self.empty("dx", dy.shape))
