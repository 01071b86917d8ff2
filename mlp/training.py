"""Training by batches: `fit`, and one step of it by itself.

A step is: forward, loss, backward, optimizer.  The loop sees a network through its parameters, its
gradient, forward and backward; it knows no layer by name.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import cautions, checks
from mlp.arrays import all_finite
from mlp.callbacks import CallbackList, History, as_callbacks
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, NonFiniteError
from mlp.evaluation import Tally, evaluate_feed, evaluate_samples, shaped_result
from mlp.feeds import Feed, RowFeed, batch_rows, feed_to_learn, is_stream, out_of_data
from mlp.interrupt import Interrupt
from mlp.optimizers.plan import pieces_of
from mlp.passes import Pass, RecordedPass, state_of
from mlp.recording import CannotRecord
from mlp.samples import Samples
from mlp.several import parts
from mlp.split import as_split

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["fit", "train_on_batch"]

#: A pass is recorded after so many steps, for a recording costs what it saves in some fifty.
PLAIN_STEPS = 16


@dataclass
class _Young:
    """A pass that has not yet found its final form."""

    plain: Pass
    recorded: RecordedPass | None = None
    steps: int = 0
    x: Any = None


class Trainer:
    """Makes training steps on one network, using memory again from step to step.

    Parameters
    ----------
    network : Trainable
        The network.
    records : bool, default True
        Run steps from memory after a while; not where somebody may change something between two steps, and not where
        batches are of many forms.
    """

    def __init__(self, network: Trainable, records: bool = True) -> None:
        self.network, self.records = network, records
        self.loss = network.compiled.needed_loss()
        self.optimizer = network.compiled.optimizer
        self.renew()

    def renew(self) -> None:
        """See what has been changed since: frozen layers, constraints, attributes of layers."""
        network = self.network
        trained = {(id(layer), name) for layer, name in network._trained()}
        in_vector = [(layer, name) for layer, name in network.named_weights() if layer._specs[name].trainable]
        self._frozen = [
            (layer._values[name], layer._gradients[name], np.empty_like(layer._values[name]))
            for layer, name in in_vector
            if (id(layer), name) not in trained
        ]
        self._constrained = [
            (layer._values[name], constraint)
            for layer, name in network._trained()
            if (constraint := layer._specs[name].constraint) is not None
        ]
        self._restrained = bool(self._frozen or self._constrained)
        self._parameters, self._gradient = network._parameters, network._gradient
        self.optimizer.pieces = pieces_of(network.learning_pieces())
        step = functools.partial(self.optimizer.step, self._parameters, self._gradient)
        scales = self.optimizer.loss_scale_factor is not None
        self._move: Callable[[], None] = self._scaled_move if scales else step
        self._passes: dict[int, Pass] = {}
        self._young: dict[int, _Young] = {}

    def step(self, x: Any, t: Any, weight: Any) -> tuple[float, Pass, bool]:
        """Loss of a batch before the step, the pass that computed it, and whether loss and gradient were finite.

        If they were not, there was no step.
        """
        one = self._passes.get(len(x)) or self._new_pass(x, t, weight)
        value = one.step(x, t, weight)
        return value, one, math.isfinite(value) and self.move()

    def move(self) -> bool:
        """The optimizer's step along the gradient, where that is finite; False if there was none."""
        if self._restrained:
            return self._restrained_move()
        finite = all_finite(self._gradient)
        if finite:
            self._move()
        return finite

    def _new_pass(self, x: Any, t: Any, weight: Any) -> Pass:
        """The pass for batches of this size: a plain one for some steps, then one that runs from memory, if it can.

        At the first step with it the pass is recorded, and before the second it is proven.
        """
        n = len(x)
        young = self._young.get(n) or self._young.setdefault(
            n, _Young(Pass(self.network, self.loss, reuse=True))
        )
        young.steps += 1
        if young.steps <= PLAIN_STEPS or not self.records:
            young.x = x
            return young.plain
        if young.recorded is None:
            with contextlib.suppress(CannotRecord):
                # Where each batch is gathered into the memory of the one before, it need not be copied again.
                in_place = x is young.x
                young.recorded = RecordedPass(self.network, self.loss, x, t, weight, in_place)
                return young.recorded
            one = young.plain
        else:
            one = young.recorded if young.recorded.is_proven(young.plain, x, t, weight) else young.plain
        self._passes[n] = one
        if self._move != self._scaled_move:  # of which nothing could be made from memory
            self._move = self._recorded_move
        return one

    def _scaled_move(self) -> None:
        """A step with the gradient of the scaled loss, which is the loss's times the same factor."""
        self.optimizer.step(self._parameters, self.optimizer.scale_loss(self._gradient))

    def _recorded_move(self) -> None:
        """A step of the optimizer, after which it makes the next ones from memory."""
        self._move = self.optimizer.recorded_step(self._parameters, self._gradient)

    def _restrained_move(self) -> bool:
        """The optimizer's step where something is frozen or constrained; False if there was none."""
        for _, gradient, _ in self._frozen:
            gradient.fill(0)
        if not all_finite(self._gradient):
            return False
        for w, _, kept in self._frozen:
            np.copyto(kept, w)
        self._move()
        for w, _, kept in self._frozen:
            np.copyto(w, kept)  # momentum and weight decay move it even where the gradient is zero
        for w, constraint in self._constrained:
            w[...] = constraint.project(w)
        return True

    def finish(self) -> None:
        """What the optimizer does with the parameters at the end of training; frozen ones stay."""
        frozen = [(w, w.copy()) for w, _, _ in self._frozen]
        self.optimizer.finalize_variable_values(self._parameters)
        for w, kept in frozen:
            np.copyto(w, kept)

    def complaint(
        self, x: Any, value: float, epoch: int | None = None, batch: int | None = None
    ) -> NonFiniteError:
        """The error for a step that was not made, naming the layer where it began."""
        place = _first_non_finite(self.network, x, math.isfinite(value))
        where = (
            "train_on_batch" if epoch is None or batch is None else f"epoch {epoch + 1}, batch {batch + 1}"
        )
        what = "the loss" if place is None else f"the {place[1]} of {place[0]}"
        error = NonFiniteError(
            f"{where}: {what} is not finite (loss {value:g}); the weights are those before this step. "
            "Try a smaller learning rate, or scale the data"
        )
        error.layer, error.array = place or (None, "loss")
        error.epoch, error.batch, error.loss = epoch, batch, value
        return error


def _first_non_finite(network: Trainable, x: Any, in_gradient: bool) -> tuple[str, str] | None:
    """Layer and array, in the order in which they are computed."""
    for layer, y in network.each_output(x):
        for owner, name in layer.named_weights():
            if owner._specs[name].trainable and not np.isfinite(owner._values[name]).all():
                return owner._label[:-2], name
        if not all(np.isfinite(part).all() for part in parts(y)):
            return layer._label[:-2], "output"
    for layer, name in reversed(network.named_weights() if in_gradient else []):
        if name in layer._gradients and not np.isfinite(layer._gradients[name]).all():
            return layer._label[:-2], f"gradient of {name}"
    return None


def fit(
    network: Trainable,
    x: Any = None,
    y: Any = None,
    batch_size: int | None = None,
    epochs: int = 1,
    verbose: int | str = "auto",
    callbacks: Any = None,
    validation_split: Any = 0.0,
    validation_data: Any = None,
    shuffle: bool = True,
    class_weight: Mapping[int, float] | None = None,
    sample_weight: Any = None,
    initial_epoch: int = 0,
    steps_per_epoch: int | None = None,
    validation_steps: int | None = None,
    validation_batch_size: int | None = None,
    validation_freq: int | Collection[int] = 1,
) -> History:
    """Train; see `Network.fit`."""
    size, steps = _optional("batch_size", batch_size), _optional("steps_per_epoch", steps_per_epoch)
    judged_size = _optional("validation_batch_size", validation_batch_size)
    judged_steps = _optional("validation_steps", validation_steps)
    epochs = checks.integer("epochs", epochs, 0)
    initial_epoch = checks.integer("initial_epoch", initial_epoch, 0)
    judged_epochs = _epochs_to_judge(validation_freq, initial_epoch, epochs)
    rng = network.rng if checks.flag("shuffle", shuffle) else None
    checks.one_of("verbose", verbose, ("auto", 0, 1, 2))
    split = as_split(validation_split)
    held_out: Callable[..., dict[str, float]] | None = None
    judged_feed: Feed | None = None
    if validation_data is not None:
        held_out, judged_feed = _held_out(
            network, validation_data, size, judged_size, judged_steps, len(judged_epochs)
        )
    feed: Feed
    if is_stream(x):
        if split is not None and held_out is None:
            raise ArgumentError("validation_split is for arrays; x gives batches: use validation_data")
        if size is not None:
            raise ArgumentError("batch_size is for arrays; the batches that x gives are taken as they are")
        feed = feed_to_learn(network, x, y, sample_weight, class_weight, rng, steps)
    else:
        samples = Samples.checked(network, x, y, sample_weight, class_weight, lazily=True)
        cautions.of_data(network, samples.x)
        if split is not None and held_out is None:
            trained, judged = split.rows(samples.t, network.rng)
            samples, rest = samples.subset(trained), samples.subset(judged)
            split.warn_of_one_class(network, samples, rest)
            held_out = functools.partial(evaluate_samples, network, rest, judged_size, judged_steps)
        arrays = (samples.x, samples.t, samples.training_weight)
        feed = RowFeed(arrays, batch_rows(len(samples), size, steps, 32), rng, steps)

    history = History()
    listed = [*as_callbacks(callbacks), history]
    tally = Tally(network)
    params = {
        "epochs": epochs,
        "steps": feed.length,
        "verbose": verbose,
        **tally.names(validated=held_out is not None),
    }
    told = CallbackList(listed, add_progbar=True, model=network, **params)
    told.course.follow(tally, *(one for one in (feed, judged_feed) if one is not None))
    if initial_epoch < epochs and (is_stream(x) or steps is not None):
        _require_a_batch(network, feed)
    with Interrupt() as interrupt, np.errstate(all="ignore"):  # what is not finite is looked for, and named
        try:
            network.stop_training = False
            told.on_train_begin()
            network.history = history
            trainer = Trainer(network, feed.alike and not (told.watches_batches and told.may_change_things))
            for epoch in range(max(initial_epoch, told.resumed_epoch), epochs):
                if not feed.begin():
                    out_of_data(f"{epoch - initial_epoch} epochs of {epochs - initial_epoch}")
                    break
                told.on_epoch_begin(epoch)
                _epoch(trainer, feed, tally, told, interrupt, epoch)
                interrupt.take_effect()
                logs = tally.result()
                if held_out is not None and epoch in judged_epochs:
                    validated = held_out(told=told)
                    if not validated:
                        out_of_data(f"there was none left to validate on after epoch {epoch + 1}")
                    logs.update({f"val_{name}": value for name, value in validated.items()})
                told.on_epoch_end(epoch, logs)
                interrupt.take_effect()
                if network.stop_training:
                    break
            if initial_epoch < epochs:
                trainer.finish()
            told.params["completed"] = True
        finally:
            told.on_train_end()
    return history


def _epoch(
    trainer: Trainer, feed: Feed, tally: Tally, told: CallbackList, interrupt: Interrupt, epoch: int
) -> None:
    """All batches of an epoch."""
    network, watched = trainer.network, told.watches_batches
    if told.may_change_things:
        trainer.renew()
    done, told.course.done = told.course.done, 0
    if not done:
        tally.reset()
    for batch, (x, t, weight) in enumerate(feed.epoch(done), done):
        if watched:
            told.on_train_batch_begin(batch)
        value, one, finite = trainer.step(x, t, weight)
        tally.add(value, t, one, weight)
        complaint = None if finite else trainer.complaint(x, value, epoch, batch)
        if complaint is not None:
            told.on_non_finite(complaint)
        if watched:
            told.on_train_batch_end(batch, tally.result() if finite else {**tally.result(), "loss": value})
        if complaint is not None and not network.stop_training:
            raise complaint
        if interrupt.requested or network.stop_training or not finite:
            break


def _optional(name: str, value: Any) -> int | None:
    return None if value is None else checks.integer(name, value)


def _epochs_to_judge(validation_freq: Any, first: int, last: int) -> list[int]:
    """The epochs after which there is a validation: every so many, or those of a list, which counts from 1."""
    if isinstance(validation_freq, Collection) and not isinstance(validation_freq, str | bytes):
        listed = {checks.integer("an epoch in validation_freq", epoch) for epoch in validation_freq}
        return [epoch for epoch in range(first, last) if epoch + 1 in listed]
    every = checks.integer("validation_freq", validation_freq)
    return [epoch for epoch in range(first, last) if (epoch + 1) % every == 0]


def _require_a_batch(network: Trainable, feed: Feed) -> None:
    """Look at the first batch before anything is changed."""
    put_back = state_of(network)
    try:
        if not feed.begin():
            raise DataError("x gives no batches; at least one is needed")
    except BaseException:
        put_back()
        raise


def _held_out(
    network: Trainable, data: Any, size: int | None, judged_size: int | None, steps: int | None, times: int
) -> tuple[Callable[..., dict[str, float]], Feed | None]:
    """What validates, on data in any form, and what gives its batches, where somebody else makes them."""
    if is_stream(data):
        feed = feed_to_learn(network, data, None, None, None, None, steps, "validation_data: ")
        if feed.gone_through_once and steps is None and times > 1:
            raise ArgumentError(
                "validation_data is an iterator, which can be gone through once: give validation_steps, or a sequence "
                "of batches"
            )
        return functools.partial(evaluate_feed, network, feed), feed
    if not isinstance(data, list | tuple) or len(data) not in (2, 3):
        raise ArgumentTypeError(
            "validation_data must be (x, y) or (x, y, sample_weight), or give such batches"
        )
    x, y, weight = (*data, None)[:3]
    samples = Samples.checked(network, x, y, weight, prefix="validation_data: ", lazily=True)
    judged_size = judged_size or (size if steps else None)
    return functools.partial(evaluate_samples, network, samples, judged_size, steps), None


def train_on_batch(
    network: Trainable,
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    class_weight: Mapping[int, float] | None = None,
    return_dict: bool = False,
) -> Any:
    """One step; see `Network.train_on_batch`."""
    checks.flag("return_dict", return_dict)
    samples = Samples.checked(network, x, y, sample_weight, class_weight)
    tally, trainer = Tally(network), Trainer(network)
    with np.errstate(all="ignore"):
        value, one, finite = trainer.step(samples.x, samples.t, samples.training_weight)
        if not finite:
            raise trainer.complaint(samples.x, value)
    tally.add(value, samples.t, one, samples.training_weight)
    return shaped_result(network, tally.result(), return_dict)
