"""Layers whose inputs are numbers of things: whole numbers from 0 up to a limit."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import DataError
from mlp.layers.base import Layer
from mlp.recording import Watched

__all__ = ["OfWholeNumbers"]


class OfWholeNumbers(Layer):
    """A layer that takes whole numbers from 0 to `integers_below` - 1, as floats like all data; subclass it.

    They are looked at where data come in (`rows_in`), and in every pass that is not run from memory.
    """

    def rows_in(self, x: Any) -> Array:
        """Input rows, converted and checked.

        Raises
        ------
        ShapeError, DataError
            If ``x`` is not of shape (n,) + input_shape, or holds something else than such numbers.
        """
        rows: Array = super().rows_in(x)
        self._refuse_others(rows)
        return rows

    def whole(self, x: Array) -> Array:
        """The inputs ``x`` as integers, to choose by."""
        if not isinstance(x, Watched):
            self._refuse_others(x.real)
        index: Array = np.rint(x.real).astype(np.intp)
        return index

    def _refuse_others(self, x: Array) -> None:
        limit = self.integers_below
        assert limit is not None  # noqa: S101 - every subclass has one when it is built
        with np.errstate(invalid="ignore"):
            right = (x >= 0) & (x < limit) & (np.rint(x) == x)
        if not right.all():
            index = tuple(int(i) for i in np.argwhere(~right)[0])
            place = ", ".join(map(str, index))
            raise DataError(
                f"{self._label}x must hold whole numbers from 0 to {limit - 1}, got {x[index]:g} at x[{place}]; number "
                "the things from 0 on, or give the layer more of them"
            )
