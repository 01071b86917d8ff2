"""``mlp predict``: the same numbers as in Python, whatever the file looks like."""

import csv
import io
import os

import numpy as np
import pytest

import mlp

OTHERS = {"amount": "side,third", "side": "amount,third", "third": "amount,side"}


def read(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(params=["amount", "side", "third"])
def target(request, trained, points):
    trained("points.csv", "--target", request.param, "--ignore", OTHERS[request.param])
    return request.param


def test_csv_holds_the_very_numbers_of_predict(run, points, target):
    net = mlp.load("points.npz")
    outputs = net.predict(np.column_stack([points["a"], points["b"]]))
    result = run("predict", "points.npz", "points.csv")
    assert (result.status, result.err) == (0, "")
    rows = read(result.out)
    if target == "amount":
        np.testing.assert_array_equal([float(row["amount"]) for row in rows], outputs[:, 0])
        return
    labels = net.metadata["labels"]
    p = np.hstack([1 - outputs, outputs]) if len(labels) == 2 else outputs
    for i, label in enumerate(labels):
        np.testing.assert_array_equal([float(row[f"P({label})"]) for row in rows], p[:, i])
    assert [row[target] for row in rows] == [str(labels[i]) for i in p.argmax(axis=1)]


@pytest.mark.parametrize(
    "content",
    [
        "b,a\n1000000.5,0.25\n990000,-1\n",
        "a,note,b\n0.25,x,1000000.5\n-1,,990000\n",
        "a;b\n0.25;1000000.5\n-1;990000\n",
        "a\tb\n0.25\t1000000.5\n-1\t990000\n",
        '"a","b"\r\n"0.25","1000000.5"\r\n"-1","990000"\r\n',
        '"a", "x, y", "b"\n"0.25", "no, no", "1000000.5"\n"-1", "", "990000"\n',
        "\ufeffa,b\n0.25,1000000.5\n-1,990000\n",
        "\n a , b \n 0.25, 1000000.5\n\n-1 ,9.9e5\n   \n",
        'a,side,b\n0.25,"no, ""never""\nseen",1000000.5\n-1,?,990000\n',
        "a,b\r0.25,1000000.5\r-1,990000",
    ],
)
def test_layout_of_the_file_does_not_matter(run, trained, points, tmp_path, content):
    trained("points.csv", "--target", "third", "--ignore", OTHERS["third"])
    (tmp_path / "new.csv").write_text(content, encoding="utf-8", newline="")
    rows = read(run("predict", "points.npz", "new.csv").out)
    expected = mlp.load("points.npz").predict([[0.25, 1000000.5], [-1, 990000]])
    np.testing.assert_array_equal([[float(row[f"P({i})"]) for i in range(3)] for row in rows], expected)


def test_output_file_holds_what_stdout_would(run, points, target, tmp_path):
    shown = run("predict", "points.npz", "points.csv").out
    result = run("predict", "points.npz", "points.csv", "--output", "p.csv")
    assert result.out == "Wrote 90 rows to p.csv\n"
    assert (tmp_path / "p.csv").read_text(encoding="utf-8") == shown


def test_labels_with_commas_and_accents_are_quoted_in_utf8(run, trained, tmp_path):
    rows = "".join(f'{i},"{("é, ü", "naïve")[i % 2]}"\n' for i in range(12))
    (tmp_path / "l.csv").write_text(f"größe,klasse\n{rows}", encoding="utf-8")
    trained("l.csv", "--target", "klasse")
    run("predict", "l.npz", "l.csv", "--output", "p.csv")
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as file:
        assert {row["klasse"] for row in csv.DictReader(file)} <= {"é, ü", "naïve"}
    assert (tmp_path / "p.csv").read_text(encoding="utf-8").startswith('klasse,P(naïve),"P(é, ü)"\n')


def test_a_failed_write_leaves_the_old_file(run, trained, monkeypatch, tmp_path):
    trained("iris")
    (tmp_path / "p.csv").write_text("old", encoding="utf-8")

    def full(handle):
        raise OSError(28, "No space left on device")

    before = sorted(tmp_path.iterdir())
    monkeypatch.setattr(os, "fsync", full)
    result = run("predict", "iris.npz", "iris", "--output", "p.csv")
    assert result.status == 2
    assert result.err == f"mlp predict: error: {tmp_path / 'p.csv'}: No space left on device\n"
    assert (tmp_path / "p.csv").read_text(encoding="utf-8") == "old"
    assert sorted(tmp_path.iterdir()) == before


def test_a_header_alone_gives_a_header_alone(run, trained, tmp_path):
    trained("iris")
    header = run("predict", "iris.npz", "iris").lines[0]
    (tmp_path / "none.csv").write_text(",".join(mlp.load("iris.npz").metadata["features"]), encoding="utf-8")
    assert run("predict", "iris.npz", "none.csv").lines == [header]


@pytest.fixture
def plain(tmp_path):
    """A network of images of 2 x 2 that knows no names: sums and differences of columns."""
    net = mlp.Network([mlp.layers.Flatten(input_shape=(2, 2)), mlp.layers.Dense(2)])
    net.set_weights([[[1, 1], [1, -1], [1, 1], [1, -1]], [0, 0]])
    net.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    net.save(tmp_path / "plain.npz")


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("header", ["d,c,b,a", "0,1,2,3", "1,2,3,4"])
def test_a_model_without_names_takes_all_columns_in_order(run, tmp_path, header):
    (tmp_path / "new.csv").write_text(f"{header}\n1,2,3,4\n5,6,7,9\n", encoding="utf-8")
    assert run("predict", "plain.npz", "new.csv").lines == ["output_0,output_1", "10.0,-2.0", "27.0,-3.0"]


@pytest.mark.usefixtures("plain")
def test_a_model_without_names_is_judged_on_a_named_target(run, tmp_path):
    (tmp_path / "new.csv").write_text("d,c,y,b,a\n1,2,0,3,4\n5,6,1,7,9\n", encoding="utf-8")
    result = run("evaluate", "plain.npz", "new.csv", "--target", "y")
    assert result.value("rows") == 2
    assert result.value("accuracy") == 0.5


@pytest.mark.usefixtures("plain")
def test_summary_of_a_model_without_names(run):
    assert run("summary", "plain.npz").lines[-1] == "Nothing is known about the table it was trained on"
