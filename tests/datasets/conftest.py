"""What the tests of data share: a small MNIST of made-up images, and the real one where it is at hand."""

import gzip
import io
import os
import struct
from pathlib import Path

import numpy as np
import pytest


def to_idx(array):
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.fixture(scope="session")
def idx_bytes():
    """The function from an array of bytes to the contents of its IDX file."""
    return to_idx


@pytest.fixture(scope="session")
def npz_bytes():
    """The function from named arrays to the contents of their npz file."""

    def to_npz(**arrays):
        file = io.BytesIO()
        np.savez_compressed(file, **arrays)
        return file.getvalue()

    return to_npz


@pytest.fixture(scope="session")
def small():
    """Arrays named as in Keras's mnist.npz: 3 images to train, 2 to test, labels as uint8."""
    rng = np.random.default_rng(0)
    return {
        "x_train": rng.integers(0, 256, (3, 28, 28), np.uint8),
        "y_train": np.array([5, 0, 9], np.uint8),
        "x_test": rng.integers(0, 256, (2, 28, 28), np.uint8),
        "y_test": np.array([7, 2], np.uint8),
    }


@pytest.fixture(scope="session")
def small_idx(small):
    """The same as the four published files: name without .gz, contents."""
    return {
        "train-images-idx3-ubyte": to_idx(small["x_train"]),
        "train-labels-idx1-ubyte": to_idx(small["y_train"]),
        "t10k-images-idx3-ubyte": to_idx(small["x_test"]),
        "t10k-labels-idx1-ubyte": to_idx(small["y_test"]),
    }


@pytest.fixture(scope="session")
def small_gz(small_idx):
    return {f"{name}.gz": gzip.compress(data, mtime=0) for name, data in small_idx.items()}


@pytest.fixture(scope="session")
def mnist10k():
    """The folder of the 10,000 real test images, in ``$MLP_SHARED_DATA`` or beside the repository."""
    default = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("MLP_SHARED_DATA", default)) / "mnist10k"
    if not folder.is_dir():
        pytest.skip(
            f"the real MNIST test images are not in {folder}; MLP_SHARED_DATA names their parent folder"
        )
    return folder
