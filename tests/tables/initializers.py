"""Initializers and the distributions that they draw from."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy.special import ndtr

from mlp import initializers as ini


@dataclass(frozen=True)
class InitializerRow:
    """A rule for initial values, with the distribution function of every entry of a weight of this shape."""

    make: Callable[..., ini.Initializer]  # takes seed, where the rule draws at all
    shape: tuple[int, ...] = (6, 2)
    value: Any = None  # for rules that draw nothing
    cdf: Callable[[np.ndarray], np.ndarray] | None = None
    moments: tuple[float, float] = (0.0, 0.0)  # mean and variance
    bounds: tuple[float, float] = (-math.inf, math.inf)
    name: str = ""


def uniform(make, low, high, shape=(6, 2)):
    return InitializerRow(
        make,
        shape,
        cdf=lambda w: np.clip((w - low) / (high - low), 0, 1),
        moments=((low + high) / 2, (high - low) ** 2 / 12),
        bounds=(low, high),
    )


def normal(make, center, variance):
    deviation = math.sqrt(variance)
    return InitializerRow(make, cdf=lambda w: ndtr((w - center) / deviation), moments=(center, variance))


def truncated(make, center, variance=None, untruncated=None):
    """A normal distribution cut off at two of its deviations, told by its variance before or after."""
    density = math.exp(-2) / math.sqrt(2 * math.pi)
    inside = math.erf(math.sqrt(2))
    left = 1 - 2 * 2 * density / inside  # the share of the variance that is left
    variance = untruncated**2 * left if variance is None else variance
    deviation = math.sqrt(variance / left)
    return InitializerRow(
        make,
        cdf=lambda w: np.clip((ndtr((w - center) / deviation) - ndtr(-2)) / inside, 0, 1),
        moments=(center, variance),
        bounds=(center - 2 * deviation, center + 2 * deviation),
    )


def scaled(mode, distribution, scale=1.0):
    return partial(ini.VarianceScaling, scale, mode, distribution)


INITIALIZERS = [
    InitializerRow(ini.Zeros, value=0.0),
    InitializerRow(ini.Ones, value=1.0),
    InitializerRow(partial(ini.Constant, -2.5), value=-2.5),
    InitializerRow(partial(ini.Constant, [[1.0, 2.0]]), (1, 2), value=[[1.0, 2.0]]),
    InitializerRow(ini.Identity, (2, 3), value=[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
    InitializerRow(partial(ini.Identity, -0.5), (3, 2), value=[[-0.5, 0.0], [0.0, -0.5], [0.0, 0.0]]),
    normal(ini.RandomNormal, 0.0, 0.05**2),
    normal(partial(ini.RandomNormal, 1.0, 2.0), 1.0, 4.0),
    uniform(ini.RandomUniform, -0.05, 0.05),
    uniform(partial(ini.RandomUniform, 1.0, 3.0), 1.0, 3.0),
    truncated(ini.TruncatedNormal, 0.0, untruncated=0.05),
    truncated(partial(ini.TruncatedNormal, 1.0, 2.0), 1.0, untruncated=2.0),
    # Of a weight of shape (6, 2): 6 inputs, 2 outputs, 4 on average.
    truncated(ini.VarianceScaling, 0.0, 1 / 6),
    truncated(scaled("fan_out", "truncated_normal", 3.0), 0.0, 3 / 2),
    normal(scaled("fan_avg", "untruncated_normal"), 0.0, 1 / 4),
    uniform(scaled("fan_out", "uniform"), -math.sqrt(3 / 2), math.sqrt(3 / 2)),
    normal(
        partial(ini.VarianceScaling, 1.0, "fan_in", "untruncated_normal", input_axes=[0, 1], output_axes=[]),
        0.0,
        1 / 12,
    ),
    uniform(partial(ini.HeUniform, input_axes=(1,), output_axes=(0,)), -math.sqrt(3), math.sqrt(3)),
    uniform(ini.GlorotUniform, -math.sqrt(6 / 8), math.sqrt(6 / 8)),
    truncated(ini.GlorotNormal, 0.0, 2 / 8),
    uniform(ini.HeUniform, -1.0, 1.0),
    truncated(ini.HeNormal, 0.0, 2 / 6),
    uniform(ini.LecunUniform, -math.sqrt(3 / 6), math.sqrt(3 / 6)),
    truncated(ini.LecunNormal, 0.0, 1 / 6),
    # The entries of a point on a sphere in three dimensions are uniform (Archimedes).
    uniform(ini.Orthogonal, -1.0, 1.0, (3, 3)),
    uniform(partial(ini.Orthogonal, 2.0), -2.0, 2.0, (3, 3)),
    uniform(ini.Orthogonal, -1.0, 1.0, (2, 3)),
]
