"""The decision tree: questions ``x_f <= t``, one after another, with an answer at the end of each way."""

from __future__ import annotations

import reprlib
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentError
from mlp.exact.building import dense_network, exactly
from mlp.exact.fitted_tree import fitted_tree, is_fitted_tree
from mlp.network import Network

__all__ = ["decision_tree"]


def decision_tree(tree: Any, n_features: int | None = None, dtype: DTypeLike = "float64") -> Network:
    r"""What a decision tree answers, computed by all of its questions at once.

    A unit for each question, one for each leaf, and a sum (Sethi 1990, Proc IEEE 78:1605).  For the tree
    ``(0, 2.5, 10, (1, 0.0, 20, 30))``::

        questions                   leaves                            answer

        d_1 = step(x_0 - 2.5)       l_1 = step(1/2 - d_1)             y = 10 l_1 + 20 l_2 + 30 l_3
        d_2 = step(x_1 - 0.0)       l_2 = step(d_1 - d_2 - 1/2)
                                    l_3 = step(d_1 + d_2 - 3/2)

    A question's unit is 0 where ``x_f <= t``, also exactly at ``t``, and 1 where the way goes above.  A leaf's unit adds the
    answers that should be 1 and subtracts those that should be 0, ``sum > (number of the first) - 1/2``: 1 where each is as
    it should be, so at exactly one leaf, whose value is the sum.

    Parameters
    ----------
    tree : tuple, number or array_like; or a fitted DecisionTreeClassifier or DecisionTreeRegressor
        A question is ``(feature, threshold, below, above)``, a tuple, with trees for ``x[feature] <= threshold`` and for
        the rest.  A leaf is a number or a list of numbers, as many at each leaf.
    n_features : int, optional
        How many inputs; as many as are asked for, or as the tree was fitted to, unless given.
    dtype : {"float64", "float32", object}
        The type of the network; fractions are kept by ``object`` and else rounded.

    Returns
    -------
    Network
        From (rows, n_features) to (rows, length of a leaf): for a classifier of scikit-learn what ``predict_proba`` gives, with
        ``metadata["classes"]`` in the order of the columns, for a regressor what ``predict`` gives.  It is exact in floats
        too, where thresholds and values are floats: the sign of a difference of two floats is never rounded away.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If the tree is none of these, is not fitted, or has leaves of several lengths; if a feature is none of ``n_features``.

    Notes
    -----
    scikit-learn's trees round their inputs to float32 first; for the same answers at all float64 inputs give the network
    ``x.astype("float32")``.

    Examples
    --------
    >>> net = decision_tree((0, 2.5, 10, (1, 0.0, 20, 30)))
    >>> net([[2.5, 9], [2.6, 0], [2.6, 0.1]]).ravel()
    array([10., 20., 30.])
    """
    metadata: dict[str, Any] = {}
    if is_fitted_tree(tree):
        tree, known, metadata = fitted_tree(tree)
        if n_features is not None and n_features != known:
            raise ArgumentError(f"n_features must be {known}, as the tree was fitted, got {n_features!r}")
        n_features = known
    questions, leaves = _taken_apart(tree)
    asked = 1 + max((feature for feature, _ in questions), default=0)
    n = asked if n_features is None else checks.integer("n_features", n_features)
    if asked > n:
        raise ArgumentError(
            f"n_features must be at least {asked}, for the tree asks for x[{asked - 1}], got {n}"
        )
    values = np.array([value for value, _ in leaves])
    if questions:
        layers: Any = [_questions(questions, n), _ways(len(questions), [way for _, way in leaves])]
        layers.append((values, [0] * values.shape[1], "linear"))
    else:
        layers = [(np.zeros((n, values.shape[1])), values[0], "linear")]
    network = dense_network(layers, dtype, "decision_tree")
    network.metadata = metadata
    return network


#: The way to a leaf: the number of each question on it, and whether it goes above there.
Way = tuple[tuple[int, bool], ...]


def _taken_apart(tree: Any) -> tuple[list[tuple[int, Fraction]], list[tuple[Array, Way]]]:
    """All questions, and all leaves' values with the ways to them."""
    questions: list[tuple[int, Fraction]] = []
    leaves: list[tuple[Array, Way]] = []
    ahead: list[tuple[Any, Way]] = [(tree, ())]
    while ahead:
        branch, way = ahead.pop()
        if not isinstance(branch, tuple):
            value = exactly("a leaf", branch, (0, 1), "a number or a list of numbers")
            leaves.append((np.atleast_1d(value), way))
            continue
        if len(branch) != 4:
            raise ArgumentError(
                f"a question must be (feature, threshold, below, above), and a leaf a number or a list; got {reprlib.repr(branch)}"
            )
        feature, threshold, below, above = branch
        number = len(questions)
        limit = exactly("a threshold", threshold, (0,), "a number")
        questions.append((checks.integer("a feature", feature, 0), limit.item()))
        ahead += [(above, (*way, (number, True))), (below, (*way, (number, False)))]
    lengths = sorted({len(value) for value, _ in leaves})
    if len(lengths) > 1:
        raise ArgumentError(f"all leaves must have as many numbers, got {lengths[0]} and {lengths[-1]}")
    return questions, leaves


def _questions(questions: list[tuple[int, Fraction]], n: int) -> tuple[Array, list[Fraction], str]:
    """The layer of a unit ``x_f - t > 0`` for each."""
    kernel = np.zeros((n, len(questions)))
    kernel[[feature for feature, _ in questions], np.arange(len(questions))] = 1
    return kernel, [-threshold for _, threshold in questions], "step"


def _ways(n_questions: int, ways: list[Way]) -> tuple[Array, list[float], str]:
    """The layer of a unit for each way that is 1 where all answers are those on it."""
    kernel = np.zeros((n_questions, len(ways)))
    for leaf, way in enumerate(ways):
        for question, above in way:
            kernel[question, leaf] = 1 if above else -1
    return kernel, [0.5 - sum(above for _, above in way) for way in ways], "step"
