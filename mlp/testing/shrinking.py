"""Smaller counterexamples: fewer digits, so that a person can check them by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import numpy as np

from mlp.arrays import Array

__all__ = ["simpler_arrays", "smallest"]

CaseT = TypeVar("CaseT")

#: Arrays beyond this size are not read by anybody, so they need no round numbers.
READABLE = 64
TRIES = 80


def simpler_arrays(
    arrays: tuple[Array, ...], fails: Callable[[tuple[Array, ...]], bool]
) -> tuple[Array, ...]:
    """Arrays of the same shapes with rounder numbers, on which ``fails`` is still true.

    Examples
    --------
    >>> simpler_arrays((np.array([0.3371, -1.8742]),), lambda a: a[0].sum() < -1)
    (array([ 0. , -1.9]),)
    """
    if sum(a.size for a in arrays) > READABLE:
        return arrays
    tries = TRIES
    for which in range(len(arrays)):
        for simpler in _rounded(arrays[which]):
            other = (*arrays[:which], simpler, *arrays[which + 1 :])
            tries -= 1
            if fails(other):
                arrays = other
                break
        for index in np.ndindex(arrays[which].shape):
            if tries <= 0:
                return arrays
            if arrays[which][index] != 0:
                simpler = arrays[which].copy()
                simpler[index] = 0.0
                other = (*arrays[:which], simpler, *arrays[which + 1 :])
                tries -= 1
                if fails(other):
                    arrays = other
    return arrays


def _rounded(a: Array) -> Iterator[Array]:
    """From the roundest numbers to those with two digits."""
    for digits in (0, 1, 2):
        rounded = np.round(a, digits)
        # Not to zero, at which much that is wrong looks right.
        yield np.where(rounded == 0, np.where(a == 0, 0.0, np.copysign(10.0**-digits, a)), rounded)


def smallest(
    case: CaseT,
    simpler: Callable[[CaseT], Iterable[CaseT]],
    fails: Callable[[CaseT], bool],
    tries: int = 300,
) -> CaseT:
    """A case on which ``fails`` is still true, while none of the ``simpler`` ones of it is.

    Examples
    --------
    >>> smallest(100, lambda n: [n // 2, n - 1] if n else [], lambda n: n > 6)
    7
    """
    found = True
    while found:
        found = False
        for other in simpler(case):
            tries -= 1
            if tries < 0:
                return case
            if fails(other):
                case, found = other, True
                break
    return case
