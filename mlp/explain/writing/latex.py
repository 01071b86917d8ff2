"""Calculations in LaTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlp import checks
from mlp.explain.formula import Block, Derivative, Equation, Heading, Paragraph, Symbol
from mlp.explain.writing import measure
from mlp.explain.writing.composition import Operator, Style, arrange, stands_alone
from mlp.explain.writing.greek import GREEK
from mlp.explain.writing.numbers import Dots, Number, Table, checked_digits, lacking

__all__ = ["latex", "latex_document"]

#: The width of the text on A4 paper in points, in LaTeX's article.
WIDTH = 345.0

SECTIONS = {1: "section", 2: "subsection", 3: "subsubsection"}

#: The preamble by language.
PREAMBLES = {
    "en": r"\documentclass[a4paper]{article}",
    "ja": r"\documentclass[a4paper]{jlreq}",
}


def latex(blocks: Iterable[Block], digits: int = 4) -> str:
    r"""Headings, sentences and equations in LaTeX, to be put into a document that uses ``amsmath`` and nothing else.

    No line is wider than the text of LaTeX's article on A4 paper, 345 points: an equation that is wider has each of its
    sides in a line of its own, and a side that is still wider is broken before an operator. Only a wide matrix within
    functions of functions may stick out. Which digits are shown and which numbers are left out is said in
    `mlp.explain.writing.numbers`.

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
    >>> from mlp.explain.formula import Matrix, Sum
    >>> numbers = Sum((Matrix(np.array([1.38546, -0.5])), Matrix(np.array([0.27410847, 0.5]))))
    >>> print(latex([Equation((Symbol("z", 2), numbers))]))
    \begingroup
    \arraycolsep=3.5pt
    \begin{align*}
    z_{2} & = \begin{bmatrix} 1.3855 & -0.5000 \end{bmatrix} + \begin{bmatrix} 0.2741 & 0.5000 \end{bmatrix}
    \end{align*}
    \endgroup
    """
    style = _Latex(checked_digits(digits))
    parts = [r"\begingroup", rf"\arraycolsep={measure.COLUMN_GAP / 2}pt"]
    for block in blocks:
        parts += [_block(block, style)] if isinstance(block, Equation) else ["", _block(block, style)]
    return "\n".join([*parts, r"\endgroup"])


def latex_document(blocks: Iterable[Block], digits: int = 4, language: str = "en") -> str:
    r"""A whole document, to be compiled.

    In English by any LaTeX, ``pdflatex`` for one. In Japanese by ``lualatex`` with the class ``jlreq``, which is in the
    Japanese collection of TeX Live (Debian's ``texlive-lang-japanese`` and ``texlive-luatex``). A document that names layers
    in other writings than the Latin needs ``lualatex`` and a font that has them.

    Parameters
    ----------
    blocks : iterable of Block
        What is said.
    digits : int
        Decimal places.
    language : {"en", "ja"}
        The language that the blocks are written in.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If an argument is none of these.

    Examples
    --------
    >>> print(latex_document([Paragraph("100 % of it.")]))
    \documentclass[a4paper]{article}
    \usepackage{amsmath}
    \allowdisplaybreaks[1]
    \raggedbottom
    \setlength{\parindent}{0pt}
    \begin{document}
    <BLANKLINE>
    \begingroup
    \arraycolsep=3.5pt
    <BLANKLINE>
    100 \% of it.
    \endgroup
    <BLANKLINE>
    \end{document}
    <BLANKLINE>
    """
    preamble = [
        PREAMBLES[checks.one_of("language", language, PREAMBLES)],
        r"\usepackage{amsmath}",
        r"\allowdisplaybreaks[1]",
        r"\raggedbottom",
        r"\setlength{\parindent}{0pt}",
        r"\begin{document}",
    ]
    return "\n".join([*preamble, "", latex(blocks, digits), "", r"\end{document}", ""])


def _block(block: Block, style: _Latex) -> str:
    match block:
        case Heading(words, level):
            return rf"\{SECTIONS.get(level, 'paragraph')}*{{{_escaped(words)}}}"
        case Paragraph(words):
            return _escaped(words)
        case Equation():
            return "\n".join([r"\begin{align*}", _equation(block, style), r"\end{align*}"])


def _equation(equation: Equation, style: _Latex) -> str:
    first, lines = arrange(equation, style, WIDTH)
    if stands_alone(first, style, WIDTH):
        rows = [f"&{first.source}", *(rf"&\quad{line.source}" for line in lines)]
    elif lines:
        rows = [f"{first.source} &{lines[0].source}", *(f"&{line.source}" for line in lines[1:])]
    else:
        rows = [first.source]
    return _below(rows, any(piece.tall for piece in lines))


def _below(rows: Sequence[str], tall: bool) -> str:
    """Lines below each other, further apart if they are tall; no page ends after the first."""
    first, *others = (row.rstrip() for row in rows)
    gap = "[1ex]\n" if tall else "\n"
    return "".join([first, *(rf" \\{'' if i else '*'}{gap}{row}" for i, row in enumerate(others))])


#: What LaTeX would take for a command, or print as something else.
SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedblright{}",
    "→": r"$\rightarrow$",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{MINUS SIGN}": "$-$",
    "∂": r"$\partial$",
    "⊙": r"$\odot$",
    **{letter: rf"$\{name}$" for name, letter in GREEK.items()},
}


def _escaped(words: str) -> str:
    """A text as LaTeX prints it; characters that nothing prints are left out."""
    return "".join(
        SPECIAL.get(letter, letter)
        for letter in " ".join(words.split())
        if unicodedata.category(letter)[0] != "C"
    )


@dataclass(frozen=True)
class _Piece:
    """A piece of a formula, about how many points wide it is, and whether it is taller than a line."""

    source: str
    width: float = 0.0
    tall: bool = False


OPERATORS = {
    Operator.PLUS: " + ",
    Operator.MINUS: " - ",
    Operator.SIGN: "-",
    Operator.BESIDE: r" \, ",
    Operator.DOT: r" \cdot ",
    Operator.ELEMENTWISE: r" \odot ",
    Operator.COMMA: ", ",
    Operator.EQUALS: " = ",
}

RAISED = {"": "", "T": r"\mathsf{T}", "new": r"\mathrm{new}"}
DOTS = {Dots.ACROSS: r"\cdots", Dots.DOWN: r"\vdots", Dots.DIAGONAL: r"\ddots"}


class _Latex(Style[_Piece]):
    indent = 20.0

    def __init__(self, digits: int) -> None:
        self.digits = digits

    def width(self, piece: _Piece) -> float:
        return piece.width

    def symbol(self, symbol: Symbol, raised: str = "") -> _Piece:
        name = symbol.name.rstrip("'")
        above = r"\prime" * (len(symbol.name) - len(name)) + RAISED[raised]
        index = "" if symbol.index is None else f"_{{{symbol.index}}}"
        source = _letters(name) + index + (f"^{{{above}}}" if above else "")
        return _Piece(source, measure.symbol(symbol) + measure.RAISED[raised])

    def derivative(self, derivative: Derivative) -> _Piece:
        of, by = self.symbol(derivative.of), self.symbol(derivative.by)
        source = rf"\frac{{\partial {of.source}}}{{\partial {by.source}}}"
        return _Piece(source, 8.0 + max(of.width, by.width), tall=True)

    def table(self, numbers: Table) -> _Piece:
        if numbers.single is not None:
            return _Piece(_number(numbers.single), measure.number(numbers.single))
        columns = [_column(column) for column in zip(*numbers.rows, strict=True)]
        rows = [" & ".join(cells) for cells in zip(*columns, strict=True)]
        inside = " \\\\\n".join(rows) or r"\;"
        gap = "\n" if len(rows) > 1 else " "
        source = rf"\begin{{bmatrix}}{gap}{inside}{gap}\end{{bmatrix}}"
        if numbers.sized:
            source = rf"\underset{{{numbers.size[0]} \times {numbers.size[1]}}}{{{source}}}"
        return _Piece(source, measure.table(numbers), tall=True)

    def transposed(self, piece: _Piece) -> _Piece:
        return _Piece(f"{{{piece.source}}}^{{{RAISED['T']}}}", piece.width + measure.RAISED["T"], piece.tall)

    def function(self, name: str) -> _Piece:
        bare = name.rstrip("'")
        plain = len(bare) == 1 or bare in GREEK
        source = _letters(bare) if plain else rf"\operatorname{{{_escaped(bare)}}}"
        return _Piece(source + name[len(bare) :], measure.function(name))

    def fenced(self, piece: _Piece) -> _Piece:
        if piece.tall:
            # Lines stand on the first of them, but in the middle of parentheses.
            inside = re.sub(r"^\\begin{aligned}\[t\]", r"\\begin{aligned}", piece.source)
            return _Piece(rf"\left( {inside} \right)", piece.width + measure.PARENTHESES, tall=True)
        return _Piece(f"({piece.source})", piece.width + measure.PLAIN_PARENTHESES)

    def operator(self, operator: Operator, leading: bool) -> _Piece:
        width = measure.OPERATORS[operator]
        if not leading:
            return _Piece(OPERATORS[operator], width)
        sign = r"\times" if operator is Operator.BESIDE else OPERATORS[operator].strip()
        return _Piece(f"{{}} {sign} ", max(width, measure.OPERATORS[Operator.PLUS]))

    def row(self, pieces: Sequence[_Piece]) -> _Piece:
        return _Piece(
            "".join(piece.source for piece in pieces),
            sum(piece.width for piece in pieces),
            any(piece.tall for piece in pieces),
        )

    def stack(self, lines: Sequence[_Piece]) -> _Piece:
        rows = [f"&{lines[0].source}", *(rf"&\qquad {line.source}" for line in lines[1:])]
        inside = _below(rows, any(line.tall for line in lines))
        width = max([lines[0].width, *(line.width + self.indent for line in lines[1:])])
        return _Piece(f"\\begin{{aligned}}[t]\n{inside}\n\\end{{aligned}}", width, tall=True)


def _letters(name: str) -> str:
    """A name in mathematics: a letter, Greek or Latin, a number such as 1 for a row of ones, or a word."""
    if name in GREEK:
        return rf"\{name}"
    if name.isascii() and (name.isdigit() or (len(name) == 1 and name.isalpha())):
        return name
    return rf"\text{{\itshape {_escaped(name)}}}"


def _column(cells: Sequence[Number | Dots]) -> list[str]:
    """A column of numbers; room is kept for signs and digits that one of them lacks."""
    return [
        DOTS[cell] if isinstance(cell, Dots) else _phantom(before) + _number(cell, _phantom(after))
        for cell, (before, after) in zip(cells, lacking(cells), strict=True)
    ]


def _phantom(missing: str) -> str:
    return rf"\phantom{{{missing}}}" if missing else ""


def _number(number: Number, padding: str = "") -> str:
    """A number; ``padding`` follows its exponent if it has one."""
    sign = "-" * number.negative
    whole = {"inf": r"\infty", "nan": r"\mathrm{nan}"}.get(number.whole, number.whole)
    if number.denominator:
        return rf"{sign}\tfrac{{{whole}}}{{{number.denominator}}}"
    point = f".{number.decimals}" if number.decimals else ""
    power = "" if number.exponent is None else rf" \times 10^{{{number.exponent}{padding}}}"
    return sign + whole + point + power
