"""Constraints against loops over the vectors whose lengths they rule."""

import math

import numpy as np
import pytest
from tables import CONSTRAINTS, over

from mlp import Network, constraints
from mlp.errors import ArgumentTypeError, ShapeError
from mlp.layers import Dense

SHARE = 1e-6  # the 1e-7 that Keras adds to a norm before dividing by it moves a norm of 0.1 by so much


def weights(seed=0):
    """Columns and rows of very different lengths, one of each being zero."""
    rng = np.random.default_rng(seed)
    w = rng.normal(size=(5, 4)) * [10.0, 1.0, 0.2, 1.0] * np.array([[1.0], [3.0], [0.3], [1.0], [1.0]])
    w[:, 3] = 0.0
    w[4] = 0.0
    return w


def vectors(row, w):
    """Lists of the places that have one norm together."""
    places = list(np.ndindex(w.shape))
    rest = [axis for axis in range(w.ndim) if axis not in row.axes]
    groups = {}
    for place in places:
        groups.setdefault(tuple(place[axis] for axis in rest), []).append(place)
    return groups.values()


@over(CONSTRAINTS)
@pytest.mark.parametrize("seed", range(3))
def test_lengths_are_what_the_rule_says_and_directions_stay(row, seed):
    w = weights(seed)
    allowed = row.make()(w)
    if row.truth is None:
        np.testing.assert_array_equal(allowed, [[row.allowed(v) for v in line] for line in w.tolist()])
        return
    for places in vectors(row, w):
        norm = math.hypot(*(w[place] for place in places))
        factor = row.truth(norm) / norm if norm else 0.0
        for place in places:
            assert allowed[place] == pytest.approx(factor * w[place], rel=SHARE, abs=1e-12)


@over([row for row in CONSTRAINTS if row.repeats])
def test_what_is_allowed_stays(row):
    once = row.make()(weights())
    np.testing.assert_allclose(row.make()(once), once, rtol=SHARE)


@over(CONSTRAINTS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_weights_are_not_written_into_and_keep_type_and_shape(row, dtype):
    w = weights().astype(dtype)
    kept = w.copy()
    w.flags.writeable = False
    allowed = row.make()(w)
    np.testing.assert_array_equal(w, kept)
    assert (allowed.shape, allowed.dtype) == (w.shape, w.dtype)
    assert np.isfinite(allowed).all()
    allowed += 1
    np.testing.assert_array_equal(w, kept)


@over([row for row in CONSTRAINTS if row.axes == (0,)])
def test_of_a_vector_there_is_one_length(row):
    """A bias has the shape (units,)."""
    w = weights()[:, 0]
    np.testing.assert_allclose(row.make()(w), row.make()(w[:, None])[:, 0], rtol=1e-15)
    np.testing.assert_array_equal(row.make()(w.tolist()), row.make()(w))


@pytest.mark.parametrize(
    "make",
    [
        lambda: constraints.MaxNorm(-1.0),
        lambda: constraints.MaxNorm(math.nan),
        lambda: constraints.MaxNorm(axis=0.5),
        lambda: constraints.UnitNorm(axis="0"),
        lambda: constraints.MinMaxNorm(2.0, 1.0),
        lambda: constraints.MinMaxNorm(rate=1.5),
        lambda: constraints.MinMaxNorm(-1.0),
    ],
)
def test_wrong_arguments_are_refused(make):
    with pytest.raises((TypeError, ValueError), match="must be"):
        make()


def test_none_is_none():
    assert constraints.get(None) is None


def test_keras_spellings():
    for name in ("max_norm", "min_max_norm", "non_neg", "unit_norm"):
        assert type(constraints.get(name)) is getattr(constraints, name)


# --- Functions as constraints -------------------------------------------------------------------------------


class Rounded(constraints.Constraint):
    """In the way of Keras."""

    def __call__(self, w):
        return np.round(w, 1)


def in_place(w):
    w[...] = np.round(w, 1)
    return w


@pytest.mark.parametrize(
    "given",
    [lambda w: np.round(w, 1), in_place, Rounded, Rounded()],
    ids=["function", "in place", "class", "object"],
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_function_is_a_constraint(given, dtype):
    net = Network([Dense(2, kernel_constraint=given, input_dim=3)], rng=0, dtype=dtype)
    net.compile("sgd", "mse")
    net.fit(weights()[:, :3], weights()[:, :2], verbose=0)
    np.testing.assert_array_equal(net.layers[0].kernel, np.round(net.layers[0].kernel, 1))
    w = np.array([0.12, 0.16])
    np.testing.assert_array_equal(constraints.get(given)(w), [0.1, 0.2])
    np.testing.assert_array_equal(w, [0.12, 0.16])


def test_what_a_function_returns_has_the_weights_shape():
    with pytest.raises(ShapeError, match=r"constraint sum .*shape \(2,\), got \(\)"):
        constraints.get(np.sum)([1.0, 2.0])
    with pytest.raises(ArgumentTypeError, match="cannot be stored"):
        constraints.get(np.abs).get_config()
