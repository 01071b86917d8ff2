"""Several arrays where there is mostly one: the inputs or outputs of a branching network."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from mlp.arrays import Array

__all__ = ["Several", "copied", "joined", "like", "parts"]


class Several:
    """Arrays with as many rows each, handled as one array of rows is: a length, slices of rows, copies.

    Examples
    --------
    >>> import numpy as np
    >>> both = Several([np.zeros((5, 2)), np.ones((5, 3))])
    >>> len(both), [part.shape for part in both[:2]]
    (5, [(2, 2), (2, 3)])
    """

    __slots__ = ("arrays",)

    def __init__(self, arrays: Iterable[Array]) -> None:
        self.arrays = tuple(arrays)

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __iter__(self) -> Iterator[Array]:
        return iter(self.arrays)

    def __getitem__(self, rows: Any) -> Several:
        return Several(array[rows] for array in self.arrays)

    def copy(self) -> Several:
        """All of them copied."""
        return Several(array.copy() for array in self.arrays)

    def astype(self, dtype: DTypeLike) -> Several:
        """All of them converted."""
        return Several(array.astype(dtype) for array in self.arrays)


def parts(value: Any) -> tuple[Any, ...]:
    """One array as a tuple of one, several as they are."""
    if type(value) is np.ndarray:  # as nearly always
        return (value,)
    return tuple(value) if isinstance(value, Several | tuple | list) else (value,)


def joined(arrays: Iterable[Any]) -> Any:
    """The opposite: a single one by itself, several as a tuple."""
    together = tuple(arrays)
    return together[0] if len(together) == 1 else together


def copied(value: Any) -> Any:
    """What a public call hands out: a new array, or a list of new ones."""
    if type(value) is np.ndarray:
        return value.copy()
    return [array.copy() for array in parts(value)] if isinstance(value, Several | tuple) else value.copy()


def like(value: Any, arrays: Iterable[Any]) -> Any:
    """As many of the arrays as ``value`` consists of, in its form."""
    found = iter(arrays)
    return Several(itertools.islice(found, len(value.arrays))) if isinstance(value, Several) else next(found)
