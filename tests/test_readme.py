"""The README's examples, run as they stand."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def test_examples_print_what_their_comments_say(capsys, tmp_path, monkeypatch):
    """The blocks are read from top to bottom, each with the names of those before it; files go elsewhere."""
    monkeypatch.chdir(tmp_path)
    names = {}
    promised = []
    for block in BLOCKS:
        exec(compile(block, str(README), "exec"), names)  # noqa: S102 - the project's own page
        promised += re.findall(r"print\(.*\)  # (.*)", block)
    assert promised
    assert capsys.readouterr().out.splitlines() == promised


def test_the_xor_example_takes_fifteen_lines_at_most():
    assert len(BLOCKS[0].splitlines()) <= 15


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)]+)\)", README.read_text(encoding="utf-8")))
def test_links_lead_somewhere(link):
    assert (README.parent / link).exists()


def test_there_are_two_set_up_commands():
    commands = re.findall(r"^python3 -m venv .*$", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(commands) == 2
    assert commands[0].endswith("mlp train digits")
    assert commands[1].endswith("pytest")
