"""The walk through a network: forward, the loss, back, and the update, one event for each layer and direction."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import optimizers
from mlp.arrays import Array
from mlp.errors import ArgumentError, ArgumentTypeError, DataError
from mlp.explain.calls import Call, Calls, weights_of
from mlp.explain.event import Event
from mlp.explain.judging import judged
from mlp.explain.watching import Note, has_function, is_dense
from mlp.joint import losses_of
from mlp.layers.again import own_layer
from mlp.network import Network
from mlp.optimizers.plan import Piece, pieces_of
from mlp.passes import Pass
from mlp.rows import require_finite
from mlp.samples import Samples
from mlp.several import joined, parts
from mlp.sparse import is_sparse
from mlp.training import Trainer

if TYPE_CHECKING:
    from mlp.layers import Layer

__all__ = ["MOST_ROWS", "Walk"]

#: More rows than these nobody follows by eye.
MOST_ROWS = 100


@dataclass(frozen=True)
class Walk:
    """A network, with the rows and targets that it is to be followed on; made by `prepared`, which checks them.

    Attributes
    ----------
    twin : Network
        A copy of the network, which is the one that is run.
    calls : Calls
        What is called, in which order.
    x : ndarray or Several
        The rows.
    samples : Samples or None
        The rows with their targets.
    """

    twin: Network
    calls: Calls
    x: Any
    samples: Samples | None

    @classmethod
    def prepared(cls, network: Any, x: Any, y: Any = None, optimizer: Any = None) -> Walk:
        """A walk, after all checks; see `Network.steps`."""
        if not isinstance(network, Network) or type(network).forward is not Network.forward:
            raise ArgumentTypeError(
                f"a calculation follows the layers of a Network, but {type(network).__name__} has a forward of its own"
            )
        if network.dtype.kind == "c":
            raise ArgumentError(
                'a calculation is written in real numbers: net.astype("float64").explain(...)'
            )
        if optimizer is not None and y is None:
            raise ArgumentError("an optimizer moves weights along the gradient of a loss: give targets, y")
        twin = network.copy()
        x, y = _as_batch(network, x, y)
        if y is None:
            rows = twin.rows_in(x)
            require_finite("x", rows)
            samples = None
        else:
            if optimizer is not None:
                _compile_with(twin, optimizer)
            samples = Samples.checked(twin, x, y)
            rows = samples.x
        if not len(rows):
            raise DataError("x has no rows; at least one is needed")
        if len(rows) > MOST_ROWS:
            some = "x[:3]" if y is None else "x[:3], y[:3]"
            raise ArgumentError(
                f"x must have at most {MOST_ROWS} rows, for a calculation shows all of them, got {len(rows)}; give a few: "
                f"net.explain({some})"
            )
        if samples is not None:  # whoever walks may change his array meanwhile
            samples = replace(samples, x=rows.copy(), t=samples.t.copy())
        return cls(twin, Calls.of(network), rows.copy(), samples)

    def events(self) -> Iterator[Event]:
        """All events, each computed when it is asked for, or together with its neighbours."""
        values: dict[int, Array] = dict(zip(self.calls.inputs, parts(self.x), strict=True))
        for call in self.calls:
            yield self._event("forward", call, self._forward(call, values))
        if self.samples is None:
            return
        with np.errstate(all="ignore"):
            one, notes, value = self._passed(self.samples)
        verdicts = [
            (output, judged(self.twin, one, i, self.samples, values[output], value))
            for i, output in enumerate(self.calls.outputs)
            if losses_of(self.twin.compiled.needed_loss())[i] is not None
        ]
        for output, verdict in verdicts:
            maker = self.calls.maker(output)
            yield Event(
                "loss", None if maker is None else maker.layer, 0 if maker is None else maker.number, verdict
            )
        if not math.isfinite(value):
            return
        with np.errstate(all="ignore"):
            one.backward()
        for call in reversed(self.calls.listed):
            ends = [verdict for output, verdict in verdicts if output in call.makes]
            if vars(notes[call.number]).get("dy") is not None:
                yield self._event("backward", call, self._backward(call, notes, ends))
        yield from self._updates()

    def _event(self, direction: str, call: Call, quantities: dict[str, Any]) -> Event:
        copies = {name: np.array(value) for name, value in quantities.items()}
        return Event(direction, call.layer, call.number, copies)

    def _twin_of(self, call: Call) -> Layer:
        """The layer of the copy that stands for a call's."""
        return own_layer(self.twin._layers[call.place])

    # Forward.

    def _forward(self, call: Call, values: dict[int, Array]) -> dict[str, Any]:
        """What goes into a call and what comes out, in inference; ``values`` grows."""
        layer = self.twin._layers[call.place]
        running = layer.running_copy()
        note = Note.on(running)
        taken = [values[value] for value in call.takes]
        given: Any = tuple(taken) if layer.takes_several else joined(taken)
        with np.errstate(all="ignore"):
            made = running.forward(given)
        values.update(zip(call.makes, parts(made), strict=True))
        own = self._twin_of(call)
        found = numbered("x", taken)
        found |= {key: owner._values[name] for key, owner, name in weights_of(own)}
        if is_dense(own):
            (x,), kernel = taken, own._values["kernel"]
            found["xW"] = x.reshape(-1, x.shape[-1]).dot(kernel).reshape(note.z.shape)
            found["z"] = note.z
        return found | numbered("a", [values[value] for value in call.makes])

    # The loss, and back.

    def _passed(self, samples: Samples) -> tuple[Pass, dict[int, Note], float]:
        """A pass over all rows, with a note for each call, and its loss."""
        one = Pass(self.twin, self.twin.compiled.needed_loss())
        notes = {call.number: Note.on(one.network._layers[call.place], one.taps) for call in self.calls}
        value = one.forward(samples.x, samples.t, samples.weight, training=False)
        return one, notes, float(value)

    def _backward(self, call: Call, notes: dict[int, Note], ends: list[Any]) -> dict[str, Any]:
        """What comes back to a call, what it hands on, and the gradient of its weights."""
        note, own = notes[call.number], self._twin_of(call)
        is_joined = any("dz" in end for end in ends)
        found: dict[str, Any] = {}
        if not is_joined:
            found |= numbered("da", note.dy)
        elif "da" in ends[0]:
            found["da"] = ends[0]["da"]
        if is_dense(own):
            if not is_joined:
                found |= self._slope(own.activation, note)  # type: ignore[attr-defined]
            found["dz"] = note.dz
        elif has_function(own) and not is_joined:
            found |= self._slope(own.activation, note)  # type: ignore[attr-defined]
        elif is_joined and not has_function(own):
            found["dz"] = note.dy[0]
        trained = [entry for entry in weights_of(own) if entry[1]._specs[entry[2]].trainable]
        for (key, owner, name), gradient in zip(trained, note.gradients, strict=True):
            found |= self._weight_gradient(call, key, owner, name, gradient)
        return found | numbered("dx", note.dx)

    def _slope(self, function: Any, note: Note) -> dict[str, Any]:
        """``f'(z)``, where the function works entry by entry."""
        (dy,) = note.dy
        if function.changes_shape or hasattr(function, "axis"):
            return {}
        with np.errstate(all="ignore"):
            slope = function.backward(np.ones_like(dy), note.z, function.forward(note.z.copy()))
            product = dy * slope
        # Where a slope is the difference of numbers near 1, the product may be computed more exactly than by it.
        close = np.abs(product - note.dz) <= 1000 * np.finfo(dy.dtype).eps * (np.abs(product) + np.abs(dy))
        return {"slope": slope} if close.all() else {}

    def _weight_gradient(
        self, call: Call, key: str, owner: Layer, name: str, gradient: Array
    ) -> dict[str, Any]:
        """The gradient of a weight: of all calls of the layer at its first one, and before that what others gave."""
        if not call.is_first:
            return {f"d{key}": gradient}
        found = {f"d{key}": owner._gradients[name]}
        regularizer = owner._specs[name].regularizer
        if regularizer is not None and (id(owner), name) in self._trained():
            found[f"d{key}_penalty"] = regularizer.value_and_gradient(owner._values[name])[1]
        if len(found) > 1 or len(self.calls.of_layer(call)) > 1:
            found[f"d{key}_own"] = gradient
        return found

    def _trained(self) -> set[tuple[int, str]]:
        return {(id(owner), name) for owner, name in self.twin._trained()}

    # The update.

    def _updates(self) -> Iterator[Event]:
        """The optimizer's step, from its present state, layer by layer."""
        twin, optimizer = self.twin, self.twin.optimizer
        gradients = twin._gradient.copy()
        before = twin._parameters.copy()
        slots = {name: slot.copy() for name, slot in optimizer.slots.items()}
        rate = optimizer.current_rate()
        with np.errstate(all="ignore"):
            if not Trainer(twin, records=False).move():
                return
        trained, pieces = self._trained(), self._pieces()
        for call in self.calls:
            found: dict[str, Any] = {}
            for key, owner, name in weights_of(self._twin_of(call)) if call.is_first else ():
                if (id(owner), name) not in trained:
                    continue
                piece, shape = pieces[id(owner), name], owner._specs[name].shape
                found[key] = before[piece.part].reshape(shape)
                found[f"d{key}"] = gradients[piece.part].reshape(shape)
                found[f"{key}_after"] = twin._parameters[piece.part].reshape(shape)
                found[f"{key}_rate"] = np.array(rate * piece.multiplier)
                for slot, values in optimizer.slots.items():
                    if slot in slots:
                        found[f"{key}_{slot}"] = slots[slot][piece.part].reshape(shape)
                    found[f"{key}_{slot}_after"] = values[piece.part].reshape(shape)
            if found:
                yield self._event("update", call, found)

    def _pieces(self) -> dict[tuple[int, str], Piece]:
        """Where each weight lies in the vector."""
        in_vector = [
            (id(layer), name)
            for layer in self.twin.walk()
            for name, spec in layer._specs.items()
            if spec.trainable
        ]
        return dict(zip(in_vector, pieces_of(self.twin.learning_pieces()), strict=True))


def numbered(name: str, arrays: Any) -> dict[str, Array]:
    """One array by its name, several with their numbers: ``x_1``, ``x_2``."""
    listed = list(arrays)
    return {name: listed[0]} if len(listed) == 1 else {f"{name}_{i}": a for i, a in enumerate(listed, 1)}


def _as_batch(network: Network, x: Any, y: Any) -> tuple[Any, Any]:
    """A single row as a batch of one, with its target; and a sparse matrix as an array."""
    x = x.toarray() if is_sparse(x) else x
    shape: Any = network._built_shapes()[0]
    if not (_is_row(x, shape) if not network.takes_several else _are_rows(x, shape)):
        return x, y
    x = [np.asarray(part)[None] for part in x] if network.takes_several else np.asarray(x)[None]
    if y is None or network.n_outputs == 1:
        return x, None if y is None else np.asarray(y)[None]
    each = y.values() if isinstance(y, dict) else y
    targets = [np.asarray(part)[None] for part in each]
    return x, dict(zip(y, targets, strict=True)) if isinstance(y, dict) else targets


def _is_row(x: Any, shape: tuple[int, ...]) -> bool:
    try:
        return np.ndim(x) == len(shape)
    except ValueError:  # lists of different lengths, which the door will refuse
        return False


def _are_rows(x: Any, shapes: Any) -> bool:
    fitting = isinstance(x, list | tuple) and len(x) == len(shapes)
    return fitting and all(map(_is_row, x, shapes))


def _compile_with(twin: Network, optimizer: Any) -> None:
    """Let another optimizer make the step: a copy, which no other network has."""
    other = copy.deepcopy(optimizers.get(optimizer, "optimizer"))
    twin._compiled = replace(twin.compiled, optimizer=other)
    other.serve(twin)
