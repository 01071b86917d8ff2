"""What is coloured at a point is what the network says there."""

from fractions import Fraction

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from plots.pictures import CORNERS, amounts, flowers, iris, xor

from mlp import Network, plots
from mlp.errors import ArgumentError
from mlp.exact import half_space
from mlp.layers import Dense


def drawn(net, *data, **settings):
    return plots.decision_boundary(net, *data, ax=Figure().subplots(), **{"resolution": 40, **settings})


def grid(ax):
    """The points at the middles of the pixels, and what stands in these."""
    (picture,) = ax.images
    left, right, low, high = picture.get_extent()
    shown = np.asarray(picture.get_array())
    rows, columns = shown.shape
    across = left + (right - left) * (np.arange(columns) + 0.5) / columns
    up = low + (high - low) * (np.arange(rows) + 0.5) / rows
    assert picture.origin == "lower"
    return np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2), shown.ravel()


def hand_built(last, *weights, loss=None, units=1):
    net = Network([Dense(units, last, input_dim=2)])
    net.set_weights(weights)
    if loss is not None:
        net.compile("sgd", loss)
    return net


LINE = [[[1.0], [1.0]], [-0.5]]


@pytest.mark.parametrize("make", [xor, amounts], ids=["decision", "amount"])
def test_one_output_is_the_prediction(make):
    points, shown = grid(drawn(make(), CORNERS))
    np.testing.assert_allclose(shown, make().predict(points)[:, 0], rtol=1e-12)


def test_of_several_outputs_the_colour_is_that_of_the_largest():
    ax = drawn(iris(), *flowers())
    points, shown = grid(ax)
    outputs = iris().predict(points)
    np.testing.assert_array_equal(np.floor(shown), outputs.argmax(axis=1))
    assert {*np.floor(shown)} == {0, 1, 2}
    ordered = np.sort(outputs, axis=1)
    np.testing.assert_allclose(shown % 1, ordered[:, 2] - ordered[:, 1], atol=1 / 128)
    (picture,) = ax.images
    certain = [picture.cmap(picture.norm(i + 0.99))[:3] for i in range(3)]
    assert [int(np.argmax(colour)) for colour in certain] == [2, 0, 1]  # bluish, reddish, greenish


def test_outputs_that_are_no_probabilities():
    net = hand_built("linear", [[5.0, 0.0, -5.0], [0.0, 7.0, 0.0]], [0.1, 0.02, -0.03], units=3)
    points, shown = grid(drawn(net, limits=(-1, 1)))
    np.testing.assert_array_equal(np.floor(shown), net.predict(points).argmax(axis=1))


@pytest.mark.parametrize(
    ("last", "loss", "settings", "level"),
    [
        ("sigmoid", None, {}, 0.5),
        ("tanh", None, {}, 0.0),
        ("linear", "hinge", {}, 0.0),
        ("linear", "binary_crossentropy", {}, 0.5),
        ("linear", "mse", {"threshold": 0.25}, 0.25),
        ("sigmoid", "mse", {"threshold": 0.7}, 0.7),
    ],
)
def test_the_line_is_where_the_decision_changes(last, loss, settings, level):
    net = hand_built(last, *LINE, loss=loss)
    ax = drawn(net, limits=(-2, 2), **settings)
    (line,) = (one for one in ax.collections if isinstance(one, QuadContourSet))
    assert line.levels == [level]
    (way,) = (path.vertices for path in line.get_paths())
    np.testing.assert_allclose(net.predict(way)[:, 0], level, atol=0.02)


def test_logits_are_decided_at_0():
    from mlp.losses import BinaryCrossentropy

    net = hand_built("linear", *LINE, loss=BinaryCrossentropy(from_logits=True))
    (line,) = (one for one in drawn(net, limits=(-2, 2)).collections if isinstance(one, QuadContourSet))
    assert line.levels == [0.0]


def test_a_network_inside_a_network_is_looked_into():
    net = Network([Dense(2, input_dim=2), Network([Dense(1, "tanh", input_dim=2)])], rng=0)
    assert [one.levels for one in drawn(net, limits=(-1, 1)).collections] == [[0.0]]


@pytest.mark.parametrize("labels", [[-1, 1, 1, -1], [0, 1, 1, 0], [[0], [1], [1], [0]], [0.0, 1.0, 1.0, 0.0]])
def test_points_of_a_class_have_one_marker(labels):
    groups = [g for g in drawn(xor(), CORNERS, labels).collections if isinstance(g, PathCollection)]
    assert [np.asarray(g.get_offsets()).tolist() for g in groups] == [[[0, 0], [1, 1]], [[0, 1], [1, 0]]]
    first, second = (g.get_paths()[0].vertices.shape for g in groups)
    assert first != second


def test_one_hot_targets_are_classes():
    x, y = flowers()
    groups = [
        [
            np.asarray(g.get_offsets())
            for g in drawn(iris(), x, t).collections
            if isinstance(g, PathCollection)
        ]
        for t in (y, np.eye(3)[y])
    ]
    for one, other, c in zip(*groups, range(3), strict=True):
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(one, x[y == c])


def test_points_have_their_amounts_on_the_same_scale():
    ax = drawn(amounts(), CORNERS, [3.0, 0.0, 0.0, -2.0])
    (points,) = (one for one in ax.collections if isinstance(one, PathCollection))
    assert points.get_array().tolist() == [3.0, 0.0, 0.0, -2.0]
    assert points.norm is ax.images[0].norm
    assert (points.norm.vmin, points.norm.vmax) == (-2.0, 3.0)


def test_one_of_several_outputs():
    x, y = flowers()
    ax = drawn(iris(), x, y, output=1)
    points, shown = grid(ax)
    np.testing.assert_allclose(shown, iris().predict(points)[:, 1], rtol=1e-12)
    (drawn_points,) = (one for one in ax.collections if isinstance(one, PathCollection))
    np.testing.assert_array_equal(drawn_points.get_array(), y == 1)
    column = drawn(iris(), x, np.eye(3)[y] / 2, output=2).collections[-1].get_array()
    np.testing.assert_array_equal(column, (y == 2) / 2)


def test_points_without_targets_are_all_alike():
    groups = [one for one in drawn(xor(), CORNERS).collections if isinstance(one, PathCollection)]
    assert [len(group.get_offsets()) for group in groups] == [4]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (None, (-0.1, 1.1, -0.2, 2.2)),
        ((-3, 3), (-3, 3, -3, 3)),
        (((0, 1), (2, 5)), (0, 1, 2, 5)),
        (np.array([[0, 1], [2, 5]]), (0, 1, 2, 5)),
    ],
)
def test_limits(limits, expected):
    ax = drawn(xor(), [[0.0, 0.0], [1.0, 2.0]], limits=limits)
    np.testing.assert_allclose([*ax.get_xlim(), *ax.get_ylim()], expected)
    np.testing.assert_allclose(ax.images[0].get_extent(), expected)


def test_a_single_point_has_room_around_it():
    assert drawn(xor(), [[2.0, 5.0]]).get_xlim() == (1.0, 3.0)


def test_the_paper_is_where_nothing_is_decided():
    for paper in ("white", "black", "#203040"):
        ax = Figure().subplots()
        ax.set_facecolor(paper)
        plots.decision_boundary(hand_built("sigmoid", *LINE), limits=(-1, 1), resolution=9, ax=ax)
        (picture,) = ax.images
        middle = picture.cmap(picture.norm(0.5))[:3]
        np.testing.assert_allclose(middle, ax.get_facecolor()[:3], atol=0.01)


def test_a_flat_output_has_no_line():
    for last in ("tanh", "linear"):
        flat = hand_built(last, np.zeros((2, 1)), np.zeros(1))
        assert not drawn(flat, limits=(-1, 1)).collections


def test_names():
    ax = drawn(iris(), *flowers(), labels=["a", "b", "c"], names=["length (cm)", "width (cm)"])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("length (cm)", "width (cm)")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b", "c"]


def test_regions_without_points_have_their_names_in_them():
    ax = drawn(iris(), limits=((0, 7), (0, 3)), labels=["a", "b", "c"])
    assert ax.get_legend() is None
    for text in ax.texts:
        where = iris().predict(np.array([text.get_position()]))
        assert "abc"[int(where.argmax())] == text.get_text()
    assert len(ax.texts) == 3


def test_networks_of_fractions():
    ax = drawn(half_space([1, 1], Fraction(1, 3), dtype=object), CORNERS, [0, 1, 1, 1])
    points, shown = grid(ax)
    np.testing.assert_array_equal(shown > 0.5, points.sum(axis=1) > Fraction(1, 3))


def test_more_classes_than_names_have_place():
    net = Network([Dense(51, "softmax", input_dim=2)])
    with pytest.raises(ArgumentError, match="place for 50 classes, got 51; look at one of them: output=0"):
        drawn(net, limits=(0, 1))
    drawn(net, limits=(0, 1), output=50)
