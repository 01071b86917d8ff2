"""Losses: what training makes small, each with its gradient.

A loss of targets ``t`` and outputs ``y`` is computed together with its derivative, in `Loss.measure`;
`Loss` does what all have in common: checks, sample weights, and the mean over the batch, which is
taken here and nowhere else.  ``n`` is the number of rows, ``k`` the number of outputs.
"""

from __future__ import annotations

from typing import Any

from mlp.losses.base import LOSSES, Loss, plain
from mlp.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from mlp.losses.hinge import Hinge
from mlp.losses.regression import MeanAbsoluteError, MeanSquaredError, SumSquaredError

__all__ = [
    "LOSSES", "BinaryCrossentropy", "CategoricalCrossentropy", "Hinge", "Loss", "MeanAbsoluteError",
    "MeanSquaredError", "SparseCategoricalCrossentropy", "SumSquaredError", "binary_crossentropy", "categorical_crossentropy", "get",
    "hinge", "mean_absolute_error", "mean_squared_error", "sparse_categorical_crossentropy", "sum_squared_error",
]  # fmt: skip

binary_crossentropy, categorical_crossentropy = plain(BinaryCrossentropy), plain(CategoricalCrossentropy)
hinge, mean_absolute_error, mean_squared_error = map(plain, (Hinge, MeanAbsoluteError, MeanSquaredError))
sparse_categorical_crossentropy = plain(SparseCategoricalCrossentropy)
sum_squared_error = plain(SumSquaredError)


def get(identifier: Any, argument: str = "") -> Loss:
    """The loss that a name, class, function or object means.

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
    >>> get("mse").name, get(hinge).name
    ('mean_squared_error', 'hinge')
    """
    return LOSSES.get(identifier, argument)
