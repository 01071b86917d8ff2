"""The public names and what they promise, seen from outside: nothing here looks at how it is done."""

import contextlib
import copy
import inspect
import json
import pickle
import signal
import threading

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st

import mlp
from mlp import (
    Input,
    Model,
    Network,
    Sequential,
    activations,
    callbacks,
    constraints,
    datasets,
    initializers,
    losses,
    metrics,
    optimizers,
    regularizers,
    schedules,
    testing,
)
from mlp.errors import MLPError, StateError
from mlp.layers import Activation, Composite, Dense, Dropout, Flatten, Layer, Residual

RNG = np.random.default_rng(20)
X = RNG.normal(size=(30, 4))
Y = np.tanh(X[:, :1] - 0.5 * X[:, 1:2]) + 0.1 * RNG.normal(size=(30, 1))
W = RNG.uniform(0.5, 2.0, size=30)


class Scale(Layer):
    """y = s * x, one trainable factor per feature."""

    def build(self, input_shape):
        self.add_weight("s", shape=input_shape, initializer="ones")  # makes self.s

    def forward(self, x, training=False):
        self._x = x
        return self.s * x

    def backward(self, dy):
        np.sum(dy * self._x, axis=0, out=self.gradient_of("s"))
        return dy * self.s


def compiled(*layers, optimizer="adam", loss="mse", metrics=None, rng=0, dtype="float64"):
    """A network of these layers, by default 4-5-1, ready to train."""
    layers = layers or (Dense(5, activation="tanh", input_dim=4), Dense(1))
    net = Network(list(layers), rng=rng, dtype=dtype)
    net.compile(optimizer=optimizer, loss=loss, metrics=metrics)
    return net


def rich():
    """A compiled network with a bit of everything: random numbers, nesting, a layer of one's own, a penalty."""
    inner = Network([Dense(3, activation="relu", input_dim=5), Scale()], rng=1)
    return compiled(
        Dense(5, activation="tanh", input_dim=4, kernel_regularizer="l2"),
        Dropout(0.3),
        Residual(Dense(5, activation="sigmoid")),
        inner,
        Dense(1),
        metrics=["mae"],
    )


def same(a, b):
    """The same arrays, bit for bit."""
    assert len(a) == len(b)
    for one, other in zip(a, b, strict=True):
        np.testing.assert_array_equal(one, other)


def state(net):
    return [*net.get_weights(), net.parameters.copy(), net.gradient.copy()]


# --- Construction -------------------------------------------------------------------------------------------


def as_list(n_in=4):
    return Network([Dense(3, activation="relu", input_dim=n_in, name="a"), Dense(2, name="b")], rng=5)


def by_adding():
    net = Network(rng=5)
    net.add(Dense(3, input_dim=4, name="a"))
    net.add(Activation("relu"))
    net.add(Dense(2, name="b"))
    return net


def as_chain():
    x = Input(shape=(4,))
    hidden, output = Dense(3, activation="relu", name="a"), Dense(2, name="b")
    return Network(inputs=x, outputs=output(hidden(x)), rng=5)


def as_model():
    x = Input(shape=(4,))
    return Model(x, Dense(2, name="b")(Activation("relu")(Dense(3, name="a")(x))), rng=5)


def as_list_with_input():
    return Sequential([Input(shape=(4,)), Dense(3, activation="relu", name="a"), Dense(2, name="b")], rng=5)


def as_list_with_input_shape():
    return Network([Dense(3, activation="relu", input_shape=(4,), name="a"), Dense(2, name="b")], rng=5)


CONSTRUCTIONS = [as_list, by_adding, as_chain, as_model, as_list_with_input, as_list_with_input_shape]


@pytest.mark.parametrize("make", CONSTRUCTIONS, ids=lambda f: f.__name__)
def test_every_construction_gives_the_same_network(make):
    net = make()
    assert [w.shape for w in net.get_weights()] == [(4, 3), (3,), (3, 2), (2,)]
    assert (net.input_shape, net.output_shape, net.count_params()) == ((None, 4), (None, 2), 23)
    assert net.parameters.dtype == np.float64
    same(net.get_weights(), as_list().get_weights())  # the seed decides, not the way of writing
    h = np.maximum(X @ net.get_layer("a").get_weights()[0], 0)
    np.testing.assert_allclose(net.predict(X), h @ net.get_layer("b").get_weights()[0], atol=1e-14)


def test_names_of_the_network():
    assert Sequential is Network
    assert Model is Network
    assert issubclass(Network, Composite)
    assert issubclass(Composite, Layer)


def test_layers_begin_with_the_input_only_where_it_was_written_as_a_graph():
    assert [layer.name for layer in as_list().layers] == ["a", "b"]
    assert [layer.name for layer in as_list_with_input().layers] == ["a", "b"]
    chain = as_chain().layers
    assert [layer.name for layer in chain[1:]] == ["a", "b"]
    assert chain[0].get_weights() == []


@pytest.mark.parametrize(
    "rng",
    [lambda: 7, lambda: np.random.SeedSequence(7), lambda: np.random.default_rng(7), lambda: np.int64(7)],
    ids=["int", "SeedSequence", "Generator", "np.int64"],
)
def test_rng_takes_what_default_rng_takes(rng):
    same(compiled(rng=rng()).get_weights(), compiled(rng=7).get_weights())


def test_without_a_seed_networks_differ():
    assert not np.array_equal(compiled(rng=None).parameters, compiled(rng=None).parameters)


def test_submodules_are_there():
    for module in (activations, callbacks, constraints, datasets, initializers, losses, metrics, optimizers):
        assert inspect.ismodule(module)
    assert mlp.regularizers is regularizers
    assert mlp.schedules is schedules is optimizers.schedules
    assert inspect.ismodule(testing)
    assert inspect.isclass(losses.Loss)
    assert inspect.isclass(metrics.Metric)
    assert inspect.isclass(optimizers.Optimizer)
    assert inspect.isclass(callbacks.Callback)
    assert callable(testing.check_gradients)
    assert callable(testing.check_layer)
    assert callable(mlp.load)


NO_INPUT_SIZE = [
    lambda: Network([Dense(3), Dense(1)]),
    lambda: Network([Activation("relu"), Dense(1)]),
    lambda: Network().add(Dense(3)),
]


@pytest.mark.parametrize("make", NO_INPUT_SIZE)
def test_without_an_input_size_the_error_shows_what_to_write(make):
    with pytest.raises(MLPError, match=r"input_dim|input_shape|Input"):
        make()


# --- Signatures: arguments and defaults of the Keras 3 class of the same name --------------------------------

BATCH = {"reduction": "sum_over_batch_size"}
SIGNATURES = [
    (Dense, {"units": ..., "activation": None, "use_bias": True, "kernel_initializer": "glorot_uniform",
             "bias_initializer": "zeros", "kernel_regularizer": None, "bias_regularizer": None}),
    (Activation, {"activation": ...}),
    (Dropout, {"rate": ...}),
    (Residual, {"inner": ...}),
    (optimizers.SGD, {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False}),
    (optimizers.Adam, {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}),
    (losses.MeanSquaredError, BATCH),
    (losses.MeanAbsoluteError, BATCH),
    (losses.SumSquaredError, BATCH),
    (losses.Hinge, BATCH),
    (losses.BinaryCrossentropy, {"from_logits": False, "label_smoothing": 0.0, "axis": -1, **BATCH}),
    (losses.CategoricalCrossentropy, {"from_logits": False, "label_smoothing": 0.0, "axis": -1, **BATCH}),
    (losses.SparseCategoricalCrossentropy, {"from_logits": False, "ignore_class": None, **BATCH, "axis": -1}),
    (initializers.Constant, {"value": 0.0}),
    (initializers.RandomNormal, {"mean": 0.0, "stddev": 0.05, "seed": None}),
    (initializers.RandomUniform, {"minval": -0.05, "maxval": 0.05, "seed": None}),
    (initializers.GlorotUniform, {"seed": None}),
    (initializers.GlorotNormal, {"seed": None}),
    (initializers.HeUniform, {"seed": None}),
    (initializers.HeNormal, {"seed": None}),
    (initializers.LecunUniform, {"seed": None}),
    (initializers.LecunNormal, {"seed": None}),
    (initializers.Orthogonal, {"gain": 1.0, "seed": None}),
    (regularizers.L1, {"l1": 0.01}),
    (regularizers.L2, {"l2": 0.01}),
    (metrics.BinaryAccuracy, {"threshold": 0.5}),
    (activations.leaky_relu, {"negative_slope": 0.2}),
    (activations.relu, {"negative_slope": 0.0, "max_value": None, "threshold": 0.0}),
    (activations.elu, {"alpha": 1.0}),
    (activations.gelu, {"approximate": False}),
    (activations.softmax, {"axis": -1}),
    (callbacks.EarlyStopping, {"monitor": "val_loss", "min_delta": 0, "patience": 0, "verbose": 0, "mode": "auto",
                               "baseline": None, "restore_best_weights": False, "start_from_epoch": 0}),
    (Network.compile, {"loss": None, "metrics": None}),
    (Network.fit, {"batch_size": ..., "epochs": 1, "verbose": "auto", "callbacks": None, "validation_split": 0.0,
                   "validation_data": None, "shuffle": True, "class_weight": None, "sample_weight": None,
                   "initial_epoch": 0, "steps_per_epoch": None, "validation_steps": None, "validation_batch_size": None,
                   "validation_freq": 1}),
    (Network.predict, {"batch_size": None, "verbose": "auto", "steps": None}),
    (Network.evaluate, {"x": None, "y": None, "batch_size": None, "verbose": "auto", "sample_weight": None, "steps": None,
                        "return_dict": False}),
    (Network.train_on_batch, {"x": ..., "y": None, "sample_weight": None, "class_weight": None, "return_dict": False}),
    (Network.test_on_batch, {"x": ..., "y": None, "sample_weight": None, "return_dict": False}),
    (Network.predict_on_batch, {"x": ...}),
    (Network.forward, {"training": False}),
    (Network.value_and_gradient, {"sample_weight": None}),
    (Network.get_layer, {"name": None, "index": None}),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "expected"), SIGNATURES, ids=[s.__qualname__ for s, _ in SIGNATURES])
def test_arguments_and_defaults_are_those_of_keras(subject, expected):
    """`...` stands for an argument whose default is not looked at."""
    found = {name: p.default for name, p in inspect.signature(subject).parameters.items()}
    assert [name for name in found if name in expected] == list(expected)
    defaults = {name: default for name, default in expected.items() if default is not ...}
    assert {name: found[name] for name in defaults} == defaults


@pytest.mark.parametrize(
    "make",
    [lambda **lr: optimizers.SGD(**lr), lambda **lr: optimizers.Adam(**lr)],
    ids=["SGD", "Adam"],
)
def test_lr_is_refused_and_the_right_name_told(make):
    with pytest.raises(MLPError, match="learning_rate"):
        make(lr=0.1)


# --- Names and objects --------------------------------------------------------------------------------------

KNOWN_NAMES = {
    activations: """
        linear identity step sigmoid tanh relu leaky_relu elu selu gelu silu softplus softmax
        """,
    initializers: """
        zeros ones constant random_normal random_uniform glorot_uniform glorot_normal he_uniform he_normal
        lecun_uniform lecun_normal GlorotUniform Zeros HeNormal orthogonal
        """,
    losses: """
        mse MSE mean_squared_error mae MAE mean_absolute_error bce binary_crossentropy categorical_crossentropy
        sparse_categorical_crossentropy MeanSquaredError Hinge hinge
        """,
    metrics: """
        mse mae mean_squared_error mean_absolute_error binary_accuracy categorical_accuracy
        sparse_categorical_accuracy
        """,
    optimizers: "sgd SGD Adam adam",
    regularizers: "l1 L1 L2 l2",
}
KNOWN = [(module, name) for module, names in KNOWN_NAMES.items() for name in names.split()]


@pytest.mark.parametrize(("module", "name"), KNOWN, ids=[f"{m.__name__}.{n}" for m, n in KNOWN])
def test_get_resolves_names_and_passes_objects_through(module, name):
    thing = module.get(name)
    assert callable(thing) or isinstance(thing, optimizers.Optimizer)
    assert module.get(thing) is thing


@pytest.mark.parametrize("module", KNOWN_NAMES, ids=lambda m: m.__name__)
def test_get_suggests_the_nearest_name(module):
    name = KNOWN_NAMES[module].split()[-1]
    wrong = name + "q"
    with pytest.raises(MLPError, match=wrong) as caught:
        module.get(wrong)
    assert name in str(caught.value).replace(wrong, "")
    assert isinstance(caught.value, ValueError)


ACTIVATION_VALUES = [
    ("linear", lambda x: x),
    ("identity", lambda x: x),
    ("step", lambda x: (x > 0) * 1.0),
    ("sigmoid", lambda x: 1 / (1 + np.exp(-x))),
    ("tanh", np.tanh),
    ("relu", lambda x: np.where(x > 0, x, 0)),
    ("leaky_relu", lambda x: np.where(x > 0, x, 0.2 * x)),
    ("elu", lambda x: np.where(x > 0, x, np.exp(x) - 1)),
    ("selu", lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * (np.exp(x) - 1))),
    ("silu", lambda x: x / (1 + np.exp(-x))),
    ("softplus", lambda x: np.log(1 + np.exp(x))),
    ("softmax", lambda x: np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)),
]


@pytest.mark.parametrize(("name", "f"), ACTIVATION_VALUES, ids=[n for n, _ in ACTIVATION_VALUES])
def test_activations_are_functions_of_arrays(name, f):
    np.testing.assert_allclose(getattr(activations, name)(X), f(X), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(activations.get(name)(X), f(X), rtol=1e-13, atol=1e-15)


LABELS = RNG.integers(3, size=30)
P = RNG.uniform(0.1, 1.0, size=(30, 3))
P /= P.sum(axis=1, keepdims=True)
LOSS_VALUES = [  # name of class, of function, y_true, y_pred, value per row
    ("MeanSquaredError", "mean_squared_error", X, 2 * X, np.mean(X**2, axis=-1)),
    ("MeanAbsoluteError", "mean_absolute_error", X, 3 * X, 2 * np.mean(np.abs(X), axis=-1)),
    ("SumSquaredError", None, X, 2 * X, 0.5 * np.sum(X**2, axis=-1)),
    ("Hinge", "hinge", np.sign(Y), 0.5 * Y, np.maximum(1 - 0.5 * np.abs(Y), 0).mean(axis=-1)),
    ("Hinge", "hinge", (Y > 0) * 1.0, 0.5 * Y, np.maximum(1 - 0.5 * np.abs(Y), 0).mean(axis=-1)),
    ("BinaryCrossentropy", "binary_crossentropy", LABELS[:, None] > 0, P[:, :1],
     -np.log(np.where(LABELS > 0, P[:, 0], 1 - P[:, 0]))),
    ("CategoricalCrossentropy", "categorical_crossentropy", np.eye(3)[LABELS], P, -np.log(P[range(30), LABELS])),
    ("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy", LABELS, P, -np.log(P[range(30), LABELS])),
]  # fmt: skip
LOSS_IDS = [row[0] for row in LOSS_VALUES]


@pytest.mark.parametrize(("name", "function", "t", "y", "rows"), LOSS_VALUES, ids=LOSS_IDS)
def test_losses_are_called_true_before_predicted(name, function, t, y, rows):
    make = getattr(losses, name)
    cases = [
        (make(), None, np.mean(rows)),
        (make(), W, np.sum(W * rows) / 30),
        (make(reduction="sum"), W, np.sum(W * rows)),
        (make(reduction="mean"), None, np.mean(rows)),
        (make(reduction="mean_with_sample_weight"), W, np.average(rows, weights=W)),
    ]
    for loss, weight, expected in cases:
        found = loss(t, y, sample_weight=weight)
        assert isinstance(found, float)
        assert found == pytest.approx(expected, rel=1e-12)
        assert loss(t, y, weight) == found
        value, gradient = loss.value_and_gradient(t, y, sample_weight=weight)
        assert isinstance(value, float)
        assert value == pytest.approx(found, rel=1e-14)
        v, h = np.random.default_rng(0).normal(size=y.shape), 1e-6
        slope = (loss(t, y + h * v, weight) - loss(t, y - h * v, weight)) / (2 * h)
        assert np.shape(gradient) == np.shape(y)
        assert np.vdot(gradient, v) == pytest.approx(slope, rel=1e-6, abs=1e-9)
    if function:
        np.testing.assert_allclose(getattr(losses, function)(t, y), rows, rtol=1e-12)


METRIC_VALUES = [  # metric, y_true, y_pred, value per row
    (lambda: metrics.MeanSquaredError(), X, 2 * X, np.mean(X**2, axis=-1)),
    (lambda: metrics.MeanAbsoluteError(), X, 2 * X, np.mean(np.abs(X), axis=-1)),
    (lambda: metrics.BinaryAccuracy(), (LABELS > 0)[:, None], P[:, :1], ((P[:, 0] > 0.5) == (LABELS > 0))),
    (lambda: metrics.CategoricalAccuracy(), np.eye(3)[LABELS], P, P.argmax(axis=1) == LABELS),
    (lambda: metrics.SparseCategoricalAccuracy(), LABELS, P, P.argmax(axis=1) == LABELS),
    (lambda: metrics.Accuracy(), LABELS[:, None], P.argmax(axis=1)[:, None], P.argmax(axis=1) == LABELS),
]


@pytest.mark.parametrize(("make", "t", "y", "rows"), METRIC_VALUES, ids=lambda v: "")
def test_metrics_are_means_over_all_rows_seen(make, t, y, rows):
    metric = make()
    found = metric(t, y)
    assert isinstance(found, float)
    assert found == pytest.approx(np.mean(rows), rel=1e-14)
    assert make()(t, y, sample_weight=W) == pytest.approx(np.average(rows, weights=W), rel=1e-12)
    metric = make()
    for rows_of_batch in (slice(0, 7), slice(7, 8), slice(8, 30)):
        metric.update_state(t[rows_of_batch], y[rows_of_batch])
    assert metric.result() == pytest.approx(np.mean(rows), rel=1e-12)
    metric.reset_state()
    metric.update_state(t[:5], y[:5])
    assert metric.result() == pytest.approx(np.mean(rows[:5]), rel=1e-12)


ACCURACIES = [  # loss, last layer, targets, what counts as right
    ("hinge", ("tanh", 1), np.sign(Y), lambda p, t: np.where(p > 0, 1, -1) == t),
    ("hinge", ("linear", 1), (Y > 0) * 1, lambda p, t: (p > 0) == t),
    ("hinge", ("linear", 1), np.sign(Y)[:, 0], lambda p, t: np.where(p[:, 0] > 0, 1, -1) == t),
    ("binary_crossentropy", ("sigmoid", 1), (Y > 0) * 1, lambda p, t: (p > 0.5) == t),
    ("binary_crossentropy", ("sigmoid", 1), (Y > 0)[:, 0], lambda p, t: (p[:, 0] > 0.5) == t),
    ("categorical_crossentropy", ("softmax", 3), np.eye(3)[LABELS], lambda p, t: p.argmax(1) == t.argmax(1)),
    ("sparse_categorical_crossentropy", ("softmax", 3), LABELS, lambda p, t: p.argmax(1) == t),
    ("sparse_categorical_crossentropy", ("softmax", 3), LABELS[:, None], lambda p, t: p.argmax(1) == t[:, 0]),
]


@pytest.mark.parametrize(("loss", "last", "t", "right"), ACCURACIES)
def test_accuracy_is_chosen_by_loss_and_shapes(loss, last, t, right):
    activation, units = last
    net = compiled(
        Dense(5, activation="tanh", input_dim=4),
        Dense(units, activation=activation),
        loss=loss,
        metrics=["accuracy"],
    )
    expected = np.mean(right(net.predict(X), t))
    assert net.evaluate(X, t, verbose=0, return_dict=True)["accuracy"] == pytest.approx(expected, rel=1e-14)
    assert net.evaluate(X, t, verbose=0, batch_size=7)[1] == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    "optimizer", ["sgd", optimizers.SGD(0.1, momentum=0.9, nesterov=True), "adam"], ids=str
)
def test_an_optimizer_knows_only_two_vectors(optimizer):
    """In place, the gradient left alone, and no reference kept: other memory at every step gives the same."""
    optimizer = optimizers.get(optimizer)
    twin = copy.deepcopy(optimizer)
    w, moving = np.arange(5.0), np.arange(5.0)
    for step in range(4):
        g = np.cos(np.arange(5.0) + step)
        before = g.copy()
        held = w
        optimizer.step(w, g)
        assert held is w
        np.testing.assert_array_equal(g, before)
        g.setflags(write=False)
        moving = moving.copy()
        twin.step(moving, g)
        np.testing.assert_array_equal(w, moving)
    assert np.all(w != np.arange(5.0))


INITIALIZERS = [  # name, variance of a (400, 300) kernel, largest size
    ("zeros", 0.0, 0.0),
    ("ones", 0.0, 1.0),
    ("random_normal", 0.05**2, np.inf),
    ("random_uniform", 0.05**2 / 3, 0.05),
    ("glorot_uniform", 2 / 700, np.sqrt(6 / 700)),
    ("glorot_normal", 2 / 700, 2 * np.sqrt(2 / 700) / 0.87962566103423978),
    ("he_uniform", 2 / 400, np.sqrt(6 / 400)),
    ("he_normal", 2 / 400, 2 * np.sqrt(2 / 400) / 0.87962566103423978),
    ("lecun_uniform", 1 / 400, np.sqrt(3 / 400)),
    ("lecun_normal", 1 / 400, 2 * np.sqrt(1 / 400) / 0.87962566103423978),
]


@pytest.mark.parametrize(("name", "variance", "largest"), INITIALIZERS, ids=[n for n, _, _ in INITIALIZERS])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_initializers(name, variance, largest, dtype):
    """Moments of many draws; the largest value of the truncated ones is two of their untruncated deviations."""
    init = initializers.get(name)
    w = init((400, 300), dtype=dtype, rng=np.random.default_rng(3))
    assert (w.shape, w.dtype) == ((400, 300), np.dtype(dtype))
    assert np.var(w) == pytest.approx(variance, rel=0.02)
    assert np.max(np.abs(w)) <= largest * (1 + 1e-6)
    same([w], [init((400, 300), dtype=dtype, rng=np.random.default_rng(3))])


def test_a_constant_is_its_value():
    np.testing.assert_array_equal(initializers.Constant(2.5)((2, 3)), np.full((2, 3), 2.5))


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-13), ("float32", 1e-5)])
@pytest.mark.parametrize("shape", [(5, 2), (2, 5), (4, 4)], ids=["tall", "wide", "square"])
def test_orthogonal_is_orthogonal(shape, dtype, tolerance):
    w = initializers.Orthogonal(gain=3.0)(shape, dtype=dtype, rng=np.random.default_rng(0))
    w = w if shape[0] >= shape[1] else w.T
    assert w.dtype == dtype
    np.testing.assert_allclose(w.T @ w, 9 * np.eye(min(shape)), atol=9 * tolerance)


def test_names_objects_and_functions_train_alike():
    nets = [
        compiled(optimizer="adam", loss="mean_squared_error", metrics=["mae"]),
        compiled(
            optimizer=optimizers.Adam(), loss=losses.MeanSquaredError(), metrics=[metrics.MeanAbsoluteError()]
        ),
        compiled(optimizer=optimizers.Adam(0.001), loss="mse", metrics=["mean_absolute_error"]),
    ]
    values = [list(net.fit(X, Y, epochs=2, verbose=0).history.values()) for net in nets]
    for net, value in zip(nets, values, strict=True):
        same(net.get_weights(), nets[0].get_weights())
        assert value == values[0]


# --- Training -----------------------------------------------------------------------------------------------


def test_history_holds_a_number_for_each_epoch():
    net = compiled(metrics=["mae"])
    history = net.fit(X, Y, batch_size=7, epochs=5, initial_epoch=2, validation_split=0.3, verbose=0)
    assert isinstance(history, callbacks.History)
    assert history.epoch == [2, 3, 4]
    assert set(history.history) == {"loss", "mae", "val_loss", "val_mae"}
    assert all(len(values) == 3 for values in history.history.values())
    assert all(isinstance(v, float) for values in history.history.values() for v in values)


def test_validation_split_takes_the_last_rows_before_shuffling():
    split, given_apart = compiled(), compiled()
    a = split.fit(X, Y, epochs=3, batch_size=4, validation_split=0.25, verbose=0)
    n = int(30 * 0.75)
    b = given_apart.fit(X[:n], Y[:n], epochs=3, batch_size=4, validation_data=(X[n:], Y[n:]), verbose=0)
    same(split.get_weights(), given_apart.get_weights())
    assert a.history == b.history
    assert a.history["val_loss"][-1] == pytest.approx(split.evaluate(X[n:], Y[n:], verbose=0), rel=1e-14)


def test_epoch_loss_is_the_mean_over_rows_before_each_update_penalties_included():
    layers = lambda: (Dense(3, input_dim=4, kernel_regularizer=regularizers.L2(0.1)), Dense(1))
    net, twin = compiled(*layers()), compiled(*layers())
    history = net.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
    values = [twin.train_on_batch(X[i : i + 8], Y[i : i + 8]) for i in range(0, 30, 8)]
    assert history.history["loss"] == pytest.approx([np.average(values, weights=[8, 8, 8, 6])], rel=1e-12)
    same(net.get_weights(), twin.get_weights())


def test_shuffling_is_of_the_network_and_covers_every_row():
    """Row weights that are zero for all but one row: each epoch's loss finds that row, wherever it went."""
    net = compiled(optimizer=optimizers.SGD(1e-12), loss="mse")
    one = np.zeros(30)
    one[11] = 1.0
    expected = net.evaluate(X[11:12], Y[11:12], verbose=0) / 30
    history = net.fit(X, Y, batch_size=1, epochs=3, sample_weight=one, verbose=0)
    np.testing.assert_allclose(history.history["loss"], expected, rtol=1e-6)


CLASS_WEIGHTS = [  # loss, last layer, targets, weights of classes, class of each row
    ("sparse_categorical_crossentropy", ("softmax", 3), LABELS, {0: 2.0, 2: 0.5}, LABELS),
    ("categorical_crossentropy", ("softmax", 3), np.eye(3)[LABELS], {0: 2.0, 2: 0.5}, LABELS),
    ("binary_crossentropy", ("sigmoid", 1), (LABELS > 0)[:, None], {0: 2.0, 1: 0.5}, LABELS > 0),
    ("binary_crossentropy", ("sigmoid", 1), LABELS > 0, {1: 0.5}, LABELS > 0),
]


@pytest.mark.parametrize(("loss", "last", "y", "class_weight", "classes"), CLASS_WEIGHTS)
def test_class_weight_is_a_sample_weight_by_label(loss, last, y, class_weight, classes):
    """Classes that are not mentioned weigh 1."""
    activation, units = last
    a, b = (compiled(Dense(units, activation=activation, input_dim=4), loss=loss) for _ in range(2))
    a.fit(X, y, class_weight=class_weight, epochs=2, verbose=0)
    b.fit(X, y, sample_weight=[class_weight.get(int(c), 1.0) for c in classes], epochs=2, verbose=0)
    same(a.get_weights(), b.get_weights())


def test_validation_data_may_carry_weights():
    net = compiled()
    history = net.fit(X, Y, validation_data=(X, Y, W), verbose=0)
    expected = net.evaluate(X, Y, sample_weight=W, verbose=0)
    assert history.history["val_loss"] == [pytest.approx(expected, rel=1e-13)]


def test_metrics_are_not_weighted_by_rows():
    """As in Keras: sample weights are the business of the loss."""
    net = compiled(metrics=["mae"])
    plain, weighted = net.evaluate(X, Y, verbose=0), net.evaluate(X, Y, sample_weight=W, verbose=0)
    assert plain[1] == weighted[1]
    assert plain[0] != weighted[0]


@pytest.mark.parametrize("reduction", ["sum", "mean_with_sample_weight"])
def test_integer_weights_equal_repeated_rows(reduction):
    counts = RNG.integers(0, 3, size=30)
    loss = losses.MeanSquaredError(reduction=reduction)
    weighted = compiled(loss=loss, optimizer="sgd").value_and_gradient(X, Y, sample_weight=counts)
    repeated = compiled(loss=loss, optimizer="sgd").value_and_gradient(
        X.repeat(counts, 0), Y.repeat(counts, 0)
    )
    for a, b in zip(weighted, repeated, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


WITH_TARGETS = {
    "fit": lambda net, y: net.fit(X, y, batch_size=8, verbose=0).history["loss"],
    "evaluate": lambda net, y: net.evaluate(X, y, verbose=0),
    "value_and_gradient": lambda net, y: net.value_and_gradient(X, y)[0],
    "train_on_batch": lambda net, y: net.train_on_batch(X, y),
    "minimize": lambda net, y: net.minimize(X, y, maxiter=5) and None,
}


@pytest.mark.parametrize("call", WITH_TARGETS.values(), ids=WITH_TARGETS)
def test_flat_targets_meet_a_column_of_outputs(call):
    flat, column = compiled(metrics=["mae"]), compiled(metrics=["mae"])
    assert call(flat, Y[:, 0]) == call(column, Y)
    same(flat.get_weights(), column.get_weights())
    same([flat.gradient], [column.gradient])


def test_evaluate_and_the_calls_on_one_batch():
    net = compiled(metrics=["mae"])
    prediction = net.predict(X)
    mse, mae = np.mean((prediction - Y) ** 2), np.mean(np.abs(prediction - Y))
    expected = {"loss": pytest.approx(mse), "mae": pytest.approx(mae)}
    assert net.evaluate(X, Y, verbose=0, return_dict=True) == expected
    assert net.evaluate(X, Y, verbose=0) == list(expected.values())
    assert net.evaluate(X, Y, verbose=0, batch_size=7) == list(expected.values())
    assert net.test_on_batch(X, Y) == list(expected.values())
    assert net.test_on_batch(X, Y, return_dict=True) == expected
    same([net.predict_on_batch(X)], [prediction])
    np.testing.assert_allclose(net.predict(X, batch_size=7), prediction, rtol=1e-13, atol=1e-15)
    before = net.get_weights()
    assert net.train_on_batch(X, Y) == list(expected.values())
    assert not np.array_equal(net.get_weights()[0], before[0])


def test_evaluate_without_metrics_is_one_number():
    net = compiled()
    value = net.evaluate(X, Y, verbose=0)
    assert isinstance(value, float)
    assert value == pytest.approx(np.mean((net.predict(X) - Y) ** 2))
    assert value == pytest.approx(net.value_and_gradient(X, Y)[0])


def test_callbacks_are_called_and_may_stop():
    net, seen = compiled(), []
    on_end = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append((epoch, logs["loss"])))
    history = net.fit(X, Y, epochs=3, verbose=0, callbacks=[on_end])
    assert seen == list(zip(history.epoch, history.history["loss"], strict=True))


INSIDE = {
    "nothing": lambda net: None,
    "predict": lambda net: net.predict(X),
    "evaluate": lambda net: net.evaluate(X[:3], Y[:3], verbose=0),
    "test_on_batch": lambda net: net.test_on_batch(X, Y),
    "value_and_gradient": lambda net: net.value_and_gradient(X, Y),
    "forward, backward": lambda net: (net.forward(X), net.backward(Y)),
    "copy and train": lambda net: net.copy().train_on_batch(X, Y),
    "set_weights": lambda net: net.set_weights(net.get_weights()),
}


@pytest.mark.parametrize("call", INSIDE.values(), ids=INSIDE)
def test_a_callback_may_use_the_network(call):
    """After every batch; neither the training nor the running means of its metrics notice."""
    net, alone = rich(), rich()
    use = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: call(net))
    histories = [
        net.fit(X, Y, epochs=2, batch_size=4, verbose=0, callbacks=[use], validation_split=0.2).history,
        alone.fit(X, Y, epochs=2, batch_size=4, verbose=0, validation_split=0.2).history,
    ]
    same(net.get_weights(), alone.get_weights())
    assert histories[0] == histories[1]


def test_what_a_callback_changes_is_seen():
    net = compiled()
    zeros = [np.zeros_like(w) for w in net.get_weights()]
    net.fit(
        X, Y, verbose=0, callbacks=[callbacks.LambdaCallback(on_epoch_end=lambda *_: net.set_weights(zeros))]
    )
    same(net.get_weights(), zeros)


def test_a_network_survives_the_error_of_a_callback():
    net, twin = compiled(), compiled()

    def fail(batch, logs):
        raise KeyError(batch)

    with pytest.raises(KeyError):
        net.fit(
            X,
            Y,
            batch_size=5,
            shuffle=False,
            verbose=0,
            callbacks=[callbacks.LambdaCallback(on_train_batch_end=fail)],
        )
    twin.train_on_batch(X[:5], Y[:5])
    same(net.get_weights(), twin.get_weights())
    net.fit(X, Y, verbose=0)


def test_callbacks_and_metrics_may_be_used_again():
    stop = callbacks.EarlyStopping(monitor="loss", mode="max", patience=2)
    metric, lengths, values = metrics.MeanAbsoluteError(), [], []
    for _ in range(2):
        net = compiled(metrics=[metric])
        history = net.fit(X, Y, epochs=50, verbose=0, callbacks=[stop])
        lengths.append(len(history.epoch))
        values.append(history.history)
    assert lengths == [3, 3]
    assert values[0] == values[1]


def test_a_history_is_not_continued_by_a_later_fit():
    net = compiled()
    first = net.fit(X, Y, epochs=2, verbose=0)
    kept = copy.deepcopy(first.history)
    net.fit(X, Y, epochs=3, verbose=0)
    assert (first.epoch, first.history) == ([0, 1], kept)


def test_shuffling_changes_the_order():
    a, b = compiled(), compiled()
    a.fit(X, Y, batch_size=3, verbose=0)
    b.fit(X, Y, batch_size=3, shuffle=False, verbose=0)
    assert not np.array_equal(a.parameters, b.parameters)


def test_early_stopping_restores_the_best_weights():
    """A learning rate that makes the loss grow: the first epoch was the best."""
    net, kept = compiled(optimizer=optimizers.SGD(0.9)), []
    keep = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: kept.append(net.get_weights()))
    stop = callbacks.EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True)
    history = net.fit(X, Y, epochs=200, verbose=0, callbacks=[keep, stop], validation_data=(X, -5 * Y))
    assert len(history.epoch) < 200
    best = int(np.argmin(history.history["val_loss"]))
    assert len(history.epoch) == best + 4
    same(net.get_weights(), kept[best])


@pytest.mark.parametrize("verbose", [0, 1, 2, "auto"])
def test_training_speaks_on_stderr_or_not_at_all(verbose, capsys):
    compiled().fit(X, Y, epochs=2, verbose=verbose)
    out, err = capsys.readouterr()
    assert out == ""
    assert (err == "") == (verbose == 0)


class Interrupting(losses.Loss):
    """Mean squared error; somebody presses Ctrl-C while this batch is being computed."""

    def __init__(self, batch):
        super().__init__()
        self.left = batch

    def value_and_gradient(self, y_true, y_pred, sample_weight=None):
        self.left -= 1
        if self.left == 0:
            signal.raise_signal(signal.SIGINT)
        return losses.MeanSquaredError().value_and_gradient(y_true, y_pred, sample_weight)


def test_control_c_takes_effect_at_the_end_of_the_running_batch():
    net, twin = compiled(loss=Interrupting(batch=3)), compiled()
    with contextlib.suppress(KeyboardInterrupt):
        net.fit(X, Y, batch_size=5, shuffle=False, epochs=4, verbose=0)
    for i in (0, 5, 10):
        twin.train_on_batch(X[i : i + 5], Y[i : i + 5])
    same(net.get_weights(), twin.get_weights())
    net.compile(optimizer="adam", loss="mse")
    assert np.isfinite(net.fit(X, Y, verbose=0).history["loss"][0])


def test_control_c_restores_the_best_weights_if_asked_to():
    """Six batches an epoch, the interruption in the fourth; "best" is the largest loss, that of the first."""
    net, kept = compiled(loss=Interrupting(batch=20)), []
    keep = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: kept.append(net.get_weights()))
    best = callbacks.EarlyStopping(monitor="loss", mode="max", patience=50, restore_best_weights=True)
    with contextlib.suppress(KeyboardInterrupt):
        net.fit(X, Y, batch_size=5, epochs=40, verbose=0, callbacks=[keep, best])
    assert len(kept) == 3
    same(net.get_weights(), kept[0])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_loss_of_ones_own_is_one_method():
    class Mine(losses.Loss):
        def value_and_gradient(self, y_true, y_pred, sample_weight=None):
            return losses.MeanSquaredError().value_and_gradient(y_true, y_pred, sample_weight)

    a, b = compiled(loss=Mine()), compiled(loss="mse")
    assert a.fit(X, Y, epochs=2, verbose=0).history == b.fit(X, Y, epochs=2, verbose=0).history
    same(a.get_weights(), b.get_weights())
    assert Mine()(Y, 0 * Y) == losses.MeanSquaredError()(Y, 0 * Y)


@pytest.mark.parametrize("method", ["L-BFGS-B", "BFGS", "CG"])
def test_minimize_finds_the_least_squares(method):
    net = compiled(Dense(1, input_dim=4))
    net.minimize(X, Y, method=method)
    best = np.linalg.lstsq(np.column_stack([X, np.ones(30)]), Y, rcond=None)[0]
    np.testing.assert_allclose(net.parameters, best[:, 0], atol=2e-4)


def test_minimize_computes_in_double_precision():
    net = compiled(Dense(1, input_dim=4), dtype="float32")
    net.minimize(X, Y)
    best = np.linalg.lstsq(np.column_stack([X, np.ones(30)]), Y, rcond=None)[0]
    assert net.parameters.dtype == np.float32
    np.testing.assert_allclose(net.parameters, best[:, 0], atol=2e-4)


# --- Forward, backward, vectors -----------------------------------------------------------------------------


def test_forward_and_backward_are_those_of_the_matrices():
    net = compiled()
    a, b, c, d = net.get_weights()
    h = np.tanh(X @ a + b)
    np.testing.assert_allclose(net.forward(X), h @ c + d, rtol=1e-13)
    dy = np.random.default_rng(1).normal(size=(30, 1))
    dh = (dy @ c.T) * (1 - h**2)
    for _ in range(2):  # backward overwrites, it does not add
        dx = net.backward(dy)
        np.testing.assert_allclose(dx, dh @ a.T, rtol=1e-12)
        for found, expected in zip(net.gradients, [X.T @ dh, dh.sum(0), h.T @ dy, dy.sum(0)], strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert [g.shape for g in net.gradients] == [w.shape for w in net.trainable_weights]


def test_parameters_and_gradient_are_live_views():
    net = rich()
    parameters, gradient = net.parameters, net.gradient
    net.fit(X, Y, verbose=0)
    _, found = net.value_and_gradient(X, Y)
    same([parameters, gradient], [net.parameters, found])
    assert np.shares_memory(parameters, net.parameters)
    assert np.shares_memory(gradient, net.gradient)
    parameters[:] = 0.0
    assert all(np.all(w == 0) for w in net.get_weights())


def test_assigning_parameters_writes_through():
    net = rich()
    held, v = net.parameters, np.arange(net.count_params(), dtype=float)
    net.parameters = v
    same([held, np.concatenate([w.ravel() for w in net.get_weights()])], [v, v])
    v[:] = -1.0  # the network took the numbers, not the array
    assert held[-1] == len(v) - 1


@pytest.mark.parametrize(
    "v",
    [np.zeros(30), np.zeros(32), np.zeros(1), 0.0, np.zeros((31, 1)), []],
    ids=["short", "long", "one", "number", "column", "empty"],
)
def test_assigning_anything_else_is_refused(v):
    net = compiled()
    assert net.count_params() == 31
    before = state(net)
    with pytest.raises(MLPError):
        net.parameters = v
    same(state(net), before)


def test_copies_are_copies():
    net = compiled()
    copies = [
        *net.get_weights(),
        *net.layers[0].get_weights(),
        net.value_and_gradient(X, Y)[1],
        *net.gradients,
    ]
    for array in copies:
        assert not np.shares_memory(array, net.parameters)
        assert not np.shares_memory(array, net.gradient)


def test_dropout_carries_back_through_the_mask_it_drew():
    net = compiled(Dropout(0.25, input_shape=(1000,)))
    x, dy = np.ones((50, 1000)), RNG.normal(size=(50, 1000))
    mask = net.forward(x, training=True)
    assert set(np.unique(mask)) == {0.0, 1 / 0.75}
    assert np.mean(mask == 0) == pytest.approx(0.25, abs=0.01)
    same([net.backward(dy)], [dy * mask])
    assert not np.array_equal(net.forward(x, training=True), mask)
    same([net.forward(x), net.backward(dy)], [x, dy])


def test_backward_before_forward_is_an_error():
    with pytest.raises(MLPError, match="forward"):
        compiled().backward(np.ones((30, 1)))


UNCOMPILED = [
    lambda net: net.fit(X, Y, verbose=0),
    lambda net: net.evaluate(X, Y),
    lambda net: net.train_on_batch(X, Y),
    lambda net: net.test_on_batch(X, Y),
    lambda net: net.value_and_gradient(X, Y),
    lambda net: net.minimize(X, Y),
]


@pytest.mark.parametrize("call", UNCOMPILED)
def test_training_needs_compile(call):
    with pytest.raises(MLPError, match="compile"):
        call(Network([Dense(1, input_dim=4)]))


# --- A layer of one's own -----------------------------------------------------------------------------------

OWN = {
    "first": lambda: compiled(Scale(input_shape=(4,)), Dense(1)),
    "middle": lambda: compiled(Dense(3, activation="tanh", input_dim=4), Scale(), Dense(1)),
    "twice": lambda: compiled(Dense(3, input_dim=4), Scale(), Activation("tanh"), Scale(), Dense(1)),
    "residual": lambda: compiled(Dense(3, activation="tanh", input_dim=4), Residual(Scale()), Dense(1)),
    "nested": lambda: compiled(Network([Dense(3, input_dim=4), Scale()]), Activation("tanh"), Dense(1)),
}


def check_by_differences(net, x, y, seed=0):
    """The slope of the loss along random directions, against value_and_gradient."""
    rng = np.random.default_rng(seed)
    net.parameters = rng.normal(size=net.count_params())
    w, (_, gradient) = net.parameters.copy(), net.value_and_gradient(x, y)
    for _ in range(3):
        v, h = rng.normal(size=w.shape), 1e-5
        values = []
        for sign in (1, -1):
            net.parameters = w + sign * h * v
            values.append(net.value_and_gradient(x, y)[0])
        net.parameters = w
        assert gradient @ v == pytest.approx((values[0] - values[1]) / (2 * h), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("make", OWN.values(), ids=OWN)
def test_own_layer_has_the_right_gradient(make):
    check_by_differences(make(), X, Y)


@pytest.mark.parametrize("make", OWN.values(), ids=OWN)
def test_own_layer_trains_and_travels(make):
    net = make()
    first, last = net.fit(X, Y, epochs=30, verbose=0).history["loss"][::29]
    assert last < first
    twin = pickle.loads(pickle.dumps(net))  # noqa: S301
    for each in (net, twin):
        each.fit(X, Y, verbose=0)
    same(net.get_weights(), twin.get_weights())


def test_own_layer_is_known_to_the_checker():
    testing.check_layer(Scale(), input_shape=(3,))


def test_add_weight_makes_the_attribute():
    net = compiled(Scale(input_shape=(4,)), Dense(1))
    layer = net.layers[0]
    np.testing.assert_array_equal(layer.s, np.ones(4))
    layer.s[:] = 2.0
    np.testing.assert_array_equal(net.parameters[:4], np.full(4, 2.0))
    net.parameters = np.arange(net.count_params(), dtype=float)
    np.testing.assert_array_equal(layer.s, np.arange(4.0))
    assert layer.get_weights()[0].shape == (4,)


class SameName(Scale):
    def build(self, input_shape):
        self.s = self.add_weight("s", shape=input_shape, initializer="ones")


class OtherName(Scale):
    def build(self, input_shape):
        self.w = self.add_weight("s", shape=input_shape, initializer="ones")


def test_a_weight_may_be_assigned_to_its_own_name():
    a, b = (compiled(make(input_shape=(4,)), Dense(1)) for make in (SameName, Scale))
    for net in (a, b):
        net.fit(X, Y, verbose=0)
    same(a.get_weights(), b.get_weights())


def test_a_weight_kept_under_another_name_is_refused():
    with pytest.raises(MLPError, match=r"\bw\b"):
        compiled(OtherName(input_shape=(4,)), Dense(1))


class Widen(Layer):
    """Two copies of each feature: build says what comes out."""

    def build(self, input_shape):
        return (2 * input_shape[0],)

    def forward(self, x, training=False):
        return np.concatenate([x, x], axis=1)

    def backward(self, dy):
        n = dy.shape[1] // 2
        return dy[:, :n] + dy[:, n:]


def test_build_returns_the_output_shape():
    net = compiled(Dense(3, input_dim=4), Widen(), Dense(1))
    assert net.layers[2].get_weights()[0].shape == (6, 1)
    check_by_differences(net, X, Y)


# --- Guards of the one vector -------------------------------------------------------------------------------

TWINS = {
    "net.copy": lambda net: net.copy(),
    "copy.deepcopy": copy.deepcopy,
    "pickle": lambda net: pickle.loads(pickle.dumps(net)),  # noqa: S301
    "save and load": None,  # needs a path, see twin_of
}


def twin_of(net, way, tmp_path):
    if way == "save and load":
        net.save(tmp_path / "model.npz")
        return mlp.load(tmp_path / "model.npz")
    return TWINS[way](net)


def savable():
    """`rich` without the layer that only this file knows."""
    inner = Network([Dense(3, activation="relu", input_dim=5)], rng=1)
    return compiled(
        Dense(5, activation="tanh", input_dim=4, kernel_regularizer="l2"),
        Dropout(0.3),
        Residual(Dense(5, activation="sigmoid")),
        inner,
        Dense(1),
        metrics=["mae"],
    )


def functional():
    net = as_chain()
    net.compile(optimizer=optimizers.SGD(0.1, momentum=0.9), loss="mse")
    return net


def deep():
    """Networks in networks in networks."""
    inner = Network([Network([Dense(3, input_dim=4)], rng=1), Activation("tanh")])
    thin = Network([Dense(2, input_dim=3, use_bias=False), Dense(3)], rng=2)
    return compiled(Network([inner, Residual(thin)]), Dropout(0.5), Dense(1))


@pytest.mark.parametrize("make", [savable, functional, deep], ids=lambda f: f.__name__)
@pytest.mark.parametrize("way", TWINS)
@pytest.mark.parametrize("before", [0, 2], ids=["fresh", "trained"])
def test_twins_train_to_the_same_bits(make, way, before, tmp_path):
    """Also half-way through: optimizer state and generator travel along. And the one does not move the other."""
    net = make()
    y = np.tile(Y, (1, net.output_shape[1]))
    if before:
        net.fit(X, y, epochs=before, batch_size=7, verbose=0)
    twin = twin_of(net, way, tmp_path)
    same([twin.predict(X)], [net.predict(X)])
    assert not np.shares_memory(twin.parameters, net.parameters)

    start = state(net)
    histories = [twin.fit(X, y, epochs=3, batch_size=7, verbose=0)]
    same(net.get_weights(), start[:-2])
    moved = twin.get_weights()
    assert not np.array_equal(moved[0], start[0])
    histories.append(net.fit(X, y, epochs=3, batch_size=7, verbose=0))
    same(net.get_weights(), moved)
    same(twin.get_weights(), moved)
    assert histories[0].history == histories[1].history

    twin.parameters = np.zeros(twin.count_params())  # its layers look at its own vector
    assert all(np.all(w == 0) for w in twin.get_weights())
    assert np.all(twin.predict(X) == twin.predict(X[:1]))


@pytest.mark.parametrize("way", ["net.copy", "copy.deepcopy", "pickle"])
def test_twins_with_a_layer_of_ones_own(way, tmp_path):
    net = rich()
    net.fit(X, Y, verbose=0)
    twin = twin_of(net, way, tmp_path)
    for each in (twin, net):
        each.fit(X, Y, epochs=2, verbose=0)
    same(net.get_weights(), twin.get_weights())


def test_a_shallow_copy_does_no_harm():
    """Whatever `copy.copy` shares: the original still trains as if it had never been copied."""
    net, alone = rich(), rich()
    shallow = copy.copy(net)
    shallow.predict(X)
    del shallow
    for each in (net, alone):
        each.fit(X, Y, verbose=0)
    same(net.get_weights(), alone.get_weights())


def shared_in_a_list():
    twice = Dense(4, input_dim=4, name="twice")
    return Network([twice, Activation("relu"), twice])


def shared_by_adding():
    twice = Dense(4, input_dim=4, name="twice")
    net = Network([twice])
    net.add(twice)
    return net


def shared_by_two_networks():
    twice = Dense(4, input_dim=4, name="twice")
    first = Network([twice])
    return Network([twice, Dense(1)]), first


def shared_inside_a_residual():
    twice = Dense(4, input_dim=4, name="twice")
    return Network([twice, Residual(twice)])


SHARED = [
    shared_in_a_list,
    shared_by_adding,
    shared_by_two_networks,
    shared_inside_a_residual,
]


@pytest.mark.parametrize("make", SHARED, ids=lambda f: f.__name__)
def test_one_owner_per_layer(make):
    with pytest.raises(MLPError, match="twice"):
        make()


def test_a_layer_that_is_called_twice_shares_its_weights():
    x, twice = Input(shape=(4,)), Dense(4, name="twice")
    net = Network(x, twice(twice(x)), rng=0)
    assert [layer.name for layer in net.layers] == ["input_layer", "twice"]
    assert net.parameters.size == 20
    kernel, bias = net.get_weights()
    rows = np.arange(8.0).reshape(2, 4)
    np.testing.assert_allclose(net(rows), (rows @ kernel + bias) @ kernel + bias)


def test_a_copied_layer_may_be_used_elsewhere():
    net = compiled()
    twin = net.layers[0].copy()
    other = Network([twin, Dense(2)])
    same(other.layers[0].get_weights(), net.layers[0].get_weights())
    other.parameters = np.zeros(other.count_params())
    assert np.any(net.layers[0].get_weights()[0] != 0)


REBIND = [("kernel", np.zeros((4, 5))), ("bias", np.ones(5)), ("kernel", np.zeros((2, 2)))]


@pytest.mark.parametrize(("name", "value"), REBIND, ids=["kernel", "bias", "wrong shape"])
def test_rebinding_a_weight_is_refused_or_written_through(name, value):
    net = compiled()
    before = net.get_weights()
    try:
        setattr(net.layers[0], name, value)
    except (MLPError, AttributeError):
        same(net.get_weights(), before)
    else:
        assert value.shape != (2, 2)
        same([net.get_weights()[name == "bias"]], [value])
    flat = np.concatenate([w.ravel() for w in net.get_weights()])
    same(
        [net.parameters, getattr(net.layers[0], name).ravel()],
        [flat, net.layers[0].get_weights()[name == "bias"].ravel()],
    )
    assert not np.shares_memory(net.parameters, value)


BAD_WEIGHTS = [
    ("too few", lambda w: w[:-1]),
    ("too many", lambda w: [*w, w[0]]),
    ("last of a wrong shape", lambda w: [*w[:-1], np.zeros(2)]),
    ("transposed", lambda w: [w[0].T, *w[1:]]),
    ("text", lambda w: [*w[:-1], ["a"]]),
    ("complex", lambda w: [*w[:-1], np.array([1j])]),
    ("ragged", lambda w: [[[1.0], [1.0, 2.0]], *w[1:]]),
    ("a number", lambda w: 3.0),
    ("none", lambda w: None),
]


@pytest.mark.parametrize("change", [c for _, c in BAD_WEIGHTS], ids=[n for n, _ in BAD_WEIGHTS])
def test_refused_weights_change_nothing(change):
    net = compiled()
    before = state(net)
    bad = change([w + 1.0 for w in net.get_weights()])
    with pytest.raises(MLPError):
        net.set_weights(bad)
    same(state(net), before)


def test_weights_come_back_as_they_were_set():
    net, other = rich(), rich()
    net.fit(X, Y, verbose=0)
    other.set_weights(net.get_weights())
    same(other.get_weights(), net.get_weights())
    other.set_weights([w.tolist() for w in net.get_weights()])
    same([other.predict(X)], [net.predict(X)])
    for mine, theirs in zip(rich().layers, net.layers, strict=True):
        mine.set_weights(theirs.get_weights())
        same(mine.get_weights(), theirs.get_weights())


# --- Meaning ------------------------------------------------------------------------------------------------

INFERENCE = {
    "predict": lambda net: net.predict(X[::-1] * 2),
    "predict in batches": lambda net: net.predict(X[:9], batch_size=2),
    "predict_on_batch": lambda net: net.predict_on_batch(X[:3]),
    "call": lambda net: net(X[:5] + 1),
    "evaluate": lambda net: net.evaluate(X[::-1], Y, verbose=0),
    "test_on_batch": lambda net: net.test_on_batch(X[:2], Y[:2]),
}


@pytest.mark.parametrize("call", INFERENCE.values(), ids=INFERENCE)
def test_inference_leaves_no_trace(call):
    """Between forward and backward, and between two epochs: nothing remembered, no random number drawn."""
    net, alone = rich(), rich()
    results = []
    for each in (net, alone):
        each.fit(X, Y, verbose=0)
        each.forward(X)
        if each is net:
            before = state(net)
            call(net)
            same(state(net), before)
        results.append([each.backward(Y), each.gradient.copy()])
        each.fit(X, Y, verbose=0)
    same(*results)
    same(net.get_weights(), alone.get_weights())


def test_value_and_gradient_leaves_the_generator_alone():
    net, alone = rich(), rich()
    net.value_and_gradient(X, Y)
    net.value_and_gradient(X, Y, training=True)
    for each in (net, alone):
        each.fit(X, Y, verbose=0)
    same(net.get_weights(), alone.get_weights())


def test_value_and_gradient_infers_unless_told_to_train():
    net = compiled(Dense(50, activation="tanh", input_dim=4), Dropout(0.5), Dense(1))
    inferring = net.value_and_gradient(X, Y)[0]
    assert inferring == pytest.approx(net.evaluate(X, Y, verbose=0), rel=1e-13)
    assert inferring != pytest.approx(net.value_and_gradient(X, Y, training=True)[0], rel=1e-6)


def test_eight_threads_at_once():
    net = rich()
    jobs = [(np.random.default_rng(i).normal(size=(1 + 37 * i, 4)), i) for i in range(8)]
    expected = [net.predict(x) for x, _ in jobs]
    wrong, start = [], threading.Barrier(8)

    def work(x, i):
        start.wait()
        for _ in range(60):
            results = (net(x), net.predict(x), net.predict(x, batch_size=16))
            wrong.extend(i for y in results if not np.allclose(y, expected[i], rtol=1e-12, atol=1e-14))

    threads = [threading.Thread(target=work, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_prediction_beside_training_does_not_disturb_it():
    net, alone, stop, wrong = rich(), rich(), threading.Event(), []

    def predict():
        while not stop.is_set():
            wrong.extend([] if np.all(np.isfinite(net.predict(X))) else [1])

    threads = [threading.Thread(target=predict) for _ in range(3)]
    for thread in threads:
        thread.start()
    net.fit(X, Y, epochs=30, verbose=0)
    stop.set()
    for thread in threads:
        thread.join()
    alone.fit(X, Y, epochs=30, verbose=0)
    assert wrong == []
    same(net.get_weights(), alone.get_weights())


def test_networks_train_beside_each_other():
    nets = [rich() for _ in range(4)]
    threads = [
        threading.Thread(target=net.fit, args=(X, Y), kwargs={"epochs": 10, "verbose": 0}) for net in nets[1:]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    nets[0].fit(X, Y, epochs=10, verbose=0)
    for net in nets[1:]:
        same(net.get_weights(), nets[0].get_weights())


CALLS = {
    "fit": lambda net, x, y, w: net.fit(
        x, y, sample_weight=w, epochs=2, batch_size=8, verbose=0, validation_split=0.2
    ),
    "fit with validation data": lambda net, x, y, w: net.fit(x, y, validation_data=(x, y, w), verbose=0),
    "evaluate": lambda net, x, y, w: net.evaluate(x, y, sample_weight=w, verbose=0),
    "predict": lambda net, x, y, w: net.predict(x),
    "call": lambda net, x, y, w: net(x),
    "forward, backward": lambda net, x, y, w: (net.forward(x), net.backward(y)),
    "training forward, backward": lambda net, x, y, w: (net.forward(x, training=True), net.backward(y)),
    "train_on_batch": lambda net, x, y, w: net.train_on_batch(x, y, sample_weight=w),
    "test_on_batch": lambda net, x, y, w: net.test_on_batch(x, y, sample_weight=w),
    "predict_on_batch": lambda net, x, y, w: net.predict_on_batch(x),
    "value_and_gradient": lambda net, x, y, w: net.value_and_gradient(x, y, sample_weight=w),
    "minimize": lambda net, x, y, w: net.minimize(x, y, maxiter=5),
}
NETS = {
    "rich": rich,
    "identities": lambda: compiled(
        Activation("linear", input_dim=4), Dropout(0.2), Flatten(), Residual(Dense(4))
    ),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("make", NETS.values(), ids=NETS)
def test_arguments_are_not_written_into(make, call):
    net = make()
    arguments = [X.copy(), np.tile(Y, (1, net.output_shape[1])), W.copy()]
    before = [a.copy() for a in arguments]
    call(net, *arguments)
    same(arguments, before)
    for a in arguments:
        a.setflags(write=False)
    call(net, *arguments)


def arrays_in(result):
    if isinstance(result, np.ndarray):
        return [result]
    if isinstance(result, dict):
        result = list(result.values())
    return [a for r in result for a in arrays_in(r)] if isinstance(result, (tuple, list)) else []


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("make", NETS.values(), ids=NETS)
def test_returned_arrays_are_the_callers_own(make, call):
    """They share no memory with arguments or network, and no later call overwrites them."""
    net = make()
    arguments = [X.copy(), np.tile(Y, (1, net.output_shape[1])), W.copy()]
    returned = arrays_in(call(net, *arguments))
    before = [a.copy() for a in returned]
    for other in CALLS.values():
        other(net, 2 * X + 1, arguments[1] - 1, W)
    same(returned, before)
    for a in returned:
        for b in [*arguments, net.parameters, net.gradient, *memory_of(net)]:
            assert not np.shares_memory(a, b)


def memory_of(net):
    """The arrays that layers of the network hold, whatever they are for."""
    return [v for layer in net.layers for v in vars(layer).values() if isinstance(v, np.ndarray)]


@pytest.mark.parametrize(
    "activation", ["linear", "sigmoid", "tanh", "relu", "elu", "softplus", "softmax", "gelu"]
)
def test_an_output_may_be_changed_before_backward(activation):
    """y = forward(x); y -= t; backward(y): what people write. The layers remember what they need themselves."""
    make = lambda: compiled(Dense(3, activation=activation, input_dim=4))
    a, b = make(), make()
    t = np.random.default_rng(0).normal(size=(30, 3))
    difference = a.forward(X) - t
    expected = [a.backward(difference), a.gradient.copy()]
    y = b.forward(X)
    y -= t
    same([b.backward(y), b.gradient], expected)


def test_the_input_may_be_changed_after_forward():
    make = lambda: compiled(Dense(3, activation="tanh", input_dim=4), Dense(1))
    a, b = make(), make()
    a.forward(X)
    x = X.copy()
    b.forward(x)
    kept = b.backward(Y)
    same([a.backward(Y)], [kept])
    dx = kept.copy()
    b.predict(2 * X)
    same([kept], [dx])


@pytest.mark.parametrize("make", [rich, savable, functional, deep], ids=lambda f: f.__name__)
def test_same_seed_same_bits(make):
    nets = [make(), make()]
    y = np.tile(Y, (1, nets[0].output_shape[1]))
    histories = [net.fit(X, y, epochs=3, batch_size=4, verbose=0).history for net in nets]
    same(nets[0].get_weights(), nets[1].get_weights())
    assert histories[0] == histories[1]


def test_the_global_generator_is_not_touched():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    rich().fit(X, Y, verbose=0)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_nested_networks_keep_their_values_and_share_the_vector():
    inner = compiled(Dense(5, activation="tanh", input_dim=4), Dense(3))
    inner.fit(X, np.tile(Y, (1, 3)), verbose=0)
    values, output = inner.get_weights(), inner.predict(X)
    outer = compiled(inner, Activation("relu"), Dense(1))
    same(outer.get_weights()[:4], values)
    same(inner.get_weights(), values)
    kernel, bias = outer.layers[2].get_weights()
    np.testing.assert_allclose(
        outer.predict(X), np.maximum(output, 0) @ kernel + bias, rtol=1e-12, atol=1e-14
    )

    outer.fit(X, Y, epochs=2, verbose=0)
    same(outer.get_weights()[:4], inner.get_weights())
    assert not np.array_equal(inner.get_weights()[0], values[0])
    outer.parameters = np.zeros(outer.count_params())
    assert np.all(inner.predict(X) == 0)
    check_by_differences(outer, X, Y)


def test_adding_a_layer_keeps_the_values():
    net = Network([Dense(5, activation="tanh", input_dim=4)], rng=0)
    values = net.get_weights()
    net.add(Dense(1))
    same(net.get_weights()[:2], values)
    assert net.count_params() == 31
    net.compile(optimizer="adam", loss="mse")
    net.fit(X, Y, verbose=0)
    assert not np.array_equal(net.get_weights()[0], values[0])


FREEZE = [("sgd", {"momentum": 0.9}), ("sgd", {"momentum": 0.9, "nesterov": True}), ("adam", {})]


@pytest.mark.parametrize(("optimizer", "options"), FREEZE, ids=["momentum", "nesterov", "adam"])
def test_frozen_layers_do_not_move(optimizer, options):
    optimizer = {"sgd": optimizers.SGD, "adam": optimizers.Adam}[optimizer](0.01, **options)
    net = compiled(
        Dense(5, activation="tanh", input_dim=4),
        Dense(5, activation="tanh", kernel_regularizer="l2"),
        Dense(1),
        optimizer=optimizer,
    )
    net.fit(X, Y, epochs=2, verbose=0)  # momentum of its own, before it is frozen
    net.layers[1].trainable = False
    frozen, size = net.layers[1].get_weights(), net.parameters.size
    others = [net.layers[0].get_weights(), net.layers[2].get_weights()]
    net.fit(X, Y, epochs=3, batch_size=7, verbose=0)
    net.train_on_batch(X, Y)
    assert not np.any(net.gradient[25:55])  # the frozen slice: nothing there for clipping to count
    assert np.all(net.gradient[:25] != 0)
    net.minimize(X, Y, maxiter=5)
    same(net.layers[1].get_weights(), frozen)
    assert net.parameters.size == size == net.count_params()
    assert not np.array_equal(net.layers[0].get_weights()[0], others[0][0])
    assert not np.array_equal(net.layers[2].get_weights()[0], others[1][0])
    net.layers[1].trainable = True
    net.fit(X, Y, verbose=0)
    assert not np.array_equal(net.layers[1].get_weights()[0], frozen[0])


def test_frozen_layers_in_nested_networks():
    inner = Network([Dense(3, input_dim=4), Residual(Dense(3))], rng=0)
    net = compiled(inner, Dense(1), optimizer=optimizers.SGD(0.01, momentum=0.9))
    net.fit(X, Y, verbose=0)
    inner.trainable = False
    frozen = inner.get_weights()
    net.fit(X, Y, verbose=0)
    net.minimize(X, Y, maxiter=3)
    same(inner.get_weights(), frozen)
    assert [w.shape for w in net.trainable_weights] == [g.shape for g in net.gradients] == [(3, 1), (1,)]

    inner.trainable, inner.layers[1].trainable = True, False
    for twin in (net, net.copy(), pickle.loads(pickle.dumps(net))):  # noqa: S301
        twin.fit(X, Y, verbose=0)
        same(twin.get_weights()[2:4], frozen[2:])
        assert not np.array_equal(twin.get_weights()[0], frozen[0])


def test_one_dtype_per_network():
    for dtype in ("float32", "float64"):
        net = rich().astype(dtype)
        outputs = [
            net.predict(X),
            net(X.astype("float16")),
            net.forward(X.astype("f4")),
            net.parameters,
            net.gradient,
        ]
        outputs += [*net.get_weights(), net.backward(Y), net.value_and_gradient(X, Y)[1]]
        assert {a.dtype for a in outputs} == {np.dtype(dtype)}
        net.fit(X, Y, verbose=0)
        assert net.predict(X).dtype == dtype


def test_astype_is_another_network():
    net = compiled()
    single = net.astype("float32")
    assert net.parameters.dtype == np.float64
    np.testing.assert_allclose(single.predict(X), net.predict(X), rtol=1e-4, atol=1e-6)
    before = net.get_weights()
    single.fit(X, Y, verbose=0)
    same(net.get_weights(), before)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 8), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_batches_do_not_matter_to_predictions(batch_size, n, seed):
    x = np.random.default_rng(seed).normal(size=(n, 4))
    net = compiled(rng=seed)
    np.testing.assert_allclose(net.predict(x, batch_size=batch_size), net(x), rtol=1e-12, atol=1e-14)


# --- Summary, configuration, files --------------------------------------------------------------------------


def test_summary_is_the_table_of_keras(capsys):
    net = Network(
        [Dense(20, activation="relu", input_dim=4, name="first"), Dropout(0.1), Dense(1, name="last")]
    )
    net.summary()
    text = capsys.readouterr().out
    for word in (
        "Layer (type)",
        "Output Shape",
        "Param #",
        "first (Dense)",
        "last (Dense)",
        "(None, 20)",
        "100",
        "21",
    ):
        assert word in text
    assert "Total params" in text
    assert "121" in text
    lines = []
    net.summary(print_fn=lines.append)
    assert "Total params" in "\n".join(lines)


def test_layers_are_found_by_name_and_index():
    net = as_list()
    assert net.get_layer("b") is net.get_layer(name="b") is net.get_layer(index=1) is net.layers[1]
    with pytest.raises(MLPError, match="bb"):
        net.get_layer("bb")
    with pytest.raises(MLPError, match="index"):
        net.get_layer(index=2)
    names = [layer.name for layer in Network([Dense(2, input_dim=1), Dense(2), Dense(2)]).layers]
    assert len(set(names)) == 3


@pytest.mark.parametrize("make", [savable, functional, deep, as_list], ids=lambda f: f.__name__)
def test_configuration_describes_the_network(make):
    net = make()
    config = net.get_config()
    twin = Network.from_config(json.loads(json.dumps(config)))
    assert [w.shape for w in twin.get_weights()] == [w.shape for w in net.get_weights()]
    assert [layer.name for layer in twin.layers] == [layer.name for layer in net.layers]
    twin.set_weights(net.get_weights())
    same([twin.predict(X)], [net.predict(X)])
    assert twin.get_config() == config


@pytest.mark.parametrize("as_path", [str, lambda p: p], ids=["str", "Path"])
def test_weights_travel_through_a_file(as_path, tmp_path):
    net, other = savable(), savable()
    net.fit(X, Y, verbose=0)
    path = as_path(tmp_path / "weights.npz")
    net.save_weights(path)
    other.load_weights(path)
    same(other.get_weights(), net.get_weights())


def test_weights_of_another_network_are_refused(tmp_path):
    net, other = compiled(), compiled(Dense(6, activation="tanh", input_dim=4), Dense(1))
    net.save_weights(tmp_path / "w.npz")
    before = state(other)
    with pytest.raises(MLPError):
        other.load_weights(tmp_path / "w.npz")
    same(state(other), before)


def test_a_loaded_network_knows_how_it_was_compiled(tmp_path):
    net = compiled(optimizer=optimizers.Adam(0.02), loss=losses.MeanAbsoluteError(), metrics=["mse"])
    net.fit(X, Y, epochs=2, verbose=0)
    net.save(str(tmp_path / "model.npz"))
    twin = mlp.load(str(tmp_path / "model.npz"))
    assert twin.evaluate(X, Y, verbose=0, return_dict=True) == net.evaluate(X, Y, verbose=0, return_dict=True)


def spoil(path, how):
    data = path.read_bytes()
    path.write_bytes(
        {"half": data[: len(data) // 2], "empty": b"", "text": b"not a model", "bit": flip(data)}[how]
    )


def flip(data):
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]


@pytest.mark.parametrize("how", ["half", "empty", "text", "bit"])
def test_a_damaged_file_is_refused(how, tmp_path):
    path = tmp_path / "model.npz"
    compiled(Dense(50, input_dim=4), Dense(1)).save(path)
    spoil(path, how)
    with pytest.raises(mlp.errors.ModelFileError):
        mlp.load(path)


def test_a_missing_file_is_a_clear_error(tmp_path):
    with pytest.raises((MLPError, FileNotFoundError), match=r"nothing\.npz"):
        mlp.load(tmp_path / "nothing.npz")


def test_scipy_gets_a_copy_of_the_gradient(monkeypatch):
    """SciPy may keep what it is given from one call to the next."""
    kept, real = [], scipy.optimize.minimize

    def spy(fun, x0, *args, **kwargs):
        def keeping(v, *more):
            result = fun(v, *more)
            kept.extend((a, a.copy()) for a in arrays_in(result))
            return result

        return real(keeping, x0, *args, **kwargs)

    monkeypatch.setattr(scipy.optimize, "minimize", spy)
    compiled().minimize(X, Y, maxiter=20)
    assert len(kept) > 20
    for array, value in kept:
        same([array], [value])


def test_weights_for_a_layer_that_is_in_no_network_are_refused_with_a_cure():
    """It cannot know their shapes yet."""
    layer = Dense(3)
    with pytest.raises(StateError, match=r"there are no weights yet: put the layer into a Network"):
        layer.set_weights([np.ones((2, 3)), np.zeros(3)])
    layer.set_weights([])
