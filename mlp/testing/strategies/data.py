"""Rows and targets."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentError
from mlp.losses import Loss
from mlp.network import Network
from mlp.testing.strategies.numbers import arrays, class_numbers
from mlp.testing.subjects import limit_of

__all__ = ["TARGETS", "batches", "datasets"]

Elements = st.SearchStrategy[float] | None

TASKS = ("regression", "classification")


@st.composite
def _class_numbers(draw: st.DrawFn, loss: Loss, shape: tuple[int, ...]) -> Array:
    y = draw(class_numbers(shape[:-1], shape[-1]))
    if loss.ignore_class is not None:
        ignored = draw(arrays(y.shape, bool, st.booleans()))
        y = np.where(ignored, loss.ignore_class, y)
    return y


#: Targets of each kind that a loss can have, see ``mlp.targets``: for outputs of this shape and type, real ones counting on
#: from the rows.
TARGETS: dict[
    str, Callable[[Loss, tuple[int, ...], np.dtype[Any], Elements, int], st.SearchStrategy[Array]]
] = {
    "real": lambda loss, shape, dtype, elements, start: arrays(shape, dtype, elements, start),
    "sign": lambda loss, shape, dtype, elements, start: class_numbers(shape, 2).map(
        lambda y: (1 - 2 * y).astype(dtype)
    ),
    "binary": lambda loss, shape, dtype, elements, start: class_numbers(shape, 2).map(
        lambda y: y.astype(dtype)
    ),
    "positive": lambda loss, shape, dtype, elements, start: arrays(shape, dtype, elements, start).map(np.abs),
    "one-hot": lambda loss, shape, dtype, elements, start: class_numbers(shape[:-1], shape[-1]).map(
        lambda y: np.eye(shape[-1], dtype=dtype)[y]
    ),
    "index": lambda loss, shape, dtype, elements, start: _class_numbers(loss, shape),
}


def batches(
    net: Network,
    *,
    min_rows: int = 1,
    max_rows: int = 4,
    elements: st.SearchStrategy[float] | None = None,
) -> st.SearchStrategy[tuple[Array, Array]]:
    """Rows ``x`` and targets ``y`` for a network; the simplest is one row, 1, 2, 3, ...

    Parameters
    ----------
    net : Network
        Tells the shapes and, if it is compiled, the loss, to which the targets fit: labels, one-hot rows, class
        numbers or real numbers.  Without a loss ``y`` is real and has the shape of the outputs, fit for
        ``net.backward`` too.
    min_rows : int, default 1
        How many rows at least.
    max_rows : int, default 4
        How many rows at most.
    elements : strategy of floats, optional
        The numbers of ``x`` and of real targets; small integers, halves and floats of either sign unless given.  A
        first layer that takes whole numbers alone gets such.

    Returns
    -------
    SearchStrategy of (ndarray, ndarray)
        In the network's type; class numbers are integers.

    Raises
    ------
    StateError
        If the network has no layers.
    ArgumentError, ArgumentTypeError
        If there are no such numbers of rows, or the loss has targets of an unknown kind.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from mlp.layers import Dense
    >>> net = Network([Dense(3, activation="softmax", input_dim=2)], rng=0)
    >>> net.compile(loss="sparse_categorical_crossentropy")
    >>> @settings(max_examples=10, deadline=None)
    ... @given(batches(net))
    ... def loss_is_not_negative(batch):
    ...     assert net.evaluate(*batch, verbose=0) >= 0
    >>> loss_is_not_negative()
    """
    input_shape, output_shape = net._built_shapes()
    loss = Loss() if net.loss is None else net.loss
    if loss.targets not in TARGETS:
        raise ArgumentError(
            f"targets of the kind {loss.targets!r} cannot be drawn; those of {', '.join(TARGETS)} can"
        )
    targets, limit = TARGETS[loss.targets], limit_of(net)

    def inputs(n: int) -> st.SearchStrategy[Array]:
        shape = (n, *input_shape)
        if limit is None:
            return arrays(shape, net.dtype, elements)
        return class_numbers(shape, limit).map(lambda x: x.astype(net.dtype))

    return _rows(min_rows, max_rows).flatmap(
        lambda n: st.tuples(
            inputs(n),
            targets(loss, (n, *output_shape), net.dtype, elements, n * math.prod(input_shape)),
        )
    )


def _rows(low: int, high: int) -> st.SearchStrategy[int]:
    low, high = checks.integer("min_rows", low), checks.integer("max_rows", high)
    if low > high:
        raise ArgumentError(f"max_rows must be at least min_rows, {low}, got {high}")
    return st.integers(low, high)


def datasets(
    task: str | None = None,
    *,
    min_rows: int = 2,
    max_rows: int = 8,
    max_features: int = 4,
    max_classes: int = 4,
    elements: st.SearchStrategy[float] | None = None,
) -> st.SearchStrategy[tuple[Array, Array]]:
    """Small tables ``(x, y)``; the simplest has two rows, 1 and 2, and ``y`` is 3 and 4.

    Parameters
    ----------
    task : {"classification", "regression"}, optional
        What ``y`` is: class numbers 0, 1, ..., or real numbers; either unless given.
    min_rows : int, default 2
        How many rows at least.
    max_rows : int, default 8
        How many rows at most.
    max_features : int, default 4
        The largest number of columns of ``x``.
    max_classes : int, default 4
        The largest number of classes; at least 2.  A class may have no row.
    elements : strategy of floats, optional
        The numbers of ``x`` and of real ``y``; small integers, halves and floats of either sign unless given.

    Returns
    -------
    SearchStrategy of (ndarray of shape (n, features), ndarray of shape (n,))
        Double precision; class numbers are integers.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If the task is unknown or a size is out of range.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=10, deadline=None)
    ... @given(datasets("classification", max_classes=3))
    ... def is_a_table(data):
    ...     x, y = data
    ...     assert len(x) == len(y) and y.max() < 3
    >>> is_a_table()
    """
    checks.one_of("task", task, (*TASKS, None))
    features = st.integers(1, checks.integer("max_features", max_features))
    classes = st.integers(2, checks.integer("max_classes", max_classes, 2))
    return _datasets((task,) if task else TASKS, _rows(min_rows, max_rows), features, classes, elements)


@st.composite
def _datasets(
    draw: st.DrawFn,
    tasks: tuple[str, ...],
    rows: st.SearchStrategy[int],
    features: st.SearchStrategy[int],
    classes: st.SearchStrategy[int],
    elements: st.SearchStrategy[float] | None,
) -> tuple[Array, Array]:
    n = draw(rows)
    x = draw(arrays((n, draw(features)), float, elements))
    if draw(st.sampled_from(tasks)) == "classification":
        return x, draw(class_numbers((n,), draw(classes)))
    return x, draw(arrays((n,), float, elements, x.size))
