"""scikit-learn's estimators, which have fewer losses and output activations than the others."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from benchmarks.contenders.base import EPSILON, LEARNING_RATE, Trained
from benchmarks.workloads import Workload

ACTIVATIONS = {"tanh": "tanh", "relu": "relu", "sigmoid": "logistic"}
SQUARED = "mean_squared_error"
NEVER = 10**9  # epochs without progress before it stops by itself; it also counts those of earlier calls
HALF = 0.5  # scikit-learn's squared loss is half of everybody else's


class Estimator(Trained):
    """`MLPClassifier` or `MLPRegressor`; a warm start keeps the weights but renews Adam at each ``fit``."""

    def __init__(self, work: Workload, weights: list[Any]) -> None:
        super().__init__(work, weights)
        warnings.simplefilter("ignore", ConvergenceWarning)  # it is told how many epochs to train
        kind = MLPClassifier if work.is_classifier else MLPRegressor
        self.factor = 1 if work.is_classifier else 1 / HALF
        self.comparable = work.is_classifier or work.loss == SQUARED
        if not self.comparable:
            loss = work.loss.replace("_", " ")
            self.note = f"it has no {loss}, so it trains the nearest: squared loss, linear output"
        self.weights, self.start = weights, True
        self.estimator = kind(
            hidden_layer_sizes=work.sizes[1:-1], activation=ACTIVATIONS[work.hidden],
            solver="adam", alpha=0, tol=0,
            batch_size=work.batch_size, learning_rate_init=LEARNING_RATE, epsilon=EPSILON,
            warm_start=True, random_state=0, n_iter_no_change=NEVER,
        )  # fmt: skip

    def load(self, x: Any, y: Any) -> None:
        """Let it make its arrays by one epoch of training, and put our weights there."""
        super().load(x, y if self.work.is_classifier else y.ravel())
        self.estimator.set_params(max_iter=1).fit(self.x, self.y)
        self.restart()
        by_class = self.work.is_classifier
        self.predict = self.estimator.predict_proba if by_class else self.estimator.predict

    def restart(self) -> None:
        """Go back to the weights of the start."""
        copies = [np.array(w) for w in self.weights]
        self.estimator.coefs_, self.estimator.intercepts_ = copies[::2], copies[1::2]

    def fit(self, epochs: int, shuffle: bool = True) -> list[float]:
        """Call ``fit`` for so many epochs; ``loss_curve_`` also holds those before."""
        self.estimator.set_params(max_iter=epochs, shuffle=shuffle)
        self.estimator.fit(self.x, self.y)
        return [self.factor * loss for loss in self.estimator.loss_curve_[-epochs:]]

    def minimize(self, iterations: int) -> dict[str, Any]:
        """Call ``fit`` with the other solver."""
        self.restart()
        self.estimator.set_params(solver="lbfgs", max_iter=iterations, tol=1e-9, max_fun=100 * iterations)
        self.estimator.fit(self.x.astype(np.float64), self.y)  # else it converts at each evaluation
        loss = self.factor * float(self.estimator.loss_)
        return {"iterations": self.estimator.n_iter_, "evaluations": None, "loss": loss}
