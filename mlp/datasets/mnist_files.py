"""Where the files of MNIST are: in a folder of the user's, in the cache, or on the net."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from mlp.datasets.download import RemoteFile, are_cached, cache_folder, fetch
from mlp.errors import DatasetError

__all__ = ["Part", "Source", "downloaded", "found"]

Part: TypeAlias = Literal["train", "test"]
Source: TypeAlias = tuple[Path, ...]  # the IDX files of images and labels, or one npz file

IDX_NAMES: dict[Part, tuple[str, str]] = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
IDX_HOSTS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
NPZ_NAME = "mnist.npz"
NPZ_HOSTS = ("https://storage.googleapis.com/tensorflow/tf-keras-datasets/",)
SHA256 = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    NPZ_NAME: "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
}


def found(path: Path, parts: Sequence[Part]) -> list[Source]:
    """The files of ``parts`` to which ``path``, a folder or an npz file, leads."""
    if path.suffix == ".npz" and path.is_file():
        return [(path,)] * len(parts)
    if not path.is_dir():
        problem = "is no .npz file; give its folder" if path.is_file() else "does not exist"
        raise DatasetError(
            f"path must be a folder with the files of MNIST, or an .npz file; {path} {problem}"
        )
    sources: dict[Part, Source] = {}
    missing = []
    for part in parts:
        files = {name: _idx_file(path, name) for name in IDX_NAMES[part]}
        there = tuple(file for file in files.values() if file is not None)
        if len(there) == len(files):
            sources[part] = there
        elif (path / NPZ_NAME).is_file():
            sources[part] = (path / NPZ_NAME,)
        else:
            missing += [name for name, file in files.items() if file is None]
    if missing:
        message = f"{path} has neither {NPZ_NAME} nor {', '.join(missing)} (plain or with .gz)"
        cure = "".join(f"; the {part} part is there: ask for split={part!r}" for part in sources)
        raise DatasetError(message + cure)
    return list(sources.values())


def _idx_file(folder: Path, name: str) -> Path | None:
    """The file ``name`` in ``folder``, under any of the names in use."""
    names = (name, f"{name}.gz", name.replace("-idx", ".idx"), f"{name.replace('-idx', '.idx')}.gz")
    return next((folder / candidate for candidate in names if (folder / candidate).is_file()), None)


def downloaded(parts: Sequence[Part]) -> list[Source]:
    """The files of ``parts`` as they were published, in the cache folder; fetched if they are not there."""
    folder = cache_folder("mnist")
    idx = [_remote(f"{name}.gz", IDX_HOSTS) for part in parts for name in IDX_NAMES[part]]
    npz = [_remote(NPZ_NAME, NPZ_HOSTS)]
    answers = []
    # One edition is enough: where that of Keras is there, the other one is not fetched.
    for files in [npz] if are_cached(npz, folder) else [idx, npz]:
        try:
            fetch(files, folder)
        except DatasetError as error:
            answers.append(str(error))
            continue
        paths = [folder / file.name for file in files]
        return [(paths[0],)] * len(parts) if files is npz else list(zip(paths[::2], paths[1::2], strict=True))
    raise DatasetError(
        f"MNIST is not in {folder} and could not be downloaded. Put {', '.join(file.name for file in idx)} "
        f"(from {' or '.join(IDX_HOSTS)}) or {NPZ_NAME} (from {NPZ_HOSTS[0]}) into this folder; or put "
        "them into any other and call load_mnist(path=FOLDER). What was tried:\n" + "\n".join(answers)
    )


def _remote(name: str, hosts: Sequence[str]) -> RemoteFile:
    return RemoteFile(name, SHA256[name], tuple(host + name for host in hosts))
