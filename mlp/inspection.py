"""Looking inside a network without changing it: what its layers give, and derivatives of outputs and loss."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import checks
from mlp.activations import Activation
from mlp.arrays import Array
from mlp.errors import ArgumentError
from mlp.layers.again import own_layer
from mlp.passes import Pass
from mlp.rows import require_finite
from mlp.samples import Samples
from mlp.several import copied

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["activations", "input_gradient", "jacobian"]


def activations(network: Trainable, x: Any, before: bool = False) -> dict[str, Any]:
    """The output of every layer; see `Network.activations`."""
    checks.flag("before", before)
    rows = network.rows_in(x)
    require_finite("x", rows)
    twin = network.running_copy()
    noted: dict[str, Any] = {}
    if before:
        for layer in map(own_layer, twin._layers):
            function = vars(layer).get("activation")
            if isinstance(function, Activation):
                vars(layer)["activation"] = _Noting(function, noted, str(layer.name))
    outputs = {str(own_layer(layer).name): copied(y) for layer, y in twin.each_output(rows)}
    return noted if before else outputs


class _Noting(Activation):
    """An activation that notes what it is given."""

    def __init__(self, function: Activation, noted: dict[str, Any], name: str) -> None:
        self.function, self.noted, self.name = function, noted, name

    def forward(self, x: Array, out: Array | None = None) -> Array:
        """``y = f(x)``."""
        self.noted[self.name] = x.copy()
        return self.function.forward(x)


def jacobian(network: Trainable, x: Any, wrt: str = "x") -> Array:
    """Derivatives of the outputs; see `Network.jacobian`."""
    checks.one_of("wrt", wrt, ("x", "parameters"))
    if network.takes_several or network.n_outputs > 1:
        raise ArgumentError("jacobian is for networks with one input and one output")
    rows = network.rows_in(x)
    require_finite("x", rows)
    twin = network.copy()
    (shape,) = network.output_shapes
    size = math.prod(shape)
    # Rows do not hang together in inference, so one pass back gives a line of every row's matrix with respect to x;
    # the gradient of parameters is a sum over rows, so there is a pass for each row.
    groups = [slice(0, len(rows))] if wrt == "x" else [slice(i, i + 1) for i in range(len(rows))]
    per_row = math.prod(rows.shape[1:]) if wrt == "x" else twin.parameters.size
    result = np.empty((len(rows), size, per_row), network.dtype)
    for group in groups:
        y = twin.forward(rows[group])
        for j in range(size):
            dy = np.zeros((len(y), size), network.dtype)
            dy[:, j] = 1
            dx = twin.backward(dy.reshape(y.shape))
            result[group, j] = dx.reshape(len(y), per_row) if wrt == "x" else twin.gradient
    of_row = rows.shape[1:] if wrt == "x" else (per_row,)
    return result.reshape(len(rows), *shape, *of_row)


def input_gradient(network: Trainable, x: Any, y: Any, sample_weight: Any = None) -> Any:
    """The loss's gradient with respect to the input; see `Network.input_gradient`."""
    samples = Samples.checked(network, x, y, sample_weight)
    twin = network.copy()
    one = Pass(twin, twin.compiled.needed_loss())
    one.forward(samples.x, samples.t, samples.weight, training=False)
    return copied(one.backward())
