"""The ``.c`` format: one C99 file that predicts, without anything but the C library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlp.files.source.in_c.page import c_page

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["write"]


def write(network: Trainable) -> bytes:
    """The file.

    Raises
    ------
    ArgumentError
        If something of the network has no form in C, or a weight is too large for single precision.
    """
    return c_page(network)
