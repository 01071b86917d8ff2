"""Example 3: is x1 + x2 above one half?

250 points in the unit square are labelled +1 where their sum is more than 0.5 and -1 elsewhere. First a
2-5-1 network with known weights is followed through by hand, then the same network is trained. It looks good
at 88 %, until one notices that the constant answer +1 is right for 87.5 % of the square. And a single neuron,
its weights set by hand, is right for every point there is.
"""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mlp import Input, Network
from mlp.layers import Dense
from mlp.optimizers import Adam

KERNEL_1 = [
    [-1.08239257, 0.32482854, 0.95010394, 0.00501535, -0.47380614],
    [-0.56682748, 1.15749049, 0.91618514, 0.37518814, -0.67639047],
]
BIAS_1 = [-0.18290569, 0.21453567, 0.01353107, 0.27740911, 0.09604219]
KERNEL_2 = [[-0.8775745], [1.09351909], [0.21981503], [1.31380796], [-0.10301871]]
BIAS_2 = [0.27410847]
POINT = np.array([[0.3, 0.1]])


def network_2_5_1(rng=None):
    """The network of the article, put together as a chain of calls."""
    x = Input(shape=(2,))
    hidden, output = Dense(5, activation="tanh"), Dense(1, activation="tanh")
    return Network(inputs=x, outputs=output(hidden(x)), rng=rng)


# By hand.


def test_hidden_and_output_of_one_point():
    """The weights are printed to eight digits, and so the output is known to seven."""
    net = network_2_5_1()
    net.set_weights([KERNEL_1, BIAS_1, KERNEL_2, BIAS_2])
    _, hidden, output = net.layers  # a functional network lists its input layer first

    h = hidden.forward(POINT)
    np.testing.assert_allclose(h, [[-0.5112, 0.4034, 0.3715, 0.3063, -0.1133]], atol=5e-5)
    np.testing.assert_allclose(h, np.tanh(POINT @ KERNEL_1 + BIAS_1), rtol=0, atol=1e-15)

    np.testing.assert_allclose(output.forward(h), [[0.93015909]], rtol=0, atol=1e-7)
    np.testing.assert_allclose(net.predict(POINT), [[0.93015909]], rtol=0, atol=1e-7)
    np.testing.assert_allclose(net(POINT), [[0.93015909]], rtol=0, atol=1e-7)


def test_layers_know_their_weights():
    net = network_2_5_1()
    net.layers[1].set_weights([KERNEL_1, BIAS_1])
    net.layers[2].set_weights([KERNEL_2, BIAS_2])
    for found, expected in zip(net.get_weights(), [KERNEL_1, BIAS_1, KERNEL_2, BIAS_2], strict=True):
        np.testing.assert_array_equal(found, expected)


# Trained.


def points(seed):
    """250 points of the unit square and their labels."""
    x = np.random.default_rng(seed).uniform(size=(250, 2))
    return x, np.where(x.sum(axis=1) > 0.5, 1, -1)


def accuracy_after_training(seed, optimizer, epochs):
    x, y = points(seed)
    net = network_2_5_1(rng=seed)
    net.compile(optimizer=optimizer, loss="hinge", metrics=["accuracy"])
    net.fit(x, y, epochs=epochs, verbose=0)
    return net.evaluate(x, y, verbose=0, return_dict=True)["accuracy"]


def test_a_constant_is_right_for_seven_eighths():
    """The area below the line x1 + x2 = 1/2 is a triangle of 1/8; a million points say so, too."""
    x = np.random.default_rng(0).uniform(size=(1_000_000, 2))
    assert np.mean(x.sum(axis=1) > 0.5) == pytest.approx(0.875, abs=0.002)


def test_as_in_the_article_it_is_hardly_better_than_a_constant():
    """Adam with its usual rate, 150 epochs. Twenty seeds gave 88.9 % on average, from 86.4 to 98 %."""
    accuracy = np.mean([accuracy_after_training(seed, "adam", 150) for seed in range(20)])
    assert 0.86 < accuracy < 0.92


def test_trained_longer_with_a_larger_rate_it_understands():
    """Adam(0.01), 600 epochs. Twenty seeds gave 98.2 % on average, from 88 to 100 %; here are the first ten."""
    accuracy = np.mean([accuracy_after_training(seed, Adam(0.01), 600) for seed in range(10)])
    assert accuracy > 0.93


# Right by construction.


def right_classifier():
    net = Network([Dense(1, activation="tanh", input_dim=2)])
    net.set_weights([[[1.0], [1.0]], [-0.5]])
    net.compile(optimizer="adam", loss="hinge", metrics=["accuracy"])
    return net


HALF = Fraction(1, 2)
grid = st.integers(-(2**20), 2**20).map(lambda k: k / 1024)  # sums of these are exact in floating point
real = st.floats(-1e100, 1e100)


@st.composite
def points_off_the_line(draw, coordinate):
    """Points whose exact sum is not 1/2, with their labels; both decided in fractions, without rounding."""
    x = draw(st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=20))
    sums = [Fraction(a) + Fraction(b) for a, b in x]
    assume(HALF not in sums)
    return np.array(x), np.array([1 if s > HALF else -1 for s in sums])


@settings(deadline=None)
@given(points_off_the_line(grid))
def test_one_neuron_is_always_right(data):
    assert right_classifier().evaluate(*data, verbose=0, return_dict=True)["accuracy"] == 1.0


@settings(deadline=None)
@given(points_off_the_line(real | st.floats(0.0, 1.0)))
def test_one_neuron_is_always_right_where_floats_can_tell(data):
    """A float sum may round to exactly 0.5 though the true sum is not: such points lie on the line, for a float."""
    x, y = data
    assume(np.all(x[:, 0] + x[:, 1] != 0.5))
    assert right_classifier().evaluate(x, y, verbose=0, return_dict=True)["accuracy"] == 1.0


@pytest.mark.parametrize(("label", "accuracy"), [(-1, 1.0), (+1, 0.0)])
@pytest.mark.parametrize("x", [(0.25, 0.25), (0.5, 0.0), (-1.5, 2.0), (0.5, 2.0**-60)], ids=str)
def test_on_the_line_the_answer_is_minus_one(x, label, accuracy):
    """The output is exactly 0 there, and the decision is +1 only above 0."""
    net = right_classifier()
    assert net.predict(np.array([x])) == [[0.0]]
    assert net.evaluate([x], [label], verbose=0) == [1.0, accuracy]  # the hinge of an undecided output is 1
