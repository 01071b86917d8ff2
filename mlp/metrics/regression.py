"""Metrics of real numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from mlp import checks
from mlp.arrays import Array
from mlp.errors import MLPWarning, ShapeError
from mlp.metrics.base import METRICS, Metric, numbers, quotient, rows, same_shape, weights_for
from mlp.metrics.moments import Moments, with_rows
from mlp.metrics.of_losses import LossMetric
from mlp.notices import warn_caller

__all__ = [
    "CosineSimilarity", "LogCoshError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "R2Score", "RootMeanSquaredError",
]  # fmt: skip


@METRICS.add("mse", "MSE")
class MeanSquaredError(Metric):
    """``mean (y - t)^2``.

    Parameters
    ----------
    name, dtype
        See `Metric`.

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

    Parameters
    ----------
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> MeanAbsoluteError()([[0.0, 1.0]], [[0.5, 1.0]])
    0.25
    """

    def values(self, t: Array, y: Array) -> Any:
        """``|y - t|``."""
        same_shape(t, y)
        return np.abs(y - t)


@METRICS.add()
class RootMeanSquaredError(MeanSquaredError):
    """``sqrt(mean (y - t)^2)``, the root of the mean over all rows.

    Parameters
    ----------
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> RootMeanSquaredError()([[0, 1], [0, 0]], [[1, 1], [0, 0]])
    0.5
    """

    def result(self) -> float:
        """The root of the mean so far."""
        return math.sqrt(super().result())


@METRICS.add("mape", "MAPE")
class MeanAbsolutePercentageError(LossMetric):
    """``100 mean |t - y| / max(|t|, 1e-7)``.

    Parameters
    ----------
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> MeanAbsolutePercentageError()([[4.0, 1.0]], [[3.0, 1.0]])
    12.5
    """

    loss = "mean_absolute_percentage_error"


@METRICS.add("msle", "MSLE")
class MeanSquaredLogarithmicError(LossMetric):
    """``mean (log(1 + y) - log(1 + t))^2``, both taken from 1e-7 on.

    Parameters
    ----------
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> round(MeanSquaredLogarithmicError()([[0, 1], [0, 0]], [[1, 1], [0, 0]]), 6)
    0.120113
    """

    loss = "mean_squared_logarithmic_error"


@METRICS.add("logcosh")
class LogCoshError(LossMetric):
    """``mean log cosh(y - t)``: half the square of small errors, and the size of large ones less ``log 2``.

    Parameters
    ----------
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> round(LogCoshError()([[0, 1], [0, 0]], [[1, 1], [0, 0]]), 6)
    0.108445
    """

    loss = "log_cosh"

    def __init__(self, name: str | None = "logcosh", dtype: DTypeLike | None = None) -> None:
        super().__init__(name, dtype)


@METRICS.add()
class CosineSimilarity(Metric):
    """``sum_k t y / (|t| |y|)`` of each row, norms taken from 1e-6 on: 1 for the same direction (the loss has it negative).

    Parameters
    ----------
    name, dtype
        See `Metric`.
    axis : int, default -1
        The axis of a row along which the numbers are one vector.

    Examples
    --------
    >>> round(CosineSimilarity()([[0.0, 1.0], [1.0, 1.0]], [[1.0, 0.0], [1.0, 1.0]]), 6)
    0.5
    """

    direction = "up"

    def __init__(
        self, name: str | None = "cosine_similarity", dtype: DTypeLike | None = None, axis: int = -1
    ) -> None:
        super().__init__(name, dtype)
        self.axis = checks.integer("axis", axis, -32, 32)

    def values(self, t: Array, y: Array) -> Any:
        """``sum t y / (|t| |y|)``."""
        same_shape(t, y)
        if not -y.ndim <= self.axis < y.ndim or not self.axis % y.ndim:
            raise ShapeError(f"{self.name}: the rows of outputs of shape {y.shape} have no axis {self.axis}")
        norms = (np.sqrt(np.maximum(np.square(a).sum(axis=self.axis), 1e-12)) for a in (t, y))
        return (t * y).sum(axis=self.axis) / math.prod(norms)


@METRICS.add()
class R2Score(Metric):
    """``1 - sum (y - t)^2 / sum (t - mean t)^2`` of each output: the share of the variance that is explained.

    Parameters
    ----------
    class_aggregation : {"uniform_average", "variance_weighted_average", None}, default "uniform_average"
        The mean over outputs; the mean, each with its targets' variance as weight; None: an array with all of them.
    num_regressors : int, default 0
        Not 0: the score ``r`` is adjusted for that many regressors p, ``1 - (1 - r) (n - 1) / (n - p - 1)``.  As in
        Keras, n is the number of targets, rows times outputs.
    name, dtype
        See `Metric`.

    Notes
    -----
    It is 0 for outputs whose targets do not vary.

    Examples
    --------
    >>> round(R2Score()([[1], [4], [3]], [[2], [4], [4]]), 6)
    0.571429
    """

    direction = "up"
    _moments: Moments | None = None
    _squares: Any = 0.0
    _seen = 0

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, dtype)
        self.class_aggregation = checks.one_of(
            "class_aggregation", class_aggregation, ("uniform_average", "variance_weighted_average", None)
        )
        self.num_regressors = checks.integer("num_regressors", num_regressors, 0)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in the rows of one batch; see `Metric.update_state`."""
        t, y = rows(y_true, y_pred, self.dtype)
        same_shape(t, y)
        if y.ndim != 2:
            raise ShapeError(f"{self.name} takes outputs of shape (n, k), got {y.shape}")
        w = weights_for(sample_weight, y.shape)
        t = t.astype(np.float64)
        self._moments = with_rows(self._moments, t[None], w)
        errors = np.square(y - t)
        self._squares = self._squares + (errors if w is None else errors * w).sum(axis=0)
        self._seen += y.size

    def result(self) -> Any:
        """A float, or an array with the score of each output where there is no ``class_aggregation``."""
        if self._moments is None:
            return 0.0
        spread = self._moments.products[0, 0]
        scores = np.where(spread > 0, 1 - quotient(self._squares, spread), 0.0)
        if self.class_aggregation == "uniform_average":
            scores = scores.mean(keepdims=True)
        elif self.class_aggregation:
            scores = quotient((spread * scores).sum(keepdims=True), spread.sum())
        return numbers(self._adjusted(scores))

    def _adjusted(self, scores: Array) -> Array:
        left = self._seen - self.num_regressors - 1
        if self.num_regressors and left <= 0:
            warn_caller(
                f"{self.name} is not adjusted: num_regressors={self.num_regressors} needs more than "
                f"{self.num_regressors + 1} targets, got {self._seen}",
                MLPWarning,
            )
        return 1 - (1 - scores) * (self._seen - 1) / left if self.num_regressors and left > 0 else scores

    def reset_state(self) -> None:
        """Forget all rows."""
        self._moments = None
        self._squares, self._seen = 0.0, 0
