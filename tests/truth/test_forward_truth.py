"""Activations, losses and small networks against 50 true digits, made once by `make_truth.py`.

That a derivative is the derivative of what was coded is for other tests; here it is seen whether the right thing
was coded, and how well. What a function of inputs ``a`` may be off is ``4 (1 + c)`` units in the last place of
the rounded truth, with its condition number ``c = sum |a_i df/da_i| / |f|``: an error of a few ulps in what is
read, and of a few in what is written. The unit of a subnormal result is the smallest number there is.
"""

import functools
import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import tables
from tables import exactly

from mlp import Network
from mlp.activations import ACTIVATIONS
from mlp.layers import Dense
from mlp.losses import LOSSES

HERE = Path(__file__).parent
HOW = "write its definition into tests/truth/make_truth.py and run: python tests/truth/make_truth.py (needs mpmath)"
PRECISIONS = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["double", "single"])
EPS = 2.0**-52


@functools.cache
def read(name):
    return json.loads((HERE / f"{name}.json").read_text())


def entry_id(entry):
    arguments = ", ".join(f"{k}={v!r}" for k, v in entry["arguments"].items())
    return f"{entry['class']}({arguments})" + (", single" if entry.get("dtype") == "float32" else "")


def over(entries):
    return pytest.mark.parametrize("entry", entries, ids=map(entry_id, entries))


def rounded(strings, dtype=np.float64):
    """The numbers of ``dtype`` next to true values."""
    with np.errstate(over="ignore"):
        return np.vectorize(float, otypes=[float])(np.array(strings)).astype(dtype)


def unit(right):
    """One ulp of each, the least of all numbers where they are subnormal; infinity has no neighbour to be taken for."""
    largest = np.finfo(right.dtype).max
    return np.spacing(np.minimum(np.abs(right), largest)).astype(np.float64)


def fits(values, dtype):
    """Whether all are numbers of ``dtype``."""
    with np.errstate(over="ignore", under="ignore"):
        return np.isfinite(np.array(values, dtype)).all() and np.array_equal(np.array(values, dtype), values)


def assert_within(got, right, allowed, what):
    """Every ``got`` is next to ``right``, within ``allowed``; where that is infinite it is the same."""
    got = np.asarray(got)
    assert got.dtype == right.dtype
    with np.errstate(invalid="ignore", over="ignore"):
        error = np.abs(got.astype(np.float64) - right)
        wrong = ~((error <= allowed) | (got == right))
    worst = [
        f"at {what[i]}: {got[i]!r}, not {right[i]!r}; off by {error[i]:.2g}, allowed {allowed[i]:.2g}"
        for i in np.flatnonzero(wrong)[:5]
    ]
    assert not worst, f"{wrong.sum()} of {wrong.size} are wrong\n" + "\n".join(worst)


# --- Nothing is forgotten -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("registry", "table", "name"),
    [(ACTIVATIONS, tables.ACTIVATIONS, "activations"), (LOSSES, tables.LOSSES, "losses")],
    ids=["activations", "losses"],
)
def test_all_classes_and_variants_have_their_truth(registry, table, name):
    known = {repr(registry.classes[entry["class"]](**entry["arguments"])) for entry in read(name)}
    for cls in set(registry.classes) - {entry["class"] for entry in read(name)}:
        pytest.fail(f"{name}.json knows no {cls}: {HOW}")
    for row in table:
        assert repr(row.make()) in known, f"{name}.json knows no {row.make()!r}: {HOW}"


@tables.over(tables.ACTIVATIONS)
def test_the_tables_of_the_other_tests_say_the_same(row):
    """Two definitions, written apart, in two arithmetics: the data are checked, too."""
    entry = next(e for e in read("activations") if repr(activation_of(e)) == repr(row.make()))
    if row.couples:
        pairs = [(r["x"], r["y"]) for r in entry["rows"][:20] if max(map(abs, r["x"])) < 1e5]
    else:
        pairs = [([p[0]], [p[1]]) for p in entry["points"][::7] if 1e-60 < abs(p[0]) < 1e4]
    for x, values in pairs:
        assert exactly(row.truth, x) == rounded(values).tolist(), x


@tables.over(tables.LOSSES)
def test_the_tables_of_the_other_tests_say_the_same_of_losses(row):
    """Where their 60 digits are enough for it."""
    entry = next(e for e in read("losses") if repr(loss_of(e, "sum_over_batch_size")) == repr(row.make()))
    for case in entry["rows"][:12]:
        values, counts = row.values(np.array([case["t"]]), np.array([case["y"]]))
        assert values == pytest.approx([float(case["value"])] if counts[0] else [0.0], rel=1e-14, abs=1e-300)


# --- Activations --------------------------------------------------------------------------------------------

ELEMENTWISE = [entry for entry in read("activations") if "points" in entry]
COUPLED = {entry["class"]: [entry] for entry in read("activations") if "rows" in entry}

#: Of a slope that is made of y alone: what an error e of y, and rounding in the formula, make of it. In
#: saturation 1 - y and 1 - y^2 are known to the last digit of 1 and not of themselves, which is the price of
#: keeping no x, and no more than y itself says.
FROM_OUTPUT = {
    "Sigmoid": lambda y, e, eps: np.abs(1 - 2 * y) * e + eps * y * y,
    "Tanh": lambda y, e, eps: 2 * np.abs(y) * e + eps * y * y,
}


def allowed(strings, conditions, dtype):
    """``4 (1 + c)`` ulps; what is too small for any number but zero may be at most four of the smallest."""
    right = rounded(strings, dtype)
    vanishes = np.abs(rounded(strings)) < np.finfo(dtype).smallest_subnormal / 4
    with np.errstate(over="ignore"):
        return 4 * (1 + np.where(vanishes, 0, conditions)) * unit(right)


def columns(entry, dtype, slopes=False):
    """The points that are numbers of ``dtype``: x, true values, condition numbers."""
    points = [p for p in entry["points"] if fits(p[0], dtype) and len(p) > 3 * slopes]
    return np.array([p[0] for p in points], dtype), [p[1:3] for p in points], [p[3:] for p in points]


def split(pairs):
    strings, conditions = zip(*pairs, strict=True)
    return strings, np.array(conditions)


def activation_of(entry):
    return ACTIVATIONS.classes[entry["class"]](**entry["arguments"])


@PRECISIONS
@over(ELEMENTWISE)
def test_values(entry, dtype):
    x, values, _ = columns(entry, dtype)
    strings, conditions = split(values)
    assert_within(activation_of(entry)(x), rounded(strings, dtype), allowed(strings, conditions, dtype), x)


@PRECISIONS
@over(ELEMENTWISE)
def test_derivatives(entry, dtype):
    """Without a warning, whatever x is."""
    x, values, slopes = columns(entry, dtype, slopes=True)
    f, (strings, conditions) = activation_of(entry), split(slopes)
    y = f(x)
    bound = allowed(strings, conditions, dtype)
    if entry["class"] in FROM_OUTPUT:
        error = allowed(*split(values), dtype)
        bound += FROM_OUTPUT[entry["class"]](y.astype(np.float64), error, np.finfo(dtype).eps)
    assert_within(f.backward(np.ones_like(x), x, y), rounded(strings, dtype), bound, x)


def coupled_rows(entry, dtype):
    return [row for row in entry["rows"] if fits(row["x"], dtype)]


def softmax_conditions(x, y):
    """Of each ``y_i`` as a function of the differences ``d_j = max x - x_j``: its logarithm has the slopes
    ``y_j - delta_ij``, so ``c_i = d_i (1 - y_i) + sum_j!=i y_j d_j``. A common offset costs nothing."""
    with np.errstate(over="ignore"):
        d = np.minimum(np.max(x) - np.array(x), 1e300)
    return d * (1 - y) + (y @ d - y * d)


@PRECISIONS
@over(COUPLED["Softmax"])
def test_softmax(entry, dtype):
    for row in coupled_rows(entry, dtype):
        right = rounded(row["y"], dtype)
        y = activation_of(entry)(np.array(row["x"], dtype))
        conditions = softmax_conditions(row["x"], rounded(row["y"]))
        assert_within(y, right, allowed(row["y"], conditions, dtype), row["x"])


@PRECISIONS
@over(COUPLED["Softmax"])
def test_softmax_sums_to_one(entry, dtype):
    """Within ``(2 + log2 k) eps``: half an eps for each quotient, the rest for the sum in the denominator."""
    for row in coupled_rows(entry, dtype):
        y = activation_of(entry)(np.array([row["x"]], dtype))
        error = abs(math.fsum(map(float, y[0])) - 1)
        assert error <= (2 + math.log2(len(row["x"]))) * np.finfo(dtype).eps, row["x"]


@PRECISIONS
@over(COUPLED["Softmax"])
def test_softmax_carries_a_direction_back(entry, dtype):
    """``y_i (dy_i - s)`` with ``s = sum y dy``: each term is off by what its probabilities are."""
    for row in coupled_rows(entry, dtype):
        x, dy = np.array(row["x"], dtype), np.array(row["dy"], dtype)
        f = activation_of(entry)
        y, size = rounded(row["y"]), np.abs(row["dy"])
        c = 1 + softmax_conditions(row["x"], y)
        terms = y * (c * (size + y @ size) + (y * size) @ c)
        bound = 4 * (np.finfo(dtype).eps * terms + np.finfo(dtype).smallest_subnormal * (1 + c))
        assert_within(f.backward(dy, x, f(x)), rounded(row["dx"], dtype), bound, x)


@PRECISIONS
@over(COUPLED["LogSoftmax"])
def test_log_softmax(entry, dtype):
    """``d_i - L``, ``L = log(1 + r)``: each term of ``r`` is off by its exponent, and what is near to 0 has its digits."""
    eps, least = np.finfo(dtype).eps, np.finfo(dtype).smallest_subnormal
    for row in coupled_rows(entry, dtype):
        x, dy, f = np.array(row["x"], dtype), np.array(row["dy"], dtype), activation_of(entry)
        y, right = f(x), rounded(row["y"])
        with np.errstate(over="ignore"):
            d = np.minimum(np.max(x.astype(float)) - x.astype(float), 1e300)
        p = np.exp(right)
        error_of_log = np.sum(np.where(d > 0, p * (2 + d), 0)) - right.max()
        assert_within(y, rounded(row["y"], dtype), 4 * (eps * (d + error_of_log) + least), row["x"])
        size = np.abs(row["dy"])
        bound = 4 * eps * (size + p * (1 + d + error_of_log + len(d)) * size.sum()) + least
        assert_within(f.backward(dy, x, y), rounded(row["dx"], dtype), bound, row["x"])


@PRECISIONS
@over(COUPLED["Sparsemax"])
def test_sparsemax(entry, dtype):
    """Differences of numbers up to 1: off by a few units of 1, and each exactly 0 where it is 0."""
    eps = np.finfo(dtype).eps
    for row in coupled_rows(entry, dtype):
        x, dy, f = np.array(row["x"], dtype), np.array(row["dy"], dtype), activation_of(entry)
        y, right = f(x), rounded(row["y"], dtype)
        assert_within(y, right, np.full(y.shape, 4 * eps), row["x"])
        edge = (rounded(row["y"]) > 0) & (right < 64 * eps)
        if not edge.any():
            np.testing.assert_array_equal(y > 0, right > 0)
            bound = np.full(y.shape, 4 * eps * (np.abs(dy).max() + np.abs(dy).mean()))
            assert_within(f.backward(dy, x, y), rounded(row["dx"], dtype), bound, row["x"])


@PRECISIONS
@over(COUPLED["Glu"])
def test_glu(entry, dtype):
    """A product with a sigmoid of ``b``, which is off by ``|b| (1 - s)`` ulps, and ``1 - s`` by ``|b| s``."""
    for row in coupled_rows(entry, dtype):
        x, dy, f = np.array(row["x"], dtype), np.array(row["dy"], dtype), activation_of(entry)
        y, size = f(x), np.minimum(np.abs(x[len(x) // 2 :].astype(float)), 1e300)
        assert_within(y, rounded(row["y"], dtype), allowed(row["y"], size, dtype), row["x"])
        dx = f.backward(dy, x, y)
        assert_within(dx, rounded(row["dx"], dtype), allowed(row["dx"], np.tile(size, 2), dtype), row["x"])


@PRECISIONS
@pytest.mark.parametrize("name", ["Softmax", "LogSoftmax", "Sparsemax"])
def test_ten_thousand_rows_sum_to_one(name, dtype):
    """Within ``(2 + log2 k) eps``, whatever the size of the numbers and how many of them matter."""
    rng, f = np.random.default_rng(24), ACTIVATIONS.classes[name]()
    for k, size in ((2, 1.0), (10, 0.1), (10, 3.0), (100, 0.01), (100, 30.0)):
        x = rng.normal(0, size, (2000, k)) + rng.normal(0, 10, (2000, 1))
        if k == 100 and size < 1:  # one large share, and many small ones beside it
            x = np.concatenate(
                [rng.uniform(0.2, 0.95, (2000, 1)), rng.normal(0, 1e-5, (2000, k - 1))], axis=1
            )
        y = f(x.astype(dtype))
        shares = y.astype(np.longdouble)
        sums = (np.exp(shares) if name == "LogSoftmax" else shares).sum(axis=1)
        assert np.abs(sums - 1).max() <= (2 + math.log2(k)) * np.finfo(dtype).eps


# --- Losses -------------------------------------------------------------------------------------------------


def loss_of(entry, reduction="none"):
    return LOSSES.classes[entry["class"]](**entry["arguments"], reduction=reduction)


def loss_cases():
    """Every loss in both precisions; where probabilities are clipped, the limits are numbers of the precision."""
    own = {(e["class"], str(e["arguments"])) for e in read("losses") if e["dtype"] == "float32"}
    cases = [(e, np.dtype(e["dtype"]).type) for e in read("losses")]
    cases += [(e, np.float32) for e, _ in cases if (e["class"], str(e["arguments"])) not in own]
    return pytest.mark.parametrize(
        ("entry", "dtype"), cases, ids=[f"{entry_id(e)} {d.__name__}" for e, d in cases]
    )


def loss_rows(entry, dtype, k=None):
    return [
        row
        for row in entry["rows"]
        if fits(row["y"], dtype) and fits(row["t"], dtype) and k in (None, len(row["y"]))
    ]


def batch(rows, dtype):
    """Targets as they are given to the loss, and outputs."""
    t = np.array([row["t"] for row in rows])
    return (t[:, 0] if t.dtype.kind == "i" else t), np.array([row["y"] for row in rows], dtype)


@loss_cases()
def test_losses_of_rows(entry, dtype):
    """Values and slopes within ``4 (1 + c)`` ulps, without a warning."""
    for row in loss_rows(entry, dtype):
        values, slopes = loss_of(entry).value_and_gradient(*batch([row], dtype))
        bound = allowed([row["value"]], np.array([row["condition"]]), dtype)
        assert_within(values, rounded([row["value"]], dtype), bound, [row])
        bound = allowed(row["slopes"], np.array(row["conditions"]), dtype)
        assert_within(slopes[0], rounded(row["slopes"], dtype), bound, [row] * len(row["y"]))


@over([entry for entry in read("losses") if entry["dtype"] == "float64"])
def test_sums_and_means_of_losses(entry):
    """Each row as wrong as it may be, and ``n eps`` more for adding them."""
    rows = [row for row in loss_rows(entry, np.float64, 3) if float(row["value"]) < 1e290]
    truth = [Fraction(row["value"]) for row in rows]
    bounds = [
        (4 * Fraction(1 + row["condition"]) + len(rows)) * abs(v) for row, v in zip(rows, truth, strict=True)
    ]
    counted = sum(row["t"] != [entry["arguments"].get("ignore_class")] for row in rows)
    for reduction, divisor in [("sum", 1), ("sum_over_batch_size", counted)]:
        value = Fraction(loss_of(entry, reduction)(*batch(rows, np.float64)))
        assert abs(value - sum(truth) / divisor) <= sum(bounds) * Fraction(EPS) / divisor, reduction


# --- Networks -----------------------------------------------------------------------------------------------
# What rounding can do to a network is followed from layer to layer: every array goes with a bound of its error.
# To a product of n terms it is n eps |x||W|, and what comes with the errors e of its factors, e|W|. A function f
# adds 4 (1 + c) ulps to |f'| e. Products of two errors are as small as e beside 1, which a hundredth covers.

SECOND_ORDER = 1.01


def network_id(spec):
    return f"{'-'.join(map(str, spec['sizes']))} {' '.join(spec['activations'])} {spec['loss']}"


over_networks = pytest.mark.parametrize("spec", read("networks"), ids=network_id)
over_losses = pytest.mark.parametrize(
    "spec", [spec for spec in read("networks") if spec["loss"]], ids=network_id
)


def network_of(spec, dtype=np.float64):
    net = Network(
        [
            Dense(n_out, activation=activation, use_bias=spec["bias"], input_dim=n_in)
            for n_in, n_out, activation in zip(
                spec["sizes"][:-1], spec["sizes"][1:], spec["activations"], strict=True
            )
        ],
        dtype=np.dtype(dtype).name,
    )
    net.set_weights(spec["weights"])
    return net


class Followed:
    """One layer with the bounds ``e_x, e_z, e_y`` of its errors, forward and, with ``e_dy``, back."""

    def __init__(self, kernel, bias, activation, x, e_x):
        n, eps = len(kernel), EPS
        self.kernel, self.activation, self.x, self.e_x = kernel, activation, x, e_x
        self.z = z = x @ kernel + bias
        self.e_z = (
            n * eps * (np.abs(x) @ np.abs(kernel)) + eps * np.abs(bias) * np.any(bias) + e_x @ np.abs(kernel)
        )
        self.y = y = ACTIVATIONS.get(activation).forward(z.copy())
        if activation == "softmax":
            c = z.max(axis=1, keepdims=True) - z
            jacobian = np.abs(y[:, :, None] * (np.eye(y.shape[1]) - y[:, None, :]))
            self.e_y = 4 * eps * y * (1 + c + np.sum(y * c, axis=1, keepdims=True))
            self.e_y += np.einsum("nij,nj->ni", jacobian, self.e_z)
        else:
            slope = {"linear": 1.0, "relu": z > 0, "tanh": 1 - y * y, "sigmoid": y * (1 - y)}[activation]
            own = 0.0 if activation in ("linear", "relu") else 4 * eps * (np.abs(y) + np.abs(z) * slope)
            self.e_y = own + slope * self.e_z
        self.e_y = SECOND_ORDER * self.e_y

    def back(self, dy, e_dy, joined=False):
        """``dx`` and its error, and those of the gradients of kernel and bias; ``joined``: ``dy`` is ``dz``."""
        y, e_y, eps = self.y, self.e_y, EPS
        if joined or self.activation == "linear":
            dz, e_dz = dy, e_dy
        elif self.activation == "softmax":
            s = np.sum(y * dy, axis=1, keepdims=True)
            size = np.sum(y * np.abs(dy), axis=1, keepdims=True)
            e_s = np.sum(e_y * np.abs(dy) + y * e_dy, axis=1, keepdims=True) + y.shape[1] * eps * size
            dz, e_dz = y * (dy - s), e_y * np.abs(dy - s) + y * (e_dy + e_s + 2 * eps * (np.abs(dy) + size))
        else:
            slope, error = {
                "relu": (y > 0, 0.0),
                "tanh": (1 - y * y, 2 * np.abs(y) * e_y + 2 * eps),
                "sigmoid": (y * (1 - y), np.abs(1 - 2 * y) * e_y + 2 * eps * y),
            }[self.activation]
            dz, e_dz = slope * dy, slope * e_dy + np.abs(dy) * error
        n, units, size = len(dz), dz.shape[1], np.abs(dz)
        of_kernel = (n + 1) * eps * np.abs(self.x).T @ size + np.abs(self.x).T @ e_dz + self.e_x.T @ size
        of_bias = (n + 1) * eps * size.sum(axis=0) + e_dz.sum(axis=0)
        e_dx = units * eps * size @ np.abs(self.kernel).T + e_dz @ np.abs(self.kernel).T
        return dz @ self.kernel.T, SECOND_ORDER * e_dx, (SECOND_ORDER * of_kernel, SECOND_ORDER * of_bias)


def follow(spec):
    """All layers, forward."""
    weights, x = iter(np.array(w) for w in spec["weights"]), np.array(spec["x"])
    layers, e_x = [], np.zeros_like(x)
    for activation in spec["activations"]:
        kernel = next(weights)
        bias = next(weights) if spec["bias"] else np.zeros(kernel.shape[1])
        layers.append(Followed(kernel, bias, activation, x, e_x))
        x, e_x = layers[-1].y, layers[-1].e_y
    return layers


@over_networks
def test_outputs_of_networks(spec):
    """A last layer without activation is a bare product."""
    last = follow(spec)[-1]
    got, right = network_of(spec)(spec["x"]), rounded(spec["outputs"])
    bound = last.e_y + unit(right)
    assert_within(got.ravel(), right.ravel(), bound.ravel(), list(range(right.size)))


@pytest.mark.parametrize("spec", [spec for spec in read("networks") if spec["loss"] is None], ids=network_id)
@PRECISIONS
def test_products(spec, dtype):
    """Within ``n eps |x||W|``, and the same of the bias; single precision has its own inputs, and exact ones."""
    net, x = network_of(spec, dtype), np.array(spec["x"]).astype(dtype)
    kernel, *bias = (np.vectorize(Fraction, otypes=[object])(w.astype(float)) for w in net.get_weights())
    exact = np.vectorize(Fraction, otypes=[object])(x.astype(float))
    right, size = exact @ kernel, abs(exact) @ abs(kernel)
    for b in bias:
        right, size = right + b, size + abs(b)
    if dtype is np.float64:
        assert np.array_equal(right.astype(float), rounded(spec["outputs"]))
    got = np.vectorize(Fraction, otypes=[object])(net(x).astype(float))
    assert (abs(got - right) <= len(kernel) * Fraction(float(np.finfo(dtype).eps)) * size).all()


#: A loss's slope at outputs y (or logits, where softmax or sigmoid is joined to it), and its error for errors e.
#: n is the number of terms of the mean, k of a row.
def loss_slopes(spec, last, t):
    n, k, y, e = last.y.size, last.y.shape[1], last.y, last.e_y
    loss = spec["loss"]
    if loss == "MeanSquaredError":
        return 2 * (y - t) / n, 2 * e / n + 3 * EPS * np.abs(y - t) / n
    if loss == "MeanAbsoluteError":
        return np.sign(y - t) / n, np.full_like(y, EPS / n)
    if loss == "SumSquaredError":
        return (y - t) * k / n, e * k / n + 2 * EPS * np.abs(y - t) * k / n
    if loss == "Hinge":
        return -t * (t * y < 1) / n, np.full_like(y, EPS / n)
    z, e = last.z, last.e_z
    if (
        loss == "BinaryCrossentropy"
    ):  # labels 0 and 1 give the tails all their digits; soft ones are subtracted
        rest = 1 / (1 + np.exp(np.abs(z)))
        own = np.where(np.isin(t, (0, 1)), np.where((z > 0) == (t == 1), rest, 1), 1.0)
        return (last.y - t) / n, (rest * e + 8 * EPS * own) / n
    c = z.max(axis=1, keepdims=True) - z
    t = np.eye(k)[t[:, 0]] if t.dtype.kind == "i" else t
    jacobian = np.abs(y[:, :, None] * (np.eye(k) - y[:, None, :]))
    others = np.where(t == 1, (y * (1 + c) * (1 - t)).sum(axis=1, keepdims=True), y * (1 + c))
    own = np.where(np.isin(t, (0, 1)), others, 1.0)
    return (y - t) * k / n, (np.einsum("nij,nj->ni", jacobian, e) + (8 + k) * EPS * own) * k / n


@over_losses
def test_loss_and_gradient_of_networks(spec):
    """The value within what its outputs may be off, each derivative within the bound that is followed back."""
    t, net, layers = np.array(spec["t"]), network_of(spec), follow(spec)
    net.compile(loss=LOSSES.classes[spec["loss"]]())
    value, gradient = net.value_and_gradient(spec["x"], t)
    joined = "Crossentropy" in spec["loss"]
    dy, e_dy = loss_slopes(spec, layers[-1], t)
    e_y = layers[-1].e_z if joined else layers[-1].e_y
    right = float(spec["value"])
    assert abs(value - right) <= SECOND_ORDER * np.sum(np.abs(dy) * e_y) + (8 + dy.size) * EPS * right

    bounds = []
    for layer in reversed(layers):
        dy, e_dy, errors = layer.back(dy, e_dy, joined and layer is layers[-1])
        bounds[:0] = [e.ravel() for e in errors[: 1 + spec["bias"]]]
    bound, right = np.concatenate(bounds), rounded(spec["gradient"])
    assert bound.max() < 1e-11 * np.abs(right).max()  # so that the bound says something
    assert_within(gradient, right, bound, list(range(len(right))))
