"""Numbers of things as rows of zeros and ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentError
from mlp.layers.base import LAYERS
from mlp.layers.whole import OfWholeNumbers

__all__ = ["HOT", "CategoryEncoding", "encoded", "encoded_shape"]

#: The ways to show numbers of things by zeros and ones.
HOT = ("one_hot", "multi_hot", "count")


def encoded_shape(input_shape: tuple[int, ...], output_mode: str, depth: int) -> tuple[int, ...]:
    """The shape of a row of what `encoded` gives.

    Examples
    --------
    >>> encoded_shape((4,), "one_hot", 3), encoded_shape((1,), "one_hot", 3), encoded_shape((4,), "count", 3)
    ((4, 3), (3,), (3,))
    """
    if output_mode == "int":
        return input_shape
    keeps_last = output_mode == "one_hot" and input_shape[-1] != 1
    return (*(input_shape if keeps_last else input_shape[:-1]), depth)


def encoded(numbers: Array, output_mode: str, depth: int, dtype: np.dtype[Any]) -> Array:
    """Whole numbers below ``depth``, each as a one at its place among zeros, or those of a last axis together."""
    if output_mode == "int":
        return numbers.astype(dtype)
    hot: Array = np.equal(numbers[..., None], np.arange(depth)).astype(dtype)
    if output_mode == "one_hot":
        return hot.reshape(*numbers.shape[:-1], depth) if numbers.shape[-1] == 1 else hot
    reduce = np.add.reduce if output_mode == "count" else np.maximum.reduce
    together: Array = reduce(hot, axis=-2)
    return together


@LAYERS.add()
class CategoryEncoding(OfWholeNumbers):
    """Numbers of things as zeros and ones: ``y[n, i] = 1`` where ``x[n, ...] = i``.

    Parameters
    ----------
    num_tokens : int
        How many things there are; they are numbered from 0 to ``num_tokens - 1``.
    output_mode : {"multi_hot", "one_hot", "count"}
        ``"one_hot"``: a row of zeros and a one for each number.  ``"multi_hot"``: one such row for all numbers along
        the last axis together.  ``"count"``: likewise, and how often each is there.
    **kwargs
        See `Layer`.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If an argument is not as above; without ``num_tokens``, when built.
    DataError
        When it runs, if its input is something else than such numbers.

    Examples
    --------
    >>> from mlp import Network
    >>> Network([CategoryEncoding(4, input_dim=3)])([[0, 2, 2]])
    array([[1., 0., 1., 0.]])
    >>> Network([CategoryEncoding(4, "one_hot", input_dim=1)])([3, 0])
    array([[0., 0., 0., 1.],
           [1., 0., 0., 0.]])
    """

    replayable = True

    def __init__(self, num_tokens: int | None = None, output_mode: str = "multi_hot", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.num_tokens = self.integers_below = (
            None if num_tokens is None else checks.integer("num_tokens", num_tokens)
        )
        self.output_mode = checks.one_of("output_mode", output_mode, HOT)

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """No weights; the shape."""
        if self.num_tokens is None:
            raise ArgumentError(f"{self._label}num_tokens is missing: say how many things there are")
        self._depth = self.num_tokens
        return encoded_shape(input_shape, self.output_mode, self._depth)

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y[n, i] = 1`` where ``x[n, ...] = i``."""
        self._x = x
        return encoded(self.whole(x), self.output_mode, self._depth, x.dtype)

    def backward(self, dy: Array) -> Array:
        """``dx = 0``."""
        return np.zeros_like(self._x)
