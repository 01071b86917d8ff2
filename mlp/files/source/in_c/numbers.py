"""Numbers in C, of single precision."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ArgumentError
from mlp.files.source.literals import decimals

__all__ = ["single", "singles", "texts"]


def singles(array: Any) -> Array:
    """Numbers in single precision.

    Raises
    ------
    ArgumentError
        If one of them is too large for it.
    """
    array = np.asarray(array)
    with np.errstate(over="ignore"):
        rounded: Array = array.astype(np.float32)
    if (np.isinf(rounded) & np.isfinite(array)).any():
        raise ArgumentError(
            f"there is no way to write {np.abs(array).max():.3g} into C code, which computes in single precision"
        )
    return rounded


def single(value: Any) -> str:
    """A number in an expression.

    Examples
    --------
    >>> single(0.1), single(-2), single(float("inf"))
    ('0.1f', '-2.0f', 'INFINITY')
    """
    return texts(singles(value))[0]


def texts(array: Array) -> list[str]:
    """The numbers of an array, each in its own precision."""
    suffix = "f" if array.dtype == np.float32 else ""
    return [text if text[-1] in "NY" else text + suffix for text in decimals(array, "NAN", "INFINITY")]
