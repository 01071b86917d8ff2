"""The states of a network's random generators, as JSON can hold them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp.errors import ModelFileError

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["set_states", "states"]

BIT_GENERATORS: dict[str, Any] = {
    kind.__name__: kind
    for kind in (np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937, np.random.Philox, np.random.SFC64)
}

_INTEGERS = {"uint32": np.uint32, "uint64": np.uint64}


def states(network: Trainable) -> list[Any]:
    """The state of the network's generator, then those of layers with a seed of their own."""
    return [_packed(generator.bit_generator.state) for generator in _of(network)]


def set_states(network: Trainable, kept: Sequence[Any]) -> None:
    """Put the generators into the states that `states` returned.

    Raises
    ------
    ModelFileError
        If these are none; nothing is changed then.
    """
    current = _of(network)
    if len(kept) != len(current):
        raise ModelFileError(f"it holds the states of {len(kept)} generators, the network has {len(current)}")
    made = []
    for state in kept:
        try:
            bit_generator = BIT_GENERATORS[state["bit_generator"]]()
            bit_generator.state = _unpacked(state)
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
            raise ModelFileError(f"it holds a state that is none of a generator: {error!r}") from error
        made.append(bit_generator)
    if any(type(new) is not type(old.bit_generator) for new, old in zip(made[1:], current[1:], strict=True)):
        raise ModelFileError(
            "it holds the state of another kind of generator than that of a layer with a seed"
        )
    if type(made[0]) is not type(network.rng.bit_generator):
        own = np.random.Generator(made[0])
        for layer in network.walk():
            layer._rng = own
    for generator, bit_generator in zip(_of(network), made, strict=True):
        generator.bit_generator.state = bit_generator.state


def _of(network: Trainable) -> list[np.random.Generator]:
    own = [vars(layer).get("generator") for layer in network.walk()]
    return [network.rng, *(generator for generator in own if isinstance(generator, np.random.Generator))]


def _packed(value: Any) -> Any:
    """Arrays keep their type beside their numbers."""
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "dtype": value.dtype.name}
    if isinstance(value, dict):
        return {key: _packed(item) for key, item in value.items()}
    return value.item() if isinstance(value, np.generic) else value


def _unpacked(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"array", "dtype"}:
            return np.array(value["array"], _INTEGERS[value["dtype"]])
        return {key: _unpacked(item) for key, item in value.items()}
    return value
