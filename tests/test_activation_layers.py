"""Layers of one activation: arguments, slopes that are learned, axes."""

import numpy as np
import pytest

from mlp import Network, activations
from mlp.errors import ArgumentError, ArgumentTypeError
from mlp.layers import ELU, Activation, Dense, LeakyReLU, PReLU, ReLU, Softmax

TWINS = {
    "ReLU": (lambda: ReLU(2.0, 0.25, 0.5), activations.Relu(0.25, 2.0, 0.5)),
    "LeakyReLU": (lambda: LeakyReLU(0.1), activations.LeakyRelu(0.1)),
    "ELU": (lambda: ELU(0.7), activations.Elu(0.7)),
    "Softmax": (Softmax, activations.Softmax()),
}


@pytest.mark.parametrize("name", TWINS)
def test_a_layer_trains_like_the_activation_it_is_made_of(name):
    make, function = TWINS[name]
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(16, 3)), rng.normal(size=(16, 4))
    found = []
    for layer in (make(), Activation(function)):
        net = Network([Dense(4, input_dim=3), layer], rng=1)
        net.compile("sgd", "mse")
        net.fit(x, y, 8, 2, verbose=0)
        found.append(net.parameters)
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("cls", [ReLU, LeakyReLU])
@pytest.mark.parametrize("slope", [-0.1, None, np.nan])
def test_a_slope_that_falls_is_refused(cls, slope):
    with pytest.raises((ArgumentError, ArgumentTypeError), match="negative_slope must"):
        cls(negative_slope=slope)


@pytest.mark.parametrize("arguments", [{"threshold": -0.5}, {"max_value": -1.0}], ids=str)
def test_limits_of_relu_are_not_negative(arguments):
    with pytest.raises(ArgumentError, match=f"{next(iter(arguments))} must"):
        ReLU(**arguments)


@pytest.mark.parametrize("axis", [3, -3, 5])
def test_softmax_has_an_axis_of_the_rows(axis):
    with pytest.raises(ArgumentError, match=r"Softmax\): axis must be .* 0 is the batch's own; got"):
        Network([Softmax(axis, input_shape=(2, 3))])
    with pytest.raises(ArgumentError, match="axis must not be 0"):
        Softmax(0)


@pytest.mark.parametrize("shared", [[3], [1, 1], [1, -2]])
def test_shared_axes_are_different_ones_of_the_rows(shared):
    with pytest.raises(ArgumentError, match="shared_axes must be different axes"):
        Network([PReLU(shared_axes=shared, input_shape=(2, 3))])
    with pytest.raises(ArgumentTypeError, match="shared_axes must be an integer"):
        PReLU(shared_axes="a")
    with pytest.raises(ArgumentError, match="shared_axes must not be 0"):
        PReLU(shared_axes=[1, 0])


@pytest.mark.parametrize(
    ("shared", "shape"), [(None, (2, 3)), (1, (1, 3)), ([2], (2, 1)), ([-1, 1], (1, 1)), ((), (2, 3))]
)
def test_shared_axes_have_one_slope(shared, shape):
    (alpha,) = Network([PReLU(shared_axes=shared, input_shape=(2, 3))]).get_weights()
    assert alpha.shape == shape
    assert not alpha.any()


def test_a_slope_is_learned_penalised_and_constrained():
    x = -np.ones((8, 1))
    net = Network([PReLU(alpha_constraint="non_neg", input_dim=1)])
    net.compile("sgd", "mse")
    net.fit(x, 2 * np.ones((8, 1)), epochs=3, verbose=0)  # a slope of -2 would fit
    assert net.parameters == 0.0
    net = Network([PReLU("ones", alpha_regularizer="l2", input_dim=1)])
    net.compile("sgd", "mse")
    assert net.evaluate(x, x) == pytest.approx(0.01)
    net = Network([PReLU(input_dim=1)])
    net.compile("sgd", "mse")
    net.fit(x, 2 * x, epochs=400, verbose=0)
    assert net.parameters == pytest.approx(2.0, rel=1e-3)
