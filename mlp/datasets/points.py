"""What the generators share: class sizes, centers, and labelled rows in random order with noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mlp.checks import integer
from mlp.errors import ArgumentError, ArgumentTypeError, ShapeError

__all__ = ["Labelled", "Labels", "Points", "Seed", "class_centers", "class_sizes", "labelled"]

Points: TypeAlias = NDArray[np.float64]
Labels: TypeAlias = NDArray[np.int64]
Labelled: TypeAlias = tuple[Points, Labels]
Seed: TypeAlias = int | np.random.SeedSequence | np.random.Generator | None


def class_sizes(n: int, n_classes: int) -> list[int]:
    """``n`` rows in ``n_classes`` parts that differ by one at most, the larger ones first."""
    return [n // n_classes + (c < n % n_classes) for c in range(n_classes)]


def class_centers(centers: Any, n: int, rng: np.random.Generator) -> Points:
    """``centers`` as points, shape (k, 2), k <= n; drawn from [-10, 10]^2 where it is a number of classes.

    More classes than rows are refused: labels that were asked for would be missing.
    """
    try:
        points = np.asarray(centers)
    except ValueError as error:
        raise ShapeError(
            f"centers must have shape (k, 2), got rows of different lengths: {centers!r}"
        ) from error
    if points.ndim == 0:
        return rng.uniform(-10.0, 10.0, (integer("centers", centers, high=n), 2))
    if points.dtype.kind not in "iuf":
        raise ArgumentTypeError(f"centers must be real numbers or a number of classes, got {centers!r}")
    if points.ndim != 2 or points.shape[1] != 2 or not 1 <= len(points) <= n:
        raise ShapeError(f"centers must have shape (k, 2), k from 1 to n_samples = {n}; got {points.shape}")
    if not np.isfinite(points).all():
        raise ArgumentError("centers must be finite")
    return points.astype(np.float64)


def labelled(classes: Sequence[Points], noise: float, rng: np.random.Generator) -> Labelled:
    """All rows in random order, with noise, and their labels: the index of the class they came from.

    The order is random because ``fit`` takes its validation rows from the end.
    """
    x = np.concatenate(classes)
    y = np.repeat(np.arange(len(classes), dtype=np.int64), [len(points) for points in classes])
    order = rng.permutation(len(y))
    return x[order] + noise * rng.standard_normal(x.shape), y[order]
