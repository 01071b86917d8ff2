"""The graph of a network that is no chain: which layer takes which values, and how gradients find their way back.

Every value of a pass has a number.  A `Step` runs one layer on values and makes new ones, so forward propagation is one
loop over the steps and back-propagation the same loop the other way round, as in a chain, which is the graph where
every step takes what the one before has made.  What several steps take gets the sum of the gradients that they send
back.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlp.arrays import Array, constant
from mlp.errors import ArgumentError, ArgumentTypeError, ShapeError
from mlp.layers.again import Again, own_layer
from mlp.layers.base import Layer
from mlp.layers.node import Call, Node
from mlp.layers.reshaping import InputLayer
from mlp.several import joined, parts

__all__ = ["Graph", "Step", "connected", "graph_of", "in_order", "keras_order", "symbolic"]


@dataclass(frozen=True)
class Step:
    """The layer at place ``layer`` takes the values ``takes`` and makes the values ``makes``.

    Nobody needs the values ``frees`` any more after it.
    """

    layer: int
    takes: tuple[int, ...]
    makes: tuple[int, ...]
    frees: tuple[int, ...] = ()


@dataclass(frozen=True)
class Graph:
    """Steps in an order in which they can be run, the values that come in and those that go out."""

    inputs: tuple[int, ...]
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]
    #: The places of the input layers, in the order of the inputs.
    entries: tuple[int, ...]

    def run(self, layers: Sequence[Layer], x: Any, each: Callable[[Layer, Any], Any]) -> Any:
        """Forward propagation: ``each`` is called with a layer and what it takes, one array or several."""
        values = dict(zip(self.inputs, parts(x), strict=True))
        for step in self.steps:
            layer = layers[step.layer]
            made = each(layer, _taken(layer, [values[v] for v in step.takes]))
            values.update(_each(layer, "forward", step.makes, made))
            for value in step.frees:
                del values[value]
        return joined(values[v] for v in self.outputs)

    def backward(self, layers: Sequence[Layer], dy: Any) -> Any:
        """Error back-propagation: each value's gradient is the sum of what comes back from those that took it."""
        slopes: dict[int, Array] = {}
        again: list[Again] = []

        def add(value: int, part: Array) -> None:
            # Into a new array, for nobody writes into one that was handed to him.
            slopes[value] = slopes[value] + part if value in slopes else part

        for value, part in zip(self.outputs, parts(dy), strict=True):
            add(value, part)
        for step in reversed(self.steps):
            known = next((slopes[value] for value in step.makes if value in slopes), None)
            if known is None:
                continue  # it gives to nobody whose gradient is asked for
            layer = layers[step.layer]
            shapes = layer.output_shapes
            made = zip(step.makes, shapes, strict=True)
            dx = layer.backward(
                joined(slopes.pop(v) if v in slopes else _zeros(known, shape) for v, shape in made)
            )
            if isinstance(layer, Again):
                again.append(layer)
            if layer.needs_dx:
                for value, part in _each(layer, "backward", step.takes, dx):
                    add(value, part)
        for layer in again:
            layer.add_up()
        return joined(slopes.get(v) for v in self.inputs)

    def row_shapes(
        self, layers: Sequence[Layer], build: Callable[[Layer, Any], Any], shapes: Sequence[Any]
    ) -> Any:
        """The shapes of the outputs' rows, where ``build`` gives that of a layer's for those that it takes."""
        known = dict(zip(self.inputs, shapes, strict=True))
        for step in self.steps:
            layer = layers[step.layer]
            made = build(layer, _taken(layer, [known[v] for v in step.takes]))
            known.update(zip(step.makes, [made] if len(step.makes) == 1 else made, strict=True))
        return joined(known[v] for v in self.outputs)

    def skip_input_gradient(self, layers: Sequence[Layer]) -> list[Layer]:
        """Tell all layers in front of which there is nothing to train that nobody needs their ``dx``; return these."""
        moved: set[int] = set()
        spared = []
        for step in self.steps:
            layer = layers[step.layer]
            behind = any(value in moved for value in step.takes)
            if not behind:
                layer.needs_dx = False
                spared.append(layer)
            if behind or any(True for _ in own_layer(layer)._trained()):
                moved.update(step.makes)
        return spared

    def makers(self, layers: Sequence[Layer]) -> list[int | None]:
        """For each output the place of the layer that makes it, where that runs once and makes nothing else."""
        takers = Counter([*self.outputs, *(v for step in self.steps for v in step.takes)])
        shared = {id(layer.first) for layer in layers if isinstance(layer, Again)}
        alone = {
            step.makes[0]: step.layer
            for step in self.steps
            if len(step.makes) == 1
            and id(layers[step.layer]) not in shared
            and not isinstance(layers[step.layer], Again)
        }
        return [alone.get(v) if takers[v] == 1 else None for v in self.outputs]

    def describe(self, layers: Sequence[Layer]) -> dict[str, Any]:
        """What `connected` takes beside the layers; one that is called again has one place."""
        places = {id(layer): i for i, layer in enumerate(layers)}
        owned = [places[id(own_layer(layer))] for layer in layers]
        calls = [(owned[step.layer], step.takes, step.makes) for step in self.steps]
        return {
            "inputs": list(zip(self.entries, self.inputs, strict=True)),
            "calls": calls,
            "outputs": self.outputs,
        }


def _taken(layer: Layer, values: list[Any]) -> Any:
    return tuple(values) if layer.takes_several else joined(values)


def _each(layer: Layer, method: str, values: tuple[int, ...], arrays: Any) -> Iterable[tuple[int, Any]]:
    """Values and the arrays that a layer gives for them.

    Raises
    ------
    ShapeError
        If there is not one for each.
    """
    given = parts(arrays)
    if len(given) != len(values):
        raise ShapeError(
            f"{layer._label}{method} must return {len(values)} array(s), as a tuple where there are several, got "
            f"{len(given)}"
        )
    return zip(values, given, strict=True)


def _zeros(like: Array, shape: tuple[int, ...]) -> Array:
    return np.full((len(like), *shape), constant(0.0, like.dtype), like.dtype)


def connected(
    layers: Sequence[Layer],
    inputs: Sequence[tuple[int, int]],
    calls: Sequence[tuple[int, Sequence[int], Sequence[int]]],
    outputs: Sequence[int],
) -> tuple[list[Layer], Graph]:
    """The graph of input layers ``(layer, value)`` and calls ``(layer, takes, makes)``.

    To the layers come those that stand for further calls.

    Raises
    ------
    ArgumentError
        If a layer or value does not exist, a value is made twice, or a layer is never called.
    """
    if not inputs or not outputs or not all(0 <= place < len(layers) for place, _ in inputs):
        raise ArgumentError(
            f"a graph needs input layers among its {len(layers)} layers, and outputs, got {inputs}"
        )
    together, called = list(layers), set[int]()
    last = {value: i for i, (_, takes, _) in enumerate(calls) for value in takes}
    known = {value for _, value in inputs}
    steps = []
    for i, (place, takes, makes) in enumerate(calls):
        if not 0 <= place < len(layers) or not {*takes} <= known or {*makes} & known:
            raise ArgumentError(
                f"step {i} of the graph, {(place, takes, makes)}, does not fit those before it"
            )
        known.update(makes)
        if place in called:
            together.append(Again(layers[place]))
        frees = tuple(value for value in {*takes} - {*outputs} if last[value] == i)
        steps.append(Step(len(together) - 1 if place in called else place, tuple(takes), tuple(makes), frees))
        called.add(place)
    if not {*outputs} <= known:
        raise ArgumentError(f"the graph's outputs {outputs} are not among its values")
    entries, values = zip(*inputs, strict=True)
    idle = {*range(len(layers))} - called - {*entries}
    if idle:
        raise ArgumentError(f"the graph calls all its layers but {sorted(idle)}")
    return together, Graph(values, tuple(steps), tuple(outputs), entries)


def symbolic(name: str, value: Any) -> tuple[Node, ...]:
    """One symbolic value or a list of them, as a tuple.

    Raises
    ------
    ArgumentTypeError
        If it is something else.
    """
    nodes = list(value.values()) if isinstance(value, dict) else parts(value)
    if not nodes or not all(isinstance(node, Node) for node in nodes):
        raise ArgumentTypeError(
            f"{name} must be a symbolic value such as Input(shape=(2,)), or a list of them, got {value!r}"
        )
    return tuple(nodes)


def graph_of(inputs: tuple[Node, ...], outputs: tuple[Node, ...]) -> tuple[list[Layer], Graph | None]:
    """The layers between ``inputs`` and ``outputs`` in Keras's order; and how they are connected, None for a chain.

    A layer that is called more than once stands where Keras has it; its further calls (`mlp.layers.again.Again`)
    come after all layers.

    Raises
    ------
    ArgumentTypeError
        If an input is no input layer's value.
    ArgumentError
        If an input is given twice, or nothing is computed from it.
    ShapeError
        If an output is computed from something that is not among the inputs.
    """
    for node in inputs:
        if not isinstance(node.layer, InputLayer):
            raise ArgumentTypeError(
                "inputs must be what Input(shape=...) returned, got the output of a layer"
            )
    calls, seen = in_order(outputs)
    given = [node.call for node in inputs]
    for call in calls:
        if not call.parents and call not in given:
            raise ShapeError(
                f"outputs is not computed from inputs alone: {call.layer!r} is not among inputs; begin with "
                "x = Input(shape=...), call layers on x, and give inputs=x"
            )
    for call in given:
        if given.count(call) > 1 or call not in calls:
            what = "is given twice" if given.count(call) > 1 else "is used by no output"
            raise ArgumentError(f"inputs: {call.layer!r} {what}")
    layers = keras_order(calls, seen)
    if _is_chain(calls, inputs, outputs):
        return layers, None
    places = {layer: i for i, layer in enumerate(layers)}
    numbers = {
        (call, i): n for n, (call, i) in enumerate((c, i) for c in calls for i in range(c.layer.n_outputs))
    }

    def values(nodes: tuple[Node, ...]) -> list[int]:
        return [numbers[node.call, node.index] for node in nodes]

    listed = [
        (places[call.layer], values(call.parents), [numbers[call, i] for i in range(call.layer.n_outputs)])
        for call in calls
        if call.parents
    ]
    entries = [(places[node.layer], numbers[node.call, 0]) for node in inputs]
    return connected(layers, entries, listed, values(outputs))


def in_order(outputs: tuple[Node, ...]) -> tuple[list[Call], dict[Layer, int]]:
    """All calls, each after those that it takes from; and the order in which the way back from the outputs meets layers."""
    calls: list[Call] = []
    met: set[Call] = set()
    seen: dict[Layer, int] = {}
    stack = [(node.call, False) for node in reversed(outputs)]
    while stack:
        call, left = stack.pop()
        if left:
            calls.append(call)
        elif call not in met:
            met.add(call)
            seen.setdefault(call.layer, len(seen))
            stack.append((call, True))
            stack += [(node.call, False) for node in reversed(call.parents)]
    return calls, seen


def keras_order(calls: list[Call], seen: dict[Layer, int]) -> list[Layer]:
    """Layers by their longest way to an output, so that weights come in Keras's order."""
    depth: dict[Call, int] = {}
    of_layer: dict[Layer, int] = {}
    for call in reversed(calls):
        own = depth[call] = of_layer[call.layer] = max(depth.get(call, 0), of_layer.get(call.layer, 0))
        for node in call.parents:
            depth[node.call] = max(depth.get(node.call, 0), own + 1)
    return sorted(of_layer, key=lambda layer: (-of_layer[layer], seen[layer]))


def _is_chain(calls: list[Call], inputs: tuple[Node, ...], outputs: tuple[Node, ...]) -> bool:
    """Whether each call takes what the one before has made, and no layer is called twice."""
    ends = len(inputs) == len(outputs) == 1
    linked = all(
        len(call.parents) == 1 and call.parents[0].call is before
        for before, call in itertools.pairwise(calls)
    )
    single = all(call.layer.n_outputs == 1 and not call.layer.takes_several for call in calls)
    return ends and linked and single and len({call.layer for call in calls}) == len(calls)
