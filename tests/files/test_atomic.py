"""Files that appear whole or not at all, whoever is killed and however full the disk is."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mlp.files.atomic import replacing

fcntl = pytest.importorskip("fcntl", reason="elsewhere nobody can tell who is dead")


def write(path, data, **settings):
    with replacing(path, **settings) as file:
        file.write(data)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_a_dead_writer_left_is_removed(tmp_path):
    path = tmp_path / "[a].npz"
    code = (
        "import os, sys, pathlib; from mlp.files.atomic import replacing\n"
        "with replacing(pathlib.Path(sys.argv[1])) as file: file.write(b'half'); file.flush(); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == -9
    assert [name.endswith(".tmp") for name in names(tmp_path)] == [True]
    others = (
        ".[a].npz.tmp",
        ".a.npz.12345678.tmp",
        ".[a].npz.1234.5678.tmp",
        "[a].npz.12345678.tmp",
        "b.npz",
    )
    for name in others:
        (tmp_path / name).write_bytes(b"of somebody else")
    write(path, b"whole")
    assert path.read_bytes() == b"whole"
    assert names(tmp_path) == sorted([*others, path.name])


def test_what_somebody_writes_just_now_is_left_alone(tmp_path):
    path = tmp_path / "a.npz"
    with replacing(path) as first:
        first.write(b"first")
        write(path, b"second")
        assert path.read_bytes() == b"second"
        assert len(names(tmp_path)) == 2
    assert path.read_bytes() == b"first"
    assert names(tmp_path) == ["a.npz"]


def test_many_writers_of_one_file(tmp_path):
    """Everybody's file is whole, and none is taken away before it has its place."""
    path, failed = tmp_path / "a.npz", []

    def work(letter):
        try:
            for _ in range(30):
                write(path, letter * 1000)
        except OSError as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(bytes([letter]),)) for letter in b"abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(set(path.read_bytes())) == 1
    assert names(tmp_path) == ["a.npz"]


def test_a_temporary_file_that_was_taken_for_a_leftover_is_made_anew(tmp_path, monkeypatch):
    lock, taken = fcntl.flock, []

    def late(handle, how):
        if not taken:
            taken.extend(tmp_path.iterdir())
            taken[0].unlink()
        lock(handle, how)

    monkeypatch.setattr(fcntl, "flock", late)
    write(tmp_path / "a.npz", b"whole")
    assert names(tmp_path) == ["a.npz"]


def test_where_a_file_system_knows_no_locks_nothing_is_removed(tmp_path, monkeypatch):
    def refuse(handle, how):
        raise OSError

    monkeypatch.setattr(fcntl, "flock", refuse)
    (tmp_path / ".a.npz.12345678.tmp").write_bytes(b"perhaps of somebody")
    write(tmp_path / "a.npz", b"whole")
    assert names(tmp_path) == [".a.npz.12345678.tmp", "a.npz"]


@pytest.mark.parametrize("fails", ["write", "fsync", "place"])
def test_after_an_error_both_files_are_as_before(fails, tmp_path, monkeypatch):
    path, aside = tmp_path / "a.npz", tmp_path / "b.npz"
    path.write_bytes(b"latest")
    aside.write_bytes(b"before")

    def full(*_):
        raise OSError(28, "No space left on device")

    if fails == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    if fails == "place":
        monkeypatch.setattr(Path, "chmod", full)
    with pytest.raises(OSError, match=r"No space left on device: .*a\.npz"), replacing(path, aside) as file:
        full() if fails == "write" else file.write(b"new")
    assert names(tmp_path) == ["a.npz", "b.npz"]
    assert (path.read_bytes(), aside.read_bytes()) == (b"latest", b"before")


def test_the_file_before_may_be_kept_under_another_name(tmp_path):
    path, aside = tmp_path / "a.npz", tmp_path / "b.npz"
    for data in (b"1", b"2", b"3"):
        write(path, data, aside=aside)
    assert (path.read_bytes(), aside.read_bytes()) == (b"3", b"2")
    assert names(tmp_path) == ["a.npz", "b.npz"]
