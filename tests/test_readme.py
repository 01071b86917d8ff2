"""The README's examples, run as they stand; its picture, drawn again; its table, held against the measurements."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from worked_examples.test_3_above_the_line import BIAS_1, BIAS_2, KERNEL_1, KERNEL_2

from mlp import Input, Network
from mlp.cli import main
from mlp.layers import Dense
from mlp.plots import network_svg

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")
#: Each block of Python, with the block of text behind it that shows what it prints, if there is one.
BLOCKS = re.findall(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", TEXT, re.DOTALL)
COMMANDS = re.findall(r"^(mlp .*?)(?:  +#.*)?$", TEXT, re.MULTILINE)


def test_examples_print_what_their_comments_say(capsys, tmp_path, monkeypatch):
    """The blocks are read from top to bottom, each with the names of those before it; files go elsewhere."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(HERE / "files/foreign/keras-3.15.1/sequential.keras", "trained_in_keras.keras")
    names = {}
    shown = 0
    for block, text in BLOCKS:
        exec(compile(block, str(README), "exec"), names)  # noqa: S102 - the project's own page
        printed = capsys.readouterr().out
        if text:
            parts = [part.strip("\n") for part in text.split("...\n") if part.strip()]
            assert parts
            places = [printed.index(part) for part in parts]
            assert places == sorted(places)
        else:
            assert printed.splitlines() == re.findall(r"print\(.*\)  # (.*)", block)
        shown += bool(printed)
    assert shown > 4


def test_the_xor_example_takes_fifteen_lines_at_most():
    assert len(BLOCKS[0][0].splitlines()) <= 15


def test_the_picture_is_the_one_that_is_drawn(tmp_path):
    """The network and the point of the third worked example."""
    x = Input(shape=(2,))
    hidden, output = Dense(5, activation="tanh", name="hidden"), Dense(1, activation="tanh", name="output")
    net = Network(inputs=x, outputs=output(hidden(x)))
    net.set_weights([KERNEL_1, BIAS_1, KERNEL_2, BIAS_2])
    drawn = network_svg(net, x=[0.3, 0.1], input_names=["x₁", "x₂"], output_names=["y"])
    assert (HERE.parent / "docs/network.svg").read_text(encoding="utf-8") == f"{drawn}\n"


def test_the_table_is_that_of_the_benchmark():
    results = (HERE.parent / "benchmarks/results.md").read_text(encoding="utf-8")
    measured = _rows(results[results.index("## A training step at a glance") :])
    header, *rows = _rows(TEXT[TEXT.index("## How fast") :])
    places = [measured[0].index(name) for name in header]
    assert len(rows) == 4
    for row in rows:
        assert row in [[found[place] for place in places] for found in measured]


def _rows(text):
    """The cells of the first table of a page."""
    table = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)[0]
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.splitlines()
        if "---" not in line
    ]


def test_the_commands_work(tmp_path, monkeypatch, capsys):
    """From top to bottom, in a folder with the files that they name."""
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{i},{i % 7},{3 * i + i % 7}\n" for i in range(60))
    Path("houses.csv").write_text(f"area,rooms,price\n{rows}", encoding="utf-8")
    Path("new_houses.csv").write_text("area,rooms\n3,4\n", encoding="utf-8")
    for name in ("stranger", "trained"):
        shutil.copy(HERE / "files/foreign/keras-3.15.1/sequential.keras", f"{name}.keras")
    assert len(COMMANDS) > 5
    for command in COMMANDS:
        assert main(shlex.split(command)[1:]) == 0, command
        assert capsys.readouterr().out


@pytest.mark.parametrize("link", re.findall(r"(?:\]\(|src=\")([^)\"]+)[)\"]", TEXT))
def test_links_lead_somewhere(link):
    assert (README.parent / link).exists()


def test_there_are_two_set_up_commands():
    commands = re.findall(r"^python3 -m venv .*$", TEXT, re.MULTILINE)
    assert len(commands) == 2
    assert commands[0].endswith("mlp train digits")
    assert commands[1].endswith("pytest")
