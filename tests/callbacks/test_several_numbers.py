"""A metric that gives several numbers: what shows it, writes it and watches it."""

import csv
import json
import re

import numpy as np
import pytest

from mlp import Network, callbacks
from mlp.errors import ArgumentError
from mlp.layers import Dense
from mlp.metrics import F1Score

RNG = np.random.default_rng(4)
X, LABELS = RNG.normal(size=(12, 2)), np.eye(3)[np.arange(12) % 3]


def trained(*used, average=None):
    net = Network([Dense(3, "softmax", input_dim=2)], rng=0)
    net.compile("sgd", "categorical_crossentropy", metrics=[F1Score(average=average)])
    return net.fit(X, LABELS, epochs=2, verbose=0, validation_data=(X, LABELS), callbacks=list(used))


def test_the_history_shows_them_and_can_be_written():
    history = trained()
    assert re.search(r"<History of 2 epochs: loss=[\d.]+, f1_score=\[\S+ \S+ \S+\], val_loss=", repr(history))
    written = json.loads(json.dumps(history.history, default=np.ndarray.tolist))
    np.testing.assert_array_equal(written["f1_score"], history.history["f1_score"])


def test_a_table_holds_them_as_a_list(tmp_path):
    path = tmp_path / "log.csv"
    history = trained(callbacks.CSVLogger(path))
    with path.open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [json.loads(line["f1_score"]) for line in lines] == [
        v.tolist() for v in history.history["f1_score"]
    ]


@pytest.mark.parametrize(
    "make",
    [
        callbacks.EarlyStopping,
        callbacks.ReduceLROnPlateau,
        lambda monitor: callbacks.ModelCheckpoint("never.npz", monitor, save_best_only=True),
    ],
    ids=["EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint"],
)
@pytest.mark.parametrize("name", ["f1_score", "val_f1_score"])
def test_who_watches_them_says_which_one_number_to_watch(make, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArgumentError, match=rf"'{name}' is several numbers, \[.*\]; .*average='macro'"):
        trained(make(name))
    assert len(trained(make(name), average="macro").epoch) == 2


def test_a_path_has_no_place_for_them(tmp_path):
    keep = callbacks.ModelCheckpoint(tmp_path / "{epoch}-{f1_score:.2f}.npz")
    with pytest.raises(ArgumentError, match=r"place for one number; several are in f1_score, val_f1_score"):
        trained(keep)
