"""Metrics: numbers that judge outputs, gathered over batches (`Metric.update_state`, `Metric.result`, `Metric.reset_state`)."""

from __future__ import annotations

from typing import Any

from mlp import losses
from mlp.errors import UnknownNameError
from mlp.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SignAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
)
from mlp.metrics.auc import AUC
from mlp.metrics.base import METRICS, Metric, function_for
from mlp.metrics.confusion import (
    FalseNegatives,
    FalsePositives,
    Precision,
    PrecisionAtRecall,
    Recall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
    TrueNegatives,
    TruePositives,
)
from mlp.metrics.correlation import ConcordanceCorrelation, PearsonCorrelation
from mlp.metrics.fscore import F1Score, FBetaScore
from mlp.metrics.margins import CategoricalHinge, Hinge, SquaredHinge
from mlp.metrics.probabilistic import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    KLDivergence,
    Poisson,
    SparseCategoricalCrossentropy,
)
from mlp.metrics.reduction import Mean, MeanMetricWrapper, Sum
from mlp.metrics.regression import (
    CosineSimilarity,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    R2Score,
    RootMeanSquaredError,
)
from mlp.names import snake_case

__all__ = [
    "AUC", "Accuracy", "BinaryAccuracy", "BinaryCrossentropy", "CategoricalAccuracy", "CategoricalCrossentropy",
    "CategoricalHinge", "ConcordanceCorrelation", "CosineSimilarity", "F1Score", "FBetaScore", "FalseNegatives",
    "FalsePositives", "Hinge", "KLDivergence", "LogCoshError", "Mean", "MeanAbsoluteError",
    "MeanAbsolutePercentageError", "MeanMetricWrapper", "MeanSquaredError", "MeanSquaredLogarithmicError", "Metric",
    "PearsonCorrelation", "Poisson", "Precision", "PrecisionAtRecall", "R2Score", "Recall", "RecallAtPrecision",
    "RootMeanSquaredError", "SensitivityAtSpecificity", "SignAccuracy", "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy", "SparseTopKCategoricalAccuracy", "SpecificityAtSensitivity", "SquaredHinge",
    "Sum", "TopKCategoricalAccuracy", "TrueNegatives", "TruePositives", "accuracy_for", "binary_accuracy",
    "binary_crossentropy", "binary_focal_crossentropy", "categorical_accuracy", "categorical_crossentropy",
    "categorical_focal_crossentropy", "categorical_hinge", "concordance_correlation", "get", "hinge", "huber",
    "kl_divergence", "log_cosh", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error",
    "mean_squared_logarithmic_error", "pearson_correlation", "poisson", "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy", "sparse_top_k_categorical_accuracy", "squared_hinge",
    "top_k_categorical_accuracy",
]  # fmt: skip

binary_accuracy, categorical_accuracy = function_for(BinaryAccuracy), function_for(CategoricalAccuracy)
sparse_categorical_accuracy = function_for(SparseCategoricalAccuracy)
top_k_categorical_accuracy = function_for(TopKCategoricalAccuracy)
sparse_top_k_categorical_accuracy = function_for(SparseTopKCategoricalAccuracy)
pearson_correlation, concordance_correlation = (
    function_for(PearsonCorrelation),
    function_for(ConcordanceCorrelation),
)
mean_absolute_error, mean_squared_error = losses.mean_absolute_error, losses.mean_squared_error
mean_absolute_percentage_error = losses.mean_absolute_percentage_error
mean_squared_logarithmic_error = losses.mean_squared_logarithmic_error
huber, log_cosh = losses.huber, losses.log_cosh
hinge, squared_hinge, categorical_hinge = losses.hinge, losses.squared_hinge, losses.categorical_hinge
kl_divergence, poisson = losses.kl_divergence, losses.poisson
binary_crossentropy, categorical_crossentropy = losses.binary_crossentropy, losses.categorical_crossentropy
sparse_categorical_crossentropy = losses.sparse_categorical_crossentropy
binary_focal_crossentropy = losses.binary_focal_crossentropy
categorical_focal_crossentropy = losses.categorical_focal_crossentropy


def accuracy_for(loss: losses.Loss | None, outputs: int, name: str = "accuracy") -> Metric:
    """What "accuracy" means for a loss and a number of outputs.

    As in Keras: one output, `BinaryAccuracy`; class numbers, `SparseCategoricalAccuracy`; else
    `CategoricalAccuracy`.  What Keras does not: beside a hinge loss, `SignAccuracy`; beside a binary
    cross-entropy of logits, the decision changes at logit 0, not at 0.5.

    Parameters
    ----------
    loss : Loss or None
        What is trained by.
    outputs : int
        How many a row has.
    name : str, default "accuracy"
        What the metric is to be called.

    Returns
    -------
    Metric
        One of them.

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

    Returns
    -------
    Metric
        An object that was handed in is returned as it is.

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
    cls = getattr(identifier, "configurable", None)
    if isinstance(cls, type) and issubclass(cls, losses.Loss):
        return MeanMetricWrapper(identifier)
    return METRICS.get(identifier, argument)
