"""RMSprop: each entry in units of the mean size of its gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.optimizers.base import OPTIMIZERS, Optimizer

__all__ = ["RMSprop"]


@OPTIMIZERS.add()
class RMSprop(Optimizer):
    """``v = rho v + (1 - rho) g^2``, ``w -= learning_rate g / sqrt(v + epsilon)``.

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
        The rate.
    rho : float in [0, 1], default 0.9
        How slowly the mean of squares changes.
    momentum : float in [0, 1], default 0
        How much of the last movement goes on.
    epsilon : float, default 1e-7
        Keeps the root from zero; inside it, as in Keras.
    centered : bool, default False
        Subtract the squared mean of the gradients from ``v`` (Graves 2013, arXiv:1308.0850, equation 40).
    **kwargs
        What all optimizers share: see `Optimizer`.

    Examples
    --------
    >>> import numpy as np
    >>> w = np.array([1.0])
    >>> RMSprop(0.1).step(w, np.array([2.0]))
    >>> w.round(4)
    array([0.6838])
    """

    replayable = True

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.rho = checks.real("rho", rho, 0.0, 1.0)
        self.momentum = checks.real("momentum", momentum, 0.0, 1.0)
        self.epsilon = checks.real("epsilon", epsilon, 0.0)
        self.centered = checks.flag("centered", centered)
        self.slot_names = (
            "velocity",
            *["momentum"] * bool(self.momentum),
            *["average_gradient"] * self.centered,
        )

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """Learning rate, rho and its complement, epsilon, momentum."""
        return rate, self.rho, 1 - self.rho, self.epsilon, self.momentum

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """One step."""
        rate, rho, rest, epsilon, momentum = numbers
        v = slots[0]
        np.multiply(g, g, scratch)
        scratch *= rest
        v *= rho
        v += scratch
        np.add(v, epsilon, scratch)
        if self.centered:
            mean = slots[-1]
            mean *= rho
            mean += rest * g
            np.subtract(v, mean * mean, scratch)
            np.maximum(scratch, 0.0, out=scratch)  # a variance, but for rounding
            scratch += epsilon
        np.sqrt(scratch, scratch)
        np.divide(g, scratch, scratch)
        scratch *= rate
        if self.momentum:
            m = slots[1]
            m *= momentum
            m += scratch
            w -= m
        else:
            w -= scratch
