"""`check_gradients`: whole networks, their penalties, their kinks and their precision."""

import numpy as np
import pytest

from mlp import Network
from mlp.errors import ArgumentTypeError, DataError, ShapeError, StateError
from mlp.layers import Activation, Dense, Dropout, InputLayer, Layer, Residual
from mlp.testing import GradientError, check_gradients

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 3))
Y = RNG.normal(size=(5, 2))


def compiled(*layers, loss="mse", seed=0, **kwargs):
    net = Network([InputLayer((3,)), *layers], rng=seed, **kwargs)
    net.compile(loss=loss)
    return net


def state(net):
    return [net.parameters.copy(), net.gradient.copy(), net.rng.bit_generator.state]


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_network_is_right_and_not_changed(full, dtype):
    net = compiled(
        Dense(4, activation="tanh", kernel_regularizer="l2", activity_regularizer="l1"),
        Residual(Dense(4, activation="softplus")),
        Network([Dense(3, activation="sigmoid", input_dim=4), Dense(2)]),
        dtype=dtype,
    )
    before = state(net)
    report = check_gradients(net, X, Y, sample_weight=[1.0, 2.0, 0.0, 0.5, 1.0], full=full)
    assert report.method == "complex"
    assert report.error < 1e-12
    assert net.dtype == dtype
    for one, other in zip(before, state(net), strict=True):
        np.testing.assert_equal(one, other)


def test_training_is_checked_with_the_same_numbers_drawn_again():
    net = compiled(Dense(4, activation="tanh"), Dropout(0.5), Dense(2))
    before = state(net)
    assert check_gradients(net, X, Y, training=True).error < 1e-12
    np.testing.assert_equal(before, state(net))


class Faulty(Dense):
    """One entry of the kernel's gradient is wrong by a share."""

    share = 1e-11

    def backward(self, dy):
        dx = super().backward(dy)
        self.gradient_of("kernel")[1, 0] *= 1 + self.share
        return dx


class LosesInput(Dense):
    def backward(self, dy):
        return 0.5 * super().backward(dy)


def test_the_worst_entry_is_named():
    net = compiled(Dense(4, activation="tanh"), Faulty(3, name="odd"), Dense(2))
    for full in (False, True):
        with pytest.raises(GradientError, match=r"layer 1 'odd' \(Faulty, 4 -> 3\) kernel\[1, 0\]"):
            check_gradients(net, X, Y, full=full)


def test_the_input_is_looked_at_too():
    net = compiled(LosesInput(2, activation="tanh"))
    with pytest.raises(GradientError, match=r"worst at x\["):
        check_gradients(net, X, Y)


def test_a_large_network_is_searched():
    class One(Dense):
        def backward(self, dy):
            dx = super().backward(dy)
            self.gradient_of("kernel")[57, 3] += 1e-6
            return dx

    rng = np.random.default_rng(1)
    net = Network([One(20, activation="relu", input_dim=100), Dense(10, activation="softmax")], rng=1)
    net.compile(loss="categorical_crossentropy")
    x, y = rng.random((8, 100)), np.eye(10)[rng.integers(10, size=8)]
    with pytest.raises(GradientError, match=r"kernel\[57, 3\]"):
        check_gradients(net, x, y)
    right = Network([Dense(20, activation="relu", input_dim=100), Dense(10, activation="softmax")], rng=1)
    right.compile(loss="categorical_crossentropy")
    assert check_gradients(right, x, y).error < 1e-12


# --- Kinks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["mse", "mae", "hinge"])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "selu"])
def test_a_network_at_a_kink_is_right(loss, activation):
    net = compiled(Dense(4, activation=activation), Activation(activation), Dense(2), loss=loss)
    x = np.vstack([np.zeros((2, 3)), X[:2]])
    targets = np.array([[1.0, -1.0]] * 4)
    report = check_gradients(net, x, targets)
    assert report.kinks > 0
    assert any("kink" in note for note in report.notes)


def test_outputs_exactly_at_their_targets_are_a_kink():
    net = compiled(Dense(2), loss="mae")
    assert check_gradients(net, X, net.predict(X)).kinks == Y.size


def test_relu_of_minus_and_plus():
    """relu(t) - relu(-t) is t, with derivative 1 at 0; correct back-propagation gives 0 there."""
    net = Network([Dense(2, activation="relu", input_dim=1), Dense(1)])
    net.set_weights([[[1.0, -1.0]], [0.0, 0.0], [[1.0], [-1.0]], [0.0]])
    net.compile(loss="mse")
    report = check_gradients(net, [[0.0]], [[1.0]])
    assert "minutely moved" in report.results["gradient"].note
    assert report.results["elements"].kinks == 2


class WrongRelu(Activation):
    """A relu layer with the slope 0.7 where the input is positive."""

    def __init__(self, **kwargs):
        super().__init__("relu", **kwargs)

    def backward(self, dy):
        return 0.7 * super().backward(dy)


def test_a_fault_is_not_taken_for_a_kink():
    net = compiled(Dense(4), WrongRelu(), Dense(2))
    for x in (X, np.vstack([np.zeros((2, 3)), X[:2]])):
        with pytest.raises(GradientError):
            check_gradients(net, x, Y[: len(x)])


def test_flat_networks_are_no_false_alarm():
    for activation in ("tanh", "sigmoid", "softmax"):
        for loss in ("mse", "categorical_crossentropy"):
            net = compiled(Dense(4, activation=activation), Dense(2, activation="softmax"), loss=loss)
            net.parameters = 40 * np.random.default_rng(3).normal(size=net.n_parameters)
            check_gradients(net, 100 * X, np.eye(2)[[0, 1, 0, 1, 1]])


# --- Surrogates ---------------------------------------------------------------------------------------------


class Rounded(Layer):
    surrogate_gradient = True

    def forward(self, x, training=False):
        return np.round(x.real) + 0 * x

    def backward(self, dy):
        return dy.copy()


def test_what_lies_behind_a_surrogate_is_checked():
    net = compiled(Dense(4), Rounded(), Dense(3, activation="tanh"), Dense(2))
    assert "surrogate" in check_gradients(net, 3 * X, Y).results["gradient"].note
    wrong = compiled(Dense(4), Rounded(), Faulty(3, activation="tanh"), Dense(2))
    with pytest.raises(GradientError, match="Faulty"):
        check_gradients(wrong, 3 * X, Y)


# --- Wrong calls --------------------------------------------------------------------------------------------


def test_wrong_calls_are_refused():
    net = compiled(Dense(2))
    with pytest.raises(ShapeError, match="x must have shape"):
        check_gradients(net, X[:, :2], Y)
    with pytest.raises(DataError, match="finite"):
        check_gradients(net, X * np.nan, Y)
    with pytest.raises(StateError, match="compile"):
        check_gradients(Network([Dense(2, input_dim=3)]), X, Y)


def test_an_exception_of_a_layer_is_the_cause():
    class Raises(Dense):
        def backward(self, dy):
            raise KeyError("kernel")

    with pytest.raises(GradientError, match=r"KeyError was raised in .*backward") as caught:
        check_gradients(compiled(Raises(2)), X, Y)
    assert isinstance(caught.value.__cause__, KeyError)


def test_something_else_than_a_network_is_refused():
    for wrong in (Dense(2), [Dense(2)], X):
        with pytest.raises(ArgumentTypeError, match="net must be a Network"):
            check_gradients(wrong, X, Y)


@pytest.mark.parametrize("size", [1e-30, 1e-9, 1e3, 1e12])
def test_data_of_any_size(size):
    for activation in ("tanh", "relu", "gelu"):
        check_gradients(compiled(Dense(4, activation=activation), Dense(2)), size * X, size * Y)


@pytest.mark.parametrize("seed", [23, 29, 33])
def test_whole_numbers_put_many_units_at_kinks(seed):
    net = Network([Dense(3, activation="relu", input_dim=2), Dense(3, activation="relu"), Dense(1)])
    net.compile(loss="mse")
    rng = np.random.default_rng(seed)
    x = rng.integers(-1, 2, (3, 2)).astype(float)
    net.parameters = rng.integers(-1, 2, net.parameters.size).astype(float)
    check_gradients(net, x, rng.integers(-1, 2, (3, 1)).astype(float), rng=seed)


def test_parameters_that_are_all_zero():
    net = compiled(Dense(5, activation="relu"), Dense(4, activation="relu"), Dense(2), loss="mae")
    net.parameters = np.zeros(net.parameters.size)
    check_gradients(net, np.random.default_rng(1).integers(-1, 2, (4, 3)).astype(float), np.zeros((4, 2)))
