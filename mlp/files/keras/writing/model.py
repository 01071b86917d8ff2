"""From a network to the description of a Keras model: architecture and compile settings."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp.errors import ArgumentError
from mlp.files.keras.writing.compile import compile_config
from mlp.files.keras.writing.limits import require_same_in_keras
from mlp.files.keras.writing.objects import described, module_of, not_in_keras, value
from mlp.files.keras.writing.plan import Plan, is_given, is_trained, row_shapes
from mlp.layers import Discretization, InputLayer, LayerNormalization, Normalization, RMSNormalization
from mlp.layers.axes import row_axes
from mlp.layers.base import Layer
from mlp.layers.node import Node

__all__ = ["model_config"]


def model_config(plan: Plan) -> dict[str, Any]:
    """What ``config.json`` holds of a network.

    Raises
    ------
    ArgumentError
        If there is something in it that Keras has not; the message tells where.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.files.keras.writing.plan import plan_of
    >>> from mlp.layers import Dense
    >>> model = model_config(plan_of(Network([Dense(3, input_dim=2)])))
    >>> model["class_name"], [layer["class_name"] for layer in model["config"]["layers"]]
    ('Sequential', ['InputLayer', 'Dense'])
    """
    for layer in plan.network.walk():
        if layer.lr_multiplier != 1.0:
            raise not_in_keras(layer._label, "lr_multiplier", "set it to 1")
    model = _Writing(plan).model(plan)
    if plan.network.optimizer is not None:
        model["compile_config"] = compile_config(plan.network)
    return model


class _Writing:
    """The descriptions of a model and of those in it."""

    def __init__(self, root: Plan) -> None:
        self.root, self.dtype = root.network, root.network.dtype.name

    def model(self, plan: Plan) -> dict[str, Any]:
        """A model."""
        config = {"name": _name(plan.name, plan.network), "trainable": is_trained(plan.network, self.root)}
        return self._sequential(plan, config) if plan.sequential else self._functional(plan, config)

    def _sequential(self, plan: Plan, config: dict[str, Any]) -> dict[str, Any]:
        shape = _batch(row_shapes(plan.network)[0])
        layers = [self._layer(plan, layer) for layer in plan.layers]
        config |= {"dtype": self.dtype, "layers": layers, "build_input_shape": shape}
        return {**described("keras", "Sequential", config), "build_config": {"input_shape": shape}}

    def _functional(self, plan: Plan, config: dict[str, Any]) -> dict[str, Any]:
        calls: dict[Layer, list[Any]] = {layer: [] for layer in plan.layers}
        places: dict[Any, int] = {}

        def history(node: Node) -> list[Any]:
            return [plan.names[node.layer], places[node.call], node.index]

        def tensor(node: Node) -> dict[str, Any]:
            shape = _batch(node.layer.output_shapes[node.index])
            own = {"shape": shape, "dtype": self.dtype, "keras_history": history(node)}
            return {"class_name": "__keras_tensor__", "config": own}

        def end(node: Node) -> list[Any]:
            # At the ends of a model Keras counts the calls of functional models from 1.
            inner = plan.inner.get(node.layer)
            name, place, index = history(node)
            return [name, place + (inner is not None and not inner.sequential), index]

        for call in plan.calls:
            places[call] = len(calls[call.layer])
            if call.parents:
                taken = [tensor(node) for node in call.parents]
                argument = taken if call.layer.takes_several else taken[0]
                calls[call.layer].append({"args": [argument], "kwargs": {}})
        config["layers"] = [
            {**self._layer(plan, layer), "name": plan.names[layer], "inbound_nodes": of_layer}
            for layer, of_layer in calls.items()
        ]
        for which, nodes in (("input_layers", plan.inputs), ("output_layers", plan.outputs)):
            ends = [end(node) for node in nodes]
            config[which] = ends if len(ends) > 1 else ends[0]
        model = described("keras.src.models.functional", "Functional", config)
        return {**model, "registered_name": "Functional", "build_config": {"input_shape": None}}

    def _layer(self, plan: Plan, layer: Layer) -> dict[str, Any]:
        if layer in plan.inner:
            return self.model(plan.inner[layer])
        module = module_of(layer, layer._label)
        require_same_in_keras(layer)
        name = _name(plan.names[layer], layer)
        if isinstance(layer, InputLayer):
            shape = {"batch_shape": _batch(layer.shape), "dtype": self.dtype, "name": name}
            return described(module, "InputLayer", shape)
        config = {"name": name, "trainable": is_trained(layer, self.root), "dtype": self.dtype}
        if isinstance(layer, Discretization):
            del config["trainable"]  # Keras has no such argument there
        config |= _arguments(layer)
        shapes = [_batch(shape) for shape in row_shapes(layer)]
        build = {"input_shape": shapes if layer.takes_several else shapes[0]}
        return {**described(module, type(layer).__name__, config), "build_config": build}


def _arguments(layer: Layer) -> dict[str, Any]:
    """A layer's own arguments."""
    names = [name for name in layer.get_config() if name not in ("lr_multiplier", "name", "trainable")]
    if isinstance(layer, Normalization):
        names = [name for name in names if name not in ("mean", "variance")]
    own = {name: value(getattr(layer, name), layer._label) for name in names}
    if isinstance(layer, LayerNormalization | RMSNormalization) and isinstance(layer.axis, tuple):
        # Keras sorts them as numbers, which puts -1 before 1, and the weights have them in that order.
        own["axis"] = list(row_axes("axis", layer.axis, row_shapes(layer)[0]))
    if isinstance(layer, Normalization):
        own |= _constants(layer)
    return own


def _constants(layer: Normalization) -> dict[str, Any]:
    """Mean and variance, where they are no weights, as Keras wants them: one for each feature."""
    if not is_given(layer):
        return {"mean": None, "variance": None}
    given = {"mean": (layer.given_mean, layer.mean), "variance": (layer.given_variance, layer.variance)}
    return {
        name: np.broadcast_to(np.asarray(constant), weight.shape).tolist()
        for name, (constant, weight) in given.items()
    }


def _batch(shape: tuple[int, ...]) -> list[int | None]:
    return [None, *shape]


def _name(name: str, layer: Layer) -> str:
    if "/" in name:
        raise ArgumentError(
            f"{layer._label}Keras takes no names with '/', such as {name!r}: choose another, or save as .npz"
        )
    return name
