"""From a network to the bytes of Keras's ``model.weights.h5``.

A group for every layer, called by its class and counted by its place; in it the weights by number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.files import hdf5
from mlp.files.keras import slots
from mlp.files.keras.checksum import mark
from mlp.files.keras.plan import Plan, is_given, is_trained
from mlp.layers import InputLayer, Normalization
from mlp.layers.base import Layer

__all__ = ["keras_weights", "optimizer_variables", "weights_bytes"]


def weights_bytes(plan: Plan, with_optimizer: bool) -> bytes:
    """The weights, and the optimizer's state beside them, as HDF5.

    Raises
    ------
    MissingExtraError
        If h5py is not installed.
    """
    arrays: dict[str, Array] = {}
    attributes: dict[str, dict[str, Any]] = {}

    def put(path: str, name: str, variables: list[Array]) -> None:
        attributes[f"{path}vars"] = {"name": name}
        arrays.update((f"{path}vars/{i}", variable) for i, variable in enumerate(variables))

    for path, name, layer in _groups(plan, ""):
        put(path, name, [] if layer is None else keras_weights(layer))
    if with_optimizer and plan.network._compiled is not None:
        put("optimizer/", plan.network.optimizer.name, optimizer_variables(plan))
    attributes[""] = mark(arrays)
    return hdf5.write(arrays, attributes)


def keras_weights(layer: Layer) -> list[Array]:
    """A layer's weights, as Keras has them."""
    if is_given(layer):
        return []
    if isinstance(layer, Normalization):
        return [layer.mean, layer.variance, layer.count.astype(np.int64)]
    return layer.weights


def optimizer_variables(plan: Plan) -> list[Array]:
    """Keras's ``optimizer.variables`` of a compiled network."""
    weights = [(layer, name) for layer in plan.network.walk() for name in _parameters(layer)]
    places = {(id(layer), name): i for i, (layer, name) in enumerate(weights)}
    trained = [
        places[id(layer), name]
        for layer in plan.leaves()
        if is_trained(layer, plan.network)
        for name in _parameters(layer)
    ]
    return slots.to_keras(plan.network.optimizer, [layer._values[name] for layer, name in weights], trained)


def _parameters(layer: Layer) -> list[str]:
    """The names of a layer's own weights in the parameter vector, in its order."""
    return [name for name, spec in layer._specs.items() if spec.trainable]


def _groups(plan: Plan, path: str) -> Iterator[tuple[str, str, Layer | None]]:
    """The paths of a model and of all in it, their names, and the layers that are no models."""
    yield path, plan.name, None
    found: Counter[str] = Counter()
    for layer in plan.layers:
        if plan.sequential and isinstance(layer, InputLayer):
            continue
        inner = plan.inner.get(layer)
        kind = _group_name(inner.class_name if inner else type(layer).__name__)
        number = f"_{found[kind]}" if found[kind] else ""
        found[kind] += 1
        place = f"{path}layers/{kind}{number}/"
        if inner:
            yield from _groups(inner, place)
        else:
            yield place, plan.names[layer], layer


def _group_name(class_name: str) -> str:
    """A class as groups are called: ``PReLU`` becomes ``p_re_lu``, unlike in our own names."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])", "_", class_name).lower()
