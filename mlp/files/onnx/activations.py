"""The table between activations and ONNX operators, read in both directions.

Each row is an activation and an expression.  The writer takes the first row of an activation that the runtime can compute; the
reader takes any, and finds the numbers for the blanks.  So what stands behind that first row is what others write for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlp import activations
from mlp.activations import Activation
from mlp.errors import ArgumentError
from mlp.files.onnx.terms import Blank, Term, X, clip, op, several

__all__ = ["ROWS", "Row", "row_for"]

#: Operators that ONNX Runtime 1.31 has for float32 alone, and those whose numbers are attributes, which are float32 by
#: definition: a network in float64 is written without them.
FLOAT32_ONLY = {
    "Celu",
    "Elu",
    "Erf",
    "HardSigmoid",
    "HardSwish",
    "LeakyRelu",
    "Selu",
    "Shrink",
    "Softplus",
    "Softsign",
    "ThresholdedRelu",
}

#: ``log(erfc(z) exp(z^2) / t)`` as a polynomial of ``2 t - 1``, ``t = 2 / (2 + z)``: the Chebyshev series of degree 28, good to
#: 1e-16; the form is that of Press et al. 2007, Numerical Recipes, section 6.2.2.
ERFC = (
    -0.6717940840566923,
    0.6726432239776567,
    0.04734330684190441,
    -0.0468956102311753,
    -0.009872689366388684,
    0.008824938557060623,
    0.001758933557766382,
    -0.002345812500482853,
    -0.0001462468629421063,
    0.000673678795580235,
    -9.373503465815823e-05,
    -0.0001743029472030762,
    7.140103219748502e-05,
    3.17451797494374e-05,
    -3.0187948093951486e-05,
    1.3772664134464417e-07,
    8.562779099386524e-06,
    -2.947986876998259e-06,
    -1.2725805279147717e-06,
    1.2500276612569754e-06,
    -1.6817283194044123e-07,
    -2.495832761719667e-07,
    1.5307318366323928e-07,
    1.4448658046252676e-09,
    -3.9024931626661816e-08,
    1.1172352263623759e-08,
    4.013877704214506e-09,
    -1.8902306008944537e-09,
    6.714920393601979e-12,
)


@dataclass(frozen=True)
class Row:
    """``term`` computes activation ``cls`` with the arguments ``given``; its blanks are the other arguments."""

    cls: type[Activation]
    term: Any
    given: dict[str, Any]
    #: False if the runtime makes one operator of it that it has for float32 alone.
    in_float64: bool = True

    def fits(self, activation: Activation) -> bool:
        """Whether an activation has these arguments."""
        return type(activation) is self.cls and all(
            getattr(activation, name) == value for name, value in self.given.items()
        )


def _row(cls: type[Activation], term: Any, **given: Any) -> Row:
    return Row(cls, term, given)


def _gelu64() -> Term:
    """Gelu without Erf."""
    z = op("Abs", X) * math.sqrt(0.5)
    t = 2.0 / (z + 2.0)
    powers = op("Pow", op("Unsqueeze", t * 2.0 - 1.0, axes=[-1]), np.arange(float(len(ERFC))))
    series = op("ReduceSum", powers * np.array(ERFC), axes=[-1], keepdims=0)
    half = 0.5 * (t * op("Exp", series - z * z))
    return X * op("Where", op("Greater", X, 0.0), 1.0 - half, half)


def _squareplus() -> Term:
    larger = 0.5 * (op("Abs", X) + op("Sqrt", X * X + Blank("b")))
    return op("Where", op("Greater", X, 0.0), larger, (0.25 * Blank("b")) / larger)


def _sparsemax() -> Term:
    """Algorithm 1 of Martins and Astudillo 2016, in the notation of `activations.Sparsemax`."""
    axis = {"axes": [Blank("axis")], "keepdims": 1}
    z = X - op("ReduceMax", X, **axis)
    ordered, _ = several("TopK", 2, z, [Blank("size")], axis=Blank("axis"))
    ones = op("Where", op("GreaterOrEqual", ordered, ordered), 1.0, 0.0)
    k = op("CumSum", ones, Blank("axis"))
    positive = op("Where", op("Greater", 1.0 + k * ordered, op("CumSum", ordered, Blank("axis"))), 1.0, 0.0)
    t = (op("ReduceSum", positive * ordered, **axis) - 1.0) / op("ReduceSum", positive, **axis)
    return op("Relu", z - t)


def _softmax(logarithm: bool) -> Term:
    """Along several axes."""
    axes = {"axes": Blank("axis"), "keepdims": 1}
    d = X - op("ReduceMax", X, **axes)
    total = op("ReduceSum", op("Exp", d), **axes)
    return d - op("Log", total) if logarithm else op("Exp", d) / total


def _glu() -> Term:
    a, b = several("Split", 2, X, axis=Blank("axis"))
    return a * op("Sigmoid", b)


def _mish64() -> Term:
    e = op("Exp", op("Min", X, 40.0))
    n = e * (e + 2.0)
    return X * (n / (n + 2.0))


def _above(threshold: Any, yes: Any, no: Any) -> Term:
    return op("Where", op("Greater", X, threshold), yes, no)


def _elu_of_two() -> Term:
    """Both branches times 0 or 1, as TensorFlow writes it."""
    positive = op("Greater", X, 0.0)
    below = Blank("alpha") * op("Elu", X) * op("Where", positive, 0.0, 1.0)
    return op("Elu", X) * op("Where", positive, 1.0, 0.0) + below


_EXP1 = op("Exp", op("Min", X, 0.0)) - 1.0
_CUBIC = X + 0.044715 * (X * X * X)
_LOG1P = op("Log", 1.0 + op("Exp", op("Neg", op("Abs", X))))
_HALF_LINE = clip(X * 0.5 + 0.5, 0.0, 1.0)
_SIXTH_LINE = clip(X * (1 / 6) + 0.5, 0.0, 1.0)
_SLOPE = Blank("negative_slope")
_THRESHOLD = Blank("threshold")
_ALPHA = Blank("alpha")
_BELOW = op("Greater", -_THRESHOLD, X)
_BEYOND = op("Greater", op("Abs", X), _THRESHOLD)

ROWS = (
    _row(activations.Linear, X),
    _row(activations.Relu, op("Relu", X), negative_slope=0.0, max_value=None, threshold=0.0),
    _row(activations.Relu6, clip(X, 0.0, 6.0)),
    _row(activations.Relu, clip(X, 0.0, Blank("max_value")), negative_slope=0.0, threshold=0.0),
    _row(activations.LeakyRelu, op("LeakyRelu", X, alpha=_SLOPE)),
    _row(activations.LeakyRelu, _above(0.0, X, _SLOPE * X)),
    _row(activations.Elu, op("Elu", X, alpha=_ALPHA)),
    _row(activations.Elu, _above(0.0, X, _ALPHA * _EXP1)),
    _row(activations.Elu, _elu_of_two()),
    _row(activations.Selu, op("Selu", X)),
    _row(
        activations.Selu,
        activations.Selu.scale * _above(0.0, X, activations.Selu.alpha * _EXP1),
    ),
    _row(activations.Celu, op("Celu", X, alpha=_ALPHA)),
    _row(activations.Celu, _above(0.0, X, _ALPHA * (op("Exp", op("Min", X, 0.0) / _ALPHA) - 1.0))),
    _row(activations.Exponential, op("Exp", X)),
    _row(activations.Sigmoid, op("Sigmoid", X)),
    _row(activations.Sigmoid, 1.0 / (1.0 + op("Exp", op("Neg", X)))),
    _row(activations.Tanh, op("Tanh", X)),
    _row(activations.LogSigmoid, op("Neg", op("Softplus", op("Neg", X)))),
    _row(activations.LogSigmoid, op("Min", X, 0.0) - _LOG1P),
    _row(activations.LogSigmoid, op("Log", op("Sigmoid", X))),
    _row(activations.HardSigmoid, _SIXTH_LINE, slope=1 / 6),
    _row(activations.SparseSigmoid, _HALF_LINE),
    _row(activations.HardSigmoid, clip(X * Blank("slope") + 0.5, 0.0, 1.0)),
    _row(activations.HardTanh, clip(X, -1.0, 1.0)),
    _row(activations.Softsign, op("Softsign", X)),
    _row(activations.Softsign, X / (1.0 + op("Abs", X))),
    _row(activations.Gelu, 0.5 * X * (1.0 + op("Erf", X * math.sqrt(0.5))), approximate=False),
    _row(activations.Gelu, _gelu64(), approximate=False),
    _row(activations.Gelu, op("Gelu", X, approximate="none"), approximate=False),
    _row(activations.Gelu, X * op("Sigmoid", 2 * math.sqrt(2 / math.pi) * _CUBIC), approximate=True),
    _row(
        activations.Gelu,
        0.5 * X * (1.0 + op("Tanh", math.sqrt(2 / math.pi) * _CUBIC)),
        approximate=True,
    ),
    _row(activations.Gelu, op("Gelu", X, approximate="tanh"), approximate=True),
    Row(activations.Silu, X * op("Sigmoid", X), {}, in_float64=False),
    _row(activations.Silu, X / (1.0 + op("Exp", op("Neg", X)))),
    _row(activations.Silu, op("Swish", X)),
    _row(activations.HardSilu, op("HardSwish", X)),
    _row(activations.HardSilu, X * _SIXTH_LINE),
    _row(activations.Mish, X * op("Tanh", op("Softplus", X))),
    _row(activations.Mish, _mish64()),
    _row(activations.Mish, op("Mish", X)),
    _row(activations.Glu, _glu()),
    _row(activations.Softplus, op("Softplus", X)),
    _row(activations.Softplus, op("Relu", X) + _LOG1P),
    _row(activations.Softplus, op("Log", 1.0 + op("Exp", X))),
    _row(activations.Softplus, _above(20.0, X, op("Softplus", X))),
    _row(activations.Squareplus, _squareplus()),
    _row(activations.SparsePlus, op("Where", op("GreaterOrEqual", X, 1.0), X, _HALF_LINE * _HALF_LINE)),
    _row(activations.SoftShrink, op("Shrink", X, bias=_THRESHOLD, lambd=_THRESHOLD)),
    _row(activations.SoftShrink, X - clip(X, -_THRESHOLD, _THRESHOLD)),
    _row(
        activations.SoftShrink,
        _above(_THRESHOLD, X - _THRESHOLD, 0.0) + op("Where", _BELOW, X + _THRESHOLD, 0.0),
    ),
    _row(activations.SoftShrink, op("Where", _BEYOND, X - op("Sign", X) * _THRESHOLD, X * 0.0)),
    _row(activations.HardShrink, op("Shrink", X, bias=0.0, lambd=_THRESHOLD)),
    _row(activations.HardShrink, op("Where", _BEYOND, X, 0.0)),
    _row(activations.HardShrink, op("Where", op("Or", op("Greater", X, _THRESHOLD), _BELOW), X, 0.0)),
    _row(activations.TanhShrink, X - op("Tanh", X)),
    _row(activations.Softmax, op("Softmax", X, axis=Blank("axis"))),
    _row(activations.Softmax, _softmax(logarithm=False)),
    _row(activations.LogSoftmax, op("LogSoftmax", X, axis=Blank("axis"))),
    _row(activations.LogSoftmax, _softmax(logarithm=True)),
    _row(activations.LogSoftmax, op("Log", op("Softmax", X, axis=Blank("axis")))),
    _row(activations.Sparsemax, _sparsemax()),
    _row(activations.Step, _above(0.0, 1.0, 0.0)),
    _row(activations.Threshold, _above(_THRESHOLD, X, Blank("default_value"))),
    _row(activations.Threshold, op("ThresholdedRelu", X, alpha=_THRESHOLD), default_value=0.0),
    _row(activations.Relu, _above(_THRESHOLD, X, _SLOPE * (X - _THRESHOLD)), max_value=None),
    _row(
        activations.Relu,
        _above(_THRESHOLD, clip(X, 0.0, Blank("max_value")), _SLOPE * (X - _THRESHOLD)),
    ),
)


def row_for(activation: Activation, dtype: np.dtype[Any]) -> Row:
    """The row by which an activation is written.

    Raises
    ------
    ArgumentError
        If there is none.
    """
    for row in ROWS:
        runs = dtype == np.float32 or (row.in_float64 and not _operators(row.term) & FLOAT32_ONLY)
        if runs and row.fits(activation) and _takes(row.term, activation):
            return row
    raise ArgumentError(f"activation {activation!r} has no form in ONNX here; known are the library's own")


def _takes(term: Any, activation: Activation) -> bool:
    """Whether its operators take these arguments: None is no bound, and one axis is not a tuple of them."""
    for part in parts(term):
        for value in (*part.inputs, *part.attributes.values()):
            if isinstance(value, Blank) and getattr(activation, value.name, 0) is None:
                return False
        axis = part.attributes.get("axis")
        if isinstance(axis, Blank) and not isinstance(activation.axis, int):  # type: ignore[attr-defined]
            return False
    return True


def _operators(term: Any) -> set[str]:
    return {part.operator for part in parts(term)}


def parts(term: Any) -> Iterator[Term]:
    """All terms of an expression."""
    if isinstance(term, Term):
        yield term
        for part in term.inputs:
            yield from parts(part)
