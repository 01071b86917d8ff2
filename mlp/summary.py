"""The table that `Network.summary` prints, in Keras's form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mlp.layers import Composite, Layer

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["summary_table"]


def summary_table(network: Trainable, line_length: int | None = None, expand_nested: bool = False) -> str:
    """The layers of a network, one a row, and the totals; where layers are no chain, what each takes its inputs from.

    Parameters
    ----------
    network : Trainable
        The network.
    line_length : int, optional
        The width; the columns get their share of it.
    expand_nested : bool, default False
        Rows for the layers inside of composites too.
    """
    connected = network.connections()
    titles = ["Layer (type)", "Output Shape", "Param #", *["Connected to"] * bool(connected)]
    rows = [titles, *_rows(network, 0, expand_nested, connected)]
    widths = _widths(rows, line_length)
    body = [_line("┃", rows[0], widths, "┃"), *(_line("│", row, widths, "│") for row in rows[1:])]
    top, under, between, bottom = (_rule(marks, widths) for marks in ("┏━┳┓", "┡━╇┩", "├─┼┤", "└─┴┘"))
    lines = [f'Model: "{network.name or "network"}"', top, body[0], under]
    lines += [line for row in body[1:] for line in (row, between)]
    lines[-1] = bottom
    trained = sum(weight.size for weight in network.trainable_weights)
    total = sum(weight.size for weight in network.weights)
    for what, count in (("Total", total), ("Trainable", trained), ("Non-trainable", total - trained)):
        lines.append(f" {what} params: {count:,} ({_memory(count * network.dtype.itemsize)})")
    return "\n".join(lines)


def _rows(
    composite: Composite, depth: int, expand_nested: bool, connected: Mapping[str, Sequence[str]]
) -> list[list[str]]:
    rows = []
    for layer in composite.layers:
        name = str(layer.name)
        row = [f"{'  ' * depth}{name} ({type(layer).__name__})", _shape(layer), f"{layer.count_params():,}"]
        rows.append([*row, ", ".join(connected.get(name, ["-"]))] if connected else row)
        if expand_nested and isinstance(layer, Composite):
            inside = _rows(layer, depth + 1, expand_nested, {})
            rows += [[*row, ""] if connected else row for row in inside]
    return rows


def _shape(layer: Layer) -> str:
    shapes = layer.output_shape if layer.n_outputs > 1 else [layer.output_shape]
    return ", ".join(f"({', '.join(map(str, shape))})" for shape in shapes)


def _widths(rows: list[list[str]], line_length: int | None) -> list[int]:
    natural = [max(map(len, column)) for column in zip(*rows, strict=True)]
    least = (31, 22, 13, 22) if line_length is None else (0, 0, 0, 0)
    widths = [max(width, low) for width, low in zip(natural, least, strict=False)]
    if line_length is not None:
        widths[0] = max(natural[0], line_length - 3 * len(widths) - 1 - sum(widths[1:]))
    return widths


def _line(side: str, row: list[str], widths: list[int], mark: str) -> str:
    cells = [f"{cell:{'>' if i == 2 else '<'}{widths[i]}}" for i, cell in enumerate(row)]
    return f"{side} {f' {mark} '.join(cells)} {side}"


def _rule(marks: str, widths: list[int]) -> str:
    left, dash, cross, right = list(marks)
    return left + cross.join(dash * (width + 2) for width in widths) + right


def _memory(size: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            return f"{size:.2f} {unit}"
        size /= 1024
    raise AssertionError
