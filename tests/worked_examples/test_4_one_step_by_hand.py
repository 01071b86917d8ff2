"""Example 4: one step of back-propagation, checked against an article that got it wrong.

A 3-3-3 network of sigmoid units without biases sees one pattern and makes one step of gradient descent on
E = 1/2 sum (t - y)^2. The article this comes from printed other weights' output: it used an inner product
where an outer one belongs, and forgot the derivative of the output units in the error of the hidden ones.
Finite differences, which know no back-propagation, say who is right.
"""

import numpy as np
import pytest

from mlp import Network
from mlp.layers import Dense
from mlp.losses import SumSquaredError
from mlp.optimizers import SGD

# Rows are the receiving units, as in the article; Keras (and we) keep them in columns, hence the transposes.
INPUT_TO_HIDDEN = np.array([[0.8, 0.2, 0.3], [0.3, 0.5, 0.1], [0.2, 0.4, 0.5]])
HIDDEN_TO_OUTPUT = np.array([[0.1, 0.3, 0.5], [0.2, 0.9, 0.5], [0.5, 0.3, 0.1]])
X = np.array([[0.8, 0.2, 0.7]])
T = np.array([[0.5, 0.99, 0.6]])
RATE = 0.1

BEFORE = [0.63943159, 0.73193058, 0.6454522]
AFTER_TRUE_STEP = [0.63850519, 0.73324242, 0.64516524]
AFTER_STEP_OF_THE_ARTICLE = [0.63963499, 0.73221189, 0.64564698]
DIGITS = {"rtol": 0, "atol": 6e-9}  # eight digits were printed


def network():
    net = Network(
        [
            Dense(3, activation="sigmoid", use_bias=False, input_dim=3),
            Dense(3, activation="sigmoid", use_bias=False),
        ]
    )
    net.set_weights([INPUT_TO_HIDDEN.T, HIDDEN_TO_OUTPUT.T])
    net.compile(optimizer=SGD(RATE), loss=SumSquaredError())
    return net


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def error(kernels):
    """E at these kernels, in plain NumPy."""
    return 0.5 * np.sum((T - sigmoid(sigmoid(X @ kernels[0]) @ kernels[1])) ** 2)


def slopes(kernels, h=1e-6):
    """dE/dw for each weight by central differences."""
    result = [np.zeros_like(k) for k in kernels]
    for kernel, slope in zip(kernels, result, strict=True):
        for i in np.ndindex(kernel.shape):
            w = kernel[i]
            kernel[i] = w + h
            above = error(kernels)
            kernel[i] = w - h
            slope[i] = (above - error(kernels)) / (2 * h)
            kernel[i] = w
    return result


def descent(product, output_derivative_in_hidden_error):
    """The directions of one descent step (the negative gradient if all is right), with a choice of faults."""
    v, u = INPUT_TO_HIDDEN.T, HIDDEN_TO_OUTPUT.T
    x, h = X[0], sigmoid(X[0] @ v)
    y = sigmoid(h @ u)
    e = T[0] - y
    delta_output = e * y * (1 - y)
    e_hidden = u @ (delta_output if output_derivative_in_hidden_error else e)
    delta_hidden = e_hidden * h * (1 - h)
    return [product(x, delta_hidden) * np.ones((3, 3)), product(h, delta_output) * np.ones((3, 3))]


def test_output_before():
    np.testing.assert_allclose(network().predict(X), [BEFORE], **DIGITS)


@pytest.mark.parametrize("call", ["fit", "train_on_batch"])
def test_one_step_of_true_gradient_descent(call):
    net = network()
    if call == "fit":
        net.fit(X, T, batch_size=1, epochs=1, verbose=0)
    else:
        net.train_on_batch(X, T)
    np.testing.assert_allclose(net.predict(X), [AFTER_TRUE_STEP], **DIGITS)


def test_the_gradient_is_the_slope_of_the_error():
    net = network()
    value, gradient = net.value_and_gradient(X, T)
    kernels = net.get_weights()
    assert value == pytest.approx(error(kernels), rel=1e-14)
    np.testing.assert_allclose(gradient, np.concatenate([s.ravel() for s in slopes(kernels)]), atol=1e-9)


def test_backward_alone_does_the_same():
    """The derivative of E at the output is y - t; `backward` carries it to the weights."""
    net = network()
    y = net.forward(X)
    net.backward(y - T)
    for found, expected in zip(net.gradients, slopes(net.get_weights()), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-9)


def test_the_article_is_reproduced_by_its_two_faults():
    steps = descent(np.inner, output_derivative_in_hidden_error=False)
    net = network()
    net.set_weights([w + RATE * step for w, step in zip(net.get_weights(), steps, strict=True)])
    np.testing.assert_allclose(net.predict(X), [AFTER_STEP_OF_THE_ARTICLE], **DIGITS)


FAULTS = [
    ("both", np.inner, False),
    ("inner product", np.inner, True),
    ("no output derivative in the hidden error", np.outer, False),
]


@pytest.mark.parametrize(("product", "derivative"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_each_fault_is_not_the_gradient(product, derivative):
    found = np.concatenate([s.ravel() for s in descent(product, derivative)])
    _, gradient = network().value_and_gradient(X, T)
    assert np.max(np.abs(found + gradient)) > 0.01  # against a largest true slope of 0.05


def test_without_faults_the_hand_made_step_is_the_gradient():
    found = np.concatenate([s.ravel() for s in descent(np.outer, True)])
    _, gradient = network().value_and_gradient(X, T)
    np.testing.assert_allclose(-found, gradient, rtol=0, atol=1e-15)
