"""Regularizers and constraints and their truth."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from mlp import constraints as con
from mlp import regularizers as reg
from tables.common import exactly


@dataclass(frozen=True)
class RegularizerRow:
    """A penalty: ``truth`` of an array of weights."""

    make: Callable[[], reg.Regularizer]
    truth: Callable[[np.ndarray], float]
    shapes: tuple[tuple[int, ...], ...] = ((4, 3), (5,), (2, 3, 2), (0,))
    name: str = ""


def penalty(l1=0.0, l2=0.0):
    """A sum over the weights, in fractions."""

    def truth(w):
        terms = (Fraction(l1) * abs(v) + Fraction(l2) * v * v for v in map(Fraction, w.ravel().tolist()))
        return float(sum(terms, Fraction(0)))

    return truth


def cosines(factor, turned=False):
    """The mean over all pairs of rows, or of columns, in 400 digits."""

    def dot(a, b):
        return sum(x * y for x, y in zip(a, b, strict=True))

    def mean(*rows):
        found = [abs(dot(a, b)) / (dot(a, a) * dot(b, b)).sqrt() for a, b in itertools.combinations(rows, 2)]
        return sum(found) / len(found)

    def truth(w):
        rows = w.T if turned else w
        return factor * exactly(mean, *rows.tolist()) if len(rows) > 1 else 0.0

    return truth


MATRICES = ((4, 3), (3, 4), (2, 5), (1, 3), (3, 1))


REGULARIZERS = [
    RegularizerRow(reg.L1, penalty(l1=0.01)),
    RegularizerRow(lambda: reg.L1(0.3), penalty(l1=0.3)),
    RegularizerRow(reg.L2, penalty(l2=0.01)),
    RegularizerRow(lambda: reg.L2(0.3), penalty(l2=0.3)),
    RegularizerRow(reg.L1L2, penalty()),
    RegularizerRow(lambda: reg.L1L2(0.2, 0.7), penalty(0.2, 0.7)),
    RegularizerRow(reg.OrthogonalRegularizer, cosines(0.01), MATRICES),
    RegularizerRow(lambda: reg.OrthogonalRegularizer(0.5, "columns"), cosines(0.5, turned=True), MATRICES),
]


@dataclass(frozen=True)
class ConstraintRow:
    """A rule for vectors of weights: ``truth`` takes and gives the length that they have together."""

    make: Callable[[], con.Constraint]
    truth: Callable[[float], float] | None  # None: the rule looks at each number, see ``allowed``
    allowed: Callable[[float], float] | None = None
    axes: tuple[int, ...] = (0,)
    repeats: bool = True  # once more changes nothing
    name: str = ""


CONSTRAINTS = [
    ConstraintRow(con.NonNeg, None, lambda w: w if w > 0 else 0.0),
    ConstraintRow(con.MaxNorm, lambda norm: min(norm, 2.0)),
    ConstraintRow(lambda: con.MaxNorm(0.5, axis=1), lambda norm: min(norm, 0.5), axes=(1,)),
    ConstraintRow(lambda: con.MaxNorm(0.5, axis=[0, 1]), lambda norm: min(norm, 0.5), axes=(0, 1)),
    ConstraintRow(con.UnitNorm, lambda norm: 1.0 if norm else 0.0),
    ConstraintRow(lambda: con.UnitNorm(axis=-1), lambda norm: 1.0 if norm else 0.0, axes=(1,)),
    ConstraintRow(con.MinMaxNorm, lambda norm: min(norm, 1.0)),
    ConstraintRow(
        lambda: con.MinMaxNorm(1.5, 2.5, axis=0), lambda norm: min(max(norm, 1.5), 2.5) if norm else 0.0
    ),
    ConstraintRow(
        lambda: con.MinMaxNorm(1.5, 2.5, rate=0.25),
        lambda norm: 0.75 * norm + 0.25 * min(max(norm, 1.5), 2.5) if norm else 0.0,
        repeats=False,
    ),
]
