"""Calls of layers, found one after another in an ONNX graph, and the description of a network that they make."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ModelFileError
from mlp.files.weights import weight_names
from mlp.layers.base import LAYERS
from mlp.names import snake_case

__all__ = ["Assembly", "Value"]

Shape = tuple[int, ...]


@dataclass(eq=False)
class Call:
    """A layer is called on values and makes one."""

    cls: str
    config: dict[str, Any]
    weights: list[Array]
    takes: list[Value]
    #: What the nodes' names begin with in files of this library: the layer's name.
    scope: str


@dataclass(eq=False)
class Value:
    """What comes in or what a call has made, and the shape of its rows."""

    shape: Shape
    call: Call | None = None
    #: Whether several nodes take it; what nobody else takes may be changed after it was made.
    is_shared: bool = False
    #: Whether it comes in as whole numbers.
    is_whole: bool = False
    #: The value that was made whole numbers to get this one, which is right for numbers of things alone.
    real: Value | None = None
    #: The value whose vectors along its last axis are rows here for a moment, as some write a product.
    vectors_of: Value | None = None


@dataclass
class Assembly:
    """Calls in the order in which they run."""

    inputs: list[tuple[str, Value]] = field(default_factory=list)
    calls: list[tuple[Call, Value]] = field(default_factory=list)
    scope: str = ""
    #: Whether names begin with those of layers, so that an activation of another name is a layer of its own.
    has_scopes: bool = False

    def call(
        self,
        cls: str,
        config: dict[str, Any],
        takes: Sequence[Value],
        shape: Shape,
        weights: Sequence[Array] = (),
    ) -> Value:
        """Call a layer; what it makes."""
        if not shape:
            raise ModelFileError(f"a {cls} makes rows of no axis, which no layer can take")
        call = Call(cls, config, list(weights), list(takes), self.scope)
        value = Value(tuple(int(size) for size in shape), call)
        self.calls.append((call, value))
        return value

    def activation(self, described: Any, x: Value, shape: Shape) -> Value:
        """An activation, of the layer that made ``x`` if that has none and nobody else takes ``x``."""
        call = x.call
        if (
            not x.is_shared
            and call is not None
            and call.cls == "Dense"
            and "activation" not in call.config
            and (call.scope == self.scope or not self.has_scopes)
        ):
            call.config["activation"] = described
            x.shape = tuple(shape)
            return x
        return self.call("Activation", {"activation": described}, [x], shape)

    def affine(self, x: Value, scale: Array | None, offset: Array | None) -> Value:
        """``scale x + offset``, as the bias of the layer that made ``x`` where it has none."""
        call = x.call
        rows = [None if c is None else _for_rows(c, x.shape) for c in (scale, offset)]
        scale, offset = rows
        if not x.is_shared and call is not None and scale is None and offset is not None:
            if _has_no_bias(call) and offset.shape in ((), (1,), x.shape[-1:]):
                call.config["use_bias"] = True
                call.weights.append(np.broadcast_to(offset, x.shape[-1:]))
                return x
            if call.cls == "Rescaling" and "offset" not in call.config and call.scope == self.scope:
                call.config["offset"] = offset.tolist()
                return x
        config: dict[str, Any] = {"scale": 1.0 if scale is None else scale.tolist()}
        if offset is not None:
            config["offset"] = offset.tolist()
        return self.call("Rescaling", config, [x], x.shape)

    def reshaped(self, x: Value, shape: Shape) -> Value:
        """The numbers of a row in another shape."""
        if shape == x.shape:
            return x
        if len(shape) == 1:
            return self.call("Flatten", {}, [x], shape)
        return self.call("Reshape", {"target_shape": list(shape)}, [x], shape)

    def architecture(
        self, outputs: Sequence[Value], dtype: str
    ) -> tuple[dict[str, Any], list[Array], list[str]]:
        """The description of the network, its weights, and their names."""
        calls = self._needed(outputs)
        chain = len(self.inputs) == len(outputs) == 1
        known = self.inputs[0][1]
        for call, value in calls:
            chain = chain and call.takes == [known] and not LAYERS.classes[call.cls].takes_several
            known = value
        keys = [_key(call) for call, _ in calls]
        chain = chain and outputs[0] is known and len(set(keys)) == len(keys)
        if chain and not calls:
            calls, keys = [(Call("Identity", {}, [], [known], ""), known)], [None]
        places: dict[Any, int] = {}
        layers: list[dict[str, Any]] = []
        taken = {} if chain else {name: 0 for name, _ in self.inputs}
        weights: list[Array] = []
        names: list[str] = []
        steps = []
        numbers = {id(value): i for i, (_, value) in enumerate(self.inputs)}
        first = 0 if chain else len(self.inputs)
        for key, (call, value) in zip(keys, calls, strict=True):
            if key not in places:
                places[key] = first + len(layers)
                name = _name(call, taken)
                layers.append({"class_name": call.cls, "config": {**call.config, "name": name}})
                weights += call.weights
                names += [f"{name}/{weight}" for weight in weight_names(call.cls, call.config)]
            number = numbers.setdefault(id(value), len(numbers))
            steps.append([places[key], [numbers[id(one)] for one in call.takes], [number]])
        shapes = [list(value.shape) for _, value in self.inputs]
        config: dict[str, Any] = {"name": None, "trainable": True, "dtype": dtype, "functional": not chain}
        config["input_shape"] = shapes if len(shapes) > 1 else shapes[0]
        if not chain:
            entries = [
                {"class_name": "InputLayer", "config": {"shape": list(value.shape), "name": name}}
                for name, value in self.inputs
            ]
            layers = entries + layers
            config["graph"] = {
                "inputs": [[i, i] for i in range(len(self.inputs))],
                "calls": steps,
                "outputs": [numbers[id(value)] for value in outputs],
            }
        return {"class_name": "Network", "config": {**config, "layers": layers}}, weights, names

    def _needed(self, outputs: Sequence[Value]) -> list[tuple[Call, Value]]:
        """The calls of which the outputs are made; those for shapes alone fall away."""
        wanted = {id(value) for value in outputs}
        kept = []
        for call, value in reversed(self.calls):
            if id(value) in wanted:
                kept.append((call, value))
                wanted.update(id(one) for one in call.takes)
        return kept[::-1]


def _has_no_bias(call: Call) -> bool:
    return call.cls == "Dense" and not call.config["use_bias"] and "activation" not in call.config


def _key(call: Call) -> Any:
    """The same for two calls of one layer: the same configuration, and the very same weights."""
    if not call.weights:
        return id(call)
    return call.cls, call.scope, json.dumps(call.config), *(_identity(weight) for weight in call.weights)


def _identity(weight: Array) -> Any:
    return weight.__array_interface__["data"][0], weight.shape, weight.strides


def _name(call: Call, taken: dict[str, int]) -> str:
    """A name that no other layer has; of each name it is kept where the search for another one goes on."""
    wanted = call.scope or snake_case(call.cls)
    name = wanted
    while name in taken:
        taken[wanted] += 1
        name = f"{wanted}_{taken[wanted]}"
    taken[name] = 0
    return name


def _for_rows(constant: Array, shape: Shape) -> Array:
    """A constant that fits batches as one that fits rows.

    Raises
    ------
    ModelFileError
        If it does not.
    """
    own = constant.shape
    if len(own) == len(shape) + 1 and own[0] == 1:
        own = own[1:]
    behind = shape[len(shape) - len(own) :] if len(own) <= len(shape) else ()
    if len(own) > len(shape) or any(size not in (1, n) for size, n in zip(own, behind, strict=True)):
        raise ModelFileError(f"a constant of shape {constant.shape} does not fit rows of shape {shape}")
    return constant.reshape(own)
