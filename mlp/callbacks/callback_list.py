"""Several callbacks told together, and what may be given as callbacks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mlp.callbacks.base import Callback
from mlp.errors import ArgumentTypeError

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["CallbackList", "as_callbacks"]

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
