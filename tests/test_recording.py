"""A step from memory is the plain step, to the last bit; and what cannot be made from memory is not."""

import math
import operator

import numpy as np
import pytest
from own_layers import Average
from tables import ACTIVATIONS, LAYER_ROWS, LOSSES, MERGES, OPTIMIZERS, REGULARIZERS, TARGETS, over

from mlp import Input, Network, callbacks, training
from mlp.activations import ACTIVATIONS as ACTIVATION_CLASSES
from mlp.activations import Activation, Gelu, LeakyRelu, Relu, Tanh
from mlp.constraints import NonNeg
from mlp.errors import NonFiniteError
from mlp.layers import Dense, InputLayer, Layer
from mlp.layers.base import LAYERS
from mlp.losses import LOSSES as LOSS_CLASSES
from mlp.losses import Hinge
from mlp.optimizers import OPTIMIZERS as OPTIMIZER_CLASSES
from mlp.optimizers import SGD, Adam
from mlp.passes import Pass, RecordedPass
from mlp.recording import CannotRecord, Recording, replayable
from mlp.regularizers import REGULARIZERS as REGULARIZER_CLASSES
from mlp.schedules import ExponentialDecay

NEVER = math.inf


def data(shape, outputs, targets="real", seed=0, rows=23):
    rng = np.random.default_rng(seed)
    y = TARGETS[targets].draw(rng, (rows, *outputs))
    return rng.normal(size=(rows, *shape)), y, rng.uniform(0.2, 2.0, rows)


def same_with_and_without(make, x, y, weight, monkeypatch, recorded=True, **how):
    """Three epochs of batches of 6, the last one of 5, give the same bits, with recorded steps if they can be."""
    made = []
    monkeypatch.setattr(RecordedPass, "step", counting(RecordedPass.step, made))
    net = make()
    plain = net.copy()
    for one, steps in ((plain, NEVER), (net, 1)):
        assert not made
        monkeypatch.setattr(training, "PLAIN_STEPS", steps)
        one.fit(x, y, 6, 3, verbose=0, sample_weight=weight, **how)
    assert bool(made) is recorded
    for a, b in zip(net.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert net.history.history == plain.history.history
    for name, slot in plain.optimizer.slots.items():
        np.testing.assert_array_equal(net.optimizer.slots[name], slot)
    assert net.optimizer.iterations == plain.optimizer.iterations


def counting(method, made):
    def counted(self, *args):
        made.append(self)
        return method(self, *args)

    return counted


def network(*layers, dtype="float64", loss="mse", optimizer="adam", metrics=("mae",)):
    net = Network(list(layers), dtype=dtype, rng=3)
    net.compile(optimizer, loss, metrics=list(metrics))
    return net


# --- The same bits ------------------------------------------------------------------------------------------


@over(LAYER_ROWS)
@pytest.mark.parametrize("weighted", [False, True])
def test_every_layer(row, weighted, monkeypatch):
    shape = row.shapes[-1]

    def make():
        if row.below is not None:
            return network(InputLayer(shape), row.make(), Dense(2))
        return network(Dense(shape[-1], activation="tanh", input_shape=shape), row.make())

    _, y, weight = data(shape, make().output_shape[1:])
    x = row.draw(np.random.default_rng(0), (len(y), *shape))
    parts = [part for layer in make().walk() for part in (layer, *vars(layer).values())]
    recorded = all(map(replayable, [p for p in parts if isinstance(p, Layer | Activation)]))
    same_with_and_without(make, x, y, weight if weighted else None, monkeypatch, recorded)


@over(MERGES)
def test_every_merge(row, monkeypatch):
    """Recorded or not: the bits are the same."""

    def make():
        values = [Input(shape=shape) for shape in row.shapes]
        hidden = [Dense(shape[-1], activation="tanh") for shape in row.shapes]
        merged = row.make()([layer(value) for layer, value in zip(hidden, values, strict=True)])
        net = Network(inputs=values, outputs=Dense(2, activation="tanh")(merged), rng=3)
        net.compile("adam", "mse")
        return net

    rng, weights = np.random.default_rng(1), []
    x = [rng.normal(size=(23, *shape)) for shape in row.shapes]
    y = rng.normal(size=(23, *make().output_shape[1:]))
    for steps in (NEVER, 1):
        monkeypatch.setattr(training, "PLAIN_STEPS", steps)
        net = make()
        net.fit(x, y, 6, 3, verbose=0)
        weights.append(net.parameters)
    np.testing.assert_array_equal(*weights)


@over(ACTIVATIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_activation(row, dtype, monkeypatch):
    x, y, _ = data((3,), (2,))
    units = 4 if row.make().changes_shape else 2
    same_with_and_without(
        lambda: network(Dense(4, activation=row.make(), input_dim=3), Dense(units, row.make()), dtype=dtype),
        x, y, None, monkeypatch, replayable(row.make()),
    )  # fmt: skip


@over(LOSSES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
def test_every_loss(row, dtype, weighted, reduction, monkeypatch):
    x, y, weight = data((3,), (3,), row.targets)
    if row.ignored is not None:
        y[::4] = row.ignored
    probability = "softmax" if row.targets in ("one-hot", "index") else "sigmoid"
    output = {"real": None, "positive": "sigmoid", "probability": probability}
    looks = (row.ignored is not None and reduction != "sum") or (
        reduction == "mean_with_sample_weight" and weighted
    )

    def make():
        last = Dense(3, activation=output[row.outputs])
        return network(
            Dense(4, activation="tanh", input_dim=3),
            last,
            dtype=dtype,
            loss=row.make(reduction=reduction),
            metrics=(),
        )

    same_with_and_without(make, x, y, weight if weighted else None, monkeypatch, not looks)


@over(OPTIMIZERS)
@pytest.mark.parametrize("width", [3, 200])
def test_every_optimizer_in_one_block_and_in_several(row, width, monkeypatch):
    x, y, _ = data((100,), (1,))
    rate = ExponentialDecay(0.01, 3, 0.5)
    same_with_and_without(
        lambda: network(Dense(width, "relu", input_dim=100), Dense(1), optimizer=row.make(learning_rate=rate)),
        x, y, None, monkeypatch,
    )  # fmt: skip


@over(REGULARIZERS)
def test_every_penalty(row, monkeypatch):
    x, y, weight = data((3,), (2,))
    same_with_and_without(
        lambda: network(
            Dense(4, "tanh", input_dim=3, kernel_regularizer=row.make(), activity_regularizer=row.make()),
            *([Dense(2, bias_regularizer=row.make())] if (5,) in row.shapes else [Dense(2)]),
        ),
        x, y, weight, monkeypatch,
    )  # fmt: skip


def test_frozen_layers_constraints_and_nested_networks(monkeypatch):
    x, y, _ = data((3,), (2,))

    def make():
        inner = Network([Dense(4, "tanh", input_dim=3), Dense(4, "sigmoid", trainable=False)])
        return network(inner, Dense(2, kernel_constraint=NonNeg()))

    same_with_and_without(make, x, y, None, monkeypatch)


def test_what_a_callback_changes_is_seen(monkeypatch):
    def change(epoch, logs=None):
        watch.model.layers[0].activation = Tanh() if epoch else Relu()
        watch.model.optimizer.learning_rate = 0.1 / (epoch + 1)

    x, y, _ = data((3,), (2,))
    watch = callbacks.LambdaCallback(on_epoch_begin=change)
    same_with_and_without(
        lambda: network(Dense(4, "tanh", input_dim=3), Dense(2)), x, y, None, monkeypatch, callbacks=[watch]
    )


CHANGES = {
    "a penalty": lambda net: setattr(net.layers[0].kernel_regularizer, "l2", 0.5),
    "an activation": lambda net: setattr(net.layers[0].activation, "negative_slope", 0.3),
    "the loss": lambda net: setattr(net.loss, "reduction", "sum"),
    "the optimizer's state": lambda net: [slot.fill(0.1) for slot in net.optimizer.slots.values()],
    "a layer": lambda net: setattr(net.layers[1], "activation", Tanh()),
    "weights": lambda net: net.set_weights([2 * w for w in net.get_weights()]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_changed_between_two_batches_is_seen_as_ever(change, monkeypatch):
    """Whoever may change something there is not trained from memory."""
    x, y, _ = data((3,), (2,))

    def meddle(batch, logs=None):
        if batch == 2:
            change(watch.model)

    watch = callbacks.LambdaCallback(on_train_batch_end=meddle)
    same_with_and_without(
        lambda: network(Dense(4, LeakyRelu(0.1), input_dim=3, kernel_regularizer="l2"), Dense(2)),
        x, y, None, monkeypatch, False, callbacks=[watch],
    )  # fmt: skip


def test_state_of_an_optimizer_that_is_set_is_not_forgotten():
    w, v, g = np.ones(3), np.ones(3), np.array([1.0, 2.0, 3.0])
    one, other = Adam(0.1), Adam(0.1)
    step = one.recorded_step(w, g)
    other.step(v, g)
    for optimizer in (one, other):
        state = optimizer.get_state()
        optimizer.set_state({**state, "slots": {name: slot / 2 for name, slot in state["slots"].items()}})
    step()
    other.step(v, g)
    np.testing.assert_array_equal(w, v)


def test_a_loss_that_is_not_finite_ends_training_as_before(monkeypatch):
    """The weights are those before the step, and the message is that of a plain pass."""
    x, y, _ = data((3,), (1,))
    messages = []
    for steps in (NEVER, 1):
        monkeypatch.setattr(training, "PLAIN_STEPS", steps)
        net = network(Dense(4, input_dim=3), Dense(1), optimizer=SGD(1e60))
        with pytest.raises(NonFiniteError) as error:
            net.fit(x, y, 6, 20, verbose=0)
        messages.append(str(error.value))
        assert np.isfinite(net.parameters).all()
    assert messages[0] == messages[1]


# --- What may be recorded -----------------------------------------------------------------------------------

NOT_REPLAYABLE = {"Dot", "Gelu", "LBFGS", "Sparsemax"}


@pytest.mark.parametrize(
    "registry", [LAYERS, ACTIVATION_CLASSES, LOSS_CLASSES, OPTIMIZER_CLASSES, REGULARIZER_CLASSES], ids=str
)
def test_every_class_says_whether_it_is(registry):
    undeclared = {name for name, cls in registry.classes.items() if not vars(cls).get("replayable")}
    assert undeclared <= NOT_REPLAYABLE


class Declared(Layer):
    """Looks through its input in a way that a recording cannot follow."""

    replayable = True

    def __init__(self, look):
        super().__init__()
        self.look = look

    def forward(self, x, training=False):
        self.look(x)
        return x + 0.0

    def backward(self, dy):
        return dy + 0.0


LOOKS = {
    "bool": lambda x: x[0, 0] > 0 and None,
    "float": lambda x: float(x[0, 0]),
    "int": lambda x: int(x[0, 0]),
    "item": lambda x: x[0, 0].item(),
    "iteration": list,
    "index": lambda x: range(9)[(x[0, 0] * 0).astype(int)],
    "a method": lambda x: x.sum(),
    "a copying reshape": lambda x: x.T.reshape(-1),
    "memory of one's own": lambda x: np.add(x, 1, out=np.zeros(x.shape)),
    "an unseen product": lambda x: np.ones((1, len(x))).dot(x) + 1,
    "two outputs": np.modf,
    "out of a function": lambda x: np.clip(x, 0, 1, out=np.zeros(x.shape)),
    "several arrays": lambda x: np.split(x, [1]),
    "two outputs given": lambda x: np.modf(x, out=(np.zeros(x.shape), np.zeros(x.shape))),
    "a choice of entries": lambda x: x[x > 0],
    "a mask alone": lambda x: np.multiply(np.ones(x.shape), 2, where=x > 0, out=np.zeros(x.shape)),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_what_a_recording_cannot_follow_runs_plainly(look, monkeypatch):
    x, y, _ = data((3,), (3,))
    net = network(Dense(3, input_dim=3), Declared(look))
    with pytest.raises(CannotRecord):
        RecordedPass(net, net.loss, x, y, None)
    same_with_and_without(
        lambda: network(Dense(3, input_dim=3), Declared(look)), x, y, None, monkeypatch, False
    )


def test_memory_may_be_asked_for_by_keyword(monkeypatch):
    class Kept(Layer):
        replayable = True

        def forward(self, x, training=False):
            return np.multiply(x, 2.0, out=self.empty(name="y", shape=x.shape, dtype=np.float64))

        def backward(self, dy):
            return np.multiply(dy, 2.0, out=self.empty("dx", shape=dy.shape))

    x, y, _ = data((3,), (3,))
    same_with_and_without(lambda: network(Dense(3, input_dim=3), Kept()), x, y, None, monkeypatch)


def test_a_subclass_speaks_for_itself():
    class Own(Dense):
        pass

    class OwnLoss(Hinge):
        pass

    class OwnActivation(Tanh):
        pass

    assert not any(map(replayable, (Own(3), OwnLoss(), OwnActivation())))
    x, y, _ = data((3,), (3,))
    for net in (
        network(Own(3, input_dim=3)),
        network(Dense(3, OwnActivation(), input_dim=3)),
        network(Dense(3, Gelu(), input_dim=3)),
    ):
        with pytest.raises(CannotRecord, match="not everything"):
            RecordedPass(net, net.loss, x, y, None)


def test_an_optimizer_that_cannot_be_recorded_makes_its_steps_plainly():
    class Own(SGD):
        replayable = True

        def update(self, w, g, slots, numbers, scratch):
            w -= numbers[0] * g
            float(g[0])

    w, v, g = np.ones(3), np.ones(3), np.array([1.0, 2.0, 3.0])
    own, plain = Own(0.5), SGD(0.5)
    step = own.recorded_step(w, g)
    step()
    plain.step(v, g)
    plain.step(v, g)
    np.testing.assert_array_equal(w, v)
    assert own.iterations == 2


class Buffer(Layer):
    """Writes into memory that is not from `empty`."""

    replayable = True

    def forward(self, x, training=False):
        y = np.zeros(x.shape)
        y[:, 1:] = x[:, :-1]
        return y

    def backward(self, dy):
        dx = np.zeros(dy.shape)
        dx[:, :-1] = dy[:, 1:]
        return dx


class Converts(Layer):
    """Looks at the array behind the one that is watched."""

    replayable = True

    def forward(self, x, training=False):
        return np.asarray(x) * 2.0

    def backward(self, dy):
        return np.ascontiguousarray(dy) * 2.0


class Views(Layer):
    """Writes through a view that a function returned."""

    replayable = True

    def forward(self, x, training=False):
        y = self.empty("y", x.shape)
        np.transpose(y)[...] = np.transpose(x)
        return y

    def backward(self, dy):
        return dy + 0.0


@pytest.mark.parametrize("layer", [Buffer, Converts, Views], ids=lambda cls: cls.__name__)
def test_a_class_that_declares_what_is_not_so_is_trained_plainly(layer, monkeypatch):
    """Not the pass but the comparison with a plain one tells."""
    x, y, _ = data((3,), (3,))
    nets = [network(Dense(3, "tanh", input_dim=3), layer(), Dense(3)) for _ in range(2)]
    for net, steps in zip(nets, (NEVER, 1), strict=True):
        monkeypatch.setattr(training, "PLAIN_STEPS", steps)
        # one step is made by the recording itself, before it is compared; it must be right
        net.fit(x, y, 6, 5, verbose=0)
    np.testing.assert_array_equal(nets[1].parameters, nets[0].parameters)
    assert nets[1].history.history == nets[0].history.history


@pytest.mark.parametrize("after", [None, LOOKS["a method"]])
def test_state_that_is_not_trained_is_moved_once_a_step(after, monkeypatch):
    x, y, _ = data((3,), (3,))
    layers = [] if after is None else [lambda: Declared(after)]
    same_with_and_without(
        lambda: network(Dense(3, input_dim=3), Average(), *(make() for make in layers)),
        x, y, None, monkeypatch, after is None,
    )  # fmt: skip


@pytest.mark.parametrize("what", ["layer", "activation", "loss"])
def test_an_object_with_a_method_of_its_own_is_not_what_its_class_declares(what):
    net = network(Dense(3, "tanh", input_dim=3))
    part = {"layer": net.layers[0], "activation": net.layers[0].activation, "loss": net.loss}[what]
    assert replayable(part)
    name = "measure" if what == "loss" else "forward"
    setattr(part, name, getattr(part, name))
    assert not replayable(part)


# --- The recording itself -----------------------------------------------------------------------------------

FUNCTIONS = {
    "operators": lambda x, y: (x + 2.0) * y - x / 3,
    "in place": lambda x, y: operator.iadd(x * 1.0, y),
    "a reduction": lambda x, y: np.maximum.reduce(x, axis=-1, keepdims=True) + y,
    "a function": lambda x, y: np.where(x > 0, x, y),
    "products": lambda x, y: x.dot(y.T).dot(x.T.T),
    "matrix products": lambda x, y: (x @ y.T) @ x,
    "products of vectors": lambda x, y: np.matmul(x[0], y[1]) * x,
    "a list of arrays": lambda x, y: np.concatenate([x, y], axis=0),
    "a choice by numbers": lambda x, y: np.where(np.maximum(x, 0), x, y),
    "options": lambda x, y: np.add(x, y, where=y > 0, out=x * 1.0),
    "outer products": lambda x, y: np.multiply.outer(x[0], y[0]),
    "running sums": lambda x, y: np.cumsum(x, axis=1) + np.add.accumulate(y, axis=0),
    "views": lambda x, y: x[1:] - y.reshape(2, 6)[:, :1].T[:, :1],
    "fancy indexing": lambda x, y: x[np.array([2, 0])] * 1.0,
    "assignment": lambda x, y: assigned(x * 1.0, y),
    "numbers": lambda x, y: x.ravel().dot(y.ravel()) * 0.5,
}


def assigned(z, y):
    z[:, 1] = y[:, 0]
    z[np.array([0, 1]), np.array([2, 2])] = 7.0
    return z


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_replay_computes_with_the_numbers_that_are_there_now(function, dtype):
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(2, 3, 4)).astype(dtype)
    recording = Recording()
    result = recording.plain(function(recording.watch(x), recording.watch(y)))
    again = recording.replay()
    for _ in range(3):
        x[...], y[...] = rng.normal(size=(2, 3, 4))
        again()
        expected = function(x, y)
        np.testing.assert_array_equal(result, expected)
        assert result.dtype == expected.dtype


def test_outputs_of_a_recorded_pass_are_those_of_the_last_batch():
    x, y, _ = data((3,), (3,), "one-hot")
    net = network(Dense(3, "softmax", input_dim=3), loss="categorical_crossentropy", metrics=())
    one = RecordedPass(net, net.loss, x[:6], y[:6], None)
    for begin in (0, 6, 12):
        rows = slice(begin, begin + 6)
        one.step(x[rows], y[rows], None)
        plain = Pass(net, net.loss)
        plain.step(x[rows], y[rows], None)
        np.testing.assert_array_equal(one.outputs, plain.outputs)


def test_adam_keeps_no_vector_of_a_training_that_is_over():
    net = network(Dense(3, input_dim=3), optimizer=Adam())
    x, y, _ = data((3,), (3,))
    net.fit(x, y, 6, 3, verbose=0)
    assert not any(
        isinstance(value, np.ndarray) and np.may_share_memory(value, net.parameters)
        for value in vars(net.optimizer).values()
    )
