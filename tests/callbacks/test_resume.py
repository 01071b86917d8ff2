"""A training that is interrupted anywhere, and its program run again: the bits are those of one that was not."""

import contextlib
import json
from pathlib import Path

import numpy as np
import pytest
from callbacks.trainings import EPOCHS, Training
from tables.metrics import METRICS
from tables.optimizers import OPTIMIZERS

import mlp
from mlp import callbacks, metrics
from mlp.errors import ArgumentTypeError
from mlp.files import atomic
from mlp.files.values import decoded, encoded

pytestmark = pytest.mark.filterwarnings("ignore::mlp.errors.OutOfDataWarning")


class Crash(Exception):
    pass


class Fuse:
    """Goes off at a certain call."""

    def __init__(self):
        self.left = None
        self.calls = 0

    def burn(self, *_):
        self.calls += 1
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                raise Crash


def burning(fuse):
    """A callback that may go off at any hook."""
    hooks = [name for name in vars(callbacks.Callback) if name.startswith("on_")]
    return callbacks.LambdaCallback(**dict.fromkeys(hooks, fuse.burn))


def assert_survives(training, folder, seed, crashes=3):
    """Interrupt it at random, again and again, and compare."""
    rng, fuse, replace = np.random.default_rng(seed), Fuse(), Path.replace
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(atomic.os, "fsync", fuse.burn)
        patch.setattr(Path, "replace", lambda *paths: (fuse.burn(), replace(*paths), fuse.burn())[1])
        whole = training.run(folder / "whole", keep=False)
        assert training.run(folder / "kept", more=[burning(fuse)]) == whole, f"kept {training}"
        calls, crashed, done = fuse.calls, 0, None
        while done is None:
            fuse.left = int(rng.integers(1, calls)) if crashed < crashes else None
            with contextlib.suppress(Crash):
                done = training.run(folder / "crashed", more=[burning(fuse)])
            crashed += 1
    for name in whole:
        assert done[name] == whole[name], f"{name} of {training}"
    return whole


@pytest.mark.parametrize("optimizer", range(len(OPTIMIZERS)))
def test_every_optimizer_in_trainings_of_all_sorts(optimizer, tmp_path):
    """One for each; ``python tests/kill_and_resume.py`` has more."""
    training = Training.drawn(np.random.default_rng(optimizer), optimizer=optimizer)
    assert_survives(training, tmp_path, optimizer)


@pytest.mark.parametrize("save_freq", ["epoch", 1, 2])
@pytest.mark.parametrize("fellow", ["guard", "nan"])
def test_a_training_that_explodes(fellow, save_freq, tmp_path):
    rng = np.random.default_rng(1)
    plain = {
        "rate": "own",
        "common": "none",
        "kind": "numbers",
        "layers": [],
        "data": "arrays",
        "dtype": "float64",
        "batch_size": 5,
    }
    for seed in range(3):
        chosen = {"optimizer": 0, "fellows": [fellow, "table"], "save_freq": save_freq, "explodes": True}
        folder = tmp_path / str(seed)
        folder.mkdir()
        whole = assert_survives(Training.drawn(rng, **plain, **chosen), folder, seed)
        assert whole["stopped"]
        assert 1 < len(whole["epochs"]) < EPOCHS


@pytest.mark.parametrize("optimizer", range(len(OPTIMIZERS)))
def test_a_checkpoint_and_initial_epoch(optimizer, tmp_path):
    """Every file of a training leads to its end."""
    rng = np.random.default_rng(optimizer)
    chosen = {"fellows": [], "rate": "own", "data": "arrays", "validation": "data", "weights": "rows"}
    training = Training.drawn(rng, optimizer=optimizer, **chosen)
    net = training.network()
    training.fit(net, [callbacks.ModelCheckpoint(tmp_path / "{epoch}.npz")])
    for epoch in range(1, EPOCHS):
        again = mlp.load(tmp_path / f"{epoch}.npz")
        history = training.fit(again, [], initial_epoch=epoch)
        assert history.epoch == list(range(epoch, EPOCHS))
        for name, values in net.history.history.items():
            assert history.history[name] == values[epoch:]
        for one, other in zip(again.get_weights(), net.get_weights(), strict=True):
            assert one.tobytes() == other.tobytes()
        for name, slot in net.optimizer.slots.items():
            assert again.optimizer.slots[name].tobytes() == slot.tobytes()


@pytest.mark.parametrize("row", METRICS, ids=str)
def test_what_a_metric_has_gathered_goes_through_a_file(row):
    """Half of the rows before, half of them after."""
    t, y = row.draw(0)
    one, arrays = row.make(), {}
    one.update_state(t[:5], y[:5])
    again = row.make()
    again.set_state(decoded(json.loads(json.dumps(encoded(one.get_state(), arrays))), arrays))
    for metric in (one, again):
        metric.update_state(t[5:], y[5:])
    assert np.asarray(again.result()).tobytes() == np.asarray(one.result()).tobytes()
    assert vars(again).keys() == vars(one).keys()


def test_the_function_of_a_metric_and_its_arguments_are_no_state():
    def scaled(t, y, by):
        return by(t - y)

    wrapper = metrics.MeanMetricWrapper(scaled, by=np.abs)
    wrapper.update_state([[1.0]], [[3.0]])
    assert encoded(wrapper.get_state(), {}).keys() == {"dict"}


class Odd(metrics.Metric):
    """Keeps what no file can hold."""

    def __init__(self, name="odd"):
        super().__init__(name)
        self.seen = {1, 2}

    def values(self, t, y):
        return np.abs(t - y)


def test_a_metric_whose_state_is_nothing_for_a_file(make, data, tmp_path):
    net = make(metrics=[Odd()])
    told = lambda freq: [callbacks.BackupAndRestore(tmp_path / str(freq), freq)]
    net.fit(*data, verbose=0, callbacks=told("epoch"))
    with pytest.raises(ArgumentTypeError, match=r"'metrics'.*'seen'.* is of type set"):
        net.fit(*data, verbose=0, callbacks=told(1))
