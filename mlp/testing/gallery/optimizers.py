"""Mistakes in update rules: signs, corrections, counters, and whose vector it is."""

# NumPy calls the result of arithmetic Any; converting it in each line would bury the mistakes.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.optimizers import SGD, Adam, RMSprop
from mlp.testing.gallery.exhibits import Exhibit
from mlp.testing.gallery.inputs import ForOptimizer

__all__ = [
    "AdamBetasSwapped", "AdamCountsForTheClass", "AdamCountsFromZero", "AdamEpsilonInsideTheRoot",
    "AdamWithoutBiasCorrection", "AmsgradForgetsTheLargest", "Ascent", "FirstVectorKept",
    "GradientScaledInPlace", "MomentumForgotten", "MomentumTurnedRound", "NesterovWithoutLookingAhead",
    "OPTIMIZERS", "PlainAdam", "PlainSGD", "RMSpropEpsilonOutsideTheRoot", "RMSpropWithoutRoot",
    "RateReadOnce", "ReboundParameters",
]  # fmt: skip

# --- Right: twins as a textbook prints them -----------------------------------------------------------------


class PlainAdam(Adam):
    """``m += (1 - b1) (g - m)``, ``v += (1 - b2) (g^2 - v)``, ``w -= a_t m / (sqrt(v) + epsilon)``."""

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """``a_t = rate sqrt(1 - b2^t) / (1 - b1^t)``, the betas and epsilon."""
        size = rate * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t)
        return size, self.beta_1, self.beta_2, self.epsilon

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """One step."""
        size, beta_1, beta_2, epsilon = numbers
        m, v = slots[:2]
        m += (1 - beta_1) * (g - m)
        v += (1 - beta_2) * (g * g - v)
        w -= size * m / (np.sqrt(self.second_moment(v, slots)) + epsilon)

    def second_moment(self, v: Array, slots: tuple[Array, ...]) -> Array:
        """``v``, or with ``amsgrad`` the largest so far."""
        return np.maximum(slots[2], v, out=slots[2]) if self.amsgrad else v


class PlainSGD(SGD):
    """``m = momentum m - rate g``, ``w += m``, with ``momentum m - rate g`` for m if ``nesterov``."""

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """One step."""
        rate, momentum = numbers
        m = slots[0] if slots else scratch
        m[...] = momentum * m - rate * g if slots else -rate * g
        w += momentum * m - rate * g if self.nesterov else m


# --- Wrong --------------------------------------------------------------------------------------------------


class Ascent(PlainSGD):
    """The sign of the step."""

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """``w += rate g``."""
        w += numbers[0] * g


class MomentumTurnedRound(PlainSGD):
    """The sign of the momentum."""

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """``m = -momentum m - rate g``, ``w += m``."""
        rate, momentum = numbers
        (m,) = slots
        m[...] = -momentum * m - rate * g
        w += m


class MomentumForgotten(PlainSGD):
    """The last movement is not kept."""

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """``w += momentum 0 - rate g``."""
        super().update(w, g, tuple(np.zeros_like(slot) for slot in slots), numbers, scratch)


class NesterovWithoutLookingAhead(PlainSGD):
    """``nesterov`` is taken and not used."""

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """``m = momentum m - rate g``, ``w += m``."""
        rate, momentum = numbers
        (m,) = slots
        m[...] = momentum * m - rate * g
        w += m


class GradientScaledInPlace(PlainSGD):
    """The gradient becomes the step."""

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """``g *= rate``, ``w -= g``."""
        g *= numbers[0]
        w -= g


class ReboundParameters(PlainSGD):
    """The name gets a new vector, the network keeps the old one."""

    def step(self, parameters: Array, gradient: Array) -> None:
        """``w = w - rate g``."""
        parameters = parameters - self.current_rate() * gradient
        self.iterations += 1


class FirstVectorKept(PlainSGD):
    """The vector of the first step is moved for ever."""

    def step(self, parameters: Array, gradient: Array) -> None:
        """``w_first -= rate g``."""
        self.w = vars(self).get("w", parameters)
        super().step(self.w, gradient)


class RateReadOnce(PlainSGD):
    """The rate of the first step is used for ever."""

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """The first rate, and the momentum."""
        self.first = vars(self).get("first", rate)
        return self.first, self.momentum


class AdamWithoutBiasCorrection(PlainAdam):
    """The moments are used as they are."""

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """``a_t = rate``."""
        return rate, self.beta_1, self.beta_2, self.epsilon


class AdamEpsilonInsideTheRoot(PlainAdam):
    """Epsilon is where RMSprop has it."""

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """``w -= a_t m / sqrt(v + epsilon)``."""
        size, beta_1, beta_2, epsilon = numbers
        m, v = slots
        m += (1 - beta_1) * (g - m)
        v += (1 - beta_2) * (g * g - v)
        w -= size * m / np.sqrt(v + epsilon)


class AdamCountsForTheClass(PlainAdam):
    """All optimizers of the class share one step counter, which a new one sets to zero."""

    steps = 0

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        type(self).steps = 0

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """As for the step that the class has come to."""
        type(self).steps += 1
        return super().numbers(rate, type(self).steps)


class AdamCountsFromZero(PlainAdam):
    """The first step is step 0."""

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """``a_t`` for ``t - 1``, and no correction where that is 0 / 0."""
        return super().numbers(rate, t - 1) if t > 1 else (rate, self.beta_1, self.beta_2, self.epsilon)


class AdamBetasSwapped(PlainAdam):
    """The first moment decays as the second should."""

    def numbers(self, rate: float, t: int) -> tuple[float, ...]:
        """The betas in each other's place."""
        size, beta_1, beta_2, epsilon = super().numbers(rate, t)
        return size, beta_2, beta_1, epsilon


class AmsgradForgetsTheLargest(PlainAdam):
    """The largest second moment so far is not kept."""

    def second_moment(self, v: Array, slots: tuple[Array, ...]) -> Array:
        """``v``."""
        return v


class RMSpropEpsilonOutsideTheRoot(RMSprop):
    """Epsilon is where Adam has it."""

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """``w -= rate g / (sqrt(v) + epsilon)``."""
        rate, rho, rest, epsilon, _ = numbers
        v = slots[0]
        v[...] = rho * v + rest * g * g
        w -= rate * g / (np.sqrt(v) + epsilon)


class RMSpropWithoutRoot(RMSprop):
    """The mean of squares is not turned into a size."""

    def update(
        self, w: Array, g: Array, slots: tuple[Array, ...], numbers: tuple[Array, ...], scratch: Array
    ) -> None:
        """``w -= rate g / (v + epsilon)``."""
        rate, rho, rest, epsilon, _ = numbers
        v = slots[0]
        v[...] = rho * v + rest * g * g
        w -= rate * g / (v + epsilon)


# --- The table ----------------------------------------------------------------------------------------------

#: Without memory for direction and with round numbers: the first step is as long as the rate.
ADAM = {"learning_rate": 0.25, "beta_1": 0.0, "beta_2": 0.75, "epsilon": 0.0}

OPTIMIZERS = (
    Exhibit(
        "uphill",
        Ascent,
        PlainSGD,
        "The gradient points to where the loss grows; a step along it instead of against it is the sign mistake that "
        "cancels with that of t - y, and comes to light when one of the two is mended.",
        "downhill",
        ForOptimizer(1.0, (1.0,)),
        1.5,
        0.5,
        {"learning_rate": 0.5},
    ),
    Exhibit(
        "momentum with the wrong sign",
        MomentumTurnedRound,
        PlainSGD,
        "Momentum carries the last movement on; with the wrong sign it takes a part of it back at every step, which still goes "
        "downhill, only slower than without any.",
        "rule",
        ForOptimizer(1.0, (1.0, 0.0)),
        0.75,
        0.25,
        {"learning_rate": 0.5, "momentum": 0.5},
    ),
    Exhibit(
        "momentum that is not kept",
        MomentumForgotten,
        PlainSGD,
        "State that is a local variable is gone after the step; the argument momentum is accepted and changes nothing.",
        "rule",
        ForOptimizer(1.0, (1.0, 0.0)),
        0.5,
        0.25,
        {"learning_rate": 0.5, "momentum": 0.5},
    ),
    Exhibit(
        "nesterov that does not look ahead",
        NesterovWithoutLookingAhead,
        PlainSGD,
        "Nesterov's momentum takes the gradient at the point where the momentum leads; without that it is the ordinary one, and "
        "as both get to the minimum no curve of losses tells.",
        "rule",
        ForOptimizer(1.0, (1.0,)),
        0.5,
        0.25,
        {"learning_rate": 0.5, "momentum": 0.5, "nesterov": True},
    ),
    Exhibit(
        "the gradient scaled in place",
        GradientScaledInPlace,
        PlainSGD,
        "The gradient belongs to the network; whoever looks at its norm after the step, to clip, to log or to stop, sees it "
        "times the learning rate.",
        "gradient unchanged",
        ForOptimizer(1.0, (1.0,), look_at="g"),
        0.5,
        1.0,
        {"learning_rate": 0.5},
    ),
    Exhibit(
        "parameters rebound",
        ReboundParameters,
        PlainSGD,
        "w = w - rate g makes a new vector and moves a local name; the network keeps the old one, every gradient is right and "
        "nothing is learned.",
        "in place",
        ForOptimizer(1.0, (1.0,)),
        1.0,
        0.5,
        {"learning_rate": 0.5},
    ),
    Exhibit(
        "the first vector kept",
        FirstVectorKept,
        PlainSGD,
        "An optimizer that keeps the vector it saw first goes on moving that one when the network has got another, as after a "
        "copy or a change of type.",
        "keeps nothing",
        ForOptimizer(1.0, (1.0, 1.0), renewed=True),
        0.5,
        0.0,
        {"learning_rate": 0.5},
    ),
    Exhibit(
        "learning rate read once",
        RateReadOnce,
        PlainSGD,
        "A schedule or a callback changes the rate between steps; an optimizer that has put it away as a number trains on with "
        "the first one, and the log shows the new.",
        "rule",
        ForOptimizer(1.0, (1.0, 1.0), rates=(0.5, 0.25)),
        0.0,
        0.25,
    ),
    Exhibit(
        "Adam without bias correction",
        AdamWithoutBiasCorrection,
        PlainAdam,
        "Both moments begin at zero and are too small at first, the second more than the first; without the correction Adam's "
        "first steps with its usual betas are three times too long.",
        "rule",
        ForOptimizer(1.0, (4.0,), arguments=ADAM),
        0.5,
        0.75,
        {"epsilon": 0.25},
    ),
    Exhibit(
        "Adam with epsilon inside the root",
        AdamEpsilonInsideTheRoot,
        PlainAdam,
        "Kingma and Ba add epsilon to the root; under it, 1e-7 counts like 3e-4, and every gradient smaller than that is held "
        "back.",
        "rule",
        ForOptimizer(0.0, (4.0,), arguments={**ADAM, "learning_rate": 7.0, "epsilon": 12.0}),
        -3.5,
        -1.0,
        {"epsilon": 0.25},
    ),
    Exhibit(
        "Adam with a shared step counter",
        AdamCountsForTheClass,
        PlainAdam,
        "The bias correction hangs on the number of steps of this optimizer; a counter that others turn as well, of the class "
        "or of every layer, corrects too little or too much.",
        "instances",
        ForOptimizer(0.0, (4.0,), others=1, arguments={**ADAM, "beta_2": 0.5625}),
        -0.3125,
        -0.25,
    ),
    Exhibit(
        "Adam that counts from zero",
        AdamCountsFromZero,
        PlainAdam,
        "Python counts from 0 and the paper from 1; one step behind, the correction divides zero by zero at first and is too "
        "strong ever after.",
        "rule",
        ForOptimizer(0.0, (4.0,), arguments=ADAM),
        -0.5,
        -0.25,
    ),
    Exhibit(
        "Adam with its betas swapped",
        AdamBetasSwapped,
        PlainAdam,
        "Two numbers of one type in a call are easily swapped; the result is an Adam with a long memory for direction and a "
        "short one for size, which trains.",
        "rule",
        ForOptimizer(0.0, (4.0,), arguments=ADAM),
        -0.03125,
        -0.25,
    ),
    Exhibit(
        "amsgrad that forgets",
        AmsgradForgetsTheLargest,
        PlainAdam,
        "AMSGrad divides by the largest second moment so far; an argument that is accepted and does nothing passes every test "
        "that only looks whether training converges.",
        "rule",
        ForOptimizer(0.0, (4.0, 1.0), arguments={**ADAM, "beta_2": 0.0}),
        -0.5,
        -0.3125,
        {"beta_2": 0.5, "amsgrad": True},
    ),
    Exhibit(
        "RMSprop with epsilon outside the root",
        RMSpropEpsilonOutsideTheRoot,
        RMSprop,
        "Libraries differ in where RMSprop has its epsilon, and recipes are tuned to one of the two; here and in Keras it is "
        "inside, and small gradients take steps of another size where it is not.",
        "rule",
        ForOptimizer(0.0, (4.0,), arguments={"learning_rate": 3.5, "rho": 0.75, "epsilon": 12.0}),
        -1.0,
        -3.5,
        {"epsilon": 0.25},
    ),
    Exhibit(
        "RMSprop without the root",
        RMSpropWithoutRoot,
        RMSprop,
        "Divided by the mean of squares instead of its root, the step shrinks as the gradient grows, and the rule that should "
        "not care for the scale of the loss cares the other way.",
        "rule",
        ForOptimizer(0.0, (4.0,), arguments={"learning_rate": 0.5, "rho": 0.75, "epsilon": 0.0}),
        -0.5,
        -1.0,
    ),
)
