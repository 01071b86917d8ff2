"""Optimizers: how a gradient moves parameters, ``optimizer.step(parameters, gradient)``, in place."""

from typing import Any

from mlp import schedules
from mlp.optimizers.adam import Adam
from mlp.optimizers.base import OPTIMIZERS as OPTIMIZERS
from mlp.optimizers.base import Optimizer
from mlp.optimizers.plan import BLOCK as BLOCK
from mlp.optimizers.rmsprop import RMSprop
from mlp.optimizers.sgd import SGD

__all__ = ["Adam", "Optimizer", "RMSprop", "SGD", "get", "schedules"]


def get(identifier: Any, argument: str = "") -> Optimizer:
    """The optimizer that a name, class or object means.

    Parameters
    ----------
    identifier : str, object, class or function
        What is meant.
    argument : str, optional
        What the caller calls it, for messages.

    Raises
    ------
    UnknownNameError, ArgumentTypeError
        If it means none.

    Examples
    --------
    >>> get("sgd"), get(Adam(0.01))
    (SGD(name='sgd'), Adam(learning_rate=0.01, name='adam'))
    """
    return OPTIMIZERS.get(identifier, argument)
