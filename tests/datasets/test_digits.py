import hashlib
from importlib.resources import files

import numpy as np

from mlp.datasets import load_digits
from mlp.datasets.digits import FEATURE_NAMES, TARGET_NAMES

# Of scikit-learn 1.9.1's load_digits, x as little-endian float64 and then y as little-endian int64.
SHA256 = "f6d9e39f37dc45d327f6db33428ee58970ccceabb2535a5c179de35886b70443"


def test_are_the_published_ones():
    x, y = load_digits()
    assert hashlib.sha256(x.astype("<f8").tobytes() + y.astype("<i8").tobytes()).hexdigest() == SHA256


def test_shapes_and_types():
    x, y = load_digits()
    assert (x.shape, x.dtype, y.shape, y.dtype) == ((1797, 64), np.float64, (1797,), np.int64)
    assert x.flags.c_contiguous
    assert x.flags.owndata
    assert y.flags.owndata


def test_known_facts():
    x, y = load_digits()
    assert x.sum() == 561718
    assert (x.min(), x.max()) == (0, 16)
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert y[:10].tolist() == list(range(10))
    assert x[0, :16].tolist() == [0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0]


def test_names_are_the_header_of_the_file():
    header = (
        files("mlp.datasets").joinpath("data", "digits.csv").read_text(encoding="utf-8").split("\n", 1)[0]
    )
    assert header.split(",") == [*FEATURE_NAMES, "digit"]
    assert FEATURE_NAMES[8 * 2 + 5] == "pixel_2_5"
    assert TARGET_NAMES == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")


def test_each_call_gives_arrays_of_its_own():
    x, y = load_digits()
    x[:], y[:] = -1, -1
    x, y = load_digits()
    assert x.min() == 0
    assert y.min() == 0


def test_source_and_licence_are_stated():
    readme = files("mlp.datasets").joinpath("data", "README.md").read_text(encoding="utf-8")
    for text in (readme, load_digits.__doc__):
        assert "10.24432/C50P49" in text
        assert "CC BY 4.0" in text
