"""MNIST: 70,000 handwritten digits of 28 x 28 pixels, from a folder or, once, from the net."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from mlp.checks import one_of
from mlp.datasets.idx import LARGEST_ARRAY, read_idx
from mlp.datasets.mnist_files import Part, Source, downloaded, found
from mlp.errors import ArgumentTypeError, DatasetError

__all__ = ["load_mnist"]

Pair: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.int64]]


@overload
def load_mnist(path: str | os.PathLike[str] | None = None, *, split: None = None) -> tuple[Pair, Pair]: ...
@overload
def load_mnist(path: str | os.PathLike[str] | None = None, *, split: Part) -> Pair: ...
def load_mnist(
    path: str | os.PathLike[str] | None = None, *, split: Part | None = None
) -> tuple[Pair, Pair] | Pair:
    """MNIST's ``(x_train, y_train), (x_test, y_test)``: ``x[i]`` is the image of the digit ``y[i]``.

    Without ``path`` the files are fetched once, checked by SHA-256, and kept in the folder ``mnist`` of
    the directory that the environment variable ``MLP_DATA_DIR`` names, else of the system's cache folder.

    Parameters
    ----------
    path : str or PathLike, optional
        A folder with the four files of MNIST, or those of the wanted part: ``train-images-idx3-ubyte``,
        ``train-labels-idx1-ubyte``, ``t10k-images-idx3-ubyte``, ``t10k-labels-idx1-ubyte``, plain or with
        ``.gz``, a dot for the dash before ``idx`` allowed; or with ``mnist.npz``, Keras's file of arrays
        ``x_train``, ``y_train``, ``x_test``, ``y_test``. Or the path of such an ``.npz`` file.
    split : {"train", "test"}, optional
        Return this part only, ``(x, y)``, and read only its files. Both parts if not given.

    Returns
    -------
    x : ndarray of uint8, shape (n, 28, 28)
        Grey values, 0 background to 255 ink; n is 60,000 in the training part, 10,000 in the test part.
    y : ndarray of int64, shape (n,)
        The digits, 0 to 9.

    Raises
    ------
    DatasetError
        If files are missing, damaged, not of MNIST's shapes, or cannot be fetched; it says which file
        goes where.
    MissingExtraError
        If files must be fetched and pooch is not installed.
    ArgumentError, ArgumentTypeError
        If an argument is out of range or of the wrong type.

    Notes
    -----
    Y. LeCun, C. Cortes, C. Burges (1998), *The MNIST database of handwritten digits*, licence CC BY-SA 3.0.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     images, labels = np.zeros((2, 28, 28), np.uint8), np.array([7, 2], np.uint8)
    ...     np.savez(folder + "/mnist.npz", x_test=images, y_test=labels)
    ...     x, y = load_mnist(folder, split="test")
    >>> x.shape, y.tolist()
    ((2, 28, 28), [7, 2])
    """
    one_of("split", split, (None, "train", "test"))
    parts: tuple[Part, ...] = ("train", "test") if split is None else (split,)
    if path is None:
        sources = downloaded(parts)
    elif isinstance(path, str | os.PathLike):
        sources = found(Path(path).expanduser(), parts)
    else:
        raise ArgumentTypeError(f"path must be a str, a PathLike or None, got {path!r}")
    pairs = [_read(source, part) for source, part in zip(sources, parts, strict=True)]
    return (pairs[0], pairs[1]) if split is None else pairs[0]


def _read(source: Source, part: Part) -> Pair:
    """Images and labels of ``part`` from its files, held to MNIST's shapes and values."""
    if len(source) == 1:
        x, y = (_read_npz(source[0], f"{name}_{part}") for name in "xy")
    else:
        x, y = (read_idx(file, n_dimensions) for file, n_dimensions in zip(source, (3, 1), strict=True))
    if x.dtype != np.uint8 or x.shape[1:] != (28, 28) or len(x) == 0:
        raise DatasetError(
            f"{source[0]}: the images must be uint8 of shape (n, 28, 28), n > 0; "
            f"got {x.dtype} of shape {x.shape}"
        )
    if y.dtype.kind not in "iu" or y.shape != (len(x),):
        raise DatasetError(
            f"{source[-1]}: the labels must be integers of shape ({len(x)},), one for each image; "
            f"got {y.dtype} of shape {y.shape}"
        )
    if y.min() < 0 or y.max() > 9:
        raise DatasetError(f"{source[-1]}: the labels must be from 0 to 9, got {y.min()} to {y.max()}")
    return x, y.astype(np.int64)


def _read_npz(path: Path, name: str) -> NDArray[Any]:
    """The array ``name`` of the npz file ``path``."""
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            if f"{name}.npy" not in archive.namelist():
                raise DatasetError(f"{path}: has no array {name}, only {archive.namelist()}")
            if archive.getinfo(f"{name}.npy").file_size > LARGEST_ARRAY:
                raise DatasetError(f"{path}: the array {name} has more than {LARGEST_ARRAY} bytes")
            # The whole member first: its checksum is compared before any of it is believed.
            data = io.BytesIO(archive.read(f"{name}.npy"))
        return np.lib.format.read_array(data, allow_pickle=False)
    except DatasetError:
        raise
    except Exception as error:  # what zipfile and NumPy raise on a damaged file is of a dozen classes
        raise DatasetError(f"{path}: the array {name} cannot be read: {error}") from error
