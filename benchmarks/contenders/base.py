"""What a contender offers to a worker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.workloads import Workload

LEARNING_RATE, EPSILON = 0.001, 1e-7  # Adam's, for everyone


class Trained:
    """A network of one workload, with given weights, in somebody's hands.

    A subclass sets `call` and `predict` where it has them: functions of rows that return a NumPy array.
    """

    #: How the network differs from everybody else's; "" where it does not.
    note = ""
    #: Whether the losses can be compared with everybody else's.
    comparable = True
    call: Callable[[Any], Any]
    predict: Callable[[Any], Any]

    def __init__(self, work: Workload, weights: list[Any]) -> None:
        self.work = work

    def load(self, x: Any, y: Any) -> None:
        """Take the data, in the form that suits the library best; this is not timed."""
        self.x, self.y = x, y

    def fit(self, epochs: int, shuffle: bool = True) -> list[float]:
        """Train on, and return the mean loss of each epoch."""
        raise NotImplementedError

    def minimize(self, iterations: int) -> dict[str, Any]:
        """Minimize by L-BFGS from the start; return ``iterations``, ``evaluations`` and the last ``loss``."""
        raise NotImplementedError
