"""The members of a group: symbol tables (sections III.B and III.C), and link messages (IV.A.2.g)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mlp.errors import ModelFileError
from mlp.files.hdf5.bounds import UNDEFINED, File, Span
from mlp.files.hdf5.heaps import LocalHeap, text
from mlp.files.hdf5.trees import Tree, leaves

__all__ = [
    "ENTRY_SIZE",
    "LEAF_K",
    "NODE_K",
    "Member",
    "check_group_info",
    "check_link_info",
    "members_by_link",
    "members_by_table",
    "symbol_entry",
]

#: Half of what a symbol table node and a node of the B-tree hold at most; the library's defaults.
LEAF_K, NODE_K = 4, 16

ENTRY_SIZE = 40

#: What a symbol table entry repeats of its object: nothing, the addresses of a group, or a soft link's target.
NOTHING, GROUP, SOFT_LINK = range(3)

HARD, SOFT, EXTERNAL = 0, 1, 64

#: Flags of a link message: the size of the name's length, and what else is there.
LENGTH_SIZE, WITH_KIND, WITH_CHARACTERS = 3, 8, 16


class Member(NamedTuple):
    """Where a group or dataset is.

    Attributes
    ----------
    address : int
        Of its object header.
    group : tuple of int or None
        What the table it stands in repeats of a group's object header: the addresses of its B-tree and local heap.
    """

    address: int
    group: tuple[int, int] | None = None


class SymbolEntry(NamedTuple):
    """An entry of a group's symbol table: the offset of a name in the group's local heap, and what is so named."""

    name_offset: int
    member: Member


def symbol_entry(span: Span) -> SymbolEntry:
    """An entry of a symbol table (section III.C)."""
    name_offset, address, kind = span.unsigned(), span.unsigned(), span.unsigned(4)
    if kind == SOFT_LINK:
        raise span.refused("is a soft link; no model has one: write the file without")
    if kind not in (NOTHING, GROUP):
        raise span.damaged(f"its cache type must be 0 or 1, got {kind}")
    span.take(4)
    group = (span.unsigned(), span.unsigned()) if kind == GROUP else None
    return SymbolEntry(name_offset, Member(address, group))


def members_by_table(file: File, tree: int, heap: int) -> Iterator[tuple[str, Member]]:
    """Name and place of each member of a group of the old style.

    Parameters
    ----------
    file : File
    tree, heap : int
        The addresses that the group's symbol table message gives.
    """
    names = LocalHeap(file, heap)
    previous, offset = b"", 0
    for leaf in leaves(file, tree, Tree(kind=0, half=NODE_K, key_size=8)):
        span = file.claim(leaf.address, 8 + 2 * LEAF_K * ENTRY_SIZE, "symbol table node")
        span.signature(b"SNOD")
        span.expect(1, "the version", 1)
        span.take(1)
        count = span.unsigned(2)
        if not 0 < count <= 2 * LEAF_K:
            raise span.damaged(f"it must have 1 to {2 * LEAF_K} entries, got {count}")
        if leaf.low != offset.to_bytes(8, "little"):
            raise span.damaged("the key at its left is not the name before it")
        for _ in range(count):
            offset, member = symbol_entry(span.part(ENTRY_SIZE, "symbol table entry"))
            name = names.name(offset)
            if name.encode() <= previous:
                raise span.damaged("its names are not in order")
            previous = name.encode()
            yield name, member
        if leaf.high != offset.to_bytes(8, "little"):
            raise span.damaged("the key at its right is not its last name")


def check_link_info(span: Span) -> None:
    """Check that a group of the new style has its links in its object header (section IV.A.2.c)."""
    span.expect(1, "the version", 0)
    span.expect(1, "the flags", 0)
    for _ in range(2):  # where links would be if there were more than eight
        if span.unsigned() != UNDEFINED:
            raise ModelFileError(
                f"the {span.what} at byte {span.start} is of a group with more than eight members and a name that is not "
                "ASCII, which is in the newer HDF5 layout: write the file with other names"
            )


def check_group_info(span: Span) -> None:
    """The hints of a group of the new style (section IV.A.2.k): there are none."""
    span.expect(1, "the version", 0)
    span.expect(1, "the flags", 0)


def members_by_link(messages: list[Span]) -> Iterator[tuple[str, Member]]:
    """Name and place of each member of a group of the new style."""
    found = set()
    for message in messages:
        name, address = _link(message)
        if name in found:
            raise message.damaged(f"there are two of the name {name!r}")
        found.add(name)
        yield name, Member(address)


def _link(span: Span) -> tuple[str, int]:
    """The name and address that a link message tells (section IV.A.2.g)."""
    span.expect(1, "the version", 1)
    flags = span.unsigned(1)
    kind = span.unsigned(1) if flags & WITH_KIND else HARD
    if kind != HARD:
        name = {SOFT: "a soft", EXTERNAL: "an external"}.get(kind, "a user-defined")
        raise span.refused(f"is {name} link; no model has one: write the file without")
    if flags & WITH_CHARACTERS:
        span.expect(1, "the character set", 0, 1)
    if flags & ~(WITH_KIND | WITH_CHARACTERS | LENGTH_SIZE):
        raise span.damaged(f"its flags are {flags:#x}")
    name = text(span.part(span.unsigned(1 << (flags & LENGTH_SIZE)), "name"))
    if "\0" in name:
        raise span.damaged(f"the name {name!r} holds a zero byte")
    return name, span.unsigned()
