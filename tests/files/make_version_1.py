"""Writes ``version_1/``: a network in every format that can be read again, as the first release writes it.

``python tests/files/make_version_1.py`` was run once, with mlp 0.1.0; the files stay as they are, for later releases must
read what the first has written.  What the network predicted, and what it was after more training, is in ``truth.json``.
"""

import json
from pathlib import Path

import numpy as np

from mlp import Network
from mlp.layers import BatchNormalization, Dense, Dropout

FOLDER = Path(__file__).parent / "version_1"


def data():
    """Rows and targets; exact in every NumPy."""
    x = (np.arange(48).reshape(12, 4) * 7 % 13 - 6) / 4
    return x, x[:, :1] * x[:, 1:2] - x[:, 2:3] / 2


def network(rng=0):
    """The network, compiled."""
    net = Network(
        [Dense(3, activation="tanh", input_dim=4), BatchNormalization(), Dropout(0.25, seed=3), Dense(1)],
        rng=rng,
    )
    net.compile("adam", "mse", metrics=["mae"])
    return net


def go_on(net):
    """Two epochs more: shuffled, with dropout and moments."""
    return net.fit(*data(), batch_size=4, epochs=4, initial_epoch=2, verbose=0)


def recorded(net):
    """What is compared, as numbers that JSON keeps exactly."""
    return {
        "predictions": net.predict(data()[0]).tolist(),
        "parameters": net.parameters.tolist(),
        "iterations": net.optimizer.iterations,
        "slots": {name: slot.tolist() for name, slot in net.optimizer.get_state()["slots"].items()},
    }


if __name__ == "__main__":
    net = network()
    net.metadata = {"wrote": "mlp 0.1.0"}
    net.fit(*data(), batch_size=4, epochs=2, verbose=0)
    FOLDER.mkdir(exist_ok=True)
    for suffix in (".npz", ".keras", ".safetensors", ".onnx"):
        net.save(FOLDER / f"model{suffix}")
    net.save_weights(FOLDER / "model.weights.h5")
    truth = {"saved": recorded(net)}
    truth["losses"] = go_on(net).history["loss"]
    truth["continued"] = recorded(net)
    (FOLDER / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")
