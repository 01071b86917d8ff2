"""The layer that applies an activation function to what comes."""

from __future__ import annotations

from typing import Any

from mlp import activations
from mlp.arrays import Array
from mlp.layers.base import LAYERS, Layer

__all__ = ["Activation"]


@LAYERS.add()
class Activation(Layer):
    """``y = f(x)``.

    Parameters
    ----------
    activation : str, activations.Activation or callable
        ``f``.
    **kwargs
        See `Layer`.

    Examples
    --------
    >>> from mlp import Network
    >>> Network([Activation("relu", input_dim=2)])([[-1.0, 2.0]])
    array([[0., 2.]])
    """

    replayable = True

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """No weights; the shape that ``f`` says."""
        return self.activation.output_shape(input_shape)

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = f(x)``."""
        self._x = x
        f = self.activation
        self._y = f.forward(x, None if f.changes_shape else self.empty("y", x.shape))
        return self._y

    def infer(self, x: Array) -> Array:
        """The same, and nothing is remembered."""
        if "forward" in vars(self):  # somebody has given this one object a forward of its own
            return super().infer(x)
        return self.activation.forward(x)

    def backward(self, dy: Array) -> Array:
        """``dx = f'(x) dy``."""
        return self.activation.backward(dy, self._x, self._y, self.empty("dx", self._x.shape))
