"""HDF5 files: what h5py writes comes back; what Keras never writes, or is damaged, is refused before h5py sees it."""

import io
import math
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mlp.errors import ArgumentError, MissingExtraError, ModelFileError, UnsafeModelError
from mlp.files import hdf5
from mlp.files.hdf5 import heaps, structure, trees

h5py = pytest.importorskip("h5py")

AMPLE = 2**30
DATA = Path(__file__).parent / "hdf5"


def written(fill, **settings):
    """The bytes of a file that ``fill`` fills."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", **settings) as file:
        fill(file)
    return buffer.getvalue()


def same(got, expected):
    if isinstance(expected, np.ndarray):
        assert isinstance(got, np.ndarray)
        assert got.dtype.isnative
        assert (got.dtype.kind, got.dtype.itemsize, got.shape) == (
            expected.dtype.kind,
            expected.dtype.itemsize,
            expected.shape,
        )
        np.testing.assert_array_equal(got, expected)
    else:
        assert type(got) is type(expected)
        assert got == expected or (math.isnan(got) and math.isnan(expected))


# What h5py writes comes back.

LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0/")
NAMES = (st.text("abz_:019 ~", min_size=1, max_size=12) | st.text(LETTERS, min_size=1, max_size=5)).filter(
    lambda name: name not in (".", "..")
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
DTYPES = st.sampled_from(
    [
        f"{order}{kind}"
        for kind in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")
        for order in "<>"
    ]
    + ["?"]
)
ARRAYS = hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
VALUES = (
    TEXTS
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.booleans()
    | st.lists(TEXTS, min_size=1, max_size=5)
    | ARRAYS.filter(lambda array: array.ndim)
)
ATTRIBUTES = st.dictionaries(st.text(LETTERS, min_size=1, max_size=8), VALUES, max_size=4)
TREES = st.recursive(
    st.tuples(ARRAYS, ATTRIBUTES),
    lambda inner: st.tuples(st.dictionaries(NAMES, inner, max_size=4), ATTRIBUTES),
    max_leaves=12,
)


def put(group, members):
    for name, (content, attributes) in members.items():
        if isinstance(content, dict):
            made = group.create_group(name)
            put(made, content)
        else:
            made = group.create_dataset(name, data=content)
        for key, value in attributes.items():
            made.attrs[key] = value


def flat(members, path=""):
    for name, (content, attributes) in members.items():
        yield path + name, content, attributes
        if isinstance(content, dict):
            yield from flat(content, f"{path}{name}/")


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(NAMES, TREES, max_size=6))
def test_any_tree_comes_back(members):
    tree = hdf5.read(written(lambda file: put(file, members)), AMPLE)
    expected = list(flat(members))
    assert tree.groups == {"", *(path for path, content, _ in expected if isinstance(content, dict))}
    assert tree.arrays.keys() == {path for path, content, _ in expected if not isinstance(content, dict)}
    assert tree.attributes.keys() == {"", *(path for path, _, _ in expected)}
    for path, content, attributes in expected:
        if not isinstance(content, dict):
            same(tree.arrays[path], content)
            assert tree.arrays[path].flags.owndata or tree.arrays[path].base.flags.owndata
        assert tree.attributes[path].keys() == attributes.keys()
        for name, value in attributes.items():
            same(tree.attributes[path][name], value)


@settings(max_examples=20, deadline=None)
@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), ARRAYS, max_size=5), ATTRIBUTES)
def test_what_is_written_comes_back_and_the_bytes_are_the_same_again(arrays, attributes):
    data = hdf5.write(
        {f"layers/{name}": array for name, array in arrays.items()},
        {"": attributes, "g": attributes},
        ["h/i"],
    )
    tree = hdf5.read(data, AMPLE)
    assert tree.groups == {"", "g", "h", "h/i", *(["layers"] if arrays else [])}
    for name, array in arrays.items():
        same(tree.arrays[f"layers/{name}"], array)
    for path in ("", "g"):
        for name, value in attributes.items():
            same(tree.attributes[path][name], value)
    assert hdf5.write(tree.arrays, tree.attributes, tree.groups) == data or any(
        isinstance(value, np.ndarray) for value in [*arrays.values(), *attributes.values()]
    )
    assert hdf5.recognises(data)
    assert not hdf5.recognises(data[1:])


def many_members(file):
    for i in range(700):
        file.create_dataset(f"layer_{i * 7919 % 700}", data=np.float32(i))


def deleted_members(file):
    many_members(file)
    for i in range(0, 700, 3):
        del file[f"layer_{i}"]
    for i in range(100):
        file[f"new_{i}"] = np.arange(5.0)


def many_attributes(file):
    for i in range(400):
        file.attrs[f"attribute {i}"] = f"value {i}"


def long_text(file):
    file.attrs["model_config"] = "äxy" * 50_000
    file.attrs["layer_names"] = np.array([b"x" * 300] * 200)


def strings(file):
    file["variable"] = np.array([["é", ""], ["abc", "x" * 9000]], object)
    file["fixed"] = np.array([b"ab", b"c"])
    file["scalar"] = "text"
    file.attrs["bytes"] = np.bytes_("grün".encode())
    file.attrs["list of bytes"] = np.array([b"a", b"bcd"])


def deep(file):
    file["/".join("abcdefgh" * 8)] = np.ones(2)


def odd_settings(file):
    file.create_dataset("filled", data=np.ones(4, "f4"), fillvalue=7.0)
    file.create_dataset("timed", data=np.ones(4, "f4"), track_times=True)
    file["größe"] = 1.0


def compressed(file):
    rng = np.random.default_rng(0)
    file.create_dataset(
        "gzip", data=rng.normal(size=(50, 30)).astype("f4"), chunks=(8, 7), compression="gzip"
    )
    file.create_dataset("shuffled", data=rng.normal(size=(5, 3)), compression=9, shuffle=True)
    file.create_dataset("chunks", data=np.arange(10.0), chunks=(4,))
    file.create_dataset("truth", data=np.array([True, False]), compression="gzip")
    rewritten = file.create_dataset("many", data=np.zeros((300, 30), "f4"), chunks=(3, 3), compression="gzip")
    file.flush()
    for i in rng.permutation(290)[:100]:
        rewritten[i : i + 5] = rng.normal(size=(5, 30))


def compact(file):
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_layout(h5py.h5d.COMPACT)
    made = h5py.h5d.create(file.id, b"compact", h5py.h5t.IEEE_F64LE, h5py.h5s.create_simple((3,)), properties)
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(3.0))


GOOD = {
    fill.__name__: fill
    for fill in (
        many_members,
        deleted_members,
        many_attributes,
        long_text,
        strings,
        deep,
        odd_settings,
        compressed,
        compact,
    )
}


def plain(value):
    """What h5py alone reads, in the types that a tree has."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, np.ndarray) and value.dtype.kind in "SO":
        return [plain(item) for item in value.tolist()]
    return value.item() if isinstance(value, np.generic) else value


def compare_with_h5py(data):
    tree = hdf5.read(data, AMPLE)
    seen = {""}
    with h5py.File(io.BytesIO(data), "r") as file:

        def compare(path, item):
            seen.add(path)
            if isinstance(item, h5py.Dataset):
                np.testing.assert_array_equal(
                    tree.arrays[path], item.asstr()[()] if item.dtype == object else item[()]
                )
            for name, value in item.attrs.items():
                same(tree.attributes[path][name], plain(value))

        file.visititems(compare)
        compare("", file)
    assert seen == tree.groups | tree.arrays.keys() == tree.attributes.keys()


@pytest.mark.parametrize("name", GOOD)
def test_it_reads_what_h5py_reads(name):
    compare_with_h5py(written(GOOD[name]))


@pytest.mark.parametrize("path", sorted(DATA.glob("*.h5")), ids=lambda path: path.stem)
def test_it_reads_what_older_versions_wrote(path):
    compare_with_h5py(path.read_bytes())


# What Keras never writes is refused, and named.


def small(file):
    file["group/array"] = np.arange(6, dtype="f4").reshape(2, 3)
    file["group"].attrs["name"] = "dense"
    file["group"].attrs["kind"] = np.array([b"fixed"])
    file["scalar"] = np.float64(2)
    file["none"] = np.zeros((0, 3))
    file["truth"] = np.array([True, False, True])
    file.create_dataset("timed", data=1, track_times=True)


def hard_link(file):
    small(file)
    file["group/again"] = file["group"]


def hard_link_to_data(file):
    small(file)
    file["again"] = file["group/array"]


def external_storage(file):
    file.create_dataset("x", (4,), "f8", external=[("/etc/passwd", 0, 32)])


def virtual(file):
    layout = h5py.VirtualLayout((4,), "f8")
    layout[:] = h5py.VirtualSource("other.h5", "x", (4,))
    file.create_virtual_dataset("x", layout)


def committed(file):
    file["type"] = np.dtype("f4")
    file.create_dataset("x", data=np.ones(2, "f4"), dtype=file["type"])


def bomb(file):
    file.create_dataset("x", (3 * 2**30,), "u1", chunks=(2**20,), compression="gzip", fillvalue=0)


def bombs(file):
    for i in range(3):
        file.create_dataset(f"x{i}", (6 * 2**20,), "u1", chunks=(2**20,), compression="gzip")[:] = 0


def chunk_of(data, mask=0, shape=(10,), dtype="f8"):
    """What makes a file of one array, whose only chunk holds these bytes."""

    def fill(file):
        made = file.create_dataset("x", shape, dtype, chunks=shape, compression="gzip")
        made.id.write_direct_chunk((0,) * len(shape), data, mask)

    return fill


def unicode_and_many(file):
    for i in range(20):
        file[f"größe {i}"] = i


REFUSED = {
    "soft link": (lambda file: file.__setitem__("x", h5py.SoftLink("/group")), UnsafeModelError, "soft link"),
    "external link": (
        lambda file: file.__setitem__("x", h5py.ExternalLink("/etc/passwd", "/")),
        UnsafeModelError,
        "external link",
    ),
    "soft link beside data": (
        lambda file: (small(file), file.__setitem__("y", h5py.SoftLink("/group"))),
        UnsafeModelError,
        "soft link",
    ),
    "hard link": (hard_link, UnsafeModelError, "hard link"),
    "hard link to data": (hard_link_to_data, UnsafeModelError, "hard link"),
    "external storage": (external_storage, UnsafeModelError, "external storage"),
    "virtual dataset": (virtual, UnsafeModelError, "virtual dataset"),
    "bomb": (bomb, UnsafeModelError, r"asks for 3,221,225,472 bytes"),
    "bombs together": (bombs, UnsafeModelError, "twice the file"),
    "bomb in a chunk": (
        chunk_of(zlib.compress(bytes(10**7))),
        UnsafeModelError,
        "does not decompress to the 80 bytes",
    ),
    "chunk too small": (
        chunk_of(zlib.compress(bytes(72))),
        UnsafeModelError,
        "does not decompress to the 80 bytes",
    ),
    "chunk cut off": (chunk_of(zlib.compress(bytes(80))[:-3]), UnsafeModelError, "does not decompress"),
    "chunk that is no gzip": (chunk_of(bytes(80)), ModelFileError, "cannot be decompressed"),
    "chunk not compressed": (chunk_of(bytes(80), 1), ModelFileError, "left out"),
    "a chunk missing": (
        lambda file: file.create_dataset("x", (10,), "f8", chunks=(2,)).__setitem__(slice(0, 6), 1),
        ModelFileError,
        "3 of 5 chunks",
    ),
    "compressed by another": (
        lambda file: file.create_dataset("x", data=np.ones(9), compression="lzf"),
        ModelFileError,
        r"filters are \[32000\]",
    ),
    "checksums": (
        lambda file: file.create_dataset("x", data=np.ones(9), compression="gzip", fletcher32=True),
        ModelFileError,
        r"filters are \[1, 3\]",
    ),
    "text in chunks": (
        lambda file: file.create_dataset("x", data=["a", "b"], chunks=(1,)),
        ModelFileError,
        r"object of shape \(2,\) has chunks of \(1,\)",
    ),
    "truth values compressed": (
        chunk_of(zlib.compress(b"\2"), shape=(1,), dtype="?"),
        ModelFileError,
        "must be 0 or 1",
    ),
    "committed datatype": (committed, ModelFileError, "committed datatype"),
    "no data": (lambda file: file.create_dataset("x", (10**6,), "f8"), UnsafeModelError, "0 bytes stored"),
    "compound": (lambda file: file.__setitem__("x", np.zeros(2, "f4,i4")), ModelFileError, "compound"),
    "opaque": (lambda file: file.__setitem__("x", np.void(b"abc")), ModelFileError, "opaque"),
    "complex": (lambda file: file.__setitem__("x", np.zeros(2, "c8")), ModelFileError, "compound|complex"),
    "reference": (lambda file: file.attrs.__setitem__("x", file.ref), ModelFileError, "a reference"),
    "enumeration": (
        lambda file: file.create_dataset("x", data=1, dtype=h5py.enum_dtype({"A": 1})),
        ModelFileError,
        "an enumeration",
    ),
    "ragged": (
        lambda file: file.create_dataset("x", (1,), dtype=h5py.vlen_dtype("i4")),
        ModelFileError,
        "a sequence of variable length",
    ),
    "empty": (lambda file: file.attrs.__setitem__("x", h5py.Empty("f4")), ModelFileError, "Empty"),
    "may grow": (
        lambda file: file.create_dataset("x", data=np.ones(3), maxshape=(None,)),
        ModelFileError,
        "maxshape",
    ),
    "order of members": (
        lambda file: file.create_group("x", track_order=True),
        ModelFileError,
        "newer HDF5 layout.*without track_order",
    ),
    "many members of names not in ASCII": (unicode_and_many, ModelFileError, "not ASCII"),
    "deeper than paths may be long": (
        lambda file: file.create_group("/".join("abcdefgh" * 40)),
        UnsafeModelError,
        "512 characters",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_refuses(name):
    fill, error, message = REFUSED[name]
    with pytest.raises(error, match=message) as caught:
        hdf5.read(written(fill), AMPLE)
    assert type(caught.value) is error


@pytest.mark.parametrize("libver", ["latest", "v108"])
def test_the_newer_layout_is_refused_with_its_cure(libver):
    with pytest.raises(ModelFileError, match=r"newer HDF5 layout.*h5py\.File\(path, 'w'\)"):
        hdf5.read(written(small, libver=(libver, "latest") if libver != "latest" else libver), AMPLE)


def test_more_than_max_bytes_is_refused():
    data = written(lambda file: file.create_dataset("x", data=np.zeros(1000)))
    assert hdf5.read(data, 8000).arrays["x"].size == 1000
    with pytest.raises(UnsafeModelError, match=r"8,000 bytes, and max_bytes=7,999"):
        hdf5.read(data, 7999)


def test_without_h5py(monkeypatch):
    data = written(small)
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(
        MissingExtraError, match=r"^reading HDF5 files needs h5py: pip install 'numpy-mlp\[keras\]'$"
    ):
        hdf5.read(data, AMPLE)
    with pytest.raises(MissingExtraError, match=r"^writing HDF5 files needs h5py"):
        hdf5.write({}, {})


@pytest.mark.parametrize(
    "arguments",
    [
        ({"x": np.zeros(2), "x/y": np.zeros(2)}, {}),
        ({}, {"": {"long": np.zeros(10_000)}}),
        ({}, {"": {"text": "a\0b"}}),
        ({"x": np.array([object()])}, {}),
    ],
    ids=["group and array", "too long", "zero byte", "objects"],
)
def test_what_cannot_be_written(arguments):
    with pytest.raises(ArgumentError, match="cannot be written as HDF5"):
        hdf5.write(*arguments)


# Bytes that somebody changed.


def patched(data, *changes):
    """``data`` with numbers of 8 bytes, or bytes, put at places."""
    data = bytearray(data)
    for place, value in changes:
        value = value if isinstance(value, bytes) else value.to_bytes(8, "little")
        data[place : place + len(value)] = value
    return bytes(data)


SMALL = written(small)
TREE, HEAP, NODE, STRINGS = (SMALL.index(letters) for letters in (b"TREE", b"HEAP", b"SNOD", b"GCOL"))
ROOT = int.from_bytes(SMALL[64:72], "little")
SEGMENT = int.from_bytes(SMALL[HEAP + 24 : HEAP + 32], "little")
FREE = SEGMENT + int.from_bytes(SMALL[HEAP + 16 : HEAP + 24], "little")
ENTRY = NODE + 8
ARRAY = SMALL.index(np.arange(6, dtype="<f4").tobytes())
SCALAR = SMALL.index(np.float64(2).tobytes(), ARRAY)
LAYOUT = SMALL.index(b"\3\1" + ARRAY.to_bytes(8, "little"))
OTHER_LAYOUT = SMALL.index(b"\3\1" + SCALAR.to_bytes(8, "little"))
SHAPE = SMALL.index(b"\1\2\1\0\0\0\0\0" + (2).to_bytes(8, "little"))
REFERENCE = SMALL.index((5).to_bytes(4, "little") + STRINGS.to_bytes(8, "little"))
GROUP = int.from_bytes(SMALL[ENTRY + 8 : ENTRY + 16], "little")
CONTINUATION = SMALL.index(b"\x10\0\x10\0", GROUP) + 8
DATASET = int.from_bytes(SMALL[ENTRY + 48 : ENTRY + 56], "little")
NOTHING = SMALL.index(b"\3\1" + b"\xff" * 8)
TIME = SMALL.index(b"\x12\0\x08\0") + 8
NAME = SMALL.index(b"name\0")
KIND = SMALL.index(b"kind\0")
TABLE = SMALL.index(b"\x11\0\x10\0", GROUP)
with h5py.File(io.BytesIO(SMALL)) as opened:
    TRUTH = opened["truth"].id.get_offset()
TYPE = SMALL.index(b"\x11\x20\x1f\0")
STRING = SMALL.index(b"\x13\1\0\0\5\0\0\0")
FILL = SMALL.index(b"\5\0\x08\0\1\0\0\0") + 8
FIXED = SMALL.index(b"fixed")
HUGE = 2**63
DAMAGED = {
    "version of the superblock": ((8, b"\7"), "superblock is of version 7"),
    "size of addresses": ((13, b"\4"), "size of addresses must be 8"),
    "large nodes": ((16, b"\xff\xff"), "group leaf node K must be 4"),
    "end of the file": ((40, len(SMALL) + 1), "cut off"),
    "version of free space": ((9, b"\1"), "free-space version"),
    "version of the root": ((10, b"\1"), "root group's version"),
    "version of shared messages": ((12, b"\1"), "shared header message"),
    "size of lengths": ((14, b"\4"), "size of lengths must be 8"),
    "wide nodes": ((18, b"\xff\xff"), "group internal node K must be 16"),
    "consistency": ((20, b"\1"), "consistency flags"),
    "base": ((24, 8), "base address must be 0"),
    "free space": ((32, 96), "address of the free space"),
    "early end": ((40, 2000), "the file ends at byte 2000"),
    "driver": ((48, 96), "driver information"),
    "root outside": ((64, HUGE), "the file ends at byte"),
    "root's tree elsewhere": ((80, NODE), "not the group that the entry"),
    "version of an object header": ((ROOT, b"\2"), "version must be 1"),
    "number of messages": ((ROOT + 2, b"\x40"), "should have 64 messages"),
    "size of an object header": ((ROOT + 8, b"\xff\xff\xff\xff"), "the file ends at byte"),
    "continuation to itself": ((CONTINUATION, CONTINUATION - 8), "shares bytes with the object header"),
    "continuation to the one before": ((CONTINUATION, GROUP), "shares bytes with the object header"),
    "continuation outside": ((CONTINUATION, HUGE), "the file ends at byte"),
    "continuation without bytes": ((CONTINUATION + 8, 0), "leads to no bytes"),
    "long continuation": ((CONTINUATION + 8, HUGE), "the file ends at byte"),
    "message too long": ((CONTINUATION - 6, b"\xf8\xff"), "too early"),
    "message of an odd size": ((CONTINUATION - 6, b"\x0f"), "multiple of 8"),
    "message of an unknown type": ((CONTINUATION - 8, b"\x7f"), "type 0x7f"),
    "message shared": ((CONTINUATION - 4, b"\2"), "committed datatype"),
    "flags of a message": ((CONTINUATION - 4, b"\x80"), "flags are 0x80"),
    "few messages": ((GROUP + 2, b"\1"), "1 messages, and has more"),
    "signature of a tree": ((TREE, b"T0EE"), "must begin with b'TREE'"),
    "children of a tree": ((TREE + 6, b"\xff\xff"), "up to 32 children"),
    "tree below itself": ((TREE + 32, TREE), "shares bytes with the B-tree node"),
    "neighbour of a tree": ((TREE + 8, TREE), "left neighbour"),
    "right neighbour of a tree": ((TREE + 16, TREE), "right neighbour"),
    "key outside": ((TREE + 40, HUGE), "key at its right"),
    "left key": ((TREE + 24, 8), "key at its left"),
    "child outside": ((TREE + 32, HUGE), "the file ends at byte"),
    "version of a node": ((NODE + 4, b"\2"), "symbol table node at byte .* version must be 1"),
    "signature of a node": ((NODE, b"SNOP"), "must begin with b'SNOD'"),
    "symbols": ((NODE + 6, b"\x09"), "1 to 8 entries, got 9"),
    "names the other way round": (
        ((ENTRY, SMALL[ENTRY + 40 : ENTRY + 48]), (ENTRY + 40, SMALL[ENTRY : ENTRY + 8])),
        "not in order",
    ),
    "name outside": ((ENTRY, HUGE), "does not end"),
    "one name twice": ((ENTRY + 40, SMALL[ENTRY : ENTRY + 8]), "shares bytes with another"),
    "kind of an entry": ((ENTRY + 16, b"\3"), "cache type must be 0 or 1"),
    "soft link": ((ENTRY + 16, b"\2"), "soft link"),
    "root is an array": (((64, DATASET), (72, 0)), "root is a dataset"),
    "array is a group": ((ENTRY + 40 + 16, b"\1"), "is not the group"),
    "address of nothing": ((NOTHING + 2, 96), "must not have an address"),
    "array without an address": ((LAYOUT + 2, 2**64 - 1), "0 bytes stored"),
    "time of another version": ((TIME, b"\2"), "modification time message at byte .* version must be 1"),
    "attribute without a name": ((NAME, bytes(4)), "it is empty"),
    "two attributes of a name": ((KIND, b"name"), "two of the name 'name'"),
    "version of an attribute": ((NAME - 8, b"\2"), "attribute message at byte .* version must be 1"),
    "two times": ((TIME + 8, b"\x12"), "another in its object header"),
    "group without members": (
        (TABLE, b"\0"),
        "'group' is no group and no dataset, its object header has: nothing",
    ),
    "truth": ((TRUTH, b"\2"), "must be 0 or 1"),
    "type of no number": ((TYPE + 8, b"\1"), "none of integers"),
    "version of a string": ((STRING, b"\x23"), "no string of the version"),
    "filling of a string": ((STRING + 1, b"\3"), "no string of the version"),
    "size of a type": ((STRING + 4, b"\xff\xff\xff\xff"), "cannot be in a file"),
    "version of a fill value": ((FILL, b"\7"), "fill value message at byte .* version must be 2"),
    "fill value allocated": ((FILL + 1, b"\7"), "allocation time"),
    "fill value written": ((FILL + 2, b"\7"), "writing time"),
    "fill value defined": ((FILL + 3, b"\7"), "whether it is defined"),
    "size of a fill value": ((FILL + 4, b"\x03"), "must have this size, got 3"),
    "version of a shape": ((SHAPE, b"\3"), "dataspace message at byte .* version must be 1"),
    "flags of a shape": ((SHAPE + 2, b"\2"), "the flags must be 0 or 1"),
    "group in the root": ((ENTRY + 8, ROOT), "hard links"),
    "version of a heap": ((HEAP + 4, b"\1"), "local heap at byte .* version must be 0"),
    "signature of a heap": ((HEAP, b"HEAT"), "must begin with b'HEAP'"),
    "size of a heap": ((HEAP + 8, HUGE), "the file ends at byte"),
    "free block outside": ((HEAP + 16, HUGE), "a free block at"),
    "free block after itself": ((FREE, FREE - SEGMENT), "shares bytes with another"),
    "size of a free block": ((FREE + 8, HUGE), "is said to be of"),
    "free block on names": ((HEAP + 16, 8), "free block"),
    "heap without the empty name": ((SEGMENT, b"x"), "must be empty"),
    "names without an end": ((SEGMENT, b"\1" * 88), "damaged"),
    "slash in a name": ((SEGMENT + 8, b"a/b\0"), "a member of the name 'a/b'"),
    "point as a name": ((SEGMENT + 8, b".\0"), "a member of the name '.'"),
    "attribute not in UTF-8": ((FIXED, b"\xff"), "'kind' is not UTF-8"),
    "name not in UTF-8": ((SEGMENT + 8, b"\xff"), "not UTF-8"),
    "version of a string heap": ((STRINGS + 4, b"\2"), "version must be 1"),
    "strings of one number": ((STRINGS + 40, b"\1"), "two objects 1"),
    "free space of a string heap": ((STRINGS + 48, 8), "free space is said to be of 8 bytes"),
    "signature of a string heap": ((STRINGS, b"GCOP"), "must begin with b'GCOL'"),
    "size of a string heap": ((STRINGS + 8, HUGE), "the file ends at byte"),
    "small string heap": ((STRINGS + 8, 64), "4096 bytes or more"),
    "size of a string": ((STRINGS + 24, HUGE), "too early"),
    "longer than its string": ((REFERENCE, b"\xff\xff\xff\x7f"), "its object has 5"),
    "string that is not there": ((REFERENCE + 12, b"\xff"), "object 255 is not there"),
    "strings outside": ((REFERENCE + 4, HUGE), "the file ends at byte"),
    "zero byte in a string": ((STRINGS + 33, b"\0"), "zero byte"),
    "array outside": ((LAYOUT + 2, HUGE), "the file ends at byte"),
    "array on another": ((OTHER_LAYOUT + 2, ARRAY), "shares bytes with the array"),
    "array on the superblock": ((LAYOUT + 2, 0), "shares bytes with the superblock"),
    "size of an array": ((LAYOUT + 10, 16), "16 bytes stored"),
    "version of a layout": ((LAYOUT, b"\2"), "version must be 3"),
    "layout": ((LAYOUT + 1, b"\7"), "class must be 0, 1 or 2"),
    "shape": ((SHAPE + 8, 3), "may grow"),
    "huge shape": (((SHAPE + 8, 2**40), (SHAPE + 24, 2**40)), "24 bytes stored"),
    "shape beyond all": (((SHAPE + 8, HUGE), (SHAPE + 24, HUGE)), "no memory can hold"),
    "rank": ((SHAPE + 1, b"\x21"), "number of dimensions"),
}


def in_chunks(file):
    file.create_dataset(
        "x", data=np.arange(12.0).reshape(4, 3), chunks=(2, 2), compression="gzip", shuffle=True
    )
    file.create_dataset("y", data=np.arange(4.0), chunks=(2,))


CHUNKS = written(in_chunks)
FILTERS = CHUNKS.index(b"\1\2" + bytes(6) + b"\2\0\x08\0")
IN_CHUNKS = CHUNKS.index(b"\3\2\3")
INDEX = CHUNKS.index(b"TREE\1")
FIRST, SECOND, THIRD, _, LAST = range(INDEX + 24, INDEX + 24 + 5 * 40, 40)
OTHER_INDEX = CHUNKS.index(b"TREE\1", INDEX + 1)
DAMAGED_CHUNKS = {
    "version of filters": ((FILTERS, b"\2"), "filter pipeline message at byte .* version must be 1"),
    "number of filters": ((FILTERS + 1, b"\xff"), "too early|settings|flags"),
    "flags of a filter": ((FILTERS + 12, b"\7"), "flags of a filter"),
    "setting of a filter": ((FILTERS + 24, b"\x09"), r"filter 2 has the settings \[9\]"),
    "filters of what is in one piece": ((IN_CHUNKS + 1, b"\1"), "and yet have filters"),
    "rank of chunks": ((IN_CHUNKS + 2, b"\2"), "number of dimensions must be 3"),
    "index outside": ((IN_CHUNKS + 3, HUGE), "the file ends at byte"),
    "chunks of nothing": ((IN_CHUNKS + 11, bytes(4)), r"chunks of \(0, 2\)"),
    "chunks larger than the array": ((IN_CHUNKS + 11, b"\5\0\0\0"), r"chunks of \(5, 2\)"),
    "elements of chunks": ((IN_CHUNKS + 19, b"\4\0\0\0"), "size of an element must be 8"),
    "index of names": ((INDEX + 4, b"\0"), "node type must be 1"),
    "index below itself": (((INDEX + 5, b"\1"), (FIRST + 32, INDEX)), "shares bytes with the B-tree node"),
    "index without children": ((INDEX + 5, b"\1\0\0"), "of level 1 got 0"),
    "place of a chunk": ((SECOND + 16, 1), "is not that of"),
    "one chunk twice": ((SECOND + 32, CHUNKS[FIRST + 32 : FIRST + 40]), "shares bytes with the chunk"),
    "size of a chunk": ((FIRST, b"\xff\xff\xff\xff"), "the file ends at byte"),
    "filters left out": ((THIRD + 4, b"\1"), "left out for it alone"),
    "last key": ((LAST + 8, 0), "is followed by"),
    "last key between chunks": ((LAST + 8, 5), "is followed by"),
    "chunk of another size": ((OTHER_INDEX + 24, b"\x08"), "has 8 bytes, and is of 16"),
}


def accented(file):
    file["größe"] = file["grüße"] = 1.0


LINKS = written(accented)
LINK = LINKS.index("größe".encode()) - 4
INFO, HINTS = (LINKS.index(start) + 8 for start in (b"\2\0\x18\0", b"\x0a\0\x08\0"))
DAMAGED_LINKS = {
    "version of a link": ((LINK, b"\2"), "link message at byte .* version must be 1"),
    "flags of a link": ((LINK + 1, b"\x50"), "flags are 0x50"),
    "characters of a link": ((LINK + 2, b"\5"), "character set"),
    "length of a name": ((LINK + 3, b"\xff"), "too early"),
    "name not in UTF-8": ((LINK + 4, b"\xff"), "not UTF-8"),
    "zero byte in a name": ((LINK + 4, b"\0"), "holds a zero byte"),
    "two links of a name": ((LINK + 4, "grüße".encode()), "two of the name"),
    "link outside": ((LINK + 11, HUGE), "the file ends at byte"),
    "version of link info": ((INFO, b"\1"), "version must be 0"),
    "flags of link info": ((INFO + 1, b"\1"), "flags must be 0"),
    "version of group info": ((HINTS, b"\1"), "version must be 0"),
    "flags of group info": ((HINTS + 1, b"\1"), "flags must be 0"),
}

MANY = written(many_members)
ABOVE = MANY.index(b"TREE\0\1")
DAMAGED_TREES = {
    "key of a child": ((ABOVE + 40, 8), "outer keys"),
    "level of a child": ((ABOVE + 5, b"\2"), "level"),
    "children the other way round": (
        ((ABOVE + 32, MANY[ABOVE + 48 : ABOVE + 56]), (ABOVE + 48, MANY[ABOVE + 32 : ABOVE + 40])),
        "outer keys",
    ),
}
CHANGED = {
    **{name: (SMALL, *row) for name, row in DAMAGED.items()},
    **{name: (CHUNKS, *row) for name, row in DAMAGED_CHUNKS.items()},
    **{f"{name} (links)": (LINKS, *row) for name, row in DAMAGED_LINKS.items()},
    **{f"{name} (trees)": (MANY, *row) for name, row in DAMAGED_TREES.items()},
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_changed_file(name):
    data, changes, message = CHANGED[name]
    changes = changes if isinstance(changes[0], tuple) else (changes,)
    with pytest.raises(ModelFileError, match=message):
        hdf5.read(patched(data, *changes), AMPLE)


@pytest.mark.parametrize(
    ("module", "limit", "fill"),
    [
        (structure, "MAX_OBJECTS", many_members),
        (structure, "MAX_OBJECTS", many_attributes),
        (trees, "MAX_NODES", many_members),
        (heaps, "MAX_STRINGS", many_attributes),
    ],
)
def test_there_are_limits(module, limit, fill, monkeypatch):
    data = written(fill)
    hdf5.read(data, AMPLE)
    monkeypatch.setattr(module, limit, 2)
    with pytest.raises(UnsafeModelError, match="more than 2 "):
        hdf5.read(data, AMPLE)


def reads_or_refuses(data):
    try:
        return hdf5.read(data, AMPLE)
    except ModelFileError:
        return None


def test_a_file_cut_off_anywhere():
    for n in range(len(SMALL)):
        with pytest.raises(ModelFileError):
            hdf5.read(SMALL[:n], AMPLE)
    assert hdf5.read(SMALL + bytes(100), AMPLE).arrays.keys() == {
        "group/array",
        "none",
        "scalar",
        "timed",
        "truth",
    }


TINY = written(lambda file: file.create_dataset("x", data=np.ones(2, "f4")))


def test_every_byte_changed():
    for i, byte in enumerate(TINY):
        reads_or_refuses(patched(TINY, (i, bytes([byte ^ 1 << i % 8]))))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_several_places_changed(data):
    places = st.integers(0, len(SMALL) - 8)
    values = st.binary(min_size=1, max_size=8) | st.sampled_from([bytes(8), b"\xff" * 8])
    changes = data.draw(
        st.lists(st.tuples(places, values | places.map(lambda n: n.to_bytes(8, "little"))), max_size=5)
    )
    reads_or_refuses(patched(SMALL, *changes))


GREEDY = """
import resource, sys, tracemalloc
from mlp.errors import ModelFileError
from mlp.files import hdf5
import h5py
for line in sys.stdin:
    data = bytes.fromhex(line)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    try:
        hdf5.read(data, 2**40)
        outcome = "read"
    except ModelFileError:
        outcome = "refused"
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(outcome, tracemalloc.get_traced_memory()[1], (after - before) * 1024)
    tracemalloc.stop()
"""


def test_memory_is_that_of_the_file():
    pytest.importorskip("resource")  # which Windows has not
    attacks = [
        SMALL,
        patched(SMALL, (SHAPE + 8, 2**40), (SHAPE + 16 + 8, 2**40)),
        patched(SMALL, (STRINGS + 8, HUGE)),
        patched(SMALL, (REFERENCE, b"\xff\xff\xff\x7f")),
        patched(SMALL, (HEAP + 8, 2**40)),
        written(bomb),
    ]
    done = subprocess.run(
        [sys.executable, "-c", GREEDY],
        input="\n".join(data.hex() for data in attacks),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [line[0] for line in lines] == ["read"] + ["refused"] * 5
    for data, (_, traced, resident) in zip(attacks, lines, strict=True):
        assert int(traced) < 2 * len(data) + 2**20
        assert int(resident) < 2 * len(data) + 2**24
