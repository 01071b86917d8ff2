"""Numbers in the text of a page are those that its code has computed, or the build fails.

A page that runs code is read once it has run.  Each number that stands in its text, tables, or formulas, also "three" to
"twelve" in words, must be found among the numbers in code and output: one of up to two digits as it is written, a longer
one at the precision to which it is written; ``93.52 %`` may be there as 0.9352.  A shape or point
``(2, 5)`` must stand there in brackets or on a line by itself, and for a network 4-20-10-1 its dense layers, or the shapes of
its kernels, (4, 20), (20, 10), (10, 1).
What counts is above the text or in the same section; the words before the first section look at the whole page.
Comments in code are no evidence, and are not checked.

Numbers that were said elsewhere, and that no code can compute, are marked with the role ``said``; four-digit years,
"32-bit" and the numbers of tutorials are let pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

from cells import cells, has_class, output, source, texts
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

LOGGER = logging.getLogger(__name__)

#: A number as people write it: 1,437 and 0.9302 and 1e-07 and 2.06 \times 10^{-9} and 10^{-9}; but not w_{12}.
NUMBER = re.compile(
    r"(?<![\w.])(?<!_\{)(?<!tutorial\s)(?:10\^\{?([-−]?\d+)\}?|"
    r"(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?:e([+-]?\d+)|\s*(?:\\times|×|\\cdot)\s*10\^?\{?([-−]?\d+)\}?)?(?!\w|-bit))",
    re.ASCII | re.IGNORECASE,
)
WORDS = ["three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
WORD = re.compile(rf"\b({'|'.join(WORDS)})\b", re.IGNORECASE)
YEAR = re.compile(r"(19|20)\d\d")
#: In code and output numbers touch all kinds of signs, but the digits of a name are none.
ANY = re.compile(r"(?<![A-Za-z_\d.])(?:\d[\d_]*\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE)
#: Numbers that belong together: (2, 5) and [0.3, -0.1] and 4-20-10-1.
ROW = re.compile(
    r"(?<![\w)\]])[(\[]\s*[-−+]?[\d.]+(?:,\s*[-−+]?[\d.]+)+\s*[)\]]|(?<![\w.-])\d+(?:[-–]\d+){2,}(?![\w-])",
    re.ASCII,
)
#: In code and output a row stands in brackets.
BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
DENSE = re.compile(r"\bDense\((\d+)([^()]*)\)")
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def written(text: str) -> Iterator[tuple[str, Fraction, Fraction, bool]]:
    """The numbers of a text: as written, value, half a unit of the last digit, whether it is a percentage."""
    text = re.sub(r"10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: f"10^{m[1].translate(SUPERSCRIPTS)}", text)
    for match in NUMBER.finditer(text):
        alone, whole, decimals, e, ten = match.groups(default="")
        digits = whole.replace(",", "") + decimals
        if digits == whole and not (e or ten) and YEAR.fullmatch(whole):
            continue
        power = Fraction(10) ** int((alone or e or ten or "0").replace("−", "-"))
        unit = power / 10 ** len(decimals[1:])
        short = not (e or ten) and len(digits.replace(".", "").lstrip("0")) < 3
        percent = text[match.end() :].lstrip(" \u202f\xa0\\").startswith("%")
        yield match[0], Fraction(digits or 1) * power, Fraction(0) if short else unit / 2, percent
    for match in WORD.finditer(text):
        yield match[0], Fraction(WORDS.index(match[0].lower()) + 3), Fraction(0), False


def rows(text: str) -> Iterator[tuple[str, tuple[Fraction, ...]]]:
    """The numbers of a text that belong together: as written, and their values without signs."""
    for match in ROW.finditer(text):
        yield match[0], tuple(computed(re.sub(r"[-–−]", " ", match[0])))


def computed(text: str) -> Iterator[Fraction]:
    """The numbers of code or output, one after the other."""
    for match in ANY.findall(text):
        yield Fraction(match.replace("_", ""))


class Evidence:
    """The numbers of some cells.

    Parameters
    ----------
    seen : list of container
        The cells.
    """

    def __init__(self, seen: list[nodes.container]) -> None:
        code, printed = "\n".join(map(source, seen)), "\n".join(map(output, seen))
        thousands = "\n".join(m.replace(",", "") for m in re.findall(r"\d{1,3}(?:,\d{3})+", printed))
        self.printed = {*computed(printed), *computed(thousands)}
        self.exact = {*computed(code), *self.printed}
        rows = [*BRACKETS.findall(code), *BRACKETS.findall(printed), *printed.splitlines()]
        self.rows = {*(tuple(computed(row)) for row in rows), *networks(code)}

    def has(self, value: Fraction, half: Fraction) -> bool:
        """Whether a number is there: exactly, or printed with more digits."""
        return value in self.exact or any(abs(number - value) <= half for number in self.printed)

    def has_network(self, sizes: tuple[Fraction, ...]) -> bool:
        """Whether there are these sizes of layers, or kernels of these shapes."""
        return sizes in self.rows or self.rows.issuperset(pairwise(sizes))


def networks(code: str) -> Iterator[tuple[Fraction, ...]]:
    """The sizes of the networks that are built of dense layers, one after the other."""
    sizes: list[str] = []
    for units, options in DENSE.findall(code):
        inputs = re.findall(r"input_dim=(\d+)", options)
        sizes = [*(inputs or sizes), units]
        yield tuple(map(Fraction, sizes))


def section_of(node: nodes.Node) -> nodes.section | None:
    """The section of the page in which it stands, below the one with the title."""
    sections = []
    while node is not None:
        if isinstance(node, nodes.section):
            sections.append(node)
        node = node.parent
    return sections[-2] if len(sections) > 1 else None


def complaints(doctree: nodes.document) -> Iterator[tuple[nodes.Node, str]]:
    """What the text says and no cell has computed, and where."""
    all_cells = cells(doctree)
    if not all_cells:
        return
    evidence = {None: Evidence(all_cells)}
    for section in {section_of(leaf) for leaf in texts(doctree)} - {None}:
        below = {id(node) for node in following(section)}
        evidence[section] = Evidence([cell for cell in all_cells if id(cell) not in below])
    for leaf in texts(doctree):
        if any(has_class(node, "said") for node in (leaf.parent, leaf.parent.parent)):
            continue
        known, text = evidence[section_of(leaf)], leaf.astext()
        for shown, values in rows(text):
            if not (values in known.rows or (shown[0] not in "([" and known.has_network(values))):
                yield leaf.parent, shown
        for shown, value, half, percent in written(text):
            if not (known.has(value, half) or (percent and known.has(value / 100, half / 100))):
                yield leaf.parent, shown


def following(section: nodes.section) -> Iterator[nodes.Node]:
    """What stands below a section."""
    after = section.next_node(descend=False, ascend=True)
    while after is not None:
        yield after
        after = after.next_node()


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of each number in the text that no cell has computed."""
    for node, text in complaints(doctree):
        LOGGER.warning(
            "the text says %s, which no code above or in this section has computed (if it was said elsewhere: {said}`%s`)",
            text, text, location=node, type="numbers",
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
