"""Values of the activations, by name and with arguments."""

import numpy as np

from parity.data import numbers
from parity.programs import called

#: Each function with arguments other than its defaults, and the points where its derivative jumps.
ELEMENTWISE = {
    "relu": (
        [
            {},
            {"negative_slope": 0.1},
            {"max_value": 6.0},
            {"threshold": 1.5},
            {"negative_slope": 0.1, "max_value": 4.0, "threshold": 0.5},
        ],
        [0.0],
    ),
    "leaky_relu": ([{}, {"negative_slope": 0.01}], [0.0]),
    "relu6": ([{}], [0.0, 6.0]),
    "elu": ([{}, {"alpha": 0.3}], [0.0]),
    "celu": ([{}, {"alpha": 2.5}], [0.0]),
    "selu": ([{}], [0.0]),
    "softplus": ([{}], []),
    "softsign": ([{}], [0.0]),
    "squareplus": ([{}, {"b": 0.5}], []),
    "sparse_plus": ([{}], [-1.0, 1.0]),
    "sigmoid": ([{}], []),
    "log_sigmoid": ([{}], []),
    "hard_sigmoid": ([{}], [-3.0, 3.0]),
    "sparse_sigmoid": ([{}], [-1.0, 1.0]),
    "silu": ([{}], []),
    "hard_silu": ([{}], [-3.0, 3.0]),
    "gelu": ([{}, {"approximate": True}], []),
    "mish": ([{}], []),
    "tanh": ([{}], []),
    "hard_tanh": ([{}], [-1.0, 1.0]),
    "tanh_shrink": ([{}], []),
    "soft_shrink": ([{}, {"threshold": 1.25}], [-0.5, 0.5]),
    "hard_shrink": ([{}, {"threshold": 1.25}], [-0.5, 0.5]),
    "threshold": ([{"threshold": 0.25, "default_value": -3.0}], [0.25]),
    "exponential": ([{}], []),
    "linear": ([{}], []),
}

#: Functions of whole rows.
OF_ROWS = {
    "softmax": [{}, {"axis": 1}],
    "log_softmax": [{}, {"axis": 1}],
    "sparsemax": [{}],
    "glu": [{}, {"axis": 1}],
}

#: Names that mean the same function in Keras.
ALIASES = {"swish": "silu", "hard_swish": "hard_silu"}

SIZES = [
    1e-8,
    1e-3,
    0.1,
    0.3,
    0.7,
    0.95,
    1.2,
    1.7,
    2.2,
    2.9,
    3.7,
    5.1,
    7.3,
    9.0,
    14.0,
    20.0,
    37.0,
    80.0,
    300.0,
    700.0,
]

#: Where Keras's formula is not good to twelve digits: it takes the difference of two numbers that are nearly the same.
WRONG_IN_KERAS = {"squareplus": [-700.0]}


def points(name, at_kinks=False):
    """Some forty points, large and tiny ones; the kinks too, or only away from them."""
    kinks = ELEMENTWISE[name][1]
    sizes = np.concatenate([np.negative(SIZES[::-1]), [0.0], SIZES])
    plain = np.setdiff1d(sizes, WRONG_IN_KERAS.get(name, []))
    return np.union1d(plain, kinks) if at_kinks else np.setdiff1d(plain, kinks)


def rows(name):
    """Four rows of six, of sizes 1 to 50, in three dimensions."""
    x = numbers(2, 4, 6, seed=1) * np.array([1.0, 5.0, 20.0, 50.0])[:, None]
    # Keras's sparsemax is right only where one entry is above the threshold: it adds up sums of sums.
    return x * 50 if name == "sparsemax" else x


def _value(name, arguments, x):
    return lambda k: getattr(k.activations, name)(k.array(x), **arguments)


def _by_name(name, x):
    return lambda k: k.activations.get(name)(k.array(x))


PROGRAMS = {
    "sparsemax where two share": lambda k: k.activations.sparsemax(k.array(np.array([[1.0, 0.5, -2.0]]))),
    **{
        called(name, arguments): _value(name, arguments, points(name, at_kinks=True))
        for name, (variants, _) in ELEMENTWISE.items()
        for arguments in variants
    },
    **{
        called(name, arguments): _value(name, arguments, rows(name))
        for name, variants in OF_ROWS.items()
        for arguments in variants
    },
    **{f"get({name!r})": _by_name(name, points(name)) for name in ELEMENTWISE if name != "threshold"},
    **{f"get({name!r})": _by_name(name, rows(name)) for name in OF_ROWS},
    **{f"get({alias!r})": _by_name(alias, points(name)) for alias, name in ALIASES.items()},
}
