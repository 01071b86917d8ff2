"""Rows, targets and weights of one call, as a network and its loss take them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError
from mlp.joint import losses_of
from mlp.lazy import LazyRows, is_lazy
from mlp.rows import as_array, as_weights, require_finite
from mlp.several import Several

if TYPE_CHECKING:
    from mlp.losses import Loss
    from mlp.trainable import Trainable

__all__ = ["Samples"]


@dataclass(frozen=True)
class Samples:
    """Rows ``x``, targets ``t`` in the form that the loss sees, and weights, all of one length.

    Where a network has several inputs or outputs, each is `Several`.  ``class_weight`` holds the weight of each row's
    class, which counts in training alone.
    """

    x: Any
    t: Any
    weight: Any
    class_weight: Array | None = None

    def __len__(self) -> int:
        return len(self.x)

    @classmethod
    def checked(
        cls,
        network: Trainable,
        x: Any,
        y: Any,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | None = None,
        prefix: str = "",
        lazily: bool = False,
    ) -> Samples:
        """What a caller handed over, checked and converted.

        Parameters
        ----------
        network : Trainable
            Compiled with a loss.
        x, y, sample_weight, class_weight
            As in `Network.fit`.
        prefix : str, optional
            Goes before the names in messages.
        lazily : bool, default False
            Leave memory-mapped rows in their file.

        Raises
        ------
        StateError, ShapeError, DataError, ArgumentTypeError, ArgumentError
            If the network is not ready or something does not fit.
        """
        losses = losses_of(network.compiled.needed_loss())
        if x is None:
            raise DataError(f"{prefix}x is missing: there are no rows")
        if y is None:
            raise DataError(f"{prefix}y is missing: a loss compares the outputs with targets")
        rows = network.rows_in(x, lazily) if lazily else network.rows_in(x)
        require_finite(f"{prefix}x", rows)
        real = np.empty(0, network.dtype).real.dtype
        names = network.output_names
        if len(names) == 1:
            loss, raw, t = _targets(
                network, losses[0], y, len(rows), network.output_shapes[0], prefix, "y", lazily
            )
            rest = _rest(loss, network.output_shapes[0])
            weight = as_weights(sample_weight, len(rows), network.dtype, f"{prefix}sample_weight", rest)
            by_class = None if class_weight is None else _class_weights(loss, raw, t, class_weight, real)
            network.compiled.settle([loss])
            return cls(rows, t, weight, by_class)
        if class_weight is not None:
            raise ArgumentError("class_weight is for networks with one output; use sample_weight")
        given = _of_outputs(f"{prefix}y", y, names)
        found = [
            _targets(network, loss, y_i, len(rows), shape, prefix, f"y[{i}]", lazily)
            for i, (loss, y_i, shape) in enumerate(zip(losses, given, network.output_shapes, strict=True))
        ]
        rests = [_rest(loss, shape) for (loss, *_), shape in zip(found, network.output_shapes, strict=True)]
        weights = _weights_of_outputs(network, sample_weight, len(rows), prefix, rests)
        network.compiled.settle([loss for loss, *_ in found])
        return cls(rows, Several(t for *_, t in found), weights)

    @property
    def training_weight(self) -> Any:
        """The product of both weights."""
        if self.weight is None or self.class_weight is None:
            return self.class_weight if self.weight is None else self.weight
        axes = max(self.weight.ndim, self.class_weight.ndim)
        of_rows, of_classes = (
            w.reshape(w.shape + (1,) * (axes - w.ndim)) for w in (self.weight, self.class_weight)
        )
        return of_rows * of_classes

    def subset(self, rows: slice | Array) -> Samples:
        """Some of the rows; those in a file stay there."""
        arrays = (self.x, self.t, self.weight, self.class_weight)
        return Samples(*(None if array is None else _some(array, rows) for array in arrays))


def _some(array: Any, rows: slice | Array) -> Any:
    if isinstance(array, Several):
        return Several(_some(part, rows) for part in array)
    return array.subset(rows) if isinstance(array, LazyRows) else array[rows]


def _targets(
    network: Trainable,
    loss: Loss | None,
    y: Any,
    rows: int,
    shape: tuple[int, ...],
    prefix: str,
    name: str,
    lazily: bool,
) -> tuple[Loss | None, Array, Any]:
    """The loss of one output, its targets as they came, and in the form that the loss sees."""
    real = np.empty(0, network.dtype).real.dtype
    if loss is None:
        return None, np.empty(0), np.zeros((rows, *shape), real)
    raw = y.view(np.ndarray) if lazily and is_lazy(y) else as_array(f"{prefix}{name}", y)
    found = loss.chosen(raw.shape, (rows, *shape))
    # Labels, one a row, are few enough to be held; and only together do those of a hinge loss tell what they mean.
    in_file = lazily and is_lazy(y) and math.prod(shape) > 1 and found.targets not in ("index", "sign")
    as_real = None if found.targets == "index" else real
    raw = raw if in_file else as_array(f"{prefix}{name}", raw, as_real)
    if raw.ndim == 0:
        raise ShapeError(f"{prefix}{name} must have one row for each row of x, got a number")
    if len(raw) != rows:
        raise ShapeError(
            f"{prefix}x and {prefix}{name} must have the same number of rows, got {rows} and {len(raw)}"
        )
    if not rows:
        raise DataError(f"{prefix}x has no rows; at least one is needed")

    def door(some: Any) -> Array:
        plain = as_array(f"{prefix}{name}", some, as_real)
        try:
            t = found.prepared(plain, (len(plain), *shape), network.dtype)
        except (ShapeError, DataError) as error:
            raise type(error)(f"{prefix}{'' if name == 'y' else f'{name}: '}{error}") from None
        return np.ascontiguousarray(t)

    if not in_file:
        require_finite(f"{prefix}{name}", raw)
        return found, raw, door(raw)
    t = LazyRows(y, door)
    t.require_finite(f"{prefix}{name}")
    return found, raw, t


def _of_outputs(what: str, given: Any, names: list[str]) -> list[Any]:
    """One entry for each output, from a list in their order or a dict by their names."""
    if isinstance(given, Mapping):
        if {*given} != {*names}:
            raise DataError(
                f"{what} must be a dict with the outputs {', '.join(names)}, got {', '.join(map(str, given))}"
            )
        return [given[name] for name in names]
    if not isinstance(given, list | tuple) or len(given) != len(names):
        got = f"{len(given)}" if isinstance(given, list | tuple) else type(given).__name__
        raise DataError(
            f"{what} must be a list of {len(names)} arrays, one for each output ({', '.join(names)}), got {got}"
        )
    return list(given)


def _rest(loss: Loss | None, shape: tuple[int, ...]) -> tuple[int, ...]:
    """How many values a row has, each with a loss of its own: the axes of an output but the loss's."""
    axis = len(shape) - 1 if loss is None else loss._axis(len(shape) + 1) - 1
    return shape[:axis] + shape[axis + 1 :]


def _weights_of_outputs(
    network: Trainable, given: Any, rows: int, prefix: str, rests: list[tuple[int, ...]]
) -> Any:
    """Weights of rows, or of their values, for each output; one array is for all of them."""
    name = f"{prefix}sample_weight"
    if isinstance(given, Mapping):
        given = {**dict.fromkeys(network.output_names), **given}
    elif not isinstance(given, list | tuple) or (given and np.isscalar(given[0])):
        return as_weights(given, rows, network.dtype, name)
    found = [
        as_weights(w, rows, network.dtype, name, rest)
        for w, rest in zip(_of_outputs(name, given, network.output_names), rests, strict=True)
    ]
    ones = np.ones(rows, np.empty(0, network.dtype).real.dtype)
    return Several(ones if weight is None else weight for weight in found)


def _class_weights(
    loss: Any, y: Array, t: Array, class_weight: Mapping[int, float], dtype: np.dtype[Any]
) -> Array:
    """The weight of each row's class, or of each of its values'; y holds class numbers, labels or one-hot rows."""
    if not isinstance(class_weight, Mapping):
        raise ArgumentTypeError(
            f"class_weight must be a dict from class number to weight, got {class_weight!r}"
        )
    table = {
        checks.integer("a key of class_weight", key, -(2**31)): checks.real(
            "a value of class_weight", value, 0.0
        )
        for key, value in class_weight.items()
    }
    labels = t if loss.targets == "index" else y.reshape(t.shape) if y.ndim < len(t.shape) else y
    if labels is not t and labels.ndim > 1:
        axis = loss.axis
        labels = labels.argmax(axis) if labels.shape[axis] > 1 else labels.take(0, axis)
    if np.any(labels != np.floor(labels)):
        raise DataError(
            "class_weight needs targets that are class numbers, labels or one-hot rows; y holds other numbers"
        )
    weights = np.ones(labels.shape, dtype)
    for label, weight in table.items():
        weights[labels == label] = weight
    return weights
