"""What layers of Keras files are given: activations, first values, penalties and rules, as this library writes them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from mlp.activations import ACTIVATIONS
from mlp.errors import ModelFileError
from mlp.files.keras.reading.objects import Arguments, Reading, class_of, text_of

__all__ = ["CONVERTERS", "activation", "dtype"]

Converter = Callable[[Any, str, Reading], Any]

#: Classes of Keras and what they are called here, where that is another name; the arguments have the same names.
INITIALIZERS = {
    name: name
    for name in (
        "Zeros", "Ones", "Constant", "Identity", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling",
        "GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform", "LecunNormal", "Orthogonal",
    )
} | {"IdentityInitializer": "Identity", "OrthogonalInitializer": "Orthogonal"}  # fmt: skip

REGULARIZERS = ("L1", "L2", "L1L2", "OrthogonalRegularizer")

CONSTRAINTS = ("MaxNorm", "NonNeg", "UnitNorm", "MinMaxNorm")

#: Layers of Keras that are given as activations, and the functions that they are, with the names of their arguments.
LAYERS_AS_ACTIVATIONS: dict[str, tuple[str, dict[str, str]]] = {
    "ReLU": (
        "Relu",
        {"max_value": "max_value", "negative_slope": "negative_slope", "threshold": "threshold"},
    ),
    "LeakyReLU": ("LeakyRelu", {"negative_slope": "negative_slope", "alpha": "negative_slope"}),
    "ELU": ("Elu", {"alpha": "alpha"}),
    "Softmax": ("Softmax", {"axis": "axis"}),
}

#: How Keras 2 calls what it has from TensorFlow.
FUNCTIONS_OF_TENSORFLOW = {"log_softmax_v2": "log_softmax", "softmax_v2": "softmax"}

#: Before Keras 3, hard_sigmoid was clip(0.2 x + 0.5, 0, 1).
SLOPE_OF_OLD = 0.2

FLOATS = ("float32", "float64")

#: Policies of layers whose weights are no such numbers.
QUANTIZED = (
    "QuantizedDTypePolicy",
    "QuantizedFloat8DTypePolicy",
    "DTypePolicyMap",
    "GPTQDTypePolicy",
    "AWQDTypePolicy",
)


def initializer(described: Any, what: str, reading: Reading) -> Any:
    """An initializer.  It has done its work before the file was written, so an unknown one of Keras is no reason to refuse it."""
    if described is None or isinstance(described, str):
        return described
    name, config = class_of(described, what, None)
    if name not in INITIALIZERS:
        reading.note(f"{what} {name}, which there is not here, is replaced by zeros")
        return "zeros"
    if isinstance(config.get("seed"), Mapping):
        config["seed"] = None
    if config.get("distribution") == "normal":  # until Keras 2.3
        config["distribution"] = "truncated_normal"
    return {"class_name": INITIALIZERS[name], "config": config}


def _of_classes(known: Collection[str]) -> Converter:
    """What takes a name, or an object of one of these classes."""

    def converted(described: Any, what: str, reading: Reading) -> Any:
        if described is None or isinstance(described, str):
            return described
        name, config = class_of(described, what, known)
        return {"class_name": name, "config": config}

    return converted


def activation(described: Any, what: str, reading: Reading) -> Any:
    """A name, a function of Keras, or a layer that is one."""
    name = text_of(described, what, ACTIVATIONS.names)
    if name is None and described is not None:
        return _layer_as_activation(described, what)
    name = FUNCTIONS_OF_TENSORFLOW.get(name or "", name)
    if name == "hard_sigmoid" and reading.version < (3,):
        return {"class_name": "HardSigmoid", "config": {"slope": SLOPE_OF_OLD}}
    if name == "sparsemax":
        reading.note(
            "sparsemax gives rows that sum to 1, which it does not in Keras where several entries are positive"
        )
    if name is not None and name not in ACTIVATIONS.names:
        raise ModelFileError(f"{what} is {name!r}, which there is not here")
    return name


def _layer_as_activation(described: Any, what: str) -> Arguments:
    name, config = class_of(described, what, LAYERS_AS_ACTIVATIONS)
    ours, names = LAYERS_AS_ACTIVATIONS[name]
    defaults = {"negative_slope": 0.3} if name == "LeakyReLU" else {}
    given = {names[key]: value for key, value in config.items() if key in names}
    return {"class_name": ours, "config": {**defaults, **given}}


def dtype(policy: Any, what: str, reading: Reading) -> None:
    """Remember in which type a layer computes.

    Raises
    ------
    ModelFileError
        If that is none of a network here.
    """
    name = policy
    if isinstance(policy, Mapping):
        kind, config = class_of(
            policy, f"{what}: dtype", ("DTypePolicy", "Policy", "FloatDTypePolicy", "PolicyV1", *QUANTIZED)
        )
        name = f"{kind} ({config.get('mode')})" if kind in QUANTIZED else config.get("name")
    if name is None:
        return
    if name not in FLOATS:
        raise ModelFileError(
            f"{what} computes in {name}; a network here computes in float32 or float64 throughout"
        )
    reading.dtypes.add(name)


#: What arguments are, by the end of their name.
CONVERTERS: dict[str, Converter] = {
    "initializer": initializer,
    "regularizer": _of_classes(REGULARIZERS),
    "constraint": _of_classes(CONSTRAINTS),
    "activation": activation,
}
