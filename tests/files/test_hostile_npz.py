"""Files in our own format that somebody has made to do harm: refused, by name, before there is memory for what they claim."""

import io
import json
import sys
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest

import mlp
from mlp import Network
from mlp.errors import ModelFileError, UnsafeModelError
from mlp.layers import Dense, Embedding

MEBI = 2**20


def page_and_arrays():
    """A whole file's page, as text to be changed, and its arrays."""
    net = Network([Dense(3, input_dim=2), Dense(1)], rng=0)
    net.compile("sgd", "mse")
    file = io.BytesIO(saved(net))
    with np.load(file) as archive:
        arrays = {name: archive[name] for name in archive.files}
    return arrays.pop("mlp.json").tobytes().decode(), arrays


def saved(net):
    from mlp.files import npz

    return npz.write(net)


def packed(text, arrays, compressed=False):
    file = io.BytesIO()
    save = np.savez_compressed if compressed else np.savez
    save(file, **{"mlp.json": np.frombuffer(text.encode(), np.uint8)}, **arrays)
    return file.getvalue()


def with_first_layer(**arguments):
    def change(text):
        page = json.loads(text)
        page["architecture"]["layers"][0]["config"].update(arguments)
        return json.dumps(page)

    return change


def with_rate(digits):
    return lambda text: text.replace('"learning_rate": 0.01', f'"learning_rate": {digits}', 1)


TEXTS = {
    "nested 100,000 deep": lambda text: text[:-1] + ', "x": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "tables nested 100,000 deep": lambda text: text[:-1] + ', "x": ' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}",
    "a key twice": lambda text: text[:-1] + ', "version": 1}',
    "a key of a layer twice": lambda text: text.replace('"units": 3', '"units": 3, "units": 3'),
    "NaN": with_rate("NaN"),
    "infinity": with_rate("Infinity"),
    "minus infinity": with_rate("-Infinity"),
    "a number beyond all": with_rate("1e999"),
    "an integer of a million digits": with_rate("9" * 1_000_000),
    "a fraction of a million digits": with_rate("0." + "9" * 1_000_000 + "e400"),
    "no UTF-8": lambda text: text.replace("dense", "d\udcff", 1),
    "cut off": lambda text: text[:-1],
    "more behind": lambda text: text + "1",
    "units of 10**18": with_first_layer(units=10**18),
    "units of 10**9": with_first_layer(units=10**9),
    "units of 4": with_first_layer(units=4),
    "units of 10**30": with_first_layer(units=10**30),
    "no units": with_first_layer(units=0),
    "units below 0": with_first_layer(units=-3),
    "units in words": with_first_layer(units="3"),
    "units in halves": with_first_layer(units=3.0),
    "units that are true": with_first_layer(units=True),
    "units in a list": with_first_layer(units=[3]),
    "a name that is a number": with_first_layer(name=3),
    "a layer with a path": with_first_layer(name="../../etc/passwd"),
    "an activation to import": with_first_layer(activation="os.system"),
    "an activation of a module": with_first_layer(activation={"class_name": "system", "module": "os", "config": {}}),
    "an activation to evaluate": with_first_layer(activation="lambda x: x"),
    "an initializer to import": with_first_layer(kernel_initializer={"class_name": "os.system", "config": "true"}),
    "a penalty below 0": with_first_layer(kernel_regularizer={"class_name": "L2", "config": {"l2": -1}}),
    "a class of Python": lambda text: text.replace('"Dense"', '"builtins.eval"', 1),
    "a module": lambda text: text.replace('"Dense"', '"subprocess.Popen"', 1),
    "another argument": with_first_layer(code="import os"),
    "a million layers": lambda text: text.replace('"layers": [', '"layers": [' + "{}," * 1_000_000, 1),
    "a million lists": lambda text: text[:-1] + ', "x": [' + "[]," * 1_000_000 + "1]}",
}  # fmt: skip


def bytes_of(name):
    text, arrays = page_and_arrays()
    changed = TEXTS[name](text)
    return packed(changed, arrays) if "\udcff" not in changed else packed_raw(changed, arrays)


def packed_raw(text, arrays):
    file = io.BytesIO()
    raw = np.frombuffer(text.encode("utf-8", "surrogateescape"), np.uint8)
    np.savez(file, **{"mlp.json": raw}, **arrays)
    return file.getvalue()


@pytest.mark.parametrize("name", TEXTS)
def test_a_page_that_does_harm_is_refused_and_takes_no_memory(name, tmp_path):
    path = tmp_path / "a.npz"
    path.write_bytes(bytes_of(name))
    modules = set(sys.modules)
    if name == "a layer with a path":  # a name is a name
        mlp.load(path)
        return
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError, match=r"a\.npz"):
            mlp.load(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * path.stat().st_size + 16 * MEBI
    assert set(sys.modules) == modules


def bomb(size):
    """An archive of a few kilobytes that says, truly, that it unpacks to ``size`` zeros."""
    text, arrays = page_and_arrays()
    arrays["weight_0"] = np.zeros(size, np.uint8)
    return packed(text, arrays, compressed=True)


def lying_bomb():
    """Zeros that unpack to much more than the archive says."""
    data = bytearray(bomb(40 * MEBI))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo("weight_0.npy")
    for place in (data.index(b"weight_0.npy") - 30 + 22, data.rindex(b"weight_0.npy") - 46 + 24):
        assert int.from_bytes(data[place : place + 4], "little") in (info.file_size, 0xFFFFFFFF)
        data[place : place + 4] = (1000).to_bytes(4, "little")
    return bytes(data)


def header_bomb():
    """An array that says it has 10**12 numbers."""
    text, arrays = page_and_arrays()
    whole = packed(text, arrays)
    old = b"'shape': (2, 3), }        "
    new = b"'shape': (10**6, 10**6), }"[: len(old)]
    assert old in whole
    return whole.replace(old, new)


def declared_bomb():
    text, arrays = page_and_arrays()
    file = io.BytesIO()
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        content, {"descr": "<f8", "fortran_order": False, "shape": (10**6, 10**5)}
    )
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in {**arrays, "mlp.json": np.frombuffer(text.encode(), np.uint8)}.items():
            if name != "weight_0":
                inner = io.BytesIO()
                np.save(inner, array)
                archive.writestr(f"{name}.npy", inner.getvalue())
        archive.writestr("weight_0.npy", content.getvalue())
    return file.getvalue()


def twice():
    text, arrays = page_and_arrays()
    file = io.BytesIO(packed(text, arrays))
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("weight_0.npy", archive.read("weight_0.npy"))
    return file.getvalue()


def missing():
    text, arrays = page_and_arrays()
    del arrays["weight_1"]
    return packed(text, arrays)


def more():
    text, arrays = page_and_arrays()
    return packed(text, {**arrays, "weight_9": np.zeros(1)})


def misnumbered():
    text, arrays = page_and_arrays()
    arrays["weight_7"] = arrays.pop("weight_3")
    return packed(text.replace('"weight_3"', '"weight_7"'), arrays)


def directory():
    """A whole archive: what stands before its directory, the directory's entries, and the record at the end."""
    whole = packed(*page_and_arrays())
    end = whole.rindex(b"PK\x05\x06")
    start = int.from_bytes(whole[end + 16 : end + 20], "little")
    entries = [b"PK\x01\x02" + entry for entry in whole[start:end].split(b"PK\x01\x02")[1:]]
    return whole[:start], entries, whole[end:]


def of_directory(before, entries, record):
    record, size = bytearray(record), sum(map(len, entries))
    record[8:10] = record[10:12] = (len(entries) % 2**16).to_bytes(2, "little")
    record[12:16] = size.to_bytes(4, "little")
    return before + b"".join(entries) + bytes(record)


def with_entry(change):
    """An archive whose directory says something else of the first weight."""

    def make():
        before, entries, record = directory()
        i = next(i for i, entry in enumerate(entries) if b"weight_0.npy" in entry)
        return of_directory(before, [*entries[:i], *change(bytearray(entries[i])), *entries[i + 1 :]], record)

    return make


def set_(place, value):
    def change(entry):
        entry[place : place + len(value)] = value
        return [bytes(entry)]

    return change


def renamed(entry):
    """Another name than where the member's bytes begin."""
    return [bytes(entry).replace(b"weight_0", b"weight_9")]


def shared(entry):
    """Many members that are the same bytes."""
    return [bytes(entry), *(bytes(entry).replace(b"weight_0", b"weig%04d" % i) for i in range(50))]


def with_weight(array):
    def make():
        text, arrays = page_and_arrays()
        page = json.loads(text)
        page["checksums"]["weight_0"] = zlib.crc32(
            array.tobytes(), zlib.crc32(f"{array.dtype.str}{array.shape}".encode())
        )
        return packed(json.dumps(page), {**arrays, "weight_0": array})

    return make


ARCHIVES = {
    "a bomb": (lambda: bomb(40 * MEBI), "max_bytes"),
    "a bomb that lies": (lying_bomb, "weight_0"),
    "an array that claims more than there is": (declared_bomb, "weight_0"),
    "an array whose header is no literal": (header_bomb, "weight_0"),
    "a member twice": (twice, "twice"),
    "a member too few": (missing, "weight_1"),
    "a member too many": (more, "weight_9"),
    "a member with two names": (with_entry(renamed), "another name"),
    "members that share their bytes": (with_entry(shared), "another name"),
    "sizes for which a longer field is missing": (with_entry(set_(20, b"\xff" * 8)), "max_bytes|weight_0"),
    "a member beyond the end": (with_entry(set_(42, b"\xff\xff\xff\x7f")), "not where"),
    "a member that begins elsewhere": (with_entry(set_(42, b"\x01\x00\x00\x00")), "not where"),
    "a member that is shorter": (with_entry(set_(20, b"\x10\x00\x00\x00\x10\x00\x00\x00")), "not what was written"),
    "another checksum": (with_entry(set_(16, b"\x00\x00\x00\x00")), "not what was written"),
    "a weight with another number": (misnumbered, "missing"),
    "another shape": (with_weight(np.zeros((3, 2))), "kernel"),
    "NaN among the weights": (with_weight(np.array([[1.0, 2.0, np.nan], [4.0, 5.0, 6.0]])), "dense/kernel holds NaN"),
    "text for numbers": (with_weight(np.array([["a", "b", "c"]] * 2)), "weight_0"),
    "dates for numbers": (with_weight(np.zeros((2, 3), "M8[s]")), "weight_0"),
    "complex numbers": (with_weight(np.zeros((2, 3), complex)), "complex"),
}  # fmt: skip


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_that_does_harm_is_refused_and_takes_no_memory(name, tmp_path):
    make, words = ARCHIVES[name]
    path = tmp_path / "a.npz"
    path.write_bytes(make())
    net = Network([Dense(3, input_dim=2), Dense(1)])
    before = net.get_weights()
    for load in (mlp.load, net.load_weights):
        tracemalloc.start()
        try:
            with pytest.raises(ModelFileError, match=words):
                load(path)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 2 * path.stat().st_size + 16 * MEBI
    for a, b in zip(before, net.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_limit_of_bytes_can_be_chosen(tmp_path):
    """Smaller than usual, and larger for what is trusted."""
    net = Network([Dense(3, input_dim=2)])
    net.save(tmp_path / "a.npz")
    with pytest.raises(UnsafeModelError, match="max_bytes"):
        mlp.load(tmp_path / "a.npz", max_bytes=100)
    mlp.load(tmp_path / "a.npz", max_bytes=100_000)
    zeros = Network([Embedding(2**21, 2, embeddings_initializer="zeros", input_shape=(1,))])
    data = io.BytesIO(saved(zeros))
    with np.load(data) as archive:
        arrays = {name: archive[name] for name in archive.files}
    np.savez_compressed(tmp_path / "b.npz", **arrays)
    assert (tmp_path / "b.npz").stat().st_size < MEBI
    with pytest.raises(UnsafeModelError, match="max_bytes"):
        mlp.load(tmp_path / "b.npz")
    assert mlp.load(tmp_path / "b.npz", max_bytes=2**26).count_params() == 2**22


@pytest.mark.parametrize("limit", [-1, 1.5, "many", True])
def test_a_limit_of_bytes_is_a_number(limit, tmp_path):
    Network([Dense(3, input_dim=2)]).save(tmp_path / "a.npz")
    with pytest.raises(mlp.errors.MLPError, match="max_bytes"):
        mlp.load(tmp_path / "a.npz", max_bytes=limit)


def test_pickled_objects_among_the_arrays_are_said_to_be_such(tmp_path):
    text, arrays = page_and_arrays()
    arrays["weight_0"] = np.array([{}], object)
    (tmp_path / "a.npz").write_bytes(packed(text, arrays))
    with pytest.raises(UnsafeModelError, match="pickled"):
        mlp.load(tmp_path / "a.npz")


def test_networks_in_networks_without_end_are_refused(tmp_path):
    text, arrays = page_and_arrays()
    page = json.loads(text)
    for _ in range(60):
        page["architecture"] = {
            **page["architecture"],
            "layers": [{"class_name": "Network", "config": page["architecture"]}],
        }
    (tmp_path / "a.npz").write_bytes(packed(json.dumps(page), arrays))
    with pytest.raises(ModelFileError, match="nested more than 50 deep"):
        mlp.load(tmp_path / "a.npz")


def test_a_pickle_is_said_to_be_one(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"\x80\x04\x95\x05\x00\x00\x00")
    with pytest.raises(UnsafeModelError, match="pickle"):
        mlp.load(tmp_path / "a.npz")
    with zipfile.ZipFile(tmp_path / "b.pt", "w") as archive:
        archive.writestr("b/data.pkl", b"\x80\x02")
    with pytest.raises(UnsafeModelError, match=r"torch\.save"):
        mlp.load(tmp_path / "b.pt")


def test_a_pipe_is_not_waited_for(tmp_path):
    import os

    os.mkfifo(tmp_path / "a.npz")
    with pytest.raises(ModelFileError, match="pipe"):
        mlp.load(tmp_path / "a.npz")


def test_reading_opens_one_file_and_imports_nothing(tmp_path):
    """As the interpreter itself tells it."""
    net = Network([Dense(3, input_dim=2), Dense(1)])
    path = tmp_path / "a.npz"
    net.save(path)
    mlp.load(path)  # what is imported at first use is imported now
    seen = []
    watching = True

    def hook(event, arguments):
        if watching and event in (
            "open",
            "import",
            "os.system",
            "subprocess.Popen",
            "os.remove",
            "os.rename",
        ):
            seen.append((event, str(arguments[0])))

    sys.addaudithook(hook)
    mlp.load(path)
    watching = False
    assert {what for event, what in seen if event == "open"} == {str(path)}
    assert {event for event, _ in seen} == {"open"}
