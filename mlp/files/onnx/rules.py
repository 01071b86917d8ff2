"""What layers each operator is: a rule for each, on values that come from the rows and on constants."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ModelFileError
from mlp.files.onnx.assembly import Assembly, Value
from mlp.files.onnx.folding import CASTS
from mlp.files.onnx.model import Node

__all__ = ["RULES", "Taken", "clipped"]


@dataclass(frozen=True)
class Taken:
    """What a node takes, each a value, a constant or None."""

    node: Node
    operands: Sequence[Value | Array | None]

    def value(self, i: int = 0) -> Value:
        """Operand ``i``, which must come from the rows."""
        operand = self.operands[i] if i < len(self.operands) else None
        if not isinstance(operand, Value):
            raise self.refused(f"takes a constant as its input {i}, where rows are read")
        if operand.real is not None and self.node.operator not in ("Gather", "Cast"):
            raise self.refused("takes real numbers that were made whole ones, which no layer does")
        if operand.vectors_of is not None and self.node.operator not in ("MatMul", "Reshape"):
            raise self.refused("takes the vectors of all rows as rows, which no layer does")
        return operand

    def constant(self, i: int) -> Array:
        """Operand ``i``, which must be constant."""
        operand = self.operands[i] if i < len(self.operands) else None
        if not isinstance(operand, np.ndarray) or operand.dtype.kind not in "fiub":
            raise self.refused(f"must have constant numbers as its input {i}")
        return operand

    def has(self, i: int) -> bool:
        """Whether there is an operand ``i``."""
        return i < len(self.operands) and self.operands[i] is not None

    def attribute(self, name: str) -> Any:
        """An attribute, as given or as it is when it is not."""
        return self.node.attributes[name]

    def refused(self, why: str) -> ModelFileError:
        """The error that says what is wrong with this node."""
        return ModelFileError(f"{self.node} {why}")


Rule = Callable[[Assembly, Taken], Value]
RULES: dict[str, Rule] = {}


def _rule(*operators: str) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        for operator in operators:
            RULES[operator] = rule
        return rule

    return register


# Products


@_rule("MatMul")
def _product(assembly: Assembly, taken: Taken) -> Value:
    if len(taken.operands) == 2 and all(isinstance(one, Value) for one in taken.operands):
        return _product_of_two(assembly, taken)
    x = taken.value()
    y = _dense(assembly, taken, x.vectors_of or x, taken.constant(1), None)
    return y if x.vectors_of is None else Value(y.shape, vectors_of=y)


def _dense(assembly: Assembly, taken: Taken, x: Value, kernel: Array, bias: Array | None) -> Value:
    if kernel.ndim != 2 or kernel.shape[0] != x.shape[-1] or not kernel.shape[1]:
        raise taken.refused(f"multiplies rows {x.shape} by a constant of shape {kernel.shape}")
    units = kernel.shape[1]
    weights = [kernel]
    if bias is not None:
        if bias.shape not in ((), (1,), (units,), (1, 1), (1, units)):
            raise taken.refused(f"adds a constant of shape {bias.shape} to {units} units")
        weights.append(np.broadcast_to(bias.reshape(-1), (units,)))
    config = {"units": units, "use_bias": bias is not None}
    return assembly.call("Dense", config, [x], (*x.shape[:-1], units), weights)


def _product_of_two(assembly: Assembly, taken: Taken) -> Value:
    a, b = taken.value(0), taken.value(1)
    if len(a.shape) != 2 or len(b.shape) != 2 or a.shape[1] != b.shape[0]:
        raise taken.refused(f"multiplies rows {a.shape} and {b.shape}, which no layer does")
    return assembly.call("Dot", {"axes": [2, 1]}, [a, b], (a.shape[0], b.shape[1]))


@_rule("Gemm")
def _gemm(assembly: Assembly, taken: Taken) -> Value:
    x, kernel = taken.value(), taken.constant(1)
    if taken.attribute("transA") or len(x.shape) != 1 or kernel.ndim != 2:
        raise taken.refused(
            f"multiplies rows {x.shape} by a constant of shape {kernel.shape}, or transposes the rows"
        )
    kernel = kernel.T if taken.attribute("transB") else kernel
    if taken.attribute("alpha") != 1:
        kernel = kernel * kernel.dtype.type(taken.attribute("alpha"))
    bias = taken.operands[2] if taken.has(2) and taken.attribute("beta") else None
    if isinstance(bias, Value):
        if taken.attribute("beta") != 1:
            raise taken.refused(f"adds {taken.attribute('beta')} times another value")
        return _entrywise(assembly, taken, "Add", [_dense(assembly, taken, x, kernel, None), bias])
    if bias is not None:
        bias = taken.constant(2)
        if taken.attribute("beta") != 1:
            bias = bias * bias.dtype.type(taken.attribute("beta"))
    return _dense(assembly, taken, x, kernel, bias)


@_rule("Gather")
def _gather(assembly: Assembly, taken: Taken) -> Value:
    table, x = taken.constant(0), taken.value(1)
    x = x.real or x
    if taken.attribute("axis") not in (0, -table.ndim) or table.ndim != 2 or not table.size:
        raise taken.refused(
            f"chooses from a constant of shape {table.shape} along axis {taken.attribute('axis')}"
        )
    config = {"input_dim": table.shape[0], "output_dim": table.shape[1]}
    return assembly.call("Embedding", config, [x], (*x.shape, table.shape[1]), [table])


# Arithmetic


def _entrywise(assembly: Assembly, taken: Taken, cls: str, values: Sequence[Value]) -> Value:
    if len({len(value.shape) for value in values}) > 1:
        raise taken.refused(
            f"takes rows {' and '.join(str(v.shape) for v in values)}, of different numbers of axes"
        )
    shape = np.broadcast_shapes(*(value.shape for value in values))
    return assembly.call(cls, {}, values, shape)


@_rule("Add", "Sub", "Mul", "Div")
def _arithmetic(assembly: Assembly, taken: Taken) -> Value:
    operator = taken.node.operator
    if len(taken.operands) != 2:
        raise taken.refused(f"takes 2 inputs, got {len(taken.operands)}")
    a, b = taken.operands
    if isinstance(a, Value) and isinstance(b, Value):
        cls = {"Add": "Add", "Sub": "Subtract", "Mul": "Multiply"}.get(operator)
        if cls is None:
            raise taken.refused("divides one value by another, which no layer does")
        return _entrywise(assembly, taken, cls, [taken.value(0), taken.value(1)])
    place = 0 if isinstance(a, Value) else 1
    x, constant = taken.value(place), taken.constant(1 - place)
    if operator == "Add":
        return assembly.affine(x, None, constant)
    if operator == "Sub":
        return (
            assembly.affine(x, None, -constant) if place == 0 else assembly.affine(x, -np.ones(()), constant)
        )
    if operator == "Mul":
        return assembly.affine(x, constant, None)
    if place == 1 or not constant.all():
        raise taken.refused("divides a constant by a value, or a value by zero, which no layer does")
    return assembly.affine(x, 1 / constant, None)


@_rule("Neg")
def _negative(assembly: Assembly, taken: Taken) -> Value:
    return assembly.affine(taken.value(), -np.ones(()), None)


@_rule("Sum", "Mean", "Max", "Min")
def _several(assembly: Assembly, taken: Taken) -> Value:
    cls = {"Sum": "Add", "Mean": "Average", "Max": "Maximum", "Min": "Minimum"}[taken.node.operator]
    return _entrywise(assembly, taken, cls, [taken.value(i) for i in range(len(taken.operands))])


def clipped(assembly: Assembly, x: Value, low: float, high: float) -> Value:
    """``min(max(x, low), high)`` by rectifiers between two shifts."""
    if low > high:
        raise ModelFileError(f"a value is bounded from {low} to {high}, which is no range")
    if math.isinf(low):
        turned = assembly.affine(x, -np.ones(()), np.asarray(high))
        rectified = assembly.call("Activation", {"activation": "relu"}, [turned], x.shape)
        return assembly.affine(rectified, -np.ones(()), np.asarray(high))
    shifted = assembly.affine(x, None, np.asarray(-low)) if low else x
    config = {} if math.isinf(high) else {"max_value": high - low}
    rectified = assembly.call("ReLU", config, [shifted], x.shape)
    return assembly.affine(rectified, None, np.asarray(low)) if low else rectified


@_rule("Scaler")
def _scaler(assembly: Assembly, taken: Taken) -> Value:
    offset, scale = (np.asarray(taken.attribute(name) or [], np.float32) for name in ("offset", "scale"))
    shifted = assembly.affine(taken.value(), None, -offset) if offset.size else taken.value()
    return assembly.affine(shifted, scale, None) if scale.size else shifted


# Activations that are no expression of the table


@_rule("HardSigmoid")
def _hard_sigmoid(assembly: Assembly, taken: Taken) -> Value:
    alpha, beta = (np.asarray(taken.attribute(name)) for name in ("alpha", "beta"))
    return clipped(assembly, assembly.affine(taken.value(), alpha, beta), 0.0, 1.0)


@_rule("Softmax of old", "LogSoftmax of old")
def _softmax_of_old(assembly: Assembly, taken: Taken) -> Value:
    x = taken.value()
    n = len(x.shape) + 1
    first = taken.attribute("axis") % n
    axes = list(range(first, n))
    cls = taken.node.operator.partition(" ")[0]
    if first == 0:
        raise taken.refused("runs along the axis of the rows")
    if axes == [n - 1]:
        return assembly.activation({"Softmax": "softmax", "LogSoftmax": "log_softmax"}[cls], x, x.shape)
    if cls == "Softmax":
        return assembly.call("Softmax", {"axis": axes}, [x], x.shape)
    return assembly.activation({"class_name": "LogSoftmax", "config": {"axis": axes}}, x, x.shape)


@_rule("PRelu")
def _prelu(assembly: Assembly, taken: Taken) -> Value:
    x, slope = taken.value(), taken.constant(1)
    if slope.ndim == len(x.shape) + 1 and slope.shape[0] == 1:
        slope = slope[0]
    sizes = (1,) * (len(x.shape) - slope.ndim) + slope.shape
    if len(sizes) != len(x.shape) or any(size not in (1, n) for size, n in zip(sizes, x.shape, strict=True)):
        raise taken.refused(f"has slopes of shape {slope.shape} for rows {x.shape}")
    shared = [i for i, (size, n) in enumerate(zip(sizes, x.shape, strict=True), 1) if size != n]
    return assembly.call("PReLU", {"shared_axes": shared or None}, [x], x.shape, [slope.reshape(sizes)])


# Normalization


@_rule("BatchNormalization")
def _batch_normalization(assembly: Assembly, taken: Taken) -> Value:
    x = taken.value()
    weights = [taken.constant(i) for i in range(1, 5)]
    if taken.attribute("training_mode") or not taken.attribute("spatial"):
        raise taken.refused("is in training mode, or of a kind that no layer is")
    if any(weight.shape != x.shape[:1] for weight in weights):
        raise taken.refused(f"has weights of shape {weights[0].shape} for rows {x.shape}")
    axis = -1 if len(x.shape) == 1 else 1
    config = {"axis": axis, "epsilon": taken.attribute("epsilon")}
    return assembly.call("BatchNormalization", config, [x], x.shape, weights)


@_rule("LayerNormalization", "RMSNormalization")
def _row_normalization(assembly: Assembly, taken: Taken) -> Value:
    x = taken.value()
    n = len(x.shape) + 1
    axes = list(range(taken.attribute("axis") % n, n))
    shape = tuple(x.shape[axis - 1] for axis in axes)
    if 0 in axes or (len(taken.node.outputs) > 1 and any(taken.node.outputs[1:])):
        raise taken.refused("runs along the axis of the rows, or gives its mean as well")
    weights = []
    for i in range(1, 3 if taken.has(2) else 2):
        weight = taken.constant(i)
        if math.prod(np.broadcast_shapes(weight.shape, shape)) != math.prod(shape):
            raise taken.refused(f"has weights of shape {weight.shape} for rows {x.shape}")
        weights.append(np.broadcast_to(weight, np.broadcast_shapes(weight.shape, shape)).reshape(shape))
    cls = taken.node.operator
    config = {"axis": axes if len(axes) > 1 else -1, "epsilon": taken.attribute("epsilon")}
    if cls == "LayerNormalization":
        config["center"] = len(weights) > 1
    return assembly.call(cls, config, [x], x.shape, weights)


# Shapes


@_rule("Flatten")
def _flatten(assembly: Assembly, taken: Taken) -> Value:
    x = taken.value()
    if taken.attribute("axis") % (len(x.shape) + 1) != 1:
        raise taken.refused(
            f"flattens rows {x.shape} along axis {taken.attribute('axis')}; only 1 leaves rows apart"
        )
    return assembly.reshaped(x, (math.prod(x.shape),))


@_rule("Reshape")
def _reshape(assembly: Assembly, taken: Taken) -> Value:
    x, target = taken.value(), [int(size) for size in taken.constant(1).ravel()]
    if x.vectors_of is not None and tuple(target[1:]) == x.shape:
        return x.vectors_of
    if len(x.shape) > 1 and target == [-1, x.shape[-1]] and x.vectors_of is None:
        return Value(x.shape, vectors_of=x)
    kept = x.shape[: len(target) - 1] + (0,) * (len(target) - 1 - len(x.shape))
    sizes = [
        old if new == 0 and not taken.attribute("allowzero") else new
        for old, new in zip(kept, target[1:], strict=True)
    ]
    numbers = math.prod(x.shape)
    known = math.prod(size for size in sizes if size != -1)
    if sizes.count(-1) == 1 and target[0] != -1 and known > 0:
        sizes[sizes.index(-1)] = numbers // known
    # The first size is that of the rows: free, kept, or the number that an exporter saw.
    if not sizes or target[0] < -1 or any(size < 1 for size in sizes) or math.prod(sizes) != numbers:
        raise taken.refused(
            f"makes shape {target} of rows {x.shape}; only shapes that leave rows apart can be had here"
        )
    return assembly.reshaped(x, tuple(sizes))


@_rule("Squeeze", "Unsqueeze")
def _axes_of_one(assembly: Assembly, taken: Taken) -> Value:
    x, axes = taken.value(), taken.attribute("axes")
    adds = taken.node.operator == "Unsqueeze"
    n = len(x.shape) + 1 + (len(axes or ()) if adds else 0)
    if not axes or not all(-n <= axis < n for axis in axes) or any(axis % n == 0 for axis in axes):
        raise taken.refused(f"has the axes {axes} for rows of shape {x.shape}")
    places = {axis % n for axis in axes}
    if adds:
        sizes = iter(x.shape)
        return assembly.reshaped(x, tuple(1 if i in places else next(sizes) for i in range(1, n)))
    if any(x.shape[i - 1] != 1 for i in places):
        raise taken.refused(f"takes away axes {axes} of rows of shape {x.shape}, which are none of size 1")
    return assembly.reshaped(x, tuple(size for i, size in enumerate(x.shape, 1) if i not in places))


@_rule("Transpose")
def _transpose(assembly: Assembly, taken: Taken) -> Value:
    x, perm = taken.value(), taken.attribute("perm")
    if perm is None or sorted(perm) != list(range(len(x.shape) + 1)) or perm[0] != 0:
        raise taken.refused(f"puts the axes of rows {x.shape} in the order {perm}, where the first must stay")
    if perm == sorted(perm):
        return x
    return assembly.call("Permute", {"dims": perm[1:]}, [x], tuple(x.shape[axis - 1] for axis in perm[1:]))


@_rule("Concat")
def _concat(assembly: Assembly, taken: Taken) -> Value:
    values = [taken.value(i) for i in range(len(taken.operands))]
    n = len(values[0].shape) + 1
    axis = taken.attribute("axis") % n
    if axis == 0 or any(len(value.shape) != n - 1 for value in values):
        raise taken.refused("joins rows one below another, or of different numbers of axes")
    shape = list(values[0].shape)
    shape[axis - 1] = sum(value.shape[axis - 1] for value in values)
    if len(values) == 1:
        return values[0]
    return assembly.call("Concatenate", {"axis": -1 if axis == n - 1 else axis}, values, tuple(shape))


# What does nothing


@_rule("Dropout")
def _dropout(assembly: Assembly, taken: Taken) -> Value:
    if taken.has(2) and taken.constant(2).any():
        raise taken.refused("is in training mode")
    return taken.value()


@_rule("Cast")
def _cast(assembly: Assembly, taken: Taken) -> Value:
    x, dtype = taken.value(), CASTS.get(taken.attribute("to"))
    if dtype is None or dtype.kind == "b":
        raise taken.refused(f"makes type {taken.attribute('to')} of rows")
    if dtype.kind == "f" and x.real is not None:
        raise taken.refused("takes real numbers that were made whole ones, which no layer does")
    if dtype.kind == "f" or x.is_whole or x.real is not None:
        return x
    return Value(x.shape, real=x)
