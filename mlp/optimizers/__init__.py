"""Optimizers: how a gradient moves parameters, ``optimizer.step(parameters, gradient)``, in place."""

from typing import Any

from mlp.optimizers.sgd import SGD  # the first one registered is the simplest

# isort: split
from mlp import schedules
from mlp.optimizers.adadelta import Adadelta
from mlp.optimizers.adagrad import Adagrad
from mlp.optimizers.adam import Adam
from mlp.optimizers.adamax import Adamax
from mlp.optimizers.adamw import AdamW
from mlp.optimizers.base import OPTIMIZERS as OPTIMIZERS
from mlp.optimizers.base import Optimizer
from mlp.optimizers.ftrl import Ftrl
from mlp.optimizers.lamb import Lamb
from mlp.optimizers.lbfgs import LBFGS
from mlp.optimizers.lion import Lion
from mlp.optimizers.nadam import Nadam
from mlp.optimizers.plan import BLOCK as BLOCK
from mlp.optimizers.rmsprop import RMSprop
from mlp.optimizers.rprop import Rprop

__all__ = [
    "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "LBFGS", "Lamb", "Lion", "Nadam", "Optimizer", "RMSprop",
    "Rprop", "SGD", "get", "schedules",
]  # fmt: skip


def get(identifier: Any, argument: str = "") -> Optimizer:
    """The optimizer that a name, class or object means.

    Parameters
    ----------
    identifier : str, object, class or function
        What is meant.
    argument : str, optional
        What the caller calls it, for messages.

    Returns
    -------
    Optimizer
        An object that was handed in is returned as it is.

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
