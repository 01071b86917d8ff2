"""A penalty on what passes by."""

from __future__ import annotations

from typing import Any

from mlp.arrays import Array
from mlp.layers.base import LAYERS, Layer
from mlp.regularizers import L1L2

__all__ = ["ActivityRegularization"]


@LAYERS.add()
class ActivityRegularization(Layer):
    """``y = x``, and the loss gets ``(l1 sum |x| + l2 sum x^2) / n`` more, for n rows.

    Parameters
    ----------
    l1, l2 : float, default 0
        The two factors, not negative.
    **kwargs
        See `Layer`.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If a factor is no such number.

    Examples
    --------
    >>> from mlp import Network
    >>> net = Network([ActivityRegularization(l1=0.1, l2=0.05, input_dim=2)])
    >>> net.compile(loss="mse")
    >>> net.value_and_gradient([[1.0, -2.0]], [[1.0, -2.0]])[0]
    0.55
    """

    replayable = True
    rational = True

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activity_regularizer = L1L2(l1, l2)
        self.l1, self.l2 = self.activity_regularizer.l1, self.activity_regularizer.l2

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x``, the very array."""
        return x

    def backward(self, dy: Array) -> Array:
        """``dx = dy``, the very array; the penalty enters the gradient in one place, ``mlp.passes``."""
        return dy
