"""The container that ``.safetensors`` is: the length of a header, a header of JSON, and the numbers of all tensors.

The header is checked before the package ``safetensors`` sees the file: that takes keys that stand twice, and other odd ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ModelFileError
from mlp.extras import needed
from mlp.files.contents import json_in, memory_limit

__all__ = ["TYPES", "unpack"]

#: The types of tensors, and what NumPy calls them; it has no bfloat16, which is the upper half of a float32.
TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip

#: No header is longer, by the format's definition.
_LONGEST_HEADER = 100_000_000

_MOST_AXES = 32


def unpack(data: bytes, max_bytes: int | None = None) -> tuple[dict[str, Array], dict[str, str]]:
    """The tensors by name, in the order of the file, and what the header says besides.

    Raises
    ------
    ModelFileError
        If the header is not exactly as the format asks.
    UnsafeModelError
        If it would take more memory than allowed.
    """
    header, metadata, size = _header(data, memory_limit(data, max_bytes))
    shapes = _checked(header, len(data) - size)
    deserialize = needed("safetensors", "safetensors", "reading .safetensors files").deserialize
    try:
        found = dict(deserialize(data))
    except Exception as error:
        raise ModelFileError(f"it is damaged: {error}") from error
    if {name: (each["dtype"], tuple(each["shape"])) for name, each in found.items()} != shapes:
        raise ModelFileError("it is damaged: its header can be understood in two ways")
    return {name: _array(found[name]["data"], *shapes[name]) for name in shapes}, metadata


def _header(data: bytes, limit: int) -> tuple[dict[str, Any], dict[str, str], int]:
    """The tensors' entries, the metadata, and where the numbers begin."""
    if len(data) < 8:
        raise ModelFileError(f"it is damaged: it ends after {len(data)} bytes")
    end = 8 + int.from_bytes(data[:8], "little")
    if end > len(data) or end > 8 + _LONGEST_HEADER:
        raise ModelFileError(
            f"it is damaged: its header should end at byte {end:,} of {len(data):,}, and be no longer than {_LONGEST_HEADER:,}"
        )
    text = data[8:end].rstrip(b" ")
    if not (text.startswith(b"{") and text.endswith(b"}")):
        raise ModelFileError(
            "it is damaged: its header is no table in JSON, with nothing but spaces behind it"
        )
    header = json_in(text, "the header", limit)
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise ModelFileError("it is damaged: its __metadata__ are no table of texts")
    return header, metadata, end


def _checked(header: Mapping[str, Any], size: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Type and shape of each tensor, which together fill the ``size`` bytes behind the header, in the order of the file."""
    ends = {name: _entry(name, entry) for name, entry in header.items()}
    expected = 0
    for name in sorted(ends, key=ends.__getitem__):
        start, end = ends[name]
        if start != expected:
            raise ModelFileError(
                f"it is damaged: tensor {name!r} should begin at byte {expected:,}, not {start:,}"
            )
        expected = end
    if expected != size:
        raise ModelFileError(
            f"it is damaged: its tensors have {expected:,} bytes, but {size:,} follow the header"
        )
    return {
        name: (header[name]["dtype"], tuple(header[name]["shape"]))
        for name in sorted(ends, key=ends.__getitem__)
    }


def _entry(name: str, entry: Any) -> tuple[int, int]:
    """Where a tensor begins and ends."""
    if not name or not name.isprintable():
        raise ModelFileError(f"it is damaged: {name!r} is no name of a tensor")
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise ModelFileError(
            f"it is damaged: tensor {name!r} must have dtype, shape and data_offsets, and nothing else"
        )
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in TYPES:
        raise ModelFileError(f"tensor {name!r} is of type {dtype!r:.50}; known: {', '.join(TYPES)}")
    if not _are_sizes(shape) or len(shape) > _MOST_AXES:
        raise ModelFileError(f"it is damaged: tensor {name!r} has no possible shape")
    if not _are_sizes(offsets) or len(offsets) != 2:
        raise ModelFileError(f"it is damaged: tensor {name!r} has no possible data_offsets")
    start, end = offsets
    if end - start != math.prod(shape) * np.dtype(TYPES[dtype]).itemsize:
        raise ModelFileError(
            f"it is damaged: tensor {name!r} should hold {tuple(shape)} numbers of type {dtype}, but has {end - start:,} bytes"
        )
    return start, end


def _are_sizes(value: Any) -> bool:
    return isinstance(value, list) and all(type(size) is int and 0 <= size < 2**48 for size in value)


def _array(data: bytes, dtype: str, shape: tuple[int, ...]) -> Array:
    numbers = np.frombuffer(data, TYPES[dtype])
    if dtype == "BF16":
        wide = np.zeros(numbers.size, "<f4")
        wide.view("<u2")[1::2] = numbers
        numbers = wide
    return numbers.reshape(shape)
