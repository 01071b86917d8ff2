"""A plain stack neuron by neuron: a column for each layer, a line for each weight."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from mlp.plots.diagram import legend
from mlp.plots.diagram.letters import as_float, exact, plural, shortened, width_of, written
from mlp.plots.diagram.marks import Disc, Label, Mark, Picture, Stroke
from mlp.plots.diagram.scale import Scale
from mlp.plots.diagram.stack import Column

__all__ = ["picture_of_columns"]

#: How many units are drawn of a layer that has too many.
OF_MANY = 8

MARGIN = 14.0
#: Where the nodes begin, below the captions.
TOP = MARGIN + 36.0
#: The space between two nodes of a column.
DOWN = 10.0
VALUE_SIZE, NAME_SIZE, CAPTION_SIZE, NOTE_SIZE = 13.0, 13.0, 13.0, 12.0
LONGEST_NAME = 20


@dataclass(frozen=True)
class Places:
    """Where the nodes of a column stand: ``y`` of each unit that is drawn, and of the dots for those that are not."""

    units: dict[int, float]
    dots: tuple[float, ...]
    x: float = 0.0


def picture_of_columns(
    columns: Sequence[Column],
    title: str,
    max_units: int,
    digits: int,
    input_names: Sequence[str] | None,
    output_names: Sequence[str] | None,
) -> Picture:
    """The picture of a plain stack."""
    shown = [_shown(column.size, max_units) for column in columns]
    slots = [len(units) + (len(units) < column.size) for units, column in zip(shown, columns, strict=True)]
    numbers = [
        written(column.values[i], digits)
        for units, column in zip(shown, columns, strict=True)
        if column.values is not None
        for i in units
    ]
    radius = _radius(numbers, max(slots))
    weights = [array for column in columns for array in (column.kernel, column.bias) if array is not None]
    scale = Scale(weights, thick=min(5.0, 0.4 * radius))
    depth = Scale(column.values for column in columns if column.values is not None)
    pitch = 2 * radius + scale.thick + DOWN
    captions = [_caption(column, i, len(columns)) for i, column in enumerate(columns)]
    halves = [max(_widest(caption) / 2, radius) for caption in captions]
    ends = [radius + _widest_name(names) for names in (input_names, output_names)]
    height = max(slots) * pitch
    places: list[Places] = []
    x = MARGIN + max(halves[0], ends[0])
    for i, (units, n, column) in enumerate(zip(shown, slots, columns, strict=True)):
        here = _places(units, column.size, TOP + (height - n * pitch) / 2, pitch)
        if i:
            steep = _steepest(places[-1], here, (radius + scale.thick) / pitch)
            x += max(62 + 3.5 * radius, halves[i - 1] + halves[i] + 12, steep)
        places.append(replace(here, x=x))
    marks: list[Mark] = []
    for i in range(1, len(columns)):
        marks += _edges(columns[i], places[i - 1], places[i], radius, scale)
    for column, place, caption in zip(columns, places, captions, strict=True):
        marks += _nodes(column, place, radius, scale, depth, digits)
        marks.append(Label(place.x, MARGIN + 6, caption[0], CAPTION_SIZE, bold=True, kind="caption"))
        marks.append(Label(place.x, MARGIN + 22, caption[1], NOTE_SIZE, opacity=0.8, kind="caption"))
    marks += _side(input_names, places[0], -1, radius)
    marks += _side(output_names, places[-1], 1, radius)
    entries = _legend(columns, scale, bool(numbers), any(place.dots for place in places))
    width = x + max(halves[-1], ends[1]) + MARGIN
    return legend.put_below(marks, width, TOP + height, entries, title, _described(columns, max_units))


def _radius(numbers: Sequence[str], most: int) -> float:
    """That of all nodes: they hold what is written in them; without that, the more above each other, the smaller."""
    if numbers:
        return max(18.0, 5 + max(width_of(text, VALUE_SIZE) for text in numbers) / 2)
    return 13.0 if most <= 12 else 8.0


def _shown(size: int, max_units: int) -> list[int]:
    """The units that are drawn: all, or the first and the last ones."""
    if size <= max_units:
        return list(range(size))
    most = min(max_units, OF_MANY)
    return [*range(math.ceil(most / 2)), *range(size - most // 2, size)]


def _places(units: list[int], size: int, top: float, pitch: float) -> Places:
    ys = [top + (i + 0.5) * pitch for i in range(len(units) + 1)]
    if len(units) == size:
        return Places(dict(zip(units, ys, strict=False)), ())
    middle = ys.pop(math.ceil(len(units) / 2))
    return Places(dict(zip(units, ys, strict=True)), (middle - 8, middle, middle + 8))


def _steepest(before: Places, here: Places, room: float) -> float:
    """How far columns must stand apart so that no line comes nearer to the next node than ``room`` parts of a pitch.

    A line of slope ``t`` passes the node below the one where it begins at ``1 / sqrt(1 + t^2)`` pitches.
    """
    rise = max(abs(a - b) for a in before.units.values() for b in here.units.values())
    return rise * room / math.sqrt(1 - room**2)


def _caption(column: Column, place: int, count: int) -> tuple[str, str]:
    what = "input" if place == 0 else "output" if place == count - 1 else "unit"
    functions = [shortened(", ".join(column.functions), LONGEST_NAME)] if column.functions else []
    return shortened(column.name, LONGEST_NAME), ", ".join([plural(column.size, what), *functions])


def _widest(caption: tuple[str, str]) -> float:
    return max(width_of(caption[0], CAPTION_SIZE, bold=True), width_of(caption[1], NOTE_SIZE))


def _widest_name(names: Sequence[str] | None) -> float:
    return max((8 + width_of(name, NAME_SIZE) for name in names or ()), default=0.0)


def _edges(column: Column, before: Places, here: Places, radius: float, scale: Scale) -> list[Stroke]:
    """A line for each weight between units that are drawn, the wide ones below, so that none hides another."""
    assert column.kernel is not None  # noqa: S101 - every column but the first has one
    drawn: list[Stroke] = []
    for i, y_from in before.units.items():
        for j, y_to in here.units.items():
            w = column.kernel[i, j]
            across, down = here.x - before.x, y_to - y_from
            part = (radius + scale.thick / 2) / math.hypot(across, down)
            ends = (
                (before.x + part * across, y_from + part * down),
                (here.x - part * across, y_to - part * down),
            )
            tip = f"{column.name}.kernel[{i}, {j}] = {exact(w)}"
            drawn.append(
                Stroke(ends, scale.colour(w), scale.width(w), scale.depth(w), kind="weight", tip=tip)
            )
    return sorted(drawn, key=lambda stroke: stroke.width, reverse=True)


def _nodes(
    column: Column, place: Places, radius: float, scale: Scale, depth: Scale, digits: int
) -> list[Mark]:
    marks: list[Mark] = []
    for i, y in place.units.items():
        bias = None if column.bias is None else column.bias[i]
        value = None if column.values is None else column.values[i]
        tips = [f"{column.name}.bias[{i}] = {exact(bias)}"] if bias is not None else []
        tips += [f"{column.name}[{i}] gives {as_float(value):.8g}"] if value is not None else []
        marks.append(
            Disc(
                place.x,
                y,
                radius,
                *_ring(bias, scale),
                fill=depth.colour(value) if value is not None else "ink",
                tint=0.35 * depth.share(value) if value is not None else 0.0,
                kind="node",
                tip="; ".join(tips) or f"{column.name}[{i}]",
            )
        )
        if value is not None:
            marks.append(Label(place.x, y, written(value, digits), VALUE_SIZE, kind="value"))
    marks += [Disc(place.x, y, 1.6, width=0.0, tint=0.7, kind="dot") for y in place.dots]
    return marks


def _side(names: Sequence[str] | None, place: Places, side: int, radius: float) -> list[Label]:
    """The names of inputs or outputs, on their side of the nodes."""
    anchor, x = ("end" if side < 0 else "start"), place.x + side * (radius + 8)
    return [
        Label(x, y, names[i], NAME_SIZE, anchor, kind="name")
        for i, y in place.units.items()
        if names is not None
    ]


def _ring(bias: Any, scale: Scale) -> tuple[str, float, float]:
    """Colour, width and opacity of a node's ring, which is its bias."""
    return ("ink", 1.0, 0.45) if bias is None else (scale.colour(bias), scale.width(bias), scale.depth(bias))


def _legend(columns: Sequence[Column], scale: Scale, values: bool, dots: bool) -> list[legend.Entry]:
    entries = [legend.entry([], 0, "all weights are 0")]
    if scale.largest:
        first, *_ = examples = scale.examples()
        entries = [
            legend.joined(
                [
                    _line(first, scale, "positive", "positive"),
                    _line(first, scale, "negative", "negative weight"),
                ]
            ),
            legend.joined([_line(example, scale, "ink", f"±{example:g}") for example in examples]),
        ]
    if any(column.bias is not None for column in columns):
        rings = [
            Disc(x, 0, 6, colour, 2.5, kind="legend") for x, colour in ((7, "positive"), (23, "negative"))
        ]
        entries.append(legend.entry(rings, 30, "ring: the bias"))
    if values:
        filled = [
            Disc(x, 0, 6, "ink", 1.0, 0.45, colour, 0.4, kind="legend")
            for x, colour in ((7, "positive"), (23, "negative"))
        ]
        entries.append(legend.entry(filled, 30, "in a node: what it gives"))
    if dots:
        three = [Disc(2.0, y, 1.3, width=0.0, tint=0.7, kind="legend") for y in (-5.0, 0.0, 5.0)]
        entries.append(legend.entry(three, 4, "units that are not drawn"))
    return entries


def _line(value: float, scale: Scale, colour: str, text: str) -> legend.Entry:
    line = Stroke(((0.0, 0.0), (22.0, 0.0)), colour, scale.width(value), scale.depth(value), kind="legend")
    return legend.entry([line], 22, text)


def _described(columns: Sequence[Column], max_units: int) -> str:
    """The picture in words."""
    parts = [plural(columns[0].size, "input")]
    for column in columns[1:]:
        functions = f" ({', '.join(column.functions)})" if column.functions else ""
        parts.append(f"layer {column.name} of {plural(column.size, 'unit')}{functions}")
    text = f"From left to right: {', '.join(parts)}."
    text += (
        " A line is a weight: blue where it is positive, orange where it is negative, the wider the larger."
    )
    if any(column.bias is not None for column in columns):
        text += " The ring of a node is its bias."
    if any(column.size > max_units for column in columns):
        text += f" Of layers with more than {max_units} units only the first and last ones are drawn."
    given, made = columns[0].values, columns[-1].values
    if given is not None and made is not None:
        before, after = (", ".join(written(v, 4) for v in part[:OF_MANY]) for part in (given, made))
        text += f" For the input {before} the network gives {after}."
    return text
