"""``mlp explain``: the calculation of a model, as text, LaTeX or HTML, and every mistake in one line."""

import numpy as np
import pytest

import mlp
from mlp.explain.calculation import Calculation
from mlp.layers import Dense, Flatten
from mlp.optimizers import SGD


@pytest.fixture
def made(monkeypatch):
    """The calculations that were written, each as a line that tells the way."""
    calculations = []

    def written(way):
        def write(self, **arguments):
            calculations.append(self)
            return f"{way} {arguments} of {len(self.steps)} steps"

        return write

    for way in ("text", "latex", "html"):
        monkeypatch.setattr(Calculation, way, written(way))
    return calculations


@pytest.fixture
def model(tmp_path):
    net = mlp.Network([Dense(3, "tanh", input_dim=2), Dense(1)], rng=0)
    net.compile(SGD(0.1), "mse")
    net.save(tmp_path / "model.npz")
    plain = mlp.Network([Flatten(input_shape=(1, 2)), Dense(3, "softmax")], rng=0)
    plain.save(tmp_path / "plain.npz")
    plain.compile(loss="crossentropy")
    plain.save(tmp_path / "classes.npz")
    a, b = mlp.Input((1,)), mlp.Input((1,))
    mlp.Network([a, b], mlp.layers.Add()([a, b])).save(tmp_path / "two.npz")
    return net


def test_forward_alone(run, made, model):
    result = run("explain", "model.npz", "--input", "0.3,0.1")
    assert (result.status, result.out, result.err) == (0, "text {} of 2 steps\n", "")
    np.testing.assert_array_equal(made[0].steps[-1]["a"], model.predict([[0.3, 0.1]]))
    assert (made[0].digits, made[0].language) == (4, "en")


@pytest.mark.parametrize("form", ["--input={}", "--input {}"])
def test_rows_and_their_targets(run, made, model, form):
    """Also such as begin with a minus."""
    rows = [form.format(row).split(" ") for row in ("-.3,0.1", "-1,-2e-3")]
    result = run("explain", "model.npz", *rows[0], *rows[1], "--target", "-1", "--target", "2", "--digits", 6)
    assert result.status == 0
    x, y = [[-0.3, 0.1], [-1, -0.002]], [-1, 2]
    model.train_on_batch(x, y)
    after = [event["W_after"] for event in made[0].steps if event.direction == "update"]
    for found, expected in zip(after, model.get_weights()[::2], strict=True):
        np.testing.assert_array_equal(found, expected)
    assert made[0].digits == 6


def test_another_optimizer_and_loss(run, made, model):
    rest = ["--input", "1,2", "--target", "3", "--optimizer", "adam"]
    assert run("explain", "model.npz", *rest).status == 0
    assert "W_velocity_after" in made[0].steps[-1]
    assert run("explain", "model.npz", *rest[:4], "--loss", "mae", "--language", "ja").status == 0
    assert made[1].language == "ja"
    model.compile(SGD(0.1), "mae")
    model.train_on_batch([[1, 2]], [3])
    np.testing.assert_array_equal(made[1].steps[-1]["W_after"], model.layers[1].kernel)


@pytest.mark.parametrize(
    ("arguments", "target"),
    [
        ("plain.npz --loss mse --target 0,1,0.5", [0, 1, 0.5]),
        ("plain.npz --loss cce --target 0,1,0", [0, 1, 0]),
        ("plain.npz --loss scce --target 2", [0, 0, 1]),
        ("classes.npz --target 2", [0, 0, 1]),
        ("classes.npz --target 0,1,0", [0, 1, 0]),
    ],
)
def test_targets_have_the_form_that_the_loss_takes(run, made, model, arguments, target):
    name, *rest = arguments.split()
    assert run("explain", name, "--input", "1,2", *rest).status == 0
    (event,) = (event for event in made[0].steps if event.direction == "loss")
    assert np.ravel(event["target"] if "target" in event else event["t"]).tolist() == target


def test_classes_by_the_labels_of_the_card(run, made, trained, points):
    for name, label, target in (
        ("third", "2", [0, 0, 1]),
        ("third", "0.0", [1, 0, 0]),
        ("side", "right", [1]),
    ):
        others = ",".join({"amount", "side", "third"} - {name})
        trained("points.csv", "--target", name, "--ignore", others, "--output", "m.npz", epochs=1)
        result = run("explain", "m.npz", "--input", "1,1", "--target", label)
        assert result.status == 0, result.err
        (event,) = (event for event in made[-1].steps if event.direction == "loss")
        assert event["target"].ravel().tolist() == target
    err = run("explain", "m.npz", "--input", "1,1", "--target", "Rigth").err
    assert "--target Rigth: no class of 'side'" in err
    assert "did you mean 'right'? Classes: left, right" in err
    assert "takes 2 numbers (a, b), got 3" in run("explain", "m.npz", "--input", "1,1,1").err


def test_whole_documents_are_written(run, made, model, tmp_path):
    latex = run("explain", "model.npz", "--input", "1,2", "--format", "latex").out
    assert latex == "latex {'document': True} of 2 steps\n"
    result = run(
        "explain", "model.npz", "--input", "1,2", "--format", "html", "--language", "ja", "--output", "a.html"
    )
    assert (result.status, result.out) == (0, "Wrote a.html\n")
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert page.startswith('<!DOCTYPE html>\n<html lang="ja">')
    assert "<title>model.npz</title>" in page
    assert "html {} of 2 steps" in page
    assert page.endswith("</html>\n")


ROW = "explain model.npz --input 1,2"
MISTAKES = [
    ("explain model.npz", "--input"),
    ("explain model.npz --input 1,2,3", "--input 1,2,3: the model takes 2 numbers, got 3"),
    (
        "explain model.npz --input 1,x",
        "'x' is not a number; write numbers separated by commas: --input 0.3,0.1",
    ),
    ("explain model.npz --input 1,nan", "'nan' is not a number"),
    (f"{ROW} --target 1 --target 2", "each --input needs its --target, got 1 and 2"),
    (f"{ROW} --target 1,2", "--target 1,2: the loss mean_squared_error takes 1 number, got 2"),
    (f"{ROW} --target y", "'y' is not a number"),
    (f"{ROW} --optimizer sgd", "add --target"),
    (f"{ROW} --target 1 --optimizer adm", "did you mean 'adam'?"),
    (f"{ROW} --target 1 --loss msee", "did you mean 'mse'?"),
    (f"{ROW} --digits 0", "--digits: expected a whole number from 1 to 16, got '0'"),
    (f"{ROW} --language de", "--language", "'de'"),
    (f"{ROW} --format pdf", "--format", "'pdf'"),
    (f"{ROW} --output model.npz", "--output model.npz would replace the model"),
    (f"{ROW} --output sub/a.txt", "sub does not exist"),
    ("explain no.npz --input 1,2", "no.npz: no such file"),
    ("explain plain.npz --input 1,2 --target 1", "plain.npz is not compiled with a loss", "add one: --loss"),
    ("explain plain.npz --input 1,2 --target 1.5 --loss scce", "class"),
    ("explain two.npz --input 1", "several inputs or outputs; in Python: mlp.load('two.npz').explain"),
    (f"{ROW} {' '.join(['--input 1,2'] * 100)}", "at most 100 rows", "got 101"),
]


@pytest.mark.usefixtures("made", "model")
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake[1])
def test_one_line_that_helps(run, tmp_path, mistake):
    arguments, *fragments = mistake
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    result = run(*arguments.split())
    assert (result.status, result.out, len(result.err.splitlines())) == (2, "", 1)
    assert result.err.startswith("mlp explain: error: ")
    for fragment in fragments:
        assert fragment in result.err
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
