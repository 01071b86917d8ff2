"""Networks with rows and targets, whose calculation is followed."""

import numpy as np

from mlp import Input, Network
from mlp.layers import Activation, Add, Concatenate, Dense, Flatten, LayerNormalization, PReLU, Residual
from mlp.optimizers import SGD

X = np.array([[0.3, 0.1], [-1.0, 2.0], [0.5, 0.5]])


def chain(*layers, loss="mse", optimizer="sgd", rng=0):
    net = Network(layers, rng=rng)
    net.compile(optimizer, loss)
    return net


def graph():
    x, y = Input((2,)), Input((3,))
    shared = Dense(2, "tanh", kernel_regularizer="l2")
    h = shared(x)
    again = shared(h)
    both = Concatenate()([again, Dense(2, "relu")(y)])
    net = Network([x, y], [Dense(1, "sigmoid", name="p")(both), Add(name="sum")([h, again])], rng=0)
    net.compile("adam", ["bce", "mae"], loss_weights=[2.0, 1.0])
    return net, [X, np.ones((3, 3)) / 3], [[0, 1, 1], np.ones((3, 2))]


def outputs():
    """One without a loss, one that is given twice, one that is the input."""
    x = Input((2,))
    h = Dense(2, "softmax")(x)
    net = Network(x, [Dense(1)(h), h, h, x], rng=0)
    net.compile("sgd", [None, "cce", "mse", "mae"])
    return net, X[:2], [[1, 2], np.eye(2), np.ones((2, 2)), np.zeros((2, 2))]


#: Networks with rows and targets that they can be trained on.
SUBJECTS = {
    "one unit": lambda: (chain(Dense(1, input_dim=2)), X, [1.0, 2.0, 3.0]),
    "chain": lambda: (chain(Dense(3, "tanh", input_dim=2), Dense(2), optimizer="adam"), X, np.ones((3, 2))),
    "softmax": lambda: (
        chain(Dense(3, "relu", input_dim=2), Dense(4, "softmax"), loss="sparse_categorical_crossentropy"),
        X,
        [3, 0, 1],
    ),
    "softmax apart": lambda: (chain(Dense(3, "softmax", input_dim=2)), X, np.eye(3)),
    "sigmoid": lambda: (chain(Dense(2, input_dim=2), Activation("sigmoid"), loss="bce"), X, np.eye(3)[:, :2]),
    "penalties": lambda: (
        chain(
            Dense(2, "tanh", kernel_regularizer="l1", activity_regularizer="l2", input_dim=2),
            Dense(1, bias_regularizer="l2", kernel_constraint="max_norm"),
            optimizer=SGD(0.1, momentum=0.5),
        ),
        X,
        [1, 2, 3],
    ),
    "frozen": lambda: (
        chain(Dense(2, "tanh", input_dim=2), Dense(3, "elu", trainable=False), Dense(1), optimizer="adamw"),
        X,
        [1, 2, 3],
    ),
    "rates": lambda: (
        chain(Dense(2, "tanh", input_dim=2, lr_multiplier=0.1), Dense(1), optimizer=SGD(0.1)),
        X,
        [1, 2, 3],
    ),
    "axes": lambda: (
        chain(Dense(2, "softmax", input_shape=(3, 2)), Flatten(), Dense(1)),
        np.arange(12.0).reshape(2, 3, 2) / 12,
        [1, 2],
    ),
    "inside": lambda: (
        chain(Residual(Dense(2, "tanh"), input_dim=2), Network([Dense(3, "relu", input_dim=2), PReLU()]), Dense(1)),
        X,
        [1, 2, 3],
    ),
    "inside joined": lambda: (
        chain(LayerNormalization(input_dim=2), Network([Dense(3, "softmax", input_dim=2)]), loss="cce"),
        X,
        np.eye(3),
    ),
    "outputs": outputs,
    "graph": graph,
}  # fmt: skip
