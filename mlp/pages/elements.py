"""The elements that pages are put together from.

Styles stand in the elements themselves, for viewers of notebooks take style sheets away; no colour but the grey of the
rules is set, so that pages look right in the light and in the dark.
"""

from __future__ import annotations

from collections.abc import Sequence

from mlp.markup import escaped
from mlp.plots.diagram.marks import Picture
from mlp.plots.diagram.svg import svg

__all__ = ["details", "page", "paragraph", "picture", "table"]

RULE = "1px solid rgba(128,128,128,.45)"

#: A picture shrinks to this part of its size where there is no room, and is scrolled from there on.
SMALLEST = 0.75


def page(*parts: str) -> str:
    """All of it."""
    return f'<div class="mlp-page" style="max-width:100%;line-height:1.4">{"".join(parts)}</div>'


def paragraph(text: str, bold: str = "") -> str:
    """A paragraph that may begin in bold letters."""
    head = f"<strong>{escaped(bold)}</strong> " if bold else ""
    return f'<p style="margin:.4em 0;font-size:.95em;overflow-wrap:anywhere">{head}{escaped(text)}</p>'


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[str] = ()) -> str:
    """A table, scrolled in itself where it is too wide; columns with the titles ``numbers`` are set flush right."""

    def cell(kind: str, title: str, text: str, rule: str) -> str:
        side = "right" if title in numbers else "left"
        style = f"text-align:{side};padding:.2em .6em;white-space:pre;border:0;{rule}"
        scope = ' scope="col"' if kind == "th" else ""
        return f'<{kind}{scope} style="{style}">{escaped(text)}</{kind}>'

    head = "".join(cell("th", title, title, f"border-bottom:{RULE}") for title in titles)
    body = "".join(
        f"<tr>{''.join(cell('td', title, text, '') for title, text in zip(titles, row, strict=True))}</tr>"
        for row in rows
    )
    return (
        '<div style="overflow-x:auto"><table style="border-collapse:collapse;margin:.4em 0;font-size:.9em;'
        f'font-variant-numeric:tabular-nums"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def details(title: str, inside: str, opened: bool = False) -> str:
    """What is folded up, unless ``opened``."""
    return (
        f'<details style="margin:.4em 0"{" open" if opened else ""}>'
        f'<summary style="cursor:pointer">{escaped(title)}</summary>{inside}</details>'
    )


def picture(shown: Picture) -> str:
    """A picture in its own size, or smaller where there is no room."""
    narrow, wide = round(SMALLEST * shown.width), round(shown.width)
    return f'<div style="overflow-x:auto"><div style="min-width:{narrow}px;max-width:{wide}px">{svg(shown)}</div></div>'
