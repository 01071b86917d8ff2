"""Text in HTML and in SVG, where not every character may stand."""

from __future__ import annotations

import html
import re

from mlp.names import printable

__all__ = ["escaped"]

#: What no document of XML may hold.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escaped(text: str) -> str:
    r"""A text that may be somebody else's, for between tags or quotes.

    Examples
    --------
    >>> escaped("a < b\x1b")
    'a &lt; b\\x1b'
    """
    return html.escape(FORBIDDEN.sub("\ufffd", printable(text)))
