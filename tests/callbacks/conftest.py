"""A small network, and data to train it on."""

import numpy as np
import pytest

from mlp import Network
from mlp.layers import Dense

RNG = np.random.default_rng(5)
X = RNG.normal(size=(12, 2))
Y = X[:, :1] - X[:, 1:]


@pytest.fixture
def data():
    return X.copy(), Y.copy()


@pytest.fixture
def make():
    """Makes compiled networks that are all alike."""

    def compiled(optimizer="sgd", layers=(), rng=0, **settings):
        net = Network([Dense(3, activation="tanh", input_dim=2), *layers, Dense(1)], rng=rng)
        net.compile(optimizer, "mse", **settings)
        return net

    return compiled
