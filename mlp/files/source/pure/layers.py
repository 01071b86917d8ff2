"""Layers without NumPy, a rule for each class: the lines that make the flat list ``y`` of the flat list ``x``."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from mlp import layers as lay
from mlp.activations import Linear
from mlp.arrays import Array
from mlp.files.source.flat import reordered, spread, stretched
from mlp.files.source.literals import spelled
from mlp.files.source.outline import Place, Rules
from mlp.files.source.pure.activations import activated, grouped
from mlp.layers.normalization.unit import SHORTEST
from mlp.layers.preprocessing.normalization import EPSILON

__all__ = ["LAYERS"]


def dense(p: Place) -> Iterator[str]:
    """``z = x W + b``, ``y = f(z)``; of rows with more axes, along the last."""
    layer, (x,), (shape,) = p.layer, p.x, p.shapes
    straight = type(layer.activation) is Linear
    z = p.y if straight else f"z_{p.number}"
    kernel = p.constant("kernel", layer.kernel)
    bias = p.constant("bias", layer.bias) if layer.use_bias else f"[0.0] * {layer.units}"
    if len(shape) == 1:
        yield f"{z} = dense({x}, {kernel}, {bias})"
    else:
        yield f"{z} = each({x}, {shape[-1]}, lambda x: dense(x, {kernel}, {bias}))"
    if not straight:
        yield f"{p.y} = {activated(p, layer.activation, z, (*shape[:-1], layer.units))}"


def function(p: Place) -> Iterator[str]:
    """``y = f(x)``."""
    yield f"{p.y} = {activated(p, p.layer.activation, p.x[0], p.shapes[0])}"


def _by_number(y: str, formula: str, x: str, **constants: str) -> str:
    """``y`` by a formula of each number ``v`` of ``x`` and those of constants that belong to it."""
    names, lists = ", ".join(["v", *constants]), ", ".join([x, *constants.values()])
    return f"{y} = [{formula} for {names} in {f'zip({lists})' if constants else lists}]"


def prelu(p: Place) -> Iterator[str]:
    """``y = x if x > 0 else alpha x``."""
    alpha = p.constant("alpha", spread(p.layer.alpha, p.shape))
    yield _by_number(p.y, "leaky_relu(v, alpha)", p.x[0], alpha=alpha)


def embedding(p: Place) -> Iterator[str]:
    """``y = E[x]``."""
    rows = f"{p.constant('embeddings', p.layer.embeddings)}[whole(i, {p.layer.input_dim})]"
    yield f"{p.y} = [v for i in {p.x[0]} for v in {rows}]"


def encoding(p: Place) -> Iterator[str]:
    """Zeros and ones for whole numbers."""
    yield f"n_{p.number} = [whole(v, {p.layer.num_tokens}) for v in {p.x[0]}]"
    yield from _encoded(p, f"n_{p.number}", p.layer.num_tokens)


def discretization(p: Place) -> Iterator[str]:
    """The number of boundaries that are not greater."""
    if p.layer.bin_boundaries is None:
        raise p.refuse("it has no boundaries yet: call adapt with data")
    boundaries = p.constant("boundaries", np.array(p.layer.bin_boundaries, np.float64))
    yield f"n_{p.number} = [sum(v >= boundary for boundary in {boundaries}) for v in {p.x[0]}]"
    yield from _encoded(p, f"n_{p.number}", p.layer._depth)


def _encoded(p: Place, numbers: str, depth: int) -> Iterator[str]:
    """Whole numbers in the way that the layer's ``output_mode`` says."""
    mode = p.layer.output_mode
    if mode == "int":
        yield f"{p.y} = [float(i) for i in {numbers}]"
        return
    f = "counts" if mode == "count" else "multi_hot"
    together = 1 if mode == "one_hot" else p.shapes[0][-1]
    yield f"{p.y} = each({numbers}, {together}, lambda numbers: {f}(numbers, {depth}))"


def batch_normalization(p: Place) -> Iterator[str]:
    """``z = (x - mean) / sqrt(variance + epsilon)``, ``y = gamma z + beta``."""
    layer, z = p.layer, f"z_{p.number}"
    mean = p.constant("moving_mean", _of_row(p, layer.moving_mean))
    variance = p.constant("moving_variance", _of_row(p, layer.moving_variance))
    formula = f"(v - mean) / math.sqrt(variance + {spelled(layer.epsilon)})"
    yield _by_number(z, formula, p.x[0], mean=mean, variance=variance)
    yield _scaled(p, z)


def layer_normalization(p: Place) -> Iterator[str]:
    """``z = (x - mean) / sqrt(variance + epsilon)``, ``y = gamma z + beta``."""
    layer, z = p.layer, f"z_{p.number}"
    call = f"standardized({{x}}, epsilon={spelled(layer.epsilon)})"
    yield f"{z} = {grouped(p, call, layer._axes, p.x[0], p.shape)}"
    yield _scaled(p, z)


def _scaled(p: Place, z: str) -> str:
    layer, constants, formula = p.layer, {}, "v"
    if layer.scale:
        constants["gamma"] = p.constant("gamma", _of_row(p, layer.gamma))
        formula += " * gamma"
    if layer.center:
        constants["beta"] = p.constant("beta", _of_row(p, layer.beta))
        formula += " + beta"
    return _by_number(p.y, formula, z, **constants) if constants else f"{p.y} = {z}"


def _of_row(p: Place, weight: Array) -> Array:
    """A weight of some axes for each number of a row."""
    return spread(weight.reshape(p.layer._fitting), p.shape)


def rms_normalization(p: Place) -> Iterator[str]:
    """``z = x / sqrt(mean x^2 + epsilon)``, ``y = scale z``."""
    layer, z = p.layer, f"z_{p.number}"
    call = f"by_root_mean_square({{x}}, epsilon={spelled(layer.epsilon)})"
    yield f"{z} = {grouped(p, call, layer._axes, p.x[0], p.shape)}"
    yield _by_number(p.y, "v * scale", z, scale=p.constant("scale", _of_row(p, layer.scale)))


def unit_normalization(p: Place) -> Iterator[str]:
    """``y = x / |x|``."""
    call = f"direction({{x}}, least={SHORTEST})"
    yield f"{p.y} = {grouped(p, call, p.layer._axes, p.x[0], p.shape)}"


def normalization(p: Place) -> Iterator[str]:
    """``y = (x - mean) / deviation``, or its inverse."""
    layer = p.layer
    deviation = f"max(math.sqrt(variance), {EPSILON})"
    formula = f"v * {deviation} + mean" if layer.invert else f"(v - mean) / {deviation}"
    mean, variance = (p.constant(name, _of_row(p, getattr(layer, name))) for name in ("mean", "variance"))
    yield _by_number(p.y, formula, p.x[0], mean=mean, variance=variance)


def rescaling(p: Place) -> Iterator[str]:
    """``y = scale x + offset``."""
    scale, offset = p.layer.scale.astype(p.dtype), p.layer.offset.astype(p.dtype)
    if scale.ndim == offset.ndim == 0:
        yield _by_number(p.y, f"v * {spelled(scale)} + {spelled(offset)}", p.x[0])
        return
    names = {
        name: p.constant(name, spread(array, p.shape))
        for name, array in (("scale", scale), ("offset", offset))
    }
    yield _by_number(p.y, "v * scale + offset", p.x[0], **names)


def same(p: Place) -> Iterator[str]:
    """The same numbers: a flat list has no shape."""
    yield f"{p.y} = {p.x[0]}"


def permute(p: Place) -> Iterator[str]:
    """The axes in another order."""
    order = p.constant("order", reordered(p.shapes[0], [axis - 1 for axis in p.layer.dims]))
    yield _taken(p.y, p.x[0], order)


def _taken(y: str, x: str, places: str) -> str:
    return f"{y} = [{x}[i] for i in {places}]"


def repeat_vector(p: Place) -> Iterator[str]:
    """Each row several times."""
    yield f"{p.y} = {p.x[0]} * {p.layer.n}"


def merge(formula: Callable[[Sequence[str]], str]) -> Callable[[Place], Iterator[str]]:
    """The rule for what is made of the numbers that stand at one place of the inputs."""

    def rule(p: Place) -> Iterator[str]:
        lists = []
        for i, (x, shape) in enumerate(zip(p.x, p.shapes, strict=True), start=1):
            lists.append(x)
            if math.prod(shape) != math.prod(p.shape):
                lists[-1] = f"s_{i}_{p.number}"
                yield _taken(lists[-1], x, p.constant(f"places_{i}", stretched(shape, p.shape)))
        names = [f"v_{i}" for i in range(1, len(lists) + 1)]
        yield f"{p.y} = [{formula(names)} for {', '.join(names)} in zip({', '.join(lists)})]"

    return rule


def concatenate(p: Place) -> Iterator[str]:
    """The inputs one after another."""
    axis = p.layer.axis % (len(p.shape) + 1) - 1
    blocks = math.prod(p.shape[:axis])
    parts = f"concatenated([{', '.join(p.x)}], blocks={blocks})"
    yield f"{p.y} = {' + '.join(p.x) if blocks == 1 else parts}"


def dot(p: Place) -> Iterator[str]:
    """Products of vectors, each of one input with each of the other."""
    names = []
    for name, x, shape, axis in zip("ab", p.x, p.shapes, p.layer._along, strict=True):
        size, vectors = shape[axis - 1], x
        if axis != len(shape):
            axes = [*(i for i in range(len(shape)) if i != axis - 1), axis - 1]
            vectors = f"{name}_{p.number}"
            yield _taken(vectors, x, p.constant(f"order_{name}", reordered(shape, axes)))
        if p.layer.normalize:
            unit = f"each({vectors}, {size}, lambda x: direction(x, least={1e-6}))"
            vectors = f"{name}_{p.number}"
            yield f"{vectors} = {unit}"
        names.append(vectors)
    yield f"{p.y} = products({names[0]}, {names[1]}, {size})"


LAYERS: Rules = {
    lay.Activation: function,
    lay.Add: merge(" + ".join),
    lay.Average: merge(lambda names: f"({' + '.join(names)}) / {len(names)}"),
    lay.BatchNormalization: batch_normalization,
    lay.CategoryEncoding: encoding,
    lay.Concatenate: concatenate,
    lay.Dense: dense,
    lay.Discretization: discretization,
    lay.Dot: dot,
    lay.ELU: function,
    lay.Embedding: embedding,
    lay.Flatten: same,
    lay.LayerNormalization: layer_normalization,
    lay.LeakyReLU: function,
    lay.Maximum: merge(lambda names: f"max({', '.join(names)})"),
    lay.Minimum: merge(lambda names: f"min({', '.join(names)})"),
    lay.Multiply: merge(" * ".join),
    lay.Normalization: normalization,
    lay.PReLU: prelu,
    lay.Permute: permute,
    lay.RMSNormalization: rms_normalization,
    lay.ReLU: function,
    lay.RepeatVector: repeat_vector,
    lay.Rescaling: rescaling,
    lay.Reshape: same,
    lay.Softmax: function,
    lay.Subtract: merge(" - ".join),
    lay.UnitNormalization: unit_normalization,
}
