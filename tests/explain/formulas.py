"""Random formulas, and the numbers and names that are to be read in them."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

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
from mlp.explain.writing.numbers import table

NAMES = ["x", "z", "W", "W'", "eta", "kernel", "Omega", "y_pred", "a<b", 'q"&']
FUNCTIONS = ["tanh", "tanh'", "f", "sigma'", "mean_squared_error", "<&>"]
WORDS = [
    r"per % of # & \textbf{x} $_^~ {}",
    "<script>alert('x')</script>",
    "\x00\x1b[m → ⊙ η",
    'a "b" > c',
]

symbols = st.builds(Symbol, st.sampled_from(NAMES), st.none() | st.integers(0, 99))
derivatives = st.builds(Derivative, symbols, symbols)
ranges = st.sampled_from([(-10, 10), (-1e-5, 1e-5), (None, None)]).map(lambda ends: st.floats(*ends))
elements = st.one_of(ranges.flatmap(lambda floats: floats), st.integers(-3, 3).map(float))


@st.composite
def arrays(draw):
    """Of any size, with few different numbers: sizes matter here, and numbers elsewhere."""
    shape = draw(st.just(()) | hnp.array_shapes(min_dims=1, max_dims=2, min_side=0, max_side=10))
    few = draw(st.lists(elements, min_size=1, max_size=4))
    return np.resize(np.array(few), shape)


matrices = st.builds(Matrix, arrays())
atoms = symbols | derivatives | matrices | st.builds(Renewed, symbols)


def _compound(inner):
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    terms = st.lists(inner | st.builds(Negative, symbols | derivatives), min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Product, several),
        st.builds(Elementwise, several),
        st.builds(Sum, terms),
        st.builds(Transpose, inner),
        st.builds(Apply, st.sampled_from(FUNCTIONS), several),
    )


expressions = atoms | _compound(atoms | _compound(atoms))
equations = st.builds(Equation, st.lists(expressions, min_size=1, max_size=4).map(tuple))
words = st.sampled_from(WORDS)
blocks = st.lists(
    st.one_of(equations, st.builds(Heading, words, st.integers(1, 4)), st.builds(Paragraph, words)),
    max_size=3,
)


def parts(block):
    """The symbols, matrices and functions of a block, in the order of reading."""
    match block:
        case Symbol() | Matrix():
            yield block
        case Derivative(of, by):
            yield from (of, by)
        case Transpose(of) | Negative(of) | Renewed(of):
            yield from parts(of)
        case Product(inner) | Elementwise(inner) | Sum(inner) | Equation(inner):
            for one in inner:
                yield from parts(one)
        case Apply(function, arguments):
            yield function
            for one in arguments:
                yield from parts(one)


def values(all_blocks, digits):
    """Each number that is to be shown, in the order of reading."""
    for block in all_blocks:
        for part in parts(block):
            if isinstance(part, Matrix):
                grid = np.atleast_2d(part.values)
                columns = max(map(len, table(part.values, digits).rows), default=0)
                for i in kept(len(grid), min(len(grid), 8)):
                    yield from grid[i, kept(grid.shape[1], columns)].tolist()


def kept(size, places):
    """The rule of leaving out, said once more: the first half, dots, the last."""
    return [*range(size)] if size <= places else [*range(places // 2), *range(size - (places - 1) // 2, size)]
