"""Scripts as tutorials have them, run unchanged by ``python -m mlp.keras``; real Keras runs all but the oldest too."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mlp
from mlp import Input, Network, optimizers
from mlp.layers import Concatenate, Dense

SCRIPTS = Path(__file__).parent / "scripts"
ROOT = Path(mlp.__file__).parents[1]
SHAPES = {
    "w0": (5, 16), "b0": (16,), "w1": (16, 1), "b1": (1,), "v0": (2, 4), "c0": (4,), "v1": (7, 1), "c1": (1,),
    "v2": (7, 1), "c2": (1,),
}  # fmt: skip


def run(*arguments, folder, warnings="ignore"):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": warnings}
    command = [sys.executable, "-m", "mlp.keras", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def start(tmp_path):
    """Data and first weights, and MNIST's file with small pictures in it."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(80, 5))
    arrays = {"x": x, "y": np.tanh(x[:, 0] - x[:, 1]) + 0.1 * rng.normal(size=80)}
    arrays |= {name: 0.5 * rng.normal(size=shape) for name, shape in SHAPES.items()}
    np.savez(tmp_path / "start.npz", **arrays)
    pictures, digits = mlp.datasets.load_digits()
    large = np.zeros((len(digits), 28, 28), np.uint8)
    large[:, 6:22, 6:22] = np.kron(pictures.reshape(-1, 8, 8) * (255 / 16), np.ones((1, 2, 2)))
    np.savez(
        tmp_path / "mnist.npz",
        x_train=large[:1500],
        y_train=digits[:1500],
        x_test=large[1500:],
        y_test=digits[1500:],
    )
    return arrays


def ran(name, tmp_path, *arguments, **how):
    done = run(SCRIPTS / f"{name}.py", *arguments, folder=tmp_path, **how)
    assert done.returncode == 0, done.stderr
    return done


def test_digits(start, tmp_path):
    said = ran("digits", tmp_path).stdout
    assert "Total params: 25,450" in said
    assert said.splitlines()[-3:] == [
        "epochs 8 keys ['accuracy', 'loss', 'val_accuracy', 'val_loss']",
        "learned True falls True",
        "classes True",
    ]


def test_regression_is_that_of_the_same_network_made_directly(start, tmp_path):
    said = ran("regression", tmp_path, tmp_path, "npz").stdout
    found = np.load(tmp_path / "regression.npz")
    net = Network([Dense(16, "tanh", input_dim=5), Dense(1)])
    net.set_weights([start[name] for name in ("w0", "b0", "w1", "b1")])
    net.compile(optimizers.RMSprop(0.01), "mse", metrics=["mae"])
    stop = mlp.callbacks.EarlyStopping("val_loss", patience=3, restore_best_weights=True)
    x, y = start["x"], start["y"]
    history = net.fit(x, y, 16, 60, 0, [stop], validation_split=0.25, shuffle=False)
    assert said == f"epochs {len(history.epoch)}\n"
    assert found["loss"].tolist() == history.history["loss"]
    assert found["val_loss"].tolist() == history.history["val_loss"]
    np.testing.assert_array_equal(found["y"], net.predict(x))


def test_two_inputs_are_those_of_the_same_network_made_directly(start, tmp_path):
    ran("two_inputs", tmp_path, tmp_path)
    found = np.load(tmp_path / "two_inputs.npz")
    left, right = Input(shape=(2,)), Input(shape=(3,))
    both = Concatenate()([Dense(4, "sigmoid")(left), right])
    price, dear = Dense(1, name="price")(both), Dense(1, "sigmoid", name="dear")(both)
    net = Network(inputs=[left, right], outputs=[price, dear])
    net.set_weights([start[name] for name in ("v0", "c0", "v1", "c1", "v2", "c2")])
    net.compile(
        optimizers.SGD(0.05, 0.9, True),
        ["mse", "binary_crossentropy"],
        [1.0, 0.5],
        metrics=[None, ["accuracy"]],
    )
    x, y = [start["x"][:, :2], start["x"][:, 2:]], start["y"][:, None]
    history = net.fit(x, [y, y > 0], 20, 5, 0, shuffle=False)
    assert found["loss"].tolist() == history.history["loss"]
    for name, own in zip(("price", "dear"), net.predict(x), strict=True):
        np.testing.assert_array_equal(found[name], own)


def test_an_old_article_runs_and_is_told_what_is_new(start, tmp_path):
    done = ran("old_article", tmp_path, tmp_path, warnings="default")
    assert done.stdout.splitlines() == [
        "keys ['accuracy', 'loss', 'val_accuracy', 'val_loss']",
        "acc True 4",
        "classes [np.int64(0), np.int64(1)]",
        "rows (80, 2) float64",
        "decay True",
    ]
    for owner, old, new in (
        ("fit", "nb_epoch", "called epochs today"),
        ("Dense", "output_dim", "called units today"),
        ("Dense", "W_regularizer", "called kernel_regularizer today"),
        ("Dropout", "p", "called rate today"),
        ("SGD", "lr", "called learning_rate today"),
        ("SGD", "decay", "no argument today; write learning_rate=schedules.InverseTimeDecay"),
        ("history", "val_acc", "called val_accuracy today"),
    ):
        told = rf"old_article\.py:\d+: OldSpellingWarning: {owner}: {old} is {re.escape(new)}"
        assert len(re.findall(told, done.stderr)) == (2 if old == "output_dim" else 1)  # once for each place


def test_a_network_without_input_size_waits_for_data(start, tmp_path):
    said = ran("waiting", tmp_path).stdout.splitlines()
    assert said[0].startswith("learned True")
    assert said[1:] == ["shapes [(3, 16), (16,), (16, 1), (1,)]", "twin True"]


# --- The process --------------------------------------------------------------------------------------------

ENVIRONMENT = """
import os, sys
import tensorflow.keras.layers as one, keras.layers as two, tensorflow.python.keras.layers as three
from tensorflow.keras.optimizers.legacy import SGD
import beside
print(sys.argv[1:], __name__, os.path.basename(__file__), one is two is three, SGD(0.5).learning_rate, beside.number)
import tensorflow as tf
print(tf.config.list_physical_devices("GPU"), tf.nn.relu([-1.0, 2.0]), tf.keras is __import__("keras"))
"""


def script(folder, text, name="script.py"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_script_finds_what_python_gives_it(tmp_path):
    inner, cwd = tmp_path / "inner", tmp_path / "cwd"
    inner.mkdir(), cwd.mkdir()
    script(inner, "number = 7", "beside.py")
    done = run(script(inner, ENVIRONMENT), "--flag", "x y", folder=cwd)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "['--flag', 'x y'] __main__ script.py True 0.5 7",
        "[] [0. 2.] True",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "usage: python -m mlp.keras script.py [arguments of the script]"),
        (("none.py",), "there is no file none.py"),
        (("folder",), "folder is a folder; give the script inside"),
        (("--fast", "script.py"), "unknown option '--fast'; usage: python -m mlp.keras script.py"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line(arguments, message, tmp_path):
    (tmp_path / "folder").mkdir()
    done = run(*arguments, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"python -m mlp.keras: {message}")
    assert len(done.stderr.splitlines()) == 1


def test_help_is_no_mistake(tmp_path):
    done = run("--help", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "script.py" in done.stdout


@pytest.mark.parametrize(
    ("text", "code", "last"),
    [
        ("1 / 0", 1, "ZeroDivisionError: division by zero"),
        ("def f(:", 1, "SyntaxError: invalid syntax"),
        ("import sys; sys.exit(3)", 3, ""),
        (
            "from keras.layers import Dense, Conv2D",
            1,
            "ImportError: mlp.keras.layers has no 'Conv2D'; there is: ",
        ),
        (
            "import keras\nkeras.layers.LSTM(3)",
            1,
            "mlp.errors.MissingNameError: mlp.keras.layers has no 'LSTM'",
        ),
        (
            "import tensorflow as tf\ntf.data",
            1,
            "mlp.errors.MissingNameError: mlp.keras.tensorflow has no 'data'",
        ),
        (
            "from keras.wrappers.scikit_learn import KerasClassifier",
            1,
            "ImportError: mlp.keras.wrappers is not there: ",
        ),
    ],
)
def test_an_error_of_the_script_shows_as_ever(text, code, last, tmp_path):
    done = run(script(tmp_path, text), folder=tmp_path)
    assert done.returncode == code
    assert (done.stderr.splitlines() or [""])[-1].startswith(last)
    assert "exec(compile" not in done.stderr
