"""The layout of a network's picture: what both painters paint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentError, ArgumentTypeError
from mlp.layers.again import own_layer
from mlp.network import Network
from mlp.plots.diagram.boxes import picture_of_boxes
from mlp.plots.diagram.cells import cells_of
from mlp.plots.diagram.columns import picture_of_columns
from mlp.plots.diagram.marks import Label, Picture
from mlp.plots.diagram.stack import stack_of
from mlp.rows import as_array

__all__ = ["laid_out"]

#: Larger layers are drawn in part: without values in the nodes, and with them, which need room.
MAX_UNITS, MAX_UNITS_WITH_VALUES = 20, 10

#: A stack with more layers than this is drawn as boxes.
MAX_COLUMNS = 8


def laid_out(
    net: Any,
    x: Any = None,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    max_units: int | None = None,
    digits: int = 4,
) -> Picture:
    """The picture of a network; see `mlp.plots.network`.

    Examples
    --------
    >>> from mlp.layers import Dense
    >>> picture = laid_out(Network([Dense(5, input_dim=2), Dense(1)]))
    >>> sum(mark.kind == "weight" for mark in picture.marks)
    15
    """
    if not isinstance(net, Network):
        raise ArgumentTypeError(f"net must be a Network, got {net!r}")
    if max_units is None:
        max_units = MAX_UNITS if x is None else MAX_UNITS_WITH_VALUES
    checks.integer("max_units", max_units, 2)
    checks.integer("digits", digits, 0, 17)
    title = f"Network {net.name}" if net.name else "Network"
    if not net.layers:
        empty = "a network without layers"
        return Picture(220.0, 40.0, (Label(110.0, 20.0, empty),), title, f"This is {empty}.")
    values = {} if x is None else _values(net, x)
    columns = stack_of(net, values)
    if columns is not None and len(columns) <= MAX_COLUMNS + 1:
        names = (
            _names("input_names", input_names, columns[0].size),
            _names("output_names", output_names, columns[-1].size),
        )
        title += f" {'-'.join(str(column.size) for column in columns)}"
        return picture_of_columns(columns, title, max_units, digits, *names)
    for argument, given in (("input_names", input_names), ("output_names", output_names)):
        if given is not None:
            raise ArgumentError(
                f"{argument} is for networks whose units are drawn, stacks of up to {MAX_COLUMNS} Dense layers; this one is "
                "drawn as boxes with the names of its layers"
            )
    return picture_of_boxes(cells_of(net, values, digits), title)


def _values(net: Network, x: Any) -> dict[str, Any]:
    """What each layer gives for one row, by its name, and the row itself by the name ""."""
    shapes: Any = net._built_shapes()[0]
    if not net.takes_several:
        rows: Any = _row(x, shapes)
    elif isinstance(x, list | tuple) and len(x) == len(shapes):
        rows = [_row(part, shape) for part, shape in zip(x, shapes, strict=True)]
    else:
        raise ArgumentError(f"x must be a list of {len(shapes)} rows, one for each input, got {x!r}")
    known = net.activations(rows)
    called = [str(own_layer(layer).name) for layer in net._layers]
    once = {name: value for name, value in known.items() if called.count(name) == 1}
    return once if net.takes_several else {"": rows, **once}


def _row(x: Any, shape: tuple[int, ...]) -> Array:
    """One row as a batch."""
    array = as_array("x", x)
    if array.shape == shape:
        return array[None]
    if array.shape != (1, *shape):
        raise ArgumentError(
            f"x must be one row, of shape {shape}, to be written into the picture, got shape {array.shape}"
        )
    return array


def _names(argument: str, names: Any, size: int) -> list[str] | None:
    if names is None:
        return None
    listed = None if isinstance(names, str) else list(names)
    if listed is None or len(listed) != size:
        raise ArgumentError(f"{argument} must be a list of {size} names, got {names!r}")
    return [checks.text(argument, name) for name in listed]
