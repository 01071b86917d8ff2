"""Cross-entropies: of labels 0 and 1, of one-hot rows, of class numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from mlp import checks
from mlp.arrays import Array, constant
from mlp.losses.base import LOSSES, Loss
from mlp.losses.probabilities import below_greatest, clip, row_sums, shares, sums_of_others

__all__ = ["BinaryCrossentropy", "CategoricalCrossentropy", "Smoothed", "SparseCategoricalCrossentropy"]


class Smoothed(Loss):
    """What the cross-entropies of probabilities and one-hot rows have in common: their arguments."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: DTypeLike | None = None,
        *,
        keras_compat: bool = False,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.from_logits = checks.flag("from_logits", from_logits)
        self.label_smoothing = checks.real("label_smoothing", label_smoothing, 0.0, 1.0)
        self.axis = checks.integer("axis", axis, -(2**31))
        self.keras_compat = checks.flag("keras_compat", keras_compat)

    def smoothed(self, t: Array, classes: int) -> Array:
        """``t (1 - s) + s / k``, where ``t`` are targets, ``s`` is the smoothing and ``k`` the number of ``classes``."""
        return t * (1 - self.label_smoothing) + self.label_smoothing / classes if self.label_smoothing else t


@LOSSES.add("bce", "BCE")
class BinaryCrossentropy(Smoothed):
    """``l = mean_k -(t log p + (1 - t) log(1 - p))``, with ``p = sigmoid(y)`` if ``from_logits``, else ``p = y``.

    Parameters
    ----------
    from_logits : bool, default False
        The outputs are logits, not probabilities.
    label_smoothing : float, default 0
        ``t`` is replaced by ``t (1 - s) + s / 2``.
    axis : int, default -1
        The axis of the mean.
    reduction, name, dtype
        See `Loss`.
    keras_compat : bool, default False
        Do not join the loss with a network's last activation: train by the clipped probabilities, as Keras does.

    Notes
    -----
    Probabilities are clipped to [1e-7, 1 - 1e-7] as in Keras; a network that ends in a sigmoid is trained
    on its logits, exactly (see ``mlp.training``).

    Examples
    --------
    >>> BinaryCrossentropy(from_logits=True)([[1.0]], [[-1000.0]])
    1000.0
    >>> from mlp.losses import binary_crossentropy
    >>> binary_crossentropy([[1.0]], [[-1000.0]], from_logits=True)
    array([1000.])
    """

    replayable = True
    targets = "binary"

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``softplus(y) - t y`` and ``sigmoid(y) - t`` for logits, ``(p - t) / (p (1 - p))`` for probabilities."""
        t = self.smoothed(t, 2)
        if self.from_logits:
            # Of the class that the sign of y speaks for: with its size z = |y|, the target u of the other class
            # and that one's probability q, the value is u z + log(1 + exp(-z)), a sum without cancellation, and
            # the slope u - q to either side, exact where y is right and q below all digits of 1.
            one, positive = constant(1.0, y.dtype), y.real > 0
            u = np.where(positive, one - t, t)
            minus_z = np.where(positive, -y, y)
            e = np.exp(minus_z)
            values = np.log1p(e)
            values -= u * minus_z
            e /= one + e
            slopes = np.subtract(u, e, e)
            return values, np.where(positive, slopes, -slopes)
        p = clip(y)
        values = -(t * np.log(p) + (1 - t) * np.log1p(-p))
        return values, np.where(p == y, (p - t) / (p * (1 - p)), 0)


@LOSSES.add("cce")
class CategoricalCrossentropy(Smoothed):
    """``l = -sum_k t log p``, with ``p = softmax(y)`` if ``from_logits``, else ``p = y / sum_k y``; ``t`` is one-hot.

    Parameters
    ----------
    from_logits : bool, default False
        The outputs are logits, not probabilities.
    label_smoothing : float, default 0
        ``t`` is replaced by ``t (1 - s) + s / k``.
    axis : int, default -1
        The axis of the classes.
    reduction, name, dtype
        See `Loss`.
    keras_compat : bool, default False
        See `BinaryCrossentropy`.

    Notes
    -----
    Probabilities are clipped to [1e-7, 1 - 1e-7] as in Keras; a network that ends in a softmax is trained
    on its logits, exactly (see ``mlp.training``).  A row of outputs that are all 0 has shares of 0, clipped like
    any others; in Keras it is not a number.

    Examples
    --------
    >>> CategoricalCrossentropy()([[0, 1]], [[0.5, 0.5]])
    0.6931471805599453
    >>> CategoricalCrossentropy(from_logits=True)([[0, 1]], [[1000.0, 0.0]])
    1000.0
    >>> from mlp.losses import categorical_crossentropy
    >>> categorical_crossentropy([[0, 1]], [[0.5, 0.5]])
    array([0.69314718])
    """

    replayable = True
    targets = "one-hot"

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``-sum t log p``, and ``p - t`` for logits or ``(sum t - t / p) / sum y`` for probabilities."""
        t = self.smoothed(t, y.shape[-1])
        if self.from_logits:
            # With s = sum exp(y): for a row that is right, s - 1, log s and p - t are far below 1. All come from
            # sum (exp(y) - t), where the greatest exp(y), which is 1, and its target have cancelled exactly.
            one, shifted = constant(1.0, y.dtype), below_greatest(y)
            slopes = np.exp(shifted)
            slopes -= t
            above, whole = row_sums(slopes), row_sums(t)
            above += whole - one  # now s - 1
            values = np.log1p(above)
            values *= whole
            values -= row_sums(np.multiply(t, shifted, shifted))
            slopes -= np.multiply(t, above[..., None], shifted)
            above += one
            slopes /= above[..., None]
            return values, slopes
        p, inside, others, whole = shares(y)
        odds = np.where(inside, others, 1) / np.where(inside, y, 1)  # (1 - p) / p
        logs = np.where(inside, np.log1p(odds), -np.log(p))
        kept = np.where(inside, t, 0)
        # Outputs are divided by their sum, so a change of one moves the shares of all.
        return np.add.reduce(t * logs, axis=-1), (sums_of_others(kept) - kept * odds) / whole


@LOSSES.add("scce")
class SparseCategoricalCrossentropy(Loss):
    """``l = -log p_t``, with ``p = softmax(y)`` if ``from_logits``, else ``p = y / sum_k y``; ``t`` is a class number.

    Parameters
    ----------
    from_logits : bool, default False
        The outputs are logits, not probabilities.
    ignore_class : int, optional
        Rows with this class number do not count.
    reduction
        See `Loss`.
    axis : int, default -1
        The axis of the classes.
    name, dtype
        See `Loss`.
    keras_compat : bool, default False
        See `BinaryCrossentropy`.

    Examples
    --------
    >>> SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])
    0.6931471805599453
    >>> from mlp.losses import sparse_categorical_crossentropy
    >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]])
    array([0.69314718])
    """

    replayable = True
    targets = "index"

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = None,
        dtype: DTypeLike | None = None,
        *,
        keras_compat: bool = False,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.from_logits = checks.flag("from_logits", from_logits)
        self.ignore_class = (
            None if ignore_class is None else checks.integer("ignore_class", ignore_class, -(2**31))
        )
        self.axis = checks.integer("axis", axis, -(2**31))
        self.keras_compat = checks.flag("keras_compat", keras_compat)

    def counted(self, t: Array) -> Array | None:
        """The rows that are not to be ignored."""
        return None if self.ignore_class is None else t != self.ignore_class

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``-log p_t``, and ``p - onehot(t)`` for logits."""
        kept = self.counted(t)
        t = t if kept is None else np.where(kept, t, 0)
        place = (*np.indices(t.shape, sparse=True), t) if t.ndim > 1 else (np.arange(len(t)), t)
        if self.from_logits:
            # As log(1 + sum of the other exp(y) / exp(y_t)): where the row is right, both are far below 1.
            shifted = below_greatest(y)
            slopes = np.exp(shifted)
            own = slopes[place]
            slopes[place] = 0
            others = row_sums(slopes)
            values = np.log1p(own - constant(1.0, y.dtype) + others)
            values -= shifted[place]
            own += others
            slopes /= own[..., None]
            slopes[place] = -others / own
        else:
            *of_all, whole = shares(y)
            p, inside, others = (a[place] for a in of_all)
            odds = np.where(inside, others, 1) / np.where(inside, y[place], 1)  # (1 - p) / p
            values = np.where(inside, np.log1p(odds), -np.log(p))
            slopes = np.where(inside[..., None], 1 / whole, 0) + np.zeros_like(y)
            slopes[place] = np.where(inside, -odds / whole[..., 0], 0)
        if kept is not None:
            values = np.where(kept, values, 0)
            slopes = np.where(kept[..., None], slopes, 0)
        return values, slopes
