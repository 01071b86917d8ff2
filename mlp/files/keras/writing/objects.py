"""Objects of this library as Keras 3 describes them: module, class name and arguments.

Classes of one name are one thing here and in Keras, with arguments of the same names; what is not in Keras is told here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mlp.activations import ACTIVATIONS, Activation
from mlp.configurable import Configurable, encode
from mlp.constraints import CONSTRAINTS
from mlp.errors import ArgumentError
from mlp.initializers import INITIALIZERS
from mlp.layers.base import LAYERS
from mlp.losses import LOSSES
from mlp.metrics.base import METRICS
from mlp.names import snake_case
from mlp.optimizers import OPTIMIZERS
from mlp.registry import Registry
from mlp.regularizers import REGULARIZERS
from mlp.schedules import SCHEDULES

__all__ = ["KINDS", "activation", "described", "keras_object", "not_in_keras", "value"]


@dataclass(frozen=True)
class Kind:
    """Classes of one kind: their module in Keras, and which of ours are not there."""

    module: str
    registry: Registry[Any]
    missing: tuple[str, ...] = ()


KINDS = (
    Kind("keras.activations", ACTIVATIONS, ("Step",)),
    Kind("keras.constraints", CONSTRAINTS),
    Kind("keras.initializers", INITIALIZERS),
    Kind("keras.layers", LAYERS, ("Network", "Residual")),
    Kind("keras.losses", LOSSES, ("SumSquaredError",)),
    Kind("keras.metrics", METRICS, ("SignAccuracy",)),
    Kind("keras.optimizers", OPTIMIZERS, ("LBFGS", "Rprop")),
    Kind("keras.optimizers.schedules", SCHEDULES, ("WarmUp",)),
    Kind("keras.regularizers", REGULARIZERS),
)

#: Activations that are functions without arguments in Keras, and the layers that have them.
LAYERS_OF_ACTIVATIONS = {"Elu": "ELU", "LeakyRelu": "LeakyReLU", "Relu": "ReLU", "Softmax": "Softmax"}

#: Values that say nothing, of arguments that no Keras has, or only a new one; with a class where that is so of it alone.
SAYS_NOTHING = {
    "SparseCategoricalCrossentropy.axis": (-1,),
    "from_sorted_ids": (False,),
    "keras_compat": (False, True),
}


def described(module: str, class_name: str, config: dict[str, Any]) -> dict[str, Any]:
    """What Keras writes for an object.

    Examples
    --------
    >>> described("keras.layers", "Flatten", {})
    {'module': 'keras.layers', 'class_name': 'Flatten', 'config': {}, 'registered_name': None}
    """
    return {"module": module, "class_name": class_name, "config": config, "registered_name": None}


def keras_object(thing: Configurable, where: str) -> dict[str, Any]:
    """An object with its arguments; those that are None are left out, for that is what they are without.

    Parameters
    ----------
    thing : Configurable
        An object of a class of this library.
    where : str
        The beginning of a message.

    Raises
    ------
    ArgumentError
        If Keras has none such.

    Examples
    --------
    >>> from mlp.regularizers import L2
    >>> keras_object(L2(0.5), "")["config"]
    {'l2': 0.5}
    """
    module, kind = module_of(thing, where), type(thing).__name__
    arguments = {name: getattr(thing, name) for name in thing.get_config()}
    config = {
        name: value(own, where)
        for name, own in arguments.items()
        if own is not None
        and own not in (*SAYS_NOTHING.get(name, ()), *SAYS_NOTHING.get(f"{kind}.{name}", ()))
    }
    return described(module, kind, config)


def module_of(thing: Configurable, where: str) -> str:
    """The module of Keras that has the class of an object.

    Raises
    ------
    ArgumentError
        If none has.
    """
    name = type(thing).__name__
    for kind in KINDS:
        if isinstance(thing, kind.registry.base):
            if kind.registry.classes.get(name) is not type(thing) or name in kind.missing:
                raise not_in_keras(where, f"{kind.registry.kind} {name}")
            return kind.module
    raise not_in_keras(where, name)


def value(own: Any, where: str) -> Any:
    """An argument as Keras writes it; errors as for `keras_object`."""
    if isinstance(own, Activation):
        return activation(own, where)
    return keras_object(own, where) if isinstance(own, Configurable) else encode(own)


def activation(own: Activation, where: str) -> Any:
    """An activation's name; or, where its arguments are not the usual ones, the layer that has them.

    Raises
    ------
    ArgumentError
        If Keras has neither.

    Examples
    --------
    >>> from mlp.activations import LeakyRelu, Tanh
    >>> activation(Tanh(), ""), activation(LeakyRelu(0.5), "")["class_name"]
    ('tanh', 'LeakyReLU')
    """
    module_of(own, where)
    name = type(own).__name__
    if isinstance(own.describe(), str):
        return snake_case(name)
    if name not in LAYERS_OF_ACTIVATIONS:
        raise not_in_keras(where, f"activation {own!r}, only one without arguments")
    config = {"name": snake_case(name), **own.get_config()}
    return described("keras.layers", LAYERS_OF_ACTIVATIONS[name], config)


def not_in_keras(where: str, what: str, cure: str = "use another one") -> ArgumentError:
    """The error for what cannot be written."""
    return ArgumentError(f"{where}Keras has no {what}: {cure}, or save as .npz, which holds it")
