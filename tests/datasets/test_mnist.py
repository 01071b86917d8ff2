"""`load_mnist(path)`: files that are there, in every layout in use."""

import sys
from pathlib import Path

import numpy as np
import pytest

from mlp.datasets import load_mnist
from mlp.datasets.mnist_files import SHA256
from mlp.errors import ArgumentError, ArgumentTypeError, DatasetError


def assert_small(small, pairs):
    (x_train, y_train), (x_test, y_test) = pairs
    for name, array in [("x_train", x_train), ("y_train", y_train), ("x_test", x_test), ("y_test", y_test)]:
        assert np.array_equal(array, small[name])
        assert array.dtype == (np.uint8 if name[0] == "x" else np.int64)
        assert array.flags.writeable


def put(folder, files):
    for name, contents in files.items():
        (folder / name).write_bytes(contents)


LAYOUTS = {
    "plain": lambda idx, gz, arrays, npz_bytes: idx,
    "gzip": lambda idx, gz, arrays, npz_bytes: gz,
    "dot": lambda idx, gz, arrays, npz_bytes: {
        name.replace("-idx", ".idx"): data for name, data in idx.items()
    },
    "dot and gzip": lambda idx, gz, arrays, npz_bytes: {
        name.replace("-idx", ".idx"): data for name, data in gz.items()
    },
    "unpacked by a browser": lambda idx, gz, arrays, npz_bytes: {
        f"{name}.gz": data for name, data in idx.items()
    },
    "npz": lambda idx, gz, arrays, npz_bytes: {"mnist.npz": npz_bytes(**arrays)},
    "idx to train, npz to test": lambda idx, gz, arrays, npz_bytes: {
        **{name: data for name, data in idx.items() if "train" in name},
        "mnist.npz": npz_bytes(x_test=arrays["x_test"], y_test=arrays["y_test"]),
    },
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("as_path", [str, Path])
def test_layouts_of_a_folder(tmp_path, small, small_idx, small_gz, npz_bytes, layout, as_path):
    put(tmp_path, layout(small_idx, small_gz, small, npz_bytes))
    path = as_path(tmp_path)
    assert_small(small, load_mnist(path))
    assert_small(small, (load_mnist(path, split="train"), load_mnist(path, split="test")))


def test_path_of_an_npz_file_and_home(tmp_path, small, npz_bytes, monkeypatch):
    put(tmp_path, {"any name.npz": npz_bytes(**small)})
    assert_small(small, load_mnist(tmp_path / "any name.npz"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert_small(small, load_mnist("~/any name.npz"))


@pytest.mark.parametrize(("part", "other"), [("train", "t10k"), ("test", "train")])
def test_split_reads_only_its_files(tmp_path, small, small_idx, part, other):
    put(tmp_path, {name: b"not read" if other in name else data for name, data in small_idx.items()})
    x, y = load_mnist(tmp_path, split=part)
    assert np.array_equal(x, small[f"x_{part}"])
    assert np.array_equal(y, small[f"y_{part}"])
    with pytest.raises(DatasetError, match=other):
        load_mnist(tmp_path)


def test_split_reads_only_its_arrays(tmp_path, small, npz_bytes):
    put(
        tmp_path,
        {"mnist.npz": npz_bytes(x_test=small["x_test"], y_test=small["y_test"], x_train=np.zeros(3))},
    )
    assert np.array_equal(load_mnist(tmp_path, split="test")[0], small["x_test"])
    with pytest.raises(DatasetError, match="has no array y_train"):
        load_mnist(tmp_path)


@pytest.mark.parametrize(("here", "part", "missing"), [("t10k", "test", "train"), ("train", "train", "t10k")])
def test_a_folder_with_one_part_names_what_is_missing_and_the_cure(tmp_path, small_gz, here, part, missing):
    put(tmp_path, {name: data for name, data in small_gz.items() if here in name})
    with pytest.raises(
        DatasetError, match=f"{missing}-images-idx3-ubyte, {missing}-labels.*split='{part}'"
    ) as caught:
        load_mnist(tmp_path)
    assert f"{here}-images" not in str(caught.value)


def test_missing_files_are_named(tmp_path, small_gz):
    with pytest.raises(DatasetError, match=r"train-images.*train-labels.*t10k-images.*t10k-labels.*\.gz\)$"):
        load_mnist(tmp_path)
    put(tmp_path, {name: data for name, data in small_gz.items() if "labels" not in name})
    with pytest.raises(DatasetError, match=r"neither mnist.npz nor t10k-labels-idx1-ubyte \(plain"):
        load_mnist(tmp_path, split="test")


def test_paths_that_lead_nowhere(tmp_path, small_gz):
    put(tmp_path, small_gz)
    with pytest.raises(DatasetError, match="nowhere does not exist"):
        load_mnist(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match=r"nowhere\.npz does not exist"):
        load_mnist(tmp_path / "nowhere.npz")
    with pytest.raises(DatasetError, match=r"gz is no \.npz file; give its folder"):
        load_mnist(tmp_path / "t10k-images-idx3-ubyte.gz")


@pytest.mark.parametrize("path", [3, b"folder", True, ["folder"]])
def test_path_of_a_wrong_type(path):
    with pytest.raises(ArgumentTypeError, match="path must be a str, a PathLike or None"):
        load_mnist(path)


@pytest.mark.parametrize("split", ["validation", "Test", 0, True])
def test_unknown_split(tmp_path, split):
    with pytest.raises(ArgumentError, match="split must be one of None, 'train', 'test'"):
        load_mnist(tmp_path, split=split)


def test_real_test_images(mnist10k):
    x, y = load_mnist(mnist10k, split="test")
    assert (x.shape, x.dtype, y.shape, y.dtype) == ((10_000, 28, 28), np.uint8, (10_000,), np.int64)
    assert y[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert np.bincount(y).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert abs(x.mean() - 33.791) < 0.001


def test_real_test_images_are_the_published_files(mnist10k, monkeypatch, tmp_path):
    folder = tmp_path / "mnist"
    folder.mkdir()
    for name in SHA256:
        if name.startswith("t10k"):
            (folder / name).write_bytes((mnist10k / name).read_bytes())
    monkeypatch.setenv("MLP_DATA_DIR", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pooch", None)
    x, _ = load_mnist(split="test")
    assert len(x) == 10_000
