"""The selector: one of several values, the one that a one-hot row points at."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from mlp import checks
from mlp.exact.building import with_weights
from mlp.layers import Dense, Input, Multiply
from mlp.network import Network

__all__ = ["selector"]


def selector(n: int, dtype: DTypeLike = "float64") -> Network:
    r"""``y = values_i`` where ``one_hot_i = 1`` and all others are 0.

    Products, and their sum::

        one_hot ---\
                    ( one_hot_i values_i, for each i ) ---( sum )--- y
        values  ---/

    All products but one are 0, and that one is the value itself.  So in floats nothing is rounded either.

    Parameters
    ----------
    n : int
        How many values there are.
    dtype : {"float64", "float32", object}
        The type of the network; all weights are 1.

    Returns
    -------
    Network
        From ``[one_hot, values]``, both (rows, n), to (rows, 1).

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If ``n`` is no positive integer.

    Examples
    --------
    >>> selector(3)([[[0, 0, 1], [1, 0, 0]], [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]]).ravel()
    array([0.3, 0.4])
    """
    n = checks.integer("n", n)
    chosen, values = Input((n,), name="one_hot"), Input((n,), name="values")
    total = Dense(1, use_bias=False)(Multiply()([chosen, values]))
    network = Network(inputs=[chosen, values], outputs=total, name="selector")
    return with_weights(network, [np.ones((n, 1))], dtype)
