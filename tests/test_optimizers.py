"""Optimizers against ten lines of plain Python that move one number."""

import copy
import itertools
import math
import pickle

import numpy as np
import pytest
from tables import OPTIMIZERS, over

from mlp import Network, optimizers, schedules
from mlp.errors import ArgumentError, ArgumentTypeError, ShapeError, StateError
from mlp.layers import Dense

RATE = 0.1


def gradients(n, steps=10, seed=0):
    """Gradients of very different sizes, some of them zero."""
    rng = np.random.default_rng(seed)
    g = rng.normal(size=(steps, n)) * 10.0 ** rng.integers(-6, 4, n)
    g[rng.random((steps, n)) < 0.1] = 0.0
    return g


def walked(optimizer, w, g):
    """The places after every step."""
    path, w = [], w.copy()
    for one in g:
        optimizer.step(w, one)
        path.append(w.copy())
    return np.array(path)


def walked_alone(make, w, g):
    """The same, and each number by itself where one optimizer would let them hang together."""
    if not make().couples_entries:
        return walked(make(), w, g)
    return np.concatenate([walked(make(), w[i : i + 1], g[:, i : i + 1]) for i in range(w.size)], axis=1)


def how_many(row, n=3):
    """So many numbers, or one where they would hang together."""
    return 1 if row.make().couples_entries else n


def start(n, seed=1, dtype=float):
    return np.random.default_rng(seed).normal(size=n).astype(dtype)


@over(OPTIMIZERS)
@pytest.mark.parametrize("seed", range(3))
def test_ten_steps_are_those_of_plain_python(row, seed):
    w, g = start(6, seed), gradients(6, seed=seed)
    path = walked_alone(lambda: row.make(learning_rate=RATE), w, g)
    for i in range(6):
        right = row.truth(float(w[i]), g[:, i].tolist(), [RATE] * 10)
        np.testing.assert_allclose(path[:, i], right, rtol=1e-11, atol=1e-13)


@over(OPTIMIZERS)
def test_single_precision(row):
    w, g = start(6, dtype=np.float32), gradients(6).astype(np.float32)
    path = walked_alone(lambda: row.make(learning_rate=RATE), w, g)
    assert path.dtype == np.float32
    for i in range(6):
        right = row.truth(float(w[i]), g[:, i].tolist(), [RATE] * 10)
        np.testing.assert_allclose(path[:, i], right, rtol=1e-4, atol=1e-5)


@over(OPTIMIZERS)
@pytest.mark.parametrize(
    "rate",
    [schedules.ExponentialDecay(0.2, 3, 0.5), lambda step: 0.3 / (step + 1), lambda step: 0.1 * (step % 2)],
    ids=["schedule", "function", "with zeros"],
)
def test_the_rate_may_depend_on_the_step(row, rate):
    n = how_many(row)
    w, g = start(n), gradients(n)
    optimizer = row.make(learning_rate=rate)
    seen = []
    path = [w.copy()]
    for one in g:
        seen.append(optimizer.current_rate())
        optimizer.step(w, one)
        path.append(w.copy())
    rates = [rate(step) for step in range(10)]
    assert seen == rates
    assert optimizer.iterations == 10
    right = [row.truth(float(path[0][i]), g[:, i].tolist(), rates) for i in range(n)]
    np.testing.assert_allclose(np.array(path[1:]).T, right, rtol=1e-11, atol=1e-13)


@over(OPTIMIZERS)
def test_the_rate_may_be_changed_between_steps(row):
    n = how_many(row)
    w, g = start(n), gradients(n)
    optimizer = row.make(learning_rate=RATE)
    rates = [0.1] * 4 + [0.02] * 3 + [0.0] * 3
    path, moving = [], w.copy()
    for one, rate in zip(g, rates, strict=True):
        optimizer.learning_rate = rate
        optimizer.step(moving, one)
        path.append(moving.copy())
    right = [row.truth(float(w[i]), g[:, i].tolist(), rates) for i in range(n)]
    np.testing.assert_allclose(np.array(path).T, right, rtol=1e-11, atol=1e-13)


@over([row for row in OPTIMIZERS if not row.make().couples_entries])
@pytest.mark.parametrize("blocks", [1, 2])
def test_a_long_vector_is_many_short_ones(row, blocks):
    n = blocks * optimizers.BLOCK + 9
    w, g = start(n), gradients(n, steps=3)
    path = walked(row.make(learning_rate=RATE), w, g)
    edges = [0, 1, optimizers.BLOCK - 1, optimizers.BLOCK + 7, n]
    for a, b in itertools.pairwise(edges):
        short = walked(row.make(learning_rate=RATE), w[a:b], g[:, a:b])
        np.testing.assert_array_equal(path[:, a:b], short)


@over(OPTIMIZERS)
@pytest.mark.parametrize("n", [0, 1, 5])
def test_the_gradient_is_not_written_into_and_no_vector_is_kept(row, n):
    optimizer = row.make(learning_rate=RATE)
    w, g = start(n), gradients(n)
    right = walked(row.make(learning_rate=RATE), w, g)
    for step, one in enumerate(g):
        held, given = w, one.copy()
        given.flags.writeable = False
        optimizer.step(w, given)
        assert held is w
        np.testing.assert_array_equal(given, one)
        np.testing.assert_array_equal(w, right[step])
        w, used = w.copy(), w
        used[...] = np.nan  # an old vector is nobody's business


@over(OPTIMIZERS)
@pytest.mark.parametrize(
    "again",
    [
        lambda optimizer, make: pickle.loads(pickle.dumps(optimizer)),  # noqa: S301 - our own
        lambda optimizer, make: copy.deepcopy(optimizer),
        lambda optimizer, make: revived(optimizer, make),
        lambda optimizer, make: revived(optimizer, type(optimizer).from_config, optimizer.get_config()),
    ],
    ids=["pickle", "deepcopy", "state", "config and state"],
)
@pytest.mark.parametrize("before", [0, 4])
@pytest.mark.parametrize("n", [7, optimizers.BLOCK + 9])
def test_it_goes_on_with_the_same_bits(row, again, before, n):
    w, g = start(n), gradients(n)
    optimizer = row.make(learning_rate=RATE)
    path = walked(optimizer, w, g[:before])
    twin = again(optimizer, row.make)
    place = path[-1] if before else w
    right = walked(row.make(learning_rate=RATE), w, g)[before:]
    np.testing.assert_array_equal(walked(twin, place, g[before:]), right)
    np.testing.assert_array_equal(walked(optimizer, place, g[before:]), right)  # the twin shares nothing
    for name, slot in optimizer.slots.items():
        np.testing.assert_array_equal(twin.slots[name], slot)


def revived(optimizer, make, *arguments):
    twin = make(*arguments)
    twin.set_state(optimizer.get_state())
    return twin


@over(OPTIMIZERS)
def test_a_state_can_be_put_back_at_any_time(row):
    w, g = start(5), gradients(5)
    optimizer = row.make(learning_rate=RATE)
    walked(optimizer, w, g[:3])
    state = optimizer.get_state()
    path = walked(optimizer, w, g[3:])
    optimizer.set_state(state)
    np.testing.assert_array_equal(walked(optimizer, w, g[3:]), path)


@over(OPTIMIZERS)
def test_a_state_holds_the_rate_unless_that_is_a_schedule(row):
    assert row.make(learning_rate=RATE).get_state()["learning_rate"] == RATE
    assert row.make(learning_rate=lambda step: RATE).get_state()["learning_rate"] is None


#: The end of every constructor, in Keras's order.
COMMON = {
    "weight_decay": None,
    "clipnorm": None,
    "clipvalue": None,
    "global_clipnorm": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}

BETAS = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}


@pytest.mark.parametrize(
    ("cls", "own"),
    [
        (optimizers.SGD, {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False}),
        (
            optimizers.RMSprop,
            {"learning_rate": 0.001, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False},
        ),
        (optimizers.Adam, {"learning_rate": 0.001, **BETAS, "amsgrad": False}),
        (optimizers.AdamW, {"learning_rate": 0.001, "weight_decay": 0.004, **BETAS, "amsgrad": False}),
        (optimizers.Adamax, {"learning_rate": 0.001, **BETAS}),
        (optimizers.Nadam, {"learning_rate": 0.001, **BETAS}),
        (optimizers.Lamb, {"learning_rate": 0.001, **BETAS}),
        (optimizers.Lion, {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.99}),
        (
            optimizers.Adagrad,
            {"learning_rate": 0.001, "initial_accumulator_value": 0.1, "epsilon": 1e-7},
        ),
        (optimizers.Adadelta, {"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-7}),
        (
            optimizers.Ftrl,
            {
                "learning_rate": 0.001,
                "learning_rate_power": -0.5,
                "initial_accumulator_value": 0.1,
                "l1_regularization_strength": 0.0,
                "l2_regularization_strength": 0.0,
                "l2_shrinkage_regularization_strength": 0.0,
                "beta": 0.0,
            },
        ),
        # Keras has none; these are PyTorch's.
        (optimizers.Rprop, {"learning_rate": 0.01, "etas": [0.5, 1.2], "step_sizes": [1e-6, 50.0]}),
        (optimizers.LBFGS, {"learning_rate": 1.0, "history_size": 10}),
    ],
)
def test_the_defaults_are_those_of_keras(cls, own):
    common = {name: value for name, value in COMMON.items() if name not in own}
    config = cls().get_config()
    assert config == {**own, **common, "name": cls.__name__.lower()}
    assert list(config) == [*own, *common, "name"]
    assert optimizers.get(cls.__name__.lower()).get_config() == config


def test_steps_made_are_counted_up_to_2_to_the_62():
    optimizer = optimizers.SGD()
    for n in (0, 1000, 2**62):
        optimizer.set_state({"iterations": n, "slots": {}})
        assert optimizer.iterations == n
    for wrong in (-1, 2**62 + 1, 1.5):
        with pytest.raises((ArgumentError, ArgumentTypeError), match=r"^iterations must"):
            optimizer.set_state({"iterations": wrong, "slots": {}})


class Owner:
    pass


@over(OPTIMIZERS)
def test_it_serves_one_owner_while_that_exists(row):
    optimizer, one, other = row.make(), Owner(), Owner()
    for _ in range(2):
        optimizer.serve(one)
        with pytest.raises(StateError, match="belongs to another network"):
            optimizer.serve(other)
    copy.deepcopy(optimizer).serve(other)
    del one
    optimizer.serve(other)
    with pytest.raises(StateError, match="belongs to another network"):
        optimizer.serve(Owner())


@over(OPTIMIZERS)
def test_state_is_a_copy_and_a_wrong_one_changes_nothing(row):
    w, g = start(5), gradients(5)
    optimizer = row.make(learning_rate=RATE)
    walked(optimizer, w, g[:3])
    state = optimizer.get_state()
    assert state["iterations"] == 3
    assert tuple(state["slots"]) == tuple(optimizer.slot_names)
    kept = copy.deepcopy(state)
    for slot in state["slots"].values():
        slot += 1
    for wrong in ({**kept, "slots": {"moment": np.ones(5)}}, {**kept, "iterations": -1}):
        with pytest.raises((StateError, ArgumentError)):
            optimizer.set_state(wrong)
    after = optimizer.get_state()
    assert after["iterations"] == 3
    for name, slot in kept["slots"].items():
        np.testing.assert_array_equal(after["slots"][name], slot)


@over(OPTIMIZERS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_tiny_state_is_flushed_and_nothing_changes(row, dtype, monkeypatch):
    """A gradient that was there once and then no more: without flushing, moments decay into the denormals."""
    w = np.ones(40, dtype)
    first = np.logspace(-12, 2, 40).astype(dtype) * np.where(np.arange(40) % 2, 1, -1).astype(dtype)
    every = optimizers.base.FLUSH_EVERY

    def run(flush):
        monkeypatch.setattr(optimizers.base, "FLUSH_EVERY", flush)
        optimizer, moving = row.make(learning_rate=1e-3), w.copy()
        steps = every * (60 if dtype is np.float64 else 10)
        for t in range(steps):
            optimizer.step(moving, first if t == 0 else np.zeros_like(first))
        return optimizer, moving

    optimizer, moved = run(every)
    if not isinstance(optimizer, optimizers.Lion):  # to which the sign of what is tiny counts as much as any
        np.testing.assert_array_equal(moved, run(10**9)[1])
    for slot in optimizer.slots.values():
        assert not ((slot != 0) & (np.abs(slot) < np.finfo(dtype).tiny)).any()


@pytest.mark.parametrize(
    "optimizer",
    [optimizers.Adam(), optimizers.RMSprop(momentum=0.9), optimizers.SGD(momentum=0.9)],
    ids=lambda optimizer: optimizer.name,
)
def test_between_two_flushes_nothing_decays_that_far(optimizer):
    optimizer = copy.deepcopy(optimizer)
    w, g = np.ones(40, np.float32), np.logspace(-12, 2, 40).astype(np.float32)
    for _ in range(8 * optimizers.base.FLUSH_EVERY):
        optimizer.step(w, g)
        for slot in optimizer.slots.values():
            assert not ((slot != 0) & (np.abs(slot) < np.finfo(np.float32).tiny)).any()
        g = np.zeros_like(g)


class WithoutSuper(optimizers.Optimizer):
    """w -= size g; its constructor leaves out that of the base class."""

    def __init__(self, size=0.5):
        self.size = size

    def numbers(self, rate, t):
        return ()

    def update(self, w, g, slots, numbers, scratch):
        w -= self.size * g


class Normed(optimizers.Optimizer):
    """w -= rate g / (1 + |g|), with the norm of the whole gradient."""

    couples_entries = True

    def update(self, w, g, slots, numbers, scratch):
        np.multiply(g, numbers[0] / (1 + np.linalg.norm(g)), out=scratch)
        w -= scratch


def test_a_constructor_of_ones_own_may_leave_out_that_of_the_base_class():
    optimizer, w = WithoutSuper(), np.ones(3)
    assert optimizer.learning_rate == Normed().learning_rate == 0.001
    assert optimizer.get_state()["slots"] == {}
    optimizer.step(w, np.ones(3))
    assert w.tolist() == [0.5, 0.5, 0.5]
    assert optimizer.get_state()["slots"] == {}
    assert optimizer.iterations == 1


@pytest.mark.parametrize("n", [0, 1, 2 * optimizers.BLOCK + 5])
def test_one_that_couples_entries_sees_them_all(n):
    w, g = np.zeros(n), start(n)
    Normed(0.5).step(w, g)
    np.testing.assert_allclose(w, -0.5 * g / (1 + np.linalg.norm(g)), rtol=1e-14)


def test_without_flushing_there_would_be_denormals(monkeypatch):
    """So that the test above has something to find."""
    monkeypatch.setattr(optimizers.base, "FLUSH_EVERY", 10**9)
    optimizer, w = optimizers.Adam(), np.ones(1, np.float32)
    for t in range(10 * 128):
        optimizer.step(w, np.full(1, t == 0, np.float32))
    assert 0 < abs(optimizer.slots["momentum"][0]) < np.finfo(np.float32).tiny


@over(OPTIMIZERS)
def test_what_are_not_two_vectors_of_one_kind_is_refused(row):
    w = np.ones(3)
    cases = [
        ([1.0, 1.0, 1.0], w.copy(), ArgumentTypeError, "^parameters must be"),
        (w.copy(), [1.0, 1.0, 1.0], ArgumentTypeError, "^gradient must be"),
        (np.ones(3, int), np.ones(3, int), ArgumentTypeError, "^parameters must be"),
        (w.copy(), np.ones(4), ShapeError, "^parameters and gradient must be"),
        (np.ones((3, 1)), np.ones((3, 1)), ShapeError, "^parameters and gradient must be"),
        (w.copy(), np.ones(3, np.float32), ShapeError, "^parameters and gradient must be"),
    ]
    for fresh in (True, False):
        for parameters, gradient, error, message in cases:
            optimizer = row.make()
            if not fresh:
                optimizer.step(w.copy(), np.ones(3))
            with pytest.raises(error, match=message):
                optimizer.step(parameters, gradient)
            assert optimizer.iterations == (not fresh)
            optimizer.step(w.copy(), np.ones(3))


@over([row for row in OPTIMIZERS if row.make().slot_names])
@pytest.mark.parametrize("other", [np.ones(4), np.ones(3, np.float32)], ids=["size", "dtype"])
def test_state_belongs_to_one_vector(row, other):
    optimizer = row.make()
    optimizer.step(np.ones(3), np.ones(3))
    with pytest.raises(StateError, match="3 parameters of float64"):
        optimizer.step(other.copy(), other)
    assert optimizer.iterations == 1


@over(OPTIMIZERS)
@pytest.mark.parametrize("rate", [0, 0.0, -0.1, math.nan, math.inf, True, "0.1", None, [0.1]], ids=repr)
def test_what_is_no_rate_is_refused_by_name(row, rate):
    with pytest.raises((ArgumentError, ArgumentTypeError), match="learning_rate"):
        row.make(learning_rate=rate)


@over(OPTIMIZERS)
@pytest.mark.parametrize("rate", [-0.1, math.nan, True, None, [0.1]], ids=repr)
def test_a_later_rate_is_checked_too(row, rate):
    optimizer = row.make(learning_rate=RATE)
    with pytest.raises((ArgumentError, ArgumentTypeError), match=r"^learning_rate must"):
        optimizer.learning_rate = rate
    assert optimizer.learning_rate == RATE


@over(OPTIMIZERS)
def test_it_is_called_as_its_class_unless_named(row):
    assert row.make().name == type(row.make()).__name__.lower()
    assert row.make(name="mine").name == "mine"


@pytest.mark.parametrize(
    ("optimizer", "slots"),
    [
        (optimizers.SGD(0.5), {}),
        (optimizers.SGD(0.5, momentum=0.75), {"momentum": -1.0}),
        (optimizers.RMSprop(0.5, rho=0.75, epsilon=0.0), {"velocity": 1.0}),
        (
            optimizers.RMSprop(0.5, rho=0.75, epsilon=0.0, momentum=0.5, centered=True),
            {"velocity": 1.0, "momentum": 0.5 * 2 / math.sqrt(0.75), "average_gradient": 0.5},
        ),
        (optimizers.Adam(), {"momentum": 2.0, "velocity": 4.0}),
        (optimizers.Adam(amsgrad=True), {"momentum": 2.0, "velocity": 4.0, "velocity_hat": 4.0}),
    ],
    ids=lambda value: repr(value) if isinstance(value, optimizers.Optimizer) else "",
)
def test_what_is_in_the_slots_after_one_step(optimizer, slots):
    """Their names and their meaning, for files keep them."""
    optimizer.step(np.ones(1), np.array([2.0]))
    assert {name: slot.item() for name, slot in optimizer.slots.items()} == pytest.approx(slots, rel=1e-15)
    assert tuple(optimizer.slots) == tuple(slots)


@over(OPTIMIZERS)
def test_one_that_has_made_no_step_has_no_state(row):
    optimizer = row.make()
    assert (optimizer.iterations, optimizer.slots) == (0, {})
    assert type(optimizer).from_config({}).get_config() == type(optimizer)().get_config()


@over(OPTIMIZERS)
def test_lr_is_called_learning_rate(row):
    with pytest.raises(TypeError, match=r"'lr'.*'learning_rate'"):
        row.make(lr=0.1)


@over(OPTIMIZERS)
@pytest.mark.parametrize("rate", [-1.0, math.nan, math.inf, "1", None], ids=repr)
def test_a_schedule_that_gives_no_rate_moves_nothing(row, rate):
    optimizer, w = row.make(learning_rate=lambda step: rate), np.ones(3)
    with pytest.raises((ArgumentError, ArgumentTypeError), match=r"^the schedule's learning rate must"):
        optimizer.step(w, np.ones(3))
    assert optimizer.iterations == 0
    np.testing.assert_array_equal(w, np.ones(3))


@over(OPTIMIZERS)
def test_numbers_of_the_class_are_checked(row):
    """Each argument of Python's numbers refuses what is none, and NaN."""
    optimizer = row.make()
    for name, value in optimizer.get_config().items():
        if isinstance(value, float):
            out_of_range = 1.0 if name == "learning_rate_power" else -1.0
            for wrong in (math.nan, out_of_range, "1", True):
                with pytest.raises((ArgumentError, ArgumentTypeError), match=f"^{name} must"):
                    type(optimizer)(**{name: wrong})
        if isinstance(value, bool):
            with pytest.raises(ArgumentTypeError, match=f"^{name} must"):
                type(optimizer)(**{name: 1})


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_constant_gradient_does_not_break_what_is_centered(dtype):
    """The variance of a constant is zero, or what rounding makes of that; it may come out negative."""
    for size in np.logspace(-2, 6, 40):
        optimizer, w = optimizers.RMSprop(centered=True), np.ones(1, dtype)
        for _ in range(400):
            optimizer.step(w, np.full(1, size, dtype))
        assert np.isfinite(w).all()


@pytest.mark.parametrize("way", ["train_on_batch", "fit", "copied", "saved"])
def test_state_is_not_taken_for_that_of_other_layers(way, tmp_path):
    """Even where there are as many parameters as before."""
    net = Network([Dense(3, input_dim=2), Dense(1)], rng=0)
    net.compile("adam", "mse")
    x, y = np.ones((2, 2)), np.ones((2, 1))
    net.train_on_batch(x, y)
    net.add(net.pop())
    before = net.parameters.copy()
    calls = {
        "train_on_batch": lambda: net.train_on_batch(x, y),
        "fit": lambda: net.fit(x, y, verbose=0),
        "copied": lambda: net.copy().train_on_batch(x, y),
        "saved": lambda: net.save(tmp_path / "net.npz"),
    }
    with pytest.raises(StateError, match=r"come or gone since.* compile again"):
        calls[way]()
    np.testing.assert_array_equal(net.parameters, before)
    net.compile("adam", "mse")
    net.train_on_batch(x, y)
    assert (net.parameters != before).any()
