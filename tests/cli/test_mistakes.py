"""Every mistake of a user: exit status 2, one line that helps, no traceback, nothing written."""

import os

import pytest

import mlp

GOOD = "a,b,y\n" + "".join(f"{i},{i * i},{'no' if i < 6 else 'yes'}\n" for i in range(12))
NUMBERS = "a,y\n" + "".join(f"{i},{i / 2}\n" for i in range(30))


def mistake(name, arguments, *fragments, **files):
    return pytest.param(arguments.split(), files, fragments, id=name)


TRAIN = "train d.csv --target y"

OPTIONS = [
    mistake("command", "trian digits", "mlp: error:", "'trian'", "train"),
    mistake("nothing to train on", "train", "DATA"),
    mistake("option", "train digits --hiden 3", "'--hiden'", "did you mean '--hidden'?"),
    mistake("two files", "train a.csv b.csv", "unexpected argument 'b.csv'"),
    mistake("hidden", "train digits --hidden abc", "--hidden", "64,32", "'abc'"),
    mistake("hidden zero", "train digits --hidden 64,0", "--hidden", "'64,0'"),
    mistake("hidden too large", "train digits --hidden 99999999999", "--hidden"),
    mistake("epochs", "train digits --epochs 0", "--epochs", "whole number from 1", "'0'"),
    mistake("batch size", "train digits --batch-size 1.5", "--batch-size", "'1.5'"),
    mistake("learning rate", "train digits --learning-rate 0", "--learning-rate", "above 0"),
    mistake("learning rate nan", "train digits --learning-rate nan", "--learning-rate", "above 0"),
    mistake("validation", "train digits --validation 20", "--validation", "such as 0.2", "'20'"),
    mistake("validation nan", "train digits --validation nan", "--validation"),
    mistake("dropout", "train digits --dropout 1", "--dropout", "'1'"),
    mistake("seed", "train digits --seed -1", "--seed", "from 0"),
    mistake("task", "train digits --task clustering", "--task", "clustering", "regression"),
    mistake("activation", "train digits --activation rleu", "--activation", "did you mean 'relu'?"),
    mistake("optimizer", "train digits --optimizer adm", "--optimizer", "did you mean 'adam'?"),
    mistake("loss", "train digits --loss mean_square_error", "--loss", "did you mean 'mean_squared_error'?"),
    mistake(
        "loss for a task",
        "train digits --loss hinge",
        "hinge",
        "10 classes",
        "sparse_categorical_crossentropy",
    ),
    mistake("binary loss", "train digits --loss bce", "bce", "10 classes"),
    mistake("class loss", f"{TRAIN} --loss bce", "regression", "mean_absolute_error", d=NUMBERS),
    mistake(
        "smoothing",
        "train digits --loss mse --label-smoothing 0.1",
        "--label-smoothing",
        "mean_squared_error",
    ),
    mistake(
        "smoothed amounts", f"{TRAIN} --label-smoothing 0.1", "--label-smoothing", "leave it out", d=NUMBERS
    ),
    mistake(
        "divergence",
        f"{TRAIN} --optimizer sgd --learning-rate 1e9 --quiet",
        "smaller learning rate",
        d=NUMBERS,
    ),
    mistake("memory", f"{TRAIN} --hidden 1000000,2000000000 --quiet", "not enough memory", d=NUMBERS),
]

PATHS = [
    mistake("no such file", f"{TRAIN}", "d.csv: no such file", "digits and iris"),
    mistake("no such data set", "train digit", "did you mean 'digits'?"),
    mistake("folder", "train . --target y", ".: Is a directory"),
    mistake("suffix", "train digits --output model.keras2", "ends in .npz", "--output model.keras2.npz"),
    mistake("no folder", "train digits --output sub/model.npz", "sub", "does not exist"),
    mistake("output is a folder", "train digits --output .", "folder"),
    mistake(
        "no model",
        f"{TRAIN} --output kept.npz",
        "kept.npz exists and is not a model",
        d=GOOD,
        kept_npz="mine",
    ),
    mistake("model missing", "predict no.npz iris", "no.npz: no such file", "mlp train"),
    mistake("model is text", "predict d.npz iris", "d.npz is in no known format", d_npz="text"),
    mistake("swapped", "predict d.csv iris.npz", "the model comes before the data", d=GOOD),
    mistake("model is damaged", "summary d.npz", "d.npz", d_npz="PK\x03\x04 and no more"),
    mistake("model is empty", "evaluate d.npz iris", "d.npz is empty", d_npz=""),
    mistake("predictions no folder", "predict iris.npz iris --output sub/p.csv", "sub", "does not exist"),
    mistake("predictions over data", "predict iris.npz d.csv --output d.csv", "would replace d.csv", d=GOOD),
    mistake("predictions over model", "predict iris.npz iris --output iris.npz", "would replace iris.npz"),
    mistake("pipe", "predict iris.npz iris --output pipe", "not a regular file"),
]

TABLES = [
    mistake("empty", TRAIN, "d.csv is empty", d=""),
    mistake("blank", TRAIN, "d.csv is empty", d="\n  \n"),
    mistake("only a header", TRAIN, "d.csv has no rows", d="a,y\n"),
    mistake(
        "no header", TRAIN, "line 1", "expected the columns' names", "5.1, 3.5", d="5.1,3.5,1\n4.9,3.0,0\n"
    ),
    mistake("no header, repeated", TRAIN, "expected the columns' names", d="5,5,1\n4,3,0\n"),
    mistake(
        "no header, text",
        "train d.csv --target species",
        "looks like data",
        d="5.1,3.5,setosa\n4.9,3,setosa\n",
    ),
    mistake("no target", "train d.csv", "--target is missing", "Columns: a, b, y", d=GOOD),
    mistake("unknown target", "train d.csv --target Y2", "no column 'Y2'", "did you mean 'y'?", d=GOOD),
    mistake("unknown ignored", f"{TRAIN} --ignore bb", "no column 'bb'", "did you mean 'b'?", d=GOOD),
    mistake("ignored target", f"{TRAIN} --ignore y", "'y'", "cannot be ignored", d=GOOD),
    mistake("only a target", TRAIN, "no column beside 'y'", d="y\n1\n2\n"),
    mistake("same names", TRAIN, "line 1", "columns 1 and 3", "both called 'a'", d="a,y,a\n1,2,3\n"),
    mistake("short row", TRAIN, "line 3", "expected 3 cells", "got 2", d="a,b,y\n1,2,3\n1,2\n"),
    mistake("long row", TRAIN, "line 4", "expected 2 cells", "got 3", d="a,y\n1,2\n\n1,2,3\n"),
    mistake(
        "empty cell", TRAIN, "line 3, column 'b'", "missing value", "--ignore 'b'", d="a,b,y\n1,2,3\n1,,2\n"
    ),
    mistake("NaN", TRAIN, "line 2, column 'a'", "missing value (NaN)", d="a,y\nNaN,3\n1,2\n"),
    mistake("infinity", TRAIN, "line 2, column 'a'", "expected a number", "'-inf'", d="a,y\n-inf,3\n1,2\n"),
    mistake("text", TRAIN, "line 3, column 'b'", "expected a number", "'red'", d="a,b,y\n1,2,3\n1,red,2\n"),
    mistake("underscore", TRAIN, "line 2, column 'a'", "'1_000'", d="a,y\n1_000,3\n1,2\n"),
    mistake("decimal comma", TRAIN, "line 2, column 'a'", "'1,5'", "decimal point", d="a;y\n1,5;3\n1;2\n"),
    mistake("empty target", TRAIN, "line 3, column 'y'", "missing value", d="a,y\n1,2\n1,\n"),
    mistake("missing target", TRAIN, "line 3, column 'y'", "missing value (NA)", d="a,y\n1,no\n1,NA\n"),
    mistake("typo in the target", TRAIN, "line 32, column 'y'", "'7,5'", d=NUMBERS + '31,"7,5"\n'),
    mistake("forced regression", f"{TRAIN} --task regression", "line 2, column 'y'", "'no'", d=GOOD),
    mistake("one class", TRAIN, "nothing but 'no'", "two classes", d="a,y\n1,no\n2,no\n3,no\n"),
    mistake("one value", TRAIN, "nothing but", d="a,y\n1,5\n2,5\n3,5\n"),
    mistake("one amount", TRAIN, "nothing but 5.5", d="a,y\n1,5.5\n2,5.5\n3,5.5\n"),
    mistake("one row", TRAIN, "nothing but", d="a,y\n1,5.5\n"),
    mistake(
        "names as classes", TRAIN, "6 different values in 6 rows", d="a,y\n1,u\n2,v\n3,w\n4,x\n5,z\n6,t\n"
    ),
    mistake(
        "too few rows",
        f"{TRAIN} --validation 0.9",
        "--validation 0.9",
        "--validation 0",
        d="a,y\n1,u\n2,v\n3,u\n",
    ),
    mistake("quote", TRAIN, "d.csv line 3", "a quote that is not closed", d='a,y\n"1,2\n3,4\n'),
    mistake(
        "too far",
        f"{TRAIN} --validation 0",
        "column 'a'",
        "another unit",
        d="a,y\n1e308,1\n-1e308,2\n1,3\n2,3.5\n3,8\n",
    ),
    mistake(
        "target too far",
        f"{TRAIN} --validation 0",
        "column 'y'",
        "another unit",
        d="a,y\n1,1e308\n2,-1e308\n3,1.5\n4,2\n",
    ),
    mistake("features missing", "predict iris.npz d.csv", "'sepal length (cm)'", "model needs", d=GOOD),
    mistake(
        "a feature misspelt", "predict m.npz d.csv", "no column 'b'", "did you mean 'B'?", d="a,B\n1,2\n"
    ),
    mistake("prediction of text", "predict m.npz d.csv", "line 2, column 'b'", "'x'", d="a,b\n1,x\n"),
    mistake("target missing", "evaluate m.npz d.csv", "no column 'y'", d="a,b\n1,2\n"),
    mistake(
        "unknown class",
        "evaluate m.npz d.csv",
        "line 2, column 'y'",
        "did you mean 'yes'?",
        d="a,b,y\n1,2,yess\n",
    ),
    mistake("nothing to judge", "evaluate m.npz d.csv", "no rows", d="a,b,y\n"),
    mistake("columns", "predict plain.npz d.csv", "3 columns", "2 inputs", d="a,b,c\n1,2,3\n"),
    mistake("numbers on top", "predict plain.npz d.csv", "line 1", "names", d="7,9\n1,2\n"),
    mistake("which target", "evaluate plain.npz d.csv", "--target is missing", d="a,b,c\n1,2,3\n"),
    mistake("not compiled", "evaluate plain.npz d.csv --target c", "not compiled", d="a,b,c\n1,2,3\n"),
]


@pytest.fixture
def models(trained, tmp_path):
    """``iris.npz``; ``m.npz``, which knows a, b and y; ``plain.npz``, which knows no names; a named pipe."""
    (tmp_path / "good.csv").write_text(GOOD, encoding="utf-8")
    trained("iris", epochs=1)
    trained("good.csv", "--target", "y", "--output", "m.npz", epochs=1)
    mlp.Network([mlp.layers.Dense(1, input_dim=2)]).save(tmp_path / "plain.npz")
    os.mkfifo(tmp_path / "pipe")


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize(("arguments", "files", "fragments"), OPTIONS + PATHS + TABLES)
def test_one_line_that_helps(run, tmp_path, arguments, files, fragments):
    for name, text in files.items():
        path = tmp_path / (name.replace("_", ".") if "_" in name else f"{name}.csv")
        path.write_text(text, encoding="utf-8", newline="")
    before = contents(tmp_path)
    result = run(*arguments)
    assert result.status == 2
    assert len(result.err.splitlines()) == 1
    assert result.err.startswith("mlp")
    assert ": error: " in result.err
    for fragment in fragments:
        assert fragment in result.err
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("data", "line", "byte"), [(b"a,y\n1,2\n\xe9t\xe9,3\n", 3, "0xe9"), (b"\xff\xfea\x00", 1, "0xff")]
)
def test_text_that_is_not_utf8_is_named_by_line_and_byte(run, tmp_path, data, line, byte):
    (tmp_path / "latin.csv").write_bytes(data)
    result = run("train", "latin.csv", "--target", "y")
    assert result.status == 2
    assert f"latin.csv line {line}: expected UTF-8 text, got the byte {byte}" in result.err


def test_the_line_of_an_undecodable_byte_is_right_in_a_long_file(run, tmp_path):
    (tmp_path / "long.csv").write_bytes(b"a,y\n" + b"1,2\n" * 50_000 + b"\xe9,3\n" + b"1,2\n" * 50_000)
    assert "line 50002:" in run("train", "long.csv", "--target", "y").err


def test_no_permission_to_read(run, tmp_path, monkeypatch):
    path_type = type(tmp_path)
    (tmp_path / "d.csv").write_text(GOOD, encoding="utf-8")

    def refuse(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(path_type, "open", refuse)  # a test that runs as root can read everything
    assert run("train", "d.csv", "--target", "y").err == "mlp train: error: d.csv: Permission denied\n"


def test_no_permission_to_write(run, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    result = run("train", "digits")
    assert (result.status, result.out) == (2, "")
    assert result.err == "mlp train: error: --output digits.npz: no permission to write there\n"


def test_metadata_that_do_not_fit_are_refused(run, tmp_path):
    net = mlp.Network([mlp.layers.Dense(1, input_dim=2)])
    net.metadata = {"task": "regression", "target": "y", "features": ["a"], "labels": []}
    net.save(tmp_path / "odd.npz")
    assert "does not fit the network" in run("predict", "odd.npz", "iris").err


def test_metadata_of_ones_own_are_left_alone(run, tmp_path):
    net = mlp.Network([mlp.layers.Dense(1, input_dim=2)])
    net.metadata = {"author": "me", "features": 2}
    net.save(tmp_path / "own.npz")
    (tmp_path / "d.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert run("predict", "own.npz", "d.csv").lines[0] == "output"
