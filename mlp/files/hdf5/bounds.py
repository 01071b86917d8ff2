"""Bytes that are read from front to end and never left, and the account of which of them belong to what."""

from __future__ import annotations

from mlp.errors import ModelFileError, UnsafeModelError

__all__ = ["UNDEFINED", "Account", "File", "Span"]

#: The address of what is not there: all bits are 1.
UNDEFINED = 2**64 - 1


class Span:
    """A piece of bytes, from which numbers and smaller pieces are taken one after the other.

    Parameters
    ----------
    data : bytes
        All of them.
    start, end : int
        Where the piece begins and ends.
    what : str
        Its name in messages.
    """

    __slots__ = ("data", "end", "position", "start", "what")

    def __init__(self, data: bytes, start: int, end: int, what: str) -> None:
        self.data, self.start, self.end, self.what = data, start, end, what
        self.position = start

    @property
    def left(self) -> int:
        """How many bytes have not been taken."""
        return self.end - self.position

    def take(self, n: int) -> bytes:
        """The next ``n`` bytes."""
        if n > self.left:
            raise self.damaged(f"it ends {n - self.left} bytes too early")
        self.position += n
        return self.data[self.position - n : self.position]

    def unsigned(self, n: int = 8) -> int:
        """The next number, of ``n`` bytes, the least significant first as everywhere in the format."""
        return int.from_bytes(self.take(n), "little")

    def part(self, n: int, what: str) -> Span:
        """The next ``n`` bytes as a piece of its own."""
        self.take(n)
        return Span(self.data, self.position - n, self.position, what)

    def padded(self, n: int, what: str) -> Span:
        """The next ``n`` bytes as a piece of its own; what fills them up to a multiple of 8 is passed over."""
        part = self.part(n, what)
        self.take(-n % 8)
        return part

    def expect(self, n: int, what: str, *allowed: int) -> int:
        """The next number, which must be one of ``allowed``."""
        value = self.unsigned(n)
        if value not in allowed:
            raise self.damaged(f"{what} must be {' or '.join(map(str, allowed))}, got {value}")
        return value

    def signature(self, expected: bytes) -> None:
        """Pass over the four letters that many structures begin with."""
        got = self.take(len(expected))
        if got != expected:
            raise self.damaged(f"it must begin with {expected!r}, got {got!r}")

    def damaged(self, reason: str) -> ModelFileError:
        """The error that says what is wrong with this piece."""
        return ModelFileError(f"the {self.what} at byte {self.start} is damaged: {reason}")

    def refused(self, reason: str) -> UnsafeModelError:
        """The error that says what this piece asks for and shall not have."""
        return UnsafeModelError(f"the {self.what} at byte {self.start} {reason}")


class Account:
    """Which of ``size`` bytes belong to what: a mark for each of them, so that it costs no more than the bytes."""

    def __init__(self, size: int) -> None:
        self._marks = bytearray(size)
        self._names = [""]

    def enter(self, start: int, end: int, what: str) -> str:
        """Mark bytes as those of ``what``; the name of what some belong to already, or an empty string."""
        marked = self._marks[start:end].lstrip(b"\0")
        if marked:
            return self._names[marked[0]]
        if what not in self._names:
            self._names.append(what)
        self._marks[start:end] = bytes([self._names.index(what)]) * (end - start)
        return ""


class File:
    """A whole file, whose pieces are claimed once each.

    As no byte belongs to two structures, there are no cycles, nothing is shared, and what is read in all is no more
    than the file is long.
    """

    def __init__(self, data: bytes, max_bytes: int) -> None:
        self.data = data
        self.end = len(data)
        self._account = Account(len(data))
        self._allowance = min(2 * len(data) + 2**24, max_bytes)

    def claim(self, start: int, size: int, what: str) -> Span:
        """The piece of ``size`` bytes at ``start``."""
        span = Span(self.data, start, start + size, what)
        if span.end > self.end:
            raise ModelFileError(
                f"the {what} at byte {start} is said to be of {size} bytes, but the file ends at byte {self.end}"
            )
        other = self._account.enter(start, span.end, what)
        if other:
            raise span.damaged(f"it shares bytes with the {other}")
        return span

    def expand(self, span: Span, size: int) -> None:
        """Allow that what ``span`` describes becomes ``size`` bytes in memory, if that is in proportion to the file."""
        if size > self._allowance:
            raise span.refused(
                f"asks for {size:,} bytes of memory, and {self._allowance:,} are left: compressed data may become twice the file "
                "and 16 MiB in all, and no more than max_bytes: give a larger one, or write the file without compression"
            )
        self._allowance -= size
