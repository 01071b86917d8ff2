"""Progress: silent if asked to be, on stderr alone, a bar on a terminal and a line per epoch elsewhere."""

import contextlib
import io
import re
import subprocess
import sys

import numpy as np
import pytest

from mlp import Network
from mlp.callbacks import LambdaCallback
from mlp.layers import Dense

X = np.arange(20.0).reshape(10, 2) / 20
Y = X[:, :1]


class Terminal(io.StringIO):
    """A stderr that says that it is a terminal."""

    def isatty(self):
        return True


def shown(call):
    """What a terminal shows while something runs."""
    screen = Terminal()
    with contextlib.redirect_stderr(screen):
        call()
    return screen.getvalue()


def compiled(metrics=None):
    net = Network([Dense(1, input_dim=2)], rng=0)
    net.compile("sgd", "mse", metrics=metrics)
    return net


CALLS = {
    "fit": lambda net, verbose: net.fit(X, Y, epochs=2, validation_split=0.2, verbose=verbose),
    "evaluate": lambda net, verbose: net.evaluate(X, Y, verbose=verbose),
    "predict": lambda net, verbose: net.predict(X, verbose=verbose),
    "minimize": lambda net, verbose: net.minimize(X, Y, verbose=verbose, maxiter=2),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("tty", [False, True])
def test_verbose_0_is_silent(call, tty, capfd, monkeypatch):
    if tty:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    call(compiled(), 0)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("verbose", ["auto", 1, 2])
def test_without_a_terminal_there_is_a_line_per_epoch(verbose, capsys):
    history = (
        compiled(["mae"]).fit(X, Y, epochs=5, initial_epoch=2, validation_split=0.2, verbose=verbose).history
    )
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert [line.split(" - ")[0] for line in lines] == ["Epoch 3/5", "Epoch 4/5", "Epoch 5/5"]
    for i, line in enumerate(lines):
        numbers = dict(part.split(": ") for part in line.split(" - ")[1:])
        assert list(numbers) == ["loss", "mae", "val_loss", "val_mae"]
        for name, number in numbers.items():
            assert float(number) == pytest.approx(history[name][i], rel=1e-3)


def test_a_line_is_there_when_its_epoch_is_over(capsys):
    seen = []
    look = LambdaCallback(on_epoch_begin=lambda *_: seen.append(capsys.readouterr().err.count("\n")))
    compiled().fit(X, Y, epochs=3, verbose=2, callbacks=[look])
    assert seen == [0, 1, 1]


LINES = r"Epoch 1/2 - loss: \S+\nEpoch 2/2 - loss: \S+\n"


@pytest.mark.parametrize("verbose", ["auto", 1])
def test_a_terminal_gets_a_bar(verbose, capsys):
    net = compiled()
    text = shown(lambda: net.fit(X, Y, epochs=3, verbose=verbose))
    assert "\r" in text
    assert "Epoch" not in text
    loss = net.history.history["loss"][-1]
    assert re.search(rf"100%.*3/3 .*epoch.*loss: {loss:.4g}", text.split("\r")[-1])
    assert text.endswith("\n")
    assert capsys.readouterr() == ("", "")


def test_the_bar_begins_where_training_does():
    text = shown(lambda: compiled().fit(X, Y, epochs=4, initial_epoch=2, verbose=1))
    drawn = re.findall(r"(\d)/4 ", text)
    assert (drawn[0], drawn[-1]) == ("2", "4")


def test_the_bar_is_closed_after_an_error():
    def fail(*_):
        raise LookupError

    def train():
        with pytest.raises(LookupError):
            compiled().fit(X, Y, epochs=4, verbose=1, callbacks=[LambdaCallback(on_epoch_end=fail)])

    text = shown(train)
    assert "0/4" in text
    assert text.endswith("\n")


def test_verbose_2_is_lines_on_a_terminal_too():
    assert re.fullmatch(LINES, shown(lambda: compiled().fit(X, Y, epochs=2, verbose=2)))


def test_without_tqdm_a_terminal_gets_lines(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert re.fullmatch(LINES, shown(lambda: compiled().fit(X, Y, epochs=2, verbose=1)))


def test_training_does_not_need_tqdm():
    """Neither does it load it, nor scipy.optimize, where nothing asks for them."""
    program = (
        "import sys; sys.modules['tqdm'] = None; import mlp; net = mlp.Network([mlp.layers.Dense(1, input_dim=1)]);"
        "net.compile('sgd', 'mse'); net.fit([[1.0]], [1.0]); print('scipy.optimize' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "False\n"
    assert done.stderr.startswith("Epoch 1/1 - loss: ")


def test_evaluate_tells_its_result_if_asked_to(capsys):
    net = compiled(["mae"])
    loss, mae = net.evaluate(X, Y, verbose=1)
    assert capsys.readouterr() == ("", f"loss: {loss:.4g} - mae: {mae:.4g}\n")


@pytest.mark.parametrize(
    ("options", "total"), [({"maxiter": 2}, "/2"), ({"options": {"maxiter": 2}}, "/2"), ({}, "")]
)
def test_minimize_counts_its_iterations(options, total, capsys):
    """Their number is written where it is known."""
    result = compiled().minimize(X, Y, verbose=2, **options)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(result.epoch) > 1
    for i, line in enumerate(lines):
        assert re.fullmatch(rf"Epoch {i + 1}{total} - loss: \S+", line)
