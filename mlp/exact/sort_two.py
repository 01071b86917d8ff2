"""Sorting: the smaller and the greater of two numbers."""

from __future__ import annotations

from numpy.typing import DTypeLike

from mlp.exact.building import dense_network
from mlp.network import Network

__all__ = ["sort_two"]


def sort_two(dtype: DTypeLike = "float64") -> Network:
    r"""``y = (min(a, b), max(a, b))``, for any two numbers.

    Four units of relu, and sums::

        a ---( relu:  a - b )--- h_1             max = h_3 - h_4 + h_1
          ---( relu:  b - a )--- h_2             min = h_3 - h_4 - h_2
        b ---( relu:  b     )--- h_3
          ---( relu: -b     )--- h_4

    ``h_3 - h_4`` is ``b``.  Where ``a > b``, ``h_1`` lifts it to ``b + (a - b) = a``, and where ``b > a``, ``h_2`` lowers it to
    ``b - (b - a) = a``; the other one stays ``b``.

    Parameters
    ----------
    dtype : {"float64", "float32", object}
        The type of the network; all weights are 1, 0 and -1.

    Returns
    -------
    Network
        From (rows, 2) to (rows, 2).  In fractions it is exact.  In floats ``a - b`` is rounded, and then the sum: the results
        are off by at most ``2**-52 (|a| + |b|)`` in float64, where ``|a| + |b|`` is a float at all, and by nothing where ``a - b`` is a float, as it is for
        integers, and for numbers of one sign of which none is more than twice the other (Sterbenz 1974).

    Examples
    --------
    >>> sort_two()([[3, 1], [-2, 5], [4, 4]])
    array([[ 1.,  3.],
           [-2.,  5.],
           [ 4.,  4.]])
    """
    differences = ([[1, -1, 0, 0], [-1, 1, 1, -1]], [0, 0, 0, 0], "relu")
    sums = ([[0, 1], [-1, 0], [1, 1], [-1, -1]], [0, 0], "linear")
    return dense_network([differences, sums], dtype, "sort_two")
