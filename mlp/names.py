"""Names: how a class is spelled in lower case, and which known name was probably meant."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

__all__ = ["distinct", "free", "nearest", "snake_case"]


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
    close = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=0.5)
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
    found: list[str] = []
    for i, name in enumerate(listed):
        number, one = 1, name
        while one in found or (one != name and one in listed[i:]):
            one, number = f"{name}_{number}", number + 1
        found.append(one)
    return found
