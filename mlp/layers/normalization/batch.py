"""Batch normalization: the rows of a batch are each other's scale."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp import checks, initializers
from mlp.arrays import Array
from mlp.layers.axes import row_axes
from mlp.layers.base import LAYERS, Layer
from mlp.layers.normalization.scaled import Scaled

__all__ = ["BatchNormalization"]


@LAYERS.add()
class BatchNormalization(Scaled):
    """``y = gamma (x - mean) / sqrt(variance + epsilon) + beta``, feature by feature (Ioffe and Szegedy 2015, arXiv:1502.03167).

    In training mean and variance are those of the batch, and moving averages of them are kept, ``m = momentum m +
    (1 - momentum) mean``; both variances are those of the rows themselves, divided by n.  In inference, and where the
    layer or a network around it is frozen, the moving averages take their place.

    Parameters
    ----------
    axis : int, default -1
        The axis of the features; the batch's is 0, and is none of a layer's.
    momentum : float from 0 to 1, default 0.99
        How slowly the moving averages move.
    epsilon : float, default 0.001
        What keeps the root from zero.
    center, scale : bool, default True
        Whether there is a ``beta``, and a ``gamma``.
    beta_initializer, gamma_initializer : str or Initializer, defaults "zeros" and "ones"
        Initial values of ``beta`` and ``gamma``.
    moving_mean_initializer, moving_variance_initializer : str or Initializer, defaults "zeros" and "ones"
        Initial values of what is kept for inference.
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
    >>> net = Network([BatchNormalization(input_dim=1)])
    >>> net.forward([[1.0], [3.0]], training=True).round(4)
    array([[-0.9995],
           [ 0.9995]])
    >>> net.layers[0].moving_mean.round(4), net.layers[0].moving_variance
    (array([0.02]), array([1.]))
    """

    replayable = True
    couples_rows = True
    differs_in_training = True

    moving_mean: Array
    moving_variance: Array

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            checks.integer("axis", axis, -32, 31), epsilon, center, scale, beta_initializer, gamma_initializer,
            beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint, **kwargs,
        )  # fmt: skip
        self.momentum = checks.real("momentum", momentum, 0.0, 1.0)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer, "moving_mean_initializer")
        self.moving_variance_initializer = initializers.get(
            moving_variance_initializer, "moving_variance_initializer"
        )

    def build(self, input_shape: tuple[int, ...]) -> None:
        """``gamma`` and ``beta``, and untrained ``moving_mean`` and ``moving_variance``, all shaped (features,)."""
        (axis,) = row_axes(f"{self._label}axis", self.axis, input_shape)
        self.add_scale((axis,), input_shape)
        features = (input_shape[axis - 1],)
        self.add_weight("moving_mean", features, self.moving_mean_initializer, trainable=False)
        self.add_weight("moving_variance", features, self.moving_variance_initializer, trainable=False)

    def forward(self, x: Array, training: bool = False) -> Array:
        """``z = (x - mean) / sqrt(variance + epsilon)``, ``y = gamma z + beta``."""
        z = self._z = self.empty("z", x.shape)
        self._by_batch = training and len(x) > 0 and not _is_frozen(self)
        if self._by_batch:
            self._count = float(x.size // self.moving_mean.size)
            mean = self.total(x) / self._count
            np.subtract(x, mean.reshape(self._fitting), out=z)
            variance = self.total(np.multiply(z, z, out=self.empty("square", x.shape))) / self._count
            self._move(self.moving_mean, mean)
            self._move(self.moving_variance, variance)
        else:
            variance = self.moving_variance
            np.subtract(x, self.moving_mean.reshape(self._fitting), out=z)
        self._deviation = np.sqrt(variance + self.epsilon).reshape(self._fitting)
        return self.scaled(np.divide(z, self._deviation, out=z))

    def _move(self, average: Array, value: Array) -> None:
        average *= self.momentum
        average += (1 - self.momentum) * value

    def backward(self, dy: Array) -> Array:
        """``dbeta = sum dy``, ``dgamma = sum z dy``, ``dx = gamma (dy - dbeta / n - z dgamma / n) / deviation``.

        Where moving averages took the batch's place they are constants, and ``dx = gamma dy / deviation``.
        """
        along = np.multiply(self._z, dy, out=self.empty("along", dy.shape))
        dbeta = self.total(dy, self.gradient_of("beta") if self.center else None)
        dgamma = self.total(along, self.gradient_of("gamma") if self.scale else None)
        if not self.needs_dx:
            return dy
        dx = self.empty("dx", dy.shape)
        if self._by_batch:
            share, mean = (total.reshape(self._fitting) / self._count for total in (dgamma, dbeta))
            np.subtract(dy, np.multiply(self._z, share, out=along), out=dx)
            dx -= mean
            dy = dx
        np.divide(dy, self._deviation, out=dx)
        return np.multiply(dx, self.gamma.reshape(self._fitting), out=dx) if self.scale else dx


def _is_frozen(layer: Layer | None) -> bool:
    """Whether it, or something that it is part of, does not train."""
    while layer is not None:
        if not layer.trainable:
            return True
        layer = layer._owner
    return False
