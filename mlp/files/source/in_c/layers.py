"""Layers in C, a rule for each class: the lines that make the row ``y`` of the row ``x``."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from mlp import layers as lay
from mlp.arrays import Array
from mlp.files.source.flat import reordered, spread, stretched
from mlp.files.source.in_c.activations import activated, for_each, grouped
from mlp.files.source.in_c.numbers import single, singles
from mlp.files.source.outline import Place, Rules
from mlp.layers.normalization.unit import SHORTEST
from mlp.layers.preprocessing.normalization import EPSILON

__all__ = ["LAYERS"]


def dense(p: Place) -> Iterator[str]:
    """``z = x W + b``, ``y = f(z)``, in the place of ``z`` where it has its shape; along the last axis."""
    layer, (x,), (shape,) = p.layer, p.x, p.shapes
    units = (*shape[:-1], layer.units)
    z = p.y if units == p.shape else p.memory(f"z_{p.number}", math.prod(units))
    kernel = p.constant("kernel", singles(layer.kernel))
    bias = p.constant("bias", singles(layer.bias)) if layer.use_bias else "0"
    rows = math.prod(shape[:-1])
    call = f"dense({shape[-1]}, {layer.units}, {{x}}, {kernel}, {bias}, {{y}});"
    if rows == 1:
        yield call.format(x=x, y=z)
    else:
        yield f"for (int i = 0; i < {rows}; i++)"
        yield "    " + call.format(x=f"{x} + i * {shape[-1]}", y=f"{z} + i * {layer.units}")
    yield from activated(p, layer.activation, z, p.y, units)


def function(p: Place) -> Iterator[str]:
    """``y = f(x)``."""
    yield from activated(p, p.layer.activation, p.x[0], p.y, p.shapes[0])


def prelu(p: Place) -> Iterator[str]:
    """``y = x if x > 0 else alpha x``."""
    yield from for_each(p.shape, p.y, f"leaky_relu({p.x[0]}[i], {_of_row(p, 'alpha', p.layer.alpha)})")


def _of_row(p: Place, name: str, values: Array) -> str:
    """The entry of a constant for number ``i`` of a row; the constant itself where it is one number."""
    if values.ndim == 0:
        return single(values)
    return f"{p.constant(name, singles(spread(values, p.shape)))}[i]"


def embedding(p: Place) -> Iterator[str]:
    """``y = E[x]``."""
    layer = p.layer
    table = p.constant("embeddings", singles(layer.embeddings))
    n = math.prod(p.shapes[0])
    yield f"embedded({n}, {layer.input_dim}, {layer.output_dim}, {p.x[0]}, {table}, {p.y});"


def encoding(p: Place) -> Iterator[str]:
    """Zeros and ones for whole numbers."""
    yield _counted(p, p.x[0], p.layer.num_tokens)


def discretization(p: Place) -> Iterator[str]:
    """The number of boundaries that are not greater."""
    layer, (shape,) = p.layer, p.shapes
    if layer.bin_boundaries is None:
        raise p.refuse("it has no boundaries yet: call adapt with data")
    count = len(layer.bin_boundaries)
    # In double precision, for rounding would move numbers that lie at a boundary into another bin.
    boundaries = p.constant("boundaries", np.array(layer.bin_boundaries, np.float64)) if count else "0"
    to_count = layer.output_mode != "int"
    bins = p.memory(f"n_{p.number}", math.prod(shape)) if to_count else p.y
    yield from for_each(shape, bins, f"bin({p.x[0]}[i], {count}, {boundaries})")
    if to_count:
        yield _counted(p, bins, layer._depth)


def _counted(p: Place, numbers: str, depth: int) -> str:
    """Whole numbers in the way that the layer's ``output_mode`` says."""
    size = math.prod(p.shapes[0])
    n = 1 if p.layer.output_mode == "one_hot" else p.shapes[0][-1]
    once = int(p.layer.output_mode != "count")
    return f"counts({size // n}, {n}, {depth}, {once}, {numbers}, {p.y});"


def batch_normalization(p: Place) -> Iterator[str]:
    """``z = (x - mean) / sqrt(variance + epsilon)``, ``y = gamma z + beta``."""
    layer = p.layer
    mean = _of_row(p, "moving_mean", layer.moving_mean.reshape(layer._fitting))
    variance = _of_row(p, "moving_variance", layer.moving_variance.reshape(layer._fitting))
    z = f"({p.x[0]}[i] - {mean}) / sqrtf({variance} + {single(layer.epsilon)})"
    yield from for_each(p.shape, p.y, z + _scaled(p))


def layer_normalization(p: Place) -> Iterator[str]:
    """``z = (x - mean) / sqrt(variance + epsilon)``, ``y = gamma z + beta``."""
    call = f"standardize({{n}}, {{step}}, {single(p.layer.epsilon)}, {{x}}, {{y}});"
    yield from grouped(p, call, p.layer._axes, p.x[0], p.y, p.shape)
    if p.layer.scale or p.layer.center:
        yield from for_each(p.shape, p.y, f"{p.y}[i]{_scaled(p)}")


def _scaled(p: Place) -> str:
    layer = p.layer
    scale = f" * {_of_row(p, 'gamma', layer.gamma.reshape(layer._fitting))}" if layer.scale else ""
    shift = f" + {_of_row(p, 'beta', layer.beta.reshape(layer._fitting))}" if layer.center else ""
    return scale + shift


def rms_normalization(p: Place) -> Iterator[str]:
    """``z = x / sqrt(mean x^2 + epsilon)``, ``y = scale z``."""
    call = f"by_root_mean_square({{n}}, {{step}}, {single(p.layer.epsilon)}, {{x}}, {{y}});"
    yield from grouped(p, call, p.layer._axes, p.x[0], p.y, p.shape)
    scale = _of_row(p, "scale", p.layer.scale.reshape(p.layer._fitting))
    yield from for_each(p.shape, p.y, f"{p.y}[i] * {scale}")


def unit_normalization(p: Place) -> Iterator[str]:
    """``y = x / |x|``."""
    call = f"direct({{n}}, {{step}}, {single(SHORTEST)}, {{x}}, {{y}});"
    yield from grouped(p, call, p.layer._axes, p.x[0], p.y, p.shape)


def normalization(p: Place) -> Iterator[str]:
    """``y = (x - mean) / deviation``, or its inverse."""
    layer, (x,) = p.layer, p.x
    mean = _of_row(p, "mean", layer.mean.reshape(layer._fitting))
    variance = _of_row(p, "variance", layer.variance.reshape(layer._fitting))
    deviation = f"maximum(sqrtf({variance}), {single(EPSILON)})"
    formula = f"{x}[i] * {deviation} + {mean}" if layer.invert else f"({x}[i] - {mean}) / {deviation}"
    yield from for_each(p.shape, p.y, formula)


def rescaling(p: Place) -> Iterator[str]:
    """``y = scale x + offset``."""
    scale, offset = _of_row(p, "scale", p.layer.scale), _of_row(p, "offset", p.layer.offset)
    yield from for_each(p.shape, p.y, f"{p.x[0]}[i] * {scale} + {offset}")


def same(p: Place) -> Iterator[str]:
    """The same numbers: a row has no shape here."""
    yield from for_each(p.shape, p.y, f"{p.x[0]}[i]")


def permute(p: Place) -> Iterator[str]:
    """The axes in another order."""
    order = p.constant("order", reordered(p.shapes[0], [axis - 1 for axis in p.layer.dims]))
    yield from for_each(p.shape, p.y, f"{p.x[0]}[{order}[i]]")


def repeat_vector(p: Place) -> Iterator[str]:
    """Each row several times."""
    yield from for_each(p.shape, p.y, f"{p.x[0]}[i % {p.shapes[0][0]}]")


def merge(formula: Callable[[Sequence[str]], str]) -> Callable[[Place], Iterator[str]]:
    """The rule for what is made of the numbers that stand at one place of the inputs."""

    def rule(p: Place) -> Iterator[str]:
        numbers = []
        for i, (x, shape) in enumerate(zip(p.x, p.shapes, strict=True), start=1):
            same_size = math.prod(shape) == math.prod(p.shape)
            place = "i" if same_size else f"{p.constant(f'places_{i}', stretched(shape, p.shape))}[i]"
            numbers.append(f"{x}[{place}]")
        yield from for_each(p.shape, p.y, formula(numbers))

    return rule


def nested(function: str) -> Callable[[Sequence[str]], str]:
    """``f(f(x_1, x_2), x_3)``."""

    def formula(numbers: Sequence[str]) -> str:
        text, *others = numbers
        for number in others:
            text = f"{function}({text}, {number})"
        return text

    return formula


def concatenate(p: Place) -> Iterator[str]:
    """The inputs one after another."""
    axis = p.layer.axis % (len(p.shape) + 1) - 1
    apart, offset = math.prod(p.shape[axis:]), 0
    for x, shape in zip(p.x, p.shapes, strict=True):
        size = math.prod(shape[axis:])
        yield f"put({math.prod(shape[:axis])}, {size}, {apart}, {x}, {p.y}{f' + {offset}' if offset else ''});"
        offset += size


def dot(p: Place) -> Iterator[str]:
    """Products of vectors, each of one input with each of the other."""
    names, counts = [], []
    for name, x, shape, axis in zip("ab", p.x, p.shapes, p.layer._along, strict=True):
        size, n, vectors = math.prod(shape), shape[axis - 1], x
        if axis != len(shape) or p.layer.normalize:
            vectors = p.memory(f"{name}_{p.number}", size)
            axes = [*(i for i in range(len(shape)) if i != axis - 1), axis - 1]
            moved = (
                f"[{p.constant(f'order_{name}', reordered(shape, axes))}[i]]" if axis != len(shape) else "[i]"
            )
            yield from for_each(shape, vectors, f"{x}{moved}")
        if p.layer.normalize:
            call = f"direct({{n}}, {{step}}, {single(1e-6)}, {{x}}, {{y}});"
            yield from grouped(p, call, -1, vectors, vectors, (size // n, n))
        names.append(vectors)
        counts.append(size // n)
    yield f"products({counts[0]}, {counts[1]}, {n}, {names[0]}, {names[1]}, {p.y});"


LAYERS: Rules = {
    lay.Activation: function,
    lay.Add: merge(" + ".join),
    lay.Average: merge(lambda numbers: f"({' + '.join(numbers)}) / {single(len(numbers))}"),
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
    lay.Maximum: merge(nested("maximum")),
    lay.Minimum: merge(nested("minimum")),
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
