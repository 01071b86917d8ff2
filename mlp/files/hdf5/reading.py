"""From the bytes of an HDF5 file to plain data."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ModelFileError, UnsafeModelError
from mlp.extras import needed
from mlp.files.hdf5.structure import structure
from mlp.files.hdf5.values import Values

__all__ = ["Tree", "read"]


@dataclass(frozen=True)
class Tree:
    """What an HDF5 file holds, as plain data.

    Paths are ``"layers/dense/vars/0"``; that of the root is ``""``.

    Attributes
    ----------
    attributes : dict of str to dict of str to Any
        The attributes of every group and dataset, by path: text, numbers, lists of text, arrays of numbers.
    arrays : dict of str to array
        Every dataset, by path, in the byte order of this machine.
    groups : set of str
        The path of every group.
    """

    attributes: dict[str, dict[str, Any]]
    arrays: dict[str, Array]
    groups: set[str]


def read(data: bytes, max_bytes: int) -> Tree:
    """What is in an HDF5 file, if it is as Keras writes it.

    Parameters
    ----------
    data : bytes
        The whole file.
    max_bytes : int
        What the arrays and attributes may need in all.

    Returns
    -------
    Tree

    Raises
    ------
    ModelFileError
        If the file is damaged, or has what Keras never writes; the message does not name the file.
    UnsafeModelError
        If it leads to other files, or needs more than it holds or than ``max_bytes``.
    MissingExtraError
        If h5py is not installed.
    """
    found = structure(data, max_bytes)
    if found.size > max_bytes:
        raise UnsafeModelError(f"its data are {found.size:,} bytes, and max_bytes={max_bytes:,}")
    h5py = needed("h5py", "keras", "reading HDF5 files")
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            return Tree(
                attributes={
                    path: _attributes(file[path or "/"].attrs, said) if said else {}
                    for path, said in found.attributes.items()
                },
                arrays={path: _dataset(file[path], said) for path, said in found.datasets.items()},
                groups=found.groups,
            )
    except ModelFileError:
        raise
    except (OSError, RuntimeError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise ModelFileError(f"h5py cannot read the file: {error}") from error


def _dataset(dataset: Any, said: Values) -> Array:
    _check_same(dataset, said)
    if said.datatype.is_variable:
        return np.array(dataset.asstr("utf-8")[()], object)
    array = np.asarray(dataset[()])
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _attributes(attributes: Any, said: Mapping[str, Values]) -> dict[str, Any]:
    return {name: _attribute(attributes, name, values) for name, values in said.items()}


def _attribute(attributes: Any, name: str, said: Values) -> Any:
    _check_same(attributes.get_id(name), said)
    value = attributes[name]
    if said.datatype.dtype.kind in "OS":
        try:
            return _text(value)
        except UnicodeDecodeError as error:
            raise ModelFileError(f"the attribute {name!r} is not UTF-8 ({error.reason})") from None
    array = np.asarray(value)
    return array.astype(array.dtype.newbyteorder("="), copy=False) if array.ndim else array.item()


def _check_same(got: Any, said: Values) -> None:
    """What h5py is about to read is what the check saw."""
    if (got.shape, got.dtype) != (said.shape, said.datatype.dtype):
        raise ModelFileError(
            f"h5py sees {got.dtype} of shape {got.shape} where the file has {said.datatype.dtype} of {said.shape}"
        )


def _text(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [_text(item) for item in value]
    return value.decode() if isinstance(value, bytes) else value
