"""What it means that a point is of a class, for outputs and for enclosures of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mlp import activations as act
from mlp import checks, layers
from mlp.arrays import Array
from mlp.decision_threshold import threshold_of
from mlp.errors import ArgumentError, ArgumentTypeError
from mlp.exact.proof.enclosure import Enclosure
from mlp.exact.proof.rules import enclosures
from mlp.files.program import Program
from mlp.layers import Layer
from mlp.network import Network

__all__ = ["Decision", "Margins"]

#: At which threshold the argument's sign decides.
AT_ZERO: dict[type[act.Activation], float] = {act.Sigmoid: 0.5, act.Tanh: 0.0}

#: Logits that are so many units apart in the last place of 1 have probabilities that differ as computed.
APART = 64


@dataclass(frozen=True)
class Decision:
    """The rule that says which outputs are of a class.

    Of several outputs: number ``label`` is greater than all others.  Of one: it is greater than ``threshold``, if
    ``label`` is True, and is not, if ``label`` is False.
    """

    label: int | bool
    threshold: float | None

    @classmethod
    def of(cls, net: Network, label: Any, threshold: Any) -> Decision:
        """The rule for a network; the threshold is rounded to its dtype, as where NumPy compares an output with it.

        Raises
        ------
        ArgumentError, ArgumentTypeError
            If ``label`` is none of its classes, or there is no ``threshold`` to have.
        """
        ((outputs,),) = net.output_shapes
        if outputs > 1:
            if threshold is not None:
                raise ArgumentError(
                    f"threshold is for networks of one output; of {outputs} the largest one decides"
                )
            return cls(checks.integer("label", label, 0, outputs - 1), None)
        if isinstance(label, str) or not np.isscalar(label) or label not in (-1, 0, 1):
            kind = ArgumentError if isinstance(label, int | float) else ArgumentTypeError
            raise kind(
                f"label must be True or 1, or one of False, 0 and -1, for a network of one output; got {label!r}"
            )
        if threshold is None:
            threshold = threshold_of(net) or 0.0
        limit = float(np.finfo(net.dtype).max)
        return cls(label == 1, float(net.dtype.type(checks.real("threshold", threshold, -limit, limit))))

    def holds(self, y: Array) -> Array:
        """Whether outputs (n, outputs) are of the class; one that is not a number is of none."""
        if self.threshold is not None:
            one = y[:, 0]
            holds: Array = one > self.threshold if self.label else one <= self.threshold
            return holds
        others = np.delete(y, self.label, axis=1)
        return np.asarray((y[:, [self.label]] > others).all(axis=1))

    def differences(self, y: Array) -> Array:
        """What decides, of outputs (..., outputs) or their derivatives: the least of these is compared with a constant."""
        if self.threshold is not None:
            return y if self.label else -y
        return y[..., [self.label]] - np.delete(y, self.label, axis=-1)


@dataclass(frozen=True)
class Found:
    """What an enclosure says of each box.

    ``holds``: every point is of the class.  ``slopes`` (boxes, inputs): how the least margin changes with each input over
    the box; ``rest`` (boxes,): how much of it they do not account for.
    """

    holds: Array
    slopes: Array
    rest: Array


class Margins:
    """Enclosures of what decides, computed as late as their differences.

    The last softmax, or a last sigmoid or tanh that decides where its argument is 0, is left out: it changes no decision,
    and where it is flat it would hide the distance.  Differences of outputs are taken in the last dense layer's weights,
    so that what outputs have in common cancels.
    """

    def __init__(self, program: Program, decision: Decision, dtype: np.dtype[Any]) -> None:
        self.decision, self.dtype = decision, dtype
        self.shape = program.shapes[program.inputs[0]]
        self._input, self._from = program.inputs[0], program.outputs[0]
        self._outputs = program.shapes[program.outputs[0]][0]
        self._steps = list(program.steps)
        self._dense: layers.Dense | None = None
        self._cut, self._need = decision.threshold or 0.0, 0.0
        self._leave_out_the_end()

    def _leave_out_the_end(self) -> None:
        while self._dense is None:
            step = next((step for step in self._steps if step.makes == self._from), None)
            f = None if step is None else function_of(step.layer)
            if step is None or f is None or not self._decides_before(f):
                return
            if type(f) is not act.Linear:
                self._cut, self._need = 0.0, APART * float(np.finfo(self.dtype).eps)
            if type(step.layer) is layers.Dense:
                self._dense = step.layer
            self._steps.remove(step)
            (self._from,) = step.takes

    def _decides_before(self, f: act.Activation) -> bool:
        """Whether the decision can be read from what ``f`` is given."""
        if type(f) is act.Linear:
            return True
        if self._need:
            return False
        if self.decision.threshold is None:
            return isinstance(f, act.Softmax | act.LogSoftmax) and f.axis in (-1, 1)
        return AT_ZERO.get(type(f)) == self.decision.threshold

    def __call__(self, low: Array, high: Array) -> Found:
        """For boxes of shape (boxes, inputs)."""
        shape = (len(low), *self.shape)
        with np.errstate(all="ignore"):
            x = Enclosure.of_box(low.reshape(shape), high.reshape(shape), self.dtype)
            y = self._compared(enclosures(self._steps, {self._input: x})[self._from])
            slopes = np.zeros((len(low), low.shape[1]))
            varying = np.flatnonzero((high > low).any(axis=0))
            if self.decision.threshold is None:
                worst = np.nanargmin(y.low, axis=1)
                holds = np.asarray((y.low > self._need).all(axis=1))
            else:
                worst = np.zeros(len(low), int)
                above, below = y.low > self._cut + self._need, y.high <= self._cut - self._need
                holds = (above if self.decision.label else below)[:, 0]
            boxes = np.arange(len(low))
            sign = -1.0 if self.decision.label is False else 1.0
            slopes[:, varying] = sign * y.slopes[:, boxes, worst].T
            return Found(holds, slopes, y.rest[boxes, worst])

    def _compared(self, last: Enclosure) -> Enclosure:
        """The output that is compared with a threshold, or the differences that are compared with 0."""
        matrix = np.eye(1)
        if self.decision.threshold is None:
            others = np.delete(np.arange(self._outputs), self.decision.label)
            matrix = np.zeros((self._outputs, self._outputs - 1))
            matrix[self.decision.label], matrix[others, np.arange(len(others))] = 1.0, -1.0
        elif self._dense is None:
            return last
        size = abs(matrix)
        if self._dense is None:
            zero = np.zeros(matrix.shape[1])
            return last.product(matrix, zero, size, zero)
        kernel = self._dense.kernel.astype(float)
        bias = self._dense.bias.astype(float) if self._dense.use_bias else np.zeros(self._outputs)
        return last.product(kernel @ matrix, bias @ matrix, abs(kernel) @ size, abs(bias) @ size)


def function_of(layer: Layer) -> act.Activation | None:
    """The activation that a layer ends in, if it is a layer whose rule says so."""
    f = getattr(layer, "activation", None)
    return f if isinstance(f, act.Activation) else None
