"""A checksum in the files that are written here, for HDF5 has none: a flipped bit in a weight would load in silence.

It stands beside a version in attributes that Keras does not look at.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ModelFileError
from mlp.files.hdf5 import Tree
from mlp.files.versions import require_known

__all__ = ["CHECKSUM", "checksum", "mark", "require_checksum"]

#: The attribute of the file's root that holds it.
CHECKSUM = "mlp_checksum"

#: The version of what this library writes, and the attribute that holds it.
VERSION, VERSION_ATTRIBUTE = 1, "mlp_version"


def mark(arrays: Mapping[str, Array]) -> dict[str, Any]:
    """The attributes of the root of a file that holds these arrays."""
    return {CHECKSUM: checksum(arrays), VERSION_ATTRIBUTE: VERSION}


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
        If so, or if a newer version of this library wrote it.
    """
    about = tree.attributes.get("", {})
    if VERSION_ATTRIBUTE in about:
        require_known(about[VERSION_ATTRIBUTE], VERSION)
    written = about.get(CHECKSUM)
    if written is not None and written != checksum(tree.arrays):
        raise ModelFileError(
            f"it is damaged: its arrays do not have the checksum {written!r:.40} that it says"
        )
