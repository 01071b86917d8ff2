"""Looking at a network without changing it: outputs, loss and metrics, value and gradient."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from mlp import checks
from mlp.arrays import Array, as_number
from mlp.batches import Batches
from mlp.passes import Pass, state_of
from mlp.rows import require_finite
from mlp.samples import Samples

if TYPE_CHECKING:
    from mlp.metrics import Metric
    from mlp.trainable import Trainable

__all__ = ["Tally", "evaluate", "evaluate_samples", "predict", "value_and_gradient"]


class Judged(Protocol):
    """What has the outputs of a batch, for metrics."""

    @property
    def outputs(self) -> Array: ...


class Tally:
    """The running means of a loss and of metrics over the rows seen so far."""

    def __init__(self, network: Trainable) -> None:
        self.metrics: list[tuple[Metric, bool]] = network.compiled.fresh_metrics(
            network._built_shapes()[1][-1]
        )
        self.reset()

    def reset(self) -> None:
        """Forget all rows."""
        self._loss = 0.0
        self._rows = 0
        for metric, _ in self.metrics:
            metric.reset_state()

    def add(self, value: float, t: Array, judged: Judged, weight: Array | None) -> None:
        """Take in a batch: its mean loss counts by its rows."""
        rows = len(t)
        self._loss += value * rows
        self._rows += rows
        if self.metrics:
            y = judged.outputs
            for metric, weighted in self.metrics:
                metric.update_state(t, y, weight if weighted else None)

    def names(self, validated: bool = False) -> dict[str, Any]:
        """What callbacks are told: the names in logs, and which way each quantity should go."""
        names = list(self.result())
        directions = {str(metric.name): metric.direction for metric, _ in self.metrics}
        return {
            "metrics": names + [f"val_{name}" for name in names if validated],
            "directions": {"loss": "down", **directions},
        }

    def result(self) -> dict[str, float]:
        """Names and numbers, the loss first."""
        logs = {"loss": self._loss / max(1, self._rows)}
        logs.update((str(metric.name), metric.result()) for metric, _ in self.metrics)
        return logs


def predict(network: Trainable, x: Any, batch_size: int | None = None) -> Array:
    """The outputs for ``x``; see `Network.predict`."""
    rows = network.rows_in(x)
    require_finite("x", rows)
    if batch_size is None:
        # A copy, for what is handed out must share no memory with the caller's array, a weight or a layer.
        return network.shaped(network.infer(rows), len(rows)).copy()
    size = checks.integer("batch_size", batch_size)
    result = np.empty((len(rows), *network._built_shapes()[1]), network.dtype)
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        result[start : start + size] = network.shaped(network.infer(part), len(part))
    return result


def evaluate(
    network: Trainable,
    x: Any,
    y: Any,
    batch_size: int | None,
    verbose: int | str,
    sample_weight: Any,
    return_dict: bool,
) -> Any:
    """Loss and metrics; see `Network.evaluate`."""
    checks.one_of("verbose", verbose, ("auto", 0, 1, 2))
    size = None if batch_size is None else checks.integer("batch_size", batch_size)
    samples = Samples.checked(network, x, y, sample_weight)
    logs = evaluate_samples(network, samples, size)
    if verbose not in ("auto", 0):
        print(" - ".join(f"{name}: {value:.4g}" for name, value in logs.items()), file=sys.stderr)  # noqa: T201 - asked for
    return shaped_result(logs, return_dict)


def evaluate_samples(network: Trainable, samples: Samples, batch_size: int | None = None) -> dict[str, float]:
    """Names and numbers of the loss and the metrics on checked samples."""
    tally = Tally(network)
    judged = Pass(network, network.compiled.needed_loss())
    for x, t, weight in Batches((samples.x, samples.t, samples.weight), batch_size or len(samples)):
        assert x is not None and t is not None  # noqa: S101, PT018 - neither is None in Samples
        value = judged.forward(x, t, weight, training=False)
        tally.add(as_number(value), t, judged, weight)
    return tally.result()


def shaped_result(logs: dict[str, float], return_dict: bool) -> Any:
    """A dict, or a list in its order, or the loss alone where there is nothing else."""
    if checks.flag("return_dict", return_dict):
        return logs
    return list(logs.values()) if len(logs) > 1 else logs["loss"]


def value_and_gradient(
    network: Trainable, x: Any, y: Any, sample_weight: Any = None, training: bool = False
) -> tuple[Any, Array]:
    """Loss and gradient; see `Network.value_and_gradient`."""
    samples = Samples.checked(network, x, y, sample_weight)
    one = Pass(network, network.compiled.needed_loss())
    put_back = state_of(network) if checks.flag("training", training) else None
    try:
        value = one.forward(samples.x, samples.t, samples.weight, training)
        one.backward()
    finally:
        if put_back is not None:
            put_back()
    return as_number(value), network._gradient.copy()
