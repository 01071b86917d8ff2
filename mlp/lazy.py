"""Rows that stay in a file: memory-mapped arrays, converted some rows at a time when they are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.rows import not_finite

__all__ = ["LazyRows", "is_lazy"]

#: About so many bytes of converted rows are held at a time where somebody goes through all of them.
CHUNK_BYTES = 2**20


class LazyRows:
    """Rows of a memory-mapped file, of which a slice is an array: converted and checked by ``door``.

    Parameters
    ----------
    array : memmap, shape (n, ...)
        The rows as they are in the file.
    door : callable
        Makes of some of these rows what the network takes.
    index : ndarray of int, optional
        Which rows, in which order; all of them unless given.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryFile() as file:
    ...     pixels = np.memmap(file, dtype=np.uint8, mode="w+", shape=(1000, 4))
    >>> rows = LazyRows(pixels, lambda some: some / 255)
    >>> rows.shape, rows.dtype, rows[:2].shape
    ((1000, 4), dtype('float64'), (2, 4))
    """

    def __init__(self, array: Any, door: Callable[[Any], Array], index: Array | None = None) -> None:
        self._array = array.view(np.ndarray)
        self._door, self._index = door, index
        one = door(self._array[:1])
        self.shape: tuple[int, ...] = (len(array) if index is None else len(index), *one.shape[1:])
        self.dtype, self._row_bytes = one.dtype, one.nbytes // max(1, len(one))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> Array:
        return self._door(self._array[rows if self._index is None else self._index[rows]])

    @property
    def nbytes(self) -> int:
        """What all rows would take in memory."""
        return len(self) * self._row_bytes

    @property
    def chunk(self) -> int:
        """How many rows are looked at together."""
        return max(1, CHUNK_BYTES // max(1, self._row_bytes))

    def chunks(self) -> Iterator[tuple[int, Array]]:
        """All rows, some at a time, with the number of the first."""
        for start in range(0, len(self), self.chunk):
            yield start, self[start : start + self.chunk]

    def take(self, index: Array, axis: int, out: Array, mode: str) -> Array:
        """Some rows, converted into ``out``; called as the method of arrays is."""
        np.copyto(out, self[index])
        return out

    def subset(self, rows: slice | Array) -> LazyRows:
        """Some of the rows, still in the file."""
        if self._index is not None:
            return LazyRows(self._array, self._door, self._index[rows])
        if isinstance(rows, slice):
            return LazyRows(self._array[rows], self._door)
        return LazyRows(self._array, self._door, rows)

    def require_finite(self, name: str) -> None:
        """Look through all rows; refuse NaN, infinity and whatever else the door refuses.

        Raises
        ------
        DataError
            Naming the first such place.
        """
        for start, some in self.chunks():
            finite = np.isfinite(some)
            if not finite.all():
                first, *others = (int(i) for i in np.argwhere(~finite)[0])
                raise not_finite(name, some[first, *others], (start + first, *others))


def is_lazy(x: Any) -> bool:
    """Whether it is an array in a file."""
    return isinstance(x, np.memmap) and x.ndim > 0 and len(x) > 0
