"""Activations in NumPy: for each class an expression in ``{x}`` and its arguments, or a function that gives it."""

from __future__ import annotations

from typing import Any

from mlp import activations as act
from mlp.files.source.literals import spelled
from mlp.files.source.outline import Arguments, Place, expression

__all__ = ["ACTIVATIONS", "activated"]


def _relu(f: act.Relu) -> str:
    if f.from_output:
        return "np.maximum({x}, 0)"
    return "relu({x}, negative_slope={negative_slope}, max_value={max_value}, threshold={threshold})"


def _gelu(f: act.Gelu) -> str:
    return "gelu_by_tanh({x})" if f.approximate else "gelu({x})"


ACTIVATIONS: dict[type[act.Activation], Any] = {
    act.Celu: "celu({x}, alpha={alpha})",
    act.Elu: "elu({x}, alpha={alpha})",
    act.Exponential: "np.exp({x})",
    act.Gelu: _gelu,
    act.Glu: "glu({x}, axis={axis})",
    act.HardShrink: "np.where(np.abs({x}) > {threshold}, {x}, 0.0)",
    act.HardSigmoid: "hard_sigmoid({x}, limit={limit})",
    act.HardSilu: "{x} * hard_sigmoid({x}, limit=3.0)",
    act.HardTanh: "np.minimum(np.maximum({x}, -1), 1)",
    act.LeakyRelu: "leaky_relu({x}, negative_slope={negative_slope})",
    act.Linear: "{x}",
    act.LogSigmoid: "log_sigmoid({x})",
    act.LogSoftmax: "log_softmax({x}, axis={axis})",
    act.Mish: "mish({x})",
    act.Relu: _relu,
    act.Relu6: "np.minimum(np.maximum({x}, 0), 6)",
    act.Selu: "{scale} * elu({x}, alpha={alpha})",
    act.Sigmoid: "sigmoid({x})",
    act.Silu: "{x} * sigmoid({x})",
    act.SoftShrink: "{x} - np.minimum(np.maximum({x}, -{threshold}), {threshold})",
    act.Softmax: "softmax({x}, axis={axis})",
    act.Softplus: "softplus({x})",
    act.Softsign: "{x} / (1 + np.abs({x}))",
    act.SparsePlus: "sparse_plus({x})",
    act.SparseSigmoid: "sparse_sigmoid({x})",
    act.Sparsemax: "sparsemax({x}, axis={axis})",
    act.Squareplus: "squareplus({x}, b={b})",
    act.Step: "np.heaviside({x}, 0.0)",
    act.Tanh: "np.tanh({x})",
    act.TanhShrink: "tanh_shrink({x})",
    act.Threshold: "np.where({x} > {threshold}, {x}, {default_value})",
}


def activated(place: Place, f: Any, x: str) -> str:
    """The expression for an activation of ``x``."""
    text: str = expression(ACTIVATIONS, f, place, "NumPy code")
    return text.format_map(Arguments(f, spelled, x=x))
