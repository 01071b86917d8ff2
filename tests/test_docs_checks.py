"""The checks of the documentation's pages: what they let pass, and what they do not."""

import importlib.util
import sys
from fractions import Fraction
from pathlib import Path

import pytest

pytest.importorskip("sphinx", reason="the checks are extensions of Sphinx")
nodes = pytest.importorskip("docutils.nodes")
new_document = pytest.importorskip("docutils.utils").new_document
DOCS = Path(__file__).parents[1] / "docs"
sys.path.append(str(DOCS / "extensions"))

checked_commands = pytest.importorskip("checked_commands")
checked_links = pytest.importorskip("checked_links")
checked_names = pytest.importorskip("checked_names")
checked_numbers = pytest.importorskip("checked_numbers")


def cell(code, printed=""):
    """A cell as MyST-NB makes it."""
    source = nodes.container("", nodes.literal_block(code, code), classes=["cell_input"])
    output = nodes.container("", nodes.literal_block(printed, printed), classes=["cell_output"])
    return nodes.container("", source, output, classes=["cell"])


def page(*sections):
    """A page: what stands below its title, section by section; a string is a paragraph."""
    title = nodes.section()
    for section in sections:
        below = nodes.section()
        below.extend(nodes.paragraph("", part) if isinstance(part, str) else part for part in section)
        title.append(below)
    document = new_document("page")
    document.append(title)
    return document


CELL = """\
W = np.zeros((2, 5))  # not 77
net = Network([Dense(20, input_dim=4), Dense(1)], rng=0)
x = np.array([[0.3, 0.1]])
"""
PRINTED = "0.123456 [0.25 0.75]\n1,437 rows\n3.0e-17"


@pytest.mark.parametrize(
    "text",
    [
        "0.3", "0.1235", "0.75", "1,437", "12.3456 %", "(2, 5)", "[0.3, 0.1]", "(0.25, 0.75)", "4-20-1", "five", "20",
        "in 2015", "32-bit", "w_{12}", "3 \\times 10^{-17}", "tutorial 9", "shape (n, 5)", "値0.1235を超えず",
    ],
)  # fmt: skip
def test_a_number_that_is_computed_may_be_said(text):
    assert list(checked_numbers.complaints(page([f"It is {text}.", cell(CELL, PRINTED)]))) == []


@pytest.mark.parametrize(
    "text",
    [
        "0.4", "0.1234", "0.12", "1,438", "12.4 %", "(5, 2)", "(0.3, 0.2)", "4-20-2", "seven", "21", "77", "9",
        "8 \\times 10^{-17}", "10^{-6}", "shape (n, 7)", "値0.26を超えず", "画像が1,438枚",
    ],
)  # fmt: skip
def test_a_number_that_is_not_computed_is_found(text):
    assert list(checked_numbers.complaints(page([f"It is {text}.", cell(CELL, PRINTED)])))


def test_what_stands_below_a_section_is_no_evidence_for_it():
    assert list(checked_numbers.complaints(page(["It is 0.3.", cell("y = 1")], [cell("x = 0.3")])))
    assert not list(checked_numbers.complaints(page([cell("x = 0.3")], ["It is 0.3.", cell("y = 1")])))


def test_what_others_have_said_is_let_pass():
    quoted = nodes.paragraph("", "", nodes.inline("", "0.4", classes=["said"]))
    assert not list(checked_numbers.complaints(page([quoted, cell("x = 0.3")])))


def test_numbers_of_a_row_are_those_of_a_row():
    assert list(checked_numbers.rows("(2, 5) and 4-20-1")) == [
        ("(2, 5)", (2, 5)),
        ("4-20-1", (4, 20, 1)),
    ]
    assert list(checked_numbers.computed("W1 is 1_000 of float32")) == [Fraction(1000)]


@pytest.mark.parametrize(
    "name",
    [
        "Dense", "mlp.layers.Dense", "layers.Dense", "Dense(3, activation='relu')", "net.value_and_gradient(x, t)", "np.where", "net.optimizer",
        "learning_rate=0.1", "mlp/network.py", "model.py", ".npz", '"mse"', "my_own", "dense_1", "for", "twin.predict",
    ],
)  # fmt: skip
def test_a_name_that_is_there_may_be_said(name):
    literal = nodes.paragraph("", "", nodes.literal("", name))
    code = "my_own = 1\ntwin = Network()\n"
    assert not list(checked_names.complaints(page([literal, cell(code)])))


@pytest.mark.parametrize(
    "name",
    [
        "Dence", "mlp.layers.Dens", "layers.Adam", "Dense(3, rate=0.1)", "net.units", "np.wher", "Dense.fit", "lerning_rate=0.1", "mlp/netwrok.py",
        '"mes"', "my_onw", "twin.fti", "plots.confusion_matrix(units=3)",
    ],
)  # fmt: skip
def test_a_name_that_is_not_there_is_found(name):
    literal = nodes.paragraph("", "", nodes.literal("", name))
    code = "my_own = 1\ntwin = Network()\n"
    assert list(checked_names.complaints(page([literal, cell(code)])))


@pytest.mark.parametrize(
    ("command", "whole"),
    [
        ("mlp train houses.csv --target price  # a comment", True),
        ("mlp diff", False),
        ("mlp train --help", True),
        ("python -m mlp.keras script.py", True),
        ('python3 -m venv .venv && .venv/bin/python -m pip install ".[cli,plot]"', True),
        ("ls", True),
    ],
)
def test_a_command_that_is_understood_may_be_shown(command, whole):
    assert checked_commands.complaint(command, whole) is None


@pytest.mark.parametrize(
    ("command", "whole"),
    [
        ("mlp train houses.csv --traget price", True),
        ("mlp diff", True),
        ("mlp dif", False),
        ("mlp explain --inputs 1", False),
        ("mlp train digits --epochs many", True),
        ("python -m mlp.kears script.py", True),
        ("pip install 'numpy-mlp[plots]'", True),
    ],
)
def test_a_command_that_is_not_understood_is_found(command, whole):
    assert checked_commands.complaint(command, whole)


@pytest.mark.parametrize(
    ("address", "right"),
    [
        ("https://arxiv.org/abs/1412.6980", True),
        ("../files.md", True),
        ("http://arxiv.org/abs/1412.6980", False),
        ("https:/arxiv.org/abs/1412.6980", False),
        ("https://arxiv/abs/1412.6980", False),
        ("//arxiv.org", False),
    ],
)
def test_an_address_is_whole(address, right):
    link = nodes.paragraph("", "", nodes.reference("", "there", refuri=address))
    assert bool(list(checked_links.complaints(page([link])))) is not right


@pytest.mark.parametrize(("alt", "right"), [("A line.", True), (" ", False), (None, False)])
def test_a_picture_says_what_it_shows(alt, right):
    picture = nodes.image(uri="a.png") if alt is None else nodes.image(uri="a.png", alt=alt)
    assert bool(list(checked_links.complaints(page([picture])))) is not right


def test_what_a_cell_prints_is_whole_wherever_it_was_cut():
    """A kernel sends what is printed in pieces, and other output may come between them."""
    whole_lines = pytest.importorskip("whole_lines")
    pieces = [("stdout", "0.3 "), ("stderr", "careful"), ("stdout", "4.3e+00\n"), ("stdout", "\nlast")]
    outputs = [{"output_type": "stream", "name": name, "text": text} for name, text in pieces]
    outputs.insert(2, {"output_type": "display_data", "data": {}})
    found = whole_lines.whole(outputs)
    assert [output.get("text") for output in found] == ["0.3 4.3e+00\n\nlast", "careful", None]


@pytest.mark.parametrize(
    ("link", "leads_nowhere"),
    [
        ("b/two.html", False), ("b/two.html#there", False), ("b/two.html#elsewhere", True), ("three.html", True),
        ("#here", False), ("#nowhere", True), ("b/", True), ("https://example.org/x", False), ("b/two.html?q=1", False),
    ],
)  # fmt: skip
def test_links_between_pages_are_followed(tmp_path, link, leads_nowhere):
    specification = importlib.util.spec_from_file_location("build_the_site", DOCS / "build.py")
    build = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(build)
    (tmp_path / "b").mkdir()
    (tmp_path / "one.html").write_text(f'<p id="here"><a href="{link}">x</a></p>')
    (tmp_path / "b" / "two.html").write_text('<img id="there" src="../one.html">')
    assert build.broken_links(tmp_path) == ([f"one.html: {link}"] if leads_nowhere else [])
