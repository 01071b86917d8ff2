"""How training goes, layer by layer: the table of `Network.health`."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp.activations import Activation, Linear
from mlp.arrays import Array
from mlp.passes import Pass
from mlp.samples import Samples
from mlp.training import Trainer

if TYPE_CHECKING:
    from mlp.layers import Layer
    from mlp.trainable import Trainable

__all__ = ["Health", "LayerHealth", "examined"]

#: Where the slope of an activation is below this, hardly anything passes back through it.
FLAT = 0.01


@dataclass(frozen=True)
class LayerHealth:
    """Numbers that tell how a layer fares; NaN where a layer has no such thing.

    Attributes
    ----------
    gradient : float
        The length of the loss's gradient with respect to the layer's weights.
    weights : float
        The length of the weights themselves.
    update : float
        The length of the next step of the optimizer, divided by that of the weights; about 0.001 is healthy.
    dead : float
        The share of units through which no row sends anything back: the activation's slope is 0 for all of them.
    saturated : float
        The share of numbers at which the activation's slope is below 0.01.
    """

    gradient: float
    weights: float
    update: float
    dead: float
    saturated: float


@dataclass(frozen=True)
class Health:
    """A `LayerHealth` for each layer, by its name; printed, a table."""

    layers: dict[str, LayerHealth]

    def __str__(self) -> str:
        names = [field.name for field in fields(LayerHealth)]
        width = max([5, *map(len, self.layers)])
        lines = [f"{'layer':<{width}} {' '.join(f'{name:>10}' for name in names)}"]
        for name, row in self.layers.items():
            cells = (_cell(column, getattr(row, column)) for column in names)
            lines.append(f"{name:<{width}} {' '.join(f'{cell:>10}' for cell in cells)}")
        return "\n".join(lines)

    __repr__ = __str__


def _cell(column: str, value: float) -> str:
    if math.isnan(value):
        return "-"
    return f"{value:.1%}" if column in ("dead", "saturated") else f"{value:.3g}"


def examined(network: Trainable, x: Any, y: Any, sample_weight: Any = None) -> Health:
    """A network's health; see `Network.health`."""
    samples = Samples.checked(network, x, y, sample_weight)
    twin = network.copy()
    met = _met(twin, samples)
    before = twin.parameters.copy()
    one = Pass(twin, twin.compiled.needed_loss())
    one.forward(samples.x, samples.t, samples.weight, training=False)
    one.backward()
    gradients = {
        id(layer): _length([g for part in layer.walk() for g in part._gradients.values()])
        for layer in twin.layers
    }
    Trainer(twin, records=False).move()
    step = before - twin.parameters
    found = {}
    start = 0
    for layer in twin.layers:
        part = slice(start, start + layer.n_parameters)
        start = part.stop
        size = float(np.linalg.norm(before[part]))
        has = layer.n_parameters > 0
        dead, saturated = met.get(id(layer), (math.nan, math.nan))
        found[str(layer.name)] = LayerHealth(
            gradients[id(layer)] if has else math.nan,
            size if has else math.nan,
            float(np.linalg.norm(step[part])) / size if has and size else math.nan,
            dead,
            saturated,
        )
    return Health(found)


def _length(arrays: list[Array]) -> float:
    return math.hypot(*(float(np.linalg.norm(array)) for array in arrays))


def _met(network: Trainable, samples: Samples) -> dict[int, tuple[float, float]]:
    """Dead units and saturation of the layers that have an activation function."""
    shares = {}
    before = network.activations(_given(samples.x), before=True)
    for layer in network.layers:
        function = _activation(layer)
        if function is not None and str(layer.name) in before:
            slope = np.abs(function.derivative(before[str(layer.name)]))
            rows = slope.reshape(len(slope), -1)
            shares[id(layer)] = float((rows == 0).all(axis=0).mean()), float((rows < FLAT).mean())
    return shares


def _activation(layer: Layer) -> Activation | None:
    found = vars(layer).get("activation")
    return found if isinstance(found, Activation) and not isinstance(found, Linear) else None


def _given(x: Any) -> Any:
    return list(x) if not isinstance(x, np.ndarray) else x
