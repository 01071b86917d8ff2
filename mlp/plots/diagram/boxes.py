"""A network of any kind as boxes with arrows, from top to bottom.

Every box stands one row below the lowest one that it takes from; an arrow that passes rows has a place of its own in
each of them, so that it crosses no box.  Within a row, boxes are moved as near to their neighbours above and below as
the others leave room (Sugiyama et al. 1981, IEEE Trans SMC 11:109).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from mlp.plots.diagram import legend
from mlp.plots.diagram.cells import Cell
from mlp.plots.diagram.letters import width_of
from mlp.plots.diagram.marks import Box, Label, Mark, Picture, Stroke

__all__ = ["Place", "picture_of_boxes", "spread"]

MARGIN = 14.0
ACROSS, DOWN = 18.0, 26.0
NAME, LINE = 13.0, 12.0
LINE_HEIGHT = 16.0
PADDING = 11.0
#: How often the rows are gone through, down and up again.
SWEEPS = 6


@dataclass(eq=False)
class Place:
    """Where a cell stands, or an arrow passes a row, which is a place without a cell."""

    row: int
    cell: Cell | None
    width: float
    height: float
    above: list[Place] = field(default_factory=list)
    below: list[Place] = field(default_factory=list)
    x: float = 0.0
    top: float = 0.0

    @property
    def bottom(self) -> float:
        """Where arrows begin."""
        return self.top + self.height


def picture_of_boxes(cells: Sequence[Cell], title: str) -> Picture:
    """The picture of a network in boxes."""
    places, arrows = _placed(cells)
    rows: list[list[Place]] = [[] for _ in range(1 + max(place.row for place in places))]
    for place in places:
        rows[place.row].append(place)
    _arrange(rows)
    left = min(place.x - place.width / 2 for place in places)
    right = max(place.x + place.width / 2 for place in places)
    top = MARGIN
    for row in rows:
        height = max(place.height for place in row)
        for place in row:
            place.x += MARGIN - left
            place.top = top if place.cell is None else top + (height - place.height) / 2
            if place.cell is None:
                place.height = height
        top += height + DOWN
    marks: list[Mark] = []
    for way in arrows:
        marks += _arrow(way)
    for place in places:
        marks += _box(place)
    return legend.put_below(
        marks, right - left + 2 * MARGIN, top - DOWN, _legend(cells), title, _described(cells)
    )


def _placed(cells: Sequence[Cell]) -> tuple[list[Place], list[list[Place]]]:
    """All places, and each arrow as the places that it touches."""
    homes: list[Place] = []
    for cell in cells:
        row = 1 + max((homes[taken].row for taken in cell.takes), default=-1)
        homes.append(Place(row, cell, _width(cell), 2 * PADDING - 4 + LINE_HEIGHT * len(cell.lines)))
    lowest = max(home.row for home in homes)
    places, arrows = list(homes), []
    for cell, home in zip(cells, homes, strict=True):
        if cell.kind == "end" and cell.takes:
            home.row = lowest
    for cell, home in zip(cells, homes, strict=True):
        for taken in cell.takes:
            first = homes[taken]
            passed = [Place(row, None, 10.0, 0.0) for row in range(first.row + 1, home.row)]
            way = [first, *passed, home]
            for upper, lower in itertools.pairwise(way):
                upper.below.append(lower)
                lower.above.append(upper)
            places += passed
            arrows.append(way)
    return places, arrows


def _width(cell: Cell) -> float:
    first, *others = cell.lines
    return 2 * PADDING + max(
        [64.0, width_of(first, NAME, bold=True), *(width_of(line, LINE) for line in others)]
    )


def _arrange(rows: Sequence[list[Place]]) -> None:
    """Order the places of each row and find their ``x``."""
    for row in rows:
        spread(row, [0.0] * len(row))
    for sweep in range(SWEEPS):
        downwards = sweep % 2 == 0
        for row in rows if downwards else reversed(rows):
            wanted = {}
            for place in row:
                near = place.above if downwards else place.below
                wanted[place] = sum(n.x for n in near) / len(near) if near else place.x
            row.sort(key=lambda place: wanted[place])
            spread(row, [wanted[place] for place in row])


def spread(row: Sequence[Place], wanted: Sequence[float]) -> None:
    """Give the places of a row the ``x`` nearest to the wanted ones, in least squares, at which they do not touch."""
    starts = [0.0]
    for left, right in itertools.pairwise(row):
        starts.append(starts[-1] + (left.width + right.width) / 2 + ACROSS)
    # Less the room that those before them need, they only have to ascend: pool those that do not.
    pools: list[tuple[float, int]] = []
    for goal, start in zip(wanted, starts, strict=True):
        mean, count = goal - start, 1
        while pools and pools[-1][0] >= mean:
            other, others = pools.pop()
            mean, count = (mean * count + other * others) / (count + others), count + others
        pools.append((mean, count))
    ascending = [mean for mean, count in pools for _ in range(count)]
    for place, mean, start in zip(row, ascending, starts, strict=True):
        place.x = mean + start


def _arrow(way: Sequence[Place]) -> list[Mark]:
    first, last = way[0], way[-1]
    # Arrows that come to one box or leave it stand side by side.
    start = first.x + _beside(first.below, way[1], first.width)
    end = last.x + _beside(last.above, way[-2], last.width)
    points = [(start, first.bottom)]

    def bend(x: float, y: float) -> None:
        (x0, y0), half = points[-1], (y - points[-1][1]) / 2
        points.extend([(x0, y0 + half), (x, y - half), (x, y)])

    for place in way[1:-1]:
        bend(place.x, place.top)
        bend(place.x, place.bottom)
    bend(end, last.top)
    head = ((end - 4, last.top - 6), (end, last.top - 0.5), (end + 4, last.top - 6))
    return [
        Stroke(tuple(points), width=1.3, opacity=0.6, kind="arrow", curved=True),
        Stroke(head, width=1.3, opacity=0.6, kind="head"),
    ]


def _beside(all_of_them: Sequence[Place], one: Place, width: float) -> float:
    ordered = sorted(all_of_them, key=lambda place: place.x)
    step = min(26.0, width / (len(ordered) + 1))
    return (ordered.index(one) - (len(ordered) - 1) / 2) * step


def _box(place: Place) -> list[Mark]:
    cell = place.cell
    if cell is None:
        return []
    end = cell.kind == "end"
    marks: list[Mark] = [
        Box(
            place.x - place.width / 2, place.top, place.width, place.height,
            corner=place.height / 2 if end else 5.0, tint=0.0 if end else 0.06,
            opacity=0.6, dashed=cell.kind == "training", kind=cell.kind, tip=cell.tip,
        )
    ]  # fmt: skip
    y = place.top + PADDING - 2 + LINE_HEIGHT / 2
    for i, line in enumerate(cell.lines):
        first = i == 0
        marks.append(
            Label(
                place.x,
                y + i * LINE_HEIGHT,
                line,
                NAME if first else LINE,
                bold=first,
                opacity=1.0 if first else 0.8,
            )
        )
    return marks


def _legend(cells: Sequence[Cell]) -> list[legend.Entry]:
    entries = [legend.entry([], 0, "3 → 8: the size of what goes in, and of what comes out")]
    if any(cell.kind == "training" for cell in cells):
        box = Box(0, -5, 22, 10, 2.0, 0.06, 0.6, dashed=True, kind="legend")
        entries.append(legend.entry([box], 22, "does something in training alone"))
    return entries


def _described(cells: Sequence[Cell]) -> str:
    """The picture in words."""
    sentences = []
    for cell in cells:
        taken = " and ".join(cells[i].lines[0] for i in cell.takes)
        what = ", ".join(line for line in cell.lines[1:])
        sentences.append(
            f"{cell.lines[0]}{f' ({what})' if what else ''}{f' takes {taken}' if taken else ''}."
        )
    return " ".join(sentences)
