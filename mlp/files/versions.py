"""The versions of what this library writes into files: older ones are read, a newer one is refused by name."""

from __future__ import annotations

from typing import Any

from mlp.errors import ModelFileError

__all__ = ["require_known"]


def require_known(version: Any, newest: int) -> None:
    """Refuse what a version of this library has written that came later.

    Raises
    ------
    ModelFileError
        If so, or if this is no version.

    Examples
    --------
    >>> require_known(1, 1)
    >>> require_known(2, 1)
    Traceback (most recent call last):
    mlp.errors.ModelFileError: it was written by a newer version of mlp (format 2 > 1)
    """
    if type(version) is not int or version < 1:
        raise ModelFileError(f"it is damaged: {version!r:.40} is no version of what mlp writes")
    if version > newest:
        raise ModelFileError(f"it was written by a newer version of mlp (format {version} > {newest})")
