"""Adagrad: rates that fall by all that has gone before."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.optimizers.base import OPTIMIZERS, Optimizer

__all__ = ["Adagrad"]


@OPTIMIZERS.add()
class Adagrad(Optimizer):
    """``a += g^2``, ``w -= learning_rate g / sqrt(a + epsilon)`` (Duchi, Hazan and Singer 2011, JMLR 12, equation 1).

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
        The rate.
    initial_accumulator_value : float, default 0.1
        What ``a`` begins with.
    epsilon : float, default 1e-7
        Keeps the root from zero; inside it, as in Keras.
    **kwargs
        What all optimizers share: see `Optimizer`.

    Examples
    --------
    >>> w = np.array([1.0])
    >>> Adagrad(0.1).step(w, np.array([2.0]))
    >>> w.round(4)
    array([0.9012])
    """

    replayable = True
    slot_names = ("accumulator",)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.initial_accumulator_value = checks.real(
            "initial_accumulator_value", initial_accumulator_value, 0.0
        )
        self.epsilon = checks.real("epsilon", epsilon, 0.0)

    def initial_slot(self, name: str, parameters: Array) -> Array:
        """The state it begins with."""
        return np.full_like(parameters, self.initial_accumulator_value)

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """Learning rate and epsilon."""
        return rate, self.epsilon

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """One step."""
        rate, epsilon = numbers
        (a,) = slots
        np.multiply(g, g, scratch)
        a += scratch
        np.add(a, epsilon, scratch)
        np.sqrt(scratch, scratch)
        np.divide(g, scratch, scratch)
        scratch *= rate
        w -= scratch
