"""Cells hold counts, and can be read."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from plots.pictures import CORNERS, EXCLUSIVE, amounts, flowers, iris, xor

from mlp import Network, plots
from mlp.errors import ArgumentError
from mlp.layers import Dense
from mlp.plots.drawing import contrast


def drawn(*given, **settings):
    return plots.confusion_matrix(*given, ax=Figure().subplots(), **settings)


def cells(ax, read=int):
    """What the cells say, by where they stand: rows and columns."""
    size = len(ax.get_xticks())
    found = np.empty((size, size), float)
    for text in ax.texts:
        column, row = text.get_position()
        found[row, column] = read(text.get_text())
    return found


def names(ax):
    return [text.get_text() for text in ax.get_xticklabels()]


def counted(true, said, size):
    return [
        [sum(t == i and s == j for t, s in zip(true, said, strict=True)) for j in range(size)]
        for i in range(size)
    ]


def test_rows_are_true_and_columns_predicted():
    true, said = [0, 0, 1, 2, 2, 2], [0, 1, 1, 0, 2, 2]
    ax = drawn((true, said))
    np.testing.assert_array_equal(cells(ax), counted(true, said, 3))
    np.testing.assert_array_equal(ax.images[0].get_array(), counted(true, said, 3))
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first row is on top
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")


def test_three_classes_of_a_network():
    x, y = flowers()
    expected = counted(y, iris().predict(x).argmax(axis=1), 3)
    for targets in (y, np.eye(3)[y], y[:, None]):
        np.testing.assert_array_equal(cells(drawn(iris(), x, targets)), expected)


@pytest.mark.parametrize("targets", [[0, 1, 1, 0], [-1, 1, 1, -1], [[0], [1], [1], [0]]])
def test_two_classes_of_a_network(targets):
    said = xor().predict(CORNERS)[:, 0] > 0.5
    np.testing.assert_array_equal(cells(drawn(xor(), CORNERS, targets)), counted(EXCLUSIVE, said, 2))


@pytest.mark.parametrize("threshold", [-0.2, 0.3])
def test_a_threshold(threshold):
    said = amounts().predict(CORNERS)[:, 0] > threshold
    expected = counted(EXCLUSIVE, said, 2)
    np.testing.assert_array_equal(cells(drawn(amounts(), CORNERS, EXCLUSIVE, threshold=threshold)), expected)


def test_the_accuracy_is_that_of_evaluate():
    net = Network([Dense(1, "tanh", input_dim=2)], rng=3)
    net.compile("sgd", "hinge", metrics=["accuracy"])
    counts = cells(drawn(net, CORNERS, EXCLUSIVE))
    assert np.trace(counts) / 4 == net.evaluate(CORNERS, EXCLUSIVE, return_dict=True)["accuracy"]


@pytest.mark.parametrize(("normalize", "axis"), [("true", 1), ("pred", 0), ("all", None)])
def test_shares(normalize, axis):
    true, said = [0, 0, 1, 2, 2, 2], [0, 1, 1, 0, 2, 2]
    counts = np.array(counted(true, said, 3), float)
    ax = drawn((true, said), normalize=normalize)
    shares = counts / counts.sum(axis=axis, keepdims=True)
    np.testing.assert_allclose(ax.images[0].get_array(), shares)
    np.testing.assert_allclose(cells(ax, float), shares, atol=0.005 + 1e-12)


def test_a_class_that_never_comes_has_no_shares():
    np.testing.assert_array_equal(
        cells(drawn(([0, 0], [0, 1]), normalize="true"), float), [[0.5, 0.5], [0, 0]]
    )


@pytest.mark.parametrize(
    ("true", "said", "labels", "expected"),
    [
        (["b", "a"], ["a", "a"], None, ["a", "b"]),
        ([3, 7], [7, 7], None, ["3", "7"]),
        ([-1, 1], [1, 1], None, ["-1", "1"]),
        ([True, False], [1, 1], None, ["0", "1"]),
        ([0, 2], [0, 0], ["x", "y", "z"], ["x", "y", "z"]),
        ([3, 7], [7, 7], ["x", "y"], ["x", "y"]),
        (np.eye(2), [[0.2, 0.8], [0.4, 0.6]], None, ["0", "1"]),
    ],
)
def test_names_of_classes(true, said, labels, expected):
    ax = drawn((true, said), labels=labels)
    assert names(ax) == expected
    assert cells(ax).sum() == len(true)


@pytest.mark.parametrize("style", ["default", "dark_background", "ggplot"])
def test_every_cell_can_be_read(style):
    with plt.style.context(style):
        # 0 to 200 of a class: every shade of the scale.
        true = np.repeat(np.arange(15), np.arange(15) * 10)
        ax = drawn((true, true))
    (image,) = ax.images
    for text in ax.texts:
        column, row = text.get_position()
        behind = image.cmap(image.norm(image.get_array()[row, column]))
        assert contrast(text.get_color(), to_rgb(behind)) >= 4.5


def test_contrast_is_that_of_the_guidelines():
    assert contrast("black", "white") == pytest.approx(21)
    assert contrast("#777777", "white") == pytest.approx(4.48, abs=0.005)


def test_long_names_are_turned():
    long = ["Iris setosa", "Iris versicolor", "Iris virginica"]
    ax = plots.confusion_matrix(([0, 1, 2], [0, 1, 2]), labels=long)
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.get_yticklabels()]
    assert {text.get_rotation() for text in ax.get_xticklabels()} == {45}
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_more_classes_than_names_have_place():
    """Each pair of classes is a number to write: a thousand classes would be a million."""
    with pytest.raises(ArgumentError, match="confusion_matrix has place for 50 classes, got 51"):
        plots.confusion_matrix((range(51), range(51)), ax=Figure().subplots())
