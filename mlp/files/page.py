"""The way of this library to write a network down: a page of JSON, and arrays by name.

====================  =================================================================================
``weight_0``, ...     the weights in the order of ``get_weights()``
``slot_<name>``       the optimizer's state vectors
the page              format, version, architecture, compile settings, the optimizer's numbers,
                      generators, metadata, and a checksum of every array
====================  =================================================================================

A format of files is a container for the two.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ArgumentError, ModelFileError
from mlp.files.contents import json_in
from mlp.files.description import Description
from mlp.files.versions import require_known

__all__ = ["arrays_of", "checked", "description_of", "page_of", "text_of"]

FORMAT, VERSION = "mlp", 1


def page_of(description: Description) -> dict[str, Any]:
    """All of a description but its arrays."""
    page: dict[str, Any] = {
        "weight_names": description.weight_names,
        "metadata": description.metadata,
        "generators": description.generators,
    }
    if description.architecture is not None:
        page["class_name"] = description.architecture["class_name"]
        page["architecture"] = description.architecture["config"]
    if description.compiled is not None:
        page["compiled"] = description.compiled
    if description.optimizer_state is not None:
        page["optimizer_state"] = {k: v for k, v in description.optimizer_state.items() if k != "slots"}
    return page


def arrays_of(description: Description) -> dict[str, Array]:
    """The arrays of a description."""
    state = description.optimizer_state or {"slots": {}}
    return {
        **{f"weight_{i}": weight for i, weight in enumerate(description.weights)},
        **{f"slot_{name}": slot for name, slot in state["slots"].items()},
    }


def description_of(page: Mapping[str, Any], arrays: Mapping[str, Array]) -> Description:
    """The description that page and arrays give."""
    architecture = None
    if "architecture" in page:
        architecture = {"class_name": page.get("class_name", "Network"), "config": page["architecture"]}
    state = page.get("optimizer_state")
    if "compiled" in page and not isinstance(state, dict):
        raise ModelFileError("it holds compile settings without the optimizer's state")
    if state is not None and not isinstance(state, dict):
        raise ModelFileError(f"what should be the optimizer's state is {state!r:.60}")
    if not isinstance(page.get("metadata", {}), dict):
        raise ModelFileError("its metadata are no table")
    if architecture is not None and not isinstance(page.get("generators"), list):
        raise ModelFileError("it holds no states of generators")
    count = sum(name.startswith("weight_") for name in arrays)
    if any(f"weight_{i}" not in arrays for i in range(count)):
        raise ModelFileError(f"it is damaged: of its {count} weights some are missing")
    names = page.get("weight_names", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ModelFileError("its names of weights are no names")
    return Description(
        architecture=architecture,
        weight_names=names,
        weights=[arrays[f"weight_{i}"] for i in range(count)],
        compiled=page.get("compiled"),
        optimizer_state=None if state is None else {**state, "slots": _slots(arrays)},
        generators=page.get("generators"),
        metadata=page.get("metadata", {}),
    )


def _slots(arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {name.removeprefix("slot_"): array for name, array in arrays.items() if name.startswith("slot_")}


def text_of(page: Mapping[str, Any], arrays: Mapping[str, Array]) -> str:
    """The page as JSON, with a checksum of every array.

    Raises
    ------
    ArgumentError
        If it holds what JSON cannot.
    """
    sums = {name: _checksum(array) for name, array in arrays.items()}
    try:
        return json.dumps({"format": FORMAT, "version": VERSION, **page, "checksums": sums}, allow_nan=False)
    except ValueError as error:
        raise ArgumentError(
            f"nothing is written: metadata or configuration hold NaN or infinity ({error})"
        ) from None


def checked(text: bytes | str, arrays: Mapping[str, Array], limit: int | None = None) -> dict[str, Any]:
    """The page of a text, when it is one of a version known and the arrays are what was written.

    Raises
    ------
    ModelFileError
        If not.
    """
    page = json_in(text, "the page", limit)
    if not isinstance(page, dict) or page.get("format") != FORMAT:
        raise ModelFileError("it is not a model file of this library")
    require_known(page.get("version"), VERSION)
    sums = page.get("checksums")
    if not isinstance(sums, dict):
        raise ModelFileError("it is damaged: its page has no checksums")
    if set(sums) != set(arrays):
        raise ModelFileError(f"it is damaged: it should hold {sorted(sums)}, but holds {sorted(arrays)}")
    for name, array in arrays.items():
        if _checksum(array) != sums[name]:
            raise ModelFileError(f"it is damaged: {name} is not what was written")
    return page


def _checksum(array: Array) -> int:
    return zlib.crc32(
        np.ascontiguousarray(array).tobytes(), zlib.crc32(f"{array.dtype.str}{array.shape}".encode())
    )
