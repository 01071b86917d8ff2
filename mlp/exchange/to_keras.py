"""A network as a Keras model in memory: the same description that a ``.keras`` file holds, made by Keras itself."""

from __future__ import annotations

import importlib
from typing import Any

from mlp.errors import MissingExtraError
from mlp.files.keras.writing.model import model_config
from mlp.files.keras.writing.plan import Plan, plan_of
from mlp.files.keras.writing.weights import keras_weights, optimizer_variables
from mlp.trainable import Trainable

__all__ = ["to_keras"]


def to_keras(network: Trainable) -> Any:
    """The Keras model; see `Network.to_keras`."""
    plan = plan_of(network)
    config = model_config(plan)
    model = _keras().saving.deserialize_keras_object(config)
    _set_weights(model, plan)
    if network.optimizer is not None:
        model.optimizer.build(model.trainable_variables)
        for variable, array in zip(model.optimizer.variables, optimizer_variables(plan), strict=True):
            variable.assign(array)
    return model


def _keras() -> Any:
    try:
        return importlib.import_module("keras")
    except ImportError as error:
        raise MissingExtraError(
            "to_keras needs Keras 3 and one of its backends, TensorFlow, JAX or PyTorch: pip install keras jax, and set "
            f"KERAS_BACKEND=jax ({error})"
        ) from error


def _set_weights(model: Any, plan: Plan) -> None:
    for layer in plan.layers:
        name = plan.names[layer]
        if layer in plan.inner:
            _set_weights(model.get_layer(name), plan.inner[layer])
        elif weights := keras_weights(layer):
            theirs = model.get_layer(name)
            theirs.set_weights(weights)
            if hasattr(theirs, "finalize_state"):  # of a Normalization, which keeps more than its weights
                theirs.finalize_state()
