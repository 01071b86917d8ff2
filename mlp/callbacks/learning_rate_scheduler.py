"""A learning rate for each epoch."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from mlp import checks
from mlp.callbacks.base import Callback, Logs, say
from mlp.callbacks.rates import log_rates, optimizers_of, require_settable_rates
from mlp.errors import ArgumentTypeError

__all__ = ["LearningRateScheduler"]


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch, and logs it as ``learning_rate``.

    Parameters
    ----------
    schedule : callable
        ``schedule(epoch, lr)`` or ``schedule(epoch)`` gives the rate; epochs are counted from 0.
    verbose : int, default 0
        1 says each rate on stderr.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, input_dim=1)], rng=0)
    >>> net.compile("sgd", "mse")
    >>> halved = LearningRateScheduler(lambda epoch, lr: lr / 2)
    >>> history = net.fit([[1.0]], [1.0], epochs=3, callbacks=[halved], verbose=0)
    >>> history.history["learning_rate"]
    [0.005, 0.0025, 0.00125]
    """

    only_watches = True

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0) -> None:
        if not callable(schedule):
            raise ArgumentTypeError(
                f"schedule must be a function of the epoch and the rate, got {schedule!r}"
            )
        self.schedule = schedule
        self.verbose = checks.one_of("verbose", verbose, (0, 1))
        self._takes_rate = _takes_two(schedule)

    def on_train_begin(self, logs: Logs = None) -> None:
        """Refuse an optimizer whose rate is told by a schedule."""
        require_settable_rates(self)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Set the rate."""
        for name, optimizer in optimizers_of(self).items():
            given = (epoch, optimizer.learning_rate) if self._takes_rate else (epoch,)
            optimizer.learning_rate = checks.real("what schedule returns", self.schedule(*given), 0.0)
            if self.verbose:
                what = name.removeprefix("learning_rate").removeprefix("_")
                say(
                    f"Epoch {epoch + 1}: LearningRateScheduler setting {what + ' ' if what else ''}learning rate to "
                    f"{optimizer.learning_rate}."
                )

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Log the rate."""
        if logs is not None:
            log_rates(self, logs)


def _takes_two(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind(0, 0.0)
    except TypeError:
        return False
    except ValueError:  # some functions written in C do not say
        return True
    return True
