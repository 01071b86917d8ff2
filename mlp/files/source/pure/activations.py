"""Activations without NumPy: for each class an expression for one number, ``{v}``, or for the numbers along its axis, ``{x}``."""

from __future__ import annotations

from typing import Any

from mlp import activations as act
from mlp.files.source.flat import groups
from mlp.files.source.literals import spelled
from mlp.files.source.outline import Arguments, Place, Shape, expression

__all__ = ["ACTIVATIONS", "activated", "grouped"]


def _relu(f: act.Relu) -> str:
    if f.from_output:
        return "max({v}, 0.0)"
    return "relu({v}, negative_slope={negative_slope}, max_value={max_value}, threshold={threshold})"


def _gelu(f: act.Gelu) -> str:
    return "gelu_by_tanh({v})" if f.approximate else "gelu({v})"


ACTIVATIONS: dict[type[act.Activation], Any] = {
    act.Celu: "celu({v}, alpha={alpha})",
    act.Elu: "elu({v}, alpha={alpha})",
    act.Exponential: "exp({v})",
    act.Gelu: _gelu,
    act.Glu: "glu({x}, size={size})",
    act.HardShrink: "{v} if abs({v}) > {threshold} else 0.0",
    act.HardSigmoid: "hard_sigmoid({v}, limit={limit})",
    act.HardSilu: "{v} * hard_sigmoid({v}, limit=3.0)",
    act.HardTanh: "min(max({v}, -1.0), 1.0)",
    act.LeakyRelu: "leaky_relu({v}, negative_slope={negative_slope})",
    act.Linear: "{x}",
    act.LogSigmoid: "log_sigmoid({v})",
    act.LogSoftmax: "log_softmax({x})",
    act.Mish: "mish({v})",
    act.Relu: _relu,
    act.Relu6: "min(max({v}, 0.0), 6.0)",
    act.Selu: "{scale} * elu({v}, alpha={alpha})",
    act.Sigmoid: "sigmoid({v})",
    act.Silu: "{v} * sigmoid({v})",
    act.SoftShrink: "{v} - min(max({v}, -{threshold}), {threshold})",
    act.Softmax: "softmax({x})",
    act.Softplus: "softplus({v})",
    act.Softsign: "{v} / (1.0 + abs({v}))",
    act.SparsePlus: "sparse_plus({v})",
    act.SparseSigmoid: "sparse_sigmoid({v})",
    act.Sparsemax: "sparsemax({x})",
    act.Squareplus: "squareplus({v}, b={b})",
    act.Step: "1.0 if {v} > 0 else 0.0",
    act.Tanh: "math.tanh({v})",
    act.TanhShrink: "tanh_shrink({v})",
    act.Threshold: "{v} if {v} > {threshold} else {default_value}",
}


def activated(place: Place, f: Any, x: str, shape: Shape) -> str:
    """The expression for an activation of ``x``, a row of this shape."""
    text: str = expression(ACTIVATIONS, f, place, "Python code without NumPy")
    if "{v}" in text:
        return f"[{text.format_map(Arguments(f, spelled, v='v'))} for v in {x}]"
    if type(f) is act.Linear:
        return x
    if type(f) is act.Glu:
        _, n, step = groups(place, f.axis, shape)
        return text.format(x=x, size=n * step)
    return grouped(place, text, f.axis, x, shape)


def grouped(place: Place, call: str, axes: Any, x: str, shape: Shape) -> str:
    """The call of a function for the numbers along axes, ``{x}``, or for all such groups of a row."""
    blocks, n, step = groups(place, axes, shape)
    if blocks == step == 1:
        return call.format(x=x)
    f = call.removesuffix("({x})")
    if f == call:
        f = "lambda x: " + call.format(x="x")
    return f"along({x}, {n}, {step}, {f})"
