"""Values per row of losses, where there is no loss of that name."""

from __future__ import annotations

import numpy as np

from mlp.arrays import Array
from mlp.targets import prepare_targets

__all__ = [
    "categorical_hinge", "kl_divergence", "log_cosh", "mean_absolute_percentage_error", "mean_squared_logarithmic_error",
    "poisson", "squared_hinge",
]  # fmt: skip

EPSILON = 1e-7


def mean_absolute_percentage_error(t: Array, y: Array) -> Array:
    """``100 mean |t - y| / max(|t|, 1e-7)``."""
    return np.asarray(100 * np.mean(np.abs(t - y) / np.maximum(np.abs(t), EPSILON), axis=-1))


def mean_squared_logarithmic_error(t: Array, y: Array) -> Array:
    """``mean (log(1 + y) - log(1 + t))^2``, both from 1e-7 on."""
    return np.asarray(
        np.mean(np.square(np.log1p(np.maximum(y, EPSILON)) - np.log1p(np.maximum(t, EPSILON))), axis=-1)
    )


def log_cosh(t: Array, y: Array) -> Array:
    """``mean log cosh(y - t)``."""
    d = np.abs(y - t)
    return np.asarray(np.mean(d + np.log1p(np.expm1(-2 * d) / 2), axis=-1))


def squared_hinge(t: Array, y: Array) -> Array:
    """``mean max(0, 1 - t y)^2``."""
    return np.asarray(
        np.mean(np.square(np.maximum(1 - prepare_targets("sign", t, y.shape, y.dtype) * y, 0)), axis=-1)
    )


def categorical_hinge(t: Array, y: Array) -> Array:
    """``max(0, 1 + max (1 - t) y - sum t y)``."""
    return np.asarray(np.maximum(1 + np.max((1 - t) * y, axis=-1) - np.sum(t * y, axis=-1), 0))


def kl_divergence(t: Array, y: Array) -> Array:
    """``sum t log(t / y)``, both from 1e-7 on."""
    t, y = np.clip(t, EPSILON, 1), np.clip(y, EPSILON, 1)
    return np.asarray(np.sum(t * np.log(t / y), axis=-1))


def poisson(t: Array, y: Array) -> Array:
    """``mean y - t log(y + 1e-7)``."""
    return np.asarray(np.mean(y - t * np.log(y + EPSILON), axis=-1))
