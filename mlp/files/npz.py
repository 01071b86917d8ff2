"""The ``.npz`` format: NumPy's own archive, with the page (`mlp.files.page`) as UTF-8 bytes in an array."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ModelFileError
from mlp.files import page as pages
from mlp.files.archive import is_zip, members
from mlp.files.contents import unpacked_limit
from mlp.files.description import Description, describe, describe_weights
from mlp.files.npy import array_in

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["pack", "read", "recognises", "unpack", "write", "write_weights"]

PAGE = "mlp.json"


def recognises(data: bytes) -> bool:
    """Whether this is a zip archive with a page of this library, or with nothing but arrays."""
    return is_zip(data) and b".npy" in data


def write(network: Trainable) -> bytes:
    """A whole network."""
    description = describe(network)
    return pack(pages.page_of(description), pages.arrays_of(description))


def write_weights(network: Trainable) -> bytes:
    """The weights alone."""
    description = describe_weights(network)
    return pack({"weight_names": description.weight_names}, pages.arrays_of(description))


def read(data: bytes, max_bytes: int | None = None) -> Description:
    """What a file holds.

    Raises
    ------
    ModelFileError
        If it is damaged, or none of this format.
    """
    return pages.description_of(*unpack(data, max_bytes))


def pack(page: Mapping[str, Any], arrays: Mapping[str, Array]) -> bytes:
    """A page and arrays as bytes."""
    text = pages.text_of(page, arrays)
    file = io.BytesIO()
    np.savez(file, **{PAGE: np.frombuffer(text.encode(), np.uint8)}, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def unpack(data: bytes, max_bytes: int | None = None) -> tuple[dict[str, Any], dict[str, Array]]:
    """The page and the arrays, all checked.

    Raises
    ------
    ModelFileError
        If they are not what `pack` wrote.
    """
    contents = members(data, unpacked_limit(data, max_bytes))
    for name in contents:
        if not name.endswith(".npy"):
            raise ModelFileError(f"it is no model file of this library: {name!r} is no array")
    arrays = {name.removesuffix(".npy"): array_in(content, name) for name, content in contents.items()}
    if PAGE not in arrays:
        raise ModelFileError(f"it is no model file of this library: there is no {PAGE!r} among its arrays")
    return pages.checked(arrays.pop(PAGE).tobytes(), arrays, max_bytes), arrays
