"""What messages of an object header say: shape, fill value, time, attribute (sections IV.A.2.b to IV.A.2.s)."""

from __future__ import annotations

import math

from mlp.errors import ModelFileError
from mlp.files.hdf5.bounds import Span
from mlp.files.hdf5.datatypes import datatype
from mlp.files.hdf5.heaps import GlobalHeaps, text
from mlp.files.hdf5.values import Values, check_elements, check_strings

__all__ = ["attribute", "check_fill_value", "check_modified", "check_old_fill_value", "dataspace"]

#: The most dimensions that HDF5 has.
MAX_RANK = 32


def dataspace(span: Span) -> tuple[int, ...]:
    """The shape that a dataspace message says; it may not grow."""
    version = span.unsigned(1)
    if version == 2:
        raise ModelFileError(
            f"the {span.what} at byte {span.start} is of version 2, as of h5py.Empty; write zero elements instead"
        )
    if version != 1:
        raise span.damaged(f"the version must be 1, got {version}")
    rank = span.unsigned(1)
    if rank > MAX_RANK:
        raise span.damaged(f"the number of dimensions must be at most {MAX_RANK}, got {rank}")
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
    if not 0 < name.data.find(b"\0", name.start, name.end) - name.start == name.left - 1:
        raise name.damaged("it is empty, or does not end with its only zero byte")
    name.end -= 1
    values = Values(dataspace(space), datatype(kind))
    data = span.part(values.size, "attribute's data")
    check_elements(data, values)
    check_strings(data, values, heaps)
    return text(name), values


def check_modified(span: Span) -> None:
    """The time of the last change, in seconds (section IV.A.2.s)."""
    span.expect(1, "the version", 1)
    span.take(3)
    span.unsigned(4)
