"""The operators that are read, with their attributes and what these are where they are not given.

Operators have changed from version to version; a node is brought into one form here, so that the rules for reading know no
versions: axes and bounds that are constants are attributes or inputs as in the newest version.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ModelFileError
from mlp.files.onnx.model import Node

__all__ = ["COMPARISONS", "OPERATORS", "normal_form"]

COMPARISONS = ("Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual")

_PLAIN = {
    "Abs", "Add", "And", "Div", "Erf", "Exp", "HardSwish", "Identity", "Log", "MatMul", "Max", "Mean", "Min", "Mish", "Mul",
    "Neg", "Not", "Or", "PRelu", "Pow", "Reciprocal", "Relu", "Sigmoid", "Sign", "Softplus", "Softsign", "Sqrt", "Sub",
    "Sum", "Tanh", "Tile", "Where", *COMPARISONS,
}  # fmt: skip

_REDUCE = {"axes": None, "keepdims": 1, "noop_with_empty_axes": 0}

#: None is an attribute that need not be there, and has no number then.
OPERATORS: dict[str, dict[str, Any]] = {
    **{operator: {} for operator in _PLAIN},
    "BatchNormalization": {"epsilon": 1e-5, "momentum": 0.9, "training_mode": 0, "spatial": 1, "is_test": 1},
    "Cast": {"to": None, "saturate": 1},
    "Celu": {"alpha": 1.0},
    "Clip": {"min": None, "max": None},
    "Concat": {"axis": 1},
    "Constant": {
        "value": None, "value_float": None, "value_floats": None, "value_int": None, "value_ints": None,
        "value_string": None, "value_strings": None,
    },
    "ConstantOfShape": {"value": None},
    "CumSum": {"exclusive": 0, "reverse": 0},
    "Dropout": {"ratio": 0.5, "seed": None, "is_test": 1},
    "Elu": {"alpha": 1.0},
    "Expand": {},
    "Flatten": {"axis": 1},
    "Gather": {"axis": 0},
    "Gelu": {"approximate": "none"},
    "Gemm": {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 0, "broadcast": 1},
    "HardSigmoid": {"alpha": 0.2, "beta": 0.5},
    "LayerNormalization": {"axis": -1, "epsilon": 1e-5, "stash_type": 1},
    "LeakyRelu": {"alpha": 0.01},
    "LogSoftmax": {"axis": -1},
    "RMSNormalization": {"axis": -1, "epsilon": 1e-5, "stash_type": 1},
    "ReduceL2": _REDUCE,
    "ReduceMax": _REDUCE,
    "ReduceMean": _REDUCE,
    "ReduceSum": _REDUCE,
    "Reshape": {"allowzero": 0, "shape": None},
    "Scaler": {"offset": None, "scale": None},
    "Selu": {"alpha": 1.6732632, "gamma": 1.050701},
    "Shape": {"start": 0, "end": None},
    "Shrink": {"bias": 0.0, "lambd": 0.5},
    "Slice": {"axes": None, "starts": None, "ends": None},
    "Softmax": {"axis": -1},
    "Split": {"axis": 0, "split": None, "num_outputs": None},
    "Squeeze": {"axes": None},
    "Swish": {"alpha": 1.0},
    "ThresholdedRelu": {"alpha": 1.0},
    "TopK": {"axis": -1, "largest": 1, "sorted": 1},
    "Transpose": {"perm": None},
    "Unsqueeze": {"axes": None},
}  # fmt: skip

#: Attributes of the first versions that say how memory is used, and nothing of the result.
_IDLE = {"consumed_inputs"}

#: Of the first versions: what an attribute was that has been an input since.
_INPUTS = {"Clip": ("min", "max"), "Reshape": ("shape",), "Slice": ("starts", "ends", "axes")}

#: And the other way round: inputs that are attributes here.
_AXES = {"ReduceL2", "ReduceMax", "ReduceMean", "ReduceSum", "Squeeze", "Unsqueeze"}

#: Before this version softmax ran along all axes from ``axis`` on.
_SOFTMAX_ALONG_ONE = 13


def normal_form(node: Node, opset: int, constants: dict[str, Array]) -> Node:
    """The node in one form for all versions; its new constants are added to ``constants``.

    A node of an operator that is not read stays as it is: maybe nobody needs it.

    Raises
    ------
    ModelFileError
        If it has an attribute whose meaning is not known here.
    """
    defaults = OPERATORS.get(node.operator)
    if defaults is None:
        return node
    given = {name: value for name, value in node.attributes.items() if name not in _IDLE}
    for name in given:
        if name not in defaults:
            raise ModelFileError(f"{node} has an attribute {name!r} that is not known here")
    inputs = list(node.inputs)
    for i, name in enumerate(_INPUTS.get(node.operator, ())):
        if given.get(name) is not None:
            inputs += [""] * (i + 2 - len(inputs))
            inputs[i + 1] = _constant(given.pop(name), f"\0{node.place}/{name}", constants)
    if node.operator in _AXES and len(inputs) > 1:
        axes = constants.get(inputs.pop(1))
        if axes is None or "axes" in given:
            raise ModelFileError(f"{node} computes its axes, which must be constants")
        given["axes"] = [int(axis) for axis in axes.ravel()]
    attributes = {**defaults, **given}
    if attributes.get("axes") is not None:
        attributes = {name: value for name, value in attributes.items() if name != "noop_with_empty_axes"}
    if attributes.get("num_outputs") == len(node.outputs):
        attributes["num_outputs"] = None
    operator = node.operator
    if operator in ("Softmax", "LogSoftmax") and opset < _SOFTMAX_ALONG_ONE:
        operator, attributes["axis"] = f"{operator} of old", given.get("axis", 1)
    return Node(operator, node.name, inputs, node.outputs, attributes, node.place, node.domain)


def _constant(value: Any, name: str, constants: dict[str, Array]) -> str:
    constants[name] = np.asarray(value)
    return name
