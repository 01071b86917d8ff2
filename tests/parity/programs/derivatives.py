"""Derivatives of the activations away from kinks: ``J^T dy`` for a ``dy`` of random numbers."""

import numpy as np

from parity.data import numbers
from parity.programs import called
from parity.programs.activations import ELEMENTWISE, OF_ROWS, points, rows


def _derivative(name, arguments, x):
    def program(k):
        like = getattr(k.activations, name)(k.array(x), **arguments)
        return k.derivative(name, arguments, x, numbers(*np.shape(like), seed=2))

    return program


def kinks(name, arguments):
    """Where the derivative jumps: that of some functions stands in their arguments."""
    if name == "relu":
        return [arguments.get("threshold", 0.0), arguments.get("max_value", 0.0)]
    if name.endswith("_shrink") and arguments:
        return [-arguments["threshold"], arguments["threshold"]]
    return ELEMENTWISE[name][1]


PROGRAMS = {
    **{
        called(name, arguments): _derivative(
            name, arguments, np.setdiff1d(points(name), kinks(name, arguments))
        )
        for name, (variants, _) in ELEMENTWISE.items()
        for arguments in variants
    },
    **{
        called(name, arguments): _derivative(name, arguments, rows(name))
        for name, variants in OF_ROWS.items()
        for arguments in variants
    },
}
