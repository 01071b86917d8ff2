"""What a callback is: hooks around training."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["Callback", "Logs", "say"]

Logs = Mapping[str, float] | None


class Callback:
    """Hooks around training; subclass it and override those that are of interest.

    Attributes
    ----------
    model : Trainable
        The network in training.
    params : dict
        ``epochs``, ``steps`` (batches in an epoch), ``verbose``, ``metrics`` (the names in logs).

    Examples
    --------
    >>> class Epochs(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(epoch, sorted(logs))
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, input_dim=1)], rng=0)
    >>> net.compile("sgd", "mse")
    >>> history = net.fit([[1.0]], [1.0], epochs=2, callbacks=[Epochs()], verbose=0)
    0 ['loss']
    1 ['loss']
    """

    #: True in a callback that changes nothing in the network's layers but numbers of weights, which saves looking for
    #: changes.  Every class speaks for itself: it is not inherited.
    only_watches = False

    model: Trainable
    params: dict[str, Any]

    def set_model(self, model: Trainable) -> None:
        """Learn which network is trained."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Learn how it is trained."""
        self.params = params

    def on_train_begin(self, logs: Logs = None) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Logs = None) -> None:
        """After the last epoch, also where training ended early, by Ctrl-C or by an error."""

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Before the first batch of an epoch, counted from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """After an epoch and its validation; ``logs`` holds their results."""

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a batch, counted from 0 in each epoch."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a batch; ``logs`` holds the means of the epoch so far."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Another name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Another name of `on_train_batch_end`."""


def say(text: str) -> None:
    """One line on stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
