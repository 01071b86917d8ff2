"""A further call of a layer that the network already has: the same weights, and gradients that add up."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from mlp.arrays import Array
from mlp.layers.base import Layer
from mlp.recording import Recording

__all__ = ["Again", "own_layer"]


class Again(Layer):
    """``y = f(x)``, ``f`` being the layer ``first``, whose weights it shares and whose memory it does not.

    Parameters
    ----------
    first : Layer
        The layer, which stands elsewhere in the same network.
    """

    replayable = True
    rational = True

    def __init__(self, first: Layer) -> None:
        super().__init__()
        self.first = first
        self.takes_several = first.takes_several

    @property
    def n_outputs(self) -> int:
        """As many as the layer has."""
        return self.first.n_outputs

    def build(self, input_shape: Any) -> Any:
        """No weights of its own; the layer is built, or says that it cannot take this input."""
        return self.first.build_for(input_shape, self.dtype, self.rng)

    def running_copy(self, reuse: bool = False) -> Self:
        """A copy to run: of the layer too, which has memory of its own then."""
        twin = super().running_copy(reuse)
        twin.first = self.first.running_copy(reuse)
        return twin

    def _watch(self, recording: Recording) -> None:
        super()._watch(recording)
        for layer in self.first.walk():
            layer._watch(recording)

    def forward(self, x: Any, training: bool = False) -> Any:
        """``y = f(x)``, by a copy of the layer, for the layer remembers what its own call needs."""
        self._call = self.first if self._running else self.first.running_copy()
        return self._call.forward(x, training)

    def infer(self, x: Any) -> Any:
        """The same, and nothing is remembered."""
        return self.first.infer(x)

    def backward(self, dy: Any) -> Any:
        """``dx = J^T dy``; the gradient of the weights is kept until `add_up`."""
        self._call.needs_dx = self.needs_dx
        dx = self._call.backward(dy)
        gradients = self._gradients_of_first()
        self._kept = [
            np.positive(g, out=self.empty(f"kept_{i}", g.shape, g.dtype)) for i, g in enumerate(gradients)
        ]
        return dx

    def add_up(self) -> None:
        """Add the gradient of this call to that of the layer's own, which by now has been computed."""
        for gradient, kept in zip(self._gradients_of_first(), self._kept, strict=True):
            gradient += kept

    def _gradients_of_first(self) -> list[Array]:
        return [g for layer in self._call.walk() for g in layer._gradients.values()]


def own_layer(layer: Layer) -> Layer:
    """The layer that owns the weights: ``layer`` itself, unless it is a further call of another."""
    return layer.first if isinstance(layer, Again) else layer
