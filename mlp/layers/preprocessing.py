"""Layers that put numbers on another scale, by constants that are not trained by gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentError, ShapeError, StateError
from mlp.layers.base import LAYERS, Layer
from mlp.rows import as_array, require_finite

__all__ = ["Normalization", "Rescaling"]

EPSILON = 1e-7


@LAYERS.add()
class Normalization(Layer):
    """``y = (x - mean) / max(sqrt(variance), 1e-7)``, feature by feature.

    Parameters
    ----------
    axis : int, default -1
        The axis of the features: the last one.
    mean, variance : float or array_like, optional
        The constants; without them, call `adapt` with data.
    invert : bool, default False
        ``y = x max(sqrt(variance), 1e-7) + mean`` instead.
    **kwargs
        See `Layer`.

    Examples
    --------
    >>> from mlp import Network
    >>> layer = Normalization()
    >>> layer.adapt([[1.0, 10.0], [3.0, 30.0]])
    >>> Network([layer])([[3.0, 20.0]])
    array([[1., 0.]])
    """

    replayable = True

    mean: Array
    variance: Array
    count: Array

    def __init__(
        self, axis: int = -1, mean: Any = None, variance: Any = None, invert: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.axis = checks.one_of("axis", axis, (-1,))
        if (mean is None) != (variance is None):
            raise ArgumentError("mean and variance come together: give both, or neither and call adapt")
        self.given_mean = None if mean is None else as_array("mean", mean, np.dtype(float))
        self.given_variance = None if variance is None else as_array("variance", variance, np.dtype(float))
        self.invert = checks.flag("invert", invert)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; what `adapt` learned is in the weights."""
        own = {"axis": self.axis, "invert": self.invert, "name": self.name, "trainable": self.trainable}
        for name, given in (("mean", self.given_mean), ("variance", self.given_variance)):
            own[name] = None if given is None else given.tolist()
        return own

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Mean, variance and count as untrained weights."""
        features = input_shape[-1:]
        for name, given, start in (
            ("mean", self.given_mean, "zeros"),
            ("variance", self.given_variance, "ones"),
        ):
            value = start if given is None else np.broadcast_to(given, features)
            self.add_weight(name, features, value, trainable=False)
        self.add_weight("count", (), "zeros", trainable=False)

    def adapt(self, data: Any) -> None:
        """Take mean and variance from data, replacing those of earlier calls.

        Parameters
        ----------
        data : array_like, shape (n, ..., features)
            Rows; n is at least 1.

        Raises
        ------
        DataError, ShapeError, StateError
            If the data are not finite, do not fit, or mean and variance were given.
        """
        if self.given_mean is not None:
            raise StateError(f"{self._label}mean and variance were given; make it without them to adapt it")
        x = as_array("data", data, np.dtype(np.float64))
        if x.ndim < 2 or x.size == 0:
            raise ShapeError(
                f"{self._label}data must have shape (n, ..., features) with n >= 1, got {x.shape}"
            )
        require_finite("data", x)
        if self._shapes is None:
            self.build_for(x.shape[1:], self.dtype, self.rng)
        if x.shape[1:] != self._built_shapes()[0]:
            raise ShapeError(
                f"{self._label}data must have shape (n, {self._built_shapes()[0]}), got {x.shape}"
            )
        axes = tuple(range(x.ndim - 1))
        self.mean[...], self.variance[...] = x.mean(axis=axes), x.var(axis=axes)
        self.count[...] = x.size // x.shape[-1]

    def _deviation(self) -> Array:
        deviation: Array = np.maximum(np.sqrt(self.variance), EPSILON)
        return deviation

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = (x - mean) / deviation``, or its inverse."""
        y: Array = x * self._deviation() + self.mean if self.invert else (x - self.mean) / self._deviation()
        return y

    def backward(self, dy: Array) -> Array:
        """``dx = dy / deviation``, or times it."""
        dx: Array = dy * self._deviation() if self.invert else dy / self._deviation()
        return dx


@LAYERS.add()
class Rescaling(Layer):
    """``y = scale x + offset``.

    Parameters
    ----------
    scale : float or array_like
        The factor, one or one per feature.
    offset : float or array_like, default 0
        What is added.
    **kwargs
        See `Layer`.

    Examples
    --------
    >>> from mlp import Network
    >>> Network([Rescaling(1 / 255, input_dim=2)])([[0, 255]])
    array([[0., 1.]])
    """

    replayable = True

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = as_array("scale", scale, np.dtype(float))
        self.offset = as_array("offset", offset, np.dtype(float))
        require_finite("scale", np.atleast_1d(self.scale))
        require_finite("offset", np.atleast_1d(self.offset))

    def build(self, input_shape: tuple[int, ...]) -> None:
        """No weights; the constants in the network's type."""
        if np.broadcast_shapes(self.scale.shape, self.offset.shape, input_shape) != input_shape:
            raise ShapeError(f"{self._label}scale and offset must fit rows of shape {input_shape}")

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = scale x + offset``."""
        return (x * self.scale + self.offset).astype(x.dtype, copy=False)

    def backward(self, dy: Array) -> Array:
        """``dx = scale dy``."""
        return (dy * self.scale).astype(dy.dtype, copy=False)
