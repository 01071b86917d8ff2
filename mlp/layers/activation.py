"""Layers that apply an activation function to what comes: `Activation` any, each other one its own."""

from __future__ import annotations

from typing import Any

from mlp import activations, checks
from mlp.arrays import Array
from mlp.layers.axes import axes_argument, row_axes
from mlp.layers.base import LAYERS, Layer

__all__ = ["FUNCTION_LAYERS", "ELU", "Activation", "LeakyReLU", "ReLU", "Softmax"]


class _Function(Layer):
    """A layer that is a function, ``self.activation``, and nothing else."""

    rational = True
    activation: activations.Activation

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...] | None:
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


@LAYERS.add()
class Activation(_Function):
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


@LAYERS.add()
class ReLU(_Function):
    """``y = max(x, 0)``; in general ``min(x, max_value)`` from ``threshold`` on, ``negative_slope (x - threshold)`` below.

    Parameters
    ----------
    max_value : float, optional
        The largest value of ``y``; not negative.
    negative_slope : float, default 0
        Slope below the threshold; not negative.
    threshold : float, default 0
        Where the identity begins; not negative.
    **kwargs
        See `Layer`.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If an argument is no such number.

    Examples
    --------
    >>> from mlp import Network
    >>> Network([ReLU(max_value=6.0, negative_slope=0.5, input_dim=3)])([[-1.0, 2.0, 9.0]])
    array([[-0.5,  2. ,  6. ]])
    """

    replayable = True

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.threshold = checks.real("threshold", threshold, 0.0)
        self.activation = f = activations.Relu(negative_slope, max_value, self.threshold)
        self.max_value, self.negative_slope = f.max_value, f.negative_slope


@LAYERS.add()
class LeakyReLU(_Function):
    """``y = x if x > 0 else negative_slope x`` (Maas et al. 2013).

    Parameters
    ----------
    negative_slope : float, default 0.3
        Slope below zero, not negative; the function `mlp.activations.leaky_relu` begins with 0.2, both as in Keras.
    **kwargs
        See `Layer`.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If the slope is no such number.

    Examples
    --------
    >>> from mlp import Network
    >>> Network([LeakyReLU(input_dim=2)])([[-1.0, 2.0]])
    array([[-0.3,  2. ]])
    """

    replayable = True

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = f = activations.LeakyRelu(negative_slope)
        self.negative_slope = f.negative_slope


@LAYERS.add()
class ELU(_Function):
    """``y = x if x > 0 else alpha (exp(x) - 1)`` (Clevert et al. 2016, arXiv:1511.07289, equation 16).

    Parameters
    ----------
    alpha : float, default 1
        Minus the limit for ``x`` to minus infinity.
    **kwargs
        See `Layer`.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If ``alpha`` is no finite number.

    Examples
    --------
    >>> from mlp import Network
    >>> Network([ELU(input_dim=2)])([[-1.0, 2.0]]).round(4)
    array([[-0.6321,  2.    ]])
    """

    replayable = True

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = f = activations.Elu(alpha)
        self.alpha = f.alpha


@LAYERS.add()
class Softmax(_Function):
    """``y_i = exp(x_i) / sum_j exp(x_j)`` along ``axis``.

    Parameters
    ----------
    axis : int, default -1
        The axis along which the results sum to 1; the batch's is 0, and is none of a layer's.
    **kwargs
        See `Layer`.

    Raises
    ------
    ArgumentError
        When built, if the rows have no such axis.

    Examples
    --------
    >>> from mlp import Network
    >>> Network([Softmax(input_dim=2)])([[0.0, 0.0], [0.0, 800.0]])
    array([[0.5, 0.5],
           [0. , 1. ]])
    """

    replayable = True

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = f = activations.Softmax(axes_argument("axis", axis))
        self.axis = f.axis

    def build(self, input_shape: tuple[int, ...]) -> None:
        """No weights; checks the axis."""
        row_axes(f"{self._label}axis", self.axis, input_shape)


#: Layers that are an activation function and nothing else.  Exact classes: a subclass of one's own may do anything.
FUNCTION_LAYERS = (Activation, ELU, LeakyReLU, ReLU, Softmax)
