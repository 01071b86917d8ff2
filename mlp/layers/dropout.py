"""Dropout: layers that switch a share of their inputs off in training."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from mlp import checks
from mlp.activations import Selu
from mlp.arrays import Array
from mlp.errors import ArgumentTypeError, ShapeError
from mlp.layers.base import LAYERS
from mlp.layers.seeded import Seeded

__all__ = ["AlphaDropout", "Dropout"]


def _noise_shape(given: Any) -> tuple[int | None, ...]:
    """The sizes of a mask, None standing for those of the input.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If it is no sequence of them.
    """
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ArgumentTypeError(f"noise_shape must be a tuple of sizes, 1 or None, got {given!r}")
    return tuple(
        None if size is None else checks.integer(f"noise_shape[{i}]", size) for i, size in enumerate(given)
    )


class _Dropping(Seeded):
    """What the two have in common: which inputs are kept."""

    _mask: Array | None

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, **kwargs)
        self.rate = checks.fraction("rate", rate)
        self.noise_shape = None if noise_shape is None else _noise_shape(noise_shape)

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

    def _kept(self, x: Array) -> Array:
        """1 for what is kept, with probability ``1 - rate``, and 0 for the rest."""
        shape = x.shape
        if self.noise_shape is not None:
            shape = tuple(s if m is None else m for s, m in zip(x.shape, self.noise_shape, strict=True))
            if shape[0] not in (1, len(x)):
                raise ShapeError(
                    f"{self._label}noise_shape {self.noise_shape} is for batches of {shape[0]} rows, got {len(x)}; None "
                    "fits any"
                )
        kept = self.empty("kept", shape, np.float32)
        self.draw(self.source, kept)
        return np.greater_equal(kept, self.rate, out=kept)

    def backward(self, dy: Array) -> Array:
        """``dx = dy mask``, with the mask of `forward`."""
        if self._mask is None:
            return dy
        return np.multiply(dy, self._mask, out=self.empty("dx", dy.shape))


@LAYERS.add()
class Dropout(_Dropping):
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
    rational = True

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x mask / (1 - rate)``."""
        self._mask = None
        if not training or self.rate == 0.0:
            return x
        kept = self._kept(x)
        mask = self._mask = self.empty("mask", kept.shape)
        np.multiply(kept, 1 / (1 - self.rate), out=mask, dtype=mask.dtype)
        return np.multiply(x, mask, out=self.empty("y", x.shape))


@LAYERS.add()
class AlphaDropout(_Dropping):
    """In training ``y = a (x mask + low (1 - mask)) + b``, each mask entry 0 with probability ``rate``; else ``y = x``.

    ``low = -1.758...`` is selu's least value; ``a = ((1 - rate) (1 + rate low^2))^(-1/2)`` and ``b = -a rate low``
    keep mean 0 and variance 1, as a network of selu units needs it (Klambauer et al. 2017, arXiv:1706.02515, sec. 2).

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

    Raises
    ------
    ArgumentError, ArgumentTypeError, ShapeError
        If the rate is no share, or the mask's shape does not fit.

    Examples
    --------
    >>> from mlp import Network
    >>> net = Network([AlphaDropout(0.5, input_dim=4)], rng=0)
    >>> net([[1.0, 1.0, 1.0, 1.0]])
    array([[1., 1., 1., 1.]])
    >>> net.forward([[1.0, 1.0, 1.0, 1.0]], training=True).round(3)
    array([[ 1.666,  1.666,  1.666, -0.779]])
    """

    replayable = True
    rational = True

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = a (x mask + low (1 - mask)) + b = x (a mask) + (a low + b - low (a mask))``."""
        self._mask = None
        if not training or self.rate == 0.0:
            return x
        low = -Selu.scale * Selu.alpha
        a = ((1 - self.rate) * (1 + self.rate * low * low)) ** -0.5
        kept = self._kept(x)
        mask = self._mask = self.empty("mask", kept.shape)
        np.multiply(kept, a, out=mask, dtype=mask.dtype)
        y = np.multiply(x, mask, out=self.empty("y", x.shape))
        shift = np.multiply(mask, -low, out=self.empty("shift", mask.shape))
        shift += a * low * (1 - self.rate)
        y += shift
        return y
