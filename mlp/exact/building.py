"""What all constructions share: numbers taken as they are, and dense layers with weights that are given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentError, DataError
from mlp.layers import Dense, InputLayer
from mlp.network import Network
from mlp.rationals import as_floats
from mlp.rows import as_array
from mlp.trainable import DTYPES

__all__ = ["EXACT", "dense_network", "exactly", "with_weights"]

#: The type of fractions.
EXACT = np.dtype(object)


def exactly(name: str, value: Any, ndims: tuple[int, ...], what: str) -> Array:
    """``value`` as an array of fractions with as many axes as one of ``ndims``.

    Raises
    ------
    ArgumentError
        If it holds anything but finite real numbers, or is not ``what``.
    """
    try:
        array = as_array(name, value, EXACT)
    except DataError as error:
        raise ArgumentError(str(error)) from None
    if array.ndim not in ndims or 0 in array.shape:
        raise ArgumentError(f"{name} must be {what}, got an array of shape {array.shape}")
    return array


def dense_network(layers: Sequence[tuple[Any, Any, str]], dtype: DTypeLike, name: str) -> Network:
    """A chain of dense layers, each given by kernel, bias and activation; see `with_weights`."""
    weights = [np.asarray(part) for kernel, bias, _ in layers for part in (kernel, bias)]
    chain = [Dense(len(bias), activation) for _, bias, activation in layers]
    return with_weights(Network([InputLayer(weights[0].shape[:1]), *chain], name=name), weights, dtype)


def with_weights(network: Network, weights: Sequence[Array], dtype: DTypeLike) -> Network:
    """The network with these numbers as its weights, or with those of ``dtype`` nearest to them.

    Raises
    ------
    ArgumentError
        If one overflows ``dtype``, or that is none.
    """
    target = checks.dtype(dtype, (*DTYPES, EXACT.name))
    if target != network.dtype:
        network = network.astype(target)
    try:
        rounded = [as_floats("a weight", w, target) if w.dtype == EXACT != target else w for w in weights]
    except DataError as error:
        raise ArgumentError(f"{network.name}: {error}; use dtype=object") from None
    network.set_weights(rounded)
    return network
