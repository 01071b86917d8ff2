"""How training went: the numbers of each epoch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.callbacks import History
from mlp.errors import ArgumentError, ArgumentTypeError, DataError
from mlp.names import nearest
from mlp.plots import drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["history"]

#: A run of so many epochs has a dot at each: a line of one epoch would not be seen.
FEW = 20


class _Run(NamedTuple):
    """What is drawn of one run: epochs, and what was measured on the training data and on held out data."""

    epochs: Array
    training: Array
    validation: Array | None


def history(
    *histories: Any,
    metric: str | Sequence[str] = "loss",
    labels: Sequence[str] | None = None,
    log: bool = False,
    unit: str | None = None,
    ax: Any = None,
) -> Any:
    """The curves of one or several trainings: solid on the training data, dashed in the same colour on the held out data.

    Parameters
    ----------
    *histories : History or dict
        What `Network.fit` returned, or its ``history.history``.
    metric : str or list of str, default "loss"
        What to draw; ``val_`` and the name are drawn along where they are there.  A list makes a panel for each.
    labels : list of str, optional
        A name for each run.
    log : bool, default False
        A logarithmic scale.
    unit : str, optional
        The unit of the quantity, for its label.
    ax : Axes or array of Axes, optional
        Where to draw; a new figure unless given.  For a list of metrics, one for each.

    Returns
    -------
    Axes, or ndarray of Axes
        An array where ``metric`` is a list.  The first epoch is 1, as the progress display has it.

    Raises
    ------
    ArgumentError, ArgumentTypeError, DataError
        If nothing was recorded under the name, or it cannot be drawn.
    MissingExtraError
        If Matplotlib is not installed.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = history({"loss": [0.9, 0.4], "val_loss": [1.0, 0.6]}, ax=Figure().subplots())
    >>> [line.get_ydata().tolist() for line in ax.get_lines()]
    [[0.9, 0.4], [1.0, 0.6]]
    """
    checks.flag("log", log)
    names = [metric] if isinstance(metric, str) else drawing.texts("metric", metric)
    if not names or not histories:
        what = "metric must have at least one name" if histories else "history needs at least one run"
        raise ArgumentError(f"{what}: history(net.fit(x, y))")
    drawing.require_axes(ax, "history", None if isinstance(metric, str) else len(names))
    if unit is not None:
        checks.text("unit", unit)
    if labels is None:
        titles = [f"run {i}" for i in range(1, len(histories) + 1)]
    else:
        titles = drawing.texts("labels", labels, len(histories))
    panels = [[_run(given, name, log) for given in histories] for name in names]

    places = drawing.row_of_axes(ax, len(names))
    for place, name, runs in zip(places, names, panels, strict=True):
        _draw(place, runs, titles, labels is not None)
        if log:
            place.set_yscale("log")
        place.set_xlabel("epoch")
        quantity = name.replace("_", " ")
        place.set_ylabel(quantity if unit is None else f"{quantity} ({unit})")
        drawing.whole_numbers(place.xaxis)
    return places[0] if isinstance(metric, str) else places


def _draw(ax: Axes, runs: list[_Run], titles: list[str], named: bool) -> None:
    from matplotlib.lines import Line2D

    several = len(runs) > 1
    validated = any(run.validation is not None for run in runs)
    handles: list[Any] = []
    for run, title, colour, marker in zip(
        runs, titles, drawing.colours(ax, len(runs)), _markers(len(runs)), strict=True
    ):
        every = max(1, len(run.epochs) // 8)
        dots = marker if several or len(run.epochs) <= FEW else ""
        style: dict[str, Any] = {"color": colour, "marker": dots, "markersize": 5, "markevery": every}
        own = title if several or named else "training"
        handles += ax.plot(run.epochs, run.training, "-", label=own, **style)
        if run.validation is not None:
            lines = ax.plot(run.epochs, run.validation, "--", label=f"{own}, validation", **style)
            if not several:
                lines[0].set_label("validation" if not named else f"{title}, validation")
                handles += lines
    if several and validated:
        black = tuple(drawing.ink(ax))
        handles += [
            Line2D([], [], color=black, label="training"),
            Line2D([], [], color=black, label="validation", linestyle="--"),
        ]
    if several or validated or named:
        drawing.legend(ax, handles)


def _markers(count: int) -> Iterable[str]:
    return (drawing.MARKERS[i % len(drawing.MARKERS)] for i in range(count))


def _run(given: Any, metric: str, log: bool) -> _Run:
    """What is drawn of one run, checked."""
    record = given.history if isinstance(given, History) else given
    if not isinstance(record, Mapping):
        raise ArgumentTypeError(
            f"a run must be the History that fit returns, or its history.history, got {given!r:.80}"
        )
    if metric not in record:
        known = [name for name in record if not name.startswith("val_")]
        raise ArgumentError(
            f"nothing was recorded under {metric!r}{nearest(metric, known)} There are: {', '.join(known) or 'no epochs'}"
        )
    training = _numbers(metric, record[metric], log)
    epochs = np.arange(1, len(training) + 1)
    if isinstance(given, History) and len(given.epoch) == len(training):
        epochs = np.array(given.epoch, int) + 1
    held_out = f"val_{metric}"
    validation = _numbers(held_out, record[held_out], log) if held_out in record else None
    if validation is not None and len(validation) != len(training):
        raise DataError(
            f"{held_out} has {len(validation)} numbers for {len(training)} epochs (validation_freq), and which epochs they are "
            f"of was not recorded: draw {{{metric!r}: history.history[{metric!r}]}}, then ax.plot(epochs, history.history[{held_out!r}])"
        )
    return _Run(epochs, training, validation)


def _numbers(name: str, values: Any, log: bool) -> Array:
    try:
        found = np.asarray(values, float)
    except (TypeError, ValueError):
        found = np.empty(0)
    if found.ndim != 1 or not found.size:
        raise DataError(f"{name} must be a list with a number for each epoch, got {values!r:.80}")
    if log and not np.all(found > 0):
        wrong = found[~(found > 0)][0]
        raise ArgumentError(f"log=True needs numbers above 0, and {name} holds {wrong:g}; use log=False")
    return found
