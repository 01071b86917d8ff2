"""Callbacks: what is told about the progress of training, and may end it (``self.model.stop_training = True``)."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mlp import checks
from mlp.errors import ArgumentError, ArgumentTypeError, NonFiniteError, UnknownNameError
from mlp.names import nearest

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = [
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "TerminateOnNaN",
    "as_callbacks",
]

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


BATCH_HOOKS = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")


class CallbackList:
    """Several callbacks told together."""

    def __init__(self, callbacks: Iterable[Callback], model: Trainable, params: dict[str, Any]) -> None:
        self.callbacks = list(callbacks)
        for callback in self.callbacks:
            callback.set_model(model)
            callback.set_params(params)
        self._begun: list[Callback] = []
        #: Whether anybody overrides a hook around batches: where nobody does, batches pass untold.
        self.watches_batches = any(
            getattr(type(callback), hook, None) is not getattr(Callback, hook) or hook in vars(callback)
            for callback in self.callbacks
            for hook in BATCH_HOOKS
        )
        #: Whether anybody here could change the network, freeze a layer say, between two epochs.
        self.may_change_things = not all(
            vars(type(callback)).get("only_watches", False) for callback in self.callbacks
        )

    def on_train_begin(self) -> None:
        """Tell all."""
        for callback in self.callbacks:
            self._begun.append(callback)
            callback.on_train_begin({})

    def on_train_end(self) -> None:
        """Tell all that were told the beginning, the others also where one of them fails."""
        with contextlib.ExitStack() as stack:
            for callback in reversed(self._begun):
                stack.callback(callback.on_train_end, {})
        self._begun.clear()

    def on_epoch_begin(self, epoch: int) -> None:
        """Tell all."""
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, {})

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Tell all."""
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, dict(logs))

    def on_train_batch_begin(self, batch: int) -> None:
        """Tell all."""
        for callback in self.callbacks:
            callback.on_train_batch_begin(batch, {})

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float]) -> None:
        """Tell all."""
        for callback in self.callbacks:
            callback.on_train_batch_end(batch, dict(logs))


def say(text: str) -> None:
    """One line on stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def as_callbacks(callbacks: Any) -> list[Callback]:
    """One callback, a list of them, or None, as a list.

    Raises
    ------
    ArgumentTypeError
        If something else is among them.
    """
    listed = [] if callbacks is None else [callbacks] if isinstance(callbacks, Callback) else callbacks
    if not isinstance(listed, Iterable):
        raise ArgumentTypeError(f"callbacks must be a list of Callback objects, got {callbacks!r}")
    listed = list(listed)
    for callback in listed:
        if not isinstance(callback, Callback):
            hint = (
                "; write it with parentheses"
                if isinstance(callback, type)
                else "; LambdaCallback wraps functions"
            )
            raise ArgumentTypeError(f"callbacks must be Callback objects, got {callback!r}{hint}")
    return listed


class History(Callback):
    """The results of every epoch; `Network.fit` returns one.

    Attributes
    ----------
    epoch : list of int
        The epochs' numbers.
    history : dict of str to list of float
        A number per epoch under each name.

    Examples
    --------
    >>> history = History()
    >>> history.on_epoch_end(0, {"loss": 0.5})
    >>> history.history
    {'loss': [0.5]}
    """

    only_watches = True

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

    def __repr__(self) -> str:
        last = ", ".join(f"{name}={values[-1]:.4g}" for name, values in self.history.items())
        return f"<History of {len(self.epoch)} epochs{': ' + last if last else ''}>"


class LambdaCallback(Callback):
    """Functions as hooks.

    Parameters
    ----------
    on_epoch_begin, on_epoch_end : callable, optional
        Called with ``(epoch, logs)``.
    on_train_begin, on_train_end : callable, optional
        Called with ``(logs)``.
    on_train_batch_begin, on_train_batch_end : callable, optional
        Called with ``(batch, logs)``.

    Examples
    --------
    >>> losses = []
    >>> callback = LambdaCallback(on_epoch_end=lambda epoch, logs: losses.append(logs["loss"]))
    >>> callback.on_epoch_end(0, {"loss": 0.5})
    >>> losses
    [0.5]
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
        **hooks: Callable[..., Any],
    ) -> None:
        given = {
            "on_epoch_begin": on_epoch_begin, "on_epoch_end": on_epoch_end, "on_train_begin": on_train_begin,
            "on_train_end": on_train_end, "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end, **hooks,
        }  # fmt: skip
        known = [name for name in vars(Callback) if name.startswith("on_")]
        for name, function in given.items():
            if name not in known:
                raise ArgumentTypeError(f"LambdaCallback has no hook {name!r}{nearest(name, known)}")
            if function is not None:
                if not callable(function):
                    raise ArgumentTypeError(f"{name} must be a function, got {function!r}")
                vars(self)[name] = function


class TerminateOnNaN(Callback):
    """Ends training at a loss that is NaN or infinite, instead of the error that `Network.fit` raises.

    Parameters
    ----------
    raise_error : bool, default False
        Raise `NonFiniteError` all the same.

    Examples
    --------
    >>> TerminateOnNaN(raise_error=True).on_batch_end(3, {"loss": float("nan")})
    Traceback (most recent call last):
    mlp.errors.NonFiniteError: the loss is nan at batch 4
    """

    only_watches = True

    def __init__(self, raise_error: bool = False) -> None:
        self.raise_error = checks.flag("raise_error", raise_error)

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Look at the loss."""
        loss = (logs or {}).get("loss", 0.0)
        if not math.isfinite(loss):
            if self.raise_error:
                raise NonFiniteError(f"the loss is {loss:g} at batch {batch + 1}")
            self.model.stop_training = True


class EarlyStopping(Callback):
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
        1 says on stderr when training ends.
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
        if not isinstance(monitor, str):
            raise ArgumentTypeError(f"monitor must be a name such as 'val_loss', got {monitor!r}")
        self.monitor = monitor
        self.min_delta = abs(checks.real("min_delta", min_delta))
        self.patience = checks.integer("patience", patience, 0)
        self.verbose = checks.one_of("verbose", verbose, (0, 1))
        self.mode = checks.one_of("mode", mode, ("auto", "min", "max"))
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
        known = self.params["metrics"]
        if self.monitor not in known:
            cure = (
                "; give fit validation_data or validation_split."
                if self.monitor.startswith("val_")
                else nearest(self.monitor, known)
            )
            raise UnknownNameError(
                f"EarlyStopping: nothing is called {self.monitor!r}{cure} Known: {', '.join(known)}"
            )
        direction = {"min": "down", "max": "up"}.get(self.mode) or self.params["directions"].get(
            self.monitor.removeprefix("val_")
        )
        if direction is None:
            raise ArgumentError(f"EarlyStopping: say mode='min' or mode='max' for {self.monitor!r}")
        self._sign = 1.0 if direction == "up" else -1.0

    def _improves(self, value: float, reference: float | None) -> bool:
        return reference is None or self._sign * (value - reference) > self.min_delta

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
            self.model.set_weights(self.best_weights)
