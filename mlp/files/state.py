"""What a training changes in a network, kept in a file: for a training that goes on later."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlp.errors import MLPError, ModelFileError
from mlp.files import generators, npz, page
from mlp.files.atomic import replacing
from mlp.files.contents import bytes_of
from mlp.files.description import describe, set_optimizer_state, set_weights

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["read_state", "write_state"]


def write_state(network: Trainable, path: Path, more: Mapping[str, Any]) -> None:
    """Write weights, the optimizer's state and generators; and what ``more`` holds."""
    description = describe(network)
    data = npz.pack({**page.page_of(description), "more": dict(more)}, page.arrays_of(description))
    with replacing(path) as file:
        file.write(data)


def read_state(network: Trainable, path: Path) -> dict[str, Any]:
    """Set a network of the same make to a state that `write_state` wrote, and return what more it wrote.

    Raises
    ------
    ModelFileError
        If the file is damaged or does not fit; nothing is changed then.
    """
    try:
        found, arrays = npz.unpack(bytes_of(path))
        description = page.description_of(found, arrays)
        if [weight.shape for weight in description.weights] != [weight.shape for weight in network.weights]:
            raise ModelFileError("it holds the weights of another network")
        before = network.optimizer.get_state()
        try:
            assert description.optimizer_state is not None  # noqa: S101 - a state was written with it
            set_optimizer_state(network, description.optimizer_state)
            set_weights(network, description)
            generators.set_states(network, description.generators or [])
        except MLPError:
            network.optimizer.set_state(before)
            raise
        return dict(found["more"])
    except (MLPError, KeyError, TypeError, AssertionError) as error:
        raise ModelFileError(f"{path}: {error}") from error
