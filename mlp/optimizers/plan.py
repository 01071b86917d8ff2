"""How a vector is worked on: in blocks, each with its part of the optimizer's state."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp.arrays import Array

__all__ = ["BLOCK", "Plan"]

#: A vector is worked on in blocks that stay in the processor's cache: half the time of whole-vector sweeps.
BLOCK = 16384


class Plan:
    """How a vector of one shape and type is cut into blocks."""

    def __init__(self, parameters: Array, slots: tuple[Array, ...], length: int) -> None:
        self.shape, self.dtype = parameters.shape, parameters.dtype
        scratch = np.empty(min(length, parameters.size), parameters.dtype)
        parts = [slice(start, start + length) for start in range(0, max(1, parameters.size), length)]
        #: Where a block lies in the vectors, its slots, and memory for it.
        self.blocks = [
            (part, tuple(slot[part] for slot in slots), scratch[: parameters[part].size]) for part in parts
        ]
        self._together = np.empty(0, self.dtype)
        self._apart: tuple[Array, ...] = ()
        self._fixed: tuple[float, ...] | None = None

    def fits(self, parameters: Any, gradient: Any) -> bool:
        """Whether both vectors are like the one that the plan was made for."""
        shape, dtype = self.shape, self.dtype
        return (
            type(parameters) is type(gradient) is np.ndarray
            and parameters.shape == gradient.shape == shape
            and parameters.dtype is gradient.dtype is dtype
        )

    def as_arrays(self, values: tuple[float, ...]) -> tuple[Array, ...]:
        """Numbers as 0-d arrays of the plan's type, which ufuncs take faster than Python floats."""
        if len(values) != len(self._together):
            self._together = np.empty(len(values), self.dtype)
            self._apart = tuple(self._together[i : i + 1].reshape(()) for i in range(len(values)))
            self._fixed = None
        if values[1:] == self._fixed:
            self._apart[0][()] = values[0]  # the one that changes at each step
        else:
            self._together[:] = values
            self._fixed = values[1:]
        return self._apart
