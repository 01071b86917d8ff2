"""Layers and their truth."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mlp import Network
from mlp import activations as act
from mlp import layers as lay
from tables.activations import ACTIVATIONS
from tables.common import exactly


@dataclass(frozen=True)
class LayerRow:
    """A layer: ``truth`` takes a batch and all weights; a shape for each number of axes that it takes."""

    make: Callable[[], lay.Layer]
    truth: Callable[..., np.ndarray]
    shapes: tuple[tuple[int, ...], ...] = ((4,), (2, 4))
    by_vectors: bool = True  # where it takes both of these: rows along all axes but the last
    name: str = ""
    below: int | None = None  # it takes whole numbers below this one, and no others

    def draw(self, rng, shape, deviation=1.0):
        """Rows for it."""
        if self.below is not None:
            return rng.integers(0, self.below, shape).astype(float)
        return rng.normal(0, deviation, shape)

    def __post_init__(self):
        object.__setattr__(self, "by_vectors", self.by_vectors and set(self.shapes) >= {(4,), (2, 4)})


def affine(x, kernel, bias=0.0):
    return (x[..., :, None] * kernel).sum(axis=-2) + bias


def by_rows(row):
    """An activation's truth for whole arrays."""
    return lambda x: np.reshape(
        [exactly(row.truth, v) for v in np.reshape(x, (-1, np.shape(x)[-1]))], (*np.shape(x)[:-1], -1)
    )


def example(name):
    """An activation of the class of this name."""
    return next(f for f in (row.make() for row in ACTIVATIONS) if type(f).__name__ == name)


def dense(outputs, name, **kwargs):
    """A dense layer with so many outputs, twice as many units where its activation halves them."""
    f = example(name)
    return lay.Dense(2 * outputs if f.changes_shape else outputs, f, **kwargs)


def loop(x, f):
    """``f`` of each number by itself."""
    return np.reshape([f(float(v)) for v in np.ravel(x)], np.shape(x))


def vectors(x, f):
    """``f`` of each vector along the last axis."""
    return np.reshape([f(row) for row in np.reshape(x, (-1, np.shape(x)[-1]))], np.shape(x))


def standardised(numbers, epsilon=0.001):
    mean = math.fsum(numbers) / len(numbers)
    variance = math.fsum((v - mean) ** 2 for v in numbers) / len(numbers)
    return [(v - mean) / math.sqrt(variance + epsilon) for v in numbers]


MEAN, VARIANCE = [1.0, -2.0, 0.5, 3.0], [4.0, 0.25, 1.0, 9.0]
LAYER_ROWS = [
    LayerRow(lambda: lay.InputLayer((4,)), lambda x: x, ((4,),)),
    LayerRow(lambda: lay.InputLayer((2, 4)), lambda x: x, ((2, 4),)),
    LayerRow(lambda: lay.Dense(3), affine),
    LayerRow(lambda: lay.Dense(1, use_bias=False), affine),
    LayerRow(lambda: lay.Dense(3, activation="tanh"), lambda x, k, b: np.tanh(affine(x, k, b))),
    LayerRow(lambda: lay.Dense(3, activation="relu"), lambda x, k, b: np.clip(affine(x, k, b), 0, None)),
    LayerRow(
        lambda: lay.Dense(2, activation=act.Elu(0.3)),
        lambda x, k, b: by_rows(next(row for row in ACTIVATIONS if repr(row.make()) == "Elu(alpha=0.3)"))(
            affine(x, k, b)
        ),
    ),
    LayerRow(
        lambda: lay.Dense(3, activation="softmax", use_bias=False),
        lambda x, k: np.exp(affine(x, k)) / np.exp(affine(x, k)).sum(axis=-1, keepdims=True),
    ),
    *(
        LayerRow(lambda row=row: lay.Activation(row.make()), by_rows(row), name=f"Activation({row.make()!r})")
        for row in ACTIVATIONS
    ),
    LayerRow(lay.ReLU, lambda x: loop(x, lambda v: max(0, v))),
    LayerRow(
        lambda: lay.ReLU(max_value=1.5, negative_slope=0.25, threshold=0.5),
        lambda x: loop(x, lambda v: 1.5 if v >= 1.5 else v if v >= 0.5 else 0.25 * (v - 0.5)),
        name="ReLU with slopes",
    ),
    LayerRow(lay.LeakyReLU, lambda x: loop(x, lambda v: v if v > 0 else 0.3 * v)),
    LayerRow(
        lay.PReLU,
        lambda x, a: np.array([[v if v > 0 else s * v for v, s in zip(r, a.flat, strict=True)] for r in x]),
        ((4,),),
    ),
    LayerRow(
        lambda: lay.PReLU("uniform", shared_axes=[1]),
        lambda x, a: np.array(
            [[[v if v > 0 else s * v for v, s in zip(r, a[0], strict=True)] for r in m] for m in x]
        ),
        ((2, 4), (3, 1)),
        name="PReLU with shared slopes",
    ),
    LayerRow(
        lambda: lay.PReLU("uniform", shared_axes=(1, 2)),
        lambda x, a: loop(x, lambda v: v if v > 0 else float(a[0, 0]) * v),
        ((2, 4),),
        name="PReLU with one slope",
    ),
    LayerRow(lambda: lay.ELU(0.3), lambda x: loop(x, lambda v: v if v > 0 else 0.3 * math.expm1(v))),
    LayerRow(lay.Softmax, lambda x: np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)),
    LayerRow(
        lambda: lay.Softmax(axis=1),
        lambda x: np.array([[np.exp(r) / sum(map(np.exp, m)) for r in m] for m in x]),
        ((2, 4),),
        name="Softmax along another axis",
    ),
    LayerRow(lambda: lay.Dropout(0.4), lambda x: x),
    LayerRow(lambda: lay.Dropout(0.4, noise_shape=(None, 1), seed=3), lambda x: x, ((4,),)),
    LayerRow(lambda: lay.AlphaDropout(0.4), lambda x: x),
    LayerRow(lambda: lay.AlphaDropout(0.2, noise_shape=(None, 1), seed=3), lambda x: x, ((4,),)),
    LayerRow(lambda: lay.GaussianDropout(0.4), lambda x: x),
    LayerRow(lambda: lay.GaussianNoise(0.3), lambda x: x),
    LayerRow(
        lay.BatchNormalization,
        lambda x, g, b, m, v: np.array(g) * (x - m) / np.sqrt(v + 0.001) + b,
    ),
    LayerRow(
        lambda: lay.BatchNormalization(1, 0.5, 0.1, False, moving_variance_initializer="uniform"),
        lambda x, g, m, v: np.array(
            [
                [
                    [gi * (v_ - mi) / (vi + 0.1) ** 0.5 for v_ in r]
                    for r, gi, mi, vi in zip(row, g, m, v, strict=True)
                ]
                for row in x
            ]
        ),
        ((2, 4),),
        name="BatchNormalization of another axis",
    ),
    LayerRow(
        lambda: lay.BatchNormalization(center=False, scale=False),
        lambda x, m, v: (x - m) / np.sqrt(v + 0.001),
        name="BatchNormalization alone",
    ),
    LayerRow(lay.LayerNormalization, lambda x, g, b: g * vectors(x, standardised) + b),
    LayerRow(
        lambda: lay.LayerNormalization(axis=[-1, 1], epsilon=0.1, center=False),
        lambda x, g: np.array([g * np.reshape(standardised(row.ravel(), 0.1), row.shape) for row in x]),
        ((2, 4),),
        name="LayerNormalization of two axes",
    ),
    LayerRow(
        lambda: lay.LayerNormalization(1, scale=False),
        lambda x, b: np.array([np.transpose([np.add(standardised(r), b) for r in row.T]) for row in x]),
        ((2, 4),),
        name="LayerNormalization of another axis",
    ),
    LayerRow(
        lay.RMSNormalization, lambda x, s: s * vectors(x, lambda r: r / (sum(r * r) / len(r) + 1e-6) ** 0.5)
    ),
    LayerRow(
        lambda: lay.RMSNormalization(axis=(1,), epsilon=0.1),
        lambda x, s: np.array(
            [np.transpose([s * r / (sum(r * r) / len(r) + 0.1) ** 0.5 for r in row.T]) for row in x]
        ),
        ((2, 4),),
        name="RMSNormalization of another axis",
    ),
    LayerRow(lay.UnitNormalization, lambda x: vectors(x, lambda r: r / math.hypot(*r))),
    LayerRow(
        lambda: lay.UnitNormalization(axis=(1, 2)),
        lambda x: np.array([row / math.hypot(*row.flat) for row in x]),
        ((2, 4),),
        name="UnitNormalization of two axes",
    ),
    LayerRow(
        lambda: lay.Normalization(mean=MEAN, variance=VARIANCE),
        lambda x, m, v, n: (x - np.array(MEAN)) / np.array(VARIANCE) ** 0.5,
    ),
    LayerRow(
        lambda: lay.Normalization(mean=0.5, variance=4.0, invert=True), lambda x, m, v, n: 2.0 * x + 0.5
    ),
    LayerRow(
        lambda: lay.Normalization((1, -1), mean=[[1.0], [2.0]], variance=4.0),
        lambda x, m, v, n: np.array([[(row[0] - 1) / 2, (row[1] - 2) / 2] for row in x]).reshape(x.shape),
        ((2, 4),),
        name="Normalization of two axes",
    ),
    LayerRow(
        lambda: lay.Normalization(1, mean=[1.0, 2.0], variance=[4.0, 0.0]),
        lambda x, m, v, n: np.array([[(row[0] - 1) / 2, (row[1] - 2) / 1e-7] for row in x]).reshape(x.shape),
        ((2, 4),),
        name="Normalization of another axis",
    ),
    LayerRow(
        lambda: lay.Normalization(None, 1.0, 4.0), lambda x, m, v, n: (x - 1) / 2, name="Normalization of all"
    ),
    LayerRow(lambda: lay.Rescaling(0.5, offset=-1.0), lambda x: x / 2 - 1),
    LayerRow(lambda: lay.Rescaling([1.0, -2.0, 0.0, 3.0]), lambda x: x * [1, -2, 0, 3]),
    LayerRow(
        lay.Flatten, lambda x: np.array([list(row.flat) for row in x]), ((4,), (2, 4), (2, 3, 2)), False
    ),
    LayerRow(
        lambda: lay.Reshape((2, -1)),
        lambda x: np.array([[r[: len(r) // 2], r[len(r) // 2 :]] for r in map(np.ravel, x)]),
        ((4,), (2, 4)),
        by_vectors=False,
    ),
    LayerRow(
        lambda: lay.Reshape([4]), lambda x: np.array([list(row.flat) for row in x]), ((4,), (2, 2)), False
    ),
    LayerRow(lay.Identity, lambda x: x),
    LayerRow(
        lambda: lay.Permute((2, 3, 1)),
        lambda x: np.array(
            [[[[m[i, j, k] for i in range(2)] for k in range(2)] for j in range(3)] for m in x]
        ).reshape(len(x), 3, 2, 2),
        ((2, 3, 2),),
    ),
    LayerRow(
        lambda: lay.RepeatVector(3), lambda x: np.array([[r] * 3 for r in x]).reshape(-1, 3, 4), ((4,),)
    ),
    LayerRow(lambda: lay.ActivityRegularization(0.3, 0.2), lambda x: x),
    LayerRow(
        lambda: lay.Embedding(5, 3),
        lambda x, e: np.reshape([e[int(v)] for v in x.flat], (*x.shape, 3)),
        ((4,), (2, 4), (1,)),
        by_vectors=False,
        name="Embedding",
        below=5,
    ),
    LayerRow(
        lambda: lay.CategoryEncoding(5),
        lambda x: np.array([[float(i in row) for i in range(5)] for row in x]).reshape(-1, 5),
        ((4,),),
        name="CategoryEncoding",
        below=5,
    ),
    LayerRow(
        lambda: lay.CategoryEncoding(3, "one_hot"),
        lambda x: np.reshape([[float(i == v) for i in range(3)] for v in x.flat], (*x.shape, 3)),
        ((2, 4), (4,)),
        by_vectors=False,
        name="CategoryEncoding, one-hot",
        below=3,
    ),
    LayerRow(
        lambda: lay.CategoryEncoding(3, "count"),
        lambda x: np.array([[[list(r).count(i) for i in range(3)] for r in m] for m in x]).reshape(-1, 2, 3),
        ((2, 4),),
        name="CategoryEncoding, counted",
        below=3,
    ),
    LayerRow(
        lambda: lay.Discretization([-1.0, 0.5, 0.5, 2.0]),
        lambda x: loop(x, lambda v: (v >= -1) + 2 * (v >= 0.5) + (v >= 2)),
        name="Discretization",
    ),
    LayerRow(
        lambda: lay.Discretization([0.5], output_mode="one_hot"),
        lambda x: np.reshape([[float(v < 0.5), float(v >= 0.5)] for v in x.flat], (len(x), 4, 2)),
        ((4,),),
        name="Discretization, one-hot",
    ),
    LayerRow(lambda: lay.Residual(lay.Dense(4)), lambda x, k, b: x + affine(x, k, b)),
    LayerRow(
        lambda: lay.Residual(Network([lay.Dense(3, activation="tanh", input_dim=4), lay.Dense(4)])),
        lambda x, k, b, k2, b2: x + affine(np.tanh(affine(x, k, b)), k2, b2),
        ((4,),),
        name="Residual(Network)",
    ),
    LayerRow(
        lambda: lay.Residual(lay.Residual(lay.Dropout(0.5))), lambda x: 3 * x, name="Residual(Residual)"
    ),
    LayerRow(
        lambda: Network([lay.Dense(3, activation="tanh", input_dim=4), lay.Activation("relu"), lay.Dense(2)]),
        lambda x, k, b, k2, b2: affine(np.clip(np.tanh(affine(x, k, b)), 0, None), k2, b2),
        ((4,),),
        name="Network",
    ),
]
