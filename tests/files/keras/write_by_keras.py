"""What Keras itself writes for `tables.keras_models`: ``KERAS_BACKEND=jax python tests/files/keras/write_by_keras.py``."""

import io
import json
import sys
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import h5py
import keras
import numpy as np
from tables.keras_models import MODELS


def places(data):
    """Path and shape of every array, and the names of groups."""
    shapes, names = {}, {}

    def look(path, item):
        if isinstance(item, h5py.Dataset):
            shapes[path] = item.shape
        elif "name" in item.attrs:
            names[path] = item.attrs["name"]

    with h5py.File(io.BytesIO(data)) as file:
        file.visititems(look)
    return dict(sorted(shapes.items())), dict(sorted(names.items()))


written = {}
for name, make in MODELS.items():
    keras.backend.clear_session()
    model = make(keras)
    if model.compiled:
        model.optimizer.build(model.trainable_variables)
    path = Path(__file__).with_name(f"{name}.keras")
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        shapes, names = places(archive.read("model.weights.h5"))
        config = json.loads(archive.read("config.json"))
    written[name] = {"config": config, "shapes": shapes, "names": names}
    path.unlink()

target = Path(__file__).with_name(f"keras-{keras.__version__}.json")
target.write_text(json.dumps(written, indent=1, default=np.ndarray.tolist) + "\n")
