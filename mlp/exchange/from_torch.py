"""Networks from modules of PyTorch.

A ``torch.nn.Sequential`` is a list of modules, each of a class that says what it computes; a module with a ``forward`` of its
own is code, and code cannot be read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import activations, checks, layers
from mlp.arrays import Array
from mlp.errors import ArgumentError, ArgumentTypeError, MLPError
from mlp.files.safetensors.pytorch import NAMES, ours

if TYPE_CHECKING:
    from mlp.layers import Layer
    from mlp.network import Network

__all__ = ["from_torch"]

Shape = tuple[int, ...]

#: Above it, ``Softplus`` hands on its input; here the logarithm is taken of everything, which is the same to all digits of
#: single precision from there on.
_STRAIGHT_FROM = 17


def from_torch(module: Any, input_shape: Any = None) -> Network:
    """A network of the layers and weights of a PyTorch module.

    Nothing of the module is called.  What trains as there trains so here, but for two things: `BatchNormalization` keeps the
    variance of the batch's own rows where PyTorch corrects it by ``n / (n - 1)``, and a frozen one uses its moving averages.

    Parameters
    ----------
    module : torch.nn.Module
        A ``Sequential``, which may hold others, of ``Linear``, ``BatchNorm1d``, ``LayerNorm``, ``RMSNorm``, ``Embedding``,
        ``Dropout``, ``AlphaDropout``, ``Flatten``, ``Unflatten``, ``Identity`` and activations; or one of these.
    input_shape : tuple of int, optional
        The shape of one row, where no module tells it.

    Returns
    -------
    Network
        Not compiled; of type float64 if a parameter is, else float32.  Layers have the names of modules that have some.

    Raises
    ------
    ArgumentError
        If a module is of another class, or does what no layer here does; the message names it.
    ArgumentTypeError
        If it is no module.

    Examples
    --------
    ::

        module = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
        net = mlp.from_torch(module)
        net.predict(x)                  # what module(torch.tensor(x)) gives
        net.save("model.npz")
    """
    from mlp.network import Network

    if not any(_is_torch(cls) and cls.__name__ == "Module" for cls in type(module).__mro__):
        raise ArgumentTypeError(f"module must be a torch.nn.Module, got {type(module).__name__}")
    leaves = list(_leaves(module, ""))
    _refuse_shared(leaves)
    shape = _input_shape(leaves) if input_shape is None else checks.shape("input_shape", input_shape)
    # Layers come one by one, for what some of them are depends on the shape of their rows.
    network = Network(dtype=_dtype(leaves))
    for place, leaf in leaves:
        try:
            layer = _layer(leaf, place, shape, network.dtype)
            if not network.layers:
                layer._given_shape = shape
            network.add(layer)
            _fill(layer, leaf)
        except MLPError as error:
            raise ArgumentError(f"{_label(place, leaf)}: {error}") from error
        shape = network.output_shape[1:]
    return network


def _is_torch(cls: type) -> bool:
    return cls.__module__.partition(".")[0] == "torch"


def _label(place: str, module: Any) -> str:
    return f"module {place!r} ({type(module).__name__})" if place else f"the module ({type(module).__name__})"


def _leaves(module: Any, place: str) -> Iterator[tuple[str, Any]]:
    """The modules in a chain with their names, those in chains inside included."""
    cls, label = type(module), _label(place, module)
    if vars(module).get("_forward_hooks") or vars(module).get("_forward_pre_hooks"):
        raise ArgumentError(
            f"{label} has hooks, which are code: remove them, or make a module of what they do"
        )
    if not _is_torch(cls) or "forward" in vars(module):
        raise ArgumentError(
            f"{label} has a forward of its own, which is code: put its modules into a torch.nn.Sequential, or "
            'torch.onnx.export(module, x, "model.onnx") and mlp.load("model.onnx")'
        )
    if cls.__name__ == "Sequential":
        for name, child in module._modules.items():
            yield from _leaves(child, f"{place}.{name}".removeprefix("."))
    elif cls.__name__ in MODULES:
        yield place, module
    else:
        raise ArgumentError(f"{label}: there is no such layer here; known: {', '.join(sorted(MODULES))}")


def _refuse_shared(leaves: Sequence[tuple[str, Any]]) -> None:
    """Weights that belong to two modules would be two here."""
    owners: dict[int, str] = {}
    for place, leaf in leaves:
        for tensor in _tensors(leaf).values():
            if id(tensor) in owners:
                raise ArgumentError(
                    f"{_label(place, leaf)} has a weight in common with {owners[id(tensor)]!r}; in a chain each layer has its own"
                )
        owners.update((id(tensor), place) for tensor in _tensors(leaf).values())


def _tensors(module: Any) -> dict[str, Any]:
    """Parameters and buffers of a module by name."""
    return {
        name: tensor
        for name, tensor in {**module._parameters, **module._buffers}.items()
        if tensor is not None
    }


def _dtype(leaves: Sequence[tuple[str, Any]]) -> str:
    found = {str(tensor.dtype) for _, leaf in leaves for tensor in _tensors(leaf).values()}
    return "float64" if "torch.float64" in found else "float32"


def _input_shape(leaves: Sequence[tuple[str, Any]]) -> Shape:
    """The shape of a row, as the first module tells it that knows."""
    for _, leaf in leaves:
        kind = type(leaf).__name__
        if kind in SIZES:
            size = getattr(leaf, SIZES[kind])
            return (size,) if isinstance(size, int) else tuple(size)
        if kind in ("Embedding", "Flatten", "Unflatten", "GLU"):
            break
    raise ArgumentError(
        "the shape of a row is not known from the first modules: from_torch(module, input_shape=(4,))"
    )


def _layer(module: Any, place: str, shape: Shape, dtype: Any) -> Layer:
    """The layer that does what a module does with rows of this shape, without its weights."""
    made = MODULES[type(module).__name__](module, shape, dtype)
    if isinstance(made, activations.Activation):
        made = layers.Activation(made)
    if place and not place.rpartition(".")[2].isdecimal():
        made.name, made._named = place, True
    flags = {parameter.requires_grad for parameter in module._parameters.values() if parameter is not None}
    if len(flags) == 2:
        raise ArgumentError(
            "some of its parameters require gradients, others do not; here a layer trains, or does not"
        )
    if flags == {False}:
        made.trainable = False
    return made


def _fill(layer: Layer, module: Any) -> None:
    """Set the weights of a layer to those of a module."""
    if type(layer) in NAMES and layer._specs:
        tensors = {name: _array(tensor) for name, tensor in _tensors(module).items()}
        if not tensors:  # an RMSNorm without factors
            layer.trainable = False
            return
        for name, value in ours(layer, tensors).items():
            setattr(layer, name, value)


def _array(tensor: Any) -> Array:
    return np.asarray(tensor.detach().cpu().double())


# The modules, and the layer or activation that each one is.


def _linear(module: Any, shape: Shape, dtype: Any) -> Layer:
    return layers.Dense(module.out_features, use_bias=module.bias is not None)


def _batch_norm(module: Any, shape: Shape, dtype: Any) -> Layer:
    if module.momentum is None or not module.track_running_stats:
        raise ArgumentError("it must have a momentum, and track_running_stats=True")
    momentum, affine = 1 - module.momentum, module.affine
    return layers.BatchNormalization(1, momentum, module.eps, center=affine, scale=affine)


def _layer_norm(module: Any, shape: Shape, dtype: Any) -> Layer:
    affine, center = module.elementwise_affine, module.bias is not None
    return layers.LayerNormalization(_last(module), module.eps, center=center, scale=affine)


def _rms_norm(module: Any, shape: Shape, dtype: Any) -> Layer:
    return layers.RMSNormalization(
        _last(module), float(np.finfo(dtype).eps) if module.eps is None else module.eps
    )


def _last(module: Any) -> tuple[int, ...]:
    """The axes of a ``normalized_shape``, which are the last ones."""
    return tuple(range(-len(module.normalized_shape), 0))


def _prelu(module: Any, shape: Shape, dtype: Any) -> Layer:
    return layers.PReLU(shared_axes=range(1 if module.num_parameters == 1 else 2, len(shape) + 1))


def _embedding(module: Any, shape: Shape, dtype: Any) -> Layer:
    for option in ("padding_idx", "max_norm"):
        if getattr(module, option) is not None:
            raise ArgumentError(
                f"{option} must be None, got {getattr(module, option)}: no row is an exception here"
            )
    if module.scale_grad_by_freq:
        raise ArgumentError("scale_grad_by_freq must be False")
    return layers.Embedding(module.num_embeddings, module.embedding_dim)


def _flatten(module: Any, shape: Shape, dtype: Any) -> Layer:
    axes = range(len(shape) + 1)
    try:
        first, last = axes[module.start_dim], axes[module.end_dim]
    except IndexError:
        raise ArgumentError(f"rows of shape {shape} have no such axes") from None
    if first == 0:
        raise ArgumentError("start_dim must not be 0, the axis of the batch")
    if (first, last) == (1, len(shape)):
        return layers.Flatten()
    return layers.Reshape((*shape[: first - 1], math.prod(shape[first - 1 : last]), *shape[last:]))


def _unflatten(module: Any, shape: Shape, dtype: Any) -> Layer:
    axis = module.dim % (len(shape) + 1)
    if axis == 0:
        raise ArgumentError("dim must not be 0, the axis of the batch")
    sizes = tuple(module.unflattened_size)
    if -1 in sizes:
        sizes = tuple(shape[axis - 1] // -math.prod(sizes) if size == -1 else size for size in sizes)
    return layers.Reshape((*shape[: axis - 1], *sizes, *shape[axis:]))


def _softplus(module: Any, shape: Shape, dtype: Any) -> activations.Activation:
    if module.beta != 1 or module.threshold < _STRAIGHT_FROM:
        raise ArgumentError(
            f"beta must be 1 and threshold at least {_STRAIGHT_FROM}, got {module.beta} and {module.threshold}"
        )
    return activations.Softplus()


def _hard_tanh(module: Any, shape: Shape, dtype: Any) -> activations.Activation:
    low, high = module.min_val, module.max_val
    if (low, high) == (-1, 1):
        return activations.HardTanh()
    if low != 0:
        raise ArgumentError(f"min_val and max_val must be -1 and 1, or the first one 0, got {low} and {high}")
    return activations.Relu(max_value=high)


def _softmax(module: Any, shape: Shape, dtype: Any) -> activations.Activation:
    return activations.Softmax(_axis(module, shape))


def _log_softmax(module: Any, shape: Shape, dtype: Any) -> activations.Activation:
    return activations.LogSoftmax(_axis(module, shape))


def _axis(module: Any, shape: Shape) -> int:
    """PyTorch's ``dim``; without one it takes the first axis of matrices."""
    if module.dim is None and len(shape) != 1:
        raise ArgumentError("dim must be given")
    axis: int = 1 if module.dim is None else module.dim
    return axis


def _function(
    make: Callable[..., activations.Activation], *attributes: str
) -> Callable[..., activations.Activation]:
    """An activation whose arguments are attributes of the module."""

    def made(module: Any, shape: Shape, dtype: Any) -> activations.Activation:
        return make(*(getattr(module, attribute) for attribute in attributes))

    return made


MODULES: dict[str, Callable[[Any, Shape, Any], Layer | activations.Activation]] = {
    "AlphaDropout": lambda module, shape, dtype: layers.AlphaDropout(module.p),
    "BatchNorm1d": _batch_norm,
    "CELU": _function(activations.Celu, "alpha"),
    "Dropout": lambda module, shape, dtype: layers.Dropout(module.p),
    "ELU": _function(activations.Elu, "alpha"),
    "Embedding": _embedding,
    "Flatten": _flatten,
    "GELU": lambda module, shape, dtype: activations.Gelu(module.approximate == "tanh"),
    "GLU": _function(activations.Glu, "dim"),
    "Hardshrink": _function(activations.HardShrink, "lambd"),
    "Hardsigmoid": _function(activations.HardSigmoid),
    "Hardswish": _function(activations.HardSilu),
    "Hardtanh": _hard_tanh,
    "Identity": lambda module, shape, dtype: layers.Identity(),
    "LayerNorm": _layer_norm,
    "LeakyReLU": _function(activations.LeakyRelu, "negative_slope"),
    "Linear": _linear,
    "LogSigmoid": _function(activations.LogSigmoid),
    "LogSoftmax": _log_softmax,
    "Mish": _function(activations.Mish),
    "PReLU": _prelu,
    "RMSNorm": _rms_norm,
    "ReLU": _function(activations.Relu),
    "ReLU6": _function(activations.Relu6),
    "SELU": _function(activations.Selu),
    "SiLU": _function(activations.Silu),
    "Sigmoid": _function(activations.Sigmoid),
    "Softmax": _softmax,
    "Softplus": _softplus,
    "Softshrink": _function(activations.SoftShrink, "lambd"),
    "Softsign": _function(activations.Softsign),
    "Tanh": _function(activations.Tanh),
    "Tanhshrink": _function(activations.TanhShrink),
    "Threshold": _function(activations.Threshold, "threshold", "value"),
    "Unflatten": _unflatten,
}

#: The attribute of a module that tells the shape of the rows that it takes.
SIZES = {
    "BatchNorm1d": "num_features",
    "LayerNorm": "normalized_shape",
    "Linear": "in_features",
    "RMSNorm": "normalized_shape",
}
