"""Penalties on weights, added to the loss: ``penalty(w)`` and its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array, floating, real_sign
from mlp.configurable import Configurable
from mlp.registry import Registry

__all__ = ["L1", "L1L2", "L2", "Regularizer", "get"]


class Regularizer(Configurable):
    """A penalty on an array of weights; subclass it, giving ``value_and_gradient``."""

    def value_and_gradient(self, w: Array) -> tuple[Any, Array]:
        """The penalty and its gradient, which has the shape of ``w``."""
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


def get(identifier: Any, argument: str = "") -> Regularizer | None:
    """The regularizer that a name, class or object means; ``None`` means none.

    Parameters
    ----------
    identifier : str, object, class or function
        What is meant.
    argument : str, optional
        What the caller calls it, for messages.

    Raises
    ------
    UnknownNameError, ArgumentTypeError
        If it means none that is known.

    Examples
    --------
    >>> get("l2")
    L2()
    """
    return None if identifier is None else REGULARIZERS.get(identifier, argument)
