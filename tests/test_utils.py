"""Helps around data and randomness, against plain loops and Keras's published examples."""

import math
import random

import numpy as np
import pytest

from mlp import Input, Network, utils
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, MLPError, ShapeError
from mlp.layers import Add, Dense, Layer

RNG = np.random.default_rng(3)


def test_one_hot_rows_as_in_the_documentation_of_keras():
    found = utils.to_categorical([0, 1, 2, 3], num_classes=4)
    assert found.tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    assert found.dtype == np.float64


@pytest.mark.parametrize("shape", [(6,), (6, 1), (2, 3), (2, 3, 1), (0,)])
@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.float32])
def test_one_hot_rows(shape, dtype):
    x = RNG.integers(5, size=shape).astype(dtype)
    found = utils.to_categorical(x, 5)
    kept = shape[:-1] if shape[-1] == 1 else shape
    assert found.shape == (*kept, 5)
    rows = [[float(k == label) for k in range(5)] for label in x.ravel()]
    assert found.reshape(-1, 5).tolist() == rows


def test_the_number_of_classes_is_that_of_the_largest_label():
    assert utils.to_categorical([[2], [0]]).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert utils.to_categorical(1).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([0, 3], 3), DataError, "class numbers from 0 to 2, got 3"),
        (([0, -1],), DataError, "got -1"),
        (([0.5],), DataError, r"whole numbers from 0, got \[0.5\]"),
        ((["a", "b"],), DataError, "whole numbers from 0"),
        (([],), ArgumentError, "x is empty: say num_classes"),
        (([0], 0), ArgumentError, "num_classes"),
    ],
)
def test_labels_that_are_none(arguments, error, message):
    with pytest.raises(error, match=message):
        utils.to_categorical(*arguments)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("order", [1, 2, 3, math.inf])
def test_normalize(axis, order):
    x = RNG.normal(size=(4, 3))
    x[:, 1] = x[2] = 0
    before = x.copy()
    found = utils.normalize(x, axis, order)
    vectors = x.T if axis == 0 else x
    for vector, unit in zip(vectors, found.T if axis == 0 else found, strict=True):
        size = (
            max(map(abs, vector))
            if order == math.inf
            else sum(abs(v) ** order for v in vector) ** (1 / order)
        )
        np.testing.assert_allclose(unit, [v / (size or 1) for v in vector], rtol=1e-14)
    np.testing.assert_array_equal(x, before)


def test_normalize_keeps_the_type_and_makes_floats_of_integers():
    assert utils.normalize(np.ones((2, 2), np.float32)).dtype == np.float32
    assert utils.normalize([[3, 4]]).tolist() == [[0.6, 0.8]]
    with pytest.raises(DataError, match="x must hold real numbers"):
        utils.normalize(["a"])
    with pytest.raises(ArgumentError, match="axis"):
        utils.normalize([1.0], axis=1)


def test_batches_of_ones_own_say_what_they_lack():
    class Empty(utils.PyDataset):
        pass

    with pytest.raises(NotImplementedError, match=r"Empty must define __len__\(self\)"):
        Empty().num_batches  # noqa: B018 - asking is the test
    with pytest.raises(NotImplementedError, match=r"Empty must define __getitem__\(self, index\)"):
        Empty(workers=4)[0]


def test_seeds_of_everything():
    def drawn():
        utils.set_random_seed(11)
        return random.random(), np.random.rand(), utils.next_seed()  # noqa: NPY002, S311 - what is seeded

    assert drawn() == drawn()
    with pytest.raises(MLPError, match="seed"):
        utils.set_random_seed(-1)


@pytest.mark.parametrize(
    ("sizes", "left", "right"),
    [
        ({"left_size": 0.8}, 8, 2), ({"right_size": 0.25}, 8, 2), ({"left_size": 3}, 3, 7), ({"right_size": 3}, 7, 3),
        ({"left_size": 0.5, "right_size": 0.2}, 5, 2), ({"left_size": 2, "right_size": 1}, 2, 1), ({"left_size": 0.0}, 0, 10),
    ],
)  # fmt: skip
def test_split(sizes, left, right):
    rows = RNG.normal(size=(10, 2))
    found = utils.split_dataset(rows, **sizes)
    assert [len(part) for part in found] == [left, right]
    np.testing.assert_array_equal(np.concatenate(found), rows[: left + right])
    assert not any(np.may_share_memory(part, rows) for part in found)


def test_split_of_arrays_that_belong_together():
    x, y = np.arange(20).reshape(10, 2), np.arange(10) * 2
    left, right = utils.split_dataset((x, y), 0.7, shuffle=True, seed=1)
    assert type(left) is type(right) is tuple
    for part_x, part_y in (left, right):
        np.testing.assert_array_equal(part_x[:, 0], part_y)  # rows stay together
    both = np.concatenate([left[1], right[1]])
    assert sorted(both) == y.tolist()
    assert both.tolist() != y.tolist()
    again = utils.split_dataset({"x": x, "y": y}, 0.7, shuffle=True, seed=1)
    np.testing.assert_array_equal(again[0]["y"], left[1])
    assert set(again[1]) == {"x", "y"}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((np.ones(3),), ArgumentError, "say left_size or right_size"),
        ((np.ones(3), 2, 2), ArgumentError, "together are 4 rows, and there are 3"),
        ((np.ones(3), 4), ArgumentError, "left_size"),
        ((np.ones(3), 1.5), ArgumentError, "left_size"),
        ((np.ones(3), "half"), ArgumentTypeError, "left_size must be a number of rows or a share"),
        (((np.ones(3), np.ones(2)), 1), ShapeError, r"same number of rows, got \[3, 2\]"),
    ],
)
def test_splits_that_do_not_fit(arguments, error, message):
    with pytest.raises(error, match=message):
        utils.split_dataset(*arguments)


class Scale(Layer):
    def build(self, input_shape):
        self.add_weight("s", shape=input_shape, initializer="ones")

    def forward(self, x, training=False):
        self._x = x
        return self.s * x

    def backward(self, dy):
        np.sum(dy * self._x, axis=0, out=self.gradient_of("s"))
        return dy * self.s


def test_clones_have_the_architecture_and_weights_of_their_own():
    x = Input(shape=(3,))
    hidden = Dense(3, "relu", name="hidden")(x)
    net = Network(inputs=x, outputs=Scale()(Add()([hidden, x])), rng=0)
    net.compile("adam", "mse")
    clone = utils.clone_model(net, rng=1)
    assert clone.get_config() == net.get_config()
    assert clone.optimizer is None
    assert not np.array_equal(clone.parameters, net.parameters)
    clone.set_weights(net.get_weights())
    rows = RNG.normal(size=(5, 3))
    np.testing.assert_array_equal(clone.predict(rows), net.predict(rows))
    clone.parameters[...] = 0
    assert net.parameters.any()


def test_a_function_may_make_other_layers():
    net = Network([Dense(4, "relu", input_dim=2), Dense(1)], rng=0)

    def wider(layer):
        return Dense(7, "tanh", name=layer.name) if layer.units == 4 else layer

    clone = utils.clone_model(net, wider, rng=0)
    assert [w.shape for w in clone.get_weights()] == [(2, 7), (7,), (7, 1), (1,)]
    assert [layer.name for layer in clone.layers] == ["dense", "dense_1"]
    with pytest.raises(ArgumentTypeError, match="model must be a Network"):
        utils.clone_model("net")
