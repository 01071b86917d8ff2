"""A checksum in the files that are written here, for HDF5 has none: a flipped bit in a weight would load in silence.

It stands in an attribute that Keras does not look at.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np

from mlp.arrays import Array
from mlp.errors import ModelFileError
from mlp.files.hdf5 import Tree

__all__ = ["CHECKSUM", "checksum", "require_checksum"]

#: The attribute of the file's root that holds it.
CHECKSUM = "mlp_checksum"


def checksum(arrays: Mapping[str, Array]) -> str:
    """The CRC-32 of names, shapes, types and numbers of all arrays, whatever the order in which they come.

    Examples
    --------
    >>> checksum({"vars/0": np.zeros(2), "vars/1": np.ones(1)})
    'crc32:5818cea5'
    """
    crc = 0
    for name, array in sorted(arrays.items()):
        little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        crc = zlib.crc32(f"{name} {array.shape} {little.dtype.str} ".encode(), crc)
        crc = zlib.crc32(little.tobytes(), crc)
    return f"crc32:{crc:08x}"


def require_checksum(tree: Tree) -> None:
    """Refuse a file that was written here and is not what was written; one of Keras has no checksum.

    Raises
    ------
    ModelFileError
        If so.
    """
    written = tree.attributes.get("", {}).get(CHECKSUM)
    if written is not None and written != checksum(tree.arrays):
        raise ModelFileError(
            f"it is damaged: its arrays do not have the checksum {written!r:.40} that it says"
        )
