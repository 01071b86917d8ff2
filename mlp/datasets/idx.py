"""The IDX format, in which the MNIST files are published: a header of sizes, then the bytes of the array."""

from __future__ import annotations

import gzip
import io
import math
import os
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlp.errors import DatasetError

__all__ = ["LARGEST_ARRAY", "read_idx"]

LARGEST_ARRAY = 2**30  # bytes, twenty times the MNIST training images: a few kB of gzip can announce more


def read_idx(path: str | os.PathLike[str], n_dimensions: int) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes: 00 00 08 d, then d sizes of 4 bytes, high byte first, then data.

    Parameters
    ----------
    path : str or PathLike
        The file, plain or compressed with gzip: its first bytes decide, not its name.
    n_dimensions : int
        The number of dimensions that the file must have: 3 for images, 1 for labels.

    Returns
    -------
    ndarray of uint8
        A new array of the shape that the header says.

    Raises
    ------
    DatasetError
        If the file cannot be read, is no IDX file of unsigned bytes, or is longer or shorter than its
        header says.

    Notes
    -----
    Y. LeCun, C. Cortes, C. Burges (1998), *The MNIST database of handwritten digits*, section "File formats".

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "labels-idx1-ubyte")
    ...     _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4]))
    ...     read_idx(path, 1)
    array([5, 0, 4], dtype=uint8)
    """
    try:
        with Path(path).open("rb") as file:
            compressed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            if not compressed:
                return _read_array(path, file, n_dimensions)
            with gzip.open(file) as unpacked:
                return _read_array(path, unpacked, n_dimensions)
    except EOFError as error:
        raise DatasetError(f"{path}: the file is cut off, its compressed data have no end") from error
    except (OSError, zlib.error) as error:
        raise DatasetError(f"{path}: cannot be read: {error}") from error


def _read_array(
    path: str | os.PathLike[str], stream: io.BufferedIOBase, n_dimensions: int
) -> NDArray[np.uint8]:
    """The array in ``stream``; ``path`` is for the messages."""
    header = stream.read(4 + 4 * n_dimensions)
    magic = bytes([0, 0, 8, n_dimensions])
    if header[:4] != magic[: len(header)]:
        raise DatasetError(
            f"{path}: an IDX file of unsigned bytes with {n_dimensions} dimension(s) begins with "
            f"{magic.hex(' ')}, this one with {header[:4].hex(' ')}"
        )
    if len(header) < 4 + 4 * n_dimensions:
        raise DatasetError(f"{path}: the file is cut off in its header, after {len(header)} bytes")
    shape = tuple(np.frombuffer(header, ">u4", offset=4).tolist())
    size = math.prod(shape)
    if size > LARGEST_ARRAY:
        raise DatasetError(f"{path}: the header announces shape {shape}, more than {LARGEST_ARRAY} bytes")
    data = stream.read(size)
    if len(data) < size:
        raise DatasetError(
            f"{path}: the header announces shape {shape}, {size} bytes; only {len(data)} are there"
        )
    # The byte after the last one is asked for also because gzip checks its checksum at the end only.
    if stream.read(1):
        raise DatasetError(f"{path}: the header announces shape {shape}, {size} bytes; more are there")
    return np.frombuffer(data, np.uint8).reshape(shape).copy()
