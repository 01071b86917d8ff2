"""The reader of the small tables that ship with the package."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["read_table"]


def read_table(name: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Read a shipped CSV file: ``x`` is every column but the last, ``y`` the last.

    Parameters
    ----------
    name : str
        The file's name in ``mlp/datasets/data``, one header line, numbers only.

    Returns
    -------
    x : ndarray of float64, shape (n, n_columns - 1)
    y : ndarray of int64, shape (n,)
        New arrays at each call, so that a caller may change his own.

    Examples
    --------
    >>> x, y = read_table("iris.csv")
    >>> x[0], int(y[0])
    (array([5.1, 3.5, 1.4, 0.2]), 0)
    """
    # Imported here, since `import mlp` reads no table: it takes 10 ms.
    from importlib.resources import files

    with (files("mlp.datasets") / "data" / name).open(encoding="utf-8") as lines:
        rows = np.loadtxt(lines, dtype=np.float64, delimiter=",", skiprows=1)
    return rows[:, :-1].copy(), rows[:, -1].astype(np.int64)
