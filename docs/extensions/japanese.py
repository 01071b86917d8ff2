"""The words that the theme puts around a page, in Japanese; Sphinx has its own from its catalogue."""

from __future__ import annotations

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


def translate(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put our words before those of the catalogue."""
    context["_"] = lambda text: WORDS.get(text) or catalogue(text)


def setup(app: Sphinx) -> dict[str, Any]:
    """Enter the translation, for pages in Japanese."""
    app.connect(
        "builder-inited",
        lambda app: app.config.language == "ja" and app.connect("html-page-context", translate),
    )
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
