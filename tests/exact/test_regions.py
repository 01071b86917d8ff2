"""Half-spaces and what they have in common: right for every rational point, and in floats where rounding allows."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mlp import errors
from mlp.exact import convex_region, half_space

numbers = st.builds(Fraction, st.integers(-99, 99), st.integers(1, 12))
floats = st.floats(-1e6, 1e6)


def product(normal, x):
    return sum(a * b for a, b in zip(normal, x, strict=True))


@st.composite
def sides(draw, elements, n=None, most=4):
    n = n or draw(st.integers(1, 4))
    normal = st.lists(elements, min_size=n, max_size=n).filter(any)
    return draw(st.lists(st.tuples(normal, elements), min_size=1, max_size=most)), draw(
        st.lists(elements, min_size=n, max_size=n)
    )


@settings(max_examples=40, deadline=None)
@given(drawn=sides(numbers, most=1), closed=st.booleans(), onto=st.booleans())
def test_a_half_space_is_right_for_every_rational_point(drawn, closed, onto):
    ((normal, offset),), x = drawn
    if onto:
        offset = product(normal, x)
    value = product(normal, x)
    inside = value > offset or (closed and value == offset)
    net = half_space(normal, offset, closed, dtype=object)
    assert net([x]).tolist() == [[int(inside)]]
    assert half_space(np.array(normal), offset, closed, object)([x]).item() == int(inside)


@settings(max_examples=40, deadline=None)
@given(drawn=sides(floats, most=1), closed=st.booleans())
def test_in_floats_it_is_right_beyond_the_bound(drawn, closed):
    ((normal, offset),), x = drawn
    exact = [[Fraction(v) for v in row] for row in (normal, x)]
    z = product(*exact) - Fraction(offset)
    size = sum(abs(a * b) for a, b in zip(*exact, strict=True)) + abs(Fraction(offset))
    assume(abs(z) > (len(x) + 3) * Fraction(2) ** -53 * size + Fraction(2) ** -1000)
    assert half_space(normal, offset, closed)([x]).item() == int(z > 0)


def test_rounding_matters_within_the_bound():
    tenth = Fraction(1, 10)
    at_three_tenths = [[tenth, 2 * tenth]]
    assert half_space([1, 1], 3 * tenth, dtype=object)(at_three_tenths).item() == 0
    assert half_space([1, 1], 0.3)([[0.1, 0.2]]).item() == 1


@pytest.mark.parametrize("dtype", ["float64", object])
def test_the_line_of_the_articles(dtype):
    points = [[0.25, 0.25], [0.3, 0.1], [0.5, 0.25], [0.0, 0.5]]
    assert half_space([1, 1], 0.5, dtype=dtype)(points).ravel().tolist() == [0, 0, 1, 0]
    assert half_space([1, 1], 0.5, closed=True, dtype=dtype)(points).ravel().tolist() == [1, 0, 1, 1]


@settings(max_examples=40, deadline=None)
@given(drawn=sides(numbers), closed=st.booleans(), onto=st.booleans())
def test_a_region_is_right_for_every_rational_point(drawn, closed, onto):
    given_sides, x = drawn
    normals, offsets = [normal for normal, _ in given_sides], [offset for _, offset in given_sides]
    if onto:
        offsets[0] = product(normals[0], x)
    values = [product(normal, x) for normal in normals]
    inside = all(v > b or (closed and v == b) for v, b in zip(values, offsets, strict=True))
    assert convex_region(normals, offsets, closed, dtype=object)([x]).tolist() == [[int(inside)]]


def test_a_square_on_a_grid_in_floats():
    net = convex_region([[1, 0], [-1, 0], [0, 1], [0, -1]], [-1, -1, -1, -1])
    closed = convex_region([[1, 0], [-1, 0], [0, 1], [0, -1]], [-1, -1, -1, -1], closed=True)
    grid = np.array([[a / 4, b / 4] for a in range(-8, 9) for b in range(-8, 9)])
    size = np.abs(grid).max(axis=1)
    np.testing.assert_array_equal(net(grid).ravel(), size < 1)
    np.testing.assert_array_equal(closed(grid).ravel(), size <= 1)


BAD = {
    "no direction": (lambda: half_space([0, 0], 1), "normal must not be all zero"),
    "a number": (lambda: half_space(1, 1), "normal must be a row of numbers"),
    "nothing": (lambda: half_space([], 1), "normal must be a row of numbers"),
    "nan": (lambda: half_space([1, np.nan]), r"normal must be finite, got nan at normal\[1\]"),
    "infinity": (lambda: half_space([1, 1], np.inf), r"offset must be finite, got inf"),
    "text": (lambda: half_space(["1"]), r"normal must hold .*got '1' \(str\) at normal\[0\]"),
    "several offsets": (lambda: half_space([1, 1], [1, 2]), "offset must be a number"),
    "closed": (lambda: half_space([1], closed=1), "closed must be True or False"),
    "dtype": (lambda: half_space([1], dtype="int32"), "dtype must be one of"),
    "overflow": (lambda: half_space([Fraction(10) ** 400]), "half_space: a weight .* overflows float64; use dtype=object"),
    "sides that are no matrix": (lambda: convex_region([1, 2], [1]), "normals must be rows of numbers"),
    "too few offsets": (lambda: convex_region([[1, 2], [3, 4]], [1]), "one number for each of the 2 normals, got 1"),
    "no direction among sides": (lambda: convex_region([[1, 2], [0, 0]], [1, 1]), r"normals\[1\] must not be all zero"),
    "ragged": (lambda: convex_region([[1, 2], [1]], [1, 1]), "normals"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_arguments_are_refused(case):
    call, message = BAD[case]
    with pytest.raises((errors.ArgumentError, errors.ArgumentTypeError), match=message):
        call()
