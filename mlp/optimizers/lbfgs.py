"""LBFGS: the direction that the last steps make of a gradient, by what they have learnt of the curvature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.optimizers.base import OPTIMIZERS, Optimizer

__all__ = ["LBFGS"]


@OPTIMIZERS.add()
class LBFGS(Optimizer):
    """``w -= learning_rate H g``, with ``H`` the inverse Hessian as the last steps and their gradients tell it.

    Liu and Nocedal 1989, "On the limited memory BFGS method", algorithm 2.1, with ``H0 = s.y / y.y`` and with a rate in
    the place of the line search, for which an optimizer, seeing no values, has nothing to go by.  A step ``s`` with
    the change ``y`` of the gradient is used if ``s.y > 0``.  As long as there is none, the direction is
    ``min(1, 1 / sum |g|) g``, as in PyTorch at the first step.

    It is meant for the gradient of all rows at once (``batch_size=len(x)``): between two batches the gradient
    changes for other reasons than the step.  `Network.minimize` has the method with a line search, which is safer.

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 1
        The share of the step that would end where the gradient is zero, were the curvature what it is taken for.
    history_size : int, default 10
        How many of the last steps are remembered; each takes memory for two vectors.
    **kwargs
        What all optimizers share: see `Optimizer`.

    Examples
    --------
    Ten steps down ``w[0]^2 + 10 w[1]^2``:

    >>> w, optimizer = np.array([1.0, 1.0]), LBFGS()
    >>> for _ in range(10):
    ...     optimizer.step(w, np.array([2.0, 20.0]) * w)
    >>> bool(np.abs(w).max() < 1e-6)
    True
    """

    couples_entries = True
    _memory: Array | None = None

    def __init__(self, learning_rate: Any = 1.0, history_size: int = 10, **kwargs: Any) -> None:
        super().__init__(learning_rate, **kwargs)
        self.history_size = checks.integer("history_size", history_size)
        pairs = [f"{name}_{i}" for i in range(self.history_size) for name in ("step", "change")]
        self.slot_names = ("last_parameters", "last_gradient", *pairs)

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """Learning rate, and the place of the newest pair."""
        return rate, t % self.history_size

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """One step."""
        rate, newest = numbers[0], int(numbers[1])
        last_w, last_g, *pairs = slots
        pairs = pairs[2 * newest + 2 :] + pairs[: 2 * newest + 2]  # from the oldest on
        if pairs[-2].any():  # there has been a step; what has moved the parameters beside it counts too
            np.subtract(w, last_w, scratch)
            pairs[-2] += scratch
        np.subtract(g, last_g, pairs[-1])
        self._direction(g, pairs, scratch)
        scratch *= rate
        w -= scratch
        last_w[...], last_g[...] = w, g
        np.negative(scratch, pairs[0])

    def _direction(self, g: Array, pairs: Sequence[Array], out: Array) -> None:
        """``H g``, the algorithm's two loops over steps ``s`` and changes ``y``, from the oldest on."""
        # In double precision for single too: the parts of the direction nearly cancel each other.
        if self._memory is None or self._memory.shape[1] != g.size:
            self._memory = np.empty((2, g.size))
        d, a = self._memory
        known, shares = [], []
        for s, y in zip(pairs[::2], pairs[1::2], strict=True):
            d[:], a[:] = s, y
            if (product := d.dot(a)) > 0:
                known.append((s, y, product))
                scale = product / a.dot(a)
        d[:] = g
        for s, y, product in reversed(known):
            a[:] = s
            shares.append(a.dot(d) / product)
            np.multiply(y, shares[-1], a)
            d -= a
        d *= scale if known else 1 / max(1.0, np.abs(d, a).sum())
        for s, y, product in known:
            a[:] = y
            share = shares.pop() - a.dot(d) / product
            np.multiply(s, share, a)
            d += a
        out[:] = d

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_memory": None}
