"""`keras.backend`: the type of new networks, and the functions of arrays of older scripts, ``K.mean`` say."""

from __future__ import annotations

from typing import Any

from mlp import checks
from mlp.errors import ArgumentError
from mlp.keras import ops
from mlp.keras.namespace import lay_out
from mlp.trainable import DTYPES

__all__ = [
    "backend", "clear_session", "epsilon", "floatx", "get_value", "image_data_format", "set_epsilon", "set_floatx",
    "set_image_data_format",
]  # fmt: skip

EPSILON = 1e-7

_floatx = "float64"


def floatx() -> str:
    """The type of the networks that are made from now on: float64, unless `set_floatx` was called."""
    return _floatx


def set_floatx(value: str) -> None:
    """Make new networks in this type.

    Parameters
    ----------
    value : {"float32", "float64"}
        The type.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If it is another.
    """
    global _floatx
    _floatx = checks.dtype(value, DTYPES).name


def epsilon() -> float:
    """The small number of Keras's formulas, 1e-7."""
    return EPSILON


def set_epsilon(value: float) -> None:
    """Refuse any other than `epsilon`, which is fixed here.

    Raises
    ------
    ArgumentError
        If it is another.
    """
    if value != EPSILON:
        raise ArgumentError(
            f"epsilon is {EPSILON} throughout mlp, got {value!r}; give epsilon= to what takes it"
        )


def image_data_format() -> str:
    """Where pictures have their colours: last."""
    return "channels_last"


def set_image_data_format(data_format: str) -> None:
    """Refuse any other than `image_data_format`.

    Raises
    ------
    ArgumentError
        If it is another.
    """
    checks.one_of("data_format", data_format, ("channels_last",))


def backend() -> str:
    """What computes: ``numpy``."""
    return "numpy"


def clear_session(free_memory: bool = True) -> None:
    """Nothing: networks share no state that could be cleared."""


def get_value(x: Any) -> Any:
    """``x`` itself, for it is a number or an array already."""
    return x


lay_out(__name__, ops, own=__all__, aliases={"flatten": "ravel", "pow": "power"})
