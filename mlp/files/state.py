"""What a training changes in a network, kept in a file: for a training that goes on later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlp.errors import MLPError, ModelFileError
from mlp.files import generators, npz, page
from mlp.files.atomic import replacing
from mlp.files.contents import bytes_of
from mlp.files.description import (
    Description,
    optimizer_state,
    require_finite,
    set_optimizer_state,
    set_weights,
)
from mlp.files.values import decoded, encoded

if TYPE_CHECKING:
    from mlp.arrays import Array
    from mlp.trainable import Trainable

__all__ = ["State", "read_state", "state_of", "write_state"]


@dataclass
class State:
    """A network's part of a training, and what else belongs to it."""

    description: Description
    #: Which layers are trained, in the order of ``network.walk()``; none in files of old.
    trainable: list[bool] | None
    more: dict[str, Any]

    def restore(self, network: Trainable) -> None:
        """Set a network of the same make to this state.

        Raises
        ------
        ModelFileError
            If it does not fit; nothing is changed then.
        """
        if [weight.shape for weight in self.description.weights] != [w.shape for w in network.weights]:
            raise ModelFileError("it holds the weights of another network")
        layers = list(network.walk())
        trainable = [layer.trainable for layer in layers] if self.trainable is None else self.trainable
        if len(trainable) != len(layers) or not all(type(flag) is bool for flag in trainable):
            raise ModelFileError("it does not say of every layer whether it is trained")
        before = network.optimizer.get_state()
        try:
            set_optimizer_state(network, self.description.optimizer_state or {})
            set_weights(network, self.description)
            generators.set_states(network, self.description.generators or [])
        except (MLPError, KeyError, TypeError, AttributeError) as error:
            network.optimizer.set_state(before)
            raise ModelFileError(str(error)) from error
        for layer, flag in zip(layers, trainable, strict=True):
            layer.trainable = flag


def state_of(network: Trainable, more: Mapping[str, Any]) -> State:
    """The present state of a network, and ``more``."""
    description = Description(
        architecture=None,
        weights=network.get_weights(),
        optimizer_state=optimizer_state(network),
        generators=generators.states(network),
    )
    return State(description, [layer.trainable for layer in network.walk()], dict(more))


def write_state(state: State, path: Path, aside: Path | None = None) -> None:
    """Write a state; ``aside`` is what the file that it replaces is then called.

    Raises
    ------
    ArgumentTypeError
        If it holds what a file cannot.
    OSError
        If it cannot be written; what was there stays as it was.
    """
    arrays: dict[str, Array] = {}
    more = {"trainable": state.trainable, "more_values": encoded(state.more, arrays, "state")}
    description = state.description
    data = npz.pack({**page.page_of(description), **more}, {**page.arrays_of(description), **arrays})
    with replacing(path, aside) as file:
        file.write(data)


def read_state(path: Path) -> State:
    """The state that a file holds.

    Raises
    ------
    ModelFileError
        If it is damaged.
    """
    try:
        found, arrays = npz.unpack(bytes_of(path, path.stat().st_size))  # it is as large as training made it
        description = page.description_of(found, arrays)
        require_finite(description)
        more = decoded(found["more_values"], arrays) if "more_values" in found else found["more"]
        if not isinstance(more, dict) or type(more.get("epoch")) is not int:
            raise ModelFileError("it does not say where the training stood")
        return State(description, found.get("trainable"), more)
    except (MLPError, KeyError, TypeError) as error:
        raise ModelFileError(f"{path}: {error}") from error
