"""Merges: layers that make one value of several, for networks that branch."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array, constant
from mlp.errors import ArgumentError, ShapeError
from mlp.layers.axes import row_axes
from mlp.layers.base import LAYERS, Layer

__all__ = [
    "Add",
    "Average",
    "Concatenate",
    "Dot",
    "Maximum",
    "Merge",
    "Minimum",
    "Multiply",
    "Subtract",
    "add",
    "average",
    "concatenate",
    "dot",
    "maximum",
    "minimum",
    "multiply",
    "subtract",
]

Shape = tuple[int, ...]
Arrays = tuple[Array, ...]


class Merge(Layer):
    """A layer of several inputs; what all merges have in common.

    ``forward`` takes a tuple of arrays, ``backward`` returns one, and ``build`` gets a tuple of shapes.
    """

    takes_several = True
    #: How many inputs there may be.
    fewest: int = 1
    most: int | None = None

    def build(self, input_shape: Any) -> Shape:
        """No weights; checks how many inputs there are and returns the `merged` shape."""
        if len(input_shape) < self.fewest or (self.most is not None and len(input_shape) > self.most):
            wanted = (
                f"{self.fewest} inputs" if self.fewest == self.most else f"at least {self.fewest} input(s)"
            )
            raise ShapeError(f"{self._label}takes {wanted}, got {len(input_shape)}")
        return self.merged(input_shape)

    def merged(self, shapes: tuple[Shape, ...]) -> Shape:
        """The shape of a row of the result for rows of ``shapes``; here sizes of 1 are stretched."""
        shape: Shape
        try:
            shape = np.broadcast_shapes(*shapes)
        except ValueError:
            raise ShapeError(
                f"{self._label}the inputs must have one shape (or sizes of 1 that can be stretched), got "
                f"{' and '.join(map(str, shapes))}"
            ) from None
        return shape


def _aligned(x: Arrays) -> Arrays:
    """The inputs with as many axes each, those that are missing being put in behind that of the rows."""
    axes = max(part.ndim for part in x)
    return tuple(
        part if part.ndim == axes else part.reshape(len(part), *(1,) * (axes - part.ndim), *part.shape[1:])
        for part in x
    )


def _shrunk(dx: Array, shape: Shape) -> Array:
    """The gradient for an input of ``shape`` that was stretched to that of ``dx``: the sum over what it became."""
    if dx.shape == shape:
        return dx
    stretched = (shape[0], *(1,) * (dx.ndim - len(shape)), *shape[1:])
    axes = tuple(i for i, size in enumerate(stretched) if size != dx.shape[i])
    summed: Array = np.add.reduce(dx, axes, keepdims=True)
    return summed.reshape(shape)


@LAYERS.add()
class Add(Merge):
    """``y = x_1 + x_2 + ...``, entry by entry.

    Parameters
    ----------
    name, trainable, input_shape, input_dim, lr_multiplier
        See `Layer`.

    Examples
    --------
    >>> from mlp import Input, Network
    >>> a, b = Input(shape=(2,)), Input(shape=(2,))
    >>> Network(inputs=[a, b], outputs=Add()([a, b]))([[[1.0, 2.0]], [[10.0, 20.0]]])
    array([[11., 22.]])
    """

    replayable = True
    rational = True

    def forward(self, x: Arrays, training: bool = False) -> Array:  # type: ignore[override]
        """``y = x_1 + x_2 + ...``."""
        self._shapes_in = [part.shape for part in x]
        return reduce(np.add, _aligned(x))

    def backward(self, dy: Array) -> Arrays:  # type: ignore[override]
        """``dx_i = dy``."""
        return tuple(_shrunk(dy, shape) for shape in self._shapes_in)


@LAYERS.add()
class Subtract(Merge):
    """``y = x_1 - x_2``.

    Parameters
    ----------
    name, trainable, input_shape, input_dim, lr_multiplier
        See `Layer`.

    Examples
    --------
    >>> from mlp import Input, Network
    >>> a, b = Input(shape=(2,)), Input(shape=(2,))
    >>> Network(inputs=[a, b], outputs=Subtract()([a, b]))([[[1.0, 2.0]], [[10.0, 20.0]]])
    array([[ -9., -18.]])
    """

    replayable = True
    rational = True
    fewest = most = 2

    def forward(self, x: Arrays, training: bool = False) -> Array:  # type: ignore[override]
        """``y = x_1 - x_2``."""
        self._shapes_in = [part.shape for part in x]
        first, second = _aligned(x)
        y: Array = first - second
        return y

    def backward(self, dy: Array) -> Arrays:  # type: ignore[override]
        """``dx_1 = dy``, ``dx_2 = -dy``."""
        first, second = self._shapes_in
        return _shrunk(dy, first), _shrunk(-dy, second)


@LAYERS.add()
class Multiply(Merge):
    """``y = x_1 x_2 ...``, entry by entry.

    Parameters
    ----------
    name, trainable, input_shape, input_dim, lr_multiplier
        See `Layer`.

    Examples
    --------
    >>> from mlp import Input, Network
    >>> a, b = Input(shape=(2,)), Input(shape=(2,))
    >>> Network(inputs=[a, b], outputs=Multiply()([a, b]))([[[1.0, 2.0]], [[10.0, 20.0]]])
    array([[10., 40.]])
    """

    replayable = True
    rational = True

    def forward(self, x: Arrays, training: bool = False) -> Array:  # type: ignore[override]
        """``y = x_1 x_2 ...``."""
        self._x, self._shapes_in = _aligned(x), [part.shape for part in x]
        return reduce(np.multiply, self._x)

    def backward(self, dy: Array) -> Arrays:  # type: ignore[override]
        """``dx_i = dy`` times the product of all others."""
        x = self._x
        return tuple(
            _shrunk(reduce(np.multiply, (*x[:i], *x[i + 1 :], dy)), shape)
            for i, shape in enumerate(self._shapes_in)
        )


@LAYERS.add()
class Average(Merge):
    """``y = (x_1 + … + x_k) / k``, entry by entry.

    Parameters
    ----------
    name, trainable, input_shape, input_dim, lr_multiplier
        See `Layer`.

    Examples
    --------
    >>> from mlp import Input, Network
    >>> a, b = Input(shape=(2,)), Input(shape=(2,))
    >>> Network(inputs=[a, b], outputs=Average()([a, b]))([[[1.0, 2.0]], [[3.0, 6.0]]])
    array([[2., 4.]])
    """

    replayable = True
    rational = True

    def forward(self, x: Arrays, training: bool = False) -> Array:  # type: ignore[override]
        """``y = (x_1 + … + x_k) / k``."""
        self._shapes_in = [part.shape for part in x]
        return reduce(np.add, _aligned(x)) / constant(len(x), x[0].dtype)

    def backward(self, dy: Array) -> Arrays:  # type: ignore[override]
        """``dx_i = dy / k``."""
        share = dy / constant(len(self._shapes_in), dy.dtype)
        return tuple(_shrunk(share, shape) for shape in self._shapes_in)


class _Extreme(Merge):
    """What `Maximum` and `Minimum` have in common: ``y`` is the input that comes before all others."""

    #: Whether the first of two arrays comes before the second, entry by entry.
    before: Callable[[Array, Array], Array]

    def forward(self, x: Arrays, training: bool = False) -> Array:  # type: ignore[override]
        """The extreme of the inputs, entry by entry."""
        self._x, self._shapes_in = _aligned(x), [part.shape for part in x]
        y, *others = self._x
        for part in others:
            y = np.where(self.before(part.real, y.real), part, y)
        self._y = y
        return y

    def backward(self, dy: Array) -> Arrays:  # type: ignore[override]
        """``dx_i = dy`` where ``x_i`` is the extreme, in equal shares where several are; else 0."""
        zero, one = constant(0.0, dy.dtype), constant(1.0, dy.dtype)
        hits = [np.where(part.real == self._y.real, one, zero) for part in self._x]
        together = hits[0]
        for hit in hits[1:]:
            together = together + hit
        share = dy / together
        return tuple(_shrunk(hit * share, shape) for hit, shape in zip(hits, self._shapes_in, strict=True))


@LAYERS.add()
class Maximum(_Extreme):
    """``y = max(x_1, x_2, ...)``, entry by entry; inputs that are equally large share the gradient.

    Parameters
    ----------
    name, trainable, input_shape, input_dim, lr_multiplier
        See `Layer`.

    Examples
    --------
    >>> from mlp import Input, Network
    >>> a, b = Input(shape=(2,)), Input(shape=(2,))
    >>> Network(inputs=[a, b], outputs=Maximum()([a, b]))([[[1.0, 20.0]], [[10.0, 2.0]]])
    array([[10., 20.]])
    """

    replayable = True
    rational = True
    before = np.greater


@LAYERS.add()
class Minimum(_Extreme):
    """``y = min(x_1, x_2, ...)``, entry by entry; inputs that are equally small share the gradient.

    Parameters
    ----------
    name, trainable, input_shape, input_dim, lr_multiplier
        See `Layer`.

    Examples
    --------
    >>> from mlp import Input, Network
    >>> a, b = Input(shape=(2,)), Input(shape=(2,))
    >>> Network(inputs=[a, b], outputs=Minimum()([a, b]))([[[1.0, 20.0]], [[10.0, 2.0]]])
    array([[1., 2.]])
    """

    replayable = True
    rational = True
    before = np.less


@LAYERS.add()
class Concatenate(Merge):
    """``y = [x_1, x_2, ...]``, the inputs one after another along ``axis``.

    Parameters
    ----------
    axis : int, default -1
        The axis; it may not be the one of the rows, 0.
    **kwargs
        See `Layer`.

    Examples
    --------
    >>> from mlp import Input, Network
    >>> a, b = Input(shape=(2,)), Input(shape=(1,))
    >>> Network(inputs=[a, b], outputs=Concatenate()([a, b]))([[[1.0, 2.0]], [[3.0]]])
    array([[1., 2., 3.]])
    """

    replayable = True
    rational = True

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = checks.integer("axis", axis, -32, 31)

    def merged(self, shapes: tuple[Shape, ...]) -> Shape:
        """The sizes along the axis added up."""
        axis = row_axes(f"{self._label}axis", self.axis, shapes[0])[0] - 1
        others = {(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}
        if len(others) > 1 or len({len(shape) for shape in shapes}) > 1:
            raise ShapeError(
                f"{self._label}the inputs must have the same sizes but along axis {self.axis}, got "
                f"{' and '.join(map(str, shapes))}"
            )
        sizes = [shape[axis] for shape in shapes]
        self._cuts = [sum(sizes[:i]) for i in range(len(sizes) + 1)]
        self._before = (slice(None),) * (axis + 1)
        return (*shapes[0][:axis], sum(sizes), *shapes[0][axis + 1 :])

    def forward(self, x: Arrays, training: bool = False) -> Array:  # type: ignore[override]
        """``y = [x_1, x_2, ...]``."""
        y = self.empty("y", (len(x[0]), *self._built_shapes()[1]))
        for part, place in zip(x, self._places(), strict=True):
            y[place] = part
        return y

    def backward(self, dy: Array) -> Arrays:  # type: ignore[override]
        """``dx_i``, the part of ``dy`` where ``x_i`` stands."""
        cut = [dy[place] for place in self._places()]
        # Into memory of the layer, for a recording does not see what np.ascontiguousarray copies.
        return tuple(
            np.positive(dx, out=self.empty(f"dx_{i}", dx.shape, dx.dtype)) for i, dx in enumerate(cut)
        )

    def _places(self) -> list[tuple[slice, ...]]:
        return [
            (*self._before, slice(start, end)) for start, end in zip(self._cuts, self._cuts[1:], strict=False)
        ]


@LAYERS.add()
class Dot(Merge):
    """``y = sum_k x_1[.., k, ..] x_2[.., k, ..]``, row by row, over one axis of each.

    Parameters
    ----------
    axes : int or (int, int)
        The axis of each input that is summed over; the rows' axis, 0, it may not be.
    normalize : bool, default False
        Divide each vector along these axes by its length, so that the products are cosines.
    **kwargs
        See `Layer`.

    Examples
    --------
    >>> from mlp import Input, Network
    >>> a, b = Input(shape=(2,)), Input(shape=(2,))
    >>> Network(inputs=[a, b], outputs=Dot(axes=1)([a, b]))([[[1.0, 2.0]], [[10.0, 20.0]]])
    array([[50.]])
    """

    replayable = False  # products of stacks of matrices are not written down
    fewest = most = 2

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        pair = axes if isinstance(axes, list | tuple) else (axes, axes)
        if len(pair) != 2:
            raise ArgumentError(f"axes must be one axis, or one for each of two inputs, got {axes!r}")
        self.axes = tuple(checks.integer("axes", axis, -32, 31) for axis in pair)
        self.normalize = checks.flag("normalize", normalize)

    def merged(self, shapes: tuple[Shape, ...]) -> Shape:
        """All other sizes of the first input, then those of the second; at least (1,)."""
        self._along = tuple(
            row_axes(f"{self._label}axes", axis, shape)[0]
            for axis, shape in zip(self.axes, shapes, strict=True)
        )
        a, b = (shape[axis - 1] for axis, shape in zip(self._along, shapes, strict=True))
        if a != b:
            raise ShapeError(
                f"{self._label}the axes {self.axes} must have one size, got {a} and {b} of {shapes[0]} and {shapes[1]}"
            )
        rest = [
            size
            for axis, shape in zip(self._along, shapes, strict=True)
            for i, size in enumerate(shape, 1)
            if i != axis
        ]
        return tuple(rest) or (1,)

    def forward(self, x: Arrays, training: bool = False) -> Array:  # type: ignore[override]
        """Products of matrices with the summed axis last, a pair for each row."""
        self._matrices, self._lengths = [], []
        for part, axis in zip(x, self._along, strict=True):
            moved = np.moveaxis(part, axis, -1)
            matrix = moved.reshape(len(part), math.prod(moved.shape[1:-1]), part.shape[axis])
            length = _length(matrix) if self.normalize else None
            self._matrices.append(matrix if length is None else matrix / length)
            self._lengths.append(length)
        self._moved = [np.moveaxis(part, axis, -1).shape for part, axis in zip(x, self._along, strict=True)]
        a, b = self._matrices
        y: Array = a @ b.swapaxes(1, 2)
        return y.reshape(len(y), *self._built_shapes()[1])

    def backward(self, dy: Array) -> Arrays:  # type: ignore[override]
        """``dA = dY B`` and ``dB = dY^T A``, for vectors of length 1 less what points along them."""
        a, b = self._matrices
        slopes = dy.reshape(len(dy), a.shape[1], b.shape[1])
        both = [slopes @ b, slopes.swapaxes(1, 2) @ a]
        dx = []
        for d, u, length, shape, axis in zip(
            both, self._matrices, self._lengths, self._moved, self._along, strict=True
        ):
            if length is not None:
                d = (d - u * (d * u).sum(axis=-1, keepdims=True)) / length
            dx.append(np.ascontiguousarray(np.moveaxis(d.reshape(shape), -1, axis)))
        return tuple(dx)


def _length(matrix: Array) -> Array:
    """The length of each vector along the last axis, 1e-6 at least, as in Keras."""
    squares: Array = (matrix * matrix).sum(axis=-1, keepdims=True)
    return np.sqrt(np.where(squares.real > 1e-12, squares, 1e-12)).astype(matrix.dtype, copy=False)


FUNCTION = """`{cls}` of symbolic values.

Parameters
----------
inputs : list of Node
    What `Input` or layers returned.
**kwargs
    See `{cls}`.

Returns
-------
Node
    A symbolic value.

Examples
--------
>>> from mlp import Input, Network
>>> a, b = Input(shape=(2,)), Input(shape=(2,))
>>> Network(inputs=[a, b], outputs={name}([a, b])).output_shape
(None, 2)
"""


def _function(cls: type[Merge]) -> Callable[..., Any]:
    """The function that calls a merge on its inputs at once, ``add(inputs)`` for ``Add()(inputs)``."""

    def merge(inputs: Any, **kwargs: Any) -> Any:
        return cls(**kwargs)(inputs)

    merge.__name__ = merge.__qualname__ = cls.__name__.lower()
    merge.__doc__ = FUNCTION.format(name=merge.__name__, cls=cls.__name__)
    return merge


add, subtract, multiply, average = map(_function, (Add, Subtract, Multiply, Average))
maximum, minimum = map(_function, (Maximum, Minimum))


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """`Concatenate` of ``inputs``, a list of symbolic values.

    Parameters
    ----------
    inputs : list of Node
        What `Input` or layers returned.
    axis, **kwargs
        See `Concatenate`.

    Returns
    -------
    Node
        A symbolic value.

    Examples
    --------
    >>> from mlp import Input, Network
    >>> a, b = Input(shape=(2,)), Input(shape=(1,))
    >>> Network(inputs=[a, b], outputs=concatenate([a, b])).output_shape
    (None, 3)
    """
    return Concatenate(axis, **kwargs)(inputs)


def dot(inputs: Any, axes: Any = -1, **kwargs: Any) -> Any:
    """`Dot` of ``inputs``, two symbolic values.

    Parameters
    ----------
    inputs : list of Node
        What `Input` or layers returned.
    axes, **kwargs
        See `Dot`.

    Returns
    -------
    Node
        A symbolic value.

    Examples
    --------
    >>> from mlp import Input, Network
    >>> a, b = Input(shape=(2,)), Input(shape=(2,))
    >>> net = Network(inputs=[a, b], outputs=dot([a, b], normalize=True))
    >>> net([[[3.0, 0.0]], [[1.0, 0.0]]])
    array([[1.]])
    """
    return Dot(axes, **kwargs)(inputs)
