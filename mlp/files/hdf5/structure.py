"""A walk through a whole file, from the superblock to the last array, before the C library sees a byte of it.

Allowed is exactly what h5py with default settings writes for Keras 1, 2 and 3.  The sections that are named here and
in the other files of this folder are those of the HDF5 File Format Specification, version 3.0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mlp.errors import ModelFileError, UnsafeModelError
from mlp.files.hdf5 import headers, superblock
from mlp.files.hdf5.bounds import File, Span
from mlp.files.hdf5.datasets import dataset
from mlp.files.hdf5.groups import Member, check_group_info, check_link_info, members_by_link, members_by_table
from mlp.files.hdf5.headers import Message
from mlp.files.hdf5.heaps import GlobalHeaps
from mlp.files.hdf5.messages import attribute, check_modified
from mlp.files.hdf5.values import Values

__all__ = ["Structure", "structure"]

#: Groups, datasets and attributes together; a Keras model of a thousand layers has some 15,000.
MAX_OBJECTS = 50_000

#: Of a path, in characters.
MAX_PATH = 512

#: What an object header may have more than one of.
SEVERAL = {headers.ATTRIBUTE, headers.LINK}

#: What every object may have.
COMMON = {headers.ATTRIBUTE, headers.MODIFIED}

#: The messages that each kind of object needs, and may have beside: groups of the old and the new style, datasets.
OBJECTS: tuple[tuple[set[int], set[int]], ...] = (
    ({headers.SYMBOL_TABLE}, set()),
    ({headers.LINK_INFO, headers.GROUP_INFO}, {headers.LINK}),
    (
        {headers.DATASPACE, headers.DATATYPE, headers.FILL_VALUE, headers.LAYOUT},
        {headers.OLD_FILL_VALUE, headers.FILTERS},
    ),
)


@dataclass
class Structure:
    """What a file holds, as its bytes say.

    Attributes
    ----------
    groups : set of str
        The path of every group; the root's is empty.
    datasets : dict of str to Values
        Shape and type of every dataset, by path.
    attributes : dict of str to dict of str to Values
        Shape and type of every attribute of every group and dataset.
    """

    groups: set[str] = field(default_factory=set)
    datasets: dict[str, Values] = field(default_factory=dict)
    attributes: dict[str, dict[str, Values]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The bytes of all datasets and attributes."""
        return sum(
            values.size for named in (self.datasets, *self.attributes.values()) for values in named.values()
        )


def structure(data: bytes, max_bytes: int) -> Structure:
    """Check every structure in a file and say what there is; what is compressed may have ``max_bytes``.

    Raises
    ------
    ModelFileError
        If something is damaged, or is not as Keras writes it.
    UnsafeModelError
        If it leads out of the file, or is more than the file holds.
    """
    file = File(data, max_bytes)
    heaps = GlobalHeaps(file)
    found = Structure()
    todo = [("", superblock.root(file))]
    places: dict[int, str] = {}
    count = 0
    while todo:
        path, member = todo.pop()
        if member.address in places:
            raise UnsafeModelError(
                f"{path!r} is {places[member.address]!r} under another name; no model has hard links: write "
                "the file without"
            )
        places[member.address] = path
        messages = _by_kind(headers.messages(file, member.address), path)
        found.attributes[path] = _attributes(messages[headers.ATTRIBUTE], heaps)
        count += 1 + len(found.attributes[path])
        if count + len(todo) > MAX_OBJECTS:
            raise UnsafeModelError(f"there are more than {MAX_OBJECTS:,} groups, datasets and attributes")
        for modified in messages[headers.MODIFIED]:
            check_modified(modified)
        table = _symbol_table(messages)
        wrong = messages[headers.LAYOUT] if table is None else table != member.group
        if member.group and wrong:  # of a group that became one of the new style it is what once was
            raise ModelFileError(f"{path or 'the root'!r} is not the group that the entry leading there says")
        if messages[headers.LAYOUT]:
            found.datasets[path] = dataset(messages, file, heaps)
        else:
            found.groups.add(path)
            todo += [(_joined(path, name), inner) for name, inner in _members(messages, table, file)]
    if "" in found.datasets:
        raise ModelFileError("the root is a dataset, and must be a group")
    return found


def _by_kind(messages: list[Message], path: str) -> Mapping[int, list[Span]]:
    """The messages of a group or dataset by what they are: all that it needs, and none of another's."""
    found: defaultdict[int, list[Span]] = defaultdict(list)
    for kind, body in messages:
        if found[kind] and kind not in SEVERAL:
            raise body.damaged("there is another in its object header")
        found[kind].append(body)
    kinds = {kind for kind in found if found[kind]} - COMMON
    if not any(needed <= kinds <= needed | possible for needed, possible in OBJECTS):
        names = ", ".join(headers.NAMES[kind] for kind in sorted(kinds))
        raise ModelFileError(
            f"{path or 'the root'!r} is no group and no dataset, its object header has: {names or 'nothing'}"
        )
    return found


def _attributes(messages: list[Span], heaps: GlobalHeaps) -> dict[str, Values]:
    found: dict[str, Values] = {}
    for message in messages:
        name, values = attribute(message, heaps)
        if name in found:
            raise message.damaged(f"there are two of the name {name!r}")
        found[name] = values
    return found


def _symbol_table(messages: Mapping[int, list[Span]]) -> tuple[int, int] | None:
    """The addresses of B-tree and local heap of a group of the old style (section IV.A.2.r)."""
    for message in messages[headers.SYMBOL_TABLE]:
        return message.unsigned(), message.unsigned()
    return None


def _members(
    messages: Mapping[int, list[Span]], table: tuple[int, int] | None, file: File
) -> Iterable[tuple[str, Member]]:
    """The members of a group."""
    if table:
        return members_by_table(file, *table)
    for info in messages[headers.LINK_INFO]:
        check_link_info(info)
    for info in messages[headers.GROUP_INFO]:
        check_group_info(info)
    return members_by_link(messages[headers.LINK])


def _joined(path: str, name: str) -> str:
    if name in ("", ".", "..") or "/" in name:
        raise ModelFileError(f"{path or 'the root'!r} has a member of the name {name!r}")
    joined = f"{path}/{name}" if path else name
    if len(joined) > MAX_PATH:
        raise UnsafeModelError(f"a path of more than {MAX_PATH} characters begins with {joined[:64]!r}")
    return joined
