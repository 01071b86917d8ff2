"""The ``.keras`` format: a zip archive with the configuration as JSON and the weights as HDF5."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mlp.errors import ModelFileError
from mlp.files import hdf5
from mlp.files.archive import is_zip, members
from mlp.files.contents import json_in, unpacked_limit
from mlp.files.description import Description
from mlp.files.keras.model import described
from mlp.files.keras.objects import Reading

__all__ = ["read", "recognises"]

NAME = "a network, as Keras 3 writes it"

METADATA, CONFIG, WEIGHTS = "metadata.json", "config.json", "model.weights.h5"

#: The newest Keras whose files are known.
NEWEST = 3


def recognises(data: bytes) -> bool:
    """Whether this is a zip archive with the members that Keras writes."""
    return is_zip(data) and CONFIG.encode() in data and b"model.weights" in data


def read(data: bytes, max_bytes: int | None = None) -> Description:
    """What a file holds.

    Raises
    ------
    ModelFileError
        If it is damaged, none of this format, or of a network that cannot be had here.
    UnsafeModelError
        If it holds code, names what is not Keras's own, or unpacks to more than allowed.
    MissingExtraError
        If h5py is not installed.
    """
    limit = unpacked_limit(data, max_bytes)
    contents = members(data, limit)
    reading = Reading()
    for name in (METADATA, CONFIG, WEIGHTS):
        if name not in contents:
            raise ModelFileError(f"it is no .keras file: there is no {name!r} in the archive")
    for name in contents:
        if name.startswith("assets/"):
            reading.note(f"{name} is left out")
        elif name not in (METADATA, CONFIG, WEIGHTS):
            raise ModelFileError(f"it holds {name!r}, which Keras does not write")
    reading.version, origin = _version(json_in(bytes(contents[METADATA]), METADATA))
    config = json_in(bytes(contents[CONFIG]), CONFIG)
    return described(config, hdf5.read(bytes(contents[WEIGHTS]), limit).arrays, reading, origin)


def _version(metadata: Any) -> tuple[tuple[int, ...], str]:
    """The version of the Keras that wrote it, and its name."""
    text = metadata.get("keras_version") if isinstance(metadata, Mapping) else None
    numbers = re.match(r"(\d{1,4})\.(\d{1,4})", text) if isinstance(text, str) else None
    if numbers is None:
        raise ModelFileError(f"{METADATA} does not say which Keras wrote it: {text!r:.60}")
    version = tuple(map(int, numbers.groups()))
    if version[0] > NEWEST:
        raise ModelFileError(
            f"it was written by Keras {text:.20}; files are read up to those of Keras {NEWEST}"
        )
    return version, f"Keras {text:.20}"
