"""Packages that not everybody needs: imported when used, and asked for by name when missing."""

from __future__ import annotations

import importlib
from typing import Any

from mlp.errors import MissingExtraError

__all__ = ["needed", "other_library"]


def needed(module: str, extra: str, what: str) -> Any:
    """The module, imported now.

    Parameters
    ----------
    module : str
        Its name for ``import``, which is also that of its package.
    extra : str
        The extra of this library that brings it.
    what : str
        What cannot be done without it, as the beginning of the message: "reading HDF5 files".

    Returns
    -------
    module

    Raises
    ------
    MissingExtraError
        If it is not installed.

    Examples
    --------
    >>> needed("json", "keras", "reading").loads("[1]")
    [1]
    """
    return other_library(module, f"'numpy-mlp[{extra}]'", what)


def other_library(module: str, package: str, what: str) -> Any:
    """The module of a library that no extra brings, imported now.

    Parameters
    ----------
    module : str
        Its name for ``import``.
    package : str
        Its name for ``pip install``.
    what : str
        What cannot be done without it: "to_torch".

    Returns
    -------
    module

    Raises
    ------
    MissingExtraError
        If it is not installed.

    Examples
    --------
    >>> other_library("no_such_library", "no-such-library", "to_nothing")
    Traceback (most recent call last):
    mlp.errors.MissingExtraError: to_nothing needs no_such_library: pip install no-such-library
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise MissingExtraError(f"{what} needs {module.partition('.')[0]}: pip install {package}") from None
