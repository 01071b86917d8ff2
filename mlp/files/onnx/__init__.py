"""The ``.onnx`` format: a graph of operators with its weights, for ONNX Runtime and whatever else runs networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlp.files.onnx.writing import model_of

if TYPE_CHECKING:
    from mlp.network import Network

__all__ = ["NAME", "write"]

NAME = "a graph of operators"


def write(network: Network) -> bytes:
    """A whole network; compile settings and the optimizer's state have no place in this format.

    Raises
    ------
    ArgumentError
        If a class in it has no form in ONNX here.
    """
    return model_of(network)
