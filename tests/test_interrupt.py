"""Ctrl-C in training: it takes effect at the end of the running batch and leaves everything in order."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from mlp import Network, optimizers
from mlp.callbacks import EarlyStopping, LambdaCallback
from mlp.layers import Dense

RNG = np.random.default_rng(6)
X = RNG.normal(size=(10, 2))
Y = X[:, :1] - X[:, 1:]
BATCHES = [slice(i, i + 2) for i in range(0, 10, 2)]


@pytest.fixture(autouse=True)
def python_answers_ctrl_c():
    """As at a prompt, whatever runs the tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def compiled(optimizer="adam"):
    net = Network([Dense(3, activation="tanh", input_dim=2), Dense(1)], rng=0)
    net.compile(optimizer, "mse")
    return net


def same(a, b):
    assert len(a) == len(b)
    for one, other in zip(a, b, strict=True):
        np.testing.assert_array_equal(one, other)


def press_at(hook, call):
    """Presses Ctrl-C in the given call of a hook, counted from 1."""
    left = [call]

    def press(*_):
        left[0] -= 1
        if left[0] == 0:
            signal.raise_signal(signal.SIGINT)

    return LambdaCallback(**{hook: press})


def uninterrupted(call):
    """Its result; a KeyboardInterrupt that got out would end all tests, not this one."""
    try:
        return call()
    except KeyboardInterrupt:
        return pytest.fail("it was interrupted")


PRESSES = {  # hook, call, steps that are then made, epochs in the history; five batches an epoch
    "before training": ("on_train_begin", 1, 1, 0),
    "before an epoch": ("on_epoch_begin", 2, 6, 1),
    "before a batch": ("on_train_batch_begin", 8, 8, 1),
    "after a batch": ("on_train_batch_end", 3, 3, 0),
    "after the last batch": ("on_train_batch_end", 5, 5, 0),
    "after an epoch": ("on_epoch_end", 2, 10, 2),
}


@pytest.mark.parametrize(("hook", "call", "steps", "epochs"), PRESSES.values(), ids=PRESSES)
def test_it_takes_effect_at_the_end_of_the_running_batch(hook, call, steps, epochs):
    """The weights are those after that batch, the history is of the whole epochs, and training can go on."""
    net, twin = compiled(), compiled()
    with pytest.raises(KeyboardInterrupt):
        net.fit(X, Y, epochs=4, batch_size=2, shuffle=False, verbose=0, callbacks=[press_at(hook, call)])
    losses = [twin.train_on_batch(X[BATCHES[i % 5]], Y[BATCHES[i % 5]]) for i in range(steps)]
    same(net.get_weights(), twin.get_weights())
    assert net.optimizer.iterations == steps
    assert net.history.epoch == list(range(epochs))
    expected = [np.mean(losses[5 * i : 5 * i + 5]) for i in range(epochs)]
    assert net.history.history.get("loss", []) == pytest.approx(expected, rel=1e-12)

    for each in (net, twin):
        each.fit(X, Y, epochs=2, batch_size=2, shuffle=False, verbose=0)
    same(net.get_weights(), twin.get_weights())


def test_the_end_of_training_is_told():
    net, told = compiled(), []
    end = LambdaCallback(on_train_end=lambda logs: told.append("end"))
    with pytest.raises(KeyboardInterrupt):
        net.fit(X, Y, verbose=0, callbacks=[press_at("on_train_batch_end", 1), end])
    assert told == ["end"]


@pytest.mark.parametrize("hook", ["on_train_batch_end", "on_epoch_end"])
def test_the_best_weights_come_back(hook):
    """A rate so large that the loss grows from step to step: the best epoch was the first."""
    net, kept = compiled(optimizers.SGD(0.6)), []
    keep = LambdaCallback(on_epoch_end=lambda epoch, logs: kept.append(net.get_weights()))
    best = EarlyStopping("loss", mode="max", patience=99, restore_best_weights=True)
    call = {"on_train_batch_end": 18, "on_epoch_end": 4}[hook]
    with pytest.raises(KeyboardInterrupt):
        net.fit(X, -9 * Y, epochs=50, batch_size=2, verbose=0, callbacks=[keep, best, press_at(hook, call)])
    losses = net.history.history["loss"]
    assert len(losses) == len(kept) == {"on_train_batch_end": 3, "on_epoch_end": 4}[hook]
    same(net.get_weights(), kept[int(np.argmax(losses))])


def test_pressed_while_training_ends_it_still_takes_effect():
    with pytest.raises(KeyboardInterrupt):
        compiled().fit(X, Y, verbose=0, callbacks=[press_at("on_train_end", 1)])


def test_validation_is_not_begun_any_more():
    """Pressed in a batch: neither validation nor the end of the epoch is run."""
    net, told = compiled(), []
    end = LambdaCallback(on_epoch_end=lambda epoch, logs: told.append(epoch))
    with pytest.raises(KeyboardInterrupt):
        net.fit(X, Y, validation_data=(X, Y), verbose=0, callbacks=[press_at("on_train_batch_begin", 1), end])
    assert told == []


@pytest.mark.parametrize("how", ["well", "Ctrl-C", "error"])
def test_the_handler_of_python_comes_back(how):
    def fail(*_):
        raise LookupError

    callback = {
        "well": LambdaCallback(),
        "Ctrl-C": press_at("on_train_batch_end", 1),
        "error": LambdaCallback(on_epoch_end=fail),
    }[how]
    net, during = compiled(), []
    look = LambdaCallback(on_epoch_begin=lambda *_: during.append(signal.getsignal(signal.SIGINT)))
    try:
        net.fit(X, Y, verbose=0, callbacks=[look, callback])
    except (KeyboardInterrupt, LookupError):
        assert how != "well"
    else:
        assert how == "well"
    assert during != [signal.default_int_handler]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_of_ones_own_is_left_alone():
    """It is called at once, and what it does is its own business."""
    pressed, net = [], compiled()
    handler = lambda number, frame: pressed.append(number)
    signal.signal(signal.SIGINT, handler)
    press = press_at("on_train_batch_end", 2)
    history = uninterrupted(lambda: net.fit(X, Y, epochs=3, batch_size=2, verbose=0, callbacks=[press]))
    assert signal.getsignal(signal.SIGINT) is handler
    assert pressed == [signal.SIGINT]
    assert history.epoch == [0, 1, 2]


def test_ctrl_c_that_is_ignored_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    press = press_at("on_train_batch_end", 1)
    assert uninterrupted(lambda: compiled().fit(X, Y, verbose=0, callbacks=[press])).epoch == [0]
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_training_inside_of_training():
    """Ctrl-C in an inner training: it ends its batch, the outer one's batch, and both."""
    outer, inner = compiled(), compiled()

    def train_inside(batch, logs):
        inner.fit(X, Y, verbose=0, callbacks=[press_at("on_train_batch_begin", 1)])

    with pytest.raises(KeyboardInterrupt):
        outer.fit(
            X,
            Y,
            epochs=9,
            batch_size=2,
            verbose=0,
            callbacks=[LambdaCallback(on_train_batch_end=train_inside)],
        )
    assert outer.optimizer.iterations == 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_another_thread_can_train():
    """Signals are the main thread's; training elsewhere does not ask for them, and gives the same bits."""
    net, twin, results = compiled(), compiled(), []

    def train():
        look = LambdaCallback(on_epoch_begin=lambda *_: results.append(signal.getsignal(signal.SIGINT)))
        results.append(net.fit(X, Y, epochs=2, verbose=0, callbacks=[look]).history)

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert results[:-1] == [signal.default_int_handler] * 2
    assert results[-1] == twin.fit(X, Y, epochs=2, verbose=0).history
    same(net.get_weights(), twin.get_weights())


PROGRAM = """
import signal, sys, time
import numpy as np
from mlp import Network
from mlp.callbacks import LambdaCallback
from mlp.layers import Dense

signal.signal(signal.SIGINT, signal.default_int_handler)
net = Network([Dense(3, input_dim=2)], rng=0)
net.compile("sgd", "mse")
begun = ended = 0
came = []

def begin(batch, logs):
    global begun
    begun += 1
    if begun == 3:
        # Wait for the signal; note that it came, then let it be answered as it would be.
        answer = signal.getsignal(signal.SIGINT)
        signal.signal(signal.SIGINT, lambda *arguments: (came.append(1), answer(*arguments)))
        print("ready", flush=True)
        wait_until(lambda: came)

def wait_until(happened):
    latest = time.monotonic() + 20
    while not happened() and time.monotonic() < latest:
        time.sleep(0.001)

def end(batch, logs):
    global ended
    ended += 1

callback = LambdaCallback(on_train_batch_begin=begin, on_train_batch_end=end)
try:
    net.fit(np.ones((8, 2)), np.ones((8, 3)), batch_size=1, epochs=2000, verbose=0, callbacks=[callback])
except KeyboardInterrupt:
    print("interrupted", begun, ended, net.optimizer.iterations, flush=True)
    net.fit(np.ones((8, 2)), np.ones((8, 3)), verbose=0)
    wait_until(lambda: False)
"""


@pytest.mark.skipif(os.name != "posix", reason="a signal to one process alone is a thing of POSIX")
def test_a_signal_from_outside():
    """The first one ends training after the running batch, a second one then ends the program as usual."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        try:
            assert program.stdout.readline() == "ready\n"
            program.send_signal(signal.SIGINT)
            assert program.stdout.readline() == "interrupted 3 3 3\n"
            program.send_signal(signal.SIGINT)
            _, err = program.communicate(timeout=20)
        finally:
            program.kill()
    assert err.splitlines()[-1] == "KeyboardInterrupt"
