"""Example 2: what a 4-20-10-1 network is made of.

Every dense layer holds a kernel with a row for each input and a column for each output, and a bias with one
number for each output. `get_weights` lists them layer after layer, kernel before bias.
"""

import numpy as np
import pytest

from mlp import Network
from mlp.layers import Activation, Dense

SHAPES = [(4, 20), (20,), (20, 10), (10,), (10, 1), (1,)]

NETWORKS = {
    "activation inside": lambda: Network(
        [Dense(20, activation="relu", input_dim=4), Dense(10, activation="relu"), Dense(1)]
    ),
    "activation layers": lambda: Network(
        [Dense(20, input_dim=4), Activation("relu"), Dense(10), Activation("relu"), Dense(1)]
    ),
}


@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_shapes(make):
    assert [w.shape for w in make().get_weights()] == SHAPES


@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_number_of_parameters(make):
    """4 * 20 + 20 + 20 * 10 + 10 + 10 * 1 + 1 = 321, all in one vector."""
    net = make()
    assert net.count_params() == 321
    assert net.parameters.shape == net.gradient.shape == (321,)


@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_weights_are_those_of_the_layers_in_order(make):
    net = make()
    of_layers = [w for layer in net.layers for w in layer.get_weights()]
    for whole, part in zip(net.get_weights(), of_layers, strict=True):
        np.testing.assert_array_equal(whole, part)


def test_fresh_biases_are_zero_and_kernels_are_not():
    for w in NETWORKS["activation inside"]().get_weights():
        assert np.all(w == 0) if w.ndim == 1 else np.all(w != 0)
