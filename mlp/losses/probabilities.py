"""Probabilities and logits of one row: limits, shares of a sum, differences to the greatest."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from mlp.arrays import Array, constant, ones

__all__ = ["EPSILON", "below_greatest", "clip", "row_sums", "shares", "sums_of_others"]

#: Probabilities are clipped to [EPSILON, 1 - EPSILON] before the logarithm, as in Keras.
EPSILON = 1e-7


def clip(p: Array) -> Array:
    """``p``, its real part within [EPSILON, 1 - EPSILON]."""
    return np.where(p.real < EPSILON, EPSILON, np.where(p.real > 1 - EPSILON, 1 - EPSILON, p)).astype(p.dtype)


def below_greatest(y: Array) -> Array:
    """``y`` less the greatest of each row, a new array."""
    shifted: Array = y - np.maximum.reduce(y, axis=-1, keepdims=True)
    # 0 times minus infinity is no number
    np.maximum(shifted, constant(_lowest(y.dtype), y.dtype), out=shifted)
    return shifted


def shares(y: Array) -> tuple[Array, Array, Array, Array]:
    """The shares of a sum, clipped, where they were within the limits, and what the other shares and all sum to.

    A row of zeros has shares of 0 and is clipped, as any other output of 0 is.
    """
    others = sums_of_others(y)
    whole = np.add.reduce(y, axis=-1, keepdims=True)
    whole = np.where(whole == 0, constant(1.0, y.dtype), whole)
    share = y / whole
    p = clip(share)
    return p, p == share, others, whole


def sums_of_others(a: Array) -> Array:
    """For each entry the sum of all others of its row, where subtracting it from the whole would cancel."""
    before, after = np.zeros_like(a), np.zeros_like(a)
    np.cumsum(a[..., :-1], axis=-1, out=before[..., 1:])
    np.cumsum(a[..., :0:-1], axis=-1, out=after[..., -2::-1])
    return before + after


@functools.cache
def _lowest(dtype: np.dtype[Any]) -> float:
    return float(np.finfo(dtype).min)


def row_sums(a: Array) -> Array:
    """The sum of each row, by a product: a third of ``np.sum``'s time."""
    sums: Array = a.dot(ones(a.shape[-1], a.dtype))
    return sums
