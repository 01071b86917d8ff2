"""``mlp diff``: in what two model files differ."""

from __future__ import annotations

import argparse
import difflib
import math
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.commands.architecture import layer_lines, short, shown
from mlp.commands.paths import describe_model
from mlp.files.description import Description

__all__ = ["diff"]


def diff(options: argparse.Namespace) -> Generator[str, None, int]:
    """The lines in which layers, weights and compile settings differ; the exit status is 1 if there are any."""
    a, b = describe_model(options.a), describe_model(options.b)
    lines = [*_layers(a, b), *_weights(a, b), *_compiled(a, b)]
    yield from lines or ["The same layers, weights and compile settings"]
    return 1 if lines else 0


def _layers(a: Description, b: Description) -> Iterator[str]:
    if a.architecture is None or b.architecture is None:
        if a.architecture is not b.architecture:
            yield "Layers: one of the files holds weights alone"
        return
    one, other = a.architecture, b.architecture
    if not (one["config"].get("name") and other["config"].get("name")):
        # One has never been given a name, and another format may have asked for some.
        one, other = _without_name(one), _without_name(other)
    changes = [line for line in difflib.ndiff(layer_lines(one), layer_lines(other)) if line[0] in "+-"]
    if changes:
        yield "Layers:"
        yield from (f"  {line}" for line in changes)
    elif _numbered(one["config"].get("graph")) != _numbered(other["config"].get("graph")):
        yield "Layers: the same, but connected otherwise"


def _numbered(graph: Any) -> Any:
    """Calls whose values have numbers in the order in which they come up; as they are, where they are no such calls."""
    numbers: dict[int, int] = {}

    def of(values: Any) -> list[int]:
        return [numbers.setdefault(value, len(numbers)) for value in values]

    try:
        starts = [[layer, of([value])] for layer, value in graph["inputs"]]
        calls = [[layer, of(taken), of(given)] for layer, taken, given in graph["calls"]]
        return [starts, calls, of(graph["outputs"])]
    except (KeyError, TypeError, ValueError):
        return graph


def _without_name(architecture: dict[str, Any]) -> dict[str, Any]:
    return {**architecture, "config": {**architecture["config"], "name": None}}


def _weights(a: Description, b: Description) -> Iterator[str]:
    if len(a.weights) != len(b.weights):
        yield f"Weights: {len(a.weights)} arrays and {len(b.weights)}"
        return
    names = [short(name, 200) for name in (b if b.weight_names else a).labels]
    differing = [
        (name, of_a, of_b)
        for name, of_a, of_b in zip(names, a.weights, b.weights, strict=True)
        if of_a.shape != of_b.shape or not np.array_equal(of_a, of_b, equal_nan=True)
    ]
    if not differing:
        return
    largest = max(_largest_difference(of_a, of_b) for _, of_a, of_b in differing)
    yield f"Weights: {len(differing)} of {len(names)} arrays differ, at most by {largest:.6g}"
    for name, of_a, of_b in differing:
        if of_a.shape != of_b.shape:
            yield f"  {name}: shape {of_a.shape} and {of_b.shape}"
        else:
            yield f"  {name}: at most by {_largest_difference(of_a, of_b):.6g}"


def _largest_difference(a: Array, b: Array) -> float:
    if a.shape != b.shape:
        return math.inf
    with np.errstate(invalid="ignore"):
        gaps = np.abs(a.astype(np.float64) - b.astype(np.float64))
    return float(np.nan_to_num(gaps, nan=np.inf).max())


def _compiled(a: Description, b: Description) -> Iterator[str]:
    if a.compiled is None or b.compiled is None:
        if a.compiled is not b.compiled:
            yield "Compile settings: one of the two is not compiled"
        return
    one, other = _telling(a.compiled), _telling(b.compiled)
    for key in sorted({*one, *other}):
        if one.get(key) != other.get(key):
            yield f"Compile settings: {short(key)}={shown(one.get(key))} and {short(key)}={shown(other.get(key))}"


def _telling(value: Any) -> Any:
    """Settings without what says no more than nothing: arguments that are None, lists without anything."""
    if isinstance(value, dict):
        named = {key: _telling(item) for key, item in value.items()}
        return {key: item for key, item in named.items() if item is not None and item != []}
    if isinstance(value, list):
        told = [None if item == [] else _telling(item) for item in value]
        return told if any(item is not None for item in told) else []
    return value
