"""Tensors of an ONNX file as arrays: what they declare is compared with what they hold before an array is made.

Nothing here opens another file, as ``onnx.numpy_helper.to_array`` would.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ModelFileError, UnsafeModelError

__all__ = ["array_of", "require_inside", "short"]

#: By the number of a type (``onnx.TensorProto.DataType``): NumPy's, and the field for numbers that are not raw bytes.
TYPES = {
    1: ("<f4", "float_data"),
    2: ("u1", "int32_data"),
    3: ("i1", "int32_data"),
    4: ("<u2", "int32_data"),
    5: ("<i2", "int32_data"),
    6: ("<i4", "int32_data"),
    7: ("<i8", "int64_data"),
    9: ("?", "int32_data"),
    10: ("<f2", "int32_data"),
    11: ("<f8", "double_data"),
    12: ("<u4", "uint64_data"),
    13: ("<u8", "uint64_data"),
    16: ("<u2", "int32_data"),
}

FLOAT16, BFLOAT16 = 10, 16

#: What NumPy can hold.
MOST_AXES = 32
LARGEST_SIZE = 2**31


def require_inside(tensor: Any, name: str) -> None:
    """Refuse a tensor whose numbers are in another file.

    Raises
    ------
    UnsafeModelError
        If they are.
    """
    if tensor.data_location == 1 or tensor.external_data:
        raise UnsafeModelError(
            f"the numbers of {name!r} are in another file, and no file is opened that a model names: save it with all "
            "data inside (onnx.save_model(model, path, save_as_external_data=False))"
        )


def array_of(tensor: Any, name: str) -> Array:
    """The numbers of a tensor; those of half precision in float32.

    Raises
    ------
    ModelFileError
        If it does not hold the numbers that it declares, or no numbers.
    """
    require_inside(tensor, name)
    if tensor.data_type not in TYPES:
        raise ModelFileError(
            f"{name!r} is of type {tensor.data_type}, which is none of numbers that are known here"
        )
    kind, field = TYPES[tensor.data_type]
    dtype = np.dtype(kind)
    shape = tuple(tensor.dims)
    if len(shape) > MOST_AXES or not all(0 <= size < LARGEST_SIZE for size in shape):
        raise ModelFileError(f"it is damaged: {name!r} has the shape {shape!s:.100}")
    if tensor.HasField("segment"):
        raise ModelFileError(f"{name!r} is a part of a larger tensor, which is not read here")
    count = math.prod(shape)
    is_raw = tensor.HasField("raw_data")
    found = len(tensor.raw_data) / dtype.itemsize if is_raw else len(getattr(tensor, field))
    if found != count:
        raise ModelFileError(f"it is damaged: {name!r} should hold {shape} numbers, but has {found:g}")
    if is_raw:
        numbers = np.frombuffer(tensor.raw_data, dtype)
    else:
        typed = np.array(getattr(tensor, field), dtype=_wide(field))
        numbers = typed.astype("<u2").view(dtype) if tensor.data_type == FLOAT16 else typed.astype(dtype)
    if tensor.data_type == BFLOAT16:
        numbers = (numbers.astype("<u4") << 16).view("<f4")
    if numbers.dtype == np.float16:
        numbers = numbers.astype(np.float32)
    return numbers.reshape(shape)


def short(number: Any) -> float:
    """A number that stands in float32 in a file as it was written: 0.3, and not 0.30000001192092896.

    Examples
    --------
    >>> short(np.float32(0.3)), short(0.1)
    (0.3, 0.1)
    """
    return float(str(number)) if isinstance(number, np.float32) else float(number)


def _wide(field: str) -> Any:
    return {"float_data": np.float32, "double_data": np.float64, "uint64_data": np.uint64}.get(
        field, np.int64
    )
