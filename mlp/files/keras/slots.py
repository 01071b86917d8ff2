"""An optimizer's state as Keras keeps it: a list of variables, told apart by nothing but their order.

First the count of steps; then the learning rate, unless a schedule gives it; then a variable for each slot and each
weight that is trained.  Here a slot is one vector for all weights, frozen ones too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ModelFileError
from mlp.optimizers import Adam, Nadam, Optimizer

__all__ = ["TURNS", "from_keras", "to_keras"]

#: The slots of each class in the order of Keras.  Those that stand together take turns, from weight to weight.
TURNS: dict[str, tuple[tuple[str, ...], ...]] = {
    "Adadelta": (("accumulated_grad", "accumulated_delta_var"),),
    "Adagrad": (("accumulator",),),
    "Adam": (("momentum", "velocity"), ("velocity_hat",)),
    "AdamW": (("momentum", "velocity"), ("velocity_hat",)),
    "Adamax": (("momentum", "norm"),),
    "Ftrl": (("accumulator", "linear"),),
    "Lamb": (("momentum", "velocity"),),
    "Lion": (("momentum",),),
    "Nadam": (("momentum", "velocity"),),
    "RMSprop": (("velocity",), ("momentum",), ("average_gradient",)),
    "SGD": (("momentum",),),
}

#: What any optimizer may have, which stands before that; up to Keras 3.9 the two took turns.
COMMON = (("average",), ("gradient_accumulator",))
COMMON_BEFORE = (3, 10), (("average", "gradient_accumulator"),)


def to_keras(optimizer: Optimizer, weights: Sequence[Array], trained: Sequence[int]) -> list[Array]:
    """The values of Keras's ``optimizer.variables``, in the order that it has had since 3.10.

    Parameters
    ----------
    optimizer : Optimizer
        One of a class in `TURNS`.  If it has made no step yet, its state is that before the first.
    weights : list of ndarray
        All weights that ``network.parameters`` is made of, in its order.
    trained : list of int
        Which of them are not frozen, in the order of Keras's ``model.trainable_variables``.

    Examples
    --------
    >>> from mlp.optimizers import SGD
    >>> sgd, w = SGD(0.5, momentum=0.5), np.array([1.0, 2.0])
    >>> sgd.step(w, np.array([1.0, -1.0]))
    >>> to_keras(sgd, [w], [0])
    [array(1), array(0.5, dtype=float32), array([-0.5,  0.5])]
    """
    slots = optimizer.slots or _first(optimizer, weights)
    factors, parts = _factors(optimizer), _parts(weights)
    gradients = optimizer.iterations * (optimizer.gradient_accumulation_steps or 1) + optimizer.accumulated
    variables = [np.array(gradients)]
    if _has_rate(optimizer):
        variables.append(np.array(optimizer.learning_rate, np.float32))
    for name, place in _turns(optimizer, COMMON, trained):
        values = slots[name][parts[place]] * factors.get(name, 1)
        variables.append(values.reshape(weights[place].shape))
    if isinstance(optimizer, Nadam):
        variables.append(np.array(optimizer.momentum_product(optimizer.iterations), np.float32))
    return variables


def from_keras(
    optimizer: Optimizer,
    variables: Sequence[Array],
    weights: Sequence[Array],
    trained: Sequence[int],
    version: tuple[int, ...] = (3, 10),
) -> dict[str, Any]:
    """What ``optimizer.get_state()`` gives here when the optimizer is where Keras's was.

    Parameters
    ----------
    optimizer : Optimizer
        One of a class in `TURNS`, with the arguments in the file.
    variables : list of ndarray
        Keras's, in its order.
    weights, trained
        See `to_keras`.
    version : tuple of int
        That of the Keras that wrote them.

    Raises
    ------
    ModelFileError
        If there are more or fewer than such an optimizer has, they are of other shapes, or not finite.

    Examples
    --------
    >>> from mlp.optimizers import SGD
    >>> state = from_keras(SGD(0.5, momentum=0.5), [np.array(7), np.array(0.5), np.ones(2)], [np.zeros(2)], [0])
    >>> state["iterations"], state["learning_rate"], state["slots"]
    (7, 0.5, {'momentum': array([1., 1.])})
    """
    scalars = 1 + _has_rate(optimizer)
    found = list(variables[:scalars])
    # The product of momentums, which stands now here, now there, follows from the count of steps.
    found += [v for v in variables[scalars:] if v.shape or not isinstance(optimizer, Nadam)]
    before, turns_before = COMMON_BEFORE
    turns = list(_turns(optimizer, turns_before if version < before else COMMON, trained))
    wanted = [*[()] * scalars, *(weights[place].shape for _, place in turns)]
    if [variable.shape for variable in found] != wanted:
        raise ModelFileError(
            f"the state of {type(optimizer).__name__} is not that of an optimizer of these weights: expected arrays of shapes "
            f"{wanted}, got {[variable.shape for variable in found]}"
        )
    if not all(np.isfinite(variable).all() for variable in found):
        raise ModelFileError(
            f"the state of {type(optimizer).__name__} must be finite, but holds NaN or infinity"
        )
    slots, factors, parts = _first(optimizer, weights), _factors(optimizer), _parts(weights)
    for (name, place), variable in zip(turns, found[scalars:], strict=True):
        slots[name][parts[place]] = variable.ravel() / factors.get(name, 1)
    return {**_counts(optimizer, found[:scalars]), "slots": slots}


def _has_rate(optimizer: Optimizer) -> bool:
    """Whether the learning rate is a number, which Keras keeps in a variable."""
    return not callable(optimizer.learning_rate)


def _turns(
    optimizer: Optimizer, common: tuple[tuple[str, ...], ...], trained: Sequence[int]
) -> Iterator[tuple[str, int]]:
    """For each variable after the first ones the slot, and the place of the weight."""
    names = {*optimizer.slot_names, *optimizer.common_slots}
    for turns in (*common, *TURNS[type(optimizer).__name__]):
        for place in trained:
            yield from ((name, place) for name in turns if name in names)


def _factors(optimizer: Optimizer) -> dict[str, float]:
    """By what the slots of Adam become Keras's: here they hold sums, there means (see `mlp.optimizers.Adam`)."""
    if not isinstance(optimizer, Adam):
        return {}
    of_squares = 1 - optimizer.beta_2
    return {"momentum": 1 - optimizer.beta_1, "velocity": of_squares, "velocity_hat": of_squares}


def _parts(weights: Sequence[Array]) -> list[slice]:
    """Where each weight lies in the vector."""
    ends = np.cumsum([weight.size for weight in weights], dtype=int)
    return [slice(int(end) - weight.size, int(end)) for weight, end in zip(weights, ends, strict=True)]


def _first(optimizer: Optimizer, weights: Sequence[Array]) -> dict[str, Array]:
    """The state before the first step, in which the average is that of the weights themselves."""
    vector = np.concatenate([weight.ravel() for weight in weights]) if weights else np.zeros(0)
    slots = {name: optimizer.initial_slot(name, vector) for name in optimizer.slot_names}
    for name in optimizer.common_slots:
        slots[name] = vector.copy() if name == "average" else np.zeros_like(vector)
    return slots


def _counts(optimizer: Optimizer, scalars: Sequence[Array]) -> dict[str, Any]:
    """What the variables that are no slots mean."""
    every = optimizer.gradient_accumulation_steps or 1
    iterations, accumulated = divmod(int(scalars[0]), every)
    counts: dict[str, Any] = {"iterations": iterations, "learning_rate": None}
    if every > 1:
        counts["accumulated"] = accumulated
    if _has_rate(optimizer):
        rate = float(scalars[1])
        # The variable is of single precision; the number that it was made of is in the configuration.
        same = np.float32(optimizer.learning_rate) == np.float32(rate)
        counts["learning_rate"] = optimizer.learning_rate if same else rate
    return counts
