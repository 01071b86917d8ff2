"""The hinge losses as metrics."""

from __future__ import annotations

from mlp.metrics.base import METRICS
from mlp.metrics.of_losses import LossMetric

__all__ = ["CategoricalHinge", "Hinge", "SquaredHinge"]


@METRICS.add()
class Hinge(LossMetric):
    """``mean max(0, 1 - t y)``, targets -1 and +1; 0 and 1 are turned into these.

    Parameters
    ----------
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> Hinge()([[1.0], [-1.0]], [[0.25], [-2.0]])
    0.375
    """

    loss = "hinge"


@METRICS.add()
class SquaredHinge(LossMetric):
    """``mean max(0, 1 - t y)^2``, targets -1 and +1; 0 and 1 are turned into these.

    Parameters
    ----------
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> SquaredHinge()([[1.0], [-1.0]], [[0.5], [-2.0]])
    0.125
    """

    loss = "squared_hinge"


@METRICS.add()
class CategoricalHinge(LossMetric):
    """``max(0, 1 + max_k (1 - t) y - sum_k t y)`` of each row, targets one-hot.

    Parameters
    ----------
    name, dtype
        See `Metric`.

    Examples
    --------
    >>> CategoricalHinge()([[0, 1], [1, 0]], [[0.25, 0.75], [0.5, 0.0]])
    0.5
    """

    loss = "categorical_hinge"
