"""Libraries of functions in the language of a target, of which a file gets those that it needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources

__all__ = ["functions_for"]

COMMENT = re.compile(r'#[^\n]*|/\*.*?\*/|""".*?"""', re.DOTALL)
DEFINED = re.compile(r"\b(?:def|static \w+) (\w+)\(")


def functions_for(code: Sequence[str], target: str, name: str) -> list[str]:
    """The functions that ``code`` calls, and those that these call, in the order of the library.

    Parameters
    ----------
    code : list of str
        The lines that call them.
    target : str
        The folder of the target.
    name : str
        The file of the library, in which two blank lines separate what comes in one piece; its first piece is not code.
    """
    text = resources.files("mlp.files.source").joinpath(target, name).read_text(encoding="utf-8")
    pieces = text.strip().split("\n\n\n")[1:]
    defines = [set(DEFINED.findall(piece)) for piece in pieces]
    wanted = {word for line in code for word in _words(line)}
    needed: set[int] = set()
    for i in reversed(range(len(pieces))):  # what is called stands above the one that calls it
        if defines[i] & wanted:
            needed.add(i)
            wanted |= _words(pieces[i])
    return [pieces[i] for i in sorted(needed)]


def _words(code: str) -> set[str]:
    """The names in code; what only comments mention is not called, nor what belongs to a module."""
    return set(re.findall(r"(?<![.\w])[a-z]\w*", COMMENT.sub("", code)))
