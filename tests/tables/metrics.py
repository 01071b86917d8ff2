"""Metrics and their truth."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mlp import metrics as met
from tables.losses import TARGETS


@dataclass(frozen=True)
class MetricRow:
    """A metric: ``truth`` gives the values of one row of targets and outputs, one or one for each output."""

    make: Callable[[], met.Metric]
    truth: Callable[[list[float], list[float]], list[float]]
    targets: str
    column: bool = False  # has one output as a rule
    function: bool = True  # there is a plain function of that name
    name: str = ""

    def draw(self, seed, n=12):
        """Targets and outputs; outputs are quarters, so that ties come up."""
        rng = np.random.default_rng(seed)
        shape = (n, 1) if self.column else (n, 6)
        y = rng.integers(-6, 7, shape) / 4
        if self.targets == "equal":
            return np.where(rng.random(shape) < 0.5, y, y + 1), y
        return TARGETS[self.targets].draw(rng, shape), y

    def values(self, t, y):
        """The truth for all rows."""
        rows = zip(np.reshape(t, (len(y), -1)).tolist(), y.tolist(), strict=True)
        return [[float(v) for v in self.truth(a, b)] for a, b in rows]


def of_pairs(f):
    return lambda t, y: [f(a, b) for a, b in zip(t, y, strict=True)]


def hit(k):
    """Whether fewer than k outputs are larger than the one of the class."""
    return lambda t, y: [sum(v > y[int(t[0])] for v in y) < k]


def of_class(f):
    return lambda t, y: f([t.index(max(t))], y)


METRICS = [
    MetricRow(met.MeanSquaredError, of_pairs(lambda a, b: (a - b) ** 2), "real"),
    MetricRow(met.MeanAbsoluteError, of_pairs(lambda a, b: max(a - b, b - a)), "real"),
    MetricRow(met.Accuracy, of_pairs(lambda a, b: a == b), "equal", function=False),
    MetricRow(met.BinaryAccuracy, of_pairs(lambda a, b: (b > 0.5) is (a == 1)), "binary", column=True),
    MetricRow(
        lambda: met.BinaryAccuracy(threshold=0.25), of_pairs(lambda a, b: (b > 0.25) is (a == 1)), "binary"
    ),
    MetricRow(
        met.SignAccuracy, of_pairs(lambda a, b: a == (1 if b > 0 else -1)), "sign", True, function=False
    ),
    MetricRow(met.CategoricalAccuracy, of_class(lambda t, y: [y.index(max(y)) == t[0]]), "one-hot"),
    MetricRow(met.SparseCategoricalAccuracy, lambda t, y: [y.index(max(y)) == t[0]], "index"),
    MetricRow(met.TopKCategoricalAccuracy, of_class(hit(5)), "one-hot"),
    MetricRow(lambda: met.TopKCategoricalAccuracy(k=2), of_class(hit(2)), "one-hot"),
    MetricRow(met.SparseTopKCategoricalAccuracy, hit(5), "index"),
    MetricRow(lambda: met.SparseTopKCategoricalAccuracy(k=3), hit(3), "index"),
]
