"""`keras.ops`: functions of arrays for metrics and losses of one's own, those of NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from mlp import activations
from mlp.arrays import Array
from mlp.keras.namespace import lay_out

#: Functions of Keras that are called alike in NumPy and take the same arguments.
OF_NUMPY = (
    "abs", "absolute", "add", "all", "any", "argmax", "argmin", "argsort", "array", "average", "ceil", "clip", "concatenate",
    "cos", "cumsum", "divide", "dot", "equal", "exp", "expand_dims", "expm1", "floor", "greater", "greater_equal", "isfinite",
    "isnan", "less", "less_equal", "log", "log10", "log1p", "log2", "logaddexp", "logical_and", "logical_not", "logical_or",
    "matmul", "max", "maximum", "mean", "median", "min", "minimum", "multiply", "negative", "not_equal", "ones", "ones_like",
    "outer", "power", "prod", "ravel", "reshape", "round", "sign", "sin", "sort", "sqrt", "square", "squeeze", "stack", "std",
    "subtract", "sum", "tan", "tanh", "transpose", "var", "where", "zeros", "zeros_like",
)  # fmt: skip

__all__ = ["cast", "convert_to_numpy", "convert_to_tensor", "shape"]


def cast(x: Any, dtype: DTypeLike) -> Array:
    """``x`` in another type."""
    return np.asarray(x).astype(dtype)


def convert_to_numpy(x: Any) -> Array:
    """``x`` as an array."""
    return np.asarray(x)


def convert_to_tensor(x: Any, dtype: DTypeLike | None = None) -> Array:
    """``x`` as an array: the tensors of this library are NumPy's."""
    return np.asarray(x, dtype)


def shape(x: Any) -> tuple[int, ...]:
    """The shape of ``x``."""
    return np.shape(x)


vars().update({name: getattr(np, name) for name in OF_NUMPY})

lay_out(__name__, activations, own=(*__all__, *OF_NUMPY))
