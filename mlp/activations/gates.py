"""Gates: ``x`` times a step from 0 to 1, most of them smooth ones."""

from __future__ import annotations

import math

import numpy as np

from mlp import checks
from mlp.activations.base import ACTIVATIONS, Activation, AlongAxis, function
from mlp.activations.sigmoids import HardSigmoid, Sigmoid
from mlp.arrays import Array, constant
from mlp.errors import ShapeError

__all__ = [
    "Gelu", "Glu", "HardSilu", "Mish", "Silu", "gelu", "glu", "hard_silu", "hard_swish", "mish", "silu", "swish",
]  # fmt: skip


@ACTIVATIONS.add()
class Gelu(Activation):
    """``y = x Phi(x)``, Phi the normal distribution function (Hendrycks and Gimpel 2016, arXiv:1606.08415, equation 1).

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
    """``y = x sigmoid(x)`` (Elfwing et al. 2018, arXiv:1702.03118, equation 6).

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


@ACTIVATIONS.add("hard_swish")
class HardSilu(Activation):
    """``y = x hard_sigmoid(x)`` (Howard et al. 2019, arXiv:1905.02244, section 5.2); the slope is 0 at -3 and 1 at 3.

    Examples
    --------
    >>> hard_silu([-4.0, 1.5, 4.0])
    array([-0.   ,  1.125,  4.   ])
    """

    replayable = True
    rational = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = x hard_sigmoid(x)``."""
        return np.multiply(x, HardSigmoid().forward(x), out)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy (s + x s')`` with ``s = hard_sigmoid(x)``."""
        factor: Array = HardSigmoid().forward(x) + HardSigmoid().backward(x, x, y)
        return np.multiply(dy, factor, out)


@ACTIVATIONS.add()
class Mish(Activation):
    """``y = x tanh(softplus(x))`` (Misra 2019, arXiv:1908.08681, equation 1).

    Examples
    --------
    >>> mish([-1.0, 2.0]).round(4)
    array([-0.3034,  1.944 ])
    """

    replayable = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = x t`` with ``t = tanh(log(1 + e)) = n / (n + 2)``, ``n = e (e + 2)`` and ``e = exp(x)``."""
        _, _, n = self._parts(x)
        t: Array = n / (n + 2)
        return np.multiply(x, t, out)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy (t + x t')`` with ``t' = 4 e (1 + e) / (n + 2)^2``."""
        near, e, n = self._parts(x)
        factor: Array = (n + 4 * near * e * ((1 + e) / (n + 2))) / (n + 2)
        return np.multiply(dy, factor, out)

    @staticmethod
    def _parts(x: Array) -> tuple[Array, Array, Array]:
        """``x`` cut off where ``t`` is 0 or 1 to all digits, ``e`` and ``n``."""
        near = np.minimum(np.maximum(x, constant(-1000.0, x.dtype)), constant(40.0, x.dtype))
        e = np.exp(near)
        return near, e, e * (e + 2)


@ACTIVATIONS.add()
class Glu(AlongAxis):
    """``y = a sigmoid(b)``, where ``a`` and ``b`` are the halves of ``x`` (Dauphin et al. 2017, arXiv:1612.08083, equation 1).

    Parameters
    ----------
    axis : int, default -1
        The axis that is halved; its size must be even.

    Examples
    --------
    >>> glu([[1.0, 2.0, 0.0, 1000.0]])
    array([[0.5, 2. ]])
    """

    replayable = True
    changes_shape = True
    axis: int

    def __init__(self, axis: int = -1) -> None:
        self.axis = checks.integer("axis", axis, -32, 31)

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Half the size along the axis."""
        shape = list(super().output_shape(input_shape))
        place = self.axis % (len(shape) + 1) - 1
        if shape[place] % 2:
            raise ShapeError(f"{self!r} halves rows of an even size, got {shape[place]} in {input_shape}")
        shape[place] //= 2
        return tuple(shape)

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = a sigmoid(b)``."""
        a, b = self._halves(x)
        return np.multiply(x[a], Sigmoid().forward(x[b]), out)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``da = dy s``, ``db = dy a s (1 - s)`` with ``s = sigmoid(b)``."""
        a, b = self._halves(x)
        s, complement = Sigmoid().forward(x[b]), Sigmoid().forward(-x[b])
        dx = np.zeros_like(x) if out is None else out
        da = np.multiply(dy, s, dx[a])
        np.multiply(da, x[a] * complement, dx[b])
        return dx

    def _halves(self, x: Array) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
        """The indices of both halves."""
        axis = range(x.ndim)[self.axis]
        half, rest = divmod(x.shape[axis], 2)
        if rest:
            raise ShapeError(f"{self!r} halves an axis of even size, got x of shape {x.shape}")
        before = (slice(None),) * axis
        return (*before, slice(half)), (*before, slice(half, None))


gelu, silu, hard_silu, mish, glu = map(function, (Gelu, Silu, HardSilu, Mish, Glu))
swish, hard_swish = silu, hard_silu
