"""How numbers are rounded and what is left out, for every number there is."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mlp.errors import ArgumentError, ArgumentTypeError
from mlp.explain.writing.numbers import Dots, Number, checked_digits, table


def written(number):
    """As text does it."""
    power = "" if number.exponent is None else f"e{number.exponent}"
    below = f"/{number.denominator}" if number.denominator else ""
    return (
        "-" * number.negative
        + number.whole
        + ("." + number.decimals if number.decimals else "")
        + power
        + below
    )


def printed(values, digits=4):
    return [written(number) for number in table(np.asarray(values), digits).numbers]


def half_a_unit(text):
    """Half a unit of the last digit of a number in decimals."""
    mantissa, _, power = text.partition("e")
    return Fraction(10) ** (int(power or 0) - len(mantissa.partition(".")[2])) / 2


digits = st.integers(1, 16)
fractions = st.fractions(max_denominator=99999)
shapes = hnp.array_shapes(min_dims=0, max_dims=2, max_side=3)
kinds = {
    "float64": hnp.arrays("float64", shapes),
    "float32": hnp.arrays("float32", shapes),
    "float16": hnp.arrays("float16", shapes),
    "like a network's": hnp.arrays("float64", shapes, elements=st.floats(-10, 10)),
    "small": hnp.arrays("float64", shapes, elements=st.floats(-1e-3, 1e-3)),
    "few decimals": hnp.arrays(
        "float64", shapes, elements=st.integers(-(10**7), 10**7).map(lambda k: k / 1000)
    ),
    "int64": hnp.arrays("int64", shapes),
    "bool": hnp.arrays("bool", shapes),
    "fractions": hnp.arrays(object, shapes, elements=fractions),
    "long fractions": hnp.arrays(object, shapes, elements=st.floats(-9, 9).map(Fraction)),
    "large integers": hnp.arrays(object, shapes, elements=st.integers(-(10**400), 10**400)),
    "mixed": hnp.arrays(object, shapes, elements=fractions | st.floats() | st.integers()),
}


@pytest.mark.parametrize("kind", kinds)
@settings(max_examples=30)
@given(data=st.data())
def test_within_half_a_unit_of_the_last_digit(kind, data):
    values, places = data.draw(kinds[kind]), data.draw(digits)
    texts = printed(values, places)
    assert len(texts) == values.size  # three rows and columns are never too many
    for value, text in zip(values.ravel().tolist(), texts, strict=True):
        if isinstance(value, float) and not np.isfinite(value):
            assert text == str(value)
            continue
        exact = Fraction(value)
        if "/" in text:
            assert Fraction(text) == exact
        else:
            assert abs(Fraction(text) - exact) <= half_a_unit(text)
        if values.dtype != object:
            assert np.isfinite(float(text))
        assert not (text.startswith("-") and Fraction(text) == 0)


@pytest.mark.parametrize("kind", kinds)
@settings(max_examples=30)
@given(data=st.data())
def test_all_numbers_of_a_matrix_have_one_form(kind, data):
    numbers = table(data.draw(kinds[kind]), data.draw(digits)).numbers
    finite = [n for n in numbers if n.whole not in ("inf", "nan")]
    in_fractions = any(n.denominator for n in finite)
    scientific = any(n.exponent is not None for n in finite)
    assert not (in_fractions and scientific)
    forms = {len(n.decimals) for n in finite if not (scientific and written(n) == "0")}
    assert len(forms) <= 1
    for n in finite:
        assert (n.exponent is not None) == scientific or written(n) == "0"
        assert not scientific or len(n.whole) == 1


FORMS = [
    ("the third worked example", [1.38546, 0.27410847, 0.93015909], ["1.3855", "0.2741", "0.9302"]),
    ("the numbers of its point", [0.3, 0.1], ["0.3", "0.1"]),
    ("as many decimals as one of them needs", [0.5, 0.25, 1.0], ["0.50", "0.25", "1.00"]),
    ("labels", [1.0, 0.0, -0.0], ["1", "0", "0"]),
    ("not quite 0.3", [0.1 + 0.2], ["0.3000"]),
    ("0.3 in single precision", np.float32([0.3]), ["0.3"]),
    ("no minus zero", [-0.00001, 0.5], ["0.0000", "0.5000"]),
    ("half to even", [0.03125, 0.09375], ["0.0312", "0.0938"]),
    ("two digits are enough", [0.0012345], ["0.0012"]),
    ("also if the second is a zero", [-0.00099991], ["-0.0010"]),
    ("one digit is not", [0.00094991], ["9.4991e-4"]),
    ("a rate", [0.001], ["0.001"]),
    ("a small rate", [0.00001], ["1e-5"]),
    ("rounded up to the next power", [9.99999e-7], ["1.0000e-6"]),
    ("zero among small ones", [1.23456e-7, 0.0], ["1.2346e-7", "0"]),
    ("just below a million", [999999.5], ["999999.5"]),
    ("a million", [1000000], ["1e6"]),
    ("the largest float", [1.7976931348623157e308], ["1.7976931348623157e308"]),
    ("the smallest float", [5e-324], ["5e-324"]),
    ("no number", [np.inf, -np.inf, np.nan, 0.25], ["inf", "-inf", "nan", "0.25"]),
    ("fractions", np.array([Fraction(1, 3), 2, Fraction(-5, 2)]), ["1/3", "2", "-5/2"]),
    ("a long fraction", np.array([Fraction(1, 3), Fraction(1, 12345)]), ["0.3333", "0.0001"]),
    ("truth", [True, False], ["1", "0"]),
]


@pytest.mark.parametrize(("values", "expected"), [f[1:] for f in FORMS], ids=[f[0] for f in FORMS])
def test_forms(values, expected):
    assert printed(values) == expected


LEFT_OUT = [
    ("eight rows are shown", np.zeros((8, 1)), list(range(8)), [0]),
    ("nine are not", np.zeros((9, 1)), [0, 1, 2, 3, None, 6, 7, 8], [0]),
    ("many rows", np.zeros((784, 1)), [0, 1, 2, 3, None, 781, 782, 783], [0]),
    ("eight columns of few digits", np.full(8, 0.12), [0], list(range(8))),
    ("nine", np.full(9, 0.12), [0], [0, 1, 2, 3, None, 6, 7, 8]),
    ("six columns with a sign", np.full(6, -0.12345), [0], list(range(6))),
    ("six without", np.full(6, 0.12345), [0], list(range(6))),
    ("seven without", np.full(7, 0.12345), [0], [0, 1, 2, None, 5, 6]),
    ("seven", np.full(7, -0.12345), [0], [0, 1, 2, None, 5, 6]),
    ("three columns in scientific notation", np.full(3, -1.23456e-7), [0], [0, 1, 2]),
    ("four", np.full(4, -1.23456e-7), [0], [0, None, 3]),
    ("both", np.full((10, 9), -0.12345), [0, 1, 2, 3, None, 7, 8, 9], [0, 1, 2, None, 7, 8]),
    ("no rows", np.zeros((0, 3)), [], [0, 1, 2]),
    ("no columns", np.zeros((2, 0)), [0, 1], []),
    ("nothing", np.zeros(0), [0], []),
]


@pytest.mark.parametrize(
    ("values", "rows", "columns"), [f[1:] for f in LEFT_OUT], ids=[f[0] for f in LEFT_OUT]
)
def test_what_is_left_out(values, rows, columns):
    grid = np.atleast_2d(values)
    marked = grid + np.arange(grid.size).reshape(grid.shape) * 1e-4 if grid.shape == (10, 9) else grid
    found = table(marked)
    assert found.size == grid.shape
    assert found.sized == (None in rows or None in columns or grid.size == 0)
    assert len(found.rows) == len(rows)
    for i, line in zip(rows, found.rows, strict=True):
        for j, cell in zip(columns, line, strict=True):
            if i is None or j is None:
                assert cell is (
                    Dots.ACROSS if i is not None else Dots.DOWN if j is not None else Dots.DIAGONAL
                )
            else:
                assert cell == Number(*_expected(marked[i, j], cell))


def _expected(value, cell):
    if cell.exponent is not None:
        return value < 0, "1", "2346", -7
    whole, _, decimals = f"{abs(value):.{len(cell.decimals)}f}".partition(".")
    return bool(value < 0), whole, decimals


def test_a_single_number_has_no_brackets():
    assert table(np.array([[0.5]])).single == table(np.array(0.5)).single == Number(False, "0", "5")
    assert table(np.array([0.5, 0.5])).single is None


def test_three_axes_are_refused():
    with pytest.raises(ArgumentError, match=r"at most two axes, got an array of shape \(2, 1, 3\)"):
        table(np.zeros((2, 1, 3)))


@pytest.mark.parametrize(
    ("wrong", "error"), [(0, ArgumentError), (17, ArgumentError), (2.5, ArgumentTypeError)]
)
def test_digits(wrong, error):
    with pytest.raises(error, match=r"digits must be an integer"):
        checked_digits(wrong)
