"""What a picture is made of before anybody paints it: marks at their places, in units of a printer's point.

The origin is the upper left corner and y grows downwards.  Colours are named by what they say, see `COLOURS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

__all__ = ["COLOURS", "Box", "Disc", "Label", "Mark", "Picture", "Point", "Stroke", "moved"]

#: Blue and orange are told apart by everybody (Okabe and Ito 2008); these two stand out from white and from black by a
#: contrast of more than 3 alike.  "ink" is the colour of the text around the picture, and so is none of its own.
COLOURS = {"positive": "#2A80D8", "negative": "#DB6B12", "ink": None}

Point = tuple[float, float]


@dataclass(frozen=True)
class Stroke:
    """A line through points; a curved one has two handles between each two of them (cubic Bézier)."""

    points: tuple[Point, ...]
    colour: str = "ink"
    width: float = 1.0
    opacity: float = 1.0
    kind: str = "line"
    tip: str = ""
    curved: bool = False


@dataclass(frozen=True)
class Disc:
    """A circle; ``tint`` is how much of ``fill`` there is in it, from 0 to 1."""

    x: float
    y: float
    radius: float
    colour: str = "ink"
    width: float = 1.0
    opacity: float = 1.0
    fill: str = "ink"
    tint: float = 0.0
    kind: str = "node"
    tip: str = ""


@dataclass(frozen=True)
class Box:
    """A rectangle with round corners; (x, y) is the upper left one."""

    x: float
    y: float
    width: float
    height: float
    corner: float = 5.0
    tint: float = 0.0
    opacity: float = 1.0
    dashed: bool = False
    kind: str = "box"
    tip: str = ""


@dataclass(frozen=True)
class Label:
    """A line of text; ``y`` is that of the middle of its small letters, ``anchor`` where ``x`` is in it."""

    x: float
    y: float
    text: str
    size: float = 11.0
    anchor: str = "middle"
    bold: bool = False
    opacity: float = 1.0
    kind: str = "label"


Mark = Stroke | Disc | Box | Label


@dataclass(frozen=True)
class Picture:
    """Marks in the order in which they are painted, and what they show in a sentence."""

    width: float
    height: float
    marks: tuple[Mark, ...]
    title: str
    description: str


def moved(marks: Sequence[Mark], right: float, down: float) -> list[Mark]:
    """The marks, elsewhere."""
    return [
        replace(mark, points=tuple((x + right, y + down) for x, y in mark.points))
        if isinstance(mark, Stroke)
        else replace(mark, x=mark.x + right, y=mark.y + down)
        for mark in marks
    ]
