"""ONNX files that are damaged, or want more than to be read: refused by name, and nothing has happened."""

import numpy as np
import onnx
import pytest
from files.onnx_subjects import NETWORKS, network_of
from onnx import TensorProto, helper, numpy_helper

import mlp
from mlp import Network
from mlp.errors import ModelFileError, UnsafeModelError
from mlp.files.description import build
from mlp.files.onnx import matching, read, recognises, write
from mlp.layers import BatchNormalization, Dense

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
KERNEL = np.arange(6, dtype=np.float32).reshape(2, 3)


def model(nodes, constants=(), shape=("n", 2), opset=17, **more):
    """A model from x to y."""
    graph = helper.make_graph(
        nodes,
        "attack",
        [helper.make_tensor_value_info("x", FLOAT, shape)],
        [helper.make_tensor_value_info("y", FLOAT, None)],
        [c if isinstance(c, TensorProto) else numpy_helper.from_array(c[1], c[0]) for c in constants],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8, **more)


def node(operator, *inputs, **attributes):
    return helper.make_node(operator, inputs, ["y"], "here", **attributes)


def dense(tensor=None, **more):
    return model([node("MatMul", "x", "kernel")], [tensor or ("kernel", KERNEL)], **more)


def tensor(**fields):
    made = numpy_helper.from_array(KERNEL, "kernel")
    for name, value in fields.items():
        if isinstance(value, list):
            made.ClearField(name)
            getattr(made, name).extend(value)
        else:
            setattr(made, name, value)
    return made


def elsewhere(path):
    made = tensor(data_location=TensorProto.EXTERNAL)
    made.ClearField("raw_data")
    entry = made.external_data.add()
    entry.key, entry.value = "location", str(path)
    return made


def changed(change):
    made = dense()
    change(made)
    return made


def branch():
    body = helper.make_graph([], "body", [], [])
    return model([helper.make_node("If", ["x"], ["y"], "here", then_branch=body, else_branch=body)])


def bomb(operator, *sizes):
    shape = ("shape", np.array(sizes, np.int64))
    first = [shape] if operator == "ConstantOfShape" else [("one", np.ones((1, 1), np.float32)), shape]
    made = helper.make_node(operator, [name for name, _ in first], ["many"], "bomb")
    return model([made, node("MatMul", "x", "many")], first)


def doubling(times):
    """Constants that grow twofold with each node."""
    nodes = [
        helper.make_node("Concat", [f"c{i}"] * 2, [f"c{i + 1}"], f"bomb{i}", axis=0) for i in range(times)
    ]
    return model([*nodes, node("MatMul", "x", f"c{times}")], [("c0", np.ones((2, 4), np.float32))])


def tower(times):
    """Products of products: 2 ** times factors if they were multiplied out."""
    nodes = [helper.make_node("Mul", [f"v{i}", f"v{i}"], [f"v{i + 1}"]) for i in range(times)]
    return model([helper.make_node("Sigmoid", ["x"], ["v0"]), *nodes, node("Sigmoid", f"v{times}")])


def two(operator, *inputs, **attributes):
    return model(
        [helper.make_node("Relu", ["x"], ["h"]), node(operator, *inputs, **attributes)], [("kernel", KERNEL)]
    )


REFUSED = {
    "an operator that no layer is": (lambda: model([node("Sin", "x")]), r"node 0 'here' \(Sin\)"),
    "somebody's own domain": (lambda: model([node("Relu", "x", domain="evil")]), "'evil'"),
    "control flow": (branch, "graph of its own"),
    "functions": (
        lambda: changed(lambda m: m.functions.add()),
        "functions",
    ),
    "a sparse tensor": (lambda: changed(lambda m: m.graph.sparse_initializer.add()), "sparse"),
    "a newer format": (lambda: changed(lambda m: setattr(m, "ir_version", 99)), "version 99"),
    "newer operators": (lambda: dense(opset=99), "version 99"),
    "no version of operators": (lambda: changed(lambda m: m.ClearField("opset_import")), "version 0"),
    "more numbers than there are": (lambda: dense(tensor(dims=[2, 2**40])), "kernel"),
    "fewer numbers than there are": (lambda: dense(tensor(dims=[2, 2])), "kernel"),
    "a negative size": (lambda: dense(tensor(dims=[-2, -3])), "kernel"),
    "a type that is none": (lambda: dense(tensor(data_type=77)), "type 77"),
    "text for weights": (lambda: dense(helper.make_tensor("kernel", TensorProto.STRING, [1], [b"a"])), "input 1"),
    "a constant twice": (lambda: model([node("Relu", "x")], [("c", KERNEL), ("c", KERNEL)]), "one name"),
    "a value made twice": (lambda: model([node("Relu", "x"), node("Tanh", "x")]), "there already"),
    "a circle": (
        lambda: model([helper.make_node("Relu", ["z"], ["w"]), helper.make_node("Relu", ["w"], ["z"]), node("Relu", "z")]),
        "not made before",
    ),
    "a value that nobody makes": (lambda: model([node("Relu", "ghost")]), "ghost"),
    "an output that nobody makes": (lambda: changed(lambda m: setattr(m.graph.output[0], "name", "ghost")), "ghost"),
    "rows of unknown size": (lambda: dense(shape=("n", "m")), "all sizes but n"),
    "a kernel that does not fit": (lambda: dense(shape=("n", 7)), r"\(2, 3\)"),
    "rows that are mixed": (lambda: model([node("Transpose", "x", perm=[1, 0])]), "must stay"),
    "an attribute that is not known": (lambda: model([node("Relu", "x", turbo=1)]), "turbo"),
    "shapes that do not fit": (lambda: two("Concat", "h", "x", axis=0), "below another"),
    "a division by a value": (lambda: two("Div", "h", "x"), "divides"),
    "no number of inputs": (lambda: two("Sub", "h"), "takes 2 inputs"),
    "NaN": (lambda: dense(("kernel", KERNEL * np.nan)), "finite"),
}  # fmt: skip

UNSAFE = {
    "ConstantOfShape": lambda: bomb("ConstantOfShape", 2, 10**9),
    "Expand": lambda: bomb("Expand", 10**5, 10**5),
    "many times twice": lambda: doubling(40),
}


@pytest.mark.parametrize(("make", "what"), REFUSED.values(), ids=REFUSED)
def test_damaged_and_unknown_graphs_are_refused_by_name(make, what):
    data = make().SerializeToString()
    with pytest.raises(ModelFileError, match=what):
        build(read(data))


def test_products_of_products_are_not_multiplied_out(monkeypatch):
    data = tower(60).SerializeToString()
    assert [layer.name.partition("_")[0] for layer in build(read(data)).layers[1:4]] == [
        "activation",
        "multiply",
        "multiply",
    ]
    monkeypatch.setattr(matching, "MOST_STEPS", 0)
    monkeypatch.setattr(matching, "STEPS_A_NODE", 10)
    with pytest.raises(ModelFileError, match="too intricate"):
        read(data)


@pytest.mark.parametrize("make", UNSAFE.values(), ids=UNSAFE)
def test_bombs_are_refused_before_there_is_memory_for_them(make):
    with pytest.raises(UnsafeModelError, match="bomb"):
        read(make().SerializeToString())


@pytest.mark.parametrize("where", ["initializer", "attribute"])
def test_no_other_file_is_opened(where, tmp_path, monkeypatch):
    other = tmp_path / "weights"
    other.write_bytes(KERNEL.tobytes())
    if where == "initializer":
        made = dense(elsewhere(other))
    else:
        made = model(
            [
                helper.make_node("Constant", [], ["kernel"], value=elsewhere(other)),
                node("MatMul", "x", "kernel"),
            ]
        )
    (tmp_path / "model.onnx").write_bytes(made.SerializeToString())
    other.chmod(0)
    opened, real_open = [], open
    monkeypatch.setattr(
        "builtins.open", lambda *args, **kwargs: opened.append(args[0]) or real_open(*args, **kwargs)
    )
    with pytest.raises(UnsafeModelError, match="in another file"):
        mlp.load(tmp_path / "model.onnx")
    assert opened == [tmp_path / "model.onnx"]


def test_truncated_and_flipped_files_are_refused_or_the_same():
    net = Network([Dense(1, "relu", input_dim=1), BatchNormalization()], rng=0, dtype="float32")
    data = write(net)
    kept = net.get_weights()
    expected = build(read(data)).get_config()
    bad = [data[:end] for end in range(len(data))]
    for place in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[place] ^= 1 << bit
            bad.append(bytes(flipped))
    survived = 0
    for one in bad:
        try:
            back = build(read(one))
        except ModelFileError:
            continue
        survived += 1
        assert back.get_config() == expected
        assert all(np.array_equal(a, b) for a, b in zip(back.get_weights(), kept, strict=True))
    # What is not part of the graph: the name of the checksum.
    assert 0 < survived < 100


def test_a_changed_graph_says_how_to_read_it_all_the_same():
    made = onnx.load_from_string(write(network_of(NETWORKS["dense"])))
    made.graph.node[0].name = "other"
    with pytest.raises(ModelFileError, match=r"remove the metadata 'mlp\.crc32'"):
        read(made.SerializeToString())
    del made.metadata_props[:]
    build(read(made.SerializeToString()))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x08",
        b"PK\x03\x04",
        b"\x89HDF\r\n",
        b"\x08\x01\0\0\0\0\0\0{}",
        b"import numpy",
        b"\x80\x04",
        b"\x08text",
    ],
)
def test_other_formats_are_not_taken_for_onnx(data):
    assert not recognises(data)


@pytest.mark.parametrize(
    "kind", ["int32_data", "float_data", "double_data", "uint64_data", "half", "bfloat16"]
)
def test_numbers_are_read_from_every_field(kind):
    values = [0.0, 1.0, -2.0, 3.0, 0.5, 6.0] if "uint" not in kind else [0, 1, 2, 3, 4, 5]
    types = {"int32_data": TensorProto.INT8, "float_data": FLOAT, "double_data": TensorProto.DOUBLE,
             "uint64_data": TensorProto.UINT32, "half": TensorProto.FLOAT16, "bfloat16": TensorProto.BFLOAT16}  # fmt: skip
    if kind == "int32_data":
        values = [int(2 * value) for value in values]
    made = helper.make_tensor("kernel", types[kind], [2, 3], values)
    net = build(read(dense(made).SerializeToString()))
    np.testing.assert_array_equal(net.layers[0].kernel.ravel(), values)
