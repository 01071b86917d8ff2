"""Activations and their truth, function by function."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from mlp import activations as act
from tables.common import pi


@dataclass(frozen=True)
class ActivationRow:
    """A function of one row of numbers."""

    make: Callable[[], act.Activation]
    truth: Callable[[list[Decimal]], list[Decimal]]
    kinks: dict[float, float] = field(default_factory=dict)  # where, and the derivative that is taken there
    no_derivative: tuple[float, ...] = ()
    ulps: float = 4
    couples: bool = False  # the entries of a row hang together
    width: int = 3  # of the rows then
    largest: float = 1e4  # beyond it values are infinite
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
            x = np.concatenate([np.array(extreme, float), rng.normal(0, 5, (6, 3))])
            x = np.concatenate([x, x[:, 1:]], axis=1)[:, : self.width]
            return x[~np.isin(x, self.no_derivative).any(axis=1)]
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
        return x[~np.isin(x, self.no_derivative) & (np.abs(x) <= self.largest)][:, None]


def each(f):
    """A function of a number as one of a row."""
    return lambda row: [f(v) for v in row]


def sigmoid(x):
    return 1 / (1 + (-x).exp())


def exponential(scale, alpha):
    return each(lambda x: Decimal(scale) * (x if x > 0 else Decimal(alpha) * (x.exp() - 1)))


def relu(x, slope=0, largest="Infinity", threshold=0):
    slope, largest, threshold = Decimal(slope), Decimal(largest), Decimal(threshold)
    return slope * (x - threshold) if x <= threshold else min(x, largest)


def celu(x, alpha):
    return x if x > 0 else Decimal(alpha) * ((x / Decimal(alpha)).exp() - 1)


def between(x, least, largest):
    return min(max(x, Decimal(least)), Decimal(largest))


def squareplus(x, b):
    return (x + (x * x + Decimal(b)).sqrt()) / 2


def outside(x, limit):
    """``x`` where it is farther from 0 than the limit."""
    return x if abs(x) > limit else Decimal(0)


def tanh(x):
    return 2 * sigmoid(2 * x) - 1


def mish(x):
    square = (1 + x.exp()) ** 2
    return x * (square - 1) / (square + 1)


def glu(row):
    half = len(row) // 2
    return [a * sigmoid(b) for a, b in zip(row[:half], row[half:], strict=True)]


def log_softmax(row):
    whole = sum(v.exp() for v in row).ln()
    return [v - whole for v in row]


def sparsemax(row):
    """The threshold of the largest set of entries that all stay above it, tried one by one."""
    t = max((sum(sorted(row)[-k:]) - 1) / k for k in range(1, len(row) + 1))
    return [max(v - t, Decimal(0)) for v in row]


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
    ActivationRow(act.Tanh, each(tanh)),
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
    ActivationRow(act.LogSoftmax, log_softmax, ulps=16, couples=True),
    # Small results are differences; and of (-745, 0, 1) the 0 stands at the edge of what is positive.
    ActivationRow(act.Sparsemax, sparsemax, ulps=64, couples=True, no_derivative=(-745.0,)),
    ActivationRow(act.Relu6, each(lambda x: between(x, 0, 6)), kinks={0.0: 0.0, 6.0: 0.0}),
    ActivationRow(
        lambda: act.Threshold(0.5, -3.0), each(lambda x: x if x > 0.5 else Decimal(-3)), kinks={0.5: 0.0}
    ),
    ActivationRow(act.Celu, each(lambda x: celu(x, 1)), kinks={0.0: 1.0}),
    ActivationRow(lambda: act.Celu(alpha=0.3), each(lambda x: celu(x, 0.3)), kinks={0.0: 1.0}),
    ActivationRow(act.Exponential, each(lambda x: x.exp()), largest=88),
    ActivationRow(act.LogSigmoid, each(lambda x: sigmoid(x).ln())),
    ActivationRow(act.HardSigmoid, each(lambda x: between((x + 3) / 6, 0, 1)), kinks={-3.0: 0.0, 3.0: 0.0}),
    ActivationRow(
        lambda: act.HardSigmoid(slope=0.25),
        each(lambda x: between((x + 2) / 4, 0, 1)),
        kinks={-2.0: 0.0, 2.0: 0.0},
    ),
    ActivationRow(act.SparseSigmoid, each(lambda x: between((x + 1) / 2, 0, 1)), kinks={-1.0: 0.0, 1.0: 0.0}),
    ActivationRow(act.HardTanh, each(lambda x: between(x, -1, 1)), kinks={-1.0: 0.0, 1.0: 0.0}),
    ActivationRow(act.Softsign, each(lambda x: x / (1 + abs(x)))),
    ActivationRow(act.Squareplus, each(lambda x: squareplus(x, 4))),
    ActivationRow(lambda: act.Squareplus(b=0.1), each(lambda x: squareplus(x, 0.1))),
    ActivationRow(
        act.SparsePlus,
        each(lambda x: x if x > 1 else (max(x, Decimal(-1)) + 1) ** 2 / 4),
        kinks={-1.0: 0.0, 1.0: 1.0},
    ),
    ActivationRow(act.SoftShrink, each(lambda x: x - between(x, -0.5, 0.5)), kinks={-0.5: 0.0, 0.5: 0.0}),
    ActivationRow(
        lambda: act.SoftShrink(threshold=0.3),
        each(lambda x: x - between(x, -0.3, 0.3)),
        kinks={-0.3: 0.0, 0.3: 0.0},
    ),
    ActivationRow(act.HardShrink, each(lambda x: outside(x, 0.5)), kinks={-0.5: 0.0, 0.5: 0.0}),
    ActivationRow(
        lambda: act.HardShrink(threshold=0.3), each(lambda x: outside(x, 0.3)), kinks={-0.3: 0.0, 0.3: 0.0}
    ),
    ActivationRow(act.TanhShrink, each(lambda x: x - tanh(x))),
    ActivationRow(act.HardSilu, each(lambda x: x * between((x + 3) / 6, 0, 1)), kinks={-3.0: 0.0, 3.0: 1.0}),
    ActivationRow(act.Mish, each(mish)),
    ActivationRow(act.Glu, glu, couples=True, width=4),
]
