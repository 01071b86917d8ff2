"""Cross-entropies that look away from what is right already (Lin et al. 2018, arXiv:1708.02002, equation 4 and 5)."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from mlp import checks
from mlp.arrays import Array, constant
from mlp.losses.base import LOSSES
from mlp.losses.crossentropy import BinaryCrossentropy, Smoothed
from mlp.losses.probabilities import below_greatest, shares, sums_of_others

__all__ = ["BinaryFocalCrossentropy", "CategoricalFocalCrossentropy"]


@LOSSES.add()
class BinaryFocalCrossentropy(BinaryCrossentropy):
    """``l = mean_k w m^gamma b``: binary cross-entropy ``b``, times a power of how far off ``m = |t - p|`` is.

    Parameters
    ----------
    apply_class_balancing : bool, default False
        ``w = alpha t + (1 - alpha) (1 - t)`` instead of 1.
    alpha : float, default 0.25
        The weight of class 1, from 0 to 1.
    gamma : float, default 2
        How much less what is nearly right counts; not negative.
    from_logits, label_smoothing, axis, reduction, name, dtype, keras_compat
        See `BinaryCrossentropy`.

    Notes
    -----
    For soft targets ``m = t (1 - p) + (1 - t) p``.  Of logits nothing is clipped; Keras clips ``b`` there, too.

    Examples
    --------
    >>> BinaryCrossentropy()([[1.0]], [[0.5]]), BinaryFocalCrossentropy()([[1.0]], [[0.5]])
    (0.6931471805599453, 0.17328679513998632)
    >>> from mlp.losses import binary_focal_crossentropy
    >>> binary_focal_crossentropy([[1.0]], [[0.5]])
    array([0.1732868])
    """

    replayable = True
    targets = "binary"

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: DTypeLike | None = None,
        *,
        keras_compat: bool = False,
    ) -> None:
        super().__init__(
            from_logits, label_smoothing, axis, reduction, name, dtype, keras_compat=keras_compat
        )
        self.apply_class_balancing = checks.flag("apply_class_balancing", apply_class_balancing)
        self.alpha = checks.real("alpha", alpha, 0.0, 1.0)
        self.gamma = checks.real("gamma", gamma, 0.0)

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``w m^gamma b`` and ``w (m^gamma b' + gamma m^(gamma - 1) m' b)``."""
        values, slopes = super().measure(t, y)
        one, t = constant(1.0, y.dtype), self.smoothed(t, 2)
        p, q = _sigmoids(y) if self.from_logits else (y, one - y)
        off = t * q + (one - t) * p
        turn = one - t - t  # m' for probabilities
        if self.from_logits:
            turn = turn * p * q
        weight = off**self.gamma
        steeper = _power(off, self.gamma - 1) * turn * self.gamma
        if self.apply_class_balancing:
            balance = t * self.alpha + (one - t) * (1 - self.alpha)
            weight, steeper = weight * balance, steeper * balance
        return weight * values, weight * slopes + steeper * values


def _sigmoids(y: Array) -> tuple[Array, Array]:
    """``sigmoid(y)`` and ``sigmoid(-y)``, both to all digits."""
    one, positive = constant(1.0, y.dtype), y.real > 0
    e = np.exp(np.where(positive, -y, y))
    likely, unlikely = one / (one + e), e / (one + e)
    return np.where(positive, likely, unlikely), np.where(positive, unlikely, likely)


def _power(a: Array, exponent: float) -> Array:
    """``a^exponent``, and 0 instead of infinity: what it is multiplied by is 0 with a higher power there."""
    zero = np.equal(a, 0) if exponent < 0 else None
    if zero is None:
        return a**exponent
    return np.where(zero, constant(0.0, a.dtype), np.where(zero, constant(1.0, a.dtype), a) ** exponent)


@LOSSES.add()
class CategoricalFocalCrossentropy(Smoothed):
    """``l = -alpha sum_k t (1 - p)^gamma log p``, ``p = softmax(y)`` if ``from_logits``, else ``y / sum_k y``.

    Parameters
    ----------
    alpha : float, default 0.25
        A factor of all classes; not negative.
    gamma : float, default 2
        How much less what is nearly right counts; not negative.
    from_logits, label_smoothing, axis, reduction, name, dtype, keras_compat
        See `CategoricalCrossentropy`.

    Notes
    -----
    Probabilities are clipped as those of `CategoricalCrossentropy`.  Of logits nothing is clipped; Keras clips there, too.

    Examples
    --------
    >>> CategoricalFocalCrossentropy(alpha=4.0)([[0, 1]], [[0.5, 0.5]])
    0.6931471805599453
    >>> from mlp.losses import categorical_focal_crossentropy
    >>> categorical_focal_crossentropy([[0, 1]], [[0.5, 0.5]], alpha=4.0)
    array([0.69314718])
    """

    replayable = True
    targets = "one-hot"

    def __init__(
        self,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: DTypeLike | None = None,
        *,
        keras_compat: bool = False,
    ) -> None:
        super().__init__(
            from_logits, label_smoothing, axis, reduction, name, dtype, keras_compat=keras_compat
        )
        self.alpha = checks.real("alpha", alpha, 0.0)
        self.gamma = checks.real("gamma", gamma, 0.0)

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``-w log p`` with ``w = alpha t q^gamma`` and ``q = 1 - p``; in ``log p`` the slopes are ``gamma w p log p / q - w``."""
        one, zero = constant(1.0, y.dtype), constant(0.0, y.dtype)
        t = self.smoothed(t, y.shape[-1])
        if self.from_logits:
            shifted = below_greatest(y)
            own = np.exp(shifted)
            others = sums_of_others(own)
            whole = own + others
            p, q = own / whole, others / whole
            likely = own.real > others.real
            near = np.log1p(np.where(likely, others, zero) / np.where(likely, own, one))
            logs = np.where(likely, -near, shifted - np.log(whole))
        else:
            p, inside, others, whole = shares(y)
            q = np.where(inside, others / whole, one - p)
            odds = np.where(inside, others, one) / np.where(inside, y, one)
            logs = np.where(inside, -np.log1p(odds), np.log(p))
        weight = self.alpha * t * q**self.gamma
        certain = np.equal(q, 0)
        ratio = np.where(certain, -one, logs / np.where(certain, one, q))  # log p / (1 - p)
        pull = weight * (one - self.gamma * p * ratio)
        if self.from_logits:
            return -np.add.reduce(weight * logs, axis=-1), p * sums_of_others(pull) - q * pull
        pull = np.where(inside, pull, zero)
        return -np.add.reduce(weight * logs, axis=-1), (sums_of_others(pull) - odds * pull) / whole
