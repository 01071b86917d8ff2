"""Calculations in HTML, with their formulas in MathML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlp import checks
from mlp.explain.formula import Block, Derivative, Equation, Heading, Paragraph, Symbol
from mlp.explain.telling.words import LANGUAGES
from mlp.explain.writing import measure
from mlp.explain.writing.composition import Operator, Style, arrange
from mlp.explain.writing.greek import GREEK
from mlp.explain.writing.numbers import Dots, Number, Table, checked_digits, lacking
from mlp.explain.writing.text import in_one_line
from mlp.markup import escaped

__all__ = ["html"]

#: What an equation is broken to, in points at 10 points: the text of a page of documentation.
WIDTH = 400.0

#: What an equation is shown in one line up to: the screen of a phone.
NARROW = 225.0

#: Colours are those of the page around it, light or dark.
RULES = """
.mlp-calculation { max-width: 100%; line-height: 1.5; text-align: start; }
.mlp-calculation h3, .mlp-calculation h4, .mlp-calculation h5, .mlp-calculation h6 {
  margin: 1.5em 0 0.5em; padding: 0; border-radius: 0; line-height: 1.3; font-weight: bold; overflow-wrap: anywhere; }
.mlp-calculation h3 { font-size: 1.35em; }
.mlp-calculation h4 { font-size: 1.2em; padding-bottom: 0.15em; border-bottom: 1px solid currentColor; }
.mlp-calculation h5, .mlp-calculation h6 { font-size: 1em; }
.mlp-calculation p { margin: 0.5em 0; overflow-wrap: anywhere; }
.mlp-calculation .equation { margin: 0.75em 0; padding: 0.25em 0; overflow-x: auto; overflow-y: hidden; }
.mlp-calculation math { font-size: 1.1em; }
.mlp-calculation .sides > mtr > mtd, .mlp-calculation .lines > mtr > mtd {
  padding: 0.4em 0; text-align: left; text-align: -webkit-left; vertical-align: baseline; }
.mlp-calculation .matrix > mtr > mtd { padding: 0.2em 0.3em; }
.mlp-calculation .matrix > mtr > mtd:first-child { padding-left: 0.15em; }
.mlp-calculation .matrix > mtr > mtd:last-child { padding-right: 0.15em; }
@media (max-width: 480px) { .mlp-calculation math { font-size: 1em; } }
"""


def html(blocks: Iterable[Block], digits: int = 4, language: str = "en") -> str:
    r"""Headings, sentences and equations as one element of HTML, with MathML that browsers draw by themselves.

    There are no scripts, nothing is loaded, and no colours are set: it stands in a page of any colours. A short equation
    stands in one line; of another, each side has a line of its own, broken before an operator where it is wider than a
    page of documentation. What is wider than the screen can be moved sideways, without the page. Which digits are shown
    and which numbers are left out is said in `mlp.explain.writing.numbers`.

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
        If an argument is none of these, or an array has more than two axes.

    Examples
    --------
    >>> page = html([Heading("Forward", 2), Equation((Symbol("z", 1), Symbol("x")))])
    >>> page.startswith('<div class="mlp-calculation" lang="en">')
    True
    >>> "<msub><mi>z</mi><mn>1</mn></msub>" in page
    True
    """
    language = checks.one_of("language", language, LANGUAGES)
    style = _Html(checked_digits(digits))
    parts = [f'<div class="mlp-calculation" lang="{language}">', f"<style>{RULES}</style>"]
    return "\n".join([*parts, *(_block(block, style) for block in blocks), "</div>"])


def _block(block: Block, style: _Html) -> str:
    match block:
        case Heading(words, level):
            tag = f"h{min(level + 2, 6)}"
            return f"<{tag}>{escaped(words)}</{tag}>"
        case Paragraph(words):
            return f"<p>{escaped(words)}</p>"
        case Equation():
            return f'<div class="equation">{_equation(block, style)}</div>'


def _equation(equation: Equation, style: _Html) -> str:
    first, others = arrange(equation, style, WIDTH, NARROW)
    firsts = "".join(line for _, line in first.lines)
    lines = [line for side in others for line in side.lines] or [(0, "")]
    rows = "".join(
        f"<mtr><mtd>{firsts if not i else ''}</mtd><mtd>{_indented(line)}</mtd></mtr>"
        for i, line in enumerate(lines)
    )
    return (
        f'<math xmlns="http://www.w3.org/1998/Math/MathML" alttext="{escaped(in_one_line(equation, style.digits))}">'
        f'<mtable class="sides" displaystyle="true">{rows}</mtable></math>'
    )


def _indented(line: tuple[int, str]) -> str:
    depth, source = line
    return (f'<mspace width="{depth * 2}em"/>' if depth else "") + source


MINUS, TIMES, PRIME = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}", "\N{PRIME}"

OPERATORS = {
    Operator.PLUS: "<mo>+</mo>",
    Operator.MINUS: f"<mo>{MINUS}</mo>",
    Operator.SIGN: f'<mo form="prefix">{MINUS}</mo>',
    Operator.BESIDE: '<mo>\u2062</mo><mspace width="0.2em"/>',
    Operator.DOT: "<mo>⋅</mo>",
    Operator.ELEMENTWISE: "<mo>⊙</mo>",
    Operator.COMMA: "<mo>,</mo>",
    Operator.EQUALS: "<mo>=</mo>",
}

#: Between two matrices in different lines.
BROKEN = f"<mo>{TIMES}</mo>"

DOTS = {Dots.ACROSS: "⋯", Dots.DOWN: "⋮", Dots.DIAGONAL: "⋱"}


@dataclass(frozen=True)
class _Lines:
    """Lines of a formula, each with how far it is indented, and about how many points wide they are.

    ``tall`` is what brackets have to grow for.
    """

    lines: tuple[tuple[int, str], ...]
    width: float = 0.0
    tall: bool = False

    @property
    def source(self) -> str:
        """One element, or several that stand beside each other."""
        if len(self.lines) == 1:
            return self.lines[0][1]
        rows = "".join(f"<mtr><mtd>{_indented(line)}</mtd></mtr>" for line in self.lines)
        return f'<mtable class="lines" displaystyle="true">{rows}</mtable>'


def _line(source: str, width: float, tall: bool = False) -> _Lines:
    return _Lines(((0, source),), width, tall)


class _Html(Style[_Lines]):
    indent = 20.0

    def __init__(self, digits: int) -> None:
        self.digits = digits

    def width(self, piece: _Lines) -> float:
        return piece.width

    def symbol(self, symbol: Symbol, raised: str = "") -> _Lines:
        width = measure.symbol(symbol) + measure.RAISED[raised]
        return _line(_name(symbol.name, symbol.index, RAISED[raised]), width)

    def derivative(self, derivative: Derivative) -> _Lines:
        parts = (derivative.of, derivative.by)
        above, below = (f"<mrow>{PARTIAL}{_name(part.name, part.index)}</mrow>" for part in parts)
        return _line(f"<mfrac>{above}{below}</mfrac>", 8.0 + max(map(measure.symbol, parts)), tall=True)

    def table(self, numbers: Table) -> _Lines:
        if numbers.single is not None:
            return _line(_number(numbers.single), measure.number(numbers.single))
        tall = len(numbers.rows) > 1
        matrix = _fenced("[", "]", (_rows if tall else _row)(numbers.rows), tall)
        if numbers.sized:
            size = f"<mo>{TIMES}</mo>".join(f"<mn>{length}</mn>" for length in numbers.size)
            matrix = f"<munder>{matrix}<mrow>{size}</mrow></munder>"
        return _line(matrix, measure.table(numbers), tall or numbers.sized)

    def transposed(self, piece: _Lines) -> _Lines:
        source = f"<msup><mrow>{piece.source}</mrow>{RAISED['T']}</msup>"
        return _line(source, piece.width + measure.RAISED["T"], piece.tall)

    def function(self, name: str) -> _Lines:
        return _line(f"{_name(name)}<mo>\u2061</mo>", measure.function(name))

    def fenced(self, piece: _Lines) -> _Lines:
        around = measure.PARENTHESES if piece.tall else measure.PLAIN_PARENTHESES
        return _line(_fenced("(", ")", piece.source, piece.tall), piece.width + around, piece.tall)

    def operator(self, operator: Operator, leading: bool) -> _Lines:
        if not leading:
            return _line(OPERATORS[operator], measure.OPERATORS[operator])
        sign = BROKEN if operator is Operator.BESIDE else OPERATORS[operator]
        return _line(sign.replace("<mo>", '<mo form="infix">'), measure.OPERATORS[Operator.PLUS])

    def row(self, pieces: Sequence[_Lines]) -> _Lines:
        """What follows a piece follows its last line."""
        lines = [(0, "")]
        for piece in pieces:
            (depth, last), (further, first) = lines[-1], piece.lines[0]
            lines[-1:] = [(depth + further, last + first), *piece.lines[1:]]
        width = sum(piece.width for piece in pieces)
        return _Lines(tuple(lines), width, any(piece.tall for piece in pieces))

    def stack(self, lines: Sequence[_Lines]) -> _Lines:
        first, *others = lines
        deeper = [(depth + 1, source) for line in others for depth, source in line.lines]
        width = max([first.width, *(line.width + self.indent for line in others)])
        return _Lines((*first.lines, *deeper), width, tall=True)


RAISED = {"": "", "T": '<mi mathvariant="normal">T</mi>', "new": "<mtext>new</mtext>"}

#: Upright, as not every font has it slanted.
PARTIAL = '<mi mathvariant="normal">∂</mi>'


def _name(name: str, index: int | None = None, raised: str = "") -> str:
    bare = name.rstrip("'")
    kind = "mn" if bare.isdigit() else "mi"
    letters = f"<{kind}>{escaped(GREEK.get(bare, bare))}</{kind}>"
    if primes := PRIME * (len(name) - len(bare)):
        letters = f'<mrow>{letters}<mo lspace="0" rspace="0">{primes}</mo></mrow>'
    below = "" if index is None else f"<mn>{index}</mn>"
    if below and raised:
        return f"<msubsup>{letters}{below}{raised}</msubsup>"
    if below:
        return f"<msub>{letters}{below}</msub>"
    return f"<msup>{letters}{raised}</msup>" if raised else letters


def _fenced(left: str, right: str, inside: str, tall: bool) -> str:
    grow = "" if tall else ' stretchy="false"'
    return f"<mrow><mo{grow}>{left}</mo>{inside}<mo{grow}>{right}</mo></mrow>"


def _row(rows: Sequence[Sequence[Number | Dots]]) -> str:
    """A matrix of one row, or none: it needs no table, and stands on the line of the formula without one."""
    sources = (_number(cell) if isinstance(cell, Number) else _dots(cell) for row in rows for cell in row)
    return '<mspace width="0.6em"/>'.join(sources)


def _rows(rows: Sequence[Sequence[Number | Dots]]) -> str:
    columns = [_column(column) for column in zip(*rows, strict=True)]
    lines = "".join(f"<mtr>{''.join(cells)}</mtr>" for cells in zip(*columns, strict=True))
    return f'<mtable class="matrix">{lines}</mtable>'


def _column(cells: Sequence[Number | Dots]) -> list[str]:
    """A column of numbers; room is kept for signs and digits that one of them lacks."""
    lacks = lacking(cells)
    return [
        f"<mtd>{_number(cell, *map(_phantom, lack)) if isinstance(cell, Number) else _dots(cell)}</mtd>"
        for cell, lack in zip(cells, lacks, strict=True)
    ]


def _dots(dots: Dots) -> str:
    return f"<mo>{DOTS[dots]}</mo>"


def _phantom(lack: str) -> str:
    return f"<mphantom><mn>{lack.replace('-', MINUS)}</mn></mphantom>" if lack else ""


def _number(number: Number, before: str = "", after: str = "") -> str:
    """A number; ``after`` follows its exponent if it has one."""
    sign = MINUS * number.negative
    whole = {"inf": "∞"}.get(number.whole, number.whole)
    if number.denominator:
        return f"{before}<mrow>{f'<mo>{sign}</mo>' if sign else ''}<mfrac><mn>{whole}</mn><mn>{number.denominator}</mn></mfrac></mrow>"
    digits = f"{before}<mn>{sign}{whole}{'.' * bool(number.decimals)}{number.decimals}</mn>"
    if number.exponent is None:
        return digits
    exponent = f"<mn>{str(number.exponent).replace('-', MINUS)}</mn>"
    return f"{digits}<mo>{TIMES}</mo><msup><mn>10</mn><mrow>{exponent}{after}</mrow></msup>"
