"""Pages in Japanese: the words that the theme puts around them, and where their lines may not break."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _ as catalogue

WORDS = {
    "Home": "ホーム",
    "Next": "次へ",
    "On this page": "このページの内容",
    "Previous": "前へ",
}
#: What no line begins with.  Browsers see to it, except behind a formula.
CLOSING = re.compile("[、。：）」]+")


def translate(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put our words before those of the catalogue."""
    context["_"] = lambda text: WORDS.get(text) or catalogue(text)


def keep_together(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """Tie the punctuation behind a formula to it."""
    for formula in list(doctree.findall(nodes.math)):
        text = formula.next_node(nodes.Text, descend=False, siblings=True)
        if text is None or text is not formula.next_node(descend=False, siblings=True):
            continue
        if closing := CLOSING.match(text):
            text.parent.replace(text, nodes.Text(text[closing.end() :]))
            formula.replace_self(
                nodes.inline("", "", formula.deepcopy(), nodes.Text(closing[0]), classes=["together"])
            )


def enter(app: Sphinx) -> None:
    """Do both for pages in Japanese alone."""
    if app.config.language == "ja":
        app.connect("html-page-context", translate)
        app.connect("doctree-resolved", keep_together)


def setup(app: Sphinx) -> dict[str, Any]:
    """Enter what is to be done."""
    app.connect("builder-inited", enter)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
