"""What every activation shares: the base class, the registry, and the way from a class to a function."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter
from typing import Any

import numpy as np

from mlp.arrays import Array, floating
from mlp.configurable import Configurable, encode, function_of
from mlp.errors import ShapeError
from mlp.names import snake_case
from mlp.registry import Registry

__all__ = ["ACTIVATIONS", "Activation", "AlongAxis", "function"]


class Activation(Configurable):
    """A differentiable function of arrays; subclass it, giving ``forward`` and ``backward``.

    Attributes
    ----------
    from_output : bool
        True if ``backward`` needs ``y`` alone; ``forward`` may then write ``y`` over ``x``.
    surrogate_gradient : bool
        True if ``backward`` is not the derivative, on purpose (step, straight-through estimators).
    changes_shape : bool
        True if ``y`` has another shape than ``x``, which `output_shape` then says; ``forward`` is given no ``out``.

    Examples
    --------
    >>> import numpy as np
    >>> class Square(Activation):
    ...     def forward(self, x, out=None):
    ...         return np.multiply(x, x, out)
    ...     def backward(self, dy, x, y, out=None):
    ...         return np.multiply(dy, 2 * x, out)
    >>> Square()([1.0, 3.0])
    array([1., 9.])
    """

    from_output = False
    surrogate_gradient = False
    changes_shape = False

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of what becomes of a row of ``input_shape``, both without the batch axis."""
        return input_shape

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = f(x)`` for the array ``x``; ``out`` is memory for it that may be used."""
        raise NotImplementedError(f"{type(self).__name__} must define forward(self, x, out=None)")

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = J^T dy`` at ``x``, where ``y = f(x)``; never writes into ``dy``, ``x`` or ``y``, but may into ``out``."""
        raise NotImplementedError(f"{type(self).__name__} must define backward(self, dy, x, y, out=None)")

    def __call__(self, x: Any) -> Array:
        """``f(x)`` as a new array; ``x`` is any array-like of numbers."""
        x = floating(x)
        if x.ndim == 0:
            return self(x[None])[0, ...]
        with np.errstate(over="ignore"):  # inside, where the result is right all the same
            y = self.forward(x)
        return y.copy() if y is x else y

    def derivative(self, x: Any) -> Array:
        """``f'(x)``, element by element (for softmax: each element's derivative by itself).

        Parameters
        ----------
        x : array_like
            Where.

        Returns
        -------
        ndarray, shape of ``x``
            The derivatives.

        Examples
        --------
        >>> from mlp.activations import Tanh
        >>> Tanh().derivative([0.0, 1.0]).round(4)
        array([1.  , 0.42])
        """
        x = floating(x)
        if x.ndim == 0:
            return self.derivative(x[None])[0, ...]
        with np.errstate(over="ignore"):
            y = self.forward(x)
            return self.backward(np.ones_like(y), x, y).copy()

    def describe(self) -> Any:
        """The name alone where every argument has its default, as Keras writes it."""
        name = snake_case(type(self).__name__)
        own = ACTIVATIONS.classes.get(type(self).__name__) is type(self)
        return name if own and self._has_defaults() else super().describe()

    def _has_defaults(self) -> bool:
        defaults = {name: parameter.default for name, parameter in self._arguments().items()}
        return Parameter.empty not in defaults.values() and self.get_config() == encode(defaults)


class AlongAxis(Activation):
    """What works along ``axis``, or several, counted with the batch axis: in a layer, 0 is the batch and refused."""

    axis: int | tuple[int, ...]

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The same, if the axes are axes of a row.

        Raises
        ------
        ShapeError
            If they are not.
        """
        n = len(input_shape) + 1
        for axis in self.axis if isinstance(self.axis, tuple) else (self.axis,):
            if not -n <= axis < n or axis % n == 0:
                which = "of the batch" if axis in (0, -n) else "that there is not"
                raise ShapeError(
                    f"{self!r} works along an axis {which}: in a layer, for rows of shape {input_shape}, axis must be from "
                    f"1 to {n - 1}, or negative, from {1 - n} to -1"
                )
        return input_shape


ACTIVATIONS: Registry[Activation] = Registry("activation", Activation)


def function(cls: type[Activation]) -> Callable[..., Array]:
    """The plain function ``f(x, **arguments)`` of a class."""
    result = "ndarray\n    ``y``" + ("." if cls.changes_shape else ", of the shape of ``x``.")

    @function_of(cls, {"x": "array_like, shape (..., k)\n    Numbers."}, result)
    def plain(x: Any, *args: Any, **kwargs: Any) -> Array:
        return cls(*args, **kwargs)(x)

    return plain
