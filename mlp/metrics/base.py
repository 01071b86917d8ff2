"""What all metrics have in common: rows, weights and state; and their registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from mlp.arrays import Array, RunningSum, exact_total, floating
from mlp.configurable import Configurable, function_of
from mlp.errors import DataError, ShapeError
from mlp.names import snake_case
from mlp.registry import Registry
from mlp.rows import as_array, as_weights

__all__ = [
    "METRICS", "Metric", "function_for", "numbers", "pair", "probabilities", "quotient", "rows", "same_shape",
    "weights_for",
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
    scale_free : bool
        Only the ratios of weights count; False, declared likewise, where a small number is added to their sums.

    Examples
    --------
    >>> class AbsoluteError(Metric):
    ...     def values(self, t, y):
    ...         return abs(y - t)
    >>> metric = AbsoluteError()
    >>> metric.update_state([[1.0]], [[3.0]])
    >>> metric.update_state([[1.0]], [[2.0]])
    >>> metric.result()
    1.5
    >>> metric.reset_state()
    >>> metric.result()
    0.0
    """

    direction = "down"
    adds_up: bool = False
    scale_free: bool = True
    name: str | None = None
    dtype: DTypeLike | None = None
    _sums: tuple[RunningSum, RunningSum] | None = None

    def __init__(self, name: str | None = None, dtype: DTypeLike | None = None) -> None:
        self.name = name or snake_case(type(self).__name__)
        self.dtype = None if dtype is None else np.dtype(dtype).name

    def values(self, t: Array, y: Array) -> Any:
        """A value per row, (n, ...), or per element, (n, ..., k), of targets ``t`` and outputs ``y``, both (n, ..., k)."""
        raise NotImplementedError(f"{type(self).__name__} must define values(self, t, y)")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in the rows of one batch.

        Parameters
        ----------
        y_true, y_pred : array_like
            Targets and outputs.
        sample_weight : array_like, shape (n,), optional
            Weights of the rows; with more axes, as (n, 1), (1, k) or (n, k), weights of single values.

        Raises
        ------
        ShapeError
            If the shapes do not fit.
        DataError
            If the weights are negative or not finite, or what came is nothing that the metric can judge.
        """
        t, y = rows(y_true, y_pred, self.dtype)
        values = np.asarray(self.values(t, y))
        if values.shape[:1] != y.shape[:1]:
            raise ShapeError(
                f"{self.name} must give a value per row, {len(y)} of them, got shape {values.shape}; take the mean over "
                "axis=-1 only"
            )
        self._add(values, sample_weight)

    def _add(self, values: Array, sample_weight: Any) -> None:
        """Take in values of rows; those of one row weigh together what one row weighs."""
        w = weights_for(sample_weight, values.shape)
        in_a_row = values.size / max(1, len(values)) or 1.0
        whole = float(exact_total(values if w is None else values * w))
        self._count(whole / in_a_row, len(values) if w is None else float(exact_total(w)) / in_a_row)

    def _count(self, whole: float, weight: float) -> None:
        if self._sums is None:
            self._sums = RunningSum(), RunningSum()
        for so_far, more in zip(self._sums, (whole, weight), strict=True):
            so_far.add(more)

    def _counted(self) -> tuple[float, float]:
        """The sum of all weighted values since the last `reset_state`, and that of their weights."""
        return (0.0, 0.0) if self._sums is None else (self._sums[0].value, self._sums[1].value)

    def result(self) -> Any:
        """The mean over all rows since the last `reset_state`; 0 where there were none.

        Returns
        -------
        float or ndarray
            The mean; an array of float64 where a metric has several numbers.
        """
        whole, weight = self._counted()
        return whole / weight if weight else 0.0

    def reset_state(self) -> None:
        """Forget all rows."""
        self._sums = None

    def get_state(self) -> dict[str, Any]:
        """What has been gathered, for a training that is kept in the middle of an epoch: all attributes but arguments."""
        return {name: value for name, value in vars(self).items() if name not in self._argument_names()}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take over the ``state`` that `get_state` returned."""
        vars(self).update(state)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Take in a batch and return the result so far, as in Keras."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()


def pair(y_true: Any, y_pred: Any, dtype: DTypeLike | None = None) -> tuple[Array, Array]:
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


def rows(y_true: Any, y_pred: Any, dtype: DTypeLike | None = None) -> tuple[Array, Array]:
    """What `pair` gives, vectors as columns: they are rows of one output, not one row."""
    t, y = pair(y_true, y_pred, dtype)
    return (t[:, None], y[:, None]) if y.ndim == t.ndim == 1 else (t, y)


def same_shape(t: Array, y: Array) -> None:
    """Refuse targets that would broadcast."""
    if t.shape != y.shape:
        cure = "; np.eye(k)[y_true] makes class numbers one-hot rows" if t.shape == y.shape[:-1] else ""
        raise ShapeError(f"y_true must have the shape of y_pred, {y.shape}, got {t.shape}{cure}")


def weights_for(sample_weight: Any, shape: tuple[int, ...]) -> Array | None:
    """A weight in float64 for each of the values of ``shape``, or None where there are no weights.

    Raises
    ------
    ShapeError, DataError
        If they do not fit, are negative or not finite.
    """
    if sample_weight is None:
        return None
    w, double = as_array("sample_weight", sample_weight), np.dtype(np.float64)
    rows_only = w.ndim == 1 or w.shape == (shape[0], 1)
    checked = as_weights(w if rows_only else w.ravel(), shape[0] if rows_only else w.size, double)
    assert checked is not None  # noqa: S101 - as_weights returns None for None only
    first = (shape[0],) if rows_only else w.shape
    if first == shape[: len(first)]:  # of rows, or of their values, which may have several outputs
        first = (*first, *(1 for _ in shape[len(first) :]))
    w = checked.reshape(first)
    try:
        return np.broadcast_to(w, shape)
    except ValueError:
        raise ShapeError(
            f"sample_weight must have shape ({shape[0]},), one weight a row, or one that broadcasts to {shape}, "
            f"got {w.shape}"
        ) from None


def quotient(a: Any, b: Any) -> Any:
    """``a / b``, and 0 where ``b`` is 0: a share of nothing."""
    a, b = np.broadcast_arrays(np.asarray(a, np.float64), b)
    return np.divide(a, b, out=np.zeros(a.shape), where=b != 0)


def numbers(values: Array) -> Any:
    """Several numbers as an array, one as a float."""
    return float(values.ravel()[0]) if values.size == 1 else values


def probabilities(name: str, a: Array, cure: str) -> None:
    """Refuse what is not from 0 to 1.

    Raises
    ------
    DataError
        Naming the first such place.
    """
    wrong = ~((a >= 0) & (a <= 1))
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise DataError(
            f"{name} must be from 0 to 1, got {a[place]:g} at {name}[{', '.join(map(str, place))}]; {cure}"
        )


METRICS: Registry[Metric] = Registry("metric", Metric)


def function_for(cls: type[Metric]) -> Callable[..., Array]:
    """The plain function of a class: its values, numbers of the outputs' type."""
    both = {
        "y_true": "array_like\n    Targets ``t``.",
        "y_pred": "array_like, shape (n, ..., k)\n    Outputs ``y``.",
    }

    @function_of(cls, both, "ndarray\n    The values whose mean the metric is.", ("name", "dtype"))
    def function(y_true: Any, y_pred: Any, *args: Any, **kwargs: Any) -> Array:
        metric = cls(**dict(zip(own, args, strict=False)), **kwargs)
        t, y = pair(y_true, y_pred)
        return np.asarray(metric.values(t, y), y.dtype)

    own = [name for name in cls._argument_names() if name not in ("name", "dtype")]
    return function
