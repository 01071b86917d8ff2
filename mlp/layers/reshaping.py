"""Layers without arithmetic: the input layer, and others that put numbers into another shape or order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentError, ShapeError
from mlp.layers.base import LAYERS, Layer
from mlp.layers.node import Call, Node

__all__ = ["Flatten", "Identity", "Input", "InputLayer", "Permute", "RepeatVector", "Reshape"]


@LAYERS.add()
class InputLayer(Layer):
    """``y = x``: where the rows of a functional network come in; see `Input`.

    Parameters
    ----------
    shape : tuple of int
        The shape of one row.
    name : str, optional
        A name.

    Examples
    --------
    >>> from mlp import Input, Network
    >>> from mlp.layers import Dense
    >>> x = Input(shape=(2,))
    >>> net = Network(inputs=x, outputs=Dense(1)(x))
    >>> first: InputLayer = net.layers[0]
    >>> first.shape
    (2,)
    """

    replayable = True
    rational = True

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
    name, trainable, input_shape, input_dim, lr_multiplier
        See `Layer`.

    Examples
    --------
    >>> from mlp import Network
    >>> Network([Flatten(input_shape=(28, 28))]).output_shape
    (None, 784)
    """

    replayable = True
    rational = True

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


@LAYERS.add()
class Reshape(Layer):
    """``y[n]`` has the numbers of ``x[n]`` in their order, in another shape.

    Parameters
    ----------
    target_shape : tuple of int
        The shape of a row of ``y``, without the batch axis; one size may be -1, and is what the others leave.
    **kwargs
        See `Layer`.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If it is no such tuple.
    ShapeError
        When built, if the rows have another number of numbers.

    Examples
    --------
    >>> from mlp import Network
    >>> Network([Reshape((2, -1), input_dim=6)]).output_shape
    (None, 2, 3)
    """

    replayable = True
    rational = True

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        free = [i for i, size in enumerate(target_shape) if size == -1] if np.iterable(target_shape) else []
        sizes = (
            [1 if i in free[:1] else size for i, size in enumerate(target_shape)] if free else target_shape
        )
        checked = checks.shape("target_shape", sizes)
        self.target_shape = tuple(-1 if i in free[:1] else size for i, size in enumerate(checked))

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """No weights; the shape, with the size that was left open."""
        size, known = math.prod(input_shape), math.prod(n for n in self.target_shape if n > 0)
        self._row_shape = input_shape
        self._new_shape = tuple(size // known if n < 0 else n for n in self.target_shape)
        if math.prod(self._new_shape) != size:
            raise ShapeError(
                f"{self._label}target_shape must hold the {size} numbers of a row of shape {input_shape}, got "
                f"{self.target_shape}"
            )
        return self._new_shape

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y``, a view of ``x``."""
        return x.reshape(len(x), *self._new_shape)

    def backward(self, dy: Array) -> Array:
        """``dx``, a view of ``dy``."""
        return dy.reshape(len(dy), *self._row_shape)


@LAYERS.add()
class Identity(Layer):
    """``y = x``: a layer that does nothing, where one has to be.

    Parameters
    ----------
    name, trainable, input_shape, input_dim, lr_multiplier
        See `Layer`.

    Examples
    --------
    >>> from mlp import Network
    >>> Network([Identity(input_dim=2)])([[1.0, 2.0]])
    array([[1., 2.]])
    """

    replayable = True
    rational = True

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x``, the very array."""
        return x

    def backward(self, dy: Array) -> Array:
        """``dx = dy``, the very array."""
        return dy


@LAYERS.add()
class Permute(Layer):
    """The axes of a row in another order, the first one being 1: ``dims=(2, 1)`` makes ``y[n, j, i] = x[n, i, j]``.

    Parameters
    ----------
    dims : tuple of int
        The axes of ``x`` in the order that they have in ``y``, without the batch's.
    **kwargs
        See `Layer`.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If it is no permutation of 1, 2, ...
    ShapeError
        When built, if the rows have another number of axes.

    Examples
    --------
    >>> from mlp import Network
    >>> Network([Permute((2, 1), input_shape=(2, 3))]).output_shape
    (None, 3, 2)
    """

    replayable = True
    rational = True

    def __init__(self, dims: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = checks.shape("dims", dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ArgumentError(f"dims must be a permutation of 1 to {len(self.dims)}, got {self.dims}")

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """No weights; the sizes in their new order."""
        if len(self.dims) != len(input_shape):
            raise ShapeError(
                f"{self._label}dims must name the {len(input_shape)} axes of a row of shape {input_shape}, got {self.dims}"
            )
        return tuple(input_shape[axis - 1] for axis in self.dims)

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y``, a copy."""
        return self._reordered("y", x, (0, *self.dims))

    def backward(self, dy: Array) -> Array:
        """``dx``, a copy."""
        return self._reordered("dx", dy, (0, *(1 + int(i) for i in np.argsort(self.dims))))

    def _reordered(self, name: str, a: Array, axes: tuple[int, ...]) -> Array:
        copy = self.empty(name, tuple(a.shape[axis] for axis in axes))
        copy[...] = a.transpose(axes)
        return copy


@LAYERS.add()
class RepeatVector(Layer):
    """``y[n, i, :] = x[n, :]`` for each i of ``n`` repetitions: (rows, features) becomes (rows, n, features).

    Parameters
    ----------
    n : int
        How many repetitions.
    **kwargs
        See `Layer`.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If it is no positive integer.
    ShapeError
        When built, if a row is no vector.

    Examples
    --------
    >>> from mlp import Network
    >>> Network([RepeatVector(2, input_dim=2)])([[1.0, 3.0]])
    array([[[1., 3.],
            [1., 3.]]])
    """

    replayable = True
    rational = True

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n = checks.integer("n", n)

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """No weights; one axis more."""
        if len(input_shape) != 1:
            raise ShapeError(f"{self._label}a row must be a vector, got shape {input_shape}")
        return (self.n, *input_shape)

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y``."""
        y = self.empty("y", (len(x), self.n, x.shape[1]))
        y[...] = x.reshape(len(x), 1, x.shape[1])
        return y

    def backward(self, dy: Array) -> Array:
        """``dx = sum_i dy[:, i, :]``."""
        return np.add.reduce(dy, axis=1, out=self.empty("dx", (len(dy), dy.shape[2])))
