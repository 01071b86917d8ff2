"""Losses of amounts that are not negative: probabilities, counts."""

from __future__ import annotations

import numpy as np

from mlp.arrays import Array, constant
from mlp.losses.base import LOSSES, Loss
from mlp.losses.probabilities import EPSILON

__all__ = ["KLDivergence", "Poisson"]


@LOSSES.add("kld", "KLD", "kullback_leibler_divergence")
class KLDivergence(Loss):
    """``l = sum_k t log(t / y)``, with ``t`` and ``y`` within [1e-7, 1]: the information that ``y`` lacks of ``t``.

    Kullback, S. and Leibler, R. A. (1951), Annals of Mathematical Statistics 22:79.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.

    Examples
    --------
    >>> round(KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]]), 12)
    0.143841036226
    >>> from mlp.losses import kl_divergence
    >>> kl_divergence([[0.5, 0.5]], [[0.25, 0.75]])
    array([0.14384104])
    """

    replayable = True
    targets = "positive"
    whole_rows = True

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``sum t log(t / y)``, and ``-t / y`` where ``y`` is within the limits."""
        least, one = constant(EPSILON, t.dtype), constant(1.0, t.dtype)
        t = np.minimum(np.maximum(t, least), one)
        inside = (y.real > least) & (y.real < one)
        share = t / np.where(inside, y, np.minimum(np.maximum(y.real, least), one))
        return np.add.reduce(t * np.log(share), axis=-1), np.where(inside, -share, constant(0.0, y.dtype))


@LOSSES.add()
class Poisson(Loss):
    """``l = mean_k y - t log(y + 1e-7)``: counts ``t`` of events that are expected ``y`` times.

    Without the logarithm of t!, which does not depend on ``y``.  Outputs must be positive, as those of
    ``exponential`` or ``softplus`` are; what is below has a value that is no number, as in Keras.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.

    Examples
    --------
    >>> Poisson()([[0.0]], [[2.0]])
    2.0
    >>> from mlp.losses import poisson
    >>> poisson([[0.0]], [[2.0]])
    array([2.])
    """

    replayable = True
    targets = "positive"

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``y - t log(y + 1e-7)`` and ``1 - t / (y + 1e-7)``."""
        expected = y + constant(EPSILON, y.dtype)
        return y - t * np.log(expected), constant(1.0, y.dtype) - t / expected
