"""Adamax: Adam with the largest gradient in the place of a mean size."""

from __future__ import annotations

import numpy as np

from mlp.arrays import Array
from mlp.optimizers.base import OPTIMIZERS
from mlp.optimizers.moments import TwoMoments

__all__ = ["Adamax"]


@OPTIMIZERS.add()
class Adamax(TwoMoments):
    """``m = b1 m + (1 - b1) g``, ``u = max(b2 u, |g|)``, ``w -= learning_rate / (1 - b1^t) m / (u + epsilon)``.

    Kingma and Ba 2015 (arXiv:1412.6980), algorithm 2.

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
        The rate.
    beta_1, beta_2 : float in [0, 1), defaults 0.9 and 0.999
        How slowly the mean and the largest gradient change.
    epsilon : float, default 1e-7
        Keeps the denominator from zero.
    **kwargs
        What all optimizers share: see `Optimizer`.

    Examples
    --------
    >>> w = np.array([1.0])
    >>> Adamax(0.1).step(w, np.array([2.0]))
    >>> w.round(4)
    array([0.9])
    """

    replayable = True
    slot_names = ("momentum", "norm")

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """The step size, beta_1 and its complement, beta_2, epsilon."""
        return rate / (1 - self.beta_1**t), self.beta_1, 1 - self.beta_1, self.beta_2, self.epsilon

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """One step."""
        size, beta_1, rest, beta_2, epsilon = numbers
        m, u = slots
        m *= beta_1
        np.multiply(g, rest, scratch)
        m += scratch
        u *= beta_2
        np.abs(g, scratch)
        np.maximum(u, scratch, out=u)
        np.add(u, epsilon, scratch)
        np.divide(m, scratch, scratch)
        scratch *= size
        w -= scratch
