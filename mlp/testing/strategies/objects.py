"""Activations, losses and optimizers: the classes of a registry, their arguments drawn from a table.

A class that is entered into its registry is drawn from then on.  Arguments that have defaults keep them unless
the table says how to vary them; a class whose constructor needs arguments must have a row, or is refused by name.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, TypeVar

from hypothesis import strategies as st

from mlp.activations import ACTIVATIONS, Activation
from mlp.configurable import Configurable
from mlp.errors import ArgumentError, ArgumentTypeError
from mlp.losses import LOSSES, Loss
from mlp.optimizers import OPTIMIZERS, Optimizer
from mlp.registry import Registry
from mlp.schedules import ExponentialDecay

__all__ = ["ARGUMENTS", "Only", "activations", "chosen", "losses", "made", "optimizers"]

T = TypeVar("T", bound=Configurable)

#: What may be drawn: names, classes, objects (copies of them are drawn) or strategies; None is the whole registry.
Only: TypeAlias = Any

#: What comes first among its like: failing examples shrink to it.
SIMPLEST = ("Linear", "MeanSquaredError", "SGD")

FLAGS = st.booleans()
SHARES = st.sampled_from([0.5, 0.25, 0.9, 0.0])
SLOPES = st.sampled_from([0.5, 0.25, 2.0, 0.0])
RATES = st.sampled_from([0.1, 0.5, 0.01, 0.001])
FOCI = st.sampled_from([2.0, 1.0, 0.0])
TINY = st.sampled_from([1e-7, 1e-3, 0.5])

#: How arguments vary, by class; a row holds for subclasses too.  The first value of each is the simplest.
ARGUMENTS: dict[str, Mapping[str, st.SearchStrategy[Any]]] = {
    "Relu": {
        "negative_slope": st.sampled_from([0.0, 0.5, 0.25]),
        "max_value": st.sampled_from([None, 6.0, 1.0]),
        "threshold": st.sampled_from([0.0, 1.0, -0.5]),
    },
    "LeakyRelu": {"negative_slope": SLOPES},
    "Threshold": {
        "threshold": st.sampled_from([0.0, 1.0, -0.5]),
        "default_value": st.sampled_from([0.0, -1.0, 2.0]),
    },
    "Elu": {"alpha": st.sampled_from([1.0, 0.5, 2.0])},
    "Celu": {"alpha": st.sampled_from([1.0, 0.5, 2.0])},
    "Squareplus": {"b": st.sampled_from([4.0, 1.0, 0.25])},
    "SoftShrink": {"threshold": st.sampled_from([0.5, 1.0, 0.0])},
    "HardShrink": {"threshold": st.sampled_from([0.5, 1.0, 0.0])},
    "Gelu": {"approximate": FLAGS},
    "Loss": {"reduction": st.sampled_from(["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"])},
    "BinaryCrossentropy": {"from_logits": FLAGS, "label_smoothing": st.sampled_from([0.0, 0.5, 0.1])},
    "CategoricalCrossentropy": {"from_logits": FLAGS, "label_smoothing": st.sampled_from([0.0, 0.5, 0.1])},
    "BinaryFocalCrossentropy": {"apply_class_balancing": FLAGS, "alpha": SHARES, "gamma": FOCI},
    "CategoricalFocalCrossentropy": {
        "alpha": SHARES,
        "gamma": FOCI,
        "from_logits": FLAGS,
        "label_smoothing": st.sampled_from([0.0, 0.5, 0.1]),
    },
    "CategoricalGeneralizedCrossEntropy": {"q": st.sampled_from([0.5, 0.25, 0.9])},
    "Huber": {"delta": st.sampled_from([1.0, 0.5, 3.0])},
    "SparseCategoricalCrossentropy": {"from_logits": FLAGS, "ignore_class": st.sampled_from([None, -1, 0])},
    "Optimizer": {"learning_rate": RATES | st.builds(ExponentialDecay, RATES, st.just(2), st.just(0.5))},
    "SGD": {"momentum": st.sampled_from([0.0, 0.5, 0.9]), "nesterov": FLAGS},
    "RMSprop": {
        "rho": SHARES,
        "momentum": st.sampled_from([0.0, 0.5, 0.9]),
        "epsilon": TINY,
        "centered": FLAGS,
    },
    "Adam": {"beta_1": SHARES, "beta_2": SHARES, "epsilon": TINY, "amsgrad": FLAGS},
    "AdamW": {"weight_decay": st.sampled_from([0.0, 0.004, 0.5])},
    "Adamax": {"beta_1": SHARES, "beta_2": SHARES, "epsilon": TINY},
    "Nadam": {"beta_1": SHARES, "beta_2": SHARES, "epsilon": TINY},
    "Adagrad": {"initial_accumulator_value": st.sampled_from([0.1, 1.0]), "epsilon": TINY},
    "Adadelta": {"rho": SHARES, "epsilon": TINY},
    "Ftrl": {
        "learning_rate_power": st.sampled_from([-0.5, -1.0, 0.0]),
        "l2_regularization_strength": SHARES,
        "beta": st.sampled_from([0.0, 1.0]),
    },
    "Lion": {"beta_1": SHARES, "beta_2": SHARES},
    "Lamb": {"beta_1": SHARES, "beta_2": SHARES, "epsilon": TINY},
    "LBFGS": {"history_size": st.sampled_from([10, 1, 3])},
}


def made(cls: type[T], arguments: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[T]:
    """Objects of a class.

    Raises
    ------
    ArgumentError
        If its constructor needs an argument that nothing is said of.
    """
    missing = [
        name
        for name, parameter in cls._arguments().items()
        if parameter.default is parameter.empty and name not in arguments
    ]
    if missing:
        raise ArgumentError(
            f"{cls.__name__} cannot be drawn: nothing says what to take for {', '.join(missing)}; give it a row in the "
            "tables of mlp.testing.strategies, or pass a strategy that makes it: "
            f"st.builds({cls.__name__}, {missing[0]}=...)"
        )
    return st.builds(cls, **arguments)


def _varied(cls: type[T]) -> st.SearchStrategy[T]:
    arguments: dict[str, st.SearchStrategy[Any]] = {}
    for owner in reversed(cls.__mro__):
        arguments.update(ARGUMENTS.get(owner.__name__, {}))
    known = cls._argument_names()
    return made(cls, {name: values for name, values in arguments.items() if name in known})


def chosen(registry: Registry[T], only: Only) -> list[type[T] | st.SearchStrategy[T]]:
    """The classes and strategies that ``only`` means.

    Raises
    ------
    UnknownNameError, ArgumentTypeError, ArgumentError
        If something in it is none of the registry's kind, or there is nothing in it.
    """
    if only is None:
        return [*sorted(registry.classes.values(), key=lambda cls: cls.__name__ not in SIMPLEST)]
    one = isinstance(only, str | type | Configurable | st.SearchStrategy) or not isinstance(only, Iterable)
    choices = [_choice(registry, item) for item in ([only] if one else only)]
    if not choices:
        raise ArgumentError(f"there must be at least one {registry.kind} to draw, got {only!r}")
    return choices


def _choice(registry: Registry[T], item: Any) -> type[T] | st.SearchStrategy[T]:
    if isinstance(item, st.SearchStrategy):
        return item
    if isinstance(item, registry.base):
        return st.just(item).map(copy.deepcopy)
    if isinstance(item, str):
        return registry.find(item, registry.kind)
    cls = getattr(item, "configurable", item)
    if isinstance(cls, type) and issubclass(cls, registry.base):
        return cls
    raise ArgumentTypeError(
        f"what is drawn must be names, classes, objects or strategies of the kind {registry.kind}, got {item!r}"
    )


def _drawn(
    registry: Registry[T], only: Only, make: Callable[[type[T]], st.SearchStrategy[T]]
) -> st.SearchStrategy[T]:
    choices = chosen(registry, only)
    return st.one_of([make(choice) if isinstance(choice, type) else choice for choice in choices])


def activations(only: Only = None) -> st.SearchStrategy[Activation]:
    """Activation functions; the simplest is ``Linear()``.

    Parameters
    ----------
    only : name, class, object or strategy, or a list of these, optional
        What may be drawn; every registered activation unless given.

    Returns
    -------
    SearchStrategy of activations.Activation
        Their arguments vary.

    Raises
    ------
    UnknownNameError, ArgumentTypeError, ArgumentError
        If ``only`` is not understood, or a class needs arguments that nothing is known of.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=10, deadline=None)
    ... @given(activations(only=["tanh", "sigmoid"]))
    ... def grows(f):
    ...     assert f([0.5]) < f([1.0])
    >>> grows()
    """
    return _drawn(ACTIVATIONS, only, _varied)


def losses(only: Only = None) -> st.SearchStrategy[Loss]:
    """Losses that are one number; the simplest is ``MeanSquaredError()``.

    Parameters
    ----------
    only : name, class, object or strategy, or a list of these, optional
        What may be drawn; every registered loss unless given.

    Returns
    -------
    SearchStrategy of losses.Loss
        Their arguments vary, except that ``reduction`` is never ``none``.

    Raises
    ------
    UnknownNameError, ArgumentTypeError, ArgumentError
        If ``only`` is not understood, or a class needs arguments that nothing is known of.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=10, deadline=None)
    ... @given(losses(only=["mse", "mae"]))
    ... def is_zero_at_the_target(loss):
    ...     assert loss([[2.0]], [[2.0]]) == 0
    >>> is_zero_at_the_target()
    """
    return _drawn(LOSSES, only, _varied)


def optimizers(only: Only = None) -> st.SearchStrategy[Optimizer]:
    """Optimizers; the simplest is ``SGD()``, with simple rates.

    Parameters
    ----------
    only : name, class, object or strategy, or a list of these, optional
        What may be drawn; every registered optimizer unless given.

    Returns
    -------
    SearchStrategy of optimizers.Optimizer
        New ones; their arguments vary, and the learning rate may be a schedule.

    Raises
    ------
    UnknownNameError, ArgumentTypeError, ArgumentError
        If ``only`` is not understood, or a class needs arguments that nothing is known of.

    Examples
    --------
    >>> import numpy as np
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=10, deadline=None)
    ... @given(optimizers())
    ... def goes_downhill(optimizer):
    ...     w = np.array([1.0])
    ...     optimizer.step(w, np.array([2.0]))
    ...     assert w < 1
    >>> goes_downhill()
    """
    return _drawn(OPTIMIZERS, only, _varied)
