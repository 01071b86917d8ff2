"""What a callback is: hooks around training, evaluation and prediction."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlp.callbacks.course import Course
    from mlp.errors import NonFiniteError
    from mlp.trainable import Trainable

__all__ = ["Callback", "Logs", "say"]

Logs = dict[str, Any] | None


class Callback:
    """Hooks around training, evaluation and prediction; subclass it and override those that are of interest.

    Attributes
    ----------
    model : Trainable
        The network.
    params : dict
        ``epochs``, ``steps`` (batches in an epoch), ``verbose``, ``metrics`` (the names in logs), ``directions`` (which way
        each should go), and, when training has come to its end undisturbed, ``completed``.
    first_epoch : int
        Where `Network.fit` is to go on, for a callback that has found a training to resume: set in ``on_train_begin``.

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

    #: The attributes that make up the state of a callback, which `BackupAndRestore` keeps: numbers, text, arrays, lists and
    #: dicts of such.
    state_names: tuple[str, ...] = ()

    #: True in a callback that is told everything after all others, wherever it stands among them.
    told_last = False

    first_epoch = 0

    #: Where the training stands; given to those that are `told_last`.
    course: Course | None = None

    model: Trainable
    params: dict[str, Any]

    def set_model(self, model: Trainable) -> None:
        """Learn which network, ``model``, is trained."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Learn how it is trained: ``params``, see above."""
        self.params = params

    def get_state(self) -> dict[str, Any] | None:
        """What the callback has noted and goes by, for a training that goes on in another process; None if nothing.

        Unless overridden, the attributes of ``state_names``.

        Returns
        -------
        dict or None
            The attributes by their names.

        Examples
        --------
        >>> class Best(Callback):
        ...     state_names = ("best",)
        ...     best = float("inf")
        ...     def on_epoch_end(self, epoch, logs=None):
        ...         self.best = min(self.best, logs["loss"])
        >>> Best().get_state()
        {'best': inf}
        """
        return {name: getattr(self, name) for name in self.state_names} or None

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take over the ``state`` that `get_state` returned: after ``on_train_begin``, before the next epoch."""
        for name in self.state_names:
            setattr(self, name, state[name])

    def on_train_begin(self, logs: Logs = None) -> None:
        """Before the first epoch; ``logs`` is empty."""

    def on_train_end(self, logs: Logs = None) -> None:
        """After the last epoch, whose results ``logs`` holds; also where training ended early, by Ctrl-C or by an error."""

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Before the first batch of an ``epoch``, counted from 0; ``logs`` is empty."""

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """After an ``epoch``, counted from 0, and its validation; ``logs`` holds their results.

        All callbacks are handed the same dict, in their order, and the history takes what it then holds.
        """

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a ``batch``, counted from 0 in each epoch; ``logs`` is empty."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a ``batch``; ``logs`` holds the means of the epoch so far."""
        self.on_batch_end(batch, logs)

    def on_test_begin(self, logs: Logs = None) -> None:
        """Before an evaluation, that of the validation data in `Network.fit` included; ``logs`` is empty."""

    def on_test_end(self, logs: Logs = None) -> None:
        """After an evaluation, also one that failed; ``logs`` holds its results."""

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a ``batch`` of an evaluation; ``logs`` is empty."""

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a ``batch`` of an evaluation; ``logs`` holds the means so far."""

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Before a prediction; ``logs`` is empty."""

    def on_predict_end(self, logs: Logs = None) -> None:
        """After a prediction, also one that failed; ``logs`` is empty."""

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a ``batch`` of a prediction; ``logs`` is empty."""

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a ``batch`` of a prediction, which ``logs`` holds as ``logs["outputs"]``."""

    def on_non_finite(self, error: NonFiniteError) -> None:
        """Where `Network.fit` met a loss or gradient that is not finite, before it raises this ``error``.

        It does not raise it if a callback sets ``model.stop_training``.
        """

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Another name of `on_train_batch_begin`, with the same ``batch`` and ``logs``."""

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Another name of `on_train_batch_end`, with the same ``batch`` and ``logs``."""


def say(text: str) -> None:
    """One line on stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
