"""What an ONNX graph computes of constants alone, computed while it is read, within a bound on memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ModelFileError, UnsafeModelError
from mlp.files.onnx.model import Node
from mlp.files.onnx.tensors import TYPES

__all__ = ["CASTS", "MOVES", "Budget", "folded", "shape_of"]

#: By the number of a type: what ``Cast`` makes; half precision is float32 here.
CASTS = {number: np.dtype(np.float32 if number in (10, 16) else kind) for number, (kind, _) in TYPES.items()}


class Budget:
    """How many bytes of constants may still be computed."""

    def __init__(self, size: int) -> None:
        self._left = size

    def take(self, size: int, node: Node) -> None:
        """Ask for memory before it is there.

        Raises
        ------
        UnsafeModelError
            If there is none left.
        """
        self._left -= size
        if self._left < 0:
            raise UnsafeModelError(
                f"{node} makes {size:,} bytes of constants, more than such a file has need of; if you trust it, give a larger "
                "max_bytes"
            )


def _broadcast(function: Callable[[Any, Any], Any]) -> Callable[..., Array]:
    def fold(budget: Budget, node: Node, a: Array, b: Array) -> Array:
        size = math.prod(np.broadcast_shapes(a.shape, b.shape))
        budget.take(size * max(a.itemsize, b.itemsize), node)
        with np.errstate(all="ignore"):
            return np.asarray(function(a, b)).astype(a.dtype, copy=False)

    return fold


def _each(function: Callable[[Any], Any]) -> Callable[..., Array]:
    def fold(budget: Budget, node: Node, a: Array) -> Array:
        budget.take(a.nbytes, node)
        with np.errstate(all="ignore"):
            return np.asarray(function(a)).astype(a.dtype, copy=False)

    return fold


def _divided(a: Array, b: Array) -> Array:
    if a.dtype.kind == "f":
        return a / b
    quotient: Array = np.trunc(a / b)
    return quotient


def _identity(budget: Budget, node: Node, a: Array) -> Array:
    return a


def _cast(budget: Budget, node: Node, a: Array) -> Array:
    dtype = CASTS.get(node.attributes["to"])
    if dtype is None:
        raise ModelFileError(
            f"{node} makes type {node.attributes['to']}, which is none of numbers that are known here"
        )
    budget.take(a.size * dtype.itemsize, node)
    with np.errstate(all="ignore"):
        return a.astype(dtype)


def _constant(budget: Budget, node: Node) -> Array | None:
    for name, value in node.attributes.items():
        if value is not None and "string" not in name:
            dtype = {"value_float": np.float32, "value_floats": np.float32, "value": None}.get(name, np.int64)
            return np.asarray(value, dtype)
    return None


def _constant_of_shape(budget: Budget, node: Node, shape: Array) -> Array:
    value = node.attributes["value"]
    value = np.zeros(1, np.float32) if value is None else value
    sizes = _sizes(node, shape)
    budget.take(math.prod(sizes) * value.itemsize, node)
    return np.full(sizes, value.reshape(()))


def _sizes(node: Node, shape: Array) -> tuple[int, ...]:
    sizes = tuple(int(size) for size in shape.ravel())
    if len(sizes) > 32 or not all(0 <= size < 2**31 for size in sizes):
        raise ModelFileError(f"{node} has the shape {sizes!s:.100}")
    return sizes


def shape_of(node: Node, sizes: Sequence[int]) -> Array:
    """What ``Shape`` makes."""
    return np.array(sizes[node.attributes["start"] : node.attributes["end"]], np.int64)


def _expand(budget: Budget, node: Node, a: Array, shape: Array) -> Array:
    sizes = np.broadcast_shapes(a.shape, _sizes(node, shape))
    budget.take(math.prod(sizes) * a.itemsize, node)
    return np.broadcast_to(a, sizes).copy()


def _reshape(budget: Budget, node: Node, a: Array, shape: Array) -> Array:
    sizes = [int(size) for size in shape.ravel()]
    if not node.attributes["allowzero"]:
        sizes = [a.shape[i] if size == 0 else size for i, size in enumerate(sizes)]
    return a.reshape(sizes)


def _transpose(budget: Budget, node: Node, a: Array) -> Array:
    return a.transpose(node.attributes["perm"])


def _squeeze(budget: Budget, node: Node, a: Array) -> Array:
    axes = node.attributes["axes"]
    return a.squeeze(None if axes is None else tuple(axes))


def _unsqueeze(budget: Budget, node: Node, a: Array) -> Array:
    axes = tuple(node.attributes["axes"] or ())
    if a.ndim + len(axes) > 32:
        raise ModelFileError(f"{node} makes more axes than an array has")
    return np.expand_dims(a, axes)


def _concat(budget: Budget, node: Node, *arrays: Array) -> Array:
    budget.take(sum(a.nbytes for a in arrays), node)
    return np.concatenate(arrays, node.attributes["axis"])


def _gather(budget: Budget, node: Node, a: Array, index: Array) -> Array:
    axis = node.attributes["axis"]
    budget.take(index.size * (a.size // max(1, a.shape[axis])) * a.itemsize, node)
    return a.take(index.astype(np.int64), axis)


def _slice(budget: Budget, node: Node, a: Array, starts: Array, ends: Array, *more: Array) -> Array:
    axes = [int(i) for i in more[0].ravel()] if more else list(range(starts.size))
    steps = [int(i) for i in more[1].ravel()] if len(more) > 1 else [1] * len(axes)
    index = [slice(None)] * a.ndim
    for axis, start, end, step in zip(axes, starts.ravel(), ends.ravel(), steps, strict=True):
        index[axis] = slice(int(start), None if step < 0 and end < -a.shape[axis] else int(end), step)
    return a[tuple(index)]


#: What only moves numbers, which a shape of rows that are not counted yet may go through too.
MOVES: dict[str, Callable[..., Array | None]] = {
    "Cast": _cast,
    "Concat": _concat,
    "Gather": _gather,
    "Identity": _identity,
    "Slice": _slice,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
}

FOLDS: dict[str, Callable[..., Array | None]] = {
    **MOVES,
    "Abs": _each(np.abs),
    "Add": _broadcast(np.add),
    "Constant": _constant,
    "ConstantOfShape": _constant_of_shape,
    "Div": _broadcast(_divided),
    "Expand": _expand,
    "Exp": _each(np.exp),
    "Log": _each(np.log),
    "Mul": _broadcast(np.multiply),
    "Neg": _each(np.negative),
    "Pow": _broadcast(np.power),
    "Reciprocal": _each(np.reciprocal),
    "Reshape": _reshape,
    "Shape": lambda budget, node, a: shape_of(node, a.shape),
    "Sqrt": _each(np.sqrt),
    "Sub": _broadcast(np.subtract),
    "Transpose": _transpose,
}


def folded(node: Node, inputs: Sequence[Array], budget: Budget) -> Array | None:
    """What a node makes of constants; None if that is not to be computed here.

    Raises
    ------
    ModelFileError
        If the constants do not fit.
    UnsafeModelError
        If it makes more of them than the budget allows.
    """
    fold = FOLDS.get(node.operator)
    if fold is None:
        return None
    try:
        made = fold(budget, node, *inputs)
        return None if made is None else np.asarray(made)
    except ModelFileError:
        raise
    except Exception as error:
        raise ModelFileError(f"{node} cannot be computed: {error}") from error
