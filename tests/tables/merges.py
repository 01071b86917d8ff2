"""Merges and their truth: layers of several inputs."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mlp import layers as lay

ROW = (4,)


@dataclass(frozen=True)
class MergeRow:
    """A merge: ``truth`` takes the numbers that stand at one place of the inputs, or all of a row's inputs."""

    make: Callable[[], lay.Layer]
    truth: Callable[..., object]
    shapes: tuple[tuple[int, ...], ...] = (ROW, ROW)
    by_entries: bool = True
    name: str = ""

    def right(self, inputs):
        """The truth for whole batches."""
        if not self.by_entries:
            return np.array([self.truth(*row) for row in zip(*inputs, strict=True)])
        axes = max(part.ndim for part in inputs)
        aligned = [part.reshape(len(part), *(1,) * (axes - part.ndim), *part.shape[1:]) for part in inputs]
        stretched = np.broadcast_arrays(*aligned)
        y = np.empty(stretched[0].shape)
        for place in np.ndindex(y.shape):
            y[place] = self.truth(*(float(part[place]) for part in stretched))
        return y


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True)) / math.hypot(*a) / math.hypot(*b)


def products(a, b):
    """Of the columns of a (k, m) with the rows of b (p, k)."""
    return [[sum(a[k][m] * b[p][k] for k in range(len(a))) for p in range(len(b))] for m in range(len(a[0]))]


THREE = (ROW, ROW, ROW)
MERGES = [
    MergeRow(lay.Add, lambda a, b: a + b),
    MergeRow(lay.Add, lambda a, b, c: a + b + c, ((2, 3), (2, 3), (2, 3)), name="Add of three"),
    MergeRow(lay.Add, lambda a, b: a + b, ((2, 3), (1, 3)), name="Add, one stretched"),
    MergeRow(lay.Add, lambda a, b: a + b, ((3,), (2, 3)), name="Add, of fewer axes"),
    MergeRow(lay.Subtract, lambda a, b: a - b),
    MergeRow(lay.Subtract, lambda a, b: a - b, ((2, 3), (3,)), name="Subtract, of fewer axes"),
    MergeRow(lay.Maximum, lambda a, b: max(a, b), ((2, 3), (3,)), name="Maximum, of fewer axes"),
    MergeRow(lay.Multiply, lambda a, b: a * b, ((3,), (2, 3)), name="Multiply, of fewer axes"),
    MergeRow(lay.Multiply, lambda a, b: a * b),
    MergeRow(lay.Multiply, lambda a, b, c: a * b * c, THREE, name="Multiply of three"),
    MergeRow(lay.Multiply, lambda a, b: a * b, ((4,), (1,)), name="Multiply by one number a row"),
    MergeRow(lay.Average, lambda a, b, c: (a + b + c) / 3, THREE),
    MergeRow(lay.Maximum, lambda a, b, c: max(a, b, c), THREE),
    MergeRow(lay.Minimum, lambda a, b, c: min(a, b, c), THREE),
    MergeRow(lay.Concatenate, lambda a, b, c: [*a, *b, *c], ((2,), (1,), (3,)), by_entries=False),
    MergeRow(
        lambda: lay.Concatenate(axis=1),
        lambda a, b: [*map(list, a), *map(list, b)],
        ((2, 3), (1, 3)),
        by_entries=False,
    ),
    MergeRow(
        lambda: lay.Dot(axes=1),
        lambda a, b: [sum(x * y for x, y in zip(a, b, strict=True))],
        by_entries=False,
    ),
    MergeRow(lambda: lay.Dot(axes=-1, normalize=True), lambda a, b: [cosine(a, b)], by_entries=False),
    MergeRow(lambda: lay.Dot(axes=(1, 2)), products, ((3, 2), (4, 3)), by_entries=False),
]
