"""What `Network.compile` fixes: optimizer, loss and metrics."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mlp import losses, optimizers
from mlp import metrics as metrics_module
from mlp.configurable import encode
from mlp.errors import ArgumentError, ArgumentTypeError, StateError

__all__ = ["Compiled", "compile_settings"]

ACCURACY = ("accuracy", "acc")


@dataclass
class Compiled:
    """Optimizer, loss and metrics of a network.

    ``metrics`` judge rows alike, ``weighted_metrics`` use sample weights.  The strings "accuracy" and
    "acc" stay strings until the number of outputs is known.
    """

    optimizer: optimizers.Optimizer
    loss: losses.Loss | None
    metrics: list[metrics_module.Metric | str]
    weighted_metrics: list[metrics_module.Metric | str]

    def needed_loss(self) -> losses.Loss:
        """The loss.

        Raises
        ------
        StateError
            If there is none.
        """
        if self.loss is None:
            raise StateError(
                'the network was compiled without a loss: net.compile(optimizer="adam", loss="mse")'
            )
        return self.loss

    def fresh_metrics(self, outputs: int) -> list[tuple[metrics_module.Metric, bool]]:
        """New metrics, and whether each uses sample weights."""
        listed = [(m, False) for m in self.metrics] + [(m, True) for m in self.weighted_metrics]
        return [(self._fresh(metric, outputs), weighted) for metric, weighted in listed]

    def _fresh(self, metric: metrics_module.Metric | str, outputs: int) -> metrics_module.Metric:
        if isinstance(metric, str):
            return metrics_module.accuracy_for(self.loss, outputs, metric)
        twin = copy.deepcopy(metric)
        twin.reset_state()
        return twin

    def metric_names(self) -> list[str]:
        """The names under which metrics appear in logs."""
        return [_name(metric) for metric in [*self.metrics, *self.weighted_metrics]]

    def get_config(self) -> dict[str, Any]:
        """All three, as JSON can hold them; `compile_settings` takes it back."""
        return {
            name: encode(getattr(self, name)) for name in ("optimizer", "loss", "metrics", "weighted_metrics")
        }


def compile_settings(
    optimizer: Any = "rmsprop", loss: Any = None, metrics: Any = None, weighted_metrics: Any = None
) -> Compiled:
    """Names and objects resolved.

    Raises
    ------
    UnknownNameError, ArgumentTypeError, ArgumentError
        If a name is unknown, something is of the wrong kind, or two metrics have one name.
    """
    made = Compiled(
        optimizers.get(optimizer),
        None if loss is None else losses.get(loss),
        _metrics(metrics),
        _metrics(weighted_metrics),
    )
    if made.loss is not None and made.loss.reduction in ("none", None):
        raise ArgumentError("a network needs a loss that is one number, got reduction='none'")
    names = ["loss", *made.metric_names()]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ArgumentError(f"metrics must have different names, got {twice[0]!r} twice; give one a name=")
    return made


def _metrics(wanted: Any) -> list[metrics_module.Metric | str]:
    if wanted is None:
        return []
    if isinstance(wanted, dict) and "class_name" not in wanted:
        raise ArgumentTypeError("metrics must be a list of names, functions or Metric objects, got a dict")
    listed = wanted if isinstance(wanted, Sequence) and not isinstance(wanted, str) else [wanted]
    return [m if isinstance(m, str) and m in ACCURACY else metrics_module.get(m) for m in listed]


def _name(metric: metrics_module.Metric | str) -> str:
    return metric if isinstance(metric, str) else metric.name or type(metric).__name__
