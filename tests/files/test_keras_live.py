"""Random models of the Keras that is installed: saved, read here, and trained on, here and there."""

from __future__ import annotations

import os

import numpy as np
import pytest

import mlp
from mlp import files
from mlp.exchange.from_keras import from_keras
from mlp.files.keras.reading.config import typed

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")
pytest.importorskip("h5py")

pytestmark = [pytest.mark.live, pytest.mark.filterwarnings("ignore")]

ACTIVATIONS = [
    "celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu", "linear",
    "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus",
    "softsign", "sparse_plus", "sparse_sigmoid", "squareplus", "tanh",
]  # fmt: skip

OPTIMIZERS = {
    "sgd": lambda o: o.SGD(0.01),
    "momentum": lambda o: o.SGD(0.01, momentum=0.9, nesterov=True),
    "rmsprop": lambda o: o.RMSprop(0.001, momentum=0.5, centered=True),
    "adam": lambda o: o.Adam(o.schedules.ExponentialDecay(0.01, 2, 0.5)),
    "amsgrad": lambda o: o.Adam(0.01, amsgrad=True, clipnorm=0.5),
    "adamw": lambda o: o.AdamW(0.01, weight_decay=0.01),
    "adamax": lambda o: o.Adamax(0.01, use_ema=True, ema_momentum=0.9),
    "nadam": lambda o: o.Nadam(0.01),
    "adagrad": lambda o: o.Adagrad(0.01, global_clipnorm=0.7),
    "adadelta": lambda o: o.Adadelta(0.5),
    "ftrl": lambda o: o.Ftrl(0.01, l1_regularization_strength=0.01),
    "lamb": lambda o: o.Lamb(0.01),
}
LOSSES = ["mse", "mae", "huber", "log_cosh"]


class Drawing:
    """Random choices, and layers of Keras made by them."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.layers = keras.layers

    def one_of(self, *choices):
        return choices[self.rng.integers(len(choices))]

    def dense(self, units=None, **more):
        units = units or int(self.rng.integers(1, 6))
        rules = {
            "kernel_regularizer": self.one_of(None, "l2", keras.regularizers.L1L2(0.01, 0.02)),
            "kernel_constraint": self.one_of(None, keras.constraints.MaxNorm(1.5)),
            # Of a layer that is called twice Keras counts the last call alone.
            "activity_regularizer": self.one_of(None, None if more else keras.regularizers.L2(0.01)),
            "bias_initializer": self.one_of("zeros", "random_normal"),
        }
        return self.layers.Dense(
            units,
            activation=self.one_of(None, *ACTIVATIONS),
            use_bias=bool(self.rng.integers(4)),
            **rules,
            **more,
        )

    def simple(self):
        """A layer that keeps the shape of vectors."""
        layers = self.layers
        return self.one_of(
            lambda: layers.Activation(self.one_of(*ACTIVATIONS)),
            lambda: layers.BatchNormalization(
                momentum=0.8, center=bool(self.rng.integers(2)), scale=bool(self.rng.integers(2))
            ),
            lambda: layers.LayerNormalization(epsilon=0.01, center=bool(self.rng.integers(2))),
            lambda: layers.RMSNormalization(),
            lambda: layers.UnitNormalization(),
            lambda: layers.PReLU(alpha_initializer="random_normal"),
            lambda: layers.LeakyReLU(negative_slope=0.1),
            lambda: layers.ReLU(max_value=2.0, negative_slope=0.1),
            lambda: layers.ELU(alpha=0.5),
            lambda: layers.Softmax(),
            lambda: layers.ActivityRegularization(l1=0.01),
            lambda: layers.Rescaling(0.5, offset=0.1),
            lambda: layers.Identity(),
            lambda: layers.Normalization(mean=[0.1], variance=[2.0]),
            self.dense,
        )()  # fmt: skip

    def noise(self):
        """A layer that does something in training alone."""
        layers = self.layers
        return self.one_of(
            lambda: layers.Dropout(0.3, seed=3),
            lambda: layers.Dropout(0.0),
            lambda: layers.GaussianNoise(0.1),
            lambda: layers.GaussianDropout(0.2),
            lambda: layers.AlphaDropout(0.2),
        )()

    def shaped(self):
        """Layers that make vectors of vectors in other shapes."""
        layers = self.layers
        return self.one_of(
            lambda: [layers.Dense(6), layers.Reshape((2, 3)), layers.Permute((2, 1)), layers.Flatten()],
            lambda: [
                layers.RepeatVector(2),
                layers.PReLU(shared_axes=[1]),
                layers.Dense(2),
                layers.Flatten(),
            ],
            lambda: [layers.Dense(4), layers.Reshape((2, 2)), layers.Softmax(axis=1), layers.Flatten()],
        )()

    def chain(self, length, quiet=True):
        layers = []
        for _ in range(length):
            layers += self.shaped() if self.rng.random() < 0.2 else [self.simple()]
            if not quiet and self.rng.random() < 0.4:
                layers.append(self.noise())
        return layers

    def model(self, kind, quiet):
        """A model, and how many features its inputs have."""
        n = int(self.rng.integers(2, 5))
        if kind == "sequential":
            return keras.Sequential([keras.Input((n,)), *self.chain(4, quiet), self.dense(2)]), [n]
        if kind == "nested":
            inner = keras.Sequential([keras.Input((n,)), *self.chain(2, quiet), self.dense(3)], name="inner")
            x = keras.Input((3,))
            graph = keras.Model(x, self.layers.Add()([self.dense(3)(x), x]), name="graph")
            graph.trainable = bool(self.rng.integers(3))
            return keras.Sequential([keras.Input((n,)), self.dense(n), inner, graph, self.dense(2)]), [n]
        a, b = keras.Input((n,), name="a"), keras.Input((3,), name="b")
        p = self.dense(4)(a)
        for layer in self.chain(2, quiet):
            p = layer(p)
        shared = self.dense(4, name="shared", trainable=bool(self.rng.integers(3)))
        p, q = shared(self.dense(3)(p)), shared(b)
        merges = [
            self.layers.Add,
            self.layers.Subtract,
            self.layers.Multiply,
            self.layers.Average,
            self.layers.Maximum,
        ]
        merges += [self.layers.Minimum, self.layers.Concatenate]
        parts = [self.one_of(*merges)()([p, q]), self.layers.Dot(axes=1, normalize=True)([p, q]), 2.0 * p - q]
        joined = self.layers.Concatenate()(parts)
        if kind == "functional":
            return keras.Model([a, b], self.dense(2)(joined)), [n, 3]
        inner = keras.Sequential([keras.Input((4,)), self.dense(2)])
        outputs = [self.dense(2, name="first")(joined), inner(p)]
        return keras.Model([a, b], outputs), [n, 3]


KINDS = ("sequential", "nested", "functional", "several")


def difference(found, wanted):
    """The largest of all outputs, relative to the largest number."""
    pairs = zip(*([one] if not isinstance(one, list) else one for one in (found, wanted)), strict=True)
    return max(float(np.abs(a - b).max() / max(np.abs(b).max(), 1e-3)) for a, b in pairs)


def case(seed):
    """A trained model with its data."""
    drawing = Drawing(seed)
    keras.utils.set_random_seed(seed)
    quiet, kind = seed % 3 != 0, KINDS[seed % len(KINDS)]
    model, features = drawing.model(kind, quiet)
    optimizer = list(OPTIMIZERS.values())[seed % len(OPTIMIZERS)](keras.optimizers)
    loss = LOSSES[seed // len(KINDS) % len(LOSSES)]
    several = kind == "several"
    model.compile(
        optimizer, [loss, "mse"] if several else loss, metrics=[["mae"], []] if several else ["mae"]
    )
    x = [drawing.rng.normal(size=(16, n)).astype("float32") for n in features]
    y = [drawing.rng.normal(size=(16, 2)).astype("float32") for _ in range(1 + several)]
    x, y = (one if len(one) > 1 else one[0] for one in (x, y))
    for _ in range(2):
        model.train_on_batch(x, y)
    return model, x, y, quiet


def in_float64(path):
    """The network of a file, which computes in float64: how far others are from it tells what rounding does."""
    description = files.describe(path)
    description.architecture = typed(description.architecture, "float64")
    state = description.optimizer_state
    if state is not None:
        state["slots"] = {name: slot.astype(float) for name, slot in state["slots"].items()}
    return files.description.build(description)


@pytest.mark.parametrize("seed", range(40))
def test_a_random_model_predicts_the_same_and_goes_on_training(seed, tmp_path):
    model, x, y, quiet = case(seed)
    model.save(tmp_path / "a.keras")
    net, handed, exact = mlp.load(tmp_path / "a.keras"), from_keras(model), in_float64(tmp_path / "a.keras")
    assert (handed.parameters == net.parameters).all()

    def is_as_near(limit):
        exactly = exact.predict(x, verbose=0)
        rounding = max(difference(one.predict(x, verbose=0), exactly) for one in (net, handed))
        assert rounding < 0.1
        assert difference(model.predict(x, verbose=0), exactly) < limit + 5 * rounding

    is_as_near(1e-6)
    if quiet:
        for one in (model, net, handed, exact):
            one.train_on_batch(x, y)
        is_as_near(1e-5)

    model.save_weights(tmp_path / "a.weights.h5")
    wanted = from_keras(model).get_weights()
    net.load_weights(tmp_path / "a.weights.h5")
    assert all((a == b).all() for a, b in zip(net.get_weights(), wanted, strict=True))
