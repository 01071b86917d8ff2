"""Adadelta: steps in the units of the steps before."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.optimizers.base import OPTIMIZERS, Optimizer

__all__ = ["Adadelta"]


@OPTIMIZERS.add()
class Adadelta(Optimizer):
    """``v = rho v + (1 - rho) g^2``, ``d = g sqrt(u + epsilon) / sqrt(v + epsilon)``, ``w -= learning_rate d``.

    And then ``u = rho u + (1 - rho) d^2`` (Zeiler 2012, arXiv:1212.5701, algorithm 1, where the rate is 1).

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
        The rate.
    rho : float in [0, 1], default 0.95
        How slowly the two means of squares change.
    epsilon : float, default 1e-7
        Inside both roots; without it nothing would ever begin to move.
    **kwargs
        What all optimizers share: see `Optimizer`.

    Examples
    --------
    >>> w = np.array([1.0])
    >>> Adadelta(1.0).step(w, np.array([2.0]))
    >>> w.round(6)
    array([0.998586])
    """

    replayable = True
    slot_names = ("accumulated_grad", "accumulated_delta_var")

    def __init__(
        self, learning_rate: Any = 0.001, rho: float = 0.95, epsilon: float = 1e-7, **kwargs: Any
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.rho = checks.real("rho", rho, 0.0, 1.0)
        self.epsilon = checks.real("epsilon", epsilon, 0.0)

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """Learning rate, rho and its complement, epsilon."""
        return rate, self.rho, 1 - self.rho, self.epsilon

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """One step."""
        rate, rho, rest, epsilon = numbers
        v, u = slots
        v *= rho
        np.multiply(g, g, scratch)
        scratch *= rest
        v += scratch
        np.add(v, epsilon, scratch)
        np.sqrt(scratch, scratch)
        np.divide(g, scratch, scratch)
        scratch *= np.sqrt(u + epsilon)
        w -= rate * scratch
        u *= rho
        scratch *= scratch
        scratch *= rest
        u += scratch
