"""The ``.safetensors`` format: named tensors behind a header of JSON, which any program reads.

A file of `Network.save` has the page (`mlp.files.page`) in the header's ``__metadata__``, and its tensors are named by layer
and weight, ``"dense/kernel"``; a file of PyTorch has weights alone (`mlp.files.torch_names`).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlp.arrays import Array
from mlp.errors import ArgumentError, ModelFileError
from mlp.extras import needed
from mlp.files import page as pages
from mlp.files import torch_names
from mlp.files.description import Description, describe
from mlp.files.tensors import TYPES, unpack
from mlp.names import distinct

if TYPE_CHECKING:
    from mlp.layers import Layer
    from mlp.trainable import Trainable

__all__ = ["read", "read_weights", "recognises", "write", "write_weights"]


#: The key of the page in ``__metadata__``.  The only one: the package writes several in an order that changes.
PAGE = "mlp"

#: How the page begins: the checksum of what follows, for nothing else protects it.
_SUM = re.compile(r'\{"crc32": (\d{1,10}), ')


def recognises(data: bytes) -> bool:
    """Whether a header of JSON follows eight bytes that may be its length."""
    return data[8:9] == b"{" and data[7] == 0


def write(network: Trainable) -> bytes:
    """A whole network.

    Raises
    ------
    ArgumentError
        If it holds numbers that the format has no type for.
    """
    return _pack(network, describe(network))


def write_weights(network: Trainable) -> bytes:
    """The weights alone."""
    return _pack(network, Description(None, network.get_weights()))


def read(data: bytes, max_bytes: int | None = None) -> Description:
    """What a file holds.

    Raises
    ------
    ModelFileError
        If it is damaged.
    """
    tensors, metadata = unpack(data, max_bytes)
    if PAGE in metadata:
        return _ours(tensors, metadata[PAGE])
    return torch_names.description_of(tensors)


def read_weights(data: bytes, max_bytes: int | None, network: Trainable) -> Description:
    """The weights for this network: ours in their order, PyTorch's as its layers take them.

    Raises
    ------
    ModelFileError
        If the file is damaged, or its tensors are not those of such a network.
    """
    tensors, metadata = unpack(data, max_bytes)
    return _ours(tensors, metadata[PAGE]) if PAGE in metadata else torch_names.matched(tensors, network)


def _pack(network: Trainable, description: Description) -> bytes:
    """A description as bytes: the page tells which tensor is which."""
    arrays = pages.arrays_of(description)
    weights = [f"{_path(layer, network)}/{name}" for layer, name in network.named_weights()]
    slots = [name.removeprefix("slot_") for name in arrays if name.startswith("slot_")]
    names = distinct(_printable(name) for name in [*weights, *(f"optimizer/{slot}" for slot in slots)])
    tensors = dict(zip(names, arrays.values(), strict=True))
    for name, tensor in tensors.items():
        if tensor.dtype.newbyteorder("<").str not in TYPES.values():
            raise ArgumentError(
                f"nothing is written: {name} holds {tensor.dtype}, which safetensors does not know"
            )
    page = {
        **pages.page_of(description),
        "weights": names[: len(weights)],
        "slots": dict(zip(slots, names[len(weights) :], strict=True)),
    }
    rest = pages.text_of(page, tensors).removeprefix("{")
    text = f'{{"crc32": {zlib.crc32(rest.encode())}, {rest}'
    save = needed("safetensors.numpy", "safetensors", "writing .safetensors files").save
    data: bytes = save(tensors, metadata={PAGE: text})
    return data


def _path(layer: Layer, network: Trainable) -> str:
    """``"outer/inner"``: the names of a layer and those around it."""
    names = []
    while layer is not network and layer._owner is not None:
        names.append(str(layer.name))
        layer = layer._owner
    return "/".join(reversed(names))


def _printable(name: str) -> str:
    return "".join(sign if sign.isprintable() else "_" for sign in name)


def _ours(tensors: Mapping[str, Array], text: str) -> Description:
    """What tensors and their page mean."""
    start = _SUM.match(text)
    if start is None:
        raise ModelFileError("it is damaged: its page does not begin with a checksum")
    rest = text[start.end() :]
    if zlib.crc32(rest.encode(errors="replace")) != int(start[1]):
        raise ModelFileError("it is damaged: its page is not what was written")
    page = pages.checked("{" + rest, tensors)
    weights, slots = _names_in(page)
    if sorted([*weights, *slots.values()]) != sorted(tensors):
        raise ModelFileError("it is damaged: its page does not say which tensor is which")
    arrays = {
        **{f"weight_{i}": tensors[name] for i, name in enumerate(weights)},
        **{f"slot_{slot}": tensors[name] for slot, name in slots.items()},
    }
    description = pages.description_of(page, arrays)
    description.weight_names = weights
    return description


def _names_in(page: Mapping[str, Any]) -> tuple[list[str], dict[str, str]]:
    """The tensors' names that a page gives, of weights and of slots."""
    weights, slots = page.get("weights"), page.get("slots")
    if not isinstance(weights, list) or not isinstance(slots, dict):
        raise ModelFileError("it is damaged: its page names no tensors")
    return [str(name) for name in weights], {slot: str(name) for slot, name in slots.items()}
