"""How PyTorch names the weights of layers, and which of them are those of a network here.

A ``Linear`` keeps ``weight`` (out, in), the transpose of a `Dense` kernel (in, out).  In front of the name stands where its
module is: ``"0.weight"`` in a ``Sequential``, ``"fc1.weight"`` as an attribute.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import ModelFileError
from mlp.files.description import Description
from mlp.layers import (
    BatchNormalization,
    Dense,
    Embedding,
    LayerNormalization,
    Normalization,
    PReLU,
    RMSNormalization,
)

if TYPE_CHECKING:
    from mlp.layers import Layer
    from mlp.trainable import Trainable

__all__ = ["NAMES", "description_of", "matched", "ours", "theirs"]

#: Of each layer that PyTorch has too, the names of its weights here and there.
NAMES: dict[type, dict[str, str]] = {
    Dense: {"kernel": "weight", "bias": "bias"},
    BatchNormalization: {
        "gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var",
    },
    LayerNormalization: {"gamma": "weight", "beta": "bias"},
    RMSNormalization: {"scale": "weight"},
    PReLU: {"alpha": "weight"},
    Embedding: {"embeddings": "weight"},
}  # fmt: skip

#: What no layer here needs: how many batches a ``BatchNorm1d`` has seen.
_COUNTER = "num_batches_tracked"

_KNOWN = {_COUNTER, *(name for names in NAMES.values() for name in names.values())}


def theirs(layer: Layer) -> dict[str, Array]:
    """The weights of a layer, as PyTorch names and turns them."""
    names = NAMES[type(layer)]
    return {
        names[name]: layer._values[name].T if name == "kernel" else layer._values[name]
        for name in layer._specs
    }


def ours(layer: Layer, tensors: Mapping[str, Array]) -> dict[str, Array]:
    """The tensors of a module of PyTorch by the names of the weights of a layer like it, turned and spread as they are there."""
    found = {}
    for name, other in NAMES[type(layer)].items():
        if name in layer._specs:
            tensor = tensors[other].T if name == "kernel" else tensors[other]
            found[name] = _spread(tensor, layer._specs[name].shape) if isinstance(layer, PReLU) else tensor
    return found


def _spread(slopes: Array, shape: tuple[int, ...]) -> Array:
    """The slopes of a ``PReLU``, one for all or one for each channel, which is the first axis of a row."""
    return np.broadcast_to(slopes.reshape(-1, *(1,) * (len(shape) - 1)), shape)


def description_of(tensors: Mapping[str, Array]) -> Description:
    """What is known from tensors alone: the network if it can only be one chain of `Dense` layers, else how to make it."""
    description = Description(None, list(tensors.values()), list(tensors), origin="another program than mlp")
    if not all(name.rpartition(".")[2] in _KNOWN for name in tensors):
        return description
    description.origin = "PyTorch"
    modules = {prefix: group for prefix, group in _groups(tensors).items() if group}
    prefixes = _in_order(modules)
    if not prefixes:
        return description
    groups = [modules[prefix] for prefix in prefixes]
    chain = all(
        set(group) <= {"weight", "bias"} and group["weight"].ndim == 2
        for group in groups
        if "weight" in group
    )
    if chain and prefixes in ([""], [str(i) for i in range(len(prefixes))]) and _fit_together(groups):
        _describe_chain(description, prefixes, groups)
    else:
        lines = ", ".join(_line(group, first=i == 0) for i, group in enumerate(groups))
        description.notes.append(
            f"the functions between its layers are not in it: net = Network([{lines}]); net.load_weights(path)"
        )
    return description


def _fit_together(groups: Sequence[Mapping[str, Array]]) -> bool:
    """Whether these are layers of which each takes what the one before makes."""
    if not groups or not all("weight" in group for group in groups):
        return False
    shapes = [group["weight"].shape for group in groups]
    biases = all("bias" not in group or group["bias"].shape == group["weight"].shape[:1] for group in groups)
    return (
        biases
        and all(0 not in shape for shape in shapes)
        and all(a[0] == b[1] for a, b in itertools.pairwise(shapes))
    )


def _describe_chain(
    description: Description, prefixes: Sequence[str], groups: Sequence[Mapping[str, Array]]
) -> None:
    layers = [
        {"class_name": "Dense", "config": {"units": len(group["weight"]), "use_bias": "bias" in group}}
        for group in groups
    ]
    dtype = "float64" if groups[0]["weight"].dtype == np.float64 else "float32"
    shape = [groups[0]["weight"].shape[1]]
    description.architecture = {
        "class_name": "Network",
        "config": {"layers": layers, "input_shape": shape, "dtype": dtype},
    }
    in_order = [
        (prefix, name)
        for prefix, group in zip(prefixes, groups, strict=True)
        for name in sorted(group, reverse=True)
    ]
    modules = dict(zip(prefixes, groups, strict=True))
    description.weights = [modules[prefix][name].T for prefix, name in in_order]
    description.weight_names = [f"{prefix}.{name}".removeprefix(".") for prefix, name in in_order]
    description.notes.append(
        "activation functions are not in it: all layers are linear here, the last one too"
    )


def _line(group: Mapping[str, Array], first: bool) -> str:
    """How to write the layer that such a module probably is."""
    weight = group.get("weight")
    if "running_mean" in group:
        return f"BatchNormalization(momentum=0.9, epsilon=1e-5{_input(group['running_mean'].size, first)})"
    if weight is None or weight.ndim == 0:
        return "..."
    if weight.ndim == 2:
        bias = "" if "bias" in group else ", use_bias=False"
        return f"Dense({weight.shape[0]}, activation=...{bias}{_input(weight.shape[1], first)})"
    if "bias" in group:
        return f"LayerNormalization(epsilon=1e-5{_input(weight.shape[-1], first)})"
    return f"PReLU({_input(weight.shape[-1], first).removeprefix(', ')})"


def _input(size: int, first: bool) -> str:
    return f", input_dim={size}" if first else ""


def matched(tensors: Mapping[str, Array], network: Trainable) -> Description:
    """The weights for this network, in its order, whose layers take what PyTorch's modules of the same kind have.

    Modules and layers belong together if they have the same names; else by the numbers in the modules' names, ``fc1`` before
    ``fc2``; else by shapes, where these leave no choice.

    Raises
    ------
    ModelFileError
        If they do not belong together, or could in several ways.
    """
    groups = {prefix: group for prefix, group in _groups(tensors).items() if group}
    layers = [layer for layer in network.walk() if layer._specs and type(layer) is not Normalization]
    for layer in layers:
        if type(layer) not in NAMES:
            raise ModelFileError(f"{layer._label}PyTorch has no such weights as those of this layer")
    modules = _modules_for(layers, groups)
    values: dict[tuple[int, str], tuple[str, Array]] = {}
    for layer, prefix in zip(layers, modules, strict=True):
        for name, array in ours(layer, groups[prefix]).items():
            values[id(layer), name] = (f"{prefix}.{NAMES[type(layer)][name]}".removeprefix("."), array)
    named = [
        values.get((id(layer), name), (name, layer._values[name])) for layer, name in network.named_weights()
    ]
    return Description(None, [array for _, array in named], [name for name, _ in named], origin="PyTorch")


def _modules_for(layers: Sequence[Layer], groups: Mapping[str, Mapping[str, Array]]) -> list[str]:
    """The prefix of the module for each layer."""
    names = [str(layer.name) for layer in layers]
    prefixes = names if sorted(names) == sorted(groups) else _in_order(groups)
    if prefixes is None:
        prefixes = _by_shape(layers, groups)
    if len(prefixes) != len(layers):
        raise ModelFileError(
            f"it does not fit this network: it holds weights for {len(groups)} layers ({_listed(groups)}), the network has "
            f"{len(layers)} with weights ({', '.join(names)})"
        )
    for layer, prefix in zip(layers, prefixes, strict=True):
        if not _fits(layer, groups[prefix]):
            raise ModelFileError(
                f"it does not fit this network: {layer._label}needs {_shapes(theirs(layer))}, but {prefix or 'the file'!r} "
                f"holds {_shapes(groups[prefix])}"
            )
    return list(prefixes)


def _by_shape(layers: Sequence[Layer], groups: Mapping[str, Mapping[str, Array]]) -> list[str]:
    """Modules whose names have no order, each for the one layer that it fits."""
    found = []
    for layer in layers:
        fitting = [prefix for prefix, group in groups.items() if _fits(layer, group)]
        if len(fitting) != 1 or fitting[0] in found:
            raise ModelFileError(
                f"it does not say which of its weights are whose: {layer._label}could take those of "
                f"{', '.join(map(repr, fitting)) or 'none'} among {_listed(groups)}; give the layers of the network these names, "
                f"Dense(..., name={next(iter(groups))!r})"
            )
        found += fitting
    return found


def _groups(tensors: Mapping[str, Array]) -> dict[str, dict[str, Array]]:
    """The tensors of each module."""
    groups: dict[str, dict[str, Array]] = {}
    for name, tensor in tensors.items():
        prefix, _, last = name.rpartition(".")
        if last not in _KNOWN:
            raise ModelFileError(
                f"it holds tensors of another program, such as {name!r} {tensor.shape}; known are those of this library, and "
                f"those of PyTorch's layers, whose names end in {', '.join(sorted(_KNOWN))}"
            )
        groups.setdefault(prefix, {})
        if last != _COUNTER:
            groups[prefix][last] = tensor
    return groups


def _in_order(prefixes: Mapping[str, Any]) -> list[str] | None:
    """Names that differ in numbers alone, in the order of these; None where names differ in words."""
    parts = {prefix: re.findall(r"\d{1,9}|\D+", prefix) for prefix in prefixes}
    ordered = sorted(
        prefixes, key=lambda prefix: [(int(p), "") if p.isdecimal() else (-1, p) for p in parts[prefix]]
    )
    for before, after in itertools.pairwise(ordered):
        differing = next(
            (pair for pair in zip(parts[before], parts[after], strict=False) if pair[0] != pair[1]), ("", "")
        )
        if not all(part.isdecimal() for part in differing):
            return None
    return ordered


def _fits(layer: Layer, group: Mapping[str, Array]) -> bool:
    wanted = theirs(layer)
    return set(wanted) == set(group) and all(
        tensor.shape == wanted[name].shape or (isinstance(layer, PReLU) and tensor.shape in _slopes(layer))
        for name, tensor in group.items()
    )


def _slopes(layer: PReLU) -> tuple[tuple[int, ...], ...]:
    """The shapes of a ``PReLU`` that are as good: one slope for all, or one for each channel."""
    return (1,), layer.alpha.shape[:1]


def _shapes(tensors: Mapping[str, Array]) -> str:
    return ", ".join(f"{name} {tensors[name].shape}" for name in sorted(tensors)) or "nothing"


def _listed(groups: Mapping[str, Any]) -> str:
    return ", ".join(repr(prefix) for prefix in groups)
