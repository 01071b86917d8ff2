"""Model files: one format a file of this folder, chosen by suffix when writing and by content when reading."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlp.errors import ArgumentError, ArgumentTypeError, ModelFileError
from mlp.files import npz

if TYPE_CHECKING:
    from mlp.network import Network
    from mlp.trainable import Trainable

__all__ = ["load", "load_weights", "save", "save_weights"]

#: Suffix and the module that writes it.  A format has ``write``, ``read``, ``write_weights``, ``read_weights``
#: and ``recognises(first bytes)``.
FORMATS = {".npz": npz}


def save(network: Trainable, filepath: str | Path, overwrite: bool = True) -> None:
    """Write a network to a file; see `Network.save`."""
    path = _path(filepath)
    _format_for(path).write(network, _free(path, overwrite))


def save_weights(network: Trainable, filepath: str | Path, overwrite: bool = True) -> None:
    """Write the weights of a network to a file; see `Network.save_weights`."""
    path = _path(filepath)
    _format_for(path).write_weights(network, _free(path, overwrite))


def load_weights(network: Trainable, filepath: str | Path) -> None:
    """Read the weights of a network from a file; see `Network.load_weights`."""
    path = _path(filepath)
    _recognised(path).read_weights(network, path)


def load(filepath: str | Path, custom_objects: Mapping[str, type] | None = None) -> Network:
    """The network that a file holds.

    Parameters
    ----------
    filepath : str or Path
        A file that `Network.save` wrote.
    custom_objects : dict of str to class, optional
        Classes of one's own that the file names; nothing is ever imported by name from a file.

    Returns
    -------
    Network
        It predicts the same bits as the one that was saved, and goes on training with the same bits.

    Raises
    ------
    ModelFileError
        If the file is damaged or of no known format.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> import mlp, tempfile
    >>> from pathlib import Path
    >>> net = mlp.Network([mlp.layers.Dense(3, input_dim=2)])
    >>> path = Path(tempfile.mkdtemp(), "model.npz")
    >>> net.save(path)
    >>> bool((mlp.load(path).parameters == net.parameters).all())
    True
    """
    path = _path(filepath)
    network: Network = _recognised(path).read(path, custom_objects)
    return network


def _path(filepath: Any) -> Path:
    if not isinstance(filepath, str | Path) or not str(filepath):
        raise ArgumentTypeError(f"filepath must be a path, got {filepath!r}")
    return Path(filepath)


def _format_for(path: Path) -> Any:
    if path.suffix not in FORMATS:
        raise ArgumentError(f"{path}: the suffix must be one of {', '.join(FORMATS)}, got {path.suffix!r}")
    return FORMATS[path.suffix]


def _free(path: Path, overwrite: bool) -> Path:
    if not overwrite and path.exists():
        raise ArgumentError(f"{path} exists; overwrite=True replaces it")
    return path


def _recognised(path: Path) -> Any:
    if path.is_dir():
        raise ModelFileError(f"{path} is a folder, not a model file")
    with path.open("rb") as file:
        start = file.read(8)
    for module in FORMATS.values():
        if module.recognises(start):
            return module
    what = "is empty" if not start else "is in no known format"
    raise ModelFileError(f"{path} {what}; known: {', '.join(FORMATS)}")
