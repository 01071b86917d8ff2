"""What is written for Keras is what Keras itself writes, and what Keras has not is refused by its place."""

import io
import json
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from tables.keras_models import MODELS
from tables.optimizers import OPTIMIZERS

from mlp import Input, Network, activations, losses, metrics, optimizers, schedules
from mlp import keras as spelled
from mlp.errors import ArgumentError, MissingExtraError, ModelFileError, StateError
from mlp.files.keras import slots
from mlp.files.keras.checksum import CHECKSUM, checksum
from mlp.files.keras.writing.objects import keras_object
from mlp.files.keras.writing.plan import plan_of
from mlp.layers import (
    Activation,
    CategoryEncoding,
    Dense,
    Dropout,
    Layer,
    LayerNormalization,
    Normalization,
    Residual,
    RMSNormalization,
)

BY_KERAS = json.loads(Path(__file__).with_name("keras").joinpath("keras-3.15.1.json").read_text())


def members(net, tmp_path, name="model.keras"):
    net.save(tmp_path / name)
    with zipfile.ZipFile(tmp_path / name) as archive:
        return {member: archive.read(member) for member in archive.namelist()}


def datasets(data):
    found = {}
    with h5py.File(io.BytesIO(data)) as file:
        file.visititems(
            lambda path, item: found.update({path: item[()]}) if isinstance(item, h5py.Dataset) else None
        )
        return found, dict(file.attrs)


def names_of_groups(data):
    found = {}
    with h5py.File(io.BytesIO(data)) as file:
        file.visititems(
            lambda path, item: found.update({path: item.attrs["name"]}) if "name" in item.attrs else None
        )
    return found


#: What Keras writes and we do not, or otherwise: numbers of objects in memory, and defaults.
SILENT = {
    "build_config", "data_format", "dtype", "jit_compile", "kwargs", "optional", "quantization_config", "ragged",
    "registered_name", "renorm", "renorm_clipping", "renorm_momentum", "rms_scaling", "run_eagerly", "shared_object_id",
    "sparse", "steps_per_execution", "synchronized",
}  # fmt: skip


def telling(config):
    """A configuration without what is silent, and without nulls."""
    if isinstance(config, list):
        return [telling(item) for item in config]
    if not isinstance(config, dict):
        return config
    kept = {key: telling(item) for key, item in config.items() if key not in SILENT and item is not None}
    if not config.get("compile_config", True):
        del kept["compile_config"]
    if config.get("class_name") == "Huber":
        kept["config"].pop("delta", None)  # which Keras forgets
    if config.get("class_name") == "LayerNormalization":
        kept["config"]["axis"] = np.ravel(kept["config"]["axis"]).tolist()
    return kept


@pytest.mark.parametrize("name", MODELS)
def test_architecture_settings_and_places_are_keras_s_own(name, tmp_path):
    spelled.backend.clear_session()
    net = MODELS[name](spelled)
    found = members(net, tmp_path)
    ours, theirs = telling(json.loads(found["config.json"])), telling(BY_KERAS[name]["config"])
    assert ours == theirs
    arrays, _ = datasets(found["model.weights.h5"])
    assert {path: list(array.shape) for path, array in sorted(arrays.items())} == BY_KERAS[name]["shapes"]
    assert names_of_groups(found["model.weights.h5"]) == BY_KERAS[name]["names"]


NET = [Dense(4, "tanh", input_dim=3, name="hidden"), Dense(2, name="out")]


def net_of(*layers, shape=(3,), **settings):
    net = Network([Input(shape=shape), *layers], rng=0)
    if settings:
        net.compile(**settings)
    return net


def test_weights_are_at_keras_s_places_to_the_last_bit(tmp_path):
    net = net_of(Dense(4), Dense(2, use_bias=False), optimizer="adam", loss="mse")
    net.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    net.save_weights(tmp_path / "net.weights.h5")
    arrays, attributes = datasets((tmp_path / "net.weights.h5").read_bytes())
    assert sorted(arrays) == ["layers/dense/vars/0", "layers/dense/vars/1", "layers/dense_1/vars/0"]
    for weight, array in zip(net.get_weights(), arrays.values(), strict=True):
        np.testing.assert_array_equal(array, weight)
        assert array.dtype == weight.dtype
    assert attributes[CHECKSUM] == checksum(arrays)


def test_equal_networks_give_equal_bytes(tmp_path):
    for name in ("a.keras", "b.keras"):
        net = net_of(Dense(4), Residual(Dense(4)), Dropout(0.5, seed=1), optimizer="adam", loss="mse")
        net.fit(np.ones((4, 3)), np.ones((4, 4)), verbose=0)
        net.save(tmp_path / name)
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()


def test_the_archive_is_stored_and_holds_what_keras_does_not_know(tmp_path):
    net = net_of(Dense(2))
    net.metadata["made for"] = "a test"
    found = members(net, tmp_path)
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert list(found) == ["metadata.json", "config.json", "model.weights.h5"]
    about = json.loads(found["metadata.json"])
    assert about["keras_version"] == "3.10.0"
    assert about["mlp"]["metadata"] == {"made for": "a test"}
    assert len(about["mlp"]["generators"]) == 1


def test_generators_stand_in_the_order_of_keras_s_layers(tmp_path):
    x = Input(shape=(3,))
    deep = Residual(Residual(Residual(Dropout(0.5, seed=1))))
    net = Network(inputs=x, outputs=[Dense(1)(deep(x)), Dense(1)(Dense(3)(Dropout(0.5, seed=2)(x)))])
    states = json.loads(members(net, tmp_path)["metadata.json"])["mlp"]["generators"]
    order = [layer.seed for layer in plan_of(net).leaves() if isinstance(layer, Dropout)]
    fresh = [np.random.default_rng(seed).bit_generator.state["state"]["state"] for seed in order]
    assert [state["state"]["state"] for state in states[1:]] == fresh
    assert order != [layer.seed for layer in net.walk() if isinstance(layer, Dropout)]


@pytest.mark.parametrize("flip", range(3))
def test_a_checksum_is_of_names_shapes_and_numbers(flip):
    arrays = {"a": np.zeros((2, 3)), "b": np.ones(3, np.float32)}
    other = [
        {"c": arrays["a"], "b": arrays["b"]},
        {"a": arrays["a"].reshape(3, 2), "b": arrays["b"]},
        {"a": arrays["a"], "b": np.nextafter(arrays["b"], np.float32(2))},
    ][flip]
    assert checksum(arrays) == checksum(dict(reversed(arrays.items())))
    assert checksum(arrays) != checksum(other)


def test_residual_connections_are_laid_open(tmp_path):
    shared = Residual(Dense(3, "tanh"), name="around")
    x = Input(shape=(3,))
    net = Network(
        inputs=x, outputs=shared(Residual(Residual(Dense(3, name="deep")), name="twice")(shared(x)))
    )
    layers = json.loads(members(net, tmp_path)["config.json"])["config"]["layers"]
    assert {layer["name"]: layer["class_name"] for layer in layers} == {
        "input_layer": "InputLayer", "around_dense": "Dense", "around": "Add", "twice_residual_deep": "Dense",
        "twice_residual": "Add", "twice": "Add",
    }  # fmt: skip
    assert [len(layer["inbound_nodes"]) for layer in layers if layer["name"].startswith("around")] == [2, 2]


def test_what_stands_in_something_frozen_is_frozen(tmp_path):
    net = net_of(
        Network([Dense(3, input_dim=3), Residual(Dense(3))], trainable=False),
        Dense(2),
        Residual(Dense(2), trainable=False),
    )
    layers = json.loads(members(net, tmp_path)["config.json"])["config"]["layers"]
    assert [layer["config"].get("trainable") for layer in layers] == [None, False, True, False, True]
    inner = layers[1]["config"]["layers"]
    assert [layer["config"].get("trainable") for layer in inner] == [None, False, False, True]


class Own(Layer):
    """Does nothing."""

    def forward(self, x, training=False):
        return x

    def backward(self, dy):
        return dy


class OwnNetwork(Network):
    """Does something else."""

    def forward(self, x, training=False):
        return 2 * super().forward(x, training)


class Dense2(Dense):
    """Not Keras's."""


def two_of(layer):
    return net_of(layer, Dense(2))


REFUSED = {
    "a layer of one's own": (lambda: two_of(Own()), "layer 0 'own' .*: Keras has no layer Own: use another one, or save as .npz"),
    "a subclass": (lambda: two_of(Dense2(3)), "Keras has no layer Dense2"),
    "a network of one's own": (lambda: OwnNetwork(list(map(Layer.copy, NET))), "a class of your own"),
    "one inside": (lambda: two_of(OwnNetwork([Dense(3, input_dim=3)])), "layer 0 .*a class of your own"),
    "no layers": (Network, "no layers"),
    "step": (lambda: two_of(Dense(3, "step", name="s")), "layer 0 's' .*no activation Step"),
    "an activation's arguments": (
        lambda: two_of(Activation(activations.Celu(0.5))), r"no activation Celu\(alpha=0.5\), only one without arguments",
    ),
    "the hard sigmoid of Keras 2": (lambda: two_of(Dense(3, activations.HardSigmoid(0.2))), r"no activation HardSigmoid\(slope=0.2\)"),
    "threshold": (lambda: two_of(Activation(activations.Threshold(0.5, 1.0))), "no activation Threshold"),
    "glu in a dense layer": (lambda: two_of(Dense(4, "glu")), "changes the shape"),
    "sparsemax": (lambda: two_of(Dense(4, "sparsemax")), "do not sum to 1"),
    "a slow layer": (lambda: two_of(Dense(3, lr_multiplier=0.5)), "layer 0 .*no lr_multiplier: set it to 1"),
    "a slow network": (
        lambda: two_of(Residual(Dense(3), lr_multiplier=0.5)), "layer 0 'residual' .*no lr_multiplier",
    ),
    "counts of several axes": (
        lambda: net_of(CategoryEncoding(3, "count"), shape=(2, 3)), "layer 0 .*along axis 1 together",
    ),
    "root mean squares of another axis": (lambda: net_of(RMSNormalization(1), shape=(2, 3)), "along the last axes alone"),
    "a name with a slash": (lambda: two_of(Dense(3, name="a/b")), "no names with '/'"),
    "a slash in the network's": (lambda: Network([Dense(1, input_dim=1)], name="a/b"), "no names with '/'"),
    "Rprop": (lambda: net_of(Dense(1), optimizer="rprop", loss="mse"), "the optimizer: Keras has no Rprop: compile with"),
    "LBFGS": (lambda: net_of(Dense(1), optimizer="lbfgs", loss="mse"), "the optimizer: Keras has no LBFGS"),
    "WarmUp": (
        lambda: net_of(Dense(1), optimizer=optimizers.SGD(schedules.WarmUp(0.1, 3)), loss="mse"), "the optimizer: .*no schedule WarmUp",
    ),
    "a loss": (lambda: net_of(Dense(1), loss=losses.SumSquaredError()), "the loss: Keras has no loss SumSquaredError"),
    "a loss of one's own": (lambda: net_of(Dense(1), loss=lambda t, y: (t - y) ** 2), "the loss: Keras has no loss FunctionLoss"),
    "a metric": (
        lambda: net_of(Dense(1), loss="mse", metrics=[metrics.SignAccuracy()]), "the metrics: Keras has no metric SignAccuracy",
    ),
    "accuracy of signs": (lambda: net_of(Dense(1), loss="hinge", metrics=["accuracy"]), "'accuracy' means SignAccuracy"),
}  # fmt: skip


def test_an_axis_that_older_versions_do_not_know_is_written_only_where_it_says_something():
    usual, other = (losses.SparseCategoricalCrossentropy(axis=axis) for axis in (-1, 1))
    assert "axis" not in keras_object(usual, "")["config"]
    assert keras_object(other, "")["config"]["axis"] == 1


@pytest.mark.parametrize(("make", "says"), REFUSED.values(), ids=REFUSED)
def test_what_keras_has_not_is_refused(make, says, tmp_path):
    with pytest.raises(ArgumentError, match=says):
        make().save(tmp_path / "model.keras")
    assert not list(tmp_path.iterdir())


def test_weights_left_out_of_decay_are_refused(tmp_path):
    net = net_of(Dense(1), optimizer=optimizers.AdamW(), loss="mse")
    net.optimizer.exclude_from_weight_decay(var_names=["bias"])
    with pytest.raises(ArgumentError, match=r"excluded from weight decay, here \('bias',\)"):
        net.save(tmp_path / "model.keras")


def test_a_stale_optimizer_is_refused(tmp_path):
    net = net_of(Dense(3), optimizer="adam", loss="mse")
    net.fit(np.ones((4, 3)), np.ones((4, 3)), verbose=0)
    net.add(Dense(3))
    with pytest.raises(StateError, match="compile again"):
        net.save(tmp_path / "model.keras")


def test_accuracy_of_logits_is_told_in_full(tmp_path):
    net = net_of(Dense(1), loss=losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
    (metric,) = json.loads(members(net, tmp_path)["config.json"])["compile_config"]["metrics"]
    assert metric["class_name"] == "BinaryAccuracy"
    assert metric["config"] == {"name": "accuracy", "threshold": 0.0}


def test_constants_are_constants_until_they_are_changed(tmp_path):
    def written():
        config = json.loads(members(net, tmp_path)["config.json"])["config"]["layers"][1]["config"]
        arrays, _ = datasets(members(net, tmp_path)["model.weights.h5"])
        return config["mean"], config["variance"], sorted(arrays)

    net = net_of(Normalization(mean=1.0, variance=[1.0, 2.0, 3.0]))
    assert written() == ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0], [])
    net.set_weights([np.zeros(3), np.ones(3), np.array(5.0)])
    assert written() == (None, None, [f"layers/normalization/vars/{i}" for i in range(3)])


def test_axes_are_named_in_the_order_of_the_weights(tmp_path):
    net = net_of(LayerNormalization((-1, 1)), shape=(2, 3))
    assert json.loads(members(net, tmp_path)["config.json"])["config"]["layers"][1]["config"]["axis"] == [
        1,
        2,
    ]


ROWS = [row for row in OPTIMIZERS if type(row.make()).__name__ in slots.TURNS]
OPTIONS = [
    {},
    {"use_ema": True},
    {"gradient_accumulation_steps": 3},
    {"use_ema": True, "gradient_accumulation_steps": 2},
]


def after_steps(optimizer, weights, steps=5):
    rng = np.random.default_rng(0)
    vector = np.concatenate([w.ravel() for w in weights])
    for _ in range(steps):
        optimizer.step(vector, rng.normal(size=vector.shape))
    return optimizer, vector


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name or repr(row.make()))
@pytest.mark.parametrize("version", [(3, 0), (3, 10)])
def test_an_optimizer_s_state_comes_back(row, options, version):
    weights = [np.arange(1.0, 7.0).reshape(2, 3), np.ones(3), np.full((3, 1), 2.0)]
    optimizer, _ = after_steps(row.make(learning_rate=0.1, **options), weights)
    order = [2, 0]
    variables = slots.to_keras(optimizer, weights, order)
    if version < (3, 10) and len(options) == 2:
        variables[2:6] = [variables[i] for i in (2, 4, 3, 5)]
    state = slots.from_keras(row.make(learning_rate=0.1, **options), variables, weights, order, version)
    before = optimizer.get_state()
    assert {k: v for k, v in state.items() if k != "slots"} == {
        k: v for k, v in before.items() if k != "slots"
    }
    trained = np.r_[0:6, 9:12]
    for name, slot in before["slots"].items():
        np.testing.assert_allclose(state["slots"][name][trained], slot[trained], rtol=1e-15)
    fresh = row.make(learning_rate=0.1, **options)
    fresh.plan_for(*[np.concatenate([w.ravel() for w in weights])] * 2)
    for name, slot in fresh.slots.items():
        expected = weights[1] if name == "average" else slot[6:9]
        np.testing.assert_array_equal(state["slots"][name][6:9], expected)


G = np.array([2.0, -1.0])
FIRST_STEP = {
    "adam": (optimizers.Adam(0.5, 0.75, 0.5), [0.25 * G, 0.5 * G**2]),
    "amsgrad": (optimizers.AdamW(0.5, 0.01, 0.75, 0.5, amsgrad=True), [0.25 * G, 0.5 * G**2, 0.5 * G**2]),
    "nadam": (optimizers.Nadam(0.5, 0.75, 0.5), [0.25 * G, 0.5 * G**2, np.array(0.75 * (1 - 0.5 * 0.96))]),
    "lamb": (optimizers.Lamb(0.5, 0.75, 0.5), [0.25 * G, 0.5 * G**2]),
    "adamax": (optimizers.Adamax(0.5, 0.75), [0.25 * G, np.abs(G)]),
    "sgd": (optimizers.SGD(0.5, momentum=0.5), [-0.5 * G]),
    "rmsprop": (optimizers.RMSprop(0.5, rho=0.75, centered=True), [0.25 * G**2, 0.25 * G]),
    "adagrad": (optimizers.Adagrad(0.5), [0.1 + G**2]),
    "lion": (optimizers.Lion(0.5, beta_2=0.75), [0.25 * G]),
}


@pytest.mark.parametrize(("optimizer", "values"), FIRST_STEP.values(), ids=FIRST_STEP)
def test_variables_hold_what_the_papers_say(optimizer, values):
    weight = np.array([1.0, 3.0])
    optimizer.step(weight, G)
    found = slots.to_keras(optimizer, [weight], [0])
    assert (int(found[0]), float(found[1])) == (1, 0.5)
    for variable, value in zip(found[2:], values, strict=True):
        np.testing.assert_allclose(variable, value, rtol=1e-7)


def test_a_rate_that_was_changed_comes_from_the_variable():
    sgd, weights = optimizers.SGD(0.1), [np.ones(2)]
    assert slots.from_keras(sgd, [np.array(3), np.float32(0.1)], weights, [0])["learning_rate"] == 0.1
    assert slots.from_keras(sgd, [np.array(3), np.float32(0.25)], weights, [0])["learning_rate"] == 0.25
    scheduled = optimizers.SGD(schedules.ExponentialDecay(0.1, 3, 0.5))
    assert slots.from_keras(scheduled, [np.array(3)], weights, [0])["learning_rate"] is None


@pytest.mark.parametrize(
    "variables",
    [[], [np.array(1)], [np.array(1), np.array(0.1)], [np.array(1), np.array(0.1), np.ones(3)], [np.array(1), np.array(0.1), np.full(2, np.nan)],
     [np.array(np.nan), np.array(0.1), np.ones(2)], [np.array(1), np.array(0.1), np.ones(2), np.ones(2)]],
)  # fmt: skip
def test_state_of_another_optimizer_is_refused(variables):
    with pytest.raises(ModelFileError, match="the state of SGD"):
        slots.from_keras(optimizers.SGD(0.1, momentum=0.5), variables, [np.ones(2)], [0])


def test_without_keras_to_keras_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(MissingExtraError, match="pip install keras jax"):
        net_of(Dense(1)).to_keras()


def test_nothing_of_a_network_is_changed_by_writing(tmp_path):
    net = net_of(Dense(3), Residual(Dense(3)), optimizer="nadam", loss="mse")
    net.fit(np.ones((4, 3)), np.ones((4, 3)), verbose=0)
    twin = net.copy()
    net.save(tmp_path / "model.keras")
    for one in (net, twin):
        one.fit(np.ones((4, 3)), np.ones((4, 3)), verbose=0)
    np.testing.assert_array_equal(net.parameters, twin.parameters)
