"""Predictions over references, and the numbers in the legend."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from mlp import plots

RIGHT = np.array([1.0, 2.0, 4.0, 8.0])
SAID = np.array([1.5, 2.0, 3.0, 8.25])


def drawn(*data, **settings):
    return plots.parity(*data, ax=Figure().subplots(), **settings)


def words(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.mark.parametrize("columns", [1, 2, 5])
def test_points_are_the_pairs(columns):
    rng = np.random.default_rng(0)
    right, said = rng.standard_normal((2, 9, columns))
    groups = drawn(right, said).collections
    assert len(groups) == columns
    for i, group in enumerate(groups):
        np.testing.assert_array_equal(group.get_offsets(), np.column_stack([right[:, i], said[:, i]]))
    assert len({tuple(group.get_facecolor()[0]) for group in groups}) == columns
    assert len({group.get_paths()[0].vertices.tobytes() for group in groups}) == columns


def test_a_column_is_a_vector():
    (one,), (other,) = drawn(RIGHT, SAID).collections, drawn(RIGHT[:, None], SAID).collections
    np.testing.assert_array_equal(one.get_offsets(), other.get_offsets())


def test_the_diagonal_goes_from_corner_to_corner_of_a_square():
    ax = drawn(RIGHT, SAID)
    (line,) = ax.get_lines()
    np.testing.assert_array_equal(*line.get_data())
    assert ax.get_xlim() == ax.get_ylim() == (line.get_xdata()[0], line.get_xdata()[-1])
    assert ax.get_xlim()[0] < 1.0
    assert ax.get_xlim()[1] > 8.25
    assert ax.get_aspect() == 1.0


def test_the_legend_tells_how_near_they_are():
    difference = SAID - RIGHT
    (text,) = words(drawn(RIGHT, SAID, unit="eV"))
    r, rmse, largest = (line.split(" = ")[1] for line in text.splitlines())
    x, y = RIGHT - RIGHT.mean(), SAID - SAID.mean()
    assert float(r) == pytest.approx(x @ y / np.sqrt((x @ x) * (y @ y)), abs=5e-4)
    assert rmse == f"{np.sqrt(np.mean(difference**2)):.3g} eV"
    assert largest == "1 eV"


@pytest.mark.parametrize(
    ("said", "r"), [(RIGHT, "1"), (-RIGHT, "-1"), (RIGHT + np.array([1e-3, 0, 0, 0]), "0.99999999")]
)
def test_a_correlation_that_is_not_1_is_not_shown_as_1(said, r):
    (text,) = words(drawn(RIGHT, said))
    assert text.startswith(f"r = {r}\n")


@pytest.mark.parametrize(
    ("right", "said"), [([1.0, 1.0], [1.0, 2.0]), ([1.0, 2.0], [3.0, 3.0]), ([5.0], [4.0])]
)
def test_without_spread_there_is_no_correlation(right, said):
    (text,) = words(drawn(right, said))
    assert text.startswith("RMSE")


@pytest.mark.parametrize("value", [0.0, 3.0, -2.0])
def test_a_single_point_has_room_around_it(value):
    low, high = drawn([value], [value]).get_xlim()
    assert low < value < high


def test_names_and_units():
    ax = drawn(np.eye(2), np.eye(2), quantity="force", unit="N", labels=["x", "y"])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("reference force (N)", "predicted force (N)")
    assert [text.splitlines()[0] for text in words(ax)] == ["x", "y"]
    assert [text.splitlines()[0] for text in words(drawn(np.eye(2), np.eye(2)))] == ["output 0", "output 1"]
