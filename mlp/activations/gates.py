"""Gates: ``x`` times a smooth step."""

from __future__ import annotations

import math

import numpy as np

from mlp import checks
from mlp.activations.base import ACTIVATIONS, Activation, function
from mlp.activations.sigmoids import Sigmoid
from mlp.arrays import Array, constant

__all__ = ["Gelu", "Silu", "gelu", "silu", "swish"]


@ACTIVATIONS.add()
class Gelu(Activation):
    """``y = x Phi(x)``, Phi the normal distribution function (Hendrycks and Gimpel 2016, arXiv:1606.08415, eq. 1).

    Parameters
    ----------
    approximate : bool, default False
        Use ``Phi(x) ~ (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`` of the same paper instead.

    Examples
    --------
    >>> gelu([-1.0, 2.0]).round(4), gelu([2.0], approximate=True).round(4)
    (array([-0.1587,  1.9545]), array([1.9546]))
    """

    def __init__(self, approximate: bool = False) -> None:
        self.approximate = checks.flag("approximate", approximate)

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = x Phi(x)``."""
        return np.multiply(x, self._distribution(_within_40(x)), out=out)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy (Phi(x) + x Phi'(x))``."""
        near = _within_40(x)
        phi = self._distribution(near)
        factor: Array = phi + near * self._density(near, phi)
        return np.multiply(dy, factor, out)

    def _distribution(self, x: Array) -> Array:
        """``Phi(x)``."""
        if self.approximate:
            return Sigmoid().forward(self._inner(x))  # (1 + tanh(u)) / 2 without its cancellation for u << 0
        from scipy.special import erfc, erfcx

        phi: Array = 0.5 * erfc(-x * math.sqrt(0.5))
        far = x.real < -37
        if far.any():  # there results are subnormal, and erfc is zero already
            z = np.where(far, x, -37)
            phi = np.where(far, 0.5 * erfcx(-z * math.sqrt(0.5)) * np.exp(-0.5 * z * z), phi)
        return phi

    def _density(self, x: Array, phi: Array) -> Array:
        """``Phi'(x)``."""
        if self.approximate:
            rest = Sigmoid().forward(-self._inner(x))  # 1 - phi without its cancellation
            return phi * rest * (2 * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x))
        return np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)

    @staticmethod
    def _inner(x: Array) -> Array:
        return 2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)


def _within_40(x: Array) -> Array:
    """``x`` cut off where ``Phi`` is 0 or 1 to all digits, before powers of it overflow."""
    limit = constant(40.0, x.dtype)
    return np.minimum(np.maximum(x, -limit), limit)


@ACTIVATIONS.add("swish")
class Silu(Activation):
    """``y = x sigmoid(x)`` (Elfwing et al. 2018, arXiv:1702.03118, eq. 6).

    Examples
    --------
    >>> silu([-1.0, 2.0]).round(4)
    array([-0.2689,  1.7616])
    """

    replayable = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = x sigmoid(x)``."""
        return np.multiply(x, Sigmoid().forward(x), out=out)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy s (1 + x (1 - s))`` with ``s = sigmoid(x)``."""
        s, complement = Sigmoid().forward(x), Sigmoid().forward(-x)
        factor: Array = s * (1 + x * complement)
        return np.multiply(dy, factor, out)


gelu, silu = map(function, (Gelu, Silu))
swish = silu
