"""Checks of hyper-parameters: what came is said together with what was expected."""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Iterable
from typing import Any

import numpy as np

from mlp.errors import ArgumentError, ArgumentTypeError

__all__ = [
    "LARGEST_SIZE",
    "dtype",
    "flag",
    "fraction",
    "generator",
    "integer",
    "one_of",
    "real",
    "shape",
    "text",
]

LARGEST_SIZE = 2**31 - 1


def integer(name: str, value: Any, low: int = 1, high: int = LARGEST_SIZE) -> int:
    """``value`` as an int in [low, high]; a bool is not a number here.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If it is no integer, or out of range.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool | np.bool_):
        raise ArgumentTypeError(f"{name} must be an integer, got {value!r}")
    if not low <= number <= high:
        raise ArgumentError(f"{name} must be an integer from {low} to {high}, got {number}")
    return number


def real(
    name: str, value: Any, low: float = -math.inf, high: float = math.inf, *, above: float | None = None
) -> float:
    """``value`` as a finite float in [low, high], and greater than ``above`` where that is given.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If it is no real number, not finite, or out of range.
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise ArgumentTypeError(f"{name} must be a real number, got {value!r}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ArgumentError(f"{name} must be finite, got {number}")
    if above is not None and not number > above:
        raise ArgumentError(f"{name} must be greater than {above:g}, got {number:g}")
    if not low <= number <= high:
        span = f"at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
        raise ArgumentError(f"{name} must be {span}, got {number:g}")
    return number


def fraction(name: str, value: Any) -> float:
    """``value`` as a float in [0, 1).

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If it is no real number or out of range.
    """
    number = real(name, value, 0.0)
    if number >= 1.0:
        raise ArgumentError(f"{name} must be from 0 up to, but not including, 1, got {number:g}")
    return number


def flag(name: str, value: Any) -> bool:
    """``value`` as a bool.

    Raises
    ------
    ArgumentTypeError
        If it is neither True nor False.
    """
    if not isinstance(value, bool | np.bool_):
        raise ArgumentTypeError(f"{name} must be True or False, got {value!r}")
    return bool(value)


def text(name: str, value: Any) -> str:
    """``value`` as a string that is not empty.

    Raises
    ------
    ArgumentTypeError
        If it is none.
    """
    if not isinstance(value, str) or not value:
        raise ArgumentTypeError(f"{name} must be a string that is not empty, got {value!r}")
    return value


def one_of(name: str, value: Any, allowed: Iterable[Any]) -> Any:
    """``value``, if it is one of ``allowed``.

    Raises
    ------
    ArgumentError
        If it is not.
    """
    allowed = tuple(allowed)
    if not any(value is choice or (type(value) is type(choice) and value == choice) for choice in allowed):
        raise ArgumentError(f"{name} must be one of {', '.join(map(repr, allowed))}; got {value!r}")
    return value


def shape(name: str, value: Any) -> tuple[int, ...]:
    """``value`` as the shape of one row, batch axis left out: a tuple of positive integers.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If it is no sequence, is empty, or holds what is no size.
    """
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ArgumentTypeError(
            f"{name} must be a tuple of sizes without the batch axis, such as (4,); got {value!r}"
        )
    sizes = tuple(value)
    if not sizes:
        raise ArgumentError(f"{name} must have at least one size, such as (4,); got ()")
    return tuple(integer(f"{name}[{i}]", size) for i, size in enumerate(sizes))


def dtype(value: Any, allowed: tuple[str, ...]) -> np.dtype[Any]:
    """``value`` as one of the allowed types, in native byte order.

    Raises
    ------
    ArgumentError
        If it is none of them.
    """
    try:
        name = "None" if value is None else np.dtype(value).name
    except TypeError:
        name = "unknown"
    if name not in allowed:
        raise ArgumentError(f"dtype must be one of {', '.join(map(repr, allowed))}, got {value!r}")
    return np.dtype(name)


def generator(name: str, value: Any) -> np.random.Generator:
    """``value`` as a random generator, the way of ``numpy.random.default_rng``.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If it is no seed and no generator.
    """
    try:
        if isinstance(value, bool | np.bool_):
            raise TypeError("a bool is no seed")
        return np.random.default_rng(value)
    except TypeError as error:
        message = f"{name} must be an int >= 0, a SeedSequence, a Generator or None, got {value!r}"
        raise ArgumentTypeError(message) from error
    except ValueError as error:
        raise ArgumentError(f"{name} must be an int >= 0 where it is a seed, got {value!r}") from error
