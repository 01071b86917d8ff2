"""The symbolic values that flow between layers while a network is written down: ``y = layer(x)``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlp.layers.base import Layer

__all__ = ["Call", "Node"]


@dataclass(frozen=True, eq=False)
class Call:
    """A layer applied to the values ``parents``; an input layer has none."""

    layer: Layer
    parents: tuple[Node, ...] = ()


@dataclass(frozen=True, eq=False)
class Node:
    """What a call gives; ``index`` says which of its values, where the layer gives several.

    Nodes and calls form the acyclic graph of a network (`mlp.layers.graph`); in a chain every call has one parent.
    """

    call: Call
    index: int = 0

    @property
    def layer(self) -> Layer:
        """The layer that gives it."""
        return self.call.layer

    def __repr__(self) -> str:
        return f"<output of {self.layer!r}>"
