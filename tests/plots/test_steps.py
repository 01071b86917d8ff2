"""The V of truncation and rounding, where theory has it."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from plots.pictures import CORNERS, EXCLUSIVE, magnitude, xor

from mlp import Network, plots
from mlp.layers import Dense

EPS = np.finfo(float).eps


def drawn(net, x=CORNERS, y=EXCLUSIVE, **settings):
    ax = plots.gradient_check(net, x, y, ax=Figure().subplots(), **settings)
    return ax, {line.get_label().split()[0]: line.get_data() for line in ax.get_lines()}


@pytest.fixture(scope="module")
def curves():
    return drawn(xor())[1]


def slope(curve, low, high):
    h, error = curve
    some = (h >= low) & (h <= high)
    return np.polyfit(np.log(h[some]), np.log(error[some]), 1)[0]


@pytest.mark.parametrize(
    ("method", "order", "best"), [("forward", 1, EPS ** (1 / 2)), ("central", 2, EPS ** (1 / 3))]
)
def test_differences_have_their_order_and_their_best_step(curves, method, order, best):
    h, error = curves[method]
    assert slope(curves[method], 100 * best, 0.1) == pytest.approx(order, abs=0.1)
    assert slope(curves[method], 1e-14, best / 100) == pytest.approx(-1, abs=0.25)
    assert best / 50 < h[error.argmin()] < best * 50
    assert error.min() < 100 * best**order


def test_the_complex_step_has_no_rounding(curves):
    h, error = curves["complex"]
    assert error[h < 1e-8].max() < 100 * EPS
    assert slope(curves["complex"], 1e-5, 0.1) == pytest.approx(2, abs=0.1)


def test_ridders_is_good_from_long_steps(curves):
    h, error = curves["Ridders"]
    assert error[(h > 1e-3) & (h < 0.1)].max() < 1e-9


def test_no_error_is_drawn_at_the_unit_of_rounding():
    net = Network([Dense(1, use_bias=False, kernel_initializer="ones", input_dim=1)])
    net.compile("sgd", "mae")  # |w|, whose differences are exact
    _, found = drawn(net, [[1.0]], [0.0], steps=[0.125, 0.5])
    for _, error in found.values():
        np.testing.assert_array_equal(error, EPS)


class Forgetful(Dense):
    """A layer whose gradient is wrong by a share of 1e-3."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.gradient_of("kernel")[...] *= 1.001
        return dx


def test_a_wrong_gradient_is_a_floor():
    net = Network([Forgetful(3, "tanh", input_dim=2), Dense(1)], rng=0)
    net.compile("sgd", "mse")
    _, found = drawn(net, steps=np.geomspace(1e-6, 1e-4, 3))
    for _, error in found.values():
        assert (error > 1e-5).all()


def test_methods_and_steps():
    ax, found = drawn(xor(), methods=["central", "forward"], steps=[1e-2, 1e-6])
    assert [*found] == ["central", "forward"]
    np.testing.assert_array_equal(found["central"][0], [1e-6, 1e-2])
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_methods_differ_in_colour_and_marker():
    lines = drawn(xor(), steps=[1e-3])[0].get_lines()
    assert len({line.get_color() for line in lines}) == len({line.get_marker() for line in lines}) == 4


def test_without_complex_numbers_there_is_no_complex_step():
    net = Network([Dense(2, magnitude, input_dim=2), Dense(1)], rng=0)
    net.compile("sgd", "mse")
    assert [*drawn(net, steps=[1e-3])[1]] == ["forward", "central", "Ridders"]


def test_a_network_of_single_precision_is_checked_in_double():
    _, found = drawn(xor().astype("float32"), methods=["complex"], steps=[1e-9])
    assert found["complex"][1] < 1e-13
