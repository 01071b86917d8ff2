"""Activations in C: for each class an expression for one number, ``{v}``, or a function for those along its axis."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from mlp import activations as act
from mlp.files.source.flat import groups
from mlp.files.source.in_c.numbers import single
from mlp.files.source.outline import Arguments, Place, Shape, expression

__all__ = ["ACTIVATIONS", "activated", "for_each", "grouped"]


def _relu(f: act.Relu) -> str:
    if f.from_output:
        return "maximum({v}, 0.0f)"
    above = "{v}" if f.max_value is None else "minimum(maximum({v}, 0.0f), {max_value})"
    return f"{{v}} > {{threshold}} ? {above} : {{negative_slope}} * ({{v}} - {{threshold}})"


def _gelu(f: act.Gelu) -> str:
    return "gelu_by_tanh({v})" if f.approximate else "gelu({v})"


ACTIVATIONS: dict[type[act.Activation], Any] = {
    act.Celu: "celu({v}, {alpha})",
    act.Elu: "elu({v}, {alpha})",
    act.Exponential: "expf({v})",
    act.Gelu: _gelu,
    act.Glu: "glu",
    act.HardShrink: "fabsf({v}) > {threshold} ? {v} : 0.0f",
    act.HardSigmoid: "hard_sigmoid({v}, {limit})",
    act.HardSilu: "{v} * hard_sigmoid({v}, 3.0f)",
    act.HardTanh: "minimum(maximum({v}, -1.0f), 1.0f)",
    act.LeakyRelu: "leaky_relu({v}, {negative_slope})",
    act.Linear: "{v}",
    act.LogSigmoid: "log_sigmoid({v})",
    act.LogSoftmax: "log_softmax",
    act.Mish: "mish({v})",
    act.Relu: _relu,
    act.Relu6: "minimum(maximum({v}, 0.0f), 6.0f)",
    act.Selu: "{scale} * elu({v}, {alpha})",
    act.Sigmoid: "sigmoid({v})",
    act.Silu: "{v} * sigmoid({v})",
    act.SoftShrink: "{v} - minimum(maximum({v}, -{threshold}), {threshold})",
    act.Softmax: "softmax",
    act.Softplus: "softplus({v})",
    act.Softsign: "{v} / (1.0f + fabsf({v}))",
    act.SparsePlus: "sparse_plus({v})",
    act.SparseSigmoid: "sparse_sigmoid({v})",
    act.Sparsemax: "sparsemax",
    act.Squareplus: "squareplus({v}, {b})",
    act.Step: "{v} > 0.0f ? 1.0f : 0.0f",
    act.Tanh: "tanhf({v})",
    act.TanhShrink: "tanh_shrink({v})",
    act.Threshold: "{v} > {threshold} ? {v} : {default_value}",
}


def activated(place: Place, f: Any, x: str, y: str, shape: Shape) -> Iterator[str]:
    """The lines that make ``y`` of ``x``, a row of this shape; but for what changes shapes, they may be the same."""
    text: str = expression(ACTIVATIONS, f, place, "C code")
    if type(f) is act.Glu:
        blocks, n, step = groups(place, f.axis, shape)
        yield f"glu({blocks}, {n * step // 2}, {x}, {y});"
    elif "{v}" not in text:
        yield from grouped(place, f"{text}({{n}}, {{step}}, {{x}}, {{y}});", f.axis, x, y, shape)
    elif type(f) is not act.Linear or x != y:
        yield from for_each(place.shape, y, text.format_map(Arguments(f, single, v=f"{x}[i]")))


def for_each(shape: Shape, y: str, formula: str) -> Iterator[str]:
    """Each number of ``y``, a row of this shape, by a formula with its place ``i``."""
    yield f"for (int i = 0; i < {math.prod(shape)}; i++)"
    yield f"    {y}[i] = {formula};"


def grouped(place: Place, call: str, axes: Any, x: str, y: str, shape: Shape) -> Iterator[str]:
    """The call of a function for the numbers along axes, ``{n}`` of them, ``{step}`` apart, for all such groups of a row."""
    blocks, n, step = groups(place, axes, shape)
    if blocks == step == 1:
        yield call.format(n=n, step=1, x=x, y=y)
        return
    yield f"for (int i = 0; i < {blocks}; i++)"
    yield f"    for (int j = 0; j < {step}; j++)"
    first = f" + i * {n * step} + j"
    yield "        " + call.format(n=n, step=step, x=x + first, y=y + first)
