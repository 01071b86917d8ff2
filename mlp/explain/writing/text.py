"""Calculations as monospaced text: matrices in brackets over several lines."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlp.explain.formula import Block, Derivative, Equation, Heading, Paragraph, Symbol
from mlp.explain.writing.composition import Operator, Style, arrange, compose, stands_alone
from mlp.explain.writing.numbers import Dots, Number, Table, checked_digits
from mlp.names import printable

__all__ = ["in_one_line", "text"]

#: Characters in a line.
WIDTH = 100

#: How far the lines after the first are indented.
INDENT = 4

UNDERLINES = {1: "=", 2: "-"}


def text(blocks: Iterable[Block], digits: int = 4) -> str:
    r"""Headings, sentences and equations as lines of text, for a terminal or any monospaced type.

    A line has at most 100 characters. An equation that is longer has each of its sides in a line of its own, and a
    side that is still longer is broken before ``+``, ``-``, ``*`` or a factor. ``*`` multiplies entry by entry, as in
    NumPy, and numbers; everything else that stands side by side is a matrix product. Which digits are shown and which
    numbers are left out is said in `mlp.explain.writing.numbers`.

    Parameters
    ----------
    blocks : iterable of Block
        What is said.
    digits : int
        Decimal places.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If ``digits`` is no integer from 1 to 16, or an array has more than two axes.

    Examples
    --------
    >>> import numpy as np
    >>> from mlp.explain.formula import Matrix, Product
    >>> x, kernel = np.array([0.3, 0.1]), np.array([[0.5, -1.25], [1.0, 0.75]])
    >>> named, numbers = (Symbol("x"), Symbol("W", 1)), (Matrix(x), Matrix(kernel))
    >>> print(text([Equation((Symbol("z", 1), Product(named), Product(numbers), Matrix(x @ kernel)))]))
    z_1 = x W_1 = [0.3  0.1] ⎡0.50  -1.25⎤ = [0.25  -0.30]
                             ⎣1.00   0.75⎦
    """
    style = _Text(checked_digits(digits))
    return "\n\n".join(_block(block, style) for block in blocks)


def in_one_line(equation: Equation, digits: int = 4) -> str:
    """An equation with only the sizes of its matrices, to be read out.

    Examples
    --------
    >>> import numpy as np
    >>> from mlp.explain.formula import Matrix
    >>> in_one_line(Equation((Symbol("W", 1), Matrix(np.ones((2, 5))))))
    'W_1 = [2 x 5]'
    """
    style = _Sizes(digits)
    return " = ".join(compose(side, style).drawn() for side in equation.sides)


def _block(block: Block, style: _Text) -> str:
    match block:
        case Heading(words, level):
            words = printable(words)
            line = UNDERLINES.get(level)
            return words if line is None else f"{words}\n{line * _columns(words)}"
        case Paragraph(words):
            return printable(words)
        case Equation():
            return _equation(block, style)


def _equation(equation: Equation, style: _Text) -> str:
    first, lines = arrange(equation, style, WIDTH)
    if not lines:
        return first.drawn()
    if stands_alone(first, style, WIDTH):
        return style.below([first, *lines], INDENT).drawn()
    return style.row([first, style.below(lines, 0)]).drawn()


def _columns(words: str) -> int:
    """How wide a text is in a terminal, where a character of the East is two columns wide."""
    import unicodedata

    return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in words)


@dataclass(frozen=True)
class _Box:
    """Lines of the same length, one of which stands on the line of the formula.

    ``tall`` is what lines have to be kept apart for: not two lines of which one follows the other.
    """

    lines: tuple[str, ...]
    base: int = 0
    tall: bool = False

    @property
    def width(self) -> int:
        return len(self.lines[0])

    def drawn(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines)


class _Text(Style[_Box]):
    indent = INDENT

    def __init__(self, digits: int) -> None:
        self.digits = digits

    def width(self, piece: _Box) -> float:
        return piece.width

    def symbol(self, symbol: Symbol, raised: str = "") -> _Box:
        index = "" if symbol.index is None else f"_{symbol.index}"
        return _Box((printable(symbol.name) + index + (f"^{raised}" if raised else ""),))

    def derivative(self, derivative: Derivative) -> _Box:
        of, by = (self.symbol(part).lines[0] for part in (derivative.of, derivative.by))
        return _Box((f"d{of}/d{by}",))

    def table(self, numbers: Table) -> _Box:
        if numbers.single is not None:
            return _Box((_number(numbers.single),))
        columns = [_column(column) for column in zip(*numbers.rows, strict=True)]
        lines = ["  ".join(line) for line in zip(*columns, strict=True)] or [""]
        box = _enclosed(lines, "[⎡⎢⎣", "]⎤⎥⎦", (len(lines) - 1) // 2)
        if not numbers.sized:
            return box
        size = "{} x {}".format(*numbers.size)
        width = max(box.width, len(size))
        return _Box(tuple(line.center(width) for line in (*box.lines, size)), box.base, tall=True)

    def transposed(self, piece: _Box) -> _Box:
        return self.row([piece, _Box(("^T", *[""] * piece.base), piece.base)])

    def function(self, name: str) -> _Box:
        return _Box((printable(name),))

    def fenced(self, piece: _Box) -> _Box:
        return _enclosed(piece.lines, "(⎛⎜⎝", ")⎞⎟⎠", piece.base)

    def operator(self, operator: Operator, leading: bool) -> _Box:
        sign = SIGNS[operator]
        return _Box((sign.lstrip() if leading else sign,))

    def row(self, pieces: Sequence[_Box]) -> _Box:
        above = max((piece.base for piece in pieces), default=0)
        below = max((len(piece.lines) - piece.base for piece in pieces), default=1)
        padded = [
            [""] * (above - piece.base) + list(piece.lines) + [""] * (below - len(piece.lines) + piece.base)
            for piece in pieces
        ]
        widths = [max(map(len, piece.lines)) for piece in pieces]
        lines = [
            "".join(part.ljust(width) for part, width in zip(line, widths, strict=True))
            for line in zip(*padded, strict=True)
        ]
        return _Box(tuple(lines) or ("",), above, any(piece.tall for piece in pieces))

    def stack(self, lines: Sequence[_Box]) -> _Box:
        return self.below(lines, INDENT)

    def below(self, boxes: Sequence[_Box], indent: int) -> _Box:
        """Boxes below each other, with an empty line between them if one of them is tall."""
        tall = any(box.tall for box in boxes)
        gap = [""] * tall
        lines = list(boxes[0].lines)
        for box in boxes[1:]:
            lines += [*gap, *(" " * indent + line for line in box.lines)]
        width = max(map(len, lines))
        return _Box(tuple(line.ljust(width) for line in lines), boxes[0].base, tall)


class _Sizes(_Text):
    """Matrices by their sizes."""

    def table(self, numbers: Table) -> _Box:
        if numbers.single is not None:
            return super().table(numbers)
        return _Box(("[{} x {}]".format(*numbers.size),))


SIGNS = {
    Operator.PLUS: " + ",
    Operator.MINUS: " - ",
    Operator.SIGN: "-",
    Operator.BESIDE: " ",
    Operator.DOT: " * ",
    Operator.ELEMENTWISE: " * ",
    Operator.COMMA: ", ",
    Operator.EQUALS: " = ",
}


def _enclosed(lines: Sequence[str], left: str, right: str, base: int) -> _Box:
    """Lines between brackets: the pieces are those for one line, and for top, middle and bottom of several."""
    if len(lines) == 1:
        return _Box((f"{left[0]}{lines[0]}{right[0]}",))
    ends = [1, *[2] * (len(lines) - 2), 3]
    enclosed = (f"{left[end]}{line}{right[end]}" for end, line in zip(ends, lines, strict=True))
    return _Box(tuple(enclosed), base, tall=True)


def _column(cells: Sequence[Number | Dots]) -> list[str]:
    """A column of numbers below each other, with the decimal points in line."""
    parts = [_halves(cell) if isinstance(cell, Number) else ("", "") for cell in cells]
    before, after = (max(map(len, half)) for half in zip(*parts, strict=True))
    numbers = [left.rjust(before) + right.ljust(after) for left, right in parts]
    return [
        number if isinstance(cell, Number) else "...".rjust(before + after)
        for number, cell in itertools.zip_longest(numbers, cells)
    ]


def _halves(number: Number) -> tuple[str, str]:
    """What stands before the decimal point, and the rest."""
    point = f".{number.decimals}" if number.decimals else ""
    power = f"e{number.exponent:+03d}" if number.exponent is not None else ""
    below = f"/{number.denominator}" if number.denominator else ""
    return "-" * number.negative + number.whole, point + power + below


def _number(number: Number) -> str:
    return "".join(_halves(number))
