"""What JAX and Keras take for the derivative of an activation where there is none."""

import numpy as np

from parity.programs import called
from parity.programs.activations import ELEMENTWISE
from parity.programs.derivatives import kinks


def _at_kinks(name, arguments):
    x = np.unique(np.array(kinks(name, arguments), float))
    return lambda k: {"x": x, "derivative": k.derivative(name, arguments, x, np.ones_like(x))}


PROGRAMS = {
    called(name, arguments): _at_kinks(name, arguments)
    for name, (variants, _) in ELEMENTWISE.items()
    for arguments in variants
    if kinks(name, arguments)
}
