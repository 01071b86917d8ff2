"""A step from memory is the plain step, to the last bit; and what cannot be made from memory is not."""

import math
import operator

import numpy as np
import pytest
from tables import ACTIVATIONS, LAYER_ROWS, LOSSES, OPTIMIZERS, REGULARIZERS, TARGETS, over

from mlp import Network, callbacks, training
from mlp.activations import ACTIVATIONS as ACTIVATION_CLASSES
from mlp.activations import Activation, Gelu, Relu, Tanh
from mlp.constraints import NonNeg
from mlp.errors import NonFiniteError
from mlp.layers import Dense, Layer
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
        layer = row.make()
        return network(Dense(shape[-1], activation="tanh", input_shape=shape), layer)

    x, y, weight = data(shape, make().output_shape[1:])
    parts = [part for layer in make().walk() for part in (layer, *vars(layer).values())]
    recorded = all(map(replayable, [p for p in parts if isinstance(p, Layer | Activation)]))
    same_with_and_without(make, x, y, weight if weighted else None, monkeypatch, recorded)


@over(ACTIVATIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_activation(row, dtype, monkeypatch):
    x, y, _ = data((3,), (2,))
    same_with_and_without(
        lambda: network(Dense(4, activation=row.make(), input_dim=3), Dense(2, row.make()), dtype=dtype),
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
    output = {"real": None, "probability": "softmax" if row.targets in ("one-hot", "index") else "sigmoid"}
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
            Dense(2, bias_regularizer=row.make()),
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
    """Also in the middle of an epoch, where it is the optimizer's state."""

    def forget(batch, logs=None):
        if batch == 2:
            state = watch.model.optimizer.get_state()
            halved = {name: slot / 2 for name, slot in state["slots"].items()}
            watch.model.optimizer.set_state({**state, "slots": halved})

    def change(epoch, logs=None):
        watch.model.layers[0].activation = Tanh() if epoch else Relu()
        watch.model.optimizer.learning_rate = 0.1 / (epoch + 1)

    x, y, _ = data((3,), (2,))
    watch = callbacks.LambdaCallback(on_train_batch_end=forget, on_epoch_begin=change)
    same_with_and_without(
        lambda: network(Dense(4, "tanh", input_dim=3), Dense(2)), x, y, None, monkeypatch, callbacks=[watch]
    )


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

NOT_REPLAYABLE = {"Gelu"}


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


# --- The recording itself -----------------------------------------------------------------------------------

FUNCTIONS = {
    "operators": lambda x, y: (x + 2.0) * y - x / 3,
    "in place": lambda x, y: operator.iadd(x * 1.0, y),
    "a reduction": lambda x, y: np.maximum.reduce(x, axis=-1, keepdims=True) + y,
    "a function": lambda x, y: np.where(x > 0, x, y),
    "products": lambda x, y: x.dot(y.T).dot(x.T.T),
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
