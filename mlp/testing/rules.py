"""The textbook rules of optimizers, for one number: plain loops over Python's floats.

A rule is a function ``(w, gradients, rates) -> places``: where a number that starts at ``w`` is after each
step.  The rules are written from the publications, with epsilon where Keras has it, and share nothing with
`mlp.optimizers`: `mlp.testing.check_optimizer` holds an optimizer against the rule of its class.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from mlp import optimizers

__all__ = [
    "EPSILON_INSIDE", "RULES", "Known", "Rule", "adadelta", "adagrad", "adam", "adamax", "ftrl", "known_rule", "lamb",
    "lbfgs", "lion", "nadam", "rmsprop", "rprop", "sgd", "with_common_arguments",
]  # fmt: skip

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
        Subtract the squared mean of the gradients from ``v`` (Graves 2013, arXiv:1308.0850, equation 38 to 45).
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
    beta_1, beta_2 : float, defaults 0.9 and 0.999
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


def adamax(
    beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7, weight_decay: float = 0.0
) -> Rule:
    """``w -= rate / (1 - b1^t) m / (u + epsilon)``, ``u`` the largest of ``b2^(t - s) |g_s|``.

    Kingma and Ba 2015 (arXiv:1412.6980), algorithm 2; ``m`` is the sum of `adam`.

    Parameters
    ----------
    beta_1, beta_2 : float, defaults 0.9 and 0.999
        How slowly the mean and the largest gradient change.
    epsilon : float, default 1e-7
        Added to ``u``.
    weight_decay : float, default 0
        As in `sgd`.

    Returns
    -------
    callable
        The rule.

    Examples
    --------
    >>> adamax(epsilon=0.0)(1.0, [4.0], [0.5])
    [0.5]
    """

    def path(w: float, gradients: Sequence[float], rates: Sequence[float]) -> list[float]:
        places = []
        for t, rate in enumerate(rates, start=1):
            w = w - rate * weight_decay * w
            m = sum((1 - beta_1) * beta_1 ** (t - 1 - s) * g for s, g in enumerate(gradients[:t]))
            u = max(beta_2 ** (t - 1 - s) * abs(g) for s, g in enumerate(gradients[:t]))
            w = w - (rate / (1 - beta_1**t) * m / (u + epsilon) if u + epsilon else math.nan)
            places.append(w)
        return places

    return path


def nadam(
    beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7, weight_decay: float = 0.0
) -> Rule:
    """Adam with the momentum of the step to come (Dozat 2016, "Incorporating Nesterov momentum into Adam").

    Parameters
    ----------
    beta_1, beta_2 : float, defaults 0.9 and 0.999
        How slowly the two moments change; the momentum of step ``t`` in the step itself is ``b1 (1 - 0.96^t / 2)``.
    epsilon : float, default 1e-7
        Outside the root.
    weight_decay : float, default 0
        As in `sgd`.

    Returns
    -------
    callable
        The rule.

    Examples
    --------
    >>> nadam(beta_1=0.0, beta_2=0.75, epsilon=0.0)(1.0, [4.0], [0.5])
    [0.5]
    """

    def path(w: float, gradients: Sequence[float], rates: Sequence[float]) -> list[float]:
        places = []
        for t, rate in enumerate(rates, start=1):
            w = w - rate * weight_decay * w
            momentums = [beta_1 * (1 - 0.96**s / 2) for s in range(1, t + 2)]
            m = sum((1 - beta_1) * beta_1 ** (t - 1 - s) * g for s, g in enumerate(gradients[:t]))
            v = sum((1 - beta_2) * beta_2 ** (t - 1 - s) * g * g for s, g in enumerate(gradients[:t]))
            ahead = momentums[t] * m / (1 - math.prod(momentums))
            now = (1 - momentums[t - 1]) * gradients[t - 1] / (1 - math.prod(momentums[:t]))
            root = math.sqrt(v / (1 - beta_2**t)) + epsilon
            w = w - (rate * (ahead + now) / root if root else math.nan)
            places.append(w)
        return places

    return path


def adagrad(initial_accumulator_value: float = 0.1, epsilon: float = 1e-7, weight_decay: float = 0.0) -> Rule:
    """``w -= rate g / sqrt(a + epsilon)``, ``a`` the sum of all squares so far (Duchi, Hazan and Singer 2011).

    Parameters
    ----------
    initial_accumulator_value : float, default 0.1
        What ``a`` has beside them.
    epsilon : float, default 1e-7
        Inside the root.
    weight_decay : float, default 0
        As in `sgd`.

    Returns
    -------
    callable
        The rule.

    Examples
    --------
    >>> adagrad(0.0, epsilon=0.0)(1.0, [3.0, 4.0], [0.5, 0.5])
    [0.5, 0.09999999999999998]
    """

    def path(w: float, gradients: Sequence[float], rates: Sequence[float]) -> list[float]:
        places = []
        for t, (g, rate) in enumerate(zip(gradients, rates, strict=True), start=1):
            w = w - rate * weight_decay * w
            root = math.sqrt(initial_accumulator_value + sum(h * h for h in gradients[:t]) + epsilon)
            w = w - (rate * g / root if root else math.nan)
            places.append(w)
        return places

    return path


def adadelta(rho: float = 0.95, epsilon: float = 1e-7, weight_decay: float = 0.0) -> Rule:
    """``w -= rate d`` with ``d = g RMS(d before) / RMS(g)`` (Zeiler 2012, arXiv:1212.5701, algorithm 1).

    Parameters
    ----------
    rho : float, default 0.95
        How slowly the means of squares change.
    epsilon : float, default 1e-7
        Inside both roots.
    weight_decay : float, default 0
        As in `sgd`.

    Returns
    -------
    callable
        The rule.

    Examples
    --------
    >>> adadelta(rho=0.0, epsilon=9.0)(1.0, [4.0], [0.5])
    [-0.19999999999999996]
    """

    def path(w: float, gradients: Sequence[float], rates: Sequence[float]) -> list[float]:
        places, moves = [], [0.0]
        for t, (g, rate) in enumerate(zip(gradients, rates, strict=True), start=1):
            w = w - rate * weight_decay * w
            of_moves = sum((1 - rho) * rho ** (t - 1 - s) * d * d for s, d in enumerate(moves))
            of_gradients = sum((1 - rho) * rho ** (t - 1 - s) * h * h for s, h in enumerate(gradients[:t]))
            root = math.sqrt(of_gradients + epsilon)
            moves.append(math.sqrt(of_moves + epsilon) / root * g if root else math.nan)
            w = w - rate * moves[-1]
            places.append(w)
        return places

    return path


def ftrl(
    learning_rate_power: float = -0.5,
    initial_accumulator_value: float = 0.1,
    l1_regularization_strength: float = 0.0,
    l2_regularization_strength: float = 0.0,
    l2_shrinkage_regularization_strength: float = 0.0,
    beta: float = 0.0,
    weight_decay: float = 0.0,
) -> Rule:
    """Per coordinate FTRL-proximal (McMahan et al. 2013, "Ad click prediction", algorithm 1), as Keras has it.

    Parameters
    ----------
    learning_rate_power : float, default -0.5
        How fast the rate falls.
    initial_accumulator_value : float, default 0.1
        What the sum of squares begins with.
    l1_regularization_strength, l2_regularization_strength, l2_shrinkage_regularization_strength, beta : float, default 0
        Penalties, and the paper's beta.
    weight_decay : float, default 0
        As in `sgd`.

    Returns
    -------
    callable
        The rule.

    Examples
    --------
    >>> ftrl(initial_accumulator_value=0.0)(1.0, [4.0], [0.5])
    [0.5]
    """

    def path(w: float, gradients: Sequence[float], rates: Sequence[float]) -> list[float]:
        places, n, z = [], initial_accumulator_value, 0.0
        for g, rate in zip(gradients, rates, strict=True):
            if rate > 0:
                w = w - rate * weight_decay * w
                sigma = (math.pow(n + g * g, -learning_rate_power) - math.pow(n, -learning_rate_power)) / rate
                z = z + g + 2 * l2_shrinkage_regularization_strength * w - sigma * w
                n = n + g * g
                pull = (beta + math.pow(n, -learning_rate_power)) / rate + 2 * l2_regularization_strength
                excess = max(abs(z) - l1_regularization_strength, 0.0)
                w = -math.copysign(excess, z) / pull if pull else math.nan
            places.append(w)
        return places

    return path


def lion(beta_1: float = 0.9, beta_2: float = 0.99, weight_decay: float = 0.0) -> Rule:
    """``w -= rate sign(b1 m + (1 - b1) g)``, ``m`` the mean with ``b2`` before ``g`` (Chen et al. 2023, arXiv:2302.06675).

    Parameters
    ----------
    beta_1 : float, default 0.9
        The share of the mean.
    beta_2 : float, default 0.99
        How slowly it changes.
    weight_decay : float, default 0
        As in `sgd`.

    Returns
    -------
    callable
        The rule.

    Examples
    --------
    >>> lion(beta_2=0.0)(1.0, [4.0, 0.0, 0.0], [0.25, 0.25, 0.25])
    [0.75, 0.5, 0.5]
    """

    def path(w: float, gradients: Sequence[float], rates: Sequence[float]) -> list[float]:
        places = []
        for t, (g, rate) in enumerate(zip(gradients, rates, strict=True)):
            w = w - rate * weight_decay * w
            m = sum((1 - beta_2) * beta_2 ** (t - 1 - s) * h for s, h in enumerate(gradients[:t]))
            direction = beta_1 * m + (1 - beta_1) * g
            w = w - rate * ((direction > 0) - (direction < 0))
            places.append(w)
        return places

    return path


def lamb(
    beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7, weight_decay: float = 0.0
) -> Rule:
    """One number is an array of its own: ``w -= rate |w| sign(u)``, or ``rate u`` from zero (You et al. 2020).

    Parameters
    ----------
    beta_1, beta_2 : float, defaults 0.9 and 0.999
        How slowly the two moments change, whose quotient is ``u``.
    epsilon : float, default 1e-7
        Outside the root.
    weight_decay : float, default 0
        As in `sgd`.

    Returns
    -------
    callable
        The rule.

    Examples
    --------
    >>> lamb()(2.0, [4.0], [0.25])
    [1.5]
    """

    def path(w: float, gradients: Sequence[float], rates: Sequence[float]) -> list[float]:
        places = []
        for t, rate in enumerate(rates, start=1):
            w = w - rate * weight_decay * w
            m = sum(beta_1 ** (t - 1 - s) * g for s, g in enumerate(gradients[:t]))
            v = sum(beta_2 ** (t - 1 - s) * g * g for s, g in enumerate(gradients[:t]))
            m, v = m * (1 - beta_1) / (1 - beta_1**t), v * (1 - beta_2) / (1 - beta_2**t)
            root = math.sqrt(v) + epsilon
            u = m / root if root else math.nan
            w = w - rate * (abs(w) * math.copysign(1.0, u) if w and u else u)
            places.append(w)
        return places

    return path


def rprop(
    etas: tuple[float, float] = (0.5, 1.2),
    step_sizes: tuple[float, float] = (1e-6, 50.0),
    weight_decay: float = 0.0,
) -> Rule:
    """``w -= d sign(g)``; ``d`` begins with the rate and grows or shrinks with the sign (Igel and Huesken 2003, iRprop-).

    Parameters
    ----------
    etas : (float, float), default (0.5, 1.2)
        By what ``d`` shrinks where the sign turns, and grows where it stays.
    step_sizes : (float, float), default (1e-6, 50)
        The limits of ``d``.
    weight_decay : float, default 0
        As in `sgd`.

    Returns
    -------
    callable
        The rule; where the rate changes, ``d`` changes in proportion.

    Examples
    --------
    >>> rprop(etas=(0.5, 2.0))(1.0, [3.0, 2.0, -1.0, -1.0], [0.25] * 4)
    [0.75, 0.25, 0.25, 0.5]
    """

    def path(w: float, gradients: Sequence[float], rates: Sequence[float]) -> list[float]:
        places, before, length = [], 0.0, 1.0
        for g, rate in zip(gradients, rates, strict=True):
            w = w - rate * weight_decay * w
            if (before > 0 and g > 0) or (before < 0 and g < 0):
                length = length * etas[1]
            elif (before > 0 and g < 0) or (before < 0 and g > 0):
                length, g = length * etas[0], 0.0
            if rate > 0:
                length = min(max(length, step_sizes[0] / rate), step_sizes[1] / rate)
            w = w - rate * length * ((g > 0) - (g < 0))
            places.append(w)
            before = g
        return places

    return path


def lbfgs(history_size: int = 10, weight_decay: float = 0.0) -> Rule:
    """For one number all quasi-Newton methods are the secant method: ``w -= rate s / y g``.

    Here ``s`` is the last step that went with a change ``y`` of the gradient of its own sign; without one,
    ``w -= rate min(1, 1 / |g|) g``.

    Parameters
    ----------
    history_size : int, default 10
        How many steps back ``s`` may be.
    weight_decay : float, default 0
        As in `sgd`.

    Returns
    -------
    callable
        The rule.

    Examples
    --------
    >>> lbfgs()(1.0, [2.0, 1.0], [0.5, 0.5])
    [0.5, 0.25]
    """

    def path(w: float, gradients: Sequence[float], rates: Sequence[float]) -> list[float]:
        places: list[float] = []
        steps: list[float] = []
        for t, (g, rate) in enumerate(zip(gradients, rates, strict=True)):
            decay = rate * weight_decay * w
            w, steps[t - 1 : t] = w - decay, [step and step - decay for step in steps[t - 1 : t]]
            inverse = min(1.0, 1 / abs(g)) if g else 1.0
            for i in range(max(1, t - history_size + 1), t + 1):
                s, y = steps[i - 1], gradients[i] - gradients[i - 1]
                inverse = s / y if s * y > 0 else inverse
            steps.append(-rate * inverse * g)
            w = w + steps[t]
            places.append(w)
        return places

    return path


def with_common_arguments(rule: Rule, clip: float | None = None, every: int = 1) -> Rule:
    """A rule with what every optimizer can do beside it, as far as it can be told of one number.

    Parameters
    ----------
    rule : callable
        The rule.
    clip : float, optional
        ``clipvalue``, ``clipnorm`` or ``global_clipnorm``, which for one number are the same.
    every : int, default 1
        ``gradient_accumulation_steps``.

    Returns
    -------
    callable
        The rule.

    Examples
    --------
    >>> rule = with_common_arguments(sgd(), clip=1.0, every=2)
    >>> rule(1.0, [3.0, 1.0, 0.5], [0.25, 0.25, 0.25])
    [1.0, 0.75, 0.75]
    """

    def path(w: float, gradients: Sequence[float], rates: Sequence[float]) -> list[float]:
        steps = len(gradients) // every
        means = [sum(gradients[every * k : every * (k + 1)]) / every for k in range(steps)]
        if clip is not None:
            means = [min(max(g, -clip), clip) for g in means]
        places = [w, *rule(w, means, rates[every - 1 :: every])]
        return [places[(t + 1) // every] for t in range(len(gradients))]

    return path


#: The rule of a class and of those derived from it; it takes its arguments from attributes of the same names.
RULES: dict[type[optimizers.Optimizer], Callable[..., Rule]] = {
    optimizers.SGD: sgd,
    optimizers.RMSprop: rmsprop,
    optimizers.Adam: adam,
    optimizers.AdamW: adam,
    optimizers.Adamax: adamax,
    optimizers.Nadam: nadam,
    optimizers.Adagrad: adagrad,
    optimizers.Adadelta: adadelta,
    optimizers.Ftrl: ftrl,
    optimizers.Lion: lion,
    optimizers.Lamb: lamb,
    optimizers.Rprop: rprop,
    optimizers.LBFGS: lbfgs,
}

#: Those that have epsilon inside the root.
EPSILON_INSIDE = (rmsprop, adagrad, adadelta)


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
    common : dict
        Arguments of `with_common_arguments`.

    Examples
    --------
    >>> known: Known = known_rule(optimizers.SGD(momentum=0.5))
    >>> [name for name, _ in known.slips()][0]
    'nesterov=True'
    """

    cls: type[optimizers.Optimizer]
    make: Callable[..., Rule]
    arguments: dict[str, Any]
    common: dict[str, Any] = field(default_factory=dict)

    def rule(self) -> Rule:
        """The rule itself."""
        return with_common_arguments(self.make(**self.arguments), **self.common)

    def slips(self) -> Iterator[tuple[str, Rule]]:
        """What goes wrong most often when this rule is written down, each with the rule that comes out."""
        arguments = self.arguments
        for name, value in arguments.items():
            if isinstance(value, bool):
                yield f"{name}={not value}", self._with(**{name: not value})
        for name, value in arguments.items():
            if value and isinstance(value, float):
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

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer.

    Returns
    -------
    Known or None
        Its rule with its arguments; None if there is no rule.

    Examples
    --------
    >>> known_rule(optimizers.SGD(momentum=0.5)).arguments
    {'momentum': 0.5, 'nesterov': False}
    """
    if optimizer.ema_overwrite_frequency and optimizer.use_ema:
        return None  # the average of the places hangs on what the rule makes of them
    for cls in type(optimizer).__mro__:
        if cls in RULES:
            make = RULES[cls]
            names = inspect.signature(make).parameters
            given = {name: getattr(optimizer, name, None) for name in names}
            arguments = {name: value for name, value in given.items() if value is not None}
            return Known(cls, make, arguments, _common(optimizer))
    return None


def _common(optimizer: optimizers.Optimizer) -> dict[str, Any]:
    clip = optimizer.clipvalue or optimizer.clipnorm or optimizer.global_clipnorm
    every = optimizer.gradient_accumulation_steps
    return {**({"clip": clip} if clip else {}), **({"every": every} if every else {})}
