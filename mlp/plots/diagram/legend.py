"""The legend below a picture: small marks with their meaning, in as many lines as the width asks for."""

from __future__ import annotations

from collections.abc import Sequence

from mlp.plots.diagram.letters import width_of
from mlp.plots.diagram.marks import Label, Mark, Picture, moved

__all__ = ["Entry", "entry", "joined", "put_below"]

SIZE = 12.0
LINE = 20.0
GAP = 16.0
MARGIN = 14.0

#: No picture is narrower, for the legend's sake.
NARROWEST = 320.0

#: Marks around y = 0, from x = 0 on, and how wide they are together.
Entry = tuple[list[Mark], float]


def entry(marks: Sequence[Mark], width: float, text: str) -> Entry:
    """Marks of some width, and a text behind them."""
    start = width + 6 if width else 0.0
    label = Label(start, 0, text, SIZE, "start", opacity=0.8, kind="legend")
    return [*marks, label], start + width_of(text, SIZE)


def joined(entries: Sequence[Entry]) -> Entry:
    """Entries that stay in one line."""
    marks: list[Mark] = []
    x = 0.0
    for own, wide in entries:
        marks += moved(own, x, 0.0)
        x += wide + GAP * 0.7
    return marks, x - GAP * 0.7


def put_below(
    marks: Sequence[Mark],
    width: float,
    height: float,
    entries: Sequence[Entry],
    title: str,
    description: str,
) -> Picture:
    """The picture of marks that take so much room, with the legend below them."""
    whole = max(width, NARROWEST, 2 * MARGIN + max(wide for _, wide in entries))
    placed = moved(marks, (whole - width) / 2, 0.0)
    x, y = 0.0, height + 10 + LINE / 2
    for own, wide in entries:
        if x and x + wide > whole - 2 * MARGIN:
            x, y = 0.0, y + LINE
        placed += moved(own, MARGIN + x, y)
        x += wide + GAP
    return Picture(whole, y + LINE / 2 + MARGIN / 2, tuple(placed), title, description)
