"""What the numbers of a network are called: ``x``, ``W_1``, ``z_1``, ``a_1`` and their derivatives."""

from __future__ import annotations

import numpy as np

from mlp.arrays import Array
from mlp.explain.calls import Call, Calls
from mlp.explain.formula import Derivative, Matrix, Symbol

__all__ = ["LOSS", "Names", "derivative_by", "numbers"]

LOSS = Symbol("L")

#: The names of the outputs of a layer that has several.
OUTPUTS = "pqrstuvw"


class Names:
    """The symbols of one network."""

    def __init__(self, calls: Calls) -> None:
        inputs = calls.inputs
        self._several_outputs = len(calls.outputs) > 1
        self._values = {v: Symbol("x", i if len(inputs) > 1 else None) for i, v in enumerate(inputs, 1)}
        for call in calls:
            letters = "a" if len(call.makes) == 1 else OUTPUTS
            for i, value in enumerate(call.makes):
                self._values[value] = Symbol(letters[i] if i < len(letters) else f"y{i}", call.number)

    def value(self, value: int) -> Symbol:
        """Of something that flows between layers."""
        return self._values[value]

    @staticmethod
    def z(call: Call) -> Symbol:
        """Of what goes into a layer's activation function."""
        return Symbol("z", call.number)

    def of_output(self, name: str, output: int) -> Symbol:
        """Of what belongs to an output: its targets, its loss; with its number if there are several."""
        return Symbol(name, output + 1 if self._several_outputs else None)

    @staticmethod
    def weight(call: Call, key: str) -> Symbol:
        """Of a weight, by the first call of its layer."""
        return Symbol(key, call.first)


def derivative_by(symbol: Symbol) -> Derivative:
    """``dL/d...``."""
    return Derivative(LOSS, symbol)


def numbers(values: Array) -> Matrix:
    """Numbers as they are written: one entry without brackets, and of more than two axes a line for each last one."""
    values = np.asarray(values)
    if values.size == 1:
        return Matrix(values.reshape(()))
    return Matrix(values if values.ndim < 3 else values.reshape(-1, values.shape[-1]))
