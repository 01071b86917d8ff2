"""Schedules and their truth."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from mlp import schedules as sch


@dataclass(frozen=True)
class ScheduleRow:
    """A learning rate for every step, as an exact fraction or in another form of the cosine."""

    make: Callable[[], sch.LearningRateSchedule]
    truth: Callable[[int], float | Fraction]
    steps: tuple[int, ...] = tuple(range(64))
    name: str = ""


def half_cosine(share):
    """(1 + cos(pi s)) / 2 = cos(pi s / 2)^2."""
    return math.cos(math.pi * min(share, 1) / 2) ** 2


def polynomial(step, start, end, decay_steps, power, cycle=False):
    until = decay_steps
    while cycle and until < step:
        until += decay_steps
    return (start - end) * (1 - Fraction(min(step, until), until)) ** power + end


def restarts(step, rate, length, t_mul, m_mul, alpha):
    height = 1.0
    while step >= length:
        step, length, height = step - length, length * t_mul, height * m_mul
    return rate * ((1 - alpha) * height * half_cosine(step / length) + alpha)


def warm(step):
    """Up from 0.01 to 0.2 in 5 steps, then down to a tenth of it in 20."""
    if step < 5:
        return Fraction(1, 100) + Fraction(19, 100) * step / 5
    return 0.2 * (0.9 * half_cosine((step - 5) / 20) + 0.1)


SCHEDULES = [
    ScheduleRow(lambda: sch.ExponentialDecay(0.1, 10, 0.5), lambda step: 0.1 * math.exp2(-step / 10)),
    ScheduleRow(
        lambda: sch.ExponentialDecay(0.1, 10, 0.5, staircase=True),
        lambda step: Fraction(1, 10) / 2 ** (step // 10),
    ),
    ScheduleRow(
        lambda: sch.InverseTimeDecay(0.1, 4, 0.5), lambda step: Fraction(1, 10) / (1 + Fraction(step, 8))
    ),
    ScheduleRow(
        lambda: sch.InverseTimeDecay(0.1, 4, 0.5, staircase=True),
        lambda step: Fraction(1, 10) / (1 + Fraction(step // 4, 2)),
    ),
    ScheduleRow(
        lambda: sch.PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.1]),
        lambda step: 1.0 if step <= 10 else 0.5 if step <= 20 else 0.1,
    ),
    ScheduleRow(lambda: sch.PolynomialDecay(0.1, 20), lambda step: polynomial(step, 0.1, 0.0001, 20, 1)),
    ScheduleRow(
        lambda: sch.PolynomialDecay(0.1, 20, 0.01, power=3.0, cycle=True),
        lambda step: polynomial(step, 0.1, 0.01, 20, 3, cycle=True),
    ),
    ScheduleRow(lambda: sch.CosineDecay(0.1, 20), lambda step: 0.1 * half_cosine(step / 20)),
    ScheduleRow(lambda: sch.CosineDecay(0.01, 20, 0.1, warmup_target=0.2, warmup_steps=5), warm),
    ScheduleRow(
        lambda: sch.CosineDecayRestarts(0.1, 5, m_mul=0.5), lambda step: restarts(step, 0.1, 5, 2, 0.5, 0)
    ),
    ScheduleRow(
        lambda: sch.CosineDecayRestarts(0.1, 8, t_mul=1.0, m_mul=0.5, alpha=0.2),
        lambda step: restarts(step, 0.1, 8, 1, 0.5, 0.2),
    ),
    ScheduleRow(
        lambda: sch.CosineDecayRestarts(0.1, 1, t_mul=3.0), lambda step: restarts(step, 0.1, 1, 3, 1, 0)
    ),
    ScheduleRow(
        lambda: sch.CosineDecayRestarts(0.1, 1, t_mul=3.0),
        lambda step: restarts(step, 0.1, 1, 3, 1, 0),
        steps=(120, 121, 122, 3280, 9841),
        name="at the restarts of long periods",
    ),
    ScheduleRow(lambda: sch.WarmUp(0.25, 8), lambda step: Fraction(min(step, 8), 32)),
    ScheduleRow(
        lambda: sch.WarmUp(sch.InverseTimeDecay(0.1, 4, 0.5), 6, initial_learning_rate=0.01),
        lambda step: (
            Fraction(1, 100) + Fraction(9, 100) * step / 6
            if step < 6
            else Fraction(1, 10) / (1 + Fraction(step - 6, 8))
        ),
    ),
]
