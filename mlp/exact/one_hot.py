"""The one-hot row: a whole number as a 1 among zeros."""

from __future__ import annotations

from fractions import Fraction

from numpy.typing import DTypeLike

from mlp import checks
from mlp.exact.building import dense_network
from mlp.network import Network

__all__ = ["one_hot"]


def one_hot(n: int, dtype: DTypeLike = "float64") -> Network:
    r"""``y_i = 1 if x = i else 0``, for ``x`` one of 0, 1, ..., n - 1.

    A unit for each gap between two of these numbers, and differences of neighbours::

        x ---( step: x > 1/2     )--- h_1            y_0       = 1 - h_1
          ---( step: x > 3/2     )--- h_2            y_i       = h_i - h_(i+1)
          ---( step: x > n - 3/2 )--- h_(n-1)        y_(n - 1) = h_(n-1)

    At ``x = i`` the first ``i`` units are 1 and the others 0, so the only difference is behind unit ``i``.  Any other
    number is taken for the nearest of them, the lower one of two: exactly one output is 1 for every ``x``.

    Parameters
    ----------
    n : int
        How many numbers there are, 2 at least.
    dtype : {"float64", "float32", object}
        The type of the network; all weights are halves, and exact in each.

    Returns
    -------
    Network
        From (rows, 1) to (rows, n).

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If ``n`` is no integer of at least 2.

    Examples
    --------
    >>> one_hot(3)([0, 2, 1])
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 1., 0.]])
    """
    n = checks.integer("n", n, 2)
    gaps = ([[1] * (n - 1)], [Fraction(1, 2) - i for i in range(1, n)], "step")
    differences = [
        [1 if column == unit else -1 if column == unit - 1 else 0 for column in range(n)]
        for unit in range(1, n)
    ]
    return dense_network([gaps, (differences, [1] + [0] * (n - 1), "linear")], dtype, "one_hot")
