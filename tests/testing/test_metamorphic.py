"""The metamorphic properties: they hold for every network that has them, and a planted fault breaks its own one.

Faults are planted in copies of the library's classes, never in the library. Networks come from a table, from the
registries, and from seeds.
"""

import numpy as np
import pytest
import tables
from tables import dense, example

from mlp import Network, activations, losses, optimizers
from mlp.activations import ACTIVATIONS, Relu, Softmax
from mlp.errors import ArgumentError, DataError, StateError
from mlp.layers import Activation, Dense, Dropout, Flatten, Input, Layer, Normalization, Rescaling, Residual
from mlp.losses import LOSSES, MeanSquaredError
from mlp.testing.metamorphic import (
    averaged_rows,
    equal_units,
    permuted_units,
    repeated_row,
    rescaled_units,
    shifted_logits,
)
from mlp.testing.report import GradientError

N, N_IN = 5, 3
X = np.random.default_rng(0).normal(size=(N, N_IN))
TARGETS = {
    "real": lambda rng, n, k: rng.normal(size=(n, k)),
    "sign": lambda rng, n, k: rng.choice([-1.0, 1.0], (n, k)),
    "binary": lambda rng, n, k: rng.choice([0.0, 1.0], (n, k)),
    "positive": lambda rng, n, k: rng.uniform(0.1, 0.9, (n, k)),
    "one-hot": lambda rng, n, k: np.eye(k)[rng.integers(k, size=n)],
    "index": lambda rng, n, k: rng.integers(k, size=n),
}
LAST = {"binary": "sigmoid", "positive": "sigmoid", "one-hot": "softmax", "index": "softmax"}


def targets(loss, n=N, k=2, seed=0):
    return TARGETS[loss.targets](np.random.default_rng(seed), n, k)


def built(*layers, loss=None, optimizer="sgd", rng=0):
    net = Network([Input((N_IN,)), *layers], rng=rng)
    if loss is not None:
        net.compile(optimizer, loss)
    return net


def mse(reduction="sum_over_batch_size"):
    return MeanSquaredError(reduction=reduction)


Y = targets(mse())


def two(activation="tanh", **kwargs):
    return [Dense(4, activation=activation, **kwargs), Dense(2)]


# --- They hold ----------------------------------------------------------------------------------------------

PAIRS = {  # layers, and the pairs that are found in them
    "dense": (lambda: two(), ["dense and dense_1"]),
    "three": (lambda: [Dense(3, "relu"), *two()], ["dense and dense_1", "dense_1 and dense_2"]),
    "without bias": (lambda: [Dense(4, "tanh", use_bias=False), Dense(2)], ["dense and dense_1"]),
    "activation layer": (lambda: [Dense(4), Activation("gelu"), Dense(2)], ["dense and dense_1"]),
    "dropout": (lambda: [Dense(4, "elu"), Dropout(0.5), Dense(2)], ["dense and dense_1"]),
    "rescaling": (lambda: [Dense(4, "elu"), Rescaling(0.5, 1.0), Dense(2)], ["dense and dense_1"]),
    "flatten": (lambda: [Dense(4, "elu"), Flatten(), Dense(2)], ["dense and dense_1"]),
    "nested": (
        lambda: [
            Network([Dense(4, "tanh", input_dim=N_IN, name="a")]),
            Network([Dense(2, input_dim=4, name="b")]),
        ],
        ["network/a and network_1/b"],
    ),
    "residual": (
        lambda: [Residual(Network([Dense(4, "tanh", input_dim=N_IN), Dense(N_IN)])), Dense(2)],
        ["residual/network/dense and residual/network/dense_1"],
    ),
    "penalties": (lambda: two(kernel_regularizer="l1", activity_regularizer="l2"), ["dense and dense_1"]),
}


@pytest.mark.parametrize(("layers", "pairs"), PAIRS.values(), ids=PAIRS)
def test_pairs_of_layers_are_found(layers, pairs):
    net = built(*layers(), loss="mse")
    assert list(permuted_units(net, X).results) == pairs
    assert list(equal_units(net, X, Y).results) == [f"{p}: {rule}" for p in pairs for rule in ("SGD", "Adam")]


def test_rows_along_more_axes():
    net = Network([Input((2, N_IN)), *two("relu")], rng=0)
    x = np.random.default_rng(1).normal(size=(4, 2, N_IN))
    assert permuted_units(net, x).error <= 1e-14
    assert rescaled_units(net, x).error == 0.0


COUPLED = {type(row.make()).__name__ for row in tables.ACTIVATIONS if row.couples}


@pytest.mark.parametrize("name", ACTIVATIONS.classes)
def test_every_activation_lets_units_change_places_or_says_that_it_couples_them(name):
    net = built(dense(4, name), Dense(2), loss="mse")
    if name in COUPLED:
        for check in (lambda: permuted_units(net, X), lambda: equal_units(net, X, Y)):
            with pytest.raises(ArgumentError, match="only elementwise layers between them"):
                check()
    else:
        assert permuted_units(net, X).error <= 1e-13
        assert equal_units(net, X, Y).error <= 1e-13


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", Relu(negative_slope=0.3)])
@pytest.mark.parametrize("shape", ["inside", "outside"])
def test_rectifiers_scale(activation, shape):
    inside = [Dense(4, activation), Dropout(0.5), Dense(2)]
    outside = [Dense(4), Activation(activation), Dense(2)]
    # Powers of two: scaling rounds nothing.
    assert rescaled_units(built(*(inside if shape == "inside" else outside)), X).error == 0.0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LOSSES.classes)
@pytest.mark.parametrize("reduction", ["sum", "mean", "sum_over_batch_size", "mean_with_sample_weight"])
def test_rows_for_every_loss(name, reduction, dtype):
    loss = LOSSES.classes[name](reduction=reduction)
    net = Network([Dense(4, "tanh", input_dim=N_IN), Dense(2, LAST.get(loss.targets))], dtype=dtype, rng=0)
    net.compile("sgd", loss)
    y = targets(loss)
    assert averaged_rows(net, X, y).error <= 1e-13
    assert averaged_rows(net, X, y, sample_weight=[0.0, 1.0, 2.0, 0.5, 0.0]).error <= 1e-13
    if reduction in ("sum", "mean_with_sample_weight"):
        assert repeated_row(net, X, y).error <= 1e-13
    else:
        with pytest.raises(ArgumentError, match=r'divides by the number of rows: use .*reduction="sum"'):
            repeated_row(net, X, y)


@pytest.mark.parametrize("reduction", ["sum", "mean", "mean_with_sample_weight"])
def test_rows_that_do_not_count(reduction):
    loss = losses.SparseCategoricalCrossentropy(ignore_class=-1, reduction=reduction)
    net = Network([Dense(3, "softmax", input_shape=(2, N_IN))], rng=0)
    net.compile("sgd", loss)
    x = np.random.default_rng(1).normal(size=(4, 2, N_IN))
    assert averaged_rows(net, x, [[0, -1], [1, 2], [-1, -1], [2, 0]]).error <= 1e-14


def test_penalties_are_left_out():
    layers = two(kernel_regularizer="l1", activity_regularizer="l2", bias_regularizer="l2")
    net = built(*layers, loss=mse("sum"))
    assert averaged_rows(net, X, Y).error <= 1e-14
    assert repeated_row(net, X, Y).error <= 1e-14
    soft = built(Dense(3, "softmax", kernel_regularizer="l2", bias_regularizer="l2"), loss="mse")
    assert shifted_logits(soft, X, targets(soft.loss, k=3)).error <= 1e-11


LOGITS = {
    "dense": (lambda: [Dense(3, "softmax")], "categorical_crossentropy", ["dense"]),
    "without bias": (lambda: [Dense(3, "softmax", use_bias=False)], "categorical_crossentropy", ["dense"]),
    "activation": (lambda: [Dense(3), Activation("softmax")], "categorical_crossentropy", ["activation"]),
    "hidden": (lambda: [Dense(4, "softmax"), Dense(3)], "mse", ["dense"]),
    "two": (lambda: [Dense(4, "softmax"), Dense(3, "softmax")], "mse", ["dense", "dense_1"]),
    "nested": (
        lambda: [Residual(Network([Dense(3, input_dim=N_IN), Activation("softmax")])), Dense(3)],
        "mse",
        ["residual/network/activation"],
    ),
    "loss": (lambda: [Dense(3)], losses.CategoricalCrossentropy(from_logits=True), ["the loss"]),
}


@pytest.mark.parametrize(("layers", "loss", "found"), LOGITS.values(), ids=LOGITS)
def test_every_softmax_is_found(layers, loss, found):
    net = built(*layers(), loss=loss)
    report = shifted_logits(net, X, targets(net.loss, k=3))
    assert list(dict.fromkeys(name.split(":")[0] for name in report.results)) == found


@pytest.mark.parametrize("seed", range(12))
def test_random_networks(seed):
    rng = np.random.default_rng(seed)
    elementwise = sorted(set(ACTIVATIONS.classes) - COUPLED)
    loss = LOSSES.classes[rng.choice(list(LOSSES.classes))](reduction="sum")
    layers = []
    for _ in range(rng.integers(1, 4)):
        activation = elementwise[rng.integers(len(elementwise))]
        layers += [
            Dense(int(rng.integers(2, 7)), bias_initializer="random_normal"),
            Activation(example(activation)),
        ]
    net = built(*layers, Dense(2, LAST.get(loss.targets)), loss=loss, rng=seed)
    y = targets(loss, seed=seed)
    assert permuted_units(net, X, seed).error <= 1e-12
    assert equal_units(net, X, y, seed).error <= 1e-9
    assert averaged_rows(net, X, y, rng=seed).error <= 1e-12
    assert repeated_row(net, X, y, rng=seed).error <= 1e-12


def test_the_network_is_left_as_it_was():
    net = built(*two("relu"), loss=mse("sum"), rng=3)
    state = net.rng.bit_generator.state
    before = net.parameters.copy(), net.gradient.copy(), [*net._layers]
    x, y = X.copy(), Y.copy()
    permuted_units(net, x)
    rescaled_units(net, x)
    repeated_row(net, x, y)
    averaged_rows(net, x, y)
    equal_units(net, x, y)
    soft = built(Dense(4), Activation("softmax"), loss="mse")
    kept = [*soft._layers]
    shifted_logits(soft, x)
    assert soft._layers == kept
    assert (net.parameters == before[0]).all()
    assert (net.gradient == before[1]).all()
    assert net._layers == before[2]
    assert net.rng.bit_generator.state == state
    assert net.optimizer.iterations == 0
    assert (x == X).all()
    assert (y == Y).all()


def test_one_seed_gives_one_report():
    net = built(*two(), loss="mse")
    assert permuted_units(net, X, 1) == permuted_units(net, X, 1)
    assert averaged_rows(net, X, Y, rng=1) == averaged_rows(net, X, Y, rng=1)


# --- They are refused where they do not apply ---------------------------------------------------------------

REFUSALS = {
    "one dense layer": (lambda: permuted_units(built(Dense(2)), X), "permuted_units needs two Dense"),
    "one unit": (lambda: permuted_units(built(Dense(1, "tanh"), Dense(2)), X), "at least two units"),
    "residual between": (
        lambda: permuted_units(built(Dense(4), Residual(Activation("relu")), Dense(2)), X),
        "only elementwise",
    ),
    "units told apart": (
        lambda: permuted_units(built(Dense(2), Rescaling([1.0, 2.0]), Dense(2)), X),
        "only elementwise",
    ),
    "constants between": (
        lambda: permuted_units(built(Dense(4), Normalization(), Dense(2)), X),
        "elementwise",
    ),
    "softmax between": (
        lambda: equal_units(built(Dense(4), Activation("softmax"), Dense(2), loss="mse"), X, Y),
        "only elementwise",
    ),
    "no relu": (lambda: rescaled_units(built(*two("tanh")), X), "rescaled_units needs .* relu or leaky_relu"),
    "only linear": (lambda: rescaled_units(built(*two(None)), X), "none such"),
    "relu with a top": (lambda: rescaled_units(built(*two(Relu(max_value=6.0))), X), "max_value"),
    "no softmax": (lambda: shifted_logits(built(*two()), X), "shifted_logits needs a softmax; a loss"),
    "no softmax with targets": (
        lambda: shifted_logits(built(*two(), loss="mse"), X, Y),
        "or a loss of logits",
    ),
    "loss of rows": (lambda: averaged_rows(built(*two(), loss=mse("none")), X, Y), "reduction='none'"),
}


@pytest.mark.parametrize(("check", "message"), REFUSALS.values(), ids=REFUSALS)
def test_refusals(check, message):
    with pytest.raises(ArgumentError, match=message):
        check()


class Centred(Layer):
    """``y = x - mean of the rows``."""

    couples_rows = True

    def forward(self, x, training=False):
        return x - x.mean(axis=0)

    def backward(self, dy):
        return dy - dy.mean(axis=0)


def test_rows_that_hang_on_each_other_are_refused():
    net = built(Centred(), Dense(2), loss=mse("sum"))
    for check in (averaged_rows, repeated_row):
        with pytest.raises(
            ArgumentError, match="needs rows that do not hang on each other, but layer 0 'centred'"
        ):
            check(net, X, Y)


def test_other_errors():
    with pytest.raises(StateError, match="not compiled"):
        averaged_rows(built(*two()), X, Y)
    with pytest.raises(DataError, match="x has no rows"):
        permuted_units(built(*two()), np.zeros((0, N_IN)))
    net = built(*two(None))
    net.parameters = np.full(net.parameters.size, 1e300)
    with pytest.raises(DataError, match="outputs for x are not finite"):
        permuted_units(net, X * 1e200)


# --- Planted faults are caught ------------------------------------------------------------------------------


class FirstUnitForward(Dense):
    """Its first unit is computed a little differently."""

    def forward(self, x, training=False):
        y = super().forward(x, training)
        y[..., 0] *= 1 + 1e-9
        return y


class FirstUnitBackward(Dense):
    """The gradient of its first unit is lost."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.gradient_of("kernel")[:, 0] = 0.0
        return dx


class BySlot(activations.Activation):
    """A tanh that is steeper in the first place."""

    def forward(self, x, out=None):
        x = x.copy()
        x[..., 0] *= 2
        return np.tanh(x)

    def backward(self, dy, x, y, out=None):
        dx = dy * (1 - y * y)
        dx[..., 0] *= 2
        return dx


class LeakAbove(Relu):
    """A relu that leaks, only above 1."""

    def forward(self, x, out=None):
        return np.where(x > 1, 0.9 * x + 0.1, np.maximum(x, 0))

    def backward(self, dy, x, y, out=None):
        return dy * np.where(x > 1, 0.9, x > 0)


class BackwardAbove(Relu):
    """A relu whose backward forgets large inputs."""

    def __init__(self):
        super().__init__()
        self.from_output = False

    def forward(self, x, out=None):
        return np.maximum(x, 0)

    def backward(self, dy, x, y, out=None):
        return dy * ((x > 0) & (x < 2))


class Overflowing(Softmax):
    """No largest logit is subtracted."""

    def forward(self, x, out=None):
        e = np.exp(x)
        return e / e.sum(axis=-1, keepdims=True)


class OneMore(Softmax):
    """The sum has a term too many."""

    def forward(self, x, out=None):
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        return e / (e.sum(axis=-1, keepdims=True) + 1e-9)


class Diagonal(Softmax):
    """Backward forgets what one logit does to the others."""

    def backward(self, dy, x, y, out=None):
        return dy * y * (1 - y)


class OneLess(MeanSquaredError):
    """Divides by n - 1."""

    def reduced(self, t, y, weight=None):
        value, slopes = super().reduced(t, y, weight)
        n = len(y)
        factor = 1.0 / max(1, n - 1) if self.reduction == "sum" else n / max(1, n - 1)
        return value * factor, slopes * factor


class WeightsTwice(MeanSquaredError):
    """Weights are applied twice, in the gradient alone."""

    def reduced(self, t, y, weight=None):
        value, slopes = super().reduced(t, y, weight)
        return value, slopes if weight is None else slopes * weight[:, None]


class Leaking(MeanSquaredError):
    """A row's gradient takes a little of the row before."""

    def reduced(self, t, y, weight=None):
        value, slopes = super().reduced(t, y, weight)
        return value, slopes + 1e-10 * np.roll(slopes, 1, axis=0)


class Homesick(Dense):
    """Is drawn to where its weights have been at first, and no penalty says so."""

    def build(self, input_shape):
        shape = super().build(input_shape)
        self.home = self.kernel.copy()
        return shape

    def backward(self, dy):
        dx = super().backward(dy)
        self.gradient_of("kernel")[...] += 0.01 * (self.kernel - self.home)
        return dx


class ByPlace(optimizers.Optimizer):
    """Steps that grow along the vector."""

    def __init__(self, learning_rate=0.01, name=None):
        super().__init__(learning_rate, name=name)

    def update(self, w, g, slots, numbers, scratch):
        w -= numbers[0] * g * (1 + 1e-6 * np.arange(w.size))


FAULTS = {
    "permuted forward": (
        lambda: permuted_units(built(FirstUnitForward(4, "tanh"), Dense(2)), X),
        "the outputs",
    ),
    "permuted backward": (
        lambda: permuted_units(built(FirstUnitBackward(4, "tanh"), Dense(2)), X),
        r"first_unit_backward' .* were put in the order.*kernel\[\d, \d\]\n +before: \S+\n +after: \S+",
    ),
    "permuted activation": (lambda: permuted_units(built(*two(BySlot())), X), "rounding"),
    "scaled forward": (lambda: rescaled_units(built(*two(LeakAbove())), 3 * X), "were multiplied"),
    "scaled backward": (lambda: rescaled_units(built(*two(BackwardAbove())), 3 * X), "the gradient of|dL/dx"),
    "softmax overflows": (
        lambda: shifted_logits(built(Dense(3, Overflowing())), X),
        r"large constant.*A constant of about 2000 was added to all logits of layer 0 'dense'.*nan",
    ),
    "softmax in a layer overflows": (
        lambda: shifted_logits(built(Dense(3), Activation(Overflowing())), X),
        "of layer 1 'activation'",
    ),
    "softmax sums wrongly": (lambda: shifted_logits(built(Dense(3, OneMore())), X), "sum to 0.99999"),
    "softmax's gradient": (lambda: shifted_logits(built(Dense(3, Diagonal())), X), "gradients of the logits"),
    "repeated n - 1": (
        lambda: repeated_row(built(*two(), loss=OneLess(reduction="sum")), X, Y),
        "was given twice",
    ),
    "repeated weights": (
        lambda: repeated_row(built(*two(), loss=WeightsTwice(reduction="sum")), X, Y),
        r"weighted: \S+\n +repeated: ",
    ),
    "averaged n - 1": (lambda: averaged_rows(built(*two(), loss=OneLess()), X, Y), "Each of 5 rows"),
    "averaged weights": (
        lambda: averaged_rows(built(*two(), loss=WeightsTwice()), X, Y),
        "fails 'with weights'.*batch",
    ),
    "averaged leak": (lambda: averaged_rows(built(*two(), loss=Leaking()), X, Y), "dL/dx"),
    "equal units of a layer": (
        lambda: equal_units(built(Homesick(4, "tanh"), Dense(2), loss="mse"), X, Y),
        "fails 'homesick and dense: SGD'.*this unit",
    ),
    "equal units of an optimizer": (
        lambda: equal_units(built(*two(), loss="mse", optimizer=ByPlace()), X, Y),
        "fails 'dense and dense_1: ByPlace'.*after 5 steps",
    ),
}


@pytest.mark.parametrize(("check", "message"), FAULTS.values(), ids=FAULTS)
def test_planted_faults_are_caught(check, message):
    with pytest.raises(GradientError, match=f"(?s){message}"):
        check()
