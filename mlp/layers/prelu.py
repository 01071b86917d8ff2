"""A ramp below zero whose slope is learned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from mlp import constraints, initializers, regularizers
from mlp.arrays import Array, constant
from mlp.layers.axes import axes_argument, row_axes
from mlp.layers.base import LAYERS, Layer

__all__ = ["PReLU"]


@LAYERS.add()
class PReLU(Layer):
    """``y = x if x > 0 else alpha x``, one trained ``alpha`` for each feature (He et al. 2015, arXiv:1502.01852, equation 1).

    Parameters
    ----------
    alpha_initializer : str or Initializer, default "Zeros"
        Initial values.
    alpha_regularizer : str or Regularizer, optional
        A penalty in the loss.
    alpha_constraint : str or Constraint, optional
        A rule that holds after each training step.
    shared_axes : int or list of int, optional
        Axes along which all entries have one ``alpha``; the first axis behind the batch's is 1.
    **kwargs
        See `Layer`.

    Raises
    ------
    ArgumentError, ArgumentTypeError, UnknownNameError
        If a name is unknown or, when built, the rows have no such axes.

    Examples
    --------
    >>> from mlp import Network
    >>> Network([PReLU("ones", input_dim=2)])([[-1.0, 2.0]])
    array([[-1.,  2.]])
    """

    replayable = True
    rational = True

    alpha: Array

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: int | Iterable[int] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer, "alpha_initializer")
        self.alpha_regularizer = regularizers.get(alpha_regularizer, "alpha_regularizer")
        self.alpha_constraint = constraints.get(alpha_constraint, "alpha_constraint")
        if shared_axes is not None:
            given = shared_axes if isinstance(shared_axes, Iterable) else [shared_axes]
            shared_axes = [axes_argument("shared_axes", axis) for axis in given]
        self.shared_axes = shared_axes

    def build(self, input_shape: tuple[int, ...]) -> None:
        """``alpha``, shaped like a row, with 1 for the axes that are shared."""
        shared = row_axes(f"{self._label}shared_axes", tuple(self.shared_axes or ()), input_shape)
        self._shared = tuple(axis - 1 for axis in shared)
        shape = tuple(1 if axis in self._shared else size for axis, size in enumerate(input_shape))
        self.add_weight(
            "alpha", shape, self.alpha_initializer,
            regularizer=self.alpha_regularizer, constraint=self.alpha_constraint,
        )  # fmt: skip

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = x if x > 0 else alpha x``."""
        self._x = x
        return np.where(x.real > 0, x, self.alpha * x)

    def backward(self, dy: Array) -> Array:
        """``dx = dy if x > 0 else alpha dy``; ``dalpha`` is the sum of ``x dy`` where ``x <= 0``."""
        x, positive = self._x, self._x.real > 0
        along = np.add.reduce(np.where(positive, constant(0.0, x.dtype), x) * dy, axis=0)
        np.add.reduce(along, axis=self._shared, keepdims=True, out=self.gradient_of("alpha"))
        return np.where(positive, dy, self.alpha * dy)
