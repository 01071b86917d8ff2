"""Layers that put numbers into another shape or order, or let them pass."""

import numpy as np
import pytest

from mlp import Network
from mlp.errors import ArgumentError, ArgumentTypeError, ShapeError
from mlp.layers import ActivityRegularization, Dense, Flatten, Permute, RepeatVector, Reshape


@pytest.mark.parametrize(
    ("target", "shape"),
    [
        ((6,), (6,)),
        ((-1,), (6,)),
        ((2, -1), (2, 3)),
        ([1, 3, -1, 2], (1, 3, 1, 2)),
        (np.array([3, 2]), (3, 2)),
    ],
    ids=str,
)
def test_one_size_may_be_left_open(target, shape):
    net = Network([Reshape(target, input_shape=(2, 3))])
    assert net.output_shape == (None, *shape)
    x = np.arange(24.0).reshape(4, 2, 3)
    np.testing.assert_array_equal(net(x), x.reshape(4, *shape))
    net.forward(x)
    np.testing.assert_array_equal(net.backward(x.reshape(4, *shape)), x)


@pytest.mark.parametrize("target", [(5,), (4, -1), (6, 2), (7, -1), (1, 1)], ids=str)
def test_a_shape_of_another_size_is_refused(target):
    with pytest.raises(ShapeError, match=r"target_shape must hold the 6 numbers of a row of shape \(2, 3\)"):
        Network([Reshape(target, input_shape=(2, 3))])


@pytest.mark.parametrize("target", [(), (-1, -1), (0, 3), (-2, 3), ("a",), 6, "ab", (1.5, 4), None], ids=str)
def test_what_is_no_shape_is_refused(target):
    with pytest.raises((ArgumentError, ArgumentTypeError), match="target_shape"):
        Reshape(target)


@pytest.mark.parametrize("dims", [(), (0, 1), (1, 1), (2, 3), (-1, 1), "ab", 2], ids=str)
def test_what_is_no_order_is_refused(dims):
    with pytest.raises((ArgumentError, ArgumentTypeError), match="dims"):
        Permute(dims)
    with pytest.raises(ShapeError, match="dims must name the 2 axes"):
        Network([Permute((1, 3, 2), input_shape=(2, 3))])


def test_a_vector_is_repeated_and_nothing_else():
    with pytest.raises(ShapeError, match="a row must be a vector"):
        Network([RepeatVector(2, input_shape=(2, 3))])
    for wrong in (0, -1, 1.5):
        with pytest.raises((ArgumentError, ArgumentTypeError), match="n must"):
            RepeatVector(wrong)


def test_what_is_penalised_is_what_passes():
    """The mean over the rows of l1 |x| + l2 x^2, in loss and gradient; zero for the loss itself."""
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    for last in ([], [Flatten()]):
        net = Network([Dense(2, input_dim=2), ActivityRegularization(0.3, 0.2), *last])
        net.set_weights([np.eye(2), np.zeros(2)])
        net.compile("sgd", "mse")
        value, gradient = net.value_and_gradient(x, x)
        assert value == pytest.approx((0.3 * 6.5 + 0.2 * 14.25) / 2)
        slope = (0.3 * np.sign(x) + 0.4 * x) / 2
        np.testing.assert_allclose(gradient, [*(x.T @ slope).ravel(), *slope.sum(axis=0)], rtol=1e-13)
        assert net.evaluate(x, x) == pytest.approx(value)
        np.testing.assert_array_equal(net.predict(x), x)
    with pytest.raises(ArgumentError, match="l1"):
        ActivityRegularization(l1=-1.0)
