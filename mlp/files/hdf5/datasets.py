"""Arrays: of what shape and type, and that all their bytes are in the file (section IV.A.2.i)."""

from __future__ import annotations

from collections.abc import Mapping

from mlp.files.hdf5 import headers
from mlp.files.hdf5.bounds import UNDEFINED, File, Span
from mlp.files.hdf5.chunks import check_chunks, filters
from mlp.files.hdf5.datatypes import datatype
from mlp.files.hdf5.heaps import GlobalHeaps
from mlp.files.hdf5.messages import check_fill_value, check_old_fill_value, dataspace
from mlp.files.hdf5.values import Values, check_elements, check_strings

__all__ = ["dataset"]

COMPACT, CONTIGUOUS, CHUNKED, VIRTUAL = range(4)


def dataset(messages: Mapping[int, list[Span]], file: File, heaps: GlobalHeaps) -> Values:
    """The shape and type of a dataset, of which these are the messages, after checking that it is there."""
    (space,), (kind,), (layout,) = (
        messages[kind] for kind in (headers.DATASPACE, headers.DATATYPE, headers.LAYOUT)
    )
    values = Values(dataspace(space), datatype(kind))
    for fill in messages[headers.FILL_VALUE]:
        check_fill_value(fill, values)
    for fill in messages[headers.OLD_FILL_VALUE]:
        check_old_fill_value(fill, values)
    _check_data(layout, messages[headers.FILTERS], values, file, heaps)
    return values


def _check_data(layout: Span, pipelines: list[Span], values: Values, file: File, heaps: GlobalHeaps) -> None:
    version, kind = layout.unsigned(1), layout.unsigned(1)
    if version == 4 and kind == VIRTUAL:
        raise layout.refused(
            "is of a virtual dataset, whose data are in other files: write the data themselves"
        )
    if version != 3:
        raise layout.damaged(f"the version must be 3, got {version}")
    if kind == CHUNKED:
        pipeline = [number for message in pipelines for number in filters(message, values)]
        check_chunks(layout, values, pipeline, file)
        return
    if pipelines:
        raise layout.damaged("its data are not in chunks, and yet have filters")
    data = _stored(layout, kind, file)
    if data.left != values.size:
        raise layout.refused(f"has {data.left} bytes stored of an array that is of {values.size} bytes")
    check_elements(data, values)
    check_strings(data, values, heaps)


def _stored(layout: Span, kind: int, file: File) -> Span:
    """The bytes of an array that are in one piece: in the message itself, or anywhere in the file."""
    if kind == COMPACT:
        return layout.part(layout.unsigned(2), "compact array")
    if kind != CONTIGUOUS:
        raise layout.damaged(f"its class must be 0, 1 or 2, got {kind}")
    address, size = layout.unsigned(), layout.unsigned()
    if address == UNDEFINED:  # as of an array without elements
        return Span(file.data, 0, 0, "array")
    if size == 0:
        raise layout.damaged("an array without elements must not have an address")
    return file.claim(address, size, "array")
