"""Losses of real numbers: squared and absolute errors."""

from __future__ import annotations

from mlp.arrays import Array, real_sign
from mlp.losses.base import LOSSES, Loss
from mlp.losses.probabilities import row_sums

__all__ = ["MeanAbsoluteError", "MeanSquaredError", "SumSquaredError"]


@LOSSES.add("mse", "MSE")
class MeanSquaredError(Loss):
    """``l = mean_k (y - t)^2``.

    Examples
    --------
    >>> from mlp.losses import mean_squared_error
    >>> MeanSquaredError()([[0.0, 1.0]], [[0.5, 1.0]]), mean_squared_error([[0.0, 1.0]], [[0.5, 1.0]])
    (0.125, array([0.125]))
    """

    replayable = True

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``(y - t)^2`` and ``2 (y - t)``."""
        difference = y - t
        return difference * difference, difference + difference


@LOSSES.add("mae", "MAE")
class MeanAbsoluteError(Loss):
    """``l = mean_k |y - t|``; the derivative of ``|.|`` at 0 is taken as 0.

    Examples
    --------
    >>> MeanAbsoluteError()([[0.0, 1.0]], [[0.5, 1.0]])
    0.25
    """

    replayable = True

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``|y - t|`` and ``sign(y - t)``."""
        difference = y - t
        sign = real_sign(difference)
        return difference * sign, sign


@LOSSES.add("sse", "SSE")
class SumSquaredError(Loss):
    """``l = 1/2 sum_k (y - t)^2``: the E of back-propagation texts, with their factor 1/2.

    The factor makes the derivative the plain difference ``y - t`` (Rumelhart, Hinton and Williams 1986,
    Nature 323:533, eq. 3).  For the sum over all rows instead of their mean use ``reduction="sum"``.

    Examples
    --------
    >>> SumSquaredError().value_and_gradient([[0.0, 1.0]], [[0.5, 1.0]])
    (0.125, array([[0.5, 0. ]]))
    """

    replayable = True

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``1/2 sum_k (y - t)^2`` and ``y - t``."""
        difference = y - t
        return 0.5 * row_sums(difference * difference), difference
