"""Make the documentation site: ``python docs/build.py [FOLDER]``, both languages, with warnings as errors.

Every code cell of every page is run.  At the end each link from one page to another is followed.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit

from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

HERE = Path(__file__).parent


class Page(HTMLParser):
    """What a page links to, and where it can be linked to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            elif name in ("href", "src") and value:
                self.links.add(value)


def broken_links(site: Path) -> list[str]:
    """Links inside the site that lead nowhere."""
    pages = {path.resolve(): Page(path) for path in site.rglob("*.html") if "_static" not in path.parts}
    broken = []
    for path, page in pages.items():
        for link in sorted(page.links):
            if urlsplit(link).scheme or link.startswith("//"):
                continue
            where, anchor = urldefrag(unquote(link))
            target = (path.parent / where.partition("?")[0]).resolve() if where else path
            if target.is_dir():
                target /= "index.html"
            if not target.exists() or (anchor and target in pages and anchor not in pages[target].anchors):
                broken.append(f"{path.relative_to(site.resolve())}: {link}")
    return broken


def build(source: Path, site: Path, **settings: Any) -> int:
    """Build the pages of one language; not 0 if there was a warning."""
    with patch_docutils(HERE), docutils_namespace():
        app = Sphinx(
            source, HERE, site, site / ".doctrees", "html",
            confoverrides=settings, status=None, warningiserror=True, parallel=os.cpu_count() or 1,
        )  # fmt: skip
        app.build()
    return app.statuscode


def main(site: Path) -> int:
    """Build both languages and follow the links; not 0 if anything is wrong."""
    for folder in (site, HERE / "reference" / "api"):
        shutil.rmtree(folder, ignore_errors=True)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # pages run side by side
    start = time.monotonic()
    status = build(HERE, site)
    english = {"en": ("..", str(site / "objects.inv"))}
    status |= build(HERE / "ja", site / "ja", language="ja", intersphinx_mapping=english)
    broken = broken_links(site)
    for line in broken:
        print("a link leads nowhere:", line, file=sys.stderr)
    print(f"{site}/index.html, made in {time.monotonic() - start:.0f} seconds")
    return status or len(broken)


if __name__ == "__main__":
    sys.exit(bool(main(Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "_build" / "html").resolve())))
