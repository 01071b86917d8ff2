"""Files that real Keras wrote: they predict what Keras predicted with them, and go on training as it went on."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

import mlp
from mlp import files
from mlp.errors import ModelFileError, UnsafeModelError

pytest.importorskip("h5py")

FOREIGN = Path(__file__).parent / "foreign"

#: What of a file the truth beside it does not tell, by the beginning of its name: Keras was wrong, or has not written what it did.
ODD = {
    "activations": "sparsemax, which Keras gets wrong",
    "last-activations": "sparsemax, which Keras gets wrong",
    "metrics": "Keras does not write the delta of its Huber loss",
    "mixed-float16": "refused",
    "keras-3.0.5/frozen": "Keras 3.0 trains layers that are frozen by their constructor",
    "preprocessing": "numbers of bins hang on the backend",
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


def is_keras_3(path: Path) -> bool:
    """Whether a file is an archive; up to Keras 2.12 the suffix was that of HDF5 files too."""
    return zipfile.is_zipfile(path)


def label(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


MODELS = [path for path in sorted(FOREIGN.glob("keras-*/*.keras")) if is_keras_3(path)]
READ = [path for path in MODELS if not path.name.startswith("refused-")]
NOT_READ = [path for path in MODELS if path.name.startswith("refused-")]
WEIGHTS = [
    path
    for path in sorted(FOREIGN.glob("keras-*/*.weights.h5"))
    if path.with_name(path.name.replace(".weights.h5", ".npz")).exists()
]


def is_odd(path: Path) -> bool:
    stem = path.name.split(".")[0]
    return stem in ODD or f"{path.parent.name}/{stem}" in ODD


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


@pytest.mark.parametrize("path", [path for path in READ if not is_odd(path)], ids=label)
def test_predicts_what_keras_predicted(path):
    net, truth = mlp.load(path), truth_of(path)
    assert largest_difference(predictions(net, truth), several(truth, "y", net.output_names)) < 1e-6


@pytest.mark.parametrize("path", [path for path in READ if not is_odd(path)], ids=label)
def test_goes_on_training_as_keras_went_on(path):
    net, truth = mlp.load(path), truth_of(path)
    if "loss" not in truth or net._compiled is None:
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
    if path.name == "mixed-float16.keras":
        with pytest.raises(ModelFileError, match="mixed_float16"):
            files.describe(path)
        return
    description = files.describe(path)
    assert description.origin == "Keras " + path.parent.name.removeprefix("keras-")
    assert len(set(description.weight_names)) == len(description.weights)


@pytest.mark.parametrize("path", NOT_READ, ids=label)
def test_what_there_is_not_is_refused_by_name(path):
    error, reason = REFUSED[path.name.removeprefix("refused-").removesuffix(".keras")]
    with pytest.raises(error, match=reason):
        mlp.load(path)


@pytest.mark.parametrize("path", WEIGHTS, ids=label)
def test_weights_go_into_a_network_like_the_one_they_are_of(path):
    model = path.with_name(path.name.replace(".weights.h5", ".keras"))
    if not model.exists() or not is_keras_3(model):
        return
    net, truth = mlp.load(model), truth_of(path)
    wanted = predictions(net, truth)
    net.set_weights([np.zeros_like(weight) for weight in net.get_weights()])
    net.load_weights(path)
    assert all((a == b).all() for a, b in zip(predictions(net, truth), wanted, strict=True))
