"""A training that is interrupted anywhere, and its program run again: the bits are those of one that was not."""

import contextlib
import os

import numpy as np
import pytest
from tables.optimizers import OPTIMIZERS
from trainings import Training

from mlp import callbacks
from mlp.files import atomic

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


def assert_survives(training, folder, seed, monkeypatch, crashes=3):
    """Interrupt it at random, again and again, and compare."""
    whole_folder, folder = folder / "whole", folder / "crashed"
    rng, fuse = np.random.default_rng(seed), Fuse()
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        patched = lambda *args, real=real: (fuse.burn(), real(*args), fuse.burn())[1]
        monkeypatch.setattr(atomic.os, name, patched)
    whole = training.run(whole_folder, more=[burning(fuse)])
    calls = fuse.calls
    for _ in range(crashes):
        fuse.left = int(rng.integers(1, calls))
        with contextlib.suppress(Crash):
            done = training.run(folder, more=[burning(fuse)])
            break
    else:
        fuse.left = None
        done = training.run(folder, more=[burning(fuse)])
    for name in whole:
        assert done[name] == whole[name], f"{name} of {training}"


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("optimizer", range(len(OPTIMIZERS)))
def test_every_optimizer_in_trainings_of_all_sorts(optimizer, seed, tmp_path, monkeypatch):
    number = 1000 * optimizer + seed
    training = Training.drawn(np.random.default_rng(number), optimizer=optimizer)
    assert_survives(training, tmp_path, number, monkeypatch)
