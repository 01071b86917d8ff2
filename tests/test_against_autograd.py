"""Random networks, trained here and by an oracle that shares no line with the library.

The oracle is `autograd`, a tape; the networks, losses, penalties and optimizers on this page are written from
their definitions (Keras 3: means over the last axis, then the sum over rows divided by their number; penalties
once per batch). A drawn plan is built twice, as an `mlp.Network` and as a function of the tape, both are
trained from the same weights on the same batches, and after some steps all weights agree to 1e-10.

Functions with a kink have no gradient there: the oracle notes how near it came to one, and plans that come
within 1e-7 are drawn again.
"""

import math
from dataclasses import dataclass

import autograd as ag
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mlp import Network, losses, optimizers, regularizers
from mlp.layers import Activation, Dense, Dropout, Flatten, Residual

#: Any network with any loss, also where hardly anybody would mean that.
pytestmark = pytest.mark.filterwarnings("ignore::mlp.errors.MLPWarning")

# --- The oracle's functions ---------------------------------------------------------------------------------


class Kinks:
    """The smallest distance from a kink that was met."""

    def __init__(self):
        self.nearest = math.inf

    def at_zero(self, x):
        """Note that the next function has a kink where x is 0; return x."""
        self.nearest = min(self.nearest, np.min(np.abs(x.value), initial=math.inf))
        return x

    def at_certainty(self, p):
        """Note probabilities so near to 0 or 1 that they might be clipped, or lose digits here; return p."""
        if min(np.min(p.value), np.min(1.0 - p.value)) < 1e-5:
            self.nearest = 0.0
        return p


def softmax(x):
    e = ag.exp(x - x.value.max(axis=-1, keepdims=True))
    return e / ag.total(e, axis=-1, keepdims=True)


def log_softmax(x):
    x = x - x.value.max(axis=-1, keepdims=True)
    return x - ag.log(ag.total(ag.exp(x), axis=-1, keepdims=True))


def sigmoid(x):
    return 0.5 * ag.tanh(0.5 * x) + 0.5


def softplus(x):
    """log(1 + e^x), the larger half taken out."""
    return ag.where(x.value > 0, x, 0.0) + ag.log(1.0 + ag.exp(ag.where(x.value > 0, -x, x)))


def exponential_below_zero(x, alpha):
    return ag.where(x.value > 0, x, alpha * (ag.exp(ag.where(x.value > 0, 0.0, x)) - 1.0))


SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805

ACTIVATIONS = {  # name: (function of a Var, has it a kink at zero?)
    "linear": (lambda x: x, False),
    "step": (lambda x: ag.Var((x.value > 0) * 1.0), True),
    "sigmoid": (sigmoid, False),
    "tanh": (ag.tanh, False),
    "relu": (lambda x: ag.maximum(x, 0.0), True),
    "leaky_relu": (lambda x: ag.where(x.value > 0, x, 0.2 * x), True),
    "elu": (lambda x: exponential_below_zero(x, 1.0), False),
    "selu": (lambda x: SELU_SCALE * exponential_below_zero(x, SELU_ALPHA), True),
    "gelu": (lambda x: 0.5 * x * (1.0 + ag.erf(x * math.sqrt(0.5))), False),
    "silu": (lambda x: x * sigmoid(x), False),
    "softplus": (softplus, False),
    "softmax": (softmax, False),
}


def cross_entropy(log_p, t):
    """-log p of class t[i] in row i."""
    return -ag.pick(log_p, np.arange(len(t)), t)


def one_hot(t, k):
    return np.eye(k)[t]


def log_shares(y, kinks):
    """The logarithms of probabilities that were made to sum to one in each row."""
    return ag.log(kinks.at_certainty(y / ag.total(y, axis=-1, keepdims=True)))


def binary_from_probabilities(t, y, kinks):
    y = kinks.at_certainty(y)
    return ag.mean(-(t * ag.log(y) + (1.0 - t) * ag.log(1.0 - y)), axis=-1)


@dataclass(frozen=True)
class LossRow:
    """One loss: its object, its value per row on the tape, its targets, the last activations it allows."""

    make: type
    per_row: object  # (t, y, kinks) -> Var of one value per row
    targets: str
    from_logits: bool | None = None  # None: the loss has no such argument
    smoothing: float = 0.0

    def build(self, reduction):
        more = {} if self.from_logits is None else {"from_logits": self.from_logits}
        if self.smoothing:
            more["label_smoothing"] = self.smoothing
        return self.make(reduction=reduction, **more)


LOSSES = {
    "mse": LossRow(losses.MeanSquaredError, lambda t, y, k: ag.mean((t - y) * (t - y), axis=-1), "real"),
    "mae": LossRow(
        losses.MeanAbsoluteError, lambda t, y, k: ag.mean(ag.absolute(k.at_zero(t - y)), axis=-1), "real"
    ),
    "sum of squares": LossRow(
        losses.SumSquaredError, lambda t, y, k: 0.5 * ag.total((t - y) * (t - y), axis=-1), "real"
    ),
    "hinge": LossRow(
        losses.Hinge, lambda t, y, k: ag.mean(ag.maximum(k.at_zero(1.0 - t * y), 0.0), axis=-1), "sign"
    ),
    "binary, logits": LossRow(
        losses.BinaryCrossentropy, lambda t, y, k: ag.mean(softplus(y) - t * y, axis=-1), "bit", True
    ),
    "binary": LossRow(
        losses.BinaryCrossentropy, lambda t, y, k: binary_from_probabilities(t, y, k), "bit", False
    ),
    "categorical, logits": LossRow(
        losses.CategoricalCrossentropy,
        lambda t, y, k: -ag.total(t * log_softmax(y), axis=-1),
        "one-hot",
        True,
    ),
    "categorical": LossRow(
        losses.CategoricalCrossentropy,
        lambda t, y, k: -ag.total(t * log_shares(y, k), axis=-1),
        "one-hot",
        False,
    ),
    "sparse, logits": LossRow(
        losses.SparseCategoricalCrossentropy, lambda t, y, k: cross_entropy(log_softmax(y), t), "class", True
    ),
    "sparse": LossRow(
        losses.SparseCategoricalCrossentropy,
        lambda t, y, k: cross_entropy(log_shares(y, k), t),
        "class",
        False,
    ),
    "binary, smoothed logits": LossRow(
        losses.BinaryCrossentropy,
        lambda t, y, k: ag.mean(softplus(y) - (0.8 * t + 0.1) * y, axis=-1),
        "bit",
        True,
        0.2,
    ),
    "binary, smoothed": LossRow(
        losses.BinaryCrossentropy,
        lambda t, y, k: binary_from_probabilities(0.8 * t + 0.1, y, k),
        "bit",
        False,
        0.2,
    ),
    "categorical, smoothed logits": LossRow(
        losses.CategoricalCrossentropy,
        lambda t, y, k: -ag.total((0.8 * t + 0.2 / t.shape[1]) * log_softmax(y), axis=-1),
        "one-hot",
        True,
        0.2,
    ),
    "categorical, smoothed": LossRow(
        losses.CategoricalCrossentropy,
        lambda t, y, k: -ag.total((0.8 * t + 0.2 / t.shape[1]) * log_shares(y, k), axis=-1),
        "one-hot",
        False,
        0.2,
    ),
}

REDUCTIONS = {  # what the weighted sum over rows is divided by
    "sum_over_batch_size": lambda n, w: n,
    "sum": lambda n, w: 1.0,
    "mean_with_sample_weight": lambda n, w: n if w is None else np.sum(w),
}


class SGD:
    """v <- mu v - eta g;  w <- w + v, or with nesterov w <- w + mu v - eta g."""

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False):
        self.eta, self.mu, self.nesterov, self.v = learning_rate, momentum, nesterov, 0.0

    def step(self, w, g):
        self.v = self.mu * self.v - self.eta * g
        return w + (self.mu * self.v - self.eta * g if self.nesterov else self.v)


class Adam:
    """Kingma and Ba (2015), the form in the remark below their algorithm 1 ("epsilon hat"), as Keras has it."""

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        self.eta, self.b1, self.b2, self.epsilon = learning_rate, beta_1, beta_2, epsilon
        self.m = self.v = 0.0
        self.t = 0

    def step(self, w, g):
        self.t += 1
        self.m = self.b1 * self.m + (1 - self.b1) * g
        self.v = self.b2 * self.v + (1 - self.b2) * g * g
        eta = self.eta * math.sqrt(1 - self.b2**self.t) / (1 - self.b1**self.t)
        return w - eta * self.m / (np.sqrt(self.v) + self.epsilon)


OPTIMIZERS = [
    ("SGD", {"learning_rate": 0.05}),
    ("SGD", {"learning_rate": 0.02, "momentum": 0.9}),
    ("SGD", {"learning_rate": 0.02, "momentum": 0.8, "nesterov": True}),
    ("Adam", {}),
    ("Adam", {"learning_rate": 0.02, "beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-4}),
]

# --- Plans: what a network is made of, as plain data --------------------------------------------------------


@dataclass(frozen=True)
class DensePlan:
    units: int
    activation: str = "linear"
    use_bias: bool = True
    kernel_penalty: tuple = ()  # such as ("L1", 0.01)
    bias_penalty: tuple = ()

    def build(self, **shape):
        def penalty(plan):
            return getattr(regularizers, plan[0])(plan[1]) if plan else None

        return Dense(
            self.units,
            activation=self.activation,
            use_bias=self.use_bias,
            kernel_regularizer=penalty(self.kernel_penalty),
            bias_regularizer=penalty(self.bias_penalty),
            **shape,
        )

    def run(self, x, weights, kinks, penalties):
        kernel = next(weights)
        penalties.append(penalty_of(self.kernel_penalty, kernel, kinks))
        y = x @ kernel
        if self.use_bias:
            bias = next(weights)
            penalties.append(penalty_of(self.bias_penalty, bias, kinks))
            y = y + bias
        return apply(self.activation, y, kinks)


@dataclass(frozen=True)
class ActivationPlan:
    activation: str

    def build(self, **shape):
        return Activation(self.activation, **shape)

    def run(self, x, weights, kinks, penalties):
        return apply(self.activation, x, kinks)


@dataclass(frozen=True)
class FlattenPlan:
    def build(self, **shape):
        return Flatten(**shape)

    def run(self, x, weights, kinks, penalties):
        return ag.reshape(x, (len(x.value), -1))


@dataclass(frozen=True)
class NetworkPlan:
    parts: tuple
    input_shape: tuple

    def build(self, **options):
        first, *rest = self.parts
        return Network([first.build(input_shape=self.input_shape), *[p.build() for p in rest]], **options)

    def run(self, x, weights, kinks, penalties):
        for part in self.parts:
            x = part.run(x, weights, kinks, penalties)
        return x


@dataclass(frozen=True)
class NestedPlan:
    """A network as a layer of another."""

    inner: NetworkPlan

    def build(self, **shape):  # the inner network knows its own shape
        return self.inner.build()

    def run(self, *args):
        return self.inner.run(*args)


@dataclass(frozen=True)
class ResidualPlan:
    inner: object

    def build(self, **shape):
        return Residual(self.inner.build(), **shape)

    def run(self, x, weights, kinks, penalties):
        return x + self.inner.run(x, weights, kinks, penalties)


def apply(name, x, kinks):
    function, kinked = ACTIVATIONS[name]
    return function(kinks.at_zero(x) if kinked else x)


def penalty_of(plan, w, kinks):
    if not plan:
        return 0.0
    name, factor = plan
    return factor * ag.total(ag.absolute(kinks.at_zero(w)) if name == "L1" else w * w)


widths = st.integers(1, 6)
hidden = st.sampled_from(sorted(ACTIVATIONS))
penalty = st.just(()) | st.tuples(st.sampled_from(["L1", "L2"]), st.sampled_from([0.01, 0.3]))


def dense(units, activation=hidden):
    return st.builds(
        DensePlan,
        units=units if isinstance(units, st.SearchStrategy) else st.just(units),
        activation=activation,
        use_bias=st.booleans(),
        kernel_penalty=penalty,
        bias_penalty=penalty,
    )


@st.composite
def chains(draw, n_in, depth, activation=hidden, nest=True):
    """Parts of a network for n_in inputs, and its number of outputs."""
    parts, n = [], n_in
    for _ in range(draw(depth)):
        kind = draw(
            st.sampled_from(["dense"] * 4 + ["activation"] + ["residual", "nested", "nested residual"] * nest)
        )
        if kind == "dense":
            parts.append(draw(dense(widths, activation)))
            n = parts[-1].units
        elif kind == "activation":
            parts.append(ActivationPlan(draw(activation)))
        elif kind == "residual":
            parts.append(ResidualPlan(draw(dense(n, activation))))
        else:
            inner, m = draw(chains(n, st.integers(1, 2), activation, nest=False))
            if kind == "nested residual":
                inner, m = (*inner, DensePlan(n)), n
                parts.append(ResidualPlan(NestedPlan(NetworkPlan(inner, (n,)))))
            else:
                parts.append(NestedPlan(NetworkPlan(inner, (n,))))
            n = m
    return tuple(parts), n


@st.composite
def ends(draw, loss):
    """The last parts of a network: as many outputs and such a last activation as the loss asks for."""
    units = draw(st.integers(2, 6) if loss.targets in ("one-hot", "class") else widths)
    if loss.from_logits is None:
        last = draw(st.sampled_from(["linear", "tanh", "sigmoid", "softplus"]))
    elif loss.from_logits:
        last = "linear"
    elif loss.targets == "bit":
        last = "sigmoid"
    else:
        last = draw(st.sampled_from(["softmax", "softmax", "sigmoid"]))
    plan = draw(dense(units, st.just(last)))
    form = draw(st.sampled_from(["in dense", "apart", "nested"]))
    if form == "in dense":
        return (plan,), units
    plain = DensePlan(plan.units, "linear", plan.use_bias, plan.kernel_penalty, plan.bias_penalty)
    if form == "apart":
        return (plain, ActivationPlan(last)), units
    return (plain, NestedPlan(NetworkPlan((DensePlan(units, last),), (units,)))), units


@st.composite
def network_plans(draw, loss):
    input_shape = draw(st.tuples(widths) | st.tuples(st.integers(1, 3), st.integers(1, 3)))
    first = (FlattenPlan(),) if len(input_shape) == 2 else ()
    parts, _ = draw(chains(math.prod(input_shape), st.integers(0, 3)))
    last, units = draw(ends(loss))
    parts = first + parts + last
    if isinstance(parts[0], NestedPlan):
        parts = (ActivationPlan("linear"), *parts)  # the input shape is written on a plain first layer
    return NetworkPlan(parts, input_shape), units


@dataclass
class Case:
    """A network of random weights, data that fit its loss, and the oracle for both."""

    net: Network
    plan: NetworkPlan
    loss: LossRow
    reduction: str
    x: np.ndarray
    y: np.ndarray
    sample_weight: np.ndarray | None

    def __post_init__(self):
        self.kinks = Kinks()

    @np.errstate(all="ignore")  # what diverges is not compared
    def value_and_gradient(self, weights, rows=slice(None)):
        """The loss of some rows and its gradient for each of the weights, by the tape."""
        leaves = [ag.Var(w) for w in weights]
        remaining, penalties = iter(leaves), []
        y = self.plan.run(ag.Var(self.x[rows]), remaining, self.kinks, penalties)
        assert next(remaining, None) is None, "the network has more weights than its plan"
        values = self.loss.per_row(self.y[rows], y, self.kinks)
        w = None if self.sample_weight is None else self.sample_weight[rows]
        total = ag.total(values if w is None else values * w)
        total = total * (1.0 / REDUCTIONS[self.reduction](len(values.value), w)) + sum(penalties)
        return float(total.value), ag.gradient(total, *leaves)

    def train(self, weights, optimizer, batches):
        """All weights after a step for each batch, and the losses before each."""
        shapes = [w.shape for w in weights]
        cuts = np.cumsum([math.prod(s) for s in shapes])[:-1]
        flat, values = np.concatenate([w.ravel() for w in weights]), []
        for rows in batches:
            weights = [w.reshape(s) for w, s in zip(np.split(flat, cuts), shapes, strict=True)]
            value, gradients = self.value_and_gradient(weights, rows)
            flat = optimizer.step(flat, np.concatenate([g.ravel() for g in gradients]))
            values.append(value)
        return [w.reshape(s) for w, s in zip(np.split(flat, cuts), shapes, strict=True)], values


def targets_for(loss, rng, n, units):
    if loss.targets == "class":
        return rng.integers(units, size=n)
    if loss.targets == "one-hot":
        return one_hot(rng.integers(units, size=n), units)
    if loss.targets == "bit":
        return rng.integers(2, size=(n, units)).astype(float)
    if loss.targets == "sign":
        return rng.choice([-1.0, 1.0], size=(n, units))
    return rng.normal(size=(n, units))


@st.composite
def cases(draw, loss_name):
    loss = LOSSES[loss_name]
    plan, units = draw(network_plans(loss))
    reduction = draw(st.sampled_from(sorted(REDUCTIONS)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(2, 9))
    x = rng.normal(size=(n, *plan.input_shape))
    y = targets_for(loss, rng, n, units)
    sample_weight = rng.uniform(0.1, 2.0, size=n) if draw(st.booleans()) else None
    net = plan.build(rng=0)
    net.set_weights([rng.normal(scale=0.7, size=w.shape) for w in net.get_weights()])
    return Case(net, plan, loss, reduction, x, y, sample_weight)


def agree(found, expected, tolerance=1e-10):
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def stayed_small(weights):
    """A training may diverge; then rounding grows with it, and nothing is left to compare."""
    return all(np.all(np.abs(w) < 1e3) for w in weights)


def flat(arrays):
    return np.concatenate([a.ravel() for a in arrays])


random_networks = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)

# --- The properties -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss_name", LOSSES)
@random_networks
@given(data=st.data())
def test_outputs_and_gradients(loss_name, data):
    """predict, value_and_gradient, forward and backward of a random network."""
    case = data.draw(cases(loss_name))
    net = case.net
    weights = net.get_weights()
    net.compile(optimizer="sgd", loss=case.loss.build(case.reduction))
    value, gradients = case.value_and_gradient(weights)
    assume(case.kinks.nearest > 1e-7)

    found_value, found_gradient = net.value_and_gradient(case.x, case.y, sample_weight=case.sample_weight)
    agree([found_value, found_gradient], [value, flat(gradients)])

    if case.reduction == "sum_over_batch_size":  # a mean over rows is the same in batches of any size
        batch_size = data.draw(st.integers(1, len(case.x)))
        found = net.evaluate(case.x, case.y, batch_size, verbose=0, sample_weight=case.sample_weight)
        assert found == pytest.approx(value, rel=1e-10, abs=1e-10)

    x, leaves = ag.Var(case.x), [ag.Var(w) for w in weights]
    y = case.plan.run(x, iter(leaves), Kinks(), [])
    agree([net.predict(case.x), net(case.x), net.forward(case.x)], [y.value] * 3)
    dy = np.random.default_rng(0).normal(size=y.shape)
    dx, *gradients = ag.gradient(ag.total(y * dy), x, *leaves)
    agree([net.backward(dy), *net.gradients], [dx, *gradients])  # penalties are not backward's business
    agree([net.gradient], [flat(gradients)])


@pytest.mark.parametrize("loss_name", LOSSES)
@random_networks
@given(data=st.data())
def test_weights_after_fit(loss_name, data):
    """Two epochs in order, the last batch short more often than not."""
    case = data.draw(cases(loss_name))
    name, options = data.draw(st.sampled_from(OPTIMIZERS))
    n, batch_size = len(case.x), data.draw(st.integers(1, len(case.x)))
    starts = range(0, n, batch_size)
    batches = [slice(i, i + batch_size) for i in starts]
    weights, values = case.train(case.net.get_weights(), globals()[name](**options), batches * 2)
    assume(case.kinks.nearest > 1e-7 and stayed_small(weights))

    optimizer = getattr(optimizers, name)(**options)
    case.net.compile(optimizer=optimizer, loss=case.loss.build(case.reduction))
    history = case.net.fit(
        case.x,
        case.y,
        batch_size=batch_size,
        epochs=2,
        shuffle=False,
        verbose=0,
        sample_weight=case.sample_weight,
    )
    agree(case.net.get_weights(), weights)
    if case.reduction == "sum_over_batch_size":
        rows = [len(case.x[b]) for b in batches]
        epochs = np.reshape(values, (2, len(batches)))
        agree([history.history["loss"]], [np.average(epochs, axis=1, weights=rows)])


@pytest.mark.parametrize("loss_name", LOSSES)
@settings(random_networks, max_examples=10)
@given(data=st.data())
def test_weights_after_train_on_batch(loss_name, data):
    """Three steps, each on other rows; the loss that comes back is that before the step."""
    case = data.draw(cases(loss_name))
    name, options = data.draw(st.sampled_from(OPTIMIZERS))
    batches = [slice(0, 2), slice(0, None), slice(1, 2)]
    weights, values = case.train(case.net.get_weights(), globals()[name](**options), batches)
    assume(case.kinks.nearest > 1e-7 and stayed_small(weights))

    optimizer = getattr(optimizers, name)(**options)
    case.net.compile(optimizer=optimizer, loss=case.loss.build(case.reduction))
    for rows, value in zip(batches, values, strict=True):
        w = None if case.sample_weight is None else case.sample_weight[rows]
        found = case.net.train_on_batch(case.x[rows], case.y[rows], sample_weight=w)
        if case.reduction == "sum_over_batch_size":
            assert found == pytest.approx(value, rel=1e-10, abs=1e-10)
    agree(case.net.get_weights(), weights)


FUSIONS = [
    ("sigmoid", losses.BinaryCrossentropy, "bit"),
    ("softmax", losses.CategoricalCrossentropy, "one-hot"),
    ("softmax", losses.SparseCategoricalCrossentropy, "class"),
]


@pytest.mark.parametrize("apart", [False, True], ids=["in Dense", "own layer"])
@pytest.mark.parametrize(("activation", "make", "kind"), FUSIONS, ids=[m.__name__ for _, m, _ in FUSIONS])
@settings(max_examples=50, deadline=None)
@given(scale=st.floats(0.01, 2.0), seed=st.integers(0, 2**32 - 1), units=st.integers(2, 6))
def test_fused_is_unfused_where_nothing_is_clipped(activation, make, kind, apart, scale, seed, units):
    """Softmax or sigmoid with its cross-entropy: the definition, the loss on logits, and fit's way, all the same."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(5, 3)) * scale
    y = targets_for(LossRow(make, None, kind), rng, 5, units)
    last = [Dense(units), Activation(activation)] if apart else [Dense(units, activation=activation)]
    with_probabilities = Network([Dense(4, activation="tanh", input_dim=3), *last], rng=rng)
    with_logits = Network([Dense(4, activation="tanh", input_dim=3), Dense(units)], rng=rng)
    with_logits.set_weights(with_probabilities.get_weights())
    with_probabilities.compile(optimizer="sgd", loss=make())
    with_logits.compile(optimizer="sgd", loss=make(from_logits=True))

    p = with_probabilities.predict(x)
    if kind == "bit":
        unfused = np.mean(-np.log(np.where(y == 1, p, 1 - p)))
    else:
        unfused = np.mean(-np.log(p[y == 1] if kind == "one-hot" else p[np.arange(5), y]))
    value, gradient = with_probabilities.value_and_gradient(x, y)
    assert value == pytest.approx(unfused, rel=1e-9)
    agree([value, gradient], with_logits.value_and_gradient(x, y), 1e-9)

    # The layers keep their own derivative: the loss's dL/dp carried back through them gives the same again.
    _, dp = make().value_and_gradient(y, with_probabilities.forward(x))
    with_probabilities.backward(dp)
    agree([with_probabilities.gradient], [gradient], 1e-9)


@pytest.mark.parametrize("logit", [1.0, 20.0, 40.0, 700.0, 2000.0])
@pytest.mark.parametrize(("activation", "make", "kind"), FUSIONS, ids=[m.__name__ for _, m, _ in FUSIONS])
def test_fused_gradient_is_p_minus_t_where_probabilities_underflow(activation, make, kind, logit):
    """Certain and wrong: the loss is the logit itself and its derivative 1, however far out."""
    units = 1 if kind == "bit" else 2
    net = Network([Dense(units, activation=activation, use_bias=False, input_dim=1)])
    net.set_weights([[[-logit]] if units == 1 else [[-logit, 0.0]]])
    net.compile(optimizer="sgd", loss=make())
    target = {"bit": [[1.0]], "one-hot": [[1.0, 0.0]], "class": [0]}[kind]
    value, gradient = net.value_and_gradient([[1.0]], target)
    p = math.exp(-logit) / (1 + math.exp(-logit))
    assert value == pytest.approx(logit + math.log1p(math.exp(-logit)), rel=1e-14)
    np.testing.assert_allclose(gradient, [p - 1] if units == 1 else [p - 1, 1 - p], rtol=1e-13)


@settings(max_examples=25, deadline=None)
@given(rate=st.sampled_from([0.1, 0.5, 0.9]), seed=st.integers(0, 2**32 - 1))
def test_dropout_is_the_identity_where_nothing_is_trained(rate, seed):
    rng = np.random.default_rng(seed)
    parts = [DensePlan(4, "tanh"), DensePlan(2)]
    bare = NetworkPlan(tuple(parts), (3,)).build()
    net = Network([parts[0].build(input_dim=3), Dropout(rate), parts[1].build()], rng=seed)
    net.set_weights(bare.get_weights())
    x, y = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
    for each in (net, bare):
        each.compile(optimizer="sgd", loss="mse")
    agree(net.value_and_gradient(x, y), bare.value_and_gradient(x, y), 1e-14)
    agree([net.predict(x), net(x), net.forward(x)], [bare.predict(x)] * 3, 1e-14)
