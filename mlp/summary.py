"""The table that `Network.summary` prints, in Keras's form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlp.layers import Composite, Layer

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["summary_table"]


def summary_table(network: Trainable, line_length: int | None = None, expand_nested: bool = False) -> str:
    """The layers of a network, one a row, and the totals.

    Parameters
    ----------
    network : Trainable
        The network.
    line_length : int, optional
        The width; the columns get their share of it.
    expand_nested : bool, default False
        Rows for the layers inside of composites too.
    """
    rows = [("Layer (type)", "Output Shape", "Param #")]
    rows += _rows(network, 0, expand_nested)
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


def _rows(composite: Composite, depth: int, expand_nested: bool) -> list[tuple[str, str, str]]:
    rows = []
    for layer in composite.layers:
        rows.append(
            (
                f"{'  ' * depth}{layer.name} ({type(layer).__name__})",
                _shape(layer),
                f"{layer.count_params():,}",
            )
        )
        if expand_nested and isinstance(layer, Composite):
            rows += _rows(layer, depth + 1, expand_nested)
    return rows


def _shape(layer: Layer) -> str:
    return f"({', '.join(map(str, layer.output_shape))})"


def _widths(rows: list[tuple[str, str, str]], line_length: int | None) -> tuple[int, int, int]:
    natural = [max(len(row[i]) for row in rows) for i in range(3)]
    least = (31, 22, 13) if line_length is None else (0, 0, 0)
    widths = [max(width, low) for width, low in zip(natural, least, strict=True)]
    if line_length is not None:
        widths[0] = max(natural[0], line_length - 10 - widths[1] - widths[2])
    return widths[0], widths[1], widths[2]


def _line(side: str, row: tuple[str, str, str], widths: tuple[int, int, int], mark: str) -> str:
    name, shape, count = row
    return f"{side} {name:<{widths[0]}} {mark} {shape:<{widths[1]}} {mark} {count:>{widths[2]}} {side}"


def _rule(marks: str, widths: tuple[int, int, int]) -> str:
    left, dash, cross, right = list(marks)
    return left + cross.join(dash * (width + 2) for width in widths) + right


def _memory(size: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            return f"{size:.2f} {unit}"
        size /= 1024
    raise AssertionError
