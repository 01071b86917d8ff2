"""Layers without arithmetic: the input layer, and flattening."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mlp import checks
from mlp.arrays import Array
from mlp.layers.base import LAYERS, Layer
from mlp.layers.node import Call, Node

__all__ = ["Flatten", "Input", "InputLayer"]


@LAYERS.add()
class InputLayer(Layer):
    """``y = x``: where the rows of a functional network come in; see `Input`.

    Parameters
    ----------
    shape : tuple of int
        The shape of one row.
    name : str, optional
        A name.
    """

    replayable = True

    def __init__(self, shape: Sequence[int], name: str | None = None) -> None:
        super().__init__(name=name)
        self.shape = self._given_shape = checks.shape("shape", shape)

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x``, the very array."""
        return x

    def backward(self, dy: Array) -> Array:
        """``dx = dy``, the very array."""
        return dy


def Input(shape: Sequence[int], name: str | None = None) -> Node:
    """The beginning of a network that is written as a graph of layers.

    Parameters
    ----------
    shape : tuple of int
        The shape of one row, without the batch axis.
    name : str, optional
        A name for the input layer.

    Returns
    -------
    Node
        A symbolic value to call layers on.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If the shape is no tuple of positive integers.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> x = Input(shape=(2,))
    >>> Network(inputs=x, outputs=Dense(1)(Dense(5)(x))).output_shape
    (None, 1)
    """
    return Node(Call(InputLayer(shape, name)))


@LAYERS.add()
class Flatten(Layer):
    """``y[n, :] = x[n, ...]`` row by row: (n, a, b, ...) becomes (n, a b ...).

    Parameters
    ----------
    **kwargs
        See `Layer`.

    Examples
    --------
    >>> from mlp import Network
    >>> Network([Flatten(input_shape=(28, 28))]).output_shape
    (None, 784)
    """

    replayable = True

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """No weights; one axis of the same size."""
        self._row_shape = input_shape
        self._row_size = math.prod(input_shape)
        return (self._row_size,)

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y``, a view of ``x``."""
        return x.reshape(len(x), self._row_size)

    def backward(self, dy: Array) -> Array:
        """``dx``, a view of ``dy``."""
        return dy.reshape(len(dy), *self._row_shape)
