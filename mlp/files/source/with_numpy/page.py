"""A Python file that needs NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlp.files.source.needed_functions import functions_for
from mlp.files.source.outline import Outline, outline
from mlp.files.source.page import columns, constants, docstring, indented, page
from mlp.files.source.with_numpy.layers import LAYERS

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["numpy_page"]

NUMBERS = """The numbers are those of the network it was written from, to the last bit, for the same rows at once on the same
machine and with the same NumPy."""


def numpy_page(network: Trainable) -> bytes:
    """The file.

    Raises
    ------
    ArgumentError
        If something of the network has no form in NumPy.
    """
    written = outline(network, LAYERS, "NumPy code")
    body = _predict(written)
    script = _script(written)
    behind = ", dtype=np.{dtype})" if written.dtype == "float32" else ")"
    arrays = constants(written, ("np.array(", behind), "np.nan", "np.inf")
    functions = functions_for(
        [*body, *script, *(line for line in arrays if "(" in line)], "with_numpy", "functions.py"
    )
    imports = ["import math", ""] if any("math." in text for text in functions) else []
    return page(
        [
            [
                *docstring(written, "It needs NumPy alone.", "rows, or a row by itself", NUMBERS),
                "",
                *imports,
                "import numpy as np",
            ],
            *([text] for text in functions),
            arrays,
            body,
            script,
        ]
    )


def _predict(written: Outline) -> list[str]:
    names = [name for name, _ in written.inputs]
    dtype = "" if written.dtype == "float64" else f", np.{written.dtype}"
    lines = [f"{name} = rows({name}, {shape}{dtype})" for name, shape in written.inputs]
    if len(names) > 1:
        lines.append(f"together({', '.join(names)})")
    for what, step in written.steps:
        lines += ["", f"# {what}", *step]
    lines.append(f"return {', '.join(name for name, _ in written.outputs)}")
    return [
        f"def predict({', '.join(names)}):",
        '    """What the network makes of rows."""',
        *indented(lines),
    ]


def _script(written: Outline) -> list[str]:
    parts = columns(written.inputs)
    shapes = [shape for _, shape in written.inputs]
    call = "predict(x)"
    if len(parts) > 1 or len(shapes[0]) > 1:
        taken = [
            f"x[:, {start}:{end}].reshape({', '.join(map(str, (-1, *shape)))})"
            for (start, end), shape in zip(parts, shapes, strict=True)
        ]
        call = f"predict({', '.join(taken)})"
    several = len(written.outputs) > 1
    flat = several or len(written.outputs[0][1]) == 1
    return [
        'if __name__ == "__main__":',
        "    import sys",
        "",
        "    try:",
        f"        x = table(sys.argv[1:], sys.stdin, {parts[-1][1]})",
        f"        y = {call}",
        *(
            ["        y = np.concatenate([part.reshape(len(x), -1) for part in y], axis=1)"]
            if several
            else []
        ),
        f"        for row in y{'' if flat else '.reshape(len(x), -1)'}:",
        '            print(*row, sep=",")',
        "    except ValueError as error:",
        '        sys.exit(f"{sys.argv[0]}: {error}")',
    ]
