"""1,797 real handwritten digits of 8 x 8 pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlp.datasets.table import read_table

__all__ = ["FEATURE_NAMES", "TARGET_NAMES", "load_digits"]

FEATURE_NAMES: tuple[str, ...] = tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8))
TARGET_NAMES: tuple[str, ...] = tuple("0123456789")


def load_digits() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """1,797 images of handwritten digits: ``x[i].reshape(8, 8)`` shows the digit ``y[i]``.

    A pixel counts the inked points, 0 to 16, in one 4 x 4 block of a 32 x 32 bitmap; ``x / 16`` is
    in [0, 1]. The rows are the test part of the source, in its order: written by 13 people, 174 to
    183 examples of each digit. scikit-learn's ``load_digits`` holds the same rows.

    Returns
    -------
    x : ndarray of float64, shape (1797, 64)
        Pixel values 0, 1, ..., 16, row by row; named in ``mlp.datasets.digits.FEATURE_NAMES``.
    y : ndarray of int64, shape (1797,)
        The digits, 0 to 9.

    Notes
    -----
    E. Alpaydin, C. Kaynak (1998), *Optical Recognition of Handwritten Digits*, UCI Machine Learning
    Repository, https://doi.org/10.24432/C50P49, licence CC BY 4.0.

    Examples
    --------
    >>> x, y = load_digits()
    >>> x.shape, y.shape
    ((1797, 64), (1797,))
    >>> int(y[0])
    0
    >>> for row in x[0].reshape(8, 8):
    ...     print("".join(".-+#"[int(value) // 5] for value in row))
    ..-+-...
    ..+#+#-.
    ..#..+-.
    ..+..--.
    .--..--.
    ..+..+-.
    ..+-++..
    ..-++...
    """
    return read_table("digits.csv")
