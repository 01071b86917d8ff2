"""One batch through a network and back: value, gradient, penalties; and the same from memory.

This is the one place where a final softmax or sigmoid and its cross-entropy are joined (`_join`), and
the one place where penalties enter value and gradient (`Pass.backward`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import layers
from mlp.activations import Activation, Linear, Sigmoid, Softmax
from mlp.arrays import Array
from mlp.joint import JointLoss, losses_of
from mlp.layers import Composite, Layer
from mlp.layers.again import Again, own_layer
from mlp.recording import CannotRecord, Recording, is_ours, replayable
from mlp.regularizers import Regularizer
from mlp.several import joined, like, parts

if TYPE_CHECKING:
    from mlp.losses import Loss
    from mlp.trainable import Trainable

__all__ = ["Pass", "RecordedPass", "Tap", "state_of"]

#: Which final activation makes of logits what a cross-entropy of these targets takes.
JOINED: dict[str, type[Activation]] = {"binary": Sigmoid, "one-hot": Softmax, "index": Softmax}

#: Layers that end in ``self.activation``.
ENDS = (layers.Dense, layers.Activation, layers.Softmax)


class Pass:
    """A running copy of a network with its loss, for one batch after another.

    Parameters
    ----------
    network : Trainable
        The network; its gradient vector is written, nothing else of it.
    loss : Loss or JointLoss
        The loss.
    reuse : bool, default False
        Use memory again from batch to batch, which is right where nobody else sees the results, and do
        not compute the gradient with respect to the network's input, which nobody asks for then.
    """

    def __init__(self, network: Trainable, loss: Any, reuse: bool = False) -> None:
        self.network = network.running_copy(reuse)
        if reuse:
            _skip_input_gradient(self.network)
        self.penalties = [
            (layer._values[name], layer._gradients[name], regularizer)
            for layer, name in network._trained()
            if (regularizer := layer._specs[name].regularizer) is not None
        ]
        self.loss, self.finals = _joined(self.network, loss)
        self.taps: list[Tap] = []
        _tap(self.network, self.taps)
        self._measure = self.loss.trains_by()
        self._slopes: Any = None
        self._rows = 0

    def forward(self, x: Any, t: Any, weight: Any, training: bool) -> Any:
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

    def step(self, x: Any, t: Any, weight: Any) -> float:
        """The loss in training; its gradient is then in the network's vector, if the loss is finite."""
        value = float(self.forward(x, t, weight, training=True))
        if math.isfinite(value):
            self.backward()
        return value

    @property
    def outputs(self) -> Any:
        """The network's outputs at the last `forward`."""
        pairs = zip(parts(self.last), self.finals, strict=True)
        return joined(y if final is None else final.forward(y) for y, final in pairs)

    @property
    def values(self) -> Sequence[Any]:
        """The losses of several outputs at the last `forward`, each by itself."""
        return self.loss.values if isinstance(self.loss, JointLoss) else ()

    def backward(self) -> Any:
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
        self, network: Trainable, loss: Any, x: Any, t: Any, weight: Any, in_place: bool = False
    ) -> None:
        super().__init__(network, loss, reuse=True)
        if not all(map(replayable, self._parts())):
            raise CannotRecord("not everything in the network is declared to be replayable")
        given = [value for value in (x, t, weight) if value is not None]
        self.inputs = [array if in_place else array.copy() for value in given for array in parts(value)]
        self._in_place = in_place
        self.recording = Recording()
        put_back = state_of(network)
        try:
            watched = map(self.recording.watch, self.inputs)
            self._record(*(like(value, watched) for value in given))
        except Exception as error:
            put_back()
            raise CannotRecord(str(error)) from error  # if it is a fault, the plain pass will show it
        self._again = self.recording.replay()
        self._has_run = True

    def _record(self, x: Any, t: Any, weight: Any = None) -> None:
        watch, plain = self.recording.watch, self.recording.plain
        self.penalties = [(watch(w), watch(gradient), by) for w, gradient, by in self.penalties]
        for layer in self.network.walk():
            layer._watch(self.recording)
        self.value: Array = plain(self.forward(x, t, weight, training=True))
        self.backward()
        self.last = plain(self.last)
        if isinstance(self.loss, JointLoss):
            self.loss.values = [plain(value) for value in self.loss.values]

    def step(self, x: Any, t: Any, weight: Any) -> float:
        """The loss; its gradient is then in the network's vector.  The first step has been made by the recording."""
        if self._has_run:
            self._has_run = False
            return float(self.value)
        if not self._in_place:
            self._take_over(x, t, weight)
        self._again()
        return float(self.value)

    def _take_over(self, x: Any, t: Any, weight: Any) -> None:
        """The numbers of a batch into the memory of the first one."""
        mine = self.inputs
        if type(x) is type(t) is np.ndarray:  # as nearly always, and each step does it
            np.copyto(mine[0], x)
            np.copyto(mine[1], t)
            if weight is not None:
                np.copyto(mine[2], weight)
            return
        theirs = (array for value in (x, t, weight) if value is not None for array in parts(value))
        for own, their in zip(mine, theirs, strict=True):
            np.copyto(own, their)

    def is_proven(self, plain: Pass, x: Any, t: Any, weight: Any) -> bool:
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
        yield from (loss for loss in losses_of(self.loss) if loss is not None)
        yield from (regularizer for *_, regularizer in self.penalties)
        for layer in self.network.walk():
            yield layer
            yield from (part for part in vars(layer).values() if isinstance(part, Activation | Regularizer))


def _joined(network: Trainable, loss: Loss | JointLoss) -> tuple[Any, list[Activation | None]]:
    """The loss, and for each output the activation that makes outputs of the logits that the loss is now one of."""
    lasts = network.last_layers()
    joins = [_join(last, own) for last, own in zip(lasts, losses_of(loss), strict=True)]
    if not isinstance(loss, JointLoss):
        return joins[0][0], [joins[0][1]]
    return JointLoss([own for own, _ in joins], loss.weights), [final for _, final in joins]


def _join(last: Layer | None, loss: Loss | None) -> tuple[Loss | None, Activation | None]:
    """The loss and, if it is now one of logits, the activation that makes outputs of them.

    ``last`` is the layer of a running copy that makes the output, if it makes nothing else: its activation is taken
    off, so that the loss sees logits and its gradient is ``p - t``, exact even where the probabilities are 0 or 1 to
    all digits.
    """
    while isinstance(last, Composite) and last.is_chain:
        last = last._layers[-1]
    on_logits = None if loss is None else loss.on_logits()
    if loss is None or on_logits is None or type(last) not in ENDS:
        return loss, None
    kind = JOINED.get(loss.targets)
    activation: Activation = vars(last)["activation"]
    if (
        kind is None
        or type(activation) is not kind
        or getattr(activation, "axis", -1) != -1
        or vars(last).get("activity_regularizer")
    ):
        return loss, None
    vars(last)["activation"] = Linear()
    return on_logits, activation


class Tap(Layer):
    """A layer whose outputs are penalised: its own result, and ``penalty = r(y) / n``."""

    replayable = True

    def __init__(self, inner: Layer, regularizer: Regularizer) -> None:
        super().__init__()
        self.inner, self.regularizer, self._shapes = inner, regularizer, inner._shapes
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


def _tap(composite: Composite, taps: list[Tap]) -> None:
    """Put a `Tap` in front of every layer of a running copy that has an ``activity_regularizer``."""
    for i, layer in enumerate(composite._layers):
        own = own_layer(layer)
        if isinstance(own, Composite):
            _tap(own, taps)
        regularizer = getattr(own, "activity_regularizer", None)
        if regularizer is not None:
            tap = Tap(own, regularizer)
            taps.append(tap)
            if isinstance(layer, Again):
                layer.first = tap
                continue
            composite._layers[i] = tap
            vars(composite).update({name: tap for name, value in vars(composite).items() if value is layer})


def _skip_input_gradient(composite: Composite) -> None:
    """Tell the first layers with trained weights that nobody needs their ``dx``: in large networks 15 % of a step."""
    graph = vars(composite).get("_graph")
    if graph is not None:
        for layer in graph.skip_input_gradient(composite._layers):
            if isinstance(layer, Composite):
                _skip_input_gradient(layer)
        return
    if not composite.is_chain:
        return
    for layer in composite._layers:
        if any(True for _ in layer._trained()):
            layer.needs_dx = False
            if isinstance(layer, Composite):
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
