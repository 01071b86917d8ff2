"""Packages that not everybody needs: imported when used, and asked for by name when missing."""

from __future__ import annotations

import importlib
from typing import Any

from mlp.errors import MissingExtraError

__all__ = ["needed"]


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
    try:
        return importlib.import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        raise MissingExtraError(f"{what} needs {package}: pip install 'numpy-mlp[{extra}]'") from None
