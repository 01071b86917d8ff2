"""Files of a network in training."""

import numpy as np
import pytest

import mlp
from mlp import Network, metrics
from mlp.callbacks import LambdaCallback, ModelCheckpoint, ReduceLROnPlateau
from mlp.errors import ArgumentError, ArgumentTypeError, MLPError, UnknownNameError
from mlp.layers import Dense


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_after_every_epoch_holds_what_there_was(make, data, tmp_path):
    net, kept = make("adam"), []
    keep = LambdaCallback(on_epoch_end=lambda *_: kept.append(net.parameters.copy()))
    told = [keep, ModelCheckpoint(tmp_path / "{epoch:02d}.npz")]
    net.fit(*data, epochs=3, verbose=0, callbacks=told)
    assert names(tmp_path) == ["01.npz", "02.npz", "03.npz"]
    for i, parameters in enumerate(kept, 1):
        saved = mlp.load(tmp_path / f"{i:02d}.npz")
        np.testing.assert_array_equal(saved.parameters, parameters)
        assert saved.optimizer.iterations == i


def test_weights_alone(make, data, tmp_path):
    net = make()
    net.fit(*data, verbose=0, callbacks=[ModelCheckpoint(str(tmp_path / "w.npz"), save_weights_only=True)])
    twin = make(rng=1)
    twin.load_weights(tmp_path / "w.npz")
    np.testing.assert_array_equal(twin.parameters, net.parameters)
    with pytest.raises(MLPError, match="weights alone"):
        mlp.load(tmp_path / "w.npz")


def test_names_are_filled_in_from_the_logs(make, data, tmp_path):
    told = [
        ReduceLROnPlateau("loss"),
        ModelCheckpoint(tmp_path / "{epoch:03d}-{val_loss:.2f}-{mae:.1e}-{learning_rate}.npz"),
    ]
    history = (
        make(metrics=["mae"]).fit(*data, epochs=2, validation_data=data, verbose=0, callbacks=told).history
    )
    assert names(tmp_path) == [
        f"{i + 1:03d}-{history['val_loss'][i]:.2f}-{history['mae'][i]:.1e}-0.01.npz" for i in range(2)
    ]


@pytest.mark.parametrize(("save_freq", "expected"), [
    (1, ["1-1", "1-2", "1-3", "2-1", "2-2", "2-3", "3-1", "3-2", "3-3"]),
    (2, ["1-2", "2-1", "2-3", "3-2"]),
    (4, ["2-1", "3-2"]),
])  # fmt: skip
def test_every_so_many_batches_over_the_epochs(save_freq, expected, make, data, tmp_path):
    keep = ModelCheckpoint(tmp_path / "{epoch}-{batch}-{loss:.9f}.npz", save_freq=save_freq)
    losses = []
    look = LambdaCallback(on_train_batch_end=lambda batch, logs: losses.append(f"{logs['loss']:.9f}"))
    make().fit(*data, batch_size=4, epochs=3, verbose=0, callbacks=[keep, look])
    found = [name.removesuffix(".npz").rsplit("-", 1) for name in names(tmp_path)]
    assert [place for place, _ in found] == expected
    batches = [(int(place[0]) - 1) * 3 + int(place[2]) - 1 for place in expected]
    assert [loss for _, loss in found] == [losses[batch] for batch in batches]


class Score(metrics.Metric):
    """A metric whose values are told in advance."""

    now = 0.0

    def values(self, t, y):
        return np.zeros(len(y))

    def result(self):
        return Score.now


def run(values, folder, callback=None, **settings):
    net = Network([Dense(1, input_dim=1)], rng=0)
    net.compile("sgd", "mse", metrics=[Score(name="score")])
    script = LambdaCallback(on_epoch_begin=lambda epoch, logs: setattr(Score, "now", values[epoch]))
    keep = callback or ModelCheckpoint(folder / "{epoch}.npz", "score", save_best_only=True, **settings)
    x = np.zeros((2, 1))
    net.fit(x, x, epochs=len(values), verbose=0, callbacks=[script, keep])
    return [int(name.removesuffix(".npz")) for name in names(folder)], keep


BEST = {
    "less": ([3.0, 4.0, 2.0, 2.0, 1.0], {"mode": "min"}, [1, 3, 5]),
    "more": ([3.0, 4.0, 2.0, 4.0, 5.0], {"mode": "max"}, [1, 2, 5]),
    "a threshold": ([3.0, 2.0, 1.5, 1.0], {"mode": "min", "initial_value_threshold": 2.0}, [3, 4]),
    "never good enough": ([3.0, 2.0], {"mode": "min", "initial_value_threshold": 0.0}, []),
}


@pytest.mark.parametrize(("values", "settings", "saved"), BEST.values(), ids=BEST)
def test_the_best_only(values, settings, saved, tmp_path):
    assert run(values, tmp_path, **settings)[0] == saved


def test_the_best_is_that_of_all_trainings(tmp_path):
    """As in Keras: a second call of fit does not overwrite what is better."""
    _, keep = run([3.0, 2.0], tmp_path, mode="min")
    assert run([2.5, 2.25, 1.0], tmp_path, keep)[0] == [1, 2, 3]
    assert keep.best == 1.0


def test_epochs_without_the_quantity_are_passed_over(make, data, tmp_path):
    keep = ModelCheckpoint(tmp_path / "{epoch}.npz", save_best_only=True)
    make().fit(*data, epochs=4, validation_data=data, validation_freq=2, verbose=0, callbacks=[keep])
    assert names(tmp_path) == ["2.npz", "4.npz"]


def test_messages(tmp_path, capsys):
    run([3.0, 4.0, 2.0], tmp_path, mode="min", verbose=1)
    assert capsys.readouterr().err.splitlines() == [
        f"Epoch 1: score improved from None to 3.00000, saving model to {tmp_path / '1.npz'}",
        f"Epoch 1: finished saving model to {tmp_path / '1.npz'}",
        "Epoch 2: score did not improve from 3.00000",
        f"Epoch 3: score improved from 3.00000 to 2.00000, saving model to {tmp_path / '3.npz'}",
        f"Epoch 3: finished saving model to {tmp_path / '3.npz'}",
    ]


def test_folders_are_made_as_in_keras(make, data, tmp_path):
    make().fit(*data, verbose=0, callbacks=[ModelCheckpoint(tmp_path / "a" / "b" / "{epoch}.npz")])
    make().fit(*data, verbose=0, callbacks=[ModelCheckpoint(tmp_path / "at {epoch}" / "net.npz")])
    assert (tmp_path / "a" / "b" / "1.npz").exists()
    assert names(tmp_path) == ["a", "at 1"]


class Undirected(Score):
    """Nobody knows whether more of it is better."""

    direction = None


REFUSED = {  # path, arguments, error, message
    "unknown name": ("{epoch}-{los:.2f}.npz", {}, UnknownNameError, "'los' in .*did you mean 'loss'"),
    "no validation": ("{val_loss:.2f}.npz", {}, UnknownNameError, "'val_loss' in"),
    "no batches": ("{batch}.npz", {}, UnknownNameError, "'batch' in"),
    "no number": ("{}.npz", {}, UnknownNameError, "'' in"),
    "a brace too few": ("{epoch.npz", {}, ArgumentError, "cannot be filled in"),
    "a wrong format": ("{loss:02d}.npz", {}, ArgumentError, "cannot be filled in"),
    "a suffix": ("{epoch}.pickle", {}, ArgumentError, "suffix must be one of"),
    "a folder": ("folder.npz", {}, ArgumentError, "is a folder"),
    "a file in the place of the folder": ("file/net.npz", {}, OSError, "file"),
    "an unknown quantity": ("a.npz", {"save_best_only": True}, UnknownNameError, "ModelCheckpoint: nothing is called 'val_loss'"),
    "no direction": ("a.npz", {"save_best_only": True, "monitor": "own"}, ArgumentError, "say mode='min'"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "settings", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_what_will_not_do_is_told_before_training(path, settings, error, message, make, data, tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.npz").mkdir()
    net = make(metrics=[Undirected(name="own")])
    with pytest.raises(error, match=message):
        net.fit(*data, verbose=0, callbacks=[ModelCheckpoint(f"{tmp_path}/{path}", **settings)])
    assert net.optimizer.iterations == 0
    assert names(tmp_path) == ["file", "folder.npz"]


def test_a_name_that_an_epoch_does_not_have(make, data, tmp_path):
    keep = ModelCheckpoint(tmp_path / "{val_loss:.3f}.npz")
    with pytest.raises(UnknownNameError, match="epoch 1 has no 'val_loss'"):
        make().fit(*data, epochs=2, validation_data=data, validation_freq=2, verbose=0, callbacks=[keep])


@pytest.mark.parametrize(
    ("settings", "error"),
    [({"filepath": ""}, ArgumentTypeError), ({"save_freq": 0}, ArgumentError), ({"save_freq": "batch"}, ArgumentTypeError),
     ({"save_freq": True}, ArgumentTypeError), ({"save_best_only": 1}, ArgumentTypeError),
     ({"save_weights_only": None}, ArgumentTypeError), ({"initial_value_threshold": "a"}, ArgumentTypeError),
     ({"mode": "up"}, ArgumentError), ({"verbose": 2}, ArgumentError)],
    ids=str,
)  # fmt: skip
def test_what_makes_no_sense_is_refused(settings, error):
    with pytest.raises(error, match=next(iter(settings))):
        ModelCheckpoint(**{"filepath": "a.npz", **settings})


def test_batches_are_only_watched_where_they_count():
    list_of = mlp.callbacks.CallbackList
    assert not list_of([ModelCheckpoint("a.npz")], metrics=[]).watches_batches
    assert list_of([ModelCheckpoint("a.npz", save_freq=2)], metrics=[]).watches_batches
