"""Names as comments may hold them."""

from __future__ import annotations

import re

__all__ = ["harmless"]

LONGEST = 40


def harmless(name: str) -> str:
    """What is left of a name that a stranger may have given, so that it cannot end a comment, a string or a line.

    Examples
    --------
    >>> harmless("dense_1"), harmless('*/ system("rm") /*'), harmless("two words")
    ('dense_1', '_system_rm_', 'two_words')
    """
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name)[:LONGEST]
