"""Adam: a mean gradient in units of a mean size."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.optimizers.base import OPTIMIZERS
from mlp.optimizers.moments import TwoMoments

__all__ = ["Adam"]


@OPTIMIZERS.add()
class Adam(TwoMoments):
    """``m = b1 m + (1 - b1) g``, ``v = b2 v + (1 - b2) g^2``, ``w -= a_t m / (sqrt(v) + epsilon)``.

    Here ``a_t = learning_rate sqrt(1 - b2^t) / (1 - b1^t)``: the form of Kingma and Ba 2015
    (arXiv:1412.6980) at the end of section 2, which Keras uses; epsilon is its "epsilon hat".

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
        The rate.
    beta_1, beta_2 : float in [0, 1), defaults 0.9 and 0.999
        How slowly the two moments change.
    epsilon : float, default 1e-7
        Keeps the denominator from zero.
    amsgrad : bool, default False
        Use the largest ``v`` so far (Reddi et al. 2018, arXiv:1904.09237).
    **kwargs
        What all optimizers share: see `Optimizer`.

    Notes
    -----
    The slots hold ``m / (1 - b1)`` and ``v / (1 - b2)``, and ``a_t`` and epsilon make up for it: two
    operations on the whole vector less.  In float32 a gradient that stays above some 6e17 overflows ``v`` so
    (without the detour 2e19 would), and its parameter moves no more.

    Examples
    --------
    >>> import numpy as np
    >>> w = np.array([1.0])
    >>> Adam(0.1).step(w, np.array([2.0]))
    >>> w.round(4)
    array([0.9])
    """

    replayable = True

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **kwargs)
        self.amsgrad = checks.flag("amsgrad", amsgrad)
        self.slot_names = ("momentum", "velocity", *["velocity_hat"] * self.amsgrad)

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """The step size, the betas and epsilon, the first and the last for slots without their factors."""
        beta_1, beta_2 = self.beta_1, self.beta_2
        root = math.sqrt(1 - beta_2)
        size = rate * math.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        return size * (1 - beta_1) / root, beta_1, beta_2, self.epsilon / root

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """One step."""
        size, beta_1, beta_2, epsilon = numbers
        m, v = slots[:2]
        m *= beta_1
        m += g
        v *= beta_2
        np.multiply(g, g, scratch)
        v += scratch
        if self.amsgrad:
            v = np.maximum(slots[2], v, out=slots[2])
        np.sqrt(v, scratch)
        scratch += epsilon
        np.divide(m, scratch, scratch)
        scratch *= size
        w -= scratch
