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
    "positive": Targets(lambda rng, shape: rng.uniform(0.0, 1.0, shape), (-1.0, -1e-9, math.nan)),
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
    outputs: str = "real"  # or "probability", or "positive"
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


EPSILON = Decimal("1e-7")


def squared_logarithm(a, b):
    return ((max(a, EPSILON) + 1).ln() - (max(b, EPSILON) + 1).ln()) ** 2


def huber(delta):
    delta = Decimal(delta)
    return pairs(lambda a, b: (a - b) ** 2 / 2 if abs(a - b) <= delta else delta * abs(a - b) - delta**2 / 2)


def log_cosh(a, b):
    d = abs(a - b)
    return d * d / 2 - d**4 / 12 if d < Decimal("1e-12") else ((d.exp() + (-d).exp()) / 2).ln()


def length(v):
    return max(sum(a * a for a in v).sqrt(), EPSILON)


def cosine(t, y):
    return -sum(a * b for a, b in zip(t, y, strict=True)) / (length(t) * length(y))


def categorical_hinge(t, y):
    right = sum(a * b for a, b in zip(t, y, strict=True))
    return max(1 + max((1 - a) * b for a, b in zip(t, y, strict=True)) - right, Decimal(0))


def divergence(t, y):
    t, y = ([min(max(v, EPSILON), Decimal(1)) for v in row] for row in (t, y))
    return sum(a * (a / b).ln() for a, b in zip(t, y, strict=True))


def generalized(q):
    return lambda t, y: (1 - y[int(t[0])] ** Decimal(q)) / Decimal(q)


def binary_focal(gamma=2.0, alpha=None, smoothing=0.0, logits=False):
    """w m^gamma b, with the loss b of `binary`; m knows nothing of its clipping."""
    gamma, s = Decimal(gamma), Decimal(smoothing)

    def of(t, y):
        values = []
        for a, v in zip(t, y, strict=True):
            a = a * (1 - s) + s / 2
            p, q = (sigmoid(v), sigmoid(-v)) if logits else (v, 1 - v)
            b = (of_logits if logits else of_probabilities)(binary())([a], [v])
            w = 1 if alpha is None else a * Decimal(alpha) + (1 - a) * (1 - Decimal(alpha))
            values.append(w * (a * q + (1 - a) * p) ** gamma * b)
        return mean(values)

    return of


def categorical_focal(alpha=0.25, gamma=2.0, smoothing=0.0):
    s, gamma = Decimal(smoothing), Decimal(gamma)
    return lambda t, p: (
        -Decimal(alpha)
        * sum((a * (1 - s) + s / len(p)) * (1 - b) ** gamma * b.ln() for a, b in zip(t, p, strict=True))
    )


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
BFCE, CFCE = los.BinaryFocalCrossentropy, los.CategoricalFocalCrossentropy

LOSSES = [
    LossRow(los.MeanSquaredError, pairs(lambda a, b: (a - b) ** 2), "real"),
    LossRow(los.MeanAbsoluteError, pairs(lambda a, b: max(a - b, b - a)), "real"),
    LossRow(
        los.SumSquaredError, lambda t, y: sum((a - b) ** 2 for a, b in zip(t, y, strict=True)) / 2, "real"
    ),
    LossRow(
        los.MeanAbsolutePercentageError, pairs(lambda a, b: 100 * abs(a - b) / max(abs(a), EPSILON)), "real"
    ),
    LossRow(los.MeanSquaredLogarithmicError, pairs(squared_logarithm), "real"),
    LossRow(los.Huber, huber(1.0), "real"),
    LossRow(partial(los.Huber, delta=0.25), huber(0.25), "real"),
    LossRow(los.LogCosh, pairs(log_cosh), "real"),
    LossRow(los.CosineSimilarity, cosine, "real"),
    LossRow(los.Hinge, pairs(lambda a, b: max(1 - a * b, Decimal(0))), "sign"),
    LossRow(los.SquaredHinge, pairs(lambda a, b: max(1 - a * b, Decimal(0)) ** 2), "sign"),
    LossRow(los.CategoricalHinge, categorical_hinge, "real"),
    LossRow(los.KLDivergence, divergence, "positive", "positive"),
    LossRow(los.Poisson, pairs(lambda a, b: b - a * (b + EPSILON).ln()), "positive", "positive"),
    LossRow(los.CategoricalGeneralizedCrossEntropy, generalized(0.5), "index", "positive"),
    LossRow(partial(los.CategoricalGeneralizedCrossEntropy, q=0.75), generalized(0.75), "index", "positive"),
    LossRow(BFCE, binary_focal(), "binary", "probability"),
    LossRow(
        partial(BFCE, True, alpha=0.75, gamma=0.5, label_smoothing=0.2),
        binary_focal(0.5, 0.75, 0.2),
        "binary",
        "probability",
    ),
    LossRow(partial(BFCE, from_logits=True), binary_focal(logits=True), "binary", on_logits=True, twin=BFCE),
    LossRow(
        partial(BFCE, True, gamma=1.5, from_logits=True, label_smoothing=0.2),
        binary_focal(1.5, 0.25, 0.2, logits=True),
        "binary",
        on_logits=True,
        twin=partial(BFCE, True, gamma=1.5, label_smoothing=0.2),
    ),
    LossRow(CFCE, of_shares(categorical_focal()), "one-hot", "probability"),
    LossRow(
        partial(CFCE, alpha=0.75, gamma=0.5, label_smoothing=0.2),
        of_shares(categorical_focal(0.75, 0.5, 0.2)),
        "one-hot",
        "probability",
    ),
    LossRow(
        partial(CFCE, from_logits=True),
        of_softmax(categorical_focal()),
        "one-hot",
        on_logits=True,
        twin=CFCE,
    ),
    LossRow(
        partial(CFCE, gamma=0.5, from_logits=True, label_smoothing=0.2),
        of_softmax(categorical_focal(0.25, 0.5, 0.2)),
        "one-hot",
        on_logits=True,
        twin=partial(CFCE, gamma=0.5, label_smoothing=0.2),
    ),
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
