"""Metrics: numbers that judge outputs, gathered over batches (`update_state`, `result`, `reset_state`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from mlp import checks, losses
from mlp.arrays import Array, floating
from mlp.configurable import Configurable, function_of
from mlp.errors import ArgumentTypeError, ShapeError, UnknownNameError
from mlp.names import snake_case
from mlp.registry import Registry
from mlp.rows import as_array, as_weights

__all__ = [
    "Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "MeanAbsoluteError", "MeanMetricWrapper", "MeanSquaredError",
    "Metric", "SignAccuracy", "SparseCategoricalAccuracy", "SparseTopKCategoricalAccuracy", "TopKCategoricalAccuracy",
    "accuracy_for", "binary_accuracy", "categorical_accuracy", "get", "mean_absolute_error", "mean_squared_error",
    "sparse_categorical_accuracy", "sparse_top_k_categorical_accuracy", "top_k_categorical_accuracy",
]  # fmt: skip


class Metric(Configurable):
    """The weighted mean of a value per row; subclass it, giving ``values``, or the three methods of state.

    Parameters
    ----------
    name : str, optional
        The name in logs; the class's name in snake_case unless given.
    dtype : dtype, optional
        The type that outputs are converted to.

    Attributes
    ----------
    direction : {"up", "down"}
        Whether more or less is better, for callbacks with ``mode="auto"``.
    adds_up : bool
        The result is a sum over rows, such as a count, and grows with their weights; declared, or
        `mlp.testing.check_metric` objects.

    Examples
    --------
    >>> metric = MeanAbsoluteError()
    >>> metric.update_state([[1.0]], [[3.0]])
    >>> metric.update_state([[1.0]], [[2.0]])
    >>> metric.result()
    1.5
    """

    direction = "down"
    adds_up: bool = False
    name: str | None = None
    dtype: DTypeLike | None = None
    _total = 0.0
    _weight = 0.0

    def __init__(self, name: str | None = None, dtype: DTypeLike | None = None) -> None:
        self.name = name or snake_case(type(self).__name__)
        self.dtype = None if dtype is None else np.dtype(dtype).name

    def values(self, t: Array, y: Array) -> Any:
        """A value per row, shape (n, ...), or per element, shape (n, ..., k), of targets and outputs."""
        raise NotImplementedError(f"{type(self).__name__} must define values(self, t, y)")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in the rows of one batch.

        Parameters
        ----------
        y_true, y_pred : array_like
            Targets and outputs.
        sample_weight : array_like, shape (n,), optional
            Weights of the rows.

        Raises
        ------
        ShapeError
            If the shapes do not fit.
        """
        t, y = _pair(y_true, y_pred, self.dtype)
        if y.ndim == t.ndim == 1:
            # Rows of one output, not one row: what is taken over the last axis is taken within a row.
            t, y = t[:, None], y[:, None]
        values = np.asarray(self.values(t, y))
        if values.shape[:1] != y.shape[:1]:
            raise ShapeError(
                f"{self.name} must give a value per row, {len(y)} of them, got shape {values.shape}; take the mean over "
                "axis=-1 only"
            )
        if sample_weight is None:
            weight = float(values.size)
        else:
            w = as_weights(sample_weight, y.shape[0], np.dtype(np.float64))
            assert w is not None  # noqa: S101 - as_weights returns None for None only
            shaped = w.reshape(w.shape + (1,) * (values.ndim - 1))
            values, weight = values * shaped, float(w.sum()) * values.size / max(1, len(w))
        self._total += float(np.add.reduce(values, axis=None, dtype=np.float64))
        self._weight += weight

    def result(self) -> float:
        """The mean over all rows since the last `reset_state`; 0 where there were none."""
        return self._total / self._weight if self._weight else 0.0

    def reset_state(self) -> None:
        """Forget all rows."""
        self._total = self._weight = 0.0

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        """Take in a batch and return the result so far, as in Keras."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()


def _pair(y_true: Any, y_pred: Any, dtype: DTypeLike | None = None) -> tuple[Array, Array]:
    """Targets and outputs as arrays with one row axis in common; (n,) beside (n, 1) becomes (n, 1)."""
    y = floating(as_array("y_pred", y_pred), dtype)
    t = as_array("y_true", y_true)
    if y.ndim == 0:
        y, t = y.reshape(1, 1), t.reshape(1, 1)
    if t.shape == (*y.shape, 1):
        t = t[..., 0]
    elif y.shape == (*t.shape, 1):
        t = t[..., None]
    if t.shape[:1] != y.shape[:1]:
        raise ShapeError(f"y_true and y_pred must have the same number of rows, got {t.shape} and {y.shape}")
    return t, y


def _same_shape(t: Array, y: Array) -> None:
    if t.shape != y.shape:
        raise ShapeError(f"y_true must have the shape of y_pred, {y.shape}, got {t.shape}")


METRICS: Registry[Metric] = Registry("metric", Metric)


def _function(cls: type[Metric]) -> Callable[..., Array]:
    """The plain function of a class: its values."""

    @function_of(cls, "y_true", "y_pred", without=("name", "dtype"))
    def function(y_true: Any, y_pred: Any, *args: Any, **kwargs: Any) -> Array:
        metric = cls(**dict(zip(own, args, strict=False)), **kwargs)
        return np.asarray(metric.values(*_pair(y_true, y_pred)))

    own = [name for name in cls._argument_names() if name not in ("name", "dtype")]
    return function


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
        _same_shape(t, y)
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
        _same_shape(t, y)
        return np.abs(y - t)


@METRICS.add()
class Accuracy(Metric):
    """The share of outputs that equal their targets.

    Examples
    --------
    >>> Accuracy()([1, 2, 3, 4], [0, 2, 3, 4])
    0.75
    """

    direction = "up"

    def values(self, t: Array, y: Array) -> Any:
        """``t == y``."""
        _same_shape(t, y)
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
    """

    direction = "up"

    def __init__(
        self, name: str | None = "binary_accuracy", dtype: DTypeLike | None = None, threshold: float = 0.5
    ) -> None:
        super().__init__(name, dtype)
        self.threshold = checks.real("threshold", threshold)

    def values(self, t: Array, y: Array) -> Any:
        """``(y > threshold) == (t > 0)``."""
        _same_shape(t, y)
        return np.equal(y > self.threshold, t > 0)


@METRICS.add()
class SignAccuracy(Metric):
    """The share of right decisions with labels -1 and +1: +1 where the output is > 0, else -1.

    What ``metrics=["accuracy"]`` means beside a hinge loss.  Labels 0 and 1 are read as -1 and +1.

    Examples
    --------
    >>> SignAccuracy()([1, -1, -1], [0.2, -3.0, 0.0])
    1.0
    """

    direction = "up"

    def values(self, t: Array, y: Array) -> Any:
        """``(y > 0) == (t > 0)``."""
        _same_shape(t, y)
        return np.equal(y > 0, t > 0)


@METRICS.add()
class CategoricalAccuracy(Metric):
    """The share of rows whose largest output stands where the one-hot target is largest.

    Examples
    --------
    >>> CategoricalAccuracy()([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0.0]])
    0.5
    """

    direction = "up"

    def values(self, t: Array, y: Array) -> Any:
        """``argmax t == argmax y``."""
        _same_shape(t, y)
        return np.equal(t.argmax(axis=-1), y.argmax(axis=-1))


def _class_numbers(t: Array, y: Array) -> Array:
    t = t[..., 0] if t.ndim == y.ndim and t.shape[-1] == 1 else t
    if t.shape != y.shape[:-1]:
        raise ShapeError(f"y_true must have shape {y.shape[:-1]}, one class number a row, got {t.shape}")
    return t


@METRICS.add()
class SparseCategoricalAccuracy(Metric):
    """The share of rows whose largest output stands at the target's class number.

    Examples
    --------
    >>> SparseCategoricalAccuracy()([2, 1], [[0.1, 0.6, 0.3], [0.05, 0.95, 0.0]])
    0.5
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
    >>> TopKCategoricalAccuracy(k=2)([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.4, 0.1, 0.5]])
    0.5
    """

    direction = "up"

    def __init__(
        self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: DTypeLike | None = None
    ) -> None:
        super().__init__(name, dtype)
        self.k = checks.integer("k", k)

    def values(self, t: Array, y: Array) -> Any:
        """Whether ``argmax t`` is among the k largest of ``y``."""
        _same_shape(t, y)
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

    Examples
    --------
    >>> SparseTopKCategoricalAccuracy(k=2)([2, 1], [[0.1, 0.9, 0.8], [0.4, 0.1, 0.5]])
    0.5
    """

    direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, dtype)
        self.k = checks.integer("k", k)

    def values(self, t: Array, y: Array) -> Any:
        """Whether ``t`` is among the k largest of ``y``."""
        return _in_top_k(_class_numbers(t, y), y, self.k)


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


binary_accuracy, categorical_accuracy = _function(BinaryAccuracy), _function(CategoricalAccuracy)
sparse_categorical_accuracy = _function(SparseCategoricalAccuracy)
top_k_categorical_accuracy = _function(TopKCategoricalAccuracy)
sparse_top_k_categorical_accuracy = _function(SparseTopKCategoricalAccuracy)
mean_absolute_error, mean_squared_error = losses.mean_absolute_error, losses.mean_squared_error


def accuracy_for(loss: losses.Loss | None, outputs: int, name: str = "accuracy") -> Metric:
    """What "accuracy" means for a loss and a number of outputs.

    As in Keras: one output, `BinaryAccuracy`; class numbers, `SparseCategoricalAccuracy`; else
    `CategoricalAccuracy`.  What Keras does not: beside a hinge loss, `SignAccuracy`; beside a binary
    cross-entropy of logits, the decision changes at logit 0, not at 0.5.

    Examples
    --------
    >>> accuracy_for(losses.get("hinge"), 1), accuracy_for(losses.get("mse"), 3)
    (SignAccuracy(name='accuracy'), CategoricalAccuracy(name='accuracy'))
    """
    targets = "real" if loss is None else loss.targets
    if targets == "sign":
        return SignAccuracy(name=name)
    if outputs == 1 and targets != "index":
        return BinaryAccuracy(name=name, threshold=0.0 if getattr(loss, "from_logits", False) else 0.5)
    return SparseCategoricalAccuracy(name=name) if targets == "index" else CategoricalAccuracy(name=name)


def get(identifier: Any, argument: str = "") -> Metric:
    """The metric that a name, class, function or object means; the name of a loss means its mean.

    Parameters
    ----------
    identifier : str, object, class or function
        What is meant.
    argument : str, optional
        What the caller calls it, for messages.

    Raises
    ------
    UnknownNameError, ArgumentTypeError
        If it means none.

    Examples
    --------
    >>> get("mae").name, get("hinge").name
    ('mae', 'hinge')
    """
    if (
        callable(identifier)
        and not isinstance(identifier, Metric | type)
        and not hasattr(identifier, "configurable")
    ):
        return MeanMetricWrapper(identifier)
    if isinstance(identifier, str):
        try:
            metric = METRICS.get(identifier, argument)
        except UnknownNameError:
            if identifier not in losses.LOSSES.names:
                raise METRICS.unknown(identifier, "metric", ["accuracy", *losses.LOSSES.known()]) from None
            metric = MeanMetricWrapper(getattr(losses, snake_case(losses.LOSSES.names[identifier].__name__)))
        metric.name = identifier
        return metric
    if isinstance(identifier, Mapping) and identifier.get("class_name") == MeanMetricWrapper.__name__:
        return MeanMetricWrapper.from_config(identifier["config"])
    cls = getattr(identifier, "configurable", None)
    if isinstance(cls, type) and issubclass(cls, losses.Loss):
        return MeanMetricWrapper(identifier)
    return METRICS.get(identifier, argument)
