"""ONNX files come back: what was written here as it was, as far as a graph tells it."""

import numpy as np
import pytest
from files.onnx_subjects import NETWORKS, activation_cases, network_of, rows_for
from files.test_onnx_writing import predict, run
from onnx import TensorProto, helper, numpy_helper

import mlp
from mlp import Network
from mlp.files.description import build
from mlp.files.onnx import read, write
from mlp.layers import Dense, Rescaling

DTYPES = ("float32", "float64")

#: What a graph does not tell: which networks were nested, and which of several layers computes the same.
OTHERWISE = {
    "only idle layers": ["Identity"],
    "ReLU": ["Rescaling", "Activation"],
    "LeakyReLU": ["Rescaling", "Activation"],
    "ELU": ["Rescaling", "Activation"],
    "softmax of matrices": ["Rescaling", "Softmax"],
    "normalization, inverse": ["Rescaling", "Rescaling"],
    "discretization, one hot": ["Rescaling", "Discretization", "CategoryEncoding"],
    "discretization, count": ["Rescaling", "Discretization", "CategoryEncoding"],
    "discretization, multi hot": ["Rescaling", "Discretization", "CategoryEncoding"],
    "residual": ["InputLayer", "Rescaling", "Dense", "Add"],
    "nested": ["Rescaling", "Dense", "Dense", "Dense"],
    "add three, stretched": ["InputLayer"] * 3 + ["Reshape", "Add"],
    "multiply": ["InputLayer"] * 3 + ["Reshape"] * 2 + ["Multiply"] * 2,
    "average": ["InputLayer"] * 3 + ["Add", "Rescaling"],
    "dot": ["InputLayer"] * 2 + ["Reshape"] * 2 + ["Dot", "Flatten"],
    "dot, cosine of matrices": ["InputLayer"] * 2 + ["Permute"] * 2 + ["Dot"],
    "shared, nested, several": ["InputLayer"] * 2 + ["Dense"] * 2 + ["Add"] * 2 + ["Concatenate", "Dense"] + ["Add"] * 3,
}  # fmt: skip


def classes(net):
    return [type(layer).__name__ for layer in net.layers]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_written_is_read(name, dtype):
    net = network_of(NETWORKS[name], dtype)
    back = build(read(write(net)))
    assert back.dtype == net.dtype
    assert classes(back) == OTHERWISE.get(name, classes(net))
    x = rows_for(net)
    for a, b in zip(predict(back, x), predict(net, x), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=4 * np.finfo(dtype).eps * max(1, np.abs(b).max()))


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_activation_is_found_in_its_operators(dtype):
    for name, activation in activation_cases():
        net = Network([Dense(4, activation, input_dim=3), Rescaling(2.0)], dtype=dtype)
        back = build(read(write(net)))
        assert classes(back) == classes(net), name
        assert repr(back.layers[0].activation) == repr(activation), name
        np.testing.assert_array_equal(back.parameters, net.parameters)


def test_a_file_is_loaded_by_its_content(tmp_path):
    net = network_of(NETWORKS["dense"], "float32")
    net.save(tmp_path / "model.onnx")
    (tmp_path / "model.onnx").rename(tmp_path / "model")
    np.testing.assert_array_equal(mlp.load(tmp_path / "model").parameters, net.parameters)


def test_names_of_layers_and_weights_come_back():
    net = network_of(NETWORKS["shared, nested, several"])
    description = read(write(net))
    assert {"score/kernel", "score/bias", "dense/kernel"} <= set(description.weight_names)
    assert [layer.name for layer in build(description).layers[:2]] == ["left", "right"]
    assert description.origin == f"ONNX of mlp {mlp.__version__}"


def graph(nodes, shape, opset=17, **constants):
    """A model of nodes ``(operator, inputs, output, attributes)`` from x to y."""
    made = [
        helper.make_node(operator, takes.split(), [makes], **more) for operator, takes, makes, more in nodes
    ]
    weights = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    x, y = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, s)
        for name, s in (("x", ["n", *shape]), ("y", None))
    )
    model = helper.make_model(
        helper.make_graph(made, "g", [x], [y], weights),
        opset_imports=[helper.make_opsetid("", opset)],
        ir_version=8,
    )
    return model.SerializeToString()


HALF, ROOT, ONE = np.float32(0.5), np.float32(2**0.5), np.float32(1)
W = np.array([[1, 2, 0], [0, 1, -1]], np.float32)

#: Graphs as others write them, and the layers that they are.
OTHERS = {
    "gelu by a quotient": (
        [("Div", "x r", "a", {}), ("Erf", "a", "b", {}), ("Add", "b one", "c", {}), ("Mul", "x c", "d", {}), ("Mul", "d h", "y", {})],
        (2,), {"r": ROOT, "one": ONE, "h": HALF}, ["Activation(Gelu())"],
    ),
    "swish of a product": (
        [("Mul", "x w", "a", {}), ("Sigmoid", "a", "b", {}), ("Mul", "b a", "y", {})],
        (2,), {"w": W[0, :2]}, ["Rescaling", "Activation(Silu())"],
    ),
    "relu as a maximum": ([("Max", "zero x", "y", {})], (2,), {"zero": np.float32(0)}, ["Activation(Relu())"]),
    "relu6 in two steps": (
        [("Relu", "x", "a", {}), ("Min", "a six", "y", {})], (2,), {"six": np.float32(6)}, ["Activation(Relu6())"],
    ),
    "any bounds": ([("Clip", "x low high", "y", {})], (2,), {"low": -HALF, "high": HALF + 1}, ["Rescaling", "ReLU(Relu(max_value=2.0))", "Rescaling"]),
    "bound from above": ([("Min", "x h", "y", {})], (2,), {"h": HALF}, ["Rescaling", "Activation(Relu())", "Rescaling"]),
    "steps of comparisons": ([("LessOrEqual", "x zero", "a", {}), ("Where", "a zero one", "y", {})], (2,), {"zero": np.float32(0), "one": ONE}, ["Activation(Step())"]),
    "vectors as rows": (
        [("Reshape", "x flat", "a", {}), ("MatMul", "a w", "b", {}), ("Reshape", "b full", "c", {}), ("Add", "c bias", "y", {})],
        (4, 2), {"flat": [-1, 2], "full": [-1, 4, 3], "w": W, "bias": W[0]}, ["Dense(Linear())"],
    ),
    "shape computed from the rows": (
        [("Shape", "x", "s", {}), ("Gather", "s zero", "a", {"axis": 0}), ("Unsqueeze", "a axis", "b", {}),
         ("Concat", "b rest", "c", {"axis": 0}), ("Reshape", "x c", "d", {}), ("MatMul", "d w", "y", {})],
        (1, 2), {"zero": np.int64(0), "axis": [0], "rest": [-1], "w": W}, ["Flatten", "Dense(Linear())"],
    ),
    "weights turned by nodes": ([("Transpose", "w", "v", {"perm": [1, 0]}), ("MatMul", "x v", "y", {})], (3,), {"w": W}, ["Dense(Linear())"]),
    "variance by powers": (
        [("ReduceMean", "x", "m", {"axes": [-1]}), ("Sub", "x m", "d", {}), ("Pow", "d two", "p", {}), ("ReduceMean", "p", "v", {"axes": [-1]}),
         ("Add", "v eps", "e", {}), ("Sqrt", "e", "r", {}), ("Div", "d r", "z", {}), ("Mul", "z gamma", "g", {}), ("Add", "g beta", "y", {})],
        (2,), {"two": np.float32(2), "eps": np.float32(1e-3), "gamma": W[0, :2], "beta": W[1, :2]}, ["LayerNormalization"],
    ),
    "a value that two take": (
        [("MatMul", "x w", "a", {}), ("Add", "a bias", "b", {}), ("Relu", "b", "c", {}), ("Sum", "a b c", "y", {})],
        (2,), {"w": W, "bias": W[0]}, ["InputLayer", "Dense(Linear())", "Rescaling", "Activation(Relu())", "Add"],
    ),
    "a product that two take": (
        [("MatMul", "x w", "a", {}), ("Relu", "a", "b", {}), ("Add", "a b", "y", {})],
        (2,), {"w": W}, ["InputLayer", "Dense(Linear())", "Activation(Relu())", "Add"],
    ),
    "length of rows, stretched": (
        [("ReduceL2", "x", "a", {"axes": [1]}), ("Clip", "a low", "b", {}), ("Shape", "x", "s", {}), ("Expand", "b s", "c", {}), ("Div", "x c", "y", {})],
        (2,), {"low": np.float32(1e-12)}, ["UnitNormalization"],
    ),
    "a value by itself": ([("Mul", "x x", "y", {})], (2,), {}, ["InputLayer", "Multiply"]),
}  # fmt: skip


@pytest.mark.parametrize(("nodes", "shape", "constants", "expected"), OTHERS.values(), ids=OTHERS)
def test_expressions_are_found_as_others_write_them(nodes, shape, constants, expected):
    data = graph(nodes, shape, **constants)
    net = build(read(data))
    found = [
        f"{type(layer).__name__}({layer.activation!r})"
        if hasattr(layer, "activation")
        else type(layer).__name__
        for layer in net.layers
    ]
    assert found == expected
    x = np.random.default_rng(0).normal(size=(5, *shape)).astype(np.float32)
    np.testing.assert_allclose(net(x), run(data, [x])[0], rtol=0, atol=2e-6)


def test_softmax_of_old_runs_along_all_axes_behind():
    net = build(read(graph([("Softmax", "x", "y", {})], (4, 3), opset=12)))
    np.testing.assert_allclose(net(np.ones((2, 4, 3))).sum(axis=(1, 2)), 1.0, rtol=1e-6)
