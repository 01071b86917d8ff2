"""Means and sums of products of deviations, put together from batches without loss of digits."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from mlp.arrays import Array
from mlp.metrics.base import quotient

__all__ = ["Moments", "moments", "with_rows"]


class Moments(NamedTuple):
    """Of some variables: weight (...), means (v, ...), and sums of products of deviations from them (v, v, ...)."""

    weight: Array
    mean: Array
    products: Array
    origin: Any = 0.0  # means are counted from here


def moments(z: Array, w: Array | None = None) -> Moments:
    """Of ``z``, shape (v, n, ...), over the n rows with weights ``w``, shape (n, ...)."""
    w = np.broadcast_to(1.0 if w is None else w, z.shape[1:])
    # From the first row on: what does not vary has deviations of 0 exactly.
    d = z - z[:, :1]
    weight = w.sum(axis=0)
    beyond = quotient((w * d).sum(axis=1), weight)
    d -= beyond[:, None]
    return Moments(weight, z[:, 0] + beyond, np.einsum("in...,jn...,n...->ij...", d, d, w))


def with_rows(before: Moments | None, z: Array, w: Array | None) -> Moments | None:
    """The moments of rows before and of those of ``z`` (Chan, Golub and LeVeque 1983, Am. Statistician 37:242, equation 2.1)."""
    if not z.shape[1]:
        return before
    # Means far from 0 would differ by their rounding.
    origin = z[:1, :1] if before is None else before.origin
    new = moments(z - origin, w)._replace(origin=origin)
    if before is None:
        return new
    weight, delta = before.weight + new.weight, new.mean - before.mean
    share = quotient(new.weight, weight)
    products = before.products + new.products + delta[:, None] * delta * (before.weight * share)
    return Moments(weight, before.mean + share * delta, products, origin)
