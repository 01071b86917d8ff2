"""Looking at a network without changing it: outputs, loss and metrics, value and gradient."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from mlp import checks
from mlp.arrays import Array, RunningSum, as_number, shown
from mlp.batches import Batches
from mlp.callbacks import CallbackList, as_callbacks
from mlp.passes import Pass, state_of
from mlp.rows import require_finite
from mlp.samples import Samples
from mlp.several import copied, joined, parts

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["Tally", "evaluate", "evaluate_samples", "predict", "value_and_gradient"]


class Judged(Protocol):
    """What has the outputs of a batch, for metrics."""

    @property
    def outputs(self) -> Any: ...

    @property
    def values(self) -> Sequence[Any]: ...


class Tally:
    """The running means of losses and of metrics over the rows seen so far."""

    def __init__(self, network: Trainable) -> None:
        self.judges = network.compiled.judges(network.output_shapes)
        self.loss_names = network.compiled.loss_names()
        self.reset()

    def reset(self) -> None:
        """Forget all rows."""
        self._loss = RunningSum()
        self._losses = [RunningSum() for _ in self.loss_names]
        self._rows = 0
        for judge in self.judges:
            judge.metric.reset_state()

    def add(self, value: float, t: Any, judged: Judged, weight: Any) -> None:
        """Take in a batch: its mean loss counts by its rows."""
        rows = len(t)
        self._loss.add(value * rows)
        self._rows += rows
        if self._losses:
            for so_far, own in zip(self._losses, judged.values, strict=True):
                so_far.add(float(own) * rows)
        if self.judges:
            targets, outputs, weights = parts(t), parts(judged.outputs), parts(weight)
            for judge in self.judges:
                i = judge.output
                own = weights[i if len(weights) > 1 else 0] if judge.weighted else None
                judge.metric.update_state(targets[i], outputs[i], own)

    def names(self, validated: bool = False) -> dict[str, Any]:
        """What callbacks are told: the names in logs, and which way each quantity should go."""
        names = list(self.result())
        directions = dict.fromkeys(("loss", *self.loss_names), "down")
        directions.update((judge.name, judge.metric.direction) for judge in self.judges)
        return {
            "metrics": names + [f"val_{name}" for name in names if validated],
            "directions": directions,
        }

    def result(self) -> dict[str, float]:
        """Names and numbers, the losses first."""
        rows = max(1, self._rows)
        logs = {"loss": self._loss.value / rows}
        logs.update((name, own.value / rows) for name, own in zip(self.loss_names, self._losses, strict=True))
        logs.update((judge.name, judge.metric.result()) for judge in self.judges)
        return logs


def predict(network: Trainable, x: Any, batch_size: int | None = None, callbacks: Any = None) -> Any:
    """The outputs for ``x``; see `Network.predict`."""
    rows = network.rows_in(x)
    require_finite("x", rows)
    size = None if batch_size is None else checks.integer("batch_size", batch_size)
    if callbacks is not None:
        told = CallbackList(as_callbacks(callbacks), model=network, **_params(len(rows), size))
        try:
            told.on_predict_begin()
            return _outputs(network, rows, size or max(1, len(rows)), told)
        finally:
            told.on_predict_end()
    if size is None:
        # A copy, for what is handed out must share no memory with the caller's array, a weight or a layer.
        return copied(network.shaped(network.infer(rows), len(rows)))
    return _outputs(network, rows, size)


def _outputs(network: Trainable, rows: Any, size: int, told: CallbackList | None = None) -> Any:
    """The outputs, computed in batches."""
    results = [np.empty((len(rows), *shape), network.dtype) for shape in network.output_shapes]
    for batch, start in enumerate(range(0, len(rows), size)):
        if told is not None:
            told.on_predict_batch_begin(batch)
        part = rows[start : start + size]
        outputs = parts(network.shaped(network.infer(part), len(part)))
        for result, y in zip(results, outputs, strict=True):
            result[start : start + size] = y
        if told is not None:
            told.on_predict_batch_end(batch, {"outputs": copied(joined(outputs))})
    return results if len(results) > 1 else results[0]


def _params(rows: int, size: int | None, verbose: int | str = 0) -> dict[str, Any]:
    """What callbacks are told of an evaluation or a prediction."""
    return {"epochs": 1, "steps": math.ceil(rows / (size or max(1, rows))), "verbose": verbose}


def evaluate(
    network: Trainable,
    x: Any,
    y: Any,
    batch_size: int | None,
    verbose: int | str,
    sample_weight: Any,
    return_dict: bool,
    callbacks: Any = None,
) -> Any:
    """Loss and metrics; see `Network.evaluate`."""
    checks.one_of("verbose", verbose, ("auto", 0, 1, 2))
    size = None if batch_size is None else checks.integer("batch_size", batch_size)
    samples = Samples.checked(network, x, y, sample_weight)
    told = None
    if callbacks is not None:
        params = {**_params(len(samples), size, verbose), **Tally(network).names()}
        told = CallbackList(as_callbacks(callbacks), model=network, **params)
    logs = evaluate_samples(network, samples, size, told)
    if verbose not in ("auto", 0):
        print(" - ".join(f"{name}: {shown(value)}" for name, value in logs.items()), file=sys.stderr)  # noqa: T201 - asked for
    return shaped_result(logs, return_dict)


def evaluate_samples(
    network: Trainable, samples: Samples, batch_size: int | None = None, told: CallbackList | None = None
) -> dict[str, float]:
    """Names and numbers of the loss and the metrics on checked samples."""
    told = told or CallbackList()
    tally = Tally(network)
    logs: dict[str, float] = {}
    try:
        told.on_test_begin()
        judged = Pass(network, network.compiled.needed_loss())
        batches = Batches((samples.x, samples.t, samples.weight), batch_size or len(samples))
        for batch, (x, t, weight) in enumerate(batches):
            assert x is not None and t is not None  # noqa: S101, PT018 - neither is None in Samples
            if told.watches_test_batches:
                told.on_test_batch_begin(batch)
            value = judged.forward(x, t, weight, training=False)
            tally.add(as_number(value), t, judged, weight)
            if told.watches_test_batches:
                told.on_test_batch_end(batch, tally.result())
        logs = tally.result()
    finally:
        told.on_test_end(logs)
    return logs


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
