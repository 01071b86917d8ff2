"""Files of models, read and about to be written."""

from __future__ import annotations

import os
from pathlib import Path

from mlp.errors import ArgumentError, ModelFileError, UnsafeModelError
from mlp.files import describe, load
from mlp.files.description import Description
from mlp.network import Network

__all__ = ["describe_model", "load_model", "model_path", "output_path"]


def load_model(path: str) -> Network:
    """The network in a file.

    Raises
    ------
    ModelFileError
        If there is none.
    OSError
        If it cannot be read.
    """
    try:
        return load(path)
    except FileNotFoundError:
        raise ModelFileError(f"{path}: no such file; mlp train makes a model file") from None
    except ModelFileError as error:
        swapped = "; the model comes before the data" if Path(path).suffix in (".csv", ".tsv", ".txt") else ""
        raise ModelFileError(f"{error}{swapped}") from None


def describe_model(path: str) -> Description:
    """What a file says.

    Raises
    ------
    UnsafeModelError, ModelFileError
        If it is not safe, or no model; the message says which of the two.
    """
    try:
        return describe(path)
    except FileNotFoundError:
        raise ModelFileError(f"{path}: no such file") from None
    except UnsafeModelError as error:
        raise UnsafeModelError(f"not safe: {error}") from None


def output_path(given: str) -> Path:
    """A path that can be written to; looked at before the work, not after it.

    Raises
    ------
    ArgumentError
        If it cannot.
    """
    path = Path(given)
    folder = path.resolve().parent
    if not folder.is_dir():
        raise ArgumentError(f"--output {given}: the folder {folder} does not exist; make it first")
    if path.is_dir():
        raise ArgumentError(f"--output {given} is a folder; give the name of a file in it")
    if path.exists() and not path.is_file():
        raise ArgumentError(f"--output {given} is not a regular file")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise ArgumentError(f"--output {given}: no permission to write there")
    return path


def model_path(given: str | None, source: str) -> Path:
    """Where a trained model goes: as given, or after the data in the current folder.

    Raises
    ------
    ArgumentError
        If it cannot be written, or something that is no model stands there.
    """
    path = output_path(given or f"{Path(source).stem}.npz")
    if path.suffix != ".npz":
        raise ArgumentError(f"--output {path}: a model's file ends in .npz; write --output {path}.npz")
    if path.exists():
        try:
            load(path)
        except (ModelFileError, OSError):
            raise ArgumentError(
                f"{path} exists and is not a model, so it is not replaced; choose another name with --output"
            ) from None
    return path
