"""Nadam: Adam that looks ahead, as Nesterov's momentum does."""

from __future__ import annotations

import math

import numpy as np

from mlp.arrays import Array
from mlp.optimizers.base import OPTIMIZERS
from mlp.optimizers.moments import TwoMoments

__all__ = ["Nadam"]


@OPTIMIZERS.add()
class Nadam(TwoMoments):
    """``w -= learning_rate (u' m / (1 - p u') + (1 - u) g / (1 - p)) / (sqrt(v / (1 - b2^t)) + epsilon)``.

    The moments ``m`` and ``v`` are those of Adam, ``u = b1 (1 - 0.96^t / 2)`` is the momentum of step ``t``, ``u'``
    that of the next one, and ``p`` the product of all ``u`` so far (Dozat 2016, "Incorporating Nesterov momentum
    into Adam", algorithm 8, with the momentum schedule of Sutskever et al. 2013).

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
        The rate.
    beta_1, beta_2 : float in [0, 1), defaults 0.9 and 0.999
        How slowly the two moments change.
    epsilon : float, default 1e-7
        Keeps the denominator from zero; outside the root.
    **kwargs
        What all optimizers share: see `Optimizer`.

    Examples
    --------
    >>> w = np.array([1.0])
    >>> Nadam(0.1).step(w, np.array([2.0]))
    >>> w.round(4)
    array([0.8937])
    """

    replayable = True
    slot_names = ("momentum", "velocity")
    _product = 0, 1.0

    def _momentum(self, t: int) -> float:
        return self.beta_1 * (1 - 0.5 * 0.96**t)

    def momentum_product(self, t: int) -> float:
        """The product of the momentums of the steps 1 to ``t``: one factor more than at the step before."""
        done, product = self._product if self._product[0] <= t else (0, 1.0)
        self._product = t, math.prod(map(self._momentum, range(done + 1, t + 1)), start=product)
        return self._product[1]

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """The shares of momentum and gradient in a step; the betas, each with its complement; of the root; epsilon."""
        now, ahead, product = self._momentum(t), self._momentum(t + 1), self.momentum_product(t)
        of_momentum, of_gradient = rate * ahead / (1 - product * ahead), rate * (1 - now) / (1 - product)
        beta_1, beta_2 = self.beta_1, self.beta_2
        scale = 1 / math.sqrt(1 - beta_2**t)
        return of_momentum, of_gradient, beta_1, 1 - beta_1, beta_2, 1 - beta_2, scale, self.epsilon

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """One step."""
        of_momentum, of_gradient, beta_1, rest_1, beta_2, rest_2, scale, epsilon = numbers
        m, v = slots
        m *= beta_1
        np.multiply(g, rest_1, scratch)
        m += scratch
        v *= beta_2
        np.multiply(g, g, scratch)
        scratch *= rest_2
        v += scratch
        np.sqrt(v, scratch)
        scratch *= scale
        scratch += epsilon
        w -= (of_momentum * m + of_gradient * g) / scratch
