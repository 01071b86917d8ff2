"""Keras, on the backend that ``KERAS_BACKEND`` names."""

from __future__ import annotations

from functools import partial
from typing import Any

import keras

from benchmarks.contenders.base import EPSILON, LEARNING_RATE, Trained
from benchmarks.workloads import Workload


class Sequential(Trained):
    """A `keras.Sequential` with ``fit`` and ``predict``."""

    def __init__(self, work: Workload, weights: list[Any]) -> None:
        super().__init__(work, weights)
        layers = zip(work.sizes[1:], work.activations, strict=True)
        self.model = keras.Sequential(
            [keras.Input((work.sizes[0],)), *(keras.layers.Dense(n, activation=a) for n, a in layers)]
        )
        self.model.set_weights(weights)
        self.model.compile(keras.optimizers.Adam(LEARNING_RATE, epsilon=EPSILON), work.loss)
        self.predict = partial(self.model.predict, verbose=0, batch_size=10_000)

    def fit(self, epochs: int, shuffle: bool = True) -> list[float]:
        """Call ``fit``."""
        history = self.model.fit(self.x, self.y, self.work.batch_size, epochs, verbose=0, shuffle=shuffle)
        return history.history["loss"]
