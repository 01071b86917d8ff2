"""Commands that a page shows are commands that there are, or the build fails.

What begins with ``mlp``, in a block for a shell or in code quotes, is read by the command's own parser; ``mlp train`` in
code quotes may do without its arguments.  Of ``python -m`` the module must be there, of ``numpy-mlp[extra]`` the extra.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cells import inside
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from mlp.cli import _parse, _parser

LOGGER = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "optional-dependencies"
]
SHELLS = ("bash", "console", "sh", "shell")
NEEDED = "the following arguments are required"


def complaint(command: str, whole: bool = True) -> str | None:
    """What is wrong with a command line, if anything; with ``whole`` it must have all its arguments."""
    try:
        words = shlex.split(command.removeprefix("$ "), comments=True)
    except ValueError as error:
        return str(error)
    if words[:1] == ["mlp"] and (wrong := said_of(words[1:], whole)):
        return wrong
    if "-m" in words and Path(words[0]).name.startswith("python"):
        module = words[words.index("-m") + 1]
        if module not in ("venv", "pip") and not found(module):
            return f"there is no module {module}"
    for extra in re.findall(r"[\w-]+", " ".join(re.findall(r"(?:numpy-mlp|\.)\[(.*?)\]", command))):
        if extra not in EXTRAS:
            return f"there is no extra {extra}"
    return None


def said_of(words: list[str], whole: bool) -> str | None:
    """What the command says of these arguments."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            _parse(words)
    except SystemExit as end:
        if not end.code:
            return None
        if whole or NEEDED not in said.getvalue():
            return said.getvalue().strip()
        return unknown_option(words)
    return None


def unknown_option(words: list[str]) -> str | None:
    """The first option that the command does not have: one that it needs is missed before that is noticed."""
    commands = next(action.choices for action in _parser()._actions if action.dest == "command")
    known = commands[words[0]]._option_string_actions
    return next(
        (f"mlp {words[0]} has no {word}" for word in words if word.startswith("--") and word not in known),
        None,
    )


def found(module: str) -> bool:
    """Whether there is such a module here."""
    if (ROOT / module.partition(".")[0]).exists():
        path = ROOT / module.replace(".", "/")
        return path.is_dir() or path.with_suffix(".py").exists()
    return importlib.util.find_spec(module.partition(".")[0]) is not None


def complaints(doctree: nodes.document) -> Iterator[tuple[nodes.Node, str]]:
    """What cannot be typed as it is shown, and where."""
    for node in doctree.findall(nodes.literal):
        text = (
            complaint(node.astext(), whole=False) if re.match(r"(mlp|pip|python3?) ", node.astext()) else None
        )
        if text:
            yield node, text
    for block in doctree.findall(nodes.literal_block):
        if block.get("language") in SHELLS and not inside(block, "cell"):
            yield from ((block, text) for line in block.astext().splitlines() if (text := complaint(line)))


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of each command that would not be understood."""
    for node, text in complaints(doctree):
        LOGGER.warning("a command on the page is wrong: %s", text, location=node, type="commands")


def setup(app: Sphinx) -> dict[str, Any]:
    """Enter the check."""
    app.connect("doctree-read", check)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
