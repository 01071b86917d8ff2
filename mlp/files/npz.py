"""The ``.npz`` format: NumPy's own archive, holding

====================  =========================================================================
``mlp.json``          version, architecture, compile settings, optimizer's numbers, generators,
                      metadata and a checksum of every array, as UTF-8 bytes
``weight_0``, ...     the weights in the order of ``get_weights()``
``slot_<name>``       the optimizer's state vectors
====================  =========================================================================

It is read with ``allow_pickle=False``, and everything is checked before a network is made of it.
"""  # noqa: D400 - the line goes on in the table

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp.arrays import Array
from mlp.configurable import encode
from mlp.errors import ArgumentError, MLPError, ModelFileError, StateError
from mlp.files.atomic import replacing
from mlp.layers import Layer
from mlp.layers.base import LAYERS
from mlp.registry import custom_object_scope

if TYPE_CHECKING:
    from mlp.network import Network
    from mlp.trainable import Trainable

__all__ = ["read", "read_state", "read_weights", "recognises", "write", "write_state", "write_weights"]

FORMAT, VERSION = "mlp", 1
PAGE = "mlp.json"


def recognises(start: bytes) -> bool:
    """Whether a file that begins with these bytes is a zip archive, as ``.npz`` files are."""
    return start[:4] == b"PK\x03\x04"


def write(network: Trainable, path: Path) -> None:
    """Write a whole network."""
    page: dict[str, Any] = {
        "class_name": type(network).__name__,
        "architecture": network.get_config(),
        "metadata": encode(network.metadata),
    }
    arrays = _weight_arrays(network)
    page["generators"] = [_packed(generator.bit_generator.state) for generator in _generators(network)]
    if network._compiled is not None:
        page["compiled"] = network.compiled.get_config()
        state = network.optimizer.get_state()
        if network.optimizer.outdated:
            raise StateError(
                "layers have come or gone since the optimizer made its steps, which it could not go on with: compile "
                "again before saving"
            )
        arrays.update({f"slot_{name}": slot for name, slot in state.pop("slots").items()})
        page["optimizer_state"] = encode(state)
    _write(path, page, arrays)


def write_weights(network: Trainable, path: Path) -> None:
    """Write the weights alone."""
    _write(path, {}, _weight_arrays(network))


def read(path: Path, custom_objects: Mapping[str, type] | None = None) -> Network:
    """The network in a file.

    Raises
    ------
    ModelFileError
        If the file is damaged or holds weights alone.
    """
    from mlp.network import Network

    page, arrays = _read(path)
    if "architecture" not in page:
        raise ModelFileError(f"{path} holds weights alone; make the network and use net.load_weights(path)")
    try:
        with custom_object_scope(custom_objects):
            cls = LAYERS.find(page.get("class_name", "Network"), "network")
        if not issubclass(cls, Network):
            raise ModelFileError(f"{path} holds a {cls.__name__}, which is no network")
        network = cls.from_config(page["architecture"], custom_objects)
        network.set_weights(_weights_in(arrays))
        network.metadata = dict(page.get("metadata", {}))
        if "compiled" in page:
            with custom_object_scope(custom_objects):
                network.compile(**page["compiled"])
            slots = {name.removeprefix("slot_"): a for name, a in arrays.items() if name.startswith("slot_")}
            if any(slot.shape != network.parameters.shape for slot in slots.values()):
                raise ModelFileError(f"{path}: the optimizer's state does not fit the weights")
            network.optimizer.set_state({**page["optimizer_state"], "slots": slots})
        for generator, state in zip(
            _generators(network, page["generators"]), page["generators"], strict=True
        ):
            generator.bit_generator.state = _unpacked(state)
    except ModelFileError:
        raise
    except (MLPError, KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ModelFileError(f"{path} cannot be made a network: {error}") from error
    return network


def read_weights(network: Trainable, path: Path) -> None:
    """Set the weights of a network from a file.

    Raises
    ------
    ModelFileError
        If the file is damaged or its weights do not fit.
    """
    _, arrays = _read(path)
    try:
        network.set_weights(_weights_in(arrays))
    except MLPError as error:
        raise ModelFileError(f"{path} does not fit this network: {error}") from error


def write_state(network: Trainable, path: Path, page: Mapping[str, Any]) -> None:
    """Write what a training changes: weights, the optimizer's state, generators; and what ``page`` holds."""
    state = network.optimizer.get_state()
    arrays = {
        **_weight_arrays(network),
        **{f"slot_{name}": slot for name, slot in state.pop("slots").items()},
    }
    generators = [_packed(generator.bit_generator.state) for generator in _generators(network)]
    _write(path, {**page, "generators": generators, "optimizer_state": encode(state)}, arrays)


def read_state(network: Trainable, path: Path) -> dict[str, Any]:
    """Set a network of the same make to a state that `write_state` wrote, and return the page.

    Raises
    ------
    ModelFileError
        If the file is damaged or does not fit; nothing is changed then.
    """
    page, arrays = _read(path)
    weights = _weights_in(arrays)
    slots = {name.removeprefix("slot_"): array for name, array in arrays.items() if name.startswith("slot_")}
    if [weight.shape for weight in weights] != [weight.shape for weight in network.weights]:
        raise ModelFileError(f"{path} holds the weights of another network")
    if any(slot.shape != network.parameters.shape for slot in slots.values()):
        raise ModelFileError(f"{path} holds the state of another optimizer")
    before = network.optimizer.get_state()
    try:
        if len(page["generators"]) != len(_generators(network)):
            raise ModelFileError(f"{path} holds the generators of another network")
        network.optimizer.set_state({**page["optimizer_state"], "slots": slots})
        network.set_weights(weights)
    except (MLPError, KeyError, TypeError) as error:
        network.optimizer.set_state(before)
        raise ModelFileError(f"{path} does not fit this network: {error}") from error
    for generator, state in zip(_generators(network, page["generators"]), page["generators"], strict=True):
        generator.bit_generator.state = _unpacked(state)
    return page


def _weight_arrays(network: Layer) -> dict[str, Array]:
    return {f"weight_{i}": weight for i, weight in enumerate(network.get_weights())}


def _weights_in(arrays: Mapping[str, Array]) -> list[Array]:
    count = sum(name.startswith("weight_") for name in arrays)
    return [arrays[f"weight_{i}"] for i in range(count)]


def _generators(network: Trainable, states: list[Any] | None = None) -> list[np.random.Generator]:
    """The network's generator, then those of layers with a seed of their own."""
    if states and states[0]["bit_generator"] != type(network.rng.bit_generator).__name__:
        bit_generator = {"PCG64": np.random.PCG64, "PCG64DXSM": np.random.PCG64DXSM, "MT19937": np.random.MT19937,
                         "Philox": np.random.Philox, "SFC64": np.random.SFC64}[states[0]["bit_generator"]]  # fmt: skip
        generator = np.random.Generator(bit_generator())
        for layer in network.walk():
            layer._rng = generator
    own = [vars(layer).get("generator") for layer in network.walk()]
    return [network.rng, *(generator for generator in own if isinstance(generator, np.random.Generator))]


def _packed(value: Any) -> Any:
    """A generator's state as JSON can hold it: arrays keep their type beside their numbers."""
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "dtype": value.dtype.name}
    if isinstance(value, dict):
        return {key: _packed(item) for key, item in value.items()}
    return value.item() if isinstance(value, np.generic) else value


def _unpacked(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"array", "dtype"}:
            return np.array(value["array"], value["dtype"])
        return {key: _unpacked(item) for key, item in value.items()}
    return value


def _checksum(array: Array) -> int:
    return zlib.crc32(
        np.ascontiguousarray(array).tobytes(), zlib.crc32(f"{array.dtype.str}{array.shape}".encode())
    )


def _write(path: Path, page: dict[str, Any], arrays: dict[str, Array]) -> None:
    sums = {name: _checksum(array) for name, array in arrays.items()}
    try:
        text = json.dumps({"format": FORMAT, "version": VERSION, **page, "checksums": sums}, allow_nan=False)
    except ValueError as error:
        raise ArgumentError(
            f"{path} is not written: metadata or configuration hold NaN or infinity ({error})"
        ) from None
    with replacing(path) as file:
        np.savez(file, **{PAGE: np.frombuffer(text.encode(), np.uint8)}, **arrays)  # type: ignore[arg-type]


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """The page and the arrays, all checked."""
    data = path.read_bytes()  # what goes wrong from here on is the content's fault, not the disk's
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        page = json.loads(arrays.pop(PAGE).tobytes().decode())
        if page["format"] != FORMAT:
            raise ModelFileError(f"{path} is not a model file of this library")
        if page["version"] > VERSION:
            raise ModelFileError(
                f"{path} was written by a newer version of mlp (format {page['version']} > {VERSION})"
            )
        sums = dict(page["checksums"])
    except ModelFileError:
        raise
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError,
            AttributeError, MemoryError, RecursionError) as error:  # fmt: skip
        raise ModelFileError(f"{path} is damaged, or no model file of this library: {error}") from error
    if set(sums) != set(arrays):
        raise ModelFileError(f"{path} is damaged: it should hold {sorted(sums)}, but holds {sorted(arrays)}")
    for name, array in arrays.items():
        if _checksum(array) != sums[name]:
            raise ModelFileError(f"{path} is damaged: {name} is not what was written")
    return page, arrays
