"""Normalization layers: moving averages, freezing, axes, and digits that remain where the mean is large."""

import math
from fractions import Fraction

import numpy as np
import pytest

from mlp import Network
from mlp.errors import ArgumentError, ArgumentTypeError
from mlp.layers import (
    BatchNormalization,
    Dense,
    LayerNormalization,
    Residual,
    RMSNormalization,
    UnitNormalization,
)


def moments(column):
    """Mean and variance of numbers, in exact fractions."""
    exact = [Fraction(float(v)) for v in column]
    mean = sum(exact) / len(exact)
    return float(mean), float(sum((v - mean) ** 2 for v in exact) / len(exact))


def standardised(x, epsilon):
    """The columns of a batch on one scale, in plain loops."""
    y = np.empty(x.shape)
    for j, column in enumerate(x.T):
        mean, variance = moments(column)
        y[:, j] = [
            (float(Fraction(float(v)) - Fraction(mean))) / math.sqrt(variance + epsilon) for v in column
        ]
    return y


# --- Batch normalization ------------------------------------------------------------------------------------


def test_the_batch_is_its_own_scale_in_training():
    x = np.random.default_rng(0).normal(2.0, 3.0, (7, 3))
    net = Network([BatchNormalization(epsilon=0.1, input_dim=3)])
    net.layers[0].set_weights([[1.0, 2.0, -3.0], [0.5, 0.0, 1.0], [9, 9, 9], [9, 9, 9]])
    y = net.forward(x, training=True)
    np.testing.assert_allclose(y, [1, 2, -3] * standardised(x, 0.1) + [0.5, 0, 1], rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("axis", [1, -1, 2, -2])
def test_any_axis_of_the_rows_may_be_the_features(axis):
    x = np.random.default_rng(0).normal(2.0, 3.0, (5, 2, 4))
    last = np.moveaxis(x, axis, -1)
    net = Network([BatchNormalization(axis, input_shape=(2, 4))])
    y = np.moveaxis(net.forward(x, training=True), axis, -1)
    np.testing.assert_allclose(
        y, standardised(last.reshape(-1, last.shape[-1]), 0.001).reshape(last.shape), rtol=1e-13, atol=1e-14
    )
    _, _, mean, variance = net.get_weights()
    for j, column in enumerate(last.reshape(-1, last.shape[-1]).T):
        m, v = moments(column)
        assert (mean[j], variance[j]) == pytest.approx((0.01 * m, 0.99 + 0.01 * v), rel=1e-13)


def averages(momentum, batches):
    """The moving averages of one feature after these batches, step by step."""
    mean, variance = 0.0, 1.0
    for batch in batches:
        m, v = moments(batch)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    return mean, variance


@pytest.mark.parametrize("momentum", [0.99, 0.5, 0.0, 1.0])
@pytest.mark.parametrize("steps", [1, 40], ids=["plainly", "from memory"])
def test_moving_averages_move_once_a_step(momentum, steps):
    rng = np.random.default_rng(3)
    x = rng.normal(1.0, 2.0, (6 * steps + 5, 1))
    net = Network([BatchNormalization(momentum=momentum, input_dim=1), Dense(1)], rng=0)
    net.compile("sgd", "mse")
    net.fit(x, x, 6, 1, verbose=0, shuffle=False)
    _, _, mean, variance = net.layers[0].get_weights()
    batches = [x[i : i + 6, 0] for i in range(0, len(x), 6)]
    assert (mean[0], variance[0]) == pytest.approx(averages(momentum, batches), rel=1e-12)


def test_predictions_are_by_moving_averages_and_leave_no_trace():
    x = np.random.default_rng(0).normal(5.0, 2.0, (300, 2))
    net = Network([BatchNormalization(momentum=0.5, input_dim=2), Dense(1)], rng=0)
    net.compile("sgd", "mse")
    net.fit(x, x[:, :1], epochs=20, verbose=0)
    before = net.get_weights()
    gamma, beta, mean, variance, kernel, bias = before
    expected = (gamma * (x - mean) / np.sqrt(variance + 0.001) + beta) @ kernel + bias
    for y in (net.predict(x), net(x), net.forward(x), np.concatenate([net(row[None]) for row in x])):
        np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-12)
    net.evaluate(x, x[:, :1])
    net.value_and_gradient(x, x[:, :1])
    net.value_and_gradient(x, x[:, :1], training=True)
    for now, then in zip(net.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    assert mean == pytest.approx([5.0, 5.0], abs=0.6)


def test_value_and_gradient_in_training_is_that_of_the_batch():
    x = np.random.default_rng(0).normal(5.0, 2.0, (9, 2))
    net = Network([BatchNormalization(input_dim=2)])
    net.compile("sgd", "mse")
    value, _ = net.value_and_gradient(x, np.zeros_like(x), training=True)
    assert value == pytest.approx((standardised(x, 0.001) ** 2).mean(), rel=1e-13)
    assert net.value_and_gradient(x, np.zeros_like(x))[0] > 10 * value


def nested(layer):
    return Network([layer], name="inside")


@pytest.mark.parametrize(
    "freeze",
    [
        lambda layer: (layer, layer),
        lambda layer: (layer, nested(layer)),
        lambda layer: (residual := Residual(layer), residual),
        lambda layer: (network := nested(layer), Network([network])),
        lambda layer: (network := nested(layer), Residual(network)),
    ],
    ids=["the layer", "in a network", "the detour", "the network", "the network in a detour"],
)
def test_where_it_is_frozen_it_infers_and_does_not_move(freeze):
    x = np.random.default_rng(0).normal(5.0, 2.0, (16, 2))
    frozen, outer = freeze(BatchNormalization(input_dim=2))
    net = Network([Dense(2, input_dim=2), outer, Dense(1)], rng=0)
    frozen.trainable = False
    net.compile("adam", "mse")
    (layer,) = [one for one in net.walk() if isinstance(one, BatchNormalization)]
    before = layer.get_weights()
    np.testing.assert_array_equal(net.forward(x, training=True), net(x))
    net.fit(x, x[:, :1], 4, 10, verbose=0)
    for now, then in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    frozen.trainable = True
    net.fit(x, x[:, :1], 4, 1, verbose=0)
    assert all((now != then).any() for now, then in zip(layer.get_weights(), before, strict=True))


def test_no_rows_move_nothing():
    net = Network([BatchNormalization(input_dim=2)])
    before = net.get_weights()
    assert net.forward(np.zeros((0, 2)), training=True).shape == (0, 2)
    for now, then in zip(net.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_weights_are_in_keras_order():
    for center in (True, False):
        for scale in (True, False):
            layer = Network([BatchNormalization(center=center, scale=scale, input_dim=3)]).layers[0]
            names = ["gamma"] * scale + ["beta"] * center + ["moving_mean", "moving_variance"]
            assert [name for _, name in layer.named_weights()] == names
            assert len(layer.trainable_weights) == center + scale
            assert layer.count_params() == 3 * len(names)


def test_penalties_and_constraints_go_to_the_weight_that_was_meant():
    for cls in (BatchNormalization, LayerNormalization):
        for name in ("gamma", "beta"):
            net = Network([cls(**{f"{name}_initializer": "ones", f"{name}_regularizer": "l2"}, input_dim=2)])
            net.compile("sgd", "mse")
            x = np.zeros((3, 2))
            assert net.evaluate(x, net.predict(x)) == pytest.approx(0.02)
            assert (getattr(net.layers[0], name) == 1).all()
            net = Network([cls(**{f"{name}_constraint": "non_neg"}, input_dim=2)], rng=0)
            net.parameters = -np.ones(4)
            net.compile("sgd", "mse")
            net.train_on_batch(np.eye(2), -np.ones((2, 2)))
            assert (getattr(net.layers[0], name) == 0).all()


# --- Digits -------------------------------------------------------------------------------------------------


def test_a_large_mean_takes_no_digits_from_the_variance():
    """Mean 1e8, deviation 1: E x^2 - (E x)^2 has no digit left."""
    x = 1e8 + np.random.default_rng(0).normal(size=(400, 3))
    net = Network([BatchNormalization(momentum=0.0, input_dim=3)])
    y = net.forward(x, training=True)
    _, _, mean, variance = net.get_weights()
    for j, column in enumerate(x.T):
        m, v = moments(column)
        assert mean[j] == pytest.approx(m, rel=1e-14)
        assert variance[j] == pytest.approx(v, rel=1e-7)
    np.testing.assert_allclose(y, standardised(x, 0.001), rtol=1e-6, atol=1e-6)
    rows = Network([LayerNormalization(input_dim=400)])
    np.testing.assert_allclose(rows(x.T), standardised(x, 0.001).T, rtol=1e-6, atol=1e-6)


def test_single_precision_keeps_its_digits_too():
    x = (1e3 + np.random.default_rng(0).normal(size=(400, 3))).astype(np.float32)
    net = Network([BatchNormalization(momentum=0.0, input_dim=3)], dtype="float32")
    y = net.forward(x, training=True)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, standardised(x, 0.001), atol=5e-4)
    for j, column in enumerate(x.T):
        assert net.get_weights()[3][j] == pytest.approx(moments(column)[1], rel=1e-5)


# --- Rows ---------------------------------------------------------------------------------------------------


def test_each_row_of_layer_normalization_has_mean_0_and_variance_1():
    x = np.random.default_rng(0).normal(5.0, 20.0, (6, 50))
    y = Network([LayerNormalization(epsilon=1e-12, input_dim=50)])(x)
    np.testing.assert_allclose(y.mean(axis=1), 0.0, atol=1e-15)
    np.testing.assert_allclose(y.var(axis=1), 1.0, rtol=1e-12)


def test_lengths_of_unit_normalization():
    x = np.array([[3.0, 4.0], [0.0, 0.0], [1e-13, 0.0], [-1e-100, 0.0], [1e100, 1e100]])
    net = Network([UnitNormalization(input_dim=2)])
    expected = [[0.6, 0.8], [0.0, 0.0], [0.1, 0.0], [-1e-88, 0.0], [math.sqrt(0.5), math.sqrt(0.5)]]
    np.testing.assert_allclose(net(x), expected, rtol=1e-15)
    net.forward(x)
    dx = net.backward(np.ones((5, 2)))
    np.testing.assert_allclose(dx[0], [(1 - 0.6 * 1.4) / 5, (1 - 0.8 * 1.4) / 5], rtol=1e-13)
    np.testing.assert_allclose(dx[1:4], 1e12, rtol=1e-15)


ROWS = [LayerNormalization, RMSNormalization, UnitNormalization]


@pytest.mark.parametrize("cls", [BatchNormalization, *ROWS])
@pytest.mark.parametrize("axis", [3, -3, 31])
def test_an_axis_is_one_of_the_rows(cls, axis):
    with pytest.raises(ArgumentError, match="axis must be different axes from 1 to 2"):
        Network([cls(axis, input_shape=(2, 3))])
    with pytest.raises(ArgumentError, match="axis must not be 0, the batch's own"):
        cls(0)


@pytest.mark.parametrize("cls", ROWS)
def test_axes_are_different_integers(cls):
    with pytest.raises(ArgumentError, match="axis must be different axes"):
        Network([cls([1, -2], input_shape=(2, 3))])
    for wrong in ("a", [0.5], None, 40):
        with pytest.raises((ArgumentTypeError, ArgumentError), match="axis"):
            cls(wrong)


def test_layer_normalization_needs_an_axis():
    with pytest.raises(ArgumentError, match="axis must be at least one axis"):
        LayerNormalization(axis=[])


@pytest.mark.parametrize("cls", [BatchNormalization, LayerNormalization, RMSNormalization])
def test_epsilon_is_positive(cls):
    for wrong in (0.0, -1.0, None):
        with pytest.raises((ArgumentTypeError, ArgumentError), match="epsilon must"):
            cls(epsilon=wrong)


def test_momentum_is_a_share():
    for wrong in (-0.1, 1.1, None):
        with pytest.raises((ArgumentTypeError, ArgumentError), match="momentum must"):
            BatchNormalization(momentum=wrong)
