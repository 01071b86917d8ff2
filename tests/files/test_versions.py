"""Files of the first release are read for ever; those of a newer version are refused by name.

``version_1/`` and what is true of it were written by `make_version_1`, once.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from files.make_version_1 import FOLDER, data, go_on, network, recorded

import mlp
from mlp.errors import ModelFileError
from mlp.files import page
from mlp.files.keras import archive
from mlp.files.keras import checksum as keras_checksum
from mlp.files.onnx import checksum as onnx_checksum
from mlp.files.onnx import writing as onnx_writing

TRUTH = json.loads((FOLDER / "truth.json").read_text())


def close(found, expected):
    """To the last digits but some, which hang on the machine's libraries."""
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        if isinstance(value, dict):
            close(found[name], value)
        else:
            np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("suffix", [".npz", ".keras", ".safetensors", ".onnx"])
def test_a_network_of_the_first_version_predicts_the_same(suffix):
    net = mlp.load(FOLDER / f"model{suffix}")
    np.testing.assert_allclose(net.predict(data()[0]), TRUTH["saved"]["predictions"], rtol=1e-12)


@pytest.mark.parametrize("suffix", [".npz", ".keras", ".safetensors"])
def test_a_network_of_the_first_version_goes_on_training(suffix):
    net = mlp.load(FOLDER / f"model{suffix}")
    assert net.metadata == {"wrote": "mlp 0.1.0"}
    close(recorded(net), TRUTH["saved"])
    close({"losses": go_on(net).history["loss"]}, {"losses": TRUTH["losses"]})
    close(recorded(net), TRUTH["continued"])


@pytest.mark.parametrize("suffix", [".npz", ".keras", ".safetensors", ".weights.h5"])
def test_weights_of_the_first_version_go_into_a_network_like_it(suffix):
    net = network(rng=5)
    net.load_weights(FOLDER / f"model{suffix}")
    np.testing.assert_allclose(net.predict(data()[0]), TRUTH["saved"]["predictions"], rtol=1e-12)


NEWER = {
    "the page in .npz": (".npz", page, "VERSION", 2, r"newer version of mlp \(format 2 > 1\)"),
    "the page in .safetensors": (".safetensors", page, "VERSION", 2, r"newer version of mlp \(format 2 > 1\)"),
    "our part of .keras": (".keras", archive, "VERSION", 2, r"newer version of mlp \(format 2 > 1\)"),
    "our mark in .weights.h5": (".weights.h5", keras_checksum, "VERSION", 2, r"newer version of mlp \(format 2 > 1\)"),
    "our mark in .onnx": (".onnx", onnx_checksum, "VERSION", 2, r"newer version of mlp \(format 2 > 1\)"),
    "Keras": (".keras", archive, "WRITTEN_VERSION", "4.0.1", r"by Keras 4\.0\.1, which is newer than Keras 3"),
    "the format of ONNX": (".onnx", onnx_writing, "IR_VERSION", 50, "version 50 of the ONNX format, newer than"),
    "the operators of ONNX": (".onnx", onnx_writing, "OPSET", 99, "version 99 of ONNX's operators .*, newer than"),
}  # fmt: skip


@pytest.mark.parametrize("what", NEWER)
def test_a_newer_version_is_refused_by_name(what, tmp_path, monkeypatch):
    """Another number is written than the one that is known in reading; a network is left as it was."""
    suffix, module, name, value, reason = NEWER[what]
    net, path = network(), tmp_path / f"a{suffix}"
    with monkeypatch.context() as newer:
        newer.setattr(module, name, value)
        (net.save_weights if suffix == ".weights.h5" else net.save)(path)
    other = network(rng=5)
    before = other.get_weights()
    for call in [other.load_weights] if suffix == ".weights.h5" else [mlp.load, other.load_weights]:
        with pytest.raises(ModelFileError, match=rf"a{suffix}.*{reason}"):
            call(path)
    for now, then in zip(other.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_a_whole_model_in_hdf5_of_a_newer_keras_is_refused_by_name(tmp_path):
    whole = (Path(__file__).parent / "foreign" / "keras-3.15.1" / "sequential.h5").read_bytes()
    (tmp_path / "a.h5").write_bytes(whole.replace(b"3.15.1", b"4.15.1"))
    for call in (mlp.load, network().load_weights):
        with pytest.raises(ModelFileError, match=r"by Keras 4\.15\.1, which is newer than Keras 3"):
            call(tmp_path / "a.h5")


@pytest.mark.parametrize("version", [0, -1, True, 1.0, "1", None])
def test_what_is_no_version_is_damage(version, tmp_path, monkeypatch):
    with monkeypatch.context() as other:
        other.setattr(page, "VERSION", version)
        network().save(tmp_path / "a.npz")
    with pytest.raises(ModelFileError, match=r"a\.npz is damaged: .* is no version"):
        mlp.load(tmp_path / "a.npz")
