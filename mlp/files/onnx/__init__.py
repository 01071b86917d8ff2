"""The ``.onnx`` format: a graph of operators with its weights, for ONNX Runtime and whatever else runs networks.

``activations`` is the table between activations and operators, read in both directions.  To write: ``layers`` (a rule for each
class), ``nodes``, ``writing``.  To read: ``model`` and ``tensors`` (what is in a file, checked), ``operators`` (one form for all
versions), ``folding`` (constants), ``matching`` and ``patterns`` (expressions that are one layer), ``rules`` (operators that are),
``assembly`` (layers that become a network), ``reading``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlp.files.contents import memory_limit
from mlp.files.description import Description

if TYPE_CHECKING:
    from mlp.network import Network

__all__ = ["read", "recognises", "write"]

#: How a model begins: with the version of the format, a small number, and then the next field of `onnx.ModelProto`.
_VERSION_FIELD, _MOST_VERSION = 0x08, 0x40
_NEXT_FIELDS = {0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42, 0x72}


def recognises(data: bytes) -> bool:
    """Whether this begins as an ONNX model does."""
    return (
        len(data) > 2
        and data[0] == _VERSION_FIELD
        and 0 < data[1] < _MOST_VERSION
        and data[2] in _NEXT_FIELDS
    )


def write(network: Network) -> bytes:
    """A whole network; compile settings and the optimizer's state have no place in this format.

    Raises
    ------
    ArgumentError
        If a class in it has no form in ONNX here.
    """
    from mlp.files.onnx.writing import model_of

    return model_of(network)


def read(data: bytes, max_bytes: int | None = None) -> Description:
    """The network that a graph is, if it is one of this library's layers.

    Raises
    ------
    ModelFileError
        If it is damaged, or has operators that no layer is: the message names the first.
    UnsafeModelError
        If its weights are in other files, or it makes more constants than ``max_bytes``.
    """
    from mlp.files.onnx.model import parsed
    from mlp.files.onnx.reading import description_of

    return description_of(parsed(data), memory_limit(data, max_bytes))
