"""A network as a Python file that needs NumPy: it predicts the same bits."""

import pytest
from tables.source import SUBJECTS, predicted

from mlp.files.source.python import write


def run(code, name="model"):
    """What the file defines."""
    names = {"__name__": name}
    exec(compile(code, "model.py", "exec"), names)  # noqa: S102 - the file is the subject
    return names


def outputs(net, x):
    y = run(write(net))["predict"](*x)
    return list(y) if net.n_outputs > 1 else [y]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("make", SUBJECTS.values(), ids=SUBJECTS)
def test_the_bits_are_those_of_predict(make, dtype):
    net, x = make(dtype)
    for n in (len(x[0]), 1, 0):
        rows = [part[:n] for part in x]
        for y, expected in zip(outputs(net, rows), predicted(net, rows), strict=True):
            assert y.dtype == expected.dtype
            assert y.shape == expected.shape
            assert y.tobytes() == expected.tobytes()
