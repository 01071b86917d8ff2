"""HDF5 files, of strangers too: checked byte by byte first, then read by ``h5py`` from the same bytes in memory.

The C library below h5py takes a file at its word: damaged ones crash it, keep it going without end, or make it ask
for any amount of memory.  So `structure` follows every address in a file before, in Python, which cannot leave the
bytes there are, and lets pass what Keras writes and nothing else.
"""

from __future__ import annotations

from mlp.files.hdf5.reading import Tree, read
from mlp.files.hdf5.superblock import SIGNATURE
from mlp.files.hdf5.writing import write

__all__ = ["Tree", "read", "recognises", "write"]


def recognises(data: bytes) -> bool:
    r"""Whether a file that begins with these bytes is an HDF5 file.

    Examples
    --------
    >>> recognises(b"\x89HDF\r\n\x1a\n"), recognises(b"PK\x03\x04")
    (True, False)
    """
    return data.startswith(SIGNATURE)
