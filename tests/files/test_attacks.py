"""Files of strangers of every format, made to fill the memory, to keep the reader busy, or to write to the terminal."""

import io
import itertools
import json
import struct
import time
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest
from files.test_hostile_npz import packed, page_and_arrays

import mlp
from mlp import Network
from mlp.cli import main
from mlp.errors import ArgumentError, ModelFileError, UnsafeModelError
from mlp.files import format_for
from mlp.files import page as pages
from mlp.files.description import describe
from mlp.layers import Dense

MEBI = 2**20

#: Red, a new title of the window, back to the beginning of the line, from right to left, and one more line.
ESCAPES = "\x1b[31m\x1b]0;title\x07\r\u202e\x9b\nSafe: very"


def with_page(change):
    text, arrays = page_and_arrays()
    page = json.loads(text)
    change(page)
    return packed(json.dumps(page), arrays)


def with_layer(**arguments):
    return with_page(lambda page: page["architecture"]["layers"][0]["config"].update(arguments))


def with_metrics(metrics):
    return with_page(lambda page: page["compiled"].update(metrics=metrics))


def with_members(count):
    """An archive whose list names many members, the last one twice."""
    names = [b"%d.npy" % i for i in range(count - 1)]
    listed = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0)
        + name
        for name in [*names, names[-1]]
    )
    begin = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 0, 0, 5, 0) + b"0.npy"
    return (
        begin
        + listed
        + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(listed), len(begin), 0)
    )


def with_keys(count):
    """A page of many keys, the last one twice."""
    text, arrays = page_and_arrays()
    keys = ",".join(f'"{i}":1' for i in range(count - 1))
    return packed(f'{text[:-1]}, "x": {{{keys}, "{count - 2}": 1}}}}', arrays)


#: What would keep a reader busy, or its memory, if it did as it is told.
BUSY = {
    "an archive of 10,000 members": lambda: with_members(10_000),
    "an archive of 60,000 members": lambda: with_members(60_000),
    "a page of 30,000 keys": lambda: with_keys(30_000),
    "20,000 layers": lambda: with_page(lambda page: page["architecture"].update(layers=[{"class_name": "ReLU"}] * 20_000)),
    "10,000 metrics": lambda: with_metrics(["mse"] * 10_000),
    "a name of a layer that goes on": lambda: with_page(lambda page: page["architecture"]["layers"][0].update(class_name="x" * 10**6)),
    "an argument that goes on": lambda: with_layer(**{"x" * 10**6: 1}),
    "a list for a number": lambda: with_layer(units=[1] * 10**5),
}  # fmt: skip


@pytest.mark.parametrize("name", BUSY)
def test_what_would_take_long_is_refused_at_once(name, tmp_path):
    path = tmp_path / "a.npz"
    path.write_bytes(BUSY[name]())
    start = time.perf_counter()
    with pytest.raises(ModelFileError) as caught:
        mlp.load(path)
    assert time.perf_counter() - start < 1.5
    assert len(str(caught.value)) < 3000
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError):
            mlp.load(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * path.stat().st_size + 16 * MEBI


def with_narrow_weights():
    """Weights of one byte each in a network of eight."""
    net = Network([Dense(2000, input_dim=1000, use_bias=False)])
    page = pages.page_of(describe(net))
    arrays = {"weight_0": np.zeros((1000, 2000), np.uint8)}
    return packed(pages.text_of(page, arrays), arrays)


def with_zeros(suffix, rows):
    """A network of nothing but zeros, packed small."""
    net = Network([Dense(1000, input_dim=rows, kernel_initializer="zeros")], dtype="float32")
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(format_for(f"a{suffix}").write(net))) as whole,
        zipfile.ZipFile(file, "w", 8) as small,
    ):
        for name in whole.namelist():
            small.writestr(name, whole.read(name))
    return file.getvalue()


AMPLE = {
    "weights of one byte": with_narrow_weights,
    "an .npz of zeros": lambda: with_zeros(".npz", 4000),
    "a .keras of zeros": lambda: with_zeros(".keras", 4000),
}


@pytest.mark.parametrize("name", AMPLE)
def test_small_files_do_not_become_large_networks(name, tmp_path):
    """Whether they are below all limits: a network takes its weights again, and a gradient."""
    path = tmp_path / "a"
    path.write_bytes(AMPLE[name]())
    tracemalloc.start()
    try:
        with pytest.raises(UnsafeModelError):
            mlp.load(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * path.stat().st_size + 16 * MEBI


@pytest.mark.parametrize("suffix", [".npz", ".keras"])
def test_what_is_packed_and_still_read_takes_no_more_memory_than_allowed(suffix, tmp_path):
    path = tmp_path / "a"
    path.write_bytes(with_zeros(suffix, 480))
    mlp.load(path)
    tracemalloc.start()
    try:
        mlp.load(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * path.stat().st_size + 16 * MEBI
    assert mlp.load(path, max_bytes=2**27).count_params() == 481_000


def graph_of_nodes(count):
    from onnx import helper

    names = ["x", *(f"v{i}" for i in range(count))]
    nodes = [helper.make_node("Relu", [a], [b]) for a, b in itertools.pairwise(names)]
    ends = [helper.make_tensor_value_info(name, 1, [None, 2]) for name in (names[0], names[-1])]
    return helper.make_model(
        helper.make_graph(nodes, "g", ends[:1], ends[1:]), ir_version=8
    ).SerializeToString()


def graph_of_inputs(count):
    from onnx import helper

    ends = [helper.make_tensor_value_info(f"x{i}", 1, [None, 2]) for i in range(count)]
    weights = [helper.make_tensor(f"w{i}", 1, [1], [0.0]) for i in range(count)]
    node = helper.make_node("Unknown", ["x0"], ["y"])
    end = helper.make_tensor_value_info("y", 1, [None, 2])
    graph = helper.make_graph([node], "g", ends, [end], weights)
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, ir_version=8, opset_imports=opset).SerializeToString()


GRAPHS = {"20,000 nodes": lambda: graph_of_nodes(20_000), "10,000 inputs": lambda: graph_of_inputs(10_000)}


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_that_would_take_long_is_refused_at_once(name, tmp_path):
    path = tmp_path / "a.onnx"
    path.write_bytes(GRAPHS[name]())
    start = time.perf_counter()
    with pytest.raises(ModelFileError):
        mlp.load(path)
    assert time.perf_counter() - start < 1.5


METRICS = {
    "AUC": {},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
}


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_with_many_thresholds_takes_no_memory_before_it_is_used(name, tmp_path):
    path = tmp_path / "a.npz"
    config = {**METRICS[name], "num_thresholds": 3_000_000}
    path.write_bytes(with_metrics([{"class_name": name, "config": config}]))
    tracemalloc.start()
    try:
        mlp.load(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 * MEBI


#: Places in a file whose text is shown to people.
SHOWN = {
    "a layer's name": lambda: with_layer(name=ESCAPES),
    "a layer's class": lambda: with_page(lambda page: page["architecture"]["layers"][0].update(class_name=ESCAPES)),
    "an argument": lambda: with_layer(**{ESCAPES: 1}),
    "weights' names": lambda: with_page(lambda page: page.update(weight_names=[f"{ESCAPES}{i}" for i in range(4)])),
    "an optimizer": lambda: with_page(lambda page: page["compiled"].update(optimizer=ESCAPES)),
    "the class of an optimizer": lambda: with_page(lambda page: page["compiled"]["optimizer"].update(class_name=ESCAPES)),
    "its argument": lambda: with_page(lambda page: page["compiled"]["optimizer"]["config"].update({ESCAPES: 1})),
    "steps": lambda: with_page(lambda page: page["optimizer_state"].update(iterations=ESCAPES)),
    "a setting": lambda: with_page(lambda page: page["compiled"].update({ESCAPES: 1})),
    "metadata": lambda: with_page(lambda page: page["metadata"].update({ESCAPES: ESCAPES})),
    "a long name": lambda: with_layer(name="x" * 100_000),
    "long names of weights": lambda: with_page(lambda page: page.update(weight_names=["x" * 100_000] * 4)),
}  # fmt: skip


@pytest.mark.parametrize("name", SHOWN)
def test_no_text_in_a_file_reaches_the_terminal_as_a_command(name, tmp_path, capsys):
    path, other = tmp_path / "a.npz", tmp_path / "b.npz"
    path.write_bytes(SHOWN[name]())
    Network([Dense(3, input_dim=2), Dense(1)]).save(other)
    for command in (
        ["inspect", path], ["summary", path], ["diff", path, other], ["diff", other, path],
        ["convert", path, tmp_path / "c.npz"],
    ):  # fmt: skip
        main([str(part) for part in command])
        shown = "".join(capsys.readouterr())
        assert all(sign.isprintable() or sign == "\n" for sign in shown), command
        assert len(shown) < 5000 or command[0] == "summary"
        assert "\nSafe: very" not in shown or command[0] == "summary"


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_what_can_be_no_path_is_a_wrong_argument(name):
    net = Network([Dense(3, input_dim=2)])
    for use in (mlp.load, net.load_weights, net.save):
        with pytest.raises(ArgumentError, match="filepath"):
            use(f"{name}.npz")
    assert main(["inspect", f"{name}.npz"]) == 2


def test_no_message_of_an_error_holds_a_command(tmp_path):
    path = tmp_path / "a.npz"
    path.write_bytes(with_page(lambda page: page.update(weight_names=[ESCAPES] * 4)))
    net = Network([Dense(4, input_dim=2)])
    with pytest.raises(ModelFileError) as caught:
        net.load_weights(path)
    path.write_bytes(with_weight_of_nan(ESCAPES))
    with pytest.raises(ModelFileError, match="holds NaN") as named:
        mlp.load(path)
    assert not {"\x1b", "\x07", "\r", "\x9b", "\u202e"} & {*str(caught.value), *str(named.value)}


def with_weight_of_nan(name):
    """A file whose first weight, of this name, is no number."""
    text, arrays = page_and_arrays()
    page = json.loads(text)
    array = arrays["weight_0"] * np.nan
    page["weight_names"] = [f"{name}{i}" for i in range(4)]
    page["checksums"]["weight_0"] = zlib.crc32(
        array.tobytes(), zlib.crc32(f"{array.dtype.str}{array.shape}".encode())
    )
    return packed(json.dumps(page), {**arrays, "weight_0": array})


@pytest.mark.parametrize("dtype", ["u1", "?", "c16", "f2"])
def test_an_optimizer_whose_vectors_are_of_another_type_is_refused_before_it_trains(dtype, tmp_path):
    net = Network([Dense(3, input_dim=2)])
    net.compile("adam", "mse")
    net.fit(np.zeros((4, 2)), np.zeros((4, 3)), epochs=1, verbose=0)
    description = describe(net)
    slots = description.optimizer_state["slots"]
    slots.update({name: slot.astype(dtype) for name, slot in slots.items()})
    page, arrays = pages.page_of(description), pages.arrays_of(description)
    (tmp_path / "a.npz").write_bytes(packed(pages.text_of(page, arrays), arrays))
    with pytest.raises(ModelFileError, match="of the optimizer is of type"):
        mlp.load(tmp_path / "a.npz")


def test_an_optimizer_whose_vectors_hold_nan_is_refused_before_it_trains(tmp_path):
    net = Network([Dense(3, input_dim=2)])
    net.compile("adam", "mse")
    net.fit(np.zeros((4, 2)), np.zeros((4, 3)), epochs=1, verbose=0)
    description = describe(net)
    description.optimizer_state["slots"]["velocity"][1] = np.nan
    page, arrays = pages.page_of(description), pages.arrays_of(description)
    (tmp_path / "a.npz").write_bytes(packed(pages.text_of(page, arrays), arrays))
    with pytest.raises(ModelFileError, match="velocity holds NaN"):
        mlp.load(tmp_path / "a.npz")
