"""What a notebook shows of the history of a training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mlp.arrays import shown
from mlp.callbacks.history import History
from mlp.pages.curve import curves
from mlp.pages.elements import page, paragraph, picture, table

__all__ = ["history_page"]


def history_page(history: History) -> str:
    """The first, best and last number of each name, and the curve of the loss.

    Examples
    --------
    >>> history = History()
    >>> history.on_epoch_end(0, {"loss": 0.5})
    >>> history.on_epoch_end(1, {"loss": 0.25})
    >>> text = history_page(history)
    >>> "2 epochs" in text, "<svg" in text
    (True, True)
    """
    epochs = list(history.epoch)
    count = f"{len(epochs)} epoch{'' if len(epochs) == 1 else 's'}"
    parts = [paragraph(f"of {count}", "History")]
    directions = getattr(history, "params", {}).get("directions", {})
    named = {name: list(values) for name, values in history.history.items()}
    rows = [
        [name, _written(values[0]), *_best(name, values, epochs, directions), _written(values[-1])]
        for name, values in named.items()
        if values
    ]
    if rows:
        titles = ["Name", "First", "Best", "In epoch", "Last"]
        parts.append(table(titles, rows, numbers=titles[1:]))
    drawn = {name: _numbers(named[name]) for name in ("loss", "val_loss") if named.get(name)}
    if any(sum(map(math.isfinite, values)) > 1 for values in drawn.values()):
        parts.append(picture(curves(drawn, epochs)))
    return page(*parts)


def _best(
    name: str, values: Sequence[Any], epochs: Sequence[int], directions: dict[str, Any]
) -> tuple[str, str]:
    """The best number and the epoch of it, counted as in ``history.epoch``; dashes where nobody knows which it is."""
    own = name.removeprefix("val_")
    direction = directions.get(own, "down" if own == "loss" else None)
    numbers = _numbers(values)
    known = [i for i, number in enumerate(numbers) if not math.isnan(number)]
    if direction is None or not known:
        return "-", "-"
    best = (min if direction == "down" else max)(known, key=numbers.__getitem__)
    return _written(values[best]), str(epochs[best]) if best < len(epochs) else "-"


def _numbers(values: Sequence[Any]) -> list[float]:
    """As floats; NaN for what is no single number."""
    return [float(v) if _is_real(v) and np.ndim(v) == 0 else math.nan for v in values]


def _written(value: Any) -> str:
    return shown(value) if _is_real(value) else str(value)


def _is_real(value: Any) -> bool:
    return not isinstance(value, list | tuple | dict | set) and np.asarray(value).dtype.kind in "biuf"
