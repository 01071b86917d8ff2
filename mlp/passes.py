"""One batch through a network and back: value, gradient, penalties; and the same from memory.

This is the one place where a final softmax or sigmoid and its cross-entropy are joined (`_join`), and
the one place where penalties enter value and gradient (`Pass.backward`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import layers
from mlp.activations import Activation, Linear, Sigmoid, Softmax
from mlp.arrays import Array
from mlp.layers import Composite, Layer
from mlp.recording import CannotRecord, Recording, is_ours, replayable
from mlp.regularizers import Regularizer

if TYPE_CHECKING:
    from mlp.losses import Loss
    from mlp.trainable import Trainable

__all__ = ["Pass", "RecordedPass", "state_of"]

#: Which final activation makes of logits what a cross-entropy of these targets takes.
JOINED: dict[str, type[Activation]] = {"binary": Sigmoid, "one-hot": Softmax, "index": Softmax}


class Pass:
    """A running copy of a network with its loss, for one batch after another.

    Parameters
    ----------
    network : Trainable
        The network; its gradient vector is written, nothing else of it.
    loss : Loss
        The loss.
    reuse : bool, default False
        Use memory again from batch to batch, which is right where nobody else sees the results, and do
        not compute the gradient with respect to the network's input, which nobody asks for then.
    """

    def __init__(self, network: Trainable, loss: Loss, reuse: bool = False) -> None:
        self.network = network.running_copy(reuse)
        if reuse:
            _skip_input_gradient(self.network)
        self.penalties = [
            (layer._values[name], layer._gradients[name], regularizer)
            for layer, name in network._trained()
            if (regularizer := layer._specs[name].regularizer) is not None
        ]
        self.loss, self.final = _join(self.network, loss)
        self.taps: list[_Tap] = []
        _tap(self.network, self.taps)
        self._measure = self.loss.trains_by()
        self._slopes: Array | None = None
        self._rows = 0

    def forward(self, x: Array, t: Array, weight: Array | None, training: bool) -> Any:
        """The loss with its penalties."""
        y = self.network.forward(x, training)
        if self._rows != len(x):
            self._rows = len(self.network.shaped(y, len(x)))
        value, self._slopes = self._measure(t, y, weight)
        for w, _, regularizer in self.penalties:
            value = value + regularizer.value_and_gradient(w)[0]
        for tap in self.taps:
            value = value + tap.penalty
        self.last = y
        return value

    def step(self, x: Array, t: Array, weight: Array | None) -> float:
        """The loss in training; its gradient is then in the network's vector, if the loss is finite."""
        value = float(self.forward(x, t, weight, training=True))
        if math.isfinite(value):
            self.backward()
        return value

    @property
    def outputs(self) -> Array:
        """The network's outputs at the last `forward`."""
        return self.last if self.final is None else self.final.forward(self.last)

    def backward(self) -> Array:
        """Write the gradient of the last `forward`'s value into the network's gradient vector; return ``dL/dx``."""
        assert self._slopes is not None  # noqa: S101 - forward comes first in every caller
        dx = self.network.backward(self._slopes)
        for w, gradient, regularizer in self.penalties:
            gradient += regularizer.value_and_gradient(w)[1]
        return dx


class RecordedPass(Pass):
    """A pass of training that is run once, on arrays that write down what is done with them, and then from memory.

    Parameters
    ----------
    network, loss
        See `Pass`.
    x, t, weight : ndarray or None
        The first batch; all later ones are of its size.
    in_place : bool, default False
        All later ones are these very arrays, with other numbers in them.

    Raises
    ------
    CannotRecord
        If something takes part that does not make the same calls at every step.
    """

    def __init__(
        self, network: Trainable, loss: Loss, x: Array, t: Array, weight: Array | None, in_place: bool = False
    ) -> None:
        super().__init__(network, loss, reuse=True)
        if not all(map(replayable, self._parts())):
            raise CannotRecord("not everything in the network is declared to be replayable")
        self.inputs = [array if in_place else array.copy() for array in (x, t, weight) if array is not None]
        self._in_place = in_place
        self.recording = Recording()
        put_back = state_of(network)
        try:
            self._record(*map(self.recording.watch, self.inputs))
        except Exception as error:
            put_back()
            raise CannotRecord(str(error)) from error  # if it is a fault, the plain pass will show it
        self._again = self.recording.replay()
        self._has_run = True

    def _record(self, x: Array, t: Array, weight: Array | None = None) -> None:
        watch, plain = self.recording.watch, self.recording.plain
        self.penalties = [(watch(w), watch(gradient), by) for w, gradient, by in self.penalties]
        for layer in self.network.walk():
            layer._watch(self.recording)
        self.value: Array = plain(self.forward(x, t, weight, training=True))
        self.backward()
        self.last = plain(self.last)

    def step(self, x: Array, t: Array, weight: Array | None) -> float:
        """The loss; its gradient is then in the network's vector.  The first step has been made by the recording."""
        if self._has_run:
            self._has_run = False
            return float(self.value)
        if not self._in_place:
            for mine, theirs in zip(self.inputs, (x, t) if weight is None else (x, t, weight), strict=True):
                np.copyto(mine, theirs)
        self._again()
        return float(self.value)

    def is_proven(self, plain: Pass, x: Array, t: Array, weight: Array | None) -> bool:
        """Whether this is the plain pass to the last bit, on a batch that comes after the one that was recorded.

        Generators and untrained weights are put back.  This library's own classes are proven by its tests.
        """
        if all(map(is_ours, self._parts())):
            return True
        found = []
        for one in (plain, self):
            put_back = state_of(plain.network)
            found.append((one.step(x, t, weight), plain.network._gradient.copy()))
            put_back()
        (value, gradient), (own_value, own_gradient) = found
        return value == own_value and np.array_equal(gradient, own_gradient)

    def _parts(self) -> Iterator[Any]:
        """All objects whose code runs in a step."""
        yield self.loss
        yield from (regularizer for *_, regularizer in self.penalties)
        for layer in self.network.walk():
            yield layer
            yield from (part for part in vars(layer).values() if isinstance(part, Activation | Regularizer))


def _join(network: Trainable, loss: Loss) -> tuple[Loss, Activation | None]:
    """The loss and, if it is now one of logits, the activation that makes outputs of them.

    ``network`` is a running copy: its last activation is taken off, so that the loss sees logits and its
    gradient is ``p - t``, exact even where the probabilities are 0 or 1 to all digits.
    """
    last: Layer = network
    while isinstance(last, Composite) and last.is_chain:
        last = last._layers[-1]
    on_logits = loss.on_logits()
    kind = JOINED.get(loss.targets)
    if on_logits is None or kind is None or type(last) not in (layers.Dense, layers.Activation):
        return loss, None
    activation: Activation = vars(last)["activation"]
    if (
        type(activation) is not kind
        or getattr(activation, "axis", -1) != -1
        or vars(last).get("activity_regularizer")
    ):
        return loss, None
    vars(last)["activation"] = Linear()
    return on_logits, activation


class _Tap(Layer):
    """A layer whose outputs are penalised: its own result, and ``penalty = r(y) / n``."""

    replayable = True

    def __init__(self, inner: Layer, regularizer: Regularizer) -> None:
        super().__init__()
        self.inner, self.regularizer = inner, regularizer
        self.penalty: Any = 0.0

    def walk(self) -> Iterator[Layer]:
        """The layer inside too."""
        yield self
        yield from self.inner.walk()

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = inner(x)``."""
        y = self.inner.forward(x, training)
        penalty, slopes = self.regularizer.value_and_gradient(y)
        self.penalty, self._slopes = penalty / len(y), slopes / len(y)
        return y

    def backward(self, dy: Array) -> Array:
        """The gradient of the result and of the penalty together."""
        self.needs_dx = self.inner.needs_dx
        return self.inner.backward((dy + self._slopes).astype(dy.dtype, copy=False))


def _tap(composite: Composite, taps: list[_Tap]) -> None:
    """Put a `_Tap` in front of every layer of a running copy that has an ``activity_regularizer``."""
    for i, layer in enumerate(composite._layers):
        if isinstance(layer, Composite):
            _tap(layer, taps)
        regularizer = getattr(layer, "activity_regularizer", None)
        if regularizer is not None:
            tap = composite._layers[i] = _Tap(layer, regularizer)
            vars(composite).update({name: tap for name, value in vars(composite).items() if value is layer})
            taps.append(tap)


def _skip_input_gradient(composite: Composite) -> None:
    """Tell the first layer with trained weights that nobody needs its ``dx``: in large networks 15 % of a step."""
    for layer in composite._layers:
        if any(True for _ in layer._trained()):
            layer.needs_dx = False
            if isinstance(layer, Composite) and layer.is_chain:
                _skip_input_gradient(layer)
            return


def state_of(network: Trainable) -> Callable[[], None]:
    """A function that puts generators and untrained weights of a network back to what they are now."""
    weights = [(weight, weight.copy()) for weight in network.non_trainable_weights]
    own = [vars(layer).get("generator") for layer in network.walk()]
    generators = {id(g): g for g in (network.rng, *own) if g is not None}.values()
    states = [(generator, generator.bit_generator.state) for generator in generators]

    def put_back() -> None:
        for weight, before in weights:
            weight[...] = before
        for generator, state in states:
            generator.bit_generator.state = state

    return put_back
