"""Whole models and weights in HDF5 as Keras 1 and 2 write them, and Keras 3 where a name ends in ``.h5``.

The root has the attributes ``model_config`` and ``training_config``, JSON both; weights are below ``model_weights``, or below
the root in a file of weights alone: a group for each layer, with the names of its weights in an attribute.  Everything is
brought to the names and places of Keras 3, and read as a model of that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlp.arrays import Array
from mlp.errors import ModelFileError
from mlp.files import hdf5
from mlp.files.contents import json_in, unpacked_limit
from mlp.files.description import Description
from mlp.files.hdf5 import Tree
from mlp.files.keras.config import architecture_of
from mlp.files.keras.model import described
from mlp.files.keras.objects import Reading
from mlp.files.keras.old_configs import modern_compile, modern_model
from mlp.files.keras.old_slots import modern_variables
from mlp.files.keras.paths import Place, groups, places
from mlp.files.keras.weights import found_weights

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["read", "read_weights", "recognises"]


#: A layer's weights: name and numbers.
Weights = list[tuple[str, Array]]


def recognises(data: bytes) -> bool:
    """Whether this is an HDF5 file in which layers have names."""
    return hdf5.recognises(data) and b"layer_names" in data


def read(data: bytes, max_bytes: int | None = None) -> Description:
    """What a file holds.

    Raises
    ------
    ModelFileError
        If it is damaged, or holds a network that cannot be had here.
    UnsafeModelError
        If it holds code, leads to other files, or holds more than allowed.
    MissingExtraError
        If h5py is not installed.
    """
    tree = hdf5.read(data, unpacked_limit(data, max_bytes))
    about = tree.attributes.get("", {})
    if not isinstance(about.get("model_config"), str):
        return Description(None, list(tree.arrays.values()), list(tree.arrays), origin="Keras")
    reading, origin = _version(about.get("keras_version"))
    model = json_in(about["model_config"], "model_config")
    if not isinstance(model, dict):
        raise ModelFileError(f"what should describe a model is {model!r:.60}")
    model = modern_model(model, reading.version)
    architecture = architecture_of(model, reading)
    weights = _in_new_places(tree, architecture)
    arrays = {path: array for path, (_, array) in weights.items()}
    state: dict[str, Array] = {}
    if isinstance(about.get("training_config"), str):
        settings = json_in(about["training_config"], "training_config")
        if not isinstance(settings, dict):
            raise ModelFileError(f"what should be compile settings is {settings!r:.60}")
        model["compile_config"] = modern_compile(settings, reading)
        names = [
            weights[place.path][0]
            for place in places(architecture)
            if place.is_parameter and place.group.trained and place.path in weights
        ]
        optimizer = model["compile_config"]["optimizer"]
        variables = modern_variables(_optimizer(tree, reading), optimizer, names, reading)
        state = {f"optimizer/vars/{i}": variable for i, variable in enumerate(variables)}
    try:
        return described(model, {**arrays, **state}, reading, origin)
    except ModelFileError as error:
        found = described(model, arrays, reading, origin)
        reading.note(f"the optimizer's state is left out: {error}")
        return found


def read_weights(data: bytes, max_bytes: int | None, network: Trainable) -> Description:
    """The weights of a network whose layers come in the same order, whatever their names.

    Raises
    ------
    ModelFileError, UnsafeModelError, MissingExtraError
        As for `read`; also if the weights are of another network.
    """
    tree = hdf5.read(data, unpacked_limit(data, max_bytes))
    architecture = network.describe()
    arrays = {path: array for path, (_, array) in _in_new_places(tree, architecture).items()}
    listed, weights = found_weights(architecture, arrays)
    return Description(None, weights, [place.name for place in listed], origin="Keras")


def _version(text: Any) -> tuple[Reading, str]:
    """What to look out for, and who wrote the file; Keras 1.0 does not say."""
    numbers = re.match(r"(\d{1,4})\.(\d{1,4})", text) if isinstance(text, str) else None
    version = tuple(map(int, numbers.groups())) if numbers else (1,)
    if version > (3, 9999):
        raise ModelFileError(f"it was written by Keras {text:.20}; files are read up to those of Keras 3")
    return Reading(version), f"Keras {text:.20}" if numbers else "Keras 1"


def _optimizer(tree: Tree, reading: Reading) -> Weights:
    if "optimizer_weights" not in tree.groups:
        return []
    try:
        return _below(tree, "optimizer_weights")
    except ModelFileError as error:  # some versions of Keras 3 write several variables by one name
        reading.note(f"the optimizer's state is left out: {error}")
        return []


def _in_new_places(tree: Tree, architecture: Mapping[str, Any]) -> dict[str, tuple[str, Array]]:
    """The weights and their names by the paths that Keras 3 would give them.

    Raises
    ------
    ModelFileError
        If they are not those of these layers.
    """
    root = "model_weights" if "model_weights" in tree.groups else ""
    listed = {
        layer: weights
        for layer in _names(tree, root, "layer_names")
        if (weights := _below(tree, f"{root}/{layer}".lstrip("/")))
    }
    layers = _top_layers(architecture)
    if not {*listed} <= {*layers}:  # a network like it, with other names: then the order tells
        with_weights = [leaves for leaves in layers.values() if any(places for places in leaves.values())]
        layers = dict(zip(listed, with_weights, strict=False))
    if len(layers) < len(listed):
        raise ModelFileError(f"it holds the weights of {len(listed)} layers: {', '.join(listed):.200}")
    found: dict[str, tuple[str, Array]] = {}
    for layer, weights in listed.items():
        found.update(_placed(layers[layer], weights, layer))
    return found


#: The layers below one of a network's own, by path, with their weights; just one, unless that is a network itself.
Leaves = dict[str, list[Place]]


def _top_layers(architecture: Mapping[str, Any]) -> dict[str, Leaves]:
    """The leaves of each of the network's own layers, by its name."""
    layers: dict[str, Leaves] = {}
    for group in groups(architecture):
        layers.setdefault(group.label.partition("/")[0], {})[group.path] = []
    for place in places(architecture):
        layers[place.group.label.partition("/")[0]][place.group.path].append(place)
    return layers


def _placed(leaves: Leaves, weights: Weights, layer: str) -> dict[str, tuple[str, Array]]:
    """The weights of one layer by path.

    Those of a network inside of a network come with the trained ones first, whatever layer they are of; their names tell it:
    ``"dense_1/kernel:0"``, in Keras 1 ``"dense_1_W"``.
    """
    if len(leaves) == 1:
        (path,) = leaves
        return {f"{path}/vars/{i}": weight for i, weight in enumerate(weights)}
    by_name = {p[0].group.label.rpartition("/")[2]: path for path, p in leaves.items() if p}
    owners = [_owner(name, by_name) for name, _ in weights]
    if None not in owners:
        found: dict[str, Weights] = {path: [] for path in leaves}
        for owner, weight in zip(owners, weights, strict=True):
            found[by_name[str(owner)]].append(weight)
        return {f"{path}/vars/{i}": weight for path, of in found.items() for i, weight in enumerate(of)}
    every = [place for of_leaf in leaves.values() for place in of_leaf]
    ordered = [place for kind in (True, False) for place in every if place.is_parameter is kind]
    if len(ordered) != len(weights):
        raise ModelFileError(f"layer {layer!r} has {len(ordered)} weights, it holds {len(weights)}")
    return {str(place.path): weight for place, weight in zip(ordered, weights, strict=True)}


def _owner(name: str, layers: Mapping[str, str]) -> str | None:
    """The layer that a weight's name speaks of."""
    *path, own = name.split("/")
    if path:
        return path[-1] if path[-1] in layers else None
    fitting = [layer for layer in layers if re.fullmatch(re.escape(layer) + "_[A-Za-z_]+", own)]
    return max(fitting, key=len, default=None)


def _below(tree: Tree, path: str) -> Weights:
    """The arrays of a group that its list of names tells."""
    found = []
    for name in _names(tree, path, "weight_names"):
        if f"{path}/{name}" not in tree.arrays:
            raise ModelFileError(f"it is damaged: there is no {path}/{name}")
        found.append((name, tree.arrays[f"{path}/{name}"]))
    return found


def _names(tree: Tree, path: str, attribute: str) -> list[str]:
    """A list of names; Keras cuts a long one into ``layer_names0``, ``layer_names1``, ..."""
    attributes = tree.attributes.get(path, {})
    pieces = [attributes[attribute]] if attribute in attributes else []
    while f"{attribute}{len(pieces)}" in attributes:
        pieces.append(attributes[f"{attribute}{len(pieces)}"])
    names = [name for piece in pieces for name in piece]
    if not pieces or not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise ModelFileError(f"it is damaged: {path or 'the root'} has no {attribute} that are names")
    return names
