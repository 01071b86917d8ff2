"""What a description says of layers and weights, as lines of text; nothing is built for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from mlp.files.description import Description
from mlp.layers.base import LAYERS

__all__ = ["layer_lines", "short", "shown", "weight_lines"]


def layer_lines(architecture: Mapping[str, Any] | None) -> list[str]:
    """A line for each layer, indented inside of others: its name, its class, and arguments that are not the default.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> layer_lines(Network([Dense(3, activation="relu", input_dim=2)], name="net").describe())
    ["net: Network(dtype='float64', input_shape=[2])", "  dense: Dense(units=3, activation='relu')"]
    """
    return [] if architecture is None else list(_lines(architecture, ""))


def _lines(described: Any, indent: str) -> Iterator[str]:
    name, config = described.get("class_name"), described.get("config", {})
    inside = [config["inner"]] if name == "Residual" else config.get("layers", [])
    told = {key: value for key, value in config.items() if key not in ("layers", "inner", "functional")}
    own_name = told.pop("name", None)
    arguments = ", ".join(
        f"{short(key)}={shown(value)}" for key, value in told.items() if not _usual(name, key, value)
    )
    yield f"{indent}{short(own_name or 'network')}: {short(name)}({short(arguments, 1000)})"
    for layer in inside:
        yield from _lines(layer, indent + "  ")


def _usual(class_name: Any, key: str, value: Any) -> bool:
    """Whether an argument says no more than the class itself does."""
    if class_name == "Network":
        return key == "graph" or value is (True if key == "trainable" else None)
    known = LAYERS.classes.get(class_name)
    parameter = None if known is None else known._arguments().get(key)
    if parameter is None:
        return key == "trainable" and value is True
    default = parameter.default
    if isinstance(value, Mapping) and isinstance(default, str):
        return bool(LAYERS.spell(value.get("class_name", "")) == default)
    return bool(value == default or (default is None and value == "linear"))


def shown(value: Any) -> str:
    """A value of a configuration in one short text: ``L2(l2=0.01)``."""
    if isinstance(value, Mapping) and "class_name" in value:
        config = value.get("config") or {}
        told = ", ".join(f"{key}={shown(item)}" for key, item in config.items() if item is not None)
        return short(f"{value['class_name']}({told})", 1000)
    return short(repr(value))


def short(text: Any, most: int = 60) -> str:
    """A text of one line, cut where it is too long for people."""
    line = str(text).replace("\n", "\\n")
    return line if len(line) <= most else f"{line[: most - 4]} ..."


def weight_lines(description: Description) -> Iterator[str]:
    """A line for each weight: its name, shape and type, and from where to where its numbers go."""
    names = [short(name, 200) for name in description.labels]
    width = max(map(len, names), default=0)
    for name, weight in zip(names, description.weights, strict=True):
        finite = weight[np.isfinite(weight)]
        numbers = f"from {finite.min():.6g} to {finite.max():.6g}" if finite.size else "no finite numbers"
        odd = weight.size - finite.size
        warning = f"; {odd} NaN or infinite" if odd else ""
        yield f"  {name:<{width}}  {weight.shape!s:<12} {weight.dtype}  {numbers}{warning}"
