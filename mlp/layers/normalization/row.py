"""Layer normalization: the features of a row are each other's scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.layers.axes import axes_argument, row_axes
from mlp.layers.base import LAYERS, Layer
from mlp.layers.normalization.scaled import Scaled

__all__ = ["LayerNormalization", "RMSNormalization"]


@LAYERS.add()
class LayerNormalization(Scaled):
    """``y = gamma (x - mean) / sqrt(variance + epsilon) + beta``, mean and variance of each row (Ba et al. 2016, arXiv:1607.06450).

    Parameters
    ----------
    axis : int or tuple of int, default -1
        The axes along which mean and variance are taken; the batch's is 0, and is none of a layer's.
    epsilon : float, default 0.001
        What keeps the root from zero.
    center, scale : bool, default True
        Whether there is a ``beta``, and a ``gamma``, a number for each place along ``axis``.
    beta_initializer, gamma_initializer : str or Initializer, defaults "zeros" and "ones"
        Initial values.
    beta_regularizer, gamma_regularizer : str or Regularizer, optional
        Penalties in the loss.
    beta_constraint, gamma_constraint : str or Constraint, optional
        Rules that hold after each training step.
    **kwargs
        See `Layer`.

    Raises
    ------
    ArgumentError, ArgumentTypeError, UnknownNameError
        If an argument is out of range, a name is unknown or, when built, the rows have no such axis.

    Examples
    --------
    >>> from mlp import Network
    >>> Network([LayerNormalization(input_dim=2)])([[1.0, 3.0], [10.0, 30.0]]).round(4)
    array([[-0.9995,  0.9995],
           [-1.    ,  1.    ]])
    """

    replayable = True

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            axis, epsilon, center, scale, beta_initializer, gamma_initializer,
            beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint, **kwargs,
        )  # fmt: skip

    def build(self, input_shape: tuple[int, ...]) -> None:
        """``gamma`` and ``beta``, a number for each place along ``axis``."""
        self._axes = row_axes(f"{self._label}axis", self.axis, input_shape)
        self.add_scale(self._axes, input_shape)

    def forward(self, x: Array, training: bool = False) -> Array:
        """``z = (x - mean) / sqrt(variance + epsilon)``, ``y = gamma z + beta``."""
        z = self._z = np.subtract(x, mean_along(self._axes, x), out=self.empty("z", x.shape))
        square = np.multiply(z, z, out=self.empty("square", x.shape))
        self._deviation = np.sqrt(mean_along(self._axes, square) + self.epsilon)
        return self.scaled(np.divide(z, self._deviation, out=z))

    def backward(self, dy: Array) -> Array:
        """``dbeta = sum dy``, ``dgamma = sum z dy``, ``dz = gamma dy``, ``dx = (dz - mean dz - z mean(z dz)) / deviation``."""
        z, along = self._z, self.empty("along", dy.shape)
        if self.center:
            self.total(dy, self.gradient_of("beta"))
        if self.scale:
            self.total(np.multiply(z, dy, out=along), self.gradient_of("gamma"))
        if not self.needs_dx:
            return dy
        dz = dy
        if self.scale:
            dz = np.multiply(dy, self.gamma.reshape(self._fitting), out=self.empty("dz", dy.shape))
        dx = np.multiply(
            z, mean_along(self._axes, np.multiply(z, dz, out=along)), out=self.empty("dx", dy.shape)
        )
        np.subtract(dz, dx, out=dx)
        dx -= mean_along(self._axes, dz)
        return np.divide(dx, self._deviation, out=dx)


@LAYERS.add()
class RMSNormalization(Layer):
    """``y = scale x / sqrt(mean x^2 + epsilon)``, the mean over each row (Zhang and Sennrich 2019, arXiv:1910.07467, equation 4).

    Parameters
    ----------
    axis : int or tuple of int, default -1
        The axes along which the mean is taken; the batch's is 0, and is none of a layer's.
    epsilon : float, default 1e-6
        What keeps the root from zero.
    **kwargs
        See `Layer`.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If an argument is out of range or, when built, the rows have no such axis.

    Examples
    --------
    >>> from mlp import Network
    >>> Network([RMSNormalization(input_dim=2)])([[1.0, 7.0]]).round(4)
    array([[0.2, 1.4]])
    """

    replayable = True

    scale: Array

    def __init__(self, axis: int | Sequence[int] = -1, epsilon: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axes_argument("axis", axis)
        self.epsilon = checks.real("epsilon", epsilon, above=0.0)

    def build(self, input_shape: tuple[int, ...]) -> None:
        """``scale``, a number for each place along ``axis``."""
        axes = self._axes = row_axes(f"{self._label}axis", self.axis, input_shape)
        self._summed = tuple(axis for axis in range(len(input_shape) + 1) if axis not in axes)
        self._fitting = tuple(size if axis in axes else 1 for axis, size in enumerate(input_shape, 1))
        self.add_weight("scale", tuple(input_shape[axis - 1] for axis in axes), "ones")

    def forward(self, x: Array, training: bool = False) -> Array:
        """``z = x / sqrt(mean x^2 + epsilon)``, ``y = scale z``."""
        square = np.multiply(x, x, out=self.empty("square", x.shape))
        root = self._root = np.sqrt(mean_along(self._axes, square) + self.epsilon)
        z = self._z = np.divide(x, root, out=self.empty("z", x.shape))
        return np.multiply(z, self.scale.reshape(self._fitting), out=self.empty("y", x.shape))

    def backward(self, dy: Array) -> Array:
        """``dscale = sum z dy``, ``dz = scale dy``, ``dx = (dz - z mean(z dz)) / root``."""
        z, along = self._z, self.empty("along", dy.shape)
        np.add.reduce(np.multiply(z, dy, out=along), axis=self._summed, out=self.gradient_of("scale"))
        dz = np.multiply(dy, self.scale.reshape(self._fitting), out=self.empty("dz", dy.shape))
        dx = np.multiply(
            z, mean_along(self._axes, np.multiply(z, dz, out=along)), out=self.empty("dx", dy.shape)
        )
        np.subtract(dz, dx, out=dx)
        return np.divide(dx, self._root, out=dx)


def mean_along(axes: tuple[int, ...], a: Array) -> Array:
    """The mean along ``axes``, which are kept with size 1."""
    total = np.add.reduce(a, axis=axes, keepdims=True)
    count = 1
    for axis in axes:
        count *= a.shape[axis]
    mean: Array = total / float(count)
    return mean
