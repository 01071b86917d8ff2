"""The surface is the loss of a network whose weights were moved."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from plots.pictures import CORNERS, EXCLUSIVE, path, right_already, xor

from mlp import Network, plots
from mlp.layers import BatchNormalization, Dense
from mlp.plots import landscape


@pytest.fixture
def surfaces(monkeypatch):
    """Draws surfaces and gives what was computed: axes, points, losses and the directions."""
    seen = {}
    losses = landscape._losses

    def watched(net, samples, centre, directions, across, up):
        seen.update(directions=directions, across=across, up=up, centre=centre)
        seen["losses"] = losses(net, samples, centre, directions, across, up)
        return seen["losses"]

    monkeypatch.setattr(landscape, "_losses", watched)

    def draw(net, x=CORNERS, y=EXCLUSIVE, *args, **settings):
        seen["ax"] = plots.loss_surface(net, x, y, *args, ax=Figure().subplots(), n=5, **settings)
        return seen

    return draw


def penalized():
    net = Network(
        [Dense(3, "relu", kernel_regularizer="l2", input_dim=2), BatchNormalization(), Dense(1)], rng=0
    )
    net.compile("sgd", "mse", metrics=["mae"])
    return net


@pytest.mark.parametrize(
    "make", [xor, penalized, lambda: xor().astype("float32")], ids=["xor", "penalized", "float32"]
)
def test_the_surface_is_the_loss_there(make, surfaces):
    seen = surfaces(make(), span=0.7)
    twin = make().copy()
    for i, b in enumerate(seen["up"]):
        for j, a in enumerate(seen["across"]):
            twin.parameters = make().parameters + a * seen["directions"][0] + b * seen["directions"][1]
            loss = twin.evaluate(CORNERS, EXCLUSIVE, return_dict=True)["loss"]
            assert seen["losses"][i, j] == pytest.approx(loss, rel=1e-5 if twin.dtype == "float32" else 1e-12)
    np.testing.assert_allclose(seen["across"], [-0.7, -0.35, 0, 0.35, 0.7])


def test_what_is_drawn_is_what_was_computed(surfaces):
    seen = surfaces(xor())
    filled = seen["ax"].collections[0]
    assert filled.levels[0] == pytest.approx(seen["losses"].min())
    assert filled.levels[-1] == pytest.approx(seen["losses"].max())
    assert seen["ax"].figure.axes[1].get_ylabel() == "loss (binary crossentropy)"


def test_a_random_direction_is_as_long_as_the_weights_of_every_unit(surfaces):
    net = xor()
    for direction in surfaces(net)["directions"]:
        twin = net.copy()
        twin.parameters = direction
        for part, w in zip(twin.get_weights(), net.get_weights(), strict=True):
            np.testing.assert_allclose(np.linalg.norm(part, axis=0), np.linalg.norm(w, axis=0), rtol=1e-12)
    first, second = surfaces(net)["directions"]
    assert abs(first @ second) < 0.9 * np.linalg.norm(first) * np.linalg.norm(second)


def test_the_same_seed_gives_the_same_plane(surfaces):
    first, again, other = (surfaces(xor(), rng=seed)["directions"].copy() for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_given_directions_are_taken_as_they_are(surfaces):
    given = np.random.default_rng(0).standard_normal((2, 17))
    np.testing.assert_array_equal(surfaces(xor(), CORNERS, EXCLUSIVE, given)["directions"], given)


def test_a_path_lies_on_its_plane(surfaces):
    net = xor()
    way = path(net)  # on a parabola, so all of it is on the plane
    seen = surfaces(net, path=way)
    (line,) = (one for one in seen["ax"].get_lines() if one.get_label() == "path")
    np.testing.assert_allclose(np.column_stack(line.get_data()) @ seen["directions"] + net.parameters, way)
    low, high = seen["ax"].get_xlim()
    assert low < min(line.get_xdata()) <= max(line.get_xdata()) < high
    np.testing.assert_allclose(seen["directions"] @ seen["directions"].T, np.eye(2), atol=1e-12)
    shares = [
        float(label.split("(")[1].split()[0]) for label in (seen["ax"].get_xlabel(), seen["ax"].get_ylabel())
    ]
    assert sum(shares) == 100


def test_a_path_on_given_directions_that_are_not_orthogonal(surfaces):
    net, given = xor(), np.random.default_rng(0).standard_normal((2, 17)) + 1
    way = net.parameters + [[0.5, 0.0], [0.25, -1.0]] @ given
    seen = surfaces(net, CORNERS, EXCLUSIVE, given, path=way)
    (line,) = (one for one in seen["ax"].get_lines() if one.get_label() == "path")
    np.testing.assert_allclose(np.column_stack(line.get_data()), [[0.5, 0.0], [0.25, -1.0]], atol=1e-12)


def test_a_star_marks_the_weights(surfaces):
    star = surfaces(xor())["ax"].get_lines()[-1]
    assert star.get_marker() == "*"
    np.testing.assert_array_equal(star.get_data(), [[0], [0]])


def test_equal_ratios(surfaces):
    seen = surfaces(xor(), log=True)
    levels = seen["ax"].collections[0].levels
    np.testing.assert_allclose(levels[1:] / levels[:-1], levels[1] / levels[0])


def test_a_loss_that_is_flat(surfaces):
    net = right_already()
    net.layers[0].set_weights([[[0.0]], [0.0]])
    surfaces(net, [[0.0]], [0.0])
    assert (surfaces(net, [[0.0]], [0.0])["losses"] == 0).all()


def test_where_the_loss_is_not_finite_the_picture_has_a_hole(surfaces):
    net = Network([Dense(2, "exponential", input_dim=1), Dense(1)], rng=0)
    net.compile("sgd", "mse")
    seen = surfaces(net, [[1.0], [2.0]], [0.0, 1.0], span=600.0)
    assert not np.isfinite(seen["losses"]).all()
    assert np.isfinite(seen["ax"].collections[0].levels).all()
