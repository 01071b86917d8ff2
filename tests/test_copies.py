"""Copies, and layers that come and go: everybody's views look into their own network's vector, and into no other."""

import copy
import itertools
import pickle

import numpy as np
import pytest

from mlp import Network, optimizers
from mlp.errors import MLPError, StateError
from mlp.layers import Activation, Composite, Dense, Dropout, Layer, Normalization, Residual

RNG = np.random.default_rng(10)
X = RNG.normal(size=(12, 4))
Y = X[:, :1] - X[:, 1:2]


class Pair(Composite):
    """y = a(x) - b(x): two layers side by side, under names of their own."""

    def __init__(self, a, b, **kwargs):
        super().__init__([a, b], **kwargs)
        self.a, self.b = a, b

    def build(self, input_shape):
        self.build_layer(self.b, input_shape)
        return self.build_layer(self.a, input_shape)

    def forward(self, x, training=False):
        return self.a.forward(x, training) - self.b.forward(x, training)

    def backward(self, dy):
        return self.a.backward(dy) + self.b.backward(-dy)


class Counting(Layer):
    """y = x + c; c is moved by training, but by no optimizer."""

    def build(self, input_shape):
        self.add_weight("c", input_shape, initializer="zeros", trainable=False)

    def forward(self, x, training=False):
        if training:
            self.c += 0.25
        return x + self.c

    def backward(self, dy):
        return dy


def everything():
    """Nested networks, a residual, a composite of one's own, untrained weights, dropout of both kinds."""
    scale = Normalization(name="scale")
    scale.adapt(2 * X + 1)
    inner = Network(
        [Dense(4, activation="tanh", input_dim=4), Counting(), Residual(Dense(4))], rng=1, name="inner"
    )
    net = Network(
        [scale, Network([inner, Dropout(0.25, seed=3)]), Pair(Dense(3), Network([Dense(3, input_dim=4)], rng=2)),
         Dropout(0.25), Activation("relu"), Dense(1)],
        rng=0,
    )  # fmt: skip
    net.compile(optimizers.SGD(0.01, momentum=0.9), "mse", metrics=["mae"])
    return net


def same(a, b):
    assert len(a) == len(b)
    for one, other in zip(a, b, strict=True):
        np.testing.assert_array_equal(one, other)


WAYS = {
    "itself": lambda net: net,
    "net.copy": lambda net: net.copy(),
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda net: pickle.loads(pickle.dumps(net)),  # noqa: S301
    "old pickle": lambda net: pickle.loads(pickle.dumps(net, protocol=2)),  # noqa: S301
    "astype": lambda net: net.astype("float64"),
    "to single precision and back": lambda net: net.astype("float32").astype("float64"),
    "copy of a copy": lambda net: copy.deepcopy(net.copy()).copy(),
    "inside of another": lambda net: Network([net.copy()]),
    "layers in another network": lambda net: Network([layer.copy() for layer in net.layers]),
}
COPIES = {name: way for name, way in WAYS.items() if name != "itself"}
ALIKE = {
    name: way
    for name, way in COPIES.items()
    if name not in ("inside of another", "layers in another network")
}


def leaves(net):
    """Every layer that has weights, with their names."""
    return [(layer, name) for layer in net.walk() for name in layer._specs]


def arrays(net):
    return [net.parameters, net.gradient, *net.weights]


@pytest.fixture(params=[False, True], ids=["fresh", "trained"])
def net(request):
    network = everything()
    if request.param:
        network.fit(X, Y, epochs=2, batch_size=5, verbose=0)
        network.forward(X)
        network.backward(np.ones((12, 1)))
    return network


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_is_written_into_the_vector_is_seen_in_every_layer(way, net):
    """And it is everything: whoever concatenates the weights that can be trained has the vector."""
    twin = way(net)
    twin.parameters = np.arange(twin.n_parameters) + 0.5
    trained = [getattr(layer, name) for layer, name in leaves(twin) if layer._specs[name].trainable]
    same([np.concatenate([w.ravel() for w in trained])], [np.arange(twin.n_parameters) + 0.5])
    assert all(np.may_share_memory(w, twin.parameters) for w in trained)
    same(twin.weights, twin.get_weights())


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_is_written_into_a_layer_is_seen_in_the_vector_and_by_prediction(way, net):
    twin = way(net)
    before = twin.predict(X)
    start = 0
    for layer, name in leaves(twin):
        if not layer._specs[name].trainable:
            continue
        value = getattr(layer, name).copy()
        setattr(layer, name, value + 1)
        same([twin.parameters[start : start + value.size]], [(value + 1).ravel()])
        weight = getattr(layer, name)
        weight *= 2
        same([twin.parameters[start : start + value.size]], [(2 * (value + 1)).ravel()])
        start += value.size
    assert start == twin.n_parameters
    assert not np.allclose(twin.predict(X), before)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_untrained_weights_are_seen_by_prediction_and_by_get_weights(way, net):
    twin = way(net)
    untrained = [(layer, name) for layer, name in leaves(twin) if not layer._specs[name].trainable]
    assert len(untrained) == 4
    for layer, name in untrained:
        before = twin.predict(X)
        getattr(layer, name)[...] += 3.0
        assert np.allclose(twin.predict(X), before) == (name == "count")
        assert any(np.array_equal(getattr(layer, name), w) for w in twin.get_weights())
    weights = [w + 1 for w in twin.get_weights()]
    twin.set_weights(weights)
    same(twin.weights, weights)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_gradients_are_views_of_one_vector(way, net):
    twin = way(net)
    twin.compile("sgd", "mse")
    _, gradient = twin.value_and_gradient(X, Y)
    parts = [layer.gradient_of(name) for layer, name in leaves(twin) if layer._specs[name].trainable]
    same([np.concatenate([part.ravel() for part in parts])], [gradient])
    assert np.count_nonzero(gradient) > gradient.size / 2
    assert all(np.may_share_memory(part, twin.gradient) for part in parts)


@pytest.mark.parametrize("way", COPIES.values(), ids=COPIES)
def test_copies_share_no_memory(way, net):
    twin = way(net)
    for one, other in itertools.product(arrays(net), arrays(twin)):
        assert not np.shares_memory(one, other)
    before = [net.get_weights(), net.predict(X)]
    twin.compile("adam", "mse")
    twin.fit(X, Y, epochs=2, verbose=0)
    twin.set_weights([w + 1 for w in twin.get_weights()])
    same(net.get_weights(), before[0])
    same([net.predict(X)], [before[1]])


ROUNDED = "to single precision and back"


@pytest.mark.parametrize("way", [name for name in COPIES if name != ROUNDED])
def test_copies_predict_the_same_bits(way, net):
    same([COPIES[way](net).predict(X)], [net.predict(X)])


def go_on_alike(net, twin):
    """Train both, and see that each does the same without moving the other."""
    histories = [each.fit(X, Y, epochs=3, batch_size=5, verbose=0).history for each in (net, twin)]
    assert histories[0] == histories[1]
    same(twin.get_weights(), net.get_weights())
    states = [each.optimizer.get_state() for each in (net, twin)]
    same(list(states[0].pop("slots").values()), list(states[1].pop("slots").values()))
    assert states[0] == states[1]


@pytest.mark.parametrize("way", [name for name in ALIKE if name != ROUNDED])
def test_copies_go_on_with_the_same_bits(way, net):
    """The optimizer's state, both generators and the untrained weights come along."""
    go_on_alike(net, ALIKE[way](net))


def test_a_way_through_double_precision_loses_nothing(net):
    single = net.astype("float32")
    single.fit(X, Y, verbose=0)
    go_on_alike(single, single.astype("float64").astype("float32"))


@pytest.mark.parametrize("way", ALIKE.values(), ids=ALIKE)
def test_the_optimizer_of_a_copy_is_its_own(way, net):
    twin = way(net)
    net.train_on_batch(X, Y)
    assert twin.optimizer is not net.optimizer
    assert twin.optimizer.iterations == net.optimizer.iterations - 1
    twin.optimizer.learning_rate = 0.5
    assert net.optimizer.learning_rate == 0.01
    assert twin.loss is not None


def test_single_precision_all_through(net):
    single = net.astype("float32")
    assert {array.dtype for array in arrays(single)} == {np.dtype("float32")}
    assert {layer.dtype for layer in single.walk()} == {np.dtype("float32")}
    single.fit(X, Y, epochs=2, verbose=0)
    assert {slot.dtype for slot in single.optimizer.slots.values()} == {np.dtype("float32")}
    assert {array.dtype for array in arrays(net)} == {np.dtype("float64")}


# --- What forward remembered --------------------------------------------------------------------------------


@pytest.mark.parametrize("way", COPIES.values(), ids=COPIES)
def test_a_copy_has_no_forward_to_go_back_from(way, net):
    net.forward(X)
    twin = way(net)
    with pytest.raises(StateError, match="forward"):
        twin.backward(np.ones((12, 1)))
    twin.forward(X)
    net.parameters = net.parameters * 0
    dy = np.random.default_rng(4).normal(size=(12, 1))
    assert np.any(twin.backward(dy))


@pytest.mark.parametrize("change", [lambda net: net.add(Dense(1)), lambda net: net.pop()], ids=["add", "pop"])
def test_a_changed_network_has_no_forward_to_go_back_from(change, net):
    net.forward(X)
    change(net)
    with pytest.raises(StateError, match="forward"):
        net.backward(np.ones((12, 1)))


def test_what_forward_remembered_is_not_pickled():
    net = everything()
    net.fit(X, Y, verbose=0)
    small = len(pickle.dumps(net))
    x = np.tile(X, (500, 1))
    net.forward(x, training=True)
    net.layers[0].forward(x)
    net.predict(x)
    net.fit(x, np.tile(Y, (500, 1)), verbose=0)
    assert len(pickle.dumps(net)) < small + 500


def test_the_gradient_of_a_copy_begins_at_nothing(net):
    net.value_and_gradient(X, Y)
    assert not np.any(pickle.loads(pickle.dumps(net)).gradient)  # noqa: S301


# --- Layers by themselves -----------------------------------------------------------------------------------


@pytest.mark.parametrize("index", range(6))
@pytest.mark.parametrize("way", [name for name in ALIKE if "copy" in name or "pickle" in name][1:])
def test_a_copied_layer_is_an_unattached_twin(index, way, net):
    layer = net.layers[index]
    twin = ALIKE[way](layer)
    same(twin.get_weights(), layer.get_weights())
    x = np.random.default_rng(4).normal(size=(5, *layer.input_shape[1:]))
    same([twin(x)], [layer(x)])
    twin.set_weights([w + 1 for w in twin.get_weights()])
    for one, other in itertools.product(layer.weights, twin.weights):
        assert not np.shares_memory(one, other)
    other = Network([twin])
    other.parameters = np.full(other.n_parameters, 0.25)
    same(twin.weights, other.get_weights())
    assert not net.parameters.size or not np.all(net.parameters == 0.25)


def test_a_copied_nested_network_is_a_root_of_its_own(net):
    inner = net.layers[1].layers[0]
    twin = inner.copy()
    twin.parameters = np.zeros(twin.n_parameters)
    assert np.any(inner.parameters)
    twin.compile("sgd", "mse")
    before = net.get_weights()
    twin.fit(X, X, verbose=0)
    same(net.get_weights(), before)


def test_a_nested_network_sees_its_slice(net):
    """The parameters of a network inside are a view of those of the network around it."""
    inner = net.layers[1].layers[0]
    inner.parameters = np.arange(inner.n_parameters) * 1.0
    same([net.parameters[: inner.n_parameters]], [inner.parameters])
    net.parameters = -net.parameters
    same([inner.parameters], [-np.arange(inner.n_parameters) * 1.0])
    net.fit(X, Y, verbose=0)
    same([net.parameters[: inner.n_parameters]], [inner.parameters])


# --- Layers that come and go --------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_layer_can_be_added_after_training(way, net):
    twin = way(net)
    before, size = twin.get_weights(), twin.n_parameters
    twin.add(Dense(2, name="more"))
    same(twin.get_weights()[: len(before)], before)
    assert twin.n_parameters == size + 4
    twin.compile("adam", "mse")
    twin.fit(X, np.hstack([Y, Y]), epochs=2, verbose=0)
    twin.parameters = np.arange(size + 4) * 1.0
    same(twin.get_layer("more").weights, [np.array([[size, size + 1.0]]), np.array([size + 2.0, size + 3.0])])


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_layer_can_be_taken_off_after_training(way, net):
    """It comes back with its weights, shares nothing with what is left, and can be put on again."""
    twin = way(net)
    outputs, weights, size = twin.predict(X), twin.get_weights(), twin.n_parameters
    last = twin.pop()
    assert twin.n_parameters + last.n_parameters == size
    same([*twin.get_weights(), *last.get_weights()], weights)
    last.set_weights([w + 1 for w in last.get_weights()])
    same(twin.get_weights(), weights[: len(twin.weights)])
    last.set_weights([w - 1 for w in last.get_weights()])
    twin.parameters = twin.parameters.copy()
    twin.add(last)
    np.testing.assert_allclose(twin.predict(X), outputs, rtol=1e-12)
    twin.compile("sgd", "mse")
    twin.fit(X, Y, verbose=0)
    same(last.weights, twin.get_weights()[len(weights) - len(last.weights) :])


def test_a_network_can_be_taken_apart_to_nothing_and_begun_anew(net):
    for layers_left in range(5, -1, -1):
        net.pop()
        assert len(net.layers) == layers_left
    with pytest.raises(StateError):
        net.pop()
    assert net.n_parameters == net.parameters.size == 0
    net.add(Dense(1, input_dim=4))
    net.compile("sgd", "mse")
    net.fit(X, Y, verbose=0)


@pytest.mark.parametrize("change", [lambda net: net.add(Dense(1)), lambda net: net.pop()], ids=["add", "pop"])
def test_the_state_of_an_optimizer_does_not_fit_another_size(change):
    """Said as such, before anything is changed; a new `compile` is the cure."""
    net = Network([Dense(1, input_dim=4), Dense(1)], rng=0)
    net.compile("adam", "mse")
    net.fit(X, Y, verbose=0)
    change(net)
    before = net.get_weights()
    for call in (lambda: net.fit(X, Y, verbose=0), lambda: net.train_on_batch(X, Y)):
        with pytest.raises(MLPError, match="new optimizer"):
            call()
    same(net.get_weights(), before)
    net.compile("adam", "mse")
    net.fit(X, Y, verbose=0)
