"""The exponential function, and those that are exponential below zero and straight above."""

from __future__ import annotations

import numpy as np

from mlp import checks
from mlp.activations.base import ACTIVATIONS, Activation, function
from mlp.arrays import Array, constant

__all__ = ["Celu", "Elu", "Exponential", "Selu", "celu", "elu", "exponential", "selu"]


class _Exponential(Activation):
    """``y = scale x if x > 0 else scale alpha (exp(x) - 1)``: what elu and selu have in common."""

    scale: float
    alpha: float

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = scale x if x > 0 else scale alpha (exp(x) - 1)``."""
        below = self.alpha * np.expm1(np.minimum(x, constant(0.0, x.dtype)))
        # At 0, where the two agree, x: the least of 0 and 0 + ih is 0, and the complex step would be lost.
        return np.multiply(self.scale, np.where(x.real >= 0, x, below), out=out)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = scale dy if x > 0 else scale alpha exp(x) dy``."""
        slope = np.where(x.real > 0, 1.0, self.alpha * np.exp(np.minimum(x, constant(0.0, x.dtype))))
        return np.multiply(dy, self.scale * slope, out=out)


@ACTIVATIONS.add()
class Elu(_Exponential):
    """``y = x if x > 0 else alpha (exp(x) - 1)`` (Clevert et al. 2016, arXiv:1511.07289, equation 16).

    Parameters
    ----------
    alpha : float, default 1
        Minus the limit for ``x`` to minus infinity.

    Examples
    --------
    >>> elu([-1.0, 2.0]).round(4)
    array([-0.6321,  2.    ])
    """

    replayable = True
    scale = 1.0

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = checks.real("alpha", alpha)


@ACTIVATIONS.add()
class Selu(_Exponential):
    """``y = scale elu(x, alpha)``, scale = 1.0507..., alpha = 1.6732... (Klambauer et al. 2017, arXiv:1706.02515, equation 2).

    Examples
    --------
    >>> selu([-1.0, 2.0]).round(4)
    array([-1.1113,  2.1014])
    """

    replayable = True
    scale = 1.0507009873554805
    alpha = 1.6732632423543772


@ACTIVATIONS.add()
class Celu(Activation):
    """``y = x if x > 0 else alpha (exp(x / alpha) - 1)`` (Barron 2017, arXiv:1704.07483, equation 2): smooth for every alpha.

    Parameters
    ----------
    alpha : float, default 1
        Minus the limit for ``x`` to minus infinity; greater than 0.

    Examples
    --------
    >>> celu([-1.0, 2.0], alpha=0.5).round(4)
    array([-0.4323,  2.    ])
    """

    replayable = True

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = checks.real("alpha", alpha, above=0.0)

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = x if x > 0 else alpha (exp(x / alpha) - 1)``."""
        return np.where(x.real >= 0, x, self.alpha * np.expm1(self._below(x)))

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy if x > 0 else exp(x / alpha) dy``."""
        return np.multiply(dy, np.exp(self._below(x)), out)

    def _below(self, x: Array) -> Array:
        """``x / alpha`` below zero, cut off where its exponential is 0, before the quotient overflows."""
        least = constant(-800 * self.alpha, x.dtype)
        return np.maximum(np.minimum(x, constant(0.0, x.dtype)), least) / self.alpha


@ACTIVATIONS.add()
class Exponential(Activation):
    """``y = exp(x)``.

    Examples
    --------
    >>> exponential([0.0, 1.0]).round(4)
    array([1.    , 2.7183])
    """

    replayable = True
    from_output = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = exp(x)``."""
        return np.exp(x, out)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy y``."""
        return np.multiply(dy, y, out)


celu, elu, exponential, selu = map(function, (Celu, Elu, Exponential, Selu))
