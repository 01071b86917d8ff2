"""A network as a Python file without NumPy: it predicts the same but for rounding."""

import numpy as np
import pytest
from files.source_code import run, script
from hypothesis import given, settings
from hypothesis import strategies as st
from tables.activations import ACTIVATIONS
from tables.source import COMPOSED, FLAT, REFUSED, SUBJECTS, bound, far_axes, predicted, rows_for

from mlp import Network
from mlp.errors import ArgumentError
from mlp.files.source.python import write
from mlp.layers import CategoryEncoding, Dense, Embedding, InputLayer

EPS = np.finfo(float).eps


def outputs(net, x):
    y = run(write(net, pure_python=True))["predict"](*(part.tolist() for part in x))
    return [np.array(part) for part in (y if net.n_outputs > 1 else [y])]


@pytest.mark.parametrize("make", SUBJECTS.values(), ids=SUBJECTS)
def test_every_layer_predicts_the_same(make):
    net, x = make("float64")
    for y, expected in zip(outputs(net, x), predicted(net, x), strict=True):
        assert y.shape == expected.shape
        np.testing.assert_allclose(y, expected, rtol=0, atol=32 * EPS * np.abs(expected).max())


def test_the_weights_of_single_precision_are_kept():
    net, x = COMPOSED["2-5-1"]("float32")
    wide = net.copy().astype("float64")
    np.testing.assert_allclose(outputs(net, x)[0], wide.predict(x[0]), rtol=0, atol=8 * EPS)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 40), st.sampled_from(FLAT)), min_size=1, max_size=4),
    st.integers(1, 40),
    st.integers(0, 2**20),
)
def test_rounding_stays_within_its_bound(layers, n, seed):
    rng = np.random.default_rng(seed)
    net = Network([InputLayer((n,)), *(Dense(units, f) for units, f in layers)], rng=seed)
    net.set_weights([rng.normal(size=w.shape) for w in net.get_weights()])
    x = rng.normal(size=(5, n))
    assert (np.abs(outputs(net, [x])[0] - net.predict(x)) <= bound(net, x, EPS)).all()


@pytest.mark.parametrize("row", ACTIVATIONS, ids=lambda row: repr(row.make()))
def test_activations_are_right_to_the_last_digits(row):
    net, x = rows_for(row)
    y, expected = outputs(net, [x])[0], net.predict(x)
    assert (np.abs(y - expected) <= 2 * row.ulps * EPS * np.abs(expected) + 4 * 5e-324).all()


def test_one_row_many_rows_and_no_rows():
    net, (x,) = COMPOSED["2-5-1"]("float64")
    model = run(write(net, pure_python=True))["predict"]
    assert model(x[0].tolist()) == model(x[:1].tolist()) == [model(x.tolist())[0]]
    assert model([]) == []
    assert model([(1, 2)]) == model([[1.0, 2.0]])
    for wrong in ([[1.0, 2.0, 3.0]], [1.0], [[[1.0, 2.0]]], [[1.0], [2.0]]):
        with pytest.raises(ValueError, match="must have shape"):
            model(wrong)


def test_rows_of_several_inputs_belong_together():
    net, (a, b) = COMPOSED["several inputs and outputs"]("float64")
    with pytest.raises(ValueError, match="as many rows, got 2, 3"):
        run(write(net, pure_python=True))["predict"](a[:2].tolist(), b[:3].tolist())


@pytest.mark.parametrize("layer", [Embedding(3, 2), CategoryEncoding(3)], ids=lambda layer: layer.name)
@pytest.mark.parametrize("wrong", [-1.0, 3.0, 0.5, float("nan"), float("inf")])
def test_what_is_no_whole_number_chooses_nothing(layer, wrong):
    model = run(write(Network([InputLayer((2,)), layer.copy()]), pure_python=True))["predict"]
    with pytest.raises(ValueError, match="whole numbers from 0 to 2"):
        model([[0.0, wrong]])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers_stay_what_they_are(bad):
    net = Network([Dense(2, input_dim=2)], rng=0)
    net.layers[0].kernel[0, 1] = bad
    np.testing.assert_array_equal(run(write(net, pure_python=True))["kernel_1"], net.layers[0].kernel)


@pytest.mark.parametrize(("make", "words"), [*REFUSED.values(), (far_axes, "no neighbours")])
def test_what_has_no_rule_is_refused_by_name(make, words):
    with pytest.raises(ArgumentError, match=words):
        write(make(), pure_python=True)


@pytest.mark.parametrize("name", ["2-5-1", "several inputs and outputs", "matrices"])
def test_the_file_is_a_script_that_needs_no_package(name, tmp_path):
    net, x = COMPOSED[name]("float64")
    path = tmp_path / "model.py"
    net.save(path, pure_python=True)
    table = np.concatenate([part.reshape(9, -1) for part in x], axis=1)
    text = "\n\n".join(",".join(map(repr, row)) for row in table.tolist())
    done = script(path, text=text, without_numpy=True)
    assert done.stderr == ""
    made = [[float(v) for v in line.split(",")] for line in done.stdout.splitlines()]
    expected = np.concatenate([y.reshape(9, -1) for y in predicted(net, x)], axis=1)
    np.testing.assert_allclose(made, expected, rtol=0, atol=1e-14)


def test_the_script_says_in_one_line_what_is_wrong(tmp_path):
    net, _ = COMPOSED["2-5-1"]("float64")
    path = tmp_path / "model.py"
    net.save(path, pure_python=True)
    wrong = script(path, ["1.0"], without_numpy=True)
    assert (wrong.returncode, wrong.stderr) == (1, f"{path}: a row must have 2 number(s), got 1\n")
