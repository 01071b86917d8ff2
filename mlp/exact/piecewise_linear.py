"""The piecewise linear function: straight lines from point to point."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from mlp import checks
from mlp.errors import ArgumentError
from mlp.exact.building import EXACT, dense_network, exactly
from mlp.network import Network

__all__ = ["piecewise_linear"]


def piecewise_linear(
    x_points: Any, y_points: Any, outside: str = "linear", dtype: DTypeLike = "float64"
) -> Network:
    r"""``y = f(x)``, with ``f(x_i) = y_i`` at the points and straight lines between them.

    A unit of relu for each point where the slope changes, weighted with the change::

        x ---( relu: x - x_0 )--- s_0       ---\
          ---( relu: x - x_1 )--- s_1 - s_0 ----( + y_0 ) --- y        s_i = (y_(i+1) - y_i) / (x_(i+1) - x_i)
          ---( relu: x - x_2 )--- s_2 - s_1 ---/

    Left of ``x_i`` its unit is 0, and right of it adds ``s_i - s_(i-1)`` to the slope.  So between ``x_i`` and ``x_(i+1)``
    the slope is ``s_0 + (s_1 - s_0) + ... = s_i``, from ``y_0`` at ``x_0``, and that is ``f``.  Outside of the points there
    is one more unit: where ``f`` is constant, ``x - x_(m-1)`` at the last point with the weight ``-s_(m-2)``, which takes the
    slope back to 0; where the first and last line go on, ``x_0 - x`` with the weight ``-s_0``.

    Parameters
    ----------
    x_points : array_like, shape (m,)
        Where, ascending; two at least.
    y_points : array_like, shape (m,) or (m, k)
        The values; a row at each point makes ``k`` functions.
    outside : {"linear", "constant"}, default "linear"
        Left and right of all points: the first and the last line go on, or the first and the last value.
    dtype : {"float64", "float32", object}
        The type of the network; the slopes of its weights are kept by ``object`` and else rounded.

    Returns
    -------
    Network
        From (rows, 1) to (rows, k), ``k = 1`` for a row of values.  In fractions it is exact for every ``x``.  In floats it
        is off by at most ``(m + 8) 2**-53`` times the sum of the sizes of what is added up: ``|y_0|``, and for each unit the
        size of its weight times ``|x| + |x_i|``.

    Raises
    ------
    ArgumentError
        If there are fewer than two points, they do not ascend, or there is not a value for each; if numbers are not finite.

    Examples
    --------
    >>> hat = piecewise_linear([0, 1, 2], [0, 1, 0], outside="constant")
    >>> hat([-1, 0, 0.5, 1, 1.75, 9]).ravel()
    array([0.  , 0.  , 0.5 , 1.  , 0.25, 0.  ])
    """
    x = exactly("x_points", x_points, (1,), "a row of at least two numbers")
    y = exactly("y_points", y_points, (1, 2), "a number for each point, or a row of numbers")
    if len(x) < 2:
        raise ArgumentError("x_points must be at least two numbers, got one")
    if len(y) != len(x):
        raise ArgumentError(f"y_points must have a value for each of the {len(x)} points, got {len(y)}")
    steps = x[1:] - x[:-1]
    if (steps <= 0).any():
        i = int(np.argmax(steps <= 0))
        raise ArgumentError(
            f"x_points must ascend, got {x[i]} at x_points[{i}] and {x[i + 1]} at x_points[{i + 1}]"
        )
    checks.one_of("outside", outside, ("linear", "constant"))
    rows = y if y.ndim == 2 else y[:, None]
    slopes = (rows[1:] - rows[:-1]) / steps[:, None]
    kinks, changes = x[:-1], np.concatenate([slopes[:1], slopes[1:] - slopes[:-1]])
    signs = np.full(len(x), 1, EXACT)
    if outside == "constant":
        places, weights = x, np.concatenate([changes, -slopes[-1:]])
    else:
        signs[-1] = -1
        places, weights = np.append(kinks, x[0]), np.concatenate([changes, -slopes[:1]])
    return dense_network(
        [(signs[None], -signs * places, "relu"), (weights, rows[0], "linear")], dtype, "piecewise_linear"
    )
