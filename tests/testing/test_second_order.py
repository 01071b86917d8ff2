"""Second derivatives and Taylor remainders: right for everything in the registries, and planted faults are caught.

Hessians are held against differences of the gradient of `autograd`, which shares no line with the library, and
against their own transpose, which nothing but a right backward pass makes them equal to.
"""

import autograd as ag
import numpy as np
import pytest
from tables import dense

from mlp import Network, activations, losses
from mlp.activations import ACTIVATIONS, Relu, Tanh
from mlp.errors import ArgumentError, NonFiniteError, ShapeError
from mlp.layers import (
    Activation,
    Dense,
    Dropout,
    Flatten,
    Input,
    Layer,
    Normalization,
    Rescaling,
    Residual,
)
from mlp.losses import LOSSES, MeanSquaredError
from mlp.testing import second_order
from mlp.testing.report import GradientError
from mlp.testing.second_order import check_taylor, hessian, hessian_vector_product

N, N_IN = 5, 3
X = np.random.default_rng(0).normal(size=(N, N_IN))
WEIGHT = [0.5, 1.0, 0.0, 2.0, 1.5]
TARGETS = {
    "real": lambda rng, n, k: rng.normal(size=(n, k)),
    "sign": lambda rng, n, k: rng.choice([-1.0, 1.0], (n, k)),
    "binary": lambda rng, n, k: rng.choice([0.0, 1.0], (n, k)),
    "positive": lambda rng, n, k: rng.uniform(0.1, 0.9, (n, k)),
    "one-hot": lambda rng, n, k: np.eye(k)[rng.integers(k, size=n)],
    "index": lambda rng, n, k: rng.integers(k, size=n),
}
LAST = {"binary": "sigmoid", "positive": "sigmoid", "one-hot": "softmax", "index": "softmax"}

#: Without a second derivative somewhere; everything else in the registries is held to a symmetric Hessian.
KINKED_ACTIVATIONS = {"Relu", "LeakyRelu", "Elu", "Selu", "Step"}
SURROGATES = {name for name, cls in ACTIVATIONS.classes.items() if cls.surrogate_gradient}


def targets(loss, n=N, k=2, seed=0):
    return TARGETS[loss.targets](np.random.default_rng(seed), n, k)


def built(*layers, loss="mse", rng=0, shape=(N_IN,), **kwargs):
    net = Network([Input(shape), *layers], rng=rng, **kwargs)
    net.compile("sgd", loss)
    return net


def asymmetry(h):
    return np.abs(h - h.T).max() / np.abs(h).max()


Y = targets(MeanSquaredError())

# --- Hessians -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES.classes)
@pytest.mark.parametrize("activation", sorted(set(ACTIVATIONS.classes) - KINKED_ACTIVATIONS))
def test_hessians_are_symmetric(activation, loss):
    loss = LOSSES.classes[loss]()
    net = built(
        dense(3, activation, kernel_regularizer="l2"),
        Residual(dense(3, activation)),
        # With biases, for where no unit says anything losses have kinks at outputs of 0.
        Dense(2, LAST.get(loss.targets), bias_initializer="random_normal"),
        loss=loss,
    )
    y = targets(loss)
    h = hessian(net, X, y, WEIGHT)
    assert asymmetry(h) <= 1e-13
    v = np.random.default_rng(1).normal(size=len(h))
    product = hessian_vector_product(net, X, y, v, WEIGHT)
    assert np.abs(product - h @ v).max() <= 1e-13 * np.abs(h).max() * np.abs(v).sum()


def autograd_gradient(w, t):
    """Of the network in the next test, written out on the tape."""
    kernel, bias, kernel_2, bias_2 = (
        ag.var(a) for a in (w[:12].reshape(3, 4), w[12:16], w[16:24].reshape(4, 2), w[24:])
    )
    z = ag.tanh(ag.matmul(X, kernel) + bias)
    z = ag.matmul(z, kernel_2) + bias_2
    e = ag.exp(z - z.value.real.max(axis=-1, keepdims=True))
    p = e / ag.total(e, axis=-1, keepdims=True)
    loss = ag.total(-ag.log(ag.pick(p, np.arange(N), t)) * np.array(WEIGHT)) * (1 / N)
    loss = loss + ag.total(kernel * kernel) * 0.01
    return np.concatenate([g.ravel() for g in ag.gradient(loss, kernel, bias, kernel_2, bias_2)])


def test_a_hessian_is_that_of_an_independent_tape():
    net = built(
        Dense(4, "tanh", kernel_regularizer="l2"), Dense(2, "softmax"), loss="sparse_categorical_crossentropy"
    )
    t = targets(net.loss)
    w = net.parameters.copy()
    columns = [autograd_gradient(w + 1e-20j * e, t).imag / 1e-20 for e in np.eye(w.size)]
    h = hessian(net, X, t, WEIGHT)
    assert np.abs(h - np.transpose(columns)).max() <= 1e-13 * np.abs(h).max()


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS.classes))
@pytest.mark.parametrize("loss", LOSSES.classes)
def test_products_are_differences_of_the_gradient(activation, loss):
    # Kinks included: the point lies beside them.
    loss = LOSSES.classes[loss]()
    # Beside them also where no unit of the first layer says anything, and the outputs are the biases.
    net = built(
        dense(3, activation, bias_initializer="random_normal"),
        Dense(2, LAST.get(loss.targets), bias_initializer="random_normal"),
        loss=loss,
    )
    y, w = targets(loss), net.parameters.copy()
    v = np.random.default_rng(1).normal(size=w.size)
    ends = []
    for sign in (1, -1):
        net.parameters = w + sign * 1e-6 * v
        ends.append(net.value_and_gradient(X, y)[1])
    net.parameters = w
    difference = (ends[0] - ends[1]) / 2e-6
    product = hessian_vector_product(net, X, y, v)
    assert np.abs(product - difference).max() <= 1e-8 * max(1.0, np.abs(product).max())


LAYERS = {
    "penalties": lambda: [Dense(3, "tanh", kernel_regularizer="l1_l2", activity_regularizer="l2")],
    "shapes": lambda: [Flatten(), Normalization(mean=0.5, variance=4.0), Rescaling(0.5, 1.0), Dense(3, "silu")],
    "dropout": lambda: [Dense(3), Activation("softplus"), Dropout(0.5)],
    "nested": lambda: [Network([Dense(3, "gelu", input_dim=N_IN), Dense(3)]), Residual(Network([Dense(3, "tanh", input_dim=3)]))],
}  # fmt: skip


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_layers_and_types(layers, dtype):
    net = built(*layers(), Dense(2), dtype=dtype)
    assert asymmetry(hessian(net, X, Y)) <= 1e-13
    report = check_taylor(net, X, Y, WEIGHT)
    assert report.method == "complex"
    assert slopes(report)[0] >= 1.95


class RealOnly(Layer):
    """``y = sin x``, with a backward that loses imaginary parts."""

    def forward(self, x, training=False):
        self._x = x
        return np.sin(x)

    def backward(self, dy):
        return dy * np.cos(self._x.real)


class NoComplex(Layer):
    """``y = sin x``, and complex numbers are refused."""

    def forward(self, x, training=False):
        self._x = x
        if x.dtype.kind == "c":
            raise TypeError
        return np.sin(x)

    def backward(self, dy):
        return dy * np.cos(self._x)


@pytest.mark.parametrize("layer", [RealOnly, NoComplex])
def test_layers_that_do_not_carry_complex_numbers(layer):
    net = built(Dense(3), layer(), Dense(2))
    h = hessian(net, X, Y)
    assert asymmetry(h) <= 1e-8
    v = np.random.default_rng(1).normal(size=len(h))
    assert np.abs(hessian_vector_product(net, X, Y, v) - h @ v).max() <= 1e-8 * np.abs(h).max()
    report = check_taylor(net, X, Y)
    assert "ridders" in report.method
    assert "does not carry complex numbers backwards" in report.results["second order"].note


def test_size_of_a_direction_does_not_matter():
    net = built(Dense(3, "tanh"), Dense(2))
    v = np.random.default_rng(1).normal(size=net.parameters.size)
    h = hessian_vector_product(net, X, Y, v)
    for size in (1e-200, 1e25):
        assert np.abs(hessian_vector_product(net, X, Y, size * v) / size - h).max() <= 1e-13 * np.abs(h).max()
    assert not hessian_vector_product(net, X, Y, 0 * v).any()


# --- Taylor -------------------------------------------------------------------------------------------------


def slopes(report):
    """The least slope of each order; infinite where the remainder is exact everywhere."""
    notes = [report.results[name].note for name in ("first order", "second order")]
    return [float(note.split()[1]) if note.startswith("slope") else np.inf for note in notes]


@pytest.mark.parametrize(
    ("activation", "loss"),
    [
        *((name, "MeanSquaredError") for name in sorted(set(ACTIVATIONS.classes) - SURROGATES)),
        *(("Tanh", name) for name in LOSSES.classes),
    ],
)
def test_every_activation_and_loss(activation, loss):
    loss = LOSSES.classes[loss]()
    net = built(dense(3, activation), Dense(2, LAST.get(loss.targets)), loss=loss, rng=2)
    first, second = slopes(check_taylor(net, X, targets(loss)))
    assert first >= 1.95
    assert second >= 2.95


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_a_network_at_a_kink_is_looked_at_aside(activation):
    # With biases of zero, the row of zeros stands where relu has no derivative.
    net = Network([Dense(4, activation, input_dim=2), Dense(1, "sigmoid")], rng=1)
    net.compile("sgd", "binary_crossentropy")
    report = check_taylor(net, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])
    assert "nothing could be shown" not in str(report)
    first, second = slopes(report)
    assert first >= 1.95
    assert second >= 2.95


def test_what_is_exact_is_said_to_be():
    report = check_taylor(built(Dense(2)), X, Y)
    assert slopes(report)[0] >= 1.99
    assert report.results["second order"].note.startswith(
        "exact, the remainder is rounding at every step, along 3 of 3"
    )
    report = check_taylor(built(Dense(2), loss="mae"), X, Y)
    assert report.results["first order"].note.startswith(
        "exact, the remainder is rounding at every step before a kink"
    )


def test_where_nothing_can_be_shown_that_is_said():
    # Kinks within each step, wherever one looks.
    x = np.linspace(-1, 1, 11)[:, None]
    net = Network([Dense(1, input_dim=1)], rng=0)
    net.parameters = [1.0, 0.0]
    net.compile("sgd", Rough())
    assert (
        "nothing could be shown, for steps either cross a kink"
        in check_taylor(net, x, x).results["first order"].note
    )


class Rough(losses.Loss):
    """A saw whose teeth are too small for any step."""

    def measure(self, t, y):
        tooth = 1e-13
        inside = np.mod(y.real, 2 * tooth) < tooth
        return np.where(inside, y, -y), np.where(inside, 1.0, -1.0)


def test_the_network_is_left_as_it_was():
    net = built(Dense(3, "tanh"), Dense(2), rng=3)
    net.value_and_gradient(X, Y)
    before, state = (net.parameters.copy(), net.gradient.copy()), net.rng.bit_generator.state
    x, y = X.copy(), Y.copy()
    v = np.ones(net.parameters.size)
    check_taylor(net, x, y)
    hessian(net, x, y)
    hessian_vector_product(net, x, y, v)
    assert (net.parameters == before[0]).all()
    assert (net.gradient == before[1]).all()
    assert net.rng.bit_generator.state == state
    assert (x == X).all()
    assert (y == Y).all()
    assert (v == 1).all()
    assert check_taylor(net, x, y, rng=1) == check_taylor(net, x, y, rng=1)


def test_refusals():
    net = built(Dense(3, "tanh"), Dense(2))
    with pytest.raises(ShapeError, match=r"v must have shape \(20,\) like net.parameters, got \(3,\)"):
        hessian_vector_product(net, X, Y, [1.0, 2.0, 3.0])
    with pytest.raises(ArgumentError, match="one number, got reduction='none'"):
        check_taylor(built(Dense(2), loss=MeanSquaredError(reduction="none")), X, Y)
    with pytest.raises(ArgumentError, match="no parameters"):
        check_taylor(built(Flatten(), shape=(2,)), X[:, :2], Y)
    with pytest.raises(ArgumentError, match=r"layer 0 'dense' .*Step has a surrogate gradient"):
        check_taylor(built(Dense(3, "step"), Dense(2)), X, Y)
    with pytest.raises(
        ArgumentError, match="has 8001 parameters, too many for a dense Hessian of at most 4096"
    ):
        hessian(built(Dense(1600), Dense(1)), X, Y[:, :1])
    huge = built(Dense(2))
    huge.parameters = huge.parameters * 1e300
    with pytest.raises(NonFiniteError, match="the loss is not finite"):
        check_taylor(huge, X, Y)


# --- Planted faults are caught ------------------------------------------------------------------------------


class OneEntry(Dense):
    """One entry of its gradient is off by one part in a million."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.gradient_of("kernel")[1, 1] *= 1 + 1e-6
        return dx


class Forgotten(Activation):
    """``y = x + tanh x``, and backward forgets the first term."""

    def forward(self, x, training=False):
        return x + super().forward(x, training)


class Leaky(Relu):
    """A relu whose backward has the slope 0.7."""

    def backward(self, dy, x, y, out=None):
        return 0.7 * dy * (x.real > 0)


class NoRows(MeanSquaredError):
    """The gradient forgets sample weights."""

    def reduced(self, t, y, weight=None):
        return super().reduced(t, y, weight)[0], super().reduced(t, y)[1]


class Penalty(activations.Tanh):
    """Backward is that of a steeper tanh."""

    def backward(self, dy, x, y, out=None):
        return dy * (1 - y * y * (1 + 1e-4))


FAULTS = {
    "one entry": lambda: built(OneEntry(3, "tanh"), Dense(2)),
    "a forgotten term": lambda: built(Dense(3), Forgotten("tanh"), Dense(2)),
    "relu with slope 0.7": lambda: built(Dense(3, Leaky()), Dense(2)),
    "weights": lambda: built(Dense(3, "tanh"), Dense(2), loss=NoRows()),
    "a little steeper": lambda: built(Dense(3, Penalty()), Dense(2)),
}


@pytest.mark.parametrize("net", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("seed", range(3))
def test_a_wrong_gradient_is_caught_by_the_first_order(net, seed):
    with pytest.raises(
        GradientError, match=r"(?s)fails 'first order'.*slope (0|1)\.\d+; it should be 2.*step t"
    ) as caught:
        check_taylor(net(), X, Y, WEIGHT, rng=seed)
    assert caught.value.check == "first order"


def test_the_weight_with_the_fault_is_named():
    with pytest.raises(GradientError, match=r"over layer 0 'one_entry' \(OneEntry, 3 -> 3\) kernel"):
        check_taylor(built(OneEntry(3, "tanh"), Dense(2)), X, Y)


@pytest.mark.parametrize("factor", [0.5, 2.0, 1 + 1e-3])
def test_a_wrong_hessian_is_caught_by_the_second_order_alone(monkeypatch, factor):
    right = second_order._Curve.product
    monkeypatch.setattr(second_order._Curve, "product", lambda *args: factor * right(*args))
    with pytest.raises(
        GradientError, match=r"(?s)fails 'second order'.*slope (1\.9|2\.)\d+; it should be 3.*<v, H v> is off"
    ) as caught:
        check_taylor(built(Dense(3, Tanh()), Dense(2)), X, Y)
    assert list(caught.value.failures) == ["second order"]
