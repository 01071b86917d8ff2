"""What a docstring of the reference says of the arguments is what the signature says, or the build fails.

Where there is a section Parameters it tells of each argument by its name, and of no other unless any are taken; a default
that it gives, ``default 0.5``, is the signature's, or stands for the signature's None.  Functions that are made of a class,
and show its docstring, are let pass.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from numpydoc.docscrape import NumpyDocString
from sphinx.application import Sphinx
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)

DEFAULT = re.compile(r"\bdefault (.+)$")


def complaints(obj: Any, docstring: str) -> Iterator[str]:
    """In what a docstring and the signature of a function or class differ."""
    try:
        parameters = inspect.signature(obj).parameters.values()
    except (TypeError, ValueError):
        return
    section = NumpyDocString(docstring)["Parameters"]
    if not section or hasattr(obj, "configurable"):
        return
    any_taken = any(p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) for p in parameters)
    told = [name.lstrip("*") for entry in section for name in entry.name.split(", ")]
    taken = [
        p.name
        for p in parameters
        if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL) and p.name not in ("self", "cls")
    ]
    if not set(taken) <= set(told):
        yield f"its docstring does not tell of {', '.join(name for name in taken if name not in told)}"
    if not (any_taken or set(told) <= set(taken)):
        yield f"its docstring tells of {', '.join(name for name in told if name not in taken)}, which it does not take"
    defaults = {p.name: p.default for p in parameters if p.default not in (p.empty, None)}
    for entry in section:
        match = DEFAULT.search(entry.type)
        names = entry.name.split(", ")
        texts = match[1].split(" and ") if match else []
        for name, text in zip(
            names, texts if len(texts) == len(names) else len(names) * texts[:1], strict=bool(match)
        ):
            if name in defaults and not same(text, defaults[name]):
                yield f"the default of {name} is {defaults[name]!r}, and its docstring says {text}"


def same(text: str, value: Any) -> bool:
    """Whether a default is written so; 1/6 and 100,000 are numbers."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(Fraction(text.replace(",", ""))) == value
        return bool(ast.literal_eval(text) == value)
    except (ValueError, SyntaxError):
        return text == str(value)


def check(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Warn of each, before the docstring is made into something else."""
    for text in (
        complaints(obj, "\n".join(lines)) if what in ("class", "function", "method", "exception") else ()
    ):
        LOGGER.warning("%s: %s", name, text, type="docstrings")


def setup(app: Sphinx) -> dict[str, Any]:
    """Enter the check, before numpydoc's own."""
    app.connect("autodoc-process-docstring", check, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
