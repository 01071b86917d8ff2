"""A checksum of all that a graph computes, kept among the file's metadata, where other programs leave it alone."""

from __future__ import annotations

import zlib
from typing import Any

from mlp.errors import ModelFileError

__all__ = ["add_checksum", "require_checksum"]

KEY = "mlp.crc32"


def add_checksum(model: Any) -> None:
    """Put the checksum of a model into it."""
    entry = model.metadata_props.add()
    entry.key, entry.value = KEY, _checksum(model)


def require_checksum(model: Any) -> None:
    """Compare a model with its checksum, if it has one.

    Raises
    ------
    ModelFileError
        If it is another one.
    """
    for entry in model.metadata_props:
        if entry.key == KEY and entry.value != _checksum(model):
            raise ModelFileError(
                f"it is damaged: its graph is not what was written; if it was changed on purpose, remove the metadata {KEY!r}"
            )


def _checksum(model: Any) -> str:
    bare = type(model)()
    bare.CopyFrom(model)
    for part, name in ((bare, "metadata_props"), (bare, "doc_string"), (bare.graph, "value_info")):
        part.ClearField(name)
    return f"{zlib.crc32(bare.SerializeToString(deterministic=True)):08x}"
