"""Rows held out: chosen by a seed, class by class, and remembered in the model's file."""

from __future__ import annotations

import math
import zlib

import numpy as np

from mlp.arrays import Array
from mlp.commands.table import Table
from mlp.errors import ArgumentError
from mlp.split import held_of_each

__all__ = ["fingerprint", "hold_out", "packed", "unpacked"]


def hold_out(classes: Array, fraction: float, rng: np.random.Generator) -> Array:
    """Which rows are held out, as a mask: of every class the same share, as nearly as whole rows allow.

    Parameters
    ----------
    classes : ndarray of int, shape (n,)
        The rows' classes; all equal where there are none.  Every class keeps a row to train on.
    fraction : float in [0, 1)
        The share; the number of rows is rounded up.
    rng : Generator
        Chooses them.

    Raises
    ------
    ArgumentError
        If there are not enough rows.

    Examples
    --------
    >>> mask = hold_out(np.repeat([0, 1], [30, 10]), 0.2, np.random.default_rng(0))
    >>> int(mask[:30].sum()), int(mask[30:].sum())
    (6, 2)
    """
    mask = np.zeros(len(classes), bool)
    counts = np.bincount(classes)
    total = math.ceil(round(fraction * len(classes), 6))
    if total > (counts - (counts > 0)).sum():
        raise ArgumentError(
            f"--validation {fraction:g} would hold out {total} of {len(classes)} rows, which leaves too few to train on; "
            "--validation 0 holds out none"
        )
    for number, count in enumerate(held_of_each(counts, total)):
        mask[rng.permutation(np.flatnonzero(classes == number))[:count]] = True
    return mask


def fingerprint(table: Table) -> str:
    """A checksum by which a table is known again, whatever the order of its columns in the file."""
    return f"{zlib.crc32('|'.join(table.cells).encode(), zlib.crc32(table.x.tobytes())):08x}"


def packed(mask: Array) -> str:
    """A mask as text.

    Examples
    --------
    >>> packed(np.array([True, False, True])), unpacked("a0", 3)
    ('a0', array([ True, False,  True]))
    """
    return np.packbits(mask).tobytes().hex()


def unpacked(text: str, n: int) -> Array:
    """The mask of ``n`` rows that `packed` wrote."""
    return np.unpackbits(np.frombuffer(bytes.fromhex(text), np.uint8), count=n).astype(bool)
