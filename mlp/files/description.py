"""What a file says of a network: plain data and arrays, which every format reads into and writes from.

A reader makes a `Description` without building anything; `build` makes a network of it, or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp.arrays import Array
from mlp.configurable import encode
from mlp.errors import MLPError, ModelFileError, StateError, UnsafeModelError
from mlp.files import generators
from mlp.layers.base import LAYERS
from mlp.layers.weights import weights_to_come
from mlp.registry import custom_object_scope

if TYPE_CHECKING:
    from mlp.network import Network
    from mlp.optimizers import Optimizer
    from mlp.trainable import Trainable

__all__ = [
    "WEIGHTS_ALONE", "Description", "build", "describe", "describe_weights", "optimizer_state", "require_current",
    "require_finite", "set_optimizer_state", "set_weights", "weight_names",
]  # fmt: skip

#: Why a file is no network, and what to do about it.
WEIGHTS_ALONE = "it holds weights alone; make the network and use net.load_weights(path)"

#: Networks inside of networks: people use two or three.
_DEEPEST = 50

#: Each layer is compared with those before it: people use dozens.
_MOST_LAYERS = 5_000

#: What weights may take in memory beyond twice what they take in the file.
_SPARE_BYTES = 2**21


@dataclass
class Description:
    """A network as plain data."""

    #: ``network.describe()``: ``{"class_name": ..., "config": ...}``; none where a file holds weights alone.
    architecture: dict[str, Any] | None
    #: In the order of ``get_weights()``.
    weights: list[Array]
    #: A name for each weight, where the format has them: ``"dense/kernel"``.
    weight_names: list[str] = field(default_factory=list)
    #: The arguments of `Network.compile`.
    compiled: dict[str, Any] | None = None
    #: What ``optimizer.get_state()`` gives, with ``slots`` as vectors like ``network.parameters``; none where the format
    #: has none.
    optimizer_state: dict[str, Any] | None = None
    #: The states of all generators (`mlp.files.generators`), where the format has them.
    generators: list[Any] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    #: Who wrote it, for people: ``"Keras 3.15.1"``.
    origin: str = "mlp"
    #: What was left out in reading, for people.
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.architecture is not None:
            _require_described(self.architecture, "the network", 0)
            if (count := _n_layers(self.architecture)) > _MOST_LAYERS:
                raise ModelFileError(f"it has {count:,} layers, and no more than {_MOST_LAYERS:,} are read")
        for name, value in (("compiled", self.compiled), ("optimizer_state", self.optimizer_state)):
            if value is not None and not isinstance(value, dict):
                raise ModelFileError(f"what should be its {name} is {value!r:.60}")
        if self.weight_names and len(self.weight_names) != len(self.weights):
            raise ModelFileError(
                f"it has {len(self.weights)} weights, and names for {len(self.weight_names)}"
            )

    @property
    def labels(self) -> list[str]:
        """What to call the weights in front of people: their names, or numbers where they have none."""
        return self.weight_names or [f"weight {i}" for i in range(len(self.weights))]

    @property
    def n_values(self) -> int:
        """How many numbers all weights have."""
        return sum(weight.size for weight in self.weights)


def _require_described(value: Any, what: str, depth: int) -> None:
    """Refuse what is no tree of layers: each with a class and arguments, composites with layers inside."""
    if depth > _DEEPEST:
        raise ModelFileError(f"its layers are nested more than {_DEEPEST} deep")
    if not isinstance(value, dict) or not isinstance(value.get("class_name"), str):
        raise ModelFileError(f"what should describe {what} is {value!r:.60}")
    config = value.get("config", {})
    if not isinstance(config, dict) or not isinstance(config.get("name"), str | None):
        raise ModelFileError(f"what should be the arguments of {what} is {config!r:.60}")
    inside = config.get("layers", [])
    if not isinstance(inside, list):
        raise ModelFileError(f"what should be the layers of {what} is {inside!r:.60}")
    for i, layer in enumerate([*inside, *([config["inner"]] if "inner" in config else [])]):
        _require_described(layer, f"layer {i}", depth + 1)


def _n_layers(described: Mapping[str, Any]) -> int:
    config = described.get("config", {})
    return sum(
        1 + _n_layers(layer)
        for layer in [*config.get("layers", []), *([config["inner"]] if "inner" in config else [])]
    )


def describe(network: Trainable) -> Description:
    """All that a file can hold of a network.

    Raises
    ------
    StateError
        If layers have come or gone since the optimizer made steps.
    ArgumentTypeError
        If something in it is no data, such as a function.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(1, input_dim=2)])
    >>> description = describe(net)
    >>> [weight.shape for weight in description.weights]
    [(2, 1), (1,)]
    >>> bool((build(description).parameters == net.parameters).all())
    True
    """
    description = Description(
        architecture={"class_name": type(network).__name__, "config": network.get_config()},
        weights=network.get_weights(),
        weight_names=weight_names(network),
        generators=generators.states(network),
        metadata=encode(network.metadata),
    )
    if network.optimizer is not None:
        require_current(network.optimizer)
        description.compiled = network.compiled.get_config()
        description.optimizer_state = optimizer_state(network)
    return description


def require_current(optimizer: Optimizer) -> None:
    """Refuse an optimizer whose state is that of other layers.

    Raises
    ------
    StateError
        If so.
    """
    if optimizer.outdated:
        raise StateError(
            "layers have come or gone since the optimizer made its steps, which it could not go on with: compile again before "
            "saving"
        )


def optimizer_state(network: Trainable) -> dict[str, Any]:
    """What a compiled network's optimizer would go on with: numbers as plain data, slots as the arrays that they are."""
    state = network.optimizer.get_state()
    return {**encode({**state, "slots": None}), "slots": state["slots"]}


def describe_weights(network: Trainable) -> Description:
    """The weights of a network alone."""
    return Description(None, network.get_weights(), weight_names(network))


def weight_names(network: Trainable) -> list[str]:
    """A name for each weight, the layers' names before it: ``"dense/kernel"``."""
    names = []
    for layer, name in network.named_weights():
        parts, owner = [name], layer
        while owner is not network and owner is not None:
            parts.insert(0, str(owner.name))
            owner = owner._owner  # type: ignore[assignment]
        names.append("/".join(parts))
    return names


def build(description: Description, custom_objects: Mapping[str, type] | None = None) -> Network:
    """The network that a description means.

    Raises
    ------
    ModelFileError
        If it means none.  More weights than the description has are never made.
    UnsafeModelError
        If its weights would take much more memory than in the file.
    """
    from mlp.network import Network

    if description.architecture is None:
        raise ModelFileError("; ".join([WEIGHTS_ALONE, *description.notes]))
    require_finite(description)
    _require_room(description, description.architecture["config"].get("dtype"))
    try:
        with custom_object_scope(custom_objects), weights_to_come(description.n_values):
            cls = LAYERS.find(description.architecture["class_name"], "network")
            if not issubclass(cls, Network):
                raise ModelFileError(f"it holds a {cls.__name__}, which is no network")
            network = cls.from_config(description.architecture["config"])
        set_weights(network, description)
        network.metadata = dict(description.metadata)
        if description.compiled is not None:
            with custom_object_scope(custom_objects):
                network.compile(**description.compiled)
        if description.optimizer_state is not None:
            set_optimizer_state(network, description.optimizer_state)
        if description.generators is not None:
            generators.set_states(network, description.generators)
    except ModelFileError:
        raise
    except Exception as error:
        raise ModelFileError(f"it cannot be made a network: {error}") from error
    return network


def _require_room(description: Description, dtype: Any) -> None:
    """Refuse numbers of one byte each that would become some of eight."""
    needed = description.n_values * (4 if dtype == "float32" else 8)
    stored = sum(weight.nbytes for weight in description.weights)
    if needed > 2 * stored + _SPARE_BYTES:
        raise UnsafeModelError(
            f"its weights of {stored:,} bytes would be {needed:,} bytes in a network of {dtype!r:.20}"
        )


def set_weights(network: Trainable, description: Description) -> None:
    """Set the weights of a network.

    Raises
    ------
    ModelFileError
        If they do not fit; nothing is changed then.
    """
    require_finite(description)
    try:
        network.set_weights(description.weights)
    except MLPError as error:
        raise ModelFileError(f"it does not fit this network: {error}") from error


def set_optimizer_state(network: Trainable, state: Mapping[str, Any]) -> None:
    """Set the state of a compiled network's optimizer.

    Raises
    ------
    ModelFileError
        If its vectors do not fit.
    """
    if any(slot.shape != network.parameters.shape for slot in state["slots"].values()):
        raise ModelFileError("the optimizer's state does not fit the weights")
    for name, slot in state["slots"].items():
        if slot.dtype.newbyteorder("=") != network.dtype:
            raise ModelFileError(
                f"{name!r} of the optimizer is of type {slot.dtype}, the weights of {network.dtype}"
            )
        if np.isnan(slot).any():
            raise ModelFileError(
                f"the optimizer's {name} holds NaN, which its next step would put into the weights"
            )
    network.optimizer.set_state(state)


def require_finite(description: Description) -> None:
    """Refuse weights that are NaN or infinite, by name.

    Raises
    ------
    ModelFileError
        If there are any.
    """
    for name, weight in zip(description.labels, description.weights, strict=True):
        if not np.isfinite(weight).all():
            count = int((~np.isfinite(weight)).sum())
            raise ModelFileError(
                f"weights must be finite: {name} holds NaN or infinity at {count} of {weight.size} places"
            )
