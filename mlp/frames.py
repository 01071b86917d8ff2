"""Tables with named columns, of pandas, Polars and whoever keeps to the data frame protocol: column by column.

None of these packages is imported: a table is known by the names of its methods.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import DataError

__all__ = ["from_frame", "is_frame"]

#: The kinds of the protocol that are numbers: signed, unsigned, floating, bool.
KINDS = {0: "i", 1: "u", 2: "f", 20: "b"}


def is_frame(x: Any) -> bool:
    """Whether it is a table with named columns."""
    return hasattr(x, "__dataframe__") or hasattr(x, "iter_columns")


def from_frame(name: str, x: Any, as_array: Callable[[str, Any], Array]) -> Array:
    """The columns of a table beside each other, each of one kind of numbers.

    Parameters
    ----------
    name : str
        What the caller calls it.
    x : DataFrame
        The table.
    as_array : callable
        Makes an array of what holds numbers, or refuses it by its name.

    Raises
    ------
    DataError
        If a column holds anything but numbers, or a value is missing; with the names of row and column.
    """
    columns = []
    for label, column in _columns(x):
        place = _missing(column)
        if place is None:
            values = as_array(f"{name}[{label!r}]", _values(f"{name}[{label!r}]", column))
            columns.append(values)
            if values.dtype.kind == "f" and np.isnan(values).any():
                place = f"row {int(np.isnan(values).argmax())} of "
        if place is not None:
            raise DataError(
                f"{name} must be finite, but a value is missing in {place}column {label!r}; drop such rows, or fill them"
            )
    if not columns:
        raise DataError(f"{name} has no columns")
    return np.stack(columns, axis=1)


def _columns(x: Any) -> Iterator[tuple[Any, Any]]:
    """The names and the columns."""
    if hasattr(x, "iter_columns"):  # Polars
        yield from ((column.name, column) for column in x.iter_columns())
    elif hasattr(x, "items"):  # pandas
        yield from x.items()
    else:
        table = x.__dataframe__()
        for label in table.column_names():
            yield label, table.get_column_by_name(label)


def _missing(column: Any) -> str | None:
    """Where the first value is missing, as far as the column itself can tell."""
    ask = getattr(column, "isna", None) or getattr(column, "is_null", None)
    if ask is None:
        return "" if getattr(column, "null_count", 0) else None
    rows = np.flatnonzero(np.asarray(ask()))
    return f"row {int(rows[0])} of " if len(rows) else None


def _values(name: str, column: Any) -> Any:
    """The column as something that NumPy reads."""
    return np.asarray(column) if hasattr(column, "__array__") else _interchanged(name, column)


def _interchanged(name: str, column: Any) -> Array:
    """A column of the data frame interchange protocol, copied.

    Source: Consortium for Python Data API Standards, "API of the __dataframe__ protocol" (2021).
    """
    kind, bits, _, _ = column.dtype
    if kind not in KINDS:
        raise DataError(f"{name} holds no numbers; encode it as numbers first")
    parts = []
    for chunk in column.get_chunks():
        buffer, _ = chunk.get_buffers()["data"]
        raw = np.frombuffer((ctypes.c_uint8 * buffer.bufsize).from_address(buffer.ptr), np.uint8)
        some = slice(chunk.offset, chunk.offset + chunk.size())
        if bits == 1:
            parts.append(np.unpackbits(raw, bitorder="little")[some].astype(bool))
        else:
            dtype = np.dtype(bool if kind == 20 else f"{KINDS[kind]}{bits // 8}")
            parts.append(raw[: len(raw) - len(raw) % dtype.itemsize].view(dtype)[some].copy())
    return np.concatenate(parts)
