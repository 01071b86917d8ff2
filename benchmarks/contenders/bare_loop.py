"""The bare NumPy loop of `benchmarks.bare`."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks import bare
from benchmarks.contenders.base import Trained
from benchmarks.workloads import CLASSES, DTYPE, Workload


class Bare(Trained):
    """A step made for the network, and a loop over it."""

    def __init__(self, work: Workload, weights: list[Any]) -> None:
        super().__init__(work, weights)
        self.rng = np.random.default_rng(0)
        self.step = self.make_step(weights)
        self.call = self.expression(*weights)

    def make_step(self, weights: list[Any]) -> Any:
        """Return ``step(x, t)``, unrolled by hand for the two smallest networks."""
        work = self.work
        by_hand = {"hinge": bare.tanh_hinge, "mean_absolute_error": bare.relu_absolute}.get(work.loss)
        if by_hand:
            return by_hand(weights, work.sizes, work.batch_size)
        return bare.chain(weights, work.sizes, work.batch_size, work.hidden, work.loss)

    def expression(self, *weights: Any) -> Any:
        """Return the function that one would type to predict, for the networks that predict."""
        if self.work.hidden == "tanh":
            w1, b1, w2, b2 = weights
            return lambda x: np.tanh(np.tanh(x @ w1 + b1) @ w2 + b2)
        if self.work.hidden == "sigmoid":
            return lambda x: bare.classify(x, *weights)
        return None

    def load(self, x: Any, y: Any) -> None:
        """Turn labels into rows of zeros and a one."""
        super().load(x, np.eye(CLASSES, dtype=DTYPE)[y] if self.work.is_classifier else y)

    def fit(self, epochs: int, shuffle: bool = True) -> list[float]:
        """Run the loop."""
        rng = self.rng if shuffle else None
        return bare.fit(self.step, self.x, self.y, self.work.batch_size, epochs, rng)
