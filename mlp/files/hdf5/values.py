"""The shape and type of a dataset or attribute, and what its elements must be."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mlp.files.hdf5.bounds import Span
from mlp.files.hdf5.datatypes import Datatype
from mlp.files.hdf5.heaps import GlobalHeaps, text

__all__ = ["Values", "check_elements", "check_strings"]


@dataclass(frozen=True)
class Values:
    """The shape and type of a dataset or attribute.

    Attributes
    ----------
    shape : tuple of int
    datatype : Datatype
    """

    shape: tuple[int, ...]
    datatype: Datatype

    @property
    def size(self) -> int:
        """The bytes of all elements."""
        return math.prod(self.shape) * self.datatype.size


def check_elements(data: Span, values: Values) -> None:
    """Truth values are 0 or 1."""
    if values.datatype.dtype == bool and data.data[data.position : data.end].strip(b"\0\1"):
        raise data.damaged("truth values must be 0 or 1")


def check_strings(data: Span, values: Values, heaps: GlobalHeaps) -> None:
    """Strings of variable length are where their references say."""
    while values.datatype.is_variable and data.left:
        string = heaps.take(data.part(16, "reference to a string"))
        if "\0" in text(string):
            raise string.damaged("it holds a zero byte, where it would end")
