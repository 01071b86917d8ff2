"""Sorting and interpolation: exact for every rational number, and in floats as near as they say."""

import bisect
import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mlp import errors
from mlp.exact import piecewise_linear, sort_two

fractions = st.builds(Fraction, st.integers(-(10**25), 10**25), st.integers(1, 10**20)) | st.integers(
    -9, 9
).map(Fraction)
floats = st.floats(-1e300, 1e300)
UNIT = Fraction(2) ** -53


@settings(max_examples=50, deadline=None)
@given(a=fractions, b=fractions | st.none())
def test_two_fractions_are_sorted(a, b):
    b = a if b is None else b
    assert sort_two(object)([[a, b]]).tolist() == [sorted([a, b])]


@settings(max_examples=50, deadline=None)
@given(a=floats, b=floats)
def test_two_floats_are_sorted_within_the_bound(a, b):
    size = abs(Fraction(a)) + abs(Fraction(b))
    found = sort_two()([[a, b]])[0]
    for value, right in zip(found, sorted([a, b]), strict=True):
        assert abs(Fraction(value) - Fraction(right)) <= 2 * UNIT * size


@settings(max_examples=40, deadline=None)
@given(a=st.integers(-(2**51), 2**51), b=st.integers(-(2**51), 2**51), ratio=st.floats(0.5, 2), scale=floats)
def test_what_needs_no_rounding_is_sorted_exactly(a, b, ratio, scale):
    assert sort_two()([[a, b]]).tolist() == [sorted([a, b])]
    assume(1e-300 < abs(scale) < 1e300)
    other = scale * ratio
    assume(abs(scale) / 2 <= abs(other) <= 2 * abs(scale))
    assert sort_two()([[scale, other]]).tolist() == [sorted([scale, other])]


def test_rounding_can_matter():
    assert sort_two()([[1e-20, -1.0]]).tolist() == [[-1.0, 0.0]]
    assert sort_two("float64").astype(object)([[1e-20, -1.0]]).tolist() == [[-1, Fraction(1e-20)]]


def interpolated(x, points, outside):
    """The value on the line between the neighbours of x, by its weighted mean."""
    places = [place for place, _ in points]
    if outside == "constant" and not places[0] <= x <= places[-1]:
        return points[0][1] if x < places[0] else points[-1][1]
    right = min(max(bisect.bisect_left(places, x), 1), len(points) - 1)
    (a, left_value), (b, right_value) = points[right - 1], points[right]
    return (left_value * (b - x) + right_value * (x - a)) / (b - a)


@st.composite
def lines(draw, numbers, values=None):
    places = sorted(draw(st.lists(numbers, min_size=2, max_size=6, unique=True)))
    return [(place, draw(numbers if values is None else values)) for place in places]


outsides = st.sampled_from(["linear", "constant"])


@settings(max_examples=50, deadline=None)
@given(points=lines(fractions), outside=outsides, x=fractions, place=st.integers(0, 5))
def test_fractions_are_interpolated_exactly(points, outside, x, place):
    net = piecewise_linear(*zip(*points, strict=True), outside, dtype=object)
    x = [x, points[place % len(points)][0], points[0][0] - 1, points[-1][0] + 1]
    assert net(x).ravel().tolist() == [interpolated(value, points, outside) for value in x]


@settings(max_examples=50, deadline=None)
@given(
    points=lines(st.floats(-1e3, 1e3, width=32), st.floats(-1e6, 1e6)),
    outside=outsides,
    x=st.floats(-2e3, 2e3),
)
def test_floats_are_interpolated_within_the_bound(points, outside, x):
    exact = [(Fraction(a), Fraction(b)) for a, b in points]
    gaps = [b - a for (a, _), (b, _) in pairwise(exact)]
    assume(min(gaps) > Fraction(1, 10**6))
    slopes = [(v - u) / (b - a) for (a, u), (b, v) in pairwise(exact)]
    weights = [slopes[0], *(t - s for s, t in pairwise(slopes))]
    last = (-slopes[0], exact[0][0]) if outside == "linear" else (-slopes[-1], exact[-1][0])
    units = [*zip(weights, [a for a, _ in exact], strict=False), last]
    net = piecewise_linear(*zip(*points, strict=True), outside)
    for value in (x, *(a for a, _ in points)):
        size = abs(exact[0][1]) + sum(abs(w) * (abs(Fraction(value)) + abs(a)) for w, a in units)
        error = abs(Fraction(net([value]).item()) - interpolated(Fraction(value), exact, outside))
        assert error <= (len(points) + 8) * UNIT * size + Fraction(2) ** -1000


def test_nearby_points_cost_digits():
    """Why the bound is not one of the result: the slopes of a steep spike are added up and taken away again."""
    net = piecewise_linear([0, 2**-30, 2**-29, 1], [0, 1 / 3, 0, 0.1])
    assert net([1]).item() != 0.1
    assert math.isclose(net([1]).item(), 0.1, rel_tol=1e-4)
    exact = piecewise_linear([0, 2**-30, 2**-29, 1], [0, 1 / 3, 0, 0.1], dtype=object)
    assert exact([1]).item() == Fraction(0.1)


def test_several_functions_at_once():
    y = [[0, 5], [1, 5], [-1, 7]]
    net = piecewise_linear([0, 1, 3], y)
    assert net([0, 1, 2, 3, 4]).tolist() == [[0, 5], [1, 5], [0, 6], [-1, 7], [-2, 8]]


@pytest.mark.parametrize("dtype", ["float32", "float64", object])
def test_two_points_are_a_line(dtype):
    assert piecewise_linear([1, 3], [2, 6], dtype=dtype)([-1, 0, 1, 2, 5]).ravel().tolist() == [
        -2,
        0,
        2,
        4,
        10,
    ]
    constant = piecewise_linear([1, 3], [2, 6], outside="constant", dtype=dtype)
    assert constant([-1, 0, 1, 2, 5]).ravel().tolist() == [2, 2, 2, 4, 6]


BAD = {
    "one point": (([1], [2]), "x_points must be at least two numbers, got one"),
    "no points": (([], []), "x_points must be a row"),
    "not ascending": (([1, 3, 2], [1, 2, 3]), r"x_points must ascend, got 3 at x_points\[1\] and 2 at x_points\[2\]"),
    "twice": (([1, 1], [1, 2]), "x_points must ascend, got 1 at"),
    "nan": (([1, np.nan], [1, 2]), r"x_points must be finite, got nan at x_points\[1\]"),
    "infinite value": (([1, 2], [1, -np.inf]), r"y_points must be finite, got -inf at y_points\[1\]"),
    "too few values": (([1, 2, 3], [1, 2]), "y_points must have a value for each of the 3 points, got 2"),
    "text": ((["a", "b"], [1, 2]), "x_points must hold"),
    "a matrix": (([[1, 2]], [1, 2]), "x_points must be a row"),
    "values in too many axes": (([1, 2], [[[1]], [[2]]]), "y_points must be a number for each point"),
    "ragged": (([1, 2], [[1], [2, 3]]), r"y_points must hold .*got \[1\] \(list\)"),
    "a number": (([1, 2], 3), "y_points must be a number for each point"),
    "outside": (([1, 2], [1, 2], "mirror"), "outside must be one of 'linear', 'constant'"),
    "overflow": (([0, 1e-300], [0, 1e300]), "piecewise_linear: a weight .*overflows float64; use dtype=object"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_arguments_are_refused(case):
    arguments, message = BAD[case]
    with pytest.raises(errors.ArgumentError, match=message):
        piecewise_linear(*arguments)


def test_a_slope_beyond_floats_is_a_fraction():
    net = piecewise_linear([0, 1e-300], [0, 1e300], dtype=object)
    assert net([Fraction(1e-300) / 2]).item() == Fraction(1e300) / 2
