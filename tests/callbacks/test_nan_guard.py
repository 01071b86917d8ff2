"""Where the first number arose that is not finite, and the weights from before."""

import numpy as np
import pytest

from mlp import Network, optimizers
from mlp.activations import Activation
from mlp.callbacks import LambdaCallback, NanGuard, TerminateOnNaN
from mlp.errors import MLPError, NonFiniteError
from mlp.layers import Dense, Layer


class Poison(Layer):
    """Gives NaN, forwards or backwards, from a call of fit's on."""

    def __init__(self, steps, backwards=False, **kwargs):
        super().__init__(**kwargs)
        self.steps, self.backwards, self.seen = steps, backwards, [0]

    def forward(self, x, training=False):
        self.seen[0] += training
        return x * np.nan if self.seen[0] > self.steps and not self.backwards else x

    def backward(self, dy):
        return dy * np.nan if self.seen[0] > self.steps and self.backwards else dy


@pytest.fixture
def poisoned(make):
    return lambda steps, backwards=False: make("adam", [Poison(steps, backwards, name="poison")])


def run(net, data, *callbacks, **settings):
    return net.fit(
        *data, **{"epochs": 4, "batch_size": 4, "verbose": 0, **settings}, callbacks=list(callbacks)
    )


@pytest.mark.parametrize(("backwards", "layer", "array"), [
    (False, "layer 1 'poison' (Poison, 3 -> 3)", "output"),
    (True, "layer 0 'dense' (Dense, 2 -> 3)", "gradient of bias"),
])  # fmt: skip
def test_what_is_reported(backwards, layer, array, poisoned, data):
    net, guard = poisoned(4, backwards), NanGuard()
    history = run(net, data, guard)
    report = guard.report
    assert (report.layer, report.array, report.epoch, report.batch, report.kept) == (
        layer,
        array,
        1,
        1,
        (0, None),
    )
    assert np.isfinite(report.loss) == backwards
    assert str(report) == (
        f"Epoch 2, batch 2: the {array} of {layer} is not finite (loss {report.loss:g}); "
        "the weights are those from after epoch 1"
    )
    assert history.epoch == [0, 1]


@pytest.mark.parametrize(("steps", "save_freq", "kept", "good"), [
    (7, "epoch", (1, None), 6), (7, 1, (2, 0), 7), (7, 2, (1, 2), 6), (8, 2, (2, 1), 8), (2, "epoch", None, 0), (1, 2, None, 0),
])  # fmt: skip
@pytest.mark.parametrize("raise_error", [False, True])
def test_weights_and_optimizer_are_those_of_the_last_good_moment(
    steps, save_freq, kept, good, raise_error, poisoned, data
):
    net, guard, seen = poisoned(steps), NanGuard(raise_error, save_freq), []
    note = lambda *_: seen.append((net.get_weights(), net.optimizer.get_state()))
    told = [LambdaCallback(on_train_begin=note, on_train_batch_end=note), guard]
    if raise_error:
        with pytest.raises(NonFiniteError, match="poison") as caught:
            run(net, data, *told)
        assert (caught.value.epoch, caught.value.batch) == (guard.report.epoch, guard.report.batch)
    else:
        run(net, data, *told)
    assert guard.report.kept == kept
    weights, state = seen[good]
    for one, other in zip(net.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(one, other)
    assert net.optimizer.iterations == state["iterations"] == good
    for name, slot in net.optimizer.slots.items():
        np.testing.assert_array_equal(slot, state["slots"][name])


def test_training_can_go_on(poisoned, data):
    net, guard = poisoned(4), NanGuard()
    run(net, data, guard)
    net.layers[1].seen[0] = -100
    assert run(net, data, guard).epoch == [0, 1, 2, 3]
    assert guard.report is None
    assert np.isfinite(net.parameters).all()


def test_the_rate_that_a_callback_has_set_stays(poisoned, data):
    net = poisoned(4)
    lower = LambdaCallback(
        on_epoch_begin=lambda epoch, _: epoch and setattr(net.optimizer, "learning_rate", 1e-4)
    )
    run(net, data, NanGuard(), lower)
    assert net.optimizer.learning_rate == 1e-4


def test_a_weight_that_a_step_has_blown_up_is_named(data):
    """The gradient is finite, and the weight after the step is not."""
    net = Network([Dense(1, input_dim=2)], rng=0)
    net.compile(optimizers.SGD(1e308), "mse")
    before, guard = net.get_weights(), NanGuard(save_freq=1)
    run(net, (data[0] * 50, data[1] * 50), guard)
    assert guard.report.array in ("kernel", "bias")
    assert guard.report.layer == "layer 0 'dense' (Dense, 2 -> 1)"
    assert guard.report.kept is None
    for one, other in zip(net.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


class Blunt(Activation):
    def forward(self, x, out=None):
        return x * 1e200

    def backward(self, dy, x, y):
        return dy


def test_the_loss_itself(data):
    net, guard = Network([Dense(1, Blunt(), input_dim=2)], rng=0), NanGuard()
    net.compile("sgd", "mse")
    run(net, data, guard)
    assert (guard.report.layer, guard.report.array, guard.report.loss) == (None, "loss", np.inf)


def test_it_says_so_if_asked_to(poisoned, data, capsys):
    run(poisoned(2), data, NanGuard(verbose=1))
    assert capsys.readouterr().err == (
        "Epoch 1, batch 3: the output of layer 1 'poison' (Poison, 3 -> 3) is not finite (loss nan); "
        "the weights are those from before the training\n"
    )
    run(poisoned(99), data, NanGuard(verbose=1))
    assert capsys.readouterr().err == ""


def test_a_training_that_goes_well_is_let_be(poisoned, data):
    plain, guarded, guard = poisoned(99), poisoned(99), NanGuard(save_freq=1)
    run(plain, data)
    run(guarded, data, guard)
    assert guard.report is None
    np.testing.assert_array_equal(plain.parameters, guarded.parameters)


def test_beside_another_guard(poisoned, data):
    net, guard = poisoned(4), NanGuard(raise_error=True)
    assert run(net, data, TerminateOnNaN(), guard).epoch == [0, 1]
    assert guard.report.layer.startswith("layer 1")


def test_the_error_of_fit_says_where_in_attributes(poisoned, data):
    with pytest.raises(NonFiniteError) as caught:
        run(poisoned(4), data)
    error = caught.value
    assert (error.layer, error.array) == ("layer 1 'poison' (Poison, 3 -> 3)", "output")
    assert (error.epoch, error.batch) == (1, 1)
    assert np.isnan(error.loss)
    net = poisoned(0)
    with pytest.raises(NonFiniteError) as caught:
        net.train_on_batch(*data)
    assert (caught.value.array, caught.value.epoch) == ("output", None)


@pytest.mark.parametrize("settings", [{"raise_error": 1}, {"save_freq": 0}, {"verbose": 2}], ids=str)
def test_what_makes_no_sense_is_refused(settings):
    with pytest.raises(MLPError, match=next(iter(settings))):
        NanGuard(**settings)
