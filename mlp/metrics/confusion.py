"""Metrics of yes or no: what they count is on which side of thresholds the outputs of positives and negatives lie."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentError, ShapeError
from mlp.metrics.base import METRICS, Metric, numbers, probabilities, quotient, rows, same_shape, weights_for

__all__ = [
    "ConfusionMetric", "FalseNegatives", "FalsePositives", "Precision", "PrecisionAtRecall", "Recall", "RecallAtPrecision",
    "SensitivityAtSpecificity", "SpecificityAtSensitivity", "TrueNegatives", "TruePositives", "even_thresholds",
]  # fmt: skip


class Decisions(NamedTuple):
    """Weights of right and wrong decisions, for each label and threshold: shape (labels, thresholds)."""

    tp: Array
    fp: Array
    tn: Array
    fn: Array


def even_thresholds(number: int, beyond: float = 0.0) -> list[float]:
    """``number`` thresholds from 0 to 1 in equal steps, the first and the last moved outwards by ``beyond``."""
    inner = [i / (number - 1) for i in range(1, number - 1)]
    return [-beyond, *inner, 1 + beyond] if number > 1 else [0.5]


class ConfusionMetric(Metric):
    """A number made of true and false positives and negatives: outputs above a threshold say yes, targets > 0 are yes.

    What is kept is, for positives and for negatives, the weight of the outputs that lie between neighbouring thresholds.
    """

    direction = "up"
    top_k: int | None = None
    class_id: int | None = None
    _by_label = False
    _counts: Any = None

    @cached_property
    def _limits(self) -> Array:
        """The thresholds, made when the first outputs come: a file may ask for any number of them."""
        return np.asarray(self._decide_at(), np.float64)

    def _decide_at(self) -> ArrayLike:
        raise NotImplementedError

    def _outputs(self, y: Array) -> Array:
        """The outputs as thresholds see them."""
        if self.top_k is None:
            probabilities(
                "y_pred", y, "end the network in a sigmoid or softmax; AUC(from_logits=True) takes logits"
            )
            return y
        if y.shape[-1] == 1:
            raise ShapeError(f"top_k={self.top_k} needs several outputs, got y_pred of shape {y.shape}")
        rank = np.argsort(np.argsort(-y, axis=-1, kind="stable"), axis=-1)
        return np.where(rank < self.top_k, y, -np.inf).astype(y.dtype)

    def _label_weights(self) -> ArrayLike:
        return 1.0

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in the rows of one batch; see `Metric.update_state`."""
        t, y = rows(y_true, y_pred, self.dtype)
        if self.top_k is not None and np.ndim(y_pred) == 1:
            t, y = t.T, y.T  # the largest of a vector: it is one row
        same_shape(t, y)
        y, w = self._outputs(y), weights_for(sample_weight, y.shape)
        w = np.broadcast_to(self._label_weights() if w is None else w * self._label_weights(), y.shape)
        if self.class_id is not None:
            if self.class_id >= y.shape[-1]:
                raise ShapeError(
                    f"class_id={self.class_id} needs more outputs, got y_pred of shape {y.shape}"
                )
            t, y, w = (a[..., self.class_id, None] for a in (t, y, w))
        labels = y.shape[-1] if self._by_label else 1
        bins = len(self._limits) + 1
        # As the outputs have it: in float32 an output of 0.3 is not above the threshold 0.3.
        bin_of = np.searchsorted(np.sort(self._limits.astype(y.dtype)), y) + bins * (t > 0)
        if self._by_label:
            bin_of += 2 * bins * np.arange(labels)
        counts = np.bincount(bin_of.ravel(), w.ravel(), 2 * bins * labels).reshape(labels, 2, bins)
        if self._counts is not None and len(self._counts) != labels:
            raise ShapeError(f"{self.name} has seen {len(self._counts)} labels, got {labels}")
        self._counts = counts if self._counts is None else self._counts + counts

    def _decisions(self) -> Decisions:
        bins = len(self._limits) + 1
        counts = np.zeros((1, 2, bins)) if self._counts is None else self._counts
        place = np.searchsorted(np.sort(self._limits), self._limits)
        below = np.cumsum(counts, axis=-1)[..., place]
        above = np.cumsum(counts[..., ::-1], axis=-1)[..., bins - 2 - place]
        return Decisions(above[:, 1], above[:, 0], below[:, 0], below[:, 1])

    def reset_state(self) -> None:
        """Forget all rows."""
        self._counts = None


class _AtThresholds(ConfusionMetric):
    """A number for each of some thresholds."""

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, dtype)
        self.thresholds = _checked(thresholds)

    def _decide_at(self) -> ArrayLike:
        default = 0.5 if self.top_k is None else -np.inf
        return np.atleast_1d(default if self.thresholds is None else self.thresholds)

    def _number(self, at: Decisions) -> Array:
        raise NotImplementedError

    def result(self) -> Any:
        """A float, or an array with a number for each threshold."""
        return numbers(self._number(self._decisions())[0])


def _checked(thresholds: Any) -> Any:
    """None, a threshold or a list of them."""
    if thresholds is None or np.ndim(thresholds) == 0:
        return None if thresholds is None else checks.real("thresholds", thresholds, 0.0, 1.0)
    if not len(thresholds):
        raise ArgumentError("thresholds must be a number from 0 to 1, or several, got none")
    return [checks.real(f"thresholds[{i}]", value, 0.0, 1.0) for i, value in enumerate(thresholds)]


class _Count(_AtThresholds):
    adds_up = True


@METRICS.add()
class TruePositives(_Count):
    """The number (with weights, the weight) of positives whose output is above the threshold.

    Parameters
    ----------
    thresholds : float or list of float, optional
        Where the decision changes, 0.5 unless given; for several, the result is an array.
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> TruePositives()([0, 1, 1, 1], [1, 0, 1, 1])
    2.0
    >>> TruePositives(thresholds=[0.2, 0.8])([1, 1], [0.5, 0.9])
    array([2., 1.])
    """

    def _number(self, at: Decisions) -> Array:
        return at.tp


@METRICS.add()
class TrueNegatives(_Count):
    """The number (with weights, the weight) of negatives whose output is not above the threshold.

    Parameters
    ----------
    thresholds, name, dtype
        See `TruePositives`.

    Examples
    --------
    >>> TrueNegatives()([0, 1, 0, 0], [1, 1, 0, 0], sample_weight=[0, 0, 1, 0])
    1.0
    """

    def _number(self, at: Decisions) -> Array:
        return at.tn


@METRICS.add()
class FalsePositives(_Count):
    """The number (with weights, the weight) of negatives whose output is above the threshold.

    Parameters
    ----------
    thresholds, name, dtype
        See `TruePositives`.

    Examples
    --------
    >>> FalsePositives()([0, 1, 0, 0], [0, 0, 1, 1])
    2.0
    """

    direction = "down"

    def _number(self, at: Decisions) -> Array:
        return at.fp


@METRICS.add()
class FalseNegatives(_Count):
    """The number (with weights, the weight) of positives whose output is not above the threshold.

    Parameters
    ----------
    thresholds, name, dtype
        See `TruePositives`.

    Examples
    --------
    >>> FalseNegatives()([0, 1, 1, 1], [0, 1, 0, 0])
    2.0
    """

    direction = "down"

    def _number(self, at: Decisions) -> Array:
        return at.fn


class _OfSome(_AtThresholds):
    """Of all outputs, of the largest of each row, or of those of one class."""

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        self.top_k = None if top_k is None else checks.integer("top_k", top_k)
        self.class_id = None if class_id is None else checks.integer("class_id", class_id, 0)
        super().__init__(thresholds, name, dtype)


@METRICS.add()
class Precision(_OfSome):
    """``TP / (TP + FP)``: the share of the positives among what was taken for positive; 0 if nothing was.

    Parameters
    ----------
    thresholds : float or list of float, optional
        Where the decision changes, 0.5 unless given; for several, the result is an array.
    top_k : int, optional
        The k largest outputs of a row are taken for positive, if they are above the threshold where one is given.
    class_id : int, optional
        Outputs of this class alone are looked at.
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> Precision()([0, 1, 1, 1], [1, 0, 1, 1])
    0.6666666666666666
    >>> Precision(top_k=2)([[0, 0, 1]], [[-3.0, 8.0, 2.0]])
    0.5
    """

    def _number(self, at: Decisions) -> Array:
        share: Array = quotient(at.tp, at.tp + at.fp)
        return share


@METRICS.add()
class Recall(_OfSome):
    """``TP / (TP + FN)``: the share of the positives that were taken for positive; 0 if there are none.

    Parameters
    ----------
    thresholds, top_k, class_id, name, dtype
        See `Precision`.

    Examples
    --------
    >>> Recall()([0, 1, 1, 1], [1, 0, 1, 1])
    0.6666666666666666
    """

    def _number(self, at: Decisions) -> Array:
        share: Array = quotient(at.tp, at.tp + at.fn)
        return share


class _BestWhere(ConfusionMetric):
    """The best of one number over the thresholds where another is large enough."""

    _required: str

    def __init__(
        self,
        value: float,
        num_thresholds: int,
        class_id: int | None,
        name: str | None,
        dtype: DTypeLike | None,
    ) -> None:
        super().__init__(name, dtype)
        self._value = checks.real(self._required, value, 0.0, 1.0)
        setattr(self, self._required, self._value)
        self.num_thresholds = checks.integer("num_thresholds", num_thresholds)
        self.class_id = None if class_id is None else checks.integer("class_id", class_id, 0)

    def _decide_at(self) -> ArrayLike:
        return even_thresholds(self.num_thresholds)

    def _numbers(self, at: Decisions) -> tuple[Array, Array]:
        """What must be large enough, and what is looked for."""
        raise NotImplementedError

    def result(self) -> float:
        """The greatest such number; 0 where no threshold will do."""
        required, wanted = self._numbers(self._decisions())
        return float(wanted[required >= self._value].max(initial=0.0))


@METRICS.add()
class SensitivityAtSpecificity(_BestWhere):
    """The greatest sensitivity ``TP / (TP + FN)`` where the specificity ``TN / (TN + FP)`` is at least the one given.

    Parameters
    ----------
    specificity : float
        What is required, from 0 to 1.
    num_thresholds : int, default 200
        Thresholds from 0 to 1 in equal steps; a single one is 0.5.
    class_id : int, optional
        Outputs of this class alone are looked at.
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> SensitivityAtSpecificity(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    0.5
    """

    _required = "specificity"

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(specificity, num_thresholds, class_id, name, dtype)

    def _numbers(self, at: Decisions) -> tuple[Array, Array]:
        return quotient(at.tn, at.tn + at.fp), quotient(at.tp, at.tp + at.fn)


@METRICS.add()
class SpecificityAtSensitivity(_BestWhere):
    """The greatest specificity ``TN / (TN + FP)`` where the sensitivity ``TP / (TP + FN)`` is at least the one given.

    Parameters
    ----------
    sensitivity : float
        What is required, from 0 to 1.
    num_thresholds, class_id, name, dtype
        See `SensitivityAtSpecificity`.

    Examples
    --------
    >>> SpecificityAtSensitivity(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    0.6666666666666666
    """

    _required = "sensitivity"

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)

    def _numbers(self, at: Decisions) -> tuple[Array, Array]:
        return quotient(at.tp, at.tp + at.fn), quotient(at.tn, at.tn + at.fp)


@METRICS.add()
class PrecisionAtRecall(_BestWhere):
    """The greatest precision ``TP / (TP + FP)`` where the recall ``TP / (TP + FN)`` is at least the one given.

    Parameters
    ----------
    recall : float
        What is required, from 0 to 1.
    num_thresholds, class_id, name, dtype
        See `SensitivityAtSpecificity`.

    Examples
    --------
    >>> PrecisionAtRecall(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    0.5
    """

    _required = "recall"

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(recall, num_thresholds, class_id, name, dtype)

    def _numbers(self, at: Decisions) -> tuple[Array, Array]:
        return quotient(at.tp, at.tp + at.fn), quotient(at.tp, at.tp + at.fp)


@METRICS.add()
class RecallAtPrecision(_BestWhere):
    """The greatest recall ``TP / (TP + FN)`` where the precision ``TP / (TP + FP)`` is at least the one given.

    Parameters
    ----------
    precision : float
        What is required, from 0 to 1.
    num_thresholds, class_id, name, dtype
        See `SensitivityAtSpecificity`.

    Examples
    --------
    >>> RecallAtPrecision(0.8)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
    0.5
    """

    _required = "precision"

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(precision, num_thresholds, class_id, name, dtype)

    def _numbers(self, at: Decisions) -> tuple[Array, Array]:
        return quotient(at.tp, at.tp + at.fp), quotient(at.tp, at.tp + at.fn)
