"""What older Keras, and other libraries, call things, and what they are called here: one table for all places.

An argument, method or metric of an old name is refused here with the new one; `mlp.keras` reads the same table to
understand it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from mlp.errors import ArgumentTypeError, MissingNameError
from mlp.names import nearest

__all__ = [
    "ARGUMENTS",
    "CURES",
    "METHODS",
    "new_name",
    "refuses_old_spellings",
    "removed",
    "unknown_argument",
]

#: Arguments that have another name today.  The first of the names that a class or method has is meant: ``init`` is
#: the kernel's in `Dense`, and the embeddings' in `Embedding`.
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "lr": ("learning_rate",),
    "nb_epoch": ("epochs",),
    "nb_epochs": ("epochs",),
    "n_epochs": ("epochs",),
    "output_dim": ("units",),
    "init": ("kernel_initializer", "embeddings_initializer", "alpha_initializer"),
    "bias": ("use_bias",),
    "W_regularizer": ("kernel_regularizer", "embeddings_regularizer"),
    "b_regularizer": ("bias_regularizer",),
    "W_constraint": ("kernel_constraint", "embeddings_constraint"),
    "b_constraint": ("bias_constraint",),
    "gamma_init": ("gamma_initializer",),
    "beta_init": ("beta_initializer",),
    "p": ("rate",),
    "sigma": ("stddev",),
    "alpha": ("negative_slope",),
    "m": ("max_value",),
    "l": ("l2", "l1"),
    "epsilon": ("min_delta",),
    "input": ("inputs",),
    "output": ("outputs",),
}

#: Arguments that no other one replaces with the same value, and what to write.
CURES = {
    "decay": "learning_rate=schedules.InverseTimeDecay(rate, 1, decay)",
    "show_accuracy": 'compile(metrics=["accuracy"])',
    "class_mode": "the loss alone, for it tells what the targets are",
    "mode": "no such argument: training and inference are told apart by themselves",
    "weights": "layer.set_weights(weights) once the layer is in a network",
    "period": 'save_freq="epoch"',
    "batch_input_shape": "input_shape=(...), without the batch axis",
    "input_length": "input_shape=(input_length,)",
    "samples_per_epoch": "fit(x, y, batch_size=...) on all rows",
    "nb_val_samples": "validation_data=(x, y) of the rows that are wanted",
}

#: Methods of a network that are gone, and what to write.
METHODS = {
    "fit_generator": "fit",
    "evaluate_generator": "evaluate",
    "predict_generator": "predict",
    "predict_proba": "predict(x)",
    "predict_classes": "predict(x).argmax(axis=-1), or predict(x) > 0.5 for one sigmoid output",
}

F = TypeVar("F", bound=Callable[..., Any])


def new_name(name: str, known: Iterable[str]) -> str | None:
    """What an argument is called today where these are ``known``, or None if it is no old spelling of one.

    Examples
    --------
    >>> new_name("init", ["units", "kernel_initializer"]), new_name("init", ["rate"])
    ('kernel_initializer', None)
    """
    names = list(known)
    return next((new for new in ARGUMENTS.get(name, ()) if new in names), None)


def unknown_argument(owner: str, name: str, known: Iterable[str]) -> ArgumentTypeError:
    """The error for an argument that ``owner`` does not have, with the replacement if it is an old spelling.

    Examples
    --------
    >>> print(unknown_argument("Dense", "output_dim", ["units"]))
    Dense has no argument 'output_dim'; it is called 'units' here. Its arguments: units
    """
    names = list(known)
    new = new_name(name, names)
    if new is not None:
        hint = f"; it is called {new!r} here."
    elif name in CURES:
        hint = f"; write {CURES[name]} instead."
    else:
        hint = nearest(name, names)
    return ArgumentTypeError(
        f"{owner} has no argument {name!r}{hint} Its arguments: {', '.join(names) or 'none'}"
    )


def refuses_old_spellings(method: F) -> F:
    """A decorator: an argument that the method does not have is refused as those of classes are.

    Examples
    --------
    >>> class Trainer:
    ...     @refuses_old_spellings
    ...     def fit(self, epochs=1):
    ...         return epochs
    >>> Trainer().fit(nb_epoch=3)
    Traceback (most recent call last):
    mlp.errors.ArgumentTypeError: fit has no argument 'nb_epoch'; it is called 'epochs' here. Its arguments: epochs
    """
    parameters = list(inspect.signature(method).parameters.values())[1:]
    known = frozenset(parameter.name for parameter in parameters)
    listed = [parameter.name for parameter in parameters]

    @functools.wraps(method)
    def checked(self: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs and not known.issuperset(kwargs):
            name = next(name for name in kwargs if name not in known)
            raise unknown_argument(method.__name__, name, listed)
        return method(self, *args, **kwargs)

    return checked  # type: ignore[return-value]


def removed(owner: object, name: str) -> MissingNameError:
    """The error for an attribute that an object does not have, with the replacement if it is an old method."""
    kind = type(owner).__name__
    if name in METHODS:
        return MissingNameError(f"{kind} has no {name!r}; write {METHODS[name]} instead")
    return MissingNameError(f"{kind!r} object has no attribute {name!r}")
