"""Rows as flat lists of numbers, in C order: where things stand in them, for targets that know no arrays."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from mlp.arrays import Array
from mlp.files.source.outline import Place, Shape

__all__ = ["groups", "reordered", "spread", "stretched"]


def groups(place: Place, axes: int | Iterable[int], shape: Shape) -> tuple[int, int, int]:
    """How many blocks there are, how many numbers along the axes in each of them, and how far apart these lie.

    Parameters
    ----------
    place : Place
        The step, for messages.
    axes : int or tuple of int
        Axes counted with the batch axis, 0, or from behind.
    shape : tuple of int
        The shape of a row.

    Raises
    ------
    ArgumentError
        If they are not neighbours, so that the numbers along them are not equally far apart.
    """
    wanted = sorted(axis % (len(shape) + 1) - 1 for axis in ([axes] if isinstance(axes, int) else axes))
    first, last = wanted[0], wanted[-1]
    if wanted != list(range(first, last + 1)):
        raise place.refuse(
            f"there is no way to write down axes {axes} as this language, for they are no neighbours"
        )
    return math.prod(shape[:first]), math.prod(shape[first : last + 1]), math.prod(shape[last + 1 :])


def spread(array: Array, shape: Shape) -> Array:
    """A constant for each number of a row."""
    return np.broadcast_to(array, shape).ravel()


def reordered(shape: Shape, axes: Sequence[int]) -> Array:
    """Where each number of a row stood before its axes, from 0 on, were put into this order."""
    return np.arange(math.prod(shape)).reshape(shape).transpose(axes).ravel()


def stretched(shape: Shape, to: Shape) -> Array:
    """Where each number of a row of shape ``to`` stands in one of ``shape``, whose sizes of 1 are stretched to it."""
    return spread(np.arange(math.prod(shape)).reshape(shape), to)
