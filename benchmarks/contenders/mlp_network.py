"""mlp through its public API alone."""

from __future__ import annotations

import gc
import time
import tracemalloc
from functools import partial
from typing import Any

from benchmarks.contenders.base import EPSILON, LEARNING_RATE, Trained
from benchmarks.workloads import Workload
from mlp import Ensemble, Network
from mlp.callbacks import LambdaCallback
from mlp.layers import Dense
from mlp.optimizers import Adam


class MLP(Trained):
    """A compiled `Network`."""

    def __init__(self, work: Workload, weights: list[Any]) -> None:
        super().__init__(work, weights)
        first, *others = zip(work.sizes[1:], work.activations, strict=True)
        self.net = Network(
            [Dense(first[0], activation=first[1], input_dim=work.sizes[0])], dtype="float32", rng=0
        )
        for units, activation in others:
            self.net.add(Dense(units, activation=activation))
        self.net.compile(Adam(LEARNING_RATE, epsilon=EPSILON), work.loss)
        self.weights = weights
        self.net.set_weights(weights)
        self.call, self.predict = self.net, self.net.predict

    def fit(self, epochs: int, shuffle: bool = True) -> list[float]:
        """Call ``fit``; what it checks at the door counts."""
        history = self.net.fit(self.x, self.y, self.work.batch_size, epochs, verbose=0, shuffle=shuffle)
        return history.history["loss"]

    def minimize(self, iterations: int) -> dict[str, Any]:
        """Call ``minimize``, which also records the loss after each iteration."""
        self.net.set_weights(self.weights)
        result = self.net.minimize(self.x, self.y, method="L-BFGS-B", maxiter=iterations)
        return {"iterations": result.nit, "evaluations": result.nfev, "loss": float(result.fun)}

    def together(self, members: int, epochs: int = 50) -> tuple[float, float]:
        """Return the microseconds of a step of one network, and of a step of many at once."""
        alike = [self.net.copy() for _ in range(members)]
        figures = []
        for fit in (partial(self.net.fit, verbose=0), Ensemble(alike).fit):
            start = time.perf_counter()
            fit(self.x, self.y, self.work.batch_size, epochs)
            figures.append(1e6 * (time.perf_counter() - start) / (epochs * self.work.steps))
        return figures[0], figures[1]

    def traced(self, epochs: int = 10, early: int = 3) -> dict[str, float]:
        """Return what Python and NumPy hold while ``fit`` runs, in kB.

        What grows rightly is the history: a few dozen bytes an epoch.
        """
        held, peaks = [0] * epochs, [0] * epochs

        def remember(epoch: int, logs: Any = None) -> None:
            gc.collect()  # also empties CPython's lists of free tuples, which would look like growth
            held[epoch], peaks[epoch] = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()

        self.fit(1)
        watch = LambdaCallback(on_epoch_end=remember)
        tracemalloc.start()
        self.net.fit(self.x, self.y, self.work.batch_size, epochs, verbose=0, callbacks=[watch])
        tracemalloc.stop()
        names = ("held after epoch 3", "growth to epoch 10", "peak of an epoch above")
        figures = (held[early - 1], held[-1] - held[early - 1], peaks[-1] - held[-2])
        return {name: count / 1024 for name, count in zip(names, figures, strict=True)}
