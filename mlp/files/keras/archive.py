"""The ``.keras`` format: a zip archive with the configuration as JSON and the weights as HDF5."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlp.errors import ModelFileError
from mlp.files import hdf5
from mlp.files.archive import is_zip, members
from mlp.files.contents import json_in, json_of, unpacked_limit
from mlp.files.description import Description, describe
from mlp.files.keras.checksum import require_checksum
from mlp.files.keras.reading.model import description_of
from mlp.files.keras.reading.objects import Reading
from mlp.files.keras.version import version_in
from mlp.files.keras.writing.model import model_config
from mlp.files.keras.writing.plan import Plan, plan_of
from mlp.files.keras.writing.weights import weights_bytes
from mlp.files.versions import require_known

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["read", "recognises", "write"]

METADATA, CONFIG, WEIGHTS = "metadata.json", "config.json", "model.weights.h5"

#: What of the metadata is this library's: what a network has beside what Keras knows.
OURS = "mlp"

#: The version of that.
VERSION = 1

#: The first version of Keras in which optimizers keep their state in the order that is written here.
WRITTEN_VERSION = "3.10.0"

#: The earliest that an archive can say, so that the same network gives the same bytes.
DATE = (1980, 1, 1, 0, 0, 0)


def recognises(data: bytes) -> bool:
    """Whether this is a zip archive with the members that Keras writes."""
    return is_zip(data) and CONFIG.encode() in data and b"model.weights" in data


def read(data: bytes, max_bytes: int | None = None) -> Description:
    """What a file holds.

    Raises
    ------
    ModelFileError
        If it is damaged, none of this format, or of a network that cannot be had here.
    UnsafeModelError
        If it holds code, names what is not Keras's own, or unpacks to more than allowed.
    MissingExtraError
        If h5py is not installed.
    """
    limit = unpacked_limit(data, max_bytes)
    contents = members(data, limit)
    reading = Reading()
    for name in (METADATA, CONFIG, WEIGHTS):
        if name not in contents:
            raise ModelFileError(f"it is no .keras file: there is no {name!r} in the archive")
    for name in contents:
        if name.startswith("assets/"):
            reading.note(f"{name} is left out")
        elif name not in (METADATA, CONFIG, WEIGHTS):
            raise ModelFileError(f"it holds {name!r}, which Keras does not write")
    about = json_in(bytes(contents[METADATA]), METADATA)
    reading.version, origin = _version(about)
    ours = _ours(about)
    config = json_in(bytes(contents[CONFIG]), CONFIG)
    tree = hdf5.read(bytes(contents[WEIGHTS]), limit)
    require_checksum(tree)
    description = description_of(config, tree.arrays, reading, origin)
    if ours:
        description.metadata, description.generators = ours["metadata"], ours["generators"]
        description.origin = "mlp, for Keras"
    return description


def _ours(about: Mapping[str, Any]) -> dict[str, Any]:
    """What this library has written beside what Keras knows; nothing in a file of Keras."""
    ours = about.get(OURS)
    if ours is None:
        return {}
    if not isinstance(ours, dict):
        raise ModelFileError(f"{METADATA}: what should be {OURS!r} is {ours!r:.60}")
    require_known(ours.get("version"), VERSION)
    if not isinstance(ours.get("metadata"), dict) or not isinstance(ours.get("generators"), list):
        raise ModelFileError(f"{METADATA}: {OURS!r} holds no metadata and states of generators")
    return ours


def _version(metadata: Any) -> tuple[tuple[int, ...], str]:
    """The version of the Keras that wrote it, and its name."""
    text = metadata.get("keras_version") if isinstance(metadata, Mapping) else None
    version = version_in(text)
    if version is None:
        raise ModelFileError(f"{METADATA} does not say which Keras wrote it: {text!r:.60}")
    return version, f"Keras {text:.20}"


def write(network: Trainable) -> bytes:
    """A whole network; equal networks give equal bytes.

    Raises
    ------
    ArgumentError
        If there is something in it that Keras has not; the message tells where.
    MissingExtraError
        If h5py is not installed.
    """
    import zipfile

    plan = plan_of(network)
    config = json_of(model_config(plan)).encode()
    description = describe(network)
    ours = {
        "version": VERSION,
        "metadata": description.metadata,
        "generators": _in_keras_order(plan, description.generators or []),
    }
    contents = {
        METADATA: json_of({"keras_version": WRITTEN_VERSION, OURS: ours}).encode(),
        CONFIG: config,
        WEIGHTS: weights_bytes(plan, with_optimizer=True),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, DATE), content)
    return file.getvalue()


def _in_keras_order(plan: Plan, states: list[Any]) -> list[Any]:
    """The network's generator, then those of layers, which stand elsewhere where residual connections are laid open."""
    first, *own = states
    seeded = [layer for layer in plan.network.walk() if vars(layer).get("generator") is not None]
    states_of = dict(zip(seeded, own, strict=True))
    return [first, *(states_of[layer] for layer in plan.leaves() if layer in states_of)]
