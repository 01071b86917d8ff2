"""Metrics: numbers that judge outputs, gathered over batches (`update_state`, `result`, `reset_state`)."""

from __future__ import annotations

from collections.abc import Mapping
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
from mlp.metrics.base import METRICS, Metric, function_for
from mlp.metrics.reduction import MeanMetricWrapper
from mlp.metrics.regression import MeanAbsoluteError, MeanSquaredError
from mlp.names import snake_case

__all__ = [
    "Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "MeanAbsoluteError", "MeanMetricWrapper", "MeanSquaredError",
    "Metric", "SignAccuracy", "SparseCategoricalAccuracy", "SparseTopKCategoricalAccuracy", "TopKCategoricalAccuracy",
    "accuracy_for", "binary_accuracy", "categorical_accuracy", "get", "mean_absolute_error", "mean_squared_error",
    "sparse_categorical_accuracy", "sparse_top_k_categorical_accuracy", "top_k_categorical_accuracy",
]  # fmt: skip

binary_accuracy, categorical_accuracy = function_for(BinaryAccuracy), function_for(CategoricalAccuracy)
sparse_categorical_accuracy = function_for(SparseCategoricalAccuracy)
top_k_categorical_accuracy = function_for(TopKCategoricalAccuracy)
sparse_top_k_categorical_accuracy = function_for(SparseTopKCategoricalAccuracy)
mean_absolute_error, mean_squared_error = losses.mean_absolute_error, losses.mean_squared_error


def accuracy_for(loss: losses.Loss | None, outputs: int, name: str = "accuracy") -> Metric:
    """What "accuracy" means for a loss and a number of outputs.

    As in Keras: one output, `BinaryAccuracy`; class numbers, `SparseCategoricalAccuracy`; else
    `CategoricalAccuracy`.  What Keras does not: beside a hinge loss, `SignAccuracy`; beside a binary
    cross-entropy of logits, the decision changes at logit 0, not at 0.5.

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
    if isinstance(identifier, Mapping) and identifier.get("class_name") == MeanMetricWrapper.__name__:
        return MeanMetricWrapper.from_config(identifier["config"])
    cls = getattr(identifier, "configurable", None)
    if isinstance(cls, type) and issubclass(cls, losses.Loss):
        return MeanMetricWrapper(identifier)
    return METRICS.get(identifier, argument)
