"""Metrics that count right decisions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ShapeError
from mlp.metrics.base import METRICS, Metric, same_shape

__all__ = [
    "Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "SignAccuracy", "SparseCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy", "TopKCategoricalAccuracy",
]  # fmt: skip


@METRICS.add()
class Accuracy(Metric):
    """The share of outputs that equal their targets.

    Parameters
    ----------
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> Accuracy()([1, 2, 3, 4], [0, 2, 3, 4])
    0.75
    """

    direction = "up"

    def values(self, t: Array, y: Array) -> Any:
        """``t == y``."""
        same_shape(t, y)
        return np.equal(t, y)


@METRICS.add()
class BinaryAccuracy(Metric):
    """The share of outputs on the right side of ``threshold``: above it for positive targets, else not.

    Parameters
    ----------
    name, dtype
        See `Metric`.
    threshold : float, default 0.5
        Where the decision changes.

    Examples
    --------
    >>> BinaryAccuracy()([1, 1, 0, 0], [0.98, 1.0, 0.0, 0.6])
    0.75
    >>> from mlp.metrics import binary_accuracy
    >>> binary_accuracy([1, 1, 0, 0], [0.98, 1.0, 0.0, 0.6])
    array([1., 1., 1., 0.])
    """

    direction = "up"

    def __init__(
        self, name: str | None = "binary_accuracy", dtype: DTypeLike | None = None, threshold: float = 0.5
    ) -> None:
        super().__init__(name, dtype)
        self.threshold = checks.real("threshold", threshold)

    def values(self, t: Array, y: Array) -> Any:
        """``(y > threshold) == (t > 0)``."""
        same_shape(t, y)
        return np.equal(y > self.threshold, t > 0)


@METRICS.add()
class SignAccuracy(Metric):
    """The share of right decisions with labels -1 and +1: +1 where the output is > 0, else -1.

    What ``metrics=["accuracy"]`` means beside a hinge loss.  Labels 0 and 1 are read as -1 and +1.

    Parameters
    ----------
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> SignAccuracy()([1, -1, -1], [0.2, -3.0, 0.0])
    1.0
    """

    direction = "up"
    threshold = 0.0

    def values(self, t: Array, y: Array) -> Any:
        """``(y > 0) == (t > 0)``."""
        same_shape(t, y)
        return np.equal(y > self.threshold, t > 0)


@METRICS.add()
class CategoricalAccuracy(Metric):
    """The share of rows whose largest output stands where the one-hot target is largest.

    Parameters
    ----------
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> CategoricalAccuracy()([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0.0]])
    0.5
    >>> from mlp.metrics import categorical_accuracy
    >>> categorical_accuracy([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0.0]])
    array([0., 1.])
    """

    direction = "up"

    def values(self, t: Array, y: Array) -> Any:
        """``argmax t == argmax y``."""
        same_shape(t, y)
        return np.equal(t.argmax(axis=-1), y.argmax(axis=-1))


def _class_numbers(t: Array, y: Array) -> Array:
    t = t[..., 0] if t.ndim == y.ndim and t.shape[-1] == 1 else t
    if t.shape != y.shape[:-1]:
        raise ShapeError(f"y_true must have shape {y.shape[:-1]}, one class number a row, got {t.shape}")
    return t


@METRICS.add()
class SparseCategoricalAccuracy(Metric):
    """The share of rows whose largest output stands at the target's class number.

    Parameters
    ----------
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> SparseCategoricalAccuracy()([2, 1], [[0.1, 0.6, 0.3], [0.05, 0.95, 0.0]])
    0.5
    >>> from mlp.metrics import sparse_categorical_accuracy
    >>> sparse_categorical_accuracy([2, 1], [[0.1, 0.6, 0.3], [0.05, 0.95, 0.0]])
    array([0., 1.])
    """

    direction = "up"

    def values(self, t: Array, y: Array) -> Any:
        """``t == argmax y``."""
        return np.equal(_class_numbers(t, y), y.argmax(axis=-1))


def _in_top_k(t: Array, y: Array, k: int) -> Any:
    """Whether fewer than k outputs of a row are larger than the one of class t."""
    known = (t >= 0) & (t < y.shape[-1]) & (t == np.floor(t))  # what is no class is never among the k
    own = np.take_along_axis(y, np.where(known, t, 0).astype(np.intp)[..., None], axis=-1)
    return known & ((y > own).sum(axis=-1) < k)


@METRICS.add()
class TopKCategoricalAccuracy(Metric):
    """The share of rows whose one-hot target is among the ``k`` largest outputs.

    Parameters
    ----------
    k : int, default 5
        How many outputs count.
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> y = [[0.1, 0.9, 0.8], [0.4, 0.1, 0.5]]
    >>> TopKCategoricalAccuracy(k=2)([[0, 0, 1], [0, 1, 0]], y)
    0.5
    >>> from mlp.metrics import top_k_categorical_accuracy
    >>> top_k_categorical_accuracy([[0, 0, 1], [0, 1, 0]], y, k=2)
    array([1., 0.])
    """

    direction = "up"

    def __init__(
        self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: DTypeLike | None = None
    ) -> None:
        super().__init__(name, dtype)
        self.k = checks.integer("k", k)

    def values(self, t: Array, y: Array) -> Any:
        """Whether ``argmax t`` is among the k largest of ``y``."""
        same_shape(t, y)
        return _in_top_k(t.argmax(axis=-1), y, self.k)


@METRICS.add()
class SparseTopKCategoricalAccuracy(Metric):
    """The share of rows whose class number is among the ``k`` largest outputs.

    Parameters
    ----------
    k : int, default 5
        How many outputs count.
    name, dtype
        See `Metric`.
    from_sorted_ids : bool, default False
        The outputs are class numbers, the likeliest first, of which the first ``k`` count.

    Examples
    --------
    >>> SparseTopKCategoricalAccuracy(k=2)([2, 1], [[0.1, 0.9, 0.8], [0.4, 0.1, 0.5]])
    0.5
    >>> from mlp.metrics import sparse_top_k_categorical_accuracy
    >>> sparse_top_k_categorical_accuracy([2, 1], [[0.1, 0.9, 0.8], [0.4, 0.1, 0.5]], k=2)
    array([1., 0.])
    """

    direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: DTypeLike | None = None,
        from_sorted_ids: bool = False,
    ) -> None:
        super().__init__(name, dtype)
        self.k = checks.integer("k", k)
        self.from_sorted_ids = checks.flag("from_sorted_ids", from_sorted_ids)

    def values(self, t: Array, y: Array) -> Any:
        """Whether ``t`` is among the k largest of ``y``."""
        t = _class_numbers(t, y)
        return (
            (t[..., None] == y[..., : self.k]).any(axis=-1)
            if self.from_sorted_ids
            else _in_top_k(t, y, self.k)
        )
