"""``mlp diff``: in what two model files differ."""

from __future__ import annotations

import argparse
import difflib
import math
from collections.abc import Generator, Iterator

import numpy as np

from mlp.arrays import Array
from mlp.commands.architecture import layer_lines, short, shown, weight_names
from mlp.commands.inspect import described
from mlp.files.description import Description

__all__ = ["diff"]


def diff(options: argparse.Namespace) -> Generator[str, None, int]:
    """The lines in which layers, weights and compile settings differ; the exit status is 1 if there are any."""
    a, b = described(options.a), described(options.b)
    lines = [*_layers(a, b), *_weights(a, b), *_compiled(a, b)]
    yield from lines or ["The same layers, weights and compile settings"]
    return 1 if lines else 0


def _layers(a: Description, b: Description) -> Iterator[str]:
    if a.architecture is None or b.architecture is None:
        if a.architecture is not b.architecture:
            yield "Layers: one of the files holds weights alone"
        return
    changes = [
        line
        for line in difflib.ndiff(layer_lines(a.architecture), layer_lines(b.architecture))
        if line[0] in "+-"
    ]
    if changes:
        yield "Layers:"
        yield from (f"  {line}" for line in changes)
    elif a.architecture["config"].get("graph") != b.architecture["config"].get("graph"):
        yield "Layers: the same, but connected otherwise"


def _weights(a: Description, b: Description) -> Iterator[str]:
    if len(a.weights) != len(b.weights):
        yield f"Weights: {len(a.weights)} arrays and {len(b.weights)}"
        return
    names = weight_names(b if b.weight_names else a)
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
    for key in sorted({*a.compiled, *b.compiled}):
        if a.compiled.get(key) != b.compiled.get(key):
            yield f"Compile settings: {short(key)}={shown(a.compiled.get(key))} and {short(key)}={shown(b.compiled.get(key))}"
