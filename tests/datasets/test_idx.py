import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mlp.datasets.idx import LARGEST_ARRAY, read_idx
from mlp.errors import DatasetError

LABELS = np.array([5, 0, 4, 1, 9], np.uint8)
IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)

packings = pytest.mark.parametrize(
    "pack", [bytes, lambda data: gzip.compress(data, mtime=0)], ids=["plain", "gzip"]
)


@packings
@given(
    array=hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5)),
    data=st.data(),
)
def test_round_trip(pack, tmp_path_factory, idx_bytes, array, data):
    path = tmp_path_factory.mktemp("idx") / data.draw(st.sampled_from(["a", "a.gz"]), label="name")
    path.write_bytes(pack(idx_bytes(array)))
    read = read_idx(path, array.ndim)
    assert read.dtype == np.uint8
    assert read.shape == array.shape
    assert np.array_equal(read, array)
    assert read.flags.writeable
    assert read.flags.owndata


@packings
@pytest.mark.parametrize("array", [LABELS, IMAGES], ids=["labels", "images"])
def test_cut_off_at_any_byte(pack, tmp_path, idx_bytes, array):
    contents = pack(idx_bytes(array))
    path = tmp_path / "cut"
    for length in range(len(contents)):
        path.write_bytes(contents[:length])
        with pytest.raises(DatasetError, match="cut: "):
            read_idx(str(path), array.ndim)
    path.write_bytes(contents)
    assert np.array_equal(read_idx(str(path), array.ndim), array)


@pytest.mark.parametrize("position", range(8))
def test_a_changed_byte_of_the_header(tmp_path, idx_bytes, position):
    path = tmp_path / "changed"
    for value in range(1, 256):
        contents = bytearray(idx_bytes(LABELS))
        contents[position] ^= value
        path.write_bytes(contents)
        with pytest.raises(DatasetError, match="changed: "):
            read_idx(path, 1)


def test_a_changed_byte_of_compressed_data_is_never_a_wrong_array(tmp_path, idx_bytes):
    whole = gzip.compress(idx_bytes(LABELS), mtime=0)
    path = tmp_path / "changed.gz"
    refused = 0
    for position in range(len(whole)):
        for bit in range(8):
            contents = bytearray(whole)
            contents[position] ^= 1 << bit
            path.write_bytes(contents)
            try:
                assert np.array_equal(read_idx(path, 1), LABELS)
            except DatasetError:
                refused += 1
    assert refused > 0.6 * 8 * len(whole)


@packings
@pytest.mark.parametrize(
    ("contents", "n_dimensions", "message"),
    [
        (b"", 1, "cut off in its header, after 0 bytes"),
        (b"\0\0\x08\x01\0\0", 1, "cut off in its header, after 6 bytes"),
        (b"\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x01\x07", 1, "00 00 08 01, this one with 00 00 08 03"),
        (b"\0\0\x0d\x01\0\0\0\x01\0\0\0\0", 1, "unsigned bytes with 1 dimension.*00 00 08 01.*00 00 0d 01"),
        (b"P5 28 28 255\n", 3, "this one with 50 35 20 32"),
        (b"\0\0\x08\x01\0\0\0\x03\x05\x05", 1, r"shape \(3,\), 3 bytes; only 2 are there"),
        (b"\0\0\x08\x01\0\0\0\x03\x05\x05\x05\x05", 1, r"shape \(3,\), 3 bytes; more are there"),
        (b"\0\0\x08\x03" + b"\xff" * 12, 3, f"4294967295, 4294967295.*more than {LARGEST_ARRAY} bytes"),
        (b"\0\0\x08\x01\x40\0\0\x01", 1, f"more than {LARGEST_ARRAY} bytes"),
    ],
)
def test_messages_say_file_and_fault(pack, tmp_path, contents, n_dimensions, message):
    path = tmp_path / "some-idx"
    path.write_bytes(pack(contents))
    with pytest.raises(DatasetError, match=f"some-idx: .*{message}"):
        read_idx(path, n_dimensions)


def test_what_is_no_file(tmp_path):
    with pytest.raises(DatasetError, match="nowhere: cannot be read"):
        read_idx(tmp_path / "nowhere", 1)
    with pytest.raises(DatasetError, match=f"{tmp_path.name}: cannot be read"):
        read_idx(tmp_path, 1)
