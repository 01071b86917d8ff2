"""Graphs that other exporters write, with what they predict beside them (`foreign/README.md`)."""

import json
from pathlib import Path

import numpy as np
import pytest
from files.test_onnx_writing import predict

import mlp
from mlp.errors import ModelFileError

FOLDER = Path(__file__).parent / "foreign"
FILES = {
    f"{index.parent.name}/{row['file']}": row
    for index in sorted(FOLDER.glob("onnx-*/index.json"))
    for row in json.loads(index.read_text())["files"]
    if row["file"].endswith(".onnx")
}


@pytest.mark.parametrize("name", [name for name, row in FILES.items() if "refused" not in row])
def test_graphs_of_others_predict_what_they_predicted_there(name):
    net = mlp.load(FOLDER / name)
    truth = np.load((FOLDER / name).with_suffix(".npz"))
    x, expected = (
        [truth[key] for key in sorted(truth.files) if key.partition("_")[0] == kind] for kind in ("x", "y")
    )
    real = [y for y in expected if y.dtype.kind == "f"]
    for a, b in zip(predict(net, x), real, strict=False):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-6 * np.abs(b).max())


@pytest.mark.parametrize("name", [name for name, row in FILES.items() if "refused" in row])
def test_graphs_that_are_no_layers_are_refused(name):
    with pytest.raises(ModelFileError, match="node "):
        mlp.load(FOLDER / name)
