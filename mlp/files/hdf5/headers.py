"""Object headers: what a group or dataset says of itself, message by message (section IV.A.1.a)."""

from __future__ import annotations

from typing import NamedTuple

from mlp.errors import ModelFileError
from mlp.files.hdf5.bounds import File, Span

__all__ = [
    "ATTRIBUTE",
    "DATASPACE",
    "DATATYPE",
    "FILL_VALUE",
    "FILTERS",
    "GROUP_INFO",
    "LAYOUT",
    "LINK",
    "LINK_INFO",
    "MODIFIED",
    "NAMES",
    "OLD_FILL_VALUE",
    "SYMBOL_TABLE",
    "Message",
    "messages",
]

NIL, DATASPACE, LINK_INFO, DATATYPE, OLD_FILL_VALUE, FILL_VALUE, LINK, EXTERNAL_FILES, LAYOUT = range(9)
GROUP_INFO, FILTERS, ATTRIBUTE, CONTINUATION, SYMBOL_TABLE, MODIFIED = 0x0A, 0x0B, 0x0C, 0x10, 0x11, 0x12

NAMES = {
    NIL: "empty message",
    DATASPACE: "dataspace message",
    LINK_INFO: "link info message",
    DATATYPE: "datatype message",
    OLD_FILL_VALUE: "old fill value message",
    FILL_VALUE: "fill value message",
    LINK: "link message",
    LAYOUT: "data layout message",
    GROUP_INFO: "group info message",
    FILTERS: "filter pipeline message",
    ATTRIBUTE: "attribute message",
    CONTINUATION: "continuation message",
    SYMBOL_TABLE: "symbol table message",
    MODIFIED: "modification time message",
}

#: Flags of a message: it never changes; it is kept elsewhere; it shall not be.  Others are about unknown messages.
CONSTANT, SHARED, NOT_TO_SHARE = 1, 2, 4


class Message(NamedTuple):
    """One message: its number in the specification, and its bytes."""

    kind: int
    body: Span


def messages(file: File, address: int) -> list[Message]:
    """All messages of the object header at an address, those of its continuations too."""
    prefix = file.claim(address, 16, "object header")
    if prefix.data[address : address + 4] == b"OHDR":
        raise ModelFileError(
            f"the object header at byte {address} is of the newer HDF5 layout: write the file as Keras does, with "
            "h5py.File(path, 'w') and without track_order"
        )
    prefix.expect(1, "the version", 1)
    prefix.take(1)
    count = prefix.unsigned(2)
    links = prefix.unsigned(4)
    if links != 1:
        raise prefix.refused(
            f"has {links} hard links to it; every group and array of a model has one: write the file so"
        )
    blocks = [file.claim(address + 16, prefix.unsigned(4), "object header's messages")]
    found: list[Message] = []
    for block in blocks:  # which grows while it is gone through
        while block.left:
            message = _message(block)
            found.append(message)
            if len(found) > count:
                raise prefix.damaged(f"it should have {count} messages, and has more")
            if message.kind == CONTINUATION:
                start, size = message.body.unsigned(), message.body.unsigned()
                if not size:
                    raise message.body.damaged("it leads to no bytes")
                blocks.append(file.claim(start, size, "object header's continuation"))
    if len(found) != count:
        raise prefix.damaged(f"it should have {count} messages, and has {len(found)}")
    return [message for message in found if message.kind not in (NIL, CONTINUATION)]


def _message(block: Span) -> Message:
    kind, size, flags = block.unsigned(2), block.unsigned(2), block.unsigned(1)
    block.take(3)
    if kind == EXTERNAL_FILES:
        raise block.refused("keeps data in other files (external storage): write the file without external=")
    if kind not in NAMES:
        raise block.damaged(f"a message of type {kind:#x} is in no file that Keras writes")
    if size % 8:
        raise block.damaged(f"the size of a message must be a multiple of 8, got {size}")
    body = block.part(size, NAMES[kind])
    if flags & SHARED:
        raise body.damaged("it is shared or a committed datatype, which Keras never writes")
    if flags & ~(CONSTANT | NOT_TO_SHARE):
        raise body.damaged(f"its flags are {flags:#x}")
    return Message(kind, body)
