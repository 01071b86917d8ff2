"""Callbacks that set the learning rate: when, to what, and what stands in the logs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlp import Network, metrics, optimizers, schedules
from mlp.callbacks import EarlyStopping, LambdaCallback, LearningRateScheduler, ReduceLROnPlateau
from mlp.errors import ArgumentError, ArgumentTypeError, MLPError, StateError, UnknownNameError
from mlp.layers import Dense

# --- LearningRateScheduler ----------------------------------------------------------------------------------


SCHEDULES = {
    "of epoch and rate": lambda epoch, lr: lr / 2 if epoch else lr,
    "of epoch": lambda epoch: 0.5 * 0.5**epoch,
    "a number of numpy": lambda epoch, lr: np.float64(0.5 * 0.5**epoch),
    "with a default": lambda epoch, lr=None: lr / 2 if epoch else lr,
}


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_a_rate_for_each_epoch(schedule, make, data):
    net, seen = make(optimizers.SGD(0.5)), []
    look = LambdaCallback(on_train_batch_begin=lambda *_: seen.append(net.optimizer.learning_rate))
    history = net.fit(
        *data, epochs=3, batch_size=12, verbose=0, callbacks=[LearningRateScheduler(schedule), look]
    )
    assert seen == [0.5, 0.25, 0.125]
    assert history.history["learning_rate"] == seen
    assert list(history.history) == ["loss", "learning_rate"]


def test_epochs_are_counted_from_where_training_begins(make, data):
    net = make()
    rates = LearningRateScheduler(lambda epoch: epoch + 1.0)
    history = net.fit(*data, epochs=5, initial_epoch=3, verbose=0, callbacks=[rates])
    assert history.history["learning_rate"] == [4.0, 5.0]


def test_a_rate_trains_as_if_it_had_been_set_by_hand(make, data):
    net, twin = make(optimizers.Adam(0.1)), make(optimizers.Adam(0.1))
    net.fit(*data, epochs=3, shuffle=False, batch_size=1, verbose=0, callbacks=[LearningRateScheduler(lambda e, lr: lr / 3)])  # fmt: skip
    for _ in range(3):
        twin.optimizer.learning_rate /= 3
        twin.fit(*data, shuffle=False, batch_size=1, verbose=0)
    np.testing.assert_array_equal(net.parameters, twin.parameters)


def test_an_error_inside_a_schedule_is_not_taken_for_one_argument(make, data):
    def broken(epoch, lr):
        raise TypeError("inside")

    with pytest.raises(TypeError, match="inside"):
        make().fit(*data, verbose=0, callbacks=[LearningRateScheduler(broken)])


@pytest.mark.parametrize("wrong", ["0.1", None, -1.0, float("nan"), True])
def test_a_schedule_returns_a_rate(wrong, make, data):
    net = make()
    with pytest.raises(MLPError, match="what schedule returns"):
        net.fit(*data, verbose=0, callbacks=[LearningRateScheduler(lambda epoch: wrong)])
    assert net.optimizer.learning_rate == 0.01


def test_what_is_no_schedule_is_refused():
    with pytest.raises(ArgumentTypeError, match="schedule must be a function"):
        LearningRateScheduler(0.1)


@pytest.mark.parametrize(
    "callback", [LearningRateScheduler(lambda epoch: 0.1), ReduceLROnPlateau("loss")], ids=["set", "reduce"]
)
def test_a_rate_that_a_schedule_tells_cannot_be_set(callback, make, data):
    net = make(optimizers.SGD(schedules.ExponentialDecay(0.1, 10, 0.5)))
    before = net.get_weights()
    with pytest.raises(StateError, match=r"follows ExponentialDecay\(.*give the optimizer a number"):
        net.fit(*data, verbose=0, callbacks=[callback])
    np.testing.assert_array_equal(net.get_weights()[0], before[0])


# --- ReduceLROnPlateau --------------------------------------------------------------------------------------


class Score(metrics.Metric):
    """A metric whose values are told in advance."""

    now = 0.0

    def values(self, t, y):
        return np.zeros(len(y))

    def result(self):
        return Score.now


def run(values, rate=1.0, **settings):
    """Train through these values of a metric: the rates in the logs, the rate at the end, the callback."""
    net = Network([Dense(1, input_dim=1)], rng=0)
    net.compile(optimizers.SGD(rate), "mse", metrics=[Score(name="score")])
    script = LambdaCallback(on_epoch_begin=lambda epoch, logs: setattr(Score, "now", values[epoch]))
    reduce = ReduceLROnPlateau(monitor="score", **settings)
    x = np.zeros((2, 1))
    history = net.fit(x, x, epochs=len(values), verbose=0, callbacks=[script, reduce])
    assert history.history["score"] == values
    return history.history["learning_rate"], net.optimizer.learning_rate, reduce


def rule(values, rate, mode, factor, patience, min_delta, cooldown, min_lr):
    """Keras's rule read aloud: the rate at the beginning of each epoch, and after the last."""
    rates, best, wait, cooling = [], None, 0, 0
    for value in values:
        rates.append(rate)
        if cooling > 0:
            cooling -= 1
            wait = 0
        if best is None or (value + min_delta < best if mode == "min" else value - min_delta > best):
            best, wait = value, 0
        elif cooling == 0:
            wait += 1
            if wait >= patience and rate > min_lr:
                rate = max(rate * factor, min_lr)
                cooling, wait = cooldown, 0
    return rates, rate


QUARTERS = st.integers(-8, 8).map(lambda i: i / 4)  # so that differences are exact


@settings(max_examples=150, deadline=None)
@given(
    values=st.lists(QUARTERS, min_size=1, max_size=12),
    mode=st.sampled_from(["min", "max"]),
    factor=st.sampled_from([0.0, 0.25, 0.5]),
    patience=st.integers(0, 4),
    min_delta=st.sampled_from([0, 0.25, 0.5]),
    cooldown=st.integers(0, 3),
    min_lr=st.sampled_from([0.0, 0.1, 0.25]),
)
def test_reduction_follows_the_rule_of_keras(values, **settings):
    rates, last, _ = run(values, **settings)
    assert (rates, last) == rule(values, 1.0, **settings)


EXAMPLES = {  # values, arguments, rates
    "patience": ([3.0, 3.0, 3.0, 3.0, 3.0], {"patience": 2, "factor": 0.5}, [1, 1, 1, 0.5, 0.5, 0.25]),
    "improving": ([3.0, 2.0, 1.0], {"patience": 1}, [1, 1, 1, 1]),
    "not enough": ([3.0, 2.5, 2.0], {"patience": 1, "factor": 0.5, "min_delta": 1}, [1, 1, 0.5, 0.25]),
    "cooldown": ([1.0] * 6, {"patience": 1, "factor": 0.5, "cooldown": 2}, [1, 1, 0.5, 0.5, 0.25, 0.25, 0.125]),
    "lowest": ([1.0] * 4, {"patience": 1, "factor": 0.5, "min_lr": 0.375}, [1, 1, 0.5, 0.375, 0.375]),
    "more is better": ([1.0, 2.0, 1.5], {"mode": "max", "patience": 1, "factor": 0.5}, [1, 1, 1, 0.5]),
}  # fmt: skip


@pytest.mark.parametrize(("values", "settings", "rates"), EXAMPLES.values(), ids=EXAMPLES)
def test_reduction_by_example(values, settings, rates):
    logged, last, _ = run(values, **{"mode": "min", **settings})
    assert [*logged, last] == rates


def test_messages(capsys, make, data):
    run([1.0, 1.0, 1.0], mode="min", patience=1, factor=0.5, verbose=1)
    assert capsys.readouterr().err.splitlines() == [
        "Epoch 2: ReduceLROnPlateau reducing learning rate to 0.5.",
        "Epoch 3: ReduceLROnPlateau reducing learning rate to 0.25.",
    ]
    make().fit(*data, verbose=0, callbacks=[LearningRateScheduler(lambda epoch: 0.5, verbose=1)])
    assert capsys.readouterr().err == "Epoch 1: LearningRateScheduler setting learning rate to 0.5.\n"
    run([1.0, 1.0], mode="min", patience=1)
    assert capsys.readouterr().err == ""


def test_epochs_without_validation_are_not_counted(make, data):
    net = make(optimizers.SGD(1e-9))
    reduce = ReduceLROnPlateau(patience=2, factor=0.5, min_delta=100)
    history = net.fit(*data, epochs=9, validation_data=data, validation_freq=3, verbose=0, callbacks=[reduce])
    assert history.history["learning_rate"] == [1e-9] * 9
    assert net.optimizer.learning_rate == 0.5e-9


def test_a_reduction_begins_anew_with_each_fit(make, data):
    net = make(optimizers.SGD(1e-9))
    reduce = ReduceLROnPlateau("loss", patience=2, factor=0.5, min_delta=100)
    for _ in range(3):
        net.fit(*data, epochs=2, verbose=0, callbacks=[reduce])
    assert net.optimizer.learning_rate == 1e-9


def test_it_stands_beside_early_stopping(make, data):
    net = make()
    told = [
        ReduceLROnPlateau("loss", patience=1, min_delta=100),
        EarlyStopping("loss", patience=3, min_delta=100),
    ]
    history = net.fit(*data, epochs=9, verbose=0, callbacks=told)
    assert history.history["learning_rate"] == pytest.approx([0.01, 0.01, 0.001, 0.0001])


@pytest.mark.parametrize(
    ("settings", "error"),
    [({"factor": 1.0}, ArgumentError), ({"factor": -0.1}, ArgumentError), ({"patience": -1}, ArgumentError),
     ({"cooldown": 0.5}, ArgumentTypeError), ({"min_lr": -1.0}, ArgumentError), ({"mode": "up"}, ArgumentError),
     ({"monitor": None}, ArgumentTypeError), ({"verbose": 3}, ArgumentError)],
    ids=str,
)  # fmt: skip
def test_what_makes_no_sense_is_refused(settings, error):
    with pytest.raises(error, match=next(iter(settings))):
        ReduceLROnPlateau(**settings)


def test_an_unknown_quantity_is_refused_before_training(make, data):
    net = make()
    with pytest.raises(UnknownNameError, match="ReduceLROnPlateau: nothing is called 'val_loss'"):
        net.fit(*data, verbose=0, callbacks=[ReduceLROnPlateau()])
    assert net.optimizer.iterations == 0
