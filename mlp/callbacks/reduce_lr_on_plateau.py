"""A smaller learning rate where nothing gets better."""

from __future__ import annotations

from mlp import checks
from mlp.callbacks.base import Logs, say
from mlp.callbacks.monitoring import Monitoring
from mlp.callbacks.rates import log_rates, optimizers_of, require_settable_rates
from mlp.errors import ArgumentError

__all__ = ["ReduceLROnPlateau"]


class ReduceLROnPlateau(Monitoring):
    """Multiplies the learning rate by ``factor`` when a quantity has not improved for ``patience`` epochs.

    The rate of each epoch is logged as ``learning_rate``.

    Parameters
    ----------
    monitor : str, default "val_loss"
        The quantity's name in logs.
    factor : float in [0, 1), default 0.1
        What the rate is multiplied by.
    patience : int, default 10
        After how many epochs without improvement.
    verbose : int, default 0
        1 says each new rate on stderr.
    mode : {"auto", "min", "max"}
        Whether less or more is better; "auto" knows that of the loss and of every metric.
    min_delta : float, default 1e-4
        The least change that counts as an improvement.
    cooldown : int, default 0
        So many epochs after a reduction are not counted.
    min_lr : float, default 0
        The rate does not fall below it.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, input_dim=1)], rng=0)
    >>> net.compile("sgd", "mse")
    >>> reduce = ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=10)
    >>> history = net.fit([[1.0]], [1.0], epochs=4, callbacks=[reduce], verbose=0)
    >>> history.history["learning_rate"]
    [0.01, 0.01, 0.005, 0.0025]
    """

    only_watches = True
    state_names = ("best", "wait", "cooldown_counter")

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.factor = checks.real("factor", factor, 0.0)
        if self.factor >= 1:
            raise ArgumentError(f"factor must be less than 1, got {factor:g}")
        self.patience = checks.integer("patience", patience, 0)
        self.verbose = checks.one_of("verbose", verbose, (0, 1))
        self.cooldown = checks.integer("cooldown", cooldown, 0)
        self.min_lr = checks.real("min_lr", min_lr, 0.0)
        self.wait = self.cooldown_counter = 0

    def on_train_begin(self, logs: Logs = None) -> None:
        """Begin anew; refuse a quantity that there will not be, and an optimizer whose rate is told by a schedule."""
        super().on_train_begin(logs)
        require_settable_rates(self)
        self.best = None
        self.wait = self.cooldown_counter = 0

    def in_cooldown(self) -> bool:
        """Whether epochs are not counted."""
        return self.cooldown_counter > 0

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Log the rate, look at the quantity."""
        logs = {} if logs is None else logs
        log_rates(self, logs)
        value = logs.get(self.monitor)
        if value is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._improves(value, self.best):
            self.best, self.wait = value, 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience and self._reduce(epoch):
                self.cooldown_counter, self.wait = self.cooldown, 0

    def _reduce(self, epoch: int) -> bool:
        """Whether there was anything left to reduce."""
        reduced = False
        for name, optimizer in optimizers_of(self).items():
            if optimizer.learning_rate > self.min_lr:
                optimizer.learning_rate = max(optimizer.learning_rate * self.factor, self.min_lr)
                reduced = True
                if self.verbose:
                    what = name.removeprefix("learning_rate").removeprefix("_")
                    say(
                        f"Epoch {epoch + 1}: ReduceLROnPlateau reducing {what + ' ' if what else ''}learning rate to "
                        f"{optimizer.learning_rate}."
                    )
        return reduced
