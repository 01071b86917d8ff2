"""Warnings: each at the thing it is about, with the cure, and at nothing else."""

import warnings

import numpy as np
import pytest

from mlp import Input, Network
from mlp.errors import (
    HingeOnProbabilitiesWarning,
    MLPWarning,
    OneUnitSoftmaxWarning,
    SignLabelsError,
    UnscaledInputWarning,
)
from mlp.layers import Activation, Dense, Dropout, Flatten, Rescaling

GREY = np.linspace(0, 255, 40).reshape(10, 4)


def compiled(*layers, loss="mse"):
    net = Network([*layers], rng=0)
    net.compile("sgd", loss)
    return net


def fitted(*layers, x=GREY):
    compiled(*layers, Dense(1)).fit(x, np.zeros(10), verbose=0)


def one_unit_in_a_graph():
    a = Input((4,))
    net = Network(a, [Dense(1, "softmax")(a), Dense(2, "softmax")(a)])
    net.compile("sgd", ["mse", "mse"])


WARNED = [
    (lambda: compiled(Dense(1, "softmax", input_dim=4), loss="binary_crossentropy"), OneUnitSoftmaxWarning, "sigmoid"),
    (lambda: compiled(Dense(1, input_dim=4), Activation("softmax")), OneUnitSoftmaxWarning, "two units"),
    (one_unit_in_a_graph, OneUnitSoftmaxWarning, "always 1"),
    (lambda: compiled(Dense(1, "sigmoid", input_dim=4), loss="hinge"), HingeOnProbabilitiesWarning, "tanh"),
    (lambda: compiled(Dense(3, "softmax", input_dim=4), loss="hinge"), HingeOnProbabilitiesWarning, "softmax"),
    (lambda: fitted(Dense(3, "sigmoid", input_dim=4)), UnscaledInputWarning, "x / 255"),
    (lambda: fitted(Flatten(input_shape=(4,)), Dense(3), Activation("tanh")), UnscaledInputWarning, "up to 255"),
    (lambda: fitted(Dropout(0.1, input_dim=4), Dense(3, "tanh"), x=-GREY), UnscaledInputWarning, "Rescaling"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "words"), WARNED, ids=[words for *_, words in WARNED])
def test_what_was_hardly_meant_is_told_with_the_cure(call, kind, words):
    assert issubclass(kind, MLPWarning)
    with pytest.warns(kind, match=words) as caught:
        call()
    assert [w.category for w in caught] == [kind]
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("outputs", "loss", "y"),
    [
        (1, "binary_crossentropy", [-1, 1, 1]),
        (1, "binary_focal_crossentropy", [[-1.0], [1.0], [-1.0]]),
        (2, "categorical_crossentropy", [[-1, 1], [1, -1], [1, -1]]),
        (2, "sparse_categorical_crossentropy", [-1, 1, 1]),
        (2, "crossentropy", [-1, 1, 1]),
    ],
)
def test_labels_of_another_kind_are_refused_with_the_cure(outputs, loss, y):
    """A warning would be too little: the numbers would be wrong."""
    net = compiled(Dense(outputs, "sigmoid" if outputs == 1 else "softmax", input_dim=2), loss=loss)
    before = net.parameters.copy()
    with pytest.raises(SignLabelsError, match=r"labels -1 and \+1.*\(y \+ 1\) /"):
        net.fit(np.zeros((3, 2)), y, verbose=0)
    np.testing.assert_array_equal(net.parameters, before)


def test_where_a_warning_is_an_error_nothing_is_compiled():
    net = Network([Dense(1, "softmax", input_dim=4)], rng=0)
    net.compile("adam", None)
    before = net.optimizer
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(OneUnitSoftmaxWarning):
            net.compile("sgd", "mse")
    assert net.optimizer is before


RIGHT = [
    lambda: compiled(Dense(2, "softmax", input_dim=4), loss="categorical_crossentropy"),
    lambda: compiled(Dense(1, "sigmoid", input_dim=4), loss="binary_crossentropy"),
    lambda: compiled(Dense(1, "tanh", input_dim=4), loss="hinge"),
    lambda: compiled(Dense(1, input_dim=4), loss="hinge"),
    lambda: fitted(Dense(3, "relu", input_dim=4)),
    lambda: fitted(Dense(3, "sigmoid", input_dim=4), x=GREY / 255),
    lambda: fitted(Rescaling(1 / 255, input_dim=4), Dense(3, "sigmoid")),
    lambda: fitted(Dense(3, "relu", input_dim=4), Dense(3, "tanh")),
]


@pytest.mark.parametrize("call", RIGHT)
def test_what_is_right_is_not_warned_of(call):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        call()
