"""Warnings: each at the thing it is about, with the cure, and at nothing else."""

import warnings

import numpy as np
import pytest

from mlp import Input, Network
from mlp.errors import (
    HingeOnProbabilitiesWarning,
    MLPWarning,
    OneUnitSoftmaxWarning,
    UnscaledInputWarning,
)  # fmt: skip
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
