"""``mlp convert``, ``mlp inspect`` and ``mlp diff``."""

import numpy as np
import pytest

import mlp
from mlp import Input, Network
from mlp.layers import Add, Dense, Residual


@pytest.fixture
def models(tmp_path):
    """Files of three networks: ``a``, ``b`` with one other weight, ``c`` of another make."""
    a = Network([Dense(3, activation="relu", input_dim=2), Dense(1)], rng=0)
    a.compile("sgd", "mse")
    a.save(tmp_path / "a.npz")
    b = a.copy()
    b.layers[1].bias = [0.25]
    b.save(tmp_path / "b.npz")
    x = Input(shape=(2,))
    c = Network(inputs=x, outputs=Add()([Residual(Dense(2, kernel_regularizer="l2"))(x), x]), name="c")
    c.save(tmp_path / "c.npz")
    a.save_weights(tmp_path / "w.npz")
    return {"a": a, "b": b, "c": c}


def test_inspect_tells_what_is_in_a_file(run, models):
    result = run("inspect", "a.npz")
    assert result.status == 0
    text = result.out
    for fragment in ("written by mlp", "Safe: yes", "dense: Dense(units=3, activation='relu')", "dense_1: Dense(units=1)",
                     "13 numbers in 4 arrays", "dense/kernel", "(2, 3)", "float64", "from 0.25 to 0.25", "SGD(learning_rate=0.01",
                     "MeanSquaredError", "Steps of the optimizer: 0"):  # fmt: skip
        assert (fragment in text) is (fragment != "from 0.25 to 0.25"), fragment
    assert "from 0.25 to 0.25" in run("inspect", "b.npz").out
    text = run("inspect", "c.npz").out
    for fragment in ("c: Network", "residual: Residual()", "dense: Dense(units=2, kernel_regularizer=L2(l2=0.01))", "add: Add()", "Not compiled"):  # fmt: skip
        assert fragment in text
    assert "weights alone" in run("inspect", "w.npz").out


def test_inspect_tells_what_is_in_weights_of_keras(run, models, tmp_path):
    models["a"].save_weights(tmp_path / "w.weights.h5")
    lines = run("inspect", "w.weights.h5").lines
    assert lines[0].endswith("written by mlp, for Keras")
    assert "Layers: not in the file, which holds weights alone" in lines
    assert [line.split()[0] for line in lines if "float64" in line] == [
        "layers/dense/vars/0", "layers/dense/vars/1", "layers/dense_1/vars/0", "layers/dense_1/vars/1"
    ]  # fmt: skip


def test_inspect_builds_nothing(run, models, monkeypatch):
    def never(*_, **__):
        raise AssertionError("a layer was made")

    monkeypatch.setattr(mlp.layers.Layer, "__new__", never)
    assert run("inspect", "a.npz").status == 0


def test_inspect_says_what_is_not_safe(run, tmp_path):
    (tmp_path / "a.keras").write_bytes(b"\x80\x04\x95\x05\x00")
    result = run("inspect", "a.keras")
    assert result.status == 2
    assert "not safe" in result.err
    assert "pickle" in result.err


def test_inspect_tells_of_numbers_that_are_none(run, models, tmp_path):
    from mlp.files import npz, page
    from mlp.files.description import describe

    description = describe(models["a"])
    description.weights[0][0, 1] = np.nan
    (tmp_path / "n.npz").write_bytes(npz.pack(page.page_of(description), page.arrays_of(description)))
    assert "1 NaN or infinite" in run("inspect", "n.npz").out


def test_diff_tells_the_difference(run, models):
    result = run("diff", "a.npz", "a.npz")
    assert (result.status, result.lines) == (0, ["The same layers, weights and compile settings"])
    result = run("diff", "a.npz", "b.npz")
    assert result.status == 1
    assert result.lines == [
        "Weights: 1 of 4 arrays differ, at most by 0.25",
        "  dense_1/bias: at most by 0.25",
    ]
    result = run("diff", "a.npz", "c.npz")
    assert result.status == 1
    assert any(line.startswith("  -   dense: Dense(units=3") for line in result.lines)
    assert "Compile settings: one of the two is not compiled" in result.lines
    assert run("diff", "a.npz", "w.npz").lines[0] == "Layers: one of the files holds weights alone"


def test_a_network_without_a_name_may_get_one_on_the_way(run, models, tmp_path):
    pytest.importorskip("h5py")
    models["a"].save(tmp_path / "k.keras")
    result = run("diff", "a.npz", "k.keras")
    assert (result.status, result.lines) == (0, ["The same layers, weights and compile settings"])
    two = [Input(shape=(2,), name=name) for name in "xy"]
    shared = Dense(3)
    forked = Network(inputs=two, outputs=mlp.layers.Subtract()([shared(one) for one in two]))
    forked.compile("sgd", "mse")
    forked.save(tmp_path / "two.npz")
    forked.save(tmp_path / "two.keras")
    assert run("diff", "two.npz", "two.keras").lines == result.lines
    models["a"].name = "other"
    models["a"].save(tmp_path / "other.npz")
    assert any("other: Network" in line for line in run("diff", "k.keras", "other.npz").lines)


def test_diff_sees_other_connections(run, tmp_path):
    for name, order in (("a.npz", slice(None)), ("b.npz", slice(None, None, -1))):
        x = Input(shape=(2,))
        one, other = Dense(2, name="one"), Dense(2, name="other")
        first, second = [one, other][order]
        net = Network(inputs=x, outputs=mlp.layers.Subtract()([one(x), other(x)][order]))
        net.set_weights([np.ones_like(weight) for weight in net.get_weights()])
        net.save(tmp_path / name)
        assert {first.name, second.name} == {"one", "other"}
    assert run("diff", "a.npz", "b.npz").status == 1


def test_diff_sees_other_settings(run, models, tmp_path):
    models["a"].compile("adam", "mse")
    models["a"].save(tmp_path / "d.npz")
    result = run("diff", "a.npz", "d.npz")
    assert result.status == 1
    assert "SGD(" in result.out
    assert "Adam(" in result.out


def test_convert_writes_the_same_network(run, models, tmp_path):
    result = run("convert", "a.npz", "new.npz")
    assert (result.status, result.lines) == (0, ["Wrote new.npz: 13 parameters in 2 layers"])
    assert run("diff", "a.npz", "new.npz").status == 0
    np.testing.assert_array_equal(mlp.load(tmp_path / "new.npz")([[1.0, 2.0]]), models["a"]([[1.0, 2.0]]))
    assert run("convert", "a.npz", "new.keras").status == 0  # where the network gets a name
    assert run("diff", "new.keras", "a.npz").status == run("diff", "a.npz", "new.keras").status == 0


MISTAKES = {
    "there is one": (("convert", "a.npz", "b.npz"), "--overwrite"),
    "no such ending": (("convert", "a.npz", "b.foo"), "suffix"),
    "no such file": (("convert", "no.npz", "d.npz"), "no.npz: no such file"),
    "no such file to look at": (("inspect", "no.npz"), "no such file"),
    "no such file to compare": (("diff", "a.npz", "no.npz"), "no such file"),
    "weights alone": (("convert", "w.npz", "d.npz"), "w.npz holds weights alone"),
    "an ending that is read alone": (
        ("convert", "a.npz", "d.h5"),
        "d.h5: a whole network is read from it and not written",
    ),
    "an option of another format": (("convert", "a.npz", "d.npz", "--pure-python"), "pure_python"),
    "a folder": (("inspect", "."), "folder"),
    "one file to compare": (("diff", "a.npz"), "B"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line_and_writes_nothing(name, run, models, tmp_path):
    arguments, words = MISTAKES[name]
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    result = run(*arguments)
    assert result.status == 2
    assert len(result.err.splitlines()) == 1
    assert words in result.err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_convert_can_replace(run, models):
    assert run("convert", "a.npz", "b.npz", "--overwrite").status == 0
    assert run("diff", "a.npz", "b.npz").status == 0
