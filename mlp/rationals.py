"""Exact arithmetic: networks whose numbers are fractions, so that what they compute is not rounded.

``net.astype(object)`` gives one.  Its weights are `fractions.Fraction`, each of exactly the value that the float had,
and NumPy does with arrays of them what it does with floats: products, sums, comparisons.  Layers and activations that
ask for nothing else say so, ``rational = True``.
"""

from __future__ import annotations

import numbers
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp.activations import Activation
from mlp.arrays import Array
from mlp.errors import ArgumentError, DataError
from mlp.rows import as_array, not_finite, place_of

if TYPE_CHECKING:
    from mlp.layers import Layer
    from mlp.trainable import Trainable

__all__ = [
    "as_floats",
    "as_fractions",
    "convert",
    "exact_fraction",
    "is_rational",
    "require_fractions",
    "require_rational",
]

#: What an error offers instead of a function that has no fractions for results.
INSTEAD = "linear, relu, leaky_relu, step, hard_sigmoid and hard_tanh"


def as_fractions(name: str, x: Array) -> Array:
    """The numbers of an array as fractions of the same values.

    Raises
    ------
    DataError
        If it holds anything but finite real numbers.

    Examples
    --------
    >>> as_fractions("x", np.array([0.5, 3.0]))
    array([Fraction(1, 2), Fraction(3, 1)], dtype=object)
    """
    fractions = np.empty(x.shape, object)
    for index, value in np.ndenumerate(x):
        fractions[index] = _fraction(name, value, index)
    return fractions


def _fraction(name: str, value: Any, index: tuple[int, ...]) -> Fraction:
    if isinstance(value, np.bool_):
        return Fraction(int(value))
    if not isinstance(value, numbers.Real):
        raise DataError(
            f"{name} must hold fractions, integers or floats, got {value!r:.60} ({type(value).__name__}) at "
            f"{place_of(name, index)}"
        )
    try:
        return exact_fraction(value)
    except (ValueError, OverflowError):
        raise not_finite(name, value, index) from None


def exact_fraction(value: Any) -> Fraction:
    """A finite real number, unrounded.

    Examples
    --------
    >>> exact_fraction(np.float32(0.5)), exact_fraction(np.int64(3))
    (Fraction(1, 2), Fraction(3, 1))
    """
    if isinstance(value, numbers.Rational):
        return Fraction(int(value.numerator), int(value.denominator))  # an int64 inside of it would overflow
    return Fraction(*value.as_integer_ratio())


def is_rational(part: Any) -> bool:
    """Whether a layer or activation gives fractions for fractions: its class says so, and runs the ``forward`` of then."""
    mro = type(part).__mro__
    says = next(i for i, cls in enumerate(mro) if "rational" in vars(cls))
    runs = next(i for i, cls in enumerate(mro) if "forward" in vars(cls))
    return part.rational is True and says <= runs and "forward" not in vars(part)


def require_rational(network: Trainable) -> None:
    """Refuse a network in which something gives no fractions for fractions.

    Raises
    ------
    ArgumentError
        Naming the first such layer.
    """
    for layer in network.walk():
        function = vars(layer).get("activation")
        if isinstance(function, Activation) and not is_rational(function):
            raise ArgumentError(
                f"{layer._label}its activation {function!r} gives no fractions for fractions, as dtype object needs: take "
                f"{INSTEAD}, which do, or leave it out; or compute in float64"
            )
        if not is_rational(layer):
            raise ArgumentError(
                f"{layer._label}{_why(layer)}, as dtype object needs: leave it out, or compute in float64"
            )


def require_fractions(network: Trainable) -> None:
    """Refuse to go on where something else was written into a network of fractions.

    Raises
    ------
    DataError
        Naming the first such number: with a float in a sum, all of it would be rounded.
    """
    for layer, name in network.named_weights():
        for index, value in np.ndenumerate(layer._values[name]):
            if type(value) not in (Fraction, int):
                raise DataError(
                    f"{layer._label}{place_of(name, index)} must be a Fraction, got {value!r:.60} ({type(value).__name__}); "
                    "set_weights turns floats into the fractions that they are"
                )


def _why(layer: Layer) -> str:
    if type(layer).__module__.partition(".")[0] == "mlp":
        return f"{type(layer).__name__} gives no fractions for fractions"
    return f"{type(layer).__name__} does not say, by rational = True in its class, that it gives fractions for fractions"


def convert(network: Trainable, dtype: np.dtype[Any]) -> None:
    """Turn the weights of a new copy from floats into fractions, or back into the nearest floats.

    Raises
    ------
    ArgumentError
        If the network is to have fractions and something in it has none.
    DataError
        If a number is not finite, or too large for a float.
    """
    if dtype.kind == "O":
        require_rational(network)
        network._compiled = None
    for layer, name in network.named_weights():
        value = layer._values[name]
        try:
            layer._values[name] = (
                as_array(name, value, dtype) if dtype.kind == "O" else as_floats(name, value, dtype)
            )
        except DataError as error:
            raise DataError(f"{layer._label}{error}") from None


def as_floats(name: str, fractions: Array, dtype: np.dtype[Any]) -> Array:
    """The nearest float64 to each fraction, and of that the nearest number of ``dtype``."""
    try:
        with np.errstate(over="raise"):
            return fractions.astype(np.float64).astype(dtype)
    except (OverflowError, FloatingPointError):
        raise DataError(f"{name} holds a fraction that overflows {dtype.name}") from None
