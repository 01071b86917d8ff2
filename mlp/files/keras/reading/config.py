"""A model's configuration as Keras writes it, made a network's as this library writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlp.errors import ModelFileError, UnsafeModelError
from mlp.files.keras.reading import graph
from mlp.files.keras.reading.layers import layer_of, row_shape
from mlp.files.keras.reading.layout import laid_out, shift_calls
from mlp.files.keras.reading.objects import Reading, class_of, plain
from mlp.files.keras.reading.operations import is_operation, layer_of_operation
from mlp.layers.base import LAYERS as OURS

__all__ = ["architecture_of", "output_names", "typed"]

NETWORKS = ("Sequential", "Functional", "Model")


def architecture_of(model: Mapping[str, Any], reading: Reading | None = None) -> dict[str, Any]:
    """A model as ``network.describe()`` would tell it.

    Parameters
    ----------
    model : dict
        ``{"class_name": "Sequential", "config": ...}``.
    reading : Reading, optional
        What is known of the file; gets notes of what is left out.

    Raises
    ------
    UnsafeModelError
        If it holds code, or classes of somebody's own.
    ModelFileError
        If it is not what Keras writes, or holds what there is not here.

    Examples
    --------
    >>> dense = {"class_name": "Dense", "config": {"units": 3, "activation": "relu"}}
    >>> start = {"class_name": "InputLayer", "config": {"batch_shape": [None, 2]}}
    >>> architecture = architecture_of({"class_name": "Sequential", "config": {"layers": [start, dense]}})
    >>> from mlp import Network
    >>> Network.from_config(architecture["config"])
    <Network 2 -> dense: 9 parameters, float32>
    """
    reading = reading or Reading()
    architecture = _network(plain(model), "the model", reading)
    if len(reading.dtypes) > 1:
        raise ModelFileError(
            f"its layers compute in {' and '.join(sorted(reading.dtypes))}; a network here has one type"
        )
    return typed(architecture, next(iter(reading.dtypes), "float32"))


def typed(architecture: dict[str, Any], dtype: str) -> dict[str, Any]:
    """The architecture, with all networks in it of one type."""
    config = architecture["config"]
    if architecture["class_name"] == "Network":
        config["dtype"] = dtype
        for layer in config["layers"]:
            typed(layer, dtype)
    return architecture


def _network(described: Any, what: str, reading: Reading) -> dict[str, Any]:
    if isinstance(described, Mapping) and isinstance(described.get("config"), list):
        described = {**described, "config": {"layers": described["config"]}}
    try:
        kind, config = class_of(described, what, NETWORKS)
    except UnsafeModelError as error:
        raise UnsafeModelError(f"{error} {_cure(described)}") from None
    if "layers" not in config:
        raise ModelFileError(
            f"{what} is of a class of somebody's own that makes its layers in code {_cure(described)}"
        )
    if not isinstance(config["layers"], list):
        raise ModelFileError(f"{what} has no list of layers")
    made = (
        _chain(config, described, what, reading)
        if kind == "Sequential"
        else _functional(config, what, reading)
    )
    own = {"name": config.get("name"), "trainable": config.get("trainable", True)}
    return {"class_name": "Network", "config": {**own, "dtype": "float32", **made}}


def _cure(described: Any) -> str:
    name = described.get("class_name") if isinstance(described, Mapping) else None
    return f"(if {name} is a subclass of Model: make the network by hand, and use net.load_weights(path) of a .weights.h5 file)"


def _any_layer(described: Any, what: str, reading: Reading) -> dict[str, Any]:
    """A layer, or a network in the place of one."""
    kind = described.get("class_name") if isinstance(described, Mapping) else None
    return (_network if kind in NETWORKS else layer_of)(described, what, reading)


def _name(described: Any) -> Any:
    if not isinstance(described, Mapping):
        return None
    config = described.get("config")
    return described.get("name") or (config.get("name") if isinstance(config, dict) else None)


# Layers one after another.


def _chain(
    config: Mapping[str, Any], described: Mapping[str, Any], what: str, reading: Reading
) -> dict[str, Any]:
    layers = list(config["layers"])
    shape = _input_shape(layers, config, described)
    if layers and isinstance(layers[0], Mapping) and layers[0].get("class_name") == "InputLayer":
        class_of(layers.pop(0), f"{what}: layer 0", ("InputLayer",))
    made = [_any_layer(layer, f"layer {i} {_name(layer)!r}", reading) for i, layer in enumerate(layers)]
    begins_with_network = bool(made) and made[0]["class_name"] == "Network"
    if shape is None and not begins_with_network:
        raise ModelFileError(
            f"{what} does not tell the shape of a row: it was saved before it had seen any data, or by Keras 2.0 to 2.3, which "
            "leave it out where a Sequential begins with an InputLayer; make the network and use net.load_weights(path)"
        )
    return {"input_shape": None if begins_with_network else shape, "functional": False, "layers": made}


def _input_shape(
    layers: list[Any], config: Mapping[str, Any], described: Mapping[str, Any]
) -> list[int] | None:
    """The shape of a row, wherever it stands."""
    build = config.get("build_input_shape")
    sources = [*layers[:1], {"config": {"batch_shape": build}}, described]
    return next((shape for shape in map(row_shape, sources) if shape is not None), None)


# Graphs.


def _functional(config: Mapping[str, Any], what: str, reading: Reading) -> dict[str, Any]:
    names, layers, calls = [], [], []
    for i, described in enumerate(config["layers"]):
        name = _name(described)
        if not isinstance(name, str):
            raise ModelFileError(f"{what}: layer {i} has no name")
        made, own = _entry(described, name, f"layer {i} {name!r}", reading)
        names.append(name)
        layers.append(made)
        calls += own
    if len({*names}) < len(names):
        raise ModelFileError(f"{what} has two layers of one name")
    _, inputs = graph.ends(config.get("input_layers"))
    output_names, outputs = graph.ends(config.get("output_layers"))
    if isinstance(config.get("output_layers"), dict) and output_names != [value[0] for value in outputs]:
        reading.note(f"outputs come as a list in this order: {', '.join(output_names)}")
    kinds = dict(zip(names, layers, strict=True))
    shift_calls(calls, outputs, kinds)
    ordered = graph.in_order(calls, inputs)
    return laid_out(names, kinds, ordered, inputs, outputs, what)


def _entry(described: Any, name: str, what: str, reading: Reading) -> tuple[dict[str, Any], list[graph.Call]]:
    """One layer of a graph, and its calls."""
    if isinstance(described, Mapping) and described.get("class_name") == "InputLayer":
        class_of(described, what, ("InputLayer",))
        shape = row_shape(described)
        if shape is None:
            raise ModelFileError(
                f"{what}: the shape of its rows is open, {described.get('config')!r:.80}; a network here has one"
            )
        return {"class_name": "InputLayer", "config": {"shape": shape, "name": name}}, []
    if is_operation(described):
        calls = graph.connections(name, described.get("inbound_nodes"))
        return layer_of_operation(described, name, calls), calls
    made = _any_layer(described, what, reading)
    if made["class_name"] == "Network":
        entries = _entries(described)
        made["config"]["name"] = name
    else:
        entries = None
    calls = graph.connections(name, described.get("inbound_nodes"), entries)
    for call in calls:
        given = dict(call.others)
        # Keras 3 writes its own default, which says nothing.
        if not _differs(made) or (given.get("training") is False and reading.version >= (3,)):
            given.pop("training", None)
        if given:
            raise ModelFileError(f"{what} is called with {given!r:.80}, which there is not here")
    return made, calls


def _differs(made: Mapping[str, Any]) -> bool:
    """Whether it matters to a layer that it is trained."""
    return made["class_name"] == "Network" or OURS.classes[made["class_name"]].differs_in_training


def _entries(described: Any) -> list[str] | None:
    listed = described["config"].get("input_layers") if isinstance(described["config"], dict) else None
    return None if listed is None else graph.ends(listed)[0]


def output_names(model: Mapping[str, Any]) -> list[str]:
    """How settings of `Network.compile` name the outputs of a model."""
    config = model["config"]
    if isinstance(config, dict) and "output_layers" in config:
        return graph.ends(config["output_layers"])[0]
    layers = config["layers"] if isinstance(config, dict) else config
    return [str(_name(layers[-1]))]
