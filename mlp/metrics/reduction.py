"""Means of what a plain function gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from mlp import losses
from mlp.arrays import Array
from mlp.errors import ArgumentTypeError
from mlp.metrics.base import Metric
from mlp.names import snake_case

__all__ = ["MeanMetricWrapper"]


class MeanMetricWrapper(Metric):
    """The mean of ``fn(y_true, y_pred)``: how a plain function becomes a metric.

    Parameters
    ----------
    fn : callable
        Returns a value per row.
    name : str, optional
        The function's name unless given.
    dtype : dtype, optional
        See `Metric`.

    Examples
    --------
    >>> MeanMetricWrapper(losses.mean_squared_error)([[1.0]], [[3.0]])
    4.0
    """

    def __init__(
        self, fn: Callable[[Array, Array], Any], name: str | None = None, dtype: DTypeLike | None = None
    ) -> None:
        if not callable(fn):
            raise ArgumentTypeError(f"fn must be a function of y_true and y_pred, got {fn!r}")
        super().__init__(name or getattr(fn, "__name__", type(fn).__name__), dtype)
        self.fn = fn

    def values(self, t: Array, y: Array) -> Any:
        """``fn(t, y)``."""
        return np.asarray(self.fn(t, y))

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The wrapper of a loss's function, stored by the loss's name."""
        return cls(**{**config, "fn": getattr(losses, snake_case(type(losses.get(config["fn"])).__name__))})
