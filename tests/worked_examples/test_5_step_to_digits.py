"""Example 5: from the step function to ten thousand handwritten digits.

The third chapter of "Deep Learning from Scratch" in five tests: four activation functions, softmax where a
naive exp would overflow, a 2-3-2-2 network with numbers that fit on a blackboard, and a network that others
trained, 784-50-100-10, which reads 9,352 of the 10,000 MNIST test images right.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from mlp import Network, activations
from mlp.datasets import load_mnist
from mlp.layers import Dense

FUNCTIONS = [
    ("step", [-1.0, 1.0, 2.0], [0, 1, 1]),
    ("step", [0.0], [0]),
    ("sigmoid", [-1.0, 1.0, 2.0], [0.26894142, 0.73105858, 0.88079708]),
    ("sigmoid", [0.0, 1000.0, -1000.0], [0.5, 1.0, 0.0]),
    ("relu", [-1.0, 0.0, 1.0, 2.0], [0.0, 0.0, 1.0, 2.0]),
    ("softmax", [1010.0, 1000.0, 990.0], [9.99954600e-01, 4.53978686e-05, 2.06106005e-09]),
    ("softmax", [0.3, 2.9, 4.0], [0.01821127, 0.24519181, 0.73659691]),
]


@pytest.mark.parametrize(("name", "x", "y"), FUNCTIONS, ids=[f"{name}{x}" for name, x, _ in FUNCTIONS])
def test_functions(name, x, y):
    np.testing.assert_allclose(activations.get(name)(np.array(x)), y, rtol=5e-8, atol=5e-9)
    np.testing.assert_allclose(getattr(activations, name)(np.array([x])), [y], rtol=5e-8, atol=5e-9)


def test_softmax_sums_to_one_and_ignores_a_common_shift():
    x = np.array([1010.0, 1000.0, 990.0])
    assert np.sum(activations.softmax(x)) == pytest.approx(1.0, abs=1e-15)
    np.testing.assert_array_equal(activations.softmax(x), activations.softmax(x - 1010))


def test_2_3_2_2_network():
    net = Network([Dense(3, activation="sigmoid", input_dim=2), Dense(2, activation="sigmoid"), Dense(2)])
    net.set_weights(
        [
            [[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]],
            [0.1, 0.2, 0.3],
            [[0.1, 0.4], [0.2, 0.5], [0.3, 0.6]],
            [0.1, 0.2],
            [[0.1, 0.3], [0.2, 0.4]],
            [0.1, 0.2],
        ]
    )
    np.testing.assert_allclose(net.predict([[1.0, 0.5]]), [[0.31682708, 0.69627909]], rtol=0, atol=5e-9)


# The digits.

SHARED_DATA = Path(
    os.environ.get("MLP_SHARED_DATA", Path(__file__).resolve().parents[2] / ".." / "shared" / "data")
)
NEEDED = [
    "deep_learning_from_scratch_ch03.npz",
    "mnist10k/t10k-images-idx3-ubyte.gz",
    "mnist10k/t10k-labels-idx1-ubyte.gz",
]
MISSING = [name for name in NEEDED if not (SHARED_DATA / name).is_file()]
needs_shared_data = pytest.mark.skipif(
    bool(MISSING), reason=f"{', '.join(MISSING)} not found: set MLP_SHARED_DATA to the folder that holds them"
)


@pytest.fixture(scope="module")
def digits():
    """Images as rows of 784 numbers from 0 to 1, and their labels."""
    x, y = load_mnist(SHARED_DATA / "mnist10k", split="test")
    assert x.shape == (10_000, 28, 28)
    assert x.dtype == np.uint8
    assert y.shape == (10_000,)
    return x.reshape(10_000, 784) / 255, y


def trained_by_others(dtype):
    net = Network(
        [
            Dense(50, activation="sigmoid", input_dim=784),
            Dense(100, activation="sigmoid"),
            Dense(10, activation="softmax"),
        ],
        dtype=dtype,
    )
    with np.load(SHARED_DATA / NEEDED[0], allow_pickle=False) as arrays:
        net.set_weights([arrays[name] for name in ("W1", "b1", "W2", "b2", "W3", "b3")])
    return net


@needs_shared_data
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch_size", [100, 1, None], ids=["batches of 100", "one at a time", "all at once"])
def test_accuracy_on_10000_digits(digits, dtype, batch_size):
    x, y = digits
    net = trained_by_others(dtype)
    if batch_size == 1:
        answers = np.array([np.argmax(net(x[i : i + 1])) for i in range(len(x))])
    else:
        answers = np.argmax(net.predict(x, batch_size=batch_size), axis=1)
    assert np.mean(answers == y) == 0.9352


@needs_shared_data
def test_evaluate_says_the_same(digits):
    net = trained_by_others("float64")
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    assert net.evaluate(*digits, batch_size=100, verbose=0, return_dict=True)["accuracy"] == 0.9352
