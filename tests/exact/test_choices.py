"""One-hot rows and selectors: every number, and nothing rounded."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlp.errors import ArgumentError, ArgumentTypeError
from mlp.exact import and_gate, majority, one_hot, or_gate, parity, selector


@pytest.mark.parametrize("dtype", ["float64", "float32", object])
@pytest.mark.parametrize("n", range(2, 12))
def test_every_number_has_its_row(n, dtype):
    assert one_hot(n, dtype)(list(range(n))).tolist() == [[int(i == k) for i in range(n)] for k in range(n)]


@settings(max_examples=40, deadline=None)
@given(n=st.integers(2, 6), x=st.fractions(-3, 9) | st.integers(-6, 18).map(lambda k: Fraction(k, 2)))
def test_any_number_is_taken_for_the_nearest(n, x):
    nearest = min(range(n), key=lambda i: (abs(x - i), i))
    for dtype in ("float64", object):
        if dtype is object or Fraction(float(x)) == x:
            assert one_hot(n, dtype)([[x]]).tolist() == [[int(i == nearest) for i in range(n)]]


@settings(max_examples=40, deadline=None)
@given(
    data=st.data(), values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=6)
)
def test_a_selector_gives_the_very_float(data, values):
    i = data.draw(st.integers(0, len(values) - 1))
    row = [int(k == i) for k in range(len(values))]
    assert selector(len(values))([[row], [values]]).item() == values[i]
    assert selector(len(values), object)([[row], [values]]).item() == Fraction(values[i])


def test_a_number_selects():
    rows = one_hot(3)([2, 0])
    assert selector(3)([rows, [[0.1, 0.2, 0.3]] * 2]).tolist() == [[0.3], [0.1]]


@pytest.mark.parametrize("bad", [0, -1, 1.5, "2", True, None])
@pytest.mark.parametrize("make", [and_gate, or_gate, majority, parity, one_hot, selector])
def test_a_size_that_is_none_is_refused(make, bad):
    with pytest.raises((ArgumentError, ArgumentTypeError), match="n must be an integer"):
        make(bad)


def test_one_number_has_no_gap():
    with pytest.raises(ArgumentError, match="n must be an integer from 2"):
        one_hot(1)


@pytest.mark.parametrize("make", [and_gate, or_gate, majority, parity, one_hot, selector])
def test_a_type_that_is_none_is_refused(make):
    with pytest.raises(ArgumentError, match=r"dtype must be one of .*'object', got 'complex128'"):
        make(3, dtype="complex128")


def test_what_comes_back_can_be_trained_and_saved(tmp_path):
    net = one_hot(3)
    net.compile("sgd", "mse")
    net.fit([[0], [1]], [[1, 0, 0], [0, 1, 0]], verbose=0)
    net.save(tmp_path / "a.npz")
    np.testing.assert_array_equal(one_hot(3)([1]), [[0, 1, 0]])
