"""Regularizers and constraints and their truth."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from mlp import constraints as con
from mlp import regularizers as reg


@dataclass(frozen=True)
class RegularizerRow:
    """A penalty: a sum over the weights of ``truth`` of each."""

    make: Callable[[], reg.Regularizer]
    truth: Callable[[Fraction], Fraction]
    name: str = ""


def penalty(l1=0.0, l2=0.0):
    return lambda w: Fraction(l1) * abs(w) + Fraction(l2) * w * w


REGULARIZERS = [
    RegularizerRow(reg.L1, penalty(l1=0.01)),
    RegularizerRow(lambda: reg.L1(0.3), penalty(l1=0.3)),
    RegularizerRow(reg.L2, penalty(l2=0.01)),
    RegularizerRow(lambda: reg.L2(0.3), penalty(l2=0.3)),
    RegularizerRow(reg.L1L2, penalty()),
    RegularizerRow(lambda: reg.L1L2(0.2, 0.7), penalty(0.2, 0.7)),
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
