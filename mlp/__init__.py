"""Trainable multi-layer perceptrons in NumPy and SciPy.

>>> from mlp import Network
>>> from mlp.layers import Dense
>>> net = Network([Dense(5, activation="tanh", input_dim=2), Dense(1, activation="tanh")], rng=0)
>>> net.compile(optimizer="adam", loss="hinge", metrics=["accuracy"])
>>> net.output_shape
(None, 1)
"""

import typing as _typing
from importlib import import_module as _import_module

from mlp import (
    activations,
    callbacks,
    constraints,
    errors,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
    schedules,
)
from mlp.layers import Input
from mlp.network import Network
from mlp.registration import register as _tell_hypothesis
from mlp.split import Split

if _typing.TYPE_CHECKING:
    from mlp import datasets, keras, plots, testing, utils
    from mlp.ensemble import Ensemble
    from mlp.exchange.from_keras import from_keras
    from mlp.exchange.from_sklearn import from_sklearn
    from mlp.exchange.from_torch import from_torch
    from mlp.files import load
    from mlp.rate_range import lr_range_test

Sequential = Model = Network

__version__ = "0.1.0"

__all__ = [
    "Ensemble", "Input", "Model", "Network", "Sequential", "Split", "activations", "callbacks", "constraints", "datasets", "errors",
    "from_keras", "from_sklearn", "from_torch",
    "initializers", "keras", "layers", "load", "losses", "lr_range_test", "metrics", "optimizers", "plots", "regularizers", "schedules",
    "testing", "utils",
]  # fmt: skip


#: Not every program needs these, nor all that they bring along: they are imported when first asked for.
_LATER = ("datasets", "ensemble", "files", "keras", "plots", "testing", "utils")
_OF_MODULE = {
    "Ensemble": "ensemble",
    "from_keras": "exchange.from_keras",
    "from_sklearn": "exchange.from_sklearn",
    "from_torch": "exchange.from_torch",
    "load": "files",
    "lr_range_test": "rate_range",
}


def __getattr__(name: str) -> _typing.Any:
    if name in _LATER:
        return _import_module(f"mlp.{name}")
    if name in _OF_MODULE:
        return getattr(_import_module(f"mlp.{_OF_MODULE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_LATER})


_tell_hypothesis()  # of strategies, where it was imported before
