"""Numbers as text that means the very same numbers, and arrays of them in lines that can be read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from mlp.arrays import Array

__all__ = ["WIDTH", "array_lines", "decimals", "spelled", "text_lines"]

WIDTH = 120


def decimals(array: Array, nan: str, inf: str) -> list[str]:
    """The shortest decimals that are read as these numbers in their own precision, row by row.

    Examples
    --------
    >>> decimals(np.array([0.1, np.inf]), "nan", "inf"), decimals(np.array([0.1], "float32"), "nan", "inf")
    (['0.1', 'inf'], ['0.1'])
    """
    flat = array.ravel()
    texts = list(map(repr, flat.tolist())) if flat.dtype != np.float32 else _singles(flat)
    for i in np.flatnonzero(~np.isfinite(flat)):
        texts[i] = nan if np.isnan(flat[i]) else inf if flat[i] > 0 else f"-{inf}"
    return texts


def _singles(flat: Array) -> list[str]:
    """Those of single precision, also where they are read in double precision and rounded then."""
    texts = list(map(str, flat))
    with np.errstate(over="ignore"):
        wrong = np.array(texts, np.float64).astype(np.float32) != flat
    for i in np.flatnonzero(wrong):
        texts[i] = repr(float(flat[i]))
    return texts


def spelled(value: Any) -> str:
    """An argument of a layer or activation in Python.

    Examples
    --------
    >>> spelled(np.float64(0.5)), spelled((1, 2)), spelled(None)
    ('0.5', '(1, 2)', 'None')
    """
    if value is None or isinstance(value, int):
        return repr(value)
    if isinstance(value, tuple):
        return repr(tuple(int(one) for one in value))
    return repr(float(value))


def array_lines(
    head: str,
    texts: Sequence[str],
    shape: tuple[int, ...],
    tail: str,
    outer: tuple[str, str] = ("[", "]"),
    inner: tuple[str, str] = ("[", "]"),
) -> Iterator[str]:
    r"""The lines of an array: in columns where its rows fit a line, and no line longer than `WIDTH`.

    Parameters
    ----------
    head, tail : str
        What stands before and behind the array.
    texts : list of str
        Its numbers, row by row.
    shape : tuple of int
        Its shape.
    outer, inner : (str, str)
        The brackets around all of it, and around the parts of it.

    Examples
    --------
    >>> print(*array_lines("a = ", ["1", "-2", "3", "4"], (2, 2), ""), sep="\n")
    a = [
        [ 1, -2],
        [ 3,  4],
    ]
    """
    if len(shape) > 1:
        column = max(map(len, texts))
        if shape[-1] * (column + 2) + 4 * len(shape) <= WIDTH:
            texts = [text.rjust(column) for text in texts]
    yield from _nested(head, texts, shape, tail, outer, inner, WIDTH)


def _nested(
    head: str,
    texts: Sequence[str],
    shape: tuple[int, ...],
    tail: str,
    outer: tuple[str, str],
    inner: tuple[str, str],
    width: int,
) -> Iterator[str]:
    if not shape:
        yield f"{head}{texts[0]}{tail}"
        return
    opening, closing = outer
    if len(shape) == 1 and len(head) + sum(map(len, texts)) + 2 * len(texts) + len(tail) <= width:
        yield f"{head}{opening}{', '.join(texts)}{closing}{tail}"
        return
    if opening:
        yield f"{head}{opening}"
    indent = "    " if opening else ""
    for line in _parts(texts, shape, inner, width - len(indent)):
        yield indent + line
    if opening:
        yield f"{closing}{tail}"


def _parts(
    texts: Sequence[str], shape: tuple[int, ...], brackets: tuple[str, str], width: int
) -> Iterator[str]:
    """The lines between the brackets."""
    if len(shape) > 1:
        size = math.prod(shape[1:])
        for start in range(0, len(texts), size):
            yield from _nested("", texts[start : start + size], shape[1:], ",", brackets, brackets, width)
        return
    for line in _filled(texts, ", ", width):
        yield line + ","


def text_lines(texts: Sequence[str]) -> Iterator[str]:
    """The lines of a text of numbers.

    Examples
    --------
    >>> list(text_lines(["1", "2"]))
    ['1 2']
    """
    return _filled(texts, " ", WIDTH)


def _filled(texts: Sequence[str], between: str, width: int) -> Iterator[str]:
    """Lines with as many numbers as they hold of the longest one."""
    at_a_time = max(1, width // (max(map(len, texts)) + len(between)))
    for start in range(0, len(texts), at_a_time):
        yield between.join(texts[start : start + at_a_time])
