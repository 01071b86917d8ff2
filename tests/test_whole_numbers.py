"""Layers of numbers of things: what they take, where it is looked at, and what is learned."""

import json

import numpy as np
import pytest

from mlp import Network
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError, StateError
from mlp.layers import CategoryEncoding, Dense, Discretization, Embedding, Flatten, Input, Rescaling
from mlp.testing import check_layer

LAYERS = {
    "Embedding": lambda **kwargs: Embedding(4, 3, **kwargs),
    "CategoryEncoding": lambda **kwargs: CategoryEncoding(4, **kwargs),
}
every = pytest.mark.parametrize("name", LAYERS)
WRONG = {"negative": -1.0, "too large": 4.0, "between": 0.5, "nan": np.nan, "infinite": np.inf}


@every
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_other_numbers_are_refused_by_their_place(name, wrong, dtype):
    x = np.array([[0, 1], [2, wrong], [wrong, 3]])
    net = Network([LAYERS[name](input_shape=(2,)), Flatten(), Dense(1)], dtype=dtype)
    net.compile("sgd", "mse")
    before = net.get_weights()
    for call in (
        net, net.predict, net.forward, net.layers[0], net.layers[0].forward,
        lambda x: net.fit(x, [1, 2, 3], verbose=0), lambda x: net.evaluate(x, [1, 2, 3]),
    ):  # fmt: skip
        with pytest.raises(DataError, match=r"(from 0 to 3, got .* at x\[1, 1\]; number)|(x must be finite)"):
            call(x)
    for now, then in zip(net.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


@every
def test_what_other_layers_hand_over_is_looked_at_too(name):
    net = Network([Rescaling(0.5, input_shape=(2,)), LAYERS[name]()])
    net([[2, 6]])
    with pytest.raises(DataError, match=r"layer 1 .* whole numbers from 0 to 3, got 1.5 at x\[0, 1\]"):
        net([[2, 3]])


@every
def test_integers_of_any_kind_are_welcome(name):
    net = Network([LAYERS[name](input_shape=(2,))], rng=0)
    right = net([[3.0, 1.0]])
    for x in ([[3, 1]], np.array([[3, 1]], np.uint8), np.array([[3, 1]], np.int64), np.float32([[3, 1]])):
        np.testing.assert_array_equal(net(x), right)


# --- Embedding ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1,), (5,), (2, 3)], ids=str)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_gradients_of_a_thing_add_up_wherever_it_is(shape, dtype):
    rng = np.random.default_rng(0)
    net = Network([Embedding(6, 4, input_shape=shape)], dtype=dtype)
    x = rng.integers(0, 5, (9, *shape))  # 5 is nowhere
    net.gradient[...] = np.nan
    y = net.forward(x)
    dy = rng.integers(-3, 4, y.shape).astype(dtype)  # whose sums are exact
    dx = net.backward(dy)
    expected = np.zeros((6, 4))
    for place in np.ndindex(x.shape):
        expected[x[place]] += dy[place]
    np.testing.assert_array_equal(net.gradients[0], expected)
    assert not dx.any()
    assert y.shape == (9, *shape, 4) == (9, *net.output_shape[1:])


def test_things_that_are_not_there_stay_as_they_are():
    net = Network([Embedding(5, 2, input_shape=(1,)), Flatten(), Dense(1)], rng=0)
    net.compile("sgd", "mse")
    before = net.layers[0].get_weights()[0]
    net.fit(np.array([[1], [3]] * 20), np.ones(40), 4, 3, verbose=0)
    moved = (net.layers[0].embeddings != before).all(axis=1)
    assert moved.tolist() == [False, True, False, True, False]


def test_an_embedding_is_a_dense_layer_of_one_hot_rows():
    """Training included, from memory too."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 6, (100, 1)), rng.normal(size=(100, 2))
    one = Network([Embedding(6, 3, input_shape=(1,)), Flatten(), Dense(2, "tanh")], rng=1)
    other = Network(
        [CategoryEncoding(6, "one_hot", input_shape=(1,)), Dense(3, use_bias=False), Dense(2, "tanh")]
    )
    other.set_weights(one.get_weights())
    for net in (one, other):
        net.compile("adam", "mse")
        net.fit(x, y, 8, 4, verbose=0, shuffle=False)
    np.testing.assert_allclose(one.parameters, other.parameters, rtol=1e-11, atol=1e-12)


def test_embeddings_are_penalised_and_constrained():
    net = Network([Embedding(5, 2, "ones", "l2", input_shape=(1,)), Flatten()])
    net.compile("sgd", "mse")
    assert net.evaluate([[1]], [[1.0, 1.0]]) == pytest.approx(0.1)
    net = Network([Embedding(5, 2, embeddings_constraint="non_neg", input_shape=(1,)), Flatten()], rng=0)
    net.compile("sgd", "mse")
    net.fit([[1]], [[-1.0, -1.0]], verbose=0)
    assert (net.layers[0].embeddings >= 0).all()


def test_an_embedding_keeps_its_two_sizes():
    net = Network([Embedding(7, 2, input_shape=(3,), name="words")])
    config = json.loads(json.dumps(net.get_config()))
    assert config["layers"][0]["config"]["input_dim"] == 7
    twin = Network.from_config(config)
    assert (twin.layers[0].input_dim, twin.layers[0].output_dim, twin.input_shape) == (7, 2, (None, 3))
    assert Network([Input((3,)), Embedding(7, 2)]).output_shape == (None, 3, 2)


def test_wrong_arguments_of_embedding():
    with pytest.raises(ArgumentError, match="mask_zero must be False: no layer knows masks"):
        Embedding(3, 2, mask_zero=True)
    for wrong in ((0, 2), (3, 0), (2.5, 2), (None, 2)):
        with pytest.raises((ArgumentError, ArgumentTypeError), match=r"(input|output)_dim must be"):
            Embedding(*wrong)


def test_a_network_that_begins_with_numbers_of_things_is_checked_with_such():
    def make():
        return Network([Embedding(4, 2, input_shape=(3,)), Flatten(), Dense(2, "tanh")])

    assert check_layer(make, (3,)).method == "complex"


# --- Encodings ----------------------------------------------------------------------------------------------


def test_one_number_a_row_is_one_row_of_zeros_and_a_one():
    net = Network([CategoryEncoding(3, "one_hot", input_dim=1)])
    np.testing.assert_array_equal(net([[2], [0]]), [[0, 0, 1], [1, 0, 0]])
    np.testing.assert_array_equal(net([2, 0]), [[0, 0, 1], [1, 0, 0]])


def test_wrong_arguments_of_encodings():
    with pytest.raises(ArgumentError, match="num_tokens is missing"):
        Network([CategoryEncoding(input_dim=1)])
    with pytest.raises(ArgumentError, match="num_tokens must"):
        CategoryEncoding(0)
    with pytest.raises(ArgumentError, match="output_mode must be one of 'one_hot', 'multi_hot', 'count'"):
        CategoryEncoding(3, "int")


# --- Bins ---------------------------------------------------------------------------------------------------


def test_a_boundary_belongs_to_the_bin_above():
    net = Network([Discretization([0.0, 1.0], input_dim=1)])
    x = np.array([-np.inf, -1e-9, 0.0, 0.5, 1.0, 1e9])[:, None]
    np.testing.assert_array_equal(net.layers[0].forward(x), [[0], [0], [1], [1], [2], [2]])


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("int", [[0, 2, 2]]),
        ("one_hot", [[[1, 0, 0], [0, 0, 1], [0, 0, 1]]]),
        ("multi_hot", [[1, 0, 1]]),
        ("count", [[1, 0, 2]]),
    ],
)
def test_bins_are_encoded(mode, expected):
    net = Network([Discretization([0.0, 1.0], output_mode=mode, input_dim=3)])
    np.testing.assert_array_equal(net([[-1, 3, 7]]), expected)
    assert net.output_shape[1:] == np.shape(expected)[1:]
    net.forward([[-1, 3, 7]])
    np.testing.assert_array_equal(net.backward(np.ones(np.shape(expected))), [[0, 0, 0]])


@pytest.mark.parametrize("mode", ["int", "count"])
def test_bins_that_were_learned_are_kept(mode):
    rng = np.random.default_rng(0)
    data = rng.normal(size=(50, 2))
    layer = Discretization(num_bins=5, output_mode=mode)
    layer.adapt(iter([data[:20], data[20:]]))
    net = Network([Input((2,)), layer])
    ordered = sorted(data.ravel())
    # 20 numbers lie at or below the first of four boundaries, and so on.
    assert layer.bin_boundaries == pytest.approx([ordered[i] for i in (19, 39, 59, 79)], rel=1e-14)
    for twin in (Network.from_config(json.loads(json.dumps(net.get_config()))), net.copy()):
        np.testing.assert_array_equal(twin(data), net(data))
        assert (twin.layers[0].num_bins, twin.layers[0].bin_boundaries) == (5, layer.bin_boundaries)
    layer.adapt(2 * data)
    assert layer.bin_boundaries == pytest.approx([2 * ordered[i] for i in (19, 39, 59, 79)], rel=1e-14)


def test_wrong_arguments_of_bins():
    with pytest.raises(ArgumentError, match="not both"):
        Discretization([0.0], num_bins=3)
    with pytest.raises(ArgumentError, match="give bin_boundaries, or num_bins and call adapt"):
        Network([Discretization(input_dim=2)])
    with pytest.raises(StateError, match="it has no boundaries yet"):
        Network([Discretization(num_bins=3, input_dim=2)])([[1, 2]])
    with pytest.raises(StateError, match="bin_boundaries were given"):
        Discretization([0.0]).adapt([1.0])
    for wrong, error in (
        ([1.0, 0.0], DataError),
        ([[0.0]], ShapeError),
        ([np.nan], DataError),
        (["a"], DataError),
    ):
        with pytest.raises(error, match="bin_boundaries"):
            Discretization(wrong)
    for wrong, error in (([], ShapeError), ([np.nan], DataError), (["a"], DataError)):
        with pytest.raises(error, match="data"):
            Discretization(num_bins=3).adapt(wrong)


def test_bins_are_made_of_so_many_batches():
    batches = [np.arange(8.0).reshape(4, 2), np.full((3, 2), 100.0)]
    for some, alike in ((1, batches[:1]), (2, batches), (5, batches), (None, batches)):
        layer, right = Discretization(num_bins=4), Discretization(num_bins=4)
        layer.adapt(iter(batches), steps=some)
        right.adapt(np.concatenate(alike))
        assert layer.bin_boundaries == right.bin_boundaries
    with pytest.raises(ArgumentError, match="steps must be an integer from 1"):
        layer.adapt(batches, steps=0)
