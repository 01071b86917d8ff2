"""A checksum of all that a graph computes, kept among the file's metadata, where other programs leave it alone.

The version of what this library writes stands before it: ``"1:0c1d2e3f"``.
"""

from __future__ import annotations

import re
import zlib
from typing import Any

from mlp.errors import ModelFileError
from mlp.files.versions import require_known

__all__ = ["add_checksum", "require_checksum"]

KEY, VERSION = "mlp.crc32", 1


def add_checksum(model: Any) -> None:
    """Put the checksum of a model into it."""
    entry = model.metadata_props.add()
    entry.key, entry.value = KEY, f"{VERSION}:{_checksum(model)}"


def require_checksum(model: Any) -> None:
    """Compare a model with its checksum, if it has one.

    Raises
    ------
    ModelFileError
        If it is another one, or of a newer version of this library.
    """
    for entry in model.metadata_props:
        if entry.key != KEY:
            continue
        version, _, written = entry.value.partition(":")
        require_known(int(version) if re.fullmatch("[0-9]{1,9}", version) else version, VERSION)
        if written != _checksum(model):
            raise ModelFileError(
                f"it is damaged: its graph is not what was written; if it was changed on purpose, remove the metadata {KEY!r}"
            )


def _checksum(model: Any) -> str:
    bare = type(model)()
    bare.CopyFrom(model)
    for part, name in ((bare, "metadata_props"), (bare, "doc_string"), (bare.graph, "value_info")):
        part.ClearField(name)
    return f"{zlib.crc32(bare.SerializeToString(deterministic=True)):08x}"
