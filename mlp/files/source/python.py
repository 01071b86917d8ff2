"""The ``.py`` format: a Python file that predicts, with NumPy alone or with no package at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlp.files.source.pure.page import pure_page
from mlp.files.source.with_numpy.page import numpy_page

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["write"]


def write(network: Trainable, pure_python: bool = False) -> bytes:
    """The file; without NumPy, if ``pure_python``.

    Raises
    ------
    ArgumentError
        If something of the network has no form in Python.
    """
    return pure_page(network) if pure_python else numpy_page(network)
