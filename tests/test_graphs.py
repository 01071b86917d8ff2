"""Networks that branch and merge: the right order, the right gradients, several inputs and outputs, shared layers."""

import json
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlp import Input, Model, Network, load
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, MLPError, ShapeError, StateError
from mlp.layers import (
    Activation,
    Add,
    Average,
    Concatenate,
    Dense,
    Dropout,
    Layer,
    Maximum,
    Multiply,
    Residual,
    Subtract,
)  # fmt: skip
from mlp.layers.base import LAYERS
from mlp.layers.graph import Graph, Step
from mlp.optimizers import SGD
from mlp.testing import check_gradients

UNITS = 3


def branching(rng=0, dtype="float64"):
    """Two inputs, two outputs, a layer that is called twice, values that several layers take."""
    a, b = Input((3,), name="a"), Input((2,), name="b")
    h, g = Dense(4, "tanh", name="h")(a), Dense(4, "sigmoid", name="g")(b)
    shared = Dense(4, "tanh", name="shared")
    m = Multiply(name="m")([shared(h), shared(g)])
    c = Concatenate(name="c")([m, h])
    outputs = [Dense(1, name="y")(c), Dense(3, "softmax", name="z")(g)]
    return Network(inputs=[b, a], outputs=outputs, rng=rng, dtype=dtype)


def rows(n=6, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(n, 2)), rng.normal(size=(n, 3))], [
        rng.normal(size=(n, 1)),
        rng.integers(0, 3, n),
    ]


def adjoint(net, x, seed=0):
    """``<u, J v>`` by complex step, and by `backward`, for a random direction of parameters and inputs."""
    rng = np.random.default_rng(seed)
    listed = isinstance(x, list)
    y = net.forward(x)
    u = [rng.normal(size=part.shape) for part in (y if isinstance(y, list) else [y])]
    dx = net.backward(u if isinstance(y, list) else u[0])
    inputs, slopes = (x, dx) if listed else ([x], [dx])
    v, dv = [rng.normal(size=part.shape) for part in inputs], rng.normal(size=net.parameters.shape)
    twin, h = net.astype("complex128"), 1e-30
    twin.parameters[...] += 1j * h * dv
    moved = [part + 1j * h * d for part, d in zip(inputs, v, strict=True)]
    z = twin.forward(moved if listed else moved[0])
    z = z if isinstance(z, list) else [z]
    exact = sum((a * b.imag).sum() for a, b in zip(u, z, strict=True)) / h
    return exact, net.gradient @ dv + sum((a * b).sum() for a, b in zip(slopes, v, strict=True))


@st.composite
def graphs(draw):
    """Any acyclic graph of dense layers, activations and merges, layers being called again now and then."""
    values = [Input((UNITS,)) for _ in range(draw(st.integers(1, 3)))]
    inputs, dense, used = list(values), [], set()

    def taken(count):
        chosen = [draw(st.integers(0, len(values) - 1)) for _ in range(count)]
        used.update(chosen)
        return [values[i] for i in chosen]

    for _ in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(["dense", "again", "activation", "merge", "residual", "side by side"]))
        if kind == "merge":
            merge = draw(st.sampled_from([Add, Multiply, Average, Subtract]))
            values.append(merge()(taken(2 if merge is Subtract else draw(st.integers(1, 3)))))
        elif kind == "again" and dense:
            values.append(draw(st.sampled_from(dense))(*taken(1)))
        elif kind == "side by side":
            values.append(Dense(UNITS)(Concatenate()(taken(draw(st.integers(2, 3))))))
        elif kind == "activation":
            values.append(Activation(draw(st.sampled_from(["tanh", "softmax"])))(*taken(1)))
        elif kind == "residual":
            values.append(Residual(Dense(UNITS, activation="tanh"))(*taken(1)))
        else:
            dense.append(Dense(UNITS, activation=draw(st.sampled_from(["tanh", "sigmoid", None]))))
            values.append(dense[-1](*taken(1)))
    open_ends = [value for i, value in enumerate(values) if i not in used]
    outputs = [value for value in open_ends if value not in inputs] or [values[-1]]
    if draw(st.booleans()):
        outputs.append(values[draw(st.integers(len(inputs), len(values) - 1))])
    reached, stack = set(), list(outputs)
    while stack:
        node = stack.pop()
        reached.add(node.call)
        stack += node.call.parents
    inputs = [node for node in inputs if node.call in reached]
    return Network(inputs=inputs, outputs=outputs, rng=draw(st.integers(0, 9)))


@settings(max_examples=150, deadline=None)
@given(graphs(), st.integers(0, 99))
def test_the_gradient_of_any_graph_is_exact(net, seed):
    rng = np.random.default_rng(seed)
    x = [rng.normal(size=(4, UNITS)) for _ in net.input_layers]
    exact, computed = adjoint(net, x if len(x) > 1 else x[0], seed)
    assert computed == pytest.approx(exact, rel=1e-9, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(graphs(), st.integers(0, 99))
def test_any_graph_trains_alike_from_memory_and_plainly(net, seed):
    """Configuration, copy and a training with and without a recording."""
    rng = np.random.default_rng(seed)
    x = [rng.normal(size=(6, UNITS)) for _ in net.input_layers]
    t = [rng.normal(size=(6, UNITS)) for _ in range(net.n_outputs)]
    x, t = (v if len(v) > 1 else v[0] for v in (x, t))
    twin = Network.from_config(json.loads(json.dumps(net.get_config())))
    twin.set_weights(net.get_weights())
    for one in (net, twin):
        one.compile(SGD(1e-3), ["mse"] * net.n_outputs)
    history = net.fit(x, t, batch_size=2, epochs=3, shuffle=False, verbose=0)
    for _ in range(3):
        for i in range(0, 6, 2):
            part = [[a[i : i + 2] for a in v] if isinstance(v, list) else v[i : i + 2] for v in (x, t)]
            twin.train_on_batch(*part)
    np.testing.assert_allclose(net.parameters, twin.parameters, rtol=1e-12, atol=1e-14)
    assert np.isfinite(history.history["loss"]).all()
    value, gradient = net.value_and_gradient(x, t)
    assert value == pytest.approx(net.evaluate(x, t, return_dict=True)["loss"], rel=1e-12)
    assert gradient.shape == net.parameters.shape


def test_a_chain_is_the_simplest_graph():
    """Run as a graph, a chain gives the same bits."""
    net = Network([Dense(4, "tanh", input_dim=3), Dense(4, "relu"), Dense(2, "softmax")], rng=0)
    twin = net.copy()
    twin._graph = Graph((0,), tuple(Step(i, (i,), (i + 1,), (i,)) for i in range(3)), (3,), (0,))
    x, dy = np.random.default_rng(0).normal(size=(5, 3)), np.random.default_rng(1).normal(size=(5, 2))
    np.testing.assert_array_equal(net.forward(x), twin._graph.run(twin._layers, x, lambda l, v: l.forward(v)))
    np.testing.assert_array_equal(net.backward(dy), twin._graph.backward(twin._layers, dy))
    np.testing.assert_array_equal(net.gradient, twin.gradient)


def test_layers_and_weights_stand_in_keras_order():
    """The order that Keras 3.15 has for the same model."""
    net = branching()
    assert [layer.name for layer in net.layers] == ["a", "b", "h", "g", "shared", "m", "c", "y", "z"]
    assert net.input_shape == [(None, 2), (None, 3)]
    assert net.output_shape == [(None, 1), (None, 3)]
    assert net.output_names == ["y", "z"]


def test_forward_is_what_the_layers_say():
    net = branching()
    (b, a), _ = rows()
    w = {layer.name: layer.get_weights() for layer in net.layers}
    h, g = np.tanh(a @ w["h"][0] + w["h"][1]), 1 / (1 + np.exp(-(b @ w["g"][0] + w["g"][1])))
    m = np.tanh(h @ w["shared"][0] + w["shared"][1]) * np.tanh(g @ w["shared"][0] + w["shared"][1])
    y = np.hstack([m, h]) @ w["y"][0] + w["y"][1]
    e = np.exp(g @ w["z"][0] + w["z"][1])
    for outputs in (
        net([b, a]),
        net.predict({"a": a, "b": b}),
        net.predict([b, a], batch_size=4),
        net.forward([b, a]),
    ):
        np.testing.assert_allclose(outputs[0], y, rtol=1e-12)
        np.testing.assert_allclose(outputs[1], e / e.sum(axis=1, keepdims=True), rtol=1e-12)


LOSSES = {"y": "mse", "z": "sparse_categorical_crossentropy"}


def test_the_loss_is_the_weighted_sum_of_the_outputs_own():
    net = branching()
    net.compile("sgd", LOSSES, {"y": 2.0, "z": 0.25}, metrics={"z": ["accuracy"], "y": "mae"})
    x, t = rows()
    logs = net.evaluate(x, t, return_dict=True)
    assert list(logs) == ["loss", "y_loss", "z_loss", "y_mae", "z_accuracy"] == net.metrics_names
    assert logs["loss"] == pytest.approx(2 * logs["y_loss"] + 0.25 * logs["z_loss"], rel=1e-14)
    y, z = net.predict(x)
    assert logs["y_loss"] == pytest.approx(np.mean((y - t[0]) ** 2))
    assert logs["z_loss"] == pytest.approx(-np.mean(np.log(z[np.arange(6), t[1]])))
    assert logs["z_accuracy"] == np.mean(z.argmax(axis=1) == t[1])
    history = net.fit(x, t, epochs=2, verbose=0, validation_data=(x, t))
    assert set(history.history) == {*logs, *(f"val_{name}" for name in logs)}
    check_gradients(net, x, t)


@pytest.mark.parametrize("weight", [0.5, [0.5], {"y": 0.5}], ids=str)
def test_the_loss_of_one_output_may_have_a_weight_too(weight, tmp_path):
    nets = [Network([Dense(3, "tanh", input_dim=2), Dense(1, name="y")], rng=0) for _ in range(2)]
    nets[0].compile(SGD(0.1), "mse", loss_weights=weight, metrics=["mae"])
    nets[1].compile(SGD(0.05), "mse", metrics=["mae"])
    (x, _), (t, _) = rows(9)
    assert nets[0].metrics_names == ["loss", "mae"]
    assert nets[0].evaluate(x, t)[0] == pytest.approx(0.5 * nets[1].evaluate(x, t)[0])
    for net in nets:
        net.fit(x, t, epochs=20, batch_size=4, verbose=0, sample_weight=np.arange(9.0))
    np.testing.assert_allclose(nets[0].parameters, nets[1].parameters, rtol=1e-12)
    nets[0].save(tmp_path / "net.npz")
    assert load(tmp_path / "net.npz").evaluate(x, t) == nets[0].evaluate(x, t)


def test_an_output_whose_loss_weighs_nothing_changes_nothing():
    x, t = rows()
    both, one = branching(), branching()
    both.compile("adam", LOSSES, [1.0, 0.0])
    one.compile("adam", {"y": "mse"})
    kept = one.get_layer("z").get_weights()
    for net in (both, one):
        net.fit(x, t, epochs=3, batch_size=4, shuffle=False, verbose=0)
    np.testing.assert_allclose(both.parameters, one.parameters, rtol=1e-12)
    for before, after in zip(kept, one.get_layer("z").get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_weights_of_rows_for_each_output_or_for_all():
    net = branching()
    net.compile("sgd", LOSSES)
    x, t = rows()
    w = np.arange(6.0)
    for_all = net.evaluate(x, t, sample_weight=w, return_dict=True)
    assert net.evaluate(x, t, sample_weight=[w, w], return_dict=True) == for_all
    only = net.evaluate(x, t, sample_weight={"y": w}, return_dict=True)
    assert only["y_loss"] == for_all["y_loss"]
    assert only["z_loss"] == net.evaluate(x, t, return_dict=True)["z_loss"]
    with pytest.raises(ArgumentError, match="class_weight"):
        net.fit(x, t, class_weight={0: 1.0}, verbose=0)


def test_a_softmax_output_is_trained_on_its_logits_in_a_graph_too():
    a = Input((1,))
    net = Network(inputs=a, outputs=[Dense(2, "softmax", name="p")(a), Dense(1, name="q")(a)])
    net.get_layer("p").set_weights([[[1000.0, 0.0]], [0.0, 0.0]])
    net.compile("sgd", ["sparse_categorical_crossentropy", "mse"])
    value, gradient = net.value_and_gradient([[1.0]], [[1], [0.0]])
    assert value == pytest.approx(1000 + net([[1.0]])[1].item() ** 2)
    np.testing.assert_allclose(gradient[2:4], [1.0, -1.0])


def test_a_shared_layer_counts_once_and_moves_by_the_sum():
    a, b = Input((2,)), Input((2,))
    shared = Dense(1, use_bias=False, name="shared")
    net = Network(inputs=[a, b], outputs=Add()([shared(a), shared(b)]))
    assert net.count_params() == 2
    assert len(net.get_weights()) == 1
    net.forward([[[1.0, 2.0]], [[10.0, 20.0]]])
    net.backward([[1.0]])
    np.testing.assert_array_equal(net.gradient, [11.0, 22.0])
    net.forward([[[1.0, 2.0]], [[10.0, 20.0]]])
    net.backward([[1.0]])
    np.testing.assert_array_equal(net.gradient, [11.0, 22.0])  # not added to what was there before


def test_penalties_of_a_shared_layer_count_for_each_call():
    a, b = Input((2,)), Input((2,))
    shared = Dense(1, use_bias=False, activity_regularizer="l2", kernel_initializer="ones")
    net = Network(inputs=[a, b], outputs=Add()([shared(a), shared(b)]))
    net.compile("sgd", "mse")
    x = [np.array([[1.0, 2.0]]), np.array([[3.0, 1.0]])]
    value, gradient = net.value_and_gradient(x, [[7.0]])
    assert value == pytest.approx(0.01 * (9 + 16))
    np.testing.assert_allclose(gradient, [0.02 * (3 * 1 + 4 * 3), 0.02 * (3 * 2 + 4 * 1)])
    net.fit(x, [[7.0]], epochs=3, verbose=0)


def test_networks_nest_with_all_their_inputs_and_outputs():
    inner = branching(rng=1)
    p, q = Input((2,)), Input((3,))
    y, z = inner([p, q])
    net = Network(inputs=[p, q], outputs=Concatenate()([y, Dense(2)(z)]), rng=2)
    x, _ = rows()
    first, second = inner(x)
    dense = net.layers[-2]
    np.testing.assert_allclose(net(x), np.hstack([first, second @ dense.kernel + dense.bias]), rtol=1e-12)
    exact, computed = adjoint(net, x)
    assert computed == pytest.approx(exact, rel=1e-10)
    only = Network(inputs=[(a := Input((2,))), (b := Input((3,)))], outputs=branching()([a, b])[0])
    exact, computed = adjoint(only, x)  # an output of the inner network that nobody takes
    assert computed == pytest.approx(exact, rel=1e-10)


def test_a_network_with_several_outputs_may_be_called_twice():
    a = Input((2,))
    h = Dense(3, "tanh")(a)
    inner = Network(inputs=a, outputs=[h, Dense(2)(h)], rng=1)
    p, q = Input((2,)), Input((2,))
    (first, _), (_, second) = inner(p), inner(q)
    net = Network(inputs=[p, q], outputs=Concatenate()([first, second]), rng=2)
    x = [np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([[0.0, -2.0], [3.0, 1.0]])]
    np.testing.assert_array_equal(net(x), np.hstack([inner(x[0])[0], inner(x[1])[1]]))
    exact, computed = adjoint(net, x)
    assert computed == pytest.approx(exact, rel=1e-10)


@pytest.mark.parametrize("way", ["copy", "pickle", "file", "astype"])
def test_a_graph_survives_copies_and_files(way, tmp_path):
    net = branching()
    net.compile("adam", LOSSES, [1.0, 0.5], metrics=[["mae"], ["accuracy"]])
    x, t = rows()
    net.fit(x, t, epochs=2, verbose=0)
    if way == "file":
        net.save(tmp_path / "net.npz")
        twin = load(tmp_path / "net.npz")
    else:
        ways = {
            "copy": Network.copy,
            "pickle": lambda one: pickle.loads(pickle.dumps(one)),  # noqa: S301 - its own bytes
            "astype": lambda n: n.astype("float64"),
        }
        twin = ways[way](net)
    for one in (net, twin):
        one.fit(x, t, epochs=2, verbose=0, batch_size=4)
    np.testing.assert_array_equal(twin.parameters, net.parameters)
    assert twin.metrics_names == net.metrics_names
    twin.parameters[...] = 0.0
    assert (net.parameters != 0).any()


def test_summary_says_what_is_connected_to_what(capsys):
    branching().summary()
    text = capsys.readouterr().out
    assert "Connected to" in text
    line = next(line for line in text.splitlines() if "shared (Dense)" in line)
    assert line.split("│")[4].strip() == "h, g"
    Network([Dense(2, input_dim=2)]).summary()
    assert "Connected to" not in capsys.readouterr().out


def test_dropout_in_two_places_draws_twice():
    a = Input((50,))
    drop = Dropout(0.5)
    net = Network(inputs=a, outputs=Subtract()([drop(a), drop(a)]), rng=0)
    assert (net(np.ones((1, 50))) == 0).all()
    assert (net.forward(np.ones((1, 50)), training=True) != 0).any()


class Last(Layer):
    """Remembers, and says what it has been given."""

    def forward(self, x, training=False):
        self._x = x
        return x * x

    def backward(self, dy):
        return 2 * self._x * dy


def test_a_layer_of_ones_own_may_be_called_twice():
    a = Input((2,))
    square = Last()
    net = Network(a, square(square(a)))
    x = np.array([[2.0, 3.0]])
    np.testing.assert_array_equal(net.forward(x), x**4)
    np.testing.assert_array_equal(net.backward(np.ones((1, 2))), 4 * x**3)


class Fork(Layer):
    """y = x and z = 2 x, a layer of one's own with two outputs."""

    n_outputs = 2

    def build(self, input_shape):
        return input_shape, input_shape

    def forward(self, x, training=False):
        return x, 2 * x

    def backward(self, dy):
        return dy[0] + 2 * dy[1]


class ForkOfOneShape(Fork):
    def build(self, input_shape):
        return None


class ForkOfThreeShapes(Fork):
    def build(self, input_shape):
        return input_shape, input_shape, input_shape


class ForkThatGivesOne(Fork):
    def forward(self, x, training=False):
        return x


class ForkWithTwoSlopes(Fork):
    def backward(self, dy):
        return dy


def forking(kind):
    a = Input((3,))
    return Network(inputs=a, outputs=kind()(a))


def test_a_layer_of_ones_own_may_have_several_outputs():
    exact, computed = adjoint(forking(Fork), np.ones((2, 3)))
    assert computed == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (ForkOfOneShape, r"build must return the shapes of its 2 outputs, got \(3,\)"),
        (ForkOfThreeShapes, "build must return the shapes of its 2 outputs"),
        (ForkThatGivesOne, r"forward must return 2 array\(s\), .* got 1"),
        (ForkWithTwoSlopes, r"backward must return 1 array\(s\), .* got 2"),
    ],
)
def test_a_layer_that_gives_more_or_less_than_it_says_is_named(kind, words):
    with pytest.raises(ShapeError, match=f"layer 1 .*{words}"):
        adjoint(forking(kind), np.ones((2, 3)))


def test_nobody_writes_into_what_fans_out():
    a = Input((3,))
    h = Dense(3)(a)
    net = Network(inputs=a, outputs=[h, Activation("tanh")(h), Add()([h, h, h])])
    x = np.ones((2, 3))
    first, tanh, tripled = net.forward(x)
    np.testing.assert_allclose(np.tanh(first), tanh)
    np.testing.assert_allclose(3 * first, tripled)
    dx = net.backward([np.ones((2, 3)), np.zeros((2, 3)), np.ones((2, 3))])
    np.testing.assert_allclose(dx, 4 * np.ones((2, 3)) @ net.layers[1].kernel.T)


A, B = Input((2,), name="a"), Input((2,), name="b")
REFUSED = [
    (lambda: Network(inputs=[A], outputs=Add()([A, B])), ShapeError, "'b'.* is not among inputs"),
    (lambda: Network(inputs=[A, B], outputs=Dense(1)(A)), ArgumentError, "used by no output"),
    (lambda: Network(inputs=[A, A], outputs=Dense(1)(A)), ArgumentError, "given twice"),
    (lambda: Network(inputs=[A, B], outputs=3), ArgumentTypeError, "outputs must be a symbolic value"),
    (lambda: Network(inputs=Dense(1)(A), outputs=Dense(1)(A)), ArgumentTypeError, r"Input\(shape"),
    (lambda: branching().add(Dense(1)), StateError, "no chain"),
    (lambda: branching().pop(), StateError, "taken off"),
    (lambda: branching()([[[1.0, 2.0]]]), DataError, "list of 2 arrays, one for each input"),
    (lambda: branching()({"a": [[1.0, 2.0, 3.0]]}), DataError, "'b' is missing"),
    (lambda: branching()([np.ones((2, 2)), np.ones((3, 3))]), ShapeError, "same number of rows"),
    (lambda: branching().compile("sgd", ["mse"]), ArgumentError, "one entry for each of the 2 outputs"),
    (lambda: branching().compile("sgd", {"x": "mse"}), ArgumentError, "no output is called 'x'"),
    (lambda: branching().compile("sgd", "mse", metrics=["mae"]), ArgumentError, "metrics must be a list with one entry"),
    (lambda: branching().compile("sgd", "mse", metrics=[["mae", "mae"], None]), ArgumentError, "'y_mae' twice"),
    (lambda: branching().compile("sgd", {"y": "mse"}, metrics={"z": "mae"}), ArgumentError, "output 'z' has metrics but no loss"),
    (lambda: branching().compile("sgd", ["mse", None], weighted_metrics=[None, "mae"]), ArgumentError, "'z' has metrics"),
    (lambda: Network(inputs=(a := Input((2,))), outputs=[Dense(1, name="val")(a), a]).compile("sgd", "mse"), ArgumentError, "'val_loss' twice"),
    (lambda: Network(inputs=A, outputs=Dense(1)([A, np.ones((1, 2))])), ArgumentTypeError, "cannot be taken together"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "words"), REFUSED, ids=[words for *_, words in REFUSED])
def test_what_cannot_be_is_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()


def forked():
    a = Input((2,))
    return Network(inputs=a, outputs=[Dense(1)(a), Dense(1)(a)])


def test_a_list_of_layers_begins_and_ends_with_one_value():
    a, b = Input((2,)), Input((2,))
    several = "layer 0 'network' .*several %s.*on symbolic values"
    with pytest.raises(ShapeError, match=several % "inputs"):
        Network([Network(inputs=[a, b], outputs=Add()([a, b]))])
    with pytest.raises(ShapeError, match=several % "outputs"):
        Network([forked()])
    net = Network([forked(), Add()])  # in between they may be several
    with pytest.raises(ShapeError, match=several % "outputs"):
        net.pop()
    assert net([[1.0, 2.0]]).shape == (1, 1)
    assert len(net.layers) == 2


def test_targets_that_do_not_fit_the_outputs_are_refused():
    net = branching()
    net.compile("sgd", LOSSES)
    x, t = rows()
    before = net.parameters.copy()
    wrong = [t[0], t[:1], {"y": t[0]}, {0: t[0], 1: t[1]}, [t[0], t[1][:3]], [t[0], np.full(6, 7)]]
    for targets in wrong:
        with pytest.raises(MLPError):
            net.fit(x, targets, verbose=0)
    np.testing.assert_array_equal(net.parameters, before)


GRAPHS = [
    {"inputs": [[0, 0]], "calls": [[9, [0], [1]]], "outputs": [1]},
    {"inputs": [[0, 0]], "calls": [[1, [5], [1]]], "outputs": [1]},
    {"inputs": [[0, 0]], "calls": [[1, [0], [0]]], "outputs": [0]},
    {"inputs": [[0, 0]], "calls": [[1, [0], [1]]], "outputs": [7]},
    {"inputs": [[7, 0]], "calls": [[1, [0], [1]]], "outputs": [1]},
    {"inputs": [], "calls": [], "outputs": []},
    {"inputs": 3, "calls": None, "outputs": "x"},
]


def test_a_network_as_json_text():
    net = branching()
    text = net.to_json(indent=2)
    assert text.startswith('{\n  "class_name": "Network"')
    twin = LAYERS.get(json.loads(text))
    assert (twin.get_config(), twin.count_params()) == (net.get_config(), net.count_params())


@pytest.mark.parametrize("graph", GRAPHS, ids=range(len(GRAPHS)))
def test_a_configuration_with_a_wrong_graph_is_refused(graph):
    config = branching().get_config()
    with pytest.raises(MLPError):
        Network.from_config({**config, "graph": graph})


def test_a_configuration_with_a_layer_that_is_never_called_is_refused():
    config = branching().get_config()
    layers = [*config["layers"], {"class_name": "Dense", "config": {"units": 3}}]
    with pytest.raises(ArgumentError, match=r"all its layers but \[9\]"):
        Network.from_config({**config, "layers": layers})


def test_two_names_for_the_same_thing():
    a = Input((2,))
    assert type(Model(a, [Dense(1)(a), Dense(1)(a)])) is Network


def test_maximum_of_a_value_with_itself():
    a = Input((2,))
    net = Network(a, Maximum()([a, a]))
    net.forward([[1.0, 2.0]])
    np.testing.assert_array_equal(net.backward([[1.0, 1.0]]), [[1.0, 1.0]])
