"""Modules and estimators as the fixtures tell them: objects that look like those of PyTorch and scikit-learn, and do nothing."""

import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


class Tensor:
    """Numbers, with the few methods by which they are read."""

    def __init__(self, dtype, values):
        self.dtype, self.requires_grad = dtype, True
        self._values = np.array(values)

    def detach(self):
        return self

    cpu = detach

    def double(self):
        return self._values.astype(float)


#: The base by which a module is known.
Module = type("Module", (), {"__module__": "torch.nn.modules.module"})


def module_of(record):
    """A module, with those in it."""
    module = type(record["class"], (Module,), {"__module__": "torch.nn.modules"})()
    vars(module).update(record["attributes"])
    for kind in ("parameters", "buffers"):
        tensors = {name: t if t is None else Tensor(**t) for name, t in record[kind].items()}
        vars(module).update({f"_{kind}": tensors, **tensors})
    module._modules = {name: module_of(child) for name, child in record["modules"].items()}
    return module


def estimator_of(value):
    """What `plain` of make_fixtures.py took apart."""
    if isinstance(value, list):
        return [estimator_of(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return np.array(value["array"], value["dtype"])
    found = type(value["class"], (), {"__module__": "sklearn.some_module"})()
    vars(found).update({name: estimator_of(one) for name, one in value["attributes"].items()})
    return found


def recorded(name):
    """A fixture of this folder."""
    return json.loads((HERE / name).read_text())
