"""Where Keras keeps each weight of a network in an HDF5 file.

A layer's group is called by its class, not by its name, with a number from the second of a class on:
``layers/dense/vars/0``, ``layers/dense_1/vars/0``, inside of a network ``layers/sequential/layers/dense/vars/0``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlp.errors import ModelFileError
from mlp.files.weights import WEIGHTS, weight_names
from mlp.names import snake_case

__all__ = ["CONTAINERS", "Group", "Place", "container_of", "groups", "paths", "places"]

#: The group of a network's layers: since Keras 2.13, and in 2.12.
CONTAINERS = ("layers", "_layer_checkpoint_dependencies")

#: Weights that no gradient reaches.
UNTRAINED = ("moving_mean", "moving_variance", "mean", "variance", "count")

#: Classes without weights.
WEIGHTLESS = {
    "Activation", "ActivityRegularization", "Add", "AlphaDropout", "Average", "CategoryEncoding", "Concatenate",
    "Discretization", "Dot", "Dropout", "ELU", "Flatten", "GaussianDropout", "GaussianNoise", "Identity", "InputLayer",
    "LeakyReLU", "Maximum", "Minimum", "Multiply", "Permute", "ReLU", "RepeatVector", "Rescaling", "Reshape", "Softmax",
    "Subtract", "UnitNormalization",
}  # fmt: skip


@dataclass(frozen=True)
class Group:
    """A layer without others inside: its description, its name, its group in the file, and whether it is trained."""

    layer: Mapping[str, Any]
    label: str
    path: str
    #: Neither it nor a network around it is frozen.
    trained: bool


@dataclass(frozen=True)
class Place:
    """A weight: its name, its layer, and where Keras keeps it, if it does."""

    weight: str
    group: Group
    path: str | None

    @property
    def name(self) -> str:
        """The layer's name and its own."""
        return f"{self.group.label}/{self.weight}"

    @property
    def is_parameter(self) -> bool:
        """Whether it is a part of ``network.parameters``."""
        return self.weight not in UNTRAINED


def paths(architecture: Mapping[str, Any], container: str = CONTAINERS[0]) -> list[str | None]:
    """The path of each weight in the order of ``get_weights()``; None for what Keras does not keep as a weight.

    Parameters
    ----------
    architecture : dict
        ``network.describe()``.
    container : str
        How the group of a network's layers is called, one of `CONTAINERS`.

    Raises
    ------
    ModelFileError
        If there is a layer that Keras does not have.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> paths(Network([Dense(2, input_dim=3), Dense(1, use_bias=False)]).describe())
    ['layers/dense/vars/0', 'layers/dense/vars/1', 'layers/dense_1/vars/0']
    """
    return [place.path for place in places(architecture, container)]


def places(architecture: Mapping[str, Any], container: str = CONTAINERS[0]) -> list[Place]:
    """All weights in the order of ``get_weights()``; arguments and errors are those of `paths`."""
    return [
        Place(name, group, path)
        for group in groups(architecture, container)
        for name, path in _weights(group.layer, group.path, group.label)
    ]


def groups(architecture: Mapping[str, Any], container: str = CONTAINERS[0]) -> Iterator[Group]:
    """All layers but those that have others inside; arguments are those of `paths`."""
    config = architecture["config"]
    return _groups(config["layers"], "", "", container, config.get("trainable", True))


def container_of(found: Iterable[str]) -> str:
    """How the layers' group is called in a file with these paths."""
    begins = {path.partition("/")[0] for path in found}
    return next((name for name in CONTAINERS if name in begins), CONTAINERS[0])


def _groups(
    layers: Sequence[Mapping[str, Any]], prefix: str, label: str, container: str, trained: bool
) -> Iterator[Group]:
    counts: Counter[str] = Counter()
    for layer in _laid_open(layers):
        config, inner = layer["config"], layer["config"].get("layers")
        stem = snake_case(layer["class_name"]) if inner is None else _network_stem(layer)
        path = f"{prefix}{container}/{stem}" + (f"_{counts[stem]}" if counts[stem] else "")
        name = f"{label}{config.get('name') or stem}"
        on = trained and config.get("trainable", True)
        if inner is None:
            yield Group(layer, name, path, on)
        else:
            yield from _groups(inner, f"{path}/", f"{name}/", container, on)
        # Keras 2.12 counts a layer that has weights twice.
        counts[stem] += 2 if container != CONTAINERS[0] and _has_weights(layer) else 1


def _laid_open(layers: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The layers, and in the place of a residual connection, which Keras does not have, the one around which it leads."""
    for layer in layers:
        yield from _laid_open([layer["config"]["inner"]]) if layer["class_name"] == "Residual" else [layer]


def _network_stem(layer: Mapping[str, Any]) -> str:
    config = layer["config"]
    laid_open = any(inner["class_name"] == "Residual" for inner in config["layers"])
    return "functional" if laid_open or config.get("functional") or "graph" in config else "sequential"


def _has_weights(layer: Mapping[str, Any]) -> bool:
    if "layers" in layer["config"]:
        return any(map(_has_weights, _laid_open(layer["config"]["layers"])))
    return any(path for _, path in _weights(layer, "", ""))


def _weights(layer: Mapping[str, Any], path: str, label: str) -> list[tuple[str, str | None]]:
    """Names and paths of a layer's weights."""
    kind, config = layer["class_name"], layer["config"]
    if kind not in WEIGHTS and kind not in WEIGHTLESS:
        raise ModelFileError(f"layer {label!r} is of class {kind}, which Keras does not have")
    names = weight_names(kind, config)
    # A mean that was given is an argument there, and no weight.
    given = kind == "Normalization" and config.get("mean") is not None
    return [(name, None if given else f"{path}/vars/{i}") for i, name in enumerate(names)]
