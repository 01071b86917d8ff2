"""A whole model of Keras: its configuration and what is in its HDF5 file, made a `Description`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlp import optimizers
from mlp.arrays import Array
from mlp.errors import MLPError, ModelFileError
from mlp.files.description import Description
from mlp.files.keras import slots
from mlp.files.keras.paths import Place
from mlp.files.keras.reading.compile import compiled_of
from mlp.files.keras.reading.config import architecture_of, output_names
from mlp.files.keras.reading.objects import Reading
from mlp.files.keras.reading.weights import found_bins, found_weights

__all__ = ["description_of", "optimizer_state"]

OPTIMIZER = "optimizer/vars/"


def description_of(config: Any, arrays: Mapping[str, Array], reading: Reading, origin: str) -> Description:
    """The description of a model.

    Parameters
    ----------
    config : dict
        ``{"class_name": ..., "config": ..., "compile_config": ...}``.
    arrays : dict of str to ndarray
        By path, as Keras 3 names them.
    reading : Reading
        What is known of the file.
    origin : str
        Who wrote it.

    Raises
    ------
    ModelFileError
        If it is damaged, or of a network that cannot be had here.
    """
    try:
        architecture = architecture_of(config, reading)
        found_bins(architecture, arrays)
        places, weights = found_weights(architecture, arrays)
        compiled = compiled_of(config.get("compile_config"), reading, output_names(config))
        state = None if compiled is None else _state(compiled, arrays, places, weights, reading)
    except ModelFileError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError, ArithmeticError) as error:
        raise ModelFileError(f"its configuration is none that Keras writes: {error!r:.200}") from error
    return Description(
        architecture=architecture,
        weights=weights,
        weight_names=[place.name for place in places],
        compiled=compiled,
        optimizer_state=state,
        origin=origin,
        notes=reading.notes,
    )


def _state(
    compiled: Mapping[str, Any],
    arrays: Mapping[str, Array],
    places: Sequence[Place],
    weights: Sequence[Array],
    reading: Reading,
) -> dict[str, Any] | None:
    variables: list[Array] = []
    while (path := f"{OPTIMIZER}{len(variables)}") in arrays:
        variables.append(arrays[path])
    return optimizer_state(compiled, variables, places, weights, reading.version)


def optimizer_state(
    compiled: Mapping[str, Any],
    variables: Sequence[Array],
    places: Sequence[Place],
    weights: Sequence[Array],
    version: tuple[int, ...],
) -> dict[str, Any] | None:
    """What ``optimizer.get_state()`` gives, of the variables of Keras's optimizer; None before its first step.

    Raises
    ------
    ModelFileError
        If they are not those of such an optimizer of these weights.
    """
    try:
        optimizer = optimizers.get(compiled["optimizer"])
    except MLPError as error:
        raise ModelFileError(f"the optimizer cannot be had: {error}") from error
    parameters = [
        (place, weight) for place, weight in zip(places, weights, strict=True) if place.is_parameter
    ]
    every = range(len(parameters))
    trained = [i for i in every if parameters[i][0].group.trained]
    if variables and version < (3,):
        variables = _as_in_keras_3(optimizer, list(variables))
    if not variables or (not variables[0].any() and all(not variable.shape for variable in variables)):
        return None
    kept = [weight for _, weight in parameters]
    try:
        return slots.from_keras(optimizer, variables, kept, trained, version)
    except ModelFileError:
        if len(trained) == len(parameters):
            raise
    # It was made before layers were frozen, or by Keras 3.0, which does not look at that.
    return slots.from_keras(optimizer, variables, kept, every, version)


def _as_in_keras_3(optimizer: optimizers.Optimizer, variables: list[Array]) -> list[Array]:
    """Variables of Keras 2 with the learning rate among them, and without the momentum of an SGD that has none."""
    if isinstance(optimizer, optimizers.SGD) and not optimizer.momentum:
        variables = variables[:1]
    if not callable(optimizer.learning_rate):
        variables.insert(1, np.array(optimizer.learning_rate, np.float32))
    return variables
