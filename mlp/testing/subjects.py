"""What a gradient check looks at: a function of one flat vector, forwards and backwards.

A `Subject` is a layer, a network with its loss, an activation or a loss: whatever has inputs and parameters
(together one vector, the *point*) and outputs, and says of itself how a gradient goes back, ``J^T u``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp.activations import Activation
from mlp.arrays import Array
from mlp.layers import Composite, InputLayer
from mlp.passes import Pass
from mlp.samples import Samples
from mlp.several import Several, like, parts

if TYPE_CHECKING:
    from mlp.layers import Layer
    from mlp.network import Network
    from mlp.trainable import Trainable

__all__ = ["Part", "Subject", "limit_of", "of_activation", "of_layer", "of_loss", "of_network"]


@dataclass(frozen=True)
class Part:
    """One array in a point: the input, or a parameter.

    Attributes
    ----------
    name : str
        ``"x"`` or, for a parameter, layer and weight.
    start : int
        Where it begins in the point.
    shape : tuple of int
        Its shape.
    """

    name: str
    start: int
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return int(np.prod(self.shape))

    @property
    def slice(self) -> slice:
        """Its place in the point."""
        return slice(self.start, self.start + self.size)

    def of(self, vector: Array) -> Array:
        """The part of a point, or of a gradient, in its own shape."""
        return vector[self.slice].reshape(self.shape)


@dataclass(frozen=True)
class Subject:
    """A function with its pullback.

    Attributes
    ----------
    name : str
        What it is called in reports.
    parts : tuple of Part
        The arrays of a point, one after the other.
    point : ndarray, shape (size,)
        Where it is looked at.
    outputs : callable
        From a point, real or complex, to an array.
    pullback : callable
        From a point and a ``u`` like the outputs to ``J^T u``, shape (size,), computed in the point's precision.
    slack : float
        A share of the terms that is let pass: at extreme points, where a right formula may lose digits.
    """

    name: str
    parts: tuple[Part, ...]
    point: Array
    outputs: Callable[[Array], Any]
    pullback: Callable[[Array, Array], Array]
    slack: float = 0.0

    def place(self, index: int) -> tuple[Part, tuple[int, ...]]:
        """The part that entry ``index`` of a point belongs to, and its index in there."""
        for part in self.parts:
            if part.start <= index < part.start + part.size:
                return part, tuple(int(i) for i in np.unravel_index(index - part.start, part.shape))
        raise IndexError(index)


def parts_of(x: Any, net: Trainable) -> tuple[Part, ...]:
    """The inputs and all trainable parameters of a network, frozen ones too."""
    names = [f"x[{i}]" for i in range(len(x.arrays))] if isinstance(x, Several) else ["x"]
    shapes = [(name, part.shape) for name, part in zip(names, parts(x), strict=True)]
    shapes += [
        (f"{_plain(layer._label)} {name}", spec.shape)
        for layer in net.walk()
        for name, spec in layer._specs.items()
        if spec.trainable
    ]
    found: list[Part] = []
    for name, shape in shapes:
        found.append(Part(name, found[-1].start + found[-1].size if found else 0, shape))
    return tuple(found)


def limit_of(layer: Layer) -> int | None:
    """What its inputs stay below, if they must be whole numbers: of a network, the inputs of its first layer."""
    first = next((one for one in layer.walk() if not isinstance(one, Composite | InputLayer)), layer)
    return first.integers_below


def _plain(label: str) -> str:
    return label.strip().removesuffix(":")


def of_layer(net: Network, layer: Layer, x: Array, training: bool = False, slack: float = 0.0) -> Subject:
    """A layer inside a network of its own; ``net`` computes in float64 and is used up."""
    twins = _Twins(net, fresh=training)
    index = net._layers.index(layer)

    limit = limit_of(layer)

    def rows(point: Array) -> Array:
        given = point[: x.size].reshape(x.shape)
        if limit is not None:
            # A minute step aside, or along an imaginary axis, a number still means the same thing.
            given = np.clip(np.rint(given.real), 0, limit - 1).astype(point.dtype)
        return given

    def outputs(point: Array) -> Any:
        twin = twins.at(point[x.size :])
        return twin._layers[index].forward(rows(point), training)

    def pullback(point: Array, u: Array) -> Array:
        twin = twins.at(point[x.size :])
        one = twin._layers[index]
        one.forward(rows(point).copy(), training)
        twin._gradient[...] = np.nan  # backward overwrites
        dx = np.array(one.backward(u.copy()))
        return np.concatenate([dx.ravel(), twin._gradient])

    start = np.concatenate([x.ravel(), net.parameters])
    return Subject(_plain(layer._label), parts_of(x, net), start, outputs, pullback, slack)


def of_network(net: Trainable, samples: Samples, training: bool = False) -> Subject:
    """A compiled network with its loss: one output; ``net`` computes in float64 and is used up."""
    x = samples.x
    size = sum(part.size for part in parts(x))
    twins = _Twins(net, fresh=training)

    def forward(point: Array) -> tuple[Pass, Any]:
        one = Pass(twins.at(point[size:]), samples_loss)
        real = point.real.dtype
        t = like(
            samples.t, [part.astype(real) if part.dtype.kind == "f" else part for part in parts(samples.t)]
        )
        return one, one.forward(_cut(point[:size], x), t, samples.weight, training)

    def pullback(point: Array, u: Array) -> Array:
        one, _ = forward(point)
        dx = one.backward()
        return float(u.reshape(())) * np.concatenate([*map(np.ravel, parts(dx)), one.network._gradient])

    samples_loss = net.compiled.needed_loss()
    start = np.concatenate([*map(np.ravel, parts(x)), net.parameters])
    return Subject("the network", parts_of(x, net), start, lambda p: np.asarray(forward(p)[1]), pullback)


def _cut(flat: Array, x: Any) -> Any:
    """Numbers one after another as rows like ``x``, copied."""
    cut, start = [], 0
    for part in parts(x):
        cut.append(flat[start : start + part.size].reshape(part.shape).copy())
        start += part.size
    return like(x, cut)


class _Twins:
    """A network in float64, and in complex128 and float32 when asked for, to be put anywhere.

    Parameters
    ----------
    net : Trainable
        The original.
    fresh : bool
        Copy it for each use, with its generators: in training a layer may draw random numbers.
    """

    def __init__(self, net: Trainable, fresh: bool) -> None:
        self.made, self.fresh = {"float64": net}, fresh

    def at(self, parameters: Array) -> Trainable:
        """A twin of the type of these parameters, with them."""
        twin = self.made.get(parameters.dtype.name)
        if twin is None:
            twin = self.made[parameters.dtype.name] = self.made["float64"].astype(parameters.dtype)
        if self.fresh:
            twin = twin.copy()
        twin._parameters[...] = parameters
        return twin


def of_activation(function: Activation, x: Array) -> Subject:
    """An activation function at ``x``."""

    def forward(point: Array) -> tuple[Array, Array]:
        moved = point.reshape(x.shape).copy()
        return moved, np.array(function.forward(moved.copy()))

    def pullback(point: Array, u: Array) -> Array:
        moved, y = forward(point)
        return np.array(function.backward(u.copy(), moved, y)).ravel()

    return Subject(
        repr(function), (Part("x", 0, x.shape),), x.ravel().copy(), lambda p: forward(p)[1], pullback
    )


def of_loss(
    name: str, measure: Callable[[Array], tuple[Any, Array]], y: Array, argument: str = "y_pred"
) -> Subject:
    """A loss as a function of the outputs ``y``: ``measure`` gives value and gradient."""

    def pullback(point: Array, u: Array) -> Array:
        gradient = np.array(measure(point.reshape(y.shape).copy())[1])
        return float(u.reshape(())) * gradient.ravel()

    return Subject(
        name,
        (Part(argument, 0, y.shape),),
        y.ravel().copy(),
        lambda p: np.asarray(measure(p.reshape(y.shape).copy())[0]),
        pullback,
    )
