"""How classes meet the outputs of a network: units, targets, probabilities, decisions."""

from __future__ import annotations

import numpy as np

from mlp import losses
from mlp.arrays import Array
from mlp.commands.target import CLASSIFICATION, REGRESSION
from mlp.errors import ArgumentError
from mlp.losses import LOSSES, Loss
from mlp.names import snake_case

__all__ = ["choices", "loss_for", "probabilities", "targets_for", "units_and_activation"]


def loss_for(task: str, classes: int, name: str | None = None, smoothing: float = 0.0) -> Loss:
    """The loss of a name, or the usual one: squared error, binary or (sparse) categorical cross-entropy.

    Raises
    ------
    UnknownNameError, ArgumentError
        If there is none of this name, or it does not fit the task or label smoothing.

    Examples
    --------
    >>> loss_for("classification", 2).name, loss_for("classification", 3).name
    ('binary_crossentropy', 'sparse_categorical_crossentropy')
    >>> loss_for("classification", 3, smoothing=0.1).label_smoothing
    0.1
    """
    if name is None:
        several = "categorical_crossentropy" if smoothing else "sparse_categorical_crossentropy"
        usual = "binary_crossentropy" if classes == 2 else several
        name = usual if task == CLASSIFICATION else "mean_squared_error"
    loss = losses.get(name)
    if not _fits(loss, task, classes):
        fitting = [
            snake_case(name) for name, cls in sorted(LOSSES.classes.items()) if _fits(cls(), task, classes)
        ]
        what = task if task == REGRESSION else f"{task} into {classes} classes"
        raise ArgumentError(f"--loss {name} does not fit a {what}; choose one of {', '.join(fitting)}")
    if not smoothing:
        return loss
    if not hasattr(loss, "label_smoothing"):
        cure = "leave it out" if task == REGRESSION else "leave out one of the two"
        raise ArgumentError(f"--label-smoothing does not go with the loss {loss.name}: {cure}")
    return losses.get({"class_name": type(loss).__name__, "config": {"label_smoothing": smoothing}})


def _fits(loss: Loss, task: str, classes: int) -> bool:
    if task == REGRESSION:
        return loss.targets == "real" and _depends_on_difference_only(loss)
    kinds = ("real", "binary", "index", "one-hot") if classes == 2 else ("real", "index", "one-hot")
    return loss.targets in kinds


def _depends_on_difference_only(loss: Loss) -> bool:
    """Whether a loss may be taken on a standardised target: moving target and output together changes nothing."""
    t, y = np.array([[0.5], [1.0]]), np.array([[0.25], [2.0]])
    return bool(np.isclose(loss(t, y), loss(t + 3, y + 3)))


def units_and_activation(task: str, classes: int, loss: Loss) -> tuple[int, str]:
    """The last layer: one sigmoid for two classes, else a softmax; nothing for amounts.

    Examples
    --------
    >>> units_and_activation("classification", 3, losses.get("sparse_categorical_crossentropy"))
    (3, 'softmax')
    """
    if task == REGRESSION:
        return 1, "linear"
    if classes == 2 and loss.targets in ("real", "binary"):
        return 1, "sigmoid"
    return classes, "softmax"


def targets_for(classes: Array, units: int, loss: Loss) -> Array:
    """Class numbers in the form that a loss takes.

    Examples
    --------
    >>> targets_for(np.array([1, 0]), 2, losses.get("categorical_crossentropy"))
    array([[0., 1.],
           [1., 0.]])
    """
    if units == 1 or loss.targets == "index":
        return classes
    return np.eye(units)[classes]


def probabilities(outputs: Array) -> Array:
    """The probability of each class; one output is that of the second of two.

    Examples
    --------
    >>> probabilities(np.array([[0.75]]))
    array([[0.25, 0.75]])
    """
    return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs


def choices(outputs: Array) -> Array:
    """The number of the class that is chosen for each row: the most probable, the first of equal ones."""
    chosen: Array = probabilities(outputs).argmax(axis=1)
    return chosen
