"""Several callbacks told together, and what may be given as callbacks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mlp.callbacks.base import Callback, Logs
from mlp.callbacks.course import Course
from mlp.callbacks.history import History
from mlp.callbacks.progress import ProgbarLogger
from mlp.errors import ArgumentTypeError

if TYPE_CHECKING:
    from mlp.errors import NonFiniteError
    from mlp.trainable import Trainable

__all__ = ["CallbackList", "as_callbacks"]

#: The hooks at the beginning and the end of a whole.  Names made anew at each call would stay in Python's caches.
ENDS = {what: (f"on_{what}_begin", f"on_{what}_end") for what in ("train", "test", "predict")}

BATCH_HOOKS = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")
TEST_BATCH_HOOKS = ("on_test_batch_begin", "on_test_batch_end")


class CallbackList(Callback):
    """Several callbacks told together, for a training loop of one's own.

    Parameters
    ----------
    callbacks : list of Callback, optional
        They are told in this order, but for those that are ``told_last``.
    add_history, add_progbar : bool, default False
        Put a `History` and a `ProgbarLogger` behind them, unless they hold one.
    model : Trainable, optional
        The network.
    **params
        What callbacks find as ``params``.

    Examples
    --------
    >>> told = CallbackList([History()], epochs=1)
    >>> told.on_train_begin()
    >>> told.on_epoch_end(0, {"loss": 0.5})
    >>> told.callbacks[0].history
    {'loss': [0.5]}
    """

    course: Course

    def __init__(
        self,
        callbacks: Iterable[Callback] | Callback | None = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Trainable | None = None,
        **params: Any,
    ) -> None:
        self.callbacks = as_callbacks(callbacks)
        for kind, wanted in ((History, add_history), (ProgbarLogger, add_progbar)):
            if wanted and not any(isinstance(callback, kind) for callback in self.callbacks):
                self.callbacks.append(kind())
        self.callbacks.sort(key=lambda callback: callback.told_last)
        self.course = Course(self.callbacks)
        for callback in self.callbacks:
            if callback.told_last:
                callback.course = self.course
        self._begun: dict[str, list[Callback]] = {what: [] for what in ENDS}
        self._last: Logs = None
        self._of_batches = self._overriding(BATCH_HOOKS)
        #: Whether anybody overrides a hook around batches: where nobody does, batches pass untold.
        self.watches_batches = bool(self._of_batches)
        self.watches_test_batches = bool(self._overriding(TEST_BATCH_HOOKS))
        #: Whether anybody here could change the network, freeze a layer say, between two epochs.
        self.may_change_things = not all(
            vars(type(callback)).get("only_watches", False) for callback in self.callbacks
        )
        if model is not None:
            self.set_model(model)
        self.set_params(params)

    def _overriding(self, hooks: tuple[str, ...]) -> list[Callback]:
        return [
            callback
            for callback in self.callbacks
            if any(
                getattr(type(callback), hook) is not getattr(Callback, hook) or hook in vars(callback)
                for hook in hooks
            )
        ]

    @property
    def resumed_epoch(self) -> int:
        """The epoch from which a callback wants training to go on, or 0."""
        return max((callback.first_epoch for callback in self.callbacks), default=0)

    def set_model(self, model: Trainable) -> None:
        """Tell all."""
        super().set_model(model)
        for callback in self.callbacks:
            callback.set_model(model)

    def set_params(self, params: dict[str, Any]) -> None:
        """Tell all."""
        super().set_params(params)
        for callback in self.callbacks:
            callback.set_params(params)

    def _begin(self, what: str) -> None:
        for callback in self.callbacks:
            self._begun[what].append(callback)
            getattr(callback, ENDS[what][0])({})

    def _end(self, what: str, logs: Logs) -> None:
        """Tell all that were told the beginning, the others also where one of them fails."""
        with contextlib.ExitStack() as stack:
            for callback in reversed(self._begun[what]):
                stack.callback(self._tell_end, callback, what, dict(logs or {}))
        self._begun[what].clear()

    def _tell_end(self, callback: Callback, what: str, logs: dict[str, Any]) -> None:
        try:
            getattr(callback, ENDS[what][1])(logs)
        except BaseException:
            self.params.pop("completed", None)
            raise

    def on_train_begin(self, logs: Logs = None) -> None:
        """Tell all."""
        self._last = None
        self._begin("train")

    def on_train_end(self, logs: Logs = None) -> None:
        """Tell all that were told the beginning, with the results of the last epoch."""
        self._end("train", logs or self._last)

    def on_test_begin(self, logs: Logs = None) -> None:
        """Tell all."""
        self._begin("test")

    def on_test_end(self, logs: Logs = None) -> None:
        """Tell all that were told the beginning."""
        self._end("test", logs)

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Tell all."""
        self._begin("predict")

    def on_predict_end(self, logs: Logs = None) -> None:
        """Tell all that were told the beginning."""
        self._end("predict", logs)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Tell all."""
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, {})

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Tell all, handing on one dict: what one callback adds, the next ones see."""
        self._last, shared = logs, dict(logs or {})
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, shared)

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Tell all that have something to do then."""
        for callback in self._of_batches:
            callback.on_train_batch_begin(batch, {})

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Tell all that have something to do then."""
        for callback in self._of_batches:
            callback.on_train_batch_end(batch, dict(logs or {}))

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Tell all."""
        for callback in self.callbacks:
            callback.on_test_batch_begin(batch, {})

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Tell all."""
        for callback in self.callbacks:
            callback.on_test_batch_end(batch, dict(logs or {}))

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Tell all."""
        for callback in self.callbacks:
            callback.on_predict_batch_begin(batch, {})

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Tell all."""
        for callback in self.callbacks:
            callback.on_predict_batch_end(batch, dict(logs or {}))

    def on_non_finite(self, error: NonFiniteError) -> None:
        """Tell all."""
        for callback in self.callbacks:
            callback.on_non_finite(error)


def as_callbacks(callbacks: Any) -> list[Callback]:
    """One callback, a list of them, or None, as a list.

    Parameters
    ----------
    callbacks : Callback, iterable of Callback, or None
        What `Network.fit` was given.

    Returns
    -------
    list of Callback
        A new list.

    Raises
    ------
    ArgumentTypeError
        If something else is among them.

    Examples
    --------
    >>> from mlp.callbacks import TerminateOnNaN
    >>> as_callbacks(None), len(as_callbacks(TerminateOnNaN()))
    ([], 1)
    """
    if isinstance(callbacks, CallbackList):
        return list(callbacks.callbacks)
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
