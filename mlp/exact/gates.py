"""Gates: functions of zeros and ones, made of units that count."""

from __future__ import annotations

from fractions import Fraction

from numpy.typing import DTypeLike

from mlp import checks
from mlp.exact.building import dense_network
from mlp.network import Network

__all__ = ["and_gate", "majority", "or_gate", "parity", "xor_gate"]

HALF = Fraction(1, 2)


def _more_than(n: int, limit: Fraction, dtype: DTypeLike, name: str) -> Network:
    """``y = 1 if x_1 + ... + x_n > limit else 0``."""
    return dense_network([([[1]] * n, [-limit], "step")], dtype, name)


def and_gate(n: int = 2, dtype: DTypeLike = "float64") -> Network:
    r"""``y = 1 if all of n inputs are 1, else 0``, for inputs 0 and 1.

    One unit that counts (McCulloch and Pitts 1943, Bull Math Biophys 5:115)::

        x_1 --- 1 ---\
        ...  -- 1 ----( step ) --- y                z = x_1 + ... + x_n - (n - 1/2)
        x_n --- 1 ---/

    The sum is ``n`` where all are 1, and at most ``n - 1`` elsewhere; ``n - 1/2`` lies between.

    Parameters
    ----------
    n : int, default 2
        How many inputs.
    dtype : {"float64", "float32", object}
        The type of the network; all weights are halves, and exact in each.

    Returns
    -------
    Network
        From (rows, n) to (rows, 1).

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If ``n`` is no positive integer.

    Examples
    --------
    >>> and_gate()([[0, 0], [0, 1], [1, 0], [1, 1]]).ravel()
    array([0., 0., 0., 1.])
    """
    n = checks.integer("n", n)
    return _more_than(n, n - HALF, dtype, "and_gate")


def or_gate(n: int = 2, dtype: DTypeLike = "float64") -> Network:
    r"""``y = 1 if any of n inputs is 1, else 0``, for inputs 0 and 1.

    The unit of `and_gate` with another bias, ``z = x_1 + ... + x_n - 1/2``: the sum is 0 where no input is 1, and at least
    1 elsewhere; 1/2 lies between.

    Parameters
    ----------
    n : int, default 2
        How many inputs.
    dtype : {"float64", "float32", object}
        The type of the network; all weights are halves, and exact in each.

    Returns
    -------
    Network
        From (rows, n) to (rows, 1).

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If ``n`` is no positive integer.

    Examples
    --------
    >>> or_gate()([[0, 0], [0, 1], [1, 0], [1, 1]]).ravel()
    array([0., 1., 1., 1.])
    """
    return _more_than(checks.integer("n", n), HALF, dtype, "or_gate")


def majority(n: int = 3, dtype: DTypeLike = "float64") -> Network:
    r"""``y = 1 if more than half of n inputs are 1, else 0``, for inputs 0 and 1.

    The unit of `and_gate` with another bias, ``z = x_1 + ... + x_n - n/2``, which is above 0 where the sum is more than
    half of ``n``.  Where ``n`` is even and exactly half of them are 1, ``z = 0`` and ``y = 0``.

    Parameters
    ----------
    n : int, default 3
        How many inputs.
    dtype : {"float64", "float32", object}
        The type of the network; all weights are halves, and exact in each.

    Returns
    -------
    Network
        From (rows, n) to (rows, 1).

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If ``n`` is no positive integer.

    Examples
    --------
    >>> majority()([[0, 0, 1], [1, 0, 1], [1, 1, 1]]).ravel()
    array([0., 1., 1.])
    """
    n = checks.integer("n", n)
    return _more_than(n, n * HALF, dtype, "majority")


def xor_gate(dtype: DTypeLike = "float64") -> Network:
    r"""``y = 1 if one of two inputs is 1 and the other 0, else 0``, for inputs 0 and 1.

    "One or the other, but not both" needs a layer between, for no line separates the two pairs of corners of the square
    (Minsky and Papert 1969, Perceptrons)::

        x ---( step: x_1 + x_2 > 1/2 )---  1 ---\
          ---( step: x_1 + x_2 > 3/2 )--- -1 ----( step: h_1 - h_2 > 1/2 ) --- y

    The first unit is `or_gate`, the second `and_gate`, and the difference is 1 exactly where the first is 1 and the second
    is not.  It is `parity` of two.

    Parameters
    ----------
    dtype : {"float64", "float32", object}
        The type of the network; all weights are halves, and exact in each.

    Returns
    -------
    Network
        From (rows, 2) to (rows, 1).

    Examples
    --------
    >>> net = xor_gate()
    >>> net([[0, 0], [0, 1], [1, 0], [1, 1]]).ravel()
    array([0., 1., 1., 0.])
    >>> net.get_weights()
    [array([[1., 1.],
           [1., 1.]]), array([-0.5, -1.5]), array([[ 1.],
           [-1.]]), array([-0.5])]
    """
    return _odd(2, dtype, "xor_gate")


def parity(n: int = 2, dtype: DTypeLike = "float64") -> Network:
    r"""``y = 1 if an odd number of n inputs are 1, else 0``, for inputs 0 and 1.

    The hidden unit number ``k`` is 1 where at least ``k`` inputs are, and the last one counts them with alternating signs
    (Rumelhart, Hinton and Williams 1986, Parallel Distributed Processing 1, chapter 8)::

        x ---( step: sum > 1/2 )---  1 ---\
          ---( step: sum > 3/2 )--- -1 ----( step: h_1 - h_2 + h_3 - ... > 1/2 ) --- y
          ---( step: sum > 5/2 )---  1 ---/

    Where ``s`` inputs are 1, the first ``s`` units are 1, and ``1 - 1 + 1 - ...`` with ``s`` terms is 1 where ``s`` is odd
    and 0 where it is even.

    Parameters
    ----------
    n : int, default 2
        How many inputs, and hidden units.
    dtype : {"float64", "float32", object}
        The type of the network; all weights are halves, and exact in each.

    Returns
    -------
    Network
        From (rows, n) to (rows, 1).

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If ``n`` is no positive integer.

    Examples
    --------
    >>> parity(4)([[0, 0, 0, 0], [0, 1, 0, 0], [1, 1, 0, 0], [1, 1, 0, 1]]).ravel()
    array([0., 1., 0., 1.])
    """
    return _odd(checks.integer("n", n), dtype, "parity")


def _odd(n: int, dtype: DTypeLike, name: str) -> Network:
    counting = ([[1] * n] * n, [HALF - k for k in range(1, n + 1)], "step")
    alternating = ([[1 if k % 2 else -1] for k in range(1, n + 1)], [-HALF], "step")
    return dense_network([counting, alternating], dtype, name)
