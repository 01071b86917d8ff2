"""An end instead of an error, where the loss is not finite."""

from __future__ import annotations

import math

from mlp import checks
from mlp.callbacks.base import Callback, Logs
from mlp.errors import NonFiniteError

__all__ = ["TerminateOnNaN"]


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
