"""Metrics and their truth."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from mlp import metrics as met
from tables.common import exactly
from tables.losses import TARGETS, binary, categorical, of_probabilities, of_shares, of_softmax, sparse

#: Outputs as small fractions, so that ties come up.
OUTPUTS = {"real": (-6, 7, 4), "probability": (1, 8, 8), "unit": (0, 9, 8), "positive": (1, 12, 4)}


@dataclass(frozen=True)
class MetricRow:
    """A metric and its truth.

    ``truth`` gives the values of one row of targets and outputs, one or one for each output, whose weighted mean the
    metric is; or, where the metric is no mean, ``number`` gives it, from all targets, outputs and weights.
    """

    make: Callable[[], met.Metric]
    truth: Callable[[list[float], list[float]], list[float]] | None
    targets: str
    column: bool = False  # has one output as a rule
    function: bool | str = True  # there is a plain function of that name
    name: str = ""
    outputs: str = "real"
    number: Callable[[list, list, list], float | list[float]] | None = None
    alone: bool = True  # can have one output
    within: float = 1e-14

    def draw(self, seed, n=12):
        """Targets and outputs."""
        rng = np.random.default_rng(seed)
        shape = (n, 1) if self.column else (n, 6)
        low, high, parts = OUTPUTS[self.outputs]
        y = rng.integers(low, high, shape) / parts
        if self.targets == "equal":
            return np.where(rng.random(shape) < 0.5, y, y + 1), y
        if self.targets == "count":
            return rng.integers(0, 5, shape), y
        if self.targets == "sorted":
            return rng.integers(0, 7, n), rng.permuted(np.tile(np.arange(6.0), (n, 1)), axis=1)
        return TARGETS[self.targets].draw(rng, shape), y

    def values(self, t, y):
        """The truth for all rows."""
        rows = zip(np.reshape(t, (len(y), -1)).tolist(), y.tolist(), strict=True)
        return [[float(v) for v in self.truth(a, b)] for a, b in rows]

    def result(self, t, y, w=None):
        """The truth about the metric of all rows."""
        w = np.ones(len(y)) if w is None else w
        if self.number is not None:
            return self.number(np.reshape(t, (len(y), -1)).tolist(), y.tolist(), w.tolist())
        return mean(self.values(t, y), w)


def mean(values, w):
    """Of all numbers in the rows, each with its row's weight."""
    pairs = [(value, weight) for row, weight in zip(values, w, strict=True) for value in row]
    return sum(v * weight for v, weight in pairs) / sum(weight for _, weight in pairs)


def of_pairs(f):
    return lambda t, y: [f(a, b) for a, b in zip(t, y, strict=True)]


def hit(k):
    """Whether fewer than k outputs are larger than the one of the class."""
    return lambda t, y: [sum(v > y[int(t[0])] for v in y) < k]


def of_class(f):
    return lambda t, y: f([t.index(max(t))], y)


def as_loss(f):
    """The truth about a loss of one row, as in `tables.losses`."""
    return lambda t, y: [exactly(f, t, y, digits=60)]


def share(a, b):
    return a / b if b else 0.0


def decisions(t, y, w, yes):
    """Weights of true and false positives, true and false negatives."""
    found = {(a, b): 0.0 for a in (False, True) for b in (False, True)}
    for row_t, row_y, weight in zip(t, y, w, strict=True):
        for place, target in enumerate(row_t):
            found[target > 0, yes(row_y, place)] += weight
    return found[True, True], found[False, True], found[False, False], found[True, False]


def above(threshold):
    return lambda y, i: y[i] > threshold


def among(k, threshold=-math.inf):
    """Whether an output is one of the k largest, of equal ones the first."""
    return lambda y, i: sorted(range(len(y)), key=lambda j: (-y[j], j)).index(i) < k and y[i] > threshold


def counted(which, thresholds=(0.5,)):
    def number(t, y, w):
        found = [decisions(t, y, w, above(limit))[which] for limit in thresholds]
        return found if len(found) > 1 else found[0]

    return number


def precision(tp, fp, tn, fn):
    return share(tp, tp + fp)


def recall(tp, fp, tn, fn):
    return share(tp, tp + fn)


def specificity(tp, fp, tn, fn):
    return share(tn, tn + fp)


def decided(f, yes):
    return lambda t, y, w: f(*decisions(t, y, w, yes))


def at_thresholds(f, thresholds, place=None):
    """A share at each threshold, of all outputs or of one."""

    def number(t, y, w):
        if place is not None:
            t, y = ([[row[place]] for row in rows] for rows in (t, y))
        return [f(*decisions(t, y, w, above(limit))) for limit in thresholds]

    return number


def steps(n):
    return [i / (n - 1) for i in range(n)]


def best(wanted, required, least, n=200):
    def number(t, y, w):
        found = [decisions(t, y, w, above(limit)) for limit in steps(n)]
        return max([wanted(*at) for at in found if required(*at) >= least], default=0.0)

    return number


def roc(tp, fp, tn, fn):
    return share(fp, fp + tn), share(tp, tp + fn)


def pr(tp, fp, tn, fn):
    return share(tp, tp + fn), share(tp, tp + fp)


def pr_gain(tp, fp, tn, fn):
    if not tp:
        return 0.0, 1.0
    odds = share(tp + fn, fp + tn)
    return max(0.0, 1 - odds * fn / tp), 1 - odds * fp / tp


def area(curve, height, thresholds=None):
    """The area under a curve through the points at all thresholds."""
    limits = [-1e-7, *(steps(200)[1:-1] if thresholds is None else thresholds), 1 + 1e-7]

    def number(t, y, w):
        points = [curve(*decisions(t, y, w, above(limit))) for limit in limits]
        return sum((x1 - x0) * height(y1, y0) for (x1, y1), (x0, y0) in itertools.pairwise(points))

    return number


def halfway(a, b):
    return (a + b) / 2


def integrated(t, y, w):
    """The precision over the recall, TP growing linearly with TP + FP between two points: by Simpson's rule."""
    found = [decisions(t, y, w, above(limit)) for limit in [-1e-7, *steps(200)[1:-1], 1 + 1e-7]]
    total = 0.0
    for (tp1, fp1, _, fn1), (tp0, fp0, _, _) in itertools.pairwise(found):
        if tp1 > tp0:
            parts = 2000

            def at(s, tp0=tp0, fp0=fp0, tp1=tp1, fp1=fp1):
                tp, fp = tp0 + s * (tp1 - tp0), fp0 + s * (fp1 - fp0)
                # Where nothing lies above the upper point, the precision is that of the lower all the way.
                return tp / (tp + fp) if tp + fp else tp1 / (tp1 + fp1)

            simpson = sum(
                (1 + (i not in (0, parts)) * (1 + 2 * (i % 2))) * at(i / parts) for i in range(parts + 1)
            )
            total += (tp1 - tp0) / (tp1 + fn1) * simpson / (3 * parts)
    return total


def by_output(number, average):
    """A number for each output, and what becomes of them."""

    def of_all(t, y, w):
        each = [number([[row[i]] for row in t], [[row[i]] for row in y], w) for i in range(len(t[0]))]
        return average(each)

    return of_all


def f_score(yes, beta=1.0, average=None):
    """From precision and recall; every quotient has Keras's 1e-7 below."""
    e = Fraction(1e-7)

    def score(tp, fp, tn, fn):
        tp, fp, fn = Fraction(tp), Fraction(fp), Fraction(fn)
        p, r = tp / (tp + fp + e), tp / (tp + fn + e)
        return (1 + Fraction(beta) ** 2) * p * r / (Fraction(beta) ** 2 * p + r + e)

    def number(t, y, w):
        if average == "micro":
            return float(score(*decisions(t, y, w, yes)))
        each = [
            decisions([[row[i]] for row in t], y, w, lambda row, _, i=i: yes(row, i))
            for i in range(len(t[0]))
        ]
        scores, positives = [score(*at) for at in each], [Fraction(tp + fn) for tp, _, _, fn in each]
        if average is None:
            return list(map(float, scores))
        if average == "macro":
            return float(sum(scores) / len(scores))
        return float(sum(s * n for s, n in zip(scores, positives, strict=True)) / (sum(positives) + e))

    return number


def largest(y, i):
    return y[i] == max(y) and y[i] != 0


def center(values, w):
    return sum(v * a for v, a in zip(values, w, strict=True)) / sum(w)


def spread(a, b, w):
    """The covariance."""
    ma, mb = center(a, w), center(b, w)
    return center([(u - ma) * (v - mb) for u, v in zip(a, b, strict=True)], w)


def pearson(t, y, w=None):
    w = w or [1] * len(t)
    return share(spread(t, y, w), math.sqrt(spread(t, t, w) * spread(y, y, w)))


def concordance(t, y, w=None):
    w = w or [1] * len(t)
    apart = (center(t, w) - center(y, w)) ** 2
    return 2 * spread(t, y, w) / (spread(t, t, w) + spread(y, y, w) + apart + 1e-7)


def down_columns(f, average=lambda values: sum(values) / len(values)):
    """Of each output over all rows, and what becomes of them."""

    def number(t, y, w):
        columns = zip(zip(*t, strict=True), zip(*y, strict=True), strict=True)
        return average([f(list(a), list(b), w) for a, b in columns])

    return number


def r2(t, y, w):
    return 1 - center([(a - b) ** 2 for a, b in zip(t, y, strict=True)], w) / spread(t, t, w)


def r2_of_all(t, y, w):
    """The variance that is explained, of all outputs together."""
    columns = list(zip(zip(*t, strict=True), zip(*y, strict=True), strict=True))
    errors = sum(center([(u - v) ** 2 for u, v in zip(a, b, strict=True)], w) for a, b in columns)
    return 1 - errors / sum(spread(a, a, w) for a, _ in columns)


def log_cosh(a, b):
    return math.log(math.cosh(b - a))


def percentage(a, b):
    return 100 * abs(a - b) / max(abs(a), 1e-7)


def squared_logarithmic(a, b):
    return (math.log(max(b, 1e-7) + 1) - math.log(max(a, 1e-7) + 1)) ** 2


def cosine(t, y):
    dot, tt, yy = (sum(a * b for a, b in zip(u, v, strict=True)) for u, v in ((t, y), (t, t), (y, y)))
    return [dot / math.sqrt(tt) / math.sqrt(yy)]


def categorical_hinge(t, y):
    right = sum(a * b for a, b in zip(t, y, strict=True))
    return [max(0.0, max((1 - a) * b for a, b in zip(t, y, strict=True)) - right + 1)]


def divergence(t, y):
    pairs = [(max(a, 1e-7), max(b, 1e-7)) for a, b in zip(t, y, strict=True)]
    return [math.fsum(a * math.log(a / b) for a, b in pairs)]


def whole(make, number, targets="binary", outputs="unit", **others):
    """A row of a metric that is no mean of values."""
    return MetricRow(make, None, targets, function=False, outputs=outputs, number=number, **others)


AUC, F = met.AUC, met.FBetaScore

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
    MetricRow(
        lambda: met.SparseTopKCategoricalAccuracy(k=2, from_sorted_ids=True),
        lambda t, y: [t[0] in y[:2]],
        "sorted",
    ),
    MetricRow(met.MeanAbsolutePercentageError, of_pairs(percentage), "real"),
    MetricRow(met.MeanSquaredLogarithmicError, of_pairs(squared_logarithmic), "real", within=1e-12),
    MetricRow(met.LogCoshError, of_pairs(log_cosh), "real", function="log_cosh", within=1e-12),
    MetricRow(met.CosineSimilarity, cosine, "real", function=False, within=1e-13),
    MetricRow(met.Hinge, of_pairs(lambda a, b: max(0.0, 1 - a * b)), "sign", column=True),
    MetricRow(met.SquaredHinge, of_pairs(lambda a, b: max(0.0, 1 - a * b) ** 2), "sign", column=True),
    MetricRow(met.CategoricalHinge, categorical_hinge, "one-hot"),
    MetricRow(met.KLDivergence, divergence, "one-hot", outputs="probability", within=1e-13),
    MetricRow(met.Poisson, of_pairs(lambda a, b: b - a * math.log(b + 1e-7)), "count", outputs="positive"),
    MetricRow(met.BinaryCrossentropy, as_loss(of_probabilities(binary())), "binary", outputs="probability"),
    MetricRow(
        lambda: met.BinaryCrossentropy(label_smoothing=0.01),
        as_loss(of_probabilities(binary(0.01))),
        "binary",
        outputs="probability",
    ),
    MetricRow(
        met.CategoricalCrossentropy, as_loss(of_shares(categorical())), "one-hot", outputs="probability"
    ),
    MetricRow(
        lambda: met.CategoricalCrossentropy(from_logits=True), as_loss(of_softmax(categorical())), "one-hot"
    ),
    MetricRow(met.SparseCategoricalCrossentropy, as_loss(of_shares(sparse)), "index", outputs="probability"),
    MetricRow(
        met.RootMeanSquaredError,
        None,
        "real",
        function=False,
        number=lambda t, y, w: math.sqrt(
            mean([of_pairs(lambda a, b: (a - b) ** 2)(a, b) for a, b in zip(t, y, strict=True)], w)
        ),
    ),
    MetricRow(met.PearsonCorrelation, lambda t, y: [pearson(t, y)], "real", alone=False, within=1e-12),
    MetricRow(
        met.ConcordanceCorrelation, lambda t, y: [concordance(t, y)], "real", alone=False, within=1e-12
    ),
    whole(lambda: met.PearsonCorrelation(axis=0), down_columns(pearson), "real", "real", within=1e-12),
    whole(
        lambda: met.ConcordanceCorrelation(axis=0), down_columns(concordance), "real", "real", within=1e-12
    ),
    whole(met.R2Score, down_columns(r2), "real", "real", within=1e-12),
    whole(lambda: met.R2Score(class_aggregation=None), down_columns(r2, list), "real", "real", within=1e-12),
    whole(lambda: met.R2Score("variance_weighted_average"), r2_of_all, "real", "real", within=1e-12),
    whole(met.TruePositives, counted(0), column=True),
    whole(lambda: met.TruePositives([0.75, 0.25]), counted(0, (0.75, 0.25))),
    whole(met.FalsePositives, counted(1), column=True),
    whole(met.TrueNegatives, counted(2), column=True),
    whole(met.FalseNegatives, counted(3)),
    whole(met.Precision, decided(precision, above(0.5)), column=True),
    whole(lambda: met.Precision([0.25, 0.5, 0.5]), at_thresholds(precision, [0.25, 0.5, 0.5])),
    whole(lambda: met.Precision(top_k=2), decided(precision, among(2)), outputs="real", alone=False),
    whole(met.Recall, decided(recall, above(0.5)), column=True),
    whole(lambda: met.Recall([0.5, 0.25], class_id=1), at_thresholds(recall, [0.5, 0.25], 1), alone=False),
    whole(lambda: met.Recall(0.25, top_k=3), decided(recall, among(3, 0.25)), outputs="real", alone=False),
    whole(lambda: met.SensitivityAtSpecificity(0.6), best(recall, specificity, 0.6), column=True),
    whole(lambda: met.SpecificityAtSensitivity(0.6, 9), best(specificity, recall, 0.6, 9)),
    whole(lambda: met.PrecisionAtRecall(0.4), best(precision, recall, 0.4)),
    whole(lambda: met.RecallAtPrecision(0.4), best(recall, precision, 0.4)),
    whole(AUC, area(roc, halfway), column=True),
    whole(lambda: AUC(summation_method="minoring"), area(roc, min)),
    whole(lambda: AUC(summation_method="majoring", thresholds=[0.75, 0.125]), area(roc, max, [0.125, 0.75])),
    whole(lambda: AUC(curve="PR"), integrated, within=1e-9),
    whole(lambda: AUC(curve="PR", summation_method="majoring"), area(pr, max)),
    whole(lambda: AUC(curve="PRGAIN"), area(pr_gain, halfway), within=1e-13),
    whole(
        lambda: AUC(multi_label=True),
        by_output(area(roc, halfway), lambda areas: sum(areas) / len(areas)),
        alone=False,
    ),
    whole(met.F1Score, f_score(largest), alone=False),
    whole(lambda: F(beta=2.0, threshold=0.5), f_score(above(0.5), 2.0)),
    whole(lambda: met.F1Score("micro", 0.5), f_score(above(0.5), average="micro"), column=True),
    whole(lambda: F("macro", 0.5, 0.25), f_score(above(0.25), 0.5, "macro")),
    whole(lambda: F("weighted"), f_score(largest, average="weighted"), alone=False),
]
