"""Keras's module paths, for scripts that were written for Keras.

``from mlp import keras`` in place of ``import keras`` is all that an MLP script needs; ``python -m mlp.keras script.py``
runs it as it is.  The objects are those of `mlp`; what older Keras (2017 to 2021) spelled otherwise is taken with an
`mlp.errors.OldSpellingWarning`, what is not there is refused by name.

>>> from mlp import keras
>>> model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
>>> model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
>>> model.output_shape
(None, 1)
"""

from mlp import __version__ as _version
from mlp.initializers import Initializer
from mlp.keras import (
    activations,
    backend,
    callbacks,
    config,
    constraints,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    models,
    ops,
    optimizers,
    regularizers,
    utils,
)
from mlp.keras.layers import Input
from mlp.keras.models import Model, Sequential
from mlp.keras.namespace import lay_out as _lay_out
from mlp.layers import Layer
from mlp.losses import Loss
from mlp.metrics import Metric
from mlp.optimizers import Optimizer
from mlp.regularizers import Regularizer

#: That of the Keras whose names, defaults and numbers these are, then that of this library.
__version__ = f"3.15.1+mlp.{_version}"

__all__ = [
    "Initializer", "Input", "Layer", "Loss", "Metric", "Model", "Optimizer", "Regularizer", "Sequential", "activations",
    "backend", "callbacks", "config", "constraints", "datasets", "initializers", "layers", "losses", "metrics", "models",
    "ops", "optimizers", "regularizers", "utils",
]  # fmt: skip

_lay_out(__name__, own=__all__)
