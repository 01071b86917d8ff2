import hashlib
from importlib.resources import files

import numpy as np

from mlp.datasets import load_iris
from mlp.datasets.iris import FEATURE_NAMES, TARGET_NAMES

# Of scikit-learn 1.9.1's load_iris, x as little-endian float64 and then y as little-endian int64.
SHA256 = "aa06b8008ceba42efc654be0f83fdafc786239c9e8f13146044d078f5aab8f23"


def test_are_the_published_ones():
    x, y = load_iris()
    assert hashlib.sha256(x.astype("<f8").tobytes() + y.astype("<i8").tobytes()).hexdigest() == SHA256


def test_shapes_and_types():
    x, y = load_iris()
    assert (x.shape, x.dtype, y.shape, y.dtype) == ((150, 4), np.float64, (150,), np.int64)
    assert x.flags.c_contiguous
    assert x.flags.owndata


def test_known_facts():
    x, y = load_iris()
    np.testing.assert_allclose(x.sum(axis=0), [876.5, 458.6, 563.7, 179.9], rtol=1e-12)
    assert y.tolist() == [0] * 50 + [1] * 50 + [2] * 50
    assert x[[0, 50, 100, 149]].tolist() == [
        [5.1, 3.5, 1.4, 0.2],
        [7.0, 3.2, 4.7, 1.4],
        [6.3, 3.3, 6.0, 2.5],
        [5.9, 3.0, 5.1, 1.8],
    ]


def test_rows_35_and_38_are_as_in_fishers_paper():
    x, _ = load_iris()
    assert x[34].tolist() == [4.9, 3.1, 1.5, 0.2]
    assert x[37].tolist() == [4.9, 3.6, 1.4, 0.1]


def test_names_are_the_header_of_the_file():
    header = files("mlp.datasets").joinpath("data", "iris.csv").read_text(encoding="utf-8").split("\n", 1)[0]
    assert header.split(",") == [*FEATURE_NAMES, "species"]
    assert TARGET_NAMES == ("setosa", "versicolor", "virginica")


def test_source_and_licence_are_stated():
    readme = files("mlp.datasets").joinpath("data", "README.md").read_text(encoding="utf-8")
    for text in (readme, load_iris.__doc__):
        assert "Fisher" in text
        assert "10.24432/C56C76" in text
        assert "CC BY 4.0" in text
