"""Learning rates that depend on the step: ``schedule(step)``, ``step`` counting from 0."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from mlp import checks
from mlp.configurable import Configurable
from mlp.errors import ArgumentError, ArgumentTypeError
from mlp.registry import Registry

__all__ = [
    "CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay", "LearningRateSchedule",
    "PiecewiseConstantDecay", "PolynomialDecay", "WarmUp", "get",
]  # fmt: skip


class LearningRateSchedule(Configurable):
    """A learning rate for every step; subclass it, giving ``__call__``.

    Examples
    --------
    >>> class Halving(LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.5 ** step
    >>> Halving()(3)
    0.125
    """

    def __call__(self, step: int) -> float:
        """The learning rate at a step."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__(self, step)")


SCHEDULES: Registry[LearningRateSchedule] = Registry("schedule", LearningRateSchedule)


class _Decay(LearningRateSchedule):
    """What decays by ``decay_rate`` every ``decay_steps`` have in common."""

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = checks.real("initial_learning_rate", initial_learning_rate, 0.0)
        self.decay_steps = checks.real("decay_steps", decay_steps, above=0.0)
        self.decay_rate = checks.real("decay_rate", decay_rate, 0.0)
        self.staircase = checks.flag("staircase", staircase)
        self.name = type(self).__name__ if name is None else name

    def _periods(self, step: int) -> float:
        periods = step / self.decay_steps
        return math.floor(periods) if self.staircase else periods


@SCHEDULES.add()
class ExponentialDecay(_Decay):
    """``initial_learning_rate * decay_rate ** (step / decay_steps)``; ``staircase`` rounds the exponent down.

    Parameters
    ----------
    initial_learning_rate : float
        The rate at step 0.
    decay_steps : int
        After so many steps the decay rate has acted once.
    decay_rate : float
        The factor of the rate in that time.
    staircase : bool, default False
        Change the rate every ``decay_steps`` steps only.
    name : str, optional
        A name; the class's unless given.

    Examples
    --------
    >>> ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)(20)
    0.025
    """

    def __call__(self, step: int) -> float:
        """The learning rate at a step."""
        return float(self.initial_learning_rate * self.decay_rate ** self._periods(step))


@SCHEDULES.add()
class InverseTimeDecay(_Decay):
    """``initial_learning_rate / (1 + decay_rate * step / decay_steps)``; ``staircase`` rounds the quotient down.

    Parameters
    ----------
    initial_learning_rate : float
        The rate at step 0.
    decay_steps : int
        After so many steps the decay rate has acted once.
    decay_rate : float
        How fast the rate falls: 1 halves it in that time.
    staircase : bool, default False
        Change the rate every ``decay_steps`` steps only.
    name : str, optional
        A name; the class's unless given.

    Examples
    --------
    >>> InverseTimeDecay(0.1, decay_steps=10, decay_rate=1.0)(10)
    0.05
    """

    def __call__(self, step: int) -> float:
        """The learning rate at a step."""
        return float(self.initial_learning_rate / (1 + self.decay_rate * self._periods(step)))


@SCHEDULES.add()
class PiecewiseConstantDecay(LearningRateSchedule):
    """``values[0]`` up to and with step ``boundaries[0]``, then ``values[1]``, and so on.

    Parameters
    ----------
    boundaries : sequence of int
        Increasing steps.
    values : sequence of float
        The rates, one more than boundaries.
    name : str, optional
        A name.

    Examples
    --------
    >>> PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.1])(11)
    0.5
    """

    def __init__(
        self, boundaries: Sequence[float], values: Sequence[float], name: str | None = "PiecewiseConstant"
    ) -> None:
        self.boundaries = [checks.real("boundaries", boundary) for boundary in boundaries]
        self.values = [checks.real("values", value, 0.0) for value in values]
        if len(self.values) != len(self.boundaries) + 1:
            raise ArgumentError(
                f"values must be one more than boundaries, got {len(self.values)} and {len(self.boundaries)}"
            )
        if sorted(self.boundaries) != self.boundaries:
            raise ArgumentError(f"boundaries must increase, got {self.boundaries}")
        self.name = name

    def __call__(self, step: int) -> float:
        """The learning rate at a step."""
        return self.values[sum(step > boundary for boundary in self.boundaries)]


@SCHEDULES.add()
class PolynomialDecay(LearningRateSchedule):
    """``(initial - end) (1 - step / decay_steps) ** power + end``, and ``end`` afterwards.

    Parameters
    ----------
    initial_learning_rate : float
        The first rate.
    decay_steps : int
        How long the way takes; with ``cycle`` it grows to its next multiple instead of ending.
    end_learning_rate : float, default 0.0001
        The last rate.
    power : float, default 1
        1 is a straight line.
    cycle : bool, default False
        Start again beyond ``decay_steps``.
    name : str, optional
        A name.

    Examples
    --------
    >>> PolynomialDecay(0.1, decay_steps=10, end_learning_rate=0.0)(5)
    0.05
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str | None = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate = checks.real("initial_learning_rate", initial_learning_rate, 0.0)
        self.decay_steps = checks.real("decay_steps", decay_steps, above=0.0)
        self.end_learning_rate = checks.real("end_learning_rate", end_learning_rate, 0.0)
        self.power = checks.real("power", power, 0.0)
        self.cycle = checks.flag("cycle", cycle)
        self.name = name

    def __call__(self, step: int) -> float:
        """The learning rate at a step."""
        steps = self.decay_steps * (max(1, math.ceil(step / self.decay_steps)) if self.cycle else 1)
        left = 1 - min(step, steps) / steps
        span = self.initial_learning_rate - self.end_learning_rate
        return float(span * left**self.power) + self.end_learning_rate


@SCHEDULES.add()
class CosineDecay(LearningRateSchedule):
    """Half a cosine from the initial rate to ``alpha`` times it (Loshchilov and Hutter 2017, arXiv:1608.03983, equation 5).

    Parameters
    ----------
    initial_learning_rate : float
        The first rate.
    decay_steps : int
        How long the cosine takes, after the warm-up.
    alpha : float, default 0
        The last rate as a share of the highest.
    name : str, optional
        A name.
    warmup_target : float, optional
        If given, the rate first climbs to it in a straight line.
    warmup_steps : int, default 0
        How long that takes.

    Examples
    --------
    >>> schedule = CosineDecay(0.1, decay_steps=10)
    >>> schedule(0), round(schedule(5), 12), schedule(10)
    (0.1, 0.05, 0.0)
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        name: str | None = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        self.initial_learning_rate = checks.real("initial_learning_rate", initial_learning_rate, 0.0)
        self.decay_steps = checks.real("decay_steps", decay_steps, above=0.0)
        self.alpha = checks.real("alpha", alpha, 0.0)
        self.name = name
        self.warmup_target = (
            None if warmup_target is None else checks.real("warmup_target", warmup_target, 0.0)
        )
        self.warmup_steps = checks.integer("warmup_steps", warmup_steps, 0)

    def __call__(self, step: int) -> float:
        """The learning rate at a step."""
        if self.warmup_target is None:
            return self.initial_learning_rate * _half_cosine(step / self.decay_steps, self.alpha)
        if step < self.warmup_steps:
            climb = self.warmup_target - self.initial_learning_rate
            return float(self.initial_learning_rate + climb * step / self.warmup_steps)
        return self.warmup_target * _half_cosine((step - self.warmup_steps) / self.decay_steps, self.alpha)


def _half_cosine(share: float, alpha: float) -> float:
    return (1 - alpha) * 0.5 * (1 + math.cos(math.pi * min(share, 1.0))) + alpha


@SCHEDULES.add()
class CosineDecayRestarts(LearningRateSchedule):
    """Half cosines one after the other, each longer and lower (Loshchilov and Hutter 2017, arXiv:1608.03983).

    Parameters
    ----------
    initial_learning_rate : float
        The first rate.
    first_decay_steps : int
        The length of the first cosine.
    t_mul, m_mul : float, defaults 2 and 1
        Factors of length and height from one cosine to the next.
    alpha : float, default 0
        The rate that no cosine falls below, as a share of the initial one.
    name : str, optional
        A name.

    Examples
    --------
    >>> CosineDecayRestarts(0.1, first_decay_steps=10, m_mul=0.5)(10)
    0.05
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str | None = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = checks.real("initial_learning_rate", initial_learning_rate, 0.0)
        self.first_decay_steps = checks.real("first_decay_steps", first_decay_steps, above=0.0)
        self.t_mul = checks.real("t_mul", t_mul, 1.0)
        self.m_mul = checks.real("m_mul", m_mul, 0.0)
        self.alpha = checks.real("alpha", alpha, 0.0)
        self.name = name

    def _passed(self, restarts: int) -> float:
        """When the cosine number ``restarts`` begins, in lengths of the first."""
        return float((1 - self.t_mul**restarts) / (1 - self.t_mul))

    def __call__(self, step: int) -> float:
        """The learning rate at a step."""
        share = step / self.first_decay_steps
        if self.t_mul == 1.0:
            restarts = math.floor(share)
            share -= restarts
        else:
            restarts = math.floor(math.log(1 - share * (1 - self.t_mul)) / math.log(self.t_mul))
            restarts += self._passed(restarts + 1) <= share  # where the logarithm was rounded down
            share = (share - self._passed(restarts)) / self.t_mul**restarts
        height = self.m_mul**restarts * _half_cosine(share, 0.0)
        return float(self.initial_learning_rate * ((1 - self.alpha) * height + self.alpha))


@SCHEDULES.add()
class WarmUp(LearningRateSchedule):
    """A straight line up to what ``after`` begins with, and then ``after`` from its beginning.

    Keras has it for `CosineDecay` alone; the line is the same (Goyal et al. 2017, arXiv:1706.02677, section 2.2).

    Parameters
    ----------
    after : float, schedule or callable
        The rate, or the schedule, that is begun slowly.
    warmup_steps : int
        How long that takes.
    initial_learning_rate : float, default 0
        The rate of the first step.

    Examples
    --------
    >>> decay = ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    >>> schedule = WarmUp(decay, warmup_steps=4)
    >>> [schedule(step) for step in (0, 2, 4, 14)]
    [0.0, 0.05, 0.1, 0.05]
    """

    def __init__(self, after: Any, warmup_steps: int, initial_learning_rate: float = 0.0) -> None:
        self.after = get(after, "after")
        self.warmup_steps = checks.integer("warmup_steps", warmup_steps)
        self.initial_learning_rate = checks.real("initial_learning_rate", initial_learning_rate, 0.0)

    def __call__(self, step: int) -> float:
        """The learning rate at a step."""
        done = step - self.warmup_steps
        target = self.after(max(done, 0)) if callable(self.after) else self.after
        if done >= 0:
            return target
        return float(
            self.initial_learning_rate + (target - self.initial_learning_rate) * step / self.warmup_steps
        )


def get(identifier: Any, argument: str = "learning_rate") -> float | Callable[[int], float]:
    """A learning rate as an optimizer takes it: a number > 0, a schedule, its description, or a function of the step.

    Parameters
    ----------
    identifier : float, schedule, dict or callable
        What is meant.
    argument : str, optional
        What the caller calls it, for messages.

    Returns
    -------
    float or callable
        A number, or a function of the step.

    Raises
    ------
    ArgumentError, ArgumentTypeError, UnknownNameError
        If it is none of these.

    Examples
    --------
    >>> get(0.1), get(ExponentialDecay(0.1, 10, 0.5))(10)
    (0.1, 0.05)
    """
    if isinstance(identifier, LearningRateSchedule | dict):
        return SCHEDULES.get(identifier)
    if callable(identifier):
        return identifier  # type: ignore[no-any-return]
    if isinstance(identifier, str):
        raise ArgumentTypeError(
            f"{argument} must be a number, a schedule or a function of the step, got {identifier!r}"
        )
    return checks.real(argument, identifier, above=0.0)
