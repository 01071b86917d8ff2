"""What batch and layer normalization share: ``y = gamma (x - mean) / sqrt(variance + epsilon) + beta``."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp import checks, constraints, initializers, regularizers
from mlp.arrays import Array
from mlp.errors import ArgumentError
from mlp.layers.axes import axes_argument
from mlp.layers.base import Layer

__all__ = ["Scaled"]


class Scaled(Layer):
    """A layer with a trained factor ``gamma`` and a trained shift ``beta``, either of which may be missing."""

    gamma: Array
    beta: Array

    def __init__(
        self,
        axis: Any,
        epsilon: float,
        center: bool,
        scale: bool,
        beta_initializer: Any,
        gamma_initializer: Any,
        beta_regularizer: Any,
        gamma_regularizer: Any,
        beta_constraint: Any,
        gamma_constraint: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.axis = axes_argument("axis", axis)
        if self.axis == ():
            raise ArgumentError("axis must be at least one axis, got none")
        self.epsilon = checks.real("epsilon", epsilon, above=0.0)
        self.center = checks.flag("center", center)
        self.scale = checks.flag("scale", scale)
        self.beta_initializer = initializers.get(beta_initializer, "beta_initializer")
        self.gamma_initializer = initializers.get(gamma_initializer, "gamma_initializer")
        self.beta_regularizer = regularizers.get(beta_regularizer, "beta_regularizer")
        self.gamma_regularizer = regularizers.get(gamma_regularizer, "gamma_regularizer")
        self.beta_constraint = constraints.get(beta_constraint, "beta_constraint")
        self.gamma_constraint = constraints.get(gamma_constraint, "gamma_constraint")

    def add_scale(self, axes: tuple[int, ...], input_shape: tuple[int, ...]) -> None:
        """``gamma`` and ``beta`` for rows of ``input_shape``: a number for each place along ``axes``, counted from 1."""
        shape = tuple(input_shape[axis - 1] for axis in axes)
        #: The axes over which the gradients of gamma and beta are sums, and a shape that fits the batch.
        self._summed = tuple(axis for axis in range(len(input_shape) + 1) if axis not in axes)
        self._fitting = tuple(
            size if axis in axes else 1 for axis, size in enumerate(input_shape, 1) if axis >= axes[0]
        )
        if self.scale:
            self.add_weight(
                "gamma", shape, self.gamma_initializer,
                regularizer=self.gamma_regularizer, constraint=self.gamma_constraint,
            )  # fmt: skip
        if self.center:
            self.add_weight(
                "beta", shape, self.beta_initializer,
                regularizer=self.beta_regularizer, constraint=self.beta_constraint,
            )  # fmt: skip

    def scaled(self, z: Array) -> Array:
        """``y = gamma z + beta`` for the normalized ``z``."""
        y = self.empty("y", z.shape)
        if self.scale:
            y = np.multiply(z, self.gamma.reshape(self._fitting), out=y)
            return np.add(y, self.beta.reshape(self._fitting), out=y) if self.center else y
        return np.add(z, self.beta.reshape(self._fitting), out=y) if self.center else z

    def total(self, a: Array, out: Array | None = None) -> Array:
        """The sum of ``a`` over all axes but those of ``gamma`` and ``beta``, put into ``out`` where that is given."""
        if a.ndim == 2 and self._summed == (0,):
            return self.ones(len(a)).dot(a, out)
        total: Array = np.add.reduce(a, axis=self._summed, out=out)
        return total
