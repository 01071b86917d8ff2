"""Activation functions, each with its derivative.

An activation is a class: ``forward`` computes ``y = f(x)``, and ``backward``, right below it, carries a
gradient back through it, ``dx = J^T dy``, where ``J`` is the Jacobian (for an elementwise function
``dx = f'(x) dy``).  For each class there is a plain function, ``relu(x)``; both mean the same, and
`get` accepts the class, the function, an object or a name.

Comparisons look at the real part, so that complex input passes through (the complex-step derivative,
Squire and Trapp 1998, SIAM Review 40:110, needs that).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array, constant, floating, real_sign
from mlp.configurable import Configurable, encode, function_of
from mlp.names import snake_case
from mlp.registry import Registry

__all__ = [
    "Activation", "Elu", "Gelu", "LeakyRelu", "Linear", "Relu", "Selu", "Sigmoid", "Silu", "Softmax", "Softplus",
    "Step", "Tanh", "elu", "gelu", "get", "identity", "leaky_relu", "linear", "relu", "selu", "sigmoid", "silu",
    "softmax", "softplus", "step", "swish", "tanh",
]  # fmt: skip


class Activation(Configurable):
    """A differentiable function of arrays; subclass it, giving ``forward`` and ``backward``.

    Attributes
    ----------
    from_output : bool
        True if ``backward`` needs ``y`` alone; ``forward`` may then write ``y`` over ``x``.
    surrogate_gradient : bool
        True if ``backward`` is not the derivative, on purpose (step, straight-through estimators).

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

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = f(x)``; ``out`` is memory for it that may be used."""
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

        Examples
        --------
        >>> tanh.configurable().derivative([0.0, 1.0]).round(4)
        array([1.  , 0.42])
        """
        x = floating(x)
        if x.ndim == 0:
            return self.derivative(x[None])[0, ...]
        return self.backward(np.ones_like(x), x, self.forward(x)).copy()

    def describe(self) -> Any:
        """The name alone where every argument has its default, as Keras writes it."""
        name = snake_case(type(self).__name__)
        own = ACTIVATIONS.classes.get(type(self).__name__) is type(self)
        return name if own and self.get_config() == encode(_defaults(type(self))) else super().describe()


def _defaults(cls: type[Configurable]) -> dict[str, Any]:
    return {name: parameter.default for name, parameter in cls._arguments().items()}


ACTIVATIONS: Registry[Activation] = Registry("activation", Activation)


def _function(cls: type[Activation]) -> Callable[..., Array]:
    """The plain function ``f(x, **arguments)`` of a class."""

    @function_of(cls, "x")
    def function(x: Any, *args: Any, **kwargs: Any) -> Array:
        return cls(*args, **kwargs)(x)

    return function


@ACTIVATIONS.add("identity")
class Linear(Activation):
    """``y = x``.

    Examples
    --------
    >>> linear([1.0, -2.0])
    array([ 1., -2.])
    """

    replayable = True
    from_output = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = x``, the very array."""
        return x

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy``, the very array."""
        return dy


@ACTIVATIONS.add()
class Step(Activation):
    """``y = 1 if x > 0 else 0``; the derivative is zero wherever there is one, and is declared zero at 0.

    Examples
    --------
    >>> step([-1.0, 0.0, 2.0])
    array([0., 0., 1.])
    """

    replayable = True
    from_output = True
    surrogate_gradient = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = 1 if x > 0 else 0``."""
        return np.heaviside(x.real, 0.0, out=out) if x.dtype.kind == "f" else (x.real > 0).astype(x.dtype)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = 0``."""
        return np.zeros_like(dy)


@ACTIVATIONS.add()
class Sigmoid(Activation):
    """``y = 1 / (1 + exp(-x))``.

    Examples
    --------
    >>> sigmoid([0.0, -800.0, 800.0])
    array([0.5, 0. , 1. ])
    """

    replayable = True
    from_output = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = e / (1 + e)`` with ``e = exp(x)``, cut off where ``y`` is 1 to all digits: both tails are exact."""
        limit = 0.99 * math.log(float(np.finfo(x.dtype).max))
        e = np.minimum(x, constant(limit, x.dtype), out=out)
        e = np.exp(e, e)
        y: Array = np.divide(e, e + constant(1.0, e.dtype), e)
        return y

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy y (1 - y)``."""
        dx = np.subtract(constant(1.0, y.dtype), y, out)
        dx *= y
        dx *= dy
        return dx


@ACTIVATIONS.add()
class Tanh(Activation):
    """``y = tanh(x)``.

    Examples
    --------
    >>> tanh([-0.5]).round(4)
    array([-0.4621])
    """

    replayable = True
    from_output = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = tanh(x)``."""
        return np.tanh(x, out)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy (1 - y^2)``."""
        dx = np.multiply(dy, y, out)
        dx *= y
        return np.subtract(dy, dx, dx)


@ACTIVATIONS.add()
class Relu(Activation):
    """``y = max(x, 0)``; in general ``min(x, max_value)`` from ``threshold`` on, ``negative_slope (x - threshold)`` below.

    Parameters
    ----------
    negative_slope : float, default 0
        Slope below the threshold.
    max_value : float, optional
        The largest value of ``y``.
    threshold : float, default 0
        Where the identity begins.  The derivative at a kink is the smaller one.

    Examples
    --------
    >>> relu([-3.0, 0.5]), relu([-3.0, 0.5, 9.0], negative_slope=0.1, max_value=6.0)
    (array([0. , 0.5]), array([-0.3,  0.5,  6. ]))
    """

    replayable = True

    def __init__(
        self, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
    ) -> None:
        self.negative_slope = checks.real("negative_slope", negative_slope, 0.0)
        self.max_value = None if max_value is None else checks.real("max_value", max_value, 0.0)
        self.threshold = checks.real("threshold", threshold)
        self.from_output = self.negative_slope == 0.0 and max_value is None and self.threshold == 0.0

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = max(x, 0)``, or the general form."""
        if self.from_output:
            return np.maximum(x, constant(0.0, x.dtype), out=out)
        y = np.where(x.real >= self.threshold, x, self.negative_slope * (x - self.threshold))
        return y if self.max_value is None else np.where(x.real >= self.max_value, self.max_value, y)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy`` where ``x > 0``, else 0, or the slopes of the general form."""
        if self.from_output:
            dx = real_sign(y, out)  # y is not negative, so this is 1 or 0
            return np.multiply(dx, dy, out)
        slope = np.where(x.real > self.threshold, 1.0, self.negative_slope)
        if self.max_value is not None:
            slope[x.real >= self.max_value] = 0.0
        return np.multiply(dy, slope, out=out, dtype=dy.dtype)


@ACTIVATIONS.add()
class LeakyRelu(Activation):
    """``y = x if x > 0 else negative_slope x``.

    Parameters
    ----------
    negative_slope : float, default 0.2
        Slope below zero, and at zero.

    Examples
    --------
    >>> leaky_relu([-1.0, 2.0])
    array([-0.2,  2. ])
    """

    replayable = True

    def __init__(self, negative_slope: float = 0.2) -> None:
        self.negative_slope = checks.real("negative_slope", negative_slope, 0.0)

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = x if x > 0 else negative_slope x``."""
        return np.where(x.real > 0, x, self.negative_slope * x)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy if x > 0 else negative_slope dy``."""
        return np.where(x.real > 0, dy, self.negative_slope * dy)


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
    """``y = x if x > 0 else alpha (exp(x) - 1)`` (Clevert et al. 2016, arXiv:1511.07289, eq. 16).

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
    """``y = scale elu(x, alpha)``, scale = 1.0507..., alpha = 1.6732... (Klambauer et al. 2017, arXiv:1706.02515, eq. 2).

    Examples
    --------
    >>> selu([-1.0, 2.0]).round(4)
    array([-1.1113,  2.1014])
    """

    replayable = True
    scale = 1.0507009873554805
    alpha = 1.6732632423543772


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


@ACTIVATIONS.add()
class Softplus(Activation):
    """``y = log(1 + exp(x))``.

    Examples
    --------
    >>> softplus([0.0, 1000.0]).round(4)
    array([6.931e-01, 1.000e+03])
    """

    replayable = True

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = max(x, 0) + log(1 + exp(-|x|))``, which cannot overflow."""
        return np.add(np.maximum(x, constant(0.0, x.dtype)), np.log1p(np.exp(np.minimum(x, -x))), out=out)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy sigmoid(x)``."""
        return np.multiply(dy, Sigmoid().forward(x), out=out)


@ACTIVATIONS.add()
class Softmax(Activation):
    """``y_i = exp(x_i) / sum_j exp(x_j)`` along ``axis``.

    Parameters
    ----------
    axis : int, default -1
        The axis along which the results sum to 1.

    Examples
    --------
    >>> softmax([1010.0, 1000.0, 990.0])
    array([9.99954600e-01, 4.53978686e-05, 2.06106005e-09])
    """

    replayable = True
    from_output = True

    def __init__(self, axis: int = -1) -> None:
        self.axis = checks.integer("axis", axis, -32, 31)

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = exp(x - max x) / sum exp(x - max x)``: the same numbers, and nothing overflows."""
        y = np.subtract(x, np.maximum.reduce(x, axis=self.axis, keepdims=True), out=out)
        np.exp(y, y)
        y /= np.add.reduce(y, axis=self.axis, keepdims=True)
        return y

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = y (dy - sum y dy)``: the Jacobian is ``diag(y) - y y^T``."""
        dx = np.multiply(dy, y, out)
        dx -= y * np.add.reduce(dx, axis=self.axis, keepdims=True)
        return dx


elu, gelu, leaky_relu, linear, relu = map(_function, (Elu, Gelu, LeakyRelu, Linear, Relu))
selu, sigmoid, silu, softmax, softplus = map(_function, (Selu, Sigmoid, Silu, Softmax, Softplus))
step, tanh = map(_function, (Step, Tanh))
identity, swish = linear, silu


def get(identifier: Any, argument: str = "") -> Activation:
    """The activation that a name, class, function or object means; ``None`` means linear.

    Parameters
    ----------
    identifier : str, object, class or function
        What is meant.
    argument : str, optional
        What the caller calls it, for messages.

    Raises
    ------
    UnknownNameError, ArgumentTypeError
        If it means none.

    Examples
    --------
    >>> get("relu"), get(leaky_relu), get(None)
    (Relu(), LeakyRelu(), Linear())
    """
    return Linear() if identifier is None else ACTIVATIONS.get(identifier, argument)
