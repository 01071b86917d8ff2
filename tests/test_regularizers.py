"""Penalties against exact numbers, summed weight by weight or pair by pair; and functions as penalties."""

import warnings

import numpy as np
import pytest
from tables import REGULARIZERS, over

from mlp import Network, regularizers
from mlp.errors import ArgumentTypeError, NumericalDerivativeWarning, ShapeError
from mlp.layers import Dense
from mlp.testing import numerical_gradient

CASES = [
    pytest.param(row, shape, id=f"{row.make()!r} {shape}") for row in REGULARIZERS for shape in row.shapes
]


def weights(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize(("row", "shape"), CASES)
def test_value_is_the_truth(row, shape):
    w = weights(shape)
    right = row.truth(w)
    penalty = row.make()
    assert type(penalty(w)) is float
    assert penalty(w) == pytest.approx(right, rel=1e-14)
    assert penalty.value_and_gradient(w)[0] == pytest.approx(right, rel=1e-14)
    assert penalty(w.tolist()) == penalty(w)


@pytest.mark.parametrize(("row", "shape"), CASES)
def test_gradient_is_the_complex_step_through_the_value(row, shape):
    w = weights(shape, 1)
    penalty = row.make()
    gradient = penalty.value_and_gradient(w)[1]
    numeric = numerical_gradient(lambda z: penalty.value_and_gradient(z)[0], w, "complex")
    assert gradient.shape == shape
    np.testing.assert_allclose(gradient, numeric, rtol=1e-13)


@over(REGULARIZERS)
def test_the_slope_at_zero_is_zero(row):
    value, gradient = row.make().value_and_gradient(np.zeros(row.shapes[0]))
    assert value == 0.0
    assert not gradient.any()


@over(REGULARIZERS)
def test_weights_are_not_written_into(row):
    w = weights((4, 3))
    kept = w.copy()
    w.flags.writeable = False
    gradient = row.make().value_and_gradient(w)[1]
    np.testing.assert_array_equal(w, kept)
    assert not np.may_share_memory(gradient, w)


@over(REGULARIZERS)
def test_single_precision_stays(row):
    w = weights((4, 3)).astype(np.float32)
    value, gradient = row.make().value_and_gradient(w)
    assert gradient.dtype == np.float32
    assert value == pytest.approx(row.make()(w.astype(float)), rel=1e-6)


@over(REGULARIZERS)
def test_factors_are_finite_and_not_negative(row):
    for name in row.make().get_config():
        for wrong in (-0.1, np.nan, np.inf, "0.1", True):
            with pytest.raises((TypeError, ValueError), match=name):
                type(row.make())(**{name: wrong})


def test_none_is_none():
    assert regularizers.get(None) is None


def test_keras_spellings():
    assert regularizers.l1 is regularizers.L1
    assert regularizers.l2(0.5).l2 == 0.5
    assert type(regularizers.l1_l2(l1=0.1, l2=0.2)) is regularizers.L1L2
    for name in ("l1", "l2", "l1_l2", "l1l2", "L1L2", "orthogonal_regularizer", "OrthogonalRegularizer"):
        assert isinstance(regularizers.get(name), regularizers.Regularizer)


# --- Orthogonal vectors -------------------------------------------------------------------------------------


def test_orthogonal_vectors_cost_nothing_and_parallel_ones_the_factor():
    penalty = regularizers.OrthogonalRegularizer(0.25)
    assert penalty(np.diag([2.0, -3.0, 0.5])) == 0.0
    assert penalty([[1.0, 2.0], [-2.0, -4.0], [0.5, 1.0]]) == pytest.approx(0.25)


def test_the_gradient_does_not_turn_a_vector_along_itself():
    """Lengths have no part in the penalty."""
    w = weights((4, 3), 3)
    gradient = regularizers.OrthogonalRegularizer(2.0).value_and_gradient(w)[1]
    assert np.abs(np.sum(w * gradient, axis=1)).max() < 1e-15
    scaled = regularizers.OrthogonalRegularizer(2.0).value_and_gradient(1000 * w)[1]
    np.testing.assert_allclose(scaled, gradient / 1000, rtol=1e-13)


def test_a_vector_of_zeros_has_no_direction():
    value, gradient = regularizers.OrthogonalRegularizer(1.0).value_and_gradient(
        np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    )
    assert value == pytest.approx(np.sqrt(0.5) / 3)
    assert np.isfinite(gradient).all()
    assert not gradient[0].any()


def test_orthogonal_regularizer_needs_a_matrix():
    with pytest.raises(ShapeError, match=r"two axes, got shape \(3,\)"):
        regularizers.OrthogonalRegularizer()(np.zeros(3))


# --- Functions as penalties ---------------------------------------------------------------------------------


def cubes(w):
    return 0.5 * np.sum(w**3)


def absolute(w):
    return 0.1 * np.sum(np.abs(w))


def mixed(w):
    return np.sum(w**2) + np.sum(np.abs(w))


def only_real(w):
    return float(sum(float(v) ** 4 for v in w.ravel()))


def with_gradient(w):
    return 0.5 * np.sum(w**3), 1.5 * w**2


SLOPES = {  # function, its derivative, relative error
    "smooth": (cubes, lambda w: 1.5 * w**2, 1e-14),
    "abs": (absolute, lambda w: 0.1 * np.sign(w), 1e-9),
    "smooth and abs": (mixed, lambda w: 2 * w + np.sign(w), 1e-9),
    "no complex numbers": (only_real, lambda w: 4 * w**3, 1e-8),
}


@pytest.mark.parametrize(("function", "slope", "error"), SLOPES.values(), ids=SLOPES)
def test_a_function_gets_a_numerical_gradient_and_a_warning(function, slope, error):
    w = weights((3, 2), 5)
    kept = w.copy()
    penalty = regularizers.get(function)
    with pytest.warns(NumericalDerivativeWarning, match=function.__name__):
        value, gradient = penalty.value_and_gradient(w)
    assert value == function(w)
    np.testing.assert_allclose(gradient, slope(w), rtol=error)
    np.testing.assert_array_equal(w, kept)
    with pytest.warns(NumericalDerivativeWarning):
        assert penalty.value_and_gradient(w.astype(np.float32))[1].dtype == np.float32
    with pytest.warns(NumericalDerivativeWarning):
        assert penalty(w) == function(w)


def test_a_function_may_bring_its_gradient():
    w = weights((3, 2))
    penalty = regularizers.get(with_gradient)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value, gradient = penalty.value_and_gradient(w)
    assert value == cubes(w)
    np.testing.assert_array_equal(gradient, 1.5 * w**2)


class Cubes(regularizers.Regularizer):
    """In the way of Keras."""

    def __init__(self, factor=0.5):
        self.factor = factor

    def __call__(self, w):
        return self.factor * np.sum(w**3)


@pytest.mark.parametrize("given", [with_gradient, cubes, Cubes(), Cubes], ids=["pair", "number", "object", "class"])  # fmt: skip
def test_a_network_is_trained_with_a_penalty_of_ones_own(given):
    x, y = weights((6, 2), 1), weights((6, 1), 2)
    results = []
    for penalty in (with_gradient, given):
        net = Network([Dense(3, "tanh", kernel_regularizer=penalty, input_dim=2), Dense(1)], rng=0)
        net.compile("sgd", "mse")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NumericalDerivativeWarning)
            loss = net.fit(x, y, epochs=20, verbose=0).history["loss"]
        results.append((loss, net.parameters))
    np.testing.assert_allclose(results[1][0], results[0][0], rtol=1e-12)
    np.testing.assert_allclose(results[1][1], results[0][1], rtol=1e-12)


def test_a_penalty_is_one_number_and_a_gradient_has_the_weights_shape():
    with (
        pytest.raises(ShapeError, match=r"one number.*got shape \(2,\)"),
        pytest.warns(NumericalDerivativeWarning),
    ):
        regularizers.get(lambda w: w)([1.0, 2.0])
    with pytest.raises(ShapeError, match=r"weight's shape \(2,\), got \(\)"):
        regularizers.get(lambda w: (1.0, 2.0))([1.0, 2.0])


def test_a_function_cannot_be_stored():
    with pytest.raises(ArgumentTypeError, match="cannot be stored"):
        regularizers.get(cubes).get_config()
