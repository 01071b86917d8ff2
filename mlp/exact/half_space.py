"""The half-space: one side of a line, a plane, and so on."""

from __future__ import annotations

from typing import Any

from numpy.typing import DTypeLike

from mlp import checks
from mlp.errors import ArgumentError
from mlp.exact.building import dense_network, exactly
from mlp.network import Network

__all__ = ["half_space"]


def half_space(normal: Any, offset: Any = 0, closed: bool = False, dtype: DTypeLike = "float64") -> Network:
    r"""``y = 1 if normal · x > offset else 0``: on which side of a line a point is.

    One unit is enough (McCulloch and Pitts 1943, Bull Math Biophys 5:115)::

        x_1 --- normal_1 ---\
        x_2 --- normal_2 ----( step ) --- y         z = normal . x - offset
        1   --- -offset ----/

    The step is 1 where ``z > 0``, and ``z > 0`` says what is asked.  On the line itself ``z = 0`` and ``y = 0``; with
    ``closed=True`` it belongs to the half-space, and the network is a unit for the other side, with one behind it that
    says no: ``y = step(1/2 - step(offset - normal . x))``.

    Parameters
    ----------
    normal : array_like, shape (n,)
        Points to the side where ``y`` is 1; not all zero.
    offset : number, default 0
        What ``normal . x`` is on the line.
    closed : bool, default False
        Whether the line itself has ``y = 1``.
    dtype : {"float64", "float32", object}
        The type of the network; fractions are kept by ``object`` and else rounded.

    Returns
    -------
    Network
        From (rows, n) to (rows, 1).  In fractions it is right for every point.  In floats ``z`` is rounded, and ``y`` is
        right wherever ``|z|`` is greater than that: ``(n + 3) 2**-53 (sum |normal_i x_i| + |offset|)`` in float64,
        where that sum does not overflow.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If the normal is no row of finite numbers, or zero, or the offset is no such number.

    Examples
    --------
    Above the line ``x_1 + x_2 = 0.5``:

    >>> net = half_space([1, 1], 0.5)
    >>> net([[0.3, 0.1], [0.3, 0.3], [0.25, 0.25]]).ravel()
    array([0., 1., 0.])
    >>> net.get_weights()
    [array([[1.],
           [1.]]), array([-0.5])]
    """
    direction = exactly("normal", normal, (1,), "a row of numbers such as [1, 1]")
    if not direction.any():
        raise ArgumentError("normal must not be all zero: it would be the same side everywhere")
    place = exactly("offset", offset, (0,), "a number").item()
    kernel = direction[:, None]
    if checks.flag("closed", closed):
        layers: Any = [(-kernel, [place], "step"), ([[-1]], [0.5], "step")]
    else:
        layers = [(kernel, [-place], "step")]
    return dense_network(layers, dtype, "half_space")
