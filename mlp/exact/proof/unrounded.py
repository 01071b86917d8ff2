"""Points that a network computes without rounding, so that no order of its sums makes a difference."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from mlp import activations as act
from mlp import layers
from mlp.arrays import Array
from mlp.files.program import Program

__all__ = ["is_unrounded"]

#: What hands on numbers that it is given, or constants of a few bits.
CHOOSING = (act.Linear, act.Relu6, act.Step, act.HardTanh)
MOVING = (
    layers.Activation, layers.Concatenate, layers.Flatten, layers.Maximum, layers.Minimum, layers.Permute,
    layers.RepeatVector, layers.ReLU, layers.Reshape,
)  # fmt: skip
ADDING = (layers.Add, layers.Subtract)


def is_unrounded(program: Program, row: Array, dtype: np.dtype[Any]) -> bool:
    """Whether ``dtype`` has every product and every partial sum that a network of fractions makes of a row.

    Numbers that are multiples of ``2**k`` and together not greater than ``2**(k + p)``, with the ``p`` digits of ``dtype``,
    can be added in any order without rounding.  Of layers that multiply otherwise it is not known.

    Examples
    --------
    >>> from mlp.exact import half_space
    >>> from mlp.files.program import program_of
    >>> program = program_of(half_space([1, 1], 0.5, dtype=object))
    >>> float64 = np.dtype(float)
    >>> halves, thirds = [Fraction(1, 2), Fraction(1, 4)], [Fraction(1, 2), Fraction(1, 3)]
    >>> is_unrounded(program, np.array(halves), float64), is_unrounded(program, np.array(thirds), float64)
    (True, False)
    """
    values = {program.inputs[0]: row[None]}
    fits = _fitting(dtype)
    for step in program.steps:
        taken = [values[i] for i in step.takes]
        if not _chooses(getattr(step.layer, "activation", None)):
            return False
        if type(step.layer) is layers.Dense:
            sums: Iterable[Array] = _products(step.layer, taken[0])
        elif type(step.layer) in ADDING:
            sums = np.stack(np.broadcast_arrays(*taken), axis=-1).reshape(-1, len(taken))
        elif type(step.layer) in MOVING:
            sums = ()
        else:
            return False
        if not all(map(fits, sums)):
            return False
        values[step.makes] = step.layer.forward(taken if len(taken) > 1 else taken[0])  # type: ignore[arg-type]
    return True


def _chooses(f: Any) -> bool:
    return f is None or type(f) in CHOOSING or (type(f) is act.Relu and f.from_output)


def _products(layer: layers.Dense, x: Array) -> Iterable[Array]:
    """What is added up for each output."""
    bias = layer.bias if layer.use_bias else np.zeros(layer.units, int)
    for row in x.reshape(-1, x.shape[-1]):
        for column, constant in zip(layer.kernel.T, bias, strict=True):
            yield np.append(row * column, constant)


def _fitting(dtype: np.dtype[Any]) -> Callable[[Array], bool]:
    """Whether numbers can be added in any order."""
    info = np.finfo(dtype)
    digits, least = info.nmant + 1, Fraction(float(info.smallest_subnormal))

    def fit(terms: Array) -> bool:
        together = math.lcm(*(Fraction(term).denominator for term in terms))
        unit = Fraction(math.gcd(*(int(term * together) for term in terms)), together)
        if not unit:
            return True
        # Of the common divisor only the power of two counts.
        step = Fraction(unit.numerator & -unit.numerator, unit.denominator)
        is_binary = not unit.denominator & (unit.denominator - 1)
        whole = sum(map(abs, terms))
        return is_binary and step >= least and whole <= min(step * 2**digits, Fraction(float(info.max)))

    return fit
