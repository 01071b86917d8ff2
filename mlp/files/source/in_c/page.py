"""A C99 file that needs the C library alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from mlp.arrays import Array
from mlp.files.source.in_c.activations import for_each
from mlp.files.source.in_c.layers import LAYERS
from mlp.files.source.in_c.numbers import texts
from mlp.files.source.literals import array_lines
from mlp.files.source.needed_functions import functions_for
from mlp.files.source.outline import Outline, Shape, numbered, outlets, outline
from mlp.files.source.page import indented, page, version, wrapped

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["c_page"]

#: So many numbers at most are kept on the stack, which is small on small machines.
ON_STACK = 4096

TYPES = {"f4": "float", "f8": "double", "i8": "int"}


def c_page(network: Trainable) -> bytes:
    """The file.

    Raises
    ------
    ArgumentError
        If something of the network has no form in C.
    """
    written = outline(network, LAYERS, "C code", with_outlets=True)
    body = _predict(written)
    return page(
        [
            [*_comment(written), "", "#include <math.h>", "", *_sizes(written)],
            *([text] for text in functions_for(body, "in_c", "functions.c")),
            [line for name, array in written.constants.items() for line in _constant(name, array)],
            body,
            _program(written),
        ]
    )


def _results(written: Outline) -> list[tuple[str, Shape]]:
    """The names under which the outputs are handed out, and their shapes."""
    return [
        (name, shape) for name, (_, shape) in zip(outlets(len(written.outputs)), written.outputs, strict=True)
    ]


def _prototype(written: Outline) -> str:
    taken = [f"const float *{name}" for name, _ in written.inputs]
    return f"void predict({', '.join(taken + [f'float *{name}' for name, _ in _results(written)])})"


def _comment(written: Outline) -> Iterator[str]:
    """What the file is and how to use it."""
    yield f"/* A neural network, written by mlp {version()}.  It needs C99 and math.h alone."
    yield ""
    yield "       cc -std=c99 -O2 -c model.c                        to be linked with -lm"
    yield "       cc -std=c99 -O2 -DMLP_MAIN model.c -o model -lm   a program that takes rows from standard input"
    yield ""
    yield from wrapped(f"   {_prototype(written)};")
    yield ""
    for name, shape in written.inputs:
        yield f"   {name} is a row of {_count(shape)}."
    for name, shape in _results(written):
        yield f"   {name} gets a row of {_count(shape)}."
    yield ""
    yield "   No two of them may overlap."
    if _is_large(written):
        yield "   What is on the way is kept in static memory: only one thread at a time may call it."
    else:
        yield "   It remembers nothing: any number of threads may call it."
    yield "   All numbers are rounded to single precision, and so are sums on the way: a layer of n inputs is wrong by"
    yield "   about n times 1e-7 of |x| |W|. */"


def _count(shape: Shape) -> str:
    sizes = " x ".join(map(str, shape))
    return f"{sizes} number{'s' * (shape != (1,))}" + (
        ", the last index running fastest" if len(shape) > 1 else ""
    )


def _sizes(written: Outline) -> list[str]:
    named = [
        f"{name} = {math.prod(shape)}"
        for kind, values in _sized(written)
        for name, (_, shape) in zip(numbered(kind, len(values)), values, strict=True)
    ]
    return [*wrapped(f"enum {{ {', '.join(named)} }};"), "", *wrapped(f"{_prototype(written)};")]


def _sized(written: Outline) -> list[tuple[str, list[tuple[str, Shape]]]]:
    """What the sizes of inputs and of outputs are called, and these."""
    return [("MLP_INPUTS", written.inputs), ("MLP_OUTPUTS", written.outputs)]


def _constant(name: str, array: Array) -> Iterable[str]:
    head = f"static const {TYPES[array.dtype.str[1:]]} {name}[{' * '.join(map(str, array.shape))}] = "
    return array_lines(head, texts(array), array.shape, ";", ("{", "}"), ("", ""))


def _predict(written: Outline) -> list[str]:
    lines = []
    storage = "static float" if _is_large(written) else "float"
    for name, size in written.sizes.items():
        lines.append(f"{storage} {name}[{size}];")
    for what, step in written.steps:
        lines += ["", f"/* {what} */", *step]
    for (name, shape), (made, _) in zip(_results(written), written.outputs, strict=True):
        if made != name:
            lines += ["", *for_each(shape, name, f"{made}[i]")]
    if not lines[0]:
        lines = lines[1:]
    return [*wrapped(_prototype(written)), "{", *indented(lines), "}"]


def _is_large(written: Outline) -> bool:
    return sum(written.sizes.values()) > ON_STACK


def _program(written: Outline) -> list[str]:
    """A program around it."""
    x, y = (numbered(name, len(values)) for name, values in _sized(written))
    arguments = ", ".join([*_starts("x", x), *_starts("y", y)])
    text = PROGRAM.format(inputs=" + ".join(x), outputs=" + ".join(y), arguments=arguments)
    return [part for line in text.splitlines() for part in wrapped(line) or [""]]


def _starts(name: str, sizes: Sequence[str]) -> list[str]:
    """Where values of these sizes begin that lie one behind the other."""
    return [" + ".join([name, *sizes[:i]]) for i in range(len(sizes))]


PROGRAM = """\
#ifdef MLP_MAIN

#include <stdio.h>

/* The next number, with commas or blanks before it: 1, 0 where there is something else, or EOF. */
static int next(float *v)
{{
    int c;
    do
        c = getchar();
    while (c == ',' || c == ' ' || c == '\\t' || c == '\\r' || c == '\\n');
    ungetc(c, stdin);
    return scanf("%f", v);
}}

int main(void)
{{
    enum {{ INPUTS = {inputs}, OUTPUTS = {outputs} }};
    static float x[INPUTS], y[OUTPUTS];
    for (;;) {{
        for (int i = 0; i < INPUTS; i++) {{
            const int found = next(x + i);
            if (found == EOF && i == 0)
                return 0;
            if (found != 1) {{
                fprintf(stderr, "each row must have %d number(s)\\n", INPUTS);
                return 1;
            }}
        }}
        predict({arguments});
        for (int i = 0; i < OUTPUTS; i++)
            printf("%.9g%c", y[i], i + 1 < OUTPUTS ? ',' : '\\n');
    }}
}}

#endif"""
