"""The walk through a calculation: its numbers are those of the network, and the network knows nothing of it."""

import copy
import itertools

import numpy as np
import pytest
from explain.subjects import SUBJECTS, X, chain
from hypothesis import given, settings
from hypothesis import strategies as st

import mlp
from mlp import Network
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError, StateError
from mlp.joint import losses_of
from mlp.layers import Activation, BatchNormalization, Dense, Dropout, Layer
from mlp.optimizers import Adam
from mlp.testing.strategies import batches, networks

#: Quantities that are no weights.
FLOWING = ("x", "x_1", "x_2", "z", "a")
subjects = pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)


def by_direction(events):
    return {direction: list(group) for direction, group in itertools.groupby(events, lambda e: e.direction)}


@subjects
def test_forward_is_what_the_network_computes(subject):
    net, x, _ = subject()
    events = list(net.steps(x))
    assert {event.direction for event in events} == {"forward"}
    outputs = net.activations(x)
    for event in events:  # of a layer that is called again, the last call counts
        others = [e.number for e in events if e.layer is event.layer]
        if event.number == max(others):
            np.testing.assert_array_equal(event["a"], outputs[event.layer.name])
        if "z" in event:
            z = event["xW"] + event["b"] if "b" in event else event["xW"]
            np.testing.assert_array_equal(event["z"], z)
            np.testing.assert_array_equal(event["a"], event.layer.activation(z))
    if net.n_outputs == 1:
        np.testing.assert_array_equal(events[-1]["a"], net.predict(x))


@subjects
def test_gradients_are_those_of_the_loss(subject):
    net, x, y = subject()
    value, gradient = net.value_and_gradient(x, y)
    events = by_direction(net.steps(x, y))
    for event in events["loss"]:
        assert event["L"] == value
    backward = {event.number: event for event in events["backward"]}
    firsts = {}
    for event in events["forward"]:
        firsts.setdefault(id(event.layer), event)
    together = []
    for layer in net.layers:
        if layer.n_parameters:
            event = firsts[id(layer)]
            back = backward[event.number]
            together += [
                back[f"d{name}"].ravel()
                for name in event.quantities
                if f"d{name}" in back and name not in FLOWING
            ]
    np.testing.assert_array_equal(np.concatenate(together), gradient)
    dx = net.input_gradient(x, y)
    if net._graph is None:
        np.testing.assert_array_equal(events["backward"][-1]["dx"], dx)


@subjects
@pytest.mark.parametrize("steps", [0, 2])
def test_updates_are_those_of_training(subject, steps):
    """To the last bit, from the optimizer's present state."""
    net, x, y = subject()
    for _ in range(steps):
        net.train_on_batch(x, y)
    events = list(net.steps(x, y))
    trained = net.copy()
    trained.train_on_batch(x, y)
    moved = {event.layer.name: event for event in events if event.direction == "update"}
    for before, after in zip(net.layers, trained.layers, strict=True):
        names = [name for name, w in _named(before) if w.trainable]
        if before.name not in moved:
            np.testing.assert_array_equal(_vector(before), _vector(after))
            continue
        event = moved[before.name]
        keys = [name[: -len("_rate")] for name in event.quantities if name.endswith("_rate")]
        assert len(keys) == len(names)
        for suffix, layer in (("", before), ("_after", after)):
            found = np.concatenate([event[f"{key}{suffix}"].ravel() for key in keys])
            np.testing.assert_array_equal(found, _vector(layer))


def _named(layer):
    return [(name, part._specs[name]) for part in layer.walk() for name in part._specs]


def _vector(layer):
    weights = [
        part._values[name].ravel() for part in layer.walk() for name, s in part._specs.items() if s.trainable
    ]
    return np.concatenate(weights) if weights else np.zeros(0)


@pytest.mark.parametrize("name", [*mlp.optimizers.OPTIMIZERS.classes, "given"])
@pytest.mark.parametrize("steps", [0, 3])
def test_any_optimizer_can_be_asked(name, steps):
    """By name or as an object, the compiled one untouched."""
    kept = Adam(0.1, clipnorm=0.01, weight_decay=0.1, use_ema=True)
    optimizer = kept if name == "given" else name
    net = chain(
        Dense(2, "tanh", input_dim=2), Dense(1), optimizer="adam" if name == "given" or not steps else name
    )
    for _ in range(steps):
        net.train_on_batch(X, [1, 2, 3])
    asked = optimizer if name == "given" or not steps else None
    events = [e for e in net.steps(X, [1, 2, 3], optimizer=asked) if e.direction == "update"]
    other = net.copy()
    if asked is not None:
        other.compile(copy.deepcopy(asked), "mse")
    other.train_on_batch(X, [1, 2, 3])
    found = np.concatenate([event[f"{key}_after"].ravel() for event in events for key in "Wb"])
    np.testing.assert_array_equal(found, other.parameters)
    assert kept.iterations == 0
    for slot, values in other.optimizer.slots.items():
        told = np.concatenate([event[f"{key}_{slot}_after"].ravel() for event in events for key in "Wb"])
        np.testing.assert_array_equal(told, values)


@subjects
def test_the_network_is_left_as_it_was(subject):
    net, x, y = subject()
    net.train_on_batch(x, y)
    state, given = _state(net), copy.deepcopy((x, y))
    for event in net.steps(x, y):
        for quantity in event.quantities.values():
            quantity[...] = 7  # what came out is the asker's own
    assert _state(net) == state
    assert str(given) == str((x, y))
    assert {event.layer for event in net.steps(x, y)} <= {None, *net.layers}


def _state(net):
    optimizer = net.optimizer.get_state()
    return str(
        (
            net.get_weights(),
            net.gradient.tolist(),
            net.rng.bit_generator.state,
            optimizer,
            net.compiled.get_config(),
        )
    )


def test_a_layer_of_ones_own_keeps_its_weights_apart():
    """Whatever they are called."""

    class Own(Layer):
        def build(self, input_shape):
            self.add_weight("a", input_shape, "ones")
            self.add_weight("s", input_shape, "ones")

        def forward(self, x, training=False):
            self._x = x
            return x * self.a + self.s

        def backward(self, dy):
            np.sum(dy * self._x, axis=0, out=self.gradient_of("a"))
            np.sum(dy, axis=0, out=self.gradient_of("s"))
            return dy * self.a

    net = chain(Own(input_dim=2), Dense(1))
    forward, *_, backward, update, _ = net.steps(X, [1, 2, 3])
    assert forward["a"].shape == (3, 2)
    assert forward["weight_a"].tolist() == [1, 1]
    gradient = net.value_and_gradient(X, [1, 2, 3])[1]
    for event in (backward, update):
        np.testing.assert_array_equal([event["dweight_a"], event["ds"]], gradient[:4].reshape(2, 2))


def test_neither_generator_nor_moving_averages_move():
    net = chain(Dense(3, input_dim=2), BatchNormalization(), Dropout(0.5), Dense(1))
    state = _state(net)
    events = list(net.steps(X, [1, 2, 3]))
    assert _state(net) == state
    np.testing.assert_array_equal(events[2]["x"], events[2]["a"])
    np.testing.assert_array_equal(events[3]["a"], net.predict(X))
    gradient = net.value_and_gradient(X, [1, 2, 3])[1]
    found = [
        e[f"d{n}"].ravel()
        for e in events
        if e.direction == "update"
        for n in ("W", "b", "gamma", "beta")
        if f"d{n}" in e
    ]
    np.testing.assert_array_equal(np.concatenate(found), gradient)


@subjects
def test_events_come_in_the_order_of_computing(subject):
    net, x, y = subject()
    events = list(net.steps(x, y))
    groups = by_direction(events)
    assert list(groups) == ["forward", "loss", "backward", "update"]
    forward = [event.number for event in groups["forward"]]
    assert forward == list(range(1, len(forward) + 1))
    assert [event.number for event in groups["backward"]] == forward[::-1]
    updates = [event.number for event in groups["update"]]
    assert updates == sorted(updates)
    assert len(groups["loss"]) == sum(loss is not None for loss in losses_of(net.loss))


def test_the_walk_can_be_stopped_anywhere():
    class Fails(Exception):
        pass

    def never(*_):
        raise Fails

    net = chain(Dense(2, input_dim=2), Activation("tanh"), Dense(1))
    net.layers[2].backward = never
    walk = net.steps(X, [1, 2, 3])
    assert [next(walk).direction for _ in range(4)] == ["forward"] * 3 + ["loss"]
    with pytest.raises(Fails):
        next(walk)


def test_what_is_changed_during_the_walk_does_not_change_it():
    net, x, y = chain(Dense(1, input_dim=2)), X.copy(), np.array([[1.0], [2.0], [3.0]])
    expected = [list(event.quantities.values()) for event in net.steps(X, y.copy())]
    walk = net.steps(x, y)
    found = [list(next(walk).quantities.values())]
    x[...], y[...], net.parameters = 9.0, 9.0, np.full(3, 9.0)
    found += [list(event.quantities.values()) for event in walk]
    assert str(found) == str(expected)


def test_a_row_is_a_batch_of_one():
    net, _, _ = SUBJECTS["chain"]()
    for x, y in (([0.3, 0.1], [1.0, 1.0]), ([[0.3, 0.1]], [[1.0, 1.0]])):
        assert next(net.steps(x, y))["x"].tolist() == [[0.3, 0.1]]
    net, _, _ = SUBJECTS["softmax"]()
    (loss,) = (event for event in net.steps([0.3, 0.1], 3) if event.direction == "loss")
    assert loss["target"].tolist() == [[0, 0, 0, 1]]
    net, x, y = SUBJECTS["graph"]()
    event = next(net.steps([row[0] for row in x], [1, [1.0, 1.0]]))
    np.testing.assert_array_equal(event["x"], x[0][:1])


def test_what_cannot_be_followed_is_refused_at_once():
    net, x, y = SUBJECTS["chain"]()
    with pytest.raises(ArgumentError, match=r"at most 100 rows.*got 101.*x\[:3\], y\[:3\]"):
        net.steps(np.ones((101, 2)), np.ones((101, 2)))
    with pytest.raises(ArgumentError, match="give targets"):
        net.steps(x, optimizer="sgd")
    with pytest.raises(ShapeError, match="shape"):
        net.steps([1.0, 2.0, 3.0])
    with pytest.raises(DataError, match="finite"):
        net.steps([1.0, np.nan])
    with pytest.raises(DataError, match="no rows"):
        net.steps(np.ones((0, 2)))
    with pytest.raises(StateError):
        Network().steps(x)
    fresh = Network([Dense(1, input_dim=2)])
    assert len(list(fresh.steps(x))) == 1
    for optimizer in (None, "sgd"):
        with pytest.raises(StateError, match=r"not compiled: net.compile\("):
            fresh.steps(x, y, optimizer=optimizer)
    fresh.compile("sgd")
    with pytest.raises(StateError, match="without a loss"):
        fresh.steps(x, y)

    class Own(Network):
        def forward(self, x, training=False):
            return 2 * super().forward(x, training)

    with pytest.raises(ArgumentTypeError, match="Own has a forward of its own"):
        Own([Dense(1, input_dim=2)]).steps(x)


def test_what_is_not_finite_ends_the_walk():
    net = chain(Dense(1, input_dim=1, kernel_initializer="ones"))
    with np.errstate(all="ignore"):
        events = list(net.steps([1e200], [0.0]))
    assert [event.direction for event in events] == ["forward", "loss"]
    assert events[1]["L"] == np.inf


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_all_networks_can_be_followed(data):
    net = data.draw(networks(compiled=True))
    x, y = data.draw(batches(net))
    if not np.isfinite(net.value_and_gradient(x, y)[0]):
        return
    events = by_direction(net.steps(x, y))
    np.testing.assert_array_equal(events["forward"][-1]["a"], net.predict(x))
    assert [e.number for e in events["backward"]] == [e.number for e in events["forward"]][::-1]
    assert net.explain(x, y).blocks


def test_complex_numbers_are_not_written_as_their_real_parts():
    net = Network([Dense(1, input_dim=2)]).astype("complex128")
    with pytest.raises(ArgumentError, match=r'real numbers: net.astype\("float64"\)'):
        net.explain([1, 2])


def test_an_event_is_read_like_a_dictionary():
    event = next(Network([Dense(1, input_dim=2)]).steps([1, 2]))
    assert list(event) == ["x", "W", "b", "xW", "z", "a"]
    assert {name: event[name].shape for name in event}["W"] == (2, 1)
