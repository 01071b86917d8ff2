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
from urllib.parse import unquote, urldefrag, urlsplit

from sphinx.cmd.build import main as sphinx

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


def main(site: Path) -> int:
    """Build both languages; the number of things that are wrong."""
    shutil.rmtree(site, ignore_errors=True)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # pages run side by side
    start = time.monotonic()
    options = ["-W", "--keep-going", "-q", "-j", "auto", "-b", "html", "-c", str(HERE)]
    for source, folder, more in [
        (HERE, site, []),
        (HERE / "ja", site / "ja", ["-D", "language=ja", "-t", "japanese"]),
    ]:
        status = sphinx([*options, *more, str(source), str(folder)])
        if status:
            return status
    broken = broken_links(site)
    for line in broken:
        print("a link leads nowhere:", line, file=sys.stderr)
    print(f"{site}/index.html, made in {time.monotonic() - start:.0f} seconds")
    return len(broken)


if __name__ == "__main__":
    sys.exit(bool(main(Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "_build" / "html"))))
