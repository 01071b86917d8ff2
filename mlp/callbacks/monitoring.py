"""What watches one quantity in logs shares: its name, which way it should go, and what counts as better."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import shown
from mlp.callbacks.base import Callback, Logs
from mlp.errors import ArgumentError, ArgumentTypeError, UnknownNameError
from mlp.names import nearest

__all__ = ["Monitoring"]


class Monitoring(Callback):
    """A callback that watches a quantity.

    Parameters
    ----------
    monitor : str
        The quantity's name in logs.
    mode : {"auto", "min", "max"}
        Whether less or more is better; "auto" knows that of the loss and of every metric.
    min_delta : float, default 0
        The least change that counts as an improvement; its sign is not looked at.

    Raises
    ------
    ArgumentError
        At the end of an epoch, if the quantity is several numbers.
    """

    best: float | None = None
    _rises = False

    def __init__(self, monitor: str, mode: str = "auto", min_delta: float = 0) -> None:
        if not isinstance(monitor, str):
            raise ArgumentTypeError(f"monitor must be a name such as 'val_loss', got {monitor!r}")
        self.monitor = monitor
        self.min_delta = abs(checks.real("min_delta", min_delta))
        self.mode = checks.one_of("mode", mode, ("auto", "min", "max"))

    def on_train_begin(self, logs: Logs = None) -> None:
        """Refuse a quantity that there will not be.

        Raises
        ------
        UnknownNameError, ArgumentError
            If the quantity is unknown, or nobody knows which way it should go.
        """
        who, known = type(self).__name__, self.params["metrics"]
        if self.monitor not in known:
            cure = (
                "; give fit validation_data or validation_split."
                if self.monitor.startswith("val_")
                else nearest(self.monitor, known)
            )
            raise UnknownNameError(
                f"{who}: nothing is called {self.monitor!r}{cure} Known: {', '.join(known)}"
            )
        direction = {"min": "down", "max": "up"}.get(self.mode) or self.params["directions"].get(
            self.monitor.removeprefix("val_")
        )
        if direction is None:
            raise ArgumentError(f"{who}: say mode='min' or mode='max' for {self.monitor!r}")
        self._rises = direction == "up"

    def _improves(self, value: Any, reference: float | None) -> bool:
        if np.ndim(value):
            raise ArgumentError(
                f"{type(self).__name__}: {self.monitor!r} is several numbers, {shown(value)}; watch one number: let the "
                "metric average them, as F1Score(average='macro') does, or take one threshold or class"
            )
        if reference is None:
            return True
        return bool(value - self.min_delta > reference if self._rises else value + self.min_delta < reference)
