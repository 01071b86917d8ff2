"""Microseconds a training step with ``fit``, beside the same networks trained by bare loops (`benchmarks.bare`).

``python -m benchmarks.steps [--seconds 10] [--workload NAME ...]`` prints Markdown tables. The two sides take
turns within one run, so what else the machine is doing reaches both: the ratio is the figure to read. It is the
median of the ratios of neighbours, and a call of ``fit`` counts whole, its checks at the door included.
"""

import argparse
import datetime
import gc
import os
import platform
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import bare
from mlp import Network, callbacks
from mlp.layers import Dense

PIECE = 0.2  # seconds of one side before the other has its turn
TOLERANCE = 5e-3  # relative difference of the losses of the two sides, in float32, after CHECKED epochs
CHECKED = 5


def labelled_points(rows, rng):
    """Points of the square and +1 where the sum of the two coordinates exceeds a half, else -1."""
    x = rng.random((rows, 2), dtype=np.float32)
    return x, np.where(x.sum(axis=1, keepdims=True) > 0.5, np.float32(1), np.float32(-1))


def smooth_function(rows, rng):
    """Points of four dimensions and a smooth function of them."""
    x = rng.standard_normal((rows, 4), dtype=np.float32)
    return x, np.sin(x[:, :1]) + x[:, 1:2] * x[:, 2:3] - x[:, 3:]


def images(rows, rng):
    """Ten pictures of 784 pixels under much noise, with one label in ten wrong, so that gradients never vanish."""
    labels = rng.integers(0, 10, rows)
    pictures, noise = (rng.random((n, 784), dtype=np.float32) for n in (10, rows))
    x = 0.3 * pictures[labels] + 0.7 * noise
    wrong = rng.random(rows) < 0.1
    labels[wrong] = rng.integers(0, 10, wrong.sum())
    return x, labels


def one_hot(labels):
    """Turn labels of ten classes into rows of zeros and a one."""
    return np.eye(10, dtype=np.float32)[labels]


@dataclass(frozen=True)
class Workload:
    """A network, its data, and the bare step that trains it."""

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str
    batch_size: int
    steps: int  # of an epoch
    data: Callable
    bare_step: Callable
    one_hot: bool = False  # whether mlp is given one-hot rows; the bare classifier always is

    def __str__(self):
        acts = " ".join(dict.fromkeys(self.activations))
        return f"{'-'.join(map(str, self.sizes))} {acts}, {self.loss}, batch {self.batch_size}"

    def arrays(self):
        """Return ``x, y`` for mlp and the ``y`` of the bare loop."""
        x, y = self.data(self.batch_size * self.steps, np.random.default_rng(1))
        bare_y = one_hot(y) if self.data is images else y
        return x, bare_y if self.one_hot else y, bare_y

    def network(self):
        """Return the compiled network of mlp."""
        layers = [Dense(n, activation=a) for n, a in zip(self.sizes[2:], self.activations[1:], strict=True)]
        first = Dense(self.sizes[1], activation=self.activations[0], input_dim=self.sizes[0])
        net = Network([first, *layers], dtype="float32", rng=0)
        net.compile(optimizer="adam", loss=self.loss)
        return net

    def step(self, net):
        """Return the bare step that starts from the weights of `net`."""
        return self.bare_step(net.get_weights(), self.sizes, self.batch_size)


WORKLOADS = {
    "2-5-1": Workload(
        (2, 5, 1), ("tanh", "tanh"), "hinge", 32, 64, labelled_points, bare.tanh_hinge
    ),
    "4-20-10-1": Workload(
        (4, 20, 10, 1), ("relu", "relu", "linear"), "mean_absolute_error", 16, 64,
        smooth_function, bare.relu_absolute,
    ),
    "784-50-100-10": Workload(
        (784, 50, 100, 10), ("sigmoid", "sigmoid", "softmax"), "sparse_categorical_crossentropy", 100, 60,
        images, partial(bare.classifier, activate=bare.sigmoid, back=bare.sigmoid_back),
    ),
    "784-512-512-10": Workload(
        (784, 512, 512, 10), ("relu", "relu", "softmax"), "categorical_crossentropy", 128, 20,
        images, partial(bare.classifier, activate=bare.relu, back=bare.relu_back), one_hot=True,
    ),
}  # fmt: skip


def seconds(function):
    """Return how long one call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def compare(ours, theirs, budget):
    """Time two functions in turns, each the first every other time; return the two lists of seconds."""
    pair, taken, turn = (ours, theirs), ([], []), 0
    end = time.perf_counter() + budget
    while time.perf_counter() < end or turn < 3:
        for side in (0, 1) if turn % 2 else (1, 0):
            taken[side].append(seconds(pair[side]))
        turn += 1
    return taken


def same_training(work):
    """Return the worst relative difference of the losses from the same start, and the first and the last loss."""
    x, y, bare_y = work.arrays()
    net = work.network()
    step = work.step(net)
    ours = net.fit(x, y, work.batch_size, CHECKED, verbose=0, shuffle=False).history["loss"]
    theirs = bare.fit(step, x, bare_y, work.batch_size, CHECKED)
    apart = max(abs(a - b) / b for a, b in zip(ours, theirs, strict=True))
    if not (apart < TOLERANCE and ours[-1] < 0.99 * ours[0]):
        sys.exit(f"{work}: the two sides do not train alike: {ours} and {theirs}")
    return apart, ours[0], ours[-1]


def train_row(work, budget):
    """Return the line of the table of training steps."""
    apart, first, last = same_training(work)
    x, y, bare_y = work.arrays()
    net, rng = work.network(), np.random.default_rng(0)
    step = work.step(net)

    def ours(epochs):
        net.fit(x, y, work.batch_size, epochs, verbose=0)

    def theirs(epochs):
        bare.fit(step, x, bare_y, work.batch_size, epochs, rng)

    theirs(1)
    ours(2)  # both are warm
    epochs = max(2, round(PIECE / seconds(partial(theirs, 1))))
    lists = compare(partial(ours, epochs), partial(theirs, epochs), budget)
    return [str(work), *spread(lists, epochs * work.steps), f"{first:.4f} to {last:.4f}", f"{apart:.0e}"]


def spread(lists, calls):
    """Return median and range of both sides in microseconds a call, and the median of the ratios."""
    cells = []
    for taken in lists:
        low, middle, high = (1e6 / calls * f(taken) for f in (min, statistics.median, max))
        digits = 1 if middle < 100 else 0
        cells += [f"**{middle:.{digits}f}**", f"{low:.{digits}f} to {high:.{digits}f}"]
    ratio = statistics.median(a / b for a, b in zip(*lists, strict=True))
    return [*cells, f"**{ratio:.2f}**"]


def one_row(budget, calls=5_000):
    """Return the line for one row through ``net(x)`` and through the bare expression."""
    work = WORKLOADS["2-5-1"]
    net, x = work.network(), np.array([[0.3, 0.1]], np.float32)
    w1, b1, w2, b2 = net.get_weights()

    def ours():
        for _ in range(calls):
            net(x)

    def theirs():
        for _ in range(calls):
            np.tanh(np.tanh(x @ w1 + b1) @ w2 + b2)

    ours()
    theirs()
    return ["`net(x)`, one row, 2-5-1", *spread(compare(ours, theirs, budget), calls)]


def memory_row(work, epochs=10, early=3):
    """Return the line for the memory that Python and NumPy hold while ``fit`` runs, in kB.

    What grows rightly is the history: a few dozen bytes an epoch.
    """
    x, y, _ = work.arrays()
    net = work.network()
    held, peaks = np.zeros(epochs), np.zeros(epochs)

    def remember(epoch, logs=None):
        gc.collect()  # also empties CPython's lists of free tuples, which would look like growth
        held[epoch], peaks[epoch] = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()

    net.fit(x, y, work.batch_size, 1, verbose=0)
    tracemalloc.start()
    watch = callbacks.LambdaCallback(on_epoch_end=remember)
    net.fit(x, y, work.batch_size, epochs, verbose=0, callbacks=[watch])
    tracemalloc.stop()
    above = peaks[-1] - held[-2]
    return [str(work), *(f"{kb / 1024:.1f}" for kb in (held[early - 1], held[-1] - held[early - 1], above))]


def machine():
    """Describe the machine, the versions and the day in one line."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "default")
    return (
        f"{datetime.date.today()}, {models[0] if models else platform.machine()}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, NumPy {np.__version__}, {blas['name']} {blas['version']} "
        f"(threads: {threads}), float32, Adam"
    )


def print_table(head, rows):
    """Print a Markdown table, the first column to the left and the others to the right."""
    for cells in (head, ["---"] + ["--:"] * (len(head) - 1), *rows):
        print("| " + " | ".join(cells) + " |", flush=True)
    print()


def main():
    """Measure what the command line asks for and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.steps", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10, help="for each workload (default: %(default)s)")
    parser.add_argument("--workload", action="append", choices=WORKLOADS, help="only this (may be repeated)")
    options = parser.parse_args()
    chosen = [WORKLOADS[name] for name in options.workload or WORKLOADS]

    print(machine(), end="\n\n")
    columns = ["mlp", "min to max", "bare loop", "min to max", "ratio"]
    trained = [train_row(work, options.seconds) for work in chosen]
    print_table(["us a step", *columns, f"loss in {CHECKED} epochs", "losses apart by"], trained)
    if WORKLOADS["2-5-1"] in chosen:
        print_table(["us a call", *columns], [one_row(options.seconds / 2)])
    memory = [memory_row(work) for work in chosen]
    head = ["kB traced in `fit`", "held after epoch 3", "growth to epoch 10", "peak of an epoch above"]
    print_table(head, memory)


if __name__ == "__main__":
    main()
