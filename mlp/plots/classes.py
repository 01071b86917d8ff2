"""Which class an output says, and which class a target is: the rules that "accuracy" goes by."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.decision_threshold import threshold_of
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError
from mlp.rows import as_array
from mlp.trainable import Trainable

__all__ = ["class_numbers", "decided", "one_output", "require_few", "require_network", "threshold_for"]

#: More classes than these have no place for their names.
MOST = 50


def require_network(net: Any, argument: str = "net") -> None:
    """Refuse what is no network.

    Raises
    ------
    ArgumentTypeError
        If it is none.
    """
    if not isinstance(net, Trainable):
        raise ArgumentTypeError(f"{argument} must be a Network, got {net!r:.80}")


def require_few(count: int, what: str, cure: str) -> None:
    """Refuse more classes than a picture has place for.

    Raises
    ------
    ArgumentError
        If there are more than `MOST`.
    """
    if count > MOST:
        raise ArgumentError(f"{what} has place for {MOST} classes, got {count}; {cure}")


def one_output(net: Trainable, what: str) -> int:
    """How many numbers a row of the network's one output has.

    Raises
    ------
    ArgumentError
        If it has several inputs or outputs, or rows that are tables.
    """
    shapes = net.output_shapes
    if net.takes_several or len(shapes) != 1 or len(shapes[0]) != 1:
        raise ArgumentError(
            f"{what} is for networks with one input and one output, rows of numbers; this one gives {net.output_shape}"
        )
    return int(shapes[0][0])


def threshold_for(net: Trainable, outputs: int, given: Any = None) -> float | None:
    """Above what one output says yes; None where it is an amount, and where the largest of several decides.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If the given one is no number, or not for one output.
    """
    if given is not None and outputs > 1:
        raise ArgumentError(f"threshold is for one output; of {outputs} the largest decides")
    if given is not None:
        return checks.real("threshold", given)
    return threshold_of(net) if outputs == 1 else None


def decided(outputs: Array, threshold: float | None) -> Array:
    """The class of each row: the largest output, or whether the only one lies above the threshold."""
    if outputs.shape[-1] > 1:
        return np.asarray(outputs.argmax(axis=-1))
    assert threshold is not None  # noqa: S101 - callers have seen to it
    return (outputs[..., 0] > threshold).astype(int)


def class_numbers(y: Any, count: int, name: str = "y") -> Array:
    """Targets of any form, class numbers, one-hot rows, or labels -1 and +1, as class numbers 0 to ``count - 1``.

    Raises
    ------
    ShapeError, DataError
        If they are none.

    Examples
    --------
    >>> class_numbers([[0, 0, 1], [1, 0, 0]], 3), class_numbers([-1, 1], 2)
    (array([2, 0]), array([0, 1]))
    """
    array = as_array(name, y)
    if array.ndim == 2 and array.shape[1] == count and count > 1:
        return np.asarray(array.argmax(axis=1))
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ShapeError(
            f"{name} must hold a class for each row, shape (n,) or (n, {count}), got {array.shape}"
        )
    if count == 2 and np.all(np.abs(array) == 1) and np.any(array == -1):
        array = (array + 1) / 2
    wrong = ~((array >= 0) & (array < count) & (array == np.floor(array)))
    if wrong.any():
        i = int(np.flatnonzero(wrong)[0])
        signs = ", or -1 and 1" if count == 2 else ""
        raise DataError(
            f"{name} must hold class numbers, integers from 0 to {count - 1}{signs}, got {array[i]} at {name}[{i}]"
        )
    return array.astype(int)
