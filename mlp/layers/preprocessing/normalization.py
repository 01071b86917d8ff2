"""Inputs on one scale, by the mean and variance of the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.configurable import encode
from mlp.errors import ArgumentError, ShapeError, StateError
from mlp.layers.axes import axes_argument, fits, row_axes
from mlp.layers.base import LAYERS, Layer
from mlp.layers.preprocessing.batches import batches_of
from mlp.rows import as_array, require_finite

__all__ = ["Normalization"]

EPSILON = 1e-7


@LAYERS.add()
class Normalization(Layer):
    """``y = (x - mean) / max(sqrt(variance), 1e-7)``, feature by feature.

    Parameters
    ----------
    axis : int, tuple of int or None, default -1
        The axis or axes of the features, each with a mean and variance of its own; the batch's is 0, and is none
        of a layer's.  None: one mean and variance for all numbers.
    mean, variance : float or array_like, optional
        The constants; without them, call `adapt` with data.
    invert : bool, default False
        ``y = x max(sqrt(variance), 1e-7) + mean`` instead.
    **kwargs
        See `Layer`.

    Raises
    ------
    ArgumentError, ArgumentTypeError, ShapeError
        If an argument is not as above or, when built, does not fit the rows.

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
        self,
        axis: int | Sequence[int] | None = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.axis = None if axis is None else axes_argument("axis", axis)
        if (mean is None) != (variance is None):
            raise ArgumentError("mean and variance come together: give both, or neither and call adapt")
        self.given_mean = None if mean is None else as_array("mean", mean, np.dtype(float))
        self.given_variance = None if variance is None else as_array("variance", variance, np.dtype(float))
        self.invert = checks.flag("invert", invert)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; what `adapt` learned is in the weights."""
        own = {
            "axis": encode(self.axis),
            "invert": self.invert,
            "name": self.name,
            "trainable": self.trainable,
        }
        for name, given in (("mean", self.given_mean), ("variance", self.given_variance)):
            own[name] = None if given is None else given.tolist()
        return own

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Mean, variance and count as untrained weights."""
        axes = row_axes(f"{self._label}axis", () if self.axis is None else self.axis, input_shape)
        self._others = tuple(axis for axis in range(len(input_shape) + 1) if axis not in axes)
        self._fitting = tuple(size if axis in axes else 1 for axis, size in enumerate(input_shape, 1))
        features = tuple(input_shape[axis - 1] for axis in axes)
        for name, given, start in (
            ("mean", self.given_mean, "zeros"),
            ("variance", self.given_variance, "ones"),
        ):
            if given is not None and not fits(given.shape, features):
                raise ShapeError(
                    f"{self._label}{name} must fit features of shape {features}, got {given.shape}"
                )
            value = start if given is None else np.broadcast_to(given, features)
            self.add_weight(name, features, value, trainable=False)
        self.add_weight("count", (), "zeros", trainable=False)

    def adapt(self, data: Any) -> None:
        """Take mean and variance from data, replacing those of earlier calls.

        Parameters
        ----------
        data : array_like, shape (n, ..., features), or iterable of such
            Rows; n is at least 1.  An iterator or a list of arrays is taken for batches of rows, as in Keras: so data
            that are too large for memory may come one part after the other.

        Raises
        ------
        DataError, ShapeError, StateError
            If the data are not finite, do not fit, or mean and variance were given.

        Examples
        --------
        >>> layer = Normalization(axis=None)
        >>> layer.adapt(np.array([[10.0 * i], [10.0 * i + 2.0]]) for i in range(3))
        >>> layer.get_weights()
        [array(11.), array(67.66666667), array(6.)]
        """
        if self.given_mean is not None:
            raise StateError(f"{self._label}mean and variance were given; make it without them to adapt it")
        count, mean, squares = 0, np.zeros(()), np.zeros(())
        for batch in batches_of(data):
            x = self._rows_to_adapt(batch)
            n = x.size // self.mean.size
            # Chan et al. 1979: the squares around the common mean are those around both means and what lies between.
            apart = x.mean(axis=self._others) - mean
            count += n
            mean = mean + apart * (n / count)
            squares = squares + x.var(axis=self._others) * n + apart**2 * (n * (count - n) / count)
        if not count:
            raise ShapeError(
                f"{self._label}data must have shape (n, ..., features) with n >= 1, got no batches"
            )
        self.mean[...], self.variance[...], self.count[...] = mean, squares / count, count

    def _rows_to_adapt(self, data: Any) -> Array:
        x = as_array("data", data, np.dtype(np.float64))
        if x.ndim == 1 and self.axis is None:
            x = x[:, None]
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
        return x

    def _deviation(self) -> Array:
        deviation: Array = np.maximum(np.sqrt(self.variance.reshape(self._fitting)), EPSILON)
        return deviation

    def forward(self, x: Array, training: bool = False) -> Array:
        """``y = (x - mean) / deviation``, or its inverse."""
        mean, deviation = self.mean.reshape(self._fitting), self._deviation()
        y: Array = x * deviation + mean if self.invert else (x - mean) / deviation
        return y

    def backward(self, dy: Array) -> Array:
        """``dx = dy / deviation``, or times it."""
        dx: Array = dy * self._deviation() if self.invert else dy / self._deviation()
        return dx
