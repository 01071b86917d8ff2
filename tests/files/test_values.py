"""Values of Python through JSON and arrays, to the last bit."""

import json
import struct

import numpy as np
import pytest

from mlp.arrays import RunningSum
from mlp.errors import ArgumentTypeError, ModelFileError
from mlp.files.values import decoded, encoded
from mlp.metrics.moments import moments

VALUES = [
    None, True, 0, -(10**39), "ä\n", 0.1, 5e-324, -0.0, float("inf"), float("-inf"), [], {}, (), [1, 2.0, "a", None],
    [0.1, float("nan"), -0.0], (1, (2.5, [3])), {"a": {"b": [0.5]}, "": 1}, np.float32(0.1), np.float64("nan"), np.int64(3),
    np.True_, np.arange(6.0).reshape(2, 3)[:, ::2], np.zeros((0, 3), np.float32), np.array(1.5), [np.float32(1), np.float32(2)],
    [np.ones(3), np.zeros(3)], [np.ones(3), np.zeros(2)], [np.ones(3), 1.0], [True, 1.0], RunningSum([1.0, 1e-30]),
    np.random.default_rng(0).bit_generator.state, np.random.Generator(np.random.MT19937(1)).bit_generator.state,
]  # fmt: skip


def same(a, b):
    """Of one type, with the same bits."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray | np.generic):
        return (a.shape, a.dtype, a.tobytes()) == (b.shape, b.dtype, b.tobytes())
    return struct.pack("d", a) == struct.pack("d", b) if isinstance(a, float) else a == b


def through(value):
    arrays = {}
    text = json.dumps(encoded(value, arrays), allow_nan=False)
    return decoded(json.loads(text), arrays)


@pytest.mark.parametrize("value", [*VALUES, moments(np.ones((2, 3, 1)))], ids=repr)
def test_they_come_back(value):
    assert same(through(value), value)
    assert same(through({"in": [value, value]}), {"in": [value, value]})


def test_a_long_list_takes_one_array():
    arrays = {}
    encoded({"loss": [0.5] * 1000, "score": [np.ones(3)] * 1000}, arrays)
    assert len(arrays) == 2


def test_what_comes_back_is_ones_own():
    value = np.ones(3)
    arrays = {}
    text = encoded(value, arrays)
    value[0] = 2
    first = decoded(text, arrays)
    first[1] = 3
    np.testing.assert_array_equal(decoded(text, arrays), np.ones(3))


@pytest.mark.parametrize(
    "value", [{1, 2}, {1: 2}, 1j, object(), 10**60, np.array(["a"]), np.datetime64("2020"), len], ids=repr
)
def test_what_a_file_cannot_hold_is_told(value):
    with pytest.raises(ArgumentTypeError, match=r"state\['a'\]\[1\] is of type"):
        encoded({"a": (1, value)}, {}, "state")


@pytest.mark.parametrize(
    "text", [[1], {}, {"list": 1}, {"dict": [1]}, {"float": "1"}, {"array": "no"}, {"number": "empty"}, {"rows": "one"},
             {"object": 1}, {"list": [], "tuple": []}, {"moments": [1]}, {"sum": 3}, {"array": ["a"]}], ids=repr,
)  # fmt: skip
def test_what_was_never_written_is_refused(text):
    with pytest.raises(ModelFileError, match="damaged"):
        decoded(text, {"empty": np.zeros(0), "one": np.array(1.0)})
