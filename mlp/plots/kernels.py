"""What each unit of the first layer looks for in its input."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentError, ArgumentTypeError, NonFiniteError
from mlp.layers import Composite, Layer
from mlp.plots import drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["weights"]

#: Inputs are taken for a square picture from this side on: four of a table are hardly one of 2 x 2.
SMALLEST_SIDE = 5

#: So many units are drawn unless somebody says how many.
UNITS = 64

#: At most so many numbers along a side.
TICKS = 10


def weights(
    net: Any, shape: tuple[int, int] | None = None, n: int | None = None, *, ax: Axes | None = None
) -> Axes:
    """The weights of the first layer's units, each as a picture of the input that it looks at, on one scale.

    Inputs that are no picture give a table, a row for each input and a column for each unit.

    Parameters
    ----------
    net : Network or Layer
        A `Dense` layer, or a network, of which the first one is taken.
    shape : (int, int), optional
        Height and width of an input as a picture; a square unless given, where the number of inputs is one from 5 x 5 on.
    n : int, optional
        How many units; the first 64 unless given.
    ax : Axes, optional
        Where to draw; a new figure unless given.

    Returns
    -------
    Axes
        With one image: the pictures are laid out in rows, and the number of a unit is that of its row and its column together.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If there is no such layer, or the shape does not fit.
    NonFiniteError
        If a weight is NaN or infinite.
    MissingExtraError
        If Matplotlib is not installed.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(10, input_dim=64), Dense(10)])
    >>> ax = weights(net, ax=Figure().subplots())
    >>> ax.get_ylabel()
    'first unit of the row'
    """
    drawing.require_axes(ax, "weights")
    layer = _first_dense(net)
    kernel = np.array(layer.kernel, float)
    inputs, units = kernel.shape
    count = min(UNITS, units) if n is None else checks.integer("n", n, 1, units)
    sides = _sides(net, inputs) if shape is None else checks.shape("shape", shape)
    if sides is not None and (len(sides) != 2 or math.prod(sides) != inputs):
        raise ArgumentError(
            f"shape must be (height, width) with height * width = {inputs}, the number of inputs, got {shape}"
        )
    if not np.isfinite(kernel).all():
        raise NonFiniteError(f"{layer._label}its kernel holds NaN or infinity, for which there is no colour")
    kernel = kernel[:, :count]
    reach = float(np.abs(kernel).max()) or 1.0

    if sides is None:
        ax = drawing.new_axes(ax)
        _draw_table(ax, kernel, reach)
    else:
        columns = min(count, math.ceil(math.sqrt(count * sides[0] / sides[1])))
        rows = math.ceil(count / columns)
        height = 0.6 + 4.8 * (rows * sides[0]) / (columns * sides[1])
        ax = drawing.new_axes(ax, 6.4, min(max(height, 2.4), 9.0), "compressed")
        _draw_pictures(ax, kernel, sides, columns, reach)
    if count < units:
        ax.set_xlabel(f"{ax.get_xlabel()} (the first {count} of {units} units)")
    return ax


def _draw_table(ax: Axes, kernel: Array, reach: float) -> None:
    picture = ax.imshow(kernel, cmap=drawing.diverging(ax), vmin=-reach, vmax=reach, aspect="auto")
    drawing.whole_numbers(ax.xaxis)
    drawing.whole_numbers(ax.yaxis)
    ax.set_xlabel("unit")
    ax.set_ylabel("input")
    drawing.colourbar(ax, picture, "weight")


def _draw_pictures(ax: Axes, kernel: Array, sides: tuple[int, ...], columns: int, reach: float) -> None:
    """All pictures as one, with lines between them."""
    height, width = sides
    line = max(1, min(sides) // 14)
    down, right = height + line, width + line
    count = kernel.shape[1]
    rows = math.ceil(count / columns)
    wall = np.full((rows * down - line, columns * right - line), np.nan)
    seen = np.zeros(wall.shape)
    for unit, picture in enumerate(kernel.T.reshape(count, height, width)):
        row, column = divmod(unit, columns)
        top, left = row * down, column * right
        wall[top : top + height, left : left + width] = picture
        seen[max(top - line, 0) : top + down, max(left - line, 0) : left + right] = 1.0
    between = drawing.blended(drawing.paper(ax), tuple(drawing.ink(ax)), 0.35)
    colours = drawing.diverging(ax).with_extremes(bad=tuple(between))
    image = ax.imshow(wall, cmap=colours, vmin=-reach, vmax=reach, interpolation="nearest", alpha=seen)
    across, up = (np.arange(0, n, math.ceil(n / TICKS)) for n in (columns, rows))
    ax.set_xticks(across * right + (width - 1) / 2, [f"+{i}" for i in across])
    ax.set_yticks(up * down + (height - 1) / 2, [str(i * columns) for i in up])
    ax.tick_params(length=0)
    ax.set_xlabel("unit within the row")
    ax.set_ylabel("first unit of the row")
    drawing.colourbar(ax, image, "weight")


def _first_dense(net: Any) -> Any:
    """The first layer with a matrix of weights."""
    if not isinstance(net, Layer):
        raise ArgumentTypeError(f"net must be a Network or a Dense layer, got {net!r:.80}")
    for layer in net.walk():
        if not isinstance(layer, Composite) and np.ndim(getattr(layer, "kernel", 0.0)) == 2:
            return layer
    raise ArgumentError(
        f"weights needs a layer with a kernel, as Dense is one that is part of a network; got {net!r:.80}"
    )


def _sides(net: Layer, inputs: int) -> tuple[int, ...] | None:
    """Height and width: those of a row where it is a picture, or of the square that has so many pixels."""
    row: tuple[int, ...] = net._built_shapes()[0]
    if len(row) == 2 and math.prod(row) == inputs:
        return row
    side = math.isqrt(inputs)
    return (side, side) if side * side == inputs and side >= SMALLEST_SIDE else None
