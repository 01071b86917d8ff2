"""Piecewise linear networks in rational arithmetic: what they compute, without rounding."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

from mlp import activations as act
from mlp import layers
from mlp.arrays import Array
from mlp.files.program import Program

__all__ = ["exact_output"]


def exact_output(program: Program, x: Array) -> Array | None:
    """The outputs for one input row as an array of `fractions.Fraction`; None if a layer is not piecewise linear.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.files.program import program_of
    >>> net = Network([layers.Dense(1, activation="relu", input_dim=1)])
    >>> net.set_weights([[[0.5]], [0.25]])
    >>> exact_output(program_of(net), np.array([0.5]))
    array([Fraction(1, 2)], dtype=object)
    """
    values = {program.inputs[0]: _fractions(x)}
    for step in program.steps:
        rule = RULES.get(type(step.layer))
        y = None if rule is None else rule(step.layer, *(values[i] for i in step.takes))
        if y is None:
            return None
        values[step.makes] = y
    return values[program.outputs[0]]


def _fractions(a: Any) -> Array:
    exact: Array = np.frompyfunc(Fraction, 1, 1)(np.asarray(a, dtype=float).astype(object))
    return np.asarray(exact, dtype=object)


def _dense(layer: layers.Dense, x: Array) -> Array | None:
    z = x @ _fractions(layer.kernel)
    return _activated(layer, z + _fractions(layer.bias) if layer.use_bias else z)


def _activated(layer: Any, x: Array) -> Array | None:
    of_number = NUMBERS.get(type(layer.activation))
    if of_number is None:
        return None
    return np.asarray(np.frompyfunc(lambda v: of_number(layer.activation, v), 1, 1)(x), dtype=object)


def _relu(f: act.Relu, v: Fraction) -> Fraction:
    if v <= Fraction(f.threshold):
        return Fraction(f.negative_slope) * (v - Fraction(f.threshold))
    return v if f.max_value is None else min(max(v, Fraction(0)), Fraction(f.max_value))


#: Functions of a number.
NUMBERS: dict[type[act.Activation], Callable[[Any, Fraction], Fraction]] = {
    act.HardTanh: lambda f, v: min(max(v, Fraction(-1)), Fraction(1)),
    act.LeakyRelu: lambda f, v: v if v > 0 else Fraction(f.negative_slope) * v,
    act.Linear: lambda f, v: v,
    act.Relu: _relu,
    act.Relu6: lambda f, v: min(max(v, Fraction(0)), Fraction(6)),
    act.Step: lambda f, v: Fraction(v > 0),
}

#: Functions of rows.
RULES: dict[type[layers.Layer], Callable[..., Array | None]] = {
    layers.Activation: _activated,
    layers.Add: lambda layer, *x: reduce(np.add, x),
    layers.Concatenate: lambda layer, *x: np.concatenate([part[None] for part in x], axis=layer.axis)[0],
    layers.Dense: _dense,
    layers.Flatten: lambda layer, x: x.reshape(-1),
    layers.LeakyReLU: _activated,
    layers.Maximum: lambda layer, *x: reduce(np.maximum, x),
    layers.Minimum: lambda layer, *x: reduce(np.minimum, x),
    layers.ReLU: _activated,
    layers.Reshape: lambda layer, x: x.reshape(layer.output_shapes[0]),
    layers.Subtract: lambda layer, a, b: a - b,
}
