"""What all losses have in common: checks, sample weights, and the mean over the batch."""

from __future__ import annotations

import copy
import inspect
import math
from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from mlp import checks
from mlp.arrays import Array, as_number, constant, floating, total
from mlp.configurable import Configurable, function_of
from mlp.errors import ArgumentError, ShapeError
from mlp.names import snake_case
from mlp.registry import Registry
from mlp.rows import as_array, as_weights
from mlp.targets import prepare_targets

__all__ = ["LOSSES", "Loss", "plain"]

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)


class Loss(Configurable):
    """A loss; subclass it, giving ``measure``, or ``value_and_gradient`` for full control.

    Parameters
    ----------
    reduction : str, default "sum_over_batch_size"
        ``sum_over_batch_size`` and ``mean``: ``sum_i w_i l_i / n``; ``sum``: ``sum_i w_i l_i``;
        ``mean_with_sample_weight``: ``sum_i w_i l_i / sum_i w_i``; ``none``: the n values.
    name : str, optional
        The class's name in snake_case unless given.
    dtype : dtype, optional
        The type that outputs are converted to when the loss is called by itself.

    Attributes
    ----------
    targets : {"real", "sign", "binary", "positive", "one-hot", "index"}
        What the targets are; see ``mlp.targets``.
    axis : int
        The axis of outputs that belong to one row's value.
    whole_rows : bool
        A row's value is more than the mean of values of its outputs, so that a single axis of outputs is one row.

    Examples
    --------
    >>> class Quartic(Loss):
    ...     def measure(self, t, y):
    ...         return (y - t) ** 4, 4 * (y - t) ** 3
    >>> Quartic()([[0.0], [1.0]], [[2.0], [1.0]])
    8.0
    """

    targets = "real"
    axis: int = -1
    whole_rows: bool = False
    keras_compat: bool = False
    reduction: str | None = "sum_over_batch_size"
    name: str | None = None
    dtype: DTypeLike | None = None
    ignore_class: int | None = None

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        self.reduction = checks.one_of("reduction", reduction, REDUCTIONS)
        self.name = name or snake_case(type(self).__name__)
        self.dtype = None if dtype is None else np.dtype(dtype).name

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """As in Keras, the signature says what a loss is called unless it is given a name."""
        super().__init_subclass__(**kwargs)
        _, *own = inspect.signature(cls.__init__).parameters.values()
        called = {"name": snake_case(cls.__name__)}
        named = [p.replace(default=called.get(p.name)) if p.default is None else p for p in own]
        cls.__signature__ = inspect.Signature(named)  # type: ignore[attr-defined]

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; ``keras_compat``, which Keras does not know, only where it is set."""
        config = super().get_config()
        if not config.get("keras_compat", True):
            del config["keras_compat"]
        return config

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """Values and their derivatives.

        Parameters
        ----------
        t : ndarray
            Targets as ``mlp.targets`` leaves them.
        y : ndarray, shape (n, ..., k)
            Outputs.

        Returns
        -------
        values : ndarray
            One value per row, shape (n, ...), or one per element, shape (n, ..., k), of which a row's
            value is the mean.
        slopes : ndarray, shape (n, ..., k)
            The derivative of each row's (or element's) value; a new array.
        """
        raise NotImplementedError(f"{type(self).__name__} must define measure(self, t, y)")

    def reduced(self, t: Array, y: Array, weight: Array | None = None) -> tuple[Any, Array]:
        """Value and gradient of checked targets ``t``, outputs ``y`` and rows' weights ``weight``: what training calls."""
        values, slopes = self.measure(t, y)
        return self._reduced(values, slopes, t, weight)

    def _reduced(self, values: Array, slopes: Array, t: Array, weight: Array | None) -> tuple[Any, Array]:
        if weight is not None:
            values = values * weight.reshape(weight.shape + (1,) * (values.ndim - weight.ndim))
            slopes *= weight.reshape(weight.shape + (1,) * (slopes.ndim - weight.ndim))
        if weight is None and self.reduction != "sum" and self.ignore_class is None:
            divisor: float = values.size  # a mean over the outputs and one over the rows divide alike
        else:
            divisor = self._divisor(t, values, values.shape[-1] if values.ndim == slopes.ndim else 1, weight)
        divisor = divisor or math.inf  # without a row that counts all is 0
        scale = 1.0 / divisor
        # Not kept as a constant where it hangs on the weights of this very batch.
        slopes *= constant(scale, slopes.dtype) if weight is None else scale
        return total(values) / float(divisor), slopes

    def counted(self, t: Array) -> Array | None:
        """Which rows of the targets ``t`` count in a mean, where not all do."""
        return None

    def _divisor(self, t: Array, values: Array, outputs: int, weight: Array | None) -> float:
        """What the sum of ``values`` is divided by, ``outputs`` of them making a row."""
        if self.reduction == "sum":
            return outputs
        counted = self.counted(t)
        if self.reduction == "mean_with_sample_weight" and weight is not None:
            shaped = weight.reshape(weight.shape + (1,) * (values.ndim - weight.ndim))
            each = np.broadcast_to(shaped, values.shape)
            return float((each if counted is None else each * counted).sum(dtype=np.float64))
        return values.size if counted is None else int(np.count_nonzero(counted)) * outputs

    def value_and_gradient(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tuple[Any, Array]:
        """The loss and its gradient with respect to the outputs.

        Parameters
        ----------
        y_true : array_like
            Targets.
        y_pred : array_like, shape (n, ..., k)
            Outputs; (n,) counts as (n, 1).
        sample_weight : float or array_like, shape (n,), (n, 1) or (n, ...), optional
            Weights, not negative: of all rows, of each, or of each value of outputs ``(n, ..., k)``.

        Returns
        -------
        value : float
            The reduced loss.
        gradient : ndarray, shape of ``y_pred``
            ``dL/dy_pred``.

        Raises
        ------
        ShapeError, DataError
            If the targets do not fit the outputs or the loss.

        Examples
        --------
        >>> from mlp.losses import MeanSquaredError
        >>> MeanSquaredError().value_and_gradient([[1.0]], [[3.0]])
        (4.0, array([[4.]]))
        """
        t, y, weight = self._door(y_true, y_pred, sample_weight)
        with np.errstate(over="ignore"):  # inside, where the result is right all the same
            if self.reduction in ("none", None):
                value, gradient = self._rows(t, y)
                if weight is not None:
                    value, gradient = (
                        a * weight.reshape(weight.shape + (1,) * (a.ndim - weight.ndim))
                        for a in (value, gradient)
                    )
            else:
                value, gradient = self.reduced(t, y, weight)
                value = as_number(value)
        shape = np.shape(y_pred)
        if self.axis == -1:
            return value, gradient.reshape(shape)
        axis = self._axis(len(shape))
        moved = gradient.reshape((*shape[:axis], *shape[axis + 1 :], shape[axis]))
        return value, np.ascontiguousarray(np.moveaxis(moved, -1, axis))

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The reduced loss as a float (an array where the reduction is ``none``)."""
        return self.value_and_gradient(y_true, y_pred, sample_weight)[0]

    def on_logits(self) -> Self | None:
        """The same loss of logits instead of probabilities, where there is such a form.

        A subclass of somebody's own has none, for it may compute something else.

        Returns
        -------
        Loss or None
            A new loss.
        """
        if (
            self.keras_compat
            or self.axis != -1
            or getattr(self, "from_logits", True)
            or LOSSES.classes.get(type(self).__name__) is not type(self)
        ):
            return None
        twin = copy.copy(self)
        vars(twin)["from_logits"] = True
        return twin

    def trains_by(self) -> Callable[[Array, Array, Array | None], tuple[Any, Array]]:
        """What training calls at each batch: `reduced`, or the subclass's own ``value_and_gradient``."""
        if type(self).value_and_gradient is not Loss.value_and_gradient:
            return self.value_and_gradient
        return self.reduced if self.axis == -1 else self._reduced_along_axis

    def _reduced_along_axis(self, t: Array, y: Array, weight: Array | None) -> tuple[Any, Array]:
        if t.ndim == y.ndim:
            t = np.moveaxis(t, self.axis, -1)
        value, slopes = self.reduced(t, np.moveaxis(y, self.axis, -1), weight)
        return value, np.moveaxis(slopes, -1, self.axis)

    def prepared(self, t: Array, output_shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """Targets of a network with such outputs, as `trains_by` takes them.

        Parameters
        ----------
        t : ndarray
            Targets as they came.
        output_shape : tuple of int
            That of the outputs, rows included.
        dtype : dtype
            The type of the outputs.

        Returns
        -------
        ndarray
            The targets in that type, class numbers as integers.

        Raises
        ------
        ShapeError, DataError
            If they do not fit the outputs or the loss.
        ArgumentError
            If the axis is that of the rows.
        """
        axis = self._axis(len(output_shape))
        if axis == 0:
            raise ArgumentError(
                f"axis={self.axis} is the axis of the rows, which come in batches; use that of the outputs, axis=-1"
            )
        if t.ndim == len(output_shape):
            t = np.moveaxis(t, axis, -1)
        shape = (*output_shape[:axis], *output_shape[axis + 1 :], output_shape[axis])
        t = self._targets(t, shape, dtype)
        return np.moveaxis(t, -1, axis) if t.ndim == len(output_shape) else t

    def _targets(self, t: Array, output_shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        return prepare_targets(self.targets, t, output_shape, dtype, self.ignore_class)

    def _axis(self, axes: int) -> int:
        if not -axes <= self.axis < axes:
            raise ShapeError(f"axis={self.axis} is no axis of outputs with {axes} axes")
        return self.axis % axes

    def chosen(self, target_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> Loss:
        """The loss itself; one that chooses by ``target_shape`` and ``output_shape`` gives its choice."""
        return self

    def _door(self, y_true: Any, y_pred: Any, sample_weight: Any) -> tuple[Array, Array, Array | None]:
        y = floating(as_array("y_pred", y_pred), self.dtype)
        if y.ndim == 0:
            raise ShapeError("y_pred must have at least one axis, got a number")
        t = as_array("y_true", y_true)
        axis = self._axis(y.ndim)
        if axis != y.ndim - 1:
            t, y = (np.moveaxis(a, axis, -1) if a.ndim == y.ndim else a for a in (t, y))
        if y.ndim == 1:
            single_row = self.whole_rows or self.targets in ("one-hot", "index")
            y = y[None] if single_row else y[:, None]
            t = t[None] if single_row else t
        t = self._targets(t, y.shape, y.dtype)
        if sample_weight is not None and np.ndim(sample_weight) == 0:
            sample_weight = np.full(len(y), as_array("sample_weight", sample_weight))
        return t, y, as_weights(sample_weight, len(y), y.dtype, rest=y.shape[1:-1])

    def _rows(self, t: Array, y: Array) -> tuple[Array, Array]:
        values, slopes = self.measure(t, y)
        if values.ndim == y.ndim:
            return values.mean(axis=-1), slopes / y.shape[-1]
        return values, slopes


LOSSES: Registry[Loss] = Registry("loss", Loss)


def plain(cls: type[Loss]) -> Callable[..., Array]:
    """The plain function of a class: a value per row."""
    shared = ("reduction", "name", "dtype", "keras_compat")
    own = [name for name in cls._argument_names() if name not in shared]

    pair = {
        "y_true": "array_like\n    Targets ``t``.",
        "y_pred": "array_like, shape (n, ..., k)\n    Outputs ``y``.",
    }

    @function_of(cls, pair, "ndarray, shape (n, ...)\n    ``l``, a value per row.", shared)
    def function(y_true: Any, y_pred: Any, *args: Any, **kwargs: Any) -> Array:
        loss = cls(**dict(zip(own, args, strict=False)), **kwargs, reduction="none")
        if np.ndim(y_pred) != 1:
            return np.asarray(loss(y_true, y_pred))
        loss._axis(1)
        loss.axis = -1
        row: Array = np.asarray(loss([y_true], [y_pred]))[0]
        return row

    return function
