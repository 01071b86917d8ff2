"""The tree that scikit-learn has fitted, as nested tuples."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mlp.errors import ArgumentError, ArgumentTypeError

__all__ = ["fitted_tree", "is_fitted_tree"]

#: What stands in the place of a leaf's children.
NO_CHILD = -1


def is_fitted_tree(tree: Any) -> bool:
    """Whether it is an estimator, fitted or not, and no description."""
    return hasattr(tree, "fit") or hasattr(tree, "tree_")


def fitted_tree(estimator: Any) -> tuple[Any, int, dict[str, Any]]:
    """Its description, the number of features, and the names of the classes.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If it is not fitted, no single tree, or classifies several things at once.
    """
    if not hasattr(estimator, "tree_"):
        kind = type(estimator).__name__
        if kind in (
            "DecisionTreeClassifier",
            "DecisionTreeRegressor",
            "ExtraTreeClassifier",
            "ExtraTreeRegressor",
        ):
            raise ArgumentError(f"{kind} is not fitted: call fit(x, y) first")
        raise ArgumentTypeError(
            f"tree must be nested tuples, a DecisionTreeClassifier or a DecisionTreeRegressor, got {kind}"
        )
    found = estimator.tree_
    classes = getattr(estimator, "classes_", None)
    if classes is not None and found.n_outputs != 1:
        raise ArgumentError(f"tree classifies {found.n_outputs} things at once; fit a tree for each of them")
    values = np.asarray(found.value)
    leaves = values[:, 0, :] if classes is not None else values[:, :, 0]
    metadata = {} if classes is None else {"classes": np.asarray(classes).tolist()}
    return _nested(found, leaves), int(found.n_features), metadata


def _nested(found: Any, leaves: Any) -> Any:
    """Tuples of scikit-learn's arrays, in which children come behind their parent."""
    n = len(leaves)
    nested: list[Any] = [None] * n
    for i in reversed(range(n)):
        below, above = int(found.children_left[i]), int(found.children_right[i])
        if below == above == NO_CHILD:
            nested[i] = leaves[i]
        elif i < below < n and i < above < n:
            threshold = float(found.threshold[i])
            if threshold == math.inf:  # asks only whether the number is missing, and a network's are not
                nested[i] = nested[below]
            else:
                nested[i] = int(found.feature[i]), threshold, nested[below], nested[above]
        else:
            raise ArgumentError(
                f"tree is not as fit leaves it: the children of node {i} are {below} and {above}"
            )
    return nested[0]
