"""One stop of a walk through a network: what a layer computed, in one direction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlp.arrays import Array
from mlp.layers import Layer

__all__ = ["Event"]


@dataclass(frozen=True, eq=False)
class Event:
    """What a layer computed, in one direction.

    Attributes
    ----------
    direction : {"forward", "loss", "backward", "update"}
        Which way.
    layer : Layer or None
        The network's own layer; of a loss, the one whose output it judges, None where that is an input.
    number : int
        Which call of a layer it is, counted from 1 in the order of computing, input layers left out.
    quantities : dict of str to ndarray
        The numbers in full, new arrays, by their names: of a `Dense` layer ``x``, ``W``, ``b``, ``xW``, ``z`` and ``a`` forward,
        ``da``, ``slope`` (which is ``f'(z)``), ``dz``, ``dW``, ``db`` and ``dx`` backward; see `Network.steps`.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, kernel_initializer="ones", input_dim=2)])
    >>> event = next(net.steps([1.0, 2.0]))
    >>> event, event["z"]
    (<Event forward, layer 1 'dense': x, W, b, xW, z, a>, array([[3.]]))
    """

    direction: str
    layer: Layer | None
    number: int
    quantities: Mapping[str, Array]

    def __getitem__(self, name: str) -> Array:
        return self.quantities[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.quantities)

    def __contains__(self, name: object) -> bool:
        return name in self.quantities

    def __repr__(self) -> str:
        place = "" if self.layer is None else f", layer {self.number} {self.layer.name!r}"
        return f"<Event {self.direction}{place}: {', '.join(self.quantities)}>"
