"""Activation functions and their derivatives, as curves that jump where the function jumps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mlp import activations, checks
from mlp.activations import Activation, FunctionActivation
from mlp.activations.base import AlongAxis
from mlp.activations.callables import function_name
from mlp.arrays import Array
from mlp.errors import ArgumentError
from mlp.plots import drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["activation"]

#: An odd number, so that 0 is among them where the limits lie on both sides of it alike.
POINTS = 801

#: Circles are what jumps are drawn with.
MARKERS = drawing.MARKERS[1:]

#: So often a piece is halved: what still differs across it is a jump.
HALVINGS = 60

#: A jump is at least so large a share of the curve's height.
VISIBLE = 1e-6


class _Curve(NamedTuple):
    """A curve with NaN between the ends of a jump; the values that are taken at jumps, and those that are not."""

    x: Array
    y: Array
    taken: Array
    left_out: Array


def activation(
    *functions: Any,
    limits: tuple[float, float] = (-5.0, 5.0),
    derivative: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """``f(x)`` as a solid line and ``f'(x)`` as a dashed one in the same colour.

    Where a function jumps no line joins the two sides: a full dot is the value there, an empty one the value that is
    only approached.  What works on a whole row, as softmax does, is shown by its first output for rows ``(x, 0)``, and the
    legend says so.

    Parameters
    ----------
    *functions : str, Activation, class or function
        As for ``activation=`` of a layer.
    limits : (float, float), default (-5, 5)
        From where to where.
    derivative : bool, default True
        Draw the derivatives too: what back-propagation multiplies by, so of a step its surrogate, where it has one.
    ax : Axes, optional
        Where to draw; a new figure unless given.

    Returns
    -------
    Axes

    Raises
    ------
    UnknownNameError, ArgumentError, ArgumentTypeError, ShapeError
        If something is no activation, or the limits are none.
    MissingExtraError
        If Matplotlib is not installed.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = activation("tanh", ax=Figure().subplots())
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['tanh', "tanh'"]
    """
    drawing.require_axes(ax, "activation")
    low, high = drawing.span("limits", limits)
    checks.flag("derivative", derivative)
    if not functions:
        raise ArgumentError('activation needs at least one function: activation("tanh")')
    x = np.linspace(low, high, POINTS)
    if low < 0 < high:
        x = np.unique(np.append(x, 0.0))
    found = [_curves(activations.get(one, "functions"), x, derivative) for one in functions]

    ax = drawing.new_axes(ax)
    grid: dict[str, Any] = {"color": tuple(drawing.ink(ax)), "linewidth": 0.6, "alpha": 0.4, "zorder": 0.5}
    ax.axhline(0.0, **grid)
    if low < 0 < high:
        ax.axvline(0.0, **grid)
    several = len(found) > 1
    for i, (curves, colour) in enumerate(zip(found, drawing.colours(ax, len(found)), strict=True)):
        marker = MARKERS[i % len(MARKERS)] if several else ""
        start = 20 + 100 * i // len(found)  # so that the marks of curves that coincide do not
        for (label, curve), line in zip(curves.items(), ("-", "--"), strict=False):
            ax.plot(
                curve.x,
                curve.y,
                line,
                label=label,
                color=colour,
                marker=marker,
                markersize=5,
                markevery=(start, 100),
            )
            dots = {"color": colour, "marker": "o", "linestyle": "none", "markersize": 6, "zorder": 3}
            ax.plot(*curve.left_out, markerfacecolor=tuple(drawing.paper(ax)), **dots)
            ax.plot(*curve.taken, **dots)
    ax.set_xlim(low, high)
    ax.set_xlabel("x")
    ax.set_ylabel("f(x), f'(x)" if derivative else "f(x)")
    drawing.legend(ax)
    return ax


def _curves(function: Activation, x: Array, derivative: bool) -> dict[str, _Curve]:
    """A function and its derivative, by what they are called in the legend."""
    name = _name(function)
    row_wise = isinstance(function, AlongAxis) or getattr(function, "_couples", False)
    if row_wise:
        function.output_shape((2,))

    def rows(numbers: Array) -> Array:
        return np.column_stack([numbers, np.zeros_like(numbers)])

    def value(numbers: Array) -> Array:
        return np.asarray(function(rows(numbers)))[:, 0]

    def slope(numbers: Array) -> Array:
        given = rows(numbers)
        y = np.array(function.forward(given.copy()))
        dy = np.zeros_like(y)
        dy[:, 0] = 1.0
        return np.array(function.backward(dy, given, y))[:, 0]

    curves = {f"{name} of (x, 0), first output" if row_wise else name: _curve(value, x)}
    if derivative:
        surrogate = "surrogate of " if function.surrogate_gradient and np.any(slope(x)) else ""
        curves[f"{surrogate}{name}'"] = _curve(slope, x)
    return curves


def _name(function: Activation) -> str:
    """As it is called in ``activation=``, with its arguments where they are not the usual ones."""
    text = repr(function)
    usual = isinstance(function, FunctionActivation) or text.endswith("()")
    return function_name(function) if usual else text


def _curve(f: Callable[[Array], Array], x: Array) -> _Curve:
    """A function at ``x``, cut where it jumps."""
    with np.errstate(all="ignore"):
        y = f(x)
        left, right = x[:-1].copy(), x[1:].copy()
        y_left, y_right = y[:-1].copy(), y[1:].copy()
        for _ in range(HALVINGS):  # into the half over which it changes more
            middle = (left + right) / 2
            y_middle = f(middle)
            first = np.abs(y_middle - y_left) >= np.abs(y_right - y_middle)
            right, y_right = np.where(first, middle, right), np.where(first, y_middle, y_right)
            left, y_left = np.where(first, left, middle), np.where(first, y_left, y_middle)
        height = np.ptp(y[np.isfinite(y)]) if np.isfinite(y).any() else 0.0
        jumps = np.flatnonzero(np.abs(y_right - y_left) > VISIBLE * height).tolist()
    pieces, taken, left_out, start = [], [], [], 0
    for i in jumps:
        ends = np.array([[left[i], right[i]], [y_left[i], y_right[i]]])
        # Of two neighbouring numbers the rounder one is where the function was said to jump.
        at = 0 if _length(ends[0, 0]) <= _length(ends[0, 1]) else 1
        ends[0] = ends[0, at]
        taken.append(ends[:, at])
        left_out.append(ends[:, 1 - at])
        pieces += [
            np.array([x[start : i + 1], y[start : i + 1]]),
            ends[:, :1],
            [[np.nan], [np.nan]],
            ends[:, 1:],
        ]
        start = i + 1
    line = np.concatenate([*pieces, np.array([x[start:], y[start:]])], axis=1)
    return _Curve(line[0], line[1], _points(taken), _points(left_out))


def _length(number: float) -> int:
    return len(repr(float(number)))


def _points(found: list[Array]) -> Array:
    """As an array of x and y, shape (2, n)."""
    return np.array(found).reshape(-1, 2).T
