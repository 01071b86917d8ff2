"""A network as a Python file that needs NumPy: it predicts the same bits."""

import ast
import re
import runpy
import sys

import numpy as np
import pytest
from files.source_code import run, script
from hypothesis import given, settings
from hypothesis import strategies as st
from tables.source import COMPOSED, HOSTILE, REFUSED, SUBJECTS, predicted, with_names

import mlp
from mlp import Network
from mlp import activations as act
from mlp.errors import ArgumentError, ModelFileError
from mlp.files.source.python import write
from mlp.layers import CategoryEncoding, Dense, Embedding, InputLayer
from mlp.testing.strategies import networks


def outputs(net, x):
    y = run(write(net))["predict"](*x)
    return list(y) if net.n_outputs > 1 else [y]


def same_bits(made, wanted):
    for y, expected in zip(made, wanted, strict=True):
        assert y.dtype == expected.dtype
        assert y.shape == expected.shape
        assert y.tobytes() == expected.tobytes()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("make", SUBJECTS.values(), ids=SUBJECTS)
def test_the_bits_are_those_of_predict(make, dtype):
    net, x = make(dtype)
    model = run(write(net))["predict"]
    for n in (len(x[0]), 1, 0):
        rows = [part[:n] for part in x]
        y = model(*rows)
        same_bits(list(y) if net.n_outputs > 1 else [y], predicted(net, rows))


@settings(max_examples=60, deadline=None)
@given(networks(max_layers=4, dtype=st.sampled_from(["float64", "float32"])), st.integers(0, 40), st.data())
def test_the_bits_of_any_network_are_those_of_predict(net, n, data):
    limit = min((layer.integers_below or 9 for layer in net.walk()), default=9)
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    x = rng.integers(0, limit, (n, *net.input_shape[1:])).astype(net.dtype)
    try:
        code = write(net)
    except ArgumentError as error:
        assert "no boundaries yet" in str(error)  # noqa: PT017 - any other reason is a fault
        return
    with np.errstate(all="ignore"):
        same_bits([run(code)["predict"](x)], [net.predict(x)])


def test_rows_in_columns_give_the_same_bits():
    net, (x,) = COMPOSED["wide"]("float64")
    x = np.asfortranarray(x)
    same_bits(outputs(net, [x]), [net.predict(x)])


def test_a_row_may_come_by_itself_and_other_shapes_are_refused():
    net, _ = COMPOSED["2-5-1"]("float64")
    model = run(write(net))["predict"]
    np.testing.assert_array_equal(model([0.3, 0.1]), net.predict([[0.3, 0.1]]))
    for wrong in ([[1.0, 2.0, 3.0]], [1.0], 5.0, [[[1.0, 2.0]]]):
        with pytest.raises(ValueError, match=r"x must have shape \(n, 2\)"):
            model(wrong)


def test_rows_of_several_inputs_belong_together():
    net, (a, b) = COMPOSED["several inputs and outputs"]("float64")
    with pytest.raises(ValueError, match="as many rows, got 1, 3"):
        run(write(net))["predict"](a[:1], b[:3])


def test_what_is_handed_out_is_not_the_callers():
    net, (x,) = COMPOSED["nothing"]("float64")
    (y,) = outputs(net, [x])
    assert not np.shares_memory(x, y)


@pytest.mark.parametrize("layer", [Embedding(3, 2), CategoryEncoding(3)], ids=lambda layer: layer.name)
@pytest.mark.parametrize("wrong", [-1.0, 3.0, 0.5, np.nan])
def test_what_is_no_whole_number_chooses_nothing(layer, wrong):
    model = run(write(Network([InputLayer((2,)), layer.copy()])))["predict"]
    with pytest.raises(ValueError, match="whole numbers from 0 to 2"):
        model([[0.0, wrong]])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_weights_that_are_no_numbers_stay_what_they_are(bad, dtype):
    net = Network([Dense(2, input_dim=2)], dtype=dtype, rng=0)
    net.layers[0].kernel[0, 1] = bad
    kernel = run(write(net))["kernel_1"]
    np.testing.assert_array_equal(kernel, net.layers[0].kernel)
    assert kernel.dtype == net.dtype


def test_every_number_of_single_precision_is_read_back():
    bits = np.random.default_rng(0).integers(0, 2**32, 6000, dtype=np.uint32)
    weights = np.concatenate([bits.view(np.float32), np.float32([1e-45, 3.4028235e38, 1.1754944e-38, -0.0])])
    # Its shortest decimal, 7.038531e-26, lies so near the middle between two numbers that double precision is the middle.
    weights[0] = np.array([363742205], np.uint32).view(np.float32)[0]
    assert np.float32(float(str(weights[0]))) != weights[0]
    weights = np.where(np.isfinite(weights), weights, np.float32(1.5)).reshape(2, -1)
    net = Network([Dense(weights.shape[1], use_bias=False, input_dim=2)], dtype="float32")
    net.set_weights([weights])
    assert run(write(net))["kernel_1"].tobytes() == weights.tobytes()


@pytest.mark.parametrize(("make", "words"), REFUSED.values(), ids=REFUSED)
def test_what_has_no_rule_is_refused_by_name(make, words):
    with pytest.raises(ArgumentError, match=words):
        write(make())


@pytest.mark.parametrize("pure_python", [False, True])
@pytest.mark.parametrize("name", COMPOSED)
def test_lines_are_short(name, pure_python):
    net, _ = COMPOSED[name]("float64")
    assert max(map(len, write(net, pure_python).decode().splitlines())) <= 120


@pytest.mark.parametrize("pure_python", [False, True])
def test_large_arrays_are_texts(pure_python):
    net, _ = COMPOSED["wide"]("float64")
    code = write(net, pure_python)
    assert b'kernel_1 = numbers("""\n' in code
    assert b'""", (130, 80))\n' in code
    assert sum(1 for _ in ast.walk(ast.parse(code))) < 5000


def test_a_file_is_written_and_not_read(tmp_path):
    net, (x,) = COMPOSED["2-5-1"]("float64")
    path = tmp_path / "model.py"
    net.save(path)
    np.testing.assert_array_equal(runpy.run_path(str(path))["predict"](x), net.predict(x))
    with pytest.raises(ModelFileError, match="known format"):
        mlp.load(path)
    with pytest.raises(ArgumentError, match="weights alone"):
        net.save_weights(path)


@pytest.mark.parametrize("pure_python", [False, True])
@pytest.mark.parametrize(
    "names", [HOSTILE, *([name] for name in HOSTILE)], ids=lambda names: ascii(names[0])[:20]
)
def test_names_stay_in_comments(names, pure_python):
    code, plain = (
        write(with_names(names), pure_python),
        write(with_names([f"a_{i}" for i in range(len(names))]), pure_python),
    )
    assert ast.dump(ast.parse(code)) == ast.dump(ast.parse(plain))


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1), st.booleans())
def test_any_name_stays_in_a_comment(name, pure_python):
    code, plain = write(with_names([name]), pure_python), write(with_names(["a"]), pure_python)
    assert ast.dump(ast.parse(code)) == ast.dump(ast.parse(plain))
    (comment,) = re.findall(rb"# (.*): Dense, 2 -> 2", code)
    assert re.fullmatch(rb"[A-Za-z0-9_.-]{1,40}", comment)


def test_the_file_is_a_script_that_needs_numpy_alone(tmp_path):
    net, x = COMPOSED["several inputs and outputs"]("float64")
    path = tmp_path / "model.py"
    net.save(path)
    table = np.concatenate([part.reshape(9, -1) for part in x], axis=1)
    text = "\n".join(",".join(map(repr, row)) for row in table.tolist()) + "\n\n"
    done = script(path, text=text)
    assert done.stderr == ""
    expected = np.concatenate([y.reshape(9, -1) for y in net.predict(x)], axis=1)
    made = [[float(v) for v in line.split(",")] for line in done.stdout.splitlines()]
    np.testing.assert_array_equal(made, expected)
    wrong = script(path, ["1.0", "2.0"])
    assert (wrong.returncode, wrong.stderr) == (1, f"{path}: a row must have 9 number(s), got 2\n")


def test_gelu_without_scipy_is_right_to_the_last_digits(monkeypatch):
    net = Network([InputLayer((1,)), Dense(1, act.Gelu())])
    net.set_weights([[[1.0]], [0.0]])
    x = np.linspace(-36, 36, 300)[:, None]
    code = write(net)
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    y = run(code)["predict"](x)
    monkeypatch.undo()
    # The argument of erfc is rounded, which costs x^2 ulps in its tail.
    assert (np.abs(y / net.predict(x) - 1) <= (4 + x * x) * np.finfo(float).eps).all()
