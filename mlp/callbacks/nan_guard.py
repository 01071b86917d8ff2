"""Where the first NaN arose, and the weights from before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import all_finite
from mlp.callbacks.base import Logs, say
from mlp.callbacks.periodic import Periodic
from mlp.errors import NonFiniteError

__all__ = ["NanGuard", "NanReport"]


@dataclass(frozen=True)
class NanReport:
    """What `NanGuard` found.

    Attributes
    ----------
    layer : str or None
        The layer where the first number arose that is not finite; None if every layer's are.
    array : str
        ``"output"``, ``"gradient of kernel"``, the name of a weight, or ``"loss"``.
    epoch, batch : int
        When, counted from 0.
    loss : float
        The loss of that batch.
    kept : (int, int or None) or None
        Epoch and batch after which the weights were kept that are now the network's; the batch is None for the end of an
        epoch, and ``kept`` for the weights from before the training.

    Examples
    --------
    >>> report = NanReport(None, "loss", 1, 0, float("inf"), (0, None))
    >>> print(report)
    Epoch 2, batch 1: the loss is not finite (loss inf); the weights are those from after epoch 1
    """

    layer: str | None
    array: str
    epoch: int
    batch: int
    loss: float
    kept: tuple[int, int | None] | None

    def __str__(self) -> str:
        place = self.array if self.layer is None else f"{self.array} of {self.layer}"
        if self.kept is None:
            since = "before the training"
        else:
            epoch, batch = self.kept
            since = f"after epoch {epoch + 1}" + ("" if batch is None else f", batch {batch + 1}")
        return (
            f"Epoch {self.epoch + 1}, batch {self.batch + 1}: the {place} is not finite (loss {self.loss:g}); "
            f"the weights are those from {since}"
        )


class NanGuard(Periodic):
    """At a loss or gradient that is not finite: reports where it arose, and puts the last good weights back.

    With the weights goes the optimizer's state, but for the learning rate, so that training can go on.

    Parameters
    ----------
    raise_error : bool, default False
        Let `Network.fit` raise its `NonFiniteError` all the same, instead of ending training.
    save_freq : "epoch" or int, default "epoch"
        Keep weights after every epoch, or after so many batches.
    verbose : int, default 0
        1 says the report on stderr.

    Attributes
    ----------
    report : NanReport or None
        What was found in the last training.

    Examples
    --------
    >>> from mlp import Network, optimizers
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, kernel_initializer="ones", input_dim=1)])
    >>> net.compile(optimizers.SGD(1e200), "mse")
    >>> guard = NanGuard()
    >>> history = net.fit([[1.0]], [2.0], epochs=5, callbacks=[guard], verbose=0)
    >>> print(guard.report)
    Epoch 2, batch 1: the loss is not finite (loss inf); the weights are those from after epoch 1
    """

    only_watches = True
    state_names = (*Periodic.state_names, "_weights", "_optimizer_state", "_when")

    def __init__(self, raise_error: bool = False, save_freq: int | str = "epoch", verbose: int = 0) -> None:
        super().__init__(save_freq)
        self.raise_error = checks.flag("raise_error", raise_error)
        self.verbose = checks.one_of("verbose", verbose, (0, 1))
        self.report: NanReport | None = None
        self._forget()

    def _forget(self) -> None:
        self._weights: list[Any] | None = None
        self._optimizer_state: dict[str, Any] = {}
        self._when: tuple[int, int | None] | None = None

    def get_state(self) -> dict[str, Any]:
        """The weights that are kept, and the report."""
        return {**(super().get_state() or {}), "report": None if self.report is None else vars(self.report)}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take over what `get_state` returned."""
        super().set_state(state)
        self.report = None if state["report"] is None else NanReport(**state["report"])

    def on_train_begin(self, logs: Logs = None) -> None:
        """Keep the weights that there are."""
        self.report = None
        self._forget()
        self._keep(None)

    def save(self, epoch: int, batch: int | None, logs: dict[str, Any]) -> None:
        """Keep the weights, if they are good."""
        self._keep((epoch, batch))

    def _keep(self, when: tuple[int, int | None] | None) -> None:
        state = self.model.optimizer.get_state()
        weights = self.model.get_weights()
        if all(map(np.all, map(np.isfinite, weights))) and all(map(all_finite, state["slots"].values())):
            self._weights, self._optimizer_state, self._when = weights, {**state, "learning_rate": None}, when

    def on_non_finite(self, error: NonFiniteError) -> None:
        """Report, put the weights back, and end training."""
        if self._weights is not None:
            self.model.set_weights(self._weights)
            self.model.optimizer.set_state(self._optimizer_state)
        assert error.array is not None and error.epoch is not None and error.batch is not None  # noqa: S101, PT018 - fit says when
        assert error.loss is not None  # noqa: S101 - likewise
        self.report = NanReport(error.layer, error.array, error.epoch, error.batch, error.loss, self._when)
        if self.verbose:
            say(str(self.report))
        if not self.raise_error:
            self.model.stop_training = True

    def on_train_end(self, logs: Logs = None) -> None:
        """Let go of the weights that were kept."""
        self._forget()
