"""Links to elsewhere are whole addresses that begin with https, and pictures say in words what they show, or the build fails.

Whether anybody is at home there is not looked up: the site can be built without a network.  Links inside the site are
followed by ``docs/build.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)

ADDRESS = re.compile(r"https://([a-z0-9-]+\.)+[a-z]{2,}(/[^\s<>\"{}|\\^`]*)?(#\S+)?")


def complaints(doctree: nodes.document) -> Iterator[tuple[nodes.Node, str]]:
    """Addresses that cannot be right and pictures without words, and where."""
    for node in doctree.findall(nodes.reference):
        address = node.get("refuri", "")
        if ("://" in address or re.match(r"\w+:|/", address)) and not ADDRESS.fullmatch(address):
            yield node, f"{address} is no address that begins with https://"
    for node in doctree.findall(nodes.image):
        if not node.get("alt", "").strip():
            yield node, f"the picture {node['uri']} has no alt text"


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of each."""
    for node, text in complaints(doctree):
        LOGGER.warning("%s", text, location=node, type="links")


def setup(app: Sphinx) -> dict[str, Any]:
    """Enter the check."""
    app.connect("doctree-read", check)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
