"""The F-scores: precision and recall in one number."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from mlp import checks
from mlp.errors import ShapeError
from mlp.metrics.base import METRICS, Metric, numbers, probabilities, rows, same_shape, weights_for

__all__ = ["F1Score", "FBetaScore"]

#: What Keras adds to every divisor.
EPSILON = 1e-7


@METRICS.add("fbeta_score")
class FBetaScore(Metric):
    """``(1 + b^2) p r / (b^2 p + r + e)``, ``p = TP / (TP + FP + e)``, ``r = TP / (TP + FN + e)``, of each output.

    The harmonic mean of precision and recall, recall counting b times as much (van Rijsbergen 1979, Information
    Retrieval, ch. 7); the ``e`` of 1e-7 is Keras's, and with it a perfect score is 1 - 1e-7 or so.

    Parameters
    ----------
    average : {None, "micro", "macro", "weighted"}
        None: an array with the score of each output; micro: the score of all outputs taken together; macro: the mean of
        the scores; weighted: their mean, each with the weight of its positives.
    beta : float, default 1
        The b of the formula.
    threshold : float, optional
        Outputs above it are taken for positive; unless given, the largest of each row.
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> t = [[1, 1, 1], [1, 0, 0], [1, 1, 0]]
    >>> y = [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0]]
    >>> FBetaScore(beta=2.0, threshold=0.5)(t, y)
    array([0.38461536, 0.90909084, 0.83333324])
    """

    direction = "up"
    scale_free = False
    _counts: Any = None

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, dtype)
        self.average = checks.one_of("average", average, (None, "micro", "macro", "weighted"))
        self.beta = checks.real("beta", beta, above=0.0)
        self.threshold = (
            None if threshold is None else checks.real("threshold", threshold, 0.0, 1.0, above=0.0)
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in the rows of one batch; see `Metric.update_state`."""
        t, y = rows(y_true, y_pred, self.dtype)
        same_shape(t, y)
        if y.ndim != 2:
            raise ShapeError(f"{self.name} takes outputs of shape (n, k), got {y.shape}")
        if self.threshold is None and y.shape[1] == 1:
            raise ShapeError(
                f"{self.name}: of one output the largest is always that one; give {type(self).__name__}(threshold=0.5)"
            )
        probabilities("y_true", t, "the score is of targets 0 and 1")
        said = _largest(y) if self.threshold is None else y > y.dtype.type(self.threshold)
        w = weights_for(sample_weight, y.shape)
        w = np.ones(y.shape) if w is None else w
        counts = np.stack([(w * a).sum(axis=0) for a in (t * said, (1 - t) * said, t * ~said)])
        if self._counts is not None and counts.shape != self._counts.shape:
            raise ShapeError(f"{self.name} has seen {self._counts.shape[1]} outputs, got {y.shape[1]}")
        self._counts = counts if self._counts is None else self._counts + counts

    def result(self) -> Any:
        """A float, or an array with the score of each output where there is no ``average``."""
        if self._counts is None:
            return 0.0
        counts = self._counts.sum(axis=1) if self.average == "micro" else self._counts
        tp, fp, fn = counts
        precision, recall = tp / (tp + fp + EPSILON), tp / (tp + fn + EPSILON)
        b2 = self.beta**2
        scores = (1 + b2) * (precision * recall / (b2 * precision + recall + EPSILON))
        if self.average == "weighted":
            return float(np.dot(scores, tp + fn) / ((tp + fn).sum() + EPSILON))
        return numbers(scores) if self.average is None else float(scores.mean())

    def reset_state(self) -> None:
        """Forget all rows."""
        self._counts = None


def _largest(y: Any) -> Any:
    """The largest of each row, where it is not 0, as after a ReLU that is silent."""
    return (y >= y.max(axis=-1, keepdims=True)) & (np.abs(y) > 1e-9)


@METRICS.add()
class F1Score(FBetaScore):
    """``2 p r / (p + r + e)`` of each output: `FBetaScore` with ``beta = 1``.

    Parameters
    ----------
    average, threshold, name, dtype
        See `FBetaScore`.

    Examples
    --------
    >>> y = [[0.5, 0.3, 0.2], [0.1, 0.3, 0.6]]
    >>> round(F1Score("micro")([[1, 0, 0], [0, 1, 0]], y), 6)
    0.5
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)
