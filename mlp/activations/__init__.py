"""Activation functions, each with its derivative.

An activation is a class: ``forward`` computes ``y = f(x)``, and ``backward``, right below it, carries a
gradient back through it, ``dx = J^T dy``, where ``J`` is the Jacobian (for an elementwise function
``dx = f'(x) dy``).  For each class there is a plain function, ``relu(x)``; both mean the same, and
`get` accepts the class, the function, an object or a name.

Comparisons look at the real part, so that complex input passes through (the complex-step derivative,
Squire and Trapp 1998, SIAM Review 40:110, needs that).
"""

from __future__ import annotations

from typing import Any

from mlp.activations.base import ACTIVATIONS, Activation
from mlp.activations.exponentials import Elu, Selu, elu, selu
from mlp.activations.gates import Gelu, Silu, gelu, silu, swish
from mlp.activations.ramps import Softplus, softplus
from mlp.activations.rectifiers import LeakyRelu, Linear, Relu, identity, leaky_relu, linear, relu
from mlp.activations.sigmoids import Sigmoid, Tanh, sigmoid, tanh
from mlp.activations.simplex import Softmax, softmax
from mlp.activations.steps import Step, step

__all__ = [
    "ACTIVATIONS", "Activation", "Elu", "Gelu", "LeakyRelu", "Linear", "Relu", "Selu", "Sigmoid", "Silu", "Softmax", "Softplus",
    "Step", "Tanh", "elu", "gelu", "get", "identity", "leaky_relu", "linear", "relu", "selu", "sigmoid", "silu",
    "softmax", "softplus", "step", "swish", "tanh",
]  # fmt: skip


def get(identifier: Any, argument: str = "") -> Activation:
    """The activation that a name, class, function or object means; ``None`` means linear.

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
    >>> get("relu"), get(leaky_relu), get(None)
    (Relu(), LeakyRelu(), Linear())
    """
    return Linear() if identifier is None else ACTIVATIONS.get(identifier, argument)
