"""Trainable multi-layer perceptrons in NumPy and SciPy.

>>> from mlp import Network
>>> from mlp.layers import Dense
>>> net = Network([Dense(5, activation="tanh", input_dim=2), Dense(1, activation="tanh")], rng=0)
>>> net.compile(optimizer="adam", loss="hinge", metrics=["accuracy"])
>>> net.output_shape
(None, 1)
"""

from importlib import import_module as _import_module
from typing import Any as _Any

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
)
from mlp.files import load
from mlp.layers import Input
from mlp.network import Network
from mlp.registration import register as _tell_hypothesis

Sequential = Model = Network

__version__ = "0.1.0"

__all__ = [
    "Input", "Model", "Network", "Sequential", "activations", "callbacks", "constraints", "datasets", "errors",
    "initializers", "layers", "load", "losses", "metrics", "optimizers", "regularizers", "schedules", "testing",
]  # fmt: skip


def __getattr__(name: str) -> _Any:
    if name == "testing":  # a third of all that would be imported, for test suites alone
        return _import_module("mlp.testing")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


_tell_hypothesis()  # of strategies, where it was imported before
