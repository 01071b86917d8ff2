"""Curves are their functions, and no line joins the two sides of a jump."""

import warnings

import numpy as np
import pytest
from matplotlib.figure import Figure

from mlp import activations, plots
from mlp.activations import ACTIVATIONS
from mlp.activations.base import AlongAxis

BY_ELEMENT = sorted(name for name, c in ACTIVATIONS.classes.items() if not issubclass(c, AlongAxis))
BY_ROW = sorted(name for name, c in ACTIVATIONS.classes.items() if issubclass(c, AlongAxis))

#: Where they, and their derivatives, jump between -5 and 5.
JUMPS = {
    "Step": ([0], []), "HardShrink": ([-0.5, 0.5], [-0.5, 0.5]), "Threshold": ([0.3], [0.3]), "Relu": ([], [0]), "Relu6": ([], [0]),
    "LeakyRelu": ([], [0]), "Selu": ([], [0]), "SoftShrink": ([], [-0.5, 0.5]), "HardTanh": ([], [-1, 1]),
    "HardSigmoid": ([], [-3, 3]), "HardSilu": ([], [-3, 3]), "SparseSigmoid": ([], [-1, 1]),
}  # fmt: skip


def drawn(*functions, **settings):
    return plots.activation(*functions, ax=Figure().subplots(), **settings)


def curves(ax):
    """The curves by their name: x and y, and where they jump."""
    lines = ax.get_lines()
    labelled = [i for i, line in enumerate(lines) if not line.get_label().startswith("_")]
    return {
        lines[i].get_label(): [np.array(line.get_data(), float) for line in lines[i : i + 3]]
        for i in labelled
    }


def listed():
    """The functions that this library has by name: others may have been registered by tests."""
    own = [name for name in BY_ELEMENT if ACTIVATIONS.classes[name].__module__.startswith("mlp.")]
    return [
        activations.Threshold(0.3, -2.0) if name == "Threshold" else activations.get(name) for name in own
    ]


@pytest.mark.parametrize("function", listed(), ids=repr)
def test_curves_are_the_function_and_its_derivative(function):
    found = curves(drawn(function, limits=(-4.3, 5)))
    assert len(found) == 2
    for (line, left_out, taken), f, jumps in zip(
        found.values(),
        (function, function.derivative),
        JUMPS.get(type(function).__name__, ([], [])),
        strict=True,
    ):
        at = ~np.isnan(line[0])
        off = np.abs(line[1, at] - f(line[0, at]))
        assert np.count_nonzero(off > 1e-12) == len(jumps)  # the sides that are only approached
        np.testing.assert_array_equal(taken[0], jumps)
        np.testing.assert_array_equal(left_out[0], jumps)
        np.testing.assert_array_equal(taken[1], f(taken[0]))
        assert np.count_nonzero(np.isnan(line[0])) == len(jumps)
        # Between two neighbouring points a curve without jumps goes nowhere far.
        assert np.nanmax(np.abs(np.diff(line[1]))) < 0.02 * (1 + np.nanmax(np.abs(line[1])))


@pytest.mark.parametrize(
    "name", [name for name in BY_ROW if ACTIVATIONS.classes[name].__module__.startswith("mlp.")]
)
def test_what_works_on_rows_is_its_first_output_for_rows_x_0(name):
    function = activations.get(name)
    (label, (line, *_)), (_, (slope, *_)) = curves(drawn(name)).items()
    assert label.endswith("of (x, 0), first output")
    x = line[0][::100]
    np.testing.assert_allclose(line[1][::100], [function([[v, 0.0]])[0, 0] for v in x])
    smooth = np.abs(np.abs(slope[0]) - 1) > 0.1
    x = slope[0][smooth]
    numerical = [(function([[v + 1e-6, 0.0]])[0, 0] - function([[v - 1e-6, 0.0]])[0, 0]) / 2e-6 for v in x]
    np.testing.assert_allclose(slope[1][smooth], numerical, atol=1e-7)


def test_a_step_stands_on_the_lower_side():
    line, left_out, taken = curves(drawn("step"))["step"]
    assert taken.tolist() == [[0.0], [0.0]]
    assert left_out.tolist() == [[0.0], [1.0]]
    gap = int(np.flatnonzero(np.isnan(line[0]))[0])
    assert {*line[1, :gap]} == {0.0}
    assert {*line[1, gap + 1 :]} == {1.0}
    assert line[0, gap - 1] == line[0, gap + 1] == 0.0


def test_a_value_that_neither_side_comes_near():
    def sign(x):
        return np.sign(x)

    sign.derivative = np.zeros_like
    _, left_out, taken = curves(drawn(sign))["sign"]
    assert {*left_out[1]} == {-1.0, 1.0}
    assert {*taken[1]} == {0.0}


def test_a_function_of_ones_own():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = curves(drawn(lambda x: x**2))
    assert [*found] == ["<lambda>", "<lambda>'"]
    (line, *_), (slope, *_) = found.values()
    np.testing.assert_allclose(line[1], line[0] ** 2)
    np.testing.assert_allclose(slope[1], 2 * slope[0], atol=1e-10)


def test_a_surrogate_is_called_one():
    assert [*curves(drawn(activations.Step(surrogate="triangle")))][1].startswith("surrogate of")


def test_derivatives_may_be_left_out():
    ax = drawn("tanh", "relu", derivative=False)
    assert [*curves(ax)] == ["tanh", "relu"]
    assert ax.get_ylabel() == "f(x)"


def test_several_differ_in_colour_and_marker_and_derivatives_are_dashed():
    ax = drawn("tanh", "relu", "elu")
    lines = [line for line in ax.get_lines() if not line.get_label().startswith("_")]
    assert len({line.get_color() for line in lines}) == len({line.get_marker() for line in lines}) == 3
    assert [line.get_linestyle() for line in lines] == ["-", "--"] * 3


def test_limits():
    ax = drawn("exponential", limits=(1, 2))
    assert ax.get_xlim() == (1, 2)
    assert np.nanmax(curves(ax)["exponential"][0][0]) == 2


def test_numbers_beyond_all_bounds_are_no_jumps():
    (line, left_out, _), *_ = curves(drawn("exponential", limits=(0, 1000))).values()
    assert np.isinf(line[1]).any()
    assert left_out.size == 0
