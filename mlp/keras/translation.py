"""Arguments as Keras's scripts write them, made those of `mlp`.

Three things happen to an argument that a class or method does not have: an old spelling is replaced, with a warning;
what means nothing here and changes no number is dropped; anything else is refused, by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from mlp import layers, losses, metrics, optimizers, schedules
from mlp.errors import ArgumentTypeError, OldSpellingWarning
from mlp.layers.merging import Merge
from mlp.notices import warn_caller
from mlp.old_spellings import ARGUMENTS, CURES, new_name, unknown_argument

__all__ = ["kind_of", "may_need", "old", "understood"]

Judge = Callable[[Any], bool]


def _anything(value: Any) -> bool:
    return True


def _one_of(*values: Any) -> Judge:
    return lambda value: any(
        value is known or (type(value) is type(known) and value == known) for known in values
    )


def _nothing(value: Any) -> bool:
    """Whether a value is what Keras's default says: none of it."""
    return value is None or value is False or (isinstance(value, int | float) and value == 0)


def _plain_type(value: Any) -> bool:
    """Whether it is a type in which an `mlp` network computes, whichever the network's own is."""
    try:
        return value is None or np.dtype(getattr(value, "name", value)).name in ("float32", "float64")
    except TypeError:
        return False


_IN_PARALLEL = dict.fromkeys(
    ("workers", "use_multiprocessing", "max_queue_size", "max_q_size", "nb_worker", "pickle_safe"), _anything
)

#: What may be left out, by kind or method and by name, if the value is one that changes no number here.
DROPPED: dict[str, dict[str, Judge]] = {
    "layer": {
        "autocast": _anything, "data_format": _one_of(None, "channels_last"), "dtype": _plain_type, "lora_alpha": _nothing,
        "lora_rank": _nothing, "mode": _nothing, "weights": _nothing, "synchronized": _nothing, "renorm": _nothing,
    },
    "optimizer": {
        "clipnorm": _nothing, "clipvalue": _nothing, "decay": _nothing, "ema_momentum": _one_of(0.99),
        "ema_overwrite_frequency": _nothing, "global_clipnorm": _nothing, "gradient_accumulation_steps": _nothing,
        "is_legacy_optimizer": _anything, "jit_compile": _anything, "loss_scale_factor": _nothing,
        "schedule_decay": _one_of(None, 0.004), "use_ema": _nothing, "weight_decay": _nothing,
    },
    "ModelCheckpoint": {"options": _nothing, "period": _one_of(None, 1)},
    "input": {
        "batch_size": _anything, "dtype": _anything, "optional": _nothing, "ragged": _nothing, "sparse": _nothing,
        "tensor": _nothing, "type_spec": _nothing,
    },
    "compile": {
        "auto_scale_loss": _anything, "class_mode": _anything, "distribute": _nothing, "jit_compile": _anything,
        "run_eagerly": _anything, "sample_weight_mode": _nothing, "steps_per_execution": _anything,
        "target_tensors": _nothing,
    },
    "fit": {**_IN_PARALLEL, "steps_per_epoch": _nothing, "validation_steps": _nothing},
    "evaluate": {**_IN_PARALLEL, "callbacks": _nothing, "steps": _nothing},
    "predict": {**_IN_PARALLEL, "callbacks": _nothing, "steps": _nothing},
    "summary": {"layer_range": _nothing, "positions": _nothing, "show_trainable": _nothing},
    "save": {"include_optimizer": _one_of(True), "options": _nothing, "save_format": _anything, "zipped": _anything},
    "save_weights": {"options": _nothing, "save_format": _anything},
    "load_weights": {"by_name": _nothing, "options": _nothing, "skip_mismatch": _nothing},
}  # fmt: skip

#: Kinds of classes; the first that fits counts.
_KINDS: tuple[tuple[type, str], ...] = (
    (Merge, "merge"), (layers.Layer, "layer"), (optimizers.Optimizer, "optimizer"), (losses.Loss, "loss"),
    (metrics.Metric, "metric"),
)  # fmt: skip


def kind_of(cls: type) -> str:
    """What kind of thing a class makes, as the tables here call it."""
    own = cls.__name__ if cls.__name__ in DROPPED else "thing"
    return next((kind for base, kind in _KINDS if issubclass(cls, base)), own)


def may_need(kind: str, known: Sequence[str]) -> bool:
    """Whether a class with these arguments was ever called with others, or with values that it does not take."""
    others = {*DROPPED.get(kind, {}), *(name for of, name in CONVERTED if of == kind)} - set(known)
    valued = {name for of, name in VALUES if of == kind} & set(known)
    return bool(others or valued) or any(name not in known and new_name(name, known) for name in ARGUMENTS)


def old(text: str) -> None:
    """Tell the caller that he used an old name."""
    warn_caller(text, OldSpellingWarning)


def understood(
    kind: str, owner: str, known: Sequence[str], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """All arguments by name, with the names and values of `mlp`.

    Parameters
    ----------
    kind : str
        Of what kind the class is, or the method's name.
    owner : str
        What is called, for messages.
    known : list of str
        The arguments that it has.
    args, kwargs : list, dict
        What it is called with.

    Raises
    ------
    ArgumentTypeError
        If an argument means something that there is not, or one comes twice.
    """
    if len(args) > len(known):
        raise ArgumentTypeError(f"{owner} takes at most {len(known)} arguments, got {len(args)}")
    given = dict(zip(known, args, strict=False))

    def put(name: str, value: Any, called: str = "") -> None:
        if name in given:
            raise ArgumentTypeError(
                f"{owner}: {called or name} and another argument both say {name}; give one of them"
            )
        given[name] = value

    for name in known:
        if name in kwargs:
            put(name, kwargs[name])
    later = []
    for name, value in kwargs.items():
        if name in known:
            continue
        if (new := new_name(name, known)) is not None:
            old(f"{owner}: {name} is called {new} today")
            put(new, value, name)
        elif not DROPPED.get(kind, {}).get(name, _never)(value):
            later.append(name)
    for name in later:
        if (kind, name) not in CONVERTED:
            if name in DROPPED.get(kind, {}):
                raise ArgumentTypeError(
                    f"{owner}: {name}={kwargs[name]!r} is not supported here; leave {name} out"
                )
            raise unknown_argument(owner, name, known)
        old(f"{owner}: {name} is no argument today; write {CURES[name]} instead")
        CONVERTED[kind, name](owner, given, kwargs[name])
    for name in [name for name in given if (kind, name) in VALUES]:
        VALUES[kind, name](given, given[name])
    return given


def _never(value: Any) -> bool:
    return False


# What an argument of another meaning is made of, in the dict of those given.


def _decay(owner: str, given: dict[str, Any], decay: float) -> None:
    default = optimizers.OPTIMIZERS.classes[owner]._arguments()["learning_rate"].default
    rate = given.get("learning_rate", default)
    if callable(rate):
        raise ArgumentTypeError("decay goes with a learning rate that is a number, not with a schedule")
    given["learning_rate"] = schedules.InverseTimeDecay(rate, 1, decay)


def _batch_input_shape(owner: str, given: dict[str, Any], shape: Sequence[int | None]) -> None:
    given["input_shape"] = tuple(shape)[1:]


def _input_length(owner: str, given: dict[str, Any], length: int) -> None:
    given.setdefault("input_shape", (length,))


CONVERTED: dict[tuple[str, str], Callable[[str, dict[str, Any], Any], None]] = {
    ("optimizer", "decay"): _decay,
    ("layer", "batch_input_shape"): _batch_input_shape,
    ("layer", "input_length"): _input_length,
}


def _default_epsilon(given: dict[str, Any], epsilon: float | None) -> None:
    if epsilon is None:
        del given["epsilon"]


def _reduction(given: dict[str, Any], reduction: str | None) -> None:
    if reduction == "auto":
        old("reduction='auto' is called 'sum_over_batch_size' today")
        given["reduction"] = "sum_over_batch_size"


#: Values that an argument had and does not have today.
VALUES: dict[tuple[str, str], Callable[[dict[str, Any], Any], None]] = {
    ("optimizer", "epsilon"): _default_epsilon,
    ("loss", "reduction"): _reduction,
}
