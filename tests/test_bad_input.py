"""Strange and wrong input: the right result, or an error that names the argument. Nothing third.

Every row of the tables is a value for one argument. Where it means something, the outcome must be that of the
same call with the plain float64 array it means. Where it means nothing, an `MLPError` must name the argument.
After an error the network is as it was: its weights, and whatever else decides how training goes on, since it
then trains to the same bits as a twin that never saw the bad value.
"""

import re
import tempfile
import warnings

import numpy as np
import pytest

import mlp
from mlp import Input, Network, initializers, losses, optimizers, regularizers
from mlp.errors import MLPError
from mlp.layers import Activation, Dense, Dropout, Flatten, Normalization, Rescaling, Residual

REFUSED = object()  # no meaning: only an error will do
N = 8
RNG = np.random.default_rng(8)
X = RNG.integers(-4, 5, size=(N, 3)) / 4  # multiples of 1/4, which even float16 holds exactly
Y = RNG.integers(-4, 5, size=(N, 1)) / 4
W = RNG.integers(1, 9, size=N) / 4


def network(loss="mse", last=("linear", 1), optimizer="adam", dtype="float64"):
    """A small network that has already been trained a little."""
    activation, units = last
    net = Network(
        [Dense(4, activation="tanh", input_dim=3), Dropout(0.25), Dense(units, activation=activation)],
        rng=0,
        dtype=dtype,
    )
    net.compile(optimizer=optimizer, loss=loss)
    return net


def numbers(result):
    return [np.asarray(r) for r in (result if isinstance(result, (list, tuple)) else [result])]


def and_weights(net, result):
    return [*numbers(result), *net.get_weights()]


def fit(net, x, y, sample_weight=None, **options):
    options = {"epochs": 2, "batch_size": 3, "verbose": 0, **options}
    return and_weights(net, net.fit(x, y, sample_weight=sample_weight, **options).history["loss"])


def validate(net, x, y, sample_weight=None):
    more = () if sample_weight is None else (sample_weight,)
    return numbers(net.fit(X, Y, verbose=0, validation_data=(x, y, *more)).history["val_loss"])


def train_on_batch(net, x, y, sample_weight=None):
    return and_weights(net, net.train_on_batch(x, y, sample_weight=sample_weight))


def minimize(net, x, y, sample_weight=None):
    net.minimize(x, y, sample_weight=sample_weight, maxiter=5)
    return net.get_weights()


LEARN = {
    "fit": fit,
    "train_on_batch": train_on_batch,
    "validation_data": validate,
    "evaluate": lambda net, x, y, sample_weight=None: numbers(
        net.evaluate(x, y, sample_weight=sample_weight, verbose=0)
    ),
    "test_on_batch": lambda net, x, y, sample_weight=None: numbers(
        net.test_on_batch(x, y, sample_weight=sample_weight)
    ),
    "value_and_gradient": lambda net, x, y, sample_weight=None: numbers(
        net.value_and_gradient(x, y, sample_weight=sample_weight)
    ),
    "minimize": minimize,
}
INFER = {
    "predict": lambda net, x: [net.predict(x)],
    "predict in batches": lambda net, x: [net.predict(x, batch_size=3)],
    "predict_on_batch": lambda net, x: [net.predict_on_batch(x)],
    "net(x)": lambda net, x: [net(x)],
    "forward": lambda net, x: [net.forward(x)],
}


def outcome(call, meaning, names, make=network, good=(X, Y), must_work=False):
    """Make the call on a network; make the call with what it means (or REFUSED) on its twin; train both on."""
    net, twin = make(), make()
    for each in (net, twin):
        each.fit(*good, verbose=0)  # the optimizer has a state that can be spoilt, too
    before = net.get_weights()
    try:
        found = call(net)
    except MLPError as caught:
        message = str(caught)
    else:
        assert meaning is not REFUSED, "this should have been refused"
        for a, b in zip(found, meaning(twin), strict=True):
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)
        return
    assert not must_work, f"this means something, and was refused: {message}"
    assert re.search(rf"\b({names})\b", message), f"the error does not name {names}: {message}"
    for a, b in zip(net.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
    for each in (net, twin):
        assert each.fit(*good, epochs=2, batch_size=3, verbose=0).epoch == [0, 1]
    for a, b in zip(net.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


# --- Arrays -------------------------------------------------------------------------------------------------


class Labelled(np.ndarray):
    """A subclass that adds nothing."""


def with_value(a, value, dtype=None):
    """The array with this in one place."""
    a = np.array(a, dtype=dtype or np.result_type(a, type(value)))
    a[(1,) + (0,) * (a.ndim - 1)] = value
    return a


def memory_mapped(a):
    with tempfile.TemporaryFile() as file:  # the mapping outlives the closed file
        array = np.memmap(file, dtype=float, mode="w+", shape=a.shape)
    array[:] = a
    return array


def read_only(a):
    a = a.copy()
    a.setflags(write=False)
    return a


def spread(a):
    """Every other element of a larger array, backwards."""
    larger = np.full((2 * len(a), *a.shape[1:]), np.nan)
    larger[::-2] = a
    return larger[::-2]


def masked(a, mask):
    return np.ma.array(a, mask=np.broadcast_to(mask, a.shape))


def whole(a):
    return np.round(a).astype(float)


def first_row(a):
    return np.broadcast_to(a[:1], a.shape)


KEEP = lambda a: a
ARRAYS = [  # name, the value made from a good array, its meaning made from the same, must it work?
    ("itself", KEEP, KEEP, True),
    ("nested lists", lambda a: a.tolist(), KEEP, True),
    ("tuples", lambda a: tuple(map(tuple, a)) if a.ndim > 1 else tuple(a), KEEP, True),
    ("list of arrays", list, KEEP, True),
    ("bool", lambda a: a > 0, lambda a: (a > 0) * 1.0, True),
    ("uint8", lambda a: np.abs(4 * a).astype("u1"), lambda a: np.abs(4 * a), True),
    ("int8", lambda a: (4 * a).astype("i1"), lambda a: 4 * a, True),
    ("int64", lambda a: whole(a).astype("i8"), whole, True),
    ("uint64", lambda a: np.abs(whole(a)).astype("u8"), lambda a: np.abs(whole(a)), True),
    ("int64 beyond 2^53", lambda a: with_value(whole(a).astype("i8"), 2**53 + 1),
     lambda a: with_value(whole(a), 2.0**53), False),
    ("uint64 beyond int64", lambda a: with_value(np.abs(whole(a)).astype("u8"), 2**64 - 1, "u8"),
     lambda a: with_value(np.abs(whole(a)), 2.0**64), False),
    ("Python integers beyond int64", lambda a: with_value(whole(a).astype(object), 2**70, object).tolist(),
     lambda a: with_value(whole(a), 2.0**70), False),
    ("Python integer beyond float", lambda a: with_value(a, 10**400, object).tolist(), REFUSED, False),
    ("float16", lambda a: a.astype("f2"), KEEP, True),
    ("float32", lambda a: a.astype("f4"), KEEP, True),
    ("longdouble", lambda a: a.astype("g"), KEEP, True),
    ("big-endian", lambda a: a.astype(">f8"), KEEP, True),
    ("big-endian integers", lambda a: whole(a).astype(">i2"), whole, True),
    ("Fortran order", lambda a: np.asfortranarray(a), KEEP, True),
    ("stride 0", first_row, lambda a: first_row(a).copy(), True),
    ("negative strides", lambda a: a[::-1].copy()[::-1], KEEP, True),
    ("spread in memory", spread, KEEP, True),
    ("read-only", read_only, KEEP, True),
    ("memory-mapped", memory_mapped, KEEP, True),
    ("subclass", lambda a: a.view(Labelled), KEEP, True),
    ("matrix", lambda a: a.view(np.matrix) if a.ndim == 2 else a, KEEP, False),
    ("masked, nothing hidden", lambda a: masked(a, False), KEEP, False),
    ("masked", lambda a: masked(a, np.arange(len(a)).reshape(-1, *[1] * (a.ndim - 1)) == 1), REFUSED, False),
    ("object", lambda a: a.astype(object), KEEP, False),
    ("object with None", lambda a: with_value(a, None, object), REFUSED, False),
    ("object with text", lambda a: with_value(a, "a", object), REFUSED, False),
    ("object with arrays", lambda a: with_value(a, np.ones(2), object), REFUSED, False),
    ("numbers as text", lambda a: a.astype(str), KEEP, False),
    ("text", lambda a: np.full(a.shape, "spam"), REFUSED, False),
    ("bytes", lambda a: np.full(a.shape, b"spam"), REFUSED, False),
    ("complex", lambda a: a + 1j, REFUSED, False),
    ("complex without imaginary part", lambda a: a + 0j, KEEP, False),
    ("dates", lambda a: (4 * a).astype("i8").astype("M8[D]"), REFUSED, False),
    ("records", lambda a: np.zeros(a.shape, dtype=[("a", float)]), REFUSED, False),
    ("NaN", lambda a: with_value(a, np.nan), REFUSED, False),
    ("NaN in float16", lambda a: with_value(a.astype("f2"), np.nan, "f2"), REFUSED, False),
    ("NaN in objects", lambda a: with_value(a, np.nan, object), REFUSED, False),
    ("infinity", lambda a: with_value(a, np.inf), REFUSED, False),
    ("minus infinity", lambda a: with_value(a, -np.inf), REFUSED, False),
    ("all NaN", lambda a: a * np.nan, REFUSED, False),
    ("longdouble beyond float64", lambda a: with_value(a.astype("g"), np.longdouble("1e400"), "g"), REFUSED, False),
    ("ragged", lambda a: [*a.tolist()[:-1], [1.0, 2.0, 3.0, 4.0]], REFUSED, False),
    ("one row too few", lambda a: a[:-1], REFUSED, False),
    ("one row too many", lambda a: np.concatenate([a, a[:1]]), REFUSED, False),
    ("one row for many", lambda a: a[:1], REFUSED, False),
    ("no rows", lambda a: a[:0], REFUSED, False),
    ("empty list", lambda a: [], REFUSED, False),
    ("more columns", lambda a: np.stack([a, a], axis=-1).reshape(len(a), -1), REFUSED, False),
    ("another axis", lambda a: np.stack([a, a], axis=-1), REFUSED, False),
    ("another axis in front", lambda a: a[None], REFUSED, False),
    ("square", lambda a: np.ones((N, N)), REFUSED, False),
    ("number", lambda a: 1.0, REFUSED, False),
    ("dict", lambda a: {"x": a}, REFUSED, False),
    ("set", lambda a: set(a.ravel().tolist()), REFUSED, False),
    ("generator", lambda a: (row for row in a), REFUSED, False),
    ("function", lambda a: np.sin, REFUSED, False),
]  # fmt: skip
ARRAY_IDS = [name for name, *_ in ARRAYS]
GOOD = {"x": X, "y": Y, "sample_weight": W}
NAMES = {
    "x": "x",
    "y": "y|x and y",
    "sample_weight": "sample_weight",
}


# The two left out share their doors with others; they are in every other test of this page.
OFTEN = {name: entry for name, entry in LEARN.items() if name not in ("test_on_batch", "minimize")}


@pytest.mark.parametrize("argument", GOOD)
@pytest.mark.parametrize("entry", OFTEN.values(), ids=OFTEN)
@pytest.mark.parametrize(("name", "change", "meaning", "must_work"), ARRAYS, ids=ARRAY_IDS)
def test_arrays_to_learn_from(entry, argument, name, change, meaning, must_work):
    if meaning is not REFUSED:
        plain = {**GOOD, argument: np.array(meaning(GOOD[argument]))}
        expected = lambda net: entry(net, **plain)
    else:
        expected = REFUSED
    given = {**GOOD, argument: change(GOOD[argument])}
    names = NAMES[argument]
    if entry is validate:
        names += "|validation_data"
    if name in ("one row too few", "one row too many", "one row for many"):
        names = "x|y|sample_weight"
    outcome(lambda net: entry(net, **given), expected, names, must_work=must_work)


UNCHECKED = ("net(x)", "forward")  # these look at the shape only: what is not finite goes through
NO_NUMBER_OF_ROWS = ("one row too few", "one row too many", "one row for many", "no rows")


@pytest.mark.parametrize("entry", INFER)
@pytest.mark.parametrize(("name", "change", "meaning", "must_work"), ARRAYS, ids=ARRAY_IDS)
def test_arrays_to_infer_from(entry, name, change, meaning, must_work):
    run = INFER[entry]
    if name in NO_NUMBER_OF_ROWS:  # alone, x may have any
        meaning, must_work = change, True
    if name == "empty list":
        meaning = lambda a: a[:0]
    if entry in UNCHECKED and re.search("NaN|infinity", name):
        meaning = lambda a: np.asarray(change(a)).astype(float)
    expected = REFUSED if meaning is REFUSED else (lambda net: run(net, np.array(meaning(X))))
    with warnings.catch_warnings():
        if entry in UNCHECKED:
            warnings.simplefilter("ignore", RuntimeWarning)
        outcome(lambda net: run(net, change(X)), expected, "x", must_work=must_work)


@pytest.mark.parametrize("entry", INFER)
def test_no_rows_give_no_rows(entry):
    assert INFER[entry](network(), X[:0])[0].shape == (0, 1)
    assert INFER[entry](network(), np.zeros((0, 3), dtype=int))[0].shape == (0, 1)


@pytest.mark.parametrize("entry", LEARN.values(), ids=LEARN)
def test_one_row_is_enough(entry):
    net = network()
    assert all(np.all(np.isfinite(a)) for a in entry(net, X[:1], Y[:1]))


@pytest.mark.parametrize("entry", [e for e in LEARN.values() if e is not validate])
def test_x_and_y_may_be_the_same_array(entry):
    make = lambda: network(last=("linear", 3))
    x = X.copy()
    outcome(
        lambda net: entry(net, x, x),
        lambda net: entry(net, X, X.copy()),
        "x",
        make,
        good=(X, X),
        must_work=True,
    )
    np.testing.assert_array_equal(x, X)


ONE_FEATURE = [("column", X[:, :1]), ("flat", X[:, 0])]


@pytest.mark.parametrize("x", [x for _, x in ONE_FEATURE], ids=[n for n, _ in ONE_FEATURE])
@pytest.mark.parametrize("entry", INFER.values(), ids=INFER)
def test_one_feature(entry, x):
    def make():
        net = Network([Dense(2, input_dim=1, activation="tanh"), Dense(1)], rng=0)
        net.compile(optimizer="adam", loss="mse")
        return net

    good = (X[:, :1], Y)
    outcome(
        lambda net: entry(net, x), lambda net: entry(net, X[:, :1]), "x", make, good, must_work=x.ndim == 2
    )


@pytest.mark.parametrize("entry", INFER.values(), ids=INFER)
def test_one_row_without_its_batch_axis_is_not_three_rows(entry):
    """Shape (3,) for a network of three features: an error, or the one row it means."""
    outcome(lambda net: entry(net, X[0]), lambda net: entry(net, X[:1]), "x")


@pytest.mark.parametrize("value", [1e39, 1e200, -1e300, 2**200])
@pytest.mark.parametrize("entry", ["predict", "predict_on_batch"])
def test_too_large_for_float32_is_not_infinity_by_accident(entry, value):
    net = network(dtype="float32")
    try:
        found = INFER[entry](net, with_value(X, value, object if isinstance(value, int) else float).tolist())
    except MLPError as error:
        assert re.search(r"\bx\b", str(error))  # noqa: PT017
    else:
        assert np.all(np.isfinite(found))


# --- Weights of rows, labels --------------------------------------------------------------------------------

ROW_WEIGHTS = [
    ("negative", -W),
    ("one negative", with_value(W, -0.5)),
    ("column", W[:, None]),
    ("integers", np.arange(1, N + 1)),
    ("a zero", with_value(W, 0.0)),
]


@pytest.mark.parametrize("entry", LEARN.values(), ids=LEARN)
@pytest.mark.parametrize(("name", "weight"), ROW_WEIGHTS, ids=[n for n, _ in ROW_WEIGHTS])
def test_sample_weights(entry, name, weight):
    meaning = REFUSED if "negative" in name else lambda net: entry(net, X, Y, np.ravel(weight).astype(float))
    outcome(lambda net: entry(net, X, Y, weight), meaning, "sample_weight|validation_data")


CLASSES = np.arange(N) % 3
BITS = np.arange(N)[:, None] % 2
ONE_HOT = np.eye(3)[CLASSES]
LABELS = [  # loss, last layer, good labels, given labels, their meaning
    ("sparse_categorical_crossentropy", ("softmax", 3), CLASSES, [
        ("class 3 of 3", with_value(CLASSES, 3), REFUSED),
        ("class -1", with_value(CLASSES, -1), REFUSED),
        ("between classes", with_value(CLASSES, 0.5), REFUSED),
        ("NaN", with_value(CLASSES, np.nan), REFUSED),
        ("huge", with_value(CLASSES, 2**62), REFUSED),
        ("floats", CLASSES.astype(float), CLASSES),
        ("uint8", CLASSES.astype("u1"), CLASSES),
        ("column", CLASSES[:, None], CLASSES),
        ("list", CLASSES.tolist(), CLASSES),
        ("names", np.array(["a", "b", "c"])[CLASSES], REFUSED),
        ("one-hot", ONE_HOT, REFUSED),
        ("one-hot integers", ONE_HOT.astype(int), REFUSED),
    ]),
    ("categorical_crossentropy", ("softmax", 3), ONE_HOT, [
        ("class numbers", CLASSES, REFUSED),
        ("column of class numbers", CLASSES[:, None], REFUSED),
        ("two columns", ONE_HOT[:, :2], REFUSED),
        ("negative", -ONE_HOT, REFUSED),
        ("NaN", with_value(ONE_HOT, np.nan), REFUSED),
        ("bool", ONE_HOT.astype(bool), ONE_HOT),
        ("uint8", ONE_HOT.astype("u1"), ONE_HOT),
    ]),
    ("binary_crossentropy", ("sigmoid", 1), BITS, [
        ("2", with_value(BITS, 2), REFUSED),
        ("-1 and 1", 2 * BITS - 1, REFUSED),
        ("NaN", BITS * np.nan, REFUSED),
        ("flat", BITS[:, 0], BITS),
        ("bool", BITS > 0, BITS),
        ("float32", BITS.astype("f4"), BITS),
        ("two columns", np.hstack([BITS, 1 - BITS]), REFUSED),
        ("a row", BITS.T, REFUSED),
    ]),
    ("hinge", ("tanh", 1), 2 * BITS - 1, [
        ("0 and 1", BITS, 2 * BITS - 1),
        ("flat 0 and 1", BITS[:, 0], 2 * BITS - 1),
        ("bool", BITS > 0, 2 * BITS - 1),
        ("2", np.where(BITS > 0, 2, -1), REFUSED),
        ("-1, 0, 1", np.sign(np.arange(N) - 3)[:, None], REFUSED),
        ("1/2", BITS - 0.5, REFUSED),
        ("int8", (2 * BITS - 1).astype("i1"), 2 * BITS - 1),
        ("all 1", np.ones((N, 1)), np.ones((N, 1))),
        ("all 0", np.zeros((N, 1)), -np.ones((N, 1))),
    ]),
    ("mse", ("linear", 3), X, [
        ("flat", X[:, 0], REFUSED),
        ("column", X[:, :1], REFUSED),
        ("transposed", X.T, REFUSED),
        ("flattened", X.ravel(), REFUSED),
    ]),
    ("mse", ("linear", 1), Y, [
        ("flat", Y[:, 0], Y),
        ("three columns", X, REFUSED),
        ("a row", Y.T, REFUSED),
        ("a deep column", Y[:, :, None], REFUSED),
    ]),
]  # fmt: skip
LABEL_ROWS = [
    pytest.param(loss, last, good, given, meaning, id=f"{loss}-{name}")
    for loss, last, good, cases in LABELS
    for name, given, meaning in cases
]


@pytest.mark.parametrize("entry", ["fit", "train_on_batch", "evaluate", "value_and_gradient"])
@pytest.mark.parametrize(("loss", "last", "good", "given", "meaning"), LABEL_ROWS)
def test_labels(entry, loss, last, good, given, meaning):
    learn = LEARN[entry]
    expected = REFUSED if meaning is REFUSED else lambda net: learn(net, X, meaning)
    outcome(
        lambda net: learn(net, X, given),
        expected,
        "y",
        lambda: network(loss, last),
        (X, good),
        must_work=meaning is not REFUSED,
    )


def test_hinge_labels_are_converted_once_for_all_the_data():
    """One batch may hold only 1s: it is the whole of y that says whether these are {0, 1} or {-1, 1}."""
    y = np.array([1, 1, 1, 1, 0, 0, 1, 0])[:, None]
    outcome(
        lambda net: fit(net, X, y, batch_size=4, shuffle=False),
        lambda net: fit(net, X, 2 * y - 1, batch_size=4, shuffle=False),
        "y",
        lambda: network("hinge", ("tanh", 1)),
        (X, 2 * BITS - 1),
        must_work=True,
    )
    net = network("hinge", ("tanh", 1))
    net.compile(optimizer="adam", loss="hinge", metrics=["accuracy"])
    for batch_size in (1, 3, 4, N):
        assert net.evaluate(X, y, batch_size=batch_size, verbose=0) == pytest.approx(
            net.evaluate(X, 2 * y - 1, verbose=0), rel=1e-12
        )


# --- Numbers and names --------------------------------------------------------------------------------------

BAD_SIZES = [0, -1, 1.5, True, "8", np.nan, 2**31, None, [3]]
BAD_RATES = [0, 0.0, -0.1, np.nan, np.inf, "fast", True, 1j]

CALLS = {  # argument: (call with a value for it, bad values)
    "batch_size": (lambda net, v: net.fit(X, Y, batch_size=v, verbose=0), [0, -1, 1.5, True, "8", np.nan]),
    "batch_size of predict": (lambda net, v: net.predict(X, batch_size=v), [0, -1, 1.5, True, "8", np.nan]),
    "batch_size of evaluate": (lambda net, v: net.evaluate(X, Y, batch_size=v, verbose=0), [0, -3, 1.5, "8"]),
    "epochs": (lambda net, v: net.fit(X, Y, epochs=v, verbose=0), [-1, 1.5, "3", np.nan, None]),
    "initial_epoch": (lambda net, v: net.fit(X, Y, epochs=3, initial_epoch=v, verbose=0), [-1, 0.5, "1"]),
    "validation_split": (
        lambda net, v: net.fit(X, Y, validation_split=v, verbose=0),
        [1.0, 1, -0.1, np.nan, "0.2", 0.999],
    ),
    "validation_data": (
        lambda net, v: net.fit(X, Y, validation_data=v, verbose=0),
        [
            X,
            (X,),
            (X, Y, W, W),
            3,
            "xy",
            (X, Y[:3]),
            (X[:, :2], Y),
            (X * np.nan, Y),
            (X[:0], Y[:0]),
            (X, Y, -W),
        ],
    ),
    "class_weight": (
        lambda net, v: net.fit(X, Y, class_weight=v, verbose=0),
        [{0: -1.0}, {0: np.nan}, {"a": 1.0}, [1.0, 2.0], 3],
    ),
    "callbacks": (lambda net, v: net.fit(X, Y, callbacks=v, verbose=0), [[3], "early", [object()]]),
    "method": (lambda net, v: net.minimize(X, Y, method=v), ["L-BFGS", "newton-raphson"]),
    "optimizer": (lambda net, v: net.compile(optimizer=v, loss="mse"), ["adm", 3, object(), 0.1]),
    "loss": (lambda net, v: net.compile(optimizer="sgd", loss=v), ["msee", 3, object()]),
    "metrics": (lambda net, v: net.compile(optimizer="sgd", loss="mse", metrics=v), [["maee"], [3], 3]),
    "dtype": (lambda net, v: net.astype(v), ["int32", "float63", object]),
    "weights": (lambda net, v: net.set_weights(v), [[], [1.0], None, "abc", {}, [np.ones((3, 4))] * 4]),
}
CALL_ROWS = [
    pytest.param(argument.split()[0], call, v, id=f"{argument}={v!r:.40}")
    for argument, (call, values) in CALLS.items()
    for v in values
]


@pytest.mark.parametrize(("argument", "call", "value"), CALL_ROWS)
def test_arguments_of_calls(argument, call, value):
    also = {"validation_data": "|x|y|sample_weight", "metrics": "|metric", "weights": "|kernel|bias"}
    outcome(lambda net: call(net, value), REFUSED, argument + also.get(argument, ""))


@pytest.mark.parametrize("value", [np.int64(3), np.uint8(3), 3])
def test_integers_of_numpy_are_integers(value):
    outcome(
        lambda net: fit(net, X, Y, batch_size=value, epochs=value),
        lambda net: fit(net, X, Y, batch_size=3, epochs=3),
        "batch_size",
        must_work=True,
    )
    assert Network([Dense(value, input_dim=value)]).count_params() == 12


CONSTRUCTORS = {  # argument: (constructor with a value for it, bad values)
    "units": (lambda v: Dense(v, input_dim=2), BAD_SIZES),
    "input_dim": (lambda v: Network([Dense(2, input_dim=v)]), [0, -1, 1.5, True, "8", np.nan, 2**31]),
    "input_shape": (lambda v: Network([Dense(2, input_shape=v)]), [(0,), (-1,), (1.5,), ("a",), (True,)]),
    "shape": (lambda v: Input(shape=v), [(0,), (-2,), (1.5,), ("a",), None]),
    "activation": (lambda v: Dense(2, activation=v, input_dim=2), ["rleu", 3, "", object()]),
    "activation of Activation": (lambda v: Activation(v), ["rleu", 3]),
    "kernel_initializer": (lambda v: Dense(2, kernel_initializer=v), ["glorot", 3]),
    "bias_initializer": (lambda v: Dense(2, bias_initializer=v), ["zero_s", 3]),
    "kernel_regularizer": (lambda v: Dense(2, kernel_regularizer=v), ["l3", 3]),
    "bias_regularizer": (lambda v: Dense(2, bias_regularizer=v), ["l3", 3]),
    "activity_regularizer": (lambda v: Dense(2, activity_regularizer=v), ["l3", 3]),
    "kernel_constraint": (lambda v: Dense(2, kernel_constraint=v), ["positive", 3]),
    "bias_constraint": (lambda v: Dense(2, bias_constraint=v), ["positive", 3]),
    "use_bias": (lambda v: Dense(2, use_bias=v), [1, "yes", None]),
    "trainable": (lambda v: Dense(2, trainable=v), [1, "yes", None]),
    "name": (lambda v: Dense(2, name=v), ["", 3]),
    "seed": (lambda v: Dropout(0.5, seed=v), [-1, 1.5, "a", True]),
    "rate": (Dropout, [1.0, 1, -0.1, np.nan, np.inf, "half", None]),
    "inner": (Residual, [3, "dense", None]),
    "learning_rate": (optimizers.SGD, BAD_RATES),
    "learning_rate of Adam": (optimizers.Adam, BAD_RATES),
    "momentum": (lambda v: optimizers.SGD(momentum=v), [-0.1, 1.5, np.nan, "big"]),
    "rho": (lambda v: optimizers.RMSprop(rho=v), [-0.1, 1.5, np.nan]),
    "momentum of RMSprop": (lambda v: optimizers.RMSprop(momentum=v), [-0.1, 1.5, np.nan]),
    "ignore_class": (
        lambda v: losses.SparseCategoricalCrossentropy(ignore_class=v),
        [-(2**31) - 1, 2**31, 1.5],
    ),
    "scale": (Rescaling, ["a", np.nan, None]),
    "offset": (lambda v: Rescaling(1.0, v), ["a", [1.0, np.inf], None]),
    "invert": (lambda v: Normalization(invert=v), [1, "yes", None]),
    "axis": (lambda v: Network([Normalization(axis=v, input_dim=3)]), [0, -2, 1.5, "last", 2, (1, 1)]),
    "axis alone": (lambda v: Normalization(axis=v), [0, 1.5, "last", (1, 0)]),
    "mean": (lambda v: Normalization(mean=v, variance=1.0), ["a", [[1], [1, 2]]]),
    "variance": (lambda v: Normalization(mean=1.0, variance=v), ["a", [[1], [1, 2]]]),
    "beta_1": (lambda v: optimizers.Adam(beta_1=v), [-0.1, 1.0, 1.5, np.nan]),
    "beta_2": (lambda v: optimizers.Adam(beta_2=v), [-0.1, 1.0, 1.5, np.nan]),
    "epsilon": (lambda v: optimizers.Adam(epsilon=v), [-1e-7, np.nan, "small"]),
    "l1": (regularizers.L1, [-0.1, np.nan, np.inf, "a"]),
    "l2": (regularizers.L2, [-0.1, np.nan, np.inf, "a"]),
    "reduction": (lambda v: losses.MeanSquaredError(reduction=v), ["avg", 3]),
    "label_smoothing": (lambda v: losses.BinaryCrossentropy(label_smoothing=v), [-0.1, 1.5, np.nan]),
    "stddev": (lambda v: initializers.RandomNormal(stddev=v), [-1.0, np.nan]),
    "dtype": (
        lambda v: Network([Dense(1, input_dim=1)], dtype=v),
        ["int32", "float63", object],
    ),
    "rng": (lambda v: Network([Dense(1, input_dim=1)], rng=v), ["a", -1, 1.5]),
    "layers": (lambda v: Network(v), [3, [3], ["dense"], Dense(1, input_dim=1), [Dense]]),
    "layer": (lambda v: Network().add(v), [3, "dense", Dense, None]),
    "patience": (lambda v: mlp.callbacks.EarlyStopping(patience=v), [1.5, "long"]),
    "mode": (lambda v: mlp.callbacks.EarlyStopping(mode=v), ["up"]),
}
CONSTRUCTOR_ROWS = [
    pytest.param(argument.split()[0], make, v, id=f"{argument}={v!r:.40}")
    for argument, (make, values) in CONSTRUCTORS.items()
    for v in values
]


@pytest.mark.parametrize(("argument", "make", "value"), CONSTRUCTOR_ROWS)
def test_arguments_of_constructors(argument, make, value):
    with pytest.raises(MLPError) as caught:
        make(value)
    names = "layers?" if argument == "layer" else argument
    assert re.search(rf"\b{names}\b", str(caught.value)), caught.value


SHAPES_THAT_DO_NOT_FIT = [
    ("residual", lambda: Network([Dense(4, input_dim=3), Residual(Dense(5))])),
    ("nested", lambda: Network([Dense(4, input_dim=3), Network([Dense(2, input_dim=5)])])),
    ("input said twice", lambda: Network([Dense(4, input_dim=3), Dense(2, input_dim=5)])),
    ("two ways", lambda: Network([Dense(4, input_dim=3, input_shape=(5,))])),
]


@pytest.mark.parametrize(
    "make", [m for _, m in SHAPES_THAT_DO_NOT_FIT], ids=[n for n, _ in SHAPES_THAT_DO_NOT_FIT]
)
def test_shapes_that_do_not_fit(make):
    with pytest.raises(MLPError, match=r"[345]|input_dim"):
        make()


def test_a_flattening_network_wants_all_its_axes():
    net = Network([Flatten(input_shape=(2, 2)), Dense(1)])
    with pytest.raises(MLPError, match=r"\(n, 2, 2\)"):
        net.predict(np.zeros((5, 4)))
    assert net.predict(np.zeros((5, 2, 2))).shape == (5, 1)


SUGGESTIONS = [
    ("relu", lambda: Dense(1, activation="rleu")),
    ("adam", lambda: network(optimizer="adan")),
    ("mean_squared_error", lambda: network(loss="mean_square_error")),
    ("glorot_uniform", lambda: Dense(1, kernel_initializer="glorot_unifrom")),
    ("accuracy", lambda: network().compile(optimizer="sgd", loss="mse", metrics=["acuracy"])),
    ("units", lambda: Dense(unit=3)),
    ("activation", lambda: Dense(3, activaton="relu")),
    ("learning_rate", lambda: optimizers.SGD(learing_rate=0.1)),
]


@pytest.mark.parametrize(("right", "call"), SUGGESTIONS, ids=[r for r, _ in SUGGESTIONS])
def test_the_nearest_name_is_suggested(right, call):
    with pytest.raises((MLPError, TypeError), match=right):
        call()


# --- Numbers that blow up while training --------------------------------------------------------------------


@pytest.mark.parametrize("call", ["fit", "train_on_batch", "minimize"])
def test_what_is_not_finite_is_never_applied(call):
    """Finite data whose squared error overflows."""
    net, y = network(), with_value(Y, 1e200)
    before = net.get_weights()
    with np.errstate(all="ignore"), pytest.raises(MLPError, match=r"(?i)finite|nan|inf") as caught:
        net.fit(X, y, batch_size=N, verbose=0) if call == "fit" else getattr(net, call)(X, y)
    for a, b in zip(net.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
    if call == "fit":
        assert "epoch" in str(caught.value)
        assert "batch" in str(caught.value)


def test_a_diverging_training_stops_at_finite_weights():
    net = network(optimizer=optimizers.SGD(1e30))
    with np.errstate(all="ignore"), pytest.raises(MLPError, match="epoch"):
        net.fit(X, Y, epochs=100, verbose=0)
    assert np.all(np.isfinite(net.parameters))
    assert all(np.all(np.isfinite(w)) for w in net.get_weights())


def written(*layers):
    """The beginning and the end of a chain of layers, as symbolic values."""
    x = y = Input(shape=(2,))
    for layer in layers:
        y = layer(y)
    return x, y


def test_one_value_in_a_list_is_that_value():
    x, y = written(Dense(3))
    assert Network(inputs=[x], outputs=(y,)).output_shape == (None, 3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda x, y: Network(inputs=3, outputs=y), r"inputs must be a symbolic value .*, got 3"),
        (lambda x, y: Network(inputs=x, outputs="y"), r"outputs must be a symbolic value .*, got 'y'"),
        (lambda x, y: Network(inputs=[x, x], outputs=y), "inputs: .* is given twice"),
        (lambda x, y: Network(inputs=x, outputs=[]), r"outputs must be a symbolic value .*, got \[\]"),
        (lambda x, y: Network(inputs=x, outputs=[3]), r"outputs must be a symbolic value .*, got \[3\]"),
        (lambda x, y: Network(inputs=Input(shape=(2,)), outputs=y), "outputs is not computed from inputs"),
        (
            lambda x, y: Network(inputs=y, outputs=Dense(1)(y)),
            r"inputs must be what Input\(shape=...\) returned",
        ),
        (lambda x, y: Dense(1)([x, y]), "takes one input, got 2"),
    ],
)
def test_what_is_no_graph_is_refused(make, message):
    with pytest.raises(MLPError, match=message):
        make(*written(Dense(3), Dense(2)))
