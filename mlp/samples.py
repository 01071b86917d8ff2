"""Rows, targets and weights of one call, as a network and its loss take them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentTypeError, DataError, ShapeError
from mlp.rows import as_array, as_weights, require_finite
from mlp.targets import prepare_targets

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["Samples"]


@dataclass(frozen=True)
class Samples:
    """Rows ``x``, targets ``t`` in the form that the loss sees, and weights, all of one length.

    ``class_weight`` holds the weight of each row's class, which counts in training alone.
    """

    x: Array
    t: Array
    weight: Array | None
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

        Raises
        ------
        StateError, ShapeError, DataError, ArgumentTypeError
            If the network is not ready or something does not fit.
        """
        loss = network.compiled.needed_loss()
        if y is None:
            raise DataError(f"{prefix}y is missing: a loss compares the outputs with targets")
        rows = network.rows_in(x)
        require_finite(f"{prefix}x", rows)
        real = np.empty(0, network.dtype).real.dtype
        raw = as_array(f"{prefix}y", y, None if loss.targets == "index" else real)
        if raw.ndim == 0:
            raise ShapeError(f"{prefix}y must have one row for each row of x, got a number")
        if len(raw) != len(rows):
            raise ShapeError(
                f"{prefix}x and {prefix}y must have the same number of rows, got {len(rows)} and {len(raw)}"
            )
        if not len(rows):
            raise DataError(f"{prefix}x has no rows; at least one is needed")
        require_finite(f"{prefix}y", raw)
        output_shape = (len(rows), *network._built_shapes()[1])
        try:
            t = prepare_targets(loss.targets, raw, output_shape, network.dtype, loss.ignore_class)
        except (ShapeError, DataError) as error:
            raise type(error)(f"{prefix}{error}") from None
        weight = as_weights(sample_weight, len(rows), network.dtype, f"{prefix}sample_weight")
        by_class = None if class_weight is None else _class_weights(raw, class_weight, real)
        return cls(rows, np.ascontiguousarray(t), weight, by_class)

    @property
    def training_weight(self) -> Array | None:
        """The product of both weights."""
        if self.weight is None or self.class_weight is None:
            return self.class_weight if self.weight is None else self.weight
        return self.weight * self.class_weight

    def split(self, rows: int) -> tuple[Samples, Samples]:
        """The first ``rows`` and the others."""
        arrays = (self.x, self.t, self.weight, self.class_weight)
        first = (None if array is None else array[:rows] for array in arrays)
        rest = (None if array is None else array[rows:] for array in arrays)
        return Samples(*first), Samples(*rest)  # type: ignore[arg-type]


def _class_weights(y: Array, class_weight: Mapping[int, float], dtype: np.dtype[Any]) -> Array:
    """The weight of each row's class; y holds class numbers, labels or one-hot rows."""
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
    labels = y.reshape(len(y), -1)
    labels = labels.argmax(axis=1) if labels.shape[1] > 1 else labels[:, 0]
    if np.any(labels != np.floor(labels)):
        raise DataError(
            "class_weight needs targets that are class numbers, labels or one-hot rows; y holds other numbers"
        )
    weights = np.ones(len(y), dtype)
    for label, weight in table.items():
        weights[labels == label] = weight
    return weights
