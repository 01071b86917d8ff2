"""Correlations of targets and outputs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ShapeError
from mlp.metrics.base import METRICS, Metric, quotient, rows, same_shape, weights_for
from mlp.metrics.moments import Moments, moments, with_rows

__all__ = ["ConcordanceCorrelation", "PearsonCorrelation"]


class _Correlation(Metric):
    """Along an axis of a row, the mean over rows; along axis 0, that of all rows of all batches, the mean over columns."""

    direction = "up"
    _moments: Moments | None = None

    def __init__(self, name: str | None = None, dtype: DTypeLike | None = None, axis: int = -1) -> None:
        super().__init__(name, dtype)
        self.axis = checks.integer("axis", axis, -32, 32)

    def _of(self, of_both: Moments) -> Array:
        """The correlation, from the moments of targets and outputs."""
        raise NotImplementedError

    def values(self, t: Array, y: Array) -> Any:
        """The correlation along the axis."""
        same_shape(t, y)
        if not -y.ndim <= self.axis < y.ndim:
            raise ShapeError(f"{self.name}: outputs of shape {y.shape} have no axis {self.axis}")
        if y.shape[self.axis] < 2:
            raise ShapeError(
                f"{self.name} along axis {self.axis} needs at least two numbers, got outputs of shape {y.shape}; for the "
                f"correlation over rows give {type(self).__name__}(axis=0)"
            )
        both = np.stack([t, y]).astype(np.float64)
        return self._of(moments(np.moveaxis(both, self.axis % y.ndim + 1, 1))).astype(y.dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in the rows of one batch; see `Metric.update_state`."""
        if self.axis != 0:
            super().update_state(y_true, y_pred, sample_weight)
            return
        t, y = rows(y_true, y_pred, self.dtype)
        same_shape(t, y)
        both = np.stack([t, y]).astype(np.float64)
        self._moments = with_rows(self._moments, both, weights_for(sample_weight, y.shape))

    def result(self) -> float:
        """The mean of the correlations."""
        if self.axis != 0:
            return float(super().result())
        return 0.0 if self._moments is None else float(self._of(self._moments).mean())

    def reset_state(self) -> None:
        """Forget all rows."""
        super().reset_state()
        self._moments = None


@METRICS.add()
class PearsonCorrelation(_Correlation):
    """``cov(t, y) / (std(t) std(y))`` of each row, and the mean over rows; 0 where one of them does not vary.

    Parameters
    ----------
    name, dtype
        See `Metric`.
    axis : int, default -1
        Along which targets and outputs are correlated; 0: over the rows of all batches, for each output.

    Examples
    --------
    >>> PearsonCorrelation()([[1, 2, 3], [1, 2, 3]], [[2, 4, 6], [0, -1, -2]])
    0.0
    >>> PearsonCorrelation(axis=0)([1, 2, 3], [2, 4, 6])
    1.0
    >>> from mlp.metrics import pearson_correlation
    >>> pearson_correlation([[1, 2, 3], [1, 2, 3]], [[2, 4, 6], [0, -1, -2]])
    array([ 1., -1.])
    """

    def __init__(
        self, name: str | None = "pearson_correlation", dtype: DTypeLike | None = None, axis: int = -1
    ) -> None:
        super().__init__(name, dtype, axis)

    def _of(self, of_both: Moments) -> Array:
        (tt, ty), (_, yy) = of_both.products
        r: Array = quotient(ty, np.sqrt(tt * yy))
        return r


@METRICS.add()
class ConcordanceCorrelation(_Correlation):
    """``2 cov(t, y) / (var(t) + var(y) + (mean(t) - mean(y))^2 + 1e-7)`` of each row, and the mean over rows.

    The correlation with the line ``y = t`` (Lin 1989, Biometrics 45:255, equation 4; 1e-7 as in Keras).

    Parameters
    ----------
    name, dtype, axis
        See `PearsonCorrelation`.

    Examples
    --------
    >>> round(ConcordanceCorrelation()([[0.0, 1.0, 0.5]], [[0.1, 0.9, 0.5]]), 6)
    0.975609
    >>> from mlp.metrics import concordance_correlation
    >>> concordance_correlation([[0.0, 1.0, 0.5]], [[0.1, 0.9, 0.5]])
    array([0.9756094])
    """

    def __init__(
        self, name: str | None = "concordance_correlation", dtype: DTypeLike | None = None, axis: int = -1
    ) -> None:
        super().__init__(name, dtype, axis)

    def _of(self, of_both: Moments) -> Array:
        (tt, ty), (_, yy) = quotient(of_both.products, of_both.weight)
        c: Array = 2 * ty / (tt + yy + np.square(of_both.mean[0] - of_both.mean[1]) + 1e-7)
        return c
