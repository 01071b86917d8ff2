"""Averaged weights in the place of the weights."""

import numpy as np
import pytest

import mlp
from mlp.callbacks import EarlyStopping, LambdaCallback, ModelCheckpoint, SwapEMAWeights
from mlp.errors import ArgumentError, MLPError
from mlp.optimizers import SGD


def averaging():
    """Plain descent that keeps the mean of old average and new weights."""
    return SGD(0.1, use_ema=True, ema_momentum=0.5)


class Record(LambdaCallback):
    """The weights at every hook of these names."""

    def __init__(self, net, *hooks):
        self.seen = {hook: [] for hook in hooks}
        note = lambda hook: lambda *_: self.seen[hook].append(net.parameters.copy())
        super().__init__(**{hook: note(hook) for hook in hooks})


def train(make, data, *callbacks, epochs=3, net=None, **settings):
    net = net or make(averaging())
    net.fit(
        *data, epochs=epochs, batch_size=4, validation_data=data, verbose=0, callbacks=callbacks, **settings
    )
    return net


@pytest.fixture
def plain(make, data):
    """Weights and averages after each epoch of a training without the callback."""
    net, found = make(averaging()), []
    note = lambda *_: found.append((net.parameters.copy(), net.optimizer.slots["average"].copy()))
    train(make, data, LambdaCallback(on_epoch_end=note), net=net)
    return found


def test_validation_is_that_of_the_averages_and_training_that_of_the_weights(make, data, plain):
    net = make(averaging())
    look = Record(net, "on_test_batch_begin", "on_epoch_end", "on_test_end")
    train(make, data, SwapEMAWeights(), look, net=net)
    for epoch, (weights, average) in enumerate(plain):
        np.testing.assert_array_equal(look.seen["on_test_batch_begin"][epoch], average)
        np.testing.assert_array_equal(look.seen["on_test_end"][epoch], weights)
        np.testing.assert_array_equal(look.seen["on_epoch_end"][epoch], weights)
        twin = make()
        twin.parameters = average
        assert net.history.history["val_loss"][epoch] == twin.evaluate(*data)
    np.testing.assert_array_equal(net.parameters, plain[-1][1])  # where training ends
    np.testing.assert_array_equal(net.optimizer.slots["average"], plain[-1][1])


def test_averages_may_stay_from_the_end_of_an_epoch_to_the_next(make, data, plain, tmp_path):
    net = make(averaging())
    look = Record(net, "on_epoch_begin", "on_epoch_end", "on_train_batch_begin")
    keep = ModelCheckpoint(tmp_path / "{epoch}.npz", save_weights_only=True)
    train(make, data, SwapEMAWeights(swap_on_epoch=True), look, keep, net=net)
    for epoch, (weights, average) in enumerate(plain):
        np.testing.assert_array_equal(look.seen["on_epoch_end"][epoch], average)
        saved = make()
        saved.load_weights(tmp_path / f"{epoch + 1}.npz")
        np.testing.assert_array_equal(saved.parameters, average)
        if epoch < 2:
            np.testing.assert_array_equal(look.seen["on_epoch_begin"][epoch + 1], weights)
            np.testing.assert_array_equal(look.seen["on_train_batch_begin"][3 * (epoch + 1)], weights)
    np.testing.assert_array_equal(net.parameters, plain[-1][1])


def test_the_averages_stay_where_training_is_stopped_early(make, data, plain):
    """In whichever order the callbacks stand."""
    for before in (True, False):
        net = make(averaging())
        stop = LambdaCallback(on_epoch_end=lambda epoch, _: setattr(net, "stop_training", epoch == 1))  # noqa: B023
        swap = SwapEMAWeights(swap_on_epoch=True)
        train(make, data, *([stop, swap] if before else [swap, stop]), net=net)
        np.testing.assert_array_equal(net.parameters, plain[1][1])
        np.testing.assert_array_equal(net.optimizer.slots["average"], plain[1][1])


def test_the_best_averages_are_restored(make, data, plain):
    best = EarlyStopping("loss", mode="max", patience=5, restore_best_weights=True)
    net = train(make, data, SwapEMAWeights(swap_on_epoch=True), best)
    np.testing.assert_array_equal(net.parameters, plain[best.best_epoch][1])


def test_frozen_weights_stay(make, data):
    net = make(averaging())
    net.layers[0].trainable = False
    kernel = net.layers[0].kernel.copy()
    look = []
    see = LambdaCallback(on_test_begin=lambda *_: look.append(net.layers[0].kernel.copy()))
    train(make, data, SwapEMAWeights(), see, net=net)
    assert len(look) == 3
    for seen in look:
        np.testing.assert_array_equal(seen, kernel)
    np.testing.assert_array_equal(net.layers[0].kernel, kernel)


def test_evaluation_and_prediction_with_averages(make, data):
    net = train(make, data)
    average, twin = net.optimizer.slots["average"], make()
    twin.parameters = average
    net.parameters = weights = average + 0.5  # after a training they are the averages
    assert net.evaluate(*data, callbacks=[SwapEMAWeights()]) == twin.evaluate(*data) != net.evaluate(*data)
    np.testing.assert_array_equal(net.predict(data[0], callbacks=[SwapEMAWeights()]), twin.predict(data[0]))
    np.testing.assert_array_equal(net.parameters, weights)


def test_weights_are_put_back_after_an_error(make, data):
    net = train(make, data)
    weights = net.parameters.copy()

    def fail(*_):
        raise RuntimeError

    for hook, call in [
        ("on_test_batch_end", lambda told: net.evaluate(*data, callbacks=told)),
        ("on_predict_batch_end", lambda told: net.predict(data[0], callbacks=told)),
    ]:
        with pytest.raises(RuntimeError):
            call([SwapEMAWeights(), LambdaCallback(**{hook: fail})])
        np.testing.assert_array_equal(net.parameters, weights)
    look = Record(net, "on_epoch_begin", "on_test_begin")
    with pytest.raises(RuntimeError):
        train(make, data, look, SwapEMAWeights(), LambdaCallback(on_test_batch_end=fail), net=net)
    np.testing.assert_array_equal(net.parameters, look.seen["on_test_begin"][0])


def test_before_the_first_step_the_weights_are_their_own_averages(make, data):
    net = make(averaging())
    assert net.evaluate(*data, callbacks=[SwapEMAWeights()]) == net.evaluate(*data)


def test_an_optimizer_without_averages_is_refused(make, data):
    net = make()
    for call in (net.fit, net.evaluate):
        with pytest.raises(ArgumentError, match="use_ema=True"):
            call(*data, callbacks=[SwapEMAWeights()])
    assert net.optimizer.iterations == 0
    with pytest.raises(MLPError, match="swap_on_epoch"):
        SwapEMAWeights(swap_on_epoch=1)
    assert mlp.callbacks.SwapEMAWeights is SwapEMAWeights
