"""A final softmax or sigmoid and its cross-entropy are trained as one: where that happens, and where it must not."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlp import Input, Network, activations, losses, optimizers
from mlp.layers import Activation, Composite, Dense, Dropout, Flatten, Layer, Residual, Softmax


class Same(Layer):
    """y = x; behind an activation it keeps the loss from seeing that activation."""

    def forward(self, x, training=False):
        return x

    def backward(self, dy):
        return dy


#: The losses that join, the activation that each joins with, and the outputs of the examples.
PAIRS = {
    "binary": (losses.BinaryCrossentropy, "sigmoid", 1),
    "binary, several": (losses.BinaryCrossentropy, "sigmoid", 3),
    "categorical": (losses.CategoricalCrossentropy, "softmax", 3),
    "sparse": (losses.SparseCategoricalCrossentropy, "softmax", 3),
}

FOCAL = {
    "binary focal": (losses.BinaryFocalCrossentropy, "sigmoid", 2),
    "categorical focal": (losses.CategoricalFocalCrossentropy, "softmax", 3),
}


def targets(loss, rng, n, units):
    if loss.targets == "binary":
        return rng.integers(0, 2, (n, units)).astype(float)
    labels = rng.integers(0, units, n)
    return labels if loss.targets == "index" else np.eye(units)[labels]


def functional(layers):
    x = node = Input(shape=layers[0]._given_shape)
    for layer in layers:
        node = layer(node)
    return Network(inputs=x, outputs=node, rng=0)


#: Ways to end a network in an activation of the outputs of a dense layer, given the activation's name.
ENDS = {
    "in Dense": lambda f, k: Network([Dense(k, activation=f, input_dim=2)], rng=0),
    "own layer": lambda f, k: Network([Dense(k, input_dim=2), Activation(f)], rng=0),
    "the layer Softmax": lambda f, k: Network(
        [Dense(k, input_dim=2), Softmax() if f == "softmax" else Activation(f)], rng=0
    ),
    "functional": lambda f, k: functional([Dense(k, activation=f, input_dim=2)]),
    "nested": lambda f, k: Network([Network([Dense(k, activation=f, input_dim=2)])], rng=0),
    "own layer, nested": lambda f, k: Network([Dense(k, input_dim=2), Network([Activation(f, input_dim=k)])], rng=0),
    "nested twice": lambda f, k: Network([Network([functional([Dense(k, input_dim=2), Activation(f)])])], rng=0),
}  # fmt: skip


def trained_by(net, loss, **settings):
    net.compile(optimizers.SGD(1.0), loss, **settings)
    return net


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("pair", [*PAIRS, *FOCAL])
@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    scale=st.floats(0.01, 3.0),
    smoothing=st.sampled_from([0.0, 0.1]),
    reduction=st.sampled_from(["sum_over_batch_size", "sum", "mean_with_sample_weight"]),
    weighted=st.booleans(),
)
def test_joined_is_unjoined_where_nothing_is_clipped(end, pair, seed, scale, smoothing, reduction, weighted):
    """Value, gradient and metrics, with weights of rows, smoothing and every reduction."""
    make, activation, units = {**PAIRS, **FOCAL}[pair]
    rng = np.random.default_rng(seed)
    loss = make(reduction=reduction, **({} if make.targets == "index" else {"label_smoothing": smoothing}))
    x, y = scale * rng.uniform(-1, 1, (6, 2)), targets(loss, rng, 6, units)
    weight = rng.uniform(0.1, 2.0, size=6) if weighted else None
    joined = ENDS[end](activation, units)
    apart = Network([Dense(units, activation=activation, input_dim=2), Same()])
    joined.parameters = apart.parameters = rng.uniform(-1, 1, joined.n_parameters)
    for net in (joined, apart):
        trained_by(
            net, loss, metrics=["accuracy"], weighted_metrics=["binary_accuracy"] if units == 1 else []
        )

    value, gradient = joined.value_and_gradient(x, y, weight)
    expected, expected_gradient = apart.value_and_gradient(x, y, weight)
    assert value == pytest.approx(expected, rel=1e-11)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-9, atol=1e-13)
    assert joined.evaluate(x, y, sample_weight=weight) == pytest.approx(
        apart.evaluate(x, y, sample_weight=weight), rel=1e-11
    )


@pytest.mark.parametrize("logit", [17.0, 40.0, 1000.0])
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("pair", PAIRS)
def test_certain_and_wrong_has_gradient_p_minus_t(end, pair, logit):
    """Unjoined, the loss stops at 16.1 and its derivative is 0. One step of rate 1 from there shows the same."""
    make, activation, units = PAIRS[pair]
    net = trained_by(ENDS[end](activation, units), make(reduction="sum"), metrics=["accuracy"])
    kernel = np.zeros((2, units))
    kernel[0, 0] = logit
    net.set_weights([kernel, np.zeros(units)])
    if make is losses.BinaryCrossentropy:
        y = np.zeros((1, units))
        p = np.full(units, 0.5)
        p[0] = 1 / (1 + math.exp(-logit))
        expected, t = (logit + (units - 1) * math.log(2)) / units, np.zeros(units)
        slopes = (p - t) / units
    else:
        rest = math.exp(-logit) / (1 + 2 * math.exp(-logit))
        p, t = np.array([1 - 2 * rest, rest, rest]), np.array([0.0, 1.0, 0.0])
        y = [1] if make.targets == "index" else [t]
        expected, slopes = logit, p - t

    value, gradient = net.value_and_gradient([[1.0, 0.0]], y)
    assert value == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(
        gradient, np.concatenate([slopes, 0 * slopes, slopes]), rtol=1e-12, atol=1e-300
    )
    assert net.evaluate([[1.0, 0.0]], y)[0] == value
    before = net.parameters.copy()
    assert net.train_on_batch([[1.0, 0.0]], y)[0] == value
    np.testing.assert_allclose(net.parameters, before - gradient, rtol=1e-13)
    net.parameters = before
    assert net.fit([[1.0, 0.0]], y, verbose=0).history["loss"] == [value]
    np.testing.assert_allclose(net.parameters, before - gradient, rtol=1e-13)


@pytest.mark.parametrize("end", ENDS)
def test_metrics_see_probabilities(end):
    """A logit of 0.3 is a decision for class 1, a probability of 0.3 would be one against it."""
    net = trained_by(ENDS[end]("sigmoid", 1), "binary_crossentropy", metrics=["accuracy", "mae"])
    net.parameters = [0.3, 0.0, 0.0]
    p = 1 / (1 + math.exp(-0.3))
    x, y = [[1.0, 0.0]], [1.0]
    results = [net.evaluate(x, y, return_dict=True), net.train_on_batch(x, y, return_dict=True)]
    net.parameters = [0.3, 0.0, 0.0]
    results.append({name: values[0] for name, values in net.fit(x, y, verbose=0).history.items()})
    for logs in results:
        assert logs == {"loss": pytest.approx(-math.log(p)), "accuracy": 1.0, "mae": pytest.approx(1 - p)}


@pytest.mark.parametrize("end", ENDS)
def test_the_layers_keep_their_activation(end):
    net = trained_by(ENDS[end]("softmax", 3), "categorical_crossentropy")
    last = list(net.walk())[-1]
    net.fit([[1.0, 2.0]], [[0.0, 1.0, 0.0]], epochs=2, verbose=0)
    net.value_and_gradient([[1.0, 2.0]], [[0.0, 1.0, 0.0]])
    assert isinstance(last.activation, activations.Softmax)
    assert net.predict([[1.0, 2.0]]).sum() == pytest.approx(1.0)


# --- Where it must not happen -------------------------------------------------------------------------------


class Activated(Layer):
    """y = 1 - softmax(x) / 2: an attribute of the name alone is no promise."""

    def __init__(self, activation="softmax", **kwargs):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def forward(self, x, training=False):
        self._y = self.activation.forward(x)
        return 1 - self._y / 2

    def backward(self, dy):
        return self.activation.backward(-dy / 2, None, self._y)


class HalfDense(Dense):
    """A dense layer of which somebody overrode one method."""

    def forward(self, x, training=False):
        return super().forward(x, training) / 2

    def backward(self, dy):
        return super().backward(dy / 2)


class Wrapped(Composite):
    """y = inner(x) / 2: a composite that is no chain."""

    def __init__(self, inner, **kwargs):
        super().__init__([inner], **kwargs)
        self.inner = inner

    def build(self, input_shape):
        return self.build_layer(self.inner, input_shape)

    def forward(self, x, training=False):
        return self.inner.forward(x, training) / 2

    def backward(self, dy):
        return self.inner.backward(dy / 2)


class OwnSoftmax(activations.Softmax):
    """Half a softmax."""

    def forward(self, x, out=None):
        return super().forward(x, out) / 2

    def backward(self, dy, x, y, out=None):
        return super().backward(dy / 2, x, 2 * y, out)


SPARSE, ONE_HOT, BINARY = "sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy"


def dense(units=3, activation=None, **options):
    return Dense(units, activation=activation, input_dim=2, **options)


#: Layers and loss. All have three outputs (or one) for inputs of two.
APART = {
    "softmax, binary": lambda: ([dense(3, "softmax")], BINARY),
    "sigmoid, one-hot": lambda: ([dense(3, "sigmoid")], ONE_HOT),
    "sigmoid, class number": lambda: ([dense(3, "sigmoid")], SPARSE),
    "softmax counted from the front": lambda: ([dense(3, activations.Softmax(axis=1))], BINARY),
    "softmax counted from the front, one-hot": lambda: ([dense(3, activations.Softmax(axis=1))], ONE_HOT),
    "softmax counted from the front, own layer": lambda: ([dense(3), Activation(activations.Softmax(axis=1))], SPARSE),
    "activity": lambda: ([dense(3, "softmax", activity_regularizer="l2")], ONE_HOT),
    "activity, nested": lambda: ([Network([dense(3, "softmax", activity_regularizer="l2")])], SPARSE),
    "activity, binary": lambda: ([dense(1, "sigmoid", activity_regularizer="l1")], BINARY),
    "attribute of the name": lambda: ([dense(3), Activated()], ONE_HOT),
    "subclass of Dense": lambda: ([HalfDense(3, activation="softmax", input_dim=2)], ONE_HOT),
    "subclass of Softmax": lambda: ([dense(3, OwnSoftmax())], ONE_HOT),
    "residual": lambda: ([dense(3), Residual(Activation("softmax"))], ONE_HOT),
    "residual of a network": lambda: ([dense(3), Residual(Network([Activation("softmax", input_dim=3)]))], ONE_HOT),
    "own composite": lambda: ([dense(3), Wrapped(Activation("sigmoid"))], BINARY),
    "something behind it": lambda: ([dense(3, "softmax"), Dropout(0.5)], SPARSE),
    "something else behind it": lambda: ([dense(3, "softmax"), Flatten()], ONE_HOT),
    "twice": lambda: ([dense(3, "softmax"), Same()], SPARSE),
    "on logits anyway": lambda: ([dense(3, "softmax")], losses.CategoricalCrossentropy(from_logits=True)),
    "no cross-entropy": lambda: ([dense(1, "sigmoid")], "hinge"),
}  # fmt: skip


def far_out(layers):
    """A network whose first outputs are 40, beyond what a clipped loss can tell."""
    net = Network(layers, rng=0)
    vector = np.zeros(net.n_parameters)
    vector[0] = 40.0
    net.parameters = vector
    return net


@pytest.mark.filterwarnings("ignore::mlp.errors.HingeOnProbabilitiesWarning")
@pytest.mark.parametrize("case", APART.values(), ids=APART)
def test_what_does_not_belong_together_is_not_joined(case):
    """The network's loss is that of its outputs, plus penalties, and so is its gradient."""
    layers, loss = case()
    net = trained_by(far_out(layers), loss)
    x = np.array([[1.0, 0.0], [0.02, 1.0], [-0.03, 0.5]])
    y = targets(net.loss, np.random.default_rng(5), 3, net.output_shape[-1])
    if net.loss.targets == "sign":
        y = np.array([[-1.0], [1.0], [1.0]])
    outputs = net.predict(x)
    last = list(net.walk())[-1]
    regularizer = getattr(last, "activity_regularizer", None)
    penalty = 0.0 if regularizer is None else regularizer(outputs) / 3
    expected, slopes = net.loss.value_and_gradient(y, outputs)
    value, gradient = net.value_and_gradient(x, y)
    assert value == pytest.approx(expected + penalty, rel=1e-12)
    assert net.evaluate(x, y) == pytest.approx(expected + penalty, rel=1e-12)
    net.forward(x)
    net.backward(slopes if regularizer is None else slopes + regularizer.value_and_gradient(outputs)[1] / 3)
    np.testing.assert_allclose(gradient, net.gradient, rtol=1e-9, atol=1e-14)


class OwnMeasure(losses.CategoricalCrossentropy):
    """Somebody's own formula, of probabilities."""

    def measure(self, t, y):
        return np.sum(t * (1 - y) ** 2, axis=-1), -2 * t * (1 - y)


class OwnValue(losses.BinaryCrossentropy):
    """Somebody's own value and gradient, of probabilities."""

    def value_and_gradient(self, y_true, y_pred, sample_weight=None):
        t, y = np.asarray(y_true, float), np.asarray(y_pred, float)
        return float(np.mean((y - t) ** 4)), 4 * (y - t) ** 3 / y.size


@pytest.mark.parametrize(
    ("loss", "activation", "y"),
    [(OwnMeasure(), "softmax", np.eye(3)), (OwnValue(), "sigmoid", np.eye(3))],
    ids=["measure", "value_and_gradient"],
)
def test_a_loss_that_says_itself_how_it_is_computed_is_not_joined(loss, activation, y):
    """A subclass that overrides the formula need not know of logits."""
    net = trained_by(Network([dense(3, activation)], rng=0), loss)
    x = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.5]])
    expected, slopes = loss.value_and_gradient(y, net.predict(x))
    value, gradient = net.value_and_gradient(x, y)
    assert value == pytest.approx(expected, rel=1e-12)
    net.forward(x)
    net.backward(slopes)
    np.testing.assert_allclose(gradient, net.gradient, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("pair", [*PAIRS, *FOCAL])
@pytest.mark.parametrize("logit", [17.0, 40.0, 1000.0])
def test_keras_compat_trains_by_the_clipped_probabilities(pair, logit):
    """Value and gradient are those of a network that cannot be joined, and the clipped loss pulls nobody."""
    make, activation, units = {**PAIRS, **FOCAL}[pair]
    rng = np.random.default_rng(0)
    x, y = [[1.0, 0.0], [-1.0, 0.5], [0.1, 0.2]], targets(make(), rng, 3, units)
    found = []
    for loss, layers in ((make(keras_compat=True), []), (make(), [Same()])):
        net = trained_by(Network([Dense(units, activation, input_dim=2), *layers], rng=0), loss)
        net.parameters = np.r_[logit, np.linspace(-0.5, 0.5, net.n_parameters - 1)]
        found.append((net.value_and_gradient(x, y), net.evaluate(x, y)))
    assert found[0][0][0] == found[1][0][0]
    assert found[0][1] == found[1][1]
    np.testing.assert_array_equal(found[0][0][1], found[1][0][1])


def test_keras_compat_stops_where_keras_does():
    """-log(1e-7) = 16.118; [run] with Keras 3.15.1 and JAX: the same value, and a gradient of 0."""
    net = trained_by(
        Network([Dense(1, "sigmoid", input_dim=1)], rng=0), losses.BinaryCrossentropy(keras_compat=True)
    )
    net.set_weights([[[40.0]], [0.0]])
    value, gradient = net.value_and_gradient([[1.0]], [0])
    assert value == pytest.approx(-math.log(1e-7), rel=1e-9)
    assert gradient.tolist() == [0.0, 0.0]
    exact = trained_by(net.copy(), losses.BinaryCrossentropy())
    assert exact.value_and_gradient([[1.0]], [0])[0] == 40.0


def test_keras_compat_is_stored_where_it_is_set():
    assert "keras_compat" not in losses.BinaryCrossentropy().get_config()
    for make, *_ in {**PAIRS, **FOCAL}.values():
        loss = losses.get({"class_name": make.__name__, "config": make(keras_compat=True).get_config()})
        assert loss.keras_compat is True
        assert loss.on_logits() is None


def test_an_axis_that_is_not_the_activations_is_not_joined():
    assert losses.CategoricalCrossentropy(axis=1).on_logits() is None
    assert losses.CategoricalCrossentropy().on_logits().from_logits is True
