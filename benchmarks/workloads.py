"""The networks that are trained, their data and the weights all contenders start from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

DTYPE = np.float32
CLASSES = 10
ITERATIONS = 50  # of L-BFGS
CHECKED_STEPS = 20  # at least, to see whether all train alike; with more, rounding errors grow


def labelled_points(rows: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Points of the square and +1 where the sum of the two coordinates exceeds a half, else -1."""
    x = rng.random((rows, 2), dtype=DTYPE)
    return x, np.where(x.sum(axis=1, keepdims=True) > 0.5, DTYPE(1), DTYPE(-1))


def smooth_function(rows: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Points of four dimensions and a smooth function of them."""
    x = rng.standard_normal((rows, 4), dtype=DTYPE)
    return x, np.sin(x[:, :1]) + x[:, 1:2] * x[:, 2:3] - x[:, 3:]


def noisy_function(rows: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Points of 32 dimensions and a function of four of them, with noise that no network can learn."""
    x = rng.standard_normal((rows, 32), dtype=DTYPE)
    noise = rng.standard_normal((rows, 1), dtype=DTYPE)
    return x, np.sin(x[:, :1]) + x[:, 1:2] - x[:, 2:3] + x[:, 3:4] + DTYPE(0.3) * noise


def images(rows: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Ten pictures of 784 pixels under noise, with one label in ten wrong, so that gradients never vanish."""
    labels = rng.integers(0, CLASSES, rows)
    pictures, noise = (rng.random((n, 784), dtype=DTYPE) for n in (CLASSES, rows))
    x = DTYPE(0.3) * pictures[labels] + DTYPE(0.7) * noise
    wrong = rng.random(rows) < 0.1
    labels[wrong] = rng.integers(0, CLASSES, wrong.sum())
    return x, labels


@dataclass(frozen=True)
class Workload:
    """A network, its loss, and how many rows a step and how many steps an epoch has."""

    name: str
    sizes: tuple[int, ...]
    hidden: str
    output: str
    loss: str
    batch_size: int
    steps: int
    data: Callable[[int, np.random.Generator], tuple[Any, Any]]

    @property
    def rows(self) -> int:
        """How many rows there are: whole batches."""
        return self.batch_size * self.steps

    @property
    def activations(self) -> list[str]:
        """The activation of each layer."""
        return [self.hidden] * (len(self.sizes) - 2) + [self.output]

    @property
    def is_classifier(self) -> bool:
        """Whether the targets are labels of classes."""
        return self.loss == "sparse_categorical_crossentropy"

    @property
    def checked_epochs(self) -> int:
        """How many epochs are trained to see whether all train alike."""
        return max(5, -(-CHECKED_STEPS // self.steps))

    @property
    def flops(self) -> int:
        """Operations of the matrix products of one step; the first layer needs no ``dx``."""
        products = [n_in * n_out for n_in, n_out in pairwise(self.sizes)]
        return 2 * self.batch_size * (3 * sum(products) - products[0])

    def __str__(self) -> str:
        acts = dict.fromkeys(self.activations)
        loss = self.loss.replace("sparse_", "").replace("_", " ")
        return f"{short(self.sizes)}, {' and '.join(acts)}, {loss}, batch {self.batch_size:,}"

    def arrays(self) -> tuple[Any, Any]:
        """Return the rows and their targets."""
        return self.data(self.rows, np.random.default_rng(1))

    def rows_to_predict(self, rows: int) -> Any:
        """Return other rows of the same kind."""
        return self.data(rows, np.random.default_rng(2))[0]

    def weights(self) -> list[Any]:
        """Return ``[kernel, bias, ...]`` after Glorot, with biases of zero."""
        rng, weights = np.random.default_rng(0), []
        for n_in, n_out in pairwise(self.sizes):
            limit = np.sqrt(6 / (n_in + n_out))
            weights += [rng.uniform(-limit, limit, (n_in, n_out)).astype(DTYPE), np.zeros(n_out, DTYPE)]
        return weights


def short(sizes: tuple[int, ...]) -> str:
    """Write ``2-5-1``, and many equal layers as ``32-(32 x 10)-1``."""
    hidden = sizes[1:-1]
    if len(hidden) > 3 and len(set(hidden)) == 1:
        return f"{sizes[0]}-({hidden[0]} x {len(hidden)})-{sizes[-1]}"
    return "-".join(map(str, sizes))


def table(*workloads: Workload) -> dict[str, Workload]:
    """Give access by name."""
    return {work.name: work for work in workloads}


POINTS = ((2, 5, 1), "tanh", "tanh", "hinge")
ENTROPY = ("softmax", "sparse_categorical_crossentropy")

#: Networks trained by ``fit``.
TRAINING = table(
    Workload("2-5-1", *POINTS, batch_size=32, steps=64, data=labelled_points),
    Workload("2-5-1-batch-1", *POINTS, batch_size=1, steps=512, data=labelled_points),
    Workload("2-5-1-full-batch", *POINTS, batch_size=2048, steps=1, data=labelled_points),
    Workload(
        "4-20-10-1", (4, 20, 10, 1), "relu", "linear", "mean_absolute_error", 16, 64, smooth_function
    ),
    Workload("784-50-100-10", (784, 50, 100, 10), "sigmoid", *ENTROPY, 100, 60, images),
    Workload("784-512-512-10", (784, 512, 512, 10), "relu", *ENTROPY, 128, 20, images),
    Workload(
        "deep", (32, *[32] * 10, 1), "relu", "linear", "mean_squared_error", 32, 64, noisy_function
    ),
    Workload("wide", (784, 2048, 2048, 10), "relu", *ENTROPY, 128, 4, images),
)  # fmt: skip

#: The four networks whose memory is traced.
MAIN = ("2-5-1", "4-20-10-1", "784-50-100-10", "784-512-512-10")

#: Networks trained on all rows at once by L-BFGS.
MINIMIZATION = table(
    Workload(
        "4-20-10-1-lbfgs", (4, 20, 10, 1), "relu", "linear", "mean_squared_error", 1024, 1, smooth_function
    ),
    Workload("784-50-100-10-lbfgs", (784, 50, 100, 10), "sigmoid", *ENTROPY, 1000, 1, images),
)


def growing(axis: str, size: int, width: int = 64, depth: int = 2, batch_size: int = 64) -> Workload:
    """Make one network of a series in which `axis` grows to `size`."""
    sizes = (32, *[width] * depth, 1)
    steps = max(1, 1024 // batch_size)
    regression = ("relu", "linear", "mean_squared_error")
    return Workload(f"{axis}-{size}", sizes, *regression, batch_size, steps, noisy_function)


#: Series of networks that differ in one size.
GROWTH = {
    "batch": {n: growing("batch", n, batch_size=n) for n in (1, 8, 64, 512, 4096)},
    "width": {n: growing("width", n, width=n) for n in (8, 32, 128, 512, 2048)},
    "depth": {n: growing("depth", n, width=32, depth=n) for n in (1, 2, 4, 8, 16, 32)},
}

#: All of them, for a worker that is told a name.
WORKLOADS = TRAINING | MINIMIZATION | table(*(w for series in GROWTH.values() for w in series.values()))
