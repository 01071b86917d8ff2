"""Cross-entropies and divergences as metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from mlp import checks
from mlp.arrays import Array
from mlp.errors import DataError
from mlp.metrics.base import METRICS, pair, probabilities, weights_for
from mlp.metrics.of_losses import LossMetric

__all__ = [
    "BinaryCrossentropy", "CategoricalCrossentropy", "KLDivergence", "Poisson", "SparseCategoricalCrossentropy",
]  # fmt: skip


@METRICS.add()
class KLDivergence(LossMetric):
    """``sum_k t log(t / y)`` of each row, both clipped to [1e-7, 1] (Kullback and Leibler 1951).

    Parameters
    ----------
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> round(KLDivergence()([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]), 6)
    0.458143
    """

    loss = "kl_divergence"

    def values(self, t: Array, y: Array) -> Any:
        """The divergence of each row."""
        probabilities("y_true", t, "the divergence is of probabilities")
        probabilities("y_pred", y, "end the network in a sigmoid or softmax")
        return super().values(t, y)


@METRICS.add()
class Poisson(LossMetric):
    """``mean (y - t log(y + 1e-7))``: the deviance of counts ``t`` with the expectation ``y``, but for what ``t`` adds.

    Parameters
    ----------
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> round(Poisson()([[0, 1], [0, 0]], [[1, 1], [0, 0]]), 6)
    0.5
    """

    loss = "poisson"

    def values(self, t: Array, y: Array) -> Any:
        """The loss of each row."""
        if (t < 0).any() or (y < 0).any():
            raise DataError(
                f"{self.name}: counts and their expectations must not be negative, got {min(t.min(), y.min()):g}; end the "
                "network in an activation that is not, such as softplus or exponential"
            )
        return super().values(t, y)


@METRICS.add("bce", "BCE")
class BinaryCrossentropy(LossMetric):
    """``-mean (t log p + (1 - t) log(1 - p))``, with ``p = sigmoid(y)`` if ``from_logits``, else ``p = y``.

    Parameters
    ----------
    name, dtype
        See `Metric`.
    from_logits : bool, default False
        The outputs are logits, not probabilities.
    label_smoothing : float, default 0
        ``t`` is replaced by ``t (1 - s) + s / 2``.

    Examples
    --------
    >>> round(BinaryCrossentropy()([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]), 6)
    0.814924
    """

    loss = "binary_crossentropy"

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: DTypeLike | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(name, dtype)
        self.from_logits = checks.flag("from_logits", from_logits)
        self.label_smoothing = checks.real("label_smoothing", label_smoothing, 0.0, 1.0)


@METRICS.add("cce")
class CategoricalCrossentropy(LossMetric):
    """``-sum_k t log p``, with ``p = softmax(y)`` if ``from_logits``, else ``p = y / sum_k y``; ``t`` is one-hot.

    Parameters
    ----------
    name, dtype
        See `Metric`.
    from_logits : bool, default False
        The outputs are logits, not probabilities.
    label_smoothing : float, default 0
        ``t`` is replaced by ``t (1 - s) + s / k``.
    axis : int, default -1
        Must be -1, the last axis.

    Examples
    --------
    >>> y = [[0.05, 0.95, 0], [0.1, 0.8, 0.1]]
    >>> round(CategoricalCrossentropy()([[0, 1, 0], [0, 0, 1]], y), 6)
    1.176939
    """

    loss = "categorical_crossentropy"

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: DTypeLike | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
    ) -> None:
        super().__init__(name, dtype)
        self.from_logits = checks.flag("from_logits", from_logits)
        self.label_smoothing = checks.real("label_smoothing", label_smoothing, 0.0, 1.0)
        self.axis = checks.one_of("axis", axis, (-1,))


@METRICS.add("scce")
class SparseCategoricalCrossentropy(LossMetric):
    """``-log p_t``, with ``p = softmax(y)`` if ``from_logits``, else ``p = y / sum_k y``; ``t`` is a class number.

    Parameters
    ----------
    name, dtype
        See `Metric`.
    from_logits : bool, default False
        The outputs are logits, not probabilities.
    ignore_class : int, optional
        Rows with this class number are 0; with sample weights, they have weight 0 (as in Keras).
    axis : int, default -1
        Must be -1, the last axis.

    Examples
    --------
    >>> y = [[0.05, 0.95, 0], [0.1, 0.8, 0.1]]
    >>> round(SparseCategoricalCrossentropy()([1, 2], y), 6)
    1.176939
    """

    loss = "sparse_categorical_crossentropy"

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: DTypeLike | None = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(name, dtype)
        self.from_logits = checks.flag("from_logits", from_logits)
        self.ignore_class = (
            None if ignore_class is None else checks.integer("ignore_class", ignore_class, -(2**31))
        )
        self.axis = checks.one_of("axis", axis, (-1,))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in the rows of one batch; see `Metric.update_state`."""
        if sample_weight is not None and self.ignore_class is not None:
            t, y = pair(y_true, y_pred)
            t = t.reshape(y.shape[:-1])
            w = weights_for(sample_weight, t.shape)
            sample_weight = np.where(t == self.ignore_class, 0.0, 1.0) * w
        super().update_state(y_true, y_pred, sample_weight)
