"""Rules that a weight obeys after every step of training: ``constraint(w)`` returns the nearest allowed value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array, floating
from mlp.configurable import Configurable
from mlp.errors import ShapeError
from mlp.registry import Registry

__all__ = [
    "Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm", "get", "max_norm", "min_max_norm", "non_neg",
    "unit_norm",
]  # fmt: skip

EPSILON = 1e-7


class Constraint(Configurable):
    """A projection of weights; subclass it, giving ``project``, or ``__call__`` as in Keras.

    Examples
    --------
    >>> class AtMostOne(Constraint):
    ...     def project(self, w):
    ...         return np.clip(w, -1.0, 1.0)
    >>> AtMostOne()([-3.0, 0.5])
    array([-1. ,  0.5])
    """

    def project(self, w: Array) -> Array:
        """The allowed value for ``w``; ``w`` itself is not changed."""
        if type(self).__call__ is not Constraint.__call__:
            return self(w)
        raise NotImplementedError(f"{type(self).__name__} must define project(self, w)")

    def __call__(self, w: Any) -> Array:
        """The allowed value for the array-like ``w``."""
        return self.project(floating(w))


CONSTRAINTS: Registry[Constraint] = Registry("constraint", Constraint)


def _norms(w: Array, axis: int | tuple[int, ...]) -> Array:
    norms: Array = np.sqrt(np.sum(w * w, axis=axis, keepdims=True))
    return norms


def _axis(axis: Any) -> int | tuple[int, ...]:
    if isinstance(axis, list | tuple):
        return tuple(checks.integer("axis", a, -32, 31) for a in axis)
    return checks.integer("axis", axis, -32, 31)


@CONSTRAINTS.add("non_neg", "nonneg")
class NonNeg(Constraint):
    """``w = max(w, 0)``.

    Examples
    --------
    >>> NonNeg()([-1.0, 2.0])
    array([0., 2.])
    """

    def project(self, w: Array) -> Array:
        """``max(w, 0)``."""
        return np.maximum(w, 0.0)


@CONSTRAINTS.add("max_norm")
class MaxNorm(Constraint):
    """Norms along ``axis`` are at most ``max_value`` (Srivastava et al. 2014, JMLR 15:1929, section 5.1).

    Parameters
    ----------
    max_value : float, default 2
        The largest norm.
    axis : int or tuple of int, default 0
        The axes of one norm; 0 is all weights into one unit of a `Dense` layer.

    Examples
    --------
    >>> MaxNorm(1.0)([[3.0], [4.0]]).round(4)
    array([[0.6],
           [0.8]])
    """

    def __init__(self, max_value: float = 2, axis: int | tuple[int, ...] = 0) -> None:
        self.max_value = checks.real("max_value", max_value, 0.0)
        self.axis = _axis(axis)

    def project(self, w: Array) -> Array:
        """``w`` scaled down to the largest norm where it is longer."""
        norms = _norms(w, self.axis)
        return w * (np.clip(norms, 0, self.max_value) / (EPSILON + norms))


@CONSTRAINTS.add("unit_norm")
class UnitNorm(Constraint):
    """Norms along ``axis`` are 1.

    Parameters
    ----------
    axis : int or tuple of int, default 0
        The axes of one norm.

    Examples
    --------
    >>> UnitNorm()([[3.0], [4.0]]).round(4)
    array([[0.6],
           [0.8]])
    """

    def __init__(self, axis: int | tuple[int, ...] = 0) -> None:
        self.axis = _axis(axis)

    def project(self, w: Array) -> Array:
        """``w / |w|``."""
        return w / (EPSILON + _norms(w, self.axis))


@CONSTRAINTS.add("min_max_norm")
class MinMaxNorm(Constraint):
    """Norms along ``axis`` move into [min_value, max_value] by the share ``rate``.

    Parameters
    ----------
    min_value, max_value : float, defaults 0 and 1
        The bounds.
    rate : float, default 1
        1 puts the bounds into force at once, less of it moves the norm a part of the way.
    axis : int or tuple of int, default 0
        The axes of one norm.

    Examples
    --------
    >>> MinMaxNorm(1.0, 2.0)([[0.3], [0.4]]).round(4)
    array([[0.6],
           [0.8]])
    """

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        axis: int | tuple[int, ...] = 0,
    ) -> None:
        self.min_value = checks.real("min_value", min_value, 0.0)
        self.max_value = checks.real("max_value", max_value, self.min_value)
        self.rate = checks.real("rate", rate, 0.0, 1.0)
        self.axis = _axis(axis)

    def project(self, w: Array) -> Array:
        """``w`` scaled towards the bounds."""
        norms = _norms(w, self.axis)
        wanted = self.rate * np.clip(norms, self.min_value, self.max_value) + (1 - self.rate) * norms
        return w * (wanted / (EPSILON + norms))


class ConstraintFunction(Constraint):
    """A function of one's own as a constraint.

    Parameters
    ----------
    function : callable
        Called with a copy of the weight, returns the allowed value.
    """

    def __init__(self, function: Callable[[Array], Any]) -> None:
        self.function = function

    def project(self, w: Array) -> Array:
        """What the function gives.

        Raises
        ------
        ShapeError
            If that has another shape than the weight.
        """
        allowed = np.asarray(self.function(w.copy()))
        if allowed.shape != w.shape:
            name = getattr(self.function, "__name__", repr(self.function))
            raise ShapeError(
                f"constraint {name} must return an array of the weight's shape {w.shape}, got {allowed.shape}"
            )
        return allowed.astype(w.dtype, copy=False)


#: Keras calls the classes by these names too.
max_norm, min_max_norm, non_neg, unit_norm = MaxNorm, MinMaxNorm, NonNeg, UnitNorm


def get(identifier: Any, argument: str = "") -> Constraint | None:
    """The constraint that a name, class, object or function means; ``None`` means none.

    Parameters
    ----------
    identifier : str, object, class or function
        What is meant.  A function of one's own takes a weight and returns the allowed one.
    argument : str, optional
        What the caller calls it, for messages.

    Returns
    -------
    Constraint or None
        An object that was handed in is returned as it is.

    Raises
    ------
    UnknownNameError, ArgumentTypeError
        If it means none that is known.

    Examples
    --------
    >>> get("non_neg")
    NonNeg()
    >>> get(np.abs)(np.array([-1.0, 2.0]))
    array([1., 2.])
    """
    if callable(identifier) and not isinstance(identifier, Constraint | type):
        return ConstraintFunction(identifier)
    return None if identifier is None else CONSTRAINTS.get(identifier, argument)
