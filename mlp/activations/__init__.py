"""Activation functions, each with its derivative.

An activation is a class: ``forward`` computes ``y = f(x)``, and ``backward``, right below it, carries a
gradient back through it, ``dx = J^T dy``, where ``J`` is the Jacobian (for an elementwise function
``dx = f'(x) dy``).  For each class there is a plain function, ``relu(x)``; both mean the same, and
`get` accepts the class, the function, an object or a name, and any other function of arrays.

Comparisons look at the real part, so that complex input passes through (the complex-step derivative,
Squire and Trapp 1998, SIAM Review 40:110, needs that).
"""

from __future__ import annotations

from typing import Any

# isort: off
from mlp.activations.base import ACTIVATIONS, Activation

# Linear is the first to be registered: the simplest that mlp.testing draws.
from mlp.activations.rectifiers import (
    LeakyRelu, Linear, Relu, Relu6, Threshold, identity, leaky_relu, linear, relu, relu6, threshold,
)  # fmt: skip
from mlp.activations.callables import FunctionActivation
from mlp.activations.exponentials import Celu, Elu, Exponential, Selu, celu, elu, exponential, selu
from mlp.activations.gates import (
    Gelu, Glu, HardSilu, Mish, Silu, gelu, glu, hard_silu, hard_swish, mish, silu, swish,
)  # fmt: skip
from mlp.activations.ramps import Softplus, SparsePlus, Squareplus, softplus, sparse_plus, squareplus
from mlp.activations.shrinks import HardShrink, SoftShrink, TanhShrink, hard_shrink, soft_shrink, tanh_shrink
from mlp.activations.sigmoids import (
    HardSigmoid, HardTanh, LogSigmoid, Sigmoid, Softsign, SparseSigmoid, Tanh, hard_sigmoid, hard_tanh,
    log_sigmoid, sigmoid, softsign, sparse_sigmoid, tanh,
)  # fmt: skip
from mlp.activations.simplex import LogSoftmax, Softmax, Sparsemax, log_softmax, softmax, sparsemax
from mlp.activations.steps import Step, step

# isort: on

__all__ = [
    "ACTIVATIONS", "Activation", "Celu", "Elu", "Exponential", "FunctionActivation", "Gelu", "Glu", "HardShrink", "HardSigmoid",
    "HardSilu", "HardTanh", "LeakyRelu", "Linear", "LogSigmoid", "LogSoftmax", "Mish", "Relu", "Relu6", "Selu",
    "Sigmoid", "Silu", "SoftShrink", "Softmax", "Softplus", "Softsign", "SparsePlus", "SparseSigmoid", "Sparsemax",
    "Squareplus", "Step", "Tanh", "TanhShrink", "Threshold", "celu", "elu", "exponential", "gelu", "get", "glu",
    "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "identity", "leaky_relu", "linear",
    "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax",
    "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "step", "swish", "tanh",
    "tanh_shrink", "threshold",
]  # fmt: skip


def get(identifier: Any, argument: str = "") -> Activation:
    """The activation that a name, class, function or object means; ``None`` means linear.

    Parameters
    ----------
    identifier : str, object, class or function
        What is meant; a function that is not this library's becomes a `FunctionActivation`.
    argument : str, optional
        What the caller calls it, for messages.

    Returns
    -------
    Activation
        An object that was handed in is returned as it is.

    Raises
    ------
    UnknownNameError, ArgumentTypeError, ArgumentError
        If it means none.

    Examples
    --------
    >>> get("relu"), get(leaky_relu), get(None)
    (Relu(), LeakyRelu(), Linear())
    """
    if identifier is None:
        return Linear()
    if (
        callable(identifier)
        and not isinstance(identifier, type | Activation)
        and not hasattr(identifier, "configurable")
    ):
        return FunctionActivation(identifier)
    return ACTIVATIONS.get(identifier, argument)
