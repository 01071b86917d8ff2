"""`load_mnist(path)`: what is damaged or not MNIST is refused by name, never read wrongly."""

import io
import zipfile

import numpy as np
import pytest

from mlp.datasets import load_mnist, mnist
from mlp.errors import DatasetError


def put(folder, files):
    for name, contents in files.items():
        (folder / name).write_bytes(contents)


X, Y = np.zeros((2, 28, 28), np.uint8), np.array([7, 2], np.uint8)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.zeros((2, 28, 27), np.uint8), Y, r"images must be uint8 of shape \(n, 28, 28\).*\(2, 28, 27\)"),
        (X[:0], Y[:0], r"images must be uint8 of shape .* n > 0; got uint8 of shape \(0, 28, 28\)"),
        (X, Y[:1], r"labels must be integers of shape \(2,\), one for each image; got uint8 of shape \(1,\)"),
        (X, np.array([7, 10], np.uint8), "labels must be from 0 to 9, got 7 to 10"),
    ],
)
def test_wrong_shapes_and_labels(tmp_path, npz_bytes, idx_bytes, x, y, message):
    put(tmp_path, {"t10k-images-idx3-ubyte": idx_bytes(x), "t10k-labels-idx1-ubyte": idx_bytes(y)})
    with pytest.raises(DatasetError, match=f"t10k-.*-ubyte: the {message}"):
        load_mnist(tmp_path, split="test")
    put(tmp_path, {"own.npz": npz_bytes(x_test=x, y_test=y)})
    with pytest.raises(DatasetError, match=rf"own\.npz: the {message}"):
        load_mnist(tmp_path / "own.npz", split="test")


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (X / 255.0, Y, "images must be uint8 .* got float64"),
        (X.reshape(2, 784), Y, r"images must be uint8 .* got uint8 of shape \(2, 784\)"),
        (np.uint8(3), Y, r"images must be uint8 .* got uint8 of shape \(\)"),
        (X, Y.astype(float), "labels must be integers .* got float64"),
        (X, np.eye(10, dtype=np.uint8)[Y], r"labels must be integers .* got uint8 of shape \(2, 10\)"),
        (X, np.array([-1, 3]), "labels must be from 0 to 9, got -1 to 3"),
        (X, np.array([7, None]), "array y_test cannot be read: .*allow_pickle"),
    ],
)
def test_wrong_arrays_of_an_npz_file(tmp_path, npz_bytes, x, y, message):
    put(tmp_path, {"mnist.npz": npz_bytes(x_test=x, y_test=y)})
    with pytest.raises(DatasetError, match=f"mnist.npz: the {message}"):
        load_mnist(tmp_path, split="test")


def test_integer_labels_of_any_kind(tmp_path, npz_bytes):
    for dtype in ("i1", ">i4", "u8", "i8"):
        put(tmp_path, {"mnist.npz": npz_bytes(x_test=X, y_test=Y.astype(dtype))})
        _, y = load_mnist(tmp_path, split="test")
        assert y.dtype == np.int64
        assert y.tolist() == [7, 2]


def test_npz_without_an_array(tmp_path, npz_bytes):
    put(tmp_path, {"mnist.npz": npz_bytes(x_test=X, labels=Y)})
    with pytest.raises(DatasetError, match=r"has no array y_test, only \['x_test.npy', 'labels.npy'\]"):
        load_mnist(tmp_path, split="test")


def test_npz_that_announces_too_much(tmp_path, npz_bytes, monkeypatch):
    put(tmp_path, {"mnist.npz": npz_bytes(x_test=X, y_test=Y)})
    monkeypatch.setattr(mnist, "LARGEST_ARRAY", 1000)
    with pytest.raises(DatasetError, match="array x_test has more than 1000 bytes"):
        load_mnist(tmp_path, split="test")


def test_npz_cut_off_at_any_byte(tmp_path, npz_bytes):
    whole = npz_bytes(x_test=X, y_test=Y)
    for length in range(len(whole)):
        put(tmp_path, {"mnist.npz": whole[:length]})
        with pytest.raises(DatasetError, match=r"mnist\.npz: "):
            load_mnist(tmp_path, split="test")


@pytest.mark.parametrize(
    "compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "deflated"]
)
def test_npz_with_a_changed_byte_is_never_a_wrong_array(tmp_path, compression):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, array in [("x_test", X), ("y_test", Y)]:
            member = io.BytesIO()
            np.save(member, array)
            archive.writestr(f"{name}.npy", member.getvalue())
    whole = file.getvalue()
    refused = 0
    for position in range(0, len(whole), 1 + len(whole) // 1000):
        contents = bytearray(whole)
        contents[position] ^= 0x41
        put(tmp_path, {"mnist.npz": contents})
        try:
            x, y = load_mnist(tmp_path, split="test")
        except DatasetError:
            refused += 1
        else:
            assert np.array_equal(x, X)
            assert np.array_equal(y, Y)
    assert refused > 200
