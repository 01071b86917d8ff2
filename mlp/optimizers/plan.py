"""How a vector is worked on: in blocks, each with its part of the optimizer's state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from mlp.arrays import Array

__all__ = ["BLOCK", "Piece", "Plan", "blocks_of", "pieces_of"]

#: A vector is worked on in blocks that stay in the processor's cache: half the time of whole-vector sweeps.
BLOCK = 16384

#: Where a block lies in the vectors, its slots, and memory for it.
Block: TypeAlias = tuple[slice, tuple[Array, ...], Array]


@dataclass(frozen=True)
class Piece:
    """One weight array in the vector.

    Attributes
    ----------
    start, stop : int
        Where it lies.
    name : str
        What its layer calls it.
    multiplier : float
        How fast it learns: a factor of the learning rate.
    """

    start: int
    stop: int
    name: str = ""
    multiplier: float = 1.0

    @property
    def part(self) -> slice:
        """Its place in the vector."""
        return slice(self.start, self.stop)


def pieces_of(arrays: Iterable[tuple[str, int, float]]) -> tuple[Piece, ...]:
    """Weight arrays that follow each other in a vector, from name, size and rate multiplier of each."""
    pieces, start = [], 0
    for name, size, multiplier in arrays:
        pieces.append(Piece(start, start + size, name, multiplier))
        start += size
    return tuple(pieces)


def blocks_of(start: int, stop: int, length: int) -> list[slice]:
    """From ``start`` to ``stop`` in blocks, at least one."""
    return [slice(i, min(i + length, stop)) for i in range(start, max(start + 1, stop), length)]


class Plan:
    """How a vector of one shape and type is cut into blocks."""

    def __init__(
        self,
        parameters: Array,
        slots: tuple[Array, ...],
        parts: dict[float, list[slice]],
        pieces: tuple[Piece, ...],
        more_to_do: bool,
    ) -> None:
        self.shape, self.dtype = parameters.shape, parameters.dtype
        longest = max(part.stop - part.start for several in parts.values() for part in several)
        scratch = np.empty(longest, parameters.dtype)
        #: The blocks by the factor of their learning rate.
        self.groups: dict[float, list[Block]] = {
            multiplier: [
                (part, tuple(slot[part] for slot in slots), scratch[: part.stop - part.start])
                for part in several
            ]
            for multiplier, several in parts.items()
        }
        self.blocks = [block for blocks in self.groups.values() for block in blocks]
        self.pieces = pieces
        #: Arrays learn at different rates, but one update moves them all.
        self.scales_motion = {piece.multiplier for piece in pieces} != set(parts)
        #: A step is more than a move of each block.
        self.more_to_do = more_to_do or self.scales_motion or set(parts) != {1.0}
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
