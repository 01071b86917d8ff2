"""Averaged weights while a network is judged."""

from __future__ import annotations

from mlp import checks
from mlp.arrays import Array
from mlp.callbacks.base import Callback, Logs
from mlp.errors import ArgumentError

__all__ = ["SwapEMAWeights"]


class SwapEMAWeights(Callback):
    """Puts the averages that an optimizer with ``use_ema=True`` keeps in the place of the weights for every evaluation.

    It works in `Network.fit`, for the validation, and in `Network.evaluate` and `Network.predict`, which are then not for several threads at once.
    Frozen weights stay as they are.

    Parameters
    ----------
    swap_on_epoch : bool, default False
        Also from the end of an epoch to the beginning of the next, for callbacks behind this one, as `ModelCheckpoint`; the
        last averages stay.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> from mlp.optimizers import SGD
    >>> net = Network([Dense(1, use_bias=False, kernel_initializer="zeros", input_dim=1)])
    >>> net.compile(SGD(0.1, use_ema=True, ema_momentum=0.5), "mse")
    >>> losses = [net.train_on_batch([[1.0]], [1.0]) for _ in range(3)]
    >>> net.predict([[1.0]]).item()
    0.488
    >>> net.predict([[1.0]], callbacks=[SwapEMAWeights()]).item()
    0.384
    """

    only_watches = True
    state_names = ("_kept",)

    def __init__(self, swap_on_epoch: bool = False) -> None:
        self.swap_on_epoch = checks.flag("swap_on_epoch", swap_on_epoch)
        self._kept: Array | None = None

    def on_train_begin(self, logs: Logs = None) -> None:
        """Refuse an optimizer without averages."""
        self._kept = None
        self._require_averages()

    def _require_averages(self) -> None:
        if not getattr(self.model.optimizer, "use_ema", False):
            raise ArgumentError("SwapEMAWeights needs an optimizer that keeps averages: use_ema=True")

    def _swap(self) -> None:
        """Averages into the network; where no step has been made, the weights are their own averages."""
        self._require_averages()
        average = self.model.optimizer.slots.get("average")
        if self._kept is None and average is not None:
            self._kept = self.model.parameters.copy()
            frozen = [(weight, weight.copy()) for weight in self.model.non_trainable_weights]
            self.model.parameters[...] = average
            for weight, kept in frozen:
                weight[...] = kept

    def _swap_back(self) -> None:
        if self._kept is not None:
            self.model.parameters[...] = self._kept
            self._kept = None

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Train the weights themselves."""
        self._swap_back()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Leave the averages for other callbacks."""
        if self.swap_on_epoch:
            self._swap()

    def on_test_begin(self, logs: Logs = None) -> None:
        """Judge the averages."""
        self._swap()

    def on_test_end(self, logs: Logs = None) -> None:
        """Put the weights back."""
        self._swap_back()

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Predict with the averages."""
        self._swap()

    def on_predict_end(self, logs: Logs = None) -> None:
        """Put the weights back."""
        self._swap_back()

    def on_train_end(self, logs: Logs = None) -> None:
        """Leave what is there: the averages, if they were put in at the end of an epoch."""
        self._kept = None
