"""Rprop: each entry with a step length of its own, which the signs of its gradients make longer or shorter."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array, inverse
from mlp.errors import ArgumentTypeError
from mlp.optimizers.base import OPTIMIZERS, Optimizer

__all__ = ["Rprop"]


@OPTIMIZERS.add()
class Rprop(Optimizer):
    """``w -= d sign(g)``, where ``d`` grows while the sign stays and shrinks when it turns; then there is no step.

    That is iRprop- (Igel and Huesken 2003, "Empirical evaluation of the improved Rprop learning algorithms"), after
    Riedmiller and Braun 1993; Keras has none, and arguments and defaults are those of PyTorch.  It is meant for the
    gradient of all rows at once (``batch_size=len(x)``), for the signs of those of small batches are noise.

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.01
        The first length ``d``.  All lengths are kept in units of it, so one that changes changes them all.
    etas : (float, float), default (0.5, 1.2)
        By what lengths shrink and grow.
    step_sizes : (float, float), default (1e-6, 50.0)
        The shortest and the longest step.
    **kwargs
        What all optimizers share: see `Optimizer`.

    Examples
    --------
    >>> w, optimizer = np.array([1.0]), Rprop(0.1)
    >>> for g in (3.0, 0.2, -5.0, -0.1):
    ...     optimizer.step(w, np.array([g]))
    ...     print(w.round(4))
    [0.9]
    [0.78]
    [0.78]
    [0.84]
    """

    replayable = True
    slot_names = ("sign", "length")

    def __init__(
        self,
        learning_rate: Any = 0.01,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50.0),
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        shrink, grow = _pair("etas", etas)
        self.etas = checks.real("etas[0]", shrink, 0.0, 1.0), checks.real("etas[1]", grow, 1.0)
        shortest, longest = _pair("step_sizes", step_sizes)
        shortest = checks.real("step_sizes[0]", shortest, 0.0)
        self.step_sizes = shortest, checks.real("step_sizes[1]", longest, shortest)

    def initial_slot(self, name: str, parameters: Array) -> Array:
        """The state it begins with."""
        return np.full_like(parameters, float(name == "length"))

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """Learning rate, in units of it the shortest and the longest step, and the etas."""
        shortest, longest = self.step_sizes
        return rate, shortest * inverse(rate), longest * inverse(rate, math.inf), *self.etas

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """One step."""
        rate, low, high, shrink, grow = numbers
        sign, length = slots
        np.sign(g, scratch)
        sign *= scratch  # 1 where it stays, -1 where it turns, 0 at the beginning and after a turn
        turned = sign < 0
        np.multiply(length, shrink, out=length, where=turned)
        np.multiply(length, grow, out=length, where=sign > 0)
        np.maximum(length, low, out=length)
        np.minimum(length, high, out=length)
        scratch[turned] = 0
        sign[...] = scratch
        scratch *= length
        scratch *= rate
        w -= scratch


def _pair(name: str, values: Any) -> tuple[Any, Any]:
    try:
        low, high = values
    except (TypeError, ValueError):
        raise ArgumentTypeError(f"{name} must be two numbers, got {values!r}") from None
    return low, high
