"""What a network with two inputs says at every point of the plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentError, NonFiniteError, ShapeError
from mlp.plots import drawing
from mlp.plots.classes import class_numbers, one_output, require_few, require_network, threshold_for
from mlp.rows import as_array, require_finite

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mlp.trainable import Trainable

__all__ = ["decision_boundary"]

#: Each class has so many shades, from hardly decided to certain.
SHADES = 64

#: How far the picture goes beyond the data, as a share of their range.
MARGIN = 0.1


def decision_boundary(
    net: Trainable,
    x: Any = None,
    y: Any = None,
    *,
    limits: Any = None,
    output: int | None = None,
    threshold: float | None = None,
    labels: Sequence[str] | None = None,
    names: Sequence[str] = ("x1", "x2"),
    resolution: int = 200,
    ax: Axes | None = None,
) -> Axes:
    """The output of a network with two inputs as colour, the lines at which its decision changes, and points on top.

    One output that is a decision (after a sigmoid or tanh, or with a hinge loss or cross-entropy) has a colour on each side
    of its threshold.  Of several outputs the largest one decides; a region is the paler the less its output is ahead of the
    next.  One output that is an amount is a scale of colours with lines of equal height.

    Parameters
    ----------
    net : Network
        With two inputs; is not changed.
    x : array_like, shape (n, 2), optional
        Points to draw.
    y : array_like, optional
        Their targets: class numbers, one-hot rows, labels -1 and +1, or amounts.
    limits : pair or pair of pairs, optional
        ``(low, high)`` for both axes, or a pair for each; the range of ``x`` and a little more unless given.
    output : int, optional
        Of several outputs, draw this one, as if it were the only one.
    threshold : float, optional
        Above which output a decision is yes, where that is not 0.5 (sigmoid) or 0 (tanh, hinge).
    labels : list of str, optional
        The names of the classes.
    names : (str, str), default ("x1", "x2")
        The labels of the axes; units belong here.
    resolution : int, default 200
        The network is asked at so many times so many points.
    ax : Axes, optional
        Where to draw; a new figure unless given.

    Returns
    -------
    Axes

    Raises
    ------
    ArgumentError, ArgumentTypeError, ShapeError, DataError
        If the network has not two inputs, or something does not fit.
    NonFiniteError
        If an output is NaN or infinite.
    MissingExtraError
        If Matplotlib is not installed.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, activation="tanh", input_dim=2)])
    >>> net.set_weights([[[1.0], [1.0]], [-0.5]])
    >>> x, y = [[0.3, 0.1], [0.4, 0.2]], [-1, 1]
    >>> ax = decision_boundary(net, x, y, ax=Figure().subplots())
    >>> ax.images[0].get_array().shape
    (200, 200)
    """
    drawing.require_axes(ax, "decision_boundary")
    require_network(net)
    outputs = one_output(net, "decision_boundary")
    if net.input_shape != (None, 2):
        raise ArgumentError(
            f"decision_boundary is for networks with 2 inputs, got input shape {net.input_shape}: train one on two of the "
            "columns, net.fit(x[:, [0, 1]], y), with input_dim=2"
        )
    size = checks.integer("resolution", resolution, 2, 4000)
    titles = drawing.texts("names", names, 2)
    points = None if x is None else _points(net, x)
    if y is not None and points is None:
        raise ArgumentError("y needs the points that it belongs to: decision_boundary(net, x, y)")
    (left, right), (low, high) = _limits(points, limits)
    if output is not None:
        output, outputs = checks.integer("output", output, 0, outputs - 1), 1
    level = threshold_for(net, outputs, threshold)
    classes = 2 if level is not None else outputs
    require_few(classes, "decision_boundary", "look at one of them: output=0")
    kinds = (
        drawing.texts("labels", labels, classes)
        if labels is not None
        else [f"class {i}" for i in range(classes)]
    )
    of_points = None if y is None or points is None else _targets(y, len(points), classes, output)

    across, up = drawing.pixels(left, right, size), drawing.pixels(low, high, size)
    grid = np.stack(np.meshgrid(across, up), axis=-1)
    given = net.predict(grid.reshape(-1, 2)).astype(float).reshape(size, size, -1)
    if not np.isfinite(given).all():
        raise NonFiniteError(
            "the network's outputs are not all finite within these limits; look at its weights, or take narrower limits"
        )
    values = given[..., 0 if output is None else output] if outputs == 1 else given

    ax = drawing.new_axes(ax)
    place = {
        "origin": "lower",
        "extent": (left, right, low, high),
        "aspect": "auto",
        "interpolation": "nearest",
    }
    bar = None
    if outputs > 1:
        _draw_classes(ax, values, across, up, place)
    elif level is not None:
        bar = _draw_decision(ax, values, level, across, up, place, output, of_points is not None)
    else:
        _draw_amounts(ax, values, across, up, place, output, points, of_points)
    handles = []
    if points is not None and (classes > 1 or of_points is None):
        handles = _draw_points(ax, points, of_points, kinds)
    if outputs > 1 and not handles:
        _name_regions(ax, values.argmax(axis=-1), across, up, kinds)
    if handles:
        drawing.legend_beside(ax, handles, bar)
    drawing.few_ticks(ax.xaxis)
    ax.set_xlim(left, right)
    ax.set_ylim(low, high)
    ax.set_xlabel(titles[0])
    ax.set_ylabel(titles[1])
    return ax


def _points(net: Trainable, x: Any) -> Array:
    points = np.asarray(net.rows_in(as_array("x", x)), float)
    require_finite("x", points)
    if not len(points):
        raise ShapeError("x has no rows; leave it out, and give limits=(-1, 1)")
    return points


def _limits(points: Array | None, limits: Any) -> list[tuple[float, float]]:
    """From where to where, for each axis."""
    if limits is not None:
        each = np.ndim(limits) == 2 or (isinstance(limits, Sequence) and any(np.ndim(one) for one in limits))
        if each and len(limits) != 2:
            raise ArgumentError(f"limits must be (low, high), or a pair of these, got {limits!r}")
        if each:
            return [drawing.span(f"limits[{i}]", one) for i, one in enumerate(limits)]
        return [drawing.span("limits", limits)] * 2
    if points is None:
        raise ArgumentError("decision_boundary needs points, x, or limits, such as limits=(-1, 1)")
    ends = zip(points.min(axis=0).tolist(), points.max(axis=0).tolist(), strict=True)
    rooms = [(a, b, MARGIN * (b - a) or 1.0) for a, b in ends]
    return [(a - room, b + room) for a, b, room in rooms]


def _targets(y: Any, count: int, classes: int, output: int | None) -> Array:
    """The class, or the amount, of each point."""
    array = np.atleast_1d(as_array("y", y))
    if len(array) != count:
        raise ShapeError(f"x and y must have the same number of rows, got {count} and {len(array)}")
    if output is not None:
        array = _of_output(array, output)
    if classes > 1:
        return class_numbers(array, classes)
    require_finite("y", array)
    if array.size != count:
        raise ShapeError(f"y must have one number a row, got shape {array.shape}")
    return array.reshape(count)


def _of_output(y: Array, output: int) -> Array:
    """The targets of one output: its column, or 1 for the rows of its class."""
    if y.ndim == 2 and y.shape[1] > 1:
        if output >= y.shape[1]:
            raise ShapeError(f"y must have a column for output {output}, got shape {y.shape}")
        return np.asarray(y[:, output])
    return np.asarray(y.ravel() == output, float)


def _draw_classes(ax: Axes, values: Array, across: Array, up: Array, place: dict[str, Any]) -> None:
    """The largest of several outputs: shades of its colour, the whole part of a number being the class."""
    from matplotlib.colors import ListedColormap

    count = values.shape[-1]
    ordered = np.sort(values, axis=-1)
    ahead = ordered[..., -1] - ordered[..., -2]
    certain = bool(np.all(values >= 0) and np.allclose(values.sum(axis=-1), 1.0, atol=1e-4))
    share = ahead / (1.0 if certain else float(ahead.max()) or 1.0)
    behind = drawing.paper(ax)
    strengths = drawing.DEPTH * (0.25 + 0.75 * np.linspace(0, 1, SHADES))
    table = [drawing.blended(behind, colour, s) for colour in drawing.colours(ax, count) for s in strengths]
    shades = values.argmax(axis=-1) + np.minimum(share, 1 - 0.5 / SHADES)
    ax.imshow(shades, cmap=ListedColormap(table), vmin=0, vmax=count, **place)
    for i in range(count):
        lead = values[..., i] - np.delete(values, i, axis=-1).max(axis=-1)
        _line(ax, lead, across, up, 0.0)


def _draw_decision(
    ax: Axes,
    values: Array,
    level: float,
    across: Array,
    up: Array,
    place: dict[str, Any],
    output: int | None,
    below_legend: bool,
) -> Any:
    """One output on two sides of its threshold."""
    from matplotlib.colors import Normalize

    # As much on either side, so that the paper is where nothing is decided.
    reach = float(np.abs(values - level).max()) or 1.0
    if np.all(np.abs(values - 0.5) <= 0.5) and level == 0.5:
        reach = 0.5
    elif np.all(np.abs(values) <= 1) and level == 0:
        reach = 1.0
    norm = Normalize(level - reach, level + reach)
    picture = ax.imshow(values, cmap=drawing.diverging(ax, drawing.DEPTH + 0.1), norm=norm, **place)
    _line(ax, values, across, up, level)
    bar = drawing.colourbar(ax, picture, _of(output), 0.8 if below_legend else 1.0)
    bar.ax.axhline(level, color=tuple(drawing.ink(ax)), linewidth=1.5)
    return bar


def _draw_amounts(
    ax: Axes,
    values: Array,
    across: Array,
    up: Array,
    place: dict[str, Any],
    output: int | None,
    points: Array | None,
    of_points: Array | None,
) -> None:
    """One output that is an amount, and points with theirs on the same scale."""
    from matplotlib.colors import Normalize

    both = values if of_points is None else np.append(values.ravel(), of_points)
    norm = Normalize(float(both.min()), float(both.max()))
    picture = ax.imshow(values, cmap="cividis", norm=norm, **place)
    if np.ptp(values) > 0:
        ax.contour(across, up, values, levels=8, colors="white", linewidths=0.7)
    if points is not None and of_points is not None:
        ax.scatter(
            points[:, 0],
            points[:, 1],
            c=of_points,
            cmap="cividis",
            norm=norm,
            edgecolors="white",
            linewidths=1.0,
            zorder=3,
        )
    drawing.colourbar(ax, picture, _of(output))


def _of(output: int | None) -> str:
    return "output" if output is None else f"output {output}"


def _line(ax: Axes, values: Array, across: Array, up: Array, level: float) -> None:
    """Where a decision changes."""
    if values.min() < level < values.max():
        ax.contour(across, up, values, levels=[level], colors=[tuple(drawing.ink(ax))], linewidths=1.5)


def _name_regions(ax: Axes, classes: Array, across: Array, up: Array, kinds: list[str]) -> None:
    """Each class's name where its region has most room, so that nobody has to go by the colour."""
    from scipy.ndimage import distance_transform_edt

    for i, kind in enumerate(kinds):
        inside = np.pad(classes == i, 1)
        if inside.any():
            room = distance_transform_edt(inside)[1:-1, 1:-1]
            row, column = np.unravel_index(room.argmax(), room.shape)
            ax.text(across[column], up[row], kind, ha="center", va="center", clip_on=True)


def _draw_points(ax: Axes, points: Array, of_points: Array | None, kinds: list[str]) -> list[Any]:
    """The points, those of each class with a marker of its own, for a legend."""
    if of_points is None:
        _scatter(ax, points, "o", tuple(drawing.ink(ax)), "")
        return []
    return [
        _scatter(ax, points[of_points == i], drawing.MARKERS[i % len(drawing.MARKERS)], colour, kind)
        for i, (kind, colour) in enumerate(zip(kinds, drawing.colours(ax, len(kinds)), strict=True))
    ]


def _scatter(ax: Axes, points: Array, marker: str, colour: Any, label: str) -> Any:
    style: dict[str, Any] = {"edgecolors": tuple(drawing.ink(ax)), "linewidths": 0.8, "zorder": 3}
    size = 36 if len(points) < 200 else 18
    return ax.scatter(points[:, 0], points[:, 1], size, marker=marker, color=colour, label=label, **style)
