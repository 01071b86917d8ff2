"""One rule for each class of layer: what it makes of enclosures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from mlp import activations as act
from mlp import layers
from mlp.activations import Activation
from mlp.arrays import Array
from mlp.errors import ArgumentError
from mlp.exact.proof.enclosure import EPS, Enclosure, joined
from mlp.exact.proof.profiles import PROFILES, Profile, Turn
from mlp.files.program import Program, Step

__all__ = ["LAYER_RULES", "activated", "enclosures", "require_rules"]

#: How exactly a turning point has to be known, relative to its size or 1.
NEAR = 1e-6
NEAR_SLOPE = 1e-3

#: By how much a computed slope may be wrong, relative to its size or 1.
SLOPE_DOUBT = 1e-12


def activated(f: Activation, x: Enclosure) -> Enclosure:
    """``y = f(x)``.

    Examples
    --------
    >>> x = Enclosure.of_box(np.array([[-1.0]]), np.array([[3.0]]), np.dtype(float))
    >>> y = activated(act.Relu(), x)
    >>> y.low, y.high
    (array([[0.]]), array([[3.]]))
    """
    if type(f) is act.Linear:
        return x
    if type(f) in ROW_FUNCTIONS:
        return ROW_FUNCTIONS[type(f)](f, x)
    return elementwise(x, f.forward, f.derivative, PROFILES[type(f)](f))


def elementwise(
    x: Enclosure, f: Callable[[Array], Array], slope: Callable[[Array], Array], profile: Profile
) -> Enclosure:
    """``y = f(x)``, entry by entry: between extremes at the ends and turns, and beside a straight line where ``f`` has one.

    What is left beside the line, ``g(x) = f(x) - factor x``, has its extremes where they can be told, by one of three factors:
    the chord's, where ``f`` consists of straight lines: at the ends and kinks;
    the slope in the middle, where the slope is monotone, so that ``f`` is convex or concave: at the ends and in the middle;
    the least slope or the greatest, elsewhere: ``g`` is monotone, and they are at the ends (Singh et al. 2018, Fast and
    Effective Robustness Certification, theorem 3.2, for sigmoid and tanh).
    """
    ends = x.low, x.high
    values = [f(end) for end in ends]

    # A factor that is no normal number in the network's dtype, of a leaky slope, may be off by that much itself.
    floor = 2 * x.tiny * (1 + np.maximum(*map(abs, ends)))

    def error(size: Array) -> Array:
        exact = profile.ulps == 0.0
        return 0.0 * size if exact else 2 * profile.ulps * x.eps * (size + profile.offset) + floor

    least, greatest = _hull(values, profile.turns, x, NEAR)
    least, greatest = least - error(abs(least)), greatest + error(abs(greatest))
    # What is not a number came of an infinite end.
    low, high = np.where(np.isnan(least), -np.inf, least), np.where(np.isnan(greatest), np.inf, greatest)
    chord = np.where(x.high > x.low, (values[1] - values[0]) / (x.high - x.low), 0.0)
    if profile.kinks is not None:
        between = [np.clip(kink, *ends) for kink in profile.kinks]
        factor, doubt = chord, 0.0 * chord
    elif profile.slope_turns is not None:
        between = [np.clip(0.5 * x.low + 0.5 * x.high, *ends)]
        factor, doubt = _factor(x, slope, profile.slope_turns, chord, between[0])
    else:
        return x.replaced(low, high)
    points = [*ends, *between]
    values += [f(point) for point in between]
    beside = [value - factor * point for value, point in zip(values, points, strict=True)]
    largest = np.maximum(abs(low), abs(high))
    doubt = doubt + error(largest) + 4 * EPS * (largest + abs(factor) * np.maximum(*map(abs, ends)))
    return x.along(factor, low, high, reduce(np.minimum, beside) - doubt, reduce(np.maximum, beside) + doubt)


def _factor(
    x: Enclosure, slope: Callable[[Array], Array], turns: Sequence[Turn], chord: Array, middle: Array
) -> tuple[Array, Array]:
    """A slope of a straight line beside which the function stays, and what doubt about its own slope adds to the distance."""
    lower, upper = _hull([slope(end) for end in (x.low, x.high)], turns, x, NEAR_SLOPE)
    lower, upper = lower - SLOPE_DOUBT * (1 + abs(lower)), upper + SLOPE_DOUBT * (1 + abs(upper))
    turned = reduce(
        np.logical_or, (_passes(turn, x, NEAR_SLOPE) for turn in turns), np.zeros(x.low.shape, bool)
    )
    tangent = slope(middle)
    factor = np.where(turned, np.where(upper - chord < chord - lower, upper, lower), tangent)
    return factor, np.where(turned, 0.0, SLOPE_DOUBT * (1 + abs(tangent)) * (x.high - x.low))


def _hull(values: Sequence[Array], turns: Sequence[Turn], x: Enclosure, near: float) -> tuple[Array, Array]:
    """The least and the greatest of the values at both ends and at the turns between."""
    least, greatest = np.minimum(*values), np.maximum(*values)
    for turn in turns:
        inside = _passes(turn, x, near)
        least = np.where(inside, np.minimum(least, turn.low), least)
        greatest = np.where(inside, np.maximum(greatest, turn.high), greatest)
    return least, greatest


def _passes(turn: Turn, x: Enclosure, near: float) -> Array:
    """Where the turn may lie between the ends."""
    doubt = near * (1 + abs(turn.at))
    inside: Array = (x.low <= turn.at + doubt) & (x.high >= turn.at - doubt)
    return inside


def _shares(f: Any, x: Enclosure) -> Enclosure:
    """Softmax and log_softmax: ``y_i`` grows with ``x_i`` and falls with all others, so its extremes are at two corners."""
    axes = f.axis if isinstance(f.axis, tuple) else (f.axis,)
    rows = x.low.ndim
    kept = [axis for axis in range(rows) if axis not in {axis % rows for axis in axes}]
    order = [*kept, *(axis for axis in range(rows) if axis not in kept)]

    def of_corner(own: Array, others: Array) -> Array:
        shape = own.transpose(order).shape
        flat = own.transpose(order).reshape(*shape[: len(kept)], -1)
        rest = others.transpose(order).reshape(flat.shape)
        n = flat.shape[-1]
        mixed = np.where(np.eye(n, dtype=bool), flat[..., None, :], rest[..., None, :])
        y = np.diagonal(type(f)(-1).forward(mixed), axis1=-2, axis2=-1)
        return y.reshape(shape).transpose(np.argsort(order))

    low, high = of_corner(x.low, x.high), of_corner(x.high, x.low)
    # Rounding the difference to the largest entry costs half a unit for each unit of it; beyond 1000 the result is 0.
    n = x.low[0].size
    doubt = 2 * x.eps * (1000 + n)
    low, high = low - doubt * abs(low) - n * x.tiny, high + doubt * abs(high) + n * x.tiny
    return x.replaced(np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high))


def _glu(f: act.Glu, x: Enclosure) -> Enclosure:
    """``y = a sigmoid(b)``."""
    halves = [
        x.rearranged(lambda part, i=i: np.split(part, 2, axis=f.axis)[i])  # type: ignore[misc]
        for i in (0, 1)
    ]
    return halves[0] * activated(act.Sigmoid(), halves[1])


#: Functions whose entries hang together.
ROW_FUNCTIONS: dict[type[Activation], Callable[[Any, Enclosure], Enclosure]] = {
    act.Glu: _glu,
    act.LogSoftmax: _shares,
    act.Softmax: _shares,
}


def _dense(layer: layers.Dense, x: Enclosure) -> Enclosure:
    kernel = layer.kernel.astype(float)
    bias = layer.bias.astype(float) if layer.use_bias else np.zeros(layer.units)
    return activated(layer.activation, x.product(kernel, bias, abs(kernel), abs(bias)))


def _function(layer: Any, x: Enclosure) -> Enclosure:
    return activated(layer.activation, x)


def _prelu(layer: layers.PReLU, x: Enclosure) -> Enclosure:
    alpha = layer.alpha.astype(float)
    return elementwise(
        x, lambda v: np.where(v > 0, v, alpha * v), lambda v: np.where(v > 0, 1.0, alpha), _PRELU
    )


#: It may turn at 0, where its value is 0.
_PRELU = Profile(turns=(Turn(0.0, 0.0, 0.0),), kinks=(0.0,))


def _batch_normalization(layer: layers.BatchNormalization, x: Enclosure) -> Enclosure:
    fitting = layer._fitting
    variance = layer.moving_variance.astype(float) + layer.epsilon
    # What the network makes of less, in its dtype, may be anything, 0 too.
    deviation = np.sqrt(np.where(variance >= x.tiny, variance, np.nan))
    gamma = layer.gamma.astype(float) if layer.scale else 1.0
    beta = layer.beta.astype(float) if layer.center else np.zeros(1)
    factor = (gamma / deviation).reshape(fitting)
    return x.scaled(
        layer.moving_mean.astype(float).reshape(fitting),
        factor,
        beta.reshape(fitting) if layer.center else beta,
    )


def _normalization(layer: layers.Normalization, x: Enclosure) -> Enclosure:
    mean, deviation = layer.mean.astype(float).reshape(layer._fitting), layer._deviation().astype(float)
    zero = np.zeros(1)
    return x.scaled(zero, deviation, mean) if layer.invert else x.scaled(mean, 1 / deviation, zero)


def _rescaling(layer: layers.Rescaling, x: Enclosure) -> Enclosure:
    return x.scaled(np.zeros(1), layer.scale, layer.offset)


def _reshaped(layer: Any, x: Enclosure) -> Enclosure:
    return x.rearranged(lambda part: part.reshape(len(part), *layer.output_shapes[0]))


def _permute(layer: layers.Permute, x: Enclosure) -> Enclosure:
    return x.rearranged(lambda part: part.transpose(0, *layer.dims))


def _repeat(layer: layers.RepeatVector, x: Enclosure) -> Enclosure:
    return x.rearranged(lambda part: np.repeat(part[:, None], layer.n, axis=1))


def _aligned(parts: Sequence[Enclosure]) -> list[Enclosure]:
    """Enclosures of one shape, sizes of 1 and missing axes being stretched, as the merges do."""
    axes = max(part.low.ndim for part in parts)
    shape = np.broadcast_shapes(*(part.low.shape[1:] for part in parts))

    def stretched(part: Array) -> Array:
        full = part.reshape(len(part), *(1,) * (axes - part.ndim), *part.shape[1:])
        return np.broadcast_to(full, (len(part), *shape))

    return [part.rearranged(stretched) for part in parts]


def _add(layer: Any, *parts: Enclosure) -> Enclosure:
    return reduce(Enclosure.__add__, _aligned(parts))


def _subtract(layer: Any, first: Enclosure, second: Enclosure) -> Enclosure:
    return _add(layer, first, -second)


def _multiply(layer: Any, *parts: Enclosure) -> Enclosure:
    return reduce(Enclosure.__mul__, _aligned(parts))


def _average(layer: Any, *parts: Enclosure) -> Enclosure:
    zero = np.zeros(1)
    return _add(layer, *parts).scaled(zero, np.full(1, 1 / len(parts)), zero)


def _greater(a: Enclosure, b: Enclosure) -> Enclosure:
    """``max(a, b) = b + relu(a - b)``, and between the greater of the bounds."""
    both = b + activated(act.Relu(), a + -b)
    return both.within(np.maximum(a.low, b.low), np.maximum(a.high, b.high))


def _maximum(layer: Any, *parts: Enclosure) -> Enclosure:
    return reduce(_greater, _aligned(parts))


def _minimum(layer: Any, *parts: Enclosure) -> Enclosure:
    return -reduce(_greater, [-part for part in _aligned(parts)])


def _concatenate(layer: layers.Concatenate, *parts: Enclosure) -> Enclosure:
    return joined(parts, lambda arrays: np.concatenate(arrays, axis=layer.axis))


#: Exact classes: a subclass of one's own may do anything.
LAYER_RULES: dict[type[layers.Layer], Callable[..., Enclosure]] = {
    layers.Activation: _function,
    layers.Add: _add,
    layers.Average: _average,
    layers.BatchNormalization: _batch_normalization,
    layers.Concatenate: _concatenate,
    layers.Dense: _dense,
    layers.ELU: _function,
    layers.Flatten: _reshaped,
    layers.LeakyReLU: _function,
    layers.Maximum: _maximum,
    layers.Minimum: _minimum,
    layers.Multiply: _multiply,
    layers.Normalization: _normalization,
    layers.Permute: _permute,
    layers.PReLU: _prelu,
    layers.ReLU: _function,
    layers.RepeatVector: _repeat,
    layers.Rescaling: _rescaling,
    layers.Reshape: _reshaped,
    layers.Softmax: _function,
    layers.Subtract: _subtract,
}


def require_rules(program: Program) -> None:
    """See to it that every layer and activation can be enclosed.

    Raises
    ------
    ArgumentError
        If one cannot: it is named.
    """
    for step in program.steps:
        layer = step.layer
        if "forward" in vars(layer):
            raise ArgumentError(
                f"{layer._label}it has a forward of its own, of which nothing is known; remove it"
            )
        if type(layer) not in LAYER_RULES:
            known = ", ".join(sorted(cls.__name__ for cls in LAYER_RULES))
            raise ArgumentError(
                f"{layer._label}there is no rule that encloses what this class computes; use layers of {known}"
            )
        f = getattr(layer, "activation", None)
        if isinstance(f, Activation) and "forward" in vars(f):
            raise ArgumentError(
                f"{layer._label}its activation has a forward of its own, of which nothing is known"
            )
        if isinstance(f, Activation) and type(f) not in PROFILES | ROW_FUNCTIONS:
            raise ArgumentError(
                f"{layer._label}there is no rule that encloses the activation {f!r}; put one in its place that is in "
                "mlp.exact.proof.profiles.PROFILES"
            )


def enclosures(steps: Sequence[Step], values: dict[int, Enclosure]) -> dict[int, Enclosure]:
    """The values that some steps make, each by the rule of its layer, added to those that there are."""
    values = dict(values)
    for step in steps:
        values[step.makes] = LAYER_RULES[type(step.layer)](step.layer, *(values[i] for i in step.takes))
    return values
