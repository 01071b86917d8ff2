"""Functions as hooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlp.callbacks.base import Callback
from mlp.errors import ArgumentTypeError
from mlp.names import nearest

__all__ = ["LambdaCallback"]


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
    **hooks : callable
        Any other method of `Callback` by its name, with its arguments.

    Examples
    --------
    >>> losses = []
    >>> note = lambda epoch, logs: losses.append(logs["loss"])
    >>> callback = LambdaCallback(on_epoch_end=note)
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
