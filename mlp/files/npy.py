"""NumPy's ``.npy`` form of one array: a line that tells type and shape, then the numbers."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
from numpy.lib import format as npy_format

from mlp.arrays import Array
from mlp.errors import ModelFileError, UnsafeModelError

__all__ = ["array_in"]

#: The longest header of an array of numbers is a tenth of this.
_LONGEST_HEADER = 4096


def array_in(content: memoryview, name: str) -> Array:
    """The array that a ``.npy`` file holds, as a view of its bytes.

    Raises
    ------
    UnsafeModelError
        If it holds Python objects, which are pickles.
    ModelFileError
        If it is damaged.
    """
    head = io.BytesIO(content[:_LONGEST_HEADER])
    try:
        version = npy_format.read_magic(head)
        read_header: Any = {
            (1, 0): npy_format.read_array_header_1_0,
            (2, 0): npy_format.read_array_header_2_0,
        }[version]
        shape, by_columns, dtype = read_header(head)
    except Exception as error:
        raise ModelFileError(f"it is damaged: {name!r} is no array ({error})") from error
    if dtype.hasobject:
        raise UnsafeModelError(f"{name!r} holds pickled Python objects, which run code when they are read")
    if dtype.kind not in "biufc":
        raise ModelFileError(f"it is damaged: {name!r} holds no numbers, but {dtype}")
    numbers = content[head.tell() :]
    if not all(0 <= size < 2**31 for size in shape) or math.prod(shape) * dtype.itemsize != len(numbers):
        raise ModelFileError(
            f"it is damaged: {name!r} should hold {shape} numbers of type {dtype}, but has {len(numbers):,} bytes"
        )
    return np.frombuffer(numbers, dtype).reshape(shape, order="F" if by_columns else "C")
