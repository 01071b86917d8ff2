"""The layers of Keras files that there are here, and what becomes of their arguments."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from mlp.errors import ModelFileError
from mlp.files.keras.reading import values
from mlp.files.keras.reading.objects import ANY, NOTHING, Arguments, Judge, Reading, class_of, one_of
from mlp.layers.base import LAYERS as OURS

__all__ = ["LAYERS", "layer_of", "row_shape"]

#: Arguments of every layer that change nothing here, if their value is one of these.
IDLE: dict[str, Judge] = {
    "activity_regularizer": NOTHING, "autocast": ANY, "batch_input_shape": ANY, "batch_shape": ANY,
    "data_format": one_of(None, "channels_last"), "dtype": ANY, "gptq_unpacked_column_size": NOTHING, "input_dim": ANY,
    "input_length": ANY, "input_shape": ANY, "lora_alpha": NOTHING, "lora_rank": NOTHING, "quantization_config": NOTHING, "ragged": NOTHING,
    "sparse": NOTHING,
}  # fmt: skip

#: The classes, and what more of their arguments changes nothing.
LAYERS: dict[str, dict[str, Judge]] = {
    "Activation": {}, "ActivityRegularization": {"activity_regularizer": ANY}, "Add": {}, "AlphaDropout": {}, "Average": {},
    "BatchNormalization": {
        "adjustment": NOTHING, "fused": ANY, "renorm": NOTHING, "renorm_clipping": ANY, "renorm_momentum": ANY,
        "synchronized": ANY, "virtual_batch_size": NOTHING,
    },
    "CategoryEncoding": {}, "Concatenate": {}, "Dense": {}, "Discretization": {}, "Dot": {}, "Dropout": {}, "ELU": {},
    "Embedding": {}, "Flatten": {}, "GaussianDropout": {}, "GaussianNoise": {}, "Identity": {},
    "LayerNormalization": {"rms_scaling": NOTHING}, "LeakyReLU": {}, "Maximum": {}, "Minimum": {}, "Multiply": {},
    "Normalization": {}, "PReLU": {}, "Permute": {}, "RMSNormalization": {}, "ReLU": {}, "RepeatVector": {}, "Rescaling": {},
    "Reshape": {}, "Softmax": {}, "Subtract": {}, "ThresholdedReLU": {}, "UnitNormalization": {},
}  # fmt: skip

#: Classes that are a case of another one today.
MERGED = {"ThresholdedReLU": "ReLU"}

#: Arguments that have another name here.
RENAMED = {("LeakyReLU", "alpha"): "negative_slope", ("ThresholdedReLU", "theta"): "threshold"}

#: Arguments of layers here that those of Keras do not have, or not in a file.
HERE_ALONE = ("input_shape", "lr_multiplier")

#: For how many features one mean is written out.
MOST_FEATURES = 2**20

#: Layers that may be said to compute in whole numbers, which changes nothing.
OF_WHOLE_NUMBERS = ("CategoryEncoding", "Discretization")


def layer_of(described: Any, what: str, reading: Reading) -> dict[str, Any]:
    """A layer as this library describes it.

    Raises
    ------
    UnsafeModelError
        If it is of somebody's own class, or wants to run code.
    ModelFileError
        If there is none such here, or it has arguments that there are not.

    Examples
    --------
    >>> layer_of({"class_name": "Flatten", "config": {"name": "flat", "data_format": "channels_last"}}, "layer 0", Reading())
    {'class_name': 'Flatten', 'config': {'name': 'flat'}}
    """
    kind, config = class_of(described, what, LAYERS)
    what = f"{what} ({kind})"
    if kind not in OF_WHOLE_NUMBERS:
        values.dtype(config.get("dtype"), what, reading)
    ours = MERGED.get(kind, kind)
    known = OURS.classes[ours]._argument_names()
    idle = {**IDLE, **LAYERS[kind]}
    made: Arguments = {}
    for given, value in config.items():
        name = RENAMED.get((kind, given), given)
        convert = values.CONVERTERS.get(name.rpartition("_")[2])
        if name in known and name not in HERE_ALONE and (kind == "Embedding" or name != "input_dim"):
            made[name] = convert(value, f"{what}: {name}", reading) if convert else value
        elif given not in idle or not idle[given](value):
            raise ModelFileError(f"{what}: {given}={value!r:.60} is something that there is not here")
    if kind in ADAPTED:
        ADAPTED[kind](made, described, what, reading)
    if made.get("activity_regularizer") and not _shares_penalties(reading.version):
        reading.note(
            f"{what}: the penalty on outputs is shared among the rows of a batch; Keras {reading.version[0]} added it whole"
        )
    return {"class_name": ours, "config": made}


def _shares_penalties(version: tuple[int, ...]) -> bool:
    """Whether a Keras divided penalties on outputs by the number of rows: that of TensorFlow, and today's."""
    return (2, 4) <= version < (3,) or version >= (3, 15)


def row_shape(described: Any) -> list[int] | None:
    """The shape of a row that goes into a layer, where its description tells it."""
    config = described.get("config") if isinstance(described, Mapping) else None
    build = described.get("build_config") if isinstance(described, Mapping) else None
    sources = (
        [config.get(name) for name in ("batch_shape", "batch_input_shape")]
        if isinstance(config, dict)
        else []
    )
    sources.append(build.get("input_shape") if isinstance(build, dict) else None)
    for shape in sources:
        if isinstance(shape, list) and len(shape) > 1 and all(type(size) is int for size in shape[1:]):
            return shape[1:]
    return None


def _seeded(config: Arguments, described: Any, what: str, reading: Reading) -> None:
    """A seed that is a generator of Keras is none here."""
    if isinstance(config.get("seed"), Mapping):
        config["seed"] = None


def _one_axis(config: Arguments, described: Any, what: str, reading: Reading) -> None:
    """Keras 2 writes the one axis as a list."""
    axis = config.get("axis")
    if isinstance(axis, list) and len(axis) == 1:
        (config["axis"],) = axis


def _whole_bins(config: Arguments, described: Any, what: str, reading: Reading) -> None:
    """Which bins numbers fall into was not the same on all backends where the layer computes in whole numbers."""
    policy = described["config"].get("dtype")
    name = policy.get("config", {}).get("name") if isinstance(policy, Mapping) else policy
    if reading.version >= (3,) and str(name).startswith("int"):
        reading.note(
            f"{what}: numbers fall into bins as they are; Keras {reading.version[0]} on TensorFlow left off what stands behind "
            "their point"
        )


def _normalization(config: Arguments, described: Any, what: str, reading: Reading) -> None:
    """Mean and variance that were given get the shape that they have as weights, which no file of Keras holds then."""
    if config.get("mean") is None and config.get("variance") is None:
        return
    axis = config.get("axis", -1)
    axes = [] if axis is None else axis if isinstance(axis, list) else [axis]
    given = [np.asarray(config.get(name), float) for name in ("mean", "variance")]
    shape = row_shape(described)
    if shape is None or not all(-len(shape) <= a <= len(shape) and a != 0 for a in axes):
        features = np.broadcast_shapes(*(array.shape for array in given))
        if axes and not features:
            raise ModelFileError(f"{what}: one mean for all features, whose number is not known")
    else:
        features = tuple(shape[a - 1 if a > 0 else a] for a in axes)
    if math.prod(features) > MOST_FEATURES:
        raise ModelFileError(f"{what}: mean and variance of {math.prod(features):,} features")
    if not axes:
        given = [array.reshape(()) for array in given]
    for name, array in zip(("mean", "variance"), given, strict=True):
        # Keras keeps the axes of the batch, with size 1, in what it writes.
        squeezed = array.reshape([n for n in array.shape if n > 1]) if array.ndim > len(features) else array
        config[name] = np.broadcast_to(squeezed, features).tolist()


#: What each kind of layer has to say besides.
ADAPTED = {
    "BatchNormalization": _one_axis,
    "Discretization": _whole_bins,
    "Normalization": _normalization,
    **dict.fromkeys(("AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise"), _seeded),
}
