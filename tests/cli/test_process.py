"""The command as its own process: help, exit status, pipes, Ctrl-C."""

import os
import signal
import subprocess
import sys
import time

import pytest

import mlp

MLP = [sys.executable, "-m", "mlp"]

#: A shell that runs tests in the background has its children ignore Ctrl-C; a user's shell does not.
HEARS_CTRL_C = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); from mlp.cli import main; sys.exit(main())"


@pytest.fixture
def process(tmp_path):
    root = os.path.dirname(os.path.dirname(mlp.__file__))  # noqa: PTH120 - for the child's path
    environment = {**os.environ, "PYTHONPATH": root}

    def start(*arguments, program=MLP, **changes):
        return subprocess.Popen(
            [*program, *arguments], cwd=tmp_path, env={**environment, **changes}, encoding="utf-8",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    return start


def finished(process):
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_version(process):
    assert finished(process("--version")) == (0, f"mlp {mlp.__version__}\n", "")


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_names_every_command(process, arguments):
    status, out, err = finished(process(*arguments))
    assert (status, err) == (0, "")
    for command in ("train", "predict", "evaluate", "summary", "mlp train digits"):
        assert command in out


@pytest.mark.parametrize("command", ["train", "predict", "evaluate", "summary"])
def test_help_of_a_command_has_an_example(process, command):
    status, out, _ = finished(process(command, "--help"))
    assert status == 0
    assert f"  mlp {command} " in out.split("example")[1]


def test_a_mistake_is_one_line_and_status_2(process):
    status, out, err = finished(process("train", "nothing.csv", "--target", "y"))
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_results_go_to_stdout_and_progress_to_stderr(process, tmp_path):
    status, out, err = finished(process("train", "iris", "--epochs", "2"))
    assert status == 0
    assert "test accuracy" in out
    assert "Epoch" not in out
    assert [line[:9] for line in err.splitlines()] == ["Epoch 1/2", "Epoch 2/2"]
    assert [path.name for path in tmp_path.iterdir()] == ["iris.npz"]


def test_a_closed_pipe_is_no_error(process):
    finished(process("train", "digits", "--epochs", "1", "--quiet"))
    reader = process("predict", "digits.npz", "digits")
    assert reader.stdout.readline().startswith("digit,P(0)")
    reader.stdout.close()
    assert reader.stderr.read() == ""
    reader.stderr.close()
    assert reader.wait(timeout=60) == 0


def test_a_model_is_saved_though_nobody_reads_on(process, tmp_path):
    training = process("train", "iris", "--epochs", "300", "--quiet")
    assert training.stdout.readline().startswith("iris:")
    training.stdout.close()
    assert training.stderr.read() == ""
    training.stderr.close()
    assert training.wait(timeout=60) == 0
    assert mlp.load(tmp_path / "iris.npz").metadata["target"] == "species"


def test_ctrl_c_is_one_line_and_leaves_nothing(process, tmp_path):
    training = process("train", "digits", "--epochs", "3000", program=[sys.executable, "-c", HEARS_CTRL_C])
    assert training.stderr.readline().startswith("Epoch 1/")
    time.sleep(0.05)
    training.send_signal(signal.SIGINT)
    status, _, err = finished(training)
    assert status == 130
    assert err.splitlines()[-1] == "mlp train: interrupted; nothing was written"
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_what_goes_into_a_pipe_is_utf8(process, tmp_path, encoding):
    rows = "".join(f"{i},{'ä愛'[i % 2]}\n" for i in range(12))
    (tmp_path / "d.csv").write_text(f"a,y\n{rows}", encoding="utf-8")
    finished(process("train", "d.csv", "--target", "y", "--epochs", "1", PYTHONIOENCODING=encoding))
    status, out, err = finished(process("predict", "d.npz", "d.csv", PYTHONIOENCODING=encoding))
    assert (status, err) == (0, "")
    assert out.startswith("y,P(ä),P(愛)\n")
