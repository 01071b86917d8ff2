"""The area under a curve that decisions run through as their threshold falls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from mlp import activations, checks
from mlp.arrays import Array
from mlp.errors import ArgumentError, ShapeError
from mlp.metrics.base import METRICS, quotient
from mlp.metrics.confusion import ConfusionMetric, Decisions, even_thresholds

__all__ = ["AUC"]

#: How far the first and the last threshold lie beyond 0 and 1, so that all outputs and none are above them.
BEYOND = 1e-7


@METRICS.add()
class AUC(ConfusionMetric):
    """The area under the curve of true against false positives, or of precision against recall.

    Parameters
    ----------
    num_thresholds : int, default 200
        Points of the curve: thresholds ``i / (num_thresholds - 1)``.
    curve : {"ROC", "PR", "PRGAIN"}, default "ROC"
        ``TP / P`` over ``FP / N``; precision over recall; precision gain over recall gain (Flach and Kull 2015,
        "Precision-Recall-Gain Curves", NIPS 28).
    summation_method : {"interpolation", "minoring", "majoring"}, default "interpolation"
        The height between two points: that of the curve (straight lines; for PR, Davis and Goadrich 2006, "The
        relationship between Precision-Recall and ROC curves", section 4), the lower or the higher of the two.
    name, dtype
        See `Metric`.
    thresholds : list of float, optional
        Thresholds between the two that lie beyond 0 and 1, instead of equal steps.
    multi_label : bool, default False
        The result is the mean of the areas of the single outputs; else all outputs make one curve.
    num_labels : int, optional
        How many outputs there are, with ``multi_label``.
    label_weights : list of float, optional
        Weights of the outputs.
    from_logits : bool, default False
        The outputs are logits, not probabilities.

    Examples
    --------
    >>> AUC(num_thresholds=3)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
    0.75
    """

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: DTypeLike | None = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Sequence[float] | None = None,
        from_logits: bool = False,
    ) -> None:
        super().__init__(name, dtype)
        self.thresholds = (
            None
            if thresholds is None
            else sorted(checks.real(f"thresholds[{i}]", v, 0.0, 1.0) for i, v in enumerate(thresholds))
        )
        self.num_thresholds = (
            checks.integer("num_thresholds", num_thresholds, 2)
            if self.thresholds is None
            else len(self.thresholds) + 2
        )
        self.curve = checks.one_of("curve", _either(curve, str.upper), ("ROC", "PR", "PRGAIN"))
        self.summation_method = checks.one_of(
            "summation_method",
            _either(summation_method, str.lower),
            ("interpolation", "minoring", "majoring"),
        )
        self.multi_label = checks.flag("multi_label", multi_label)
        self.num_labels = None if num_labels is None else checks.integer("num_labels", num_labels)
        if self.num_labels and not self.multi_label:
            raise ArgumentError("num_labels goes with multi_label=True")
        self.label_weights = (
            None
            if label_weights is None
            else [checks.real(f"label_weights[{i}]", v, 0.0) for i, v in enumerate(label_weights)]
        )
        self.from_logits = checks.flag("from_logits", from_logits)
        self._by_label = self.multi_label

    def _decide_at(self) -> ArrayLike:
        if self.thresholds is None:
            return even_thresholds(self.num_thresholds, BEYOND)
        return [-BEYOND, *self.thresholds, 1 + BEYOND]

    def _outputs(self, y: Array) -> Array:
        if self.multi_label and y.ndim != 2:
            raise ShapeError(f"AUC(multi_label=True) takes outputs of shape (n, k), got {y.shape}")
        for what, labels in (("num_labels", self.num_labels), ("label_weights", self.label_weights)):
            wanted = len(labels) if isinstance(labels, list) else labels
            if wanted is not None and wanted != y.shape[-1]:
                raise ShapeError(f"{what} is for {wanted} outputs, got y_pred of shape {y.shape}")
        return activations.sigmoid(y) if self.from_logits else super()._outputs(y)

    def _label_weights(self) -> ArrayLike:
        return 1.0 if self.multi_label or self.label_weights is None else self.label_weights

    def result(self) -> float:
        """The area; with ``multi_label`` the mean of the areas."""
        at = self._decisions()
        if self.curve == "PR" and self.summation_method == "interpolation":
            areas = _interpolated(at)
        else:
            x, y = CURVES[self.curve](at)
            heights = HEIGHTS[self.summation_method](y[:, :-1], y[:, 1:])
            areas = ((x[:, :-1] - x[:, 1:]) * heights).sum(axis=-1)
        weights = self.label_weights if self.multi_label and len(areas) > 1 else None
        return float(areas.mean() if weights is None else quotient(np.dot(areas, weights), sum(weights)))


def _either(value: Any, spelled: Any) -> Any:
    return spelled(value) if isinstance(value, str) else value


def _roc(at: Decisions) -> tuple[Array, Array]:
    return quotient(at.fp, at.fp + at.tn), quotient(at.tp, at.tp + at.fn)


def _pr(at: Decisions) -> tuple[Array, Array]:
    return quotient(at.tp, at.tp + at.fn), quotient(at.tp, at.tp + at.fp)


def _pr_gain(at: Decisions) -> tuple[Array, Array]:
    odds, some = quotient(at.tp + at.fn, at.tn + at.fp), at.tp > 0
    recall_gain = np.where(some, np.maximum(1 - odds * quotient(at.fn, at.tp), 0), 0)
    return recall_gain, np.where(some, 1 - odds * quotient(at.fp, at.tp), 1)


def _interpolated(at: Decisions) -> Array:
    """Between two points TP grows with TP + FP along a line, ``TP = a + b (TP + FP)``; the precision is integrated."""
    tp, said, positives = at.tp, at.tp + at.fp, at.tp[:, 1:] + at.fn[:, 1:]
    grown, low, high = tp[:, :-1] - tp[:, 1:], said[:, 1:], said[:, :-1]
    slope = quotient(grown, high - low)
    # Below the point where nothing is above the threshold, the precision is that of the point itself.
    growth = np.log(np.where(low > 0, high, 1) / np.where(low > 0, low, 1))
    pieces = quotient(slope * (grown + (tp[:, 1:] - slope * low) * growth), positives)
    area: Array = pieces.sum(axis=-1)
    return area


#: x and y of the points of a curve, for each label and threshold.
CURVES = {"ROC": _roc, "PR": _pr, "PRGAIN": _pr_gain}

#: The height between two neighbouring points.
HEIGHTS: dict[str, Any] = {
    "interpolation": lambda a, b: (a + b) / 2,
    "minoring": np.minimum,
    "majoring": np.maximum,
}
