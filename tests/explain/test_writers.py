"""What is written can be read back: every number, every name; and no line is too wide."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from explain.formulas import blocks, equations, parts, values
from hypothesis import given, settings
from hypothesis import strategies as st

from mlp.errors import ArgumentError
from mlp.explain.formula import (
    Apply,
    Derivative,
    Elementwise,
    Equation,
    Heading,
    Matrix,
    Negative,
    Paragraph,
    Product,
    Renewed,
    Sum,
    Symbol,
    Transpose,
)
from mlp.explain.writing.greek import GREEK
from mlp.explain.writing.html import html
from mlp.explain.writing.latex import latex, latex_document
from mlp.explain.writing.text import text

digits = st.integers(1, 8)
MATH = "{http://www.w3.org/1998/Math/MathML}"


# How each is read.


def numbers_of_latex(source):
    for ignored in (
        r"\\phantom\{[^}]*\}",
        r"\\underset\{\d+ \\times \d+\}",
        r"_\{\d+\}",
        r"\\arraycolsep=\S+",
        r"\\\\\*?\[1ex\]",
    ):
        source = re.sub(ignored, "", source)
    found = re.findall(
        r"(-?)(?:(\\infty)|\\mathrm\{(nan)\}|(\d+(?:\.\d+)?)(?: \\times 10\^\{(-?\d+)\})?)", source
    )
    return [_token(sign, infinite or nan, mantissa, power) for sign, infinite, nan, mantissa, power in found]


def numbers_of_html(source):
    spelled = " ".join(_spelled(math) for math in _root(source).iter(f"{MATH}math"))
    spelled = spelled.replace("\N{MINUS SIGN}", "-").replace("\N{MULTIPLICATION SIGN}", "*")
    found = re.findall(r"#(-?)(?:(∞)|(nan)|(\d+(?:\.\d+)?))(?:\*#10\^#(-?\d+))?", spelled)
    return [_token(sign, infinite or nan, mantissa, power) for sign, infinite, nan, mantissa, power in found]


def _root(source):
    return ET.fromstring(source)  # noqa: S314 - it was written here


def _spelled(node):
    """The letters of a formula, numbers marked with ``#``; without indices, sizes and what is not seen."""
    tag = node.tag.removeprefix(MATH)
    if tag == "mphantom":
        return ""
    if tag == "mn":
        return f"#{node.text}"
    inner = list(node)
    if tag in ("msub", "munder"):
        return _spelled(inner[0])
    if tag == "msubsup":
        return _spelled(inner[0]) + _spelled(inner[2])
    if tag == "msup":
        return f"{_spelled(inner[0])}^{_spelled(inner[1])}"
    return (node.text or "") + "".join(map(_spelled, inner))


def numbers_of_text(source):
    source = re.sub(r"(?<![\d.])\d+ x \d+", "", re.sub(r"_\d+", "", source))
    found = re.findall(r"(?<![\w.])(-?)(?:(inf)|(nan)|(\d+(?:\.\d+)?)(?:e([-+]\d+))?)(?!\w)", source)
    return [_token(sign, infinite or nan, mantissa, power) for sign, infinite, nan, mantissa, power in found]


def _token(sign, special, mantissa, power):
    if special:
        return sign + ("nan" if special == "nan" else "inf")
    return f"{sign}{mantissa}e{int(power or 0)}"


def is_near(token, value):
    """Whether it is within half a unit of its last digit."""
    if not np.isfinite(value):
        return token == str(value)
    mantissa, _, power = token.partition("e")
    unit = Fraction(10) ** (int(power) - len(mantissa.partition(".")[2]))
    return abs(Fraction(token) - Fraction(value)) <= unit / 2 and np.isfinite(float(token))


# What holds for all.


@settings(max_examples=30, deadline=None)
@given(blocks, digits)
def test_every_number_can_be_read_back(said, places):
    expected = list(values(said, places))
    in_latex = numbers_of_latex(latex([b for b in said if isinstance(b, Equation)], places))
    assert len(in_latex) == len(expected)
    assert all(map(is_near, in_latex, expected))
    assert numbers_of_html(html(said, places)) == in_latex


@settings(max_examples=30, deadline=None)
@given(blocks, digits)
def test_text_shows_the_same_numbers(said, places):
    """Not in the same order, as matrices stand beside each other."""
    said = [block for block in said if isinstance(block, Equation)]
    assert Counter(numbers_of_text(text(said, places))) == Counter(numbers_of_latex(latex(said, places)))


@settings(max_examples=30, deadline=None)
@given(equations)
def test_every_name_appears(equation):
    named = [
        part if isinstance(part, str) else part.name
        for part in parts(equation)
        if not isinstance(part, Matrix)
    ]
    lines, markup = text([equation]), "".join(_root(html([equation])).find(".//{*}math").itertext())
    source = latex([equation]).replace(r"\_", "_").replace(r"\&", "&")
    for name in named:
        bare = name.rstrip("'")
        assert name in lines
        assert GREEK.get(bare, bare) in markup
        assert (rf"\{bare}" if bare in GREEK else re.split('[<>"]', bare)[0]) in source


@settings(max_examples=30, deadline=None)
@given(blocks, digits)
def test_lines_of_text_are_not_too_wide(said, places):
    said = [block for block in said if isinstance(block, Equation)]
    assert all(len(line) <= 100 and line == line.rstrip() for line in text(said, places).splitlines())


@settings(max_examples=30, deadline=None)
@given(blocks, st.sampled_from(["en", "ja"]))
def test_html_is_one_element_of_xml(said, language):
    root = _root(html(said, language=language))
    assert (root.tag, root.get("class"), root.get("lang")) == ("div", "mlp-calculation", language)
    assert not list(root.iter("script"))
    assert not {"src", "href", "onclick", "style"} & {name for node in root.iter() for name in node.attrib}
    assert all(math.get("alttext") for math in root.iter(f"{MATH}math"))


@settings(max_examples=30, deadline=None)
@given(blocks)
def test_latex_is_balanced(said):
    source = re.sub(r"\\[{}]", "", latex_document(said))
    open_groups, environments = 0, []
    for found in re.finditer(r"\\(begin|end)\{(\w+\*?)\}|\\(left|right)(?![a-z])|([{}])", source):
        kind, environment, delimiter, brace = found.groups()
        open_groups += {"{": 1, "}": -1, None: 0}[brace]
        assert open_groups >= 0
        if kind == "begin" or delimiter == "left":
            environments.append(environment or "left")
        elif kind == "end" or delimiter == "right":
            assert environments.pop() == (environment or "left")
    assert (open_groups, environments) == (0, [])
    matrices = re.findall(r"\\begin\{bmatrix\}(.*?)\\end", source, re.DOTALL)
    assert all(row.count("&") < 10 for matrix in matrices for row in matrix.split(r"\\"))


# What is looked at one by one.

S, M = Symbol, Matrix
X, KERNEL = np.array([[0.3, 0.1]]), np.array([[0.5, -1.25], [1.0, 0.75]])
A, HALF, MINUS = M(np.array([[1.0, 2.0]])), M(np.array(0.5)), M(np.array(-0.5))

READINGS = [
    (S("z", 1), "z_1", "z_{1}"),
    (S("W'", 2), "W'_2", r"W_{2}^{\prime}"),
    (S("eta"), "eta", r"\eta"),
    (Derivative(S("L"), S("W", 1)), "dL/dW_1", r"\frac{\partial L}{\partial W_{1}}"),
    (Renewed(S("W", 2)), "W_2^new", r"W_{2}^{\mathrm{new}}"),
    (Transpose(S("W", 2)), "W_2^T", r"W_{2}^{\mathsf{T}}"),
    (Transpose(Sum((S("a"), S("b")))), "(a + b)^T", r"{(a + b)}^{\mathsf{T}}"),
    (Transpose(Transpose(S("a"))), "(a^T)^T", r"{(a^{\mathsf{T}})}^{\mathsf{T}}"),
    (Apply("tanh'", (S("z"),)), "tanh'(z)", r"\operatorname{tanh}'(z)"),
    (Apply("f", (S("y"), S("a"))), "f(y, a)", "f(y, a)"),
    (Product((HALF, S("W"))), "0.5 W", r"0.5 \, W"),
    (Product((S("W"), HALF)), "W * 0.5", r"W \cdot 0.5"),
    (Product((S("a"), MINUS)), "a (-0.5)", r"a \, (-0.5)"),
    (Sum((S("a"), MINUS)), "a + (-0.5)", "a + (-0.5)"),
    (Sum((MINUS, S("a"))), "-0.5 + a", "-0.5 + a"),
    (Sum((S("a"), Negative(Sum((S("b"), S("c")))))), "a - (b + c)", "a - (b + c)"),
    (Negative(Product((S("a"), S("b")))), "-a b", r"-a \, b"),
    (Product((Sum((S("a"), S("b"))), S("c"))), "(a + b) c", r"(a + b) \, c"),
    (Product((Sum((S("a"),)), S("c"))), "a c", r"a \, c"),
    (Product((Sum((Sum((S("a"), S("b"))),)), S("c"))), "(a + b) c", r"(a + b) \, c"),
    (Product((Transpose(S("1")), S("z"))), "1^T z", r"1^{\mathsf{T}} \, z"),
    (
        M(np.array([[-0.5], [10.25]])),
        "⎡-0.50⎤\n⎣10.25⎦",
        "\\begin{bmatrix}\n\\phantom{0}-0.50 \\\\\n\\phantom{-}10.25\n\\end{bmatrix}",
    ),
    (Elementwise((Product((S("a"), S("b"))), S("c"))), "(a b) * c", r"(a \, b) \odot c"),
    (A, "[1  2]", r"\begin{bmatrix} 1 & 2 \end{bmatrix}"),
    (M(np.zeros((0, 3))), "  []\n0 x 3", r"\underset{0 \times 3}{\begin{bmatrix} \; \end{bmatrix}}"),
    (M(np.array(1.23456e-7)), "1.2346e-07", r"1.2346 \times 10^{-7}"),
    (M(np.array([-np.inf, np.nan])), "[-inf  nan]", r"\begin{bmatrix} -\infty & \mathrm{nan} \end{bmatrix}"),
]


@pytest.mark.parametrize(("expression", "in_text", "in_latex"), READINGS, ids=[r[1] for r in READINGS])
def test_readings(expression, in_text, in_latex):
    said = [Equation((expression,))]
    assert text(said) == in_text
    assert latex(said).splitlines()[3:-2] == in_latex.splitlines()


def dense():
    """The last layer of the third worked example."""
    h = np.array([[-0.51118654, 0.40341881, 0.37147774, 0.30628767, -0.11326289]])
    kernel = np.array([[-0.8775745], [1.09351909], [0.21981503], [1.31380796], [-0.10301871]])
    named = Sum((Product((S("a", 1), S("W", 2))), S("b", 2)))
    z = M(np.array([[1.38546 + 0.27410847]]))
    sums = Sum((M(np.array([[1.38546]])), M(np.array([0.27410847]))))
    return [
        Equation((S("z", 2), named, Sum((Product((M(h), M(kernel))), M(np.array([0.27410847])))), sums, z)),
        Equation((S("a", 2), Apply("tanh", (S("z", 2),)), Apply("tanh", (z,)), M(np.array([[0.93015909]])))),
    ]


def test_text_of_the_third_worked_example():
    assert text(dense()).splitlines() == [
        "z_2 = a_1 W_2 + b_2",
        "",
        "                                                 ⎡-0.8776⎤",
        "                                                 ⎢ 1.0935⎥",
        "    = [-0.5112  0.4034  0.3715  0.3063  -0.1133] ⎢ 0.2198⎥ + 0.2741",
        "                                                 ⎢ 1.3138⎥",
        "                                                 ⎣-0.1030⎦",
        "",
        "    = 1.3855 + 0.2741",
        "",
        "    = 1.6596",
        "",
        "a_2 = tanh(z_2) = tanh(1.6596) = 0.9302",
    ]


def test_the_sum_of_the_third_worked_example_in_all_writings():
    assert "& = 1.3855 + 0.2741 \\\\" in latex(dense())
    assert "<mn>1.3855</mn><mo>+</mo><mn>0.2741</mn>" in html(dense())
    for written in (text(dense()), latex(dense()), html(dense())):
        assert "0.9302" in written


def test_text_of_what_is_left_out():
    values = np.arange(1, 101).reshape(10, 10) / -8.0
    assert text([Equation((S("W"), M(values)))]).splitlines() == [
        "    ⎡ -0.125   -0.250   -0.375  ...   -1.125   -1.250⎤",
        "    ⎢ -1.375   -1.500   -1.625  ...   -2.375   -2.500⎥",
        "    ⎢ -2.625   -2.750   -2.875  ...   -3.625   -3.750⎥",
        "W = ⎢ -3.875   -4.000   -4.125  ...   -4.875   -5.000⎥",
        "    ⎢    ...      ...      ...  ...      ...      ...⎥",
        "    ⎢ -8.875   -9.000   -9.125  ...   -9.875  -10.000⎥",
        "    ⎢-10.125  -10.250  -10.375  ...  -11.125  -11.250⎥",
        "    ⎣-11.375  -11.500  -11.625  ...  -12.375  -12.500⎦",
        "                         10 x 10",
    ]


def test_headings_and_sentences():
    said = [
        Heading("順伝播", 1),
        Heading("For\x07ward", 2),
        Heading("Layer 1: 50 % & <a_b>"),
        Paragraph("A \x1b[31mred one."),
    ]
    assert (
        text(said)
        == "順伝播\n======\n\nFor\\x07ward\n-----------\n\nLayer 1: 50 % & <a_b>\n\nA \\x1b[31mred one."
    )
    assert r"\section*{順伝播}" in latex(said)
    assert r"\subsubsection*{Layer 1: 50 \% \& \textless{}a\_b\textgreater{}}" in latex(said)
    assert "<h5>Layer 1: 50 % &amp; &lt;a_b&gt;</h5>" in html(said)
    assert r"<p>A \x1b[31mred one.</p>" in html(said)


@pytest.mark.parametrize("write", [html, latex_document])
def test_language(write):
    with pytest.raises(ArgumentError, match="language must be one of 'en', 'ja'; got 'de'"):
        write([], language="de")


@pytest.mark.parametrize("write", [text, latex, html])
def test_digits(write):
    assert "0.33333333" in write([Equation((M(np.array(1 / 3)),))], 8)
    with pytest.raises(ArgumentError, match="digits must be an integer from 1 to 16, got 0"):
        write([], 0)


def big():
    """Products that are wider than a page, of numbers of every size."""
    numbers = np.random.default_rng(0).normal(size=(784, 50))
    said = []
    for scale in (1.0, 1e-9):
        x, kernel, dy = M(numbers.T * scale), M(numbers), M(numbers[:12] * scale)
        said += [
            Equation((S("z", 1), Sum((Product((x, kernel)), M(numbers[0]))))),
            Equation((Derivative(S("L"), S("W", 1)), Product((Transpose(x), dy)))),
            Equation((S("a", 1), Apply("softmax'", (x,)), Apply("mean_squared_error", (x, kernel)))),
            Equation((Elementwise((Sum((x, Negative(kernel))), dy)), dy)),
        ]
    for k in range(1, 7):
        rows = [M(sign * np.full(k, value)) for sign in (1, -1) for value in (0.12345, 0.1234567e-8)]
        said += [Equation((S("z"), Sum((a, b, c)))) for a in rows for b in rows for c in rows]
    return said


def test_broken_lines_are_read_in_order():
    """A term that takes several lines has none to its right; a line that goes on is shorter by its indent."""
    wide, less = M(np.full(6, 0.12345)), M(np.full(5, -0.12345))
    row, short = (
        "[0.1235  0.1235  0.1235  0.1235  0.1235  0.1235]",
        "[-0.1235  -0.1235  -0.1235  -0.1235  -0.1235]",
    )
    said = [Equation((Sum((Product((wide, less, less)), HALF)),))]
    assert text(said).splitlines() == [f"{row} {short}", f"    {short}", "    + 0.5"]
    said = [Equation((Sum((Product((wide, wide)), wide, less)),))]
    assert text(said).splitlines() == [f"{row} {row}", f"    + {row}", f"    + {short}"]
    said = [Equation((Sum((wide, Product((wide, wide)))),))]
    assert text(said).splitlines() == [row, f"    + {row}", f"          {row}"]
    source = latex(big()[:4])
    assert r"\left( \begin{aligned}" in source
    assert r"\left( \begin{aligned}[t]" not in source


def rows_of_html(equation):
    """For each line of an equation whether it has a first side, and how far it is indented."""
    lines = _root(html([equation])).findall(f".//{MATH}math/{MATH}mtable/{MATH}mtr")
    cells = [line.findall(f"{MATH}mtd") for line in lines]
    return [(len(first) > 0, rest[0].get("width") if len(rest) else None) for first, rest in cells]


def test_lines_of_html():
    wide = M(np.full(6, -0.12345))
    assert [rows_of_html(equation) for equation in dense()] == [
        [(True, None), (False, None), (False, None), (False, None)],
        [(True, None)],
    ]
    broken = Equation((S("z"), Sum((wide, wide))))
    assert rows_of_html(broken) == [(True, None), (False, "2em")]
    three = M(np.full(3, -0.12345))
    assert rows_of_html(Equation((S("z"), three, three))) == [(True, None), (False, None)]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles_within_the_page(tmp_path):
    words = [
        Heading(r"100 % of #1 & \x $5_0^2~ {} <|>", 1),
        Paragraph('"→ \N{MULTIPLICATION SIGN} \N{MINUS SIGN} ∂ ⊙ η"'),
    ]
    (tmp_path / "calculation.tex").write_text(latex_document([*words, *dense(), *big()]), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "calculation.tex"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout[-2000:]
    assert "Overfull" not in run.stdout
