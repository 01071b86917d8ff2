"""Trainable multi-layer perceptrons in NumPy and SciPy.

>>> from mlp import Network
>>> from mlp.layers import Dense
>>> net = Network([Dense(5, activation="tanh", input_dim=2), Dense(1, activation="tanh")], rng=0)
>>> net.compile(optimizer="adam", loss="hinge", metrics=["accuracy"])
>>> net.output_shape
(None, 1)
"""

from mlp import (
    activations,
    callbacks,
    constraints,
    datasets,
    errors,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
    schedules,
    testing,
)
from mlp.files import load
from mlp.layers import Input
from mlp.network import Network

Sequential = Model = Network

__version__ = "0.1.0"

__all__ = [
    "Input", "Model", "Network", "Sequential", "activations", "callbacks", "constraints", "datasets", "errors",
    "initializers", "layers", "load", "losses", "metrics", "optimizers", "regularizers", "schedules", "testing",
]  # fmt: skip
