"""Networks as modules of PyTorch."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import activations, layers
from mlp.activations import Activation
from mlp.errors import ArgumentError
from mlp.extras import other_library
from mlp.files.program import Program, Step, program_of
from mlp.files.safetensors.pytorch import NAMES, theirs
from mlp.layers.normalization.unit import SHORTEST

if TYPE_CHECKING:
    from mlp.layers import Layer
    from mlp.trainable import Trainable

__all__ = ["to_torch"]

Shape = tuple[int, ...]


def to_torch(network: Trainable) -> Any:
    """A PyTorch module of the same layers and weights.

    Penalties, constraints and compile settings stay here: in PyTorch they belong to the loop that trains.  Two things train
    otherwise there: ``BatchNorm1d`` keeps the variance of a batch corrected by ``n / (n - 1)``, and uses that of the batch
    also where it is frozen.  An ``Embedding`` wants integers, ``module(x.long())``.

    Parameters
    ----------
    network : Network
        The network.

    Returns
    -------
    torch.nn.Module
        A ``Sequential`` if each layer takes what the one before makes.  Else a module of a graph, which is called on as many
        tensors as the network has inputs, and returns a list where it has several outputs.  In training mode; of the
        network's type; the weights are copies.

    Raises
    ------
    ArgumentError
        If PyTorch has no such layer; the message names it.
    MissingExtraError
        If PyTorch is not installed.

    Examples
    --------
    ::

        module = net.to_torch().eval()
        module(torch.tensor(x))                                # what net.predict(x) gives
        torch.save(module.state_dict(), "weights.pt")
    """
    torch = other_library("torch", "torch", "to_torch")
    if network.dtype.name not in ("float32", "float64"):
        raise ArgumentError(
            f"to_torch makes modules of float32 and float64, this network is of {network.dtype}"
        )
    program = program_of(network, training=True)  # type: ignore[arg-type]
    trained = {id(layer) for layer, _ in network._trained()}
    made: dict[int, list[Any]] = {}
    for step in program.steps:
        if id(step.layer) not in made:
            made[id(step.layer)] = _modules(
                torch, step, program, network.dtype.name, id(step.layer) in trained
            )
    steps = [made[id(step.layer)] for step in program.steps]
    if _is_chain(program):
        return torch.nn.Sequential(*(module for modules in steps for module in modules))
    each = [modules[0] if len(modules) == 1 else torch.nn.Sequential(*modules) for modules in steps]
    wires = [(step.takes, step.makes) for step in program.steps]
    return _classes()["Graph"](each, wires, program.inputs, program.outputs)


def _is_chain(program: Program) -> bool:
    """Whether each step takes what the one before makes."""
    made = [*program.inputs, *(step.makes for step in program.steps)]
    taken = [step.takes for step in program.steps]
    return (
        len(program.inputs) == 1
        and program.outputs == made[-1:]
        and taken == [(value,) for value in made[:-1]]
    )


def _modules(torch: Any, step: Step, program: Program, dtype: str, trains: bool) -> list[Any]:
    """The modules that do what one layer does, with its weights in the first of them."""
    layer = step.layer
    if type(layer) not in MODULES:
        raise _refusal(layer)
    shapes = [program.shapes[value] for value in step.takes]
    modules = MODULES[type(layer)](torch, layer, shapes)
    for module in modules:
        module.to(getattr(torch, dtype))
    if type(layer) in NAMES:
        _fill(torch, modules[0], layer)
        if not trains:
            modules[0].requires_grad_(False)
    return modules


def _fill(torch: Any, module: Any, layer: Layer) -> None:
    """Copy the weights of a layer."""
    tensors = theirs(layer)
    with torch.no_grad():
        for name, buffer in module.named_buffers():
            if name in tensors:
                buffer.copy_(torch.tensor(tensors[name]))
        for name, parameter in module.named_parameters():
            if name in tensors:
                parameter.copy_(torch.tensor(np.ascontiguousarray(tensors[name])).reshape(parameter.shape))
            else:  # a factor or a shift that the layer does not have, and PyTorch only together with the other
                parameter.requires_grad_(False)


def _refusal(layer: Layer, why: str = "") -> ArgumentError:
    return ArgumentError(f"{layer._label}PyTorch has no such layer{why}")


# What each layer is there: functions of torch, the layer and the shapes of the rows that it takes.


def _dense(torch: Any, layer: layers.Dense, shapes: list[Shape]) -> list[Any]:
    linear = torch.nn.Linear(shapes[0][-1], layer.units, bias=layer.use_bias)
    return [linear, *_activated(torch, layer, shapes)]


def _activated(torch: Any, layer: Any, shapes: list[Shape]) -> list[Any]:
    """The function of a layer, which is nothing if it is linear."""
    function = layer.activation
    if type(function) is activations.Linear:
        return [torch.nn.Identity()] if type(layer) is layers.Activation else []
    if type(function) not in FUNCTIONS:
        raise _refusal(layer, f": there is no {type(function).__name__}")
    module = FUNCTIONS[type(function)](torch.nn, function)
    if module is None:
        raise _refusal(layer, f": there is no {function!r}")
    return [module]


def _dropout(torch: Any, layer: Any, shapes: list[Shape]) -> list[Any]:
    if layer.noise_shape is not None:
        raise _refusal(layer, " with a noise_shape")
    return [getattr(torch.nn, type(layer).__name__)(layer.rate)]


def _batch_norm(torch: Any, layer: layers.BatchNormalization, shapes: list[Shape]) -> list[Any]:
    n_axes = len(shapes[0])
    if layer.axis % (n_axes + 1) != 1 or n_axes > 2:
        raise _refusal(layer, f" for the last of {n_axes} axes; its channels are the first")
    affine = layer.center or layer.scale
    return [torch.nn.BatchNorm1d(shapes[0][0], layer.epsilon, 1 - layer.momentum, affine)]


def _layer_norm(torch: Any, layer: layers.LayerNormalization, shapes: list[Shape]) -> list[Any]:
    shape = _normalized(layer, shapes[0])
    return [torch.nn.LayerNorm(shape, layer.epsilon, layer.center or layer.scale, bias=layer.center)]


def _rms_norm(torch: Any, layer: layers.RMSNormalization, shapes: list[Shape]) -> list[Any]:
    return [torch.nn.RMSNorm(_normalized(layer, shapes[0]), layer.epsilon)]


def _normalized(layer: Any, shape: Shape) -> Shape:
    """The sizes along the axes of a normalization, which must be the last ones."""
    if layer._axes != tuple(range(len(shape) + 1 - len(layer._axes), len(shape) + 1)):
        raise _refusal(layer, f" for axes {layer._axes}; they must be the last ones")
    return shape[len(shape) - len(layer._axes) :]


def _prelu(torch: Any, layer: layers.PReLU, shapes: list[Shape]) -> list[Any]:
    if layer.alpha.size not in (1, layer.alpha.shape[0]):
        raise _refusal(
            layer,
            f" with slopes of shape {layer.alpha.shape}; there is one, or one for each entry of the first axis",
        )
    return [torch.nn.PReLU(layer.alpha.size)]


def _reshape(torch: Any, layer: layers.Reshape, shapes: list[Shape]) -> list[Any]:
    flat = [] if len(shapes[0]) == 1 else [torch.nn.Flatten()]
    shape = layer.output_shapes[0]
    return flat if flat and len(shape) == 1 else [*flat, torch.nn.Unflatten(1, shape)]


def _formula(kind: str, *attributes: str) -> Callable[[Any, Any, list[Shape]], list[Any]]:
    """A function that PyTorch has, but no module for it, with constants that are attributes of the layer."""

    def modules(torch: Any, layer: Any, shapes: list[Shape]) -> list[Any]:
        if len({len(shape) for shape in shapes}) > 1:
            raise _refusal(layer, f" for rows of different numbers of axes, {shapes}")
        return [_classes()["Formula"](kind, *(getattr(layer, attribute) for attribute in attributes))]

    return modules


def _normalization(torch: Any, layer: layers.Normalization, shapes: list[Shape]) -> list[Any]:
    mean, deviation = layer.mean.reshape(layer._fitting), layer._deviation()
    return [_classes()["Formula"]("denormalize" if layer.invert else "normalize", mean, deviation)]


def _unit_normalization(torch: Any, layer: layers.UnitNormalization, shapes: list[Shape]) -> list[Any]:
    return [_classes()["Formula"]("unit", layer._axes, SHORTEST)]


MODULES: dict[type, Callable[[Any, Any, list[Shape]], list[Any]]] = {
    **dict.fromkeys(
        (layers.Activation, layers.ReLU, layers.LeakyReLU, layers.ELU, layers.Softmax), _activated
    ),
    **dict.fromkeys((layers.Dropout, layers.AlphaDropout), _dropout),
    layers.Add: _formula("add"),
    layers.Average: _formula("average"),
    layers.BatchNormalization: _batch_norm,
    layers.Concatenate: _formula("concatenate", "axis"),
    layers.Dense: _dense,
    layers.Embedding: lambda torch, layer, shapes: [torch.nn.Embedding(layer.input_dim, layer.output_dim)],
    layers.Flatten: lambda torch, layer, shapes: [torch.nn.Flatten()],
    layers.LayerNormalization: _layer_norm,
    layers.Maximum: _formula("maximum"),
    layers.Minimum: _formula("minimum"),
    layers.Multiply: _formula("multiply"),
    layers.Normalization: _normalization,
    layers.Permute: _formula("permute", "dims"),
    layers.PReLU: _prelu,
    layers.RMSNormalization: _rms_norm,
    layers.RepeatVector: _formula("repeat", "n"),
    layers.Rescaling: _formula("rescale", "scale", "offset"),
    layers.Reshape: _reshape,
    layers.Subtract: _formula("subtract"),
    layers.UnitNormalization: _unit_normalization,
}


def _relu(nn: Any, f: activations.Relu) -> Any:
    if f.threshold:
        return None
    if f.max_value is None:
        return nn.LeakyReLU(f.negative_slope) if f.negative_slope else nn.ReLU()
    return None if f.negative_slope else nn.Hardtanh(0.0, f.max_value)


def _exponential(nn: Any, f: activations.Exponential) -> Any:
    return _classes()["Formula"]("exponential")


def _along(name: str) -> Callable[[Any, Any], Any]:
    return lambda nn, f: getattr(nn, name)(f.axis) if isinstance(f.axis, int) else None


def _plain(name: str, *attributes: str) -> Callable[[Any, Any], Any]:
    return lambda nn, f: getattr(nn, name)(*(getattr(f, attribute) for attribute in attributes))


#: The module of each activation function; None where its arguments make it another.
FUNCTIONS: dict[type[Activation], Callable[[Any, Any], Any]] = {
    activations.Celu: _plain("CELU", "alpha"),
    activations.Elu: _plain("ELU", "alpha"),
    activations.Exponential: _exponential,
    activations.Gelu: lambda nn, f: nn.GELU("tanh" if f.approximate else "none"),
    activations.Glu: _along("GLU"),
    activations.HardShrink: _plain("Hardshrink", "threshold"),
    activations.HardSigmoid: lambda nn, f: nn.Hardsigmoid() if f.slope == 1 / 6 else None,
    activations.HardSilu: _plain("Hardswish"),
    activations.HardTanh: _plain("Hardtanh"),
    activations.LeakyRelu: _plain("LeakyReLU", "negative_slope"),
    activations.LogSigmoid: _plain("LogSigmoid"),
    activations.LogSoftmax: _along("LogSoftmax"),
    activations.Mish: _plain("Mish"),
    activations.Relu: _relu,
    activations.Relu6: _plain("ReLU6"),
    activations.Selu: _plain("SELU"),
    activations.Sigmoid: _plain("Sigmoid"),
    activations.Silu: _plain("SiLU"),
    activations.SoftShrink: _plain("Softshrink", "threshold"),
    activations.Softmax: _along("Softmax"),
    activations.Softplus: lambda nn, f: nn.Softplus(threshold=40),
    activations.Softsign: _plain("Softsign"),
    activations.Tanh: _plain("Tanh"),
    activations.TanhShrink: _plain("Tanhshrink"),
    activations.Threshold: _plain("Threshold", "threshold", "default_value"),
}

#: What a `Formula` computes: functions of torch, the constants, and what comes.
FORMULAS: dict[str, Callable[..., Any]] = {
    "add": lambda torch, constants, *x: functools.reduce(torch.add, x),
    "average": lambda torch, constants, *x: functools.reduce(torch.add, x) / len(x),
    "concatenate": lambda torch, constants, *x: torch.cat(x, constants[0]),
    "denormalize": lambda torch, constants, x: x * constants[1] + constants[0],
    "exponential": lambda torch, constants, x: torch.exp(x),
    "maximum": lambda torch, constants, *x: functools.reduce(torch.maximum, x),
    "minimum": lambda torch, constants, *x: functools.reduce(torch.minimum, x),
    "multiply": lambda torch, constants, *x: functools.reduce(torch.mul, x),
    "normalize": lambda torch, constants, x: (x - constants[0]) / constants[1],
    "permute": lambda torch, constants, x: x.permute(0, *constants[0]),
    "repeat": lambda torch, constants, x: x.unsqueeze(1).repeat(1, constants[0], 1),
    "rescale": lambda torch, constants, x: x * constants[0] + constants[1],
    "subtract": lambda torch, constants, x, y: x - y,
    "unit": lambda torch, constants, x: (
        x / x.pow(2).sum(constants[0], keepdim=True).sqrt().clamp_min(constants[1])
    ),
}


@functools.cache
def _classes() -> dict[str, Any]:
    """The classes of modules that PyTorch does not have; made when needed, for their base is."""
    torch = other_library("torch", "torch", "to_torch")

    class Formula(torch.nn.Module):  # type: ignore[misc, name-defined]
        """One function of ``FORMULAS``; arrays among its constants are buffers."""

        def __init__(self, kind: str, *constants: Any) -> None:
            super().__init__()
            self.kind = kind
            self.constants = constants
            for i, constant in enumerate(constants):
                if isinstance(constant, np.ndarray):
                    self.register_buffer(f"constant_{i}", torch.tensor(constant))

        def forward(self, *x: Any) -> Any:
            buffers = [getattr(self, f"constant_{i}", constant) for i, constant in enumerate(self.constants)]
            return FORMULAS[self.kind](torch, buffers, *x)

        def extra_repr(self) -> str:
            return self.kind

    class Graph(torch.nn.Module):  # type: ignore[misc, name-defined]
        """Modules in an order in which they can run; ``wires`` tell the numbers of the values that each takes and makes."""

        def __init__(self, modules: Sequence[Any], wires: Any, inputs: list[int], outputs: list[int]) -> None:
            super().__init__()
            self.steps = torch.nn.ModuleList(modules)
            self.wires, self.inputs, self.outputs = wires, inputs, outputs

        def forward(self, *x: Any) -> Any:
            values = dict(zip(self.inputs, x, strict=True))
            for module, (takes, makes) in zip(self.steps, self.wires, strict=True):
                values[makes] = module(*(values[value] for value in takes))
            found = [values[value] for value in self.outputs]
            return found if len(found) > 1 else found[0]

    for cls in (Formula, Graph):
        cls.__qualname__ = cls.__name__  # under which `__getattr__` gives it to pickle
    return {"Formula": Formula, "Graph": Graph}


def __getattr__(name: str) -> Any:
    if name in ("Formula", "Graph"):
        return _classes()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
