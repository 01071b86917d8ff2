"""Rows for a network that does not know the names of its features."""

from __future__ import annotations

import math

from mlp.arrays import Array
from mlp.commands.table import Table, read_table
from mlp.errors import DataError
from mlp.network import Network

__all__ = ["plain_rows"]


def plain_rows(network: Network, source: str, target: str | None = None) -> tuple[Array, Table]:
    """All columns but the target, in their order, in the shape of the network's inputs.

    Raises
    ------
    DataError
        If there are more or fewer columns than inputs.
    """
    table = read_table(source, target=target)
    shape = [size or 0 for size in network.input_shape[1:]]
    if math.prod(shape) != len(table.features):
        beside = f" beside {target!r}" if target is not None else ""
        raise DataError(
            f"{source} has {len(table.features)} columns{beside}, but the network has {math.prod(shape)} inputs; it does "
            "not know the names of its features, so every column is one"
        )
    return table.x.reshape(-1, *shape), table
