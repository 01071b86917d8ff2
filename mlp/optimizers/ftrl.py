"""Ftrl: the minimum of all gradients so far and a penalty, found anew at each step."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array, inverse
from mlp.optimizers.base import OPTIMIZERS, Optimizer

__all__ = ["Ftrl"]


@OPTIMIZERS.add()
class Ftrl(Optimizer):
    """Follow the regularized leader: ``w = (clip(z, -l1, l1) - z) / ((n^p + beta) / learning_rate + 2 l2)``.

    Before that, with ``p = -learning_rate_power`` and ``n' = n + g^2``, ``z += g + 2 shrinkage w - (n'^p - n^p) /
    learning_rate w`` and ``n = n'`` (McMahan et al. 2013, "Ad click prediction: a view from the trenches", algorithm 1).

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
        The rate; where it is 0, there is no step.
    learning_rate_power : float <= 0, default -0.5
        How fast the rate falls with the squares of the gradients; 0 for a rate that stays.
    initial_accumulator_value : float, default 0.1
        What ``n`` begins with.
    l1_regularization_strength, l2_regularization_strength : float, default 0
        Penalties; the first makes small parameters zero.
    l2_shrinkage_regularization_strength : float, default 0
        A penalty that enters with the gradient.
    beta : float, default 0
        As in the paper.
    **kwargs
        What all optimizers share: see `Optimizer`.

    Notes
    -----
    Parameters are made of ``z``, which knows nothing of their initial values: they are lost as fast as ``n`` grows, and
    at once where the gradient is zero.

    Examples
    --------
    >>> w = np.array([1.0])
    >>> Ftrl(0.1).step(w, np.array([2.0]))
    >>> w.round(4)
    array([0.7451])
    """

    replayable = True
    decays_weights = True
    slot_names = ("accumulator", "linear")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.learning_rate_power = checks.real("learning_rate_power", learning_rate_power, high=0.0)
        self.initial_accumulator_value = checks.real(
            "initial_accumulator_value", initial_accumulator_value, 0.0
        )
        self.l1_regularization_strength = checks.real(
            "l1_regularization_strength", l1_regularization_strength, 0.0
        )
        self.l2_regularization_strength = checks.real(
            "l2_regularization_strength", l2_regularization_strength, 0.0
        )
        self.l2_shrinkage_regularization_strength = checks.real(
            "l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength, 0.0
        )
        self.beta = checks.real("beta", beta, 0.0)

    def initial_slot(self, name: str, parameters: Array) -> Array:
        """The state it begins with."""
        return np.full_like(parameters, self.initial_accumulator_value if name == "accumulator" else 0.0)

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """Learning rate and its inverse, the power, and the penalties in the gradient, of small and of large ``w``."""
        slowness, l1 = inverse(rate), self.l1_regularization_strength
        of_squares = 2 * self.l2_regularization_strength + self.beta * slowness
        of_gradient = 2 * self.l2_shrinkage_regularization_strength
        return rate, slowness, -self.learning_rate_power, of_gradient, l1, of_squares

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """One step."""
        rate, slowness, power, shrinkage, l1, l2 = numbers
        n, z = slots
        moves = rate > 0
        change = np.power(n, power)
        np.multiply(g, g, scratch)
        np.add(n, scratch, out=n, where=moves)
        np.power(n, power, scratch)
        change -= scratch
        change *= slowness
        change += shrinkage
        change *= w
        change += g
        np.add(z, change, out=z, where=moves)
        scratch *= slowness
        scratch += l2
        np.minimum(z, l1, out=change)
        np.maximum(change, -l1, out=change)
        change -= z
        np.divide(change, scratch, out=w, where=moves)
