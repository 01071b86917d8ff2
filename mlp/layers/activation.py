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
    activation : str or activations.Activation
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

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = f(x)``."""
        self._x = x
        self._y = self.activation.forward(x, self.empty("y", x.shape))
        return self._y

    def infer(self, x: Array) -> Array:
        """The same, and nothing is remembered."""
        if "forward" in vars(self):  # somebody has given this one object a forward of its own
            return super().infer(x)
        return self.activation.forward(x)

    def backward(self, dy: Array) -> Array:
        """``dx = f'(x) dy``."""
        return self.activation.backward(dy, self._x, self._y, self.empty("dx", dy.shape))
