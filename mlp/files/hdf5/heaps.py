"""Where names and strings are: local heaps of groups (section III.D), global heaps of long strings (III.E)."""

from __future__ import annotations

from mlp.files.hdf5.bounds import Account, File, Span

__all__ = ["GlobalHeap", "GlobalHeaps", "LocalHeap", "text"]

#: The "offset" of the free block after the last one.
NO_BLOCK = 1

#: In all global heaps; each takes some 300 bytes while a file is checked.
MAX_STRINGS = 50_000


class LocalHeap:
    """The names of a group's members."""

    def __init__(self, file: File, address: int) -> None:
        header = file.claim(address, 32, "local heap")
        header.signature(b"HEAP")
        header.expect(1, "the version", 0)
        header.take(3)
        size, free = header.unsigned(), header.unsigned()
        self._names = file.claim(header.unsigned(), size, "local heap's data segment")
        self._account = Account(size)
        self._enter_free(free)
        if self.name(0):
            raise self._names.damaged("its first name, which is at the left of all others, must be empty")

    def _enter_free(self, offset: int) -> None:
        while offset != NO_BLOCK:
            if offset > self._names.left or offset % 8:
                raise self._names.damaged(f"a free block at {offset} of {self._names.left} bytes")
            start = self._names.start + offset
            block = Span(self._names.data, start, self._names.end, "free block")
            following, size = block.unsigned(), block.unsigned()
            if size < 16 or size % 8 or size > self._names.left - offset:
                raise block.damaged(f"it is said to be of {size} bytes")
            if self._account.enter(offset, offset + size, "free block"):
                raise block.damaged("it shares bytes with another")
            offset = following

    def name(self, offset: int) -> str:
        """The name at an offset, which is handed out once."""
        start = self._names.start + offset
        end = self._names.data.find(b"\0", start, self._names.end)
        if end < 0:
            raise self._names.damaged(f"a name at {offset} does not end")
        if self._account.enter(offset, end + 1 - self._names.start, "name"):
            raise self._names.damaged(f"the name at {offset} shares bytes with another, or with free space")
        return text(Span(self._names.data, start, end, "name"))


class GlobalHeap:
    """A collection of strings of any length; an object of it belongs to one string."""

    def __init__(self, file: File, address: int) -> None:
        start = file.claim(address, 16, "global heap's header")
        start.signature(b"GCOL")
        start.expect(1, "the version", 1)
        start.take(3)
        size = start.unsigned()
        if size < 4096:
            raise start.damaged(f"a collection is of 4096 bytes or more, got {size}")
        self._objects: dict[int, Span] = {}
        self._collection = file.claim(address + 16, size - 16, "global heap")
        while self._collection.left >= 16:
            index = self._collection.unsigned(2)
            self._collection.take(6)
            length = self._collection.unsigned()
            if index == 0:  # what is free reaches to the end, and counts its own header
                if length != self._collection.left + 16:
                    raise self._collection.damaged(f"its free space is said to be of {length} bytes")
                return
            if index in self._objects:
                raise self._collection.damaged(f"there are two objects {index}")
            self._objects[index] = self._collection.padded(length, "string")

    def __len__(self) -> int:
        return len(self._objects)

    def take(self, index: int) -> Span:
        """The object of an index, which is handed out once."""
        if index not in self._objects:
            raise self._collection.damaged(f"object {index} is not there, or belongs to another string")
        return self._objects.pop(index)


class GlobalHeaps:
    """The collections of a file, found by their addresses."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._heaps: dict[int, GlobalHeap] = {}
        self._room = MAX_STRINGS

    def take(self, reference: Span) -> Span:
        """The string that a reference in a dataset or attribute is to; nowhere is one that was never set."""
        length, address, index = reference.unsigned(4), reference.unsigned(), reference.unsigned(4)
        if length == address == index == 0:
            return Span(reference.data, 0, 0, "string")
        if address not in self._heaps:
            self._heaps[address] = GlobalHeap(self._file, address)
            self._room -= len(self._heaps[address])
            if self._room < 0:
                raise reference.refused(f"is to one of more than {MAX_STRINGS:,} strings")
        string = self._heaps[address].take(index)
        if string.left != length:
            raise reference.damaged(f"it is to {length} bytes, its object has {string.left}")
        return string


def text(span: Span) -> str:
    """Bytes as UTF-8."""
    try:
        return span.take(span.left).decode()
    except UnicodeDecodeError as error:
        raise span.damaged(f"it is not UTF-8 ({error.reason})") from None
