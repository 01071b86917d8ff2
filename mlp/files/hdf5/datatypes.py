"""Datatypes (section IV.A.2.d): the few that weights are of, each known by its bytes."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlp.errors import ModelFileError
from mlp.files.hdf5.bounds import Span

__all__ = ["Datatype", "datatype"]

FIXED_POINT, FLOAT, STRING, VARIABLE_LENGTH = 0, 1, 3, 9

NAMES = {
    2: "a time",
    4: "a bit field",
    5: "opaque",
    6: "compound",
    7: "a reference",
    8: "an enumeration",
    9: "a sequence of variable length",
    10: "an array",
    11: "complex",
}

#: Of each IEEE float: size, place of the sign; place and size of exponent and mantissa; bias.
FLOATS = ((2, 15, 10, 5, 0, 10, 15), (4, 31, 23, 8, 0, 23, 127), (8, 63, 52, 11, 0, 52, 1023))


@dataclass(frozen=True)
class Datatype:
    """What every element is.

    Attributes
    ----------
    dtype : numpy.dtype
        As h5py gives it; ``object`` for strings of variable length.
    size : int
        The bytes of an element in the file; of a string of variable length, those of the reference to it.
    """

    dtype: np.dtype[Any]
    size: int

    @property
    def is_variable(self) -> bool:
        """Whether elements are references to strings of any length."""
        return self.dtype.hasobject


def _integer(size: int, order: int, signed: int) -> bytes:
    return struct.pack("<BBHIHH", 0x10 | FIXED_POINT, order | signed << 3, 0, size, 0, 8 * size)


def _float(order: int, size: int, sign: int, *places: int) -> bytes:
    implied_one = 2 << 4
    return struct.pack(
        "<BBBBIHHBBBBI", 0x10 | FLOAT, order | implied_one, sign, 0, size, 0, 8 * size, *places
    )


def _known() -> dict[bytes, Datatype]:
    """The bytes of every datatype of a fixed description."""
    known = {}
    for order, mark in enumerate("<>"):
        for size in (1, 2, 4, 8):
            for signed, letter in enumerate("ui"):
                known[_integer(size, order, signed)] = Datatype(np.dtype(f"{mark}{letter}{size}"), size)
        for places in FLOATS:
            known[_float(order, *places)] = Datatype(np.dtype(f"{mark}f{places[0]}"), places[0])
        boolean = struct.pack("<BHBI", 0x18, 2, 0, 1) + _integer(1, order, 1) + b"FALSE\0\0\0TRUE\0\0\0\0\0\1"
        known[boolean] = Datatype(np.dtype(bool), 1)
    for characters in (0, 1):
        variable = struct.pack("<BBHI", 0x10 | VARIABLE_LENGTH, 1, characters, 16) + _integer(1, 0, 0)
        known[variable] = Datatype(np.dtype(object), 16)
    return known


KNOWN = _known()


def datatype(span: Span) -> Datatype:
    """The datatype that a message, or a part of an attribute message, describes."""
    start = span.take(8)
    kind, version = start[0] & 15, start[0] >> 4
    size = int.from_bytes(start[4:], "little")
    if kind == STRING:
        return _string(span, version, start[1:4], size)
    description = start + span.take(span.left)
    for known, found in KNOWN.items():
        if description.startswith(known):
            return found
    if kind in NAMES:
        raise ModelFileError(
            f"the {span.what} at byte {span.start} is {NAMES[kind]}; weights are integers, floats, bool or strings: "
            "write the file so"
        )
    raise span.damaged("it is none of integers of 1 to 8 bytes, floats of 2 to 8, or strings")


def _string(span: Span, version: int, bits: bytes, size: int) -> Datatype:
    """A string of a fixed length: ended or filled by zeros, or by blanks; ASCII or UTF-8."""
    if version != 1 or bits[0] & 15 > 2 or bits[0] >> 4 > 1 or any(bits[1:]):
        raise span.damaged("it is no string of the version, filling and characters that Keras writes")
    if not 0 < size <= len(span.data):
        raise span.damaged(f"a string of {size} bytes cannot be in a file of {len(span.data)}")
    return Datatype(np.dtype(f"S{size}"), size)
