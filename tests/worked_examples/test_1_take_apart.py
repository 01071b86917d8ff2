"""Example 1: train a network, then take it apart and do its work by hand.

A 4-20-10-1 network with separate `Activation("relu")` layers is trained for a hundred epochs. What it has
learnt is nothing but six arrays. Two lines of NumPy, `np.dot` and `np.where`, turn them into the same
predictions: there is no magic left in `predict`.
"""

import numpy as np
import pytest

from mlp import Network
from mlp.layers import Activation, Dense


@pytest.fixture(scope="module")
def data():
    """200 rows of four measurements, and a target that no straight line fits."""
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, size=(200, 4))
    y = np.abs(x[:, 0]) + x[:, 1] * x[:, 2] - 0.5 * x[:, 3]
    return x, y


@pytest.fixture(scope="module")
def trained(data):
    net = Network(rng=0)
    net.add(Dense(20, input_dim=4))
    net.add(Activation("relu"))
    net.add(Dense(10))
    net.add(Activation("relu"))
    net.add(Dense(1))
    net.compile(optimizer="adam", loss="mean_absolute_error", metrics=["mae"])
    history = net.fit(*data, batch_size=16, epochs=100, validation_split=0.2, verbose=0)
    return net, history


def test_it_learns(trained):
    _, history = trained
    assert history.epoch == list(range(100))
    for name in ("loss", "mae", "val_loss", "val_mae"):
        assert len(history.history[name]) == 100
        assert history.history[name][-1] < 0.5 * history.history[name][0]
    np.testing.assert_allclose(history.history["loss"], history.history["mae"], rtol=1e-12)


@pytest.mark.parametrize("rows", [slice(None), slice(0, 1), slice(7, 20)], ids=["all", "one", "some"])
def test_six_arrays_and_two_functions_predict_the_same(trained, data, rows):
    net, _ = trained
    x = data[0][rows]

    kernel, bias = net.layers[0].get_weights()
    h = np.dot(x, kernel) + bias
    h = np.where(h > 0, h, 0)
    kernel, bias = net.layers[2].get_weights()
    h = np.dot(h, kernel) + bias
    h = np.where(h > 0, h, 0)
    kernel, bias = net.layers[4].get_weights()
    by_hand = np.dot(h, kernel) + bias

    np.testing.assert_allclose(net.predict(x), by_hand, rtol=0, atol=1e-12)


def test_activation_layers_have_nothing_to_take_apart(trained):
    net, _ = trained
    assert [layer.get_weights() for layer in (net.layers[1], net.layers[3])] == [[], []]


def test_validation_rows_were_the_last_fifth(trained, data):
    """What `fit` calls val_loss is the error on the last 40 rows, which took no part in the training."""
    net, history = trained
    x, y = data
    error = np.mean(np.abs(net.predict(x[160:])[:, 0] - y[160:]))
    assert history.history["val_loss"][-1] == pytest.approx(error, rel=1e-12)
