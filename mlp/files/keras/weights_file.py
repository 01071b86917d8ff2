"""The ``.weights.h5`` format: the weights of a network that is there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlp.files import hdf5
from mlp.files.contents import unpacked_limit
from mlp.files.description import Description
from mlp.files.keras.checksum import require_checksum
from mlp.files.keras.plan import plan_of
from mlp.files.keras.weights import found_weights
from mlp.files.keras.weights_writing import weights_bytes

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["read", "read_weights", "recognises", "write_weights"]


def recognises(data: bytes) -> bool:
    """Whether this is an HDF5 file in which layers have numbers; those before Keras 2.12 list the layers' names."""
    return hdf5.recognises(data) and b"layer_names" not in data


def read(data: bytes, max_bytes: int | None = None) -> Description:
    """The arrays with their places in the file, which tell of no network.

    Raises
    ------
    ModelFileError, UnsafeModelError, MissingExtraError
        As for `read_weights`.
    """
    tree = hdf5.read(data, unpacked_limit(data, max_bytes))
    require_checksum(tree)
    return Description(None, list(tree.arrays.values()), list(tree.arrays), origin="Keras")


def read_weights(data: bytes, max_bytes: int | None, network: Trainable) -> Description:
    """The weights of a network like this one.

    Raises
    ------
    ModelFileError
        If the file is damaged, or of another network.
    UnsafeModelError
        If it leads to other files, or holds more than allowed.
    MissingExtraError
        If h5py is not installed.
    """
    tree = hdf5.read(data, unpacked_limit(data, max_bytes))
    require_checksum(tree)
    places, weights = found_weights(network.describe(), tree.arrays)
    return Description(None, weights, [place.name for place in places], origin="Keras")


def write_weights(network: Trainable) -> bytes:
    """The weights alone."""
    return weights_bytes(plan_of(network), with_optimizer=False)
