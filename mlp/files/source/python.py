"""The ``.py`` format: a Python file that predicts, with NumPy alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlp.files.source.with_numpy.page import numpy_page

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["write"]

NAME = "source code, which is written and not read"


def write(network: Trainable) -> bytes:
    """The file.

    Raises
    ------
    ArgumentError
        If something of the network has no form in Python.
    """
    return numpy_page(network)
