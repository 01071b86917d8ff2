"""From plain data to the bytes of an HDF5 file, of the layout that Keras writes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ArgumentError
from mlp.extras import needed

__all__ = ["write"]


def write(
    arrays: Mapping[str, Array], attributes: Mapping[str, Mapping[str, Any]], groups: Iterable[str] = ()
) -> bytes:
    """An HDF5 file as bytes, the same for the same content.

    Parameters
    ----------
    arrays : mapping of str to array
        The datasets by path; the groups on their way are made.
    attributes : mapping of str to mapping of str to Any
        Those of groups and datasets, by path, ``""`` being the root: text, numbers, lists of text, arrays of numbers.
    groups : iterable of str
        Groups that are there even if nothing is in them.

    Raises
    ------
    ArgumentError
        If it cannot be written so: an attribute of more than 64 kB, say, that is no text.
    MissingExtraError
        If h5py is not installed.
    """
    h5py = needed("h5py", "keras", "writing HDF5 files")
    buffer = io.BytesIO()
    try:
        with h5py.File(buffer, "w") as file:
            for path in sorted({*groups, *attributes} - {"", *arrays}):
                file.require_group(path)
            for path in sorted(arrays):
                file.create_dataset(path, data=arrays[path], track_times=False)
            for path in sorted(attributes):
                for name in sorted(attributes[path]):
                    file[path or "/"].attrs[name] = _as_stored(attributes[path][name])
    except (OSError, RuntimeError, LookupError, TypeError, ValueError) as error:
        raise ArgumentError(f"this cannot be written as HDF5: {error}") from error
    return buffer.getvalue()


def _as_stored(value: Any) -> Any:
    """A list of text as strings of one length, as Keras stores names; anything else as it is."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return np.array([item.encode() for item in value], None if value else "S1")
    return value
