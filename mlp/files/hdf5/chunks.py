"""Arrays in chunks, each compressed by itself (sections III.A.1, IV.A.2.i and IV.A.2.l): every chunk is there, once."""

from __future__ import annotations

import math
import struct
import zlib
from itertools import product

from mlp.files.hdf5.bounds import File, Span
from mlp.files.hdf5.trees import Leaf, Tree, leaves
from mlp.files.hdf5.values import Values, check_elements

__all__ = ["check_chunks", "filters"]

#: Half of what a node of a tree of chunks holds at most; the library's default.
CHUNK_K = 32

DEFLATE, SHUFFLE = 1, 2

#: What chunks went through when written: nothing, or bytes of a kind side by side, or gzip, or first that and then this.
PIPELINES: tuple[list[int], ...] = ([], [SHUFFLE], [DEFLATE], [SHUFFLE, DEFLATE])


def filters(span: Span, values: Values) -> list[int]:
    """The numbers of the filters that a filter pipeline message names."""
    span.expect(1, "the version", 1)
    count = span.unsigned(1)
    span.take(6)
    found = [_filter(span, values) for _ in range(count)]
    if found not in PIPELINES:
        raise span.damaged(
            f"its filters are {found}; shuffle (2) and gzip (1) are known: write the file without compression, or by gzip"
        )
    return found


def _filter(span: Span, values: Values) -> int:
    number, length = span.unsigned(2), span.unsigned(2)
    span.expect(2, "the flags of a filter", 0, 1)
    count = span.unsigned(2)
    span.padded(length, "name of a filter")
    settings = [span.unsigned(4) for _ in range(count)]
    span.take(count % 2 * 4)
    allowed = {SHUFFLE: [values.datatype.size], DEFLATE: range(10)}.get(number, [])
    if number in (SHUFFLE, DEFLATE) and (count != 1 or settings[0] not in allowed):
        raise span.damaged(f"filter {number} has the settings {settings}")
    return number


def check_chunks(layout: Span, values: Values, pipeline: list[int], file: File) -> None:
    """Check an array in chunks, of which the layout message has been read up to its class."""
    layout.expect(1, "the number of dimensions", len(values.shape) + 1)
    address = layout.unsigned()
    chunk = tuple(layout.unsigned(4) for _ in values.shape)
    layout.expect(4, "the size of an element", values.datatype.size)
    fits = all(0 < c <= n for c, n in zip(chunk, values.shape, strict=True))
    if not chunk or not fits or values.datatype.is_variable:
        raise layout.damaged(
            f"an array of {values.datatype.dtype} of shape {values.shape} has chunks of {chunk}"
        )
    size = math.prod(chunk) * values.datatype.size
    count = math.prod(-(-n // c) for c, n in zip(chunk, values.shape, strict=True))
    file.expand(layout, count * size)
    found = leaves(file, address, Tree(kind=1, half=CHUNK_K, key_size=8 * (len(chunk) + 1), note_size=8))
    if len(found) != count:
        raise layout.damaged(f"there are {len(found)} of {count} chunks")
    places = product(*(range(0, n, c) for c, n in zip(chunk, values.shape, strict=True)))
    for leaf, place in zip(found, places, strict=True):
        if _place(leaf.low) != (*place, 0):
            raise layout.damaged(f"the chunk at byte {leaf.address} is not that of {place}")
        _check_chunk(leaf, size, values, pipeline, file)
    end = _place(found[-1].high)
    units = (*chunk, values.datatype.size)
    if end <= _place(found[-1].low) or any(n % unit for n, unit in zip(end, units, strict=True)):
        raise layout.damaged(f"its last chunk is followed by {end}")


def _place(key: bytes) -> tuple[int, ...]:
    """The first element of a chunk, and of an element the first byte."""
    return struct.unpack(f"<{len(key) // 8}Q", key)


def _check_chunk(leaf: Leaf, size: int, values: Values, pipeline: list[int], file: File) -> None:
    stored, left_out = struct.unpack("<II", leaf.note)
    chunk = file.claim(leaf.address, stored, "chunk")
    if left_out:
        raise chunk.damaged("filters are left out for it alone")
    data = chunk.take(stored)
    if DEFLATE in pipeline:
        data = _inflated(data, size, chunk)
    if len(data) != size:
        raise chunk.refused(f"has {len(data)} bytes, and is of {size}")
    check_elements(Span(data, 0, size, "chunk"), values)


def _inflated(data: bytes, size: int, chunk: Span) -> bytes:
    """What gzip made small, if that is of the right size."""
    stream = zlib.decompressobj()
    try:
        inflated = stream.decompress(data, size + 1)
    except zlib.error as error:
        raise chunk.damaged(f"it cannot be decompressed ({error})") from None
    if not stream.eof or stream.unused_data or len(inflated) != size:
        raise chunk.refused(f"does not decompress to the {size} bytes that a chunk has")
    return inflated
