"""What Keras 1 and Keras 2 called things, as Keras 3 calls them: the configurations of models in old HDF5 files.

Sources: the documentation of Keras 1.2.2 and 2.3.1, and the files that they write (`tests/files/foreign`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlp.errors import ModelFileError
from mlp.files.keras.reading.objects import Reading

__all__ = ["modern_compile", "modern_model"]

#: Arguments of layers in Keras 1 and what they are called since Keras 2.
ARGUMENTS = {
    "W_constraint": "kernel_constraint",
    "W_regularizer": "kernel_regularizer",
    "b_constraint": "bias_constraint",
    "b_regularizer": "bias_regularizer",
    "bias": "use_bias",
    "init": "kernel_initializer",
    "input_dtype": "dtype",
    "output_dim": "units",
    "p": "rate",
    "sigma": "stddev",
}

#: Where a class has other names for them.
OF_CLASS = {
    "BatchNormalization": {"beta_init": "beta_initializer", "gamma_init": "gamma_initializer"},
    "Embedding": {"W_constraint": "embeddings_constraint", "W_regularizer": "embeddings_regularizer",
                  "init": "embeddings_initializer", "output_dim": "output_dim"},
    "PReLU": {"init": "alpha_initializer"},
}  # fmt: skip

#: Arguments of Keras 1 that say what is known anyway, or nothing at this value.
WITHOUT_EFFECT: dict[str, dict[str, Any]] = {
    "BatchNormalization": {"mode": 0},
    "Dense": {"input_dim": ...},
    "Embedding": {"dropout": 0.0, "input_length": ...},
    "PReLU": {"weights": None},
}

#: Keras 1's names of initializers where they are others.
INITIALIZERS = {
    "uniform": {"class_name": "RandomUniform", "config": {"minval": -0.05, "maxval": 0.05, "seed": None}},
    "normal": {"class_name": "RandomNormal", "config": {"mean": 0.0, "stddev": 0.05, "seed": None}},
    "zero": "zeros",
    "one": "ones",
}

#: The modes of Keras 1's layer ``Merge``.
MERGES = {
    "ave": "Average",
    "concat": "Concatenate",
    "cos": "Dot",
    "dot": "Dot",
    "max": "Maximum",
    "mul": "Multiply",
    "sum": "Add",
}

#: Regularizers and constraints of Keras 1: a table with a name and the arguments, which had other names, too.
PENALTIES = {
    "ActivityRegularizer": "L1L2",
    "L1L2Regularizer": "L1L2",
    "MaxNorm": "MaxNorm",
    "NonNeg": "NonNeg",
    "UnitNorm": "UnitNorm",
    "WeightRegularizer": "L1L2",
}
OF_PENALTIES = {"m": "max_value"}


def modern_model(model: Mapping[str, Any], version: tuple[int, ...]) -> dict[str, Any]:
    """The description of a model as Keras 3 would write it, as far as names go.

    Parameters
    ----------
    model : dict
        ``{"class_name": ..., "config": ...}``, from the file.
    version : tuple of int
        That of the Keras that wrote it; ``(1,)`` where a file does not say.

    Raises
    ------
    ModelFileError
        If it holds something that is no longer what it was.

    Examples
    --------
    >>> dense = {"class_name": "Dense", "config": {"output_dim": 3, "init": "uniform", "bias": True}}
    >>> modern_model({"class_name": "Sequential", "config": [dense]}, (1, 2, 2))["config"]["layers"][0]["config"]["units"]
    3
    """
    config = model.get("config")
    if isinstance(config, list):  # of a Sequential, until Keras 2.2
        config = {"layers": config}
    if not isinstance(config, dict) or not isinstance(config.get("layers"), list):
        raise ModelFileError(f"what should describe a model of layers is {model!r:.80}")
    if _begins_with_branches(config["layers"]):
        return _graph_of_branches(config, version)
    layers = [_modern_layer(layer, version) for layer in config["layers"]]
    return {**model, "config": {**config, "layers": layers}}


def _modern_layer(layer: Any, version: tuple[int, ...]) -> dict[str, Any]:
    if not isinstance(layer, dict) or not isinstance(layer.get("class_name"), str):
        raise ModelFileError(f"what should describe a layer is {layer!r:.80}")
    config = layer.get("config")
    if layer["class_name"] == "Merge" and isinstance(config, dict):
        return {**layer, **_merge(config)}
    if isinstance(config, list) or (isinstance(config, dict) and "layers" in config):
        return modern_model(layer, version)
    if not isinstance(config, dict):
        raise ModelFileError(f"what should be the arguments of a layer is {config!r:.80}")
    if version < (2,):
        return {**layer, **_of_keras_1(layer["class_name"], config)}
    return dict(layer)


def _begins_with_branches(layers: list[Any]) -> bool:
    """Whether a Sequential begins with a ``Merge`` of others."""
    first = layers[0] if layers else None
    return (
        isinstance(first, dict)
        and first.get("class_name") == "Merge"
        and bool(_get(first, "config", "layers"))
    )


def _get(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _graph_of_branches(config: Mapping[str, Any], version: tuple[int, ...]) -> dict[str, Any]:
    """The graph of a Sequential that begins with a ``Merge`` of others."""
    merge, *rest = config["layers"]
    layers: list[dict[str, Any]] = []
    inputs, ends = [], []

    def add(layer: Any, takes: list[str]) -> str:
        modern = _modern_layer(layer, version)
        name = _get(modern, "config", "name")
        if not isinstance(name, str):
            raise ModelFileError(f"what should be a layer with a name is {layer!r:.80}")
        layers.append(
            {**modern, "name": name, "inbound_nodes": [[[taken, 0, 0] for taken in takes]] if takes else []}
        )
        return name

    for i, branch in enumerate(merge["config"]["layers"]):
        of_branch = _get(branch, "config")
        if not isinstance(of_branch, list) or not of_branch:
            raise ModelFileError(f"what should be a branch of layers is {branch!r:.80}")
        shape = {"batch_input_shape": _get(of_branch[0], "config", "batch_input_shape")}
        end = add({"class_name": "InputLayer", "config": {"name": f"input_{i + 1}", **shape}}, [])
        inputs.append(end)
        for layer in of_branch:
            end = add(layer, [end])
        ends.append(end)
    end = add(merge, ends)
    for layer in rest:
        end = add(layer, [end])
    connected = {"input_layers": [[name, 0, 0] for name in inputs], "output_layers": [[end, 0, 0]]}
    return {"class_name": "Model", "config": {"name": config.get("name"), "layers": layers, **connected}}


def _of_keras_1(class_name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Class and arguments of a layer of Keras 1."""
    names = {**ARGUMENTS, **OF_CLASS.get(class_name, {})}
    modern: dict[str, Any] = {}
    for name, value in config.items():
        if name in WITHOUT_EFFECT.get(class_name, {}):
            expected = WITHOUT_EFFECT[class_name][name]
            if expected is not ... and value != expected:
                raise ModelFileError(
                    f"layer {config.get('name')!r} ({class_name}) has {name}={value!r}, which nothing today computes"
                )
            continue
        modern[names.get(name, name)] = _modern_value(value, is_initializer=name.endswith("init"))
    return {"class_name": class_name, "config": modern}


def _modern_value(value: Any, is_initializer: bool) -> Any:
    if is_initializer and isinstance(value, str):
        return INITIALIZERS.get(value, value)
    if isinstance(value, dict) and value.get("name") in PENALTIES:
        arguments = {OF_PENALTIES.get(key, key): item for key, item in value.items() if key != "name"}
        return {"class_name": PENALTIES[value["name"]], "config": arguments}
    return value


def _merge(config: Mapping[str, Any]) -> dict[str, Any]:
    """The layer that has taken the place of a mode of ``Merge``."""
    mode, name = config.get("mode"), config.get("name")
    if mode not in MERGES:
        raise ModelFileError(f"layer {name!r} (Merge) has mode={mode!r:.60}, which cannot be read")
    arguments: dict[str, Any] = {"name": name}
    if mode == "concat":
        arguments["axis"] = config.get("concat_axis", -1)
    if mode in ("cos", "dot"):
        arguments.update(axes=config.get("dot_axes", -1), normalize=mode == "cos")
    return {"class_name": MERGES[mode], "config": arguments}


def modern_compile(settings: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """The compile settings of an old file as Keras 3 would write them; ``reading`` gets notes on what has changed since.

    Examples
    --------
    >>> old = {"loss": "mse", "optimizer_config": {"class_name": "SGD", "config": {"lr": 0.5, "decay": 0.1}}}
    >>> modern_compile(old, Reading((2, 2)))["optimizer"]["config"]["learning_rate"]["class_name"]
    'InverseTimeDecay'
    """
    optimizer = settings.get("optimizer_config")
    if not isinstance(optimizer, dict) or not isinstance(optimizer.get("config"), dict):
        raise ModelFileError(f"what should describe the optimizer is {optimizer!r:.80}")
    class_name = str(optimizer.get("class_name")).removeprefix("Custom>")
    if reading.version < (2, 4) and class_name in ("RMSprop", "Adagrad", "Adadelta"):
        reading.note(f"{class_name} adds epsilon under the root today, and did outside of it then")
    return {
        "loss": settings.get("loss"),
        "loss_weights": settings.get("loss_weights"),
        "metrics": settings.get("metrics"),
        "weighted_metrics": settings.get("weighted_metrics"),
        "optimizer": {
            "class_name": class_name,
            "config": _modern_optimizer(class_name, optimizer["config"], reading),
        },
    }


def _modern_optimizer(class_name: str, config: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    config = dict(config)
    rate = config.pop("lr", config.get("learning_rate"))
    decay = config.pop("decay", None)
    if decay:
        arguments = {"initial_learning_rate": rate, "decay_steps": 1, "decay_rate": decay}
        rate = {"class_name": "InverseTimeDecay", "config": arguments}
    config["learning_rate"] = rate
    for name in ("jit_compile", "is_legacy_optimizer", "initial_decay"):
        config.pop(name, None)
    if config.pop("schedule_decay", 0.004) != 0.004:
        reading.note(f"{class_name} has a fixed schedule_decay today")
    if config.get("epsilon", 0) is None:
        config["epsilon"] = 1e-7
    return {name: value for name, value in config.items() if value is not None}
