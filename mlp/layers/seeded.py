"""Layers that draw random numbers, from the network's generator or from one of their own."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp import checks
from mlp.layers.base import Layer

__all__ = ["Seeded"]


class Seeded(Layer):
    """A layer that acts in training alone, by chance; subclass it.

    Parameters
    ----------
    seed : int, optional
        A source of randomness of the layer's own, instead of the network's.
    **kwargs
        See `Layer`.
    """

    differs_in_training = True

    def __init__(self, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = None if seed is None else checks.integer("seed", seed, 0, 2**128)
        self.generator = None if seed is None else np.random.default_rng(self.seed)

    @property
    def source(self) -> np.random.Generator:
        """Where the numbers come from."""
        return self.generator or self.rng
