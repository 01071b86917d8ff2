"""Compile settings of Keras files: optimizer, schedule, losses and metrics that there are here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlp.errors import ModelFileError
from mlp.files.keras.reading.objects import (
    ANY,
    NOTHING,
    Arguments,
    Judge,
    Reading,
    class_of,
    one_of,
    plain,
    text_of,
)
from mlp.losses.base import LOSSES
from mlp.metrics.base import METRICS
from mlp.optimizers import OPTIMIZERS
from mlp.schedules import SCHEDULES

__all__ = ["compiled_of"]

OPTIMIZER_NAMES = (
    "SGD", "RMSprop", "Adam", "AdamW", "Adamax", "Nadam", "Adagrad", "Adadelta", "Ftrl", "Lion", "Lamb",
)  # fmt: skip

#: Arguments of optimizers that change nothing here.
IDLE_OF_OPTIMIZERS: dict[str, Judge] = {
    "decay": NOTHING, "is_legacy_optimizer": ANY, "jit_compile": ANY, "mesh": NOTHING, "schedule_decay": one_of(None, 0.004),
}  # fmt: skip

SCHEDULE_NAMES = (
    "ExponentialDecay", "InverseTimeDecay", "PiecewiseConstantDecay", "PolynomialDecay", "CosineDecay", "CosineDecayRestarts",
)  # fmt: skip

#: What "crossentropy" and "accuracy" mean is settled by the data.
OPEN_LOSSES = ("crossentropy", "ce")
OPEN_METRICS = ("accuracy", "acc")

#: Classes that wrap a function, which says what is meant.
WRAPPERS = ("LossFunctionWrapper", "MeanMetricWrapper")

Outputs = Sequence[str]


def compiled_of(settings: Any, reading: Reading, outputs: Outputs = ()) -> dict[str, Any] | None:
    """The arguments of `Network.compile`; None where there are none, or none that there are here.

    What a network was trained with does not hinder it from predicting: settings that there are not here are left out,
    with a note.

    Parameters
    ----------
    settings : dict or None
        Keras's ``compile_config``.
    reading : Reading
        Gets a note of what is left out.
    outputs : list of str
        The names of the outputs, where settings are told by name.

    Examples
    --------
    >>> compiled_of({"optimizer": "sgd", "loss": "mse"}, Reading())["optimizer"]
    {'class_name': 'SGD', 'config': {}}
    """
    if not isinstance(settings, Mapping) or not settings.get("optimizer"):
        return None
    try:
        settings = plain(dict(settings))
        return {
            "optimizer": _optimizer(settings["optimizer"], reading),
            "loss": _for_outputs(settings.get("loss"), outputs, lambda one: _loss(one, reading)),
            "loss_weights": _for_outputs(settings.get("loss_weights"), outputs, lambda one: one),
            **{
                name: _for_outputs(
                    settings.get(name), outputs, lambda some: _metrics(some, reading, outputs), lists=True
                )
                for name in ("metrics", "weighted_metrics")
            },
        }
    except ModelFileError as error:
        reading.note(f"compile settings are left out: {error}")
        return None


def _for_outputs(given: Any, outputs: Outputs, each: Any, lists: bool = False) -> Any:
    """What is given for the only output, or for each in a table or list."""
    if isinstance(given, Mapping) and "class_name" not in given:
        if not {*given} <= {*outputs}:
            raise ModelFileError(f"settings are for {sorted(given)}, the outputs are {list(outputs)}")
        made = [each(given[name]) if name in given else None for name in outputs]
        return made if len(made) > 1 else made[0]
    if isinstance(given, list) and len(outputs) > 1 and len(given) == len(outputs):
        return [each(one) for one in given]
    if isinstance(given, list) and not lists:
        return [each(one) for one in given]
    return each(given)


def _optimizer(described: Any, reading: Reading) -> Any:
    what = "the optimizer"
    if isinstance(described, str):
        named = {name.lower(): name for name in OPTIMIZER_NAMES}
        if described.lower() not in named:
            raise ModelFileError(f"{what} is {described!r}, which there is not here")
        return {"class_name": named[described.lower()], "config": {}}
    kind, config = class_of(_without_origin(described), what, OPTIMIZER_NAMES)
    known = OPTIMIZERS.classes[kind]._argument_names()
    made: Arguments = {}
    for name, value in config.items():
        if name == "learning_rate" and isinstance(value, Mapping):
            made[name] = _schedule(value)
        elif name in known:
            made[name] = value
        elif not IDLE_OF_OPTIMIZERS.get(name, lambda _: False)(value):
            raise ModelFileError(f"{what} ({kind}): {name}={value!r:.60} is something that there is not here")
    if made.get("weight_decay") == 0:
        made["weight_decay"] = None
    return {"class_name": kind, "config": made}


def _without_origin(described: Any) -> Any:
    """An optimizer of Keras's own that is registered as such, ``Custom>Adam``."""
    if (
        isinstance(described, Mapping)
        and described.get("registered_name") == f"Custom>{described.get('class_name')}"
    ):
        return {**described, "registered_name": None}
    return described


def _schedule(described: Any) -> Arguments:
    kind, config = class_of(described, "the learning rate", SCHEDULE_NAMES)
    known = SCHEDULES.classes[kind]._argument_names()
    return {"class_name": kind, "config": {name: value for name, value in config.items() if name in known}}


def _loss(described: Any, reading: Reading) -> Any:
    if described is None:
        return None
    name = text_of(described, "the loss", {*LOSSES.names, *OPEN_LOSSES})
    if name is not None:
        if name not in LOSSES.names and name not in OPEN_LOSSES:
            raise ModelFileError(f"the loss is {name!r}, which there is not here")
        return name
    kind, config = class_of(described, "the loss", {*LOSSES.classes, *WRAPPERS})
    if kind in WRAPPERS:
        return _loss(config.get("fn"), reading)
    if kind == "Huber" and "delta" not in config:
        reading.note("Keras does not write the delta of its Huber loss into files: 1 is taken")
    if config.get("reduction") == "auto":
        config["reduction"] = "sum_over_batch_size"
    known = LOSSES.classes[kind]._argument_names()
    return {
        "class_name": kind,
        "config": {key: v for key, v in config.items() if key in known and key != "dtype"},
    }


def _metrics(listed: Any, reading: Reading, outputs: Outputs) -> Any:
    if listed is None:
        return None
    found = [_metric(one, reading, outputs) for one in (listed if isinstance(listed, list) else [listed])]
    return [one for one in found if one is not None]


def _metric(described: Any, reading: Reading, outputs: Outputs) -> Any:
    """A metric; none where there is no such one, for it changes nothing but what is shown."""
    if isinstance(described, list):
        return _metrics(described, reading, outputs)
    try:
        name = text_of(described, "a metric", {*METRICS.names, *OPEN_METRICS})
        if name is None:
            kind, config = class_of(described, "a metric", {*METRICS.classes, *WRAPPERS})
            if kind in WRAPPERS:
                return _named(_metric(config.get("fn"), reading, outputs), config.get("name"), outputs)
            known = METRICS.classes[kind]._argument_names()
            return {
                "class_name": kind,
                "config": {key: v for key, v in config.items() if key in known and key != "dtype"},
            }
        if name not in METRICS.names and name not in OPEN_METRICS:
            raise ModelFileError(f"a metric is {name!r}, which there is not here")
    except ModelFileError as error:
        reading.note(f"left out: {error}")
        return None
    return name


def _named(metric: Any, name: Any, outputs: Outputs) -> Any:
    """A metric with the name that it had in logs, where Keras 2 has put the output's name before it."""
    if metric not in METRICS.names or not isinstance(name, str):
        return metric
    begins = [f"{output}_" for output in outputs if len(outputs) > 1 and name.startswith(f"{output}_")]
    own = name.removeprefix(max(begins, key=len, default=""))
    return {"class_name": METRICS.names[metric].__name__, "config": {"name": own}}
