"""Pages of the documentation, before they are built: what is shown is run, and both languages show the same."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(
    path
    for path in DOCS.rglob("*.md")
    if "_build" not in path.parts and "{code-cell}" in path.read_text("utf-8")
)
JAPANESE = [path for path in PAGES if "ja" in path.relative_to(DOCS).parts]
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OPTIONS = re.compile(r"\A(---\n.*?^---\n|(:[^\n]*\n)+\n?)", re.MULTILINE | re.DOTALL)


def cells(path):
    """The code of a page, cell by cell, without the options of the cells and the language of calculations."""
    return [
        OPTIONS.sub("", cell).replace(', language="ja"', "") for cell in CELL.findall(path.read_text("utf-8"))
    ]


def test_there_are_tutorials_in_both_languages():
    names = {path.name for path in JAPANESE}
    assert {name[0] for name in names} == set("12345")
    assert names < {path.name for path in PAGES if path.parent == DOCS / "tutorials"}


@pytest.mark.parametrize("page", JAPANESE, ids=lambda path: path.name)
def test_a_translation_has_the_same_cells(page):
    assert cells(page) == cells(DOCS / page.relative_to(DOCS / "ja"))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(DOCS)))
def test_python_that_is_shown_is_run(page):
    """A block that only looks like code would not be noticed when it becomes wrong."""
    text = page.read_text("utf-8")
    assert not re.findall(r"^```(?:python|py|ipython\S*)\b", text, re.MULTILINE)
    assert not re.findall(r"^ +```\{code-cell\}", text, re.MULTILINE)  # inside something else it is not run
    assert "skip-execution" not in text
    assert "raises-exception" not in text
