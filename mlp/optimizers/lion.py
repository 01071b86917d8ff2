"""Lion: steps of one length, in the direction of a mean gradient's signs."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.optimizers.base import OPTIMIZERS, Optimizer

__all__ = ["Lion"]


@OPTIMIZERS.add()
class Lion(Optimizer):
    """``w -= learning_rate sign(b1 m + (1 - b1) g)``, then ``m = b2 m + (1 - b2) g``.

    Chen et al. 2023, "Symbolic discovery of optimization algorithms" (arXiv:2302.06675), algorithm 2.

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
        The length of a step; a third to a tenth of what `Adam` would take.
    beta_1 : float in [0, 1], default 0.9
        The share of the mean in the direction.
    beta_2 : float in [0, 1], default 0.99
        How slowly the mean changes.
    **kwargs
        What all optimizers share: see `Optimizer`.

    Notes
    -----
    Where there is no gradient any more, the mean fades and is followed all the same, until it is too small for its
    type: some 1e-30 in single, 1e-246 in double precision.

    Examples
    --------
    >>> w = np.array([1.0])
    >>> Lion(0.1).step(w, np.array([2.0]))
    >>> w
    array([0.9])
    """

    replayable = True
    slot_names = ("momentum",)

    def __init__(
        self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.99, **kwargs: Any
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.beta_1 = checks.real("beta_1", beta_1, 0.0, 1.0)
        self.beta_2 = checks.real("beta_2", beta_2, 0.0, 1.0)

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """Learning rate and the betas, each with its complement."""
        return rate, self.beta_1, 1 - self.beta_1, self.beta_2, 1 - self.beta_2

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """One step."""
        rate, beta_1, rest_1, beta_2, rest_2 = numbers
        (m,) = slots
        np.multiply(m, beta_1, scratch)
        scratch += rest_1 * g
        np.sign(scratch, scratch)
        scratch *= rate
        w -= scratch
        m *= beta_2
        np.multiply(g, rest_2, scratch)
        m += scratch
