"""Layers in NumPy, a rule for each class: the lines that make ``y`` of ``x``, by the operations of the layer's ``forward``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from mlp import layers as lay
from mlp.activations import Linear
from mlp.files.source.literals import spelled
from mlp.files.source.outline import Place, Rules
from mlp.files.source.with_numpy.activations import activated
from mlp.layers.normalization.unit import SHORTEST
from mlp.layers.preprocessing.normalization import EPSILON

__all__ = ["LAYERS"]


def dense(p: Place) -> Iterator[str]:
    """``z = x W + b``, ``y = f(z)``; of rows with more axes, along the last."""
    layer, (x,) = p.layer, p.x
    straight = type(layer.activation) is Linear
    z = p.y if straight else f"z_{p.number}"
    kernel = p.constant("kernel", layer.kernel)
    bias = f" + {p.constant('bias', layer.bias)}" if layer.use_bias else ""
    if len(p.shape) == 1:
        yield f"{z} = np.dot({x}, {kernel}){bias}"
    else:
        units = (*p.shapes[0][:-1], layer.units)
        yield f"{z} = np.dot({x}.reshape(-1, {p.shapes[0][-1]}), {kernel}).reshape{_rows(units)}{bias}"
    if not straight:
        yield f"{p.y} = {activated(p, layer.activation, z)}"


def function(p: Place) -> Iterator[str]:
    """``y = f(x)``."""
    yield f"{p.y} = {activated(p, p.layer.activation, p.x[0])}"


def prelu(p: Place) -> Iterator[str]:
    """``y = x if x > 0 else alpha x``."""
    yield f"{p.y} = leaky_relu({p.x[0]}, negative_slope={p.constant('alpha', p.layer.alpha)})"


def embedding(p: Place) -> Iterator[str]:
    """``y = E[x]``."""
    yield f"{p.y} = {p.constant('embeddings', p.layer.embeddings)}[whole({p.x[0]}, {p.layer.input_dim})]"


def encoding(p: Place) -> Iterator[str]:
    """Zeros and ones for whole numbers."""
    yield f"{p.y} = {_encoded(p, f'whole({p.x[0]}, {p.layer.num_tokens})', p.layer.num_tokens)}"


def discretization(p: Place) -> Iterator[str]:
    """The number of boundaries that are not greater."""
    layer = p.layer
    if layer.bin_boundaries is None:
        raise p.refuse("it has no boundaries yet: call adapt with data")
    boundaries = p.constant("boundaries", np.array(layer.bin_boundaries, np.float64))
    yield f'bins_{p.number} = np.searchsorted({boundaries}, {p.x[0]}, side="right")'
    yield f"{p.y} = {_encoded(p, f'bins_{p.number}', layer._depth)}"


def _encoded(p: Place, numbers: str, depth: int) -> str:
    """Whole numbers in the way that the layer's ``output_mode`` says."""
    mode = p.layer.output_mode
    if mode == "int":
        return f"{numbers}.astype(np.{p.dtype})"
    hot = f"one_hot({numbers}, {depth}, np.{p.dtype})"
    if mode == "one_hot":
        return f"{hot}.reshape{_rows(p.shape)}"
    return f"{hot}.{'sum' if mode == 'count' else 'max'}(axis=-2)"


def batch_normalization(p: Place) -> Iterator[str]:
    """``z = (x - mean) / sqrt(variance + epsilon)``, ``y = gamma z + beta``."""
    layer, z = p.layer, f"z_{p.number}"
    mean = p.constant("moving_mean", layer.moving_mean.reshape(layer._fitting))
    variance = p.constant("moving_variance", layer.moving_variance.reshape(layer._fitting))
    yield f"{z} = ({p.x[0]} - {mean}) / np.sqrt({variance} + {spelled(layer.epsilon)})"
    yield _scaled(p, z)


def layer_normalization(p: Place) -> Iterator[str]:
    """``z = (x - mean) / sqrt(variance + epsilon)``, ``y = gamma z + beta``."""
    layer, z, axes = p.layer, f"z_{p.number}", spelled(p.layer._axes)
    yield f"{z} = {p.x[0]} - mean({p.x[0]}, axes={axes})"
    yield f"{z} = {z} / np.sqrt(mean({z} * {z}, axes={axes}) + {spelled(layer.epsilon)})"
    yield _scaled(p, z)


def _scaled(p: Place, z: str) -> str:
    layer = p.layer
    scale = f" * {p.constant('gamma', layer.gamma.reshape(layer._fitting))}" if layer.scale else ""
    shift = f" + {p.constant('beta', layer.beta.reshape(layer._fitting))}" if layer.center else ""
    return f"{p.y} = {z}{scale}{shift}"


def rms_normalization(p: Place) -> Iterator[str]:
    """``z = x / sqrt(mean x^2 + epsilon)``, ``y = scale z``."""
    layer, (x,), z = p.layer, p.x, f"z_{p.number}"
    scale = p.constant("scale", layer.scale.reshape(layer._fitting))
    yield f"{z} = {x} / np.sqrt(mean({x} * {x}, axes={spelled(layer._axes)}) + {spelled(layer.epsilon)})"
    yield f"{p.y} = {z} * {scale}"


def unit_normalization(p: Place) -> Iterator[str]:
    """``y = x / |x|``."""
    axes = spelled(p.layer._axes)
    yield f"{p.y} = {p.x[0]} / lengths({p.x[0]}, axes={axes}, least={SHORTEST})"


def normalization(p: Place) -> Iterator[str]:
    """``y = (x - mean) / deviation``, or its inverse."""
    layer, deviation = p.layer, f"deviation_{p.number}"
    mean = p.constant("mean", layer.mean.reshape(layer._fitting))
    variance = p.constant("variance", layer.variance.reshape(layer._fitting))
    yield f"{deviation} = np.maximum(np.sqrt({variance}), {EPSILON})"
    yield (
        f"{p.y} = {p.x[0]} * {deviation} + {mean}"
        if layer.invert
        else f"{p.y} = ({p.x[0]} - {mean}) / {deviation}"
    )


def rescaling(p: Place) -> Iterator[str]:
    """``y = scale x + offset``."""
    scale = p.constant("scale", p.layer.scale.astype(p.dtype))
    offset = p.constant("offset", p.layer.offset.astype(p.dtype))
    yield f"{p.y} = {p.x[0]} * {scale} + {offset}"


def reshaped(p: Place) -> Iterator[str]:
    """The same numbers in another shape."""
    yield f"{p.y} = {p.x[0]}.reshape{_rows(p.shape)}"


def permute(p: Place) -> Iterator[str]:
    """The axes in another order."""
    yield f"{p.y} = np.ascontiguousarray({p.x[0]}.transpose({spelled((0, *p.layer.dims))}))"


def repeat_vector(p: Place) -> Iterator[str]:
    """Each row several times."""
    yield f"{p.y} = np.repeat({p.x[0]}[:, None, :], {p.layer.n}, axis=1)"


def chained(operator: str) -> Callable[[Place], Iterator[str]]:
    """``y = x_1 operator x_2 operator ...``."""

    def rule(p: Place) -> Iterator[str]:
        yield f"{p.y} = {f' {operator} '.join(_aligned(p))}"

    return rule


def average(p: Place) -> Iterator[str]:
    """``y = (x_1 + ... + x_k) / k``."""
    yield f"{p.y} = ({' + '.join(_aligned(p))}) / {len(p.x)}"


def extreme(operator: str) -> Callable[[Place], Iterator[str]]:
    """The one input that is greater, or less."""

    def rule(p: Place) -> Iterator[str]:
        first, *others = _aligned(p)
        yield f"{p.y} = {first}"
        for x in others:
            yield f"{p.y} = np.where({x} {operator} {p.y}, {x}, {p.y})"

    return rule


def concatenate(p: Place) -> Iterator[str]:
    """The inputs one after another."""
    yield f"{p.y} = np.concatenate([{', '.join(p.x)}], axis={p.layer.axis})"


def dot(p: Place) -> Iterator[str]:
    """Products of matrices with the summed axis last, a pair for each row."""
    names = []
    for name, x, shape, axis in zip("ab", p.x, p.shapes, p.layer._along, strict=True):
        names.append(f"{name}_{p.number}")
        last = "" if axis == len(shape) else f"np.moveaxis({x}, {axis}, -1)"
        size = shape[axis - 1]
        matrices = f"{last or x}.reshape(-1, {int(np.prod(shape)) // size}, {size})"
        yield f"{names[-1]} = {f'directions({matrices})' if p.layer.normalize else matrices}"
    yield f"{p.y} = ({names[0]} @ {names[1]}.swapaxes(1, 2)).reshape{_rows(p.shape)}"


def _aligned(p: Place) -> list[str]:
    """The inputs with as many axes each, those that are missing being put in behind that of the rows."""
    axes = len(p.shape)
    return [
        x if len(shape) == axes else f"{x}.reshape{_rows((1,) * (axes - len(shape)) + shape)}"
        for x, shape in zip(p.x, p.shapes, strict=True)
    ]


def _rows(shape: Sequence[int]) -> str:
    return f"(-1, {', '.join(map(str, shape))})"


LAYERS: Rules = {
    lay.Activation: function,
    lay.Add: chained("+"),
    lay.Average: average,
    lay.BatchNormalization: batch_normalization,
    lay.CategoryEncoding: encoding,
    lay.Concatenate: concatenate,
    lay.Dense: dense,
    lay.Discretization: discretization,
    lay.Dot: dot,
    lay.ELU: function,
    lay.Embedding: embedding,
    lay.Flatten: reshaped,
    lay.LayerNormalization: layer_normalization,
    lay.LeakyReLU: function,
    lay.Maximum: extreme(">"),
    lay.Minimum: extreme("<"),
    lay.Multiply: chained("*"),
    lay.Normalization: normalization,
    lay.PReLU: prelu,
    lay.Permute: permute,
    lay.RMSNormalization: rms_normalization,
    lay.ReLU: function,
    lay.RepeatVector: repeat_vector,
    lay.Rescaling: rescaling,
    lay.Reshape: reshaped,
    lay.Softmax: function,
    lay.Subtract: chained("-"),
    lay.UnitNormalization: unit_normalization,
}
