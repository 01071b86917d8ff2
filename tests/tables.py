"""Every class of every registry has a row here: an example, and beside it the truth about it.

A truth is written from the definition, never with the code under test: in 400 decimal digits, in exact
fractions, or in plain loops over Python's numbers.  A property in the test files is a function over a table;
a new activation, loss, optimizer, layer ... is one more row and no test code.  `test_registry` finds the
classes in the registries, so that none can be forgotten.
"""

import decimal
import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr

from mlp import Network
from mlp import activations as act
from mlp import constraints as con
from mlp import initializers as ini
from mlp import layers as lay
from mlp import losses as los
from mlp import metrics as met
from mlp import optimizers as opt
from mlp import regularizers as reg
from mlp import schedules as sch
from mlp.layers.base import LAYERS
from mlp.testing.rules import adam, rmsprop, sgd

#: Digits enough for the bare definitions: exp(x) - 1 at x = 1e-300, 1 - Phi(38), 1 / (1 + exp(10000)).
EXACT = decimal.Context(prec=400, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)
EPS = 2.0**-52


def over(table):
    """A decorator: the test runs for each row of a table."""
    return pytest.mark.parametrize("row", table, ids=[row.name or repr(row.make()) for row in table])


def exactly(f, *rows, digits=400):
    """``f`` of rows of floats, computed in 400 digits and rounded at the end to floats."""
    with decimal.localcontext(EXACT, prec=digits):
        y = f(*([Decimal(float(v)) for v in row] for row in rows))
        return [float(v) for v in y] if isinstance(y, list) else float(y)


@functools.cache
def pi():
    """Machin's formula."""

    def arccot(n):
        power, total, k = Decimal(1) / n, Decimal(0), 0
        while abs(power) > Decimal("1e-405"):
            total += power / (2 * k + 1)
            power, k = -power / (n * n), k + 1
        return total

    return 4 * (4 * arccot(5) - arccot(239))


# --- Activations --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ActivationRow:
    """A function of one row of numbers."""

    make: Callable[[], act.Activation]
    truth: Callable[[list[Decimal]], list[Decimal]]
    kinks: dict[float, float] = field(default_factory=dict)  # where, and the derivative that is taken there
    no_derivative: tuple[float, ...] = ()
    ulps: float = 4
    couples: bool = False  # the entries of a row hang together
    name: str = ""

    @property
    def x(self):
        """Rows from -1e4 to 1e4, with the least and the greatest of exponents."""
        if self.couples:
            rng = np.random.default_rng(1)
            extreme = [
                [1010, 1000, 990],
                [-1e4, 1e4, 0],
                [1e-300, -1e-300, 0],
                [-745, 0, 1],
                [-1e4, -1e4, -1e4],
            ]
            return np.concatenate([np.array(extreme, float), rng.normal(0, 5, (6, 3))])
        sizes = [
            1e-300,
            1e-160,
            1e-20,
            1e-9,
            1e-3,
            0.1,
            0.5,
            1,
            2.5,
            3.7,
            9,
            20,
            37,
            40,
            88,
            300,
            708,
            744,
            1e3,
            1e4,
        ]
        x = np.sort(np.concatenate([np.negative(sizes), [0.0], sizes]))
        return x[~np.isin(x, self.no_derivative)][:, None]


def each(f):
    """A function of a number as one of a row."""
    return lambda row: [f(v) for v in row]


def sigmoid(x):
    return 1 / (1 + (-x).exp())


def exponential(scale, alpha):
    return each(lambda x: Decimal(scale) * (x if x > 0 else Decimal(alpha) * (x.exp() - 1)))


def relu(x, slope=0, largest="Infinity", threshold=0):
    slope, largest, threshold = Decimal(slope), Decimal(largest), Decimal(threshold)
    return slope * (x - threshold) if x < threshold else min(x, largest)


def normal_distribution(x):
    """1/2 + exp(-x^2 / 2) / sqrt(2 pi) (x + x^3 / 3 + x^5 / (3 5) + ...): the terms have one sign."""
    if abs(x) > 45:
        return Decimal(x > 0)
    term = total = x
    n = 1
    while abs(term) > Decimal("1e-420") * abs(total):
        n += 2
        term = term * x * x / n
        total += term
    return Decimal("0.5") + total * (-x * x / 2).exp() / (2 * pi()).sqrt()


def gelu_by_tanh(x):
    return x * sigmoid(2 * (2 / pi()).sqrt() * (x + Decimal("0.044715") * x**3))


def softmax(row):
    e = [v.exp() for v in row]
    return [v / sum(e) for v in e]


ACTIVATIONS = [
    ActivationRow(act.Linear, each(lambda x: x)),
    ActivationRow(act.Step, each(lambda x: Decimal(x > 0)), kinks={0.0: 0.0}),
    ActivationRow(act.Sigmoid, each(sigmoid)),
    ActivationRow(act.Tanh, each(lambda x: 2 * sigmoid(2 * x) - 1)),
    ActivationRow(act.Relu, each(relu), kinks={0.0: 0.0}),
    ActivationRow(
        lambda: act.Relu(negative_slope=0.1, max_value=6.0, threshold=0.75),
        each(lambda x: relu(x, 0.1, 6.0, 0.75)),
        kinks={0.75: 0.1},
        no_derivative=(6.0,),
    ),
    ActivationRow(lambda: act.Relu(max_value=6.0), each(lambda x: relu(x, 0, 6.0)), kinks={0.0: 0.0}),
    ActivationRow(act.LeakyRelu, each(lambda x: relu(x, 0.2)), kinks={0.0: 0.2}),
    ActivationRow(lambda: act.LeakyRelu(0.01), each(lambda x: relu(x, 0.01)), kinks={0.0: 0.01}),
    ActivationRow(act.Elu, exponential(1, 1), kinks={0.0: 1.0}),
    ActivationRow(lambda: act.Elu(alpha=0.3), exponential(1, 0.3), kinks={0.0: 0.3}),
    ActivationRow(
        act.Selu,
        exponential(1.0507009873554805, 1.6732632423543772),
        kinks={0.0: 1.0507009873554805 * 1.6732632423543772},
    ),
    # Rounding the argument of Phi costs x^2 ulps in its tail, which ends at x = -38.5.
    ActivationRow(act.Gelu, each(lambda x: x * normal_distribution(x)), ulps=1600),
    ActivationRow(lambda: act.Gelu(approximate=True), each(gelu_by_tanh), ulps=1600),
    ActivationRow(act.Silu, each(lambda x: x * sigmoid(x))),
    ActivationRow(act.Softplus, each(lambda x: (1 + x.exp()).ln())),
    # Rounding the difference to the largest entry costs half an ulp for each unit of it.
    ActivationRow(act.Softmax, softmax, ulps=16, couples=True),
]


# --- Losses -------------------------------------------------------------------------------------------------


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
partial = functools.partial
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


# --- Metrics ------------------------------------------------------------------------------------------------


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


# --- Initializers -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class InitializerRow:
    """A rule for initial values, with the distribution function of every entry of a weight of this shape."""

    make: Callable[..., ini.Initializer]  # takes seed, where the rule draws at all
    shape: tuple[int, ...] = (6, 2)
    value: Any = None  # for rules that draw nothing
    cdf: Callable[[np.ndarray], np.ndarray] | None = None
    moments: tuple[float, float] = (0.0, 0.0)  # mean and variance
    bounds: tuple[float, float] = (-math.inf, math.inf)
    name: str = ""


def uniform(make, low, high, shape=(6, 2)):
    return InitializerRow(
        make,
        shape,
        cdf=lambda w: np.clip((w - low) / (high - low), 0, 1),
        moments=((low + high) / 2, (high - low) ** 2 / 12),
        bounds=(low, high),
    )


def normal(make, center, variance):
    deviation = math.sqrt(variance)
    return InitializerRow(make, cdf=lambda w: ndtr((w - center) / deviation), moments=(center, variance))


def truncated(make, center, variance=None, untruncated=None):
    """A normal distribution cut off at two of its deviations, told by its variance before or after."""
    density = math.exp(-2) / math.sqrt(2 * math.pi)
    inside = math.erf(math.sqrt(2))
    left = 1 - 2 * 2 * density / inside  # the share of the variance that is left
    variance = untruncated**2 * left if variance is None else variance
    deviation = math.sqrt(variance / left)
    return InitializerRow(
        make,
        cdf=lambda w: np.clip((ndtr((w - center) / deviation) - ndtr(-2)) / inside, 0, 1),
        moments=(center, variance),
        bounds=(center - 2 * deviation, center + 2 * deviation),
    )


def scaled(mode, distribution, scale=1.0):
    return partial(ini.VarianceScaling, scale, mode, distribution)


INITIALIZERS = [
    InitializerRow(ini.Zeros, value=0.0),
    InitializerRow(ini.Ones, value=1.0),
    InitializerRow(partial(ini.Constant, -2.5), value=-2.5),
    InitializerRow(partial(ini.Constant, [[1.0, 2.0]]), (1, 2), value=[[1.0, 2.0]]),
    normal(ini.RandomNormal, 0.0, 0.05**2),
    normal(partial(ini.RandomNormal, 1.0, 2.0), 1.0, 4.0),
    uniform(ini.RandomUniform, -0.05, 0.05),
    uniform(partial(ini.RandomUniform, 1.0, 3.0), 1.0, 3.0),
    truncated(ini.TruncatedNormal, 0.0, untruncated=0.05),
    truncated(partial(ini.TruncatedNormal, 1.0, 2.0), 1.0, untruncated=2.0),
    # Of a weight of shape (6, 2): 6 inputs, 2 outputs, 4 on average.
    truncated(ini.VarianceScaling, 0.0, 1 / 6),
    truncated(scaled("fan_out", "truncated_normal", 3.0), 0.0, 3 / 2),
    normal(scaled("fan_avg", "untruncated_normal"), 0.0, 1 / 4),
    uniform(scaled("fan_out", "uniform"), -math.sqrt(3 / 2), math.sqrt(3 / 2)),
    uniform(ini.GlorotUniform, -math.sqrt(6 / 8), math.sqrt(6 / 8)),
    truncated(ini.GlorotNormal, 0.0, 2 / 8),
    uniform(ini.HeUniform, -1.0, 1.0),
    truncated(ini.HeNormal, 0.0, 2 / 6),
    uniform(ini.LecunUniform, -math.sqrt(3 / 6), math.sqrt(3 / 6)),
    truncated(ini.LecunNormal, 0.0, 1 / 6),
    # The entries of a point on a sphere in three dimensions are uniform (Archimedes).
    uniform(ini.Orthogonal, -1.0, 1.0, (3, 3)),
    uniform(partial(ini.Orthogonal, 2.0), -2.0, 2.0, (3, 3)),
    uniform(ini.Orthogonal, -1.0, 1.0, (2, 3)),
]


# --- Optimizers ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OptimizerRow:
    """An optimizer: ``truth`` moves one number by a list of gradients at a list of rates."""

    make: Callable[..., opt.Optimizer]  # takes learning_rate
    truth: Callable[[float, list[float], list[float]], list[float]]
    name: str = ""


OPTIMIZERS = [
    OptimizerRow(opt.SGD, sgd()),
    OptimizerRow(partial(opt.SGD, momentum=0.9), sgd(0.9)),
    OptimizerRow(partial(opt.SGD, momentum=0.8, nesterov=True), sgd(0.8, nesterov=True)),
    OptimizerRow(partial(opt.SGD, nesterov=True), sgd()),
    OptimizerRow(opt.RMSprop, rmsprop()),
    OptimizerRow(partial(opt.RMSprop, rho=0.8, momentum=0.7), rmsprop(0.8, 0.7)),
    OptimizerRow(partial(opt.RMSprop, centered=True, epsilon=1e-3), rmsprop(epsilon=1e-3, centered=True)),
    OptimizerRow(partial(opt.RMSprop, momentum=0.5, centered=True), rmsprop(momentum=0.5, centered=True)),
    OptimizerRow(opt.Adam, adam()),
    OptimizerRow(partial(opt.Adam, beta_1=0.5, beta_2=0.6, epsilon=0.1), adam(0.5, 0.6, 0.1)),
    OptimizerRow(partial(opt.Adam, beta_2=0.5, amsgrad=True), adam(beta_2=0.5, amsgrad=True)),
]


# --- Schedules ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ScheduleRow:
    """A learning rate for every step, as an exact fraction or in another form of the cosine."""

    make: Callable[[], sch.LearningRateSchedule]
    truth: Callable[[int], float | Fraction]
    steps: tuple[int, ...] = tuple(range(64))
    name: str = ""


def half_cosine(share):
    """(1 + cos(pi s)) / 2 = cos(pi s / 2)^2."""
    return math.cos(math.pi * min(share, 1) / 2) ** 2


def polynomial(step, start, end, decay_steps, power, cycle=False):
    until = decay_steps
    while cycle and until < step:
        until += decay_steps
    return (start - end) * (1 - Fraction(min(step, until), until)) ** power + end


def restarts(step, rate, length, t_mul, m_mul, alpha):
    height = 1.0
    while step >= length:
        step, length, height = step - length, length * t_mul, height * m_mul
    return rate * ((1 - alpha) * height * half_cosine(step / length) + alpha)


def warm(step):
    """Up from 0.01 to 0.2 in 5 steps, then down to a tenth of it in 20."""
    if step < 5:
        return Fraction(1, 100) + Fraction(19, 100) * step / 5
    return 0.2 * (0.9 * half_cosine((step - 5) / 20) + 0.1)


SCHEDULES = [
    ScheduleRow(lambda: sch.ExponentialDecay(0.1, 10, 0.5), lambda step: 0.1 * math.exp2(-step / 10)),
    ScheduleRow(
        lambda: sch.ExponentialDecay(0.1, 10, 0.5, staircase=True),
        lambda step: Fraction(1, 10) / 2 ** (step // 10),
    ),
    ScheduleRow(
        lambda: sch.InverseTimeDecay(0.1, 4, 0.5), lambda step: Fraction(1, 10) / (1 + Fraction(step, 8))
    ),
    ScheduleRow(
        lambda: sch.InverseTimeDecay(0.1, 4, 0.5, staircase=True),
        lambda step: Fraction(1, 10) / (1 + Fraction(step // 4, 2)),
    ),
    ScheduleRow(
        lambda: sch.PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.1]),
        lambda step: 1.0 if step <= 10 else 0.5 if step <= 20 else 0.1,
    ),
    ScheduleRow(lambda: sch.PolynomialDecay(0.1, 20), lambda step: polynomial(step, 0.1, 0.0001, 20, 1)),
    ScheduleRow(
        lambda: sch.PolynomialDecay(0.1, 20, 0.01, power=3.0, cycle=True),
        lambda step: polynomial(step, 0.1, 0.01, 20, 3, cycle=True),
    ),
    ScheduleRow(lambda: sch.CosineDecay(0.1, 20), lambda step: 0.1 * half_cosine(step / 20)),
    ScheduleRow(lambda: sch.CosineDecay(0.01, 20, 0.1, warmup_target=0.2, warmup_steps=5), warm),
    ScheduleRow(
        lambda: sch.CosineDecayRestarts(0.1, 5, m_mul=0.5), lambda step: restarts(step, 0.1, 5, 2, 0.5, 0)
    ),
    ScheduleRow(
        lambda: sch.CosineDecayRestarts(0.1, 8, t_mul=1.0, m_mul=0.5, alpha=0.2),
        lambda step: restarts(step, 0.1, 8, 1, 0.5, 0.2),
    ),
    ScheduleRow(
        lambda: sch.CosineDecayRestarts(0.1, 1, t_mul=3.0), lambda step: restarts(step, 0.1, 1, 3, 1, 0)
    ),
    ScheduleRow(
        lambda: sch.CosineDecayRestarts(0.1, 1, t_mul=3.0),
        lambda step: restarts(step, 0.1, 1, 3, 1, 0),
        steps=(120, 121, 122, 3280, 9841),
        name="at the restarts of long periods",
    ),
]


# --- Regularizers and constraints ---------------------------------------------------------------------------


@dataclass(frozen=True)
class RegularizerRow:
    """A penalty: a sum over the weights of ``truth`` of each."""

    make: Callable[[], reg.Regularizer]
    truth: Callable[[Fraction], Fraction]
    name: str = ""


def penalty(l1=0.0, l2=0.0):
    return lambda w: Fraction(l1) * abs(w) + Fraction(l2) * w * w


REGULARIZERS = [
    RegularizerRow(reg.L1, penalty(l1=0.01)),
    RegularizerRow(lambda: reg.L1(0.3), penalty(l1=0.3)),
    RegularizerRow(reg.L2, penalty(l2=0.01)),
    RegularizerRow(lambda: reg.L2(0.3), penalty(l2=0.3)),
    RegularizerRow(reg.L1L2, penalty()),
    RegularizerRow(lambda: reg.L1L2(0.2, 0.7), penalty(0.2, 0.7)),
]


@dataclass(frozen=True)
class ConstraintRow:
    """A rule for vectors of weights: ``truth`` takes and gives the length that they have together."""

    make: Callable[[], con.Constraint]
    truth: Callable[[float], float] | None  # None: the rule looks at each number, see ``allowed``
    allowed: Callable[[float], float] | None = None
    axes: tuple[int, ...] = (0,)
    repeats: bool = True  # once more changes nothing
    name: str = ""


CONSTRAINTS = [
    ConstraintRow(con.NonNeg, None, lambda w: w if w > 0 else 0.0),
    ConstraintRow(con.MaxNorm, lambda norm: min(norm, 2.0)),
    ConstraintRow(lambda: con.MaxNorm(0.5, axis=1), lambda norm: min(norm, 0.5), axes=(1,)),
    ConstraintRow(lambda: con.MaxNorm(0.5, axis=[0, 1]), lambda norm: min(norm, 0.5), axes=(0, 1)),
    ConstraintRow(con.UnitNorm, lambda norm: 1.0 if norm else 0.0),
    ConstraintRow(lambda: con.UnitNorm(axis=-1), lambda norm: 1.0 if norm else 0.0, axes=(1,)),
    ConstraintRow(con.MinMaxNorm, lambda norm: min(norm, 1.0)),
    ConstraintRow(
        lambda: con.MinMaxNorm(1.5, 2.5, axis=0), lambda norm: min(max(norm, 1.5), 2.5) if norm else 0.0
    ),
    ConstraintRow(
        lambda: con.MinMaxNorm(1.5, 2.5, rate=0.25),
        lambda norm: 0.75 * norm + 0.25 * min(max(norm, 1.5), 2.5) if norm else 0.0,
        repeats=False,
    ),
]


# --- Layers -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LayerRow:
    """A layer: ``truth`` takes a batch and all weights; a shape for each number of axes that it takes."""

    make: Callable[[], lay.Layer]
    truth: Callable[..., np.ndarray]
    shapes: tuple[tuple[int, ...], ...] = ((4,), (2, 4))
    by_vectors: bool = True  # where it takes both of these: rows along all axes but the last
    name: str = ""

    def __post_init__(self):
        object.__setattr__(self, "by_vectors", self.by_vectors and set(self.shapes) >= {(4,), (2, 4)})


def affine(x, kernel, bias=0.0):
    return (x[..., :, None] * kernel).sum(axis=-2) + bias


def by_rows(row):
    """An activation's truth for whole arrays."""
    return lambda x: np.reshape(
        [exactly(row.truth, v) for v in np.reshape(x, (-1, np.shape(x)[-1]))], np.shape(x)
    )


MEAN, VARIANCE = [1.0, -2.0, 0.5, 3.0], [4.0, 0.25, 1.0, 9.0]
LAYER_ROWS = [
    LayerRow(lambda: lay.InputLayer((4,)), lambda x: x, ((4,),)),
    LayerRow(lambda: lay.InputLayer((2, 4)), lambda x: x, ((2, 4),)),
    LayerRow(lambda: lay.Dense(3), affine),
    LayerRow(lambda: lay.Dense(1, use_bias=False), affine),
    LayerRow(lambda: lay.Dense(3, activation="tanh"), lambda x, k, b: np.tanh(affine(x, k, b))),
    LayerRow(lambda: lay.Dense(3, activation="relu"), lambda x, k, b: np.clip(affine(x, k, b), 0, None)),
    LayerRow(
        lambda: lay.Dense(2, activation=act.Elu(0.3)),
        lambda x, k, b: by_rows(next(row for row in ACTIVATIONS if repr(row.make()) == "Elu(alpha=0.3)"))(
            affine(x, k, b)
        ),
    ),
    LayerRow(
        lambda: lay.Dense(3, activation="softmax", use_bias=False),
        lambda x, k: np.exp(affine(x, k)) / np.exp(affine(x, k)).sum(axis=-1, keepdims=True),
    ),
    *(
        LayerRow(lambda row=row: lay.Activation(row.make()), by_rows(row), name=f"Activation({row.make()!r})")
        for row in ACTIVATIONS
    ),
    LayerRow(lambda: lay.Dropout(0.4), lambda x: x),
    LayerRow(lambda: lay.Dropout(0.4, noise_shape=(None, 1), seed=3), lambda x: x, ((4,),)),
    LayerRow(
        lambda: lay.Normalization(mean=MEAN, variance=VARIANCE),
        lambda x, m, v, n: (x - np.array(MEAN)) / np.array(VARIANCE) ** 0.5,
    ),
    LayerRow(
        lambda: lay.Normalization(mean=0.5, variance=4.0, invert=True), lambda x, m, v, n: 2.0 * x + 0.5
    ),
    LayerRow(lambda: lay.Rescaling(0.5, offset=-1.0), lambda x: x / 2 - 1),
    LayerRow(lambda: lay.Rescaling([1.0, -2.0, 0.0, 3.0]), lambda x: x * [1, -2, 0, 3]),
    LayerRow(
        lay.Flatten, lambda x: np.array([list(row.flat) for row in x]), ((4,), (2, 4), (2, 3, 2)), False
    ),
    LayerRow(lambda: lay.Residual(lay.Dense(4)), lambda x, k, b: x + affine(x, k, b)),
    LayerRow(
        lambda: lay.Residual(Network([lay.Dense(3, activation="tanh", input_dim=4), lay.Dense(4)])),
        lambda x, k, b, k2, b2: x + affine(np.tanh(affine(x, k, b)), k2, b2),
        ((4,),),
        name="Residual(Network)",
    ),
    LayerRow(
        lambda: lay.Residual(lay.Residual(lay.Dropout(0.5))), lambda x: 3 * x, name="Residual(Residual)"
    ),
    LayerRow(
        lambda: Network([lay.Dense(3, activation="tanh", input_dim=4), lay.Activation("relu"), lay.Dense(2)]),
        lambda x, k, b, k2, b2: affine(np.clip(np.tanh(affine(x, k, b)), 0, None), k2, b2),
        ((4,),),
        name="Network",
    ),
]

#: Registry, table: what `test_registry` looks through.
TABLES = {
    "activation": (act.ACTIVATIONS, ACTIVATIONS),
    "loss": (los.LOSSES, LOSSES),
    "metric": (met.METRICS, METRICS),
    "initializer": (ini.INITIALIZERS, INITIALIZERS),
    "optimizer": (opt.OPTIMIZERS, OPTIMIZERS),
    "schedule": (sch.SCHEDULES, SCHEDULES),
    "regularizer": (reg.REGULARIZERS, REGULARIZERS),
    "constraint": (con.CONSTRAINTS, CONSTRAINTS),
    "layer": (LAYERS, LAYER_ROWS),
}
