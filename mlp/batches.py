"""Rows in batches: the validation tail, the order of an epoch, and one batch after another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ArgumentError
from mlp.several import like, parts
from mlp.sparse import SparseRows

__all__ = ["Batches", "training_rows"]

#: Shuffled rows are gathered about this many bytes at a time: few calls for small rows, no second copy
#: of the data for large ones.
GATHERED_BYTES = 2**18


def training_rows(n: int, validation_split: float) -> int:
    """How many of n rows are trained on: the first ``floor(n (1 - validation_split))``, as in Keras.

    Raises
    ------
    ArgumentError
        If nothing would be left to train or to validate on.

    Examples
    --------
    >>> training_rows(10, 0.25)
    7
    """
    if not validation_split:
        return n
    rows = math.floor(n * (1 - validation_split))
    if not 0 < rows < n:
        raise ArgumentError(
            f"validation_split={validation_split:g} of {n} rows leaves {rows} to train on and {n - rows} to validate on; "
            "both must be at least 1"
        )
    return rows


class Batches:
    """The rows of several arrays, some at a time, in a new order for every epoch.

    Parameters
    ----------
    arrays : sequence of ndarray, SparseRows, LazyRows, Several or None
        All of the same length; None stays None.
    size : int
        Rows in a batch; the last batch may be shorter.

    Examples
    --------
    >>> parts = Batches([np.arange(5)], 2)
    >>> [x.tolist() for x, in parts]
    [[0, 1], [2, 3], [4]]
    >>> [x.tolist() for x, in parts.shuffled(np.array([4, 3, 2, 1, 0]))]
    [[4, 3], [2, 1], [0]]
    """

    def __init__(self, arrays: Sequence[Any], size: int) -> None:
        self.size = size
        self.rows = len(next(array for array in arrays if array is not None))
        self._given = tuple(arrays)
        self.arrays = tuple(array for value in arrays for array in parts(value))
        self.sparse = any(isinstance(array, SparseRows) for array in self.arrays)
        self._in_memory = all(array is None or isinstance(array, np.ndarray) for array in self.arrays)
        self._in_order: list[tuple[Any, ...]] = []
        self._buffers: list[Array | None] = []
        self._cut: list[tuple[Any, ...]] = []

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """The batches in the order of the rows, as views."""
        if not self._in_memory:
            return self._slices(self.arrays, self.rows)
        if not self._in_order:
            self._in_order = list(self._slices(self.arrays, self.rows))
        return iter(self._in_order)

    def shuffled(self, order: Array) -> Iterator[tuple[Any, ...]]:
        """The batches in another order of the rows, as views of memory that is used again."""
        if self.sparse:
            for start in range(0, self.rows, self.size):
                some = order[start : start + self.size]
                yield self._grouped(None if array is None else array[some] for array in self.arrays)
            return
        if not self._buffers:
            present = [array for array in self.arrays if array is not None]
            batch_bytes = max(1, self.size * sum(array.nbytes // max(1, self.rows) for array in present))
            chunk = min(self.rows, self.size * max(1, GATHERED_BYTES // batch_bytes))
            self._buffers = [
                None if a is None else np.empty((chunk, *a.shape[1:]), a.dtype) for a in self.arrays
            ]
            self._chunk = chunk
            self._cut = list(self._slices(self._buffers, chunk))
        for begin in range(0, self.rows, self._chunk):
            index = order[begin : begin + self._chunk]
            for array, buffer in zip(self.arrays, self._buffers, strict=True):
                if array is not None and buffer is not None:
                    # mode="clip" because take would otherwise check every index, through a copy of out.
                    array.take(index, 0, buffer[: len(index)], "clip")
            yield from self._cut if len(index) == self._chunk else self._slices(self._buffers, len(index))

    def _slices(self, arrays: Sequence[Any], rows: int) -> Iterator[tuple[Any, ...]]:
        size = self.size
        for start in range(0, rows, size):
            yield self._grouped(
                None if array is None else array[start : min(start + size, rows)] for array in arrays
            )

    def _grouped(self, arrays: Iterator[Any]) -> tuple[Any, ...]:
        """The arrays in the form in which they came."""
        return tuple(like(value, arrays) for value in self._given)
