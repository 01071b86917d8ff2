"""What targets look like; losses and their truth."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np

from mlp import losses as los
from tables.activations import sigmoid, softmax
from tables.common import exactly


@dataclass(frozen=True)
class Targets:
    """What the targets of one kind look like."""

    draw: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]  # for outputs of this shape
    wrong: tuple[Any, ...] = ()  # what must not be at one place; for index and one-hot: in one row
    place: str = "y[2, 0]"  # what the error calls that place


def one_hot(rng, shape):
    return np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]


TARGETS = {
    "real": Targets(lambda rng, shape: rng.normal(size=shape)),
    "sign": Targets(lambda rng, shape: rng.choice([-1.0, 1.0], shape), (0.5, 2.0, -3.0, math.nan)),
    "binary": Targets(lambda rng, shape: rng.choice([0.0, 1.0], shape), (-1.0, 1.5, math.nan)),
    "one-hot": Targets(
        one_hot, ([1, 1, 0], [0, 0, 0], [2, -1, 0], [0.2, 0.2, 0.2], [math.nan, 0, 1]), "row 2"
    ),
    "index": Targets(
        lambda rng, shape: rng.integers(shape[-1], size=shape[:-1]), (3, -1, 0.5, math.nan), "y[2]"
    ),
}


@dataclass(frozen=True)
class LossRow:
    """A loss: ``truth`` gives the value of one row of targets and outputs."""

    make: Callable[..., los.Loss]  # takes reduction
    truth: Callable[[list[Decimal], list[Decimal]], Decimal]
    targets: str  # a key of TARGETS
    outputs: str = "real"  # or "probability"
    on_logits: bool = False
    twin: Callable[..., los.Loss] | None = None  # of logits: the same loss of the probabilities
    ignored: int | None = None
    name: str = ""

    def draw(self, seed, shape):
        """Targets and outputs; no output stands at a kink."""
        rng = np.random.default_rng(seed)
        y = 2.0 * rng.normal(size=shape) if self.outputs == "real" else rng.uniform(0.05, 0.95, shape)
        t = TARGETS[self.targets].draw(rng, shape)
        if self.ignored is not None:
            t[rng.permutation(len(t))[: len(t) // 2]] = self.ignored
        return t, y

    def values(self, t, y):
        """The truth for each row, and whether it counts; rows along all axes but the last."""
        y = y.reshape(-1, y.shape[-1])
        t = t.reshape(len(y), -1)
        counts = [self.ignored is None or row[0] != self.ignored for row in t]
        pairs = zip(t, y, counts, strict=True)
        return [exactly(self.truth, a, b, digits=60) if counted else 0.0 for a, b, counted in pairs], counts


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def binary(smoothing=0.0):
    """-(t log p + (1 - t) log q) for pairs of probabilities p and q."""
    s = Decimal(smoothing)

    def of(t, pairs):
        t = [a * (1 - s) + s / 2 for a in t]
        return mean(-(a * p.ln() + (1 - a) * q.ln()) for a, (p, q) in zip(t, pairs, strict=True))

    return of


def clipped(p):
    least = Decimal("1e-7")
    return min(max(p, least), 1 - least)


def of_probabilities(f):
    return lambda t, y: f(t, [(clipped(p), 1 - clipped(p)) for p in y])


def of_logits(f):
    return lambda t, y: f(t, [(sigmoid(v), sigmoid(-v)) for v in y])


def categorical(smoothing=0.0):
    s = Decimal(smoothing)
    return lambda t, p: -sum((a * (1 - s) + s / len(p)) * b.ln() for a, b in zip(t, p, strict=True))


def sparse(t, p):
    return -p[int(t[0])].ln()


def of_shares(f):
    return lambda t, y: f(t, [clipped(p / sum(y)) for p in y])


def of_softmax(f):
    return lambda t, y: f(t, softmax(y))


def pairs(f):
    return lambda t, y: mean(f(a, b) for a, b in zip(t, y, strict=True))


BCE, CCE, SCCE = los.BinaryCrossentropy, los.CategoricalCrossentropy, los.SparseCategoricalCrossentropy

LOSSES = [
    LossRow(los.MeanSquaredError, pairs(lambda a, b: (a - b) ** 2), "real"),
    LossRow(los.MeanAbsoluteError, pairs(lambda a, b: max(a - b, b - a)), "real"),
    LossRow(
        los.SumSquaredError, lambda t, y: sum((a - b) ** 2 for a, b in zip(t, y, strict=True)) / 2, "real"
    ),
    LossRow(los.Hinge, pairs(lambda a, b: max(1 - a * b, Decimal(0))), "sign"),
    LossRow(BCE, of_probabilities(binary()), "binary", "probability"),
    LossRow(partial(BCE, label_smoothing=0.2), of_probabilities(binary(0.2)), "binary", "probability"),
    LossRow(partial(BCE, from_logits=True), of_logits(binary()), "binary", on_logits=True, twin=BCE),
    LossRow(
        partial(BCE, from_logits=True, label_smoothing=0.2),
        of_logits(binary(0.2)),
        "binary",
        on_logits=True,
        twin=partial(BCE, label_smoothing=0.2),
    ),
    LossRow(CCE, of_shares(categorical()), "one-hot", "probability"),
    LossRow(partial(CCE, label_smoothing=0.2), of_shares(categorical(0.2)), "one-hot", "probability"),
    LossRow(partial(CCE, from_logits=True), of_softmax(categorical()), "one-hot", on_logits=True, twin=CCE),
    LossRow(
        partial(CCE, from_logits=True, label_smoothing=0.2),
        of_softmax(categorical(0.2)),
        "one-hot",
        on_logits=True,
        twin=partial(CCE, label_smoothing=0.2),
    ),
    LossRow(SCCE, of_shares(sparse), "index", "probability"),
    LossRow(partial(SCCE, ignore_class=2), of_shares(sparse), "index", "probability", ignored=2),
    LossRow(partial(SCCE, from_logits=True), of_softmax(sparse), "index", on_logits=True, twin=SCCE),
    LossRow(
        partial(SCCE, from_logits=True, ignore_class=-1),
        of_softmax(sparse),
        "index",
        on_logits=True,
        twin=partial(SCCE, ignore_class=-1),
        ignored=-1,
    ),
]
