"""The textbook rules of optimizers, for one number: plain loops over Python's floats.

A rule is a function ``(w, gradients, rates) -> places``: where a number that starts at ``w`` is after each
step.  The rules are written from the publications, with epsilon where Keras has it, and share nothing with
`mlp.optimizers`: `mlp.testing.check_optimizer` holds an optimizer against the rule of its class.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from mlp import optimizers

__all__ = ["RULES", "Known", "Rule", "adam", "known_rule", "rmsprop", "sgd"]

#: Where a number that starts at ``w`` is after each step: from ``w``, its gradients and the rates.
Rule: TypeAlias = Callable[[float, Sequence[float], Sequence[float]], Sequence[float]]


def sgd(momentum: float = 0.0, nesterov: bool = False, weight_decay: float = 0.0) -> Rule:
    """``m = momentum m - rate g``, ``w += m`` (Polyak 1964); nesterov: ``w += momentum m - rate g``.

    Parameters
    ----------
    momentum : float, default 0
        How much of the last movement goes on.
    nesterov : bool, default False
        The gradient is that of the point ahead (Sutskever et al. 2013, section 2, in the variables of Keras).
    weight_decay : float, default 0
        ``w -= rate weight_decay w`` before each step (Loshchilov and Hutter 2019, arXiv:1711.05101).

    Returns
    -------
    callable
        The rule.

    Examples
    --------
    >>> sgd(momentum=0.5)(1.0, [1.0, 1.0, 0.0], [0.25, 0.25, 0.25])
    [0.75, 0.375, 0.1875]
    """

    def path(w: float, gradients: Sequence[float], rates: Sequence[float]) -> list[float]:
        places, m = [], 0.0
        for g, rate in zip(gradients, rates, strict=True):
            w = w - rate * weight_decay * w
            m = momentum * m - rate * g
            w = w + momentum * m - rate * g if nesterov else w + m
            places.append(w)
        return places

    return path


def rmsprop(
    rho: float = 0.9,
    momentum: float = 0.0,
    epsilon: float = 1e-7,
    centered: bool = False,
    weight_decay: float = 0.0,
) -> Rule:
    """``v = rho v + (1 - rho) g^2``, ``w -= rate g / sqrt(v + epsilon)`` (Hinton 2012, lecture 6e).

    Parameters
    ----------
    rho : float, default 0.9
        How slowly the mean of squares changes.
    momentum : float, default 0
        How much of the last movement goes on.
    epsilon : float, default 1e-7
        Inside the root.
    centered : bool, default False
        Subtract the squared mean of the gradients from ``v`` (Graves 2013, arXiv:1308.0850, eq. 38 to 45).
    weight_decay : float, default 0
        As in `sgd`.

    Returns
    -------
    callable
        The rule.

    Examples
    --------
    >>> rmsprop(rho=0.75, epsilon=0.0)(1.0, [4.0], [0.25])
    [0.5]
    """

    def path(w: float, gradients: Sequence[float], rates: Sequence[float]) -> list[float]:
        places, square, average, m = [], 0.0, 0.0, 0.0
        for g, rate in zip(gradients, rates, strict=True):
            w = w - rate * weight_decay * w
            square = rho * square + (1 - rho) * g * g
            average = rho * average + (1 - rho) * g if centered else 0.0
            # A variance; rounding can make it negative.
            root = math.sqrt(max(square - average * average, 0.0) + epsilon)
            m = momentum * m + (rate * g / root if root else math.nan)
            w = w - m
            places.append(w)
        return places

    return path


def adam(
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
    amsgrad: bool = False,
    weight_decay: float = 0.0,
) -> Rule:
    """``w -= a_t m / (sqrt(v) + epsilon)`` with ``a_t = rate sqrt(1 - b2^t) / (1 - b1^t)``.

    The last lines of section 2 of Kingma and Ba 2015 (arXiv:1412.6980).  The moments are written as the sums
    that they stand for, over all gradients so far: ``m = sum (1 - b1) b1^(t - s) g_s``, ``v`` likewise of ``g_s^2``.

    Parameters
    ----------
    beta_1, beta_2 : float
        How slowly the two moments change.
    epsilon : float, default 1e-7
        Outside the root; the "epsilon hat" of the paper.
    amsgrad : bool, default False
        Use the largest ``v`` so far (Reddi et al. 2018, arXiv:1904.09237).
    weight_decay : float, default 0
        As in `sgd`; the result is AdamW.

    Returns
    -------
    callable
        The rule.

    Examples
    --------
    >>> adam(beta_2=0.75, epsilon=0.0)(1.0, [4.0, 0.0], [0.5, 0.5])[0]
    0.5
    """

    def path(w: float, gradients: Sequence[float], rates: Sequence[float]) -> list[float]:
        places, largest = [], 0.0
        for t, rate in enumerate(rates, start=1):
            w = w - rate * weight_decay * w
            m = sum((1 - beta_1) * beta_1 ** (t - 1 - s) * g for s, g in enumerate(gradients[:t]))
            v = sum((1 - beta_2) * beta_2 ** (t - 1 - s) * g * g for s, g in enumerate(gradients[:t]))
            largest = max(largest, v) if amsgrad else v
            step = rate * math.sqrt(1 - beta_2**t) / (1 - beta_1**t)
            root = math.sqrt(largest) + epsilon
            w = w - (step * m / root if root else math.nan)
            places.append(w)
        return places

    return path


#: The rule of a class and of those derived from it; it takes its arguments from attributes of the same names.
RULES: dict[type[optimizers.Optimizer], Callable[..., Rule]] = {
    optimizers.SGD: sgd,
    optimizers.RMSprop: rmsprop,
    optimizers.Adam: adam,
}


@dataclass(frozen=True)
class Known:
    """The rule of an optimizer's class, with the optimizer's arguments.

    Attributes
    ----------
    cls : type
        The class that the rule is of: the optimizer's own, or a base class.
    make : callable
        Makes the rule.
    arguments : dict
        What it is made with.
    """

    cls: type[optimizers.Optimizer]
    make: Callable[..., Rule]
    arguments: dict[str, Any]

    def rule(self) -> Rule:
        """The rule itself."""
        return self.make(**self.arguments)

    def slips(self) -> Iterator[tuple[str, Rule]]:
        """What goes wrong most often when this rule is written down, each with the rule that comes out."""
        arguments = self.arguments
        for name, value in arguments.items():
            if isinstance(value, bool):
                yield f"{name}={not value}", self._with(**{name: not value})
        for name, value in arguments.items():
            if value and not isinstance(value, bool):
                yield f"{name}=0", self._with(**{name: 0.0})
                yield f"{name}={-value:g}, the wrong sign", self._with(**{name: -value})
                yield (
                    f"{name}={value * value:g}, its square: it is applied twice",
                    self._with(**{name: value * value}),
                )
                if value < 0.5:
                    yield f"{name}={2 * value:g}, twice of it", self._with(**{name: 2 * value})
        if "beta_1" in arguments:
            one, two = arguments["beta_1"], arguments["beta_2"]
            yield "beta_1 and beta_2 in each other's place", self._with(beta_1=two, beta_2=one)

            def correction(t: int) -> float:
                return float(math.sqrt(1 - two**t) / (1 - one**t))

            yield "no bias correction", _rescaled(self.rule(), lambda t: 1 / correction(t))
            yield (
                "the bias correction of the step to come: t counts from 1",
                _rescaled(self.rule(), lambda t: correction(t + 1) / correction(t)),
            )
        yield "the gradient added, not subtracted", _rescaled(self.rule(), lambda t: -1.0)
        yield "the square of the rate", lambda w, g, rates: self.rule()(w, g, [rate * rate for rate in rates])

    def _with(self, **changed: Any) -> Rule:
        return replace(self, arguments={**self.arguments, **changed}).rule()


def _rescaled(rule: Rule, factor: Callable[[int], float]) -> Rule:
    return lambda w, g, rates: rule(w, g, [rate * factor(t) for t, rate in enumerate(rates, start=1)])


def known_rule(optimizer: optimizers.Optimizer) -> Known | None:
    """The rule of an optimizer's class or of the nearest base class that has one.

    Examples
    --------
    >>> known_rule(optimizers.SGD(momentum=0.5)).arguments
    {'momentum': 0.5, 'nesterov': False}
    """
    for cls in type(optimizer).__mro__:
        if cls in RULES:
            make = RULES[cls]
            names = inspect.signature(make).parameters
            given = {name: getattr(optimizer, name, None) for name in names}
            return Known(cls, make, {name: value for name, value in given.items() if value is not None})
    return None
