"""Model files: one format a file or a folder here, chosen by suffix when writing and by content when reading.

A format's reader makes a `Description`, which is plain data, and never builds anything; `build` makes a network of it.

=====================================  ================================================================================
the way in and out                     ``contents`` (bytes, JSON), ``archive`` (zip), ``npy``, ``hdf5``; ``atomic``
what lies between files and networks   ``description``, ``weights``; ``program``, the steps of a prediction
how this library writes one down       ``page``, ``generators``
the formats                            ``npz``, ``keras``, ``safetensors``, ``onnx``, ``source``
a training that will go on later       ``state``, ``values``
=====================================  ================================================================================

One more format is one more module with the functions that are listed at `FORMATS`, and one more row there.
"""

from __future__ import annotations

import contextlib
import inspect
import os
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import checks
from mlp.errors import ArgumentError, ArgumentTypeError, MissingExtraError, ModelFileError, UnsafeModelError
from mlp.files.atomic import replacing
from mlp.files.contents import bytes_of
from mlp.files.description import Description, build, set_weights
from mlp.names import printable

if TYPE_CHECKING:
    from mlp.network import Network
    from mlp.trainable import Trainable

__all__ = ["describe", "format_for", "load", "load_weights", "naming", "save", "save_weights"]

#: The end of a file's name, and the module of this folder that knows the format.  A format has some of
#:
#: - ``recognises(data)``, whether bytes are of this format;
#: - ``read(data, max_bytes)``, their `Description`;
#: - ``read_weights(data, max_bytes, network)``, a `Description` of weights for this network, where they must be matched;
#: - ``write(network, **options)`` and ``write_weights(network)``, which give bytes.
FORMATS = {
    ".npz": "npz",
    ".keras": "keras.archive",
    ".h5": "keras.legacy",
    ".weights.h5": "keras.weights_file",
    ".safetensors": "safetensors",
    ".onnx": "onnx",
    ".py": "source.python",
    ".c": "source.c",
}

#: Those that are read: a file's content is shown to one after another, and what only writes is not even imported.
READ = (".npz", ".keras", ".h5", ".weights.h5", ".safetensors", ".onnx")

#: How files begin that run code when they are read, and what to do about it.
PICKLES = {
    **{bytes([0x80, protocol]): "a pickle, which runs code when it is read" for protocol in range(2, 6)},
    b"PK\x03\x04": "pickles in an archive, as torch.save writes them, which run code when they are read",
}

_LONGEST_MESSAGE = 2000


def save(network: Trainable, filepath: str | Path, overwrite: bool = True, pure_python: bool = False) -> None:
    """Write a network to a file; see `Network.save`."""
    path = _path(filepath)
    options = {"pure_python": True} if checks.flag("pure_python", pure_python) else {}
    _write(network, path, overwrite, "write", options)


def save_weights(network: Trainable, filepath: str | Path, overwrite: bool = True) -> None:
    """Write the weights of a network to a file; see `Network.save_weights`."""
    path = _path(filepath)
    _write(network, path, overwrite, "write_weights", {})


def load_weights(network: Trainable, filepath: str | Path, max_bytes: int | None = None) -> None:
    """Read the weights of a network from a file; see `Network.load_weights`."""
    path = _path(filepath)
    with naming(path):
        data, form = _recognised(path, max_bytes)
        with _no_other_error():
            if hasattr(form, "read_weights"):
                description = form.read_weights(data, max_bytes, network)
            else:
                description = form.read(data, max_bytes)
        set_weights(network, description)


def load(
    filepath: str | Path,
    custom_objects: Mapping[str, type] | None = None,
    max_bytes: int | None = None,
) -> Network:
    """The network that a file holds, whoever wrote it; its content tells the format, not its name.

    ``.npz`` is this library's own; ``.keras`` and ``.h5`` are those of Keras 1 to 3, ``.safetensors`` ours or weights of PyTorch's,
    ``.onnx`` from any exporter whose operators are layers here.  Nothing in a file is run, imported or followed: names in it mean classes of this library, of a closed list, or those in
    ``custom_objects``.

    Parameters
    ----------
    filepath : str or Path
        The file.
    custom_objects : dict of str to class, optional
        Classes of one's own that the file names; nothing is ever imported by name from a file.
    max_bytes : int, optional
        The largest file to read, and the most that it may unpack to.  Unless given, 2 GiB, and 1.25 times its own
        size and 2 MiB.

    Returns
    -------
    Network
        From a ``.npz`` or ``.safetensors`` file of `Network.save`, it predicts the same bits as the one that was saved, and
        goes on training with the same bits.

    Raises
    ------
    ModelFileError
        If the file is damaged, of no known format, or of a network that cannot be had here.
    UnsafeModelError
        If it wants to run code, to open other files, or more memory than allowed.
    MissingExtraError
        If the format needs a package that is not installed.
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
    with naming(path):
        return build(_described(path, max_bytes), custom_objects)


def describe(filepath: str | Path, max_bytes: int | None = None) -> Description:
    """What a file says of a network, without building anything; arguments and errors are those of `load`."""
    path = _path(filepath)
    with naming(path):
        return _described(path, max_bytes)


def format_for(filepath: str | Path) -> Any:
    """The module that writes files with this name.

    Raises
    ------
    ArgumentError
        If there is none.
    """
    name = Path(filepath).name
    for suffix in sorted(FORMATS, key=len, reverse=True):
        if name.endswith(suffix):
            return _module(suffix)
    known = ", ".join(suffix for suffix in FORMATS if _writes(_module(suffix)))
    raise ArgumentError(f"{filepath}: the suffix must be one of {known}; got {Path(name).suffix!r}")


def _writes(form: Any) -> bool:
    return hasattr(form, "write") or hasattr(form, "write_weights")


def _module(suffix: str) -> Any:
    return import_module(f"mlp.files.{FORMATS[suffix]}")


def _path(filepath: Any) -> Path:
    if not isinstance(filepath, str | Path) or not str(filepath):
        raise ArgumentTypeError(f"filepath must be a path, got {filepath!r}")
    try:
        possible = b"\0" not in os.fsencode(filepath)
    except UnicodeEncodeError:
        possible = False
    if not possible:
        raise ArgumentError(f"filepath must be a path, which {str(filepath)!r} cannot be")
    return Path(filepath)


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Say in every error of a file's content which file it is."""
    try:
        yield
    except (ModelFileError, MissingExtraError) as error:
        what = str(error)
        if len(what) > _LONGEST_MESSAGE:  # a name in the file may be of any length
            half = _LONGEST_MESSAGE // 2
            what = f"{what[:half]} ... {what[-half:]}"
        what = printable(what)
        named = f"{path} {what.removeprefix('it ')}" if what.startswith("it ") else f"{path}: {what}"
        raise type(error)(named) from error


@contextlib.contextmanager
def _no_other_error() -> Iterator[None]:
    """Whatever a reader trips over in bytes that it has got, the file is at fault."""
    try:
        with np.errstate(all="ignore"):  # what is not finite is refused by name
            yield
    except (ModelFileError, MissingExtraError):
        raise
    except Exception as error:
        raise ModelFileError(f"it is damaged, or nothing that its format allows: {error!r:.200}") from error


def _described(path: Path, max_bytes: int | None) -> Description:
    data, form = _recognised(path, max_bytes)
    with _no_other_error():
        description: Description = form.read(data, max_bytes)
    return description


def _recognised(path: Path, max_bytes: int | None) -> tuple[bytes, Any]:
    if max_bytes is not None:
        checks.integer("max_bytes", max_bytes, 0, 2**62)
    data = bytes_of(path, max_bytes)
    if not data:
        raise ModelFileError("it is empty")
    for suffix in READ:
        form = _module(suffix)
        if form.recognises(data):
            return data, form
    for start, what in PICKLES.items():
        if data.startswith(start) and (len(start) == 2 or b"data.pkl" in data):
            raise UnsafeModelError(f"it holds {what}: save weights as .safetensors or .npz instead")
    raise ModelFileError(f"it is in no known format, or its beginning is damaged; known: {', '.join(READ)}")


def _write(network: Trainable, path: Path, overwrite: bool, how: str, options: Mapping[str, Any]) -> None:
    form = format_for(path)
    if not hasattr(form, how):
        possible = ", ".join(suffix for suffix in FORMATS if hasattr(_module(suffix), how))
        what = "a whole network" if how == "write" else "weights alone"
        why = (
            "cannot be written to a file of this name" if _writes(form) else "is read from it and not written"
        )
        raise ArgumentError(f"{path}: {what} {why}; choose one that ends in one of {possible}")
    for option in options:
        if option not in inspect.signature(getattr(form, how)).parameters:
            raise ArgumentError(f"{path}: {option} is for source code, in a file that ends in .py")
    if not overwrite and path.exists():
        raise ArgumentError(f"{path} exists; overwrite=True replaces it")
    data: bytes = getattr(form, how)(network, **options)
    with replacing(path) as file:
        file.write(data)
