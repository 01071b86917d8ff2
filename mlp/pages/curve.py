"""A small picture of numbers by epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from mlp.plots.diagram.letters import width_of
from mlp.plots.diagram.marks import Disc, Label, Mark, Picture, Stroke

__all__ = ["curves"]

WIDTH, HEIGHT = 340.0, 150.0
LEFT, RIGHT, TOP, BOTTOM = 60.0, 14.0, 24.0, 30.0
SIZE = 12.0

#: Of more numbers every second, third, ... is drawn, and the last one: there are no more points on a screen.
MOST = 240

COLOURS = ("positive", "negative")


def curves(named: Mapping[str, Sequence[float]], epochs: Sequence[int]) -> Picture:
    """One curve for each name, with gaps where a number is not finite.

    Parameters
    ----------
    named : dict of str to sequence of float
        One or two curves; one number is finite at least.
    epochs : sequence of int
        The epochs of the numbers, which may be fewer where a training was broken off.
    """
    finite = [v for values in named.values() for v in values if math.isfinite(v)]
    low, high = min(finite), max(finite)
    last = max(map(len, named.values())) - 1

    def place(i: int, value: float) -> tuple[float, float]:
        share = 0.5 if low == high else value / (high - low) - low / (high - low)
        x = LEFT + (WIDTH - LEFT - RIGHT) * (i / last if last else 0.5)
        return x, HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    floor = HEIGHT - BOTTOM
    marks: list[Mark] = [
        Stroke(((LEFT, TOP - 4), (LEFT, floor + 4), (WIDTH - RIGHT, floor + 4)), opacity=0.5, kind="axis")
    ]
    marks += [
        Label(LEFT - 6, place(0, value)[1], f"{value:.3g}", SIZE, "end", opacity=0.8)
        for value in sorted({low, high})
    ]
    first, end = (str(epochs[i]) if i < len(epochs) else str(i) for i in (0, last))
    marks.append(Label(LEFT, floor + 16, first, SIZE, opacity=0.8))
    marks.append(Label(WIDTH - RIGHT, floor + 16, end, SIZE, "end", opacity=0.8))
    marks.append(Label((LEFT + WIDTH - RIGHT) / 2, floor + 16, "epoch", SIZE, opacity=0.8))
    x = LEFT + 8
    for (name, values), colour in zip(named.items(), COLOURS, strict=False):
        width = 2.2 if colour == "positive" else 1.4
        marks.append(Stroke(((x, 10), (x + 20, 10)), colour, width, kind="legend"))
        marks.append(Label(x + 26, 10, name, SIZE, "start", opacity=0.8, kind="legend"))
        x += 44 + width_of(name, SIZE)
        for piece in _pieces(values):
            points = tuple(place(i, values[i]) for i in piece)
            marks.append(
                Stroke(points, colour, width, kind="curve")
                if len(points) > 1
                else Disc(*points[0], 1.5, colour, 0.0, fill=colour, tint=1.0, kind="curve")
            )
    ends = ", ".join(f"{name} from {values[0]:.4g} to {values[-1]:.4g}" for name, values in named.items())
    return Picture(WIDTH, HEIGHT, tuple(marks), f"{' and '.join(named)} by epoch", f"Curves: {ends}.")


def _pieces(values: Sequence[float]) -> list[list[int]]:
    """The numbers that are drawn, as runs without gaps."""
    step = math.ceil(len(values) / MOST)
    pieces: list[list[int]] = [[]]
    for i in sorted({*range(0, len(values), step), len(values) - 1}):
        if math.isfinite(values[i]):
            pieces[-1].append(i)
        elif pieces[-1]:
            pieces.append([])
    return [piece for piece in pieces if piece]
