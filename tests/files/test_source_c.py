"""A network as a C file: it compiles without a warning, and predicts the same but for rounding to single precision."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from files.source_code import Library
from hypothesis import given, settings
from hypothesis import strategies as st
from tables.activations import ACTIVATIONS
from tables.source import (
    COMPOSED,
    FLAT,
    HOSTILE,
    REFUSED,
    SUBJECTS,
    bound,
    far_axes,
    predicted,
    rows_for,
    with_names,
)  # fmt: skip

from mlp import Network
from mlp import layers as lay
from mlp.errors import ArgumentError
from mlp.files.source.c import write

EPS = np.finfo(np.float32).eps

compiled = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler, cc")


def of_subject(make):
    """A network of single precision and rows."""
    return make("float32")


def of_activation(row):
    net, x = rows_for(row)
    return net, [x]


def chain(seed):
    """Dense layers of random sizes, with weights that single precision rounds."""
    rng = np.random.default_rng(seed)
    n, *sizes = rng.integers(1, 40, rng.integers(2, 6)).tolist()
    layers = [lay.Dense(units, FLAT[rng.integers(len(FLAT))]) for units in sizes]
    net = Network([lay.InputLayer((n,)), *layers], rng=seed)
    net.set_weights([rng.normal(size=w.shape) for w in net.get_weights()])
    return net, [rng.normal(size=(5, n)).astype(np.float32).astype(np.float64)]


def wide():
    """More numbers on the way than there is room for on a small stack."""
    net = Network([lay.Dense(5000, "relu", input_dim=2), lay.Dense(1)], rng=0)
    return net, [np.random.default_rng(0).normal(size=(3, 2)).astype(np.float32).astype(np.float64)]


def no_numbers(bad):
    net = Network([lay.Dense(2, input_dim=1)], rng=0)
    net.layers[0].kernel[0, 1] = net.layers[0].bias[0] = bad
    return net, [np.ones((1, 1))]


CHOOSING = {
    "embedding": lambda: lay.Embedding(3, 2),
    **{mode: lambda mode=mode: lay.CategoryEncoding(3, mode) for mode in ("one_hot", "multi_hot", "count")},
}
WRONG = [-1.0, 3.0, 0.5, 1e30, np.nan, np.inf, -np.inf]

CASES = {
    **{("subject", name): (lambda make=make: of_subject(make)) for name, make in SUBJECTS.items()},
    **{("activation", repr(row.make())): (lambda row=row: of_activation(row)) for row in ACTIVATIONS},
    **{("chain", seed): (lambda seed=seed: chain(seed)) for seed in range(25)},
    **{("bad", str(bad)): (lambda bad=bad: no_numbers(bad)) for bad in (np.nan, np.inf, -np.inf)},
    **{
        ("choosing", name): (lambda make=make: (Network([lay.InputLayer((2,)), make()], rng=0), None))
        for name, make in CHOOSING.items()
    },
    ("wide",): wide,
    ("hostile",): lambda: (with_names(HOSTILE), [np.ones((1, 2))]),
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The networks and their rows by case, and what the library gives for rows."""
    subjects = {case: make() for case, make in CASES.items()}
    library = Library(tmp_path_factory.mktemp("c"), [write(net) for net, _ in subjects.values()])
    places = {case: i for i, case in enumerate(CASES)}

    def outputs(case, x):
        shapes = subjects[case][0].output_shape
        shapes = shapes if isinstance(shapes, list) else [shapes]
        return library.predict(places[case], x, [shape[1:] for shape in shapes])

    return subjects, outputs


@compiled
@pytest.mark.parametrize("name", SUBJECTS)
def test_every_layer_predicts_the_same(made, name):
    subjects, outputs = made
    net, x = subjects["subject", name]
    for y, expected in zip(outputs(("subject", name), x), predicted(net, x), strict=True):
        np.testing.assert_allclose(y, expected, rtol=0, atol=64 * EPS * np.abs(expected).max())


@compiled
@pytest.mark.parametrize("row", ACTIVATIONS, ids=lambda row: repr(row.make()))
def test_activations_are_right_to_the_last_digits(made, row):
    subjects, outputs = made
    case = "activation", repr(row.make())
    net, (x,) = subjects[case]
    (y,), expected = outputs(case, [x]), net.predict(x)
    ulps = 2 * row.ulps * EPS * np.abs(expected)
    assert (np.abs(y - expected) <= ulps + 4 * 1.4e-45).all()


@compiled
@pytest.mark.parametrize("seed", range(25))
def test_rounding_stays_within_its_bound(made, seed):
    subjects, outputs = made
    net, (x,) = subjects["chain", seed]
    assert (np.abs(outputs(("chain", seed), [x])[0] - net.predict(x)) <= bound(net, x, EPS)).all()


@compiled
def test_many_numbers_on_the_way_are_in_static_memory(made):
    subjects, outputs = made
    net, x = subjects["wide",]
    assert b"static float y_1[5000];" in write(net)
    assert b"only one thread at a time" in write(net)
    np.testing.assert_allclose(outputs(("wide",), x)[0], net.predict(x[0]), rtol=0, atol=1e-4)


@compiled
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf], ids=str)
def test_weights_that_are_no_numbers_stay_what_they_are(made, bad):
    _, outputs = made
    np.testing.assert_array_equal(outputs(("bad", str(bad)), [np.ones((1, 1))])[0], [[bad, bad]])


@compiled
@pytest.mark.parametrize("wrong", WRONG, ids=str)
@pytest.mark.parametrize("name", CHOOSING)
def test_what_is_no_whole_number_chooses_nothing(made, name, wrong):
    _, outputs = made
    y = outputs(("choosing", name), [[[0.0, wrong]]])[0][0]
    assert np.isnan(y if ("hot" in name and name != "one_hot") or name == "count" else y[1]).all()
    assert np.isfinite(outputs(("choosing", name), [[[0.0, 2.0]]])[0]).all()


@compiled
def test_names_that_would_end_a_comment_or_a_line_do_not(made):
    subjects, outputs = made
    net, x = subjects["hostile",]
    code = write(net).decode()
    assert "injected" not in code.replace("int_injected", "").replace("touch_injected", "")
    np.testing.assert_allclose(outputs(("hostile",), x)[0], net.predict(x[0]), rtol=0, atol=100 * EPS)


@compiled
def test_the_file_is_a_program(tmp_path):
    net, x = COMPOSED["several inputs and outputs"]("float32")
    net.save(tmp_path / "model.c")
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-DMLP_MAIN"]
    subprocess.run(["cc", *flags, "model.c", "-o", "model", "-lm"], cwd=tmp_path, check=True)
    table = np.concatenate([part.reshape(9, -1) for part in x], axis=1)
    text = "\n".join(",".join(map(repr, row)) for row in table.tolist())

    def run(text):
        return subprocess.run(
            ["./model"], input=text, cwd=tmp_path, capture_output=True, text=True, check=False
        )

    done = run(text)
    values = [[float(v) for v in line.split(",")] for line in done.stdout.splitlines()]
    expected = np.concatenate([y.reshape(9, -1) for y in predicted(net, x)], axis=1)
    np.testing.assert_allclose(values, expected, rtol=0, atol=1e-6)
    wrong = run("1 2 three")
    assert (wrong.returncode, wrong.stderr) == (1, "each row must have 9 number(s)\n")


@pytest.mark.parametrize(("make", "words"), [*REFUSED.values(), (far_axes, "no neighbours")])
def test_what_has_no_rule_is_refused_by_name(make, words):
    with pytest.raises(ArgumentError, match=words):
        write(make())


def test_a_weight_too_large_for_single_precision_is_refused():
    net = Network([lay.Dense(1, input_dim=1)])
    net.set_weights([[[1e39]], [0.0]])
    with pytest.raises(ArgumentError, match=r"1e\+39 .* single precision"):
        write(net)


@pytest.mark.parametrize("name", COMPOSED)
def test_lines_are_short(name):
    assert max(map(len, write(COMPOSED[name]("float32")[0]).decode().splitlines())) <= 120


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1))
def test_any_name_stays_in_a_comment(name):
    code, plain = write(with_names([name])).decode(), write(with_names(["a"])).decode()
    (found,) = re.findall(r"/\* (.*): Dense, 2 -> 2 \*/", code)
    assert re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", found)
    assert code.replace(f"/* {found}: ", "/* a: ") == plain
