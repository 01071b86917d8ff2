"""Any function of arrays as an activation: its derivative is its own or is computed by numbers.

A function may bring its derivative along, ``function.derivative(x)``, entry by entry.  Without one, the complex step
``Im f(x + i h) / h`` is exact to rounding where the function takes complex numbers and is smooth in them (Squire and
Trapp 1998, SIAM Review 40:110); elsewhere extrapolated differences are good to about twelve digits (Ridders 1982, Advances in
Engineering Software 4:75).  Which it is, and whether the entries of a row hang together, is tried once, when the
function is taken: an activation remembers nothing from call to call.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from mlp.activations.base import Activation
from mlp.arrays import Array
from mlp.derivatives import COMPLEX_STEP, quietly
from mlp.errors import ArgumentError, ArgumentTypeError, NumericalDerivativeWarning, ShapeError
from mlp.names import snake_case
from mlp.notices import warn_caller

__all__ = ["FunctionActivation", "function_name"]

#: First steps of differences, relative to the numbers or to 1: a short one where there is a kink nearby.
STEPS = (2.0**-4, 2.0**-6, 2.0**-9, 2.0**-14, 2.0**-20)

#: How often a step is halved, itself included.
LEVELS = 3

CURE = "subclass mlp.activations.Activation, giving forward and backward"


class FunctionActivation(Activation):
    """``y = function(x)``, what `get` makes of a function that is not this library's.

    Parameters
    ----------
    function : callable
        Takes an array (n, ...) and returns one of the same shape, each row by itself.  If it has an attribute
        ``derivative``, that is called for the derivatives of the entries.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If the function does something else, on trial.

    Warns
    -----
    NumericalDerivativeWarning
        If it brings no derivative.

    Examples
    --------
    >>> def square(x):
    ...     return x * x
    >>> square.derivative = lambda x: 2 * x
    >>> FunctionActivation(square).derivative([3.0])
    array([6.])
    """

    def __init__(self, function: Callable[[Any], Any]) -> None:
        if not callable(function):
            raise ArgumentTypeError(f"function must be callable, got {function!r}")
        self.function = function
        self._name = getattr(function, "__name__", repr(function))
        self._own = getattr(function, "derivative", None)
        with quietly():
            x, y = self._tried()
            self._couples = self._hangs_together(x, y)
            self._complex = self._own is None and self._takes_complex(x)
        if self._own is None:
            how = (
                "complex steps, exact to rounding" if self._complex else "differences, to about twelve digits"
            )
            calls = 1 if self._complex else 2 * len(STEPS) * LEVELS
            price = f"{calls} more call(s)" + (" for each entry of a row" if self._couples else "")
            own = "" if self._couples else "set the function's attribute derivative = lambda x: ..., or "
            warn_caller(
                f"activation {self._name} brings no derivative: it is computed by {how}, at the price of {price}; to give "
                f"one, {own}{CURE}",
                NumericalDerivativeWarning,
            )

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = function(x)``."""
        y = np.asarray(self.function(x))
        if y.shape != x.shape:
            raise ShapeError(
                f"{self._name} must return an array of shape {x.shape} for such an x, got {y.shape}"
            )
        return y if y.dtype == x.dtype else y.astype(x.dtype)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = f'(x) dy``; where the entries of a row hang together, ``dx_j = sum_i dy_i dy_i / dx_j``, one ``j`` at a time."""
        if self._own is not None:
            slope: Array = np.asarray(self._own(x))
            return np.multiply(dy, slope, dtype=dy.dtype)
        wide = x if x.dtype.kind == "c" else x.astype(np.float64)
        if not self._couples:
            return np.multiply(dy, self._slope(wide, np.ones_like(wide)), dtype=dy.dtype)
        dx = np.empty_like(dy)
        for place in np.ndindex(x.shape[1:]):
            direction = np.zeros_like(wide)
            direction[:, *place] = 1.0
            terms = dy * self._slope(wide, direction)
            dx[:, *place] = terms.reshape(len(x), -1).sum(axis=1)
        return dx

    def _slope(self, x: Array, direction: Array) -> Array:
        """The derivative along a direction; each row's numbers move together."""
        with np.errstate(all="ignore"):
            if self._complex and x.dtype.kind == "f":
                step: Array = np.imag(self.function(x + COMPLEX_STEP * 1j * direction)) / COMPLEX_STEP
                return step
            size: Array = np.abs(x * direction)
            if self._couples:  # one entry of each row moves
                size = size.max(axis=tuple(range(1, x.ndim)), keepdims=True)
            return self._difference(x, direction, np.maximum(1.0, size))

    def _difference(self, x: Array, direction: Array, size: Array) -> Array:
        """Central differences, extrapolated to the step zero; for each entry those that agree best with each other."""
        best, error = np.zeros_like(x), np.full(x.shape, np.inf)
        noise = 2.0**-50 * np.abs(self.forward(x))
        for relative in STEPS:
            above: list[Array] = []
            for halved in range(LEVELS):
                h = relative * size / 2**halved
                row = [(self.forward(x + h * direction) - self.forward(x - h * direction)) / (2 * h)]
                for order, before in enumerate(above, start=1):
                    row.append(row[-1] + (row[-1] - before) / (4**order - 1))
                above, older = row, above
            doubt = np.abs(above[-1] - older[-1]) + noise / h
            best, error = np.where(doubt < error, above[-1], best), np.fmin(doubt, error)
        return best

    def _tried(self) -> tuple[Array, Array]:
        """Numbers of several sizes, and what the function makes of them."""
        x = np.random.default_rng(0).normal(size=(6, 12)) * [[0.01], [0.3], [1.0], [3.0], [10.0], [100.0]]
        given = x.copy()
        try:
            y = np.asarray(self.function(given))
            if self._own is not None:
                slope = np.asarray(self._own(x.copy()))
        except Exception as error:
            raise ArgumentError(
                f"activation {self._name}, tried on an array of shape {x.shape}, raised {error!r}; it must take arrays "
                f"of any shape, or {CURE}"
            ) from error
        for name, a in (("", y), (".derivative", slope if self._own is not None else y)):
            if a.shape != x.shape or a.dtype.kind != "f":
                raise ArgumentError(
                    f"activation {self._name}{name} must return an array of the shape of x, {x.shape}, and of real "
                    f"numbers, got shape {a.shape} and {a.dtype}; where the shape is to change, {CURE}"
                )
        if not np.array_equal(given, x):
            raise ArgumentError(
                f"activation {self._name} writes into its argument; it must compute a new array"
            )
        return x, y

    def _hangs_together(self, x: Array, y: Array) -> bool:
        """Whether the entries of a row do; rows of a batch must not."""
        if not _same(np.concatenate([self.function(row[None]) for row in x]), y):
            raise ArgumentError(
                f"activation {self._name} makes another thing of a row by itself than in a batch; it must work along "
                "the last axis (axis=-1), not along the batch"
            )
        try:
            alone = np.asarray(self.function(x.reshape(-1, 1))).reshape(x.shape)
        except Exception:  # noqa: BLE001 - a function that takes no rows of one entry
            alone = np.full(x.shape, np.nan)
        couples = not _same(alone, y)
        if couples and self._own is not None:
            raise ArgumentError(
                f"activation {self._name} couples the entries of a row, so a derivative of each entry is not enough; {CURE}"
            )
        return couples

    def _takes_complex(self, x: Array) -> bool:
        """Whether the complex step is the derivative: a function such as ``abs`` drops the imaginary part in silence."""
        direction = x * np.random.default_rng(1).uniform(0.5, 1.5, x.shape)
        try:
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            step = np.asarray(self.function(x + COMPLEX_STEP * 1j * direction))
        except Exception:  # noqa: BLE001 - whatever it raises, it does not take complex numbers
            return False
        h = 2.0**-17
        ahead, behind = self.function(x + h * direction), self.function(x - h * direction)
        difference = (np.asarray(ahead) - behind) / (2 * h)
        known = np.isfinite(difference)
        off = np.abs(step.imag / COMPLEX_STEP - difference)[known]
        allowed = 1e-4 * np.abs(difference[known]) + 1e-9 * np.abs(ahead)[known]
        return bool(step.shape == x.shape and known.any() and (off <= allowed).all())


def _same(a: Array, b: Array) -> bool:
    return bool(np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True))


def function_name(activation: Activation) -> str:
    """What an activation is called where it is shown: in lower case, a function of one's own by its own name.

    Examples
    --------
    >>> from mlp.activations import LeakyRelu
    >>> def square(x):
    ...     return x * x
    >>> square.derivative = lambda x: 2 * x
    >>> function_name(LeakyRelu()), function_name(FunctionActivation(square))
    ('leaky_relu', 'square')
    """
    if isinstance(activation, FunctionActivation):
        return str(getattr(activation.function, "__name__", "f"))
    return snake_case(type(activation).__name__)
