"""The weights of a network, found in what an HDF5 file holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ModelFileError
from mlp.files.description import Description
from mlp.files.hdf5 import Tree
from mlp.files.keras.paths import Place, container_of, groups, places

__all__ = ["found_bins", "found_weights", "weights_alone"]

#: Layers that draw random numbers keep the state of their generator, which means nothing here.
GENERATORS = "/seed_generator/vars/"


def found_weights(
    architecture: Mapping[str, Any], arrays: Mapping[str, Array]
) -> tuple[list[Place], list[Array]]:
    """The weights in the order of ``get_weights()``, and what they are.

    Raises
    ------
    ModelFileError
        If one is missing, is no array of numbers, or there are others besides.
    """
    container = container_of(list(arrays))
    listed = places(architecture, container)
    dtype = architecture["config"]["dtype"]
    weights = [_value(place, arrays).astype(dtype, copy=False) for place in listed]
    known = {place.path for place in listed}
    for path in arrays:
        if path.startswith(f"{container}/") and path not in known and not _is_idle(path):
            raise ModelFileError(f"it holds {path!r}, a weight that its configuration does not have")
    return listed, weights


def weights_alone(tree: Tree, origin: str) -> Description:
    """All numbers of a file by their paths; which layers they are of, only a network can tell."""
    paths = sorted(path for path, array in tree.arrays.items() if array.dtype.kind in "fiu")
    return Description(None, [tree.arrays[path] for path in paths], paths, origin=origin)


def _value(place: Place, arrays: Mapping[str, Array]) -> Array:
    if place.path is None:
        return np.asarray(place.group.layer["config"].get(place.weight, 0.0), float)
    if place.path not in arrays:
        raise ModelFileError(f"there is no {place.path!r}, which should hold {place.name}")
    array = arrays[place.path]
    if array.dtype.kind not in "fiu":
        raise ModelFileError(
            f"{place.path!r} should hold {place.name}, numbers, but is of type {array.dtype}"
        )
    return array


def _is_idle(path: str) -> bool:
    """Whether it is a variable that says nothing: a generator's, or what bins were computed from."""
    return GENERATORS in path or path.rsplit("/", 3)[-3].startswith("discretization")


def found_bins(architecture: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Give layers of bins the boundaries that Keras 2 has among its weights, as a summary of the data."""
    container = container_of(list(arrays))
    for group in groups(architecture, container):
        config, path = group.layer["config"], f"{group.path}/vars/0"
        summary = arrays.get(path) if group.layer["class_name"] == "Discretization" else None
        if summary is None or config.get("bin_boundaries") is not None:
            continue
        bins = config.get("num_bins")
        if summary.ndim != 2 or len(summary) != 2 or type(bins) is not int or not 0 < bins <= summary.size:
            raise ModelFileError(f"{path!r} is no summary of data, from which {bins!r} bins could be had")
        values, counts = summary.astype(float)
        shares = counts.cumsum() / counts.sum()
        config["bin_boundaries"] = (
            np.interp(np.arange(1, bins) / bins, shares, values).astype(np.float32).tolist()
        )
