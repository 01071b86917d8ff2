"""Metrics of real numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.metrics.base import METRICS, Metric, same_shape

__all__ = ["MeanAbsoluteError", "MeanSquaredError"]


@METRICS.add("mse", "MSE")
class MeanSquaredError(Metric):
    """``mean (y - t)^2``.

    Examples
    --------
    >>> MeanSquaredError()([[0.0, 1.0]], [[0.5, 1.0]])
    0.125
    """

    def values(self, t: Array, y: Array) -> Any:
        """``(y - t)^2``."""
        same_shape(t, y)
        return np.square(y - t)


@METRICS.add("mae", "MAE")
class MeanAbsoluteError(Metric):
    """``mean |y - t|``.

    Examples
    --------
    >>> MeanAbsoluteError()([[0.0, 1.0]], [[0.5, 1.0]])
    0.25
    """

    def values(self, t: Array, y: Array) -> Any:
        """``|y - t|``."""
        same_shape(t, y)
        return np.abs(y - t)
