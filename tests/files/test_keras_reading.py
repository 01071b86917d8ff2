"""Files that real Keras wrote: they predict what Keras predicted with them, and go on training as it went on."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

import mlp
from mlp import files
from mlp.compiled import compile_settings
from mlp.errors import ModelFileError, UnsafeModelError
from mlp.files.keras.reading.compile import compiled_of
from mlp.files.keras.reading.config import architecture_of
from mlp.files.keras.reading.objects import Reading

pytest.importorskip("h5py")

FOREIGN = Path(__file__).parent / "foreign"

#: What of a file the truth beside it does not tell, by the beginning of its name: Keras was wrong, or has not written what it did.
ODD = {
    "activations": "sparsemax, which Keras gets wrong",
    "last-activations": "sparsemax, which Keras gets wrong",
    "metrics": "Keras does not write the delta of its Huber loss",
    "keras-3.0.5/frozen": "Keras 3.0 trains layers that are frozen by their constructor",
    "preprocessing": "numbers of bins hang on the backend",
    **{
        f"keras-{version}/{stem}": why
        for version in ("2.12.0", "2.15.0")
        for stem, why in {
            "normalized": "what the layer had learned was moved after it had taken it over",
            "optimizer-nadam": "Keras 2 has in the file nothing of the product of momentums, which is not that of the steps",
        }.items()
    },
}

#: Where the Keras of then trains otherwise than that of today, or has not kept what is needed.
TRAINED_OTHERWISE = {
    **dict.fromkeys(
        ("keras-1.2.2/batch-normalization", "keras-2.2.4/batch-normalization", "keras-2.3.1/nested"),
        "the moving variance was corrected by n / (n - 1)",
    ),
    **dict.fromkeys(
        ("keras-2.3.1/sequential", "keras-2.3.1/nested"),
        "Adam counted a step more in its first step after loading",
    ),
}

#: What is refused although the file is as any other, and what must be named.
NOT_HERE = {
    "mixed-float16": "mixed_float16",
}

#: What there is not here, and what must be named where it is refused.
REFUSED = {
    "conv2d": (ModelFileError, "Conv2D"),
    "int8": (ModelFileError, "int8"),
    "lambda": (UnsafeModelError, "Lambda|__lambda__"),
    "lstm": (ModelFileError, "LSTM"),
    "operation": (ModelFileError, "Sin"),
    "own-activation": (UnsafeModelError, "own_activation"),
    "own-class": (UnsafeModelError, "Own"),
    "subclass": (UnsafeModelError, r"Subclassed.*net\.load_weights"),
}


def of(table: dict[str, str], path: Path) -> str | None:
    """What a table says of a file."""
    stem = path.name.split(".")[0]
    return table.get(stem) or table.get(f"{path.parent.name}/{stem}")


def label(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def listed(kind: str) -> list[Path]:
    """The files of this kind in the indexes of all versions of Keras."""
    return [
        index.parent / row["file"]
        for index in sorted(FOREIGN.glob("keras-*/index.json"))
        for row in json.loads(index.read_text())["files"]
        if row["kind"] == kind
    ]


MODELS = listed("model")
READ = [path for path in MODELS if not path.name.startswith("refused-") and not of(NOT_HERE, path)]
NOT_READ = [path for path in MODELS if path.name.startswith("refused-")]
WEIGHTS = [*listed("weights"), *listed("legacy weights")]


def truth_of(path: Path) -> dict[str, np.ndarray]:
    return dict(np.load(path.with_name(path.name.split(".")[0] + ".npz")))


def several(truth: dict[str, np.ndarray], key: str, names: list[str]) -> list[np.ndarray]:
    """The arrays of inputs or outputs: the only one, numbered ones, or those with names."""
    if key in truth:
        return [truth[key]]
    numbered = [truth[f"{key}_{i}"] for i in range(9) if f"{key}_{i}" in truth]
    return numbered or [truth[f"{key}_{name}"] for name in names]


def largest_difference(found: list[np.ndarray], wanted: list[np.ndarray]) -> float:
    """Of all numbers, relative to the largest in an array."""
    assert [one.shape for one in found] == [one.shape for one in wanted]
    return max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in zip(found, wanted, strict=True))


def inputs_of(net: mlp.Network, truth: dict[str, np.ndarray], key: str):
    arrays = several(truth, key, [str(layer.name) for layer in net.input_layers])
    return arrays if len(arrays) > 1 else arrays[0]


def predictions(net: mlp.Network, truth: dict[str, np.ndarray]) -> list[np.ndarray]:
    y = net.predict(inputs_of(net, truth, "x"), verbose=0)
    return y if isinstance(y, list) else [y]


@pytest.mark.parametrize("path", [path for path in READ if not of(ODD, path)], ids=label)
def test_predicts_what_keras_predicted(path):
    net, truth = mlp.load(path), truth_of(path)
    assert largest_difference(predictions(net, truth), several(truth, "y", net.output_names)) < 1e-6


@pytest.mark.parametrize("path", [path for path in READ if not of(ODD, path)], ids=label)
def test_goes_on_training_as_keras_went_on(path):
    net, truth = mlp.load(path), truth_of(path)
    if "loss" not in truth or net._compiled is None or of(TRAINED_OTHERWISE, path):
        return
    targets = several(truth, "y_train", net.output_names)
    history = net.fit(
        inputs_of(net, truth, "x_train"), targets if len(targets) > 1 else targets[0],
        batch_size=16, shuffle=False, verbose=0,
    )  # fmt: skip
    assert history.history["loss"][0] == pytest.approx(float(truth["loss"]), rel=1e-5)
    assert largest_difference(predictions(net, truth), several(truth, "y_after", net.output_names)) < 1e-5


@pytest.mark.parametrize("path", READ, ids=label)
def test_says_who_wrote_it_and_has_a_name_for_each_weight(path):
    description = files.describe(path)
    assert description.origin == "Keras " + path.parent.name.removeprefix("keras-")
    assert len(set(description.weight_names)) == len(description.weights)


@pytest.mark.parametrize("path", NOT_READ, ids=label)
def test_what_there_is_not_is_refused_by_name(path):
    error, reason = REFUSED[path.stem.removeprefix("refused-")]
    with pytest.raises(error, match=reason):
        mlp.load(path)


@pytest.mark.parametrize("path", [path for path in MODELS if of(NOT_HERE, path)], ids=label)
def test_what_would_compute_otherwise_is_refused_by_name(path):
    with pytest.raises(ModelFileError, match=of(NOT_HERE, path)):
        mlp.load(path)


@pytest.mark.parametrize("path", WEIGHTS, ids=label)
def test_weights_go_into_a_network_like_the_one_they_are_of(path):
    stem = path.name.split(".")[0]
    model = next(model for model in MODELS if model.parent == path.parent and model.stem == stem)
    net, truth = mlp.load(model), truth_of(path)
    wanted = predictions(net, truth)
    net.set_weights([np.zeros_like(weight) for weight in net.get_weights()])
    net.load_weights(path)
    assert all((a == b).all() for a, b in zip(predictions(net, truth), wanted, strict=True))


# Files that nobody's Keras wrote.

SMALL = FOREIGN / "keras-3.15.1" / "sequential.keras"


def parts_of(path: Path = SMALL) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def with_config(change, path: Path) -> Path:
    """A file whose configuration has become another by a function."""
    parts = parts_of()
    config = json.dumps(change(json.loads(parts["config.json"])))
    return packed({**parts, "config.json": config.encode()}, path)


def within(*place, remove=(), **changes):
    """A change of the table at a place in the configuration."""

    def change(config):
        table = config
        for key in place:
            table = table[key]
        table.update(changes)
        for key in remove:
            table.pop(key)
        return config

    return change


LAYERS = ("config", "layers")
LAYER, ARGUMENTS = (*LAYERS, 1), (*LAYERS, 1, "config")


def in_layer(**changes):
    """A change of the first dense layer's description."""
    return within(*LAYER, **changes)


def in_arguments(**changes):
    """A change of the first dense layer's arguments."""
    return within(*ARGUMENTS, **changes)


def with_layers(choose):
    """Other layers, of those there are."""

    def change(config):
        config["config"]["layers"] = choose(config["config"]["layers"])
        return config

    return change


def open_size(config):
    """No word of the shape of the input."""
    config = within(remove=["build_config"])(within("config", remove=["build_input_shape"])(config))
    return with_layers(lambda layers: layers[1:])(within(*LAYER, remove=["build_config"])(config))


def deep(config):
    inner = config
    for _ in range(300):
        inner = {"class_name": "Sequential", "config": {"layers": [inner]}}
    return inner


FUNCTION = {"module": "builtins", "class_name": "function", "config": "system", "registered_name": "function"}
CODE = {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None, "closure": None}}

UNSAFE = {
    "another module": (in_layer(module="os", class_name="system"), "'os'"),
    "a module of somebody's own": (in_layer(module="package.layers"), "'package.layers'"),
    "a function of Keras that loads": (in_layer(module="keras.utils", class_name="get_file"), "get_file"),
    "a registered class": (in_layer(registered_name="package>Dense"), "package>Dense"),
    "a class that is called as one registered": (in_layer(class_name="package>Dense"), "package>Dense"),
    "Lambda": (in_layer(class_name="Lambda"), "Lambda"),
    "code as an activation": (in_arguments(activation=CODE), "__lambda__"),
    "code as a loss": (within("compile_config", loss=CODE), "__lambda__"),
    "a function as an activation": (in_arguments(activation=FUNCTION), "system"),
    "an initializer of another module": (
        in_arguments(kernel_initializer={"module": "os", "class_name": "system", "config": {}}),
        "'os'",
    ),
    "a type of another module": (in_arguments(dtype={"module": "os", "class_name": "system", "config": {}}), "'os'"),
    "a model of another module": (within(module="package"), "'package'"),
}  # fmt: skip

WRONG = {
    "units beyond all memory": (in_arguments(units=2**31 - 1), "larger than what there is"),
    "units below zero": (in_arguments(units=-3), "units"),
    "units that are a flag": (in_arguments(units=True), "units"),
    "units that are no integer": (in_arguments(units=5.5), "units"),
    "an unknown layer": (in_layer(class_name="Conv3D"), "layer 0 'dense.*Conv3D"),
    "an unknown argument": (in_arguments(groups=3), "groups=3"),
    "an unknown activation": (in_arguments(activation="swash"), "swash"),
    "another type": (in_arguments(dtype="bfloat16"), "bfloat16"),
    "two types": (in_arguments(dtype="float64"), "float32 and float64"),
    "a subclass without layers": (within("config", remove=["layers"]), "layers"),
    "layers that are none": (within("config", layers=5), "list of layers"),
    "an open size": (open_size, "shape of a row"),
    "nesting": (deep, "nested"),
    "no configuration": (lambda config: [config], "class_name"),
    "a layer more": (with_layers(lambda layers: [*layers, layers[1]]), "dense_2"),
    "a layer less": (with_layers(lambda layers: layers[:-1]), "configuration does not have"),
    "another shape": (in_arguments(units=4), "shape"),
}  # fmt: skip


@pytest.mark.parametrize("what", UNSAFE)
def test_what_wants_to_run_is_refused_as_unsafe(what, tmp_path):
    change, reason = UNSAFE[what]
    with pytest.raises(UnsafeModelError, match=reason):
        mlp.load(with_config(change, tmp_path / "a.keras"))


@pytest.mark.parametrize("what", WRONG)
def test_a_configuration_that_means_no_network_is_refused(what, tmp_path):
    change, reason = WRONG[what]
    with pytest.raises(ModelFileError, match=reason):
        mlp.load(with_config(change, tmp_path / "a.keras"))


MEMBERS = {
    "no weights": (lambda parts: parts.pop("model.weights.h5"), "known format|model.weights.h5"),
    "no metadata": (lambda parts: parts.pop("metadata.json"), "metadata.json"),
    "a program": (lambda parts: parts.update({"setup.py": b"import os"}), "setup.py"),
    "a newer Keras": (
        lambda parts: parts.update({"metadata.json": b'{"keras_version": "4.0.1"}'}),
        "Keras 4",
    ),
    "no version": (lambda parts: parts.update({"metadata.json": b"{}"}), "which Keras"),
    "a key twice": (lambda parts: parts.update({"config.json": b'{"a": 1, "a": 2}'}), "twice"),
    "no HDF5": (lambda parts: parts.update({"model.weights.h5": b"\x00" * 99}), "a.keras"),
}


@pytest.mark.parametrize("what", MEMBERS)
def test_an_archive_with_other_members_is_refused(what, tmp_path):
    change, reason = MEMBERS[what]
    parts = parts_of()
    change(parts)
    with pytest.raises(ModelFileError, match=reason):
        mlp.load(packed(parts, tmp_path / "a.keras"))


def with_weights(change, path: Path) -> Path:
    """A file whose HDF5 has been changed by a function."""
    import h5py

    parts = parts_of()
    file = io.BytesIO(parts["model.weights.h5"])
    with h5py.File(file, "r+") as weights:
        change(weights)
    return packed({**parts, "model.weights.h5": file.getvalue()}, path)


def replaced(path, values):
    def change(weights):
        if path in weights:
            del weights[path]
        if values is not None:
            weights[path] = values

    return change


OTHER_WEIGHTS = {
    "one is missing": (replaced("layers/dense/vars/1", None), "layers/dense/vars/1.*dense/bias"),
    "one more": (replaced("layers/dense/vars/2", np.zeros(3, "f4")), "layers/dense/vars/2"),
    "of another shape": (replaced("layers/dense/vars/1", np.zeros(3, "f4")), "shape"),
    "not finite": (replaced("layers/dense/vars/1", np.full(5, np.nan, "f4")), "dense/bias.*NaN"),
    "truth values": (replaced("layers/dense/vars/1", np.zeros(5, bool)), "a.keras"),
    "an optimizer of others": (replaced("optimizer/vars/2", np.zeros(3, "f4")), "Adam"),
    "less of an optimizer": (replaced("optimizer/vars/2", None), "Adam"),
}


@pytest.mark.parametrize("what", OTHER_WEIGHTS)
def test_weights_that_are_not_those_of_the_network_are_refused(what, tmp_path):
    change, reason = OTHER_WEIGHTS[what]
    with pytest.raises(ModelFileError, match=reason):
        mlp.load(with_weights(change, tmp_path / "a.keras"))


def test_weights_of_another_network_change_nothing(tmp_path):
    (tmp_path / "a.weights.h5").write_bytes(parts_of()["model.weights.h5"])
    net = mlp.Network([mlp.layers.Dense(5, input_dim=3), mlp.layers.Dense(3)])
    before = net.get_weights()
    with pytest.raises(ModelFileError, match="shape"):
        net.load_weights(tmp_path / "a.weights.h5")
    assert all((a == b).all() for a, b in zip(net.get_weights(), before, strict=True))
    with pytest.raises(ModelFileError, match="load_weights"):
        mlp.load(tmp_path / "a.weights.h5")


SETTINGS = {
    "an optimizer": (
        {"optimizer": {"module": "keras.optimizers", "class_name": "Muon", "config": {}}},
        "Muon",
    ),
    "a loss": ({"loss": {**FUNCTION, "config": "own_loss"}}, "own_loss"),
    "a loss by name": ({"loss": "dice"}, "dice"),
}


@pytest.mark.parametrize("what", SETTINGS)
def test_settings_that_there_are_not_do_not_hinder_a_network_from_predicting(what, tmp_path):
    settings, name = SETTINGS[what]
    path = with_config(within("compile_config", **settings), tmp_path / "a.keras")
    description = files.describe(path)
    assert description.compiled is None
    assert any(name in note for note in description.notes)
    truth = truth_of(SMALL)
    assert largest_difference(predictions(mlp.load(path), truth), [truth["y"]]) < 1e-6


def test_a_metric_that_there_is_not_is_left_out(tmp_path):
    path = with_config(within("compile_config", metrics=["mae", "mean_io_u"]), tmp_path / "a.keras")
    description = files.describe(path)
    assert description.compiled["metrics"] == ["mae"]
    assert any("mean_io_u" in note for note in description.notes)


# What has changed between versions of Keras.


def chain_of(*layers):
    start = {"class_name": "InputLayer", "config": {"batch_shape": [None, 2]}}
    return {"class_name": "Sequential", "config": {"layers": [start, *layers]}}


@pytest.mark.parametrize(
    ("version", "slope"), [((1,), 0.2), ((2, 3), 0.2), ((2, 15), 0.2), ((3, 0), 1 / 6), ((3, 15), 1 / 6)]
)
def test_the_hard_sigmoid_has_the_slope_that_it_had_then(version, slope):
    layer = {"class_name": "Activation", "config": {"activation": "hard_sigmoid"}}
    network = mlp.Network.from_config(architecture_of(chain_of(layer), Reading(version))["config"])
    x = np.linspace(-4, 4, 50, dtype=np.float32).reshape(-1, 2)
    np.testing.assert_allclose(network.predict(x), np.clip(slope * x + 0.5, 0, 1), rtol=1e-6, atol=1e-7)


def test_a_thresholded_relu_is_a_relu():
    layer = {"class_name": "ThresholdedReLU", "config": {"theta": 0.5}}
    network = mlp.Network.from_config(architecture_of(chain_of(layer), Reading((2, 15)))["config"])
    assert network.predict([[0.4, 0.6], [-1.0, 2.0]]).tolist() == [[0, np.float32(0.6)], [0, 2]]


def test_the_normal_distribution_of_keras_2_was_truncated():
    scaled = {
        "class_name": "VarianceScaling",
        "config": {"scale": 2.0, "mode": "fan_in", "distribution": "normal"},
    }
    layer = {"class_name": "Dense", "config": {"units": 3, "kernel_initializer": scaled}}
    network = mlp.Network.from_config(architecture_of(chain_of(layer), Reading((2, 3)))["config"])
    assert network.layers[0].kernel_initializer.distribution == "truncated_normal"


@pytest.mark.parametrize(
    ("version", "noted"), [((2, 3), True), ((2, 15), False), ((3, 6), True), ((3, 15), False)]
)
def test_penalties_on_outputs_that_were_not_shared_are_noted(version, noted):
    layer = {"class_name": "Dense", "config": {"units": 3, "activity_regularizer": "l2"}}
    reading = Reading(version)
    architecture_of(chain_of(layer), reading)
    assert any("penalty on outputs" in note for note in reading.notes) is noted


def wrapped(name, function):
    return {"class_name": "MeanMetricWrapper", "config": {"name": name, "dtype": "float32", "fn": function}}


METRICS_OF_KERAS_2 = {
    "one output": (["out"], [[wrapped("accuracy", "categorical_accuracy")]], ["accuracy"]),
    "two outputs": (
        ["kind", "kind_of"],
        [[wrapped("kind_mae", "mean_absolute_error")], [wrapped("kind_of_accuracy", "binary_accuracy")]],
        ["kind_mae", "kind_of_accuracy"],
    ),
}


@pytest.mark.parametrize("what", METRICS_OF_KERAS_2)
def test_metrics_of_keras_2_keep_their_names(what):
    outputs, metrics, names = METRICS_OF_KERAS_2[what]
    settings = compiled_of({"optimizer": "sgd", "loss": "mse", "metrics": metrics}, Reading((2, 15)), outputs)
    settings["loss"] = ["mse"] * len(outputs)
    assert compile_settings(**settings, output_names=outputs).metric_names() == names


# Arithmetic between layers.

X = {
    "class_name": "__keras_tensor__",
    "config": {"shape": [None, 2], "dtype": "float32", "keras_history": ["x", 0, 0]},
}
NUMBERS = np.array([[0.5, -2.0], [3.0, 0.25]])

OPERATIONS = {
    "Add of two": ("Add", [X, X], 2 * NUMBERS),
    "Subtract of two": ("Subtract", [X, X], 0 * NUMBERS),
    "Multiply of two": ("Multiply", [X, X], NUMBERS**2),
    "Add": ("Add", [X, 3], NUMBERS + 3),
    "Add to a number": ("Add", [3, X], NUMBERS + 3),
    "Subtract": ("Subtract", [X, 3], NUMBERS - 3),
    "Subtract from a number": ("Subtract", [3, X], 3 - NUMBERS),
    "Multiply": ("Multiply", [X, 0.5], NUMBERS / 2),
    "Divide": ("TrueDivide", [X, 4], NUMBERS / 4),
    "Negative": ("Negative", [X], -NUMBERS),
    "Divide a number": ("TrueDivide", [4, X], None),
    "Divide by nothing": ("Divide", [X, 0], None),
    "Sin": ("Sin", [X], None),
    "Add of a text": ("Add", [X, "3"], None),
}


@pytest.mark.parametrize("what", OPERATIONS)
def test_arithmetic_between_layers_becomes_layers_that_do_the_same(what):
    kind, arguments, wanted = OPERATIONS[what]
    start = {
        "class_name": "InputLayer",
        "config": {"batch_shape": [None, 2], "name": "x"},
        "name": "x",
        "inbound_nodes": [],
    }
    operation = {
        "module": "keras.src.ops.numpy", "class_name": kind, "config": {"name": "y"}, "registered_name": kind, "name": "y",
        "inbound_nodes": [{"args": arguments, "kwargs": {}}],
    }  # fmt: skip
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["y", 0, 0]]}
    model = {"class_name": "Functional", "config": {"layers": [start, operation], **ends}}
    if wanted is None:
        with pytest.raises(ModelFileError, match="operation 'y'"):
            architecture_of(model)
        return
    network = mlp.Network.from_config(architecture_of(model)["config"])
    assert (network(NUMBERS) == wanted).all()
