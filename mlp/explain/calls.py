"""The calls of layers that a network is made of, in the order of computing, a chain written like a graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlp.layers import Composite, InputLayer, Layer
from mlp.layers.again import own_layer

if TYPE_CHECKING:
    from mlp.network import Network

__all__ = ["Call", "Calls", "weights_of"]

#: The textbook's letters for weights, where a layer has no others.
LETTERS = {"kernel": "W", "bias": "b"}
#: What else has a name in an event, which a weight of a layer of one's own must not take from it.
TAKEN = ("x", "z", "a")


@dataclass(frozen=True)
class Call:
    """A layer at ``place`` in the network's list takes the values ``takes`` and makes the values ``makes``.

    ``first`` is the number of the first call of the same layer, by which its weights are called;
    ``is_trained`` says whether training moves one of them.
    """

    layer: Layer
    place: int
    number: int
    first: int
    takes: tuple[int, ...]
    makes: tuple[int, ...]
    is_trained: bool

    @property
    def is_first(self) -> bool:
        """Whether the layer has not been called before."""
        return self.number == self.first


@dataclass(frozen=True)
class Calls:
    """All calls, the values that come in and those that go out."""

    listed: tuple[Call, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    @classmethod
    def of(cls, network: Network) -> Calls:
        """Those of a network."""
        layers, graph = network._layers, network._graph
        if graph is None:
            at = [place for place, layer in enumerate(layers) if not isinstance(layer, InputLayer)]
            steps = [(place, (i,), (i + 1,)) for i, place in enumerate(at)]
            inputs, outputs = (0,), (len(at),)
        else:
            steps = [(step.layer, step.takes, step.makes) for step in graph.steps]  # type: ignore[misc]
            inputs, outputs = graph.inputs, graph.outputs  # type: ignore[assignment]
        trained = {id(owner) for owner, _ in network._trained()}
        first: dict[int, int] = {}
        listed = []
        for number, (place, takes, makes) in enumerate(steps, 1):
            layer = own_layer(layers[place])
            own_first = first.setdefault(id(layer), number)
            is_trained = any(id(owner) in trained for owner in layer.walk())
            listed.append(Call(layer, place, number, own_first, tuple(takes), tuple(makes), is_trained))
        return cls(tuple(listed), tuple(inputs), tuple(outputs))

    def __iter__(self) -> Iterator[Call]:
        return iter(self.listed)

    def maker(self, value: int) -> Call | None:
        """The call that makes a value; None of an input."""
        return next((call for call in self if value in call.makes), None)

    def takers(self, value: int) -> list[Call]:
        """The calls that take a value, one as often as it does."""
        return [call for call in self for taken in call.takes if taken == value]

    def of_layer(self, call: Call) -> list[Call]:
        """All calls of the same layer."""
        return [other for other in self if other.first == call.first]

    def moved(self) -> set[int]:
        """The values whose gradient somebody needs, for there is something to train before them."""
        found: set[int] = set()
        for call in self:
            if found.intersection(call.takes) or call.is_trained:
                found.update(call.makes)
        return found


def weights_of(layer: Layer) -> Iterator[tuple[str, Layer, str]]:
    """What each weight is called in a calculation, with the layer that owns it and its name there."""
    letters = {} if isinstance(layer, Composite) or not {*layer._specs} <= {*LETTERS} else LETTERS
    for path, owner, name in _paths(layer):
        key = letters.get(path, path)
        yield f"weight_{key}" if key in TAKEN else key, owner, name


def _paths(layer: Layer) -> Iterator[tuple[str, Layer, str]]:
    yield from ((name, layer, name) for name in layer._specs)
    for inner in layer._layers if isinstance(layer, Composite) else ():
        yield from ((f"{inner.name}/{path}", owner, name) for path, owner, name in _paths(inner))
