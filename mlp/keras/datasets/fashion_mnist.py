"""`keras.datasets.fashion_mnist`: 70,000 pictures of clothes, in MNIST's format."""

from __future__ import annotations

from typing import Any

from mlp.datasets import load_mnist
from mlp.datasets.download import cache_folder
from mlp.errors import DatasetError
from mlp.keras.namespace import lay_out

__all__ = ["load_data"]


def load_data() -> Any:
    """``(x_train, y_train), (x_test, y_test)``, from files that are on this machine: nothing is downloaded.

    Raises
    ------
    DatasetError
        If they are not there; it says where they are looked for.
    """
    folder = cache_folder("fashion-mnist")
    if not folder.is_dir():
        raise DatasetError(
            f"Fashion-MNIST is not in {folder}: put its four files there, train-images-idx3-ubyte.gz and so on, from "
            "https://github.com/zalandoresearch/fashion-mnist"
        )
    return load_mnist(folder)


lay_out(__name__, own=__all__)
