"""What callbacks have noted survives: training is interrupted in every epoch, and each time begun again."""

import contextlib
import os

import pytest
from callbacks.trainings import bits

from mlp import callbacks as cb
from mlp.callbacks import BackupAndRestore, LambdaCallback
from mlp.optimizers import SGD

EPOCHS = 7

#: Callbacks that do something else if they have forgotten what was before: the loss falls in every epoch.
FELLOWS = {
    "stopping": lambda folder: cb.EarlyStopping("loss", min_delta=10, patience=3),
    "best weights": lambda folder: cb.EarlyStopping(
        "loss", patience=50, mode="max", restore_best_weights=True
    ),
    "plateau": lambda folder: cb.ReduceLROnPlateau("loss", mode="max", patience=2, cooldown=2, factor=0.5),
    "no patience": lambda folder: cb.ReduceLROnPlateau(
        "loss", mode="max", patience=1, cooldown=3, factor=0.5
    ),
    "scheduler": lambda folder: cb.LearningRateScheduler(lambda epoch, rate: rate / 2),
    "best file": lambda folder: cb.ModelCheckpoint(
        folder / "{epoch}.npz", "loss", mode="max", save_best_only=True
    ),
    "batches": lambda folder: cb.ModelCheckpoint(folder / "{epoch}-{batch}.npz", save_freq=4),
    "averages": lambda folder: cb.SwapEMAWeights(swap_on_epoch=True),
    "table": lambda folder: cb.CSVLogger(folder / "table.csv"),
    "appended table": lambda folder: cb.CSVLogger(folder / "table.csv", append=True),
    "history": lambda folder: cb.History(),
    "nothing": lambda folder: cb.TerminateOnNaN(),
}


class Crash(Exception):
    pass


def crash_after(hook, calls):
    left = [calls]

    def crash(*_):
        left[0] -= 1
        if left[0] == 0:
            raise Crash

    return LambdaCallback(**{hook: crash})


@pytest.mark.parametrize("before", [True, False], ids=["before", "behind"])
@pytest.mark.parametrize(
    ("save_freq", "hook", "calls"), [("epoch", "on_epoch_begin", 2), (2, "on_batch_end", 4)]
)
@pytest.mark.parametrize("name", FELLOWS)
def test_interrupted_in_every_epoch(name, save_freq, hook, calls, before, make, data, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # nobody pulls the plug, and disks are slow
    settings = {"epochs": EPOCHS, "batch_size": 4, "verbose": 0}
    folders = [tmp_path / "whole", tmp_path / "crashed"]
    for folder in folders:
        folder.mkdir()
        (folder / "table.csv").write_text("epoch,loss,val_loss\r\n0,1.0,NA\r\n")
    net = make(SGD(0.05, use_ema=True))
    whole = bits(net, net.fit(*data, **settings, callbacks=[FELLOWS[name](folders[0])]), folders[0])
    crashes, done = 0, None
    while done is None:
        net = make(SGD(0.05, use_ema=True))
        backup = BackupAndRestore(tmp_path / "b", save_freq, delete_checkpoint=False)
        told = [FELLOWS[name](folders[1]), crash_after(hook, calls)]
        told = [backup, *told] if before else [*told, backup]
        with contextlib.suppress(Crash):
            done = bits(net, net.fit(*data, **settings, callbacks=told), folders[1])
        crashes += 1
    assert crashes >= len(whole["epochs"])
    for part, value in whole.items():
        assert done[part] == value, part
