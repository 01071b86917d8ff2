"""What the messages of a dataset, and attributes, say: shape, place, fill value (sections IV.A.2.b to IV.A.2.m)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mlp.errors import ModelFileError
from mlp.files.hdf5.bounds import UNDEFINED, File, Span
from mlp.files.hdf5.datatypes import Datatype, datatype
from mlp.files.hdf5.heaps import GlobalHeaps, text

__all__ = [
    "COMPRESSED",
    "Values",
    "attribute",
    "check_elements",
    "check_fill_value",
    "check_old_fill_value",
    "dataspace",
    "stored",
]

COMPACT, CONTIGUOUS, CHUNKED, VIRTUAL = range(4)

#: NumPy's own limit is 64, HDF5's this one.
MAX_RANK = 32


COMPRESSED = (
    "is of data in chunks, as compressed data are, which Keras does not write: write the file without chunks=, "
    "maxshape= and compression="
)


@dataclass(frozen=True)
class Values:
    """The shape and type of a dataset or attribute.

    Attributes
    ----------
    shape : tuple of int
    datatype : Datatype
    """

    shape: tuple[int, ...]
    datatype: Datatype

    @property
    def size(self) -> int:
        """The bytes of all elements."""
        return math.prod(self.shape) * self.datatype.size


def dataspace(span: Span) -> tuple[int, ...]:
    """The shape that a dataspace message says; it may not grow."""
    version = span.unsigned(1)
    if version == 2:
        raise ModelFileError(
            f"the {span.what} at byte {span.start} is of version 2, as of h5py.Empty; write zero elements instead"
        )
    if version != 1:
        raise span.damaged(f"the version must be 1, got {version}")
    rank = span.expect(1, "the number of dimensions", *range(MAX_RANK + 1))
    with_limits = span.expect(1, "the flags", 0, 1)
    span.take(5)
    shape = tuple(span.unsigned() for _ in range(rank))
    limits = tuple(span.unsigned() for _ in range(rank)) if with_limits else shape
    if limits != shape:
        raise span.damaged(
            f"it is of shape {shape} and may grow to {limits}: write the file without maxshape="
        )
    if math.prod(max(n, 1) for n in shape) > 2**48:
        raise span.refused(f"is of shape {shape}, which no memory can hold")
    return shape


def stored(span: Span, values: Values, file: File) -> Span:
    """The bytes of a dataset, at the place that its layout message says (section IV.A.2.i)."""
    version = span.unsigned(1)
    kind = span.unsigned(1)
    if version == 4 and kind == VIRTUAL:
        raise span.refused(
            "is of a virtual dataset, whose data are in other files: write the data themselves"
        )
    if version != 3:
        raise span.damaged(f"the version must be 3, got {version}")
    if kind == COMPACT:
        data = span.part(span.unsigned(2), "compact data")
    elif kind == CONTIGUOUS:
        address, size = span.unsigned(), span.unsigned()
        nothing = Span(file.data, 0, 0, "array")  # as of an array without elements
        data = nothing if address == UNDEFINED else file.claim(address, size, "array")
    elif kind == CHUNKED:
        raise ModelFileError(f"the {span.what} at byte {span.start} is {COMPRESSED}")
    else:
        raise span.damaged(f"its class must be 0 or 1, got {kind}")
    if data.left != values.size:
        raise span.refused(f"has {data.left} bytes stored of an array that is of {values.size} bytes")
    return data


def check_fill_value(span: Span, values: Values) -> None:
    """A fill value is of the type of the data, or absent (section IV.A.2.f)."""
    span.expect(1, "the version", 2)
    span.expect(1, "the allocation time", 1, 2, 3)
    span.expect(1, "the writing time", 0, 1, 2)
    if span.expect(1, "whether it is defined", 0, 1):
        check_old_fill_value(span, values)


def check_old_fill_value(span: Span, values: Values) -> None:
    """The same, of the older message (section IV.A.2.e)."""
    size = span.unsigned(4)
    if size and values.datatype.is_variable:
        raise span.damaged("strings of variable length have no fill value")
    if size not in (0, values.datatype.size):
        raise span.damaged(f"a value of {values.datatype.size} bytes must have this size, got {size}")
    span.take(size)


def attribute(span: Span, heaps: GlobalHeaps) -> tuple[str, Values]:
    """The name, shape and type of an attribute (section IV.A.2.m)."""
    version = span.unsigned(1)
    if version != 1:
        raise span.damaged(f"the version must be 1, got {version}")
    span.take(1)
    sizes = [span.unsigned(2) for _ in range(3)]
    name, kind, space = (
        span.padded(size, what)
        for size, what in zip(
            sizes, ("attribute's name", "attribute's datatype", "attribute's dataspace"), strict=True
        )
    )
    if name.data.find(b"\0", name.start, name.end) != name.end - 1:
        raise name.damaged("it does not end with its only zero byte")
    name.end -= 1
    values = Values(dataspace(space), datatype(kind))
    check_elements(span.part(values.size, "attribute's data"), values, heaps)
    return text(name), values


def check_elements(data: Span, values: Values, heaps: GlobalHeaps) -> None:
    """Truth values are 0 or 1, and strings of variable length are there."""
    if values.datatype.dtype == bool:
        if data.take(data.left).strip(b"\0\1"):
            raise data.damaged("truth values must be 0 or 1")
    elif values.datatype.is_variable:
        while data.left:
            string = heaps.take(data.part(16, "reference to a string"))
            if "\0" in text(string):
                raise string.damaged("it holds a zero byte, where it would end")
