"""A cross-entropy that wrong labels hurt less."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from mlp import checks
from mlp.arrays import Array, constant
from mlp.errors import ArgumentError
from mlp.losses.base import LOSSES, Loss

__all__ = ["CategoricalGeneralizedCrossEntropy"]


@LOSSES.add()
class CategoricalGeneralizedCrossEntropy(Loss):
    """``l = (1 - p_t^q) / q``, with the probability ``p_t = y_t`` of the class number ``t``.

    Zhang, Z. and Sabuncu, M. R. (2018), arXiv:1805.07836, equation 6.  For q to 0 it is the cross-entropy, for q = 1 the
    mean absolute error.

    Parameters
    ----------
    q : float, default 0.5
        Greater than 0, less than 1.
    reduction, name, dtype
        See `Loss`.

    Notes
    -----
    Outputs are probabilities as they are, neither divided by their sum nor clipped.  At 0 the derivative is minus
    infinity; the slope there is that at the smallest number, so that a softmax before it hands on 0.

    Examples
    --------
    >>> CategoricalGeneralizedCrossEntropy()([1], [[0.75, 0.25]])
    1.0
    >>> from mlp.losses import categorical_generalized_cross_entropy
    >>> categorical_generalized_cross_entropy([1], [[0.75, 0.25]])
    array([1.])
    """

    replayable = True
    targets = "index"

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.q = checks.real("q", q, above=0.0)
        if not self.q < 1:
            raise ArgumentError(f"q must be less than 1, got {self.q:g}")

    def measure(self, t: Array, y: Array) -> tuple[Array, Array]:
        """``(1 - p^q) / q`` and ``-p^(q - 1)`` at the class ``t``."""
        own = np.equal(t[..., None], np.arange(y.shape[-1]))
        p = np.add.reduce(np.where(own, y, constant(0.0, y.dtype)), axis=-1)
        least = constant(float(np.finfo(y.dtype).tiny), y.dtype)
        steep = np.where(p.real > least, p, least) ** (self.q - 1)
        values = (constant(1.0, y.dtype) - p**self.q) / self.q
        return values, np.where(own, -steep[..., None], constant(0.0, y.dtype))
