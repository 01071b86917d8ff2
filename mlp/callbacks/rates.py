"""The learning rates that callbacks read, set and put into logs."""

from __future__ import annotations

from typing import Any

from mlp.callbacks.base import Callback
from mlp.errors import StateError

__all__ = ["log_rates", "optimizers_of", "require_settable_rates"]


def optimizers_of(callback: Callback) -> dict[str, Any]:
    """The network's optimizer under its name in logs; where it is made of several, each of them under its own."""
    optimizer = callback.model.optimizer
    inner = getattr(optimizer, "optimizers", None)
    if inner is None:
        return {"learning_rate": optimizer}
    return {f"learning_rate_{one.name}": one for one in inner}


def log_rates(callback: Callback, logs: dict[str, Any]) -> None:
    """Put the present learning rates into logs."""
    for name, optimizer in optimizers_of(callback).items():
        logs[name] = optimizer.current_rate()


def require_settable_rates(callback: Callback) -> None:
    """Refuse an optimizer whose rate is told by a schedule.

    Raises
    ------
    StateError
        If a rate is not a number.
    """
    for optimizer in optimizers_of(callback).values():
        if callable(optimizer.learning_rate):
            raise StateError(
                f"{type(callback).__name__}: the learning rate of {type(optimizer).__name__} follows "
                f"{optimizer.learning_rate!r}, so nobody else can set it; give the optimizer a number"
            )
