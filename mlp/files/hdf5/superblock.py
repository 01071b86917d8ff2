"""The first bytes of a file (section II.A of the HDF5 File Format Specification 3.0)."""

from __future__ import annotations

from mlp.errors import ModelFileError
from mlp.files.hdf5.bounds import UNDEFINED, File
from mlp.files.hdf5.groups import ENTRY_SIZE, LEAF_K, NODE_K, Member, symbol_entry

__all__ = ["SIGNATURE", "root"]

SIGNATURE = b"\x89HDF\r\n\x1a\n"

#: Of a version 0 superblock, without the root group's symbol table entry.
SIZE = 56


def root(file: File) -> Member:
    """The place of the root group; the file ends from here on where the superblock says so."""
    block = file.claim(0, SIZE + ENTRY_SIZE, "superblock")
    block.signature(SIGNATURE)
    version = block.unsigned(1)
    if version != 0:
        raise ModelFileError(
            f"the superblock is of version {version}, of the newer HDF5 layout; version 0 can be read, as Keras "
            "writes it: write the file with h5py.File(path, 'w'), without libver="
        )
    for what in ("the free-space version", "the root group's version", "a reserved byte"):
        block.expect(1, what, 0)
    block.expect(1, "the shared header message version", 0)
    block.expect(1, "the size of addresses", 8)
    block.expect(1, "the size of lengths", 8)
    block.expect(1, "a reserved byte", 0)
    block.expect(2, "the group leaf node K", LEAF_K)
    block.expect(2, "the group internal node K", NODE_K)
    block.expect(4, "the consistency flags", 0)
    block.expect(8, "the base address", 0)
    block.expect(8, "the address of the free space", UNDEFINED)
    end = block.unsigned()
    if end > file.end:
        raise ModelFileError(f"the file is cut off: it should be {end} bytes long, and is {file.end}")
    file.end = end
    block.expect(8, "the address of driver information", UNDEFINED)
    return symbol_entry(block.part(ENTRY_SIZE, "root group's entry")).member
