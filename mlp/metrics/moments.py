"""Means and sums of products of deviations, put together from batches without loss of digits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mlp.arrays import Array
from mlp.metrics.base import quotient

__all__ = ["Moments", "merged", "moments"]


class Moments(NamedTuple):
    """Of some variables: weight (...), means (v, ...), and sums of products of deviations from them (v, v, ...)."""

    weight: Array
    mean: Array
    products: Array


def moments(z: Array, w: Array | None = None) -> Moments:
    """Of ``z``, shape (v, n, ...), over the n rows with weights ``w``, shape (n, ...)."""
    w = np.broadcast_to(1.0 if w is None else w, z.shape[1:])
    # From the first row on: what does not vary has deviations of 0 exactly.
    d = z - z[:, :1]
    weight = w.sum(axis=0)
    beyond = quotient((w * d).sum(axis=1), weight)
    d -= beyond[:, None]
    return Moments(weight, z[:, 0] + beyond, np.einsum("in...,jn...,n...->ij...", d, d, w))


def merged(a: Moments, b: Moments) -> Moments:
    """Of the rows of both (Chan, Golub and LeVeque 1983, The American Statistician 37:242, eq. 2.1)."""
    weight, delta = a.weight + b.weight, b.mean - a.mean
    share = quotient(b.weight, weight)
    return Moments(
        weight, a.mean + share * delta, a.products + b.products + delta[:, None] * delta * (a.weight * share)
    )
