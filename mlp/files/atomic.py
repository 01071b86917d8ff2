"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import glob
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

__all__ = ["replacing"]

#: Whether a lock on a file goes with the process that holds it, and an open file can be renamed.
_POSIX = os.name == "posix"


@contextmanager
def replacing(path: Path, aside: Path | None = None) -> Iterator[IO[bytes]]:
    """A temporary file beside ``path`` that takes its place at the end, and is removed after an error.

    The data are on the disk before the name is (fsync), and the name before this returns.  What a writer that was killed
    has left behind is removed by the next writer of the same file.

    Parameters
    ----------
    path : Path
        The file.
    aside : Path, optional
        What the file that it replaces is then called.

    Raises
    ------
    OSError
        If the file cannot be written; what was there stays as it was.

    Examples
    --------
    >>> path = Path(tempfile.mkdtemp(), "a.txt")
    >>> with replacing(path) as file:
    ...     _ = file.write(b"all of it")
    >>> path.read_text()
    'all of it'
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "There is no such folder to write into", str(path.parent))
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "A folder is in the place of the file", str(path))
    if path.exists() and not path.is_file():  # a file in the place of /dev/null would break the machine
        raise OSError(errno.EINVAL, "A device or a pipe is in the place of the file", str(path))
    path = path.resolve()  # through a link, so that the link stays one
    _remove_leftovers(path)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
    file, name = _temporary(path)
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if _POSIX:  # while it is locked
                _take_place(name, path, mode, aside)
        if not _POSIX:
            _take_place(name, path, mode, aside)
    except BaseException as error:
        name.unlink(missing_ok=True)
        if (
            isinstance(error, OSError) and error.filename is None
        ):  # a full disk does not say of which file it is
            error.filename = str(path)
        raise
    _sync_folder(path.parent)


def _take_place(name: Path, path: Path, mode: int, aside: Path | None) -> None:
    name.chmod(mode)
    if aside is not None and path.exists():
        path.replace(aside)
    name.replace(path)


def _temporary(path: Path) -> tuple[IO[bytes], Path]:
    """A new file beside ``path``, locked as long as it is open, so that nobody takes it for a leftover."""
    while True:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        if not _POSIX or (_lock(handle) is not False and Path(name).exists()):
            return os.fdopen(handle, "wb"), Path(name)
        os.close(handle)  # somebody did, before it was locked


def _lock(handle: int) -> bool | None:
    """Have a file for oneself alone: whether that worked, or None where the file system knows no locks."""
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _remove_leftovers(path: Path) -> None:
    """Remove temporary files of this name that nobody writes any more, as far as the system can tell."""
    if not _POSIX:
        return
    for leftover in path.parent.glob(f".{glob.escape(path.name)}.{'[a-z0-9_]' * 8}.tmp"):
        with suppress(OSError):  # it is gone, or not ours
            handle = os.open(leftover, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                if _lock(handle):
                    leftover.unlink()
            finally:
                os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
