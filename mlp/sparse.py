"""Rows that are nearly all zeros: SciPy's sparse matrices, kept as they are up to the first dense layer.

`SparseRows` answers to all that a dense layer asks of its input, two products, so that the layer that is read is
the layer that runs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp.arrays import Array, all_finite
from mlp.errors import ShapeError
from mlp.rows import as_array, not_finite

__all__ = ["SparseRows", "is_sparse", "sparse_rows"]


class SparseRows:
    """A sparse matrix, handled as an array of rows is: a length, slices, copies, products.

    Parameters
    ----------
    matrix : SciPy's sparse matrix or array, shape (n, n_in)
        In compressed rows, or the transpose of one that is.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> rows = SparseRows(csr_array([[0.0, 2.0], [1.0, 0.0], [0.0, 0.0]]))
    >>> len(rows), rows[:2].shape, rows.dot(np.ones((2, 1)), np.empty((3, 1))).ravel()
    (3, (2, 2), array([2., 1., 0.]))
    """

    ndim = 2

    def __init__(self, matrix: Any) -> None:
        self.matrix = matrix
        self.shape: tuple[int, int] = matrix.shape
        self.dtype: np.dtype[Any] = matrix.dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice | Array) -> SparseRows:
        if isinstance(rows, slice) and rows.indices(len(self)) == (0, len(self), 1):
            return self
        return SparseRows(self.matrix[rows])

    @property
    def T(self) -> SparseRows:
        """The transpose, of the same memory."""
        return SparseRows(self.matrix.T)

    def dot(self, b: Array, out: Array) -> Array:
        """``out = A b``."""
        np.copyto(out, self.matrix @ b)
        return out

    def copy(self) -> SparseRows:
        """A copy with memory of its own."""
        return SparseRows(self.matrix.copy())

    def astype(self, dtype: Any) -> SparseRows:
        """A converted copy."""
        return SparseRows(self.matrix.astype(dtype))

    def require_finite(self, name: str) -> None:
        """Refuse NaN and infinity.

        Raises
        ------
        DataError
            Naming the first such place.
        """
        entries = self.matrix.data
        with np.errstate(all="ignore"):
            if all_finite(entries):
                return
        wrong = np.flatnonzero(~np.isfinite(entries))
        row = int(np.searchsorted(self.matrix.indptr, wrong[0], "right")) - 1
        place = row, int(self.matrix.indices[wrong[0]])
        raise not_finite(name, entries[wrong[0]], place, len(wrong))


def is_sparse(x: Any) -> bool:
    """Whether it is a sparse matrix of SciPy's, of any format, or rows of one."""
    return isinstance(x, SparseRows) or (hasattr(x, "tocsr") and hasattr(x, "nnz"))


def sparse_rows(
    name: str, x: Any, row_shape: tuple[int, ...], dtype: np.dtype[Any], where: str = ""
) -> SparseRows:
    """A sparse matrix as rows of the given type, in compressed rows.

    Parameters
    ----------
    name : str
        What the caller calls it.
    x : SciPy's sparse matrix or array, shape (n, n_in)
        Of any format; it is not changed.
    row_shape : tuple of int
        The shape of one row.
    dtype : dtype
        The network's type.
    where : str, optional
        The layer that asks, for the message.

    Raises
    ------
    ShapeError, DataError
        If it has another shape, or entries that are no real numbers.
    """
    matrix = x.matrix if isinstance(x, SparseRows) else x
    if matrix.ndim != 2 or matrix.shape[1:] != row_shape:
        expected = ", ".join(["n", *map(str, row_shape)])
        raise ShapeError(f"{where}{name} must have shape ({expected}), got {matrix.shape}")
    rows = matrix.tocsr()
    entries = as_array(name, rows.data, dtype)
    if entries is not rows.data:
        rows = type(rows)((entries, rows.indices, rows.indptr), shape=rows.shape)
    return SparseRows(rows)
