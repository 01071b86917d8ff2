"""Each picture is a unit's weights."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from mlp import Network, plots
from mlp.layers import Activation, Dense, Flatten


def network(inputs, units):
    return Network([Dense(units, input_dim=inputs), Dense(2)], rng=0)


def drawn(*given, **settings):
    ax = plots.weights(*given, ax=Figure().subplots(), **settings)
    (image,) = ax.images
    return ax, image, np.ma.filled(image.get_array().astype(float), np.nan)


@pytest.mark.parametrize(
    ("inputs", "units", "shape", "sides"),
    [
        (64, 7, None, (8, 8)),
        (784, 3, None, (28, 28)),
        (25, 1, None, (5, 5)),
        (12, 5, (3, 4), (3, 4)),
        (64, 9, (4, 16), (4, 16)),
    ],
)
def test_every_unit_is_a_picture(inputs, units, shape, sides):
    net = network(inputs, units)
    _, image, wall = drawn(net, shape)
    height, width = sides
    line = max(1, min(sides) // 14)
    columns = (wall.shape[1] + line) // (width + line)
    for unit, kernel in enumerate(net.layers[0].kernel.T):
        row, column = divmod(unit, columns)
        top, left = row * (height + line), column * (width + line)
        np.testing.assert_array_equal(wall[top : top + height, left : left + width], kernel.reshape(sides))
    assert np.count_nonzero(~np.isnan(wall)) == net.layers[0].kernel.size
    assert np.array_equal(np.isnan(wall) & (image.get_alpha() == 0), image.get_alpha() == 0)


def test_numbers_of_units_are_those_of_row_and_column():
    ax, *_ = drawn(network(64, 12))
    names = [text.get_text() for text in ax.get_xticklabels()]
    assert names == ["+0", "+1", "+2", "+3"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["0", "4", "8"]


def test_many_units_do_not_crowd_the_sides():
    ax, *_ = drawn(network(25, 400), n=400)
    assert len(ax.get_xticks()) <= 10


@pytest.mark.parametrize(("inputs", "units"), [(4, 10), (16, 3), (30, 5)])
def test_a_table_is_no_picture(inputs, units):
    net = network(inputs, units)
    ax, _, shown = drawn(net)
    np.testing.assert_array_equal(shown, net.layers[0].kernel)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("unit", "input")


def test_one_scale_with_0_in_its_middle():
    for inputs in (4, 64):
        net = network(inputs, 6)
        net.parameters = np.abs(net.parameters)
        ax, image, _ = drawn(net)
        reach = np.abs(net.layers[0].kernel).max()
        assert (image.norm.vmin, image.norm.vmax) == (-reach, reach)
        np.testing.assert_allclose(image.cmap(image.norm(0.0))[:3], (1, 1, 1), atol=0.01)
        assert ax.figure.axes[1].get_ylabel() == "weight"


def test_some_of_the_units():
    ax, _, wall = drawn(network(64, 100))
    assert np.count_nonzero(~np.isnan(wall)) == 64 * 64
    assert "the first 64 of 100 units" in ax.get_xlabel()
    ax, _, wall = drawn(network(64, 100), n=3)
    assert np.count_nonzero(~np.isnan(wall)) == 3 * 64


def test_rows_that_are_pictures_have_their_own_shape():
    net = Network([Flatten(input_shape=(4, 9)), Activation("tanh"), Dense(2)], rng=0)
    _, _, wall = drawn(net)
    assert wall.shape[0] == 4 or wall.shape[0] == 9
    assert np.isin(net.layers[2].kernel[:9, 0], wall).all()


def test_a_layer_may_be_given():
    net = Network([Dense(3, input_dim=4), Dense(5)], rng=0)
    _, _, shown = drawn(net.layers[1])
    np.testing.assert_array_equal(shown, net.layers[1].kernel)


def test_weights_that_are_all_0():
    _, image, _ = drawn(Network([Dense(2, kernel_initializer="zeros", input_dim=3)]))
    assert (image.norm.vmin, image.norm.vmax) == (-1, 1)
