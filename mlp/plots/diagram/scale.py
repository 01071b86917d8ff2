"""How a number looks: its sign is a colour, its size a width and a depth of colour."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from mlp.plots.diagram.letters import as_float

__all__ = ["Scale"]

#: The width of the largest number and of one next to nothing, and how deep their colours are.
THICK, THIN = 5.5, 0.8
DEEP, PALE = 1.0, 0.6


class Scale:
    """One scale for a whole picture: widths and depths grow with ``|value|``, up to the largest there is.

    Parameters
    ----------
    numbers : iterable of ndarray
        All numbers that will be drawn.
    thick : float
        The width of the largest.
    """

    def __init__(self, numbers: Iterable[Any], thick: float = THICK) -> None:
        self.largest = max(map(_largest, numbers), default=0.0)
        self.thick = thick

    def share(self, value: Any) -> float:
        """``|value|`` in parts of the largest; 0 for what is no number, 1 for infinity."""
        size = abs(as_float(value))
        if not size or math.isnan(size):
            return 0.0
        return 1.0 if size >= self.largest else size / self.largest

    def width(self, value: Any) -> float:
        """The width of its line."""
        return THIN + (self.thick - THIN) * self.share(value)

    def depth(self, value: Any) -> float:
        """How opaque it is."""
        return PALE + (DEEP - PALE) * self.share(value)

    @staticmethod
    def colour(value: Any) -> str:
        """The colour of its sign; ink for 0 and for what is no number."""
        number = as_float(value)
        return "positive" if number > 0 else "negative" if number < 0 else "ink"

    def examples(self) -> list[float]:
        """Two or three round numbers that show the scale, the largest first."""
        if not self.largest:
            return []
        power = math.floor(math.log10(self.largest))
        first = max((digit for digit in (1, 2, 5) if digit * 10.0**power <= self.largest), default=1)
        numbers = [float(f"{digit}e{power}") for digit in (first, first / 2, first / 10)]
        return [number for number in numbers if 0 < number <= self.largest]


def _largest(array: Any) -> float:
    """The largest finite size in an array, also of Python's own numbers."""
    if array.dtype == object:
        array = np.array([as_float(number) for number in array.ravel()])
    sizes = np.abs(array)
    return float(sizes.max(where=np.isfinite(sizes), initial=0.0))
