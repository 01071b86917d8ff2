"""Losses of real numbers: squared, absolute and relative errors, and what lies between them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import DTypeLike

from mlp import checks
from mlp.arrays import Array, constant, real_sign
from mlp.losses.base import LOSSES, Loss
from mlp.losses.probabilities import EPSILON, row_sums

__all__ = [
    "CosineSimilarity", "Huber", "LogCosh", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "SumSquaredError",
]  # fmt: skip

#: From here on cosh d is exp |d| / 2 to all digits.
LARGE = 20.0


@LOSSES.add("mse", "MSE")
class MeanSquaredError(Loss):
    """``l = mean_k (y - t)^2``.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.

    Examples
    --------
    >>> from mlp.losses import mean_squared_error
    >>> MeanSquaredError()([[0.0, 1.0]], [[0.5, 1.0]])
    0.125
    >>> mean_squared_error([[0.0, 1.0]], [[0.5, 1.0]])
    array([0.125])
    """

    replayable = True

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``(y - t)^2`` and ``2 (y - t)``."""
        difference = y - t
        return difference * difference, difference + difference


@LOSSES.add("mae", "MAE")
class MeanAbsoluteError(Loss):
    """``l = mean_k |y - t|``; the derivative of ``|.|`` at 0 is taken as 0.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.

    Examples
    --------
    >>> MeanAbsoluteError()([[0.0, 1.0]], [[0.5, 1.0]])
    0.25
    >>> from mlp.losses import mean_absolute_error
    >>> mean_absolute_error([[0.0, 1.0]], [[0.5, 1.0]])
    array([0.25])
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
    Nature 323:533, equation 3).  For the sum over all rows instead of their mean use ``reduction="sum"``.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.

    Examples
    --------
    >>> SumSquaredError().value_and_gradient([[0.0, 1.0]], [[0.5, 1.0]])
    (0.125, array([[0.5, 0. ]]))
    >>> from mlp.losses import sum_squared_error
    >>> sum_squared_error([[0.0, 1.0]], [[0.5, 1.0]])
    array([0.125])
    """

    replayable = True

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``1/2 sum_k (y - t)^2`` and ``y - t``."""
        difference = y - t
        return 0.5 * row_sums(difference * difference), difference


@LOSSES.add("mape", "MAPE")
class MeanAbsolutePercentageError(Loss):
    """``l = 100 mean_k |y - t| / max(|t|, 1e-7)``; the derivative of ``|.|`` at 0 is taken as 0.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.

    Examples
    --------
    >>> MeanAbsolutePercentageError()([[2.0, -4.0]], [[1.0, -4.0]])
    25.0
    >>> from mlp.losses import mean_absolute_percentage_error
    >>> mean_absolute_percentage_error([[2.0, -4.0]], [[1.0, -4.0]])
    array([25.])
    """

    replayable = True

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``100 |y - t| / max(|t|, 1e-7)`` and ``100 sign(y - t) / max(|t|, 1e-7)``."""
        difference = y - t
        slopes = (
            constant(100.0, t.dtype)
            * real_sign(difference)
            / np.maximum(np.abs(t), constant(EPSILON, t.dtype))
        )
        return difference * slopes, slopes


@LOSSES.add("msle", "MSLE")
class MeanSquaredLogarithmicError(Loss):
    """``l = mean_k (log(1 + y) - log(1 + t))^2``, with ``y`` and ``t`` not below 1e-7, where the derivative is 0.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.

    Examples
    --------
    >>> round(MeanSquaredLogarithmicError()([[1.0]], [[3.0]]), 6)
    0.480453
    >>> MeanSquaredLogarithmicError()([[0.0]], [[-1.0]])
    0.0
    >>> from mlp.losses import mean_squared_logarithmic_error
    >>> mean_squared_logarithmic_error([[1.0]], [[3.0]])
    array([0.48045301])
    """

    replayable = True

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``d^2`` and ``2 d / (1 + y)`` with ``d = log(1 + y) - log(1 + t)``."""
        one, least = constant(1.0, y.dtype), constant(EPSILON, y.dtype)
        above, a, b = y.real > least, np.maximum(y, least), np.maximum(t, least)
        # As one logarithm, of 1 and what is above it: two that are nearly the same would cancel.
        sign, lower = real_sign(a - b), np.minimum(a, b)
        d = sign * np.log1p(sign * (a - b) / (one + lower))
        return d * d, np.where(above, (d + d) / (one + a), constant(0.0, y.dtype))


@LOSSES.add("huber_loss")
class Huber(Loss):
    """``l = mean_k (d^2 / 2 where |d| <= delta, else delta |d| - delta^2 / 2)`` with ``d = y - t``.

    Parameters
    ----------
    delta : float, default 1
        Where the parabola goes over into straight lines; greater than 0.
    reduction, name, dtype
        See `Loss`.

    Notes
    -----
    Huber, P. J. (1964), Annals of Mathematical Statistics 35:73.

    Examples
    --------
    >>> Huber()([[0.0, 0.0]], [[0.5, 3.0]])
    1.3125
    >>> from mlp.losses import huber
    >>> huber([[0.0, 0.0]], [[0.5, 3.0]])
    array([1.3125])
    """

    replayable = True

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.delta = checks.real("delta", delta, above=0.0)

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``c (|d| - c / 2)`` and ``c sign(d)`` with ``c = min(|d|, delta)``."""
        difference = y - t
        sign = real_sign(difference)
        size = difference * sign
        c = np.minimum(size, constant(self.delta, y.dtype))
        return c * (size - constant(0.5, y.dtype) * c), c * sign


@LOSSES.add()
class LogCosh(Loss):
    """``l = mean_k log cosh(y - t)``: ``d^2 / 2`` for small differences, ``|d| - log 2`` for large ones.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.

    Examples
    --------
    >>> LogCosh()([[0.0]], [[2.0**-30]]) == 2.0**-61, LogCosh()([[0.0]], [[-1e300]])
    (True, 1e+300)
    >>> from mlp.losses import log_cosh
    >>> log_cosh([[0.0]], [[-1e300]])
    array([1.e+300])
    """

    replayable = True

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``log(1 + 2 sinh(d / 2)^2)``, without cancellation, and ``tanh d``."""
        difference = y - t
        size = difference * real_sign(difference)
        half = np.sinh(constant(0.5, y.dtype) * np.minimum(size, constant(LARGE, y.dtype)))
        near = np.log1p(constant(2.0, y.dtype) * half * half)
        far = size - constant(math.log(2), y.dtype)
        return np.where(size.real > LARGE, far, near), np.tanh(difference)


@LOSSES.add()
class CosineSimilarity(Loss):
    """``l = -sum_k t y / (|t| |y|)``: the negative cosine of the angle; lengths count as 1e-7 where they are less.

    Parameters
    ----------
    axis : int, default -1
        The axis of the sum.
    reduction, name, dtype
        See `Loss`.

    Examples
    --------
    >>> CosineSimilarity()([[0.0, 1.0], [2.0, 0.0]], [[1.0, 0.0], [3.0, 0.0]])
    -0.5
    >>> from mlp.losses import cosine_similarity
    >>> cosine_similarity([[0.0, 1.0], [2.0, 0.0]], [[1.0, 0.0], [3.0, 0.0]])
    array([-0., -1.])
    """

    replayable = True
    whole_rows = True

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.axis = checks.integer("axis", axis, -(2**31))

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``-sum u v`` with ``u = t / |t|``, ``v = y / |y|``, and ``(v sum u v - u) / |y|``, which is at right angles to v."""
        (u, _), (v, length) = _unit(t), _unit(y)
        long = np.where(length.real > EPSILON, constant(1.0, y.dtype), constant(0.0, y.dtype))
        cosine = np.add.reduce(u * v, axis=-1, keepdims=True)
        slopes = v * (cosine * long) - u
        slopes -= v * (np.add.reduce(slopes * v, axis=-1, keepdims=True) * long)  # what rounding left along v
        return -cosine[..., 0], slopes / length


def _unit(y: Array) -> tuple[Array, Array]:
    """``y / |y|``, and ``|y|``, not below `EPSILON`."""
    dtype = y.dtype
    size = np.maximum.reduce(np.abs(y.real), axis=-1, keepdims=True)
    size = np.where(np.equal(size, 0), constant(1.0, size.dtype), size)  # squares neither overflow nor vanish
    scaled = y / size
    length = np.maximum(
        size * np.sqrt(np.add.reduce(scaled * scaled, axis=-1, keepdims=True)), constant(EPSILON, dtype)
    )
    return scaled * (size / length), length
