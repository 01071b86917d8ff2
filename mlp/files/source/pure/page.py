"""A Python file that needs no package at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlp.files.source.needed_functions import functions_for
from mlp.files.source.outline import Outline, numbered, outline
from mlp.files.source.page import columns, constants, docstring, indented, page
from mlp.files.source.pure.layers import LAYERS

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["pure_page"]

NUMBERS = """The numbers are those of the network it was written from, but for rounding: a layer of n inputs adds products in
another order, which may change its sums by about n times 1e-16 of |x| |W|."""


def pure_page(network: Trainable) -> bytes:
    """The file.

    Raises
    ------
    ArgumentError
        If something of the network has no form in Python.
    """
    written = outline(network, LAYERS, "Python code without NumPy")
    for name, array in written.constants.items():
        if array.dtype.kind == "f":  # for these are read in double precision
            written.constants[name] = array.astype("float64")
    row, body, script = _predict_row(written), _predict(written), _script(written)
    arrays = constants(written, ("", ""), "math.nan", "math.inf")
    functions = functions_for(
        [*row, *body, *script, *(line for line in arrays if "(" in line)], "pure", "functions.py"
    )
    needs_math = any("math." in line for line in [*functions, *row, *arrays])
    return page(
        [
            [
                *docstring(written, "It needs Python alone.", "lists of rows, or a row by itself", NUMBERS),
                *(["", "import math"] if needs_math else []),
            ],
            *([text] for text in functions),
            arrays,
            row,
            body,
            script,
        ]
    )


def _predict_row(written: Outline) -> list[str]:
    """The function for flat lists."""
    names = [name for name, _ in written.inputs]
    lines: list[str] = []
    for what, step in written.steps:
        lines += [f"# {what}", *step, ""]
    lines.append(f"return {', '.join(name for name, _ in written.outputs)}")
    what = (
        "a row, a flat list of numbers" if len(names) == 1 else "a row of each input, flat lists of numbers"
    )
    return [
        f"def predict_row({', '.join(names)}):",
        f'    """What the network makes of {what}."""',
        *indented(lines),
    ]


def _predict(written: Outline) -> list[str]:
    """The function for lists of rows."""
    rows = [f"rows({name}, {shape})" for name, shape in written.inputs]
    call = (
        f"[predict_row(row) for row in {rows[0]}]"
        if len(rows) == 1
        else f"[predict_row(*row) for row in together({', '.join(rows)})]"
    )
    lines = [f"return {call}"]
    shapes = [shape for _, shape in written.outputs]
    if len(shapes) > 1 or len(shapes[0]) > 1:
        names = numbered("y", len(shapes))
        parts = [f"row[{i}]" for i in range(len(shapes))] if len(shapes) > 1 else ["row"]
        lines = [f"made = {call}"]
        for name, part, shape in zip(names, parts, shapes, strict=True):
            lines.append(
                f"{name} = [{part if len(shape) == 1 else f'nested({part}, {shape})'} for row in made]"
            )
        lines.append(f"return {', '.join(names)}")
    head = [
        f"def predict({', '.join(name for name, _ in written.inputs)}):",
        '    """What the network makes of a list of rows."""',
    ]
    return head + indented(lines)


def _script(written: Outline) -> list[str]:
    parts = columns(written.inputs)
    taken = ", ".join(f"row[{start}:{end}]" for start, end in parts) if len(parts) > 1 else "row"
    several = len(written.outputs) > 1
    return [
        'if __name__ == "__main__":',
        "    import sys",
        "",
        "    try:",
        f"        for row in table(sys.argv[1:], sys.stdin, {parts[-1][1]}):",
        f'            print(*{f"sum(predict_row({taken}), [])" if several else f"predict_row({taken})"}, sep=",")',
        "    except ValueError as error:",
        '        sys.exit(f"{sys.argv[0]}: {error}")',
    ]
