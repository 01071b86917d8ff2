"""Names in the text of a page, in code quotes, are those of something that exists, or the build fails.

``Dense``, ``net.value_and_gradient``, ``Adam(learning_rate=0.1)``, ``mlp.losses.Huber``, ``np.where``: each word must be one
of the library, of NumPy, of Python, or of the page's own cells and their output; what stands behind a dot must be an
attribute of what stands before it, and an argument one of the function, wherever these are known.  A path into this
repository must be there.

Names of others are marked with the role ``theirs``.  Pages without cells are checked as well, but for the few that
tell of names that are gone, or that are not there.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import library
import numpy as np
from cells import cells, has_class, inside, output, python, source
from checked_commands import EXTRAS
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

import mlp

LOGGER = logging.getLogger(__name__)

REPOSITORY = Path(__file__).parents[2]

#: Written by programs, which know what they name; or telling of what was, or is elsewhere.
ELSEWHERE = re.compile(r"(ja/)?(benchmarks/.*|changelog|gallery|keras|keras-deviations|reference/.*)")
OTHERS = {"OPENBLAS_NUM_THREADS"}
PYTHON = {*dir(builtins), *keyword.kwlist, "self", "np", "numpy", "mlp", "python", "pip", "import"}
FILE = re.compile(r"[\w-]*(\.[\w-]+)*\.(c|csv|gz|h5|keras|npz|onnx|pkl|py|safetensors|svg|tex)")
PATH = re.compile(r"(mlp|docs|tests|benchmarks)/[\w./-]*")
#: What these names mean in the text, where no cell has made them.
CUSTOM = {
    "st": st,
    "net": mlp.Network,
    "model": mlp.Network,
    "network": mlp.Network,
    "np": np,
    "numpy": np,
    "mlp": mlp,
}


class Names:
    """What may be named on a page.

    Parameters
    ----------
    doctree : document
        The page.
    """

    def __init__(self, doctree: nodes.document) -> None:
        seen = cells(doctree)
        code = [source(cell) for cell in seen]
        self.known = {*library.words(), *PYTHON, *OTHERS, *EXTRAS, *dir(np), *dir(st)}
        for text in (*code, *(output(cell) for cell in seen)):
            self.known.update(library.WORD.findall(text))
        self.values = {**library.public(), **CUSTOM}
        self.own: set[str] = set()
        for tree in filter(None, map(python, code)):
            self.own |= {
                f"{a.value.id}.{a.attr}"
                for a in ast.walk(tree)
                if isinstance(a, ast.Attribute) and isinstance(a.value, ast.Name)
            }
            for node in ast.walk(tree):
                match node:
                    case (
                        ast.ClassDef(name=name)
                        | ast.FunctionDef(name=name)
                        | ast.Name(id=name, ctx=ast.Store())
                    ):
                        self.values.pop(name, None)
                    case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=made))) if (
                        made in library.public()
                    ):
                        self.values[name] = library.public()[made]

    def wrong(self, text: str) -> Iterator[str]:
        """What is wrong with the names in a piece of code."""
        tree = python(text)
        if tree is not None:
            for node in ast.walk(tree):
                match node:
                    case ast.Attribute() | ast.Call():
                        try:
                            self.value(node)
                        except LookupError as error:
                            yield str(error)
        yield from (
            f"{word} is the name of nothing" for word in library.WORD.findall(text) if not self.knows(word)
        )

    def knows(self, word: str) -> bool:
        """Whether it is a word; ``dense_1`` is one if ``dense`` is, and a single letter stands for anything."""
        return len(word) == 1 or word in self.known or re.sub(r"_\d+$", "", word) in self.known

    def value(self, node: ast.expr) -> Any:
        """What an expression is, if that is known; `LookupError` if it cannot be."""
        match node:
            case ast.Name(id=name):
                return self.values.get(name)
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if f"{owner}.{name}" in self.own:
                return None
            case ast.Attribute(value=owner, attr=name):
                found = self.value(owner)
                return None if found is None else library.attribute(found, name)
            case ast.Call(func=function, keywords=keywords):
                found = self.value(function)
                for word in keywords if found is not None else ():
                    if word.arg and not library.takes(found, word.arg):
                        raise LookupError(f"{ast.unparse(function)} takes no {word.arg}")
        return None


def complaints(doctree: nodes.document, page: str = "") -> Iterator[tuple[nodes.Node, str]]:
    """What is named and is not there, and where."""
    if ELSEWHERE.fullmatch(page):
        return
    names = Names(doctree)
    for node in doctree.findall(nodes.literal):
        text = node.astext()
        if (
            inside(node, "cell")
            or has_class(node, "theirs")
            or has_class(node, "xref")
            or is_for_the_shell(text)
        ):
            continue
        path = PATH.fullmatch(text)
        if path:
            if not (REPOSITORY / text).exists():
                yield node, f"{text} is not there"
        else:
            yield from ((node, wrong) for wrong in names.wrong(text))


def is_for_the_shell(text: str) -> bool:
    """Whether it is for a shell, or a file of the reader."""
    return bool(re.match(r"(mlp|pip|python3?|cc) ", text) or FILE.fullmatch(text))


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of each name that is nobody's."""
    for node, text in complaints(doctree, app.env.docname):
        LOGGER.warning(
            "the text says %s (if it is a name of others: {theirs}`...`)", text, location=node, type="names"
        )


class Theirs(SphinxRole):
    """A name that others have given; it looks like one of ours."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """A literal node that the check knows."""
        return [nodes.literal(self.rawtext, self.text, classes=["theirs"])], []


def setup(app: Sphinx) -> dict[str, Any]:
    """Enter the check and the role."""
    app.connect("doctree-read", check)
    app.add_role("theirs", Theirs())
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
