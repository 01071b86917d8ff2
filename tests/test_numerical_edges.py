"""What all functions and layers keep at the edges of numbers: digits, types, sums, kinks, and what must not move."""

import inspect
import itertools
import math
from decimal import Decimal

import numpy as np
import pytest
from tables import (
    ACTIVATIONS,
    CONSTRAINTS,
    EPS,
    INITIALIZERS,
    LAYER_ROWS,
    LOSSES,
    MERGES,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    exactly,
    over,
)  # fmt: skip

from mlp import Input, Network, losses, metrics, optimizers
from mlp import activations as activation_functions
from mlp.layers import (
    Activation,
    Add,
    BatchNormalization,
    Concatenate,
    Dense,
    Flatten,
    InputLayer,
    LayerNormalization,
    Normalization,
    PReLU,
    Reshape,
)  # fmt: skip
from mlp.testing import check_gradients

DTYPES = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def functions(module):
    """The public functions of a module, one for all its names."""
    own = {name: getattr(module, name) for name in module.__all__}
    plain = {name: f for name, f in own.items() if callable(f) and not inspect.isclass(f)}
    helpers = {"get", "accuracy_for", "crossentropy_for"}
    return {f: name for name, f in plain.items() if name not in helpers and isinstance(name, str)}.items()


# --- Logits -------------------------------------------------------------------------------------------------


def greatest_first(z):
    """``-log softmax`` of each logit; the greatest is taken away first, exactly."""
    greatest = max(z)
    rest = sum((v - greatest).exp() for v in z)
    return [greatest - v + rest.ln() for v in z]


def of_class(t, z):
    return greatest_first(z)[int(t[0])]


def of_label(t, z):
    """``softplus(z) - t z``."""
    size = abs(z[0])
    return (1 + (-size).exp()).ln() + (size + z[0]) / 2 - t[0] * z[0]


@pytest.mark.parametrize("exponent", [-1000, -60, -4, 0, 4, 60, 500, 1000, 1017])
def test_cross_entropies_of_logits_are_exact_to_a_few_ulp(exponent):
    """Up to 1e308: logits whose differences are exact, so that nothing but the formula can err."""
    rng = np.random.default_rng(exponent + 2000)
    z = np.ldexp(rng.integers(-40, 41, (60, 3)).astype(float), exponent)
    assert exponent < 1017 or np.abs(z).max() > 5e307
    labels, classes = rng.integers(0, 2, (60, 1)).astype(float), rng.integers(0, 3, 60)
    eye = np.eye(3)
    cases = [
        (losses.BinaryCrossentropy, labels, z[:, :1], [(t, v[:1], of_label) for t, v in zip(labels, z, strict=True)]),
        (losses.SparseCategoricalCrossentropy, classes, z, [([t], v, of_class) for t, v in zip(classes, z, strict=True)]),
        (losses.CategoricalCrossentropy, eye[classes], z, [([t], v, of_class) for t, v in zip(classes, z, strict=True)]),
    ]  # fmt: skip
    for cls, t, y, rows in cases:
        values = cls(from_logits=True, reduction="none")(t, y)
        right = np.array([exactly(truth, own, v) for own, v, truth in rows])
        assert (np.abs(values - right) <= 4 * np.spacing(right)).all(), cls.__name__


# --- Types --------------------------------------------------------------------------------------------------


@DTYPES
@pytest.mark.parametrize("module", [losses, metrics], ids=["losses", "metrics"])
@pytest.mark.parametrize("whole", [False, True], ids=["numbers", "whole numbers"])
def test_functions_of_targets_and_outputs_keep_the_type_of_outputs(module, whole, dtype):
    """Whatever the targets are."""
    y = np.random.default_rng(0).uniform(0.1, 0.9, (5, 3)).astype(dtype)
    eye = np.eye(3, dtype=int if whole else np.float64)[[0, 1, 2, 0, 1]]
    wrong = []
    for function, name in functions(module):
        of_classes = "sparse" in name or name in ("scce", "categorical_generalized_cross_entropy")
        values = function([0, 1, 2, 0, 1] if of_classes else eye, y)
        if values.dtype != dtype:
            wrong.append((name, values.dtype))
    assert wrong == []


@DTYPES
def test_functions_of_numbers_keep_the_type(dtype):
    x = np.random.default_rng(0).normal(size=(5, 4)).astype(dtype)
    for function, name in functions(activation_functions):
        assert function(x, *((0.5, 0.0) if name == "threshold" else ())).dtype == dtype, name


@DTYPES
@over(ACTIVATIONS)
def test_activations_keep_the_type(row, dtype):
    f, x = row.make(), row.x[:3].astype(dtype)
    with np.errstate(over="ignore"):
        y = f.forward(x)
        assert y.dtype == f(x).dtype == f.backward(np.ones_like(y), x, y).dtype == dtype


@DTYPES
@over(REGULARIZERS)
def test_penalties_keep_the_type(row, dtype):
    w = np.random.default_rng(0).normal(size=row.shapes[0]).astype(dtype)
    assert type(row.make()(w)) is float
    assert row.make().value_and_gradient(w)[1].dtype == dtype


@DTYPES
@over(CONSTRAINTS)
def test_constraints_keep_the_type(row, dtype):
    assert row.make()(np.random.default_rng(0).normal(size=(4, 3)).astype(dtype)).dtype == dtype


@DTYPES
@over(INITIALIZERS)
def test_initial_values_are_of_the_type_asked_for(row, dtype):
    w = row.make()(row.shape, dtype=dtype, rng=0)
    assert w.dtype == dtype
    assert row.make()(row.shape, rng=0).dtype == np.float64


@over(SCHEDULES)
@pytest.mark.parametrize("step", [3, np.int64(3)], ids=lambda step: type(step).__name__)
def test_rates_are_floats(row, step):
    assert type(row.make()(step)) is float


def through(layer, shapes, dtype="float64"):
    """A network of a layer, and nothing else; its inputs have these shapes."""
    nodes = [Input(shape) for shape in shapes]
    return Network(inputs=nodes, outputs=layer(nodes if len(nodes) > 1 else nodes[0]), rng=0, dtype=dtype)


#: Every layer and merge, with the shapes of its inputs.
ALL = [(row, row.shapes[:1]) for row in LAYER_ROWS] + [(row, row.shapes) for row in MERGES]


def over_layers(cases):
    ids = [row.name or repr(row.make()) for row, _ in cases]
    return pytest.mark.parametrize(("row", "shapes"), cases, ids=ids)


EVERY_LAYER = over_layers(ALL)
LAYERS_BEHIND_OTHERS = over_layers([case for case in ALL if not isinstance(case[0].make(), InputLayer)])


def rows_for(row, shapes, dtype=float):
    rng = np.random.default_rng(0)
    draw = getattr(row, "draw", lambda rng, shape: rng.normal(size=shape))
    x = [np.asarray(draw(rng, (6, *shape)), dtype) for shape in shapes]
    return x if len(x) > 1 else x[0]


@DTYPES
@EVERY_LAYER
def test_layers_keep_the_type_of_their_network(row, shapes, dtype):
    """Forwards and backwards, in training and in inference, weights and their gradients."""
    layer = row.make()
    if isinstance(layer, InputLayer):
        net = Network([layer], dtype=np.dtype(dtype).name)
    else:
        net = through(layer, shapes, np.dtype(dtype).name)
    x = rows_for(row, shapes, dtype)
    listed = x if isinstance(x, list) else [x]
    found = [net(x), net.predict(x), *net.get_weights()]
    for training in (True, False):
        y = net.forward(x, training=training)
        dx = net.backward(np.ones_like(y))
        found += [y, *(dx if isinstance(dx, list) else [dx]), net.gradient]
    assert {a.dtype for a in found} == {np.dtype(dtype)}
    assert len(listed) == len(shapes)


# --- Sums ---------------------------------------------------------------------------------------------------


def test_the_mean_of_ten_million_values_in_single_precision():
    """Of a loss and of a metric, within one ulp of the exact sum; of batches, within that of single precision."""
    y = np.random.default_rng(0).lognormal(0, 2, (10_000_000, 1)).astype(np.float32)
    t = np.zeros_like(y)
    right = math.fsum(y.ravel().tolist()) / len(y)
    for function in (losses.MeanAbsoluteError(), metrics.MeanAbsoluteError()):
        assert abs(function(t, y) - right) <= np.spacing(right)
    net = Network([Activation("linear", input_dim=1)], dtype="float32")
    net.compile("sgd", "mae")
    for size in (1000, 4096, 999_983):
        value = net.evaluate(y, t, batch_size=size)
        assert abs(value - right) <= np.spacing(np.float32(right)) / 16


@over([row for row in LOSSES if row.ignored is None])  # else each batch has its own number of rows that count
def test_the_loss_of_evaluate_does_not_depend_on_how_batches_fall(row):
    """With the default reduction, weighted or not, to 1e-15."""
    t, y = row.draw(3, (211, 3))
    net = Network([Activation("linear", input_dim=3)], rng=0)
    net.compile("sgd", row.make())
    weight = np.random.default_rng(0).uniform(0.1, 2.0, 211)
    size_of_values = np.abs(row.make(reduction="none")(t, y)).mean()  # cosines cancel one another
    for given in (None, weight):
        right = net.evaluate(y, t, sample_weight=given)
        for size in (1, 2, 7, 32, 100, 210):
            value = net.evaluate(y, t, batch_size=size, sample_weight=given)
            assert value == pytest.approx(right, rel=0, abs=1e-15 * size_of_values)


def moments(numbers):
    """Mean and variance, in exact arithmetic."""
    exact = [Decimal(float(v)) for v in numbers]
    mean = sum(exact) / len(exact)
    return float(mean), float(sum((v - mean) ** 2 for v in exact) / len(exact))


LARGE_MEANS = {
    "batch": lambda x: Network([BatchNormalization(momentum=0.0, input_dim=3, epsilon=1e-300)]),
    "row": lambda x: Network([LayerNormalization(axis=1, epsilon=1e-300, input_shape=(400, 3))]),
    "learned before": lambda x: Network([Normalization(input_dim=3)]),
}


@pytest.mark.parametrize("kind", LARGE_MEANS)
def test_variances_of_large_means_keep_their_digits(kind):
    """Mean 1e8, deviation 1: the standardised numbers tell the variance, right to 1e-7."""
    x = 1e8 + np.random.default_rng(0).normal(size=(400, 3))
    net = LARGE_MEANS[kind](x)
    if kind == "learned before":
        net.layers[0].adapt(x)
    y = net.forward(x[None] if kind == "row" else x, training=True)
    y = y[0] if kind == "row" else y
    for a, b in zip(x.T, y.T, strict=True):
        _, variance = moments(a)
        assert ((a.max() - a.min()) / (b.max() - b.min())) ** 2 == pytest.approx(variance, rel=1e-7)
        assert b.mean() == pytest.approx(0.0, abs=1e-7)


# --- Kinks --------------------------------------------------------------------------------------------------

KINKS = [
    ("relu", 0.0, 0.0), ("leaky_relu", 0.0, 0.2), ("elu", 0.0, 1.0), ("relu6", 0.0, 0.0), ("relu6", 6.0, 0.0),
    ("hard_tanh", 1.0, 0.0), ("hard_tanh", -1.0, 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "x", "slope"), KINKS)
@DTYPES
def test_derivatives_at_kinks_are_those_of_keras_and_pytorch(name, x, slope, dtype):
    """Of the activation, and of a network that ends in it."""
    f = activation_functions.get(name)
    assert f.derivative(np.array([x], dtype)) == dtype(slope)
    net = Network([Activation(name, input_dim=1)], dtype=np.dtype(dtype).name)
    net.forward([[x]])
    assert net.backward([[1.0]])[0, 0] == dtype(slope)


def test_the_slope_of_a_size_at_0_is_0():
    for loss in (losses.MeanAbsoluteError(), losses.MeanAbsolutePercentageError()):
        assert loss.value_and_gradient([[2.0]], [[2.0]])[1] == 0
    for row in REGULARIZERS:
        assert not row.make().value_and_gradient(np.zeros(row.shapes[0]))[1].any()


# --- What does not move -------------------------------------------------------------------------------------

TAILS = {
    "decay": {"weight_decay": 0.3},
    "everything": {
        "weight_decay": 0.3, "clipnorm": 0.5, "use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 3,
        "gradient_accumulation_steps": 2,
    },
}  # fmt: skip


def graph(optimizer):
    """A layer that is called twice, one in a branch, a normalization and a nested network that is called twice."""
    a, b = Input((4,)), Input((4,))
    shared = Dense(4, "tanh", name="shared", kernel_regularizer="l2", kernel_constraint="unit_norm")
    inner = Network(
        inputs=(i := Input((4,))), outputs=PReLU()(Dense(4, bias_regularizer="l1")(i)), name="inner"
    )
    branch = BatchNormalization(name="normal")(Dense(4, name="branch", activity_regularizer="l2")(shared(a)))
    joined = Concatenate()([Add()([branch, shared(b)]), inner(shared(b)), inner(a)])
    net = Network(
        inputs=[a, b], outputs=[Dense(2, name="first")(joined), Dense(1, name="second")(branch)], rng=0
    )
    net.compile(optimizer, "mse")
    net.parameters = np.random.default_rng(1).normal(size=net.n_parameters)
    return net


@over([row for row in OPTIMIZERS if isinstance(row.make, type)])
@pytest.mark.parametrize("tail", TAILS.values(), ids=TAILS)
@pytest.mark.parametrize(
    "names", [["shared"], ["branch", "normal"], ["inner"], ["shared", "inner", "second"]], ids=" ".join
)
def test_frozen_layers_of_a_graph_do_not_move(row, tail, names):
    """Neither plainly nor from memory, nor by what the optimizer gathered before; all others move."""
    rng = np.random.default_rng(0)
    x, y = [rng.normal(size=(12, 4)) for _ in range(2)], [rng.normal(size=(12, k)) for k in (2, 1)]
    net = graph(row.make(learning_rate=0.01, **tail))
    net.fit(x, y, batch_size=3, epochs=2, verbose=0)
    for name in names:
        net.get_layer(name).trainable = False
    frozen = [w.copy() for name in names for w in net.get_layer(name).weights]
    free = [w.copy() for w in net.trainable_weights]
    net.fit(x, y, batch_size=3, epochs=6, verbose=0)
    net.train_on_batch(x, y)
    for w, before in zip((w for name in names for w in net.get_layer(name).weights), frozen, strict=True):
        np.testing.assert_array_equal(w, before)
    assert all(np.any(w != before) for w, before in zip(net.trainable_weights, free, strict=True))


@over([row for row in REGULARIZERS if (5,) in row.shapes])
def test_penalties_are_in_the_gradient_wherever_they_stand(row):
    """On kernels, biases, outputs, slopes and gains, of a layer that is called twice too."""
    a = Input((3,))
    everywhere = {
        "kernel_regularizer": row.make(),
        "bias_regularizer": row.make(),
        "activity_regularizer": row.make(),
    }
    shared = Dense(3, "tanh", **everywhere)
    normal = LayerNormalization(beta_regularizer=row.make(), gamma_regularizer=row.make())
    joined = Add()([shared(shared(a)), PReLU(alpha_regularizer=row.make())(normal(a))])
    net = Network(inputs=a, outputs=Dense(2, **everywhere)(joined), rng=0)
    net.compile("sgd", "mse")
    rng = np.random.default_rng(2)
    net.parameters = rng.normal(size=net.n_parameters)
    check_gradients(net, rng.normal(size=(5, 3)), rng.normal(size=(5, 2)))


@LAYERS_BEHIND_OTHERS
@pytest.mark.parametrize("training", [False, True])
def test_value_and_gradient_leaves_no_trace(row, shapes, training):
    """Moving averages, seeded generators and that of the network are as they were, and its answer is repeatable."""
    a = Input((3,))
    if getattr(row, "below", None) is not None:
        a = Input(shapes[0])
        parts = [a]
    else:
        parts = [Reshape(shape)(Dense(math.prod(shape))(a)) for shape in shapes]
    layer = row.make()
    ends = parts if len(parts) > 1 else parts[0]
    net = Network(inputs=a, outputs=Dense(2)(Flatten()(layer(ends))), rng=0)
    net.compile(optimizers.Adam(1e-3), "mse")
    rng = np.random.default_rng(0)
    x = rows_for(row, shapes) if parts == [a] else rng.normal(size=(6, 3))
    y = rng.normal(size=(6, 2))
    twin = net.copy()
    before = net.get_weights()
    answers = [net.value_and_gradient(x, y, training=training) for _ in range(2)]
    for (value, gradient), (again, other) in itertools.pairwise(answers):
        assert value == again
        np.testing.assert_array_equal(gradient, other)
    for w, kept in zip(net.get_weights(), before, strict=True):
        np.testing.assert_array_equal(w, kept)
    for one in (net, twin):
        one.fit(x, y, batch_size=4, epochs=2, verbose=0)
    for w, other in zip(net.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(w, other)


def test_shares_sum_to_1_in_layers_and_networks():
    """As the functions do (`tests/truth`): within ``(2 + log2 k) eps``, for 10,000 rows."""
    rng = np.random.default_rng(0)
    for k in (2, 10, 128):
        x = rng.normal(0, 10, (10_000, k))
        for name in ("softmax", "log_softmax", "sparsemax"):
            y = Network([Activation(name, input_dim=k)]).predict(x, batch_size=999)
            shares = (np.exp(y.astype(np.longdouble)) if name == "log_softmax" else y).astype(np.longdouble)
            assert np.abs(shares.sum(axis=1) - 1).max() <= (2 + math.log2(k)) * EPS
