"""Turns, medians and ratios."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Pace:
    """How long a piece lasts, how much time each contender gets, and how many rounds there are at least."""

    piece: float = 0.2
    seconds: float = 4.0
    rounds: int = 5

    def share(self, part: float) -> Pace:
        """Return the same pace with a part of the time."""
        return Pace(self.piece, self.seconds * part, self.rounds)


def take_turns(pieces: dict[Key, Callable[[], float]], pace: Pace) -> dict[Key, list[float]]:
    """Give everyone a piece, round after round; return what each piece returned.

    The order rotates, so that nobody always comes after the same rest, but neighbours stay neighbours.
    """
    names = list(pieces)
    taken: dict[Key, list[float]] = {name: [] for name in names}
    end = time.perf_counter() + pace.seconds * len(names)
    turn = 0
    while turn < pace.rounds or time.perf_counter() < end:
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            taken[name].append(pieces[name]())
        turn += 1
    return taken


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the median and the bounds of the middle half."""
    low, middle, high = np.percentile(values, (25, 50, 75))
    return float(middle), float(low), float(high)


def ratio(times: Sequence[float], others: Sequence[float]) -> float:
    """Return the median of the ratios of neighbours: pieces of the same round."""
    return float(np.median([a / b for a, b in zip(times, others, strict=True)]))


def slope(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Return the slope at the large end of a plot with two logarithmic axes."""
    return float(np.log(values[-1] / values[-2]) / np.log(sizes[-1] / sizes[-2]))
