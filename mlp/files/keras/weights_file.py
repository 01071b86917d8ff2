"""The ``.weights.h5`` format: the weights of a network that is there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlp.files import hdf5
from mlp.files.contents import unpacked_limit
from mlp.files.description import Description
from mlp.files.keras.checksum import CHECKSUM, require_checksum
from mlp.files.keras.reading.weights import found_weights, weights_alone
from mlp.files.keras.writing.plan import plan_of
from mlp.files.keras.writing.weights import weights_bytes

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["read", "read_weights", "recognises", "write_weights"]


def recognises(data: bytes) -> bool:
    """Whether this is an HDF5 file in which layers have numbers; those before Keras 2.12 list the layers' names."""
    return hdf5.recognises(data) and b"layer_names" not in data


def read(data: bytes, max_bytes: int | None = None) -> Description:
    """What a file holds, whatever network it is of; errors as for `read_weights`."""
    tree = _tree(data, max_bytes)
    return weights_alone(tree, "mlp, for Keras" if CHECKSUM in tree.attributes.get("", {}) else "Keras")


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
    places, weights = found_weights(network.describe(), _tree(data, max_bytes).arrays)
    return Description(None, weights, [place.name for place in places], origin="Keras")


def _tree(data: bytes, max_bytes: int | None) -> hdf5.Tree:
    tree = hdf5.read(data, unpacked_limit(data, max_bytes))
    require_checksum(tree)
    return tree


def write_weights(network: Trainable) -> bytes:
    """The weights alone."""
    return weights_bytes(plan_of(network), with_optimizer=False)
