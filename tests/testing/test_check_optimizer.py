"""`check_optimizer` passes what is right and names what is wrong, with a counterexample one can follow on paper."""

import copy
import math
from functools import partial

import numpy as np
import pytest
from tables import OPTIMIZERS, over

from mlp import optimizers, schedules
from mlp.errors import ArgumentError, ArgumentTypeError
from mlp.optimizers import SGD, Adam, Optimizer, RMSprop
from mlp.testing import rules
from mlp.testing.optimizers import OPTIMIZER_CHECKS, check_optimizer
from mlp.testing.report import GradientError

# --- What is right ------------------------------------------------------------------------------------------


def declared(optimizer):
    """The notes of a report that come from what the optimizer declares."""
    coupled = ["entry by entry: declared: couples_entries", "long vector: declared: couples_entries"]
    return [
        "zero gradient: declared: decays_weights"
    ] * optimizer.decays_weights + coupled * optimizer.couples_entries


@over(OPTIMIZERS)
@pytest.mark.parametrize("seed", range(2))
def test_every_registered_optimizer_passes(row, seed):
    report = check_optimizer(row.make, rng=seed)
    assert list(report.results) == [check.name for check in OPTIMIZER_CHECKS]
    assert report.notes == declared(row.make())
    assert report.results["rule"].error < 1e-14


@pytest.mark.parametrize("cls", optimizers.OPTIMIZERS.classes.values())
def test_every_class_of_the_registry_passes_and_has_a_rule(cls):
    report = check_optimizer(cls)
    assert report.subject == f"{cls.__name__}()"
    assert report.notes == declared(cls())
    assert rules.known_rule(cls()).cls is cls


@pytest.mark.parametrize(
    "make",
    [
        partial(SGD, momentum=1.0),
        partial(SGD, momentum=0.999, nesterov=True),
        partial(RMSprop, momentum=0.99),
        partial(RMSprop, rho=0.0),
        partial(RMSprop, rho=0.999, centered=True, momentum=0.9),
        partial(Adam, beta_1=0.0),
        partial(Adam, beta_1=0.99, beta_2=0.1),
        partial(Adam, beta_2=0.0),
        partial(SGD, 1e-6),
        partial(Adam, 10.0),
        partial(Adam, schedules.ExponentialDecay(0.1, 10, 0.5)),
        partial(Adam, schedules.CosineDecay(0.0, 10, warmup_target=0.1, warmup_steps=5)),
        partial(SGD, lambda step: 0.1 / (step + 1)),
    ],
    ids=str,
)
def test_extreme_arguments_are_no_mistakes(make):
    assert check_optimizer(make).notes == []


def test_an_object_stands_for_copies_of_itself():
    optimizer = Adam(0.01)
    assert check_optimizer(optimizer).subject == "Adam(learning_rate=0.01, name='adam')"
    assert optimizer.iterations == 0
    assert not optimizer.slots
    optimizer.step(np.ones(1), np.ones(1))
    with pytest.raises(GradientError, match="has iterations = 1") as caught:
        check_optimizer(optimizer)
    assert caught.value.check == "construction"


@pytest.mark.parametrize(
    "options",
    [
        {"clipvalue": 0.5},
        {"clipnorm": 0.5},
        {"global_clipnorm": 0.5},
        {"weight_decay": 0.25},
        {"use_ema": True},
        {"gradient_accumulation_steps": 3},
        {"clipvalue": 0.5, "weight_decay": 0.25, "use_ema": True, "gradient_accumulation_steps": 2},
    ],
    ids=str,
)
@pytest.mark.parametrize("cls", [SGD, Adam, optimizers.Ftrl, optimizers.Lion, optimizers.Lamb])
def test_what_all_optimizers_share_is_in_the_rule(cls, options):
    report = check_optimizer(partial(cls, **options))
    assert report.notes == declared(cls(**options))
    assert report.results["rule"].error < 1e-13


def test_no_rule_tells_what_an_average_does_to_the_path():
    options = {"use_ema": True, "ema_overwrite_frequency": 3}
    report = check_optimizer(partial(SGD, **options))
    assert report.notes == ["rule: no rule to compare with: give rule="]


class AdamW(Adam):
    """A right one, with what it must declare."""

    decays_weights = True

    def __init__(self, learning_rate=0.01, weight_decay=0.1, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.weight_decay = weight_decay

    def numbers(self, rate, t):
        return *super().numbers(rate, t), 1 - rate * self.weight_decay

    def update(self, w, g, slots, numbers, scratch):
        w *= numbers[-1]
        super().update(w, g, slots, numbers[:-1], scratch)


def test_declared_weight_decay_and_the_rule_of_a_base_class():
    report = check_optimizer(AdamW)
    assert report.notes == ["zero gradient: declared: decays_weights", "rule: that of its base class Adam"]


class Normalized(Optimizer):
    """One step has the length of the rate, whatever the gradient."""

    couples_entries = True

    def update(self, w, g, slots, numbers, scratch):
        largest = np.abs(g).max(initial=0)
        if largest:
            scaled = g / largest
            w -= numbers[0] * (scaled / np.sqrt(np.sum(scaled * scaled)))


def test_declared_coupling():
    assert check_optimizer(Normalized, rule=None).notes == [
        "rule: left out",
        "entry by entry: declared: couples_entries",
        "long vector: declared: couples_entries",
    ]


def test_a_coupled_update_sees_the_whole_vector():
    n = 2 * optimizers.BLOCK + 1
    w = np.zeros(n)
    Normalized(1.0).step(w, np.ones(n))
    np.testing.assert_allclose(w, -1 / math.sqrt(n), rtol=1e-12)


class SignDescent(Optimizer):
    def update(self, w, g, slots, numbers, scratch):
        np.sign(g, out=scratch)
        scratch *= numbers[0]
        w -= scratch


def sign_rule(w, gradients, rates):
    places = []
    for g, rate in zip(gradients, rates, strict=True):
        w -= rate * (g > 0) - rate * (g < 0)
        places.append(w)
    return places


def test_a_class_of_ones_own_gives_its_rule_or_is_told_of_it():
    assert check_optimizer(SignDescent).notes == ["rule: no rule to compare with: give rule="]
    assert check_optimizer(SignDescent, sign_rule).notes == []
    with pytest.raises(GradientError, match="by the rule") as caught:
        check_optimizer(SignDescent, rules.sgd())
    assert list(caught.value.failures) == ["rule"]


def test_a_rule_that_gives_too_few_places():
    with pytest.raises(GradientError, match=r"after each of 1 steps, got shape \(0,\)"):
        check_optimizer(SignDescent, lambda w, gradients, rates: [])


def test_calls_that_make_no_sense():
    with pytest.raises(ArgumentTypeError, match="rule must be"):
        check_optimizer(Adam, "adam")
    with pytest.raises(ArgumentTypeError, match="optimizer"):
        check_optimizer(3)
    with pytest.raises((ArgumentTypeError, GradientError), match="optimizer"):
        check_optimizer(lambda: 3)
    with pytest.raises(ArgumentTypeError, match="rng"):
        check_optimizer(Adam, rng="0")
    one = Adam()
    with pytest.raises((ArgumentError, GradientError), match="must make a new one"):
        check_optimizer(lambda: one)


def test_an_exception_is_the_cause():
    class Broken(SGD):
        def update(self, w, g, slots, numbers, scratch):
            raise KeyError("momentum")

    with pytest.raises(GradientError, match=r"KeyError was raised in .*update, line") as caught:
        check_optimizer(Broken)
    assert isinstance(caught.value.__cause__, KeyError)


# --- Planted mistakes ---------------------------------------------------------------------------------------


MISTAKES = []


def planted(*checks, says=None):
    """Enter a class with a mistake, the checks that must name it, and words of the message."""

    def enter(cls):
        MISTAKES.append(pytest.param(cls, checks, says, id=cls.__name__))
        return cls

    return enter


@planted("rule", says="hint: it goes as the rule would with no bias correction")
class AdamWithoutBiasCorrection(Adam):
    def numbers(self, rate, t):
        root = math.sqrt(1 - self.beta_2)
        return rate * (1 - self.beta_1) / root, self.beta_1, self.beta_2, self.epsilon / root


@planted("rule", says="is epsilon in its place. The rule has it outside")
class AdamWithEpsilonInsideTheRoot(Adam):
    def update(self, w, g, slots, numbers, scratch):
        size, beta_1, beta_2, epsilon = numbers
        m, v = slots
        m[...] = beta_1 * m + g
        v[...] = beta_2 * v + g * g
        w -= size * m / np.sqrt(v + epsilon)


@planted("rule", says="beta_1 and beta_2 in each other's place")
class AdamWithSwappedBetas(Adam):
    def numbers(self, rate, t):
        return Adam(beta_1=self.beta_2, beta_2=self.beta_1, epsilon=self.epsilon).numbers(rate, t)


@planted("rule", says="applied twice")
class AdamWithDecayAppliedTwice(Adam):
    def update(self, w, g, slots, numbers, scratch):
        slots[0][...] *= numbers[1]
        super().update(w, g, slots, numbers, scratch)

    def numbers(self, rate, t):
        size, *rest = super().numbers(rate, t)
        b = self.beta_1
        return size * (1 - b * b) / (1 - b) * (1 - b**t) / (1 - b ** (2 * t)), *rest


@planted("rule", says="the bias correction of the step to come")
class AdamThatStartsAtStepZero(Adam):
    def numbers(self, rate, t):
        return super().numbers(rate, t + 1)


@planted("rule")
class AdamWithTheSecondMomentOfTheMean(Adam):
    def update(self, w, g, slots, numbers, scratch):
        size, beta_1, beta_2, epsilon = numbers
        m, v = slots
        m[...] = beta_1 * m + g
        v[...] = beta_2 * v + m * m
        w -= size * m / (np.sqrt(v) + epsilon)


@planted("rule", "quadratic", says="nan")
class AdamWithTheMeanForTheSecondMoment(Adam):
    def update(self, w, g, slots, numbers, scratch):
        size, beta_1, beta_2, epsilon = numbers
        m, v = slots
        m[...] = beta_1 * m + g
        v[...] = beta_2 * v + g
        w -= size * m / (np.sqrt(v) + epsilon)


@planted("rule", says="amsgrad")
class AmsgradForgotten(Adam):
    def __init__(self, learning_rate=0.01, amsgrad=True, beta_2=0.5):
        super().__init__(learning_rate, beta_2=beta_2)
        self.amsgrad = amsgrad

    def update(self, w, g, slots, numbers, scratch):
        self.amsgrad = False
        try:
            super().update(w, g, slots, numbers, scratch)
        finally:
            self.amsgrad = True


@planted("rule", says="weight_decay=0.2, twice of it")
class WeightDecayAppliedTwice(AdamW):
    def update(self, w, g, slots, numbers, scratch):
        w *= 1 - 2 * (1 - numbers[-1])
        super(AdamW, self).update(w, g, slots, numbers[:-1], scratch)


@planted("instances", "deterministic", says="something outlives the object")
class AdamWithASharedStepCounter(Adam):
    t = 0

    def numbers(self, rate, t):
        type(self).t += 1
        return super().numbers(rate, type(self).t)


@planted("instances", says="in turn with another optimizer")
class ANewOneResetsTheSharedCounter(Adam):
    t = 0

    def __init__(self, learning_rate=0.01):
        super().__init__(learning_rate)
        type(self).t = 0

    def numbers(self, rate, t):
        type(self).t += 1
        return super().numbers(rate, type(self).t)


@planted("rule", says="momentum=-0.9, the wrong sign")
class MomentumOfTheWrongSign(SGD):
    def __init__(self, learning_rate=0.01, momentum=0.9):
        super().__init__(learning_rate, momentum)

    def numbers(self, rate, t):
        return rate, -self.momentum


@planted("rule", says="nesterov=False")
class NesterovForgotten(SGD):
    def __init__(self, learning_rate=0.01, momentum=0.9, nesterov=True):
        super().__init__(learning_rate, momentum, nesterov)

    def update(self, w, g, slots, numbers, scratch):
        (m,) = slots
        m[...] = numbers[1] * m - numbers[0] * g
        w += m


@planted("rule", says="the square of the rate")
class RateAppliedTwice(SGD):
    def update(self, w, g, slots, numbers, scratch):
        w -= numbers[0] * numbers[0] * g


@planted("downhill", "rule", says="uphill")
class Ascent(SGD):
    def update(self, w, g, slots, numbers, scratch):
        w += numbers[0] * g


@planted("rule", says="is epsilon in its place. The rule has it inside")
class RMSpropWithEpsilonOutside(RMSprop):
    def update(self, w, g, slots, numbers, scratch):
        rate, rho, rest, epsilon, _ = numbers
        (v,) = slots
        v[...] = rho * v + rest * g * g
        w -= rate * g / (np.sqrt(v) + epsilon)


@planted("zero gradient", says="nan")
class RMSpropWithoutEpsilon(RMSprop):
    def update(self, w, g, slots, numbers, scratch):
        rate, rho, rest, _, _ = numbers
        (v,) = slots
        v[...] = rho * v + rest * g * g
        w -= rate * g / np.sqrt(v)


@planted("keeps nothing", says="with a copy of w at each step")
class StateById(Optimizer):
    def __init__(self, learning_rate=0.01, momentum=0.5):
        super().__init__(learning_rate)
        self.momentum = momentum
        self.moments = {}

    def step(self, parameters, gradient):
        m = self.moments.setdefault(id(parameters), np.zeros_like(parameters))
        m *= self.momentum
        m -= self.current_rate() * gradient
        parameters += m
        self.iterations += 1


@planted("keeps nothing", says="with one array for all gradients")
class KeepsTheGradient(Optimizer):
    slot_names = ()

    def step(self, parameters, gradient):
        last = vars(self).get("last", gradient)
        parameters -= self.current_rate() * (gradient + 0.5 * last)
        self.last = gradient
        self.iterations += 1


@planted("gradient unchanged", says=r"step 1 was given the gradient \[1.0\] and made \[0.001\] of it")
class OverwritesTheGradient(Optimizer):
    def update(self, w, g, slots, numbers, scratch):
        g *= numbers[0]
        w -= g


@planted("in place", says="left w as it was")
class ReturnsANewVector(Optimizer):
    def step(self, parameters, gradient):
        self.iterations += 1
        return parameters - self.current_rate() * gradient


@planted("in place", says="left w as it was")
class RebindsTheVector(Optimizer):
    def update(self, w, g, slots, numbers, scratch):
        w = w - numbers[0] * g


@planted("in place", says="must return None")
class ReturnsTheVector(SGD):
    def step(self, parameters, gradient):
        super().step(parameters, gradient)
        return parameters


@planted("float32", says="float64")
class DoubleState(Optimizer):
    def __init__(self, learning_rate=0.01):
        super().__init__(learning_rate)

    def step(self, parameters, gradient):
        if "m" not in self.slots:
            self.slots["m"] = np.zeros(parameters.shape)
        m = self.slots["m"]
        m *= 0.5
        m += gradient
        parameters -= self.current_rate() * m
        self.iterations += 1

    def set_state(self, state):
        self.iterations = state["iterations"]
        self.slots = {name: slot.copy() for name, slot in state["slots"].items()}


@planted("step count", "schedule")
class DoesNotCount(Optimizer):
    def step(self, parameters, gradient):
        parameters -= self.current_rate() * gradient


@planted("rate zero")
class KeepsTheFirstRate(Optimizer):
    def __init__(self, learning_rate=0.01):
        super().__init__(learning_rate)
        self.rate = learning_rate

    def update(self, w, g, slots, numbers, scratch):
        w -= self.rate * g


@planted("schedule")
class ScheduleAppliedTwice(Optimizer):
    def numbers(self, rate, t):
        return (rate * (self.learning_rate(t - 1) if callable(self.learning_rate) else 1.0),)

    def update(self, w, g, slots, numbers, scratch):
        w -= numbers[0] * g


@planted("zero gradient", says="decays_weights = True")
class UndeclaredDecay(AdamW):
    decays_weights = False


@planted("entry by entry", says="couples_entries = True")
class UndeclaredCoupling(Normalized):
    couples_entries = False


@planted("long vector", says="keep state in slots")
class StateByBlock(Optimizer):
    def update(self, w, g, slots, numbers, scratch):
        m = vars(self).setdefault("_m", {}).setdefault(w.dtype, np.zeros(optimizers.BLOCK, w.dtype))[: w.size]
        m *= 0.5
        m += g
        w -= numbers[0] * m


@planted("long vector", says="IndexError|ValueError")
class StateOfTheFirstBlock(Optimizer):
    def update(self, w, g, slots, numbers, scratch):
        if "m" not in vars(self):
            self.m = np.zeros_like(w)
        self.m += g
        w -= numbers[0] * self.m


@planted("state", says="state")
class StateOutsideTheSlots(Optimizer):
    def step(self, parameters, gradient):
        if "m" not in vars(self):
            self.m = np.zeros_like(parameters)
        self.m *= 0.5
        self.m += gradient
        parameters -= self.current_rate() * self.m
        self.iterations += 1


@planted("state", says="the original, beside")
class StateIsNoCopy(SGD):
    def __init__(self, learning_rate=0.01, momentum=0.9):
        super().__init__(learning_rate, momentum)

    def get_state(self):
        return {**super().get_state(), "slots": self.slots}

    def set_state(self, state):
        super().set_state(state)
        self.slots = state["slots"]


@planted("deepcopy")
class CopiesShareState(SGD):
    def __init__(self, learning_rate=0.01, momentum=0.9):
        super().__init__(learning_rate, momentum)

    def __deepcopy__(self, memo):
        return copy.copy(self)


@planted("pickle", "deepcopy")
class ForgetsItsSlots(SGD):
    def __init__(self, learning_rate=0.01, momentum=0.9):
        super().__init__(learning_rate, momentum)

    def __getstate__(self):
        return {**super().__getstate__(), "slots": {}}


@planted("config", says="does not keep its argument 'power'")
class KeepsNoArgument(Optimizer):
    def __init__(self, learning_rate=0.01, power=2):
        super().__init__(learning_rate)

    def update(self, w, g, slots, numbers, scratch):
        w -= numbers[0] * g


@planted("config", says="the configuration is")
class ForgetsAnArgument(SGD):
    def __init__(self, learning_rate=0.01, momentum=0.0):
        super().__init__(learning_rate, momentum)

    def get_config(self):
        return {"learning_rate": 0.5, "momentum": self.momentum}


@planted("deterministic")
class DrawsAtRandom(Optimizer):
    def update(self, w, g, slots, numbers, scratch):
        w -= numbers[0] * g * np.random.default_rng().uniform(0.5, 1.5, w.shape)


@planted("sizes", says="nan|inf")
class FourthPowers(Optimizer):
    def update(self, w, g, slots, numbers, scratch):
        w -= numbers[0] * g**5 / (g**4 + 1e-7)


@planted("quadratic", says="after 300 steps")
class GrowingMomentum(Optimizer):
    slot_names = ("m",)

    def update(self, w, g, slots, numbers, scratch):
        (m,) = slots
        m *= 1.05
        m += g
        w -= numbers[0] * m


@pytest.mark.parametrize(("cls", "checks", "says"), MISTAKES)
def test_a_planted_mistake_is_named(cls, checks, says):
    with pytest.raises(GradientError, match=says) as caught:
        check_optimizer(cls)
    error = caught.value
    assert error.check == next(iter(error.failures))
    assert set(checks) <= set(error.failures)
    assert len(str(error).splitlines()) < 40, "more than a screen"


def test_an_object_shows_its_mistake_too():
    with pytest.raises(GradientError, match="MomentumOfTheWrongSign"):
        check_optimizer(MomentumOfTheWrongSign(0.5, 0.25))


def test_a_counterexample_is_small_and_its_code_runs(capsys):
    with pytest.raises(GradientError) as caught:
        check_optimizer(AdamWithoutBiasCorrection)
    text = str(caught.value)
    assert text.startswith(
        "AdamWithoutBiasCorrection() fails 'rule': the path of one number is that of the rule"
    )
    code = text.split("To see it again:")[1]
    lines = "\n".join(line.removeprefix("  ") for line in code.splitlines())
    exec(lines, {"AdamWithoutBiasCorrection": AdamWithoutBiasCorrection})  # noqa: S102 - the message's own lines
    assert capsys.readouterr().out.strip() == "[-0.00316227]"
    assert "from w = [0.0] with the gradients [[1.0]]" in text
