"""Predictions against what they should be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentError, DataError, ShapeError
from mlp.plots import drawing
from mlp.rows import as_array, require_finite

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["parity"]


def parity(
    reference: Any,
    predicted: Any,
    *,
    quantity: str = "value",
    unit: str | None = None,
    labels: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Predictions over reference values: the nearer to the diagonal, the better.

    The legend has Pearson's ``r``, the root of the mean squared difference and the largest difference.

    Parameters
    ----------
    reference, predicted : array_like, shape (n,) or (n, k)
        What is right, and what the network says; k outputs get a colour and a marker each.
    quantity : str, default "value"
        What the numbers are, for the labels.
    unit : str, optional
        Their unit.
    labels : list of str, optional
        A name for each output.
    ax : Axes, optional
        Where to draw; a new figure unless given.

    Returns
    -------
    Axes

    Raises
    ------
    ShapeError, DataError, ArgumentError, ArgumentTypeError
        If the two are not finite numbers of one shape.
    MissingExtraError
        If Matplotlib is not installed.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = parity([1.0, 2.0, 3.0], [1.0, 2.5, 3.0], unit="eV", ax=Figure().subplots())
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('reference value (eV)', 'predicted value (eV)')
    """
    drawing.require_axes(ax, "parity")
    checks.text("quantity", quantity)
    if unit is not None:
        checks.text("unit", unit)
    right, said = _columns("reference", reference), _columns("predicted", predicted)
    if right.shape != said.shape:
        raise ShapeError(
            f"reference and predicted must have one shape, got {np.shape(reference)} and {np.shape(predicted)}"
        )
    outputs = right.shape[1]
    if labels is None:
        names = [""] if outputs == 1 else [f"output {i}" for i in range(outputs)]
    else:
        names = drawing.texts("labels", labels, outputs)

    ax = drawing.new_axes(ax, 5.4, 4.8)
    low, high = min(right.min(), said.min()), max(right.max(), said.max())
    room = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    ends = [float(low - room), float(high + room)]
    ax.plot(ends, ends, color=tuple(drawing.ink(ax)), linewidth=0.8, zorder=1, label="_diagonal")
    for i, (name, colour) in enumerate(zip(names, drawing.colours(ax, outputs), strict=True)):
        numbers = _numbers(right[:, i], said[:, i], unit)
        ax.scatter(
            right[:, i],
            said[:, i],
            s=max(8.0, 36.0 - len(right) / 20),
            color=colour,
            alpha=0.7,
            linewidths=0,
            marker=drawing.MARKERS[i % len(drawing.MARKERS)],
            label=f"{name}\n{numbers}" if name else numbers,
            zorder=2,
        )
    ax.set_aspect("equal", adjustable="box")
    ax.set_xlim(*ends)
    ax.set_ylim(*ends)
    of = "" if unit is None else f" ({unit})"
    ax.set_xlabel(f"reference {quantity}{of}")
    ax.set_ylabel(f"predicted {quantity}{of}")
    if outputs > 2:
        drawing.legend_beside(ax, ax.get_legend_handles_labels()[0])
    else:
        drawing.legend(ax)
    return ax


def _columns(name: str, given: Any) -> Array:
    """Numbers of shape (n, k)."""
    array = as_array(name, given, np.dtype(float))
    require_finite(name, array)
    if array.ndim == 0 or array.ndim > 2:
        raise ShapeError(f"{name} must have shape (n,) or (n, k), got {array.shape}")
    if not array.size:
        raise DataError(f"{name} has no numbers; at least one is needed")
    columns = array.reshape(len(array), -1)
    if columns.shape[1] > len(drawing.MARKERS):
        raise ArgumentError(
            f"{name} has {columns.shape[1]} columns, and at most {len(drawing.MARKERS)} can be told apart; choose some"
        )
    return columns


def _numbers(right: Array, said: Array, unit: str | None) -> str:
    """How near the two are, in words for a legend."""
    of = "" if unit is None else f" {unit}"
    difference = said - right
    lines = [
        f"RMSE = {np.sqrt(np.mean(difference**2)):.3g}{of}",
        f"largest difference = {np.abs(difference).max():.3g}{of}",
    ]
    if np.ptp(right) > 0 and np.ptp(said) > 0:
        r = np.corrcoef(right, said)[0, 1]
        lines.insert(0, f"r = {_correlation(float(r))}")
    return "\n".join(lines)


def _correlation(r: float) -> str:
    """As many nines as there are, and one digit more, but never 1 for what is less."""
    for digits in range(3, 10):
        text = f"{r:.{digits}f}"
        if abs(float(text)) < 1:
            return text
    return f"{r:.0f}"
