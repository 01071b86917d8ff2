"""Progress on stderr: a bar where there is a terminal and `tqdm`, else one line per epoch."""

from __future__ import annotations

import sys
from typing import Any

from mlp.arrays import shown
from mlp.callbacks.base import Callback, Logs, say

__all__ = ["EpochLines", "ProgbarLogger", "ProgressBar", "progress_for"]


def progress_for(verbose: int | str) -> list[Callback]:
    """The callback that shows as much as ``verbose`` asks for."""
    if verbose == 0:
        return []
    if verbose != 2 and sys.stderr.isatty():
        try:
            from tqdm import tqdm
        except ImportError:
            return [EpochLines()]
        return [ProgressBar(tqdm)]
    return [EpochLines()]


def _written(logs: Logs) -> str:
    return " - ".join(f"{name}: {shown(value)}" for name, value in (logs or {}).items())


class EpochLines(Callback):
    """``Epoch 3/10 - loss: 0.25``, a line per epoch."""

    only_watches = True

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Write the line."""
        last = self.params["epochs"]
        say(f"Epoch {epoch + 1}{'' if last is None else f'/{last}'} - {_written(logs)}")


class ProgressBar(Callback):
    """A bar over the epochs, drawn by `tqdm`.

    Parameters
    ----------
    bar : callable
        The class ``tqdm.tqdm``.
    """

    only_watches = True

    def __init__(self, bar: Any) -> None:
        self._make = bar
        self._bar: Any = None

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Draw the bar before the first epoch."""
        if self._bar is None:
            self._bar = self._make(total=self.params["epochs"], initial=epoch, unit="epoch", file=sys.stderr)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Move on."""
        self._bar.set_postfix_str(_written(logs).replace(" - ", ", "), refresh=False)
        self._bar.update(1)

    def on_train_end(self, logs: Logs = None) -> None:
        """Finish the line."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class ProgbarLogger(Callback):
    """Shows on stderr as much as ``verbose`` of `Network.fit` asks for; `Network.fit` adds one, unless it is given one.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, input_dim=1)], rng=0)
    >>> net.compile("sgd", "mse")
    >>> history = net.fit([[1.0]], [1.0], verbose=2, callbacks=[ProgbarLogger()])
    """

    only_watches = True

    def __init__(self) -> None:
        self._shown: list[Callback] = []

    def set_params(self, params: dict[str, Any]) -> None:
        """Choose what to show."""
        super().set_params(params)
        self._shown = progress_for(params.get("verbose", "auto"))
        for callback in self._shown:
            callback.set_params(params)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Show that an epoch begins."""
        for callback in self._shown:
            callback.on_epoch_begin(epoch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Show its results."""
        for callback in self._shown:
            callback.on_epoch_end(epoch, logs)

    def on_train_end(self, logs: Logs = None) -> None:
        """Finish what is shown."""
        for callback in self._shown:
            callback.on_train_end(logs)
