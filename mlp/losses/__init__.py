"""Losses: what training makes small, each with its gradient.

A loss of targets ``t`` and outputs ``y`` is computed together with its derivative, in `Loss.measure`;
`Loss` does what all have in common: checks, sample weights, and the mean over the batch, which is
taken here and nowhere else.  ``n`` is the number of rows, ``k`` the number of outputs.
"""

from __future__ import annotations

from typing import Any

from mlp.losses.base import LOSSES, Loss, plain
from mlp.losses.choosing import CHOICES, Crossentropy, crossentropy_for
from mlp.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from mlp.losses.divergence import KLDivergence, Poisson
from mlp.losses.focal import BinaryFocalCrossentropy, CategoricalFocalCrossentropy
from mlp.losses.function import FunctionLoss, loss_of
from mlp.losses.generalized import CategoricalGeneralizedCrossEntropy
from mlp.losses.hinge import CategoricalHinge, Hinge, SquaredHinge
from mlp.losses.regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    SumSquaredError,
)

__all__ = [
    "BCE", "KLD", "LOSSES", "MAE", "MAPE", "MSE", "MSLE", "SSE", "BinaryCrossentropy", "BinaryFocalCrossentropy",
    "CategoricalCrossentropy", "CategoricalFocalCrossentropy", "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge", "CosineSimilarity", "FunctionLoss", "Hinge", "Huber", "KLDivergence", "LogCosh", "Loss", "MeanAbsoluteError",
    "MeanAbsolutePercentageError", "MeanSquaredError", "MeanSquaredLogarithmicError", "Poisson",
    "SparseCategoricalCrossentropy", "SquaredHinge", "SumSquaredError", "bce", "binary_crossentropy",
    "binary_focal_crossentropy", "categorical_crossentropy", "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy", "categorical_hinge", "cosine_similarity", "crossentropy_for", "get", "hinge", "huber", "kl_divergence",
    "kld", "kullback_leibler_divergence", "log_cosh", "logcosh", "mae", "mape", "mean_absolute_error",
    "mean_absolute_percentage_error", "mean_squared_error", "mean_squared_logarithmic_error", "mse", "msle", "poisson",
    "sparse_categorical_crossentropy", "squared_hinge", "sse", "sum_squared_error",
]  # fmt: skip

mse = MSE = mean_squared_error = plain(MeanSquaredError)
mae = MAE = mean_absolute_error = plain(MeanAbsoluteError)
mape = MAPE = mean_absolute_percentage_error = plain(MeanAbsolutePercentageError)
msle = MSLE = mean_squared_logarithmic_error = plain(MeanSquaredLogarithmicError)
sse = SSE = sum_squared_error = plain(SumSquaredError)
huber, cosine_similarity = plain(Huber), plain(CosineSimilarity)
log_cosh = logcosh = plain(LogCosh)
hinge, squared_hinge, categorical_hinge = map(plain, (Hinge, SquaredHinge, CategoricalHinge))
kld = KLD = kl_divergence = kullback_leibler_divergence = plain(KLDivergence)
poisson = plain(Poisson)
bce = BCE = binary_crossentropy = plain(BinaryCrossentropy)
binary_focal_crossentropy = plain(BinaryFocalCrossentropy)
categorical_crossentropy = plain(CategoricalCrossentropy)
categorical_focal_crossentropy = plain(CategoricalFocalCrossentropy)
sparse_categorical_crossentropy = plain(SparseCategoricalCrossentropy)
categorical_generalized_cross_entropy = plain(CategoricalGeneralizedCrossEntropy)


def get(identifier: Any, argument: str = "") -> Loss:
    """The loss that a name, class, function or object means.

    Parameters
    ----------
    identifier : str, object, class or function
        What is meant.  ``"crossentropy"`` and ``"ce"`` are the cross-entropy that fits the targets; any function
        ``(y_true, y_pred)`` of one's own is a `FunctionLoss`.
    argument : str, optional
        What the caller calls it, for messages.

    Returns
    -------
    Loss
        An object that was handed in is returned as it is.

    Raises
    ------
    UnknownNameError, ArgumentTypeError
        If it means none.

    Examples
    --------
    >>> get("mse").name, get(hinge).name
    ('mean_squared_error', 'hinge')
    """
    if isinstance(identifier, str) and identifier.lower() in CHOICES and not LOSSES.knows(identifier):
        return Crossentropy(name=CHOICES[0])
    if (
        callable(identifier)
        and not isinstance(identifier, Loss | type)
        and not hasattr(identifier, "configurable")
    ):
        return loss_of(identifier)
    return LOSSES.get(identifier, argument)
