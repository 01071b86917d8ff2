"""Hidden units: where a network has units that are interchangeable, between two dense layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlp.activations import Activation as ActivationFunction
from mlp.activations import LeakyRelu, Linear, Relu
from mlp.arrays import Array
from mlp.derivatives import quietly
from mlp.layers import Activation, Composite, Dense, Layer
from mlp.testing.labels import label_of, path_of
from mlp.testing.sameness import Case, Numbers

__all__ = ["Pair", "pairs_of"]


@dataclass(frozen=True)
class Pair:
    """Two dense layers whose units in between are interchangeable: only elementwise layers lie there."""

    first: Dense
    second: Dense
    rectified: bool

    @property
    def units(self) -> int:
        """How many units lie between."""
        return int(self.first.units)

    @property
    def name(self) -> str:
        """Both layers."""
        return f"{path_of(self.first)} and {path_of(self.second)}"

    @property
    def title(self) -> str:
        """Both layers, in full."""
        return f"{label_of(self.first)} and {label_of(self.second)}"

    def each(self, change_in: Callable[[Array], Array], change_out: Callable[[Array], Array]) -> None:
        """Change what comes into the units, along the last axis, and what goes out of them, along the first."""
        for name in self.first._specs:
            array = self.first._values[name]
            array[...] = change_in(array)
        self.second.kernel[...] = change_out(self.second.kernel)

    @property
    def gradient_names(self) -> list[str]:
        """What the gradients of what comes in and, last, of what goes out are called."""
        into = [f"the gradient of {label_of(self.first)} {name}" for name in self.first._specs]
        return [*into, f"the gradient of {label_of(self.second)} kernel"]

    def on_gradients(
        self, numbers: Numbers, change_in: Callable[[Array], Array], change_out: Callable[[Array], Array]
    ) -> Numbers:
        """The same for gradients."""
        *into, out = self.gradient_names
        for key in into:
            numbers[key] = change_in(numbers[key])
        numbers[out] = change_out(numbers[out])
        return numbers


def _chain(layers: list[Layer]) -> Iterator[Layer]:
    """The layers one after another, those of nested chains among them."""
    for layer in layers:
        if isinstance(layer, Composite) and layer.is_chain:
            yield from _chain(layer._layers)
        else:
            yield layer


def pairs_of(case: Case) -> Iterator[Pair]:
    """Every two dense layers with only elementwise layers between, in every chain of the network."""
    inside = {id(child) for layer in case.net.walk() if isinstance(layer, Composite) and layer.is_chain
              for child in layer._layers}  # fmt: skip
    for root in case.net.walk():
        # A chain in a chain belongs to that one; a chain in a residual connection is one of its own.
        if not (isinstance(root, Composite) and root.is_chain) or id(root) in inside:
            continue
        first: Dense | None = None
        kinds: list[bool | None] = []
        for layer in _chain(root._layers):
            if isinstance(layer, Dense) and set(layer._specs) <= {"kernel", "bias"}:
                if first is not None:
                    yield Pair(first, layer, all(k is not None for k in kinds) and True in kinds)
                elementwise = not _couples(layer.activation, layer.units)
                first, kinds = (layer if elementwise else None), [_rectifies(layer.activation)]
            elif first is not None:
                kind = _kind_of(layer, case.rng)
                first, kinds = (None, []) if kind == "other" else (first, [*kinds, _KINDS[kind](layer)])


def _rectifies(function: ActivationFunction) -> bool | None:
    """Whether ``f(c z) = c f(z)`` for c > 0: True for a relu, False for the identity, None if it is not so."""
    if isinstance(function, Linear):
        return False
    plain = isinstance(function, Relu) and function.max_value is None and function.threshold == 0.0
    return True if plain or isinstance(function, LeakyRelu) else None


#: What an elementwise layer does to a factor.
_KINDS: dict[str, Callable[[Any], bool | None]] = {
    "activation": lambda layer: _rectifies(layer.activation),
    "identity": lambda layer: False,
    "elementwise": lambda layer: None,
}


def _couples(function: ActivationFunction, units: int) -> bool:
    """Whether a unit's result hangs on those of other units."""
    return function.changes_shape or (
        units > 1 and _spreads(function.forward, (units,), np.random.default_rng(0))
    )


def _kind_of(layer: Layer, rng: np.random.Generator) -> str:
    """What a layer does to units in inference: nothing, the same to each by itself, or something else."""
    shape, output_shape = layer._built_shapes()
    if isinstance(layer, Activation):
        return "other" if _couples(layer.activation, shape[-1]) else "activation"
    if isinstance(layer, Composite) or layer._specs or shape != output_shape or layer.couples_rows:
        return "other"
    run = layer.running_copy().forward
    probe = rng.normal(0.0, 2.0, (4, *shape))
    try:
        with quietly():
            y = np.array(run(probe.copy()))
            order = rng.permutation(shape[-1])
            moved = np.array(run(probe[..., order]))
            spreads = shape[-1] > 1 and _spreads(run, shape, rng)
    except Exception:  # noqa: BLE001 - a layer that takes no such rows is not one of these
        return "other"
    if np.array_equal(y, probe):
        return "identity"
    alike = y.shape == probe.shape and np.allclose(moved, y[..., order], rtol=1e-9, atol=0.0)
    return "elementwise" if alike and not spreads else "other"


def _spreads(f: Callable[[Array], Array], shape: tuple[int, ...], rng: np.random.Generator) -> bool:
    """Whether a change of one entry along the last axis moves the others."""
    x = rng.normal(0.0, 2.0, (4, *shape))
    other = x.copy()
    other[..., 0] += 1.0
    with quietly():
        a, b = np.array(f(x))[..., 1:], np.array(f(other))[..., 1:]
    return bool(np.abs(a - b).max(initial=0.0) > 1e-9 * np.abs(a).max(initial=0.0))
