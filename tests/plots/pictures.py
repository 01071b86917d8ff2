"""A typical call of every picture, and wrong ones: rows for the tests of what all have in common."""

from functools import cache

import numpy as np

from mlp import Input, Network, datasets, losses, optimizers, plots
from mlp.errors import (
    ArgumentError,
    ArgumentTypeError,
    DataError,
    NonFiniteError,
    ShapeError,
    StateError,
    UnknownNameError,
)
from mlp.layers import Concatenate, Dense, Dropout, Embedding, Flatten

CORNERS, EXCLUSIVE = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]


def trained(layers, loss, x, y, epochs=3):
    """A network that has made some steps."""
    net = Network(layers, rng=0)
    net.compile(optimizers.Adam(0.05), loss)
    net.fit(x, y, epochs=epochs, verbose=0)
    return net


@cache
def xor():
    layers = [Dense(4, "tanh", input_dim=2), Dropout(0.5), Dense(1, "sigmoid")]
    return trained(layers, "binary_crossentropy", CORNERS, EXCLUSIVE)


@cache
def flowers():
    x, y = datasets.load_iris()[:2]
    return np.asarray(x)[::5, 2:], np.asarray(y)[::5]


@cache
def iris():
    return trained(
        [Dense(5, "tanh", input_dim=2), Dense(3, "softmax")],
        "sparse_categorical_crossentropy",
        *flowers(),
        40,
    )


@cache
def digits():
    x, y = np.random.default_rng(0).random((20, 64)), np.arange(20) % 10
    return trained([Dense(7, "relu", input_dim=64), Dense(10)], "mse", x, np.eye(10)[y], 1)


@cache
def amounts():
    x = np.random.default_rng(1).uniform(-1, 1, (30, 2))
    return trained([Dense(4, "tanh", input_dim=2), Dense(1)], "mse", x, x[:, 0] * x[:, 1])


@cache
def two_headed():
    a = Input(shape=(2,))
    net = Network(inputs=a, outputs=[Dense(1)(a), Dense(2)(a)])
    net.compile("adam", "mse")
    return net


@cache
def two_inputs():
    a, b = Input(shape=(1,)), Input(shape=(1,))
    return Network(inputs=[a, b], outputs=Dense(1)(Concatenate()([a, b])))


def words():
    return Network([Embedding(5, 2, input_shape=(3,)), Flatten()], rng=0)


def uncompiled():
    return Network([Dense(1, "tanh", input_dim=2)], rng=0)


RUNS = [{"loss": [0.9, 0.4, 0.3], "val_loss": [1.0, 0.6, 0.5], "acc": [0.1, 0.2, 0.3]}, {"loss": [0.8, 0.5]}]

#: Every picture: what draws it, and the network that is asked, or None.
PICTURES = {
    "history": (lambda ax=None: plots.history(*RUNS, ax=ax), None),
    "history of one run": (lambda ax=None: plots.history(RUNS[0], unit="eV", log=True, ax=ax), None),
    "decision_boundary of two classes": (
        lambda ax=None: plots.decision_boundary(xor(), CORNERS, EXCLUSIVE, resolution=20, ax=ax),
        xor,
    ),
    "decision_boundary of three classes": (
        lambda ax=None: plots.decision_boundary(iris(), *flowers(), resolution=20, ax=ax),
        iris,
    ),
    "decision_boundary without points": (
        lambda ax=None: plots.decision_boundary(iris(), limits=((0, 7), (0, 3)), resolution=20, ax=ax),
        iris,
    ),
    "decision_boundary of amounts": (
        lambda ax=None: plots.decision_boundary(amounts(), CORNERS, EXCLUSIVE, resolution=20, ax=ax),
        amounts,
    ),
    "decision_boundary of one of three": (
        lambda ax=None: plots.decision_boundary(iris(), *flowers(), output=1, resolution=20, ax=ax),
        iris,
    ),
    "activation": (lambda ax=None: plots.activation("tanh", ax=ax), None),
    "activation that jumps": (lambda ax=None: plots.activation("step", "relu", "softmax", ax=ax), None),
    "parity": (lambda ax=None: plots.parity([1.0, 2.0, 4.0], [1.5, 2.0, 3.0], unit="eV", ax=ax), None),
    "parity of three outputs": (lambda ax=None: plots.parity(np.eye(3), np.ones((3, 3)), ax=ax), None),
    "weights": (lambda ax=None: plots.weights(digits(), n=5, ax=ax), digits),
    "weights of a table": (lambda ax=None: plots.weights(iris(), ax=ax), iris),
    "confusion_matrix": (lambda ax=None: plots.confusion_matrix(iris(), *flowers(), ax=ax), iris),
    "confusion_matrix of a pair": (
        lambda ax=None: plots.confusion_matrix((["a", "b"], ["b", "b"]), normalize="true", ax=ax),
        None,
    ),
    "loss_surface": (lambda ax=None: plots.loss_surface(xor(), CORNERS, EXCLUSIVE, n=5, ax=ax), xor),
    "loss_surface with a path": (
        lambda ax=None: plots.loss_surface(xor(), CORNERS, EXCLUSIVE, n=5, path=path(xor()), log=True, ax=ax),
        xor,
    ),
    "gradient_check": (
        lambda ax=None: plots.gradient_check(xor(), CORNERS, EXCLUSIVE, steps=[1e-8, 1e-4, 1e-2], ax=ax),
        xor,
    ),
}


def path(net, steps=6):
    """Copies of a network's parameters on a bent way to where they are."""
    rng = np.random.default_rng(3)
    ends, bends = rng.standard_normal((2, net.parameters.size))
    left = np.linspace(1, 0, steps)[:, None]
    return net.parameters + left * ends + left * (1 - left) * bends


class Broken(losses.Loss):
    """A loss that is nowhere a number."""

    def measure(self, t, y):
        return np.full_like(y, np.nan), np.zeros_like(y)


def nowhere():
    net = Network([Dense(1, input_dim=2)])
    net.compile("sgd", Broken())
    return net


def at_rest():
    net = Network([Dense(1, kernel_initializer="zeros", input_dim=1)])
    net.compile("sgd", "mse")
    return net


def right_already():
    """A network with a loss of 0 at its own weights."""
    net = Network([Dense(1, kernel_initializer="ones", input_dim=1)])
    net.compile("sgd", "mse")
    return net


def broken(make):
    net = make().copy()
    net.parameters[...] = np.nan
    return net


def of_real_numbers():
    net = Network([Dense(1, magnitude, input_dim=1)], rng=0)
    net.compile("sgd", "mse")
    return net


def magnitude(x):
    return np.fabs(x)


magnitude.derivative = np.sign

X, Y = CORNERS, EXCLUSIVE

#: Wrong calls: what is drawn, the error, and what its message says.
REFUSED = {
    "history of nothing": (lambda ax: plots.history(ax=ax), ArgumentError, "at least one run"),
    "history of a number": (lambda ax: plots.history(3, ax=ax), ArgumentTypeError, "History that fit returns"),
    "history of a network": (lambda ax: plots.history(xor(), ax=ax), ArgumentTypeError, "History that fit returns"),
    "an unknown metric": (lambda ax: plots.history(RUNS[0], metric="los", ax=ax), ArgumentError, "did you mean 'loss'"),
    "a metric of one run": (lambda ax: plots.history(*RUNS, metric="acc", ax=ax), ArgumentError, "There are: loss"),
    "no metric": (lambda ax: plots.history(RUNS[0], metric=[], ax=ax), ArgumentError, "at least one name"),
    "a label too many": (lambda ax: plots.history(RUNS[0], labels=["a", "b"], ax=ax), ArgumentError, "must have 1 entries"),
    "labels that are a text": (lambda ax: plots.history(RUNS[0], labels="a", ax=ax), ArgumentTypeError, "a list of texts"),
    "the logarithm of 0": (lambda ax: plots.history({"loss": [1.0, 0.0]}, log=True, ax=ax), ArgumentError, "holds 0"),
    "log that is no flag": (lambda ax: plots.history(RUNS[0], log=1, ax=ax), ArgumentTypeError, "True or False"),
    "epochs that hold arrays": (
        lambda ax: plots.history({"f": [[1.0, 2.0]]}, metric="f", ax=ax), DataError, "a number for each epoch",
    ),
    "epochs that hold text": (lambda ax: plots.history({"loss": ["a"]}, ax=ax), DataError, "a number for each epoch"),
    "validation now and then": (
        lambda ax: plots.history({"loss": [1, 2, 3], "val_loss": [1]}, ax=ax), DataError, "validation_freq",
    ),
    "an empty unit": (lambda ax: plots.history(RUNS[0], unit="", ax=ax), ArgumentTypeError, "unit must be a string"),
    "four inputs": (lambda ax: plots.decision_boundary(digits(), X, ax=ax), ArgumentError, "2 inputs"),
    "no network": (lambda ax: plots.decision_boundary("net", X, ax=ax), ArgumentTypeError, "net must be a Network"),
    "two heads": (lambda ax: plots.decision_boundary(two_headed(), X, ax=ax), ArgumentError, "one output"),
    "two input layers": (lambda ax: plots.decision_boundary(two_inputs(), X, ax=ax), ArgumentError, "one input"),
    "no limits": (lambda ax: plots.decision_boundary(xor(), ax=ax), ArgumentError, r"limits=\(-1, 1\)"),
    "limits that fall": (lambda ax: plots.decision_boundary(xor(), limits=(1, 0), ax=ax), ArgumentError, "low below high"),
    "limits of three axes": (
        lambda ax: plots.decision_boundary(xor(), limits=[(0, 1)] * 3, ax=ax), ArgumentError, "a pair of these",
    ),
    "a limit that is text": (
        lambda ax: plots.decision_boundary(xor(), limits="01", ax=ax), ArgumentTypeError, r"a pair \(low, high\)",
    ),
    "targets without points": (
        lambda ax: plots.decision_boundary(xor(), y=Y, limits=(0, 1), ax=ax), ArgumentError, "needs the points",
    ),
    "a target too few": (lambda ax: plots.decision_boundary(xor(), X, Y[1:], ax=ax), ShapeError, "got 4 and 3"),
    "a class that there is not": (lambda ax: plots.decision_boundary(xor(), X, [0, 1, 2, 0], ax=ax), DataError, r"2 at y\[2\]"),
    "points of three numbers": (lambda ax: plots.decision_boundary(xor(), np.ones((2, 3)), ax=ax), ShapeError, "must have shape"),
    "no points": (lambda ax: plots.decision_boundary(xor(), np.ones((0, 2)), ax=ax), ShapeError, "no rows"),
    "points that are not finite": (
        lambda ax: plots.decision_boundary(xor(), [[np.nan, 0.0]], ax=ax), DataError, "must be finite",
    ),
    "an output that there is not": (lambda ax: plots.decision_boundary(iris(), X, output=3, ax=ax), ArgumentError, "from 0 to 2"),
    "a column that there is not": (
        lambda ax: plots.decision_boundary(iris(), X, np.ones((4, 2)), output=2, ax=ax), ShapeError, "column for output 2",
    ),
    "amounts in two columns": (
        lambda ax: plots.decision_boundary(amounts(), X, np.ones((4, 2)), ax=ax), ShapeError, "one number a row",
    ),
    "a class in two columns": (
        lambda ax: plots.decision_boundary(iris(), X, np.ones((4, 2)), ax=ax), ShapeError, "a class for each row",
    ),
    "one name": (lambda ax: plots.decision_boundary(xor(), X, names=["a"], ax=ax), ArgumentError, "2 entries"),
    "a resolution of 1": (lambda ax: plots.decision_boundary(xor(), X, resolution=1, ax=ax), ArgumentError, "from 2"),
    "a threshold of infinity": (lambda ax: plots.decision_boundary(xor(), X, threshold=np.inf, ax=ax), ArgumentError, "finite"),
    "outputs that are NaN": (
        lambda ax: plots.decision_boundary(broken(xor), X, ax=ax), NonFiniteError, "outputs are not all finite",
    ),
    "a threshold for three": (
        lambda ax: plots.decision_boundary(iris(), X, threshold=0.5, ax=ax), ArgumentError, "of 3 the largest decides",
    ),
    "weights that are NaN": (lambda ax: plots.weights(broken(digits), ax=ax), NonFiniteError, "layer 0 'dense'.*kernel"),
    "a gradient that is NaN": (
        lambda ax: plots.gradient_check(broken(xor), X, Y, ax=ax), NonFiniteError, "gradient is not finite",
    ),
    "no function": (lambda ax: plots.activation(ax=ax), ArgumentError, "at least one function"),
    "an unknown function": (lambda ax: plots.activation("relo", ax=ax), UnknownNameError, "relu"),
    "a function of another axis": (
        lambda ax: plots.activation(plots.functions.activations.Softmax(axis=0), ax=ax), ShapeError, "axis",
    ),
    "limits that are one": (lambda ax: plots.activation("relu", limits=(1, 1), ax=ax), ArgumentError, "low below high"),
    "a derivative that is no flag": (lambda ax: plots.activation("relu", derivative="y", ax=ax), ArgumentTypeError, "derivative"),
    "two lengths": (lambda ax: plots.parity([1.0], [1.0, 2.0], ax=ax), ShapeError, "one shape"),
    "predictions that are not finite": (lambda ax: plots.parity([1.0], [np.nan], ax=ax), DataError, "predicted"),
    "predictions of tables": (lambda ax: plots.parity(np.ones((1, 2, 3)), np.ones((1, 2, 3)), ax=ax), ShapeError, r"\(n, k\)"),
    "a prediction that is a number": (lambda ax: plots.parity(1.0, 1.0, ax=ax), ShapeError, r"\(n,\)"),
    "no predictions": (lambda ax: plots.parity([], [], ax=ax), DataError, "no numbers"),
    "too many outputs": (lambda ax: plots.parity(np.eye(13), np.eye(13), ax=ax), ArgumentError, "choose some"),
    "a quantity without a name": (lambda ax: plots.parity([1.0], [1.0], quantity="", ax=ax), ArgumentTypeError, "quantity"),
    "no layer": (lambda ax: plots.weights(np.ones((2, 2)), ax=ax), ArgumentTypeError, "a Network or a Dense layer"),
    "no kernel": (lambda ax: plots.weights(words(), ax=ax), ArgumentError, "a layer with a kernel"),
    "a layer that is not built": (lambda ax: plots.weights(Dense(3), ax=ax), ArgumentError, "part of a network"),
    "a shape that does not fit": (lambda ax: plots.weights(digits(), (8, 9), ax=ax), ArgumentError, "= 64"),
    "a shape of three axes": (lambda ax: plots.weights(digits(), (4, 4, 4), ax=ax), ArgumentError, "height"),
    "more units than there are": (lambda ax: plots.weights(digits(), n=8, ax=ax), ArgumentError, "from 1 to 7"),
    "an unknown normal": (lambda ax: plots.confusion_matrix((Y, Y), normalize="rows", ax=ax), ArgumentError, "one of None"),
    "no classifier": (lambda ax: plots.confusion_matrix(amounts(), X, Y, ax=ax), ArgumentError, "threshold=0.5"),
    "no targets": (lambda ax: plots.confusion_matrix(xor(), X, ax=ax), ArgumentError, "rows and targets"),
    "a pair and rows": (lambda ax: plots.confusion_matrix((Y, Y), X, ax=ax), ArgumentError, "alone"),
    "three": (lambda ax: plots.confusion_matrix((Y, Y, Y), ax=ax), ArgumentTypeError, "the pair"),
    "something": (lambda ax: plots.confusion_matrix(3, X, Y, ax=ax), ArgumentTypeError, "the first argument"),
    "a pair of two lengths": (lambda ax: plots.confusion_matrix((Y, Y[1:]), ax=ax), ShapeError, "got 4 and 3"),
    "rows of two lengths": (lambda ax: plots.confusion_matrix(xor(), X, Y[1:], ax=ax), ShapeError, "got 4 and 3"),
    "numbers and text": (lambda ax: plots.confusion_matrix(([1, 2], ["a", "b"]), ax=ax), DataError, "both be text"),
    "outputs for classes": (lambda ax: plots.confusion_matrix((Y, [0.1, 0.9, 0.8, 0]), ax=ax), DataError, "0.1; turn outputs"),
    "no rows": (lambda ax: plots.confusion_matrix(([], []), ax=ax), ShapeError, "a class for each row"),
    "a label too few": (lambda ax: plots.confusion_matrix((Y, Y), labels=["no"], ax=ax), ArgumentError, "2 entries"),
    "no loss": (lambda ax: plots.loss_surface(uncompiled(), X, Y, ax=ax), StateError, "compile"),
    "a number for a network": (lambda ax: plots.loss_surface(1, X, Y, ax=ax), ArgumentTypeError, "must be a Network"),
    "one direction": (lambda ax: plots.loss_surface(xor(), X, Y, [np.ones(17)], ax=ax), ShapeError, "two vectors"),
    "directions of another size": (lambda ax: plots.loss_surface(xor(), X, Y, np.eye(2), ax=ax), ShapeError, r"\(m, 17\)"),
    "directions on a line": (
        lambda ax: plots.loss_surface(xor(), X, Y, [np.ones(17), -2 * np.ones(17)], ax=ax), ArgumentError, "one line",
    ),
    "a direction of zeros": (
        lambda ax: plots.loss_surface(xor(), X, Y, [np.ones(17), np.zeros(17)], ax=ax), ArgumentError, "not zero",
    ),
    "a path on a line": (
        lambda ax: plots.loss_surface(xor(), X, Y, path=[xor().parameters, xor().parameters + 1], ax=ax), ArgumentError, "one line",
    ),
    "a path that is not finite": (
        lambda ax: plots.loss_surface(xor(), X, Y, path=np.full((2, 17), np.nan), ax=ax), DataError, "finite",
    ),
    "a span of 0": (lambda ax: plots.loss_surface(xor(), X, Y, span=0.0, ax=ax), ArgumentError, "greater than 0"),
    "two points": (lambda ax: plots.loss_surface(xor(), X, Y, n=2, ax=ax), ArgumentError, "from 3"),
    "a loss that is no number": (lambda ax: plots.loss_surface(nowhere(), X, Y, n=3, ax=ax), NonFiniteError, "anywhere"),
    "the logarithm of no loss": (
        lambda ax: plots.loss_surface(right_already(), [[0.0], [1.0]], [0.0, 1.0], n=3, log=True, ax=ax), ArgumentError, "above 0",
    ),
    "an unknown method": (lambda ax: plots.gradient_check(xor(), X, Y, methods=["magic"], ax=ax), ArgumentError, "'ridders'"),
    "a step of 0": (lambda ax: plots.gradient_check(xor(), X, Y, steps=[0.0, 1.0], ax=ax), ArgumentError, "above 0"),
    "no step": (lambda ax: plots.gradient_check(xor(), X, Y, steps=[], ax=ax), ArgumentError, "above 0"),
    "no gradient": (lambda ax: plots.gradient_check(at_rest(), [[1.0]], [0.0], ax=ax), ArgumentError, "gradient is zero"),
    "no complex numbers": (
        lambda ax: plots.gradient_check(of_real_numbers(), [[1.0]], [0.0], methods=["complex"], ax=ax),
        ArgumentError,
        "complex numbers",
    ),
    "a check of nothing": (lambda ax: plots.gradient_check(uncompiled(), X, Y, ax=ax), StateError, "compile"),
}  # fmt: skip
