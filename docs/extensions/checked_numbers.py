"""Numbers in the text of a page are those that its code has computed, or the build fails.

A page that runs code is read once it has run: every number with a decimal point or with three digits or more that stands
in its text, tables, or formulas must be found, at the precision to which it is written, among the numbers in the page's
code and output; ``93.52 %`` may be there as 0.9352.  Numbers that were said elsewhere, and that no code can
compute, are marked with the role ``said``; four-digit years are let pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

LOGGER = logging.getLogger(__name__)

#: A number as people write it: 1,437 and 0.9302 and 1e-07 and 2.06 \times 10^{-9}; Japanese letters may touch it.
NUMBER = re.compile(
    r"(?<![\w.])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?:e([+-]?\d+)|\s*(?:\\times|×|\\cdot)\s*10\^?\{?([-−]?\d+)\}?)?(?![\w])",
    re.ASCII,
)
YEAR = re.compile(r"(19|20)\d\d")
#: In code and output numbers touch all kinds of signs.
ANY = re.compile(r"(?:\d[\d_]*\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE)
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def written(text: str) -> Iterator[tuple[str, Fraction, Fraction, bool]]:
    """The numbers of a text: as written, value, half a unit of the last digit, whether it is a percentage."""
    text = re.sub(r"10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: f"10^{m[1].translate(SUPERSCRIPTS)}", text)
    for match in NUMBER.finditer(text):
        whole, decimals, e, ten = match.groups()
        if not decimals and not e and not ten and (len(whole) < 3 or YEAR.fullmatch(whole)):
            continue
        power = Fraction(10) ** int((e or ten or "0").replace("−", "-"))
        value = Fraction(whole.replace(",", "") + (decimals or "")) * power
        unit = power / 10 ** (len(decimals or ".") - 1)
        percent = text[match.end() :].lstrip(" \u202f\xa0\\").startswith("%")
        yield match[0], value, unit / 2, percent


def computed(text: str) -> Iterator[Fraction]:
    """The numbers of code or output, thousands with commas in two readings."""
    for match in ANY.findall(text) + [m.replace(",", "") for m in re.findall(r"\d{1,3}(?:,\d{3})+", text)]:
        yield Fraction(match.replace("_", ""))


def is_cell(node: nodes.Node) -> bool:
    """Whether it is a cell with its output."""
    return isinstance(node, nodes.container) and "cell" in node.get("classes", ())


def said(node: nodes.Node) -> bool:
    """Whether it is marked as said by somebody else."""
    return isinstance(node, nodes.inline) and "said" in node.get("classes", ())


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of each number in the text that no cell has computed."""
    cells = [node for node in doctree.findall(nodes.container) if is_cell(node)]
    if not cells:
        return
    found = set()
    for cell in cells:
        for leaf in cell.findall(lambda node: isinstance(node, nodes.Text | nodes.raw)):
            found.update(computed(leaf.astext()))
    for leaf in doctree.findall(nodes.Text):
        above, ancestors = leaf.parent, []
        while above is not None:
            ancestors.append(above)
            above = above.parent
        if any(is_cell(node) or said(node) for node in ancestors):
            continue
        for text, value, half, percent in written(leaf.astext()):
            targets = (value, value / 100) if percent else (value,)
            halves = (half, half / 100)
            if any(abs(number - v) <= h for number in found for v, h in zip(targets, halves, strict=False)):
                continue
            LOGGER.warning(
                "the text says %s, which no code on this page has computed (if it was said elsewhere: {said}`%s`)",
                text, text, location=leaf.parent, type="numbers",
            )  # fmt: skip


class Said(SphinxRole):
    """What somebody else has said; it looks like the text around it."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """An inline node that `said` knows."""
        return [nodes.inline("", self.text, classes=["said"])], []


def setup(app: Sphinx) -> dict[str, Any]:
    """Enter the check and the role."""
    app.connect("doctree-read", check)
    app.add_role("said", Said())
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
