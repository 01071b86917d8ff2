"""Make `activations.json`, `losses.json` and `networks.json`: forward truth in 50 digits, from the definitions alone.

    pip install mpmath==1.4.1 numpy
    python tests/truth/make_truth.py  # or only some: activations, losses, networks

It takes a minute and a half. The committed files were made with mpmath 1.4.1 on Python 3.11; NumPy draws the
inputs, nothing else. This script knows nothing of `mlp`, and the tests know nothing of mpmath: they read the
files. Run it again when an activation or a loss is new or has a new argument, after writing its definition into
`ACTIVATIONS` or `LOSSES`.

Inputs are floats in their shortest exact form. True values are decimal strings of 50 digits, so that nearly all
of them are rounded to the right float; those in the middle between two floats have all their digits. What is smaller
than 1e-400 is written as 0. With each value goes its condition number, ``sum_i |a_i df/da_i| / |f|``: how much
a change of the inputs ``a_i`` by one unit in the last place moves the value, in such units.
"""

import itertools
import json
import math
import sys
from pathlib import Path

import mpmath
import numpy as np
from mpmath import mp, mpf

HERE = Path(__file__).parent
SMALLEST = mpf("1e-400")


# --- Writing ------------------------------------------------------------------------------------------------


def text(value):
    """50 digits, or 0 for what no float is near to; all digits of what is half way between two floats."""
    digits = 800 if value.man_exp[0].bit_length() == 54 else 50
    return mpmath.nstr(value, digits, min_fixed=-5, max_fixed=5) if abs(value) > SMALLEST else "0"


def rough(value):
    """Four digits, rounded up: a condition number."""
    return float(mpmath.nstr(min(value * (1 + mpf("1e-4")), mpf("1e300")), 4))


def condition(weights, slopes, value):
    """``sum |weight slope| / |value|``; 0 for a value of 0, whose neighbours then are 0 or kinks."""
    moved = mp.fsum(abs(w * s) for w, s in zip(weights, slopes, strict=True))
    return rough(moved / abs(value)) if value else 0.0


def write(name, entries, per_line):
    """JSON with one point, row or weight on a line, so that a change can be read."""
    blocks = []
    for entry in entries:
        lines = [
            f"  {json.dumps(key)}: "
            + (
                "[\n    " + ",\n    ".join(map(json.dumps, value)) + "\n  ]"
                if key in per_line
                else json.dumps(value)
            )
            for key, value in entry.items()
        ]
        blocks.append("{\n" + ",\n".join(lines) + "\n}")
    (HERE / name).write_text("[\n" + ",\n".join(blocks) + "\n]\n")


# --- Activations --------------------------------------------------------------------------------------------
# Each definition gives f, f' and f'' at x.


def linear(x):
    return x, mpf(1), mpf(0)


def step(x):
    return mpf(x > 0), mpf(0), mpf(0)


def sigmoid(x):
    s, rest = 1 / (1 + mp.exp(-x)), 1 / (1 + mp.exp(x))
    return s, s * rest, s * rest * (rest - s)


def tanh(x):
    slope = mp.sech(x) ** 2
    return mp.tanh(x), slope, -2 * mp.tanh(x) * slope


def relu(x, negative_slope=0.0, max_value=math.inf, threshold=0.0):
    if x > threshold:
        return (x, mpf(1), mpf(0)) if x < max_value else (mpf(max_value), mpf(0), mpf(0))
    return mpf(negative_slope) * (x - mpf(threshold)), mpf(negative_slope), mpf(0)


def leaky_relu(x, negative_slope=0.2):
    return relu(x, negative_slope)


def elu(x, alpha=1.0, scale=1.0):
    if x > 0:
        return mpf(scale) * x, mpf(scale), mpf(0)
    slope = mpf(scale) * mpf(alpha) * mp.exp(x)
    return mpf(scale) * mpf(alpha) * mp.expm1(x), slope, slope


def selu(x):
    return elu(x, 1.6732632423543772, 1.0507009873554805)


def gelu(x, approximate=False):
    if approximate:
        c, a = mp.sqrt(2 / mp.pi), mpf("0.044715")
        s, s1, s2 = sigmoid(2 * c * (x + a * x**3))
        u1, u2 = 2 * c * (1 + 3 * a * x**2), 12 * c * a * x
        return x * s, s + x * s1 * u1, 2 * s1 * u1 + x * (s2 * u1**2 + s1 * u2)
    if abs(x) > 1000:  # where exp(-x^2 / 2) is far below SMALLEST, and mpmath runs out of exponents
        return (x, mpf(1), mpf(0)) if x > 0 else (mpf(0), mpf(0), mpf(0))
    density = mp.exp(-(x**2) / 2) / mp.sqrt(2 * mp.pi)
    below = mp.erfc(-x / mp.sqrt(2)) / 2
    return x * below, below + x * density, density * (2 - x**2)


def silu(x):
    s, s1, s2 = sigmoid(x)
    return x * s, s + x * s1, 2 * s1 + x * s2


def softplus(x):
    s, s1, _ = sigmoid(x)
    return mp.log1p(mp.exp(x)), s, s1


def relu6(x):
    return relu(x, max_value=6.0)


def threshold(x, threshold, default_value):
    return (x, mpf(1), mpf(0)) if x > threshold else (mpf(default_value), mpf(0), mpf(0))


def celu(x, alpha=1.0):
    if x > 0:
        return x, mpf(1), mpf(0)
    slope = mp.exp(x / mpf(alpha))
    return mpf(alpha) * mp.expm1(x / mpf(alpha)), slope, slope / mpf(alpha)


def exponential(x):
    y = mp.exp(min(x, mpf(10000)))  # above it is infinity, to every float
    return y, y, y


def log_sigmoid(x):
    s, s1, _ = sigmoid(-x)
    return -mp.log1p(mp.exp(-x)), s, -s1


def hard_sigmoid(x, slope=None):
    limit = mpf(3) if slope is None else 1 / (2 * mpf(slope))
    if abs(x) >= limit:
        return mpf(x > 0), mpf(0), mpf(0)
    return (x + limit) / (2 * limit), mpf(1) / (2 * limit), mpf(0)


def sparse_sigmoid(x):
    return hard_sigmoid(x, 0.5)


def hard_tanh(x):
    return (x, mpf(1), mpf(0)) if abs(x) < 1 else (mp.sign(x), mpf(0), mpf(0))


def softsign(x):
    size = 1 + abs(x)
    return x / size, 1 / size**2, -2 * mp.sign(x) / size**3


def squareplus(x, b=4):
    root = mp.sqrt(x**2 + mpf(b))
    value = mpf(b) / (root - x) / 2 if x < 0 else (x + root) / 2
    return value, value / root, mpf(b) / root**3 / 2


def sparse_plus(x):
    if x <= -1:
        return mpf(0), mpf(0), mpf(0)
    return ((x + 1) ** 2 / 4, (x + 1) / 2, mpf(1) / 2) if x < 1 else (x, mpf(1), mpf(0))


def soft_shrink(x, threshold=0.5):
    if abs(x) <= threshold:
        return mpf(0), mpf(0), mpf(0)
    return x - mp.sign(x) * mpf(threshold), mpf(1), mpf(0)


def hard_shrink(x, threshold=0.5):
    return (x, mpf(1), mpf(0)) if abs(x) > threshold else (mpf(0), mpf(0), mpf(0))


def tanh_shrink(x):
    if abs(x) < mpf("1e-30"):  # x - tanh(x) would need more digits than there are
        return x**3 / 3, x**2, 2 * x
    t, slope = mp.tanh(x), mp.sech(x) ** 2
    return x - t, t**2, 2 * t * slope


def hard_silu(x):
    s, s1, _ = hard_sigmoid(x)
    return x * s, s + x * s1, 2 * s1


def mish(x):
    if x > 1000:
        return x, mpf(1), mpf(0)
    e = mp.exp(x)
    n = e * (e + 2)
    t, t1 = n / (n + 2), 4 * e * (1 + e) / (n + 2) ** 2
    # The logarithm of t1 has the slope 1 + e / (1 + e) - 4 e (1 + e) / (n + 2).
    t2 = t1 * (1 + e / (1 + e) - 4 * e * (1 + e) / (n + 2))
    return x * t, t + x * t1, 2 * t1 + x * t2


#: Class, arguments, definition, kinks (where there is no derivative).
ACTIVATIONS = [
    ("Linear", {}, linear, ()),
    ("Step", {}, step, (0.0,)),
    ("Sigmoid", {}, sigmoid, ()),
    ("Tanh", {}, tanh, ()),
    ("Relu", {}, relu, (0.0,)),
    ("Relu", {"negative_slope": 0.1, "max_value": 6.0, "threshold": 0.75}, relu, (0.75, 6.0)),
    ("Relu", {"max_value": 6.0}, relu, (0.0, 6.0)),
    ("LeakyRelu", {}, leaky_relu, (0.0,)),
    ("LeakyRelu", {"negative_slope": 0.01}, leaky_relu, (0.0,)),
    ("Elu", {}, elu, (0.0,)),
    ("Elu", {"alpha": 0.3}, elu, (0.0,)),
    ("Selu", {}, selu, (0.0,)),
    ("Gelu", {}, gelu, ()),
    ("Gelu", {"approximate": True}, gelu, ()),
    ("Silu", {}, silu, ()),
    ("Softplus", {}, softplus, ()),
    ("Relu6", {}, relu6, (0.0, 6.0)),
    ("Threshold", {"threshold": 0.5, "default_value": -3.0}, threshold, (0.5,)),
    ("Celu", {}, celu, ()),
    ("Celu", {"alpha": 0.3}, celu, ()),
    ("Exponential", {}, exponential, ()),
    ("LogSigmoid", {}, log_sigmoid, ()),
    ("HardSigmoid", {}, hard_sigmoid, (-3.0, 3.0)),
    ("HardSigmoid", {"slope": 0.25}, hard_sigmoid, (-2.0, 2.0)),
    ("SparseSigmoid", {}, sparse_sigmoid, (-1.0, 1.0)),
    ("HardTanh", {}, hard_tanh, (-1.0, 1.0)),
    ("Softsign", {}, softsign, ()),
    ("Squareplus", {}, squareplus, ()),
    ("Squareplus", {"b": 0.1}, squareplus, ()),
    ("SparsePlus", {}, sparse_plus, ()),
    ("SoftShrink", {}, soft_shrink, (-0.5, 0.5)),
    ("SoftShrink", {"threshold": 0.3}, soft_shrink, (-0.3, 0.3)),
    ("HardShrink", {}, hard_shrink, (-0.5, 0.5)),
    ("HardShrink", {"threshold": 0.3}, hard_shrink, (-0.3, 0.3)),
    ("TanhShrink", {}, tanh_shrink, ()),
    ("HardSilu", {}, hard_silu, (-3.0, 3.0)),
    ("Mish", {}, mish, ()),
]


def grid():
    """All exponents of both precisions and the neighbourhood of every transition, with both signs.

    Most are numbers of single precision too, so that one grid serves for both.
    """
    halves = [mpf(2) ** e for e in (-1074, -1073, -1050, -1023, -1022, -1000, -900, -700, -537, -300, -200)]
    singles = [
        2.0**e for e in (-149, -148, -127, -126, -100, -75, -54, -53, -30, -27, -26, -24, -23, -12, -11)
    ]
    steps = [2.0**e for e in (10, 12, 14, 24, 40, 52, 54, 63, 64, 65, 100, 126, 127)]
    doubles = [2.0**e for e in (200, 341, 342, 500, 511, 512, 513, 700, 1000, 1022, 1023)]
    rng = np.random.default_rng(20)
    spread = np.exp2(rng.uniform(-20, 9, 40)).astype(np.float32)
    everyday = [
        0.1,
        0.5,
        0.75,
        np.nextafter(0.75, 0),
        1.0,
        1.5,
        2.0,
        3.0,
        4.0,
        5.0,
        6.0,
        np.nextafter(6.0, 9),
    ]
    exponential = [80, 86.5, 87.25, 88, 88.5, 88.75, 89, 95, 102, 103, 103.25, 103.75, 104, 104.5, 110]
    exponential += [
        700,
        707,
        708,
        708.25,
        708.5,
        709,
        709.5,
        709.75,
        710,
        715,
        735,
        740,
        744,
        745,
        745.125,
        745.5,
    ]
    exponential += [746, 750, 755]
    saturation = [
        8,
        8.5,
        9,
        9.01,
        15,
        16.5,
        17.25,
        18,
        18.5,
        19,
        19.0625,
        20,
        22,
        30,
        33,
        35,
        36,
        36.75,
        37,
        37.25,
    ]
    tails = [
        5.5,
        10,
        12,
        13,
        14,
        14.25,
        14.5,
        21,
        21.5,
        22,
        37.5,
        37.625,
        37.6875,
        38,
        38.25,
        38.375,
        38.5,
        38.625,
        39,
    ]
    roots = [1.2784645, 1.2784646, 0.7517916, 0.7517918, 0.7524614, 0.7524616, 1.4142135, 1.4142136]
    rest = [
        4.0e38,
        3.4028234663852886e38,
        1.797e308,
        1.7976931348623157e308,
        1.34e154,
        1.35e154,
        5.7e102,
        1e4,
    ]
    groups = (halves, singles, steps, doubles, spread, everyday, exponential, saturation, tails, roots, rest)
    sizes = {float(v) for group in groups for v in group}
    return sorted({-v for v in sizes} | {0.0} | sizes)


def activations():
    for name, arguments, f, kinks in ACTIVATIONS:
        points = []
        for x in grid():
            value, slope, second = f(mpf(x), **arguments)
            of_value = condition([x], [slope], value)
            if x in kinks:
                points.append([x, text(value), of_value])
            else:
                points.append([x, text(value), of_value, text(slope), condition([x], [second], slope)])
        yield {"class": name, "arguments": arguments, "points": points}
    for name, f in ROW_FUNCTIONS:
        yield {"class": name, "arguments": {}, "rows": list(rows_of(f))}


# Those of whole rows give y at x, and dx for a dy.


def softmax(x, dy):
    e = [mp.exp(v - max(x)) for v in x]
    y = [v / mp.fsum(e) for v in e]
    dot = mp.fsum(a * b for a, b in zip(y, dy, strict=True))
    return y, [a * (b - dot) for a, b in zip(y, dy, strict=True)]


def log_softmax(x, dy):
    p, _ = softmax(x, dy)
    others = sorted(x)[:-1]
    log = mp.log1p(mp.fsum(mp.exp(v - max(x)) for v in others))
    return [v - max(x) - log for v in x], [b - a * mp.fsum(dy) for a, b in zip(p, dy, strict=True)]


def sparsemax(x, dy):
    """The threshold leaves 1 above it: of all it is the highest that the mean of the k largest, less 1 / k, gives."""
    x = [v - max(x) for v in x]  # so that the 1 is not lost beside 1e300
    down = sorted(x, reverse=True)
    t = max((mp.fsum(down[:k]) - 1) / k for k in range(1, len(x) + 1))
    held = [b for v, b in zip(x, dy, strict=True) if v > t]
    mean = mp.fsum(held) / len(held)
    return [max(v - t, mpf(0)) for v in x], [
        b - mean if v > t else mpf(0) for v, b in zip(x, dy, strict=True)
    ]


def glu(x, dy):
    half = len(x) // 2
    s = [sigmoid(v) for v in x[half:]]
    y = [a * s0 for a, (s0, _, _) in zip(x[:half], s, strict=True)]
    da = [b * s0 for b, (s0, _, _) in zip(dy, s, strict=True)]
    return y, da + [b * a * s1 for a, b, (_, s1, _) in zip(x[:half], dy, s, strict=True)]


ROW_FUNCTIONS = [("Softmax", softmax), ("LogSoftmax", log_softmax), ("Sparsemax", sparsemax), ("Glu", glu)]


def rows_of(f):
    """Rows of many lengths; ties, offsets, tails that become subnormal, the ends of the range."""
    rng = np.random.default_rng(21)
    rows = [
        [0.0],
        [-1e300],
        [0.0, 0.0],
        [1e-300, -1e-300, 0.0],
        [5e-324, -5e-324],
        [1e308, -1e308],
        [-1e4] * 3,
    ]
    rows += [
        [1010.0, 1000.0, 990.0],
        [1e6 + 0.5, 1e6, 1e6 - 30],
        [-1e4, 1e4, 0.0],
        [2.0**60, 2.0**60, 2.0**59],
    ]
    rows += [
        [-v, 0.0, 1.0] for v in (36.0, 87.0, 103.0, 104.0, 707.0, 708.5, 740.0, 744.25, 745.0, 746.0, 800.0)
    ]
    rows += [
        list(rng.normal(0, s, k) + c) for s, k, c in [(5, 4, 0), (1, 10, 1e5), (200, 10, 0), (3, 33, -400)]
    ]
    rows += [list(rng.normal(0, 2, 100)), list(rng.normal(50, 8, 257)), [0.1] * 64, [1.0] + [-36.5] * 63]
    for row in rows:
        row = [float(np.float32(v)) if abs(v) < 1e5 else float(v) for v in row]
        dy = [round(float(v), 3) for v in rng.normal(size=len(row))]
        if f is glu:
            if len(row) % 2:
                continue
            dy = dy[: len(row) // 2]
        y, dx = f([mpf(v) for v in row], [mpf(v) for v in dy])
        yield {"x": row, "y": [text(v) for v in y], "dy": dy, "dx": [text(v) for v in dx]}


# --- Losses -------------------------------------------------------------------------------------------------
# Each definition gives the value of one row; gradients and condition numbers are its differences, in so many
# digits that neither the step nor what cancels can be seen.

DIGITS = 700
STEP = mpf("1e-60")


def mean(values):
    values = list(values)
    return mp.fsum(values) / len(values)


def mean_squared_error(t, y):
    return mean((b - a) ** 2 for a, b in zip(t, y, strict=True))


def mean_absolute_error(t, y):
    return mean(abs(b - a) for a, b in zip(t, y, strict=True))


def sum_squared_error(t, y):
    return mp.fsum((b - a) ** 2 for a, b in zip(t, y, strict=True)) / 2


def hinge(t, y):
    return mean(max(1 - a * b, mpf(0)) for a, b in zip(t, y, strict=True))


def clipped(p, limits):
    return min(max(p, limits[0]), limits[1])


def binary(t, y, limits, from_logits):
    if from_logits:
        both = [(-mp.log1p(mp.exp(-v)), -mp.log1p(mp.exp(v))) for v in y]
    else:
        both = [(mp.log(clipped(v, limits)), mp.log1p(-clipped(v, limits))) for v in y]
    return mean(-(a * p + (1 - a) * q) for a, (p, q) in zip(t, both, strict=True))


def logs(y, limits, from_logits):
    """The logarithms of the probabilities of classes."""
    if from_logits:
        return [-mp.log1p(mp.fsum(mp.exp(w - v) for j, w in enumerate(y) if j != i)) for i, v in enumerate(y)]
    whole = mp.fsum(y)
    return [mp.log(clipped(v / (whole or 1), limits)) for v in y]  # zeros are clipped as other zeros are


def categorical(t, y, limits, from_logits):
    return -mp.fsum(a * b for a, b in zip(t, logs(y, limits, from_logits), strict=True))


def sparse(t, y, limits, from_logits=False, ignore_class=None):
    return mpf(0) if t[0] == ignore_class else -logs(y, limits, from_logits)[int(t[0])]


def plain(definition):
    return lambda t, y, limits, **arguments: definition(t, y, **arguments)


def above(v, limits):
    return max(v, limits[0])


def percentage(t, y, limits):
    return 100 * mean(abs(b - a) / above(abs(a), limits) for a, b in zip(t, y, strict=True))


def squared_logarithm(t, y, limits):
    return mean(
        (mp.log1p(above(b, limits)) - mp.log1p(above(a, limits))) ** 2 for a, b in zip(t, y, strict=True)
    )


def huber(t, y, delta=1):
    sizes = [abs(b - a) for a, b in zip(t, y, strict=True)]
    return mean(d * d / 2 if d <= delta else delta * d - mpf(delta) ** 2 / 2 for d in sizes)


def log_cosh(t, y):
    def one(d):
        if d < mpf("1e-50"):
            return d * d / 2 - d**4 / 12 + d**6 / 45
        return d - mp.log(2) if d > 1e4 else mp.log(mp.cosh(d))

    return mean(one(abs(b - a)) for a, b in zip(t, y, strict=True))


def cosine(t, y, limits):
    length = [above(mp.sqrt(mp.fsum(v * v for v in row)), limits) for row in (t, y)]
    return -mp.fsum(a * b for a, b in zip(t, y, strict=True)) / (length[0] * length[1])


def squared_hinge(t, y):
    return mean(max(1 - a * b, mpf(0)) ** 2 for a, b in zip(t, y, strict=True))


def categorical_hinge(t, y):
    right = mp.fsum(a * b for a, b in zip(t, y, strict=True))
    return max(1 + max((1 - a) * b for a, b in zip(t, y, strict=True)) - right, mpf(0))


def divergence(t, y, limits):
    t, y = ([min(above(v, limits), mpf(1)) for v in row] for row in (t, y))
    return mp.fsum(a * mp.log(a / b) for a, b in zip(t, y, strict=True))


def poisson(t, y, limits):
    return mean(b - a * mp.log(b + limits[0]) for a, b in zip(t, y, strict=True))


def generalized(t, y, q=0.5):
    return (1 - y[int(t[0])] ** mpf(q)) / mpf(q)


def binary_focal(t, y, limits, from_logits, gamma=2.0, alpha=0.25, apply_class_balancing=False):
    def one(a, v):
        b = binary([a], [v], limits, from_logits)
        p, q = (1 / (1 + mp.exp(-v)), 1 / (1 + mp.exp(v))) if from_logits else (v, 1 - v)
        w = a * mpf(alpha) + (1 - a) * (1 - mpf(alpha)) if apply_class_balancing else 1
        return w * (a * q + (1 - a) * p) ** mpf(gamma) * b

    return mean(one(a, v) for a, v in zip(t, y, strict=True))


def categorical_focal(t, y, limits, from_logits, gamma=2.0, alpha=0.25):
    return -mpf(alpha) * mp.fsum(
        a * (-mp.expm1(b)) ** mpf(gamma) * b for a, b in zip(t, logs(y, limits, from_logits), strict=True)
    )


#: Class, arguments, kind of targets, kind of outputs, definition.
LOSSES = [
    ("MeanSquaredError", {}, "real", "real", plain(mean_squared_error)),
    ("MeanAbsoluteError", {}, "real", "real", plain(mean_absolute_error)),
    ("SumSquaredError", {}, "real", "real", plain(sum_squared_error)),
    ("MeanAbsolutePercentageError", {}, "real", "real", percentage),
    ("MeanSquaredLogarithmicError", {}, "real", "real", squared_logarithm),
    ("Huber", {}, "real", "real", plain(huber)),
    ("Huber", {"delta": 0.25}, "real", "real", plain(huber)),
    ("LogCosh", {}, "real", "real", plain(log_cosh)),
    ("CosineSimilarity", {}, "real", "real", cosine),
    ("Hinge", {}, "sign", "real", plain(hinge)),
    ("SquaredHinge", {}, "sign", "real", plain(squared_hinge)),
    ("CategoricalHinge", {}, "real", "positive", plain(categorical_hinge)),
    ("KLDivergence", {}, "positive", "positive", divergence),
    ("Poisson", {}, "positive", "positive", poisson),
    ("CategoricalGeneralizedCrossEntropy", {}, "index", "positive", plain(generalized)),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.75}, "index", "positive", plain(generalized)),
    *(
        (name, {"from_logits": logits} | more, kind, "logits" if logits else outputs, f)
        for name, kind, outputs, f, variants in [
            ("BinaryCrossentropy", "binary", "probability", binary, [{}, {"label_smoothing": 0.2}]),
            ("CategoricalCrossentropy", "one-hot", "shares", categorical, [{}, {"label_smoothing": 0.2}]),
            ("SparseCategoricalCrossentropy", "index", "shares", sparse, [{}]),
            ("BinaryFocalCrossentropy", "binary", "probability", binary_focal, [{}]),
            ("CategoricalFocalCrossentropy", "one-hot", "shares", categorical_focal, [{}]),
        ]
        for logits in (False, True)
        for more in variants
    ),
    (
        "BinaryFocalCrossentropy",
        {
            "from_logits": False,
            "apply_class_balancing": True,
            "alpha": 0.75,
            "gamma": 0.5,
            "label_smoothing": 0.2,
        },
        "binary",
        "probability",
        binary_focal,
    ),
    (
        "BinaryFocalCrossentropy",
        {"from_logits": True, "apply_class_balancing": True, "gamma": 1.5, "label_smoothing": 0.2},
        "binary",
        "logits",
        binary_focal,
    ),
    (
        "CategoricalFocalCrossentropy",
        {"from_logits": False, "alpha": 0.75, "gamma": 0.5, "label_smoothing": 0.2},
        "one-hot",
        "shares",
        categorical_focal,
    ),
    (
        "CategoricalFocalCrossentropy",
        {"from_logits": True, "gamma": 0.5, "label_smoothing": 0.2},
        "one-hot",
        "logits",
        categorical_focal,
    ),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, "index", "shares", sparse),
    ("SparseCategoricalCrossentropy", {"from_logits": True, "ignore_class": -1}, "index", "logits", sparse),
]


def single(values):
    with np.errstate(over="ignore"):
        return [float(np.float32(v)) for v in values]


def outputs_of(kind):
    """Rows of outputs: the everyday, and every size."""
    rng = np.random.default_rng(22)
    if kind == "logits":
        rows = [rng.normal(0, s, 3) for s in (0.01, 1, 1, 3, 10, 40, 300, 1e4)]
        rows += [
            [v, 0.0, -v]
            for v in (1e-300, 1e-20, 20.0, 36.0, 37.5, 50.0, 88.0, 104.0, 340.0, 708.0, 745.0, 1e4)
        ]
        rows += [[v, v, v] for v in (0.0, 1.0, -1e4)]
        rows += [
            [-1e4, 1e4, 1e4],
            [1e4 + 1, 1e4, 1e4 - 40],
            [-3.0, 700.0, 0.5],
            [2.5],
            [-40.0],
            [1e4],
            [-1e4],
        ]
        rows += [rng.normal(0, 2, 5), rng.normal(0, 30, 5) + 1e3]
        return [single(row) if max(map(abs, row)) > 1e-100 else [float(v) for v in row] for row in rows]
    if kind == "real":
        rows = [rng.normal(0, s, 3) for s in (1e-30, 1e-9, 1e-3, 1, 1, 1, 30, 1e6, 1e15)]
        # A mean is a divided sum, so the last factor k of the range is not asked for.
        rows += [[v, -v, 0.0] for v in (1e-38, 1e-300, 5e-324, 1e100, 1e150, 1e160, 1e300, 5e307)]
        rows += [[v] for v in (0.25, -1.25, 1 - 2.0**-24, 1 + 2.0**-23, 3.0, -1e30)]
        return [single(row) if 1e-37 < max(map(abs, row)) < 1e38 else [float(v) for v in row] for row in rows]
    if kind == "positive":
        rows = [rng.uniform(0.01, 0.99, 3) for _ in range(6)]
        rows += [[v] for v in (1e-300, 1e-12, 9e-8, 2e-7, 1e-3, 0.25, 1 - 2.0**-20, 1.5, 30.0, 1e10)]
        rows += [[1e-6, 0.5, 3.0], [0.75, 1e-20, 0.125]]
        return [single(row) if min(row) > 1e-37 else row for row in rows]
    if kind == "probability":
        rows = [rng.uniform(0.01, 0.99, 3) for _ in range(6)]
        edges = [1.0625e-7, 2e-7, 1e-6, 1e-4, 0.5, 1 - 1e-4, 1 - 1e-6, 1 - 2.0**-22, 1 - 2.0**-23 - 2.0**-24]
        rows += [[v] for v in edges]
        rows += [[v] for v in (0.0, 1e-300, 2e-8, 9e-8, 1 - 2.0**-24, 1.0)]  # clipped
        rows += [[1.0, 0.0, 0.5], [1e-6, 1 - 1e-6, 0.3]]
        return [single(row) if min(row) > 1e-37 or min(row) == 0 else row for row in rows]
    rows = [v / v.sum() for v in rng.uniform(0.01, 1, (6, 3))]
    rows += [[1 - v, v / 2, v / 2] for v in (1e-2, 1e-4, 2.0**-20, 1.25e-6, 2.0**-21)]
    rows += [[0.25, 0.75, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [1.0, 2.0, 4.0], [1e-30, 2e-30, 5e-31]]
    rows += [
        [0.0, 1e-9, 1.0],
        [2.0, -5.0, 1.0],  # these three are no probabilities at all
        [-1.0, -2.0, -1.5],
        [0.5, -0.25, 0.5],
        [1 - 1e-9, 1e-9, 1e-12],
        rng.dirichlet(np.ones(5)),
        rng.dirichlet(np.ones(5) / 9),
    ]
    return [single(row) for row in rows]


def targets_of(kind, k, turn, rng):
    """Targets of one row; now and then the soft ones that are allowed."""
    if kind == "real":
        return [0.0] * k if turn % 3 == 0 else single(rng.normal(0, [1, 1e-3][turn % 2], k))
    if kind == "positive":
        return [0.0] * k if turn % 5 == 0 else single(rng.uniform(0, 1, k))
    if kind == "sign":
        return [float(v) for v in rng.choice([-1.0, 1.0], k)]
    if kind == "index":
        return [turn % k]
    if kind == "binary":
        soft = [[0.25, 0.9375, 2.0**-20], [1 - 2.0**-20, 0.5, 0.125]][turn % 2]
        return soft[:k] if turn % 3 == 2 and k <= 3 else [float(v) for v in rng.integers(0, 2, k)]
    if turn % 4 == 3 and k == 3:
        return [0.625, 0.25, 0.125]
    return [float(j == turn % k) for j in range(k)]


def loss_rows(kind, outputs, f, arguments, dtype):
    rng, turn = np.random.default_rng(23), 0
    limits = [mpf(float(np.dtype(dtype).type(v))) for v in (1e-7, 1 - 1e-7)]
    options = {k: v for k, v in arguments.items() if k != "label_smoothing"}
    smoothing = mpf(arguments.get("label_smoothing", 0))
    for row in outputs_of(outputs):
        turn += 1
        if dtype == "float32" and (single(row) != row or max(map(abs, row)) > 1e18):
            continue
        k = len(row)
        drawn = [targets_of(kind, k, turn, rng)]
        if kind in ("one-hot", "index"):
            drawn.append(targets_of(kind, k, turn + 1, rng))
        if kind == "binary":
            drawn.append([1 - v for v in drawn[0]])
        if kind == "real" and turn % 3 == 1:  # hits that are nearly right, where an expanded square cancels
            near = [v * (1 + 2.0**-20) for v in row]
            drawn.append(single(near) if single(row) == row else near)
        if arguments.get("ignore_class") is not None:
            drawn[0] = [arguments["ignore_class"]]
        for t in drawn:
            ts, ys = [mpf(v) for v in t], [mpf(v) for v in row]
            if smoothing:
                ts = [v * (1 - smoothing) + smoothing / (2 if kind == "binary" else k) for v in ts]
            yield loss_row(t, ts, row, ys, kind, outputs, lambda a, b: f(a, b, limits, **options))


def loss_row(t, ts, row, ys, kind, outputs, value_of):
    """One row with its value, slopes, and their condition numbers.

    What is known exactly is not counted among the inputs that move: labels 0 and 1, class numbers, targets
    that are only subtracted; and of logits that are compared with each other the greatest, for what counts
    are the differences to it.
    """
    both = ts + ys
    n = len(ts)
    sizes = [abs(v) for v in both]
    for i, v in enumerate(ts):
        if kind not in ("binary", "one-hot") or v in (0, 1):
            sizes[i] = mpf(0)
    if outputs == "logits" and kind != "binary":
        sizes[n:] = [max(ys) - v for v in ys]

    def value(v):
        return value_of(v[:n], v[n:])

    def slope(g, i):
        h = STEP * (abs(both[i]) or 1)
        return lambda v: (
            (g([a + h * (j == i) for j, a in enumerate(v)]) - g([a - h * (j == i) for j, a in enumerate(v)]))
            / (2 * h)
        )

    moving = [i for i, size in enumerate(sizes) if size]
    result = {"t": t, "y": row, "value": text(value(both))}
    result["condition"] = condition(
        [sizes[i] for i in moving], [slope(value, i)(both) for i in moving], value(both)
    )
    result["slopes"], result["conditions"] = [], []
    for j in range(n, len(both)):
        g = slope(value, j)
        exact = g(both)
        # A difference in 700 digits of a value up to 1e308 leaves what is below 1e-320 times that in doubt.
        exact = exact if abs(exact) > SMALLEST else mpf(0)
        result["slopes"].append(text(exact))
        of = [slope(g, i)(both) for i in moving]
        result["conditions"].append(condition([sizes[i] for i in moving], of, exact))
    return result


def losses():
    for name, arguments, kind, outputs, f in LOSSES:
        for dtype in ("float64", "float32"):
            with mp.workdps(DIGITS):
                rows = list(loss_rows(kind, outputs, f, arguments, dtype))
            if dtype == "float64" or outputs in ("positive", "probability", "shares"):
                yield {"class": name, "arguments": arguments, "dtype": dtype, "rows": rows}


# --- Networks -----------------------------------------------------------------------------------------------
# A network is what its layers say, row by row; its gradient is again the differences of its loss. With a softmax
# or sigmoid at its end a cross-entropy is one of logits, and nothing is clipped.

#: The weights of the 2-5-1 network of an article, of which the worked examples speak.
ARTICLE = [
    [[-1.08239257, 0.32482854, 0.95010394, 0.00501535, -0.47380614], [-0.56682748, 1.15749049, 0.91618514, 0.37518814, -0.67639047]],
    [-0.18290569, 0.21453567, 0.01353107, 0.27740911, 0.09604219],
    [[-0.8775745], [1.09351909], [0.21981503], [1.31380796], [-0.10301871]],
    [0.27410847],
]  # fmt: skip

NETWORKS = [
    {"sizes": [2, 5, 1], "activations": ["tanh", "tanh"], "loss": "Hinge", "weights": ARTICLE},
    {"sizes": [2, 5, 1], "activations": ["tanh", "tanh"], "loss": "MeanSquaredError", "weights": ARTICLE},
    {"sizes": [4, 7, 5, 1], "activations": ["relu", "relu", "linear"], "loss": "MeanAbsoluteError"},
    {"sizes": [3, 3, 3], "activations": ["sigmoid", "sigmoid"], "loss": "SumSquaredError", "bias": False},
    {"sizes": [5, 8, 4], "activations": ["relu", "softmax"], "loss": "CategoricalCrossentropy"},
    {"sizes": [4, 6, 3], "activations": ["tanh", "softmax"], "loss": "SparseCategoricalCrossentropy"},
    {"sizes": [3, 4, 2], "activations": ["sigmoid", "sigmoid"], "loss": "BinaryCrossentropy"},
    {"sizes": [3, 4, 3], "activations": ["tanh", "softmax"], "loss": "MeanSquaredError"},
    {"sizes": [2, 3, 2], "activations": ["tanh", "sigmoid"], "loss": "BinaryCrossentropy", "scale": 30},
    {"sizes": [2, 3, 3], "activations": ["relu", "softmax"], "loss": "CategoricalCrossentropy", "scale": 15},
    {"sizes": [64, 6], "activations": ["linear"], "loss": None},
    {"sizes": [300, 3], "activations": ["linear"], "loss": None, "bias": False},
]
ELEMENTWISE = {"linear": linear, "tanh": tanh, "sigmoid": sigmoid, "relu": relu}
KINDS = {name: (kind, f) for name, _, kind, _, f in LOSSES}


def apply(activation, z):
    return softmax(z) if activation == "softmax" else [ELEMENTWISE[activation](v)[0] for v in z]


def run(spec, weights, x):
    """The outputs of one row, and the logits before the last activation."""
    weights, y, z = iter(weights), [mpf(v) for v in x], []
    for activation in spec["activations"]:
        kernel = next(weights)
        bias = next(weights) if spec["bias"] else [mpf(0)] * len(kernel[0])
        z = [b + mp.fsum(v * w[j] for v, w in zip(y, kernel, strict=True)) for j, b in enumerate(bias)]
        y = apply(activation, z)
    return y, z


def network_loss(spec, weights, x, t):
    """The mean over the rows of ``x``."""
    joined = "Crossentropy" in spec["loss"]
    f = KINDS[spec["loss"]][1]
    rows = [run(spec, weights, row)[joined] for row in x]
    return mean(
        f(a, b, None, **({"from_logits": True} if joined else {})) for a, b in zip(t, rows, strict=True)
    )


def exact(array):
    return [exact(v) if isinstance(v, list) else mpf(v) for v in array]


def flat(array):
    return [w for v in array for w in (flat(v) if isinstance(v, list) else [v])]


def refilled(array, numbers):
    return [refilled(v, numbers) if isinstance(v, list) else next(numbers) for v in array]


def networks():
    for i, given in enumerate(NETWORKS):
        rng = np.random.default_rng(100 + i)
        spec = {"bias": True} | given
        sizes, scale = spec["sizes"], spec.pop("scale", 1)
        drawn = []
        for n_in, n_out in itertools.pairwise(sizes):
            drawn.append((scale * rng.normal(0, 1, (n_in, n_out))).tolist())
            drawn += [rng.normal(0, 0.3, n_out).tolist()] * spec["bias"]
        weights = spec.pop("weights", drawn)
        x = rng.normal(0, 1, (3, sizes[0]))
        if spec["loss"] is None:  # bare products of numbers of very different sizes
            x *= 2.0 ** rng.integers(-40, 40, x.shape)
        x = x.tolist()
        entry = spec | {"x": x, "weights": weights}
        entry["outputs"] = [[text(v) for v in run(spec, exact(weights), row)[0]] for row in x]
        if spec["loss"] is not None:
            kind = KINDS[spec["loss"]][0]
            entry["t"] = t = [targets_of(kind, sizes[-1], j, rng) for j in range(3)]
            if scale > 1:  # large weights: the first rows are right to all digits, the last one is not
                rows = [[float(v) for v in row] for row in entry["outputs"]]
                t[:] = [[float(v == max(row) if kind == "one-hot" else v > 0.5) for v in row] for row in rows]
                t[2] = [1 - v for v in t[2]] if kind == "binary" else t[2][1:] + t[2][:1]
            with mp.workdps(200):
                entry["value"], entry["gradient"] = derived(spec, weights, x, exact(t))
        yield entry


def derived(spec, weights, x, t):
    """The loss, and all of its derivatives one after the other."""
    w, gradient = flat(exact(weights)), []

    def value(numbers):
        return network_loss(spec, refilled(weights, iter(numbers)), x, t)

    for i in range(len(w)):
        ahead, behind = (value([v + s * STEP * (j == i) for j, v in enumerate(w)]) for s in (1, -1))
        gradient.append(text((ahead - behind) / (2 * STEP)))
    return text(value(w)), gradient


if __name__ == "__main__":
    mp.dps = 120
    for make in (activations, losses, networks):
        if make.__name__ in (sys.argv[1:] or make.__name__):
            write(f"{make.__name__}.json", make(), {"points", "rows", "x", "weights", "outputs", "gradient"})
