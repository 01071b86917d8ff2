"""The state of optimizers in the HDF5 files of Keras 1 and 2, in the order of Keras 3 (`mlp.files.keras.slots`).

============================  =========================================================================
Keras 1                       as in Keras 2.0, but the weights in the alphabetical order of their names
Keras 2.0 to 2.3              steps, then each slot of all weights; the names say nothing
TensorFlow's, 2.0 to 2.10     the same, as a rule; the names tell: ``"Adam/dense/kernel/m:0"``
TensorFlow's, from 2.11 on    as in Keras 3, without the learning rate; ``"Adam/m/dense/kernel:0"``
============================  =========================================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.files.keras.reading.objects import Reading
from mlp.files.keras.slots import TURNS

__all__ = ["modern_variables"]

#: What TensorFlow calls a slot of a class.
SLOTS = {
    "m": "momentum", "v": "velocity", "vhat": "velocity_hat", "rms": "velocity", "mg": "average_gradient", "momentum": "momentum",
    "accumulator": "accumulator", "accum_grad": "accumulated_grad", "accum_var": "accumulated_delta_var", "linear": "linear",
}  # fmt: skip
OF_CLASS = {"Adamax": {"v": "norm"}}

#: A count of steps that nobody has kept.
NO_STEPS = np.array(0)


def modern_variables(
    listed: Sequence[tuple[str, Array]],
    optimizer: Mapping[str, Any],
    names: Sequence[str],
    reading: Reading,
) -> list[Array]:
    """The variables as `mlp.files.keras.reading.model.optimizer_state` takes them; none where they cannot be told apart.

    Parameters
    ----------
    listed : list of (str, ndarray)
        Names and values in the order of the file.
    optimizer : dict
        ``{"class_name": ..., "config": ...}``.
    names : list of str
        Those of the weights that are trained, in their order.
    reading : Reading
        Knows the version; gets a note of what is left out.
    """
    values = [value for _, value in listed]
    kind = optimizer["class_name"]
    if not values or reading.version >= (3,) or listed[0][0].startswith("iteration:"):
        return values
    if kind not in TURNS:
        reading.note("the optimizer's state is left out: its order is not known")
        return []
    steps = values.pop(0) if values[0].shape == () else NO_STEPS
    own_names = [name for name, _ in listed][len(listed) - len(values) :]
    grouped = _by_name(own_names, values, kind) or _by_place(values, kind, optimizer["config"])
    if kind == "SGD" and "momentum" in grouped and own_names[0].endswith("/momentum:0"):
        # TensorFlow's sum of gradients becomes Keras's sum of steps.
        rate = optimizer["config"]["learning_rate"]
        if not isinstance(rate, int | float):
            reading.note("the optimizer's state is left out: a schedule has gone into it")
            return []
        grouped["momentum"] = [-rate * value for value in grouped["momentum"]]
    if reading.version < (2,):
        order = sorted(names)
        grouped = {
            slot: [values[order.index(name)] for name in names]
            for slot, values in grouped.items()
            if len(values) == len(names)
        }
    return [steps, *_in_turns(grouped, kind)]


def _by_name(names: Sequence[str], values: Sequence[Array], kind: str) -> dict[str, list[Array]]:
    """The slots that the ends of the names tell; none if they do not."""
    known = {**SLOTS, **OF_CLASS.get(kind, {})}
    grouped: dict[str, list[Array]] = {}
    for name, value in zip(names, values, strict=True):
        end = name.rpartition("/")[2].removesuffix(":0")
        if end not in known:
            return {}
        grouped.setdefault(known[end], []).append(value)
    return grouped


def _by_place(values: Sequence[Array], kind: str, config: Mapping[str, Any]) -> dict[str, list[Array]]:
    """The slots, one after another."""
    names = [name for turns in TURNS[kind] for name in turns]
    if kind in ("Adam", "RMSprop"):
        names = names[: {"Adam": 3 if config.get("amsgrad") else 2, "RMSprop": 1}[kind]]
        # Adam keeps something of size 1 in the place of a slot that it does not use.
        values = values[: len(values) // 3 * 2] if kind == "Adam" and _unused(values) else values
    count = len(values) // len(names)
    return {name: list(values[i * count : (i + 1) * count]) for i, name in enumerate(names)}


def _unused(values: Sequence[Array]) -> bool:
    last = values[len(values) // 3 * 2 :]
    return len(values) % 3 == 0 and all(value.shape == (1,) and not value.any() for value in last)


def _in_turns(grouped: Mapping[str, Sequence[Array]], kind: str) -> list[Array]:
    ordered: list[Array] = []
    for turns in TURNS[kind]:
        present = [grouped[name] for name in turns if name in grouped]
        ordered.extend(value for of_weight in zip(*present, strict=False) for value in of_weight)
    return ordered
