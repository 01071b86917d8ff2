"""What is done after every epoch, or after every so many batches."""

from __future__ import annotations

from typing import Any

from mlp import checks
from mlp.callbacks.base import Callback, Logs
from mlp.errors import ArgumentTypeError

__all__ = ["Periodic"]


class Periodic(Callback):
    """A callback that does something now and then; subclass it, giving ``save``.

    Parameters
    ----------
    save_freq : "epoch" or int
        After every epoch, or after so many batches, counted on from epoch to epoch.
    """

    state_names: tuple[str, ...] = ("_batches",)

    def __init__(self, save_freq: int | str) -> None:
        if isinstance(save_freq, str) and save_freq != "epoch":
            raise ArgumentTypeError(f"save_freq must be 'epoch' or a number of batches, got {save_freq!r}")
        self.save_freq = save_freq if isinstance(save_freq, str) else checks.integer("save_freq", save_freq)
        self._batches = self._epoch = 0
        if save_freq != "epoch":  # a hook of the object alone, for whoever watches batches slows them down
            vars(self)["on_train_batch_end"] = self._count_batch

    def save(self, epoch: int, batch: int | None, logs: dict[str, Any]) -> None:
        """Do it, after this batch of this epoch; ``batch`` is None at the end of an epoch."""
        raise NotImplementedError(f"{type(self).__name__} must define save(self, epoch, batch, logs)")

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Know which epoch runs."""
        self._epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Do it, if after every epoch."""
        if self.save_freq == "epoch":
            self.save(epoch, None, logs or {})

    def _count_batch(self, batch: int, logs: Logs = None) -> None:
        self._batches += 1
        if self._batches == self.save_freq:
            self._batches = 0
            self.save(self._epoch, batch, logs or {})
