"""``loss="crossentropy"``: the cross-entropy that fits the targets."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.losses.base import Loss
from mlp.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)

__all__ = ["CHOICES", "Crossentropy", "crossentropy_for"]

#: What means the cross-entropy that fits.
CHOICES = ("crossentropy", "ce")


def crossentropy_for(target_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> Loss:
    """The cross-entropy for targets and outputs of these shapes, rows included.

    As in Keras: one output, `BinaryCrossentropy`; targets with an axis less, or one number for several outputs,
    `SparseCategoricalCrossentropy`; else `CategoricalCrossentropy`.

    Parameters
    ----------
    target_shape, output_shape : tuple of int
        The shapes of arrays of targets and outputs, (n, ...).

    Returns
    -------
    Loss
        One of the three, without logits.

    Examples
    --------
    >>> [crossentropy_for(t, (8, k)).name for t, k in (((8,), 1), ((8,), 3), ((8, 3), 3))]
    ['binary_crossentropy', 'sparse_categorical_crossentropy', 'categorical_crossentropy']
    """
    if output_shape[-1] == 1:
        return BinaryCrossentropy()
    if len(target_shape) < len(output_shape) or target_shape[-1] == 1:
        return SparseCategoricalCrossentropy()
    return CategoricalCrossentropy()


class Crossentropy(Loss):
    """What ``"crossentropy"`` and ``"ce"`` mean until the first targets are seen.

    Examples
    --------
    >>> from mlp import losses
    >>> losses.get("crossentropy")([1, 0], [[0.5, 0.5], [0.25, 0.75]]) == losses.get("ce")([[0, 1], [1, 0]], [[0.5, 0.5], [0.25, 0.75]])
    True
    """

    def chosen(self, target_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> Loss:
        """The cross-entropy that fits."""
        return crossentropy_for(target_shape, output_shape)

    def describe(self) -> str:
        """Its name: there are no arguments."""
        return CHOICES[0]

    def value_and_gradient(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tuple[Any, Array]:
        """Value and gradient of the cross-entropy that fits."""
        return self.chosen(np.shape(y_true), np.shape(y_pred)).value_and_gradient(
            y_true, y_pred, sample_weight
        )
