"""How each layer is written as ONNX nodes: a rule for each class of the library, none for anybody else's."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlp import layers
from mlp.activations import Activation
from mlp.arrays import Array
from mlp.errors import ArgumentError
from mlp.files.onnx.activations import row_for
from mlp.files.onnx.nodes import Nodes
from mlp.layers.base import Layer
from mlp.layers.normalization.unit import SHORTEST

__all__ = ["RULES", "Call", "written"]

Shape = tuple[int, ...]

INT64 = 7  # onnx.TensorProto.INT64


@dataclass(frozen=True)
class Call:
    """A layer, the names of the values it takes, and the shapes of their rows and of what it makes."""

    layer: Any
    takes: list[str]
    shapes: list[Shape]
    made: Shape

    @property
    def x(self) -> str:
        """The only value it takes."""
        (x,) = self.takes
        return x


RULES: dict[type[Layer], Callable[[Nodes, Call], str]] = {}

Rule = Callable[[Nodes, Call], str]


def _rule(*classes: type[Layer]) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        for cls in classes:
            RULES[cls] = rule
        return rule

    return register


def written(nodes: Nodes, call: Call) -> str:
    """The nodes of one call of a layer; the name of what it makes.

    Raises
    ------
    ArgumentError
        If the layer's class, or its activation's, has no form in ONNX here.
    """
    rule = RULES.get(type(call.layer))
    if rule is None:
        raise ArgumentError(
            f"{call.layer._label}the class {type(call.layer).__name__} has no form in ONNX here; known are the library's own"
        )
    return rule(nodes, call)


def _activated(nodes: Nodes, call: Call, f: Activation, x: str) -> str:
    try:
        row = row_for(f, nodes.dtype)
    except ArgumentError as error:
        raise ArgumentError(f"{call.layer._label}{error}") from None

    def value_of(name: str) -> Any:
        if name != "size":
            return getattr(f, name)
        shape = (0, *call.made)
        return shape[f.axis]  # type: ignore[attr-defined]

    return nodes.term(row.term, x, value_of)


@_rule(layers.Dense)
def _dense(nodes: Nodes, call: Call) -> str:
    y = nodes.add("MatMul", call.x, nodes.weight(call.layer, "kernel"))
    if call.layer.use_bias:
        y = nodes.add("Add", y, nodes.weight(call.layer, "bias"))
    return _activated(nodes, call, call.layer.activation, y)


@_rule(layers.Activation, layers.ReLU, layers.LeakyReLU, layers.ELU, layers.Softmax)
def _function(nodes: Nodes, call: Call) -> str:
    return _activated(nodes, call, call.layer.activation, call.x)


@_rule(layers.PReLU)
def _prelu(nodes: Nodes, call: Call) -> str:
    return nodes.add("PRelu", call.x, nodes.weight(call.layer, "alpha"))


@_rule(layers.Embedding)
def _embedding(nodes: Nodes, call: Call) -> str:
    numbers = nodes.add("Cast", call.x, to=INT64)
    return nodes.add("Gather", nodes.weight(call.layer, "embeddings"), numbers, axis=0)


# Normalization


def _scaled(nodes: Nodes, layer: Any, z: str) -> str:
    """``y = gamma z + beta``."""
    if layer.scale:
        z = nodes.add("Mul", z, nodes.weight(layer, "gamma", layer.gamma.reshape(layer._fitting)))
    if layer.center:
        z = nodes.add("Add", z, nodes.weight(layer, "beta", layer.beta.reshape(layer._fitting)))
    return z


@_rule(layers.BatchNormalization)
def _batch_normalization(nodes: Nodes, call: Call) -> str:
    layer = call.layer
    features = layer.moving_mean.shape
    along_first = layer.axis % (len(call.made) + 1) == 1
    if nodes.dtype == np.float32 and along_first:
        gamma = layer.gamma if layer.scale else np.ones(features)
        beta = layer.beta if layer.center else np.zeros(features)
        weights = {
            "gamma": gamma,
            "beta": beta,
            "moving_mean": layer.moving_mean,
            "moving_variance": layer.moving_variance,
        }
        named = [nodes.weight(layer, name, value) for name, value in weights.items()]
        return nodes.add("BatchNormalization", call.x, *named, epsilon=layer.epsilon)
    mean, variance = (
        nodes.weight(layer, name, getattr(layer, name).reshape(layer._fitting))
        for name in ("moving_mean", "moving_variance")
    )
    deviation = nodes.add("Sqrt", nodes.add("Add", variance, layer.epsilon))
    return _scaled(nodes, layer, nodes.add("Div", nodes.add("Sub", call.x, mean), deviation))


@_rule(layers.LayerNormalization)
def _layer_normalization(nodes: Nodes, call: Call) -> str:
    layer, axes = call.layer, list(call.layer._axes)
    shape = tuple(call.made[axis - 1] for axis in axes)
    if nodes.dtype == np.float32 and axes[-1] - axes[0] + 1 == len(axes) and axes[-1] == len(call.made):
        gamma = nodes.weight(layer, "gamma", layer.gamma if layer.scale else np.ones(shape))
        beta = [nodes.weight(layer, "beta")] if layer.center else []
        return nodes.add("LayerNormalization", call.x, gamma, *beta, axis=axes[0], epsilon=layer.epsilon)
    d = nodes.add("Sub", call.x, nodes.add("ReduceMean", call.x, axes=axes, keepdims=1))
    variance = nodes.add("ReduceMean", nodes.add("Mul", d, d), axes=axes, keepdims=1)
    deviation = nodes.add("Sqrt", nodes.add("Add", variance, layer.epsilon))
    return _scaled(nodes, layer, nodes.add("Div", d, deviation))


@_rule(layers.RMSNormalization)
def _rms_normalization(nodes: Nodes, call: Call) -> str:
    layer, x = call.layer, call.x
    square = nodes.add("ReduceMean", nodes.add("Mul", x, x), axes=list(layer._axes), keepdims=1)
    root = nodes.add("Sqrt", nodes.add("Add", square, layer.epsilon))
    scale = nodes.weight(layer, "scale", layer.scale.reshape(layer._fitting))
    return nodes.add("Mul", nodes.add("Div", x, root), scale)


@_rule(layers.UnitNormalization)
def _unit_normalization(nodes: Nodes, call: Call) -> str:
    square = nodes.add("ReduceSum", nodes.add("Mul", call.x, call.x), axes=call.layer._axes, keepdims=1)
    return nodes.add("Div", call.x, nodes.add("Max", nodes.add("Sqrt", square), SHORTEST))


# Preprocessing


@_rule(layers.Normalization)
def _normalization(nodes: Nodes, call: Call) -> str:
    layer = call.layer
    mean = nodes.weight(layer, "mean", layer.mean.reshape(layer._fitting))
    deviation = nodes.weight(layer, "deviation", layer._deviation())
    if layer.invert:
        return nodes.add("Add", nodes.add("Mul", call.x, deviation), mean)
    return nodes.add("Div", nodes.add("Sub", call.x, mean), deviation)


@_rule(layers.Rescaling)
def _rescaling(nodes: Nodes, call: Call) -> str:
    y = nodes.add("Mul", call.x, nodes.weight(call.layer, "scale"))
    return nodes.add("Add", y, nodes.weight(call.layer, "offset")) if call.layer.offset.any() else y


@_rule(layers.Discretization)
def _discretization(nodes: Nodes, call: Call) -> str:
    layer = call.layer
    if layer.bin_boundaries is None:
        raise ArgumentError(f"{layer._label}it has no boundaries yet: call adapt with data")
    boundaries = _not_below(np.array(layer.bin_boundaries), nodes.dtype)
    column = nodes.add("Unsqueeze", call.x, axes=[-1])
    reached = nodes.add("GreaterOrEqual", column, nodes.weight(layer, "bin_boundaries", boundaries))
    number = nodes.add("ReduceSum", nodes.add("Where", reached, 1.0, 0.0), axes=[-1], keepdims=0)
    return _encoded(nodes, number, call.shapes[0], layer.output_mode, layer._depth)


def _not_below(numbers: Array, dtype: np.dtype[Any]) -> Array:
    """The least number of ``dtype`` that is not less, so that its numbers compare in the same way."""
    rounded = numbers.astype(dtype)
    return np.where(rounded < numbers, np.nextafter(rounded, dtype.type(np.inf)), rounded)


@_rule(layers.CategoryEncoding)
def _category_encoding(nodes: Nodes, call: Call) -> str:
    return _encoded(nodes, call.x, call.shapes[0], call.layer.output_mode, call.layer._depth)


def _encoded(nodes: Nodes, numbers: str, shape: Shape, mode: str, depth: int) -> str:
    """What `mlp.layers.preprocessing.encoding.encoded` computes."""
    if mode == "int":
        return numbers
    alone = mode == "one_hot" and shape[-1] == 1
    column = numbers if alone else nodes.add("Unsqueeze", numbers, axes=[-1])
    hot = nodes.add("Where", nodes.add("Equal", column, np.arange(float(depth))), 1.0, 0.0)
    if mode == "one_hot":
        return hot
    return nodes.add("ReduceSum" if mode == "count" else "ReduceMax", hot, axes=[-2], keepdims=0)


# Shapes


@_rule(layers.Flatten)
def _flatten(nodes: Nodes, call: Call) -> str:
    return nodes.add("Flatten", call.x, axis=1)


@_rule(layers.Reshape)
def _reshape(nodes: Nodes, call: Call) -> str:
    return nodes.add("Reshape", call.x, [0, *call.made])


@_rule(layers.Permute)
def _permute(nodes: Nodes, call: Call) -> str:
    return nodes.add("Transpose", call.x, perm=[0, *call.layer.dims])


@_rule(layers.RepeatVector)
def _repeat_vector(nodes: Nodes, call: Call) -> str:
    return nodes.add("Tile", nodes.add("Unsqueeze", call.x, axes=[1]), [1, call.layer.n, 1])


# Merges


def _aligned(nodes: Nodes, call: Call) -> list[str]:
    """The values with as many axes each, those that are missing being put in behind that of the rows."""
    most = max(map(len, call.shapes))
    return [
        x if len(shape) == most else nodes.add("Unsqueeze", x, axes=range(1, most - len(shape) + 1))
        for x, shape in zip(call.takes, call.shapes, strict=True)
    ]


@_rule(layers.Add)
def _add(nodes: Nodes, call: Call) -> str:
    return nodes.add("Add" if len(call.takes) == 2 else "Sum", *_aligned(nodes, call))


@_rule(layers.Subtract)
def _subtract(nodes: Nodes, call: Call) -> str:
    return nodes.add("Sub", *_aligned(nodes, call))


@_rule(layers.Multiply)
def _multiply(nodes: Nodes, call: Call) -> str:
    y, *others = _aligned(nodes, call)
    for x in others:
        y = nodes.add("Mul", y, x)
    return y


@_rule(layers.Average)
def _average(nodes: Nodes, call: Call) -> str:
    return nodes.add("Div", nodes.add("Sum", *_aligned(nodes, call)), float(len(call.takes)))


@_rule(layers.Maximum)
def _maximum(nodes: Nodes, call: Call) -> str:
    return nodes.add("Max", *_aligned(nodes, call))


@_rule(layers.Minimum)
def _minimum(nodes: Nodes, call: Call) -> str:
    return nodes.add("Min", *_aligned(nodes, call))


@_rule(layers.Concatenate)
def _concatenate(nodes: Nodes, call: Call) -> str:
    return nodes.add("Concat", *call.takes, axis=call.layer.axis)


@_rule(layers.Dot)
def _dot(nodes: Nodes, call: Call) -> str:
    matrices = []
    # The summed axis is the last of the first matrix and the first of the second, so that no transposition stands directly in
    # front of the product: ONNX Runtime 1.19 makes one operator of the two, and has none for float64.
    for x, shape, axis, last in zip(call.takes, call.shapes, call.layer._along, (True, False), strict=True):
        size = shape[axis - 1]
        rest = math.prod(shape) // size
        others = [i for i in range(1, len(shape) + 1) if i != axis]
        perm = [0, *others, axis] if last else [0, axis, *others]
        matrix = x if perm == sorted(perm) else nodes.add("Transpose", x, perm=perm)
        matrix = nodes.add("Reshape", matrix, [0, rest, size] if last else [0, size, rest])
        if call.layer.normalize:
            axes = [-1] if last else [1]
            square = nodes.add("ReduceSum", nodes.add("Mul", matrix, matrix), axes=axes, keepdims=1)
            matrix = nodes.add("Div", matrix, nodes.add("Sqrt", nodes.add("Max", square, 1e-12)))
        matrices.append(matrix)
    return nodes.add("Reshape", nodes.add("MatMul", *matrices), [0, *call.made])
