"""Data that come at once or in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

__all__ = ["batches_of"]


def batches_of(data: Any) -> Iterable[Any]:
    """The batches of an iterator or of a list of arrays; anything else is one batch by itself.

    Examples
    --------
    >>> len(batches_of([[1.0, 2.0], [3.0, 4.0]])), len(batches_of([np.ones((2, 3)), np.ones((1, 3))]))
    (1, 2)
    """
    is_array = (
        [isinstance(a, np.ndarray) and a.ndim > 1 for a in data]
        if isinstance(data, list | tuple)
        else [False]
    )
    return data if isinstance(data, Iterator) or (is_array and all(is_array)) else [data]
