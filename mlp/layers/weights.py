"""A weight as its layer sees it: what was declared of it, and the attribute that shows its numbers."""

from __future__ import annotations

import contextlib
import contextvars
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import initializers
from mlp.arrays import Array
from mlp.constraints import Constraint
from mlp.errors import DataError, ShapeError
from mlp.regularizers import Regularizer
from mlp.rows import as_array, require_finite

if TYPE_CHECKING:
    from mlp.layers.base import Layer

__all__ = ["WeightAttribute", "WeightSpec", "first_values", "fitting", "weights_to_come"]

#: How many numbers may still be asked for, while a network is made whose weights are already there.
_to_come: contextvars.ContextVar[list[int] | None] = contextvars.ContextVar("weights_to_come", default=None)


@contextlib.contextmanager
def weights_to_come(count: int) -> Iterator[None]:
    """Within this context layers get zeros instead of first values, ``count`` numbers in all and no more.

    Whoever reads a network from a file has its weights already: none need be drawn, and a description that asks for more
    than there are is refused before there is memory for them.
    """
    token = _to_come.set([count])
    try:
        yield
    finally:
        _to_come.reset(token)


def first_values(
    initializer: Any, shape: tuple[int, ...], dtype: np.dtype[Any], rng: np.random.Generator
) -> Array:
    """What a new weight holds.

    Raises
    ------
    ShapeError
        If there are fewer `weights_to_come`.
    """
    left = _to_come.get()
    if left is None:
        return initializers.get(initializer)(shape, dtype, rng)
    left[0] -= math.prod(shape)
    if left[0] < 0:
        raise ShapeError(f"a weight of shape {shape} is larger than what there is to fill it with")
    return np.zeros(shape, dtype)


@dataclass(frozen=True)
class WeightSpec:
    """What a layer declared about one of its weights."""

    shape: tuple[int, ...]
    trainable: bool
    regularizer: Regularizer | None
    constraint: Constraint | None


class WeightAttribute:
    """The attribute under which a layer sees a weight: a view of the network's vector, renewed when that moves.

    Binding another array to it would cut the weight off from the vector, so assignment writes the
    numbers through the view instead.  An object of the class that declared no such weight keeps an
    ordinary attribute of that name.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, layer: Layer | None, owner: type) -> Any:
        if layer is None:
            return self
        try:
            return layer._values[self.name]
        except KeyError:
            if self.name in vars(layer):
                return vars(layer)[self.name]
            raise AttributeError(
                f"{owner.__name__} has no weight {self.name!r}: a weight is there when the layer is built"
            ) from None

    def __set__(self, layer: Layer, value: Any) -> None:
        view = layer._values.get(self.name)
        if view is None:
            vars(layer)[self.name] = value
        elif value is not view:
            view[...] = fitting(layer._label, self.name, value, view)


def fitting(label: str, name: str, value: Any, view: Array) -> Array:
    """``value`` as an array of the shape and type of ``view``."""
    try:
        array = as_array(name, value, view.dtype)
        require_finite(name, array)
    except DataError as error:
        raise DataError(f"{label}{error}") from None
    if array.shape != view.shape:
        raise ShapeError(f"{label}{name} must have shape {view.shape}, got {array.shape}")
    return array
