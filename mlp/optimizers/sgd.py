"""Gradient descent, with momentum where asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.optimizers.base import OPTIMIZERS, Optimizer

__all__ = ["SGD"]


@OPTIMIZERS.add()
class SGD(Optimizer):
    """``w -= learning_rate g``; with momentum ``m = momentum m - learning_rate g``, ``w += m``.

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.01
        The rate.
    momentum : float in [0, 1], default 0
        How much of the last movement goes on.
    nesterov : bool, default False
        ``w += momentum m - learning_rate g`` instead (Sutskever et al. 2013, section 2).
    **kwargs
        What all optimizers share: see `Optimizer`.

    Examples
    --------
    >>> import numpy as np
    >>> w = np.array([1.0])
    >>> SGD(0.1).step(w, np.array([2.0]))
    >>> w
    array([0.8])
    """

    replayable = True

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.momentum = checks.real("momentum", momentum, 0.0, 1.0)
        self.nesterov = checks.flag("nesterov", nesterov)
        self.slot_names = ("momentum",) if self.momentum else ()

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """Learning rate and momentum."""
        return rate, self.momentum

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """One step."""
        rate, momentum = numbers
        np.multiply(g, rate, scratch)
        if slots:
            (m,) = slots
            m *= momentum
            m -= scratch
            if not self.nesterov:
                w += m
                return
            w += momentum * m
        w -= scratch
