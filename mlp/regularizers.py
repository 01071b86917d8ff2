"""Penalties on weights, added to the loss: ``penalty(w)`` and its gradient."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array, as_number, floating, real_sign
from mlp.configurable import Configurable
from mlp.derivatives import by_entries, central, complex_step, takes_complex
from mlp.errors import NumericalDerivativeWarning, ShapeError
from mlp.notices import warn_caller
from mlp.registry import Registry

__all__ = [
    "L1", "L1L2", "L2", "OrthogonalRegularizer", "Regularizer", "get", "l1", "l1_l2", "l2", "orthogonal_regularizer",
]  # fmt: skip

#: The length below which a vector is not brought to length 1.
SHORTEST = 1e-12


class Regularizer(Configurable):
    """A penalty on an array of weights; subclass it, giving ``value_and_gradient``, or ``__call__`` as in Keras.

    Examples
    --------
    >>> class Quartic(Regularizer):
    ...     def value_and_gradient(self, w):
    ...         return np.sum(w**4), 4 * w**3
    >>> Quartic()([1.0, 2.0])
    17.0
    """

    def value_and_gradient(self, w: Array) -> tuple[Any, Array]:
        """The penalty and its gradient, which has the shape of ``w``."""
        if type(self).__call__ is not Regularizer.__call__:
            return _derived(self, type(self).__name__, w)
        raise NotImplementedError(f"{type(self).__name__} must define value_and_gradient(self, w)")

    def __call__(self, w: Any) -> float:
        """The penalty of ``w`` as a float."""
        return float(self.value_and_gradient(floating(w))[0])


REGULARIZERS: Registry[Regularizer] = Registry("regularizer", Regularizer)


@REGULARIZERS.add("l1_l2")
class L1L2(Regularizer):
    """``l1 sum |w| + l2 sum w^2``; the derivative of ``|w|`` at 0 is taken as 0.

    Parameters
    ----------
    l1, l2 : float, default 0
        The factors.  There is no 1/2 in front of the squares, as in Keras.

    Examples
    --------
    >>> L1L2(l1=1.0, l2=0.5)([3.0, -4.0])
    19.5
    """

    replayable = True

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = checks.real("l1", l1, 0.0)
        self.l2 = checks.real("l2", l2, 0.0)

    def value_and_gradient(self, w: Array) -> tuple[Any, Array]:
        """``l1 sum |w| + l2 sum w^2`` and ``l1 sign(w) + 2 l2 w``."""
        sign = real_sign(w)
        return self.l1 * np.sum(w * sign) + self.l2 * np.sum(w * w), self.l1 * sign + 2 * self.l2 * w


@REGULARIZERS.add()
class L1(Regularizer):
    """``l1 sum |w|``.

    Parameters
    ----------
    l1 : float, default 0.01
        The factor.

    Examples
    --------
    >>> L1(0.5)([3.0, -4.0])
    3.5
    """

    replayable = True

    def __init__(self, l1: float = 0.01) -> None:
        self.l1 = checks.real("l1", l1, 0.0)

    def value_and_gradient(self, w: Array) -> tuple[Any, Array]:
        """``l1 sum |w|`` and ``l1 sign(w)``."""
        sign = real_sign(w)
        return self.l1 * np.sum(w * sign), self.l1 * sign


@REGULARIZERS.add()
class L2(Regularizer):
    """``l2 sum w^2``.

    Parameters
    ----------
    l2 : float, default 0.01
        The factor.  There is no 1/2 in front of the squares, as in Keras.

    Examples
    --------
    >>> L2(0.5)([3.0, -4.0])
    12.5
    """

    replayable = True

    def __init__(self, l2: float = 0.01) -> None:
        self.l2 = checks.real("l2", l2, 0.0)

    def value_and_gradient(self, w: Array) -> tuple[Any, Array]:
        """``l2 sum w^2`` and ``2 l2 w``."""
        return self.l2 * np.sum(w * w), 2 * self.l2 * w


@REGULARIZERS.add()
class OrthogonalRegularizer(Regularizer):
    """``factor`` times the mean of ``|cos|`` over the angles between all pairs of rows, or of columns, of a matrix.

    One row alone has no penalty.

    Parameters
    ----------
    factor : float, default 0.01
        The factor.
    mode : {"rows", "columns"}
        Which vectors are to be orthogonal.  The columns of a `Dense` layer's kernel are those of its units.

    Examples
    --------
    >>> OrthogonalRegularizer(0.5)([[3.0, 4.0], [1.0, 0.0]])
    0.3
    """

    replayable = True

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = checks.real("factor", factor, 0.0)
        self.mode = checks.one_of("mode", mode, ("rows", "columns"))

    def value_and_gradient(self, w: Array) -> tuple[Any, Array]:
        """With unit vectors ``u = w / |w|``: ``c sum |u_i u_j|``, ``(I - u_i u_i^T) (2 c sum_j sign(u_i u_j) u_j) / |w_i|``."""
        if w.ndim != 2:
            raise ShapeError(f"OrthogonalRegularizer: the weight must have two axes, got shape {w.shape}")
        if self.mode == "columns":
            value, gradient = self._of_rows(w.T)
            return value, gradient.T
        return self._of_rows(w)

    def _of_rows(self, w: Array) -> tuple[Any, Array]:
        n = len(w)
        length = np.sqrt(np.sum(w * w, axis=1, keepdims=True))
        divisor = np.maximum(length, SHORTEST)
        u = w / divisor
        products = u @ u.T
        sign = real_sign(products) * (1 - np.eye(n, dtype=w.real.dtype))
        c = self.factor / max(1, n * (n - 1))
        slope = 2 * c * (sign @ u)
        along = np.sum(u * slope, axis=1, keepdims=True) * (length > SHORTEST)
        return c * np.sum(sign * products), (slope - u * along) / divisor


class RegularizerFunction(Regularizer):
    """A function of one's own as a regularizer.

    Parameters
    ----------
    function : callable
        Takes a weight, returns the penalty, or the penalty and its gradient.
    """

    def __init__(self, function: Callable[[Array], Any]) -> None:
        self.function = function

    def value_and_gradient(self, w: Array) -> tuple[Any, Array]:
        """What the function gives; a gradient that it does not give is found from its values.

        Raises
        ------
        ShapeError
            If the penalty is not one number, or the gradient not of the weight's shape.
        """
        name = getattr(self.function, "__name__", repr(self.function))
        result = self.function(w)
        if not isinstance(result, tuple):
            return _derived(self.function, name, w)
        value, gradient = result
        if np.shape(gradient) != w.shape:
            raise ShapeError(
                f"regularizer {name}: the gradient must have the weight's shape {w.shape}, got {np.shape(gradient)}"
            )
        return _penalty(name, value), np.asarray(gradient, w.dtype)


def _penalty(name: str, value: Any) -> Any:
    if np.shape(value) != ():
        raise ShapeError(
            f"regularizer {name} must return one number, or a pair (value, gradient), got shape {np.shape(value)}"
        )
    return as_number(value)


def _derived(function: Callable[[Array], Any], name: str, w: Array) -> tuple[Any, Array]:
    """A function's value and, from its values alone, its gradient."""
    warn_caller(
        f"regularizer {name} gives no gradient, which is computed numerically, one weight after another: return the pair "
        "(value, gradient) to be faster and exact",
        NumericalDerivativeWarning,
    )
    value = _penalty(name, function(w))
    wide = w.ravel().astype(np.complex128 if np.iscomplexobj(w) else np.float64)

    def of_vector(vector: Array) -> Any:
        return function(vector.reshape(w.shape))

    def complex_slope(point: Array, direction: Array) -> Any:
        step = complex_step(of_vector, point, direction)
        return np.nan if step is None else step.value

    direction = np.random.default_rng(0).standard_normal(w.size)
    exact = wide.dtype.kind == "f" and takes_complex(of_vector, wide, direction)
    gradient = by_entries(complex_slope if exact else partial(central, of_vector), wide)
    return value, gradient.reshape(w.shape).astype(w.dtype)


#: Keras calls the classes by these names too.
l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer


def get(identifier: Any, argument: str = "") -> Regularizer | None:
    """The regularizer that a name, class, object or function means; ``None`` means none.

    Parameters
    ----------
    identifier : str, object, class or function
        What is meant.  A function of one's own takes a weight and returns the penalty, or the pair of the penalty and
        its gradient; without it the gradient is computed numerically, and a `NumericalDerivativeWarning` says so.
    argument : str, optional
        What the caller calls it, for messages.

    Returns
    -------
    Regularizer or None
        An object that was handed in is returned as it is.

    Raises
    ------
    UnknownNameError, ArgumentTypeError
        If it means none that is known.

    Examples
    --------
    >>> get("l2")
    L2()
    >>> get(lambda w: (np.sum(w**4), 4 * w**3))([1.0, 2.0])
    17.0
    """
    if callable(identifier) and not isinstance(identifier, Regularizer | type):
        return RegularizerFunction(identifier)
    return None if identifier is None else REGULARIZERS.get(identifier, argument)
