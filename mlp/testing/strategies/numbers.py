"""Arrays of simple numbers: small integers, then halves, then other floats; never NaN, never infinite.

An array does not shrink towards zeros, which hide faults, nor towards ones, which hide transpositions: its
entries shrink towards 1, 2, 3, 4, 5, 1, 2, ..., and the next array counts on.  The simplest kernel is
[[1, 2], [3, 4]], and a fault that shows in a large network still shows after each step that makes it smaller.
"""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st
from numpy.typing import DTypeLike

from mlp.arrays import Array

__all__ = ["arrays", "class_numbers"]

#: The entries shrink towards 1 ... CYCLE and around again; a prime, so that rows of 2, 3 or 4 all differ.
CYCLE = 5


def _nearly(goal: int, low: int, denominator: int = 1) -> st.SearchStrategy[float]:
    """Multiples of 1 / denominator from ``low`` up to CYCLE of them; the simplest is ``goal``, then 0, 1, -1, 2, ..."""
    simple = sorted(range(low, CYCLE + 1), key=lambda v: (v != goal, abs(v), v < 0))
    return st.sampled_from([v / denominator for v in simple])


GOALS = range(1, CYCLE + 1)
#: The simplest array takes no choice for its entries, so that shrinking a network is quick.
PLAIN = [st.just(float(goal)) for goal in GOALS]
INTEGERS = [_nearly(goal, -CYCLE) for goal in GOALS]
HALVES = [_nearly(goal, -CYCLE, 2) for goal in GOALS]
#: Half precision has short decimals, and any type holds them exactly.
FLOATS = [st.floats(-1, 1, width=16)] * CYCLE
COUNTS = [_nearly(goal, 1) for goal in GOALS]

#: All plain arrays are alike, so they come seldom.
KINDS = st.sampled_from([PLAIN, INTEGERS, INTEGERS, HALVES, HALVES, FLOATS, FLOATS])
KINDS_OF_COUNTS = st.sampled_from([PLAIN, COUNTS])


@st.composite
def arrays(
    draw: st.DrawFn,
    shape: tuple[int, ...],
    dtype: DTypeLike,
    elements: st.SearchStrategy[float] | None = None,
    start: int = 0,
    positive: bool = False,
) -> Array:
    """Arrays of one shape and type, their entries simple or drawn from ``elements``; or positive integers.

    ``start`` is how many entries there are in the arrays before it.
    """
    size = math.prod(shape)
    if elements is not None and not positive:
        kind = [elements] * CYCLE
    else:
        kind = draw(KINDS_OF_COUNTS if positive else KINDS)
    return np.array([draw(kind[i % CYCLE]) for i in range(start, start + size)], dtype).reshape(shape)


@st.composite
def class_numbers(draw: st.DrawFn, shape: tuple[int, ...], classes: int) -> Array:
    """Integers from 0 to classes - 1; the simplest are 0, 1, 2, ..., so that all classes are there."""
    moves = st.integers(0, classes - 1) if draw(st.integers(0, 3)) else st.just(0)
    numbers = [(i + draw(moves)) % classes for i in range(math.prod(shape))]
    return np.array(numbers, np.intp).reshape(shape)
