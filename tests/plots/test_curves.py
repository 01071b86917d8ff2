"""The numbers of each epoch are those of the lines."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from plots.pictures import CORNERS, EXCLUSIVE

from mlp import Network, plots
from mlp.layers import Dense


@pytest.fixture(scope="module")
def run():
    net = Network([Dense(2, "tanh", input_dim=2), Dense(1, "sigmoid")], rng=0)
    net.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return net.fit(
        CORNERS, EXCLUSIVE, epochs=7, initial_epoch=3, verbose=0, validation_data=(CORNERS, EXCLUSIVE)
    )


def drawn(*runs, **settings):
    return plots.history(*runs, ax=Figure().subplots(), **settings)


def lines(ax):
    return [(line.get_xdata().tolist(), line.get_ydata().tolist()) for line in ax.get_lines()]


def words(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.mark.parametrize("metric", ["loss", "accuracy"])
def test_lines_are_the_history(run, metric):
    ax = drawn(run, metric=metric)
    epochs = [4, 5, 6, 7]  # as the progress display counts them
    assert lines(ax) == [(epochs, run.history[metric]), (epochs, run.history[f"val_{metric}"])]
    assert ax.get_ylabel() == metric


def test_held_out_data_are_dashed_in_the_same_colour(run):
    training, validation = drawn(run).get_lines()
    assert training.get_color() == validation.get_color()
    assert (training.get_linestyle(), validation.get_linestyle()) == ("-", "--")


def test_a_dict_begins_with_epoch_1():
    assert lines(drawn({"loss": [3, 2, 1]})) == [([1, 2, 3], [3, 2, 1])]


def test_several_runs_differ_in_colour_and_marker(run):
    ax = drawn(run, run.history, {"loss": [1.0] * 30})
    colours = [line.get_color() for line in ax.get_lines()]
    markers = [line.get_marker() for line in ax.get_lines()]
    assert colours[0] == colours[1] != colours[2] == colours[3] != colours[4]
    assert len({*colours}) == len({*markers}) == 3


@pytest.mark.parametrize(
    ("runs", "labels", "expected"),
    [
        (1, None, ["training", "validation"]),
        (1, ["Adam"], ["Adam", "Adam, validation"]),
        (2, None, ["run 1", "run 2", "training", "validation"]),
        (2, ["a", "b"], ["a", "b", "training", "validation"]),
    ],
)
def test_legend(run, runs, labels, expected):
    assert words(drawn(*[run] * runs, labels=labels)) == expected


def test_one_curve_needs_no_legend():
    assert drawn({"loss": [2, 1]}).get_legend() is None


def test_many_runs_have_colours():
    ax = drawn(*[{"loss": [1, 2]}] * 14)
    assert len({tuple(np.ravel(line.get_color())) for line in ax.get_lines()}) == 14


def test_epochs_are_whole_numbers():
    ax = drawn({"loss": [2, 1]})
    assert all(tick == round(tick) for tick in ax.get_xticks())


def test_scale_and_unit():
    ax = drawn({"mean_squared_error": [2, 1]}, metric="mean_squared_error", log=True, unit="eV²")
    assert (ax.get_yscale(), ax.get_ylabel()) == ("log", "mean squared error (eV²)")


def test_a_loss_that_broke_down_leaves_a_gap():
    ((_, values),) = lines(drawn({"loss": [1.0, np.nan, 2.0]}))
    assert np.isnan(values[1])
