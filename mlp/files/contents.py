"""What is in a file, taken in as bytes, no more than allowed; and text that is data and nothing else."""

from __future__ import annotations

import math
import os
import stat
from pathlib import Path
from typing import Any, NoReturn

from mlp.errors import ArgumentError, ModelFileError, UnsafeModelError
from mlp.names import repeated

__all__ = [
    "MOST_BYTES", "SPARE_BYTES", "bytes_of", "json_in", "json_of", "memory_limit", "unpacked_limit",
]  # fmt: skip

#: What a file may hold unless ``max_bytes`` says otherwise: a network of 500 million float32 weights.
MOST_BYTES = 2**31

#: What reading a file may take in memory beyond twice its own size.
SPARE_BYTES = 2**24

#: What an archive may unpack to beyond its own size and a quarter, which is what compressing weights saves, unless
#: ``max_bytes`` says otherwise: a network is made of it, and its gradient, which take as much again.
_MORE_UNPACKED = 2**21

#: What values of JSON take in memory, in bytes, by a mark that each of them brings.
_COSTS = {"[": 100, "{": 100, ",": 40, ":": 260, '"': 28}

#: A generator's state is a number of 39 digits; nothing in a model file is longer.
_MOST_DIGITS = 50


def bytes_of(path: Path, max_bytes: int | None = None) -> bytes:
    """All bytes of a regular file.

    Raises
    ------
    ModelFileError
        If it is no regular file.
    UnsafeModelError
        If it is larger than ``max_bytes``.
    OSError
        If it cannot be read.
    """
    limit = MOST_BYTES if max_bytes is None else max_bytes
    if path.is_dir():
        raise ModelFileError("this is a folder, not a model file")
    with open(path, "rb", opener=_without_waiting) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ModelFileError("this is a device or a pipe, not a model file")
        if status.st_size > limit:
            raise _too_large(f"the file has {status.st_size:,} bytes", limit)
        data = file.read(status.st_size + 1)  # memory for no more than that is asked for
    if len(data) > status.st_size:
        raise ModelFileError("it grows while it is read")
    return data


def _without_waiting(path: str, flags: int) -> int:
    """Open; not as a pipe is, where nobody writes into it: that would be waited for, for ever."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def memory_limit(data: bytes, max_bytes: int | None) -> int:
    """How many bytes of memory what a file says may take, beside the file itself."""
    return len(data) + SPARE_BYTES if max_bytes is None else max_bytes


def unpacked_limit(data: bytes, max_bytes: int | None) -> int:
    """How many bytes the contents of a packed file may have."""
    return len(data) + len(data) // 4 + _MORE_UNPACKED if max_bytes is None else max_bytes


def _too_large(what: str, limit: int) -> UnsafeModelError:
    return UnsafeModelError(
        f"{what}, more than max_bytes={limit:,}; if you trust it, give a larger max_bytes"
    )


def json_in(text: bytes | str, what: str, limit: int | None = None) -> Any:
    """The value of a JSON text in which no key stands twice and every number is finite.

    Parameters
    ----------
    text : bytes or str
        UTF-8 if bytes.
    what : str
        What the text is, for messages.
    limit : int, optional
        How many bytes of memory its values may take; its own size and 16 MiB unless given.

    Raises
    ------
    UnsafeModelError
        If they would take more.
    ModelFileError
        If it is anything else.

    Examples
    --------
    >>> json_in(b'{"units": 3}', "the page")
    {'units': 3}
    >>> json_in('{"units": 3, "units": 4}', "the page")
    Traceback (most recent call last):
    mlp.errors.ModelFileError: the page is no proper JSON: the key 'units' stands twice
    """
    import json

    def refuse(why: str) -> NoReturn:
        raise ModelFileError(f"{what} is no proper JSON: {why}")

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) < len(items):
            refuse(f"the key {repeated(name for name, _ in items)!r:.200} stands twice")
        return found

    def integer(digits: str) -> int:
        return int(digits) if len(digits) <= _MOST_DIGITS else refuse(f"an integer of {len(digits)} digits")

    def number(digits: str) -> float:
        value = float(digits)
        return value if math.isfinite(value) else refuse(f"{digits[:_MOST_DIGITS]} is no finite number")

    try:
        if isinstance(text, bytes):
            text = text.decode()
        most = len(text) + SPARE_BYTES if limit is None else limit
        cost = (3 if text.isascii() else 9) * len(text) + sum(text.count(m) * c for m, c in _COSTS.items())
        if cost > most:
            raise UnsafeModelError(
                f"{what} of {len(text):,} characters could take {cost:,} bytes of memory, more than {most:,}; if you trust the "
                "file, give a larger max_bytes"
            )
        return json.loads(
            text,
            object_pairs_hook=pairs,
            parse_int=integer,
            parse_float=number,
            parse_constant=lambda name: refuse(f"{name} is no finite number"),
        )
    except RecursionError:
        refuse("it is nested too deeply")
    except UnicodeDecodeError as error:
        refuse(f"it is not in UTF-8 ({error.reason} at byte {error.start})")
    except json.JSONDecodeError as error:
        refuse(f"{error.msg} at character {error.pos}")


def json_of(value: Any) -> str:
    """A value as a JSON text that `json_in` takes.

    Raises
    ------
    ArgumentError
        If it holds what JSON cannot.
    """
    import json

    try:
        return json.dumps(value, allow_nan=False)
    except ValueError as error:
        raise ArgumentError(
            f"nothing is written: metadata or configuration hold NaN or infinity ({error})"
        ) from None
