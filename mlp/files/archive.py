"""Zip archives, read in memory: members by exact name, never extracted, no larger than they say and may be."""

from __future__ import annotations

import io
import zlib
from typing import Any

from mlp.errors import ModelFileError, UnsafeModelError
from mlp.files.contents import SPARE_BYTES
from mlp.names import repeated

__all__ = ["is_zip", "members"]

#: Position and length of the numbers of a local header (APPNOTE.TXT, 4.3.7) that say where a member's bytes begin.
_HEADER_SIZE, _NAME_LENGTH, _EXTRA_LENGTH = 30, slice(26, 28), slice(28, 30)

#: The flag that says that names are in UTF-8 and not in the code page of the first PCs (4.4.4).
_UTF_8 = 0x800

#: How the entry of a member begins in the list at the end (4.3.12), and what it takes in memory, in bytes.
_ENTRY, _ENTRY_COST = b"PK\x01\x02", 1000


def is_zip(data: bytes) -> bool:
    """Whether a file begins as a zip archive does."""
    return data[:4] == b"PK\x03\x04"


def members(data: bytes, limit: int) -> dict[str, memoryview]:
    """The contents of all members by name, each checked against its CRC-32.

    Those that are stored as they are share the memory of ``data``.

    Parameters
    ----------
    data : bytes
        The archive.
    limit : int
        How many bytes all members may have together.

    Raises
    ------
    UnsafeModelError
        If they have more, or say so.
    ModelFileError
        If the archive is damaged, encrypted, compressed by another method than Deflate, or holds a name twice.
    """
    import zipfile

    count = data.count(_ENTRY)
    if count * _ENTRY_COST > limit + SPARE_BYTES:
        raise UnsafeModelError(f"an archive with {count:,} members, whose list alone would fill the memory")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
    except Exception as error:
        raise ModelFileError(f"it is damaged, or no archive: {error}") from error
    name = repeated([info.filename for info in infos])
    if name is not None:
        raise ModelFileError(f"it is damaged: {name!r:.200} is in the archive twice")
    if sum(info.file_size for info in infos) > limit:
        raise UnsafeModelError(
            f"{len(data):,} bytes that unpack to {sum(info.file_size for info in infos):,}, more than {limit:,}; if you trust "
            "the file, give a larger max_bytes"
        )
    return {info.filename: _content(data, info) for info in infos}


def _content(data: bytes, info: Any) -> memoryview:
    """One member, unpacked to no more than the size that it has been given."""
    name = info.filename
    header = data[info.header_offset : info.header_offset + _HEADER_SIZE]
    if len(header) < _HEADER_SIZE or not is_zip(header):
        raise ModelFileError(f"it is damaged: {name!r} is not where the archive says")
    if info.flag_bits & 1:
        raise ModelFileError(f"{name!r} is encrypted")
    lengths = [int.from_bytes(header[part], "little") for part in (_NAME_LENGTH, _EXTRA_LENGTH)]
    begin = info.header_offset + _HEADER_SIZE
    if data[begin : begin + lengths[0]] != info.orig_filename.encode(
        "utf-8" if info.flag_bits & _UTF_8 else "cp437"
    ):
        raise ModelFileError(f"it is damaged: {name!r} has another name where its bytes begin")
    start = begin + sum(lengths)
    packed = memoryview(data)[start : start + info.compress_size]
    if info.compress_type == 0:
        content = packed
    elif info.compress_type == zlib.DEFLATED:
        content = _inflated(packed, info.file_size, name)
    else:
        raise ModelFileError(f"{name!r} is compressed by method {info.compress_type}, which is not Deflate")
    if len(content) != info.file_size or zlib.crc32(content) != info.CRC:
        raise ModelFileError(f"it is damaged: {name!r} is not what was written")
    return content


def _inflated(packed: memoryview, size: int, name: str) -> memoryview:
    try:
        return memoryview(zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, size + 1))
    except zlib.error as error:
        raise ModelFileError(f"it is damaged: {name!r} cannot be unpacked ({error})") from error
