"""From a network to the bytes of a ``.keras`` archive; equal networks give equal bytes."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from mlp.errors import ArgumentError
from mlp.files.description import describe
from mlp.files.keras.plan import Plan, plan_of
from mlp.files.keras.weights_writing import weights_bytes
from mlp.files.keras.writing import model_config

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["KERAS_VERSION", "OURS", "VERSION", "archive_bytes"]

#: The first version of Keras in which optimizers keep their state in the order that is written here.
KERAS_VERSION = "3.10.0"

#: What of ``metadata.json`` is this library's: what a network has beside what Keras knows.
OURS = "mlp"

#: The version of that.
VERSION = 1

#: The earliest that an archive can say, so that the same network gives the same bytes.
DATE = (1980, 1, 1, 0, 0, 0)


def archive_bytes(network: Trainable) -> bytes:
    """A whole network.

    Raises
    ------
    ArgumentError
        If there is something in it that Keras has not; the message tells where.
    """
    import zipfile

    plan = plan_of(network)
    config = _text(model_config(plan))
    description = describe(network)
    ours = {
        "version": VERSION,
        "metadata": description.metadata,
        "generators": _in_keras_order(plan, description.generators or []),
    }
    members = {
        "metadata.json": _text({"keras_version": KERAS_VERSION, OURS: ours}),
        "config.json": config,
        "model.weights.h5": weights_bytes(plan, with_optimizer=True),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, DATE), content)
    return file.getvalue()


def _in_keras_order(plan: Plan, states: list[Any]) -> list[Any]:
    """The network's generator, then those of layers, which stand elsewhere where residual connections are laid open."""
    first, *own = states
    seeded = [layer for layer in plan.network.walk() if vars(layer).get("generator") is not None]
    states_of = dict(zip(seeded, own, strict=True))
    return [first, *(states_of[layer] for layer in plan.leaves() if layer in states_of)]


def _text(value: dict[str, Any]) -> bytes:
    try:
        return json.dumps(value, allow_nan=False).encode()
    except ValueError as error:
        raise ArgumentError(
            f"nothing is written: metadata or configuration hold NaN or infinity ({error})"
        ) from None
