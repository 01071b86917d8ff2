"""The members of a group: B-trees of symbol tables (sections III.A.1 to III.C), and link messages (IV.A.2.g)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from mlp.errors import ModelFileError
from mlp.files.hdf5.bounds import UNDEFINED, File, Span
from mlp.files.hdf5.heaps import LocalHeap, text

__all__ = [
    "ENTRY_SIZE",
    "LEAF_K",
    "NODE_K",
    "Member",
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


class Node:
    """A node of a group's B-tree (section III.A.1): children, and name offsets at their left and right."""

    def __init__(self, file: File, address: int) -> None:
        self.span = file.claim(address, 24 + 16 * NODE_K + 8 * (2 * NODE_K + 1), "B-tree node")
        self.address = address
        self.span.signature(b"TREE")
        self.span.expect(1, "the node type", 0)
        self.level = self.span.unsigned(1)
        count = self.span.unsigned(2)
        if count > 2 * NODE_K or (self.level and not count):
            raise self.span.damaged(
                f"a node has up to {2 * NODE_K} children, one of level {self.level} got {count}"
            )
        self.left, self.right = self.span.unsigned(), self.span.unsigned()
        self.keys, self.children = [self.span.unsigned()], []
        for _ in range(count):
            self.children.append(self.span.unsigned())
            self.keys.append(self.span.unsigned())


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
    for address, low, high in _symbol_nodes(file, tree):
        span = file.claim(address, 8 + 2 * LEAF_K * ENTRY_SIZE, "symbol table node")
        span.signature(b"SNOD")
        span.expect(1, "the version", 1)
        span.take(1)
        count = span.unsigned(2)
        if not 0 < count <= 2 * LEAF_K:
            raise span.damaged(f"it must have 1 to {2 * LEAF_K} entries, got {count}")
        if low != offset:
            raise span.damaged("the key at its left is not the name before it")
        for _ in range(count):
            offset, member = symbol_entry(span.part(ENTRY_SIZE, "symbol table entry"))
            name = names.name(offset)
            if name.encode() <= previous:
                raise span.damaged("its names are not in order")
            previous = name.encode()
            yield name, member
        if high != offset:
            raise span.damaged("the key at its right is not its last name")


def _symbol_nodes(file: File, root: int) -> list[tuple[int, int, int]]:
    """The addresses of a group's symbol table nodes in order, each with the keys at its left and right."""
    nodes = [Node(file, root)]
    while True:
        level = nodes[0].level
        for left, right in pairwise([None, *nodes, None]):
            _check_neighbours(left, right, level)
        children = [
            (child, *keys)
            for node in nodes
            for child, keys in zip(node.children, pairwise(node.keys), strict=True)
        ]
        if level == 0:
            return children
        nodes = []
        for child, low, high in children:
            node = Node(file, child)
            if not node.children or (node.level, node.keys[0], node.keys[-1]) != (level - 1, low, high):
                raise node.span.damaged("its level or its outer keys are not those its parent says")
            nodes.append(node)


def _check_neighbours(left: Node | None, right: Node | None, level: int) -> None:
    """Two nodes of a level know each other."""
    if left is not None and left.right != (UNDEFINED if right is None else right.address):
        raise left.span.damaged("its right neighbour is another")
    if right is not None and right.left != (UNDEFINED if left is None else left.address):
        raise right.span.damaged("its left neighbour is another")
    if right is not None and right.level != level:
        raise right.span.damaged(f"it must be of level {level}, got {right.level}")


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
