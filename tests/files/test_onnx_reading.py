"""ONNX files come back: what was written here as it was, as far as a graph tells it."""

import numpy as np
import pytest
from files.onnx_subjects import NETWORKS, activation_cases, network_of, rows_for
from files.test_onnx_writing import predict

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
    "dot, cosine of matrices": ["InputLayer"] * 2 + ["Permute", "Dot"],
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
