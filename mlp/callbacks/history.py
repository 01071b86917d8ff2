"""The results of every epoch."""

from __future__ import annotations

from typing import Any

from mlp.arrays import shown
from mlp.callbacks.base import Callback, Logs

__all__ = ["History"]


class History(Callback):
    """The results of every epoch; `Network.fit` returns one.

    Attributes
    ----------
    epoch : list of int
        The epochs' numbers.
    history : dict of str to list of float
        A number per epoch under each name; an array where a metric gives several numbers, for which
        ``json.dumps(history.history, default=np.ndarray.tolist)`` writes lists.

    Examples
    --------
    >>> history = History()
    >>> history.on_epoch_end(0, {"loss": 0.5})
    >>> history.history
    {'loss': [0.5]}
    """

    only_watches = True
    state_names = ("epoch", "history")

    def __init__(self) -> None:
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = {}

    def on_train_begin(self, logs: Logs = None) -> None:
        """Begin anew."""
        self.epoch, self.history = [], {}

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Note an epoch's results."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)

    def __getstate__(self) -> dict[str, Any]:
        # A network keeps its history; the way back would make every copy of one carry the other.
        return {name: value for name, value in vars(self).items() if name != "model"}

    def _repr_html_(self) -> str:
        """What a notebook shows: the first, best and last number of each name, and the curve of the loss."""
        from mlp.pages.history import history_page

        return history_page(self)

    def __repr__(self) -> str:
        last = ", ".join(f"{name}={shown(values[-1])}" for name, values in self.history.items())
        return f"<History of {len(self.epoch)} epochs{': ' + last if last else ''}>"
