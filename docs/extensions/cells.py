"""What a page says and what it runs: its text apart from its cells, for the extensions that check the one by the other."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from docutils import nodes

#: Tags, styles and scripts of a picture or a table in HTML: their numbers are coordinates that nobody reads.
MARKUP = re.compile(r"<(style|script)\b.*?</\1>|<[^>]*>", re.DOTALL)


def has_class(node: nodes.Node, name: str) -> bool:
    """Whether it is an element of this class."""
    return isinstance(node, nodes.Element) and name in node.get("classes", ())


def cells(doctree: nodes.Node) -> list[nodes.container]:
    """The cells that a reader sees, with their output."""
    return [node for node in doctree.findall(nodes.container) if has_class(node, "cell")]


def source(cell: nodes.container) -> str:
    """The code of a cell; without its comments, which are text."""
    blocks = [node for node in cell.findall(nodes.literal_block) if inside(node, "cell_input")]
    return "\n".join(without_comments(block.astext()) for block in blocks)


def output(cell: nodes.container) -> str:
    """What a cell has printed and shown."""
    leaves = [
        leaf
        for leaf in cell.findall()
        if isinstance(leaf, nodes.Text | nodes.raw) and inside(leaf, "cell_output")
    ]
    return "\n".join(
        MARKUP.sub(" ", leaf.astext()) if isinstance(leaf, nodes.raw) else leaf.astext() for leaf in leaves
    )


def inside(node: nodes.Node, name: str) -> bool:
    """Whether it is in an element of this class."""
    above = node.parent
    while above is not None and not has_class(above, name):
        above = above.parent
    return above is not None


def texts(doctree: nodes.Node) -> Iterator[nodes.Text]:
    """The text of a page: all that is not in a cell."""
    return (leaf for leaf in doctree.findall(nodes.Text) if not inside(leaf, "cell"))


def python(code: str) -> ast.Module | None:
    """The code as a tree, if it is Python; lines that are commands are left out."""
    lines = ["pass" if line.lstrip().startswith(("!", "%")) else line for line in code.splitlines()]
    try:
        return ast.parse("\n".join(lines))
    except SyntaxError:
        return None


def without_comments(code: str) -> str:
    """The code without its comments, where it is Python."""
    if python(code) is None:
        return code
    lines = code.splitlines()
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                lines[row - 1] = lines[row - 1][:column]
    except (tokenize.TokenError, SyntaxError):
        return code
    return "\n".join(lines)
