"""What every numeric file shares: the array type and constants that NumPy combines quickly."""

from __future__ import annotations

import functools
import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array: TypeAlias = NDArray[Any]

__all__ = [
    "Array",
    "RunningSum",
    "all_finite",
    "as_number",
    "constant",
    "exact_total",
    "floating",
    "inverse",
    "ones",
    "real_sign",
    "shown",
    "total",
]


#: Up to this length a vector of ones is kept, and a sum is rounded no more than a few times.
SMALL = 1024

#: So many are added at a time where there are more.
BLOCK = 8192


@functools.lru_cache(maxsize=4096)
def constant(value: float, dtype: np.dtype[Any]) -> Array:
    """``value`` as a 0-d array of ``dtype``; where that is object, as a fraction of the same value.

    A ufunc takes 0.2 us for an array and a 0-d array of one dtype, and 0.6 us for an array and a
    Python float, which counts where a whole training step takes 15.
    """
    if dtype.kind == "O":
        from fractions import Fraction

        array = np.array(Fraction(value), dtype)
    else:
        array = np.array(value, dtype)
    array.flags.writeable = False
    return array


@functools.lru_cache(maxsize=64)
def ones(n: int, dtype: np.dtype[Any]) -> Array:
    """A read-only vector of ones: ``ones.dot(a)`` sums in a third of ``np.sum``'s time."""
    array = np.ones(n, dtype)
    array.flags.writeable = False
    return array


def total(a: Array) -> Any:
    """The sum of all entries: as `exact_total`, of a few, as in a batch, by a product (0.3 us, not 1)."""
    return a.ravel().dot(ones(a.size, a.dtype)) if a.size <= SMALL else exact_total(a)


def exact_total(a: Array) -> Any:
    """The sum of all entries, in double precision and of many in more."""
    if a.dtype.kind != "f":
        return np.add.reduce(a, None)
    if a.size <= BLOCK:
        return np.add.reduce(a, None, np.float64)
    flat = a.ravel()
    whole = flat.size - flat.size % BLOCK
    # NumPy adds in pairs within a block alone where it has to convert; the errors of blocks are small and cancel.
    blocks = np.add.reduce(flat[:whole].reshape(-1, BLOCK), 1, np.float64)
    return np.add.reduce(blocks, None, np.longdouble) + np.add.reduce(flat[whole:], None, np.float64)


class RunningSum(list[float]):
    """A sum that keeps what rounding takes from it (Shewchuk 1997, Discrete Comput Geom 18:305, as `math.fsum`).

    Examples
    --------
    >>> running = RunningSum()
    >>> for value in (1e16, 1.0, -1e16):
    ...     running.add(value)
    >>> running.value
    1.0
    """

    #: Add a number; there is nothing quicker, and each batch of a training adds one.
    add = list.append

    @property
    def value(self) -> float:
        """The sum so far."""
        try:
            whole = math.fsum(self)
            rest = math.fsum([*self, -whole])
        except (OverflowError, ValueError):  # where a number is infinite
            whole, rest = sum(self), 0.0
        self[:] = [whole, rest]
        return whole


def inverse(value: Any, of_zero: float = 0.0) -> Any:
    """``1 / value`` of a number, or of each of several; ``of_zero`` where that is 0."""
    if np.ndim(value) == 0:
        return 1 / value if value else of_zero
    return np.divide(1.0, value, out=np.full(np.shape(value), of_zero), where=value != 0)


def floating(x: Any, dtype: DTypeLike | None = None) -> Array:
    """``x`` as an array of a floating or complex dtype; its own, where it has one."""
    array = np.asarray(x, dtype)
    return array if array.dtype.kind in "fc" else array.astype(np.float64)


def real_sign(x: Array, out: Array | None = None) -> Array:
    """-1, 0 or 1 by the real part, so that a complex step passes through ``|x| = x sign(x)``."""
    sign: Array = np.sign(x.real, out)
    return sign


def as_number(value: Any) -> Any:
    """A number as Python has it: a float, or a complex number in a complex network."""
    return value if type(value) is float else complex(value) if np.iscomplexobj(value) else float(value)


def shown(value: Any) -> str:
    """A number of logs in four digits, or several of them.

    Examples
    --------
    >>> shown(0.123456), shown(np.array([0.5, 2 / 3]))
    ('0.1235', '[0.5 0.6667]')
    """
    numbers = " ".join(f"{number:.4g}" for number in np.ravel(value))
    return f"[{numbers}]" if np.ndim(value) else numbers


def all_finite(a: Array) -> bool:
    """Whether no entry of a real array is NaN or infinite: by one inner product, and exactly where that overflows.

    A product takes half of the time of looking at each entry.
    """
    flat = a.ravel()
    return math.isfinite(flat.dot(flat)) or bool(np.isfinite(flat).all())
