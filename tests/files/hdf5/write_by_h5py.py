"""Writes a file of the layout of Keras's legacy HDF5 models by whatever h5py is installed, also under Python 2.

Usage: python write_by_h5py.py OUT.h5.  The files beside were written by h5py 2.7.1 (HDF5 1.8.18, Python 2.7.18) and
h5py 2.10.0 (HDF5 1.10.4, Python 3.7.16): flags and messages differ from those of later versions.
"""

import sys

import h5py
import numpy as np

with h5py.File(sys.argv[1], "w") as model:
    model.attrs["keras_version"] = b"2.2.4"
    model.attrs["model_config"] = b'{"class_name": "Sequential"}'
    weights = model.create_group("model_weights")
    weights.attrs["layer_names"] = [b"dense", b"flatten"]
    weights.create_group("flatten").attrs["weight_names"] = []
    layer = weights.create_group("dense")
    layer.attrs["weight_names"] = [b"dense/kernel:0", b"dense/bias:0"]
    for name, shape in (("dense/kernel:0", (3, 2)), ("dense/bias:0", (2,))):
        array = np.arange(np.prod(shape), dtype="float32").reshape(shape)
        layer.create_dataset(name, shape, dtype=array.dtype)[:] = array
    state = model.create_group("optimizer_weights")
    state.create_dataset("iterations:0", (), dtype="int64")[()] = 7
    state.create_dataset("none", (0, 3), dtype="float64")
    accented = model.create_group(b"gr\xc3\xb6\xc3\x9fe".decode("utf8"))
    accented.attrs["names"] = np.array([b"gr\xc3\xb6\xc3\x9fe"])
