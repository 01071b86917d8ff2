"""What both kinds of Python file have in common: the page around a prediction."""

from __future__ import annotations

import itertools
import math
import textwrap
from collections.abc import Iterable, Sequence

from mlp.arrays import Array
from mlp.files.source.literals import WIDTH, array_lines, decimals, text_lines
from mlp.files.source.outline import Outline, Shape, numbered

__all__ = ["columns", "constants", "docstring", "indented", "page", "rows_text", "version", "wrapped"]


#: Larger arrays are texts, which Python reads in a tenth of the time and memory that as many literals take.
LARGE = 10_000


def version() -> str:
    """The version of this library."""
    from mlp import __version__

    return __version__


def page(parts: Iterable[Sequence[str]]) -> bytes:
    """Parts, each some lines, with two blank lines between them."""
    return ("\n\n\n".join("\n".join(part) for part in parts if part) + "\n").encode("ascii")


def indented(lines: Iterable[str]) -> list[str]:
    """Lines farther to the right, but those that are blank."""
    return ["    " + line if line else "" for line in lines]


def wrapped(line: str) -> list[str]:
    """A line of code that may end at any blank, as several ones where it is too long."""
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(line, WIDTH, subsequent_indent=indent + " " * 8, break_long_words=False)


def rows_text(shape: Shape) -> str:
    """The shape of rows.

    Examples
    --------
    >>> rows_text((2, 3))
    '(n, 2, 3)'
    """
    return f"(n, {', '.join(map(str, shape))})"


def docstring(outline: Outline, needs: str, form: str, numbers: str) -> list[str]:
    """What the file is and how to use it.

    Parameters
    ----------
    outline : Outline
        The prediction.
    needs, form, numbers : str
        What it needs, what comes in and goes out, and how exact it is.
    """
    names = [name for name, _ in outline.inputs]
    outputs = list(zip(numbered("y", len(outline.outputs)), outline.outputs, strict=True))
    size = sum(math.prod(shape) for _, shape in outline.inputs)
    return [
        f'"""A neural network, written by mlp {version()}.  {needs}',
        "",
        "    from model import predict",
        "",
        f"    {', '.join(name for name, _ in outputs)} = predict({', '.join(names)})",
        "",
        *(f"{name} has the shape {rows_text(shape)}: {form}." for name, shape in outline.inputs),
        *(f"{name} has the shape {rows_text(shape)}." for name, (_, shape) in outputs),
        "",
        numbers,
        "",
        "As a script it takes the numbers of a row, or rows from standard input, one on each line:",
        "",
        f"    python model.py {'0.3 0.1'[: 4 * size - 1]}{' ...' if size > 2 else ''}",
        "    python model.py < rows.csv",
        '"""',
    ]


def constants(outline: Outline, heads: tuple[str, str], nan: str, inf: str) -> list[str]:
    """The arrays that a prediction names.

    Parameters
    ----------
    outline : Outline
        The prediction.
    heads : (str, str)
        What stands before and behind an array that is no single number; the latter with the type in braces.
    nan, inf : str
        How to write what is no number.
    """
    return [
        line
        for name, array in outline.constants.items()
        for line in _constant(name, array, heads if array.ndim else ("", ""), nan, inf)
    ]


def _constant(name: str, array: Array, heads: tuple[str, str], nan: str, inf: str) -> Iterable[str]:
    before, behind = heads
    behind = behind.format(dtype=array.dtype)
    if array.size > LARGE and array.dtype.kind == "f":
        yield f'{name} = numbers("""'
        yield from text_lines(decimals(array, "nan", "inf"))
        yield f'""", {array.shape}{behind or ")"}'
        return
    yield from array_lines(f"{name} = {before}", decimals(array, nan, inf), array.shape, behind)


def columns(values: Sequence[tuple[str, Shape]]) -> list[tuple[int, int]]:
    """Where the numbers of each of several values begin and end in a row that holds them all.

    Examples
    --------
    >>> columns([("x_1", (3,)), ("x_2", (2, 2))])
    [(0, 3), (3, 7)]
    """
    ends = itertools.accumulate((math.prod(shape) for _, shape in values), initial=0)
    return list(itertools.pairwise(ends))
