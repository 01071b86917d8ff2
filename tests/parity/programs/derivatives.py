"""Derivatives of the activations away from kinks: ``J^T dy`` for a ``dy`` of random numbers."""

import numpy as np

from parity.numbers import numbers
from parity.programs import called
from parity.programs.activations import ELEMENTWISE, OF_ROWS, points, rows

#: Points at which JAX's derivative of Keras's formula is not good to twelve digits, or overflows.
WRONG_IN_KERAS = {}


def _derivative(name, arguments, x):
    def program(k):
        like = getattr(k.activations, name)(k.array(x), **arguments)
        return k.derivative(name, arguments, x, numbers(*np.shape(like), seed=2))

    return program


def _points(name, arguments):
    x = points(name)
    x = x[~WRONG_IN_KERAS.get(name, np.zeros_like)(x).astype(bool)]
    return np.setdiff1d(x, kinks(name, arguments))


def kinks(name, arguments):
    """Where the derivative jumps: that of some functions stands in their arguments."""
    if name == "relu":
        return [arguments.get("threshold", 0.0), arguments.get("max_value", 0.0)]
    if name.endswith("_shrink") and arguments:
        return [-arguments["threshold"], arguments["threshold"]]
    return ELEMENTWISE[name][1]


PROGRAMS = {
    **{
        called(name, arguments): _derivative(name, arguments, _points(name, arguments))
        for name, (variants, _) in ELEMENTWISE.items()
        for arguments in variants
    },
    **{
        called(name, arguments): _derivative(name, arguments, rows(name))
        for name, variants in OF_ROWS.items()
        for arguments in variants
    },
}
