"""`keras.datasets.mnist`: 70,000 handwritten digits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlp.datasets import load_mnist
from mlp.keras.namespace import lay_out

__all__ = ["load_data"]


def load_data(path: str = "mnist.npz") -> Any:
    """``(x_train, y_train), (x_test, y_test)``; see `mlp.datasets.load_mnist`.

    Parameters
    ----------
    path : str, default "mnist.npz"
        A file or folder that is there is read; any other name means MNIST as it was published, from the cache.
    """
    return load_mnist(path if Path(path).exists() else None)


lay_out(__name__, own=__all__)
