"""Functional networks of Keras: who is called on what, told by the names of layers and the numbers of their calls.

Keras 3 writes the arguments of each call, in which symbolic values stand as ``__keras_tensor__`` with a
``keras_history``; Keras 2 a list of ``[layer, call, value, other arguments]``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlp.errors import ModelFileError

__all__ = ["Call", "Value", "connections", "ends", "in_order", "tensors"]

#: A value: the name of the layer that makes it, the number of the call, and which of the call's values it is.
Value = tuple[str, int, int]


@dataclass
class Call:
    """A layer called on ``takes``, in their order; ``others`` are the arguments beside them."""

    layer: str
    number: int
    takes: list[Value]
    others: dict[str, Any] = field(default_factory=dict)
    #: All arguments in their order, where numbers stand among the values.
    arguments: list[Any] = field(default_factory=list)


def connections(name: str, nodes: Any, entries: list[str] | None = None) -> list[Call]:
    """The calls of one layer.

    Parameters
    ----------
    name : str
        The layer's.
    nodes : list
        Its ``inbound_nodes``.
    entries : list of str, optional
        The names of its inputs, if it is a network, in their order.

    Raises
    ------
    ModelFileError
        If they are none.
    """
    if not isinstance(nodes, list):
        raise ModelFileError(f"layer {name!r}: its inbound_nodes are no list")
    return [_call(name, number, node, entries) for number, node in enumerate(nodes)]


def _call(name: str, number: int, node: Any, entries: list[str] | None) -> Call:
    if isinstance(node, dict):
        arguments, others = node.get("args", []), dict(node.get("kwargs", {}))
        for first in ("inputs", "x"):
            if not arguments and first in others:
                arguments = [others.pop(first)]
        return Call(name, number, list(tensors(arguments, entries)), _given(others), arguments)
    if not isinstance(node, list):
        raise ModelFileError(f"layer {name!r}: its call {number} is neither a list nor a table")
    if node and isinstance(node[0], str):  # one value needs no list in Keras 2.4
        node = [node]
    links = [_link(link, name) for link in node]
    others = {key: value for link in node if len(link) > 3 for key, value in dict(link[3] or {}).items()}
    return Call(name, number, links, _given(others), [])


def _given(others: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that say something."""
    return {key: value for key, value in others.items() if value is not None and value != [None]}


def _link(link: Any, name: str) -> Value:
    if isinstance(link, list) and len(link) >= 3:
        layer, call, value = link[:3]
        if isinstance(layer, str) and type(call) is int and type(value) is int:
            return layer, call, value
    raise ModelFileError(f"layer {name!r}: {link!r:.60} names no value, as in ['dense', 0, 0]")


def tensors(argument: Any, entries: list[str] | None = None) -> Iterator[Value]:
    """The symbolic values in the arguments of a call, those in a table in the order of ``entries``."""
    if isinstance(argument, list):
        for item in argument:
            yield from tensors(item, entries)
    elif isinstance(argument, dict):
        if argument.get("class_name") == "__keras_tensor__":
            yield _link(argument["config"]["keras_history"], "a call")
            return
        if entries is None or {*argument} != {*entries}:
            raise ModelFileError(
                f"a call takes {sorted(argument)} by name, which is not what the layer has: {entries}"
            )
        for entry in entries:
            yield from tensors(argument[entry], entries)


def ends(listed: Any) -> tuple[list[str], list[Value]]:
    """The names and the values of ``input_layers`` or ``output_layers``: one, a list, or a table of them."""
    if isinstance(listed, dict):
        found = [(name, value) for name, part in listed.items() for value in ends(part)[1]]
        return [name for name, _ in found], [value for _, value in found]
    if isinstance(listed, list) and len(listed) == 3 and isinstance(listed[0], str):
        value = _link(listed, "the network")
        return [value[0]], [value]
    if not isinstance(listed, list):
        raise ModelFileError(f"the network's ends are neither a list nor a table: {listed!r:.60}")
    parts = [ends(part) for part in listed]
    return [name for names, _ in parts for name in names], [value for _, values in parts for value in values]


def in_order(calls: list[Call], inputs: list[Value]) -> list[Call]:
    """The calls, each after those that it takes from.

    Raises
    ------
    ModelFileError
        If a call takes what nobody makes before it.
    """
    made = {(value[0], value[1]) for value in inputs}
    waiting: dict[tuple[str, int], list[Call]] = {}
    missing = {}
    ready = deque[Call]()
    for call in calls:
        needed = {(layer, number) for layer, number, _ in call.takes} - made
        missing[call.layer, call.number] = len(needed)
        for source in needed:
            waiting.setdefault(source, []).append(call)
        if not needed:
            ready.append(call)
    ordered = []
    while ready:
        call = ready.popleft()
        ordered.append(call)
        for other in waiting.pop((call.layer, call.number), []):
            missing[other.layer, other.number] -= 1
            if not missing[other.layer, other.number]:
                ready.append(other)
    if waiting or len(ordered) < len(calls):
        source, (first, *_) = next(iter(waiting.items()), (("?", 0), calls))
        raise ModelFileError(f"layer {first.layer!r} is called on a value that nobody makes: {source}")
    return ordered
