"""Networks that can be drawn neuron by neuron: a plain stack of `Dense` layers, each with the functions behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlp.activations import Activation as Function
from mlp.activations import Linear
from mlp.activations.callables import function_name
from mlp.arrays import Array
from mlp.layers import Dense, InputLayer, Layer
from mlp.layers.activation import FUNCTION_LAYERS
from mlp.network import Network

__all__ = ["Column", "function_names", "stack_of"]


@dataclass(frozen=True, eq=False)
class Column:
    """The units of one layer, or the inputs.

    Attributes
    ----------
    name : str
        Of the layer; "input" for the inputs.
    size : int
        How many units.
    functions : list of str
        The names of the activation functions behind ``z``, the linear one left out.
    kernel, bias : ndarray or None
        The weights in front of the units; the inputs have none.
    values : ndarray or None
        What the units give for the row that is shown.
    """

    name: str
    size: int
    functions: Sequence[str] = ()
    kernel: Array | None = None
    bias: Array | None = None
    values: Array | None = None


def stack_of(network: Network, outputs: Mapping[str, Any]) -> list[Column] | None:
    """The columns of a network, the inputs first; None if it is no plain stack.

    Parameters
    ----------
    network : Network
        The network.
    outputs : dict of str to ndarray
        What layers give for one row, by their names; "" for the inputs; empty if there is no row.
    """
    layers = [layer for layer in network.layers if type(layer) is not InputLayer]
    if not network.is_chain or not layers or type(layers[0]) is not Dense:
        return None

    def value(name: str) -> Array | None:
        return np.ravel(outputs[name]) if name in outputs else None

    columns = [Column("input", layers[0].input_shape[-1], values=value(""))]
    for layer in layers:
        function = function_names(layer)
        if type(layer) is Dense and len(layer.output_shape) == 2 and layer.output_shape[-1] == layer.units:
            bias = layer.bias if layer.use_bias else None
            columns.append(
                Column(str(layer.name), layer.units, function, layer.kernel, bias, value(str(layer.name)))
            )
        elif type(layer) in FUNCTION_LAYERS and layer.input_shape == layer.output_shape:
            last = columns.pop()
            names = [*last.functions, *function]
            columns.append(
                Column(last.name, last.size, names, last.kernel, last.bias, value(str(layer.name)))
            )
        else:
            return None
    return columns


def function_names(layer: Layer) -> list[str]:
    """The name of a layer's activation function; none for the linear one, or where there is no such thing."""
    function = vars(layer).get("activation")
    if not isinstance(function, Function) or isinstance(function, Linear):
        return []
    return [function_name(function)]
