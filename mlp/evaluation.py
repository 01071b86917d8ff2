"""Looking at a network without changing it: outputs, loss and metrics, value and gradient."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from mlp import checks
from mlp.arrays import Array, RunningSum, as_number, shown
from mlp.callbacks import CallbackList, as_callbacks
from mlp.errors import ArgumentError, DataError
from mlp.feeds import Feed, RowFeed, batch_rows, feed_to_learn, feed_to_predict, is_stream, out_of_data
from mlp.lazy import LazyRows
from mlp.passes import Pass, state_of
from mlp.rows import require_finite
from mlp.samples import Samples
from mlp.several import copied, joined, parts
from mlp.sparse import SparseRows

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["Tally", "evaluate", "evaluate_feed", "evaluate_samples", "predict", "value_and_gradient"]


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

    def get_state(self) -> dict[str, Any]:
        """All that it has seen."""
        return {
            "loss": self._loss,
            "losses": self._losses,
            "rows": self._rows,
            "metrics": [judge.metric.get_state() for judge in self.judges],
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self._loss, self._losses, self._rows = state["loss"], state["losses"], state["rows"]
        for judge, own in zip(self.judges, state["metrics"], strict=True):
            judge.metric.set_state(own)

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


def predict(
    network: Trainable,
    x: Any,
    batch_size: int | None = None,
    steps: int | None = None,
    callbacks: Any = None,
) -> Any:
    """The outputs for ``x``; see `Network.predict`."""
    size = None if batch_size is None else checks.integer("batch_size", batch_size)
    steps = None if steps is None else checks.integer("steps", steps)
    if is_stream(x):
        return _predict_stream(network, x, size, steps, callbacks)
    rows = network.rows_in(x, lazily=True)
    require_finite("x", rows)
    n = len(rows)
    size = batch_rows(n, size, steps, _at_a_time(rows))
    if steps is not None:
        n = _rows_of_steps(n, size, steps)
    if size >= n and callbacks is None:
        # A copy, for what is handed out must share no memory with the caller's array, a weight or a layer.
        return copied(network.shaped(network.infer(rows[:n]), n))
    results = [np.empty((n, *shape), network.dtype) for shape in network.output_shapes]
    with _told_of_prediction(network, callbacks, math.ceil(n / size)) as told:
        for batch, start in enumerate(range(0, n, size)):
            outputs = _outputs(network, rows[start : min(start + size, n)], told, batch)
            for result, y in zip(results, outputs, strict=True):
                result[start : start + size] = y
    return results if len(results) > 1 else results[0]


def _predict_stream(network: Trainable, x: Any, size: int | None, steps: int | None, callbacks: Any) -> Any:
    _refuse_size(size)
    feed = feed_to_predict(network, x, steps)
    with _told_of_prediction(network, callbacks, feed.length) as told:
        found = [_outputs(network, rows, told, batch) for batch, rows in enumerate(_batches_of(feed))]
    results = [np.concatenate(of_one) for of_one in zip(*found, strict=True)]
    return results if len(results) > 1 else results[0]


@contextlib.contextmanager
def _told_of_prediction(network: Trainable, callbacks: Any, steps: int | None) -> Iterator[CallbackList]:
    """Callbacks that hear the beginning of a prediction, and its end also where it fails."""
    told = CallbackList(as_callbacks(callbacks), model=network, epochs=1, steps=steps, verbose=0)
    try:
        told.on_predict_begin()
        yield told
    finally:
        told.on_predict_end()


def _outputs(network: Trainable, rows: Any, told: CallbackList, batch: int) -> tuple[Array, ...]:
    """The outputs of a batch."""
    told.on_predict_batch_begin(batch)
    outputs: tuple[Array, ...] = parts(network.shaped(network.infer(rows), len(rows)))
    told.on_predict_batch_end(batch, {"outputs": copied(joined(outputs))} if told.callbacks else {})
    return outputs


def _batches_of(feed: Feed) -> Iterator[Any]:
    """The batches of one epoch, of which there must be one."""
    if not feed.begin():
        raise DataError("x gives no batches; at least one is needed")
    return feed.epoch()


def _refuse_size(batch_size: int | None) -> None:
    if batch_size is not None:
        raise ArgumentError("batch_size is for arrays; the batches that x gives are taken as they are")


def _at_a_time(rows: Any) -> int:
    """How many rows are looked at together unless somebody says so: all of them, but of those in a file some."""
    return min([max(1, len(rows)), *(part.chunk for part in parts(rows) if isinstance(part, LazyRows))])


def _rows_of_steps(rows: int, size: int, steps: int) -> int:
    """How many rows are in so many batches."""
    if rows <= size * (steps - 1):
        out_of_data(f"{math.ceil(rows / size)} batches where {steps} were asked for")
    return min(rows, size * steps)


def evaluate(
    network: Trainable,
    x: Any,
    y: Any,
    batch_size: int | None,
    verbose: int | str,
    sample_weight: Any,
    steps: int | None,
    return_dict: bool,
    callbacks: Any = None,
) -> Any:
    """Loss and metrics; see `Network.evaluate`."""
    checks.one_of("verbose", verbose, ("auto", 0, 1, 2))
    size = None if batch_size is None else checks.integer("batch_size", batch_size)
    steps = None if steps is None else checks.integer("steps", steps)
    feed: Feed
    if is_stream(x):
        _refuse_size(size)
        feed = feed_to_learn(network, x, y, sample_weight, None, None, steps)
    else:
        feed = _feed_of(Samples.checked(network, x, y, sample_weight, lazily=True), size, steps)
    told = None
    if callbacks is not None:
        params = {"epochs": 1, "steps": feed.length, "verbose": verbose, **Tally(network).names()}
        told = CallbackList(as_callbacks(callbacks), model=network, **params)
    logs = evaluate_feed(network, feed, told)
    if not logs:
        raise DataError("x gives no batches; at least one is needed")
    if verbose not in ("auto", 0):
        print(" - ".join(f"{name}: {shown(value)}" for name, value in logs.items()), file=sys.stderr)  # noqa: T201 - asked for
    return shaped_result(network, logs, return_dict)


def _feed_of(samples: Samples, batch_size: int | None, steps: int | None) -> RowFeed:
    size = batch_rows(len(samples), batch_size, steps, min(_at_a_time(samples.x), _at_a_time(samples.t)))
    return RowFeed((samples.x, samples.t, samples.weight), size, steps=steps)


def evaluate_samples(
    network: Trainable,
    samples: Samples,
    batch_size: int | None = None,
    steps: int | None = None,
    told: CallbackList | None = None,
) -> dict[str, float]:
    """Names and numbers of the loss and the metrics on checked samples, or on their first ``steps`` batches."""
    return evaluate_feed(network, _feed_of(samples, batch_size, steps), told)


def evaluate_feed(network: Trainable, feed: Feed, told: CallbackList | None = None) -> dict[str, float]:
    """Names and numbers of the loss and the metrics on the batches of an epoch; none if there is no batch."""
    told = told or CallbackList()
    feed.rewind()
    if not feed.begin():
        return {}
    tally = Tally(network)
    logs: dict[str, float] = {}
    try:
        told.on_test_begin()
        judged = Pass(network, network.compiled.needed_loss())
        for batch, (x, t, weight) in enumerate(feed.epoch()):
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


def shaped_result(network: Trainable, logs: dict[str, float], return_dict: bool) -> Any:
    """A dict, or a list in its order, or the loss alone where there is nothing else.

    As in Keras, a list for several outputs has the losses first, then the metrics in the order of their names.
    """
    if checks.flag("return_dict", return_dict):
        return logs
    if len(logs) == 1:
        return logs["loss"]
    names = network.compiled.metric_names()
    ordered = sorted(names) if len(network.compiled.output_names) > 1 else names
    return [logs[name] for name in [*(name for name in logs if name not in names), *ordered]]


def value_and_gradient(
    network: Trainable, x: Any, y: Any, sample_weight: Any = None, training: bool = False
) -> tuple[Any, Array]:
    """Loss and gradient; see `Network.value_and_gradient`."""
    samples = Samples.checked(network, x, y, sample_weight)
    one = Pass(network, network.compiled.needed_loss(), reuse=_is_wide(samples.x))
    put_back = state_of(network) if checks.flag("training", training) else None
    try:
        value = one.forward(samples.x, samples.t, samples.weight, training)
        one.backward()
    finally:
        if put_back is not None:
            put_back()
    return as_number(value), network._gradient.copy()


def _is_wide(x: Any) -> bool:
    """Whether there are sparse rows, for which ``dL/dx`` would be an array of a size that nobody would have asked for."""
    return type(x) is not np.ndarray and any(isinstance(part, SparseRows) for part in parts(x))
