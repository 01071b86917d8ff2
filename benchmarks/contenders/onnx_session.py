"""ONNX Runtime, which predicts with a graph made of the given weights."""

from __future__ import annotations

import os
from typing import Any

import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from benchmarks.contenders.base import Trained
from benchmarks.workloads import Workload

OPSET, FILE_FORMAT = 17, 8  # what every version since 1.14 reads
OPERATORS = {"tanh": "Tanh", "relu": "Relu", "sigmoid": "Sigmoid", "softmax": "Softmax"}


def graph(work: Workload, weights: list[Any]) -> Any:
    """Return the network as an ONNX model: matrix product, bias and activation of each layer."""
    nodes, value = [], "x"
    for i, activation in enumerate(work.activations):
        nodes.append(helper.make_node("Gemm", [value, f"w{2 * i}", f"w{2 * i + 1}"], [f"z{i}"]))
        value = f"z{i}"
        if activation in OPERATORS:
            nodes.append(helper.make_node(OPERATORS[activation], [value], [f"y{i}"]))
            value = f"y{i}"
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", n])
        for name, n in (("x", work.sizes[0]), (value, work.sizes[-1]))
    ]
    constants = [numpy_helper.from_array(w, f"w{i}") for i, w in enumerate(weights)]
    net = helper.make_graph(nodes, "network", ends[:1], ends[1:], constants)
    return helper.make_model(net, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=FILE_FORMAT)


class Session(Trained):
    """An inference session."""

    def __init__(self, work: Workload, weights: list[Any]) -> None:
        super().__init__(work, weights)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(os.environ["OMP_NUM_THREADS"])
        model = graph(work, weights).SerializeToString()
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.call = lambda x: session.run(None, {"x": x})[0]
