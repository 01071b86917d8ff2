"""Names: how a class is spelled in lower case, and which known name was probably meant."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable

__all__ = ["distinct", "free", "nearest", "printable", "repeated", "snake_case"]

#: No name is longer; of one that is, the beginning is looked at.
_LONGEST = 100

#: What a terminal takes for a command, or for another direction of writing.
_CONTROLS = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    r"""A text that may be somebody else's, with an escape for each character that a terminal would take for a command.

    Examples
    --------
    >>> printable("two\nlines, \x1b[31mred")
    'two\nlines, \\x1b[31mred'
    """
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def snake_case(name: str) -> str:
    """``MeanSquaredError`` becomes ``mean_squared_error``.

    Examples
    --------
    >>> snake_case("GlorotUniform"), snake_case("L1L2"), snake_case("F1Score")
    ('glorot_uniform', 'l1l2', 'f1_score')
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])", "_", name).lower()


def nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the known name nearest to ``name``, or a full stop.

    Examples
    --------
    >>> nearest("rleu", ["relu", "tanh"])
    "; did you mean 'relu'?"
    """
    import difflib  # here, for it is needed after a slip alone

    lower = {candidate.lower(): candidate for candidate in known if candidate == candidate.lower()}
    close = difflib.get_close_matches(name[:_LONGEST].lower(), lower, n=1, cutoff=0.5)
    return f"; did you mean {lower[close[0]]!r}?" if close else "."


def free(wanted: str, taken: Container[str]) -> str:
    """The name that is wanted, with a number behind it if it is taken.

    Examples
    --------
    >>> free("a", {"b"}), free("a", {"a", "a_1"})
    ('a', 'a_2')
    """
    name, number = wanted, 1
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def distinct(names: Iterable[str]) -> list[str]:
    """The names, with a number behind those that have been there already.

    Examples
    --------
    >>> distinct(["a", "a", "a_1", "b"])
    ['a', 'a_2', 'a_1', 'b']
    """
    listed = list(names)
    to_come, taken = Counter(listed), set[str]()
    numbers: dict[str, int] = {}
    found: list[str] = []
    for name in listed:
        number, one = numbers.get(name, 1), name
        while one in taken or (one != name and to_come[one]):
            one, number = f"{name}_{number}", number + 1
        to_come[name] -= 1
        numbers[name] = number
        taken.add(one)
        found.append(one)
    return found


def repeated(names: Iterable[str]) -> str | None:
    """The first name that has been there already; None if there is none.

    Examples
    --------
    >>> repeated(["a", "b", "b", "a"]), repeated(["a", "b"])
    ('b', None)
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
