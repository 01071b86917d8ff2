"""The ``.keras`` format: a zip archive with the configuration as JSON and the weights as HDF5."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlp.errors import ModelFileError
from mlp.files import hdf5
from mlp.files.archive import is_zip, members
from mlp.files.contents import json_in, unpacked_limit
from mlp.files.description import Description
from mlp.files.keras.archive_writing import OURS, archive_bytes
from mlp.files.keras.checksum import require_checksum
from mlp.files.keras.model import described
from mlp.files.keras.objects import Reading

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["read", "recognises", "write"]


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
    about = json_in(bytes(contents[METADATA]), METADATA)
    reading.version, origin = _version(about)
    config = json_in(bytes(contents[CONFIG]), CONFIG)
    tree = hdf5.read(bytes(contents[WEIGHTS]), limit)
    require_checksum(tree)
    description = described(config, tree.arrays, reading, origin)
    _add_ours(description, about.get(OURS))
    return description


def _add_ours(description: Description, ours: Any) -> None:
    """What this library has written beside what Keras knows."""
    if ours is None:
        return
    if (
        not isinstance(ours, dict)
        or not isinstance(ours.get("metadata"), dict)
        or not isinstance(ours.get("generators"), list)
    ):
        raise ModelFileError(f"{METADATA}: {OURS!r} holds no metadata and states of generators")
    description.metadata, description.generators = ours["metadata"], ours["generators"]
    description.origin = "mlp, for Keras"


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


def write(network: Trainable) -> bytes:
    """A whole network."""
    return archive_bytes(network)
