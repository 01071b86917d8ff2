"""150 iris flowers of three species, Fisher's table of 1936."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlp.datasets.table import read_table

__all__ = ["FEATURE_NAMES", "TARGET_NAMES", "load_iris"]

FEATURE_NAMES: tuple[str, ...] = (
    "sepal length (cm)",
    "sepal width (cm)",
    "petal length (cm)",
    "petal width (cm)",
)
TARGET_NAMES: tuple[str, ...] = ("setosa", "versicolor", "virginica")


def load_iris() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """150 iris flowers, ``x`` four lengths in cm, ``y`` the species: 50 rows of each, in order.

    Rows 35 and 38 (counted from 1) are as in Fisher's paper, which makes this the table of R and
    of scikit-learn since 0.20; the file at UCI has an error in each of the two.

    Returns
    -------
    x : ndarray of float64, shape (150, 4)
        Sepal length, sepal width, petal length, petal width: ``mlp.datasets.iris.FEATURE_NAMES``.
    y : ndarray of int64, shape (150,)
        0 setosa, 1 versicolor, 2 virginica: ``mlp.datasets.iris.TARGET_NAMES``.

    Notes
    -----
    R. A. Fisher (1936), *The use of multiple measurements in taxonomic problems*, Annals of Eugenics
    7(2), 179-188; UCI Machine Learning Repository, https://doi.org/10.24432/C56C76, licence CC BY 4.0.

    Examples
    --------
    >>> x, y = load_iris()
    >>> x[0], int(y[0])
    (array([5.1, 3.5, 1.4, 0.2]), 0)
    >>> [x[y == species, 2].mean().round(3).item() for species in range(3)]
    [1.462, 4.26, 5.552]
    """
    return read_table("iris.csv")
