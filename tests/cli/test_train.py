"""``mlp train``: what is decided, what is trained, what the file holds."""

import numpy as np
import pytest

import mlp
from mlp.commands.split import hold_out, unpacked
from mlp.datasets import load_digits

OTHERS = {
    "amount": "side,third",
    "side": "amount,third",
    "third": "amount,side",
}


def test_digits_are_learned_with_no_other_argument(run, tmp_path):
    result = run("train", "digits")
    assert result.status == 0
    assert result.value("test accuracy") >= 0.97
    assert result.value("test rows") == 360
    assert 'Model: "network"' in result.out
    assert "Saved digits.npz" in result.out
    assert result.err.splitlines()[-1].startswith("Epoch 80/80 - loss: ")

    net = mlp.load(tmp_path / "digits.npz")
    x, y = load_digits()
    held_out = unpacked(net.metadata["data"]["held_out"], len(y))
    right = net.predict(x).argmax(axis=1) == y
    assert right[held_out].mean() == pytest.approx(result.value("test accuracy"), abs=1e-4)
    counts, all_counts = np.bincount(y[held_out]), np.bincount(y)
    assert np.abs(counts - all_counts * 360 / len(y)).max() < 1


def test_same_seed_same_bytes(trained, tmp_path):
    files = []
    for seed in (3, 3, 4):
        trained("iris", "--seed", seed, "--dropout", 0.2)
        files.append((tmp_path / "iris.npz").read_bytes())
    assert files[0] == files[1] != files[2]


@pytest.mark.parametrize(
    ("cells", "task", "labels"),
    [
        (["yes", "no"] * 6, "classification", ["no", "yes"]),
        ([0, 1] * 6, "classification", [0, 1]),
        (["1.0", "0.0"] * 6, "classification", [0, 1]),
        ([3, 1, 2] * 4, "classification", [1, 2, 3]),
        ([-1, 1, "unknown"] * 4, "classification", ["-1", "1", "unknown"]),
        ([0.5, 1.5] * 6, "regression", []),
        (range(12), "regression", []),
        ([1, 2, 3, 4, 5] * 2, "regression", []),
    ],
)
def test_task_is_decided_by_the_target(trained, tmp_path, as_csv, cells, task, labels):
    cells = list(cells)
    (tmp_path / "t.csv").write_text(as_csv({"x": range(len(cells)), "y": cells}), encoding="utf-8")
    result = trained("t.csv", "--target", "y", epochs=1)
    metadata = mlp.load("t.npz").metadata
    assert (metadata["task"], metadata["labels"]) == (task, labels)
    assert f"Task: {task} of 'y'" in result.out


def test_task_can_be_forced(trained, points):
    trained("points.csv", "--target", "third", "--ignore", OTHERS["third"], "--task", "regression")
    assert mlp.load("points.npz").metadata["task"] == "regression"


@pytest.mark.parametrize(
    ("target", "units", "activation", "loss"),
    [
        ("amount", 1, "linear", "mean_squared_error"),
        ("side", 1, "sigmoid", "binary_crossentropy"),
        ("third", 3, "softmax", "sparse_categorical_crossentropy"),
    ],
)
def test_head_follows_the_task(trained, points, target, units, activation, loss):
    trained("points.csv", "--target", target, "--ignore", OTHERS[target])
    net = mlp.load("points.npz")
    dense = [layer for layer in net.layers if isinstance(layer, mlp.layers.Dense)]
    assert [layer.units for layer in dense] == [64, 32, units]
    assert repr(dense[-1].activation) == repr(mlp.activations.get(activation))
    assert (net.layers[-1] is dense[-1]) == (target != "amount")  # joined with its loss only at the end
    assert net.loss.name == loss
    assert net.metadata["features"] == ["a", "b"]
    assert net.metadata["target"] == target


@pytest.mark.parametrize("target", ["side", "third"])
@pytest.mark.parametrize(
    "loss",
    ["mse", "mae", "sum_squared_error", "categorical_crossentropy", "sparse_categorical_crossentropy"],
)
def test_every_loss_that_fits_learns_classes(run, trained, points, target, loss):
    trained("points.csv", "--target", target, "--ignore", OTHERS[target], "--loss", loss, epochs=60)
    assert run("evaluate", "points.npz", "points.csv").value("training accuracy") > 0.85


def test_inputs_are_standardised_by_the_training_rows_alone(trained, points):
    trained("points.csv", "--target", "side", "--ignore", OTHERS["side"])
    net = mlp.load("points.npz")
    rest = ~unpacked(net.metadata["data"]["held_out"], 90)
    x = np.column_stack([points["a"], points["b"]])
    np.testing.assert_allclose(net.layers[0].mean, x[rest].mean(axis=0))
    np.testing.assert_allclose(net.layers[0].variance, x[rest].var(axis=0))


def test_regression_is_in_the_targets_own_units(trained, points):
    result = trained("points.csv", "--target", "amount", "--ignore", OTHERS["amount"], epochs=100)
    x = np.column_stack([points["a"], points["b"]])
    predicted = mlp.load("points.npz").predict(x)[:, 0]
    assert np.abs(predicted - points["amount"]).mean() < 15  # the deviation is 141
    assert result.value("test mean absolute error") < 25
    assert result.value("test R squared") > 0.95


@pytest.mark.parametrize("factor", [2.0**-60, 2.0**60])
def test_units_of_the_target_change_nothing_but_units(trained, points, tmp_path, as_csv, factor):
    columns = {"a": points["a"], "b": points["b"], "amount": points["amount"]}
    predictions = []
    for scaled in (columns, {**columns, "amount": factor * points["amount"]}):
        written = {name: values.tolist() for name, values in scaled.items()}
        (tmp_path / "u.csv").write_text(as_csv(written), encoding="utf-8")
        trained("u.csv", "--target", "amount")
        predictions.append(mlp.load("u.npz").predict(np.column_stack([points["a"], points["b"]])))
    np.testing.assert_array_equal(predictions[1], factor * predictions[0])


@pytest.mark.parametrize("factor", [1e-12, 1e-200, 1e12, 1e150])
def test_units_of_a_feature_do_not_keep_it_from_being_learned(trained, points, tmp_path, as_csv, factor):
    columns = {"a": (factor * points["a"]).tolist(), "side": points["side"]}
    (tmp_path / "u.csv").write_text(as_csv(columns), encoding="utf-8")
    assert trained("u.csv", "--target", "side", epochs=60).value("training accuracy") > 0.95


def test_a_constant_column_never_has_a_say(trained, points, tmp_path, as_csv):
    columns = {"year": [2023.1] * 90, "a": points["a"].tolist(), "side": points["side"]}
    (tmp_path / "c.csv").write_text(as_csv(columns), encoding="utf-8")
    trained("c.csv", "--target", "side")
    net = mlp.load("c.npz")
    rows = np.column_stack([np.full(90, 2023.1), points["a"]])
    expected = net.predict(rows)
    rows[:, 0] = 1e6
    np.testing.assert_array_equal(net.predict(rows), expected)


def test_options_reach_network_and_optimizer(trained, points):
    trained("points.csv", "--target", "side", "--ignore", OTHERS["side"], "--hidden", "7,5,3", "--activation", "tanh",
            "--dropout", 0.25, "--optimizer", "sgd", "--learning-rate", 0.125, "--label-smoothing", 0.2)  # fmt: skip
    net = mlp.load("points.npz")
    assert [layer.units for layer in net.layers if isinstance(layer, mlp.layers.Dense)] == [7, 5, 3, 1]
    assert [layer.rate for layer in net.layers if isinstance(layer, mlp.layers.Dropout)] == [0.25] * 3
    assert isinstance(net.get_layer("dense_1").activation, mlp.activations.Tanh)
    assert isinstance(net.optimizer, mlp.optimizers.SGD)
    assert net.optimizer.learning_rate == 0.125
    assert net.loss.label_smoothing == 0.2


def test_batch_size_and_epochs_count_steps(trained, points):
    trained("points.csv", "--target", "side", "--ignore", OTHERS["side"], "--batch-size", 10, epochs=3)
    assert mlp.load("points.npz").optimizer.iterations == 3 * 8  # 72 rows in batches of 10


def test_a_linear_model_has_no_hidden_layers(trained, points):
    trained("points.csv", "--target", "side", "--ignore", OTHERS["side"], "--hidden", "none")
    assert [type(layer).__name__ for layer in mlp.load("points.npz").layers] == ["Normalization", "Dense"]


def test_without_validation_all_rows_are_trained_on(trained, tmp_path):
    (tmp_path / "xor.csv").write_text("a,b,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n", encoding="utf-8")
    result = trained("xor.csv", "--target", "y", "--validation", 0, epochs=300)
    assert result.value("training accuracy") == 1
    assert "test accuracy" not in result.out
    np.testing.assert_array_equal(
        mlp.load("xor.npz").predict([[0, 0], [0, 1], [1, 0], [1, 1]]).round()[:, 0], [0, 1, 1, 0]
    )


def test_unnamed_columns_are_left_out_and_that_is_said(trained, tmp_path):
    rows = "".join(f"{i},{i % 2},{i % 2},\n" for i in range(12))
    (tmp_path / "pandas.csv").write_text(f",a,y,\n{rows}", encoding="utf-8")
    assert "Left out: 2 column(s) without a name" in trained("pandas.csv", "--target", "y").out
    assert mlp.load("pandas.npz").metadata["features"] == ["a"]


def test_learning_by_heart_is_told(trained, tmp_path, as_csv):
    rng = np.random.default_rng(0)
    columns = {f"x{i}": rng.normal(size=60).tolist() for i in range(5)}
    (tmp_path / "noise.csv").write_text(as_csv({**columns, "y": rng.integers(0, 2, 60)}), encoding="utf-8")
    result = trained("noise.csv", "--target", "y", "--learning-rate", 0.01, epochs=60)
    assert "The loss on held-out rows was least after epoch" in result.out


def test_quiet_is_the_only_silence(run, points):
    arguments = ("train", "points.csv", "--target", "side", "--ignore", OTHERS["side"], "--epochs", 2)
    assert len(run(*arguments).err.splitlines()) == 2
    assert run(*arguments, "--quiet").err == ""


@pytest.mark.parametrize(
    ("counts", "fraction", "expected"),
    [
        ([50, 50, 50], 0.2, [10, 10, 10]),
        ([97, 2, 1], 0.5, [49, 1, 0]),
        ([3, 3], 0.4, [2, 1]),
        ([10], 0.01, [1]),
    ],
)
def test_every_class_is_held_out_by_its_share_and_keeps_a_row(counts, fraction, expected):
    classes = np.random.default_rng(1).permutation(np.repeat(np.arange(len(counts)), counts))
    mask = hold_out(classes, fraction, np.random.default_rng(0))
    assert np.bincount(classes[mask], minlength=len(counts)).tolist() == expected
