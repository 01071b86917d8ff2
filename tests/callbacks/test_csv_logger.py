"""The table of epochs in a file."""

import copy
import csv

import pytest

from mlp.callbacks import CSVLogger, LambdaCallback, LearningRateScheduler
from mlp.errors import ArgumentError, MLPError


def table(path, separator=","):
    with path.open(newline="") as file:
        return list(csv.reader(file, delimiter=separator))


def test_a_line_for_each_epoch_in_full_precision(make, data, tmp_path):
    path = tmp_path / "log.csv"
    history = make(metrics=["mae"]).fit(
        *data, epochs=3, validation_data=data, verbose=0, callbacks=[CSVLogger(path)]
    )
    head, *lines = table(path)
    assert head == ["epoch", "loss", "mae", "val_loss", "val_mae"]
    assert [int(line[0]) for line in lines] == [0, 1, 2]
    for i, name in enumerate(head[1:], 1):
        assert [float(line[i]) for line in lines] == history.history[name]
    assert path.read_bytes().endswith(b"\r\n")  # as Python's csv module and Keras write it


def test_columns_are_sorted_and_those_of_validation_follow(make, data, tmp_path):
    """What Keras does: a later training with validation can go on with the table."""
    path = tmp_path / "log.csv"
    rates = LearningRateScheduler(lambda epoch: 0.5)
    make(metrics=["mae"]).fit(*data, verbose=0, callbacks=[rates, CSVLogger(str(path), separator=";")])
    head, line = table(path, ";")
    names = ["learning_rate", "loss", "mae"]
    assert head == ["epoch", *names, *(f"val_{name}" for name in names)]
    assert line[1] == "0.5"
    assert line[4:] == ["NA"] * 3


def test_epochs_without_validation_have_gaps(make, data, tmp_path):
    path = tmp_path / "log.csv"
    validated = {"validation_data": data, "validation_freq": 2}
    told = [CSVLogger(path)]
    make().fit(*data, epochs=3, initial_epoch=1, verbose=0, callbacks=told, **validated)
    assert [line[2] == "NA" for line in table(path)[1:]] == [False, True]


def test_a_file_is_replaced_or_gone_on_with(make, data, tmp_path):
    path, net = tmp_path / "log.csv", make()
    for append in (False, False, True):
        net.fit(*data, epochs=2, verbose=0, callbacks=[CSVLogger(path, append=append)])
    assert [line[0] for line in table(path)] == ["epoch", "0", "1", "0", "1"]
    fresh = tmp_path / "fresh.csv"
    net.fit(*data, verbose=0, callbacks=[CSVLogger(fresh, append=True)])
    assert [line[0] for line in table(fresh)] == ["epoch", "0"]


def test_one_goes_on_in_the_columns_of_the_file(make, data, tmp_path):
    path = tmp_path / "log.csv"
    make().fit(*data, validation_data=data, verbose=0, callbacks=[CSVLogger(path)])
    make(metrics=["mae"]).fit(*data, verbose=0, callbacks=[CSVLogger(path, append=True)])
    lines = table(path)
    assert [len(line) for line in lines] == [3, 3, 3]
    assert lines[2][2] == "NA"


def test_every_line_is_there_at_once_and_the_file_is_closed(make, data, tmp_path):
    path, seen = tmp_path / "log.csv", []
    look = LambdaCallback(on_epoch_end=lambda *_: seen.append(len(table(path))))
    logger = CSVLogger(path)
    make().fit(*data, epochs=3, verbose=0, callbacks=[logger, look])
    assert seen == [2, 3, 4]
    assert logger._file is None
    copy.deepcopy(logger)


def test_the_file_is_closed_after_an_error(make, data, tmp_path):
    def fail(epoch, logs):
        raise RuntimeError

    logger = CSVLogger(tmp_path / "log.csv")
    with pytest.raises(RuntimeError):
        make().fit(*data, epochs=3, verbose=0, callbacks=[logger, LambdaCallback(on_epoch_end=fail)])
    assert logger._file is None
    assert len(table(tmp_path / "log.csv")) == 2


def test_a_folder_that_is_not_there_is_told_before_training(make, data, tmp_path):
    net = make()
    with pytest.raises(FileNotFoundError, match="nowhere"):
        net.fit(*data, verbose=0, callbacks=[CSVLogger(tmp_path / "nowhere" / "log.csv")])
    assert net.optimizer.iterations == 0


def test_another_table_is_not_gone_on_with(make, data, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("sepal,petal\n1,2\n")
    net = make()
    with pytest.raises(ArgumentError, match="first column must be 'epoch'"):
        net.fit(*data, verbose=0, callbacks=[CSVLogger(path, append=True)])
    assert path.read_text() == "sepal,petal\n1,2\n"
    assert net.optimizer.iterations == 0


@pytest.mark.parametrize(
    "arguments", [{"filename": ""}, {"filename": "a", "separator": ", "}, {"filename": "a", "separator": ""},
                  {"filename": "a", "append": 1}], ids=str,
)  # fmt: skip
def test_what_makes_no_sense_is_refused(arguments):
    with pytest.raises(MLPError, match=list(arguments)[-1]):
        CSVLogger(**arguments)
