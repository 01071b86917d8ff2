"""Layers that are watched while they run: what goes into their activation function, and what goes back through them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from mlp import layers
from mlp.activations import Activation
from mlp.arrays import Array
from mlp.layers import Layer
from mlp.layers.activation import FUNCTION_LAYERS
from mlp.layers.again import own_layer
from mlp.several import parts

if TYPE_CHECKING:
    from mlp.passes import Tap

__all__ = ["Note", "has_function", "is_dense"]


def is_dense(layer: Layer) -> bool:
    """Whether a layer computes ``f(x W + b)``, which a subclass or an object with a method of its own may not."""
    return type(layer) is layers.Dense and not {"forward", "backward"} & {*vars(layer)}


def has_function(layer: Layer) -> bool:
    """Whether a layer is an activation function and nothing else."""
    return type(layer) in FUNCTION_LAYERS and not {"forward", "backward"} & {*vars(layer)}


class Note:
    """What was seen of one call of a layer; all arrays are copies.

    Attributes
    ----------
    z, dz : ndarray
        What went into the activation function, and what came back out of it.
    dy, dx : tuple of ndarray
        What came back to the layer, and what it handed on.
    gradients : list of ndarray
        Those of its weights, as this call left them.
    """

    z: Array
    dz: Array
    dy: tuple[Array, ...]
    dx: tuple[Array, ...]
    gradients: list[Array]

    @classmethod
    def on(cls, running: Layer, taps: Sequence[Tap] = ()) -> Note:
        """One that watches a running copy, or the layer behind a tap that penalises its outputs."""
        note = cls()
        own, target = (_behind(layer, taps) for layer in (own_layer(running), running))
        if is_dense(own) or has_function(own):
            vars(own)["activation"] = _Watched(vars(own)["activation"], note)
        vars(target)["backward"] = note._of(target.backward, own)
        return note

    def _of(self, backward: Callable[[Any], Any], own: Layer) -> Callable[[Any], Any]:
        def noted(dy: Any) -> Any:
            dx = backward(dy)
            self.dy, self.dx = ([part.copy() for part in parts(d)] for d in (dy, dx))  # type: ignore[assignment]
            self.gradients = [g.copy() for layer in own.walk() for g in layer._gradients.values()]
            return dx

        return noted


def _behind(layer: Layer, taps: Sequence[Tap]) -> Layer:
    return next((tap.inner for tap in taps if tap is layer), layer)


class _Watched(Activation):
    """An activation function that notes what comes and goes."""

    def __init__(self, function: Activation, note: Note) -> None:
        self.function, self.note = function, note
        self.changes_shape = function.changes_shape

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = f(x)``."""
        self.note.z = x.copy()
        return self.function.forward(x)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = J^T dy``."""
        dx = self.function.backward(dy, x, y)
        self.note.dz = dx.copy()
        return dx
