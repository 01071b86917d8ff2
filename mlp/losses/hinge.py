"""Losses of labels -1 and +1 and of classes that ask for a margin."""

from __future__ import annotations

import numpy as np

from mlp.arrays import Array, constant, real_sign
from mlp.losses.base import LOSSES, Loss
from mlp.losses.probabilities import row_sums

__all__ = ["CategoricalHinge", "Hinge", "SquaredHinge"]


def missing(t: Array, y: Array) -> Array:
    """``max(0, 1 - t y)``: how much of the margin 1 is missing."""
    margin = np.multiply(t, y)
    np.subtract(constant(1.0, y.dtype), margin, margin)
    return np.maximum(margin, constant(0.0, y.dtype), out=margin)


@LOSSES.add()
class Hinge(Loss):
    """``l = mean_k max(0, 1 - t y)``, targets -1 and +1; 0 and 1 are turned into these.

    The derivative at the kink ``t y = 1`` is taken as 0.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.

    Examples
    --------
    >>> Hinge()([[1.0], [-1.0]], [[0.25], [-2.0]])
    0.375
    >>> from mlp.losses import hinge
    >>> hinge([[1.0], [-1.0]], [[0.25], [-2.0]])
    array([0.75, 0.  ])
    """

    replayable = True
    targets = "sign"

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``max(0, 1 - t y)``, and ``-t`` where that is positive."""
        margin = missing(t, y)
        slopes = real_sign(margin)
        slopes *= t
        return margin, np.negative(slopes, slopes)


@LOSSES.add()
class SquaredHinge(Loss):
    """``l = mean_k max(0, 1 - t y)^2``, targets -1 and +1; 0 and 1 are turned into these.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.

    Examples
    --------
    >>> SquaredHinge()([[1.0], [-1.0]], [[0.5], [-2.0]])
    0.125
    >>> from mlp.losses import squared_hinge
    >>> squared_hinge([[1.0], [-1.0]], [[0.5], [-2.0]])
    array([0.25, 0.  ])
    """

    replayable = True
    targets = "sign"

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``max(0, 1 - t y)^2`` and ``-2 t max(0, 1 - t y)``."""
        margin = missing(t, y)
        return margin * margin, constant(-2.0, y.dtype) * t * margin


@LOSSES.add()
class CategoricalHinge(Loss):
    """``l = max(0, 1 + max_k (1 - t) y - sum_k t y)`` for one-hot ``t``: the right class should lead by 1.

    As in Keras the maximum is taken over all classes, among them the right one, which counts as 0 there.  At a tie
    the derivative of the maximum is shared, at the kink of the outer maximum it is taken as 0.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.

    Examples
    --------
    >>> CategoricalHinge()([[0, 1, 0]], [[0.5, 0.75, 0.25]])
    0.75
    >>> from mlp.losses import categorical_hinge
    >>> categorical_hinge([[0, 1, 0]], [[0.5, 0.75, 0.25]])
    array([0.75])
    """

    replayable = True
    whole_rows = True

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``max(0, 1 + max (1 - t) y - sum t y)``, and where it is positive ``(1 - t)`` at the maximum less ``t``."""
        one, rest = constant(1.0, y.dtype), constant(1.0, t.dtype) - t
        wrong = rest * y
        highest = np.maximum.reduce(wrong, axis=-1, keepdims=True)
        at_highest = np.equal(wrong, highest).astype(t.dtype)
        values = np.maximum(one + highest[..., 0] - row_sums(t * y), constant(0.0, y.dtype))
        slopes = rest * at_highest / row_sums(at_highest)[..., None] - t
        return values, slopes * real_sign(values)[..., None]
