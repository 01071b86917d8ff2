"""Networks trained at once are the networks that were trained alone."""

import signal

import numpy as np
import pytest
from own_layers import Average
from tables import ACTIVATIONS, LAYER_ROWS, LOSSES, OPTIMIZERS, REGULARIZERS, TARGETS, over

from mlp import Network, ensemble
from mlp.constraints import NonNeg
from mlp.ensemble import Ensemble
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, NonFiniteError, ShapeError, StateError
from mlp.layers import Dense, Dropout, InputLayer, Layer, Normalization
from mlp.optimizers import SGD, Adam
from mlp.recording import CannotRecord, replayable
from mlp.schedules import ExponentialDecay

K = 4


def data(shape, outputs, targets="real", rows=23):
    rng = np.random.default_rng(0)
    return (
        rng.normal(size=(rows, *shape)),
        TARGETS[targets].draw(rng, (rows, *outputs)),
        rng.uniform(0.2, 2.0, rows),
    )


def compiled(*layers, seed=0, loss="mse", optimizer=None, metrics=(), dtype="float64"):
    net = Network(list(layers), dtype=dtype, rng=seed)
    net.compile(
        optimizer or Adam(0.001 * (1 + seed) if isinstance(seed, int) else 0.001), loss, metrics=list(metrics)
    )
    return net


@pytest.fixture
def stacked(monkeypatch):
    """What was trained together: the number of networks in each group."""
    made = []

    class Counted(ensemble._Together):
        def __init__(self, networks, *rest):
            super().__init__(networks, *rest)
            made.append(len(networks))

    monkeypatch.setattr(ensemble, "_Together", Counted)
    return made


def same_as_alone(make, x, y, weight=None, rows=None, tolerance=1e-10, epochs=3, **how):
    """Together, and each of the same networks by itself: weights, histories, optimizers and generators."""
    together = [make(seed) for seed in range(K)]
    alone = [net.copy() for net in together]
    histories = Ensemble(together).fit(x, y, 6, epochs, rows=rows, sample_weight=weight, **how)
    for k, (net, other) in enumerate(zip(together, alone, strict=True)):
        own = slice(None) if rows is None else rows[k]
        w = None if weight is None else weight[own]
        history = other.fit(x[own], y[own], 6, epochs, verbose=0, sample_weight=w, **how)
        for a, b in zip(net.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
        assert histories[k] is net.history
        assert list(histories[k].history) == list(history.history)
        for name, values in history.history.items():
            np.testing.assert_allclose(
                histories[k].history[name], values, rtol=max(tolerance, 1e-9), atol=tolerance
            )
        assert net.optimizer.iterations == other.optimizer.iterations
        for name, slot in other.optimizer.slots.items():
            np.testing.assert_allclose(net.optimizer.slots[name], slot, rtol=tolerance, atol=tolerance)
        assert net.rng.random() == other.rng.random()


# --- The same results ---------------------------------------------------------------------------------------


@over(LAYER_ROWS)
def test_every_layer(row):
    shape = row.shapes[-1]

    def make(seed):
        if row.below is not None:
            return compiled(InputLayer(shape), row.make(), Dense(2), seed=seed)
        return compiled(Dense(shape[-1], activation="tanh", input_shape=shape), row.make(), seed=seed)

    _, y, _ = data(shape, make(0).output_shape[1:])
    same_as_alone(make, row.draw(np.random.default_rng(0), (len(y), *shape)), y)


@over(ACTIVATIONS)
def test_every_activation(row):
    x, y, _ = data((3,), (2,))
    units = 4 if row.make().changes_shape else 2
    same_as_alone(
        lambda seed: compiled(Dense(4, row.make(), input_dim=3), Dense(units, row.make()), seed=seed), x, y
    )


@over(LOSSES)
@pytest.mark.parametrize("weighted", [False, True])
def test_every_loss(row, weighted):
    x, y, weight = data((3,), (3,), row.targets)
    if row.ignored is not None:
        y[::4] = row.ignored
    probability = "softmax" if row.targets in ("one-hot", "index") else "sigmoid"
    output = {"real": None, "positive": "sigmoid", "probability": probability}

    def make(seed):
        last = Dense(3, activation=output[row.outputs])
        return compiled(Dense(4, "tanh", input_dim=3), last, seed=seed, loss=row.make(reduction="sum"))

    same_as_alone(make, x, y, weight if weighted else None)


@over(OPTIMIZERS)
def test_every_optimizer_with_a_rate_for_each(row, stacked):
    x, y, _ = data((3,), (1,))
    same_as_alone(
        lambda seed: compiled(
            Dense(4, "tanh", input_dim=3), Dense(1), seed=seed, optimizer=row.make(learning_rate=0.01 / (seed + 1))
        ),
        x, y,
    )  # fmt: skip
    assert stacked == [K] * replayable(row.make())


@over(REGULARIZERS)
def test_every_penalty(row, stacked):
    x, y, weight = data((3,), (2,))
    same_as_alone(
        lambda seed: compiled(
            Dense(4, "tanh", input_dim=3, kernel_regularizer=row.make(), activity_regularizer=row.make()),
            Dense(2, bias_regularizer=row.make() if (5,) in row.shapes else None), seed=seed,
        ),
        x, y, weight,
    )  # fmt: skip
    assert stacked == [K]


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("loss", ["hinge", "mse"])
def test_metrics_schedules_single_precision_and_order(shuffle, loss, stacked):
    x, y, _ = data((3,), (1,), "sign")
    schedules = [ExponentialDecay(0.01 * (seed + 1), 3, 0.5) for seed in range(K)]
    same_as_alone(
        lambda seed: compiled(
            Dense(4, "tanh", input_dim=3), Dense(1, "tanh"), seed=seed, loss=loss, metrics=["accuracy", "mae"],
            optimizer=SGD(schedules[seed], momentum=0.9), dtype="float32",
        ),
        x, y, shuffle=shuffle, tolerance=1e-5,
    )  # fmt: skip
    assert stacked == [K]


def test_softmax_outputs_for_metrics(stacked):
    x, y, _ = data((3,), (3,), "index")
    same_as_alone(
        lambda seed: compiled(
            Dense(3, "softmax", input_dim=3), seed=seed, loss="sparse_categorical_crossentropy", metrics=["accuracy"]
        ),
        x, y,
    )  # fmt: skip
    assert stacked == [K]


def test_every_network_has_its_own_rows_and_those_of_one_number_are_trained_together(stacked):
    x, y, weight = data((3,), (1,))
    rows = [np.arange(8), np.array([3, 3, 22, 1, 0, 5, 9]), np.arange(8) + 10, np.arange(13)]
    same_as_alone(lambda seed: compiled(Dense(1, "tanh", input_dim=3), seed=seed), x, y, weight, rows)
    assert sorted(stacked) == [1, 1, 2]


def test_every_network_keeps_its_own_state(stacked):
    """Moving averages that no optimizer moves."""
    x, y, _ = data((3,), (1,))

    def make(seed):
        scale = Normalization(mean=seed, variance=1 + seed, input_dim=3)
        return compiled(scale, Dense(2, "tanh"), Dense(1), seed=seed)

    base = make(0)

    def alike(seed):
        net = base.copy()
        net.layers[0].set_weights(make(seed).layers[0].get_weights())
        return net

    same_as_alone(alike, x, y)
    assert stacked == [K]


def test_training_goes_on_where_it_ended(stacked):
    """Also where one of the networks has been trained longer than the others."""
    x, y, _ = data((3,), (1,))
    nets = [compiled(Dense(4, "tanh", input_dim=3), Dense(1), seed=seed) for seed in range(3)]
    alone = [net.copy() for net in nets]
    for one in (nets, alone):
        one[2].fit(x, y, 6, 1, verbose=0)
    together = Ensemble(nets)
    for _ in range(2):
        together.fit(x, y, 6, 2)
    for net, other in zip(nets, alone, strict=True):
        other.fit(x, y, 6, 2, verbose=0)
        other.fit(x, y, 6, 2, verbose=0)
        np.testing.assert_allclose(net.parameters, other.parameters, rtol=1e-10, atol=1e-12)
    assert stacked == [2, 1, 2, 1]


class Own(Layer):
    def forward(self, x, training=False):
        return x + 0.0

    def backward(self, dy):
        return dy + 0.0


ONE_AFTER_ANOTHER = {
    "moving averages": lambda: [Dense(3, input_dim=3), Average(), Dense(1)],
    "random numbers": lambda: [Dense(3, input_dim=3), Dropout(0.5), Dense(1)],
    "a layer of one's own": lambda: [Dense(3, input_dim=3), Own(), Dense(1)],
    "frozen weights": lambda: [Dense(3, input_dim=3, trainable=False), Dense(1)],
    "constrained weights": lambda: [Dense(3, input_dim=3, kernel_constraint=NonNeg()), Dense(1)],
    "many parameters": lambda: [Dense(5000, input_dim=3), Dense(1)],
}


@pytest.mark.parametrize("layers", ONE_AFTER_ANOTHER.values(), ids=ONE_AFTER_ANOTHER)
def test_what_cannot_be_trained_together_is_trained_one_after_another(layers, stacked):
    x, y, weight = data((3,), (1,))
    rows = [np.arange(k, 20) for k in range(K)]
    same_as_alone(lambda seed: compiled(*layers(), seed=seed), x, y, weight, rows, tolerance=0.0)
    assert not stacked


def test_predictions_of_all():
    x, _, _ = data((3,), (1,))
    nets = [compiled(Dense(2, input_dim=3), seed=seed) for seed in range(3)]
    np.testing.assert_array_equal(Ensemble(nets).predict(x), [net.predict(x) for net in nets])


def test_it_is_a_sequence_of_its_networks():
    nets = [compiled(Dense(2, input_dim=3), seed=seed) for seed in range(3)]
    group = Ensemble(iter(nets))
    assert list(group) == nets == list(group.networks)
    assert group[-1] is nets[2]
    assert len(group) == 3
    assert repr(group) == f"<Ensemble of 3 times {nets[0]!r}>"


# --- What is refused ----------------------------------------------------------------------------------------


def test_networks_that_do_not_fit_together_are_refused():
    def net(units=2, **how):
        return compiled(Dense(units, input_dim=3), **how)

    plain = net()
    for networks, error, message in [
        ([], ArgumentError, "at least one network"),
        (3, ArgumentTypeError, "networks must be several networks, got 3"),
        ([plain, 3], ArgumentTypeError, r"networks\[1\] must be a Network, got 3"),
        ([plain, plain], StateError, "twice"),
        ([Network([Dense(1, input_dim=2)])], StateError, "not compiled"),
        ([plain, net(3)], ArgumentError, r"networks\[1\] differs from networks\[0\] in its architecture"),
        ([plain, net(loss="mae")], ArgumentError, "in its loss"),
        ([plain, net(optimizer="sgd")], ArgumentError, "in its optimizer"),
        ([plain, net(optimizer=Adam(beta_1=0.5))], ArgumentError, "in its optimizer"),
        ([plain, net(metrics=["mae"])], ArgumentError, "in its metrics"),
        ([plain, net(dtype="float32")], ArgumentError, "in its architecture"),
    ]:
        with pytest.raises(error, match=message):
            Ensemble(networks)
    assert len(Ensemble([plain, compiled(Dense(2, input_dim=3, name="other"), optimizer=Adam(0.5))])) == 2


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        ([[0, 1]], ShapeError, "list of 2 arrays"),
        (3, ShapeError, "list of 2 arrays"),
        ([[0], [[1]]], ShapeError, r"rows\[1\] must be a vector"),
        ([[0], []], ShapeError, r"rows\[1\] must be a vector"),
        ([[0], [0.5]], ShapeError, r"rows\[1\] must be a vector"),
        ([[0], [True]], ShapeError, r"rows\[1\] must be a vector"),
        ([[0], [23]], DataError, r"rows\[1\] must lie in 0 to 22, got 23 to 23"),
        ([[-1], [0]], DataError, r"rows\[0\] must lie in 0 to 22, got -1 to -1"),
    ],
)
def test_rows_that_are_none_are_refused_and_nothing_is_changed(rows, error, message):
    x, y, _ = data((3,), (2,))
    nets = [compiled(Dense(2, input_dim=3), seed=seed) for seed in range(2)]
    before = [net.parameters.copy() for net in nets]
    with pytest.raises(error, match=message):
        Ensemble(nets).fit(x, y, rows=rows)
    for net, parameters in zip(nets, before, strict=True):
        np.testing.assert_array_equal(net.parameters, parameters)
        assert net.history is None


def test_a_network_that_diverges_is_named_and_all_keep_the_weights_before_the_step():
    x, y, _ = data((3,), (1,))
    rates = [0.001, 1e80, 0.001]
    nets = [compiled(Dense(4, input_dim=3), Dense(1), seed=k, optimizer=SGD(rates[k])) for k in range(3)]
    with pytest.raises(
        NonFiniteError, match=r"networks\[1\]: epoch 1, batch 2: .* all are those before this step"
    ):
        Ensemble(nets).fit(x, y, 6, 5)
    assert all(np.isfinite(net.parameters).all() for net in nets)
    assert [net.optimizer.iterations for net in nets] == [1, 1, 1]


def test_what_has_been_changed_since_is_looked_at():
    x, y, _ = data((3,), (1,))
    nets = [compiled(Dense(1, input_dim=3), seed=k) for k in range(2)]
    group = Ensemble(nets)
    nets[1].compile("sgd", "mae")
    before = [net.parameters.copy() for net in nets]
    with pytest.raises(ArgumentError, match="in its optimizer"):
        group.fit(x, y)
    np.testing.assert_array_equal([net.parameters for net in nets], before)


def test_a_generator_for_two_is_refused():
    shared = np.random.default_rng(0)
    with pytest.raises(StateError, match="a generator is in the ensemble twice"):
        Ensemble(compiled(Dense(1, input_dim=3), seed=shared) for _ in range(2))


def test_a_function_may_give_the_rate(stacked):
    x, y, _ = data((3,), (1,))
    same_as_alone(
        lambda seed: compiled(
            Dense(1, input_dim=3), seed=seed, optimizer=SGD(lambda t: 0.1 / (t + 1 + seed))
        ),
        x,
        y,
    )
    assert stacked == [K]


def test_an_optimizer_whose_state_does_not_fit_says_so():
    x, y, _ = data((3,), (1,))
    nets = [compiled(Dense(1, input_dim=3), seed=k) for k in range(2)]
    Ensemble(nets).fit(x, y)
    for net in nets:
        net.add(Dense(1))
    with pytest.raises(StateError, match="has made steps on 4 parameters"):
        Ensemble(nets).fit(x, y)


def test_an_interrupt_leaves_whole_epochs_in_the_histories(monkeypatch):
    x, y, _ = data((3,), (1,))
    nets = [compiled(Dense(1, input_dim=3), seed=k) for k in range(2)]
    moved, move = [], ensemble._Mover.move

    def pressed(self):
        move(self)
        moved.append(1)
        if len(moved) == 6:  # in the second epoch of four steps
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(ensemble._Mover, "move", pressed)
    with pytest.raises(KeyboardInterrupt):
        Ensemble(nets).fit(x, y, 6, 5)
    assert [len(net.history.epoch) for net in nets] == [1, 1]
    assert [net.optimizer.iterations for net in nets] == [6, 6]


def test_no_rounds_change_nothing():
    x, y, _ = data((3,), (1,))
    nets = [compiled(Dense(1, input_dim=3), seed=k) for k in range(2)]
    before = [net.parameters.copy() for net in nets]
    histories = Ensemble(nets).fit(x, y, epochs=0)
    assert [history.history for history in histories] == [{}, {}]
    np.testing.assert_array_equal([net.parameters for net in nets], before)


def test_a_call_of_an_unknown_kind_is_not_stacked():
    from mlp.recording import Recording
    from mlp.stacking import Stack

    recording = Recording()
    x = np.ones((2, 3))
    np.cumsum(recording.watch(x), axis=-1)
    with pytest.raises(CannotRecord, match="cumsum is not known"):
        Stack(recording, 2, [(x, np.ones((2, 2, 3)))])
