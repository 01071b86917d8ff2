"""Mistakes in activation functions: another function's derivative, or the right one at the wrong point."""

# NumPy calls the result of arithmetic Any; converting it in each line would bury the mistakes.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import numpy as np

from mlp.activations import Activation, Elu, Gelu, Relu, Sigmoid, Softmax, Tanh
from mlp.arrays import Array
from mlp.testing.gallery.exhibits import Exhibit
from mlp.testing.gallery.inputs import ForActivation

__all__ = [
    "ACTIVATIONS", "CappedReluWithoutCap", "DiagonalSoftmax", "EluForgetsAlpha", "GeluOfTwoMinds",
    "ReluWithSignForSlope", "ReluWithSlopeEverywhere", "SigmoidIntoDy", "SigmoidSlopeOfInput",
    "SigmoidWithMemory", "Square", "SquareFromOutput", "TanhSlopeOfInput", "TanhSlopeOfOutput",
    "UnshiftedSoftmax", "ZeroSoftmax",
]  # fmt: skip

# --- Right: a twin that the library does not have -----------------------------------------------------------


class Square(Activation):
    """``y = x^2``."""

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = x^2``."""
        return np.multiply(x, x, out)

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = 2 x dy``."""
        return np.multiply(dy, 2 * x, out)


# --- Wrong --------------------------------------------------------------------------------------------------


class DiagonalSoftmax(Softmax):
    """Of the Jacobian of softmax only the diagonal."""

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = y (1 - y) dy``."""
        return dy * y * (1 - y)


class ZeroSoftmax(Softmax):
    """No gradient at all."""

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = 0``."""
        return np.zeros_like(dy)


class UnshiftedSoftmax(Softmax):
    """The exponentials as the formula has them."""

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = exp(x) / sum exp(x)``."""
        e = np.exp(x)
        return e / e.sum(axis=-1, keepdims=True)


class ReluWithSlopeEverywhere(Relu):
    """Negative inputs let the gradient through."""

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy``."""
        return dy


class ReluWithSignForSlope(Relu):
    """Negative inputs turn the gradient round."""

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = sign(x) dy``."""
        return dy * np.sign(x)


class CappedReluWithoutCap(Relu):
    """The slope goes on beyond ``max_value``."""

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy`` where ``x > 0``."""
        return dy * (x > 0)


class SigmoidSlopeOfInput(Sigmoid):
    """The derivative's formula for y, at x."""

    from_output = False

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = x (1 - x) dy``."""
        return dy * x * (1 - x)


class TanhSlopeOfInput(Tanh):
    """The derivative's formula for y, at x."""

    from_output = False

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = (1 - x^2) dy``."""
        return dy * (1 - x**2)


class TanhSlopeOfOutput(Tanh):
    """The derivative's formula for x, at y."""

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = (1 - tanh(y)^2) dy``."""
        return dy * (1 - np.tanh(y) ** 2)


class EluForgetsAlpha(Elu):
    """The derivative of elu for ``alpha = 1``."""

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = (y + 1) dy`` where ``x <= 0``."""
        return np.where(x > 0, dy, dy * (y + 1))


class GeluOfTwoMinds(Gelu):
    """Forwards exact, backwards the derivative of the approximation."""

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = dy`` times the approximation's slope."""
        return Gelu(approximate=True).backward(dy, x, y)


class SquareFromOutput(Square):
    """Says that it needs y alone, and uses x."""

    from_output = True


class SigmoidWithMemory(Sigmoid):
    """The function remembers its last output."""

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = 1 / (1 + exp(-x))``, kept."""
        self._y = super().forward(x)
        return self._y.copy()

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dx = y_last (1 - y_last) dy``."""
        return dy * self._y * (1 - self._y)


class SigmoidIntoDy(Sigmoid):
    """``dy`` serves as memory."""

    def backward(self, dy: Array, x: Array, y: Array, out: Array | None = None) -> Array:
        """``dy *= y (1 - y)``."""
        dy *= y * (1 - y)
        return dy


# --- The table ----------------------------------------------------------------------------------------------

ACTIVATIONS = (
    Exhibit(
        "softmax's Jacobian taken as its diagonal",
        DiagonalSoftmax,
        Softmax,
        "Each output of softmax depends on every input; y (1 - y), copied from the sigmoid, leaves out how the others "
        "fall when one rises.",
        "gradient",
        ForActivation([[0.0, 0.0]], [[1.0, 0.0]]),
        [[0.25, 0.0]],
        [[0.25, -0.25]],
    ),
    Exhibit(
        "zeros that hide behind all-ones",
        ZeroSoftmax,
        Softmax,
        "The outputs of softmax sum to 1 wherever it stands, so its true gradient for a dy of all ones is zero, and a check "
        "that feeds all ones cannot tell a right softmax from one that returns zeros.",
        "gradient",
        ForActivation([[0.0, 0.0]], [[1.0, 0.0]]),
        [[0.0, 0.0]],
        [[0.25, -0.25]],
    ),
    Exhibit(
        "softmax that overflows",
        UnshiftedSoftmax,
        Softmax,
        "exp(x) is infinite from x = 710 on, and infinity divided by itself is no number; taking the largest x off first "
        "changes no result and nothing overflows.",
        "finite",
        ForActivation([[1000.0, 0.0]], [[1.0, 0.0]], "y"),
        [[float("nan"), 0.0]],
        [[1.0, 0.0]],
    ),
    Exhibit(
        "relu's derivative at negative inputs",
        ReluWithSlopeEverywhere,
        Relu,
        "Where relu is flat it has no slope; a backward that lets everything through trains units that were silent, by "
        "errors that they had no part in.",
        "gradient",
        ForActivation([[-1.0]], [[1.0]]),
        [[1.0]],
        [[0.0]],
    ),
    Exhibit(
        "relu's derivative as a sign",
        ReluWithSignForSlope,
        Relu,
        "sign(x) is the derivative of the absolute value; for relu it is right on the positive side, where inputs in an "
        "example often are, and turns the error round on the other.",
        "gradient",
        ForActivation([[-1.0]], [[1.0]]),
        [[-1.0]],
        [[0.0]],
    ),
    Exhibit(
        "a cap without its flat part",
        CappedReluWithoutCap,
        Relu,
        "A function that is cut off above is flat there too; a backward that knows only the first of its two kinks is wrong "
        "for large inputs alone, which random ones of size 1 never meet.",
        "gradient",
        ForActivation([[3.0]], [[1.0]]),
        [[1.0]],
        [[0.0]],
        {"max_value": 2.0},
    ),
    Exhibit(
        "sigmoid's derivative computed from z instead of y",
        SigmoidSlopeOfInput,
        Sigmoid,
        "y (1 - y) is the derivative where y is the sigmoid's output; handed the input it is a parabola that is negative "
        "nearly everywhere, and the unit learns to do the opposite.",
        "gradient",
        ForActivation([[0.0]], [[1.0]]),
        [[0.0]],
        [[0.25]],
    ),
    Exhibit(
        "tanh' as 1 - z^2",
        TanhSlopeOfInput,
        Tanh,
        "1 - y^2 is the derivative of tanh where y is its output; at the input z it is right for z = 0 alone, which is where "
        "small initial weights begin.",
        "gradient",
        ForActivation([[2.0]], [[1.0]]),
        [[-3.0]],
        [[0.0706508248531644]],
    ),
    Exhibit(
        "derivative taken at the wrong point",
        TanhSlopeOfOutput,
        Tanh,
        "A derivative written for the input and handed the output is taken at f(z) instead of z: too large wherever tanh "
        "saturates, of the right sign, and so it trains, badly.",
        "gradient",
        ForActivation([[2.0]], [[1.0]]),
        [[0.44338254169537683]],
        [[0.0706508248531644]],
    ),
    Exhibit(
        "a parameter that hides at 1",
        EluForgetsAlpha,
        Elu,
        "y + 1 is the slope of elu where alpha is 1, its default; a factor that is 1 in every test is a factor that nobody "
        "has tested, so checks draw weights and arguments other than 1.",
        "gradient",
        ForActivation([[0.0]], [[1.0]]),
        [[1.0]],
        [[2.0]],
        {"alpha": 2.0},
    ),
    Exhibit(
        "forward exact, derivative of an approximation",
        GeluOfTwoMinds,
        Gelu,
        "Two formulas for nearly the same function have nearly the same derivative; the difference passes a tolerance of "
        "1e-3 and is a wrong gradient all the same.",
        "gradient",
        ForActivation([[1.0]], [[1.0]]),
        [[1.0829640838457826]],
        [[1.0833154705876864]],
    ),
    Exhibit(
        "input overwritten that backward needs",
        SquareFromOutput,
        Square,
        "A function whose derivative needs the output alone may write it over the input and save memory; whoever declares "
        "that and reads x in backward reads y.",
        "memory",
        ForActivation([[3.0]], [[1.0]], in_place=True),
        [[18.0]],
        [[6.0]],
    ),
    Exhibit(
        "an activation with a memory",
        SigmoidWithMemory,
        Sigmoid,
        "One activation object may serve several layers, and is handed x and y for that reason; one that trusts its own memory "
        "gives the first layer the slopes of the last.",
        "arguments kept",
        ForActivation([[0.0]], [[1.0]], between=[[1000.0]]),
        [[0.0]],
        [[0.25]],
    ),
    Exhibit(
        "dy used as memory by an activation",
        SigmoidIntoDy,
        Sigmoid,
        "An augmented assignment looks like arithmetic and writes into somebody else's array; whoever uses dy once more, for "
        "a second branch, uses another number.",
        "arguments kept",
        ForActivation([[0.0]], [[1.0]], "dy"),
        [[0.25]],
        [[1.0]],
    ),
)
