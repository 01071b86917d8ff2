"""The symbolic value that flows between layers while a network is written down: ``y = layer(x)``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlp.errors import ArgumentTypeError, ShapeError

if TYPE_CHECKING:
    from mlp.layers.base import Layer

__all__ = ["Node", "chain"]


@dataclass(frozen=True, eq=False)
class Node:
    """The output of ``layer`` applied to the values ``parents``; an input has none.

    Nodes and their parents form the acyclic graph of a network.  A chain, in which every node has
    one parent, is the case that `mlp.Network` runs.
    """

    layer: Layer
    parents: tuple[Node, ...] = ()

    def __repr__(self) -> str:
        return f"<output of {self.layer!r}>"


def chain(inputs: Any, outputs: Any) -> list[Layer]:
    """The layers from ``inputs`` to ``outputs``, the input layer first.

    Raises
    ------
    ArgumentTypeError
        If one of them is no node, or there are several.
    ShapeError
        If ``outputs`` is not computed from ``inputs``.
    """
    start, node = _only("inputs", inputs), _only("outputs", outputs)
    layers = [node.layer]
    while node is not start:
        if not node.parents:
            raise ShapeError(
                "outputs is not computed from inputs: begin with x = Input(shape=...) and call layers on x"
            )
        (node,) = node.parents
        layers.append(node.layer)
    if start.parents:
        raise ArgumentTypeError("inputs must be what Input(shape=...) returned, got the output of a layer")
    return layers[::-1]


def _only(name: str, value: Any) -> Node:
    nodes = list(value) if isinstance(value, list | tuple) else [value]
    if len(nodes) != 1 or not isinstance(nodes[0], Node):
        what = f"{len(nodes)} values" if len(nodes) != 1 else repr(value)
        raise ArgumentTypeError(f"{name} must be one symbolic value such as Input(shape=(2,)), got {what}")
    return nodes[0]
