"""Enclosures against the truth: exact fractions for sums, 100 decimal digits for activations."""

import decimal
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from tables import ACTIVATIONS, EPS, over

from mlp import Network
from mlp import activations as act
from mlp.activations import ACTIVATIONS as REGISTERED
from mlp.exact.proof import profiles, rules
from mlp.exact.proof.enclosure import Enclosure
from mlp.exact.proof.profiles import PROFILES, Turn
from mlp.layers import BatchNormalization, Rescaling
from mlp.layers.base import LAYERS

FLOAT = np.dtype(float)

#: What has no rule, said here so that a new class raises the question.
NO_FUNCTION_RULE = {"Sparsemax"}
IDLE = {"ActivityRegularization", "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "Identity", "InputLayer", "Residual"}  # fmt: skip
NO_LAYER_RULE = {"CategoryEncoding", "Discretization", "Dot", "Embedding", "LayerNormalization", "RMSNormalization", "UnitNormalization"}  # fmt: skip

#: Where some functions have kinks, and others are least.
SPECIAL = [
    0.0,
    -0.5,
    0.5,
    1.0,
    -1.0,
    3.0,
    -3.0,
    6.0,
    -1.2784645427610738,
    -0.7517915246935645,
    -1.5,
    -1.1924312145,
]

OF_NUMBERS = [row for row in ACTIVATIONS if type(row.make()) in PROFILES]
OF_ROWS = [row for row in ACTIVATIONS if type(row.make()) in rules.ROW_FUNCTIONS]


@pytest.fixture(autouse=True)
def _as_in_margins():
    """What overflows or is no number is meant to, and is looked at."""
    with np.errstate(all="ignore"):
        yield


def intervals(rng, n, widest=6.0):
    """Ends of n intervals: wide and narrow, single numbers, some beginning at a kink or a turn."""
    middle = rng.choice(SPECIAL, n)
    middle = np.where(rng.random(n) < 0.6, rng.normal(0, 3, n), middle)
    width = widest * 10.0 ** rng.uniform(rng.choice([-16.0, -1.0], n), 0) * (rng.random(n) < 0.9)
    low = middle - width * rng.choice([0.0, 0.3, 1.0], n)
    return low, np.maximum(low, low + width)


def truths(f, x):
    with decimal.localcontext(prec=100):
        return [f([Decimal(float(v)) for v in row]) for row in x]


def is_enclosed(y, t, value):
    """Whether exact numbers lie in both halves, ``t`` (points, inputs) being where the inputs are."""
    assert all(abs(v) <= 1 for row in t for v in row)
    for i, row in enumerate(value):
        for j, v in enumerate(np.atleast_1d(row)):
            if not Decimal(float(y.low[i, j])) <= v <= Decimal(float(y.high[i, j])):
                return False
            line = sum(
                (Decimal(float(s)) * w for s, w in zip(y.slopes[:, i, j], t[i], strict=True)),
                Decimal(float(y.centre[i, j])),
            )
            if abs(v - line) > Decimal(float(y.rest[i, j])) + Decimal("1e-80"):
                return False
    return True


def places(x, enclosed):
    """Where exact numbers lie between the inputs' bounds, -1 to 1."""
    with decimal.localcontext(prec=100):
        return [
            [
                Decimal(0) if not s else (Decimal(float(v)) - Decimal(float(c))) / Decimal(float(s))
                for v, c, s in zip(row, enclosed.centre[i], np.diagonal(enclosed.slopes[:, i]), strict=True)
            ]
            for i, row in enumerate(x)
        ]


def encloses_its_values(row, seed=0, n=30):
    rng = np.random.default_rng(seed)
    f = row.make()
    low, high = intervals(rng, n, min(row.largest / 100, 6.0))
    x = Enclosure.of_box(low[:, None], high[:, None], FLOAT)
    y = rules.activated(f, x)
    assert np.isfinite([y.low, y.high, y.centre, y.rest]).all()
    for share in (0.0, 1.0, None, rng.random(n)):
        points = np.clip(rng.choice(SPECIAL, n) if share is None else low + share * (high - low), low, high)[
            :, None
        ]
        computed = [[Decimal(float(v)) for v in values] for values in f(points)]
        with decimal.localcontext(prec=100):
            for values in (truths(row.truth, points), computed):
                assert is_enclosed(y, places(points, x), values), points


@over(OF_NUMBERS)
def test_every_activation_is_enclosed_in_a_hundred_digits(row):
    encloses_its_values(row)


@over(OF_NUMBERS)
def test_bounds_are_those_of_many_points_between(row):
    """Sound where an extreme lies inside; and no wider than rounding asks."""
    f = row.make()
    rng = np.random.default_rng(1)
    low, high = intervals(rng, 60, 8.0)
    y = rules.activated(f, Enclosure.of_box(low[:, None], high[:, None], FLOAT))
    points = np.clip(low + np.linspace(0, 1, 2001)[:, None] * (high - low), low, high)
    points = np.concatenate([points, np.nextafter(points, np.inf).clip(low, high)])
    values = f(points)
    assert (y.low[:, 0] <= values.min(axis=0)).all()
    assert (values.max(axis=0) <= y.high[:, 0]).all()
    slack = 1e-4 * (high - low) + 1e-9
    if PROFILES[type(f)](f).kinks is not None or PROFILES[type(f)](f).slope_turns is not None:
        assert (y.low[:, 0] >= values.min(axis=0) - slack).all()
        assert (y.high[:, 0] <= values.max(axis=0) + slack).all()


@over(OF_NUMBERS)
def test_values_computed_in_single_precision_are_enclosed(row):
    """The affine form too counts the rounding of the network's own activation."""
    rng = np.random.default_rng(6)
    f = row.make()
    low, high = (ends.astype(np.float32).astype(float) for ends in intervals(rng, 60, 6.0))
    exact = Enclosure.of_box(low[:, None], high[:, None], FLOAT)
    y = rules.activated(f, replace(exact, precision=np.finfo(np.float32)))
    for points in (low[:, None], high[:, None]):
        computed = [[Decimal(float(v)) for v in values] for values in f(points.astype(np.float32))]
        with decimal.localcontext(prec=100):
            assert is_enclosed(y, places(points, exact), computed)


def turns_elsewhere(values, x, turns, near):
    """Where dense values rise after falling, or fall after rising, and no turn is known nearby."""
    rises = np.diff(values)
    steps = np.flatnonzero(abs(rises) > 1e-11 * (1 + abs(values[1:])))
    turned = steps[1:][np.sign(rises[steps[1:]]) != np.sign(rises[steps[:-1]])]
    before = steps[:-1][np.sign(rises[steps[1:]]) != np.sign(rises[steps[:-1]])]
    return [
        x[i] for i, j in zip(turned, before, strict=True)
        if not any(x[j] - near <= turn.at <= x[i + 1] + near for turn in turns)
    ]  # fmt: skip


@over(OF_NUMBERS)
def test_functions_and_their_slopes_turn_where_the_table_says_and_nowhere_else(row):
    f = row.make()
    profile = PROFILES[type(f)](f)
    x = np.concatenate(
        [np.linspace(-40, 40, 40_001), np.geomspace(1e-9, 1e-3, 50), -np.geomspace(1e-9, 1e-3, 50)]
    )
    x = np.sort(x[abs(x) < row.largest])
    assert not turns_elsewhere(f(x), x, profile.turns, 1e-5)
    if profile.slope_turns is not None:
        assert not turns_elsewhere(f.derivative(x), x, profile.slope_turns, 3e-3)
    if profile.kinks is not None:
        grid = np.linspace(-9, 9, 1801)
        bends = grid[1:-1][abs(np.diff(f(grid), 2)) > 1e-9]
        assert all(min(abs(bend - kink) for kink in (*profile.kinks, np.inf)) < 0.011 for bend in bends)


@over(OF_NUMBERS)
def test_narrow_boxes_make_the_affine_form_good_to_the_second_order(row):
    f = row.make()
    if PROFILES[type(f)](f).kinks is None and PROFILES[type(f)](f).slope_turns is None:
        return  # jumps
    middle = np.random.default_rng(2).uniform(-4, 4, 40)
    middle = middle[np.min([abs(middle - kink) for kink in (*row.kinks, 9.0)], axis=0) > 0.02]
    width = 1e-3
    y = rules.activated(f, Enclosure.of_box(middle[:, None], middle[:, None] + width, FLOAT))
    assert (y.rest < 0.3 * width**2 * np.maximum(1, abs(y.high))).all()


@over(OF_ROWS)
def test_functions_of_rows_are_enclosed(row):
    rng = np.random.default_rng(3)
    f = row.make()
    centre = rng.normal(0, 5, (12, row.width)) * 10.0 ** rng.uniform(-2, 1, (12, 1))
    radius = 10.0 ** rng.uniform(-16, 0.5, (12, row.width))
    low, high = centre - radius, centre + radius
    x = Enclosure.of_box(low, high, FLOAT)
    y = rules.activated(f, x)
    for _ in range(4):
        points = np.clip(low + rng.choice([0.0, 1.0, 0.3], low.shape) * (high - low), low, high)
        with decimal.localcontext(prec=100):
            assert is_enclosed(y, places(points, x), truths(row.truth, points))


def test_every_class_of_the_registries_has_a_rule_or_is_known_to_have_none():
    ruled = {cls.__name__ for cls in PROFILES | rules.ROW_FUNCTIONS}
    assert ruled | NO_FUNCTION_RULE == set(REGISTERED.classes)
    assert not ruled & NO_FUNCTION_RULE
    ruled = {cls.__name__ for cls in rules.LAYER_RULES}
    assert ruled | IDLE | NO_LAYER_RULE == {name for name in LAYERS.classes if name != "Network"}
    assert not ruled & (IDLE | NO_LAYER_RULE)


def sums_are_enclosed(dtype=FLOAT):
    """Sums that cancel: exact ones, and computed ones in two orders."""
    rng = np.random.default_rng(4)
    for n in (1, 3, 40):
        kernel = (rng.normal(size=(n, 5)) * 10.0 ** rng.integers(-8, 9, (n, 5))).astype(dtype).astype(float)
        bias = rng.normal(size=5).astype(dtype).astype(float)
        low = rng.normal(size=(6, n)).astype(dtype).astype(float)
        high = low + (rng.random((6, 1)) < 0.5) * rng.random((6, n)).astype(dtype).astype(float)
        high = high.astype(dtype).astype(float)
        x = Enclosure.of_box(low, high, np.dtype(dtype))
        y = x.product(kernel, bias, abs(kernel), abs(bias))
        for points in (low, high):
            exact = [
                [sum((Fraction(a) * Fraction(w) for a, w in zip(p, column, strict=True)), Fraction(c))
                 for column, c in zip(kernel.T, bias, strict=True)] for p in points
            ]  # fmt: skip
            forth = points.astype(dtype) @ kernel.astype(dtype) + bias.astype(dtype)
            back = points[:, ::-1].astype(dtype) @ kernel[::-1].astype(dtype) + bias.astype(dtype)
            for values in (exact, forth.tolist(), back.tolist()):
                for i, row in enumerate(values):
                    for j, v in enumerate(row):
                        assert Fraction(y.low[i, j]) <= Fraction(v) <= Fraction(y.high[i, j])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_sums_are_enclosed_exactly_and_as_computed(dtype):
    sums_are_enclosed(dtype)


MERGES = [
    (rules._add, lambda a, b: a + b),
    (rules._subtract, lambda a, b: a - b),
    (rules._multiply, lambda a, b: a * b),
    (rules._average, lambda a, b: (a + b) / 2),
    (rules._maximum, max),
    (rules._minimum, min),
]


@pytest.mark.parametrize(("rule", "merge"), MERGES, ids=[rule.__name__ for rule, _ in MERGES])
def test_merges_are_enclosed_exactly_and_as_computed(rule, merge):
    rng = np.random.default_rng(5)
    middle = rng.normal(0, 1, (40, 2)) * 10.0 ** rng.integers(-3, 3, (40, 2))
    radius = 10.0 ** rng.uniform(-17, 0.5, (40, 2)) * (rng.random((40, 1)) < 0.7)
    low, high = middle - radius, middle + radius
    x = Enclosure.of_box(low, high, FLOAT)
    parts = [x.rearranged(lambda part, i=i: part[:, [i]]) for i in (0, 1)]
    y = rule(None, *parts)
    for share in (0.0, 1.0, rng.random((40, 2)), np.round(rng.random((40, 2)))):
        points = np.clip(low + share * (high - low), low, high)
        computed = [[Decimal(float(merge(a, b)))] for a, b in points]
        with decimal.localcontext(prec=100):
            exact = [[merge(Decimal(float(a)), Decimal(float(b)))] for a, b in points]
            assert is_enclosed(y, places(points, x), exact)
            assert is_enclosed(y, places(points, x), computed)


def test_what_overflows_is_unknown():
    x = Enclosure.of_box(np.array([[1e200]]), np.array([[1e300]]), FLOAT)
    y = x.product(np.array([[1e200]]), np.zeros(1), np.array([[1e200]]), np.zeros(1))
    assert (y.low[0, 0], y.high[0, 0], y.rest[0, 0]) == (-np.inf, np.inf, np.inf)


def is_unknown(y):
    return (y.low == -np.inf).all() and (y.high == np.inf).all() and (y.rest == np.inf).all()


@over([row for row in ACTIVATIONS if type(row.make()) in PROFILES | rules.ROW_FUNCTIONS])
def test_what_is_unknown_may_be_no_number_and_stays_unknown(row):
    """Infinity less infinity is NaN, and so is what a function makes of it, however narrow its range."""
    f = row.make()
    if type(f) is act.Linear:
        return
    x = Enclosure.of_box(np.array([[1e200] * row.width]), np.array([[2e200] * row.width]), FLOAT)
    kernel = 1e200 * np.ones((row.width, row.width))
    y = x.product(kernel, np.zeros(row.width), kernel, np.zeros(row.width))
    assert is_unknown(rules.activated(f, y))
    assert is_unknown(rules._maximum(None, x, y))
    assert is_unknown(rules._minimum(None, x, y))


@pytest.mark.parametrize("rule", [rules._add, rules._multiply, rules._average])
def test_merges_that_overflow_in_single_precision_are_unknown(rule):
    """Double precision, in which enclosures are computed, has room for them."""
    x = Enclosure.of_box(np.array([[2.5e38]]), np.array([[3e38]]), np.dtype("float32"))
    assert is_unknown(rule(None, x, x))


def test_numbers_that_are_no_normal_ones_in_the_networks_dtype_are_counted():
    """1e-50 is 0 in single precision, and the product with it as well; so are variances."""
    x = Enclosure.of_box(np.array([[3e38]]), np.array([[3e38]]), np.dtype("float32"))
    assert rules._rescaling(Rescaling(1e-50), x).low < 0.0
    assert rules.activated(act.LeakyRelu(1e-50), -x).high > 0.0
    net = Network([BatchNormalization(epsilon=1e-50, input_dim=1)], dtype="float32")
    net.set_weights([[1.0], [0.0], [0.0], [0.0]])
    assert is_unknown(rules._batch_normalization(net.layers[0], x))


def test_what_overflows_in_single_precision_is_unknown():
    """Also where a partial sum does, and the rest would bring it back."""
    x = Enclosure.of_box(np.array([[1e30, 1e30]]), np.array([[2e30, 1e30]]), np.dtype("float32"))
    kernel = np.array([[1e9], [-1e9]])
    assert x.product(kernel, np.zeros(1), abs(kernel), np.zeros(1)).high == np.inf
    assert (
        rules.activated(
            act.Exponential(), Enclosure.of_box(np.array([[80.0]]), np.array([[90.0]]), np.dtype("float32"))
        ).high
        == np.inf
    )


def row_of(cls):
    return next(row for row in ACTIVATIONS if type(row.make()) is cls)


@pytest.mark.parametrize(
    ("cls", "wrong"),
    [
        (act.Gelu, {"turns": ()}),
        (act.Silu, {"turns": (Turn(-1.27846, -0.2784, -0.2784),)}),
        (act.Selu, {"slope_turns": ()}),
        (act.Relu, {"kinks": (1.0,)}),
        (act.LeakyRelu, {"kinks": (), "offset": 0.0}),
        (act.Sigmoid, {"ulps": 0.0}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "-".join(value),
)
def test_wrong_profiles_are_caught(cls, wrong, monkeypatch):
    row = row_of(cls)
    f = row.make()
    right = PROFILES[cls](f)
    planted = profiles.Profile(**{**vars(right), **wrong})
    monkeypatch.setitem(PROFILES, cls, lambda f: planted)
    with pytest.raises(AssertionError):
        encloses_its_values(row, 0, 300)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_sums_without_outward_rounding_are_caught(monkeypatch, dtype):
    """Neither of enclosures, nor of the network's own."""
    product = Enclosure.product

    def unrounded(self, *weights):
        trusting = SimpleNamespace(eps=-8 * EPS, tiny=0.0, max=np.inf)
        return product(replace(self, precision=trusting), *weights)

    monkeypatch.setattr(Enclosure, "product", unrounded)
    with pytest.raises(AssertionError):
        sums_are_enclosed(dtype)
