"""Files of tensors: ours keep all that an archive of NumPy keeps, PyTorch's weights find their layers, and odd headers are refused."""

import json
import struct
import subprocess
import sys
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest

import mlp
from mlp import Network, optimizers
from mlp.errors import ArgumentError, MissingExtraError, ModelFileError, UnsafeModelError
from mlp.files import safetensors as form
from mlp.files import tensors as container
from mlp.layers import (
    AlphaDropout,
    BatchNormalization,
    Dense,
    Dropout,
    LayerNormalization,
    Normalization,
    PReLU,
    Residual,
    RMSNormalization,
)

packages = pytest.importorskip("safetensors")
numpy_form = pytest.importorskip("safetensors.numpy")

RNG = np.random.default_rng(9)
X = RNG.normal(size=(20, 4))
Y = np.tanh(X[:, :1] - X[:, 1:2])


def same(a, b):
    assert len(a) == len(b)
    for one, other in zip(a, b, strict=True):
        np.testing.assert_array_equal(one, other)


def compiled(*layers, optimizer="adam", dtype="float64"):
    net = Network(list(layers), dtype=dtype, rng=0)
    net.compile(optimizer, "mse", metrics=["mae"])
    return net


def adapted():
    scale = Normalization()
    scale.adapt(3 * X + 1)
    return compiled(scale, Dense(1))


def labelled():
    net = compiled(Dense(1, input_dim=4))
    net.metadata = {"classes": ["a", "ä", "\N{SNOWMAN}"], "none": None, "n": 0.1}
    return net


MODELS = {
    "adam": lambda: compiled(Dense(3, activation="tanh", input_dim=4), Dense(1)),
    "float32": lambda: compiled(Dense(3, activation="selu", input_dim=4), Dense(1), dtype="float32"),
    "momentum": lambda: compiled(Dense(1, input_dim=4), optimizer=optimizers.SGD(0.01, momentum=0.9)),
    "dropout": lambda: compiled(Dropout(0.5, input_dim=4), Dense(3), AlphaDropout(0.2, seed=3), Dense(1)),
    "batches": lambda: compiled(Dense(3, input_dim=4), BatchNormalization(), PReLU(), Dense(1), dtype="float32"),
    "nested": lambda: compiled(Network([Dense(4, input_dim=4), Dense(4)]), Residual(Dense(4)), Dense(1)),
    "one name twice": lambda: compiled(Network([Dense(4, input_dim=4, name="a/b")], name="c"), Network([Network([Dense(1, name="b", input_dim=4)], name="a")], name="c_1")),
    "normalization": adapted,
    "metadata": labelled,
    "names that cannot be printed": lambda: compiled(Dense(1, input_dim=4, name="a\n\x00\ud800")),
    "a layer named optimizer": lambda: compiled(Dense(1, input_dim=4, name="optimizer")),
}  # fmt: skip


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("before", [0, 2], ids=["fresh", "trained"])
def test_a_loaded_network_predicts_and_goes_on_with_the_same_bits(model, before, tmp_path):
    net, path = model(), tmp_path / "model.safetensors"
    if before:
        net.fit(X, Y, epochs=before, batch_size=6, verbose=0)
    net.save(path)
    twin = mlp.load(path)
    same(twin.get_weights(), net.get_weights())
    same([twin.predict(X)], [net.predict(X)])
    histories = [each.fit(X, Y, epochs=2, batch_size=6, verbose=0).history for each in (net, twin)]
    same(twin.get_weights(), net.get_weights())
    assert histories[0] == histories[1]
    assert twin.parameters.dtype == net.parameters.dtype
    assert twin.get_config() == net.get_config()
    assert twin.metadata == net.metadata


def test_other_programs_read_the_tensors_by_layer_and_weight(tmp_path):
    net, path = MODELS["nested"](), tmp_path / "model.safetensors"
    net.fit(X, Y, verbose=0)
    net.save(path)
    tensors = numpy_form.load(path.read_bytes())
    inside = [f"network/{name}" for name in ("dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias")]
    names = [*inside, "residual/dense/kernel", "residual/dense/bias", "dense/kernel", "dense/bias"]
    assert set(tensors) == {*names, "optimizer/momentum", "optimizer/velocity"}
    same([tensors[name] for name in names], net.get_weights())
    assert mlp.files.describe(path).weight_names == names


def test_the_same_network_gives_the_same_bytes_in_every_process():
    program = (
        "import zlib; from mlp import Network; from mlp.layers import Dense; from mlp.files import safetensors\n"
        "net = Network([Dense(3, input_dim=2), Dense(1)], rng=1); net.compile('adam', 'mse')\n"
        "found = zlib.crc32(safetensors.write(net))"
    )
    here: dict[str, int] = {}
    exec(program, here)  # noqa: S102 - written above
    there = subprocess.check_output(
        [sys.executable, "-c", f"{program}\nprint(found)"], cwd=Path(mlp.__file__).parents[1]
    )
    assert int(there) == here["found"]


def test_weights_alone_come_back(tmp_path):
    net, twin, path = MODELS["nested"](), MODELS["nested"](), tmp_path / "a.safetensors"
    net.fit(X, Y, verbose=0)
    net.save_weights(path)
    twin.load_weights(path)
    same(twin.get_weights(), net.get_weights())
    net.save(path)
    twin.set_weights([0 * w for w in twin.get_weights()])
    twin.load_weights(path)  # a whole model holds weights too
    same(twin.get_weights(), net.get_weights())
    net.save_weights(path)
    with pytest.raises(ModelFileError, match="weights alone"):
        mlp.load(path)


def test_complex_numbers_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ArgumentError, match=r"dense/kernel.*complex128"):
        Network([Dense(1, input_dim=1)]).astype("complex128").save(tmp_path / "a.safetensors")
    assert not list(tmp_path.iterdir())


# --- Damage -------------------------------------------------------------------------------------------------


def small():
    """A small model, trained, with an optimizer's state; and its file."""
    net = Network([Dense(1, input_dim=2)], rng=0)
    net.compile(optimizers.SGD(0.1, momentum=0.9), "mse")
    net.fit(X[:, :2], Y, verbose=0)
    return net, form.write(net)


def refused_or_right(net, expected, data, path):
    """Whether damaged bytes are refused; if they are not, they must mean the very same network."""
    path.write_bytes(data)
    try:
        twin = mlp.load(path)
    except ModelFileError:
        return True
    assert form.write(twin) == expected
    weights = Network([Dense(1, input_dim=2)])
    weights.load_weights(path)
    same(weights.get_weights(), net.get_weights())
    return False


def refused(data):
    """Whether no network comes of these bytes, before a disk or a network is asked."""
    try:
        return not form.recognises(data) or form.read(data).architecture is None
    except ModelFileError:
        return True


def test_every_truncation_is_refused(tmp_path):
    net, whole = small()
    for length in range(len(whole)):
        assert refused(whole[:length]), f"{length} of {len(whole)} bytes"
    for length in range(0, len(whole), 101):
        assert refused_or_right(net, whole, whole[:length], tmp_path / "a"), f"{length} of {len(whole)} bytes"
    assert refused_or_right(net, whole, whole + b"\0", tmp_path / "a")
    assert not refused_or_right(net, whole, whole, tmp_path / "a")


def test_every_flipped_bit_is_refused():
    _, whole = small()
    other = Network([Dense(1, input_dim=2)])
    for place in range(len(whole)):
        for bit in range(8):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << bit
            data = bytes(damaged)
            assert refused(data), f"bit {bit} of byte {place}"
            if b'"mlp"' not in data:  # no page of ours is left, so that it may be weights of PyTorch
                with pytest.raises(ModelFileError):
                    form.read_weights(data, None, other)


def test_a_flipped_bit_is_named(tmp_path):
    _, whole = small()
    for name in ("dense/kernel", "optimizer"):
        header = json.loads(whole[8 : 8 + int.from_bytes(whole[:8], "little")])
        start = 8 + int.from_bytes(whole[:8], "little")
        tensor = next(key for key in header if key.startswith(name))
        damaged = bytearray(whole)
        damaged[start + header[tensor]["data_offsets"][0]] ^= 1
        (tmp_path / "a.safetensors").write_bytes(damaged)
        with pytest.raises(
            ModelFileError, match=rf"a\.safetensors.*damaged: {tensor} is not what was written"
        ):
            mlp.load(tmp_path / "a.safetensors")


# --- Headers that are not as the format asks ----------------------------------------------------------------


def packed(header, numbers=bytes(16)):
    """A file of a header, text or bytes, and the bytes behind it."""
    text = header if isinstance(header, bytes) else header.encode()
    return len(text).to_bytes(8, "little") + text + numbers


def entry(dtype='"F32"', shape="[4]", offsets="[0,16]", more=""):
    return f'{{"dtype":{dtype},"shape":{shape},"data_offsets":{offsets}{more}}}'


def table(*entries):
    return "{" + ",".join(f'"{name}":{value}' for name, value in entries) + "}"


ENTRIES = {
    "a float as offset": entry(offsets="[0,16.0]"),
    "a float as size": entry(shape="[4.0]"),
    "a truth value as size": entry(shape="[true,4]"),
    "a text as size": entry(shape='["4"]'),
    "a negative size": entry(shape="[-4]"),
    "two negative sizes": entry(shape="[-2,-2]"),
    "a negative offset": entry(offsets="[-16,0]"),
    "offsets turned round": entry(offsets="[16,0]"),
    "one offset": entry(offsets="[16]"),
    "three offsets": entry(offsets="[0,16,16]"),
    "offsets in a table": entry(offsets='{"0":0,"1":16}'),
    "an offset beyond the end": entry(offsets="[0,32]", shape="[8]"),
    "a hole before": entry(offsets="[4,16]", shape="[3]"),
    "a hole behind": entry(offsets="[0,12]", shape="[3]"),
    "a size of 10**18": entry(shape="[1000000000000000000]"),
    "a size of 2**64 + 4": entry(shape="[18446744073709551620]"),
    "sizes whose product overflows": entry(shape="[4294967296,4294967296,4]"),
    "a size of a million digits": entry(shape=f"[{'9' * 10**6}]"),
    "an offset of a million digits": entry(offsets=f"[0,{'1' * 10**6}]"),
    "a shape of 100,000 axes": entry(shape="[4" + ",1" * 99_999 + "]"),
    "a shape that is none": entry(shape="null"),
    "a shape in words": entry(shape='"4"'),
    "a shape that does not fit its type": entry(shape="[5]"),
    "an unknown type": entry('"F99"'),
    "a type of eight bits": entry('"F8_E4M3"', shape="[16]"),
    "complex numbers": entry('"C64"', shape="[2]"),
    "a type in small letters": entry('"f32"'),
    "Python objects": entry('"O"', shape="[2]"),
    "a type that is a number": entry("32"),
    "a type that is a list": entry('["F32"]'),
    "no type": '{"shape":[4],"data_offsets":[0,16]}',
    "no shape": '{"dtype":"F32","data_offsets":[0,16]}',
    "no offsets": '{"dtype":"F32","shape":[4]}',
    "one thing more": entry(more=',"file":"/etc/passwd"'),
    "a key twice": entry(more=',"dtype":"F32"'),
    "two shapes": entry(more=',"shape":[2,2]'),
    "a list": "[1,2]",
    "null": "null",
    "a number": "16",
    "NaN": entry(more=',"a":NaN'),
    "infinity as size": entry(shape="[Infinity]"),
    "1e999 as size": entry(shape="[1e999]"),
}
HEADERS = {
    **{f"entry: {kind}": packed(table(("0.weight", value))) for kind, value in ENTRIES.items()},
    "a name twice": packed(table(("0.weight", entry()), ("0.weight", entry()))),
    "a name twice, written differently": packed(table(("a", entry()), ("\\u0061", entry()))),
    "no name": packed(table(("", entry()))),
    "a name that cannot be printed": packed(table(("a\\u0000b", entry()))),
    "a name of half a sign": packed(table(("\\ud800", entry()))),
    "an overlap": packed(table(("a", entry()), ("b", entry('"F32"', "[2]", "[8,16]")))),
    "the same bytes twice": packed(table(("a", entry()), ("b", entry()))),
    "a hole between": packed(table(("a", entry('"F32"', "[1]", "[0,4]")), ("b", entry('"F32"', "[2]", "[8,16]")))),
    "bytes left over": packed(table(("a", entry())), bytes(17)),
    "bytes missing": packed(table(("a", entry())), bytes(15)),
    "bytes without tensors": packed("{}", bytes(16)),
    "an empty header": packed("", b""),
    "a list as header": packed("[]", b""),
    "a header of spaces": packed("    ", b""),
    "a space before": packed(" {}", b""),
    "a line end behind": packed("{}\n", b""),
    "a zero behind": packed("{}\0", b""),
    "two tables": packed("{}{}", b""),
    "a comma too many": packed("{,}", b""),
    "a comment": packed("{}/**/", b""),
    "another encoding": packed('{"é":1}'.encode("latin-1"), b""),
    "UTF-16": packed("{}".encode("utf-16-le"), b""),
    "a mark of byte order": packed(b"\xef\xbb\xbf{}", b""),
    "a header longer than the file": struct.pack("<Q", 10**6) + b"{}",
    "a header of 2**55 bytes": struct.pack("<Q", 2**55) + b"{}",
    "a header of 2**63 bytes": struct.pack("<Q", 2**63) + b"{}",
    "a header of 2**64 - 1 bytes": b"\xff" * 8 + b"{}",
    "a header of no bytes": struct.pack("<Q", 0) + b"{}",
    "a header of one byte": struct.pack("<Q", 1) + b"{}",
    "nested 100,000 deep": packed('{"a":' + "[" * 10**5 + "]" * 10**5 + "}"),
    "tables 100,000 deep": packed('{"a":' * 10**5 + "1" + "}" * 10**5),
    "metadata that are a list": packed('{"__metadata__":[]}', b""),
    "metadata that are null": packed('{"__metadata__":null}', b""),
    "metadata of numbers": packed('{"__metadata__":{"a":1}}', b""),
    "metadata of tables": packed('{"__metadata__":{"a":{}}}', b""),
    "metadata twice": packed('{"__metadata__":{},"__metadata__":{}}', b""),
    "a key of metadata twice": packed('{"__metadata__":{"a":"","a":""}}', b""),
    "metadata that are a tensor": packed(table(("__metadata__", entry()))),
    "a page of nothing": packed('{"__metadata__":{"mlp":""}}', b""),
    "a page without a checksum": packed('{"__metadata__":{"mlp":"{}"}}', b""),
    "a page of half a sign": packed('{"__metadata__":{"mlp":"{\\"crc32\\": 1, \\ud800"}}', b""),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "data"), HEADERS.items(), ids=HEADERS)
def test_an_odd_header_is_refused_before_the_package_sees_it(kind, data, tmp_path, monkeypatch):
    path = tmp_path / "a.safetensors"
    path.write_bytes(data)
    net = Network([Dense(1, input_dim=4)])
    before = net.get_weights()
    if not kind.startswith("a page"):
        monkeypatch.setattr(packages, "deserialize", lambda data: pytest.fail("the package was given it"))
    for call in (mlp.load, net.load_weights, mlp.files.describe):
        with pytest.raises(ModelFileError, match=r"a\.safetensors"):
            call(path)
    same(net.get_weights(), before)


@pytest.mark.parametrize("pad", ["", " ", " " * 9])
def test_a_proper_header_is_read_with_any_number_of_spaces_behind(pad):
    data = packed(
        table(("b", entry(shape="[]", offsets="[12,16]")), ("a", entry('"I16"', "[2,3]", "[0,12]"))) + pad
    )
    tensors, metadata = container.unpack(data)
    assert [(name, tensor.dtype.str, tensor.shape) for name, tensor in tensors.items()] == [
        ("a", "<i2", (2, 3)),
        ("b", "<f4", ()),
    ]
    assert metadata == {}


@pytest.mark.parametrize("name", sorted(container.TYPES))
def test_every_type_comes_back(name):
    dtype = np.dtype(container.TYPES[name])
    values = np.array([0, 1, 1, 0]).astype(dtype)
    data = packed(table(("a", entry(f'"{name}"', "[4]", f"[0,{4 * dtype.itemsize}]"))), values.tobytes())
    found = container.unpack(data)[0]["a"]
    if name == "BF16":
        wide = np.array([1.0, -2.5, 3e38, 0.0078125], "<f4")
        halves = (wide.view("<u4") >> 16).astype("<u2")
        found = container.unpack(packed(table(("a", entry('"BF16"', "[4]", "[0,8]"))), halves.tobytes()))[0][
            "a"
        ]
        np.testing.assert_allclose(found, wide, rtol=2**-7)
        assert found.dtype == np.float32
    else:
        np.testing.assert_array_equal(found, values)
        assert found.dtype == dtype


WRONG_PAGES = {
    "no weights": lambda page: page.pop("weights"),
    "weights in a table": lambda page: page.update(weights={}),
    "a weight that is not there": lambda page: page.update(weights=["dense/kernel", "dense/bias", "more"]),
    "a weight twice": lambda page: page.update(weights=["dense/kernel", "dense/kernel"]),
    "a weight that is a number": lambda page: page.update(weights=["dense/kernel", 1]),
    "weights turned round": lambda page: page["weights"].reverse(),
    "no slots": lambda page: page.pop("slots"),
    "slots in a list": lambda page: page.update(slots=["optimizer/momentum"]),
    "a slot of another name": lambda page: page.update(slots={"velocity": "optimizer/momentum"}),
    "a newer version": lambda page: page.update(version=99),
    "another format": lambda page: page.update(format="other"),
    "no checksums": lambda page: page.pop("checksums"),
    "a wrong checksum": lambda page: page["checksums"].update({"dense/bias": 1}),
    "an unknown layer": lambda page: page["architecture"]["layers"][0].update(class_name="Dance"),
    "a rate in words": lambda page: page["compiled"]["optimizer"]["config"].update(learning_rate="fast"),
}


@pytest.mark.parametrize("change", WRONG_PAGES.values(), ids=WRONG_PAGES)
def test_a_page_that_is_whole_but_wrong_is_refused(change, tmp_path):
    _, whole = small()
    tensors, metadata = container.unpack(whole)
    page = json.loads(metadata["mlp"])
    page.pop("crc32")
    change(page)
    rest = json.dumps(page)[1:]
    text = f'{{"crc32": {zlib.crc32(rest.encode())}, {rest}'
    (tmp_path / "a.safetensors").write_bytes(numpy_form.save(tensors, {"mlp": text}))
    with pytest.raises(ModelFileError, match=r"a\.safetensors"):
        mlp.load(tmp_path / "a.safetensors")


BOMBS = {
    "a million lists": packed('{"a":[' + "[]," * 10**6 + "[]]}", b""),
    "a million tables": packed('{"a":[' + "{}," * 10**6 + "{}]}", b""),
    "a long text with a wide sign": packed(json.dumps({"a": "\N{SNOWMAN}\N{GRINNING FACE}" + "a" * (12 * 2**20)}, ensure_ascii=False), b""),
}  # fmt: skip


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS)
def test_a_header_that_would_take_much_memory_is_refused_before_it_is_parsed(data, monkeypatch, tmp_path):
    monkeypatch.setattr(json, "loads", lambda *_, **__: pytest.fail("it was parsed"))
    (tmp_path / "a.safetensors").write_bytes(data)
    with pytest.raises(UnsafeModelError, match="max_bytes"):
        mlp.load(tmp_path / "a.safetensors")
    monkeypatch.undo()
    with pytest.raises(ModelFileError, match="damaged"):
        mlp.load(tmp_path / "a.safetensors", max_bytes=2**30)


NEARLY_BOMBS = {
    "lists": '{"a":[' + "[]," * 110_000 + "[]]}",
    "keys": '{"a":{' + ",".join(f'"{i}":1' for i in range(42_000)) + "}}",
    "a text": json.dumps({"__metadata__": {"mlp": "a" * (7 * 2**20)}}),
    "a wide text": '{"__metadata__":{"mlp":"\N{GRINNING FACE}' + "a" * 1_800_000 + '"}}',
    "tensors": table(*((f"{i}.weight", entry(shape="[0]", offsets="[0,0]")) for i in range(4_000))),
}


@pytest.mark.parametrize("text", NEARLY_BOMBS.values(), ids=NEARLY_BOMBS)
def test_a_header_that_is_parsed_takes_no_more_than_16_mib_and_the_file_again(text):
    """The largest of each kind that is not refused unread."""
    data = packed(text, b"")
    tracemalloc.start()
    try:
        form.read(data)
    except ModelFileError as error:
        assert type(error) is ModelFileError  # noqa: PT017 - that it raises is not the point
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak <= len(data) + 2**24


def test_what_is_written_can_be_read_also_with_much_beside_the_weights(tmp_path):
    net = Network([Dense(1, input_dim=1)])
    net.metadata["rows"] = list(range(100_000))
    net.save(tmp_path / "a.safetensors")
    assert mlp.load(tmp_path / "a.safetensors").metadata == net.metadata


# --- Weights of PyTorch -------------------------------------------------------------------------------------

FOLDER = Path(__file__).parent / "torch"
PREDICTIONS = json.loads((FOLDER / "predictions.json").read_text())["predictions"]
WEIGHTS = {
    "linear": lambda: Network([Dense(4, input_dim=3), Dense(2, use_bias=False), Dense(2)]),
    "linear-double": lambda: Network([Dense(2, input_dim=3)]),
    "linear-bfloat16": lambda: Network([Dense(2, input_dim=3)]),
    "relu": lambda: Network([Dense(3, "relu", input_dim=3), Dropout(0.5), Dense(3, "relu"), Dense(1)]),
    "all": lambda: Network([
        Dense(4, input_dim=3), BatchNormalization(epsilon=1e-5), PReLU(), LayerNormalization(epsilon=1e-5), Dense(4),
        RMSNormalization(epsilon=float(np.finfo(np.float32).eps)), PReLU(),
    ]),
    "named": lambda: Network([Dense(5, "relu", input_dim=3), Dense(4, "tanh"), Dense(2)]),
    "numbered": lambda: Network([Dense(3, "tanh", input_dim=3), *(Dense(3, "tanh") for _ in range(10))]),
}  # fmt: skip


def predicts(net, name):
    record = PREDICTIONS[name]
    expected = np.array(record["y"])
    np.testing.assert_allclose(net.predict(record["x"]), expected, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_of_pytorch_find_their_layers(name):
    net = WEIGHTS[name]()
    net.load_weights(FOLDER / f"{name}.safetensors")
    predicts(net, name)


def test_layers_that_do_not_come_from_pytorch_keep_their_weights():
    scale = Normalization()
    scale.adapt(np.zeros((1, 3)))
    net = Network([scale, Dense(5, "relu"), Dense(4, "tanh"), Dense(2)])
    net.load_weights(FOLDER / "named.safetensors")
    np.testing.assert_array_equal(net.layers[0].count, 1)


@pytest.mark.parametrize("name", ["linear", "linear-double", "linear-bfloat16"])
def test_a_chain_of_nothing_but_linear_layers_is_a_network(name):
    net = mlp.load(FOLDER / f"{name}.safetensors")
    predicts(net, name)
    assert net.dtype == ("float64" if name == "linear-double" else "float32")
    description = mlp.files.describe(FOLDER / f"{name}.safetensors")
    assert (description.origin, description.weight_names[0]) == ("PyTorch", "0.weight")


NOT_WHOLE = {
    "relu": r"functions between its layers are not in it: net = Network\(\[Dense\(3, activation=\.\.\., input_dim=3\), "
    r"Dense\(3, activation=\.\.\.\), Dense\(1, activation=\.\.\.\)\]\); net\.load_weights\(path\)",
    "all": r"BatchNormalization\(momentum=0\.9, epsilon=1e-5\), PReLU\(\), LayerNormalization\(epsilon=1e-5\), Dense\(4",
    "named": "weights alone",
    "numbered": r"Dense\(3, activation=\.\.\., input_dim=3\)",
}


@pytest.mark.parametrize(("name", "message"), NOT_WHOLE.items(), ids=NOT_WHOLE)
def test_other_chains_are_not_whole_and_the_lines_to_write_are_shown(name, message):
    with pytest.raises(ModelFileError, match=message):
        mlp.load(FOLDER / f"{name}.safetensors")
    assert mlp.files.describe(FOLDER / f"{name}.safetensors").architecture is None


def tensors(**shapes):
    """Tensors of these shapes, each with numbers of its own; names have dots for double underscores."""
    return {
        name.replace("__", ".").removeprefix("_"): np.full(shape, i + 1.0)
        for i, (name, shape) in enumerate(shapes.items())
    }


TWO = {"hidden__weight": (3, 2), "hidden__bias": (3,), "end__weight": (1, 3), "end__bias": (1,)}
SQUARE = {"b__weight": (2, 2), "a__weight": (2, 2)}


def squares(**names):
    return Network(
        [
            Dense(2, use_bias=False, input_dim=2, name=names.get("one")),
            Dense(2, use_bias=False, name=names.get("two")),
        ]
    )


def two():
    return Network([Dense(3, input_dim=2), Dense(1)])


def test_modules_without_numbers_are_told_apart_by_shape():
    net = two()
    net.set_weights(form_weights(net, tensors(**TWO)))
    assert [weight.flat[0] for weight in net.get_weights()] == [1.0, 2.0, 3.0, 4.0]


def form_weights(net, arrays):
    return form.read_weights(numpy_form.save(arrays), None, net).weights


def test_layers_with_the_names_of_modules_take_theirs():
    for one, other, expected in (("a", "b", [2.0, 1.0]), ("b", "a", [1.0, 2.0])):
        found = form_weights(squares(one=one, two=other), tensors(**SQUARE))
        assert [weight.flat[0] for weight in found] == expected


MISFITS = {
    "two that could be either": (squares, SQUARE, r"could take those of 'a', 'b'.*name='a'"),
    "a layer too few": (two, {"_0__weight": (3, 2), "_0__bias": (3,)}, r"weights for 1 layers \('0'\), the network has 2"),
    "a layer too many": (
        two, {"_0__weight": (3, 2), "_0__bias": (3,), "_1__weight": (3, 3), "_2__weight": (1, 3)}, "weights for 3 layers",
    ),
    "no bias": (two, {"_0__weight": (3, 2), "_2__weight": (1, 3), "_2__bias": (1,)}, r"needs bias \(3,\), weight \(3, 2\), but '0' holds weight"),
    "a bias too many": (squares, {"_0__weight": (2, 2), "_1__weight": (2, 2), "_1__bias": (2,)}, "'1' holds bias"),
    "not turned round": (two, {"_0__weight": (2, 3), "_0__bias": (3,), "_1__weight": (3, 1), "_1__bias": (1,)}, r"'0' holds"),
    "numbers that count otherwise": (two, {"_2__weight": (3, 2), "_2__bias": (3,), "_0__weight": (1, 3), "_0__bias": (1,)}, "'0' holds"),
    "none": (two, {}, "weights for 0 layers"),
    "of another program": (two, {"dense/kernel": (2, 3)}, "another program, such as 'dense/kernel'"),
    "of another layer": (two, {"_0__weight_ih_l0": (3, 2)}, "another program"),
    "a bias alone": (two, {"_0__bias": (3,), "_1__bias": (1,)}, "'0' holds bias"),
    "endless numbers in a name": (two, {f"_{'9' * 5000}__weight": (3, 2), "_1__bias": (1,)}, "it"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "shapes", "message"), MISFITS.values(), ids=MISFITS)
def test_weights_that_do_not_belong_to_a_network_are_refused(make, shapes, message, tmp_path):
    path, net = tmp_path / "a.safetensors", make()
    path.write_bytes(numpy_form.save(tensors(**shapes)))
    before = net.get_weights()
    with pytest.raises(ModelFileError, match=rf"a\.safetensors.*{message}"):
        net.load_weights(path)
    same(net.get_weights(), before)


def test_weights_that_are_not_numbers_are_named(tmp_path):
    path, net = tmp_path / "a.safetensors", Network([Dense(1, input_dim=1)])
    path.write_bytes(numpy_form.save({"0.weight": np.array([[np.nan]]), "0.bias": np.zeros(1)}))
    for call in (mlp.load, net.load_weights):
        with pytest.raises(ModelFileError, match=r"0\.weight holds NaN"):
            call(path)


def test_a_layer_that_pytorch_does_not_have_takes_none_of_its_weights(tmp_path):
    class Scale(mlp.layers.Layer):
        def build(self, input_shape):
            self.add_weight("weight", input_shape)

    with pytest.raises(ModelFileError, match=r"Scale.*no such weights"):
        form_weights(Network([Scale(input_dim=2)]), {"0.weight": np.zeros(2)})


ODD_SHAPES = [
    {"_0__running_mean": ()},
    {"_0__weight": (), "_0__bias": ()},
    {"_0__weight": (2,), "_0__bias": (2,)},
    {"_0__weight": (2, 3, 4)},
    {"_0__weight": (0, 3), "_0__bias": (0,)},
    {"_0__weight": (3, 2), "_0__bias": (3, 1)},
    {"_0__weight": (3, 2), "_1__weight": (3, 2)},
    {"_0__num_batches_tracked": ()},
    {"_0__bias": (3,)},
    {"weight": ()},
    {},
]


@pytest.mark.parametrize("shapes", ODD_SHAPES, ids=str)
def test_tensors_that_are_no_chain_are_no_network(shapes, tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(numpy_form.save(tensors(**shapes)))
    for call in (mlp.load, two().load_weights):
        with pytest.raises(ModelFileError, match=r"a\.safetensors"):
            call(path)


def test_the_package_and_the_check_must_understand_the_same(monkeypatch):
    _, whole = small()
    name, other = "dense/bias", {"dtype": "F32", "shape": [2], "data": bytes(8)}
    read = packages.deserialize
    monkeypatch.setattr(
        packages, "deserialize", lambda data: [(n, other if n == name else e) for n, e in read(data)]
    )
    with pytest.raises(ModelFileError, match="in two ways"):
        form.read(whole)


@pytest.mark.live
def test_pytorch_reads_what_is_written_and_writes_what_is_read(tmp_path):
    torch = pytest.importorskip("safetensors.torch")
    net, path = MODELS["batches"](), tmp_path / "a.safetensors"
    net.fit(X, Y, verbose=0)
    net.save(path)
    found = torch.load_file(path)
    names = mlp.files.describe(path).weight_names
    same([found[name].numpy() for name in names], net.get_weights())
    torch.save_file(net.to_torch().state_dict(), path)
    twin = MODELS["batches"]()
    twin.load_weights(path)
    same(twin.get_weights(), net.get_weights())


def test_without_the_package_one_line_says_what_to_install(tmp_path, monkeypatch):
    path = tmp_path / "a.safetensors"
    net, whole = small()
    path.write_bytes(whole)
    for module in ("safetensors", "safetensors.numpy"):
        monkeypatch.setitem(sys.modules, module, None)
    for call in (mlp.load, net.load_weights, net.save, net.save_weights):
        with pytest.raises(
            MissingExtraError, match=r"needs safetensors: pip install 'numpy-mlp\[safetensors\]'$"
        ):
            call(path)
    assert path.read_bytes() == whole
