"""Files that are fetched once, checked by SHA-256 and kept: `pooch` fetches, this tries the addresses."""

from __future__ import annotations

import importlib
import os
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlp.errors import DatasetError, MissingExtraError

__all__ = ["FOLDER_VARIABLE", "RemoteFile", "are_cached", "cache_folder", "fetch"]

FOLDER_VARIABLE = "MLP_DATA_DIR"


@dataclass(frozen=True)
class RemoteFile:
    """A published file: its name, its SHA-256, and the addresses that have it."""

    name: str
    sha256: str
    addresses: tuple[str, ...]


def cache_folder(dataset: str) -> Path:
    """The folder of the files of ``dataset``: in ``$MLP_DATA_DIR``, else in ``pooch.os_cache("mlp")``.

    Raises
    ------
    MissingExtraError
        If the variable is not set and pooch, which knows the system's cache folder, is not installed.
    """
    chosen = os.environ.get(FOLDER_VARIABLE)
    root = Path(chosen).expanduser() if chosen else Path(_pooch().os_cache("mlp"))
    return root / dataset


def are_cached(files: Iterable[RemoteFile], folder: Path) -> bool:
    """Whether ``folder`` has all of ``files``, byte for byte as they were published."""
    return all(_is_cached(file, folder) for file in files)


def fetch(files: Iterable[RemoteFile], folder: Path) -> None:
    """Put ``files`` into ``folder``, each from the first address that gives it with the right SHA-256.

    Raises
    ------
    DatasetError
        If no address gives one of the files: a line for each address with its answer.
    MissingExtraError
        If a file is missing and pooch is not installed.
    """
    for file in files:
        if not _is_cached(file, folder):
            _fetch(file, folder)


def _is_cached(file: RemoteFile, folder: Path) -> bool:
    import hashlib

    try:
        with (folder / file.name).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256
    except OSError:
        return False


def _fetch(file: RemoteFile, folder: Path) -> None:
    pooch = _pooch()
    logger = pooch.get_logger()
    level = logger.level
    answers = []
    if (folder / file.name).exists():
        answers.append(f"{folder / file.name}: is not the published file, its SHA-256 is another")
    logger.setLevel("WARNING")  # pooch would report each download on stderr
    try:
        for address in file.addresses:
            try:
                pooch.retrieve(address, known_hash=f"sha256:{file.sha256}", fname=file.name, path=folder)
                return
            # What requests raises are OSErrors; a wrong checksum is a ValueError.
            except (OSError, ValueError) as error:
                answers.append(f"{address}: {type(error).__name__}: {textwrap.shorten(str(error), 200)}")
    finally:
        logger.setLevel(level)
    raise DatasetError("\n".join(answers))


def _pooch() -> Any:
    try:
        return importlib.import_module("pooch")
    except ImportError as error:
        raise MissingExtraError(
            'a download needs the package pooch: pip install "numpy-mlp[datasets]"; '
            "where the files are at hand, give their folder: path=FOLDER"
        ) from error
