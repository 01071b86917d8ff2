"""What all the scripts here share: data, a folder for each origin, what the source predicts, and the index.

Valid in Python 2.7 and in Python 3, as the oldest origins need it.
"""
# ruff: noqa: C402, PTH100, PTH103, PTH112, PTH118, PTH120, PTH123, PTH202, RUF005, T201, UP004, UP010, UP031

from __future__ import print_function

import json
import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ELSEWHERE = [word.split("=", 1)[1] for word in sys.argv if word.startswith("--to=")]


def data(rows, *shape, **options):
    """Rows of normally distributed numbers, the same with every NumPy."""
    rng = np.random.RandomState(options.get("seed", 7))
    return rng.normal(size=(rows,) + shape).astype(options.get("dtype", "float32"))


def classes(rows, count, seed=5):
    """One-hot rows."""
    return np.eye(count, dtype="float32")[np.random.RandomState(seed).randint(0, count, rows)]


def vector(model):
    """All that ``get_weights()`` gives in one vector, in its order."""
    return np.concatenate([np.zeros(0)] + [np.ravel(one).astype("float64") for one in model.get_weights()])


def named(key, value):
    """``{key: array}`` of an array, ``{key_0: ..., key_1: ...}`` of several."""
    if isinstance(value, dict):
        return dict((key + "_" + name, np.asarray(one)) for name, one in value.items())
    if isinstance(value, (list, tuple)):
        return dict((key + "_" + str(i), np.asarray(one)) for i, one in enumerate(value))
    return {key: np.asarray(value)}


class Folder(object):
    """``<origin>/``: files of one version of one program, their truth beside them, and `index.json`."""

    def __init__(self, origin, **versions):
        self.path = os.path.join((ELSEWHERE or [HERE])[0], origin)
        self.index = {
            "origin": origin,
            "versions": dict(versions, python=sys.version.split()[0], numpy=np.__version__),
            "files": [],
        }
        if not os.path.isdir(self.path):
            os.makedirs(self.path)

    def place(self, name):
        """Where the file of this name goes."""
        return os.path.join(self.path, name)

    def truth(self, name, **arrays):
        """``<name>.npz``, of arrays or lists of arrays."""
        flat = {}
        for key, value in arrays.items():
            flat.update(named(key, value))
        np.savez_compressed(self.place(name + ".npz"), **flat)

    def add(self, file, tests, kind="model", refused=None, **more):
        """A row of the index: what the file is there for, and whether a reader must refuse it."""
        row = dict(more, file=file, kind=kind, tests=tests)
        if refused:
            row["refused"] = refused
        self.index["files"].append(row)
        print("%-50s %7d" % (file, os.path.getsize(self.place(file))))

    def close(self):
        """Write the index."""
        self.index["files"].sort(key=lambda row: row["file"])
        text = json.dumps(self.index, indent=1, sort_keys=True, separators=(",", ": "))
        with open(self.place("index.json"), "wb") as file:
            file.write(text.encode("ascii") + b"\n")
