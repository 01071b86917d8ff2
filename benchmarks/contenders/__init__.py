"""Who takes part: one row for each, and one module for each library, which only a worker imports."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

#: Ways of having a network, each with what it is called in tables.
TRAIN, CALL, PREDICT, MINIMIZE = "train", "call", "predict", "minimize"


@dataclass(frozen=True)
class Contender:
    """A row of the table: where its class is, what must be installed for it, and what it can do."""

    name: str
    title: str
    where: str  # module and class in this package
    packages: tuple[str, ...] = ()
    jobs: tuple[str, ...] = (TRAIN,)
    environment: dict[str, str] = field(default_factory=dict)

    def missing(self) -> list[str]:
        """Return the packages that are not installed."""
        return [name for name in self.packages if version(name) is None]

    def versions(self) -> str:
        """Return the packages with their versions."""
        return ", ".join(f"{name} {version(name)}" for name in self.packages)

    def load(self) -> Any:
        """Import the library and return the class."""
        module, _, name = self.where.partition(":")
        return getattr(importlib.import_module(f"{__name__}.{module}"), name)


def version(package: str) -> str | None:
    """Return the installed version of a package."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def keras(backend: str, title: str, package: str) -> Contender:
    """Make the row for Keras on one of its backends."""
    settings = {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "2"}
    where = "keras_layers:Sequential"
    return Contender(f"keras-{backend}", title, where, ("keras", package), (TRAIN, PREDICT), settings)


CONTENDERS = {
    row.name: row
    for row in (
        Contender("mlp", "mlp", "mlp_network:MLP", ("numpy", "scipy"), (TRAIN, CALL, PREDICT, MINIMIZE)),
        Contender("bare", "bare NumPy", "bare_loop:Bare", ("numpy",), (TRAIN, CALL)),
        Contender("torch", "PyTorch", "pytorch:Eager", ("torch",), (TRAIN, CALL)),
        Contender("torch-compiled", "PyTorch compiled", "pytorch:Compiled", ("torch",), (TRAIN, CALL)),
        Contender("jax", "JAX", "jax_optax:Loop", ("jax", "optax"), (TRAIN, CALL)),
        Contender("jax-device", "JAX, data on device", "jax_optax:Step", ("jax", "optax")),
        Contender("jax-epoch", "JAX, whole epoch", "jax_optax:Epoch", ("jax", "optax")),
        Contender(
            "sklearn", "scikit-learn", "scikit_learn:Estimator", ("scikit-learn",), (TRAIN, PREDICT, MINIMIZE)
        ),
        keras("jax", "Keras on JAX", "jax"),
        keras("tensorflow", "Keras on TensorFlow", "tensorflow"),
        Contender("onnxruntime", "ONNX Runtime", "onnx_session:Session", ("onnxruntime", "onnx"), (CALL,)),
    )
}

#: The one that the others are compared with.
OURS = "mlp"
#: The floor, which is no library.
FLOOR = "bare"
