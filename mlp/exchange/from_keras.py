"""Models of Keras in memory: of Keras 3 on any backend, and of ``tf.keras`` since 2.12."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ArgumentError, ArgumentTypeError, ModelFileError
from mlp.names import snake_case

if TYPE_CHECKING:
    from mlp.network import Network

__all__ = ["from_keras"]

#: Packages that are a Keras.
PACKAGES = ("keras", "tf_keras")


def from_keras(model: Any) -> Network:
    """The network that a model of Keras is: with its weights, compile settings and optimizer state.

    Keras is not imported; whoever has a model has it already.

    Parameters
    ----------
    model : keras.Sequential or keras.Model
        A built model of layers that there are here.

    Returns
    -------
    Network
        It predicts what the model predicts, up to rounding in float32, and goes on training as it would.

    Raises
    ------
    ArgumentTypeError
        If it is no model of Keras.
    ArgumentError
        If it has layers or settings that there are not here, or code of its own.

    Examples
    --------
    >>> from_keras([1.0, 2.0])
    Traceback (most recent call last):
    mlp.errors.ArgumentTypeError: from_keras takes a built model of Keras, such as keras.Sequential([...]), got list
    """
    package = _package_of(model)
    if package is None or not getattr(model, "built", False):
        raise ArgumentTypeError(
            f"from_keras takes a built model of Keras, such as keras.Sequential([...]), got {type(model).__name__}"
        )
    from mlp.files.description import build
    from mlp.files.keras.reading.model import description_of
    from mlp.files.keras.reading.objects import Reading

    version = re.match(r"(\d+)\.(\d+)", package.__version__)
    reading = Reading() if version is None else Reading(tuple(map(int, version.groups())))
    try:
        config = json.loads(json.dumps(package.saving.serialize_keras_object(model)))
        arrays = {**dict(_weights(model)), **dict(_optimizer_variables(model))}
        return build(description_of(config, arrays, reading, f"Keras {package.__version__}"))
    except (ModelFileError, TypeError) as error:
        raise ArgumentError(f"the model {model.name!r} cannot be a network here: {error}") from error


def _package_of(model: Any) -> Any:
    """The Keras that a model is of, which is there if the model is."""
    for cls in type(model).__mro__:
        package = cls.__module__.partition(".")[0]
        if cls.__name__ == "Model" and package in PACKAGES:
            return sys.modules.get(package)
    return None


def _weights(model: Any, prefix: str = "") -> Iterator[tuple[str, Array]]:
    """All weights, by the paths that Keras gives them in files."""
    counts: Counter[str] = Counter()
    for layer in model.layers:
        stem = snake_case(type(layer).__name__)
        own = f"{prefix}layers/{stem}" + (f"_{counts[stem]}" if counts[stem] else "")
        counts[stem] += 1
        if hasattr(layer, "layers"):
            yield from _weights(layer, f"{own}/")
        else:
            yield from ((f"{own}/vars/{i}", np.asarray(w)) for i, w in enumerate(layer.get_weights()))


def _optimizer_variables(model: Any) -> Iterator[tuple[str, Array]]:
    optimizer = getattr(model, "optimizer", None)
    for i, variable in enumerate(getattr(optimizer, "variables", ())):
        yield f"optimizer/vars/{i}", np.asarray(variable.numpy())
