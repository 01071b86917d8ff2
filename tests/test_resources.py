"""What training and prediction cost: memory in a step and from call to call, and time after many steps."""

import gc
import itertools
import threading
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest
from tables import OPTIMIZERS, TARGETS, over

from mlp import Network, batches
from mlp.callbacks import Callback
from mlp.layers import Dense, Dropout, InputLayer, Normalization, Residual
from mlp.losses import CategoricalCrossentropy
from mlp.optimizers import SGD, Adam, RMSprop
from mlp.regularizers import L1L2
from mlp.samples import Samples
from mlp.training import Trainer

DTYPES = ["float32", "float64"]
RNG = np.random.default_rng(11)
X, Y = RNG.normal(size=(20, 4)), RNG.normal(size=(20, 2))


def trained_on(net, x, y, weight=None):
    """A trainer of the network, and checked rows, targets and weights."""
    samples = Samples.checked(net, x, y, weight)
    return Trainer(net), (samples.x, samples.t, samples.training_weight)


def small(*layers, optimizer="adam", **settings):
    net = Network(list(layers) or [Dense(5, "tanh", input_dim=4), Dense(2)], rng=0)
    net.compile(optimizer, "mse", **settings)
    return net


# --- Memory in a step ---------------------------------------------------------------------------------------

WIDTHS, ROWS, CLASSES = (16, 64), (32, 512), 5


@dataclass(frozen=True)
class Kind:
    """A network of some width, and what it is trained on."""

    name: str
    make: Callable[[int], list]
    loss: object = "mse"
    targets: str = "real"
    weighted: bool = False

    def training(self, width, rows, dtype, optimizer="sgd"):
        """A network with rows, targets and weights."""
        rng = np.random.default_rng(0)
        net = Network([InputLayer((width,)), *self.make(width)], dtype=dtype, rng=0)
        net.compile(optimizer, self.loss)
        x, y = rng.normal(size=(rows, width)), TARGETS[self.targets].draw(rng, (rows, CLASSES))
        return net, x.astype(dtype), y, rng.uniform(0.5, 1.5, rows).astype(dtype) if self.weighted else None


def penalised(width):
    return Dense(
        width, "tanh", kernel_regularizer=L1L2(1e-3, 1e-3), bias_regularizer="l1", activity_regularizer="l2"
    )


TANH = Kind("tanh, mse", lambda w: [Dense(w, "tanh"), Dense(CLASSES)])
KINDS = [
    TANH,
    Kind("tanh, hinge", lambda w: [Dense(w, "tanh"), Dense(CLASSES)], "hinge", "sign"),
    Kind("relu, mae", lambda w: [Dense(w, "relu"), Dense(CLASSES)], "mae"),
    Kind("silu and softplus, sse", lambda w: [Dense(w, "silu"), Dense(CLASSES, "softplus")], "sse"),
    Kind(
        "sigmoid and softmax",
        lambda w: [Dense(w, "sigmoid"), Dense(CLASSES, "softmax")],
        "categorical_crossentropy",
        "one-hot",
    ),
    Kind(
        "sigmoid and softmax, smoothed, with weights",
        lambda w: [Dense(w, "sigmoid"), Dense(CLASSES, "softmax")],
        CategoricalCrossentropy(label_smoothing=0.1),
        "one-hot",
        weighted=True,
    ),
    Kind("softmax inside", lambda w: [Dense(w, "softmax"), Dense(CLASSES)]),
    Kind("penalties", lambda w: [penalised(w), Dense(CLASSES)]),
    Kind("weights", lambda w: [Dense(w, "relu"), Dense(CLASSES)], "hinge", "sign", weighted=True),
    Kind(
        "normalization and residual",
        lambda w: [Normalization(mean=0.5, variance=2.0), Residual(Dense(w, "relu")), Dense(CLASSES)],
    ),
    Kind("a network inside", lambda w: [Network([Dense(w, "tanh", input_dim=w)]), Dense(CLASSES)]),
]


def most_in(calls):
    """The most memory that any of these calls took beyond what it found.

    NumPy works through a buffer of its own where a vector is added to each row, 64 kB at most; here it is
    made as small as can be, so that what is seen is memory of this package.
    """
    peaks = []
    with np.errstate(all="ignore"):  # puts the size of the buffer back too
        np.setbufsize(16)
        tracemalloc.start()
        try:
            for call in calls:
                before = tracemalloc.get_traced_memory()[0]
                tracemalloc.reset_peak()
                call()
                peaks.append(tracemalloc.get_traced_memory()[1] - before)
        finally:
            tracemalloc.stop()
    return max(peaks[1:])  # the first is warm-up of the measurement itself


def memory_of_a_step(net, x, y, weight=None):
    """What one step takes after forty others."""
    trainer, batch = trained_on(net, x, y, weight)
    for _ in range(40):
        trainer.step(*batch)
    return most_in([lambda: trainer.step(*batch)] * 6)


def assert_flat(needed):
    """One vector with a number for each row would be 2 kB more."""
    assert max(needed) - min(needed) < 1_000, needed


@over(KINDS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_no_network_needs_more_in_a_step_for_more_rows_or_units(row, dtype):
    assert_flat([memory_of_a_step(*row.training(*size, dtype)) for size in itertools.product(WIDTHS, ROWS)])


@over(OPTIMIZERS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_no_optimizer_needs_more_in_a_step_for_more_parameters(row, dtype):
    assert_flat([memory_of_a_step(*TANH.training(width, 32, dtype, row.make())) for width in (16, 128)])


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_fit_needs_no_more_from_batch_to_batch_for_more_rows_or_units(shuffle, weighted, monkeypatch):
    """From the end of a batch to the end of the next one, in which the rows of each are gathered."""
    monkeypatch.setattr(batches, "GATHERED_BYTES", 1)
    assert_flat(
        [
            memory_from_batch_to_batch(width, rows, shuffle, weighted)
            for width, rows in itertools.product(WIDTHS, ROWS)
        ]
    )


def memory_from_batch_to_batch(width, size, shuffle, weighted):
    net, x, y, weight = Kind("", TANH.make, weighted=weighted).training(width, 20 * size, "float64", "adam")
    before, peaks = [0], []

    class Look(Callback):
        only_watches = True

        def on_train_batch_end(self, batch, logs=None):
            peaks.append(tracemalloc.get_traced_memory()[1] - before[0])
            tracemalloc.reset_peak()
            before[0] = tracemalloc.get_traced_memory()[0]

    def train():
        net.fit(
            x, y, size, verbose=0, shuffle=shuffle, sample_weight=weight,
            callbacks=[Look()],
        )  # fmt: skip

    most_in([lambda: None, train])
    return max(peaks[10:])


# --- Memory from call to call -------------------------------------------------------------------------------

CALLS = {
    "predict": (10_000, lambda net: net.predict(X)),
    "predict in batches": (2_000, lambda net: net.predict(X, batch_size=6)),
    "a call": (10_000, lambda net: net(X)),
    "evaluate": (1_000, lambda net: net.evaluate(X, Y)),
    "value_and_gradient": (1_000, lambda net: net.value_and_gradient(X, Y)),
    "fit": (300, lambda net: net.fit(X, Y, batch_size=6, verbose=0)),
    "fit with validation": (300, lambda net: net.fit(X, Y, 6, validation_split=0.3, verbose=0)),
    "train_on_batch": (200, lambda net: net.train_on_batch(X, Y)),
}


@pytest.mark.parametrize(("times", "call"), CALLS.values(), ids=CALLS)
def test_no_call_leaves_memory_behind(times, call):
    net, held = small(metrics=["mae"]), []
    tracemalloc.start()
    try:
        for calls in (times // 10, times):
            for _ in range(calls):
                call(net)
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert held[1] - held[0] < 2_000, held


# --- Denormal numbers ---------------------------------------------------------------------------------------

DECAYING = {
    "momentum": partial(SGD, momentum=0.9),
    "nesterov": partial(SGD, momentum=0.9, nesterov=True),
    "rmsprop": RMSprop,
    "rmsprop, all": partial(RMSprop, momentum=0.9, centered=True),
    "adam": Adam,
    "amsgrad": partial(Adam, amsgrad=True),
}
decaying = pytest.mark.parametrize("optimizer", DECAYING.values(), ids=DECAYING)
BLOCK, BLOCKS = 500, 40


def training_of_dead_units(optimizer, dtype):
    """20,000 steps; yields the seconds of each 500.

    Of 64 units, 56 have a gradient in the first step and never again, so their state decays: in float64 it is
    denormal after some 7,000 steps.
    """
    rng = np.random.default_rng(0)
    net = Network([Dense(64, "relu", input_dim=8), Dense(4)], dtype=dtype, rng=0)
    net.compile(optimizer, "mse")
    trainer, (x, t, _) = trained_on(net, rng.normal(size=(64, 8)), rng.normal(size=(64, 4)))
    eighths = [(x[rows], t[rows], None) for rows in np.split(np.arange(64), 8)]
    trainer.step(*eighths[0])
    net.layers[0].bias[:56] = -1e3
    for _ in range(BLOCKS):
        began = time.perf_counter()
        for batch in itertools.islice(itertools.cycle(eighths), BLOCK):
            trainer.step(*batch)
        yield time.perf_counter() - began


@decaying
@pytest.mark.parametrize("dtype", DTYPES)
def test_decaying_state_is_never_denormal(optimizer, dtype):
    optimizer, tiny = optimizer(), np.finfo(dtype).tiny
    for block, _ in enumerate(training_of_dead_units(optimizer, dtype)):
        for name, slot in optimizer.slots.items():
            assert not ((slot != 0) & (np.abs(slot) < tiny)).any(), (name, block)
    assert all((slot == 0).any() for name, slot in optimizer.slots.items() if name == "momentum")


@pytest.mark.parametrize("optimizer", [DECAYING["nesterov"], DECAYING["rmsprop, all"], Adam])
@pytest.mark.parametrize("dtype", DTYPES)
def test_old_training_is_not_slower_than_young_one(optimizer, dtype):
    """By the quickest of blocks, for others need the processor too; one of three trainings must show it."""
    for _ in range(3):
        seconds = list(training_of_dead_units(optimizer(), dtype))
        if min(seconds[-5:]) < 1.5 * min(seconds[1:6]):
            return
    pytest.fail(f"a step took {min(seconds[1:6]) / BLOCK} s, and later {min(seconds[-5:]) / BLOCK} s")


# --- Threads ------------------------------------------------------------------------------------------------


def test_eight_threads_may_predict_while_one_trains():
    net = small(Dense(30, "relu", input_dim=4), Dropout(0.3), Dense(2, "softmax"), optimizer="rmsprop")
    start, stop = threading.Barrier(9), threading.Event()

    def predict(call):
        start.wait()
        finite = []
        while not stop.is_set():
            finite.append(bool(np.isfinite(call(X)).all()))
        return finite

    with ThreadPoolExecutor(8) as pool:
        threads = [pool.submit(predict, call) for call in [net.predict, net] * 4]
        start.wait()
        try:
            net.fit(X, Y, batch_size=5, epochs=60, verbose=0)
        finally:
            stop.set()
    assert all(thread.result() and all(thread.result()) for thread in threads)
