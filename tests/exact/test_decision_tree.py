"""Decision trees: the network answers what a walk through the tree answers, also exactly at its thresholds."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlp.errors import ArgumentError, ArgumentTypeError
from mlp.exact import decision_tree

N = 3
fractions = st.builds(Fraction, st.integers(-9, 9), st.integers(1, 6))
floats = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e307, max_value=1e307)


def answer(tree, x):
    """A walk from the root to a leaf."""
    while isinstance(tree, tuple):
        feature, threshold, below, above = tree
        tree = below if x[feature] <= threshold else above
    return tree


def thresholds(tree):
    return [] if not isinstance(tree, tuple) else [tree[1], *thresholds(tree[2]), *thresholds(tree[3])]


def trees(numbers, leaves):
    return st.recursive(
        leaves, lambda below: st.tuples(st.integers(0, N - 1), numbers, below, below), max_leaves=9
    )


@st.composite
def trees_and_points(draw, numbers):
    tree = draw(trees(numbers, numbers))
    elements = numbers if not thresholds(tree) else numbers | st.sampled_from(thresholds(tree))
    return tree, draw(st.lists(st.lists(elements, min_size=N, max_size=N), min_size=1, max_size=5))


@settings(max_examples=50, deadline=None)
@given(drawn=trees_and_points(fractions))
def test_fractions_go_the_right_way(drawn):
    tree, x = drawn
    assert decision_tree(tree, N, dtype=object)(x).ravel().tolist() == [answer(tree, row) for row in x]


@settings(max_examples=50, deadline=None)
@given(drawn=trees_and_points(floats))
def test_floats_go_the_right_way_without_a_bound(drawn):
    tree, x = drawn
    assert decision_tree(tree, N)(x).ravel().tolist() == [answer(tree, row) for row in x]


def test_the_units_are_those_of_the_picture():
    weights = decision_tree((0, 2.5, 10, (1, 0.0, 20, 30))).get_weights()
    right = [
        [[1, 0], [0, 1]],
        [-2.5, 0],
        [[-1, 1, 1], [0, -1, 1]],
        [0.5, -0.5, -1.5],
        [[10], [20], [30]],
        [0],
    ]
    assert [weight.tolist() for weight in weights] == right


def test_neighbours_of_a_threshold():
    for threshold in (0.0, 5e-324, 0.1, -1e307, 3.0):
        net = decision_tree((0, threshold, 0, 1))
        x = [np.nextafter(threshold, -np.inf), threshold, np.nextafter(threshold, np.inf)]
        assert net(x).ravel().tolist() == [0, 0, 1]


def test_leaves_of_several_numbers():
    tree = (1, 0.5, [1, 0], (0, Fraction(1, 3), [0.25, 0.75], np.array([0, 1])))
    net = decision_tree(tree, dtype=object)
    x = [[0, 0.5], [Fraction(1, 3), 1], [1, 1]]
    assert net(x).tolist() == [list(answer(tree, row)) for row in x]


def test_a_leaf_alone_is_constant():
    assert decision_tree(7, 2)([[1, 2], [3, 4]]).tolist() == [[7], [7]]
    assert decision_tree([1, 2])([5]).tolist() == [[1, 2]]


def test_a_tree_as_deep_as_the_stack():
    tree = 1200
    for i in reversed(range(1200)):
        tree = (0, i, i, tree)
    deep = decision_tree(tree)
    assert deep([-1, 0, 0.5, 700, 1199.5]).ravel().tolist() == [0, 0, 1, 700, 1200]


BAD = {
    "an unfinished question": (
        (0, 1.0, 2),
        ArgumentError,
        r"a question must be \(feature, threshold, below, above\)",
    ),
    "a feature that is none": ((0.5, 1.0, 2, 3), ArgumentTypeError, "a feature must be an integer"),
    "a negative feature": ((-1, 1.0, 2, 3), ArgumentError, "a feature must be an integer from 0"),
    "a threshold that is none": ((0, np.nan, 2, 3), ArgumentError, "a threshold must be finite, got nan"),
    "a row of thresholds": ((0, [1, 2], 2, 3), ArgumentError, "a threshold must be a number"),
    "a leaf that is none": ((0, 1.0, "no", 3), ArgumentError, "a leaf must hold .*got 'no'"),
    "an infinite leaf": ((0, 1.0, 2, np.inf), ArgumentError, "a leaf must be finite, got inf"),
    "nothing": ((0, 1.0, None, 3), ArgumentError, "a leaf must hold .*got None"),
    "an empty leaf": ((0, 1.0, [], []), ArgumentError, "a leaf must be a number or a list"),
    "a ragged leaf": ((0, 1.0, [[1], [2, 3]], 1), ArgumentError, r"a leaf must hold .*got \[1\] \(list\)"),
    "a matrix": ((0, 1.0, [[1, 2]], [[1, 2]]), ArgumentError, "a leaf must be a number or a list"),
    "leaves of two lengths": ((0, 1.0, [1, 2], [3]), ArgumentError, "as many numbers, got 1 and 2"),
    "too few features": ((5, 1.0, 2, 3), ArgumentError, r"n_features must be at least 6, .*x\[5\], got 3"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_trees_are_refused(case):
    tree, error, message = BAD[case]
    with pytest.raises(error, match=message):
        decision_tree(tree, 3)


def fitted(classes=None, **arrays):
    """What a fitted tree of scikit-learn has, for ``x[1] <= 0.5``, and above ``x[0] <= -2``."""
    kept = {
        "children_left": [1, -1, 3, -1, -1],
        "children_right": [2, -1, 4, -1, -1],
        "feature": [1, -2, 0, -2, -2],
        "threshold": [0.5, -2.0, -2.0, -2.0, -2.0],
        "value": [[[0.5, 0.5]], [[1.0, 0.0]], [[0.25, 0.75]], [[0.0, 1.0]], [[0.5, 0.5]]],
        "n_features": 2,
        "n_outputs": 1,
        **arrays,
    }
    made = SimpleNamespace(tree_=SimpleNamespace(**{k: np.array(v) for k, v in kept.items()}))
    if classes is not None:
        made.classes_ = np.array(classes)
    return made


POINTS = [[-3.0, 0.5], [-3.0, 0.6], [-2.0, 0.6], [-1.0, 0.6]]


def test_a_fitted_classifier_gives_probabilities():
    net = decision_tree(fitted(["no", "yes"]))
    assert net(POINTS).tolist() == [[1, 0], [0, 1], [0, 1], [0.5, 0.5]]
    assert net.metadata == {"classes": ["no", "yes"]}
    assert net.input_shape == (None, 2)


@pytest.mark.parametrize(("node", "expected"), [(0, [[1, 0]] * 4), (2, [[1, 0], [0, 1], [0, 1], [0, 1]])])
def test_a_question_whether_a_number_is_missing_goes_one_way(node, expected):
    """scikit-learn writes it as a threshold of infinity."""
    threshold = [0.5, -2.0, -2.0, -2.0, -2.0]
    threshold[node] = np.inf
    assert decision_tree(fitted(["no", "yes"], threshold=threshold))(POINTS).tolist() == expected


def test_a_fitted_regressor_gives_values():
    value = [[[0.0], [9.0]], [[1.5], [1]], [[0.0], [9.0]], [[2.5], [2]], [[-3.5], [3]]]
    net = decision_tree(fitted(value=value, n_outputs=2))
    assert net(POINTS).tolist() == [[1.5, 1], [2.5, 2], [2.5, 2], [-3.5, 3]]
    assert net.metadata == {}


NOT_FITTED = type("DecisionTreeRegressor", (), {"fit": None})
BAD_FITTED = {
    "several things": (fitted([0, 1], n_outputs=2), {}, ArgumentError, "classifies 2 things at once"),
    "a circle": (fitted([0, 1], children_left=[1, -1, 0, -1, -1]), {}, ArgumentError, "children of node 2 are 0 and 4"),
    "children that are not": (fitted([0, 1], children_right=[9, -1, 4, -1, -1]), {}, ArgumentError, "not as fit leaves it"),
    "another number of features": (fitted([0, 1]), {"n_features": 3}, ArgumentError, "n_features must be 2, as the tree was fitted"),
    "not fitted": (NOT_FITTED(), {}, ArgumentError, r"DecisionTreeRegressor is not fitted: call fit\(x, y\)"),
    "another estimator": (type("Forest", (), {"fit": None})(), {}, ArgumentTypeError, "nested tuples, a DecisionTreeClassifier.*got Forest"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_FITTED)
def test_bad_fitted_trees_are_refused(case):
    tree, arguments, error, message = BAD_FITTED[case]
    with pytest.raises(error, match=message):
        decision_tree(tree, **arguments)


@pytest.mark.live
@pytest.mark.parametrize("kind", ["DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier"])
@pytest.mark.parametrize("max_depth", [1, 4, None])
def test_a_tree_of_scikit_learn_itself(kind, max_depth):
    sklearn_tree = pytest.importorskip("sklearn.tree")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 4)).round(1)
    y = np.digitize(x[:, 0] + x[:, 1] * x[:, 2], [-1, 1])
    estimator = getattr(sklearn_tree, kind)(max_depth=max_depth, random_state=0).fit(x, y)
    at_thresholds = np.resize(estimator.tree_.threshold, (60, 4))
    points = np.concatenate([x, at_thresholds, rng.normal(size=(60, 4))]).astype("float32")
    net = decision_tree(estimator)
    if kind.endswith("Regressor"):
        np.testing.assert_array_equal(net(points).ravel(), estimator.predict(points))
    else:
        np.testing.assert_array_equal(net(points), estimator.predict_proba(points))
        assert net.metadata["classes"] == estimator.classes_.tolist()


@pytest.mark.live
def test_several_values_of_scikit_learn_itself():
    sklearn_tree = pytest.importorskip("sklearn.tree")
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(50, 2)).astype("float32"), rng.normal(size=(50, 3))
    estimator = sklearn_tree.DecisionTreeRegressor(max_leaf_nodes=9).fit(x, y)
    np.testing.assert_array_equal(decision_tree(estimator)(x), estimator.predict(x))


def test_a_mistake_above_a_deep_tree_is_named():
    """Deeper than Python writes tuples within tuples."""
    tree = 0
    for depth in range(20_000):
        tree = (0, depth, tree, depth)
    with pytest.raises(
        ArgumentError, match=r"a question must be \(feature, threshold, below, above\).*got \(0, 1"
    ):
        decision_tree((0, 1, tree))
