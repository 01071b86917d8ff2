"""The convex region with flat sides: what several half-spaces have in common."""

from __future__ import annotations

from typing import Any

from numpy.typing import DTypeLike

from mlp import checks
from mlp.errors import ArgumentError
from mlp.exact.building import dense_network, exactly
from mlp.network import Network

__all__ = ["convex_region"]


def convex_region(normals: Any, offsets: Any, closed: bool = False, dtype: DTypeLike = "float64") -> Network:
    r"""``y = 1 if normals · x > offsets in every row, else 0``: a triangle, a box, any region between flat sides.

    A unit for each side, and one that asks for all of them (Lippmann 1987, IEEE ASSP Magazine 4(2):4)::

        x ---( step: normal_1 . x > offset_1 )---\
          ---( step: normal_2 . x > offset_2 )----( step: sum > m - 1/2 ) --- y
          ---( step: normal_m . x > offset_m )---/

    The sum counts the sides that ``x`` is on the right side of, and is above ``m - 1/2`` only where it is ``m``.  With
    ``closed=True`` the units count the sides that ``x`` is beyond, and the last one asks for none: ``1/2 - sum > 0``.

    Parameters
    ----------
    normals : array_like, shape (m, n)
        A row for each side, pointing inwards; none all zero.
    offsets : array_like, shape (m,)
        What ``normal . x`` is on each side.
    closed : bool, default False
        Whether the sides themselves have ``y = 1``.
    dtype : {"float64", "float32", object}
        The type of the network; fractions are kept by ``object`` and else rounded.

    Returns
    -------
    Network
        From (rows, n) to (rows, 1); in floats right where each side would be by itself, see `half_space`.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If there is not an offset for each normal, one of them is zero, or they hold what is no finite number.

    Examples
    --------
    The triangle with the corners (0, 0), (1, 0) and (0, 1), without and with its sides:

    >>> sides = [[1, 0], [0, 1], [-1, -1]], [0, 0, -1]
    >>> points = [[0.2, 0.2], [0.7, 0.7], [0.5, 0.5]]
    >>> convex_region(*sides)(points).ravel()
    array([1., 0., 0.])
    >>> convex_region(*sides, closed=True)(points).ravel()
    array([1., 0., 1.])
    """
    directions = exactly(
        "normals", normals, (2,), "rows of numbers, one for each side, such as [[1, 0], [0, 1]]"
    )
    places = exactly("offsets", offsets, (1,), "a row of numbers, one for each side")
    m = len(directions)
    if len(places) != m:
        raise ArgumentError(f"offsets must have one number for each of the {m} normals, got {len(places)}")
    for i, direction in enumerate(directions):
        if not direction.any():
            raise ArgumentError(f"normals[{i}] must not be all zero: it would be the same side everywhere")
    if checks.flag("closed", closed):
        layers: Any = [(-directions.T, places, "step"), ([[-1]] * m, [0.5], "step")]
    else:
        layers = [(directions.T, -places, "step"), ([[1]] * m, [0.5 - m], "step")]
    return dense_network(layers, dtype, "convex_region")
