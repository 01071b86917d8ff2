"""Sums and means of numbers that somebody else computed, and of what a plain function gives."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from mlp import losses
from mlp.arrays import Array, exact_total, floating
from mlp.configurable import encode
from mlp.errors import ArgumentTypeError
from mlp.metrics.base import METRICS, Metric, weights_for
from mlp.names import nearest, snake_case
from mlp.rows import as_array

__all__ = ["Mean", "MeanMetricWrapper", "Sum"]


class Mean(Metric):
    """The weighted mean of values: ``update_state(values, sample_weight=None)``, with no targets.

    Parameters
    ----------
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> mean = Mean()
    >>> mean.update_state([1, 3, 5, 7], sample_weight=[1, 1, 0, 0])
    >>> mean.result()
    2.0
    """

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Take in values, a number or an array with an axis of rows, and the weights of the rows or of each value."""
        self._add(_numbers(values, self.dtype), sample_weight)

    def __call__(self, values: Any, sample_weight: Any = None) -> float:  # type: ignore[override]
        """Take in values and return the result so far."""
        self.update_state(values, sample_weight)
        return float(self.result())


class Sum(Mean):
    """The weighted sum of values: ``update_state(values, sample_weight=None)``, with no targets.

    Parameters
    ----------
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> total = Sum()
    >>> total.update_state([1, 3, 5, 7], sample_weight=[1, 1, 0, 0])
    >>> total.result()
    4.0
    """

    adds_up = True

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Take in values, as `Mean` does."""
        v = _numbers(values, self.dtype)
        w = weights_for(sample_weight, v.shape)
        self._count(float(exact_total(v if w is None else v * w)), 0.0)

    def result(self) -> float:
        """The sum of all values since the last `reset_state`."""
        return self._counted()[0]


def _numbers(values: Any, dtype: DTypeLike | None) -> Array:
    return np.atleast_1d(floating(as_array("values", values), dtype))


class MeanMetricWrapper(Metric):
    """The mean of ``fn(y_true, y_pred, **kwargs)``: how a plain function becomes a metric.

    Parameters
    ----------
    fn : callable
        Returns a value per row, or one for each output of a row.
    name : str, optional
        The function's name unless given.
    dtype : dtype, optional
        See `Metric`.
    **kwargs
        Further arguments of ``fn``.

    Examples
    --------
    >>> MeanMetricWrapper(losses.mean_squared_error)([[1.0]], [[3.0]])
    4.0
    >>> of_logits = MeanMetricWrapper(losses.binary_crossentropy, from_logits=True)
    >>> of_logits([[1.0]], [[-1000.0]])
    1000.0
    """

    @classmethod
    def _refuse_unknown(cls, given: Iterable[str]) -> None:
        """What others do not know may be an argument of ``fn``."""

    def __init__(
        self,
        fn: Callable[..., Any],
        name: str | None = None,
        dtype: DTypeLike | None = None,
        **kwargs: Any,
    ) -> None:
        if not callable(fn):
            raise ArgumentTypeError(f"fn must be a function of y_true and y_pred, got {fn!r}")
        super().__init__(name or getattr(fn, "__name__", type(fn).__name__), dtype)
        known = _parameters(fn)
        for argument in kwargs:
            if known is not None and argument not in known:
                raise ArgumentTypeError(f"{self.name} has no argument {argument!r}{nearest(argument, known)}")
        self.fn = fn
        self._options = kwargs

    def values(self, t: Array, y: Array) -> Any:
        """``fn(t, y, **kwargs)``."""
        return np.asarray(self.fn(t, y, **self._options))

    def get_state(self) -> dict[str, Any]:
        """See `Metric.get_state`; the further arguments of ``fn`` are no state either."""
        return {name: value for name, value in super().get_state().items() if name != "_options"}

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as JSON can hold them."""
        return {**super().get_config(), **{name: encode(value) for name, value in self._options.items()}}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The wrapper of a loss's function, stored by the loss's name."""
        return cls(**{**config, "fn": getattr(losses, snake_case(type(losses.get(config["fn"])).__name__))})


def _parameters(fn: Callable[..., Any]) -> list[str] | None:
    """The names that ``fn`` takes; None where it takes any, or nobody can tell."""
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return [parameter.name for parameter in parameters]


# Known by name, as in Keras; but not among the classes of metrics that judge outputs by targets.
METRICS.names.update(Mean=Mean, mean=Mean, Sum=Sum, sum=Sum, MeanMetricWrapper=MeanMetricWrapper)
