"""``mlp evaluate`` and ``mlp summary``."""

import numpy as np
import pytest

import mlp

OTHERS = {"amount": "side,third", "side": "amount,third", "third": "amount,side"}


@pytest.mark.parametrize("target", ["amount", "side", "third"])
def test_the_table_trained_on_is_known_again(run, trained, points, target):
    said = trained("points.csv", "--target", target, "--ignore", OTHERS[target])
    judged = [line for line in said.lines if line.startswith(("test ", "training "))]
    assert run("evaluate", "points.npz", "points.csv").lines == judged
    assert "test rows: 18, held out from training" in judged


def test_another_table_is_judged_as_a_whole(run, trained, points, tmp_path):
    trained("points.csv", "--target", "third", "--ignore", OTHERS["third"], epochs=60)
    lines = (tmp_path / "points.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "others.csv").write_text("\n".join([*lines[:1], *lines[:0:-1]]), encoding="utf-8")
    result = run("evaluate", "points.npz", "others.csv")
    net = mlp.load("points.npz")
    x = np.column_stack([points["a"], points["b"]])
    loss, accuracy = net.evaluate(x, points["third"])
    assert result.value("rows") == 90
    assert result.value("accuracy") == pytest.approx(accuracy, abs=1e-4)
    assert float(result.lines[-1].split(": ")[1]) == pytest.approx(loss, rel=1e-3)


def test_other_features_make_another_table(run, trained, points, tmp_path):
    trained("points.csv", "--target", "third", "--ignore", OTHERS["third"])
    text = (tmp_path / "points.csv").read_text(encoding="utf-8")
    (tmp_path / "points.csv").write_text(text.replace("\n0.", "\n0.5", 1), encoding="utf-8")
    assert run("evaluate", "points.npz", "points.csv").value("rows") == 90


def test_regression_is_judged_in_the_targets_own_units(run, trained, points, tmp_path):
    trained("points.csv", "--target", "amount", "--ignore", OTHERS["amount"])
    (tmp_path / "two.csv").write_text("a,b,amount\n0,1e6,500\n1,1e6,600\n", encoding="utf-8")
    result = run("evaluate", "points.npz", "two.csv")
    errors = mlp.load("points.npz").predict([[0, 1e6], [1, 1e6]])[:, 0] - [500, 600]
    assert result.value("mean absolute error") == pytest.approx(np.abs(errors).mean(), rel=1e-3)
    assert float(result.lines[-1].split(": ")[1]) == pytest.approx(np.square(errors).mean(), rel=1e-3)
    assert "would be off by 50)" in result.out
    assert result.value("R squared") == pytest.approx(1 - np.square(errors).mean() / 50**2, abs=1e-4)


def test_numbers_as_labels_may_be_written_otherwise(run, trained, points, tmp_path):
    trained("points.csv", "--target", "third", "--ignore", OTHERS["third"])
    answers = []
    for labels in ("0", "1", "2"), ("0.0", "1.00", " 2e0"):
        rows = "".join(f"{i},1e6,{label}\n" for i, label in enumerate(labels))
        (tmp_path / "w.csv").write_text(f"a,b,third\n{rows}", encoding="utf-8")
        answers.append(run("evaluate", "points.npz", "w.csv").out)
    assert answers[0] == answers[1] != ""


def test_the_target_may_have_another_name(run, trained, points, tmp_path):
    trained("points.csv", "--target", "side", "--ignore", OTHERS["side"])
    (tmp_path / "n.csv").write_text("a,b,truth\n2,1e6,right\n-2,1e6,left\n", encoding="utf-8")
    assert run("evaluate", "points.npz", "n.csv", "--target", "truth").value("rows") == 2


def test_the_most_frequent_mistake_and_the_lazy_answer_are_told(run, trained, points, tmp_path):
    trained("points.csv", "--target", "side", "--ignore", OTHERS["side"], epochs=60)
    (tmp_path / "n.csv").write_text(
        "a,b,side\n2,1e6,left\n3,1e6,left\n2,1e6,right\n-2,1e6,left\n", encoding="utf-8"
    )
    lines = run("evaluate", "points.npz", "n.csv").lines
    assert lines[1] == "accuracy: 0.5000 (2 of 4 rows right; always answering 'left' would give 0.7500)"
    assert lines[2] == "mistakes: most often 'left' taken for 'right' (2 of 3 rows)"


def test_summary_tells_layers_features_and_classes(run, trained):
    trained("iris")
    result = run("summary", "iris.npz")
    assert 'Model: "network"' in result.out
    assert result.lines[-4:] == [
        "Loss: sparse_categorical_crossentropy, optimizer: adam",
        "Task: classification of 'species'",
        "Classes, in the order of the outputs: setosa, versicolor, virginica",
        "Features, in the order of the inputs: sepal length (cm), sepal width (cm), petal length (cm), petal width (cm)",
    ]


def test_a_network_that_was_saved_without_compiling_can_be_judged(run, trained, points):
    trained("points.csv", "--target", "side", "--ignore", OTHERS["side"])
    net = mlp.load("points.npz")
    bare = mlp.Network.from_config(net.get_config())
    bare.set_weights(net.get_weights())
    bare.metadata = net.metadata
    bare.save("bare.npz")
    with_loss, without = (run("evaluate", name, "points.csv").lines for name in ("points.npz", "bare.npz"))
    assert without == [line for line in with_loss if " loss " not in line]
