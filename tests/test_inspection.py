"""Looking inside: what layers give, Jacobians, the loss and the input, health, and which learning rate to take."""

import math

import numpy as np
import pytest
from hypothesis import given, settings

import mlp
from mlp import Input, Network
from mlp.datasets import load_digits
from mlp.errors import ArgumentError, DataError, ShapeError, StateError
from mlp.layers import Activation, Add, Dense, Dropout, Flatten
from mlp.testing.strategies import networks

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 3))


def chain():
    return Network([Dense(4, "tanh", input_dim=3), Activation("relu"), Dense(2, "softmax")], rng=0)


def test_activations_are_what_every_layer_gives():
    net = chain()
    found = net.activations(X)
    assert list(found) == ["dense", "activation", "dense_1"]
    z = X @ net.layers[0].kernel
    np.testing.assert_allclose(found["dense"], np.tanh(z))
    np.testing.assert_allclose(found["activation"], np.maximum(np.tanh(z), 0))
    np.testing.assert_array_equal(found["dense_1"], net(X))
    before = net.activations(X, before=True)
    np.testing.assert_allclose(before["dense"], z)
    np.testing.assert_allclose(before["activation"], np.tanh(z))
    np.testing.assert_allclose(before["dense_1"], found["activation"] @ net.layers[2].kernel)


def test_what_was_looked_at_is_the_lookers_own():
    net = chain()
    kept, y = net.get_weights(), net(X)
    for found in (net.activations(X), net.activations(X, before=True)):
        for array in found.values():
            array[...] = 7.0
    net.input_gradient  # noqa: B018 - is there without a call
    np.testing.assert_array_equal(net(X), y)
    assert all(np.array_equal(a, b) for a, b in zip(kept, net.get_weights(), strict=True))


def test_activations_of_a_graph_have_all_names():
    a = Input((2,), name="a")
    shared = Dense(2, name="shared")
    net = Network(a, Add(name="sum")([shared(a), shared(shared(a))]))
    assert list(net.activations([[1.0, 2.0]])) == ["shared", "sum"]


@settings(max_examples=40, deadline=None)
@given(
    networks(
        layers=["Dense", "Activation", "Residual"],
        activations=["tanh", "sigmoid", "softmax"],
        dtype="float64",
    )
)
def test_the_jacobian_is_the_derivative_of_the_outputs(net):
    rng = np.random.default_rng(1)
    shape = net.input_shape[1:]
    x, v = rng.normal(size=(3, *shape)), rng.normal(size=(3, *shape))
    dv = rng.normal(size=net.parameters.shape)
    twin = net.astype("complex128")
    axes = len(shape)
    by_x = np.tensordot(net.jacobian(x)[0], v[0], axes) if axes else None
    exact = twin.forward(x + 1e-30j * v).imag[0] / 1e-30
    np.testing.assert_allclose(by_x, exact, rtol=1e-9, atol=1e-12)
    twin.parameters[...] += 1e-30j * dv
    exact = twin.forward(x).imag / 1e-30
    np.testing.assert_allclose(net.jacobian(x, wrt="parameters") @ dv, exact, rtol=1e-9, atol=1e-12)


def test_jacobians_have_the_shapes_of_outputs_and_inputs():
    net = Network([Flatten(input_shape=(2, 3)), Dense(4)])
    assert net.jacobian(np.ones((5, 2, 3))).shape == (5, 4, 2, 3)
    assert net.jacobian(np.ones((5, 2, 3)), wrt="parameters").shape == (5, 4, 28)
    assert net.jacobian(np.ones((0, 2, 3))).shape == (0, 4, 2, 3)


def test_the_gradient_of_the_input_is_that_of_the_loss():
    net = chain()
    net.compile(loss="sparse_categorical_crossentropy")
    t, w, v = [0, 1, 0, 1, 1], [1.0, 2.0, 0.5, 0.0, 3.0], RNG.normal(size=X.shape)
    h = 1e-6
    slope = (net.evaluate(X + h * v, t, sample_weight=w) - net.evaluate(X - h * v, t, sample_weight=w)) / (
        2 * h
    )
    before = net.gradient.copy()
    assert (net.input_gradient(X, t, w) * v).sum() == pytest.approx(slope, rel=1e-6)
    np.testing.assert_array_equal(net.gradient, before)


def test_what_cannot_be_looked_at_is_refused():
    net = chain()
    with pytest.raises(ArgumentError, match="wrt must be one of"):
        net.jacobian(X, wrt="y")
    with pytest.raises(ShapeError):
        net.activations(X[:, :2])
    with pytest.raises(DataError, match="finite"):
        net.activations(X * math.nan)
    with pytest.raises(StateError, match="not compiled"):
        net.health(X, [0] * 5)
    a, b = Input((1,)), Input((1,))
    with pytest.raises(ArgumentError, match="one input"):
        Network([a, b], Add()([a, b])).jacobian([[[1.0]], [[1.0]]])


def test_health_tells_dead_units_saturation_and_the_size_of_a_step():
    net = Network([Dense(4, "relu", input_dim=1), Dense(2, "tanh"), Dense(1)], rng=0)
    kernel = np.array([[1.0, 1.0, -1.0, -1.0]])
    net.set_weights(
        [kernel, np.array([0.0, -9.0, 0.0, 9.0]), np.ones((4, 2)) * 9, np.zeros(2), np.ones((2, 1)), [0.0]]
    )
    net.compile(mlp.optimizers.SGD(0.1), "mse")
    x, y = [[1.0], [2.0]], [0.0, 0.0]
    state, kept = net.rng.bit_generator.state, net.get_weights()
    health = net.health(x, y)
    assert list(health.layers) == ["dense", "dense_1", "dense_2"]
    assert health.layers["dense"].dead == 0.5
    assert health.layers["dense_1"].saturated == 1.0
    assert math.isnan(health.layers["dense_2"].dead)
    _, gradient = net.value_and_gradient(x, y)
    last = health.layers["dense_2"]
    assert last.gradient == pytest.approx(np.linalg.norm(gradient[-3:]))
    assert last.update == pytest.approx(0.1 * last.gradient / last.weights)
    text = str(health)
    assert "dense_1" in text
    assert "50.0%" in text
    assert net.rng.bit_generator.state == state
    assert net.optimizer.iterations == 0
    assert all(np.array_equal(a, b) for a, b in zip(kept, net.get_weights(), strict=True))


def test_health_knows_what_is_frozen_and_what_learns_at_a_rate_of_its_own():
    layers = [Dense(3, input_dim=2, trainable=False), Dense(3, lr_multiplier=0.5), Dense(1)]
    net = Network(layers, rng=0)
    net.compile(mlp.optimizers.SGD(0.1), "mse")
    x, y = RNG.normal(size=(6, 2)), RNG.normal(size=6)
    frozen, slow, plain = net.health(x, y).layers.values()
    assert frozen.update == 0.0
    assert frozen.gradient > 0.0
    assert slow.update == pytest.approx(0.05 * slow.gradient / slow.weights)
    assert plain.update == pytest.approx(0.1 * plain.gradient / plain.weights)


def test_of_a_layer_that_is_called_again_the_last_call_is_shown():
    a, shared = Input((3,)), Dense(3, "tanh", name="shared")
    net = Network(a, shared(shared(a)), rng=0)
    np.testing.assert_array_equal(net.activations(X)["shared"], net(X))
    np.testing.assert_array_equal(np.tanh(net.activations(X, before=True)["shared"]), net(X))


def test_a_learning_rate_is_found_where_the_loss_is_negative():
    net = Network([Dense(2, use_bias=False, kernel_initializer="identity", input_dim=2)], rng=0)
    net.compile("sgd", "cosine_similarity")
    x = RNG.normal(size=(50, 2))
    found = mlp.lr_range_test(net, x, x + np.array([0.1, 0.0]), steps=20)
    assert max(found.losses) < 0.0
    assert len(found.rates) == 20


def test_a_learning_rate_is_found_and_nothing_changed():
    net = Network([Dense(8, "tanh", input_dim=1), Dropout(0.1), Dense(1)], rng=0)
    net.compile("sgd", "mse")
    x = np.linspace(-1, 1, 64)[:, None]
    kept, state = net.parameters.copy(), net.rng.bit_generator.state
    found = mlp.lr_range_test(net, x, x * x)
    np.testing.assert_array_equal(net.parameters, kept)
    assert net.rng.bit_generator.state == state
    assert net.optimizer.learning_rate == 0.01
    assert len(found.rates) == len(found.losses)
    assert found.rates[0] == 1e-6
    np.testing.assert_allclose(np.diff(np.log(found.rates)), np.log(1e7) / 99)
    assert 1e-3 < found.suggestion < 1.0
    assert found.losses[-1] > 4 * min(found.losses) or len(found.rates) == 100


@pytest.mark.parametrize("seed", range(4))
def test_a_learning_rate_is_not_one_at_which_the_loss_fell_back_from_a_leap(seed):
    x, y = load_digits()
    net = Network([Dense(32, "relu", input_dim=64), Dense(10, "softmax")], rng=seed)
    net.compile("sgd", "sparse_categorical_crossentropy")
    found = mlp.lr_range_test(net, x[:500] / 16, y[:500])
    falls = np.diff(found.losses, prepend=net.evaluate(x[:500] / 16, y[:500]))
    least, chosen = np.argmin(found.losses), found.rates.index(found.suggestion)
    assert chosen <= least
    assert falls[chosen] == pytest.approx(min(falls[: least + 1]))


@pytest.mark.parametrize("target", [0.0, 3.0])
def test_a_learning_rate_is_suggested_even_where_the_loss_only_rises(target):
    net = Network([Dense(1, kernel_initializer="ones", input_dim=1)])
    net.compile("sgd", "mse")
    found = mlp.lr_range_test(net, [[1.0], [2.0]], [1.0 + target, 2.0 + target], lowest=5.0, highest=9.0)
    assert found.suggestion == 5.0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"lowest": 0.0}, "lowest must be greater than 0"),
        ({"lowest": 1.0, "highest": 0.5}, "lowest must be below highest"),
        ({"steps": 1}, "steps must be"),
        ({"lowest": 1e290, "highest": 1e300}, "not finite at the lowest rate"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(arguments, words):
    net = Network([Dense(1, input_dim=1)], rng=0)
    net.compile("sgd", "mse")
    with pytest.raises(ArgumentError, match=words):
        mlp.lr_range_test(net, [[1.0], [2.0]], [1.0, 2.0], **arguments)
