"""An end where nothing gets better."""

from __future__ import annotations

from typing import Any

from mlp import checks
from mlp.callbacks.base import Logs, say
from mlp.callbacks.monitoring import Monitoring

__all__ = ["EarlyStopping"]


class EarlyStopping(Monitoring):
    """Ends training when a quantity has not improved for ``patience`` epochs.

    Parameters
    ----------
    monitor : str, default "val_loss"
        The quantity's name in logs.
    min_delta : float, default 0
        The least change that counts as an improvement.
    patience : int, default 0
        How many epochs without improvement are borne.
    verbose : int, default 0
        1 says on stderr when training ends and which weights are set.
    mode : {"auto", "min", "max"}
        Whether less or more is better; "auto" knows that of the loss and of every metric.
    baseline : float, optional
        Patience is renewed only by values better than this.
    restore_best_weights : bool, default False
        At the end, also after Ctrl-C, set the weights of the best epoch.
    start_from_epoch : int, default 0
        Epochs before it are not looked at.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, input_dim=1)], rng=0)
    >>> net.compile("sgd", "mse")
    >>> stop = EarlyStopping(monitor="loss", min_delta=1.0)
    >>> len(net.fit([[1.0]], [1.0], epochs=100, callbacks=[stop], verbose=0).epoch) < 5
    True
    """

    only_watches = True
    state_names = ("wait", "stopped_epoch", "best_epoch", "best", "best_weights")

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.patience = checks.integer("patience", patience, 0)
        self.verbose = checks.one_of("verbose", verbose, (0, 1))
        self.baseline = None if baseline is None else checks.real("baseline", baseline)
        self.restore_best_weights = checks.flag("restore_best_weights", restore_best_weights)
        self.start_from_epoch = checks.integer("start_from_epoch", start_from_epoch, 0)
        self._forget()

    def _forget(self) -> None:
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best: float | None = None
        self.best_weights: list[Any] | None = None

    def on_train_begin(self, logs: Logs = None) -> None:
        """Begin anew, and refuse a quantity that there will not be.

        Raises
        ------
        UnknownNameError, ArgumentError
            If the quantity is unknown, or nobody knows which way it should go.
        """
        self._forget()
        super().on_train_begin(logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Look at the quantity."""
        value = (logs or {}).get(self.monitor)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        if self._improves(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self._improves(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs = None) -> None:
        """Set the best weights."""
        if self.stopped_epoch and self.verbose:
            say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            if self.verbose:
                say(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)
