"""Lamb: steps of Adam, each array's as long as the array's own length says."""

from __future__ import annotations

import numpy as np

from mlp.arrays import Array
from mlp.optimizers.base import OPTIMIZERS
from mlp.optimizers.moments import TwoMoments

__all__ = ["Lamb"]


@OPTIMIZERS.add()
class Lamb(TwoMoments):
    """``u = m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon)``, ``w -= learning_rate |w| / |u| u`` for each array.

    The moments ``m`` and ``v`` are those of Adam; where ``|w|`` or ``|u|`` is zero, their ratio counts as 1 (You et al.
    2020, "Large batch optimization for deep learning", arXiv:1904.00962, algorithm 2).

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
        The rate.
    beta_1, beta_2 : float in [0, 1), defaults 0.9 and 0.999
        How slowly the two moments change.
    epsilon : float, default 1e-7
        Keeps the denominator from zero.
    **kwargs
        What all optimizers share: see `Optimizer`.

    Examples
    --------
    >>> w = np.array([3.0, 4.0])
    >>> Lamb(0.1).step(w, np.array([2.0, -1.0]))
    >>> w.round(4)
    array([2.6464, 4.3536])
    """

    replayable = True
    couples_entries = True
    by_array = True
    slot_names = ("momentum", "velocity")

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """Learning rate, the complements of the betas, what corrects the two moments, epsilon."""
        beta_1, beta_2 = self.beta_1, self.beta_2
        return rate, 1 - beta_1, 1 - beta_2, 1 / (1 - beta_1**t), 1 / (1 - beta_2**t), self.epsilon

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """One step."""
        rate, rest_1, rest_2, of_m, of_v, epsilon = numbers
        m, v = slots
        np.subtract(g, m, scratch)
        scratch *= rest_1
        m += scratch
        np.multiply(g, g, scratch)
        scratch -= v
        scratch *= rest_2
        v += scratch
        np.multiply(v, of_v, scratch)
        np.sqrt(scratch, scratch)
        scratch += epsilon
        np.divide(m, scratch, scratch)
        scratch *= of_m
        of_w, of_u = (np.sqrt(np.vecdot(a, a))[..., None] for a in (w, scratch))
        both = (of_w > 0) & (of_u > 0)
        scratch *= np.where(both, of_w, 1.0) / np.where(both, of_u, 1.0) * rate
        w -= scratch
