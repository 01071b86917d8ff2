"""A folder to work in, the command run inside of it, and tables to train on."""

from dataclasses import dataclass

import numpy as np
import pytest

from mlp.cli import main


@dataclass
class Result:
    status: int
    out: str
    err: str

    @property
    def lines(self):
        return self.out.splitlines()

    def value(self, name):
        """The number behind ``name:`` in the output."""
        line = next(line for line in self.lines if line.startswith(f"{name}:"))
        return float(line.split(":")[1].split()[0].rstrip(","))


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """The function that runs the command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run_(*arguments):
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Result(status, captured.out, captured.err)

    return run_


@pytest.fixture
def trained(run):
    """The function that trains quietly and shortly, and expects success."""

    def train(*arguments, epochs=5):
        result = run("train", *arguments, "--quiet", "--epochs", epochs)
        assert (result.status, result.err) == (0, "")
        return result

    return train


def _csv(columns, delimiter=","):
    """A table of columns by name as CSV."""
    rows = [list(columns), *zip(*columns.values(), strict=True)]
    return "".join(delimiter.join(map(str, row)) + "\n" for row in rows)


@pytest.fixture
def as_csv():
    return _csv


@pytest.fixture
def points(tmp_path):
    """``points.csv``: two features, of very different size, with an amount, two classes and three of them."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 90))
    columns = {
        "a": a.tolist(),
        "b": (1e6 + 1e4 * b).tolist(),
        "amount": (500 + 100 * (a + b)).tolist(),
        "side": np.where(a > 0, "right", "left").tolist(),
        "third": np.digitize(a + b, [-0.6, 0.6]).tolist(),
    }
    (tmp_path / "points.csv").write_text(_csv(columns), encoding="utf-8")
    return {name: np.array(values) for name, values in columns.items()}
