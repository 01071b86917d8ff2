"""Warnings at the line of whoever called the library, however deep inside they are raised."""

from __future__ import annotations

import sys
import warnings

from mlp.errors import MLPWarning

__all__ = ["warn_caller"]


def warn_caller(text: str, kind: type[MLPWarning]) -> None:
    """Warn at the line outside of this library that led here.

    Examples
    --------
    >>> from mlp.errors import OldSpellingWarning
    >>> with warnings.catch_warnings(record=True) as told:
    ...     warnings.simplefilter("always")
    ...     warn_caller("lr is called learning_rate today", OldSpellingWarning)
    >>> [str(one.message) for one in told]
    ['lr is called learning_rate today']
    """
    depth, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "mlp":
        depth, frame = depth + 1, frame.f_back
    warnings.warn(text, kind, stacklevel=depth)
