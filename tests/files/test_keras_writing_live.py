"""Real Keras opens what is written here, and computes the same: every layer, loss, metric, optimizer, and random networks."""

import os
import warnings

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras", exc_type=ImportError)

from tables.activations import ACTIVATIONS
from tables.initializers import INITIALIZERS
from tables.layers import LAYER_ROWS
from tables.losses import LOSSES
from tables.merges import MERGES
from tables.metrics import METRICS
from tables.optimizers import OPTIMIZERS
from tables.penalties import CONSTRAINTS, REGULARIZERS
from tables.schedules import SCHEDULES

from mlp import Input, Network, activations, constraints, initializers, losses, metrics, optimizers, schedules
from mlp.errors import ArgumentError
from mlp.files.keras.writing.objects import KINDS
from mlp.files.keras.writing.plan import plan_of
from mlp.files.keras.writing.weights import keras_weights
from mlp.layers import (
    Activation,
    ActivityRegularization,
    Add,
    AlphaDropout,
    Average,
    BatchNormalization,
    Concatenate,
    Dense,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    LayerNormalization,
    LeakyReLU,
    Maximum,
    Multiply,
    Normalization,
    PReLU,
    Residual,
    RMSNormalization,
    Subtract,
    UnitNormalization,
)
from mlp.names import snake_case

pytestmark = [
    pytest.mark.live,
    pytest.mark.filterwarnings("default"),  # what Keras and JAX warn of among themselves is theirs
    pytest.mark.filterwarnings("error:.*(structure of|Skipping|could not be loaded|not recognized)"),
]


def opened(net, tmp_path):
    """What Keras makes of a network's file."""
    path = tmp_path / "model.keras"
    net.save(path)
    return keras.models.load_model(path)


def named(row):
    return row.name or repr(row.make())


def ready(net, rng):
    """The network with weights that are not those it began with."""
    net.set_weights([w + rng.uniform(0.1, 0.9, w.shape).astype(w.dtype) for w in net.get_weights()])
    return net


def listed(y):
    return list(y) if isinstance(y, list | tuple) else [y]


def assert_same_outputs(net, model, x, within=1e-6):
    ours, theirs = listed(net.predict(x)), listed(model.predict(x, verbose=0))
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(b, a, rtol=within, atol=within * max(1.0, np.abs(a).max(initial=0.0)))


def layer_names(layers):
    return [str(layer.name) for layer in layers]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.module)
def test_keras_has_what_is_written(kind):
    module = keras
    for part in kind.module.split(".")[1:]:
        module = getattr(module, part)
    for name in kind.registry.classes:
        theirs = snake_case(name) if kind.module == "keras.activations" else name
        assert hasattr(module, theirs) is (name not in kind.missing), name


LAYERS = [(row, shape) for row in LAYER_ROWS for shape in row.shapes]

#: What cannot be handed on, by a word of the message.
REFUSED = (
    "Keras has no activation",
    "takes no activation",
    "sparsemax",
    "along the last",
    "SignAccuracy",
    "SumSquaredError",
    "WarmUp",
    "LBFGS",
    "Rprop",
)


def opened_or_refused(net, tmp_path):
    """What Keras makes of a file; None where there can be none, and it is said why."""
    try:
        return opened(net, tmp_path)
    except ArgumentError as refused:
        said = str(refused)
    assert any(word in said for word in REFUSED)
    return None


@pytest.mark.parametrize(("row", "shape"), LAYERS, ids=lambda v: str(v) if isinstance(v, tuple) else named(v))
def test_layer(row, shape, tmp_path):
    rng = np.random.default_rng(5)
    x = Input(shape=shape)
    for net in (
        Network(inputs=x, outputs=row.make()(x), dtype="float32", rng=0),
        Network([Input(shape=shape), row.make()], dtype="float32", rng=0),
    ):
        if not net._functional:
            ready(net, rng)
        batch = row.draw(rng, (5, *shape)).astype(np.float32)
        if (model := opened_or_refused(net, tmp_path)) is not None:
            # Where means are taken away, digits are lost.
            assert_same_outputs(net, model, batch, 5e-6 if "Normalization" in named(row) else 1e-6)


@pytest.mark.parametrize("row", MERGES, ids=named)
def test_merge(row, tmp_path):
    rng = np.random.default_rng(5)
    inputs = [Input(shape=shape) for shape in row.shapes]
    net = Network(inputs=inputs, outputs=row.make()(inputs), dtype="float32")
    batch = [rng.normal(size=(6, *shape)).astype(np.float32) for shape in row.shapes]
    assert_same_outputs(net, opened(net, tmp_path), batch)


@pytest.mark.parametrize("row", ACTIVATIONS, ids=named)
def test_activation_of_a_layer(row, tmp_path):
    net = Network([Dense(6, row.make(), input_dim=3), Dense(2)], dtype="float32", rng=3)
    if (model := opened_or_refused(net, tmp_path)) is not None:
        assert_same_outputs(net, model, np.random.default_rng(1).normal(size=(8, 3)).astype(np.float32))


def assert_same_evaluation(net, model, x, y, within=1e-5, **options):
    ours = net.evaluate(x, y, return_dict=True, **options)
    theirs = model.evaluate(x, y, batch_size=1000, verbose=0, return_dict=True, **options)
    assert theirs.keys() == ours.keys()
    for name, value in ours.items():
        np.testing.assert_allclose(theirs[name], value, rtol=within, atol=1e-6, err_msg=name)


def passing(y, t, optimizer="sgd", **settings):
    """A network whose outputs are its inputs ``y``."""
    net = Network(
        [Dense(y.shape[-1], kernel_initializer="identity", input_shape=y.shape[1:])], dtype="float32"
    )
    net.compile(optimizer, **settings)
    return net, y.astype(np.float32), t.astype(np.float32)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum"])
@pytest.mark.parametrize("row", LOSSES, ids=lambda row: row.name or repr(row.make(reduction="sum")))
def test_loss(row, reduction, tmp_path):
    t, y = row.draw(3, (7, 3))
    net, y, t = passing(y, t, loss=row.make(reduction=reduction))
    if (model := opened_or_refused(net, tmp_path)) is not None:
        assert_same_evaluation(net, model, y, t)


@pytest.mark.parametrize("row", METRICS, ids=named)
def test_metric(row, tmp_path):
    t, y = row.draw(4)
    # A loss of one's own weight nothing, whose targets may be anything.
    net, y, t = passing(
        y, t, loss="sparse_categorical_crossentropy" if t.ndim == 1 else "mse", metrics=[row.make()]
    )
    if (model := opened_or_refused(net, tmp_path)) is not None:
        theirs = model.evaluate(y, t, verbose=0)[1]
        ours = row.result(t, y)
        # Of several numbers, Keras gives all or their mean.
        np.testing.assert_allclose(theirs, ours if np.ndim(theirs) else np.mean(ours), rtol=1e-5, atol=1e-6)


def regression(rng, shape, outputs, n=24):
    x = rng.normal(size=(n, *shape)).astype(np.float32)
    flat = x.reshape(n, -1)
    return x, np.tanh(flat @ rng.normal(size=(flat.shape[1], outputs))).astype(np.float32)


def assert_trains_on(net, tmp_path, x, y, within=1e-5, steps=3):
    """Keras goes on with the training as we do, from the optimizer's state on."""
    model = opened(net, tmp_path)
    for _ in range(steps):
        net.train_on_batch(x, y)
        model.train_on_batch(x, y)
    ours = [weight for layer in plan_of(net).leaves() for weight in keras_weights(layer)]
    for a, b in zip(ours, model.get_weights(), strict=True):
        np.testing.assert_allclose(b, a, rtol=within, atol=within)


OPTIONS = {
    "plain": {},
    "decay": {"weight_decay": 0.01},
    "ema": {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 3},
    "accumulation": {"gradient_accumulation_steps": 3},
    "both": {"gradient_accumulation_steps": 2, "use_ema": True},
    "clipnorm": {"clipnorm": 0.1},
    "clipvalue": {"clipvalue": 0.05},
    "global_clipnorm": {"global_clipnorm": 0.1},
}


def trained(optimizer, rng, steps=4, frozen=True, **settings):
    """A network some steps into a training."""
    layers = [
        Dense(4, "tanh", input_dim=3),
        Dense(3, "tanh", trainable=not frozen),
        BatchNormalization(),
        Dense(2),
    ]
    net = Network(layers, dtype="float32", rng=1)
    x, y = regression(rng, (3,), 2)
    net.compile(optimizer, "mse", **settings)
    for _ in range(steps):
        net.train_on_batch(x, y)
    return net, x, y


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("row", OPTIMIZERS, ids=named)
def test_training_goes_on(row, options, tmp_path):
    if options and (
        row.make().weight_decay
        or type(row.make()).__name__ in [type(r.make()).__name__ for r in OPTIMIZERS[: OPTIMIZERS.index(row)]]
    ):
        pytest.skip("every class with every option once")
    net, x, y = trained(row.make(learning_rate=0.01, **options), np.random.default_rng(0))
    if opened_or_refused(net, tmp_path) is not None:
        assert_trains_on(net, tmp_path, x, y)


@pytest.mark.parametrize("steps", [0, 5])
@pytest.mark.parametrize("row", SCHEDULES, ids=named)
def test_schedule(row, steps, tmp_path):
    net, x, y = trained(optimizers.Adam(row.make()), np.random.default_rng(0), steps)
    if opened_or_refused(net, tmp_path) is not None:
        assert_trains_on(net, tmp_path, x, y, steps=1)


@pytest.mark.parametrize("row", INITIALIZERS, ids=lambda row: row.name or repr(row.make()))
def test_initializer(row, tmp_path):
    net = Network(
        [Dense(row.shape[1], kernel_initializer=row.make(), input_dim=row.shape[0])], dtype="float32"
    )
    model = opened(net, tmp_path)
    theirs = model.layers[0].kernel_initializer.get_config()
    assert {**row.make().get_config(), **theirs} == {**theirs, **row.make().get_config()}


@pytest.mark.parametrize("row", [*REGULARIZERS, *CONSTRAINTS], ids=named)
def test_penalty_or_constraint(row, tmp_path):
    kind = "constraint" if row in CONSTRAINTS else "regularizer"
    net = Network(
        [Dense(3, "tanh", input_dim=3, **{f"kernel_{kind}": row.make()}), Dense(2)], dtype="float32", rng=1
    )
    x, y = regression(np.random.default_rng(0), (3,), 2)
    net.compile(optimizers.SGD(0.1), "mse")
    assert_same_evaluation(net, opened(net, tmp_path), x, y)
    assert_trains_on(net, tmp_path, x, y, steps=1)


class Drawn:
    """A random network with data, all from one seed."""

    WIDTH = 4

    def __init__(self, seed):
        self.rng = np.random.default_rng([seed, 7])
        self.dtype = str(self.rng.choice(["float32", "float32", "float64"]))
        if self.rng.random() < 0.4:
            self.net = Network(
                [Dense(self.WIDTH, input_dim=3), *(self.layer() for _ in range(4)), Dense(2)],
                dtype=self.dtype,
                rng=seed,
                name=self.pick(None, "chain"),
            )
        else:
            self.net = self.graph(seed)
        self.n_inputs = len(self.net.input_layers) if self.net._functional else 1
        sizes = [s[1:] for s in (self.net.input_shape if self.net.takes_several else [self.net.input_shape])]
        self.x = [self.rng.normal(size=(12, *size)).astype(self.dtype) for size in sizes]
        self.compile()

    def pick(self, *choices):
        return choices[self.rng.integers(len(choices))]

    def layer(self, depth=0):
        """A layer that keeps the shape."""
        width = self.WIDTH
        trainable = bool(self.rng.random() < 0.8)
        free = trainable and depth == 0
        makers = [
            lambda: Dense(
                width,
                self.pick("relu", "tanh", "gelu", activations.LeakyRelu(0.1), activations.Elu(0.5), "mish"),
                kernel_initializer=self.pick(
                    "he_normal", initializers.RandomNormal(stddev=0.3), initializers.Orthogonal()
                ),
                # Keras leaves out the penalties of what is frozen.
                kernel_regularizer=self.pick(None, "l2", "l1l2") if free else None,
                bias_regularizer=self.pick(None, "l1") if free else None,
                kernel_constraint=self.pick(None, constraints.MaxNorm(3.0), "unit_norm"),
                use_bias=self.pick(True, False),
                trainable=trainable,
                name=self.pick(None, None, f"own{self.rng.integers(10**9)}"),
            ),
            lambda: BatchNormalization(trainable=trainable),
            lambda: BatchNormalization(center=False, momentum=0.5),
            lambda: LayerNormalization(scale=self.pick(True, False)),
            lambda: RMSNormalization(),
            lambda: UnitNormalization(),
            lambda: Normalization(mean=0.5, variance=[1.0, 2.0, 3.0, 4.0]),
            lambda: PReLU("uniform"),
            lambda: LeakyReLU(),
            lambda: Activation(self.pick("silu", "softsign", activations.Relu(max_value=2.0))),
            lambda: ActivityRegularization(l2=0.01),
            lambda: Dropout(0.0),
            lambda: GaussianNoise(0.0, seed=3),
            lambda: AlphaDropout(0.0),
            lambda: GaussianDropout(0.0),
            lambda: Residual(self.layer(depth + 1), trainable=trainable),
            lambda: Network(
                [Dense(5, input_dim=width), Residual(Dense(5)), Dense(width)], trainable=trainable
            ),
            lambda: Network(
                [Dense(width, input_dim=width), self.layer(depth + 1) if depth < 2 else Dense(width)]
            ),
            lambda: self.inner_graph(),
        ]
        return self.pick(*makers)()

    def inner_graph(self):
        x = Input(shape=(self.WIDTH,))
        a = Dense(self.WIDTH, "tanh", trainable=bool(self.rng.random() < 0.8))
        return Network(inputs=x, outputs=Add()([a(x), a(Dense(self.WIDTH)(x))]))

    def graph(self, seed):
        """Several inputs, some of them alike, shared layers, merges, several outputs."""
        inputs = [
            Input(shape=(self.WIDTH,), name=self.pick(None, None, f"in{i}"))
            for i in range(self.rng.integers(1, 4))
        ]
        values, layers = list(inputs), []
        unused = set(range(len(values)))
        for _ in range(self.rng.integers(3, 9)):
            if layers and self.rng.random() < 0.25:
                layer, i = self.pick(*layers), int(self.rng.integers(len(values)))
                made, taken = layer(values[i]), [i]
            elif len(values) > 1 and self.rng.random() < 0.4:
                taken = [int(i) for i in self.rng.choice(len(values), 2, replace=False)]
                merge = self.pick(Add, Subtract, Multiply, Average, Maximum)()
                made = merge([values[i] for i in taken])
            else:
                layer, i = self.layer(), int(self.rng.integers(len(values)))
                # Keras counts the activity penalty of a layer's last call alone.
                if not any(isinstance(one, ActivityRegularization) for one in layer.walk()):
                    layers.append(layer)
                made, taken = layer(values[i]), [i]
            unused -= set(taken)
            values.append(made)
            unused.add(len(values) - 1)
        ends = [values[i] for i in sorted(unused)]
        joined = ends[0] if len(ends) == 1 else Concatenate()(ends)
        outputs = [
            Dense(self.pick(1, 2), name=self.pick(None, f"out{i}"))(joined)
            for i in range(self.rng.integers(1, 3))
        ]
        if self.rng.random() < 0.3:
            outputs.append(Network([Dense(3, input_dim=2), Dense(2)])(Dense(2)(joined)))
        return Network(inputs=inputs, outputs=outputs, dtype=self.dtype, rng=seed)

    def compile(self):
        outputs = self.net.n_outputs
        makers = [lambda: "mse", lambda: losses.Huber(0.5), lambda: "log_cosh", lambda: "mae"]
        found = [self.pick(*makers)() for _ in range(outputs)]
        judges = [
            self.pick(
                None,
                ["mae"],
                [metrics.RootMeanSquaredError(), "mse"],
                [metrics.MeanSquaredError(name="own")],
            )
            for _ in range(outputs)
        ]
        weighted = [self.pick(None, ["mae"]) for _ in range(outputs)]
        # Behind a normalization the gradient of a bias is rounding alone, of which a small epsilon makes large steps.
        optimizer = self.pick(
            optimizers.Adam(0.01, epsilon=0.01, amsgrad=True),
            optimizers.SGD(0.01, momentum=0.9),
            optimizers.RMSprop(0.01, epsilon=0.01, centered=True),
            optimizers.AdamW(schedules.CosineDecay(0.01, 100), epsilon=0.01),
            optimizers.Nadam(0.01, epsilon=0.01),
        )
        one = outputs == 1
        weights = None if self.rng.random() < 0.5 else [0.5] * outputs
        self.net.compile(
            optimizer,
            found[0] if one else found,
            loss_weights=weights,
            metrics=judges[0] if one else judges,
            weighted_metrics=weighted[0] if one else weighted,
        )
        self.y = [
            np.tanh(self.rng.normal(size=(12, *layer[1:]))).astype(self.dtype)
            for layer in (self.net.output_shape if not one else [self.net.output_shape])
        ]


def alone(values):
    return values[0] if len(values) == 1 else values


@pytest.mark.parametrize("seed", range(40))
def test_random_network(seed, tmp_path):
    drawn = Drawn(seed)
    net, x, y = drawn.net, alone(drawn.x), alone(drawn.y)
    for _ in range(2):
        net.train_on_batch(x, y)
    model = opened(net, tmp_path)
    assert_same_outputs(net, model, x, within=1e-5)
    assert_same_evaluation(net, model, x, y)
    assert_trains_on(net, tmp_path, x, y, within=1e-4, steps=1)


def test_weights_are_taken_by_load_weights(tmp_path):
    net = Network(
        [Dense(3, "tanh", input_dim=4), Residual(BatchNormalization()), Dense(2)], dtype="float32", rng=1
    )
    ready(net, np.random.default_rng(0))
    net.save_weights(tmp_path / "net.weights.h5")
    model = opened(
        Network([Dense(3, "tanh", input_dim=4), Residual(BatchNormalization()), Dense(2)], dtype="float32"),
        tmp_path,
    )
    model.load_weights(tmp_path / "net.weights.h5")
    assert_same_outputs(net, model, np.random.default_rng(1).normal(size=(5, 4)).astype(np.float32))


def test_names_are_ours(tmp_path):
    net = Network(
        [Dense(3, name="one", input_dim=4), Network([Dense(2, name="deep", input_dim=3)], name="two")],
        name="all",
    )
    model = opened(net, tmp_path)
    assert model.name == "all"
    assert layer_names(model.layers) == ["one", "two"]
    assert layer_names(model.get_layer("two").layers) == ["deep"]


@pytest.mark.parametrize("seed", range(0, 40, 5))
def test_in_memory_it_is_the_same_model(seed, tmp_path):
    drawn = Drawn(seed)
    net, x, y = drawn.net, alone(drawn.x), alone(drawn.y)
    net.train_on_batch(x, y)
    model, from_file = net.to_keras(), opened(net, tmp_path)
    assert model.to_json() == from_file.to_json()
    for ours, theirs in (
        (model.weights, from_file.weights),
        (model.optimizer.variables, from_file.optimizer.variables),
    ):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(np.array(a), np.array(b))
    assert_same_outputs(net, model, x, within=1e-5)
