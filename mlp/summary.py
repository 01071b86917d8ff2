"""The table that `Network.summary` prints, in Keras's form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mlp import checks
from mlp.errors import ArgumentError
from mlp.layers import Composite, Layer
from mlp.names import nearest

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["summary_rows", "summary_table", "totals"]


#: Columns are at least as wide as this, unless told otherwise.
WIDTHS = {"Layer (type)": 31, "Output Shape": 22, "Param #": 13, "Connected to": 22}
ALIGNED = {"Param #": ">", "Trainable": "^"}


def summary_table(
    network: Trainable,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
) -> str:
    """The layers of a network, one a row, and the totals; where layers are no chain, what each takes its inputs from.

    Parameters
    ----------
    network : Trainable
        The network.
    line_length, positions, expand_nested, show_trainable, layer_range
        See `Network.summary`.

    Raises
    ------
    ArgumentError
        If ``positions`` or ``layer_range`` do not fit.
    """
    rows = summary_rows(network, expand_nested, show_trainable, layer_range)
    titles = rows[0]
    widths = _widths(rows, line_length, positions)
    forms = [f"{ALIGNED.get(title, '<')}{width}" for title, width in zip(titles, widths, strict=True)]
    body = [_line("┃", titles, forms), *(_line("│", row, forms) for row in rows[1:])]
    top, under, between, bottom = (_rule(marks, widths) for marks in ("┏━┳┓", "┡━╇┩", "├─┼┤", "└─┴┘"))
    lines = [f'Model: "{network.name or "network"}"', top, body[0], under]
    lines += [line for row in body[1:] for line in (row, between)]
    lines[-1] = bottom
    return "\n".join([*lines, *(f" {line}" for line in totals(network))])


def summary_rows(
    network: Trainable,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
) -> list[list[str]]:
    """The titles of the columns, then the cells of each layer.

    Raises
    ------
    ArgumentError
        If ``layer_range`` does not fit.
    """
    connected = network.connections()
    titles = [*list(WIDTHS)[: 4 if connected else 3], *["Trainable"] * show_trainable]
    layers = _between(network.layers, layer_range)
    return [titles, *_rows(layers, 0, expand_nested, connected, show_trainable)]


def totals(network: Trainable) -> list[str]:
    """How many parameters there are, and how many of them are trained."""
    trained = sum(weight.size for weight in network.trainable_weights)
    total = sum(weight.size for weight in network.weights)
    counts = (("Total", total), ("Trainable", trained), ("Non-trainable", total - trained))
    return [f"{what} params: {count:,} ({_memory(count * network.dtype.itemsize)})" for what, count in counts]


def _between(layers: Sequence[Layer], layer_range: Sequence[str] | None) -> Sequence[Layer]:
    """The layers from the first that matches one pattern to the last that matches the other."""
    if layer_range is None:
        return layers
    if not isinstance(layer_range, list | tuple) or len(layer_range) != 2:
        raise ArgumentError(
            f"layer_range must be two names of layers, or patterns of names, got {layer_range!r}"
        )
    places = []
    for pattern in layer_range:
        matching = [
            i
            for i, layer in enumerate(layers)
            if re.match(checks.text("layer_range", pattern), str(layer.name))
        ]
        if not matching:
            names = [str(layer.name) for layer in layers]
            raise ArgumentError(
                f"layer_range: no layer is called {pattern!r}{nearest(pattern, names)} Layers: {', '.join(names)}"
            )
        places.append(matching)
    first, last = sorted((places[0][0], places[1][-1]))
    return layers[first : last + 1]


def _rows(
    layers: Sequence[Layer],
    depth: int,
    expand_nested: bool,
    connected: Mapping[str, Sequence[str]],
    show_trainable: bool,
) -> list[list[str]]:
    rows = []
    for layer in layers:
        name = str(layer.name)
        row = [f"{'  ' * depth}{name} ({type(layer).__name__})", _shape(layer), f"{layer.count_params():,}"]
        if connected:
            row.append("" if depth else ", ".join(connected.get(name, ["-"])))
        if show_trainable:
            row.append(("Y" if layer.trainable else "N") if layer.weights else "-")
        rows.append(row)
        if expand_nested and isinstance(layer, Composite):
            rows += _rows(layer.layers, depth + 1, expand_nested, connected, show_trainable)
    return rows


def _shape(layer: Layer) -> str:
    shapes = layer.output_shape if layer.n_outputs > 1 else [layer.output_shape]
    return ", ".join(f"({', '.join(map(str, shape))})" for shape in shapes)


def _widths(rows: list[list[str]], line_length: int | None, positions: Sequence[float] | None) -> list[int]:
    """The widths of the columns, never less than what stands in them."""
    natural = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if positions is not None:
        return _placed(rows[0], natural, line_length, positions)
    if line_length is None:
        return [max(width, WIDTHS.get(title, 0)) for title, width in zip(rows[0], natural, strict=True)]
    rest = line_length - 3 * len(natural) - 1 - sum(natural[1:])
    return [max(natural[0], rest), *natural[1:]]


def _placed(
    titles: list[str], natural: list[int], line_length: int | None, positions: Sequence[float]
) -> list[int]:
    """Widths by where columns end; "Trainable" stands behind them."""
    extra = [width for title, width in zip(titles, natural, strict=True) if title not in WIDTHS]
    columns = len(titles) - len(extra)
    ends = [checks.real("positions", end, above=0.0) for end in positions]
    if len(ends) != columns or ends != sorted(ends):
        raise ArgumentError(
            f"positions must be {columns} ascending numbers, where the columns {', '.join(titles[:columns])} end, "
            f"got {positions!r}"
        )
    if ends[-1] <= 1:
        length = line_length or sum(WIDTHS[title] + 3 for title in titles[:columns]) + 1
        ends = [end * (length - 1 - sum(width + 3 for width in extra)) for end in ends]
    widths, at = [], 0
    for width, end in zip(natural, ends, strict=False):
        widths.append(max(width, round(end) - at - 3))
        at += widths[-1] + 3
    return [*widths, *extra]


def _line(mark: str, row: list[str], forms: list[str]) -> str:
    cells = [f"{cell:{form}}" for cell, form in zip(row, forms, strict=True)]
    return f"{mark} {f' {mark} '.join(cells)} {mark}"


def _rule(marks: str, widths: list[int]) -> str:
    left, dash, cross, right = list(marks)
    return left + cross.join(dash * (width + 2) for width in widths) + right


def _memory(size: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            return f"{size:.2f} {unit}"
        size /= 1024
    raise AssertionError
