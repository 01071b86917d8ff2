"""A network as Keras has it: a `Sequential` or `Functional` model of layers that Keras has too.

A residual connection is laid open, as its layer and a sum; what it stands in becomes a functional model then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlp.errors import ArgumentError
from mlp.layers import Add, InputLayer, Normalization, Residual
from mlp.layers.again import own_layer
from mlp.layers.base import Layer
from mlp.layers.graph import in_order, keras_order
from mlp.layers.node import Call, Node
from mlp.names import distinct
from mlp.network import Network
from mlp.trainable import Trainable

__all__ = ["Plan", "is_given", "is_trained", "plan_of", "row_shapes"]


@dataclass
class Plan:
    """A model of Keras.

    Attributes
    ----------
    name : str
        Its name.
    network : Network
        What it is made of.
    sequential : bool
        Whether it is a ``Sequential``, and else a ``Functional``.
    layers : list of Layer
        In Keras's order, the input layers among them.
    names : dict of Layer to str
        What they are called there.
    calls : list of Call
        Each after those that it takes from.
    inputs, outputs : list of Node
        What comes in and goes out.
    inner : dict of Layer to Plan
        Those of the networks among the layers.
    """

    name: str
    network: Network
    sequential: bool
    layers: list[Layer]
    names: dict[Layer, str]
    calls: list[Call]
    inputs: list[Node]
    outputs: list[Node]
    inner: dict[Layer, Plan]

    @property
    def class_name(self) -> str:
        """The class in Keras."""
        return "Sequential" if self.sequential else "Functional"

    def leaves(self) -> Iterator[Layer]:
        """All layers that are no networks, in the order of Keras's weights."""
        for layer in self.layers:
            if layer in self.inner:
                yield from self.inner[layer].leaves()
            else:
                yield layer


def plan_of(network: Trainable, name: str | None = None) -> Plan:
    """The model that a network is in Keras.

    Parameters
    ----------
    network : Network
        The network.
    name : str, optional
        What to call it; its own name unless given.

    Raises
    ------
    ArgumentError
        If it has no layers, or is of a class with a ``forward`` of its own.

    Examples
    --------
    >>> from mlp.layers import Dense
    >>> plan = plan_of(Network([Dense(2, input_dim=2), Residual(Dense(2))]))
    >>> plan.class_name, list(plan.names.values())
    ('Functional', ['input_layer', 'dense', 'residual', 'residual_dense'])
    """
    if not isinstance(network, Network) or type(network).forward is not Network.forward:
        raise ArgumentError(
            f"{network._label}what a class of your own computes is not known to Keras; save as .npz"
        )
    if not network.layers:
        raise ArgumentError("the network has no layers: add one, net.add(Dense(1, input_dim=4))")
    opened = _Opened()
    inputs, outputs = opened.network(network)
    calls, seen = in_order(tuple(outputs))
    layers = keras_order(calls, seen)
    sequential, names = not network._functional and not opened.sums, opened.names()
    return Plan(
        name=name or network.name or ("sequential" if sequential else "functional"),
        network=network,
        sequential=sequential,
        layers=layers,
        names=names,
        calls=calls,
        inputs=inputs,
        outputs=outputs,
        inner={layer: plan_of(layer, names[layer]) for layer in layers if isinstance(layer, Network)},
    )


def row_shapes(layer: Layer) -> list[tuple[int, ...]]:
    """The shape of a row of each input of a layer."""
    shapes: Any = layer._built_shapes()[0]
    return list(shapes) if layer.takes_several else [shapes]


def is_trained(layer: Layer, root: Network) -> bool:
    """Whether neither the layer is frozen nor anything around it: in Keras each layer is frozen by itself."""
    around: Layer | None = layer
    while around is not None:
        if not around.trainable:
            return False
        around = None if around is root else around._owner
    return True


def is_given(layer: Layer) -> bool:
    """Whether a layer's weights are constants that it was made with, which Keras does not count as weights."""
    if not isinstance(layer, Normalization) or layer.given_mean is None:
        return False
    given = ((layer.given_mean, layer.mean), (layer.given_variance, layer.variance))
    return all((np.asarray(constant, weight.dtype) == weight).all() for constant, weight in given)


class _Opened:
    """Calls of a network's layers, made anew with the residual connections laid open."""

    def __init__(self) -> None:
        #: The layers in the order in which they get their names, with the names that they would like.
        self._wanted: dict[Layer, str] = {}
        #: The sums of the residual connections.
        self.sums: dict[Layer, Add] = {}

    def names(self) -> dict[Layer, str]:
        """Names of which no two are the same."""
        # What stood in a residual connection comes last, for it is the one to give way.
        inside = {layer for layer in self._wanted if isinstance(layer._owner, Residual)}
        order = sorted(self._wanted, key=lambda layer: layer in inside)
        return dict(zip(order, distinct(self._wanted[layer] for layer in order), strict=True))

    def network(self, network: Network) -> tuple[list[Node], list[Node]]:
        """What comes in and what goes out."""
        graph = network._graph
        if graph is None:
            taken = nodes = [self._entry(self._first(network))]
            for layer in network._layers[network._functional :]:
                taken = self._called(layer, taken)
            return nodes, taken
        nodes = [self._entry(layer) for layer in network.input_layers]
        values = dict(zip(graph.inputs, nodes, strict=True))
        for step in graph.steps:
            made = self._called(network._layers[step.layer], [values[v] for v in step.takes])
            values.update(zip(step.makes, made, strict=True))
        return nodes, [values[v] for v in graph.outputs]

    def _first(self, network: Network) -> Layer:
        """The input layer of a chain, which a list of layers goes without."""
        if network._functional:
            return network._layers[0]
        (shape,) = row_shapes(network)
        entry = InputLayer(shape)
        entry.build_for(shape, network.dtype, network.rng)
        return entry

    def _entry(self, layer: Layer) -> Node:
        self._wanted[layer] = layer.name or "input_layer"
        return Node(Call(layer))

    def _called(self, called: Layer, taken: Sequence[Node], name: str = "") -> list[Node]:
        """What a layer gives."""
        layer = own_layer(called)
        name = name or str(layer.name)
        if type(layer) is Residual:
            made = self._called(layer.inner, taken, f"{name}_{layer.inner.name}")
            return [Node(Call(self._sum(layer, name), (*taken, *made)))]
        if isinstance(layer, InputLayer):
            return list(taken)
        self._wanted.setdefault(layer, name)
        call = Call(layer, tuple(taken))
        return [Node(call, i) for i in range(layer.n_outputs)]

    def _sum(self, layer: Residual, name: str) -> Add:
        """The sum at the end of a residual connection."""
        if layer not in self.sums:
            made = self.sums[layer] = Add(name=name)
            made.build_for((*row_shapes(layer), *row_shapes(layer)), layer.dtype, layer.rng)  # type: ignore[arg-type]
            self._wanted[made] = name
        return self.sums[layer]
