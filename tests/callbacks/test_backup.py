"""A training that is interrupted and taken up again is one training, to the last bit."""

import contextlib
import os

import numpy as np
import pytest

from mlp import Network, optimizers, schedules
from mlp.callbacks import (
    BackupAndRestore,
    Callback,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    NanGuard,
    ReduceLROnPlateau,
)
from mlp.errors import ArgumentError, ArgumentTypeError, ModelFileError, NonFiniteError
from mlp.files import npz, page
from mlp.files.description import describe
from mlp.files.state import read_state, state_of, write_state
from mlp.layers import Dense, Dropout, Layer


class Crash(Exception):
    pass


class Centred(Layer):
    """Keeps a running mean: state that no optimizer moves."""

    def build(self, input_shape):
        self.add_weight("mean", input_shape, "zeros", trainable=False)

    def forward(self, x, training=False):
        if training:
            self.mean[...] = 0.9 * self.mean + 0.1 * x.mean(axis=0)
        return x - self.mean

    def backward(self, dy):
        return dy


OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.1, momentum=0.9),
    "rmsprop": lambda: optimizers.RMSprop(0.01, centered=True),
    "adam": lambda: optimizers.Adam(0.01, amsgrad=True),
    "a schedule": lambda: optimizers.Adam(schedules.ExponentialDecay(0.1, 5, 0.5)),
}


@pytest.fixture
def network(make):
    def compiled(optimizer, rng=0):
        return make(
            OPTIMIZERS[optimizer](), [Centred(), Dropout(0.2), Dense(4, "relu"), Dropout(0.2, seed=3)], rng
        )

    return compiled


def crash_at(hook, call):
    left = [call]

    def crash(*_):
        left[0] -= 1
        if left[0] == 0:
            raise Crash

    return LambdaCallback(**{hook: crash})


def everything(net):
    state = net.optimizer.get_state()
    return [
        *net.get_weights(), *state.pop("slots").values(), np.array(str(state)), np.array(str(net.rng.bit_generator.state)),
    ]  # fmt: skip


def assert_same(net, other):
    for one, two in zip(everything(net), everything(other), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(("hook", "call", "first"), [
    ("on_epoch_begin", 1, 0), ("on_epoch_begin", 3, 2), ("on_train_batch_end", 8, 2), ("on_epoch_end", 5, 4),
    ("on_train_begin", 1, 0),
])  # fmt: skip
def test_a_crash_and_the_same_call_again_are_one_training(
    optimizer, hook, call, first, network, data, tmp_path
):
    settings = {"epochs": 6, "batch_size": 4, "validation_split": 0.25, "verbose": 0}
    whole = network(optimizer)
    history = whole.fit(*data, **settings).history
    with pytest.raises(Crash):
        network(optimizer).fit(
            *data, **settings, callbacks=[BackupAndRestore(tmp_path / "b"), crash_at(hook, call)]
        )
    second = network(optimizer, rng=7)  # in a new process, made anew; its own numbers are of no account
    if hook == "on_train_begin":  # before anything was kept
        second = network(optimizer)
    begun = []
    look = LambdaCallback(on_epoch_begin=lambda epoch, logs: begun.append(epoch))
    again = second.fit(*data, **settings, callbacks=[BackupAndRestore(tmp_path / "b"), look])
    assert begun == list(range(first, 6))
    assert again.epoch == list(range(6))
    assert again.history == history
    assert_same(second, whole)
    assert not (tmp_path / "b").exists()


def test_many_crashes(network, data, tmp_path):
    whole = network("adam")
    whole.fit(*data, epochs=8, batch_size=4, verbose=0)
    for call in (2, 3, 1, 2):
        net = network("adam")
        with pytest.raises(Crash):
            net.fit(*data, epochs=8, batch_size=4, verbose=0,
                    callbacks=[BackupAndRestore(tmp_path), crash_at("on_epoch_begin", call)])  # fmt: skip
    net, begun = network("adam"), []
    told = [
        LambdaCallback(on_epoch_begin=lambda epoch, logs: begun.append(epoch)),
        BackupAndRestore(tmp_path),
    ]
    net.fit(*data, epochs=8, batch_size=4, verbose=0, callbacks=told)
    assert begun == [4, 5, 6, 7]
    assert_same(net, whole)


def test_a_rate_that_was_set_goes_along(make, data, tmp_path):
    told = lambda: [BackupAndRestore(tmp_path), ReduceLROnPlateau("loss", patience=1, min_delta=100)]
    net, again = make(optimizers.SGD(0.1)), make(optimizers.SGD(0.1))
    with pytest.raises(Crash):
        net.fit(*data, epochs=4, verbose=0, callbacks=[*told(), crash_at("on_epoch_begin", 3)])
    rates = again.fit(*data, epochs=4, verbose=0, callbacks=told()).history["learning_rate"]
    assert rates == pytest.approx([0.1, 0.1, 0.01, 0.001])


def test_after_ctrl_c_too(network, data, tmp_path):
    whole, net = network("adam"), network("adam")
    whole.fit(*data, epochs=4, verbose=0)

    def press(epoch, logs):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        net.fit(
            *data,
            epochs=4,
            verbose=0,
            callbacks=[BackupAndRestore(tmp_path), LambdaCallback(on_epoch_end=press)],
        )
    net.fit(*data, epochs=4, verbose=0, callbacks=[BackupAndRestore(tmp_path)])
    assert_same(net, whole)


def test_from_the_middle_of_an_epoch_it_goes_on_with_the_next_batch(make, data, tmp_path):
    """Three batches an epoch, a backup after every second, a crash in the last batch of the second."""
    net, kept = make(), []
    keep = LambdaCallback(on_train_batch_end=lambda *_: kept.append(net.parameters.copy()))
    told = [BackupAndRestore(tmp_path, save_freq=2), keep, crash_at("on_train_batch_begin", 6)]
    with pytest.raises(Crash):
        net.fit(*data, epochs=3, batch_size=4, verbose=0, callbacks=told)
    again, seen = make(), []
    look = LambdaCallback(on_train_batch_begin=lambda batch, _: seen.append((batch, again.parameters.copy())))
    told = [look, BackupAndRestore(tmp_path, save_freq=2)]
    history = again.fit(*data, epochs=3, batch_size=4, verbose=0, callbacks=told)
    assert history.epoch == [0, 1, 2]
    assert [batch for batch, _ in seen] == [1, 2, 0, 1, 2]
    np.testing.assert_array_equal(seen[0][1], kept[3])


@pytest.mark.parametrize("stop", [False, True])
def test_backups_go_when_training_is_complete(stop, make, data, tmp_path):
    net, folder = make(), tmp_path / "deep" / "folder"
    end = LambdaCallback(on_epoch_end=lambda *_: setattr(net, "stop_training", stop))
    net.fit(*data, epochs=2, verbose=0, callbacks=[BackupAndRestore(folder), end])
    assert not folder.exists()
    net.fit(*data, epochs=2, verbose=0, callbacks=[BackupAndRestore(folder, delete_checkpoint=False), end])
    assert [path.name for path in folder.iterdir()] == ["latest.npz"]


def test_what_else_is_in_the_folder_stays(make, data, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    make().fit(*data, verbose=0, callbacks=[BackupAndRestore(tmp_path)])
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_training_that_was_complete_is_not_made_again(make, data, tmp_path):
    keep = BackupAndRestore(tmp_path, delete_checkpoint=False)
    net = make()
    net.fit(*data, epochs=2, verbose=0, callbacks=[keep])
    again = make(rng=3)
    steps = net.optimizer.iterations
    assert again.fit(*data, epochs=2, verbose=0, callbacks=[keep]).epoch == [0, 1]
    assert_same(again, net)
    assert again.fit(*data, epochs=3, verbose=0, callbacks=[keep]).epoch == [0, 1, 2]
    assert again.optimizer.iterations == steps / 2 * 3


def crashed(make, data, folder, **settings):
    with pytest.raises(Crash):
        make().fit(
            *data,
            epochs=5,
            verbose=0,
            callbacks=[BackupAndRestore(folder, **settings), crash_at("on_epoch_begin", 4)],
        )


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(path.read_bytes()[:-50]), lambda path: path.unlink()],
                         ids=["damaged", "gone"])  # fmt: skip
def test_the_backup_before_the_last(damage, make, data, tmp_path):
    crashed(make, data, tmp_path, double_checkpoint=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest.npz", "previous.npz"]
    damage(tmp_path / "latest.npz")
    whole, net = make(), make()
    whole.fit(*data, epochs=5, verbose=0)
    begun = []
    look = LambdaCallback(on_epoch_begin=lambda epoch, logs: begun.append(epoch))
    net.fit(*data, epochs=5, verbose=0, callbacks=[BackupAndRestore(tmp_path), look])
    assert begun == [2, 3, 4]
    assert_same(net, whole)


def test_a_damaged_backup_is_told_and_changes_nothing(make, data, tmp_path):
    crashed(make, data, tmp_path)
    path = tmp_path / "latest.npz"
    path.write_bytes(path.read_bytes()[:-50])
    net, untouched = make(), make()
    with pytest.raises(ModelFileError, match="damaged"):
        net.fit(*data, epochs=5, verbose=0, callbacks=[BackupAndRestore(tmp_path)])
    assert_same(net, untouched)


def narrow():
    net = Network([Dense(1, input_dim=2)], rng=0)
    net.compile("sgd", "mse")
    return net


OTHERS = {
    "another network": lambda make: narrow(),
    "another optimizer": lambda make: make("adam"),
    "another generator": lambda make: make("adam", layers=[Dropout(0.1, seed=1)]),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_the_backup_of_another_training_is_refused(other, make, data, tmp_path):
    with pytest.raises(Crash):
        make(optimizers.SGD(0.1, momentum=0.5)).fit(
            *data, epochs=2, verbose=0, callbacks=[BackupAndRestore(tmp_path), crash_at("on_epoch_begin", 2)]
        )
    net, untouched = other(make), other(make)
    with pytest.raises(ModelFileError, match="latest"):
        net.fit(*data, epochs=5, verbose=0, callbacks=[BackupAndRestore(tmp_path)])
    assert_same(net, untouched)


def test_a_backup_of_weights_that_are_not_finite_is_refused_and_changes_nothing(make, data, tmp_path):
    net, other, untouched = make("adam"), make("adam"), make("adam")
    net.fit(*data, verbose=0)
    net.layers[0].kernel[0, 0] = np.nan
    write_state(state_of(net, {"epoch": 1}), tmp_path / "latest.npz")
    with pytest.raises(ModelFileError, match="must be finite"):
        other.fit(*data, epochs=2, verbose=0, callbacks=[BackupAndRestore(tmp_path)])
    assert_same(other, untouched)


@pytest.mark.parametrize(
    ("settings", "error"),
    [({"backup_dir": ""}, ArgumentTypeError), ({"save_freq": 0}, ArgumentError), ({"save_freq": False}, ArgumentTypeError),
     ({"double_checkpoint": 1}, ArgumentTypeError), ({"delete_checkpoint": None}, ArgumentTypeError)],
    ids=str,
)  # fmt: skip
def test_what_makes_no_sense_is_refused(settings, error):
    with pytest.raises(error, match=next(iter(settings))):
        BackupAndRestore(**{"backup_dir": "b", **settings})


def test_a_file_in_the_place_of_the_folder(make, data, tmp_path):
    (tmp_path / "b").write_text("")
    with pytest.raises(ArgumentError, match="is a file"):
        make().fit(*data, verbose=0, callbacks=[BackupAndRestore(tmp_path / "b")])


def test_files_of_the_first_release_are_gone_on_with(make, data, tmp_path):
    """They hold the network and the epoch alone, and a description of the network that nobody needs."""
    whole, net, again = make("adam"), make("adam"), make("adam")
    whole.fit(*data, epochs=5, verbose=0)
    net.fit(*data, epochs=3, verbose=0)
    description = describe(net)
    packed = npz.pack({**page.page_of(description), "more": {"epoch": 3}}, page.arrays_of(description))
    (tmp_path / "latest.npz").write_bytes(packed)
    history = again.fit(*data, epochs=5, verbose=0, callbacks=[BackupAndRestore(tmp_path)])
    assert history.epoch == [3, 4]
    assert_same(again, whole)


class Largest(Callback):
    """Keeps the largest loss, and how often it was asked."""

    only_watches = True

    def __init__(self):
        self.largest, self.asked = -np.inf, {"epochs": []}

    def on_epoch_end(self, epoch, logs=None):
        self.largest = max(self.largest, logs["loss"])
        self.asked["epochs"].append(epoch)

    def get_state(self):
        return {"largest": self.largest, "asked": self.asked}

    def set_state(self, state):
        self.largest, self.asked = state["largest"], state["asked"]


@pytest.mark.parametrize("before", [True, False])
def test_a_callback_of_ones_own(before, make, data, tmp_path):
    own, whole = [Largest(), Largest()], make("adam")
    whole.fit(*data, epochs=5, verbose=0, callbacks=[own[0]])
    for crash in ([crash_at("on_epoch_begin", 3)], [crash_at("on_epoch_end", 2)], []):
        backup, own[1] = BackupAndRestore(tmp_path), Largest()
        told = [own[1], backup] if before else [backup, own[1]]
        with contextlib.suppress(Crash):
            make("adam").fit(*data, epochs=5, verbose=0, callbacks=[*told, *crash])
    assert vars(own[1])["asked"] == own[0].asked == {"epochs": list(range(5))}
    assert own[1].largest == own[0].largest


@pytest.mark.parametrize("now", [[], [Largest(), Largest()], [EarlyStopping("loss")]], ids=len)
def test_other_callbacks_than_before_are_refused_and_nothing_is_changed(now, make, data, tmp_path):
    told = [Largest(), BackupAndRestore(tmp_path), crash_at("on_epoch_begin", 3)]
    with pytest.raises(Crash):
        make("adam").fit(*data, epochs=5, verbose=0, callbacks=told)
    net, untouched = make("adam"), make("adam")
    with pytest.raises(
        ModelFileError, match=r"callbacks .*Largest.*, now there are .*give fit the same ones"
    ):
        net.fit(*data, epochs=5, verbose=0, callbacks=[*now, BackupAndRestore(tmp_path)])
    assert_same(net, untouched)


class Picky(Largest):
    def set_state(self, state):
        if self.largest == -np.inf:
            super().set_state(state)
            raise ArgumentError("these are not mine")


def test_where_a_callback_refuses_its_state_nothing_is_changed(make, data, tmp_path):
    told = lambda own: [own, BackupAndRestore(tmp_path)]
    with pytest.raises(Crash):
        make("adam").fit(
            *data, epochs=5, verbose=0, callbacks=[*told(Picky()), crash_at("on_epoch_begin", 3)]
        )
    net, untouched = make("adam"), make("adam")
    with pytest.raises(ModelFileError, match=r"latest\.npz: these are not mine"):
        net.fit(*data, epochs=5, verbose=0, callbacks=told(Picky()))
    assert_same(net, untouched)


def test_layers_that_a_callback_froze_are_frozen_again(make, data, tmp_path):
    def freeze(net):
        def at(epoch, logs):
            if epoch == 1:
                net.layers[0].trainable = False

        return LambdaCallback(on_epoch_end=at)

    whole, net, again = make("adam"), make("adam"), make("adam")
    whole.fit(*data, epochs=5, verbose=0, callbacks=[freeze(whole)])
    for one, crash in ((net, [crash_at("on_epoch_begin", 4)]), (again, [])):
        with contextlib.suppress(Crash):
            one.fit(*data, epochs=5, verbose=0, callbacks=[freeze(one), BackupAndRestore(tmp_path), *crash])
    assert not again.layers[0].trainable
    assert_same(again, whole)


def test_a_damaged_backup_does_not_push_out_the_whole_one(make, data, tmp_path):
    """Killed between the two renames, there is still one to go on from."""
    crashed(make, data, tmp_path, double_checkpoint=True)
    latest, previous = tmp_path / "latest.npz", tmp_path / "previous.npz"
    whole = previous.read_bytes()
    latest.write_bytes(latest.read_bytes()[:-50])
    told = [BackupAndRestore(tmp_path, double_checkpoint=True), crash_at("on_epoch_begin", 2)]
    with pytest.raises(Crash):
        make().fit(*data, epochs=5, verbose=0, callbacks=told)
    assert previous.read_bytes() == whole
    assert read_state(latest).more["epoch"] == 3


def test_damage_anywhere_is_told_or_is_none(make, data, tmp_path):
    """Every part of the file in turn: cut off there, or one bit turned."""
    crashed(make, data, tmp_path)
    path = tmp_path / "latest.npz"
    good, net = path.read_bytes(), make()
    for place in range(0, len(good), 41):
        flipped = bytearray(good)
        flipped[place] ^= 1 << place % 8
        for bad in (good[:place], bytes(flipped)):
            path.write_bytes(bad)
            with contextlib.suppress(ModelFileError):
                state = read_state(path)
                assert state.more["epoch"] == 3
                state.restore(net)


def test_one_backup_is_enough(make, data, tmp_path):
    net = make()
    with pytest.raises(ArgumentError, match="give one BackupAndRestore"):
        net.fit(
            *data, verbose=0, callbacks=[BackupAndRestore(tmp_path / "a"), BackupAndRestore(tmp_path / "b")]
        )
    assert net.optimizer.iterations == 0


def test_other_data_than_before_are_refused(make, data, tmp_path):
    crashed(make, data, tmp_path)
    net, untouched = make(), make()
    with pytest.raises(ModelFileError, match=r"an epoch had 1 batches, now it has 6: give fit the same data"):
        net.fit(*data, batch_size=2, verbose=0, epochs=5, callbacks=[BackupAndRestore(tmp_path)])
    assert_same(net, untouched)


def test_a_table_that_cannot_be_gone_on_with_is_told(make, data, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("epoch,loss,val_loss\r\n0,1.0,NA\r\n")
    told = lambda: [CSVLogger(table, append=True), BackupAndRestore(tmp_path / "b")]
    with pytest.raises(Crash):
        make().fit(*data, epochs=5, verbose=0, callbacks=[*told(), crash_at("on_epoch_begin", 3)])
    table.unlink()
    net, untouched = make(), make()
    with pytest.raises(ModelFileError, match=r"latest\.npz: .*table\.csv: the table .* is there no more"):
        net.fit(*data, epochs=5, verbose=0, callbacks=told())
    assert_same(net, untouched)


def test_weights_that_are_not_finite_are_not_gone_on_from(tmp_path):
    """The last step of an epoch is too long: training comes there again, to what has been kept against it."""
    reports = []
    for folder, crashes in (("a", []), ("b", [crash_at("on_epoch_begin", 2)]), ("b", [])):
        net = Network([Dense(1, kernel_initializer="ones", input_dim=1)], rng=0)
        net.compile(optimizers.SGD(1e308), "mse")
        guard = NanGuard()
        with contextlib.suppress(Crash):
            told = [guard, BackupAndRestore(tmp_path / folder), *crashes]
            history = net.fit([[1.0]], [2.0], epochs=4, verbose=0, callbacks=told)
            reports.append((str(guard.report), history.epoch, net.parameters.tolist()))
    assert len(reports) == 2
    assert reports[0] == reports[1]
    assert reports[0][2] == [1.0, 0.0]


def test_a_training_that_was_stopped_stays_so(make, data, tmp_path):
    """Interrupted at the very end, it has nothing left to train."""
    stops, begun = [], []
    look = LambdaCallback(on_epoch_begin=lambda epoch, logs: begun.append(epoch))
    for folder, crashes in (("a", []), ("b", [crash_at("on_train_end", 1)]), ("b", [look])):
        net, stop = make("adam"), EarlyStopping("loss", min_delta=10, patience=2, restore_best_weights=True)
        told = [stop, BackupAndRestore(tmp_path / folder), *crashes]
        with contextlib.suppress(Crash):
            history = net.fit(*data, epochs=9, verbose=0, callbacks=told)
            stops.append((stop.stopped_epoch, net.stop_training, history.epoch, net.parameters.tolist()))
    assert begun == []
    assert stops[0] == stops[1]
    assert stops[0][:3] == (2, True, [0, 1, 2])


@pytest.mark.parametrize("save_freq", ["epoch", 1])
def test_an_error_of_the_training_comes_again(save_freq, make, data, tmp_path):
    """A batch that makes no step is not passed over."""
    errors = []
    for _ in range(3):
        with pytest.raises(NonFiniteError) as error:
            make(optimizers.SGD(1e25)).fit(
                *data, batch_size=4, epochs=9, verbose=0, callbacks=[BackupAndRestore(tmp_path, save_freq)]
            )
        errors.append(str(error.value))
    assert errors[0].startswith("epoch ")
    assert errors == errors[:1] * 3


MORE = {
    "nothing": {}, "an epoch that is none": {"epoch": True}, "states that are none": {"epoch": 1, "callbacks": 3},
    "no data": {"epoch": 1, "callbacks": [{"class": "BackupAndRestore", "state": {}}, {"class": "History", "state": {}}]},
}  # fmt: skip


@pytest.mark.parametrize("more", MORE.values(), ids=MORE)
def test_what_says_nothing_sensible_is_refused_and_changes_nothing(more, make, data, tmp_path):
    net, other, untouched = make("adam"), make("adam"), make("adam")
    net.fit(*data, verbose=0)
    write_state(state_of(net, more), tmp_path / "latest.npz")
    with pytest.raises(ModelFileError, match=r"latest.npz"):
        other.fit(*data, epochs=2, verbose=0, callbacks=[BackupAndRestore(tmp_path)])
    assert_same(other, untouched)


@pytest.mark.skipif(os.name != "posix", reason="limits of files are set otherwise")
@pytest.mark.parametrize("double", [False, True])
def test_a_full_disk_is_told_and_the_backup_before_stays(double, make, data, tmp_path):
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    backup = BackupAndRestore(tmp_path, double_checkpoint=double)

    def fill(epoch, logs):
        if epoch == 2:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))

    try:
        with pytest.raises(OSError, match="too large"):
            make().fit(*data, epochs=5, verbose=0, callbacks=[backup, LambdaCallback(on_epoch_begin=fill)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    names = ["latest.npz", "previous.npz"] if double else ["latest.npz"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert [read_state(tmp_path / name).more["epoch"] for name in names] == [2, 1][: len(names)]
