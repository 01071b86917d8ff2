"""Which Keras wrote a file."""

from __future__ import annotations

import re
from typing import Any

from mlp.errors import ModelFileError

__all__ = ["version_in"]

#: The newest Keras whose files are known.
NEWEST = 3


def version_in(text: Any) -> tuple[int, ...] | None:
    """The first two numbers of a version; None if it is none.

    Raises
    ------
    ModelFileError
        If it is one of the future.

    Examples
    --------
    >>> version_in("2.15.0")
    (2, 15)
    """
    numbers = re.match(r"(\d{1,4})\.(\d{1,4})", text) if isinstance(text, str) else None
    if numbers is None:
        return None
    version = tuple(map(int, numbers.groups()))
    if version[0] > NEWEST:
        raise ModelFileError(
            f"it was written by Keras {text:.20}, which is newer than Keras {NEWEST}, the newest whose files are known"
        )
    return version
