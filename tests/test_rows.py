"""The doors for data, targets and hyper-parameters: what comes is kept, or refused with its place."""

import fractions
import math

import numpy as np
import pytest
from tables import TARGETS

from mlp import checks, rows, targets
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, MLPError, ShapeError

F8, F4 = np.dtype(np.float64), np.dtype(np.float32)
NUMBERS = [[0.0, 1.0, 2.0], [3.0, 0.0, 1.0]]

SAME_NUMBERS = {  # all of them hold NUMBERS
    "lists": NUMBERS,
    "tuples": tuple(map(tuple, NUMBERS)),
    "integers": np.array(NUMBERS, np.int64),
    "bytes": np.array(NUMBERS, np.uint8),
    "half": np.array(NUMBERS, np.float16),
    "longdouble": np.array(NUMBERS, np.longdouble),
    "big-endian": np.array(NUMBERS, ">f8"),
    "big-endian integers": np.array(NUMBERS, ">i4"),
    "objects": np.array(NUMBERS, object),
    "fractions": [[fractions.Fraction(int(v)) for v in row] for row in NUMBERS],
    "fortran": np.asfortranarray(NUMBERS),
    "negative strides": np.array(NUMBERS)[::-1, ::-1].copy()[::-1, ::-1],
    "every second": np.repeat(np.array(NUMBERS), 2, axis=1)[:, ::2],
    "matrix": np.ma.array(NUMBERS).view(np.ma.MaskedArray),
    "rows of arrays": [np.array(row) for row in NUMBERS],
}


@pytest.mark.parametrize("x", SAME_NUMBERS.values(), ids=SAME_NUMBERS)
@pytest.mark.parametrize("dtype", [F8, F4, None], ids=str)
def test_numbers_are_kept(x, dtype):
    for array in (rows.as_array("x", x, dtype), rows.as_rows("x", x, (3,), dtype or F8)):
        assert type(array) is np.ndarray
        assert array.tolist() == NUMBERS
        assert array.dtype.isnative
        assert array.dtype == dtype or dtype is None
    assert rows.as_rows("x", x, (3,), F8).flags.c_contiguous


REFUSED = {  # x, what the message must tell
    "text": ([["1", "2"]], "text"),
    "bytes": ([[b"1"]], "bytes"),
    "dates": (np.array([["2020-01-01"]], "M8[D]"), "dates"),
    "time spans": (np.array([[1]], "m8[s]"), "time spans"),
    "ragged": ([[1.0, 2.0], [3.0]], "rectangular"),
    "none": ([[1.0, None]], r"None.*x\[0, 1\]"),
    "dicts": ([[{}]], "dict"),
    "object text": (np.array([[1.0, "a"]], object), r"'a' \(str\) at x\[0, 1\]"),
    "complex": ([[1j]], "complex"),
    "long integers": (np.array([[2**53 + 1]]), r"2\*\*53"),
    "longer integers": ([[2**70]], r"2\*\*53"),
    "unsigned": (np.array([[2**64 - 1]], np.uint64), r"2\*\*53"),
    "most negative": (np.array([[-(2**63)]]), r"2\*\*53"),
    "masked": (np.ma.masked_equal([[1.0, 2.0]], 2.0), "masked"),
    "record": (np.zeros(2, [("a", float)]), "numbers"),
}


@pytest.mark.parametrize(("x", "message"), REFUSED.values(), ids=REFUSED)
def test_what_are_no_numbers_is_refused_by_name(x, message):
    with pytest.raises(DataError, match=message) as caught:
        rows.as_array("x", x, F8)
    assert str(caught.value).startswith("x")


def test_the_largest_exact_integers_pass():
    for v in (2**53, -(2**53)):
        assert rows.as_array("x", np.array([v]), F8)[0] == v
        assert rows.as_array("x", [fractions.Fraction(v)], F8)[0] == v


def test_overflow_is_refused_and_rounding_is_not():
    with pytest.raises(DataError, match="overflow float32"):
        rows.as_array("x", [1e39], F4)
    assert rows.as_array("x", [0.1], F4)[0] == np.float32(0.1)
    assert rows.as_array("x", [np.inf, -np.inf], F4).tolist() == [np.inf, -np.inf]


def test_complex_numbers_stay_where_they_are_asked_for():
    assert rows.as_array("x", [1 + 2j]).dtype == np.complex128
    assert rows.as_array("x", [1.0], np.dtype(complex)).dtype == np.complex128


@pytest.mark.parametrize(
    ("shape", "row_shape", "becomes"),
    [
        ((5, 3), (3,), (5, 3)),
        ((0, 3), (3,), (0, 3)),
        ((5,), (1,), (5, 1)),
        ((5, 1), (1,), (5, 1)),
        ((5, 2, 3), (2, 3), (5, 2, 3)),
        ((3,), (3,), None),
        ((), (1,), None),
        ((5, 3), (2,), None),
        ((5, 3), (1,), None),
        ((5, 3, 1), (3,), None),
        ((5, 3), (3, 1), None),
        ((5, 3, 2), (2, 3), None),
    ],
    ids=str,
)
def test_shapes_of_rows(shape, row_shape, becomes):
    x = np.arange(float(math.prod(shape))).reshape(shape)
    if becomes is None:
        with pytest.raises(ShapeError) as caught:
            rows.as_rows("x", x, row_shape, F8, "layer 0: ")
        expected = ", ".join(["n", *map(str, row_shape)])
        assert f"layer 0: x must have shape ({expected}), got {shape}" in str(caught.value)
        assert ("x[None]" in str(caught.value)) == (shape == row_shape)
    else:
        got = rows.as_rows("x", x, row_shape, F8)
        assert got.shape == becomes
        assert got.ravel().tolist() == x.ravel().tolist()


@pytest.mark.parametrize(
    "w", [[1, 0, 2], [[1], [0], [2]], np.array([1.0, 0.0, 2.0], np.float32), (True, 0, 2)], ids=repr
)
def test_weights_are_one_for_each_row(w):
    assert rows.as_weights(w, 3, F8).tolist() == [1.0, 0.0, 2.0]


@pytest.mark.parametrize(
    ("w", "message"),
    [
        ([1, 1], r"\(3,\)"),
        (1.0, r"\(3,\)"),
        ([[1, 1, 1]], r"\(3,\)"),
        ([1, -1, 1], r"negative.*sample_weight\[1\]"),
        ([1, 1, math.nan], r"finite.*sample_weight\[2\]"),
        ([1, math.inf, 1], r"finite.*sample_weight\[1\]"),
        (["a", "b", "c"], "text"),
    ],
    ids=repr,
)
def test_wrong_weights_are_refused(w, message):
    with pytest.raises(MLPError, match=message):
        rows.as_weights(w, 3, F8)


def test_no_weights_are_none():
    assert rows.as_weights(None, 3, F8) is None


def test_the_first_number_that_is_not_finite_is_named():
    x = np.zeros((4, 3))
    rows.require_finite("x", x)
    x[2, 1] = -np.inf
    with pytest.raises(DataError, match=r"-inf at x\[2, 1\] \(1 such value\)"):
        rows.require_finite("x", x)
    x[1, 2] = np.nan
    with pytest.raises(DataError, match=r"nan at x\[1, 2\] \(2 such values\)"):
        rows.require_finite("x", x)
    rows.require_finite("x", np.zeros((0, 3)))


# --- Targets ------------------------------------------------------------------------------------------------


def test_every_kind_of_targets_has_its_row():
    assert set(TARGETS) == set(targets.KINDS)


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("shape", [(5, 3), (4, 2, 3), (0, 3)], ids=str)
@pytest.mark.parametrize("dtype", [F8, F4], ids=str)
def test_right_targets_pass_unchanged(kind, shape, dtype):
    t = TARGETS[kind].draw(np.random.default_rng(0), shape)
    kept = t.copy()
    for given in (t, t.astype(F4), t.astype(np.int8) if (t == np.trunc(t)).all() else t):
        assert_prepared(targets.prepare_targets(kind, given, shape, dtype), kind, given, shape, dtype)
    np.testing.assert_array_equal(t, kept)


def assert_prepared(got, kind, given, shape, dtype):
    assert got.dtype == (np.intp if kind == "index" else dtype)
    assert got.shape == (shape[:-1] if kind == "index" else shape)
    np.testing.assert_array_equal(got, given.astype(got.dtype))


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize(
    ("given", "output", "fits"),
    [
        ((5,), (5, 1), True),
        ((5, 1), (5, 1), True),
        ((5, 1, 1), (5, 1), False),
        ((1, 5), (5, 1), False),
        ((4, 1), (5, 1), False),
        ((1,), (5, 1), False),
        ((5, 3), (5, 1), False),
        ((3, 5), (5, 3), False),
        ((15,), (5, 3), False),
        ((5, 1), (5, 3), False),
    ],
    ids=str,
)
def test_nothing_is_broadcast(kind, given, output, fits):
    """Class numbers are one for each row, whatever the number of outputs."""
    t = np.zeros(given) if kind == "index" else np.ones(given)
    if kind == "index":
        fits = given in (output[:-1], (*output[:-1], 1))
    if fits:
        wanted = output[:-1] if kind == "index" else output
        assert targets.prepare_targets(kind, t, output, F8).shape == wanted
    else:
        with pytest.raises(ShapeError, match="y must have shape"):
            targets.prepare_targets(kind, t, output, F8)


def test_labels_of_two_kinds_are_told_apart():
    column = np.array([[0], [1], [1]])
    assert targets.prepare_targets("sign", column, (3, 1), F8).ravel().tolist() == [-1, 1, 1]
    assert targets.prepare_targets("sign", 2 * column - 1, (3, 1), F8).ravel().tolist() == [-1, 1, 1]
    with pytest.raises(DataError, match=r"\(y \+ 1\) / 2"):
        targets.prepare_targets("binary", 2 * column - 1, (3, 1), F8)
    with pytest.raises(DataError, match=r"got 0 at y\[0, 0\]"):
        targets.prepare_targets("sign", np.array([[0], [-1]]), (2, 1), F8)


def test_ignored_classes_pass_and_others_do_not():
    y = np.array([0, 9, 2])
    assert targets.prepare_targets("index", y, (3, 3), F8, ignored=9).tolist() == [0, 9, 2]
    for ignored in (None, 8):
        with pytest.raises(DataError, match=r"9 at y\[1\]"):
            targets.prepare_targets("index", y, (3, 3), F8, ignored=ignored)


# --- Hyper-parameters ---------------------------------------------------------------------------------------

GOOD = [  # check, value, what it becomes
    (lambda v: checks.integer("a", v), 3, 3),
    (lambda v: checks.integer("a", v), np.int8(3), 3),
    (lambda v: checks.integer("a", v), 2**31 - 1, 2**31 - 1),
    (lambda v: checks.integer("a", v, -5, 5), -5, -5),
    (lambda v: checks.real("a", v), 3, 3.0),
    (lambda v: checks.real("a", v), np.float32(0.5), 0.5),
    (lambda v: checks.real("a", v), np.array(0.5), 0.5),
    (lambda v: checks.real("a", v), fractions.Fraction(1, 4), 0.25),
    (lambda v: checks.fraction("a", v), 0, 0.0),
    (lambda v: checks.fraction("a", v), 1 - 2**-53, 1 - 2**-53),
    (lambda v: checks.flag("a", v), np.True_, True),
    (lambda v: checks.text("a", v), "b", "b"),
    (lambda v: checks.one_of("a", v, ("x", None, 1)), None, None),
    (lambda v: checks.shape("a", v), [np.int64(2), 3], (2, 3)),
    (lambda v: checks.dtype(v, ("float32", "float64")), ">f4", np.dtype(np.float32)),
]


@pytest.mark.parametrize(
    ("check", "value", "becomes"), GOOD, ids=lambda v: repr(v) if not callable(v) else ""
)
def test_good_values_become_plain_ones(check, value, becomes):
    got = check(value)
    assert got == becomes
    assert type(got) is type(becomes)


BAD = [  # check, value, error, what the message tells
    (lambda v: checks.integer("a", v), True, ArgumentTypeError, "integer"),
    (lambda v: checks.integer("a", v), np.True_, ArgumentTypeError, "integer"),
    (lambda v: checks.integer("a", v), 3.0, ArgumentTypeError, "integer"),
    (lambda v: checks.integer("a", v), "3", ArgumentTypeError, "integer"),
    (lambda v: checks.integer("a", v), np.ones(2, int), ArgumentTypeError, "integer"),
    (lambda v: checks.integer("a", v), 0, ArgumentError, "from 1"),
    (lambda v: checks.integer("a", v), 2**31, ArgumentError, "2147483647"),
    (lambda v: checks.real("a", v), True, ArgumentTypeError, "real number"),
    (lambda v: checks.real("a", v), "0.1", ArgumentTypeError, "real number"),
    (lambda v: checks.real("a", v), 1j, ArgumentTypeError, "real number"),
    (lambda v: checks.real("a", v), np.ones(1), ArgumentTypeError, "real number"),
    (lambda v: checks.real("a", v), math.nan, ArgumentError, "finite"),
    (lambda v: checks.real("a", v), -math.inf, ArgumentError, "finite"),
    (lambda v: checks.real("a", v), 10**400, ArgumentError, "finite"),
    (lambda v: checks.real("a", v, 0.0), -0.5, ArgumentError, "at least 0, got -0.5"),
    (lambda v: checks.real("a", v, 0.0, 1.0), 1.5, ArgumentError, "from 0 to 1, got 1.5"),
    (lambda v: checks.real("a", v, above=0.0), 0, ArgumentError, "greater than 0, got 0"),
    (lambda v: checks.fraction("a", v), 1.0, ArgumentError, "not including, 1"),
    (lambda v: checks.fraction("a", v), -0.1, ArgumentError, "at least 0"),
    (lambda v: checks.flag("a", v), 1, ArgumentTypeError, "True or False"),
    (lambda v: checks.flag("a", v), None, ArgumentTypeError, "True or False"),
    (lambda v: checks.text("a", v), "", ArgumentTypeError, "not empty"),
    (lambda v: checks.text("a", v), 1, ArgumentTypeError, "not empty"),
    (lambda v: checks.one_of("a", v, ("x", None, 1)), True, ArgumentError, "'x', None, 1; got True"),
    (lambda v: checks.one_of("a", v, ("x", None, 1)), "y", ArgumentError, "got 'y'"),
    (lambda v: checks.shape("a", v), 4, ArgumentTypeError, r"\(4,\)"),
    (lambda v: checks.shape("a", v), "4", ArgumentTypeError, r"\(4,\)"),
    (lambda v: checks.shape("a", v), (), ArgumentError, "at least one"),
    (lambda v: checks.shape("a", v), (3, 0), ArgumentError, r"a\[1\]"),
    (lambda v: checks.shape("a", v), (3.0,), ArgumentTypeError, r"a\[0\]"),
    (lambda v: checks.dtype(v, ("float32",)), "float64", ArgumentError, "'float32'"),
    (lambda v: checks.dtype(v, ("float32",)), "nonesuch", ArgumentError, "'nonesuch'"),
    (lambda v: checks.dtype(v, ("float64",)), None, ArgumentError, "None"),
    (lambda v: checks.generator("a", v), -1, ArgumentError, "-1"),
    (lambda v: checks.generator("a", v), 1.5, ArgumentTypeError, "1.5"),
    (lambda v: checks.generator("a", v), True, ArgumentTypeError, "True"),
]


@pytest.mark.parametrize(("check", "value", "error", "message"), BAD)
def test_bad_values_are_refused_with_name_and_value(check, value, error, message):
    with pytest.raises(error, match=message) as caught:
        check(value)
    assert str(caught.value).startswith(("a ", "a[", "dtype "))


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_numbers_of_any_size_are_finite_whatever_numpy_is_told_to_raise(size):
    with np.errstate(all="raise"):
        rows.require_finite("x", np.full((3, 2), size))
