"""Names that people gave, of columns and classes, in messages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

__all__ = ["listing", "suggestion"]


def listing(names: Sequence[str]) -> str:
    """The first ten names.

    Examples
    --------
    >>> listing(["a", "b"]), listing([*"abcdefghijklm"])
    ('a, b', 'a, b, c, d, e, f, g, h, i, j, ...')
    """
    return ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")


def suggestion(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the known name that is most like ``name`` in any case of letters, or a full stop.

    Examples
    --------
    >>> suggestion("prize", ["Price", "Size"]), suggestion("x", ["Price"])
    ("; did you mean 'Price'?", '.')
    """
    by_lower = {other.lower(): other for other in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean {by_lower[close[0]]!r}?" if close else "."
