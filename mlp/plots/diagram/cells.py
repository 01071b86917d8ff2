"""What a network of any kind is made of, to be drawn as boxes: its layers, and who takes what from whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlp.files.program import IN_TRAINING_ALONE
from mlp.layers import InputLayer, Layer, Residual
from mlp.layers.again import own_layer
from mlp.layers.base import shape_text
from mlp.layers.composite import Composite
from mlp.network import Network
from mlp.plots.diagram.letters import plural, shortened, written
from mlp.plots.diagram.stack import function_names

__all__ = ["Cell", "cells_of"]

#: How many numbers of a value are written down.
NUMBERS = 4


@dataclass(frozen=True)
class Cell:
    """One box.

    Attributes
    ----------
    lines : tuple of str
        What stands in it, the name first.
    takes : tuple of int
        The places of the cells from which it takes.
    kind : str
        "layer", "training" (does something in training alone), "end" (an input or output) or "sum".
    tip : str
        What else there is to know.
    """

    lines: tuple[str, ...]
    takes: tuple[int, ...] = ()
    kind: str = "layer"
    tip: str = ""


class _Cells(list[Cell]):
    """Cells in an order in which their values can be made."""

    def __init__(self, values: Mapping[str, Any], digits: int) -> None:
        self.values, self.digits = values, digits

    def put(self, cell: Cell) -> int:
        self.append(cell)
        return len(self) - 1

    def end(self, name: str, shape: Any, takes: tuple[int, ...] = ()) -> None:
        self.put(Cell((shortened(name, 24), _size(shape)), takes, "end"))

    def layer(self, called: Layer, takes: tuple[int, ...]) -> int:
        """One call of a layer; the place of the cell that makes its value."""
        layer = own_layer(called)
        name = layer.name or "network"  # which alone may have none, where it stands for itself
        if type(layer) is Residual:
            inner = self.layer(layer.inner, takes)
            lines = (shortened(name, 24), "x + inner(x)", *self._value(self.values.get(name)))
            return self.put(Cell(lines, (*takes, inner), "sum", f"{name}: Residual"))
        parts = [str(part.name) for part in layer.layers] if isinstance(layer, Composite) else []
        inside = (shortened(f"of {', '.join(parts)}", 30),) if parts else ()
        tip = f"{name}: {type(layer).__name__} of {', '.join(parts)}" if parts else f"{name}: {layer!r}"
        kind = "training" if type(layer) in IN_TRAINING_ALONE else "layer"
        value = self.values.get(name)
        again = ("the same weights again",) if called is not layer else ()
        lines = (
            shortened(name, 24),
            shortened(_kind(layer), 30),
            *inside,
            _sizes(called),
            *again,
            *self._value(value),
        )
        return self.put(Cell(lines, takes, kind, tip))

    def _value(self, value: Any) -> tuple[str, ...]:
        if value is None or isinstance(value, list | tuple):
            return ()
        numbers = np.ravel(value)
        more = ", …" if numbers.size > NUMBERS else ""
        return (f"gives ({', '.join(written(number, self.digits) for number in numbers[:NUMBERS])}{more})",)


def cells_of(network: Network, values: Mapping[str, Any], digits: int) -> list[Cell]:
    """The cells of a network, inputs first and outputs last.

    Parameters
    ----------
    network : Network
        A network with layers.
    values : dict of str to ndarray
        What layers give for one row, by their names; empty if there is no row.
    digits : int
        In how many decimals.
    """
    cells = _Cells(values, digits)
    graph = network._graph
    shapes = network._built_shapes()
    if graph is not None:
        made = {}
        for place, number in enumerate(graph.inputs):
            layer = network.input_layers[place]
            cells.end(str(layer.name), layer._built_shapes()[1])
            made[number] = place
        for step in graph.steps:
            takes = tuple(made[number] for number in step.takes)
            made.update(dict.fromkeys(step.makes, cells.layer(network._layers[step.layer], takes)))
        for name, number, shape in zip(
            network.output_names, graph.outputs, network.output_shapes, strict=True
        ):
            cells.end(f"output {name}" if network.n_outputs > 1 else "output", shape, (made[number],))
        return cells
    cells.end("input", shapes[0])
    last = 0
    if type(network).forward is Network.forward:
        for layer in network._layers:
            if type(layer) is not InputLayer:
                last = cells.layer(layer, (last,))
    else:
        last = cells.layer(network, (last,))
    cells.end("output", shapes[1], (last,))
    return cells


def _kind(layer: Layer) -> str:
    rate = vars(layer).get("rate")
    details: Sequence[str] = function_names(layer) or ([f"{rate:g}"] if isinstance(rate, float) else [])
    return ", ".join([type(layer).__name__, *details])


def _sizes(layer: Layer) -> str:
    before, after = layer._built_shapes()
    layer = own_layer(layer)
    count = layer.count_params()
    frozen = ", frozen" if count and not layer.trainable else ""
    held = [f"{plural(count, 'parameter')}{frozen}"] if count else []
    return ", ".join([f"{_size(before)} → {_size(after)}", *held])


def _size(shape: Any) -> str:
    return shape_text(shape).replace("x", "\N{MULTIPLICATION SIGN}")
