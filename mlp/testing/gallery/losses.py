"""Mistakes in losses: signs, factors and means, and shapes that fit by accident."""

# NumPy calls the result of arithmetic Any; converting it in each line would bury the mistakes.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Hinge,
    MeanAbsoluteError,
    MeanSquaredError,
)
from mlp.testing.gallery.exhibits import Exhibit
from mlp.testing.gallery.inputs import ForLoss

__all__ = [
    "AbsoluteWithSquaredSlope", "DifferenceInPlace", "DifferenceOfProbabilities", "FirstTargetsKept",
    "HalfForgottenInTheValue", "HingeNeverSatisfied", "HingeUphill", "LOSSES", "LogarithmOfZero",
    "MeanForgotten", "MeanTakenTwice", "OverflowingLogits", "RowAgainstColumn", "UnnormalizedShares",
    "WeightsIgnored", "WeightsInTheValueOnly", "WrongSign",
]  # fmt: skip


class WrongSign(MeanSquaredError):
    """The derivative of ``t - y`` by ``t``."""

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``(t - y)^2`` and ``2 (t - y)``."""
        return (t - y) ** 2, 2 * (t - y)


class HalfForgottenInTheValue(MeanSquaredError):
    """Value and gradient come from two definitions."""

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``(y - t)^2`` and ``y - t``."""
        return (y - t) ** 2, y - t


class MeanForgotten(MeanSquaredError):
    """The value is a mean over the rows, the gradient that of their sum."""

    def reduced(self, t: Array, y: Array, weight: Array | None = None) -> tuple[Any, Array]:
        """The gradient times n."""
        value, gradient = super().reduced(t, y, weight)
        return value, gradient * len(y)


class MeanTakenTwice(MeanSquaredError):
    """The mean over the rows has been taken already."""

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``(y - t)^2`` and ``2 (y - t) / n``."""
        return (y - t) ** 2, 2 * (y - t) / len(y)


class DifferenceOfProbabilities(CategoricalCrossentropy):
    """The gradient by the logits, in the place of that by the probabilities."""

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``-sum t log p`` and ``p - t``."""
        values, _ = super().measure(t, y)
        return values, y - t


class UnnormalizedShares(CategoricalCrossentropy):
    """The division by the sum of the outputs has no derivative."""

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``-sum t log(y / sum y)`` and ``-t / y``."""
        values, _ = super().measure(t, y)
        return values, -t / y


class HingeUphill(Hinge):
    """The subgradient has the wrong sign."""

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``max(0, 1 - t y)``, and ``t`` where that is positive."""
        values, slopes = super().measure(t, y)
        return values, -slopes


class HingeNeverSatisfied(Hinge):
    """The subgradient does not look at the margin."""

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``max(0, 1 - t y)`` and ``-t``."""
        values, _ = super().measure(t, y)
        return values, -t


class AbsoluteWithSquaredSlope(MeanAbsoluteError):
    """The gradient of another loss."""

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``|y - t|`` and ``y - t``."""
        return super().measure(t, y)[0], y - t


class OverflowingLogits(BinaryCrossentropy):
    """Sigmoid and logarithm one after the other."""

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``-(t log p + (1 - t) log(1 - p))``, ``p = 1 / (1 + exp(-y))``, and ``p - t``."""
        p = 1 / (1 + np.exp(-y))
        return -(t * np.log(p) + (1 - t) * np.log(1 - p)), p - t


class LogarithmOfZero(BinaryCrossentropy):
    """Probabilities are taken as they come."""

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``-(t log y + (1 - t) log(1 - y))`` and ``(y - t) / (y (1 - y))``."""
        return -(t * np.log(y) + (1 - t) * np.log(1 - y)), (y - t) / (y * (1 - y))


class RowAgainstColumn(MeanSquaredError):
    """Arrays are subtracted as they come."""

    def value_and_gradient(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tuple[Any, Array]:
        """``mean (y - t)^2``, and its derivative, right for what broadcasting has made of ``y``."""
        if sample_weight is not None:
            return super().value_and_gradient(y_true, y_pred, sample_weight)
        difference = np.asarray(y_pred) - np.asarray(y_true)
        slopes = 2 * difference / difference.size
        return np.mean(difference**2), slopes.reshape(*np.shape(y_pred), -1).sum(axis=-1)


class WeightsInTheValueOnly(MeanSquaredError):
    """Sample weights do not reach the gradient."""

    def reduced(self, t: Array, y: Array, weight: Array | None = None) -> tuple[Any, Array]:
        """The gradient without weights."""
        return super().reduced(t, y, weight)[0], super().reduced(t, y)[1]


class WeightsIgnored(MeanSquaredError):
    """Sample weights reach nothing."""

    def reduced(self, t: Array, y: Array, weight: Array | None = None) -> tuple[Any, Array]:
        """As without weights."""
        return super().reduced(t, y)


class DifferenceInPlace(MeanSquaredError):
    """The outputs become the differences."""

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``y -= t``, ``y^2`` and ``2 y``."""
        y -= t
        return y**2, 2 * y


class FirstTargetsKept(MeanSquaredError):
    """The targets are looked at once."""

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``(y - t_first)^2`` and ``2 (y - t_first)``."""
        if getattr(self, "_t", t[:0]).shape != t.shape:
            self._t = t.copy()
        return (y - self._t) ** 2, 2 * (y - self._t)


LOSSES = (
    Exhibit(
        "sign of the loss gradient",
        WrongSign,
        MeanSquaredError,
        "Texts that write the error as t - y go downhill by adding; the derivative of the loss by the output is y - t, and "
        "with the other sign every step makes the loss larger.",
        "gradient",
        ForLoss([[0.0]], [[1.0]]),
        [[-2.0]],
        [[2.0]],
    ),
    Exhibit(
        "factor 1/2 forgotten in the value",
        HalfForgottenInTheValue,
        MeanSquaredError,
        "y - t is the derivative of (y - t)^2 / 2; beside a value without the half every gradient is half of what it should "
        "be, which looks like a smaller learning rate, until a second loss or a penalty is added.",
        "gradient",
        ForLoss([[0.0]], [[1.0]]),
        [[1.0]],
        [[2.0]],
    ),
    Exhibit(
        "1/n missing",
        MeanForgotten,
        MeanSquaredError,
        "A value that is a mean and a gradient that is a sum differ by the number of rows, so the right learning rate "
        "changes with the size of the batch.",
        "gradient",
        ForLoss([[0.0], [0.0]], [[1.0], [2.0]]),
        [[2.0], [4.0]],
        [[1.0], [2.0]],
    ),
    Exhibit(
        "1/n doubled",
        MeanTakenTwice,
        MeanSquaredError,
        "The mean over the batch is taken in one place; taken in two, the gradient is n times too small and training nearly "
        "stands still on large batches.",
        "gradient",
        ForLoss([[0.0], [0.0]], [[1.0], [2.0]]),
        [[0.5], [1.0]],
        [[1.0], [2.0]],
    ),
    Exhibit(
        "p - t without the joined softmax",
        DifferenceOfProbabilities,
        CategoricalCrossentropy,
        "p - t is the gradient of cross-entropy by the logits, softmax included; returned as the gradient by the "
        "probabilities it goes through softmax's Jacobian a second time.",
        "gradient",
        ForLoss([[1.0, 0.0]], [[0.5, 0.5]]),
        [[-0.5, 0.5]],
        [[-1.0, 1.0]],
    ),
    Exhibit(
        "shares whose sum is taken for constant",
        UnnormalizedShares,
        CategoricalCrossentropy,
        "A loss that divides the outputs by their sum depends on the sum; -t / y leaves it out, which a network that ends in "
        "a softmax hides, for there the missing part is the same for all outputs and falls away.",
        "gradient",
        ForLoss([[1.0, 0.0]], [[0.5, 0.5]]),
        [[-2.0, 0.0]],
        [[-1.0, 1.0]],
    ),
    Exhibit(
        "sign of hinge's subgradient",
        HingeUphill,
        Hinge,
        "The hinge falls with t y, so its derivative by y is -t; with the sign forgotten, wrong rows are pushed further to "
        "the wrong side.",
        "gradient",
        ForLoss([[1.0]], [[0.0]]),
        [[1.0]],
        [[-1.0]],
    ),
    Exhibit(
        "hinge that is never satisfied",
        HingeNeverSatisfied,
        Hinge,
        "Beyond the margin the hinge is flat; a gradient that does not look at the margin pushes rows on that are right, and "
        "the weights grow without end.",
        "gradient",
        ForLoss([[1.0]], [[2.0]]),
        [[-1.0]],
        [[0.0]],
    ),
    Exhibit(
        "absolute error with the slope of the squared",
        AbsoluteWithSquaredSlope,
        MeanAbsoluteError,
        "The slope of |y - t| is a sign; the difference itself trains another loss than the one reported, and the robustness "
        "against outliers is gone.",
        "gradient",
        ForLoss([[0.0]], [[3.0]]),
        [[3.0]],
        [[1.0]],
    ),
    Exhibit(
        "cross-entropy of logits that overflows",
        OverflowingLogits,
        BinaryCrossentropy,
        "Far from 0 the sigmoid is 0 or 1 to all digits and its logarithm infinite, so a network that is very wrong has no "
        "loss; written for the logits, the value is the size of the logit.",
        "finite",
        ForLoss([[1.0]], [[-1000.0]], "value"),
        float("inf"),
        1000.0,
        {"from_logits": True},
    ),
    Exhibit(
        "logarithm of zero",
        LogarithmOfZero,
        BinaryCrossentropy,
        "A probability that rounds to 0 or 1 has an infinite logarithm, and where its target is 0 the product with it is no "
        "number; one such row spoils the mean of all.",
        "finite",
        ForLoss([[0.0]], [[0.0]], "value"),
        float("nan"),
        1.0000000500000033e-07,
    ),
    Exhibit(
        "(n,) against (n, 1)",
        RowAgainstColumn,
        MeanSquaredError,
        "Targets (n,) less outputs (n, 1) make a table of n x n differences, whose mean is a number like any other; the "
        "network learns the mean of the targets and nothing else.",
        "columns",
        ForLoss([0.0, 2.0], [[0.0], [2.0]], "value"),
        2.0,
        0.0,
    ),
    Exhibit(
        "sample weights in the value only",
        WeightsInTheValueOnly,
        MeanSquaredError,
        "Sample weights belong to value and gradient alike; weighted in the value only, the report says that rare rows count "
        "while training treats all alike.",
        "weights",
        ForLoss([[0.0]], [[1.0]], weight=[3.0]),
        [[2.0]],
        [[6.0]],
    ),
    Exhibit(
        "sample weights ignored",
        WeightsIgnored,
        MeanSquaredError,
        "An argument that is taken and not used is worse than one that is refused; value and gradient agree with each other, "
        "so no gradient check can tell.",
        "weights",
        ForLoss([[0.0]], [[1.0]], weight=[3.0]),
        [[2.0]],
        [[6.0]],
    ),
    Exhibit(
        "outputs overwritten by the loss",
        DifferenceInPlace,
        MeanSquaredError,
        "y -= t saves an array and turns the network's predictions into errors, for the metrics that are computed next and "
        "for the layer that remembers its own output.",
        "arguments kept",
        ForLoss([[1.0]], [[3.0]], "y"),
        [[2.0]],
        [[3.0]],
    ),
    Exhibit(
        "targets of the first batch kept",
        FirstTargetsKept,
        MeanSquaredError,
        "A loss is a function of its arguments; one that keeps targets from an earlier batch of the same shape is right in "
        "full-batch training and wrong from the second mini-batch on.",
        "rows",
        ForLoss([[1.0]], [[3.0]], before=[[0.0]]),
        [[6.0]],
        [[4.0]],
    ),
)
