"""Files are written whole or not at all, whatever the format and whatever goes wrong."""

import errno
import os
import tempfile
from pathlib import Path

import pytest

from mlp import Network
from mlp.errors import ArgumentError
from mlp.layers import Dense, Layer

#: The end of a file's name, and how it is written.
WHOLE = dict.fromkeys((".npz", ".keras", ".safetensors", ".onnx", ".py", ".c"), Network.save)
WEIGHTS = dict.fromkeys((".weights.h5", "_weights.npz", "_weights.safetensors"), Network.save_weights)
CASES = WHOLE | WEIGHTS

NETS = [Network([Dense(6, "tanh", input_dim=5), Dense(1)], rng=seed) for seed in range(2)]


@pytest.fixture(params=CASES)
def saved(request, tmp_path):
    """A file of the first network, how it was written, and the bytes that each of the networks gives."""
    save = CASES[request.param]
    path = tmp_path / f"model{request.param}"
    contents = []
    for net in (*NETS, NETS[0]):
        save(net, path)
        contents.append(path.read_bytes())
    assert contents[0] == contents[2] != contents[1]
    return path, save, contents


def names(folder):
    return [path.name for path in folder.iterdir()]


def test_the_new_file_takes_the_place_of_the_old_one(saved):
    path, save, (_, new, _) = saved
    save(NETS[1], path)
    assert path.read_bytes() == new
    assert names(path.parent) == [path.name]


def test_overwriting_can_be_forbidden(saved):
    path, save, (old, new, _) = saved
    with pytest.raises(ArgumentError, match=rf"{path.name} exists; overwrite=True replaces it"):
        save(NETS[1], path, overwrite=False)
    assert path.read_bytes() == old
    path.unlink()
    save(NETS[1], path, overwrite=False)
    assert path.read_bytes() == new


def test_a_folder_that_is_not_there_is_named(saved):
    path, save, _ = saved
    with pytest.raises(FileNotFoundError) as error:
        save(NETS[1], path.parent / "nowhere" / path.name)
    assert error.value.filename == str(path.parent / "nowhere")


@pytest.mark.parametrize(
    ("save", "name", "words"),
    [
        (
            Network.save,
            "a.h5",
            r"a whole network is read from it and not written; .* one of \.npz, \.keras, ",
        ),
        (Network.save, "a.weights.h5", r"a whole network cannot be written"),
        (
            Network.save_weights,
            "a.c",
            r"weights alone cannot be written .*\.npz, \.weights\.h5",
        ),
        (Network.save, "a", r"suffix must be one of \.npz, \.keras, \.weights\.h5, .*; got ''"),
    ],
)
def test_a_name_that_cannot_be_written_is_refused_with_those_that_can(save, name, words, tmp_path):
    with pytest.raises(ArgumentError, match=words):
        save(NETS[0], tmp_path / name)
    assert names(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="limits of files are set otherwise")
def test_a_full_disk_leaves_the_old_file_and_nothing_else(saved):
    """The limit of a file's size is below that of the smallest; Python ignores the signal that comes with it."""
    import resource

    path, save, (old, *_) = saved
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, limits[1]))
    try:
        for target in (path, path.with_name(f"other_{path.name}")):
            with pytest.raises(OSError, match="too large") as error:
                save(NETS[1], target)
            assert (error.value.errno, error.value.filename) == (errno.EFBIG, str(target))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert names(path.parent) == [path.name]
    assert path.read_bytes() == old


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_an_error_of_the_disk_leaves_the_old_file_and_nothing_else(saved, fails, monkeypatch):
    path, save, (old, *_) = saved

    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(*{"fsync": (os, "fsync"), "replace": (Path, "replace")}[fails], fail)
        with pytest.raises(OSError, match="No space left") as error:
            save(NETS[1], path)
    assert error.value.filename == str(path)
    assert names(path.parent) == [path.name]
    assert path.read_bytes() == old


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize("suffix", CASES)
def test_without_permission_nothing_is_written(suffix):
    """In a process that is nobody in particular where this one is the superuser's, who may write anywhere."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"model{suffix}")
        CASES[suffix](NETS[0], path)
        old = path.read_bytes()
        path.parent.chmod(0o555)
        child = os.fork()
        if not child:
            status = 1
            try:
                if os.geteuid() == 0:
                    os.setuid(65534)
                CASES[suffix](NETS[1], path)
            except PermissionError as error:
                status = error.filename is None
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        path.parent.chmod(0o755)
        assert os.waitstatus_to_exitcode(status) == 0
        assert names(path.parent) == [path.name]
        assert path.read_bytes() == old


@pytest.mark.parametrize("suffix", WHOLE)
def test_what_a_format_cannot_hold_is_refused_before_anything_is_written(suffix, tmp_path):
    class Own(Layer):
        """One that no other program knows."""

    path = tmp_path / f"model{suffix}"
    NETS[0].save(path)
    old = path.read_bytes()
    net = Network([Own(input_shape=(5,))])
    net.metadata = {"best": float("nan")}
    with pytest.raises(ArgumentError, match=r"Own|NaN"):
        net.save(path)
    assert names(tmp_path) == [path.name]
    assert path.read_bytes() == old
