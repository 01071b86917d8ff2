"""A layer of several inputs as one of a single input, so that every check of layers can look at it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.layers import Composite, Layer

__all__ = ["Apart"]


class Apart(Composite):
    """``y = inner(x_1, x_2, ...)``, the rows ``x_i`` standing one after another in those of ``x``.

    Parameters
    ----------
    inner : Layer
        The layer of several inputs.
    shapes : list of tuple of int
        The shapes of their rows.
    **kwargs
        See `Layer`.
    """

    replayable = True

    def __init__(self, inner: Layer, shapes: Sequence[Sequence[int]], **kwargs: Any) -> None:
        super().__init__([inner], **kwargs)
        self.inner = inner
        self.shapes = [tuple(shape) for shape in shapes]
        sizes = [math.prod(shape) for shape in self.shapes]
        self.cuts = [sum(sizes[:i]) for i in range(len(sizes) + 1)]

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The inner layer."""
        return self.build_layer(self.inner, tuple(self.shapes))  # type: ignore[arg-type]

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = inner(x_1, x_2, ...)``."""
        parts = []
        for i, shape in enumerate(self.shapes):
            part = self.empty(f"x_{i}", (len(x), *shape), x.dtype)
            part.reshape(len(x), -1)[...] = x[:, self.cuts[i] : self.cuts[i + 1]]
            parts.append(part)
        return self.inner.forward(tuple(parts), training)  # type: ignore[arg-type]

    def backward(self, dy: Array) -> Array:
        """``dx``, the gradients of the parts one after another."""
        dx = self.empty("dx", (len(dy), self.cuts[-1]), np.dtype(dy.dtype))
        for i, part in enumerate(self.inner.backward(dy)):
            dx[:, self.cuts[i] : self.cuts[i + 1]] = part.reshape(len(dy), -1)
        return dx
