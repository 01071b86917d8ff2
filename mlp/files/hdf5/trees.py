"""B-trees of version 1 (section III.A.1): where the parts of a group's symbol table, and the chunks of an array, are."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from mlp.files.hdf5.bounds import UNDEFINED, File

__all__ = ["Leaf", "Tree", "leaves"]


#: On a level; there are 32,000 chunks, or 60,000 members, in 1,000 half-filled nodes.
MAX_NODES = 1_000


class Tree(NamedTuple):
    """What is alike in all nodes of a tree.

    Attributes
    ----------
    kind : int
        The node type: 0 of a group, 1 of chunks.
    half : int
        Half of the children that a node has at most.
    key_size : int
        The bytes of a key that say where it divides the children.
    note_size : int
        The bytes before these that say something of the child at the right, and are up to date at level 0 alone.
    """

    kind: int
    half: int
    key_size: int
    note_size: int = 0


class Leaf(NamedTuple):
    """The address of what a tree leads to, what is noted of it, and the keys at its left and right."""

    address: int
    note: bytes
    low: bytes
    high: bytes


class Node:
    """A node of a tree: children, and between and around them keys."""

    def __init__(self, file: File, address: int, tree: Tree) -> None:
        most = 2 * tree.half
        size = 24 + 8 * most + (tree.note_size + tree.key_size) * (most + 1)
        self.span = file.claim(address, size, "B-tree node")
        self.address = address
        self.span.signature(b"TREE")
        self.span.expect(1, "the node type", tree.kind)
        self.level = self.span.unsigned(1)
        count = self.span.unsigned(2)
        if count > most or (self.level and not count):
            raise self.span.damaged(
                f"a node has up to {most} children, one of level {self.level} got {count}"
            )
        self.left, self.right = self.span.unsigned(), self.span.unsigned()
        self.children: list[Leaf] = []
        note, self.low = self.span.take(tree.note_size), self.span.take(tree.key_size)
        self.high = self.low
        for _ in range(count):
            child, low = self.span.unsigned(), self.high
            following, self.high = self.span.take(tree.note_size), self.span.take(tree.key_size)
            self.children.append(Leaf(child, note, low, self.high))
            note = following


def leaves(file: File, root: int, tree: Tree) -> list[Leaf]:
    """What the nodes of level 0 lead to, from left to right; the tree is gone through level by level."""
    nodes = [Node(file, root, tree)]
    while True:
        for left, right in pairwise([None, *nodes, None]):
            _check_neighbours(left, right)
        children = [child for node in nodes for child in node.children]
        if nodes[0].level == 0:
            return children
        if len(children) > MAX_NODES:
            raise nodes[0].span.refused(f"is above a level of more than {MAX_NODES:,} nodes")
        level = nodes[0].level - 1
        nodes = []
        for child in children:
            node = Node(file, child.address, tree)
            if not node.children or (node.level, node.low, node.high) != (level, child.low, child.high):
                raise node.span.damaged("its level or its outer keys are not those that its parent says")
            nodes.append(node)


def _check_neighbours(left: Node | None, right: Node | None) -> None:
    """Two nodes of a level know each other."""
    if left is not None and left.right != (UNDEFINED if right is None else right.address):
        raise left.span.damaged("its right neighbour is another")
    if right is not None and right.left != (UNDEFINED if left is None else left.address):
        raise right.span.damaged("its left neighbour is another")
