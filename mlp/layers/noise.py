"""Normal noise in training, which keeps a network from learning its data by heart."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.layers.base import LAYERS
from mlp.layers.seeded import Seeded

__all__ = ["GaussianDropout", "GaussianNoise"]


@LAYERS.add()
class GaussianNoise(Seeded):
    """In training ``y = x + stddev e``, each ``e`` a number from the standard normal distribution; else ``y = x``.

    Parameters
    ----------
    stddev : float
        The standard deviation of the noise, not negative.
    seed : int, optional
        A source of randomness of the layer's own, instead of the network's.
    **kwargs
        See `Layer`.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If the deviation is no such number.

    Examples
    --------
    >>> from mlp import Network
    >>> net = Network([GaussianNoise(0.1, input_dim=3)], rng=0)
    >>> net([[1.0, 2.0, 3.0]]), net.forward([[1.0, 2.0, 3.0]], training=True).round(2)
    (array([[1., 2., 3.]]), array([[1.01, 1.99, 3.06]]))
    """

    replayable = True

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(seed, **kwargs)
        self.stddev = checks.real("stddev", stddev, 0.0)

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x + stddev e``."""
        if not training or self.stddev == 0.0:
            return x
        noise = self.empty("noise", x.shape, x.real.dtype)
        self.draw(self.source, noise, normal=True)
        noise *= self.stddev
        return np.add(x, noise, out=self.empty("y", x.shape))

    def backward(self, dy: Array) -> Array:
        """``dx = dy``, the very array."""
        return dy


@LAYERS.add()
class GaussianDropout(Seeded):
    """In training ``y = x (1 + s e)``, ``s = sqrt(rate / (1 - rate))``, each ``e`` a standard normal number; else ``y = x``.

    Its mean and variance are those of `Dropout` (Srivastava et al. 2014, JMLR 15:1929, sec. 10).

    Parameters
    ----------
    rate : float in [0, 1)
        The share that `Dropout` would drop.
    seed : int, optional
        A source of randomness of the layer's own, instead of the network's.
    **kwargs
        See `Layer`.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If the rate is no share.

    Examples
    --------
    >>> from mlp import Network
    >>> net = Network([GaussianDropout(0.2, input_dim=3)], rng=0)
    >>> net([[1.0, 2.0, 3.0]]), net.forward([[1.0, 2.0, 3.0]], training=True).round(2)
    (array([[1., 2., 3.]]), array([[1.06, 1.87, 3.96]]))
    """

    replayable = True

    _factor: Array | None

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(seed, **kwargs)
        self.rate = checks.fraction("rate", rate)

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x (1 + s e)``."""
        self._factor = None
        if not training or self.rate == 0.0:
            return x
        factor = self._factor = self.empty("factor", x.shape, x.real.dtype)
        self.draw(self.source, factor, normal=True)
        factor *= math.sqrt(self.rate / (1 - self.rate))
        factor += 1.0
        return np.multiply(x, factor, out=self.empty("y", x.shape))

    def backward(self, dy: Array) -> Array:
        """``dx = dy (1 + s e)``, with the numbers of `forward`."""
        return dy if self._factor is None else np.multiply(dy, self._factor, out=self.empty("dx", dy.shape))
