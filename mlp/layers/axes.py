"""Axes of a batch, counted as in Keras: 0 is the batch's own, and -1 the last one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlp import checks
from mlp.errors import ArgumentError

__all__ = ["axes_argument", "fits", "row_axes"]


def axes_argument(name: str, axis: Any) -> Any:
    """``axis`` as an int or a tuple of ints, checked as far as that is possible without a shape.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If it is none, or no axis of any array.

    Examples
    --------
    >>> axes_argument("axis", [1, -1])
    (1, -1)
    """
    if isinstance(axis, Sequence | np.ndarray) and not isinstance(axis, str):
        return tuple(axes_argument(f"{name}[{i}]", one) for i, one in enumerate(axis))
    if checks.integer(name, axis, -32, 31) == 0:
        raise ArgumentError(
            f"{name} must not be 0, the batch's own; the rows' axes are 1, 2, ..., and -1 is the last"
        )
    return int(axis)


def row_axes(name: str, axis: Any, row_shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes that are meant, counted from 1 and in ascending order.

    Parameters
    ----------
    name : str
        What the caller calls them.
    axis : int or tuple of int
        Axes of a batch of shape (n,) + row_shape.
    row_shape : tuple of int
        The shape of one row.

    Raises
    ------
    ArgumentError
        If the batch has no such axis, it is the batch's own, or it is named twice.

    Examples
    --------
    >>> row_axes("axis", -1, (3, 4)), row_axes("axis", (2, 1), (3, 4))
    ((2,), (1, 2))
    """
    ndim = len(row_shape) + 1
    found = sorted(i + ndim if i < 0 else i for i in (axis if isinstance(axis, tuple) else (axis,)))
    if any(not 1 <= i < ndim for i in found) or len(set(found)) < len(found):
        raise ArgumentError(
            f"{name} must be different axes from 1 to {ndim - 1}, or from -1 to {1 - ndim}, of a batch of shape "
            f"(n, {', '.join(map(str, row_shape))}); 0 is the batch's own; got {axis}"
        )
    return tuple(found)


def fits(shape: tuple[int, ...], row_shape: tuple[int, ...]) -> bool:
    """Whether constants of ``shape`` can be spread over a row.

    Examples
    --------
    >>> fits((), (2, 3)), fits((3,), (2, 3)), fits((2, 1), (2, 3)), fits((2,), (2, 3))
    (True, True, True, False)
    """
    behind = row_shape[len(row_shape) - len(shape) :]
    return len(shape) <= len(row_shape) and all(n in (1, size) for n, size in zip(shape, behind, strict=True))
