"""What every optimizer can do beside its rule, against the same optimizer without it and plain Python around it."""

import copy
import functools
import itertools
import math
import pickle

import numpy as np
import pytest
from tables import over
from tables.optimizers import OPTIMIZERS

import mlp
from mlp import Network, callbacks, optimizers, schedules
from mlp.ensemble import Ensemble
from mlp.errors import ArgumentError, ArgumentTypeError
from mlp.layers import Dense, Residual
from mlp.optimizers import SGD, Adam, Lamb
from mlp.optimizers.plan import pieces_of
from mlp.recording import replayable
from mlp.schedules import ExponentialDecay

#: One row for each class, with its defaults.
CLASSES = [row for row in OPTIMIZERS if isinstance(row.make, type)]

#: A vector of four arrays, as of two dense layers.
ARRAYS = [("kernel", 6), ("bias", 2), ("kernel", 4), ("bias", 2)]
EDGES = [0, 6, 8, 12, 14]
PARTS = [slice(a, b) for a, b in itertools.pairwise(EDGES)]


def pieces(*multipliers):
    rates = multipliers or (1.0,) * len(ARRAYS)
    return pieces_of((name, size, rate) for (name, size), rate in zip(ARRAYS, rates, strict=True))


def data(steps=9, seed=0, dtype=float):
    rng = np.random.default_rng(seed)
    g = rng.normal(size=(steps, EDGES[-1])) * 10.0 ** rng.integers(-2, 3, EDGES[-1])
    return rng.normal(size=EDGES[-1]).astype(dtype), g.astype(dtype)


def walked(optimizer, w, g):
    path, w = [], w.copy()
    for one in g:
        given = one.copy()
        given.flags.writeable = False
        optimizer.step(w, given)
        path.append(w.copy())
    return np.array(path)


def cut(optimizer, *multipliers):
    optimizer.pieces = pieces(*multipliers)
    return optimizer


def shortened(part, limit):
    length = math.sqrt(sum(float(v) ** 2 for v in part))
    return [float(v) * min(1.0, limit / length) for v in part]


def by_hand(
    plain, w, gradients, rates,
    weight_decay=0.0, clipvalue=None, clipnorm=None, global_clipnorm=None, use_ema=False, ema_momentum=0.99,
    ema_overwrite_frequency=None, gradient_accumulation_steps=1, undecayed=(),
):  # fmt: skip
    """The path of an optimizer with all of this, and the average, made of one that has none of it."""
    w, path, average, waiting, steps = w.copy(), [], None, [], 0
    for g, rate in zip(gradients, rates, strict=True):
        waiting.append(g)
        due = len(waiting) == gradient_accumulation_steps
        if due:
            mean = [math.fsum(column) / len(waiting) for column in np.array(waiting, float).T]
            waiting = []
            if clipvalue is not None:
                mean = [max(-clipvalue, min(clipvalue, v)) for v in mean]
            if clipnorm is not None:
                mean = [v for part in PARTS for v in shortened(mean[part], clipnorm)]
            if global_clipnorm is not None:
                mean = shortened(mean, global_clipnorm)
            for part, (name, _) in zip(PARTS, ARRAYS, strict=True):
                if name not in undecayed:
                    for i in range(part.start, part.stop):
                        w[i] -= rate * weight_decay * w[i]
            plain.learning_rate = rate
            plain.step(w, np.array(mean, w.dtype))
        if use_ema:
            share = ema_momentum if steps else 0.0
            average = [
                v if a is None else share * a + (1 - share) * v
                for a, v in zip(average or [None] * len(w), w, strict=True)
            ]
            if ema_overwrite_frequency and (steps + 1) % ema_overwrite_frequency == 0:
                w[...] = average
        steps += due
        path.append(w.copy())
    return np.array(path), average


OPTIONS = {
    "weight decay": {"weight_decay": 0.3},
    "clipvalue": {"clipvalue": 0.5},
    "clipnorm": {"clipnorm": 0.7},
    "global clipnorm": {"global_clipnorm": 0.9},
    "a limit that is never met": {"clipnorm": 1e6},
    "average": {"use_ema": True, "ema_momentum": 0.5},
    "overwritten": {"use_ema": True, "ema_momentum": 0.75, "ema_overwrite_frequency": 2},
    "accumulation": {"gradient_accumulation_steps": 3},
    "an average that is not used": {"ema_momentum": 0.5, "ema_overwrite_frequency": 2},
    "scaled loss": {"loss_scale_factor": 1024.0},
    "all, by array": {
        "weight_decay": 0.2, "clipnorm": 0.7, "use_ema": True, "ema_momentum": 0.6, "ema_overwrite_frequency": 2,
        "gradient_accumulation_steps": 2,
    },
    "all, by value": {"weight_decay": 0.2, "clipvalue": 0.3, "use_ema": True, "gradient_accumulation_steps": 4},
}  # fmt: skip


def truth_of(make, w, g, rates, options):
    options = dict(options)
    g = g / options.pop("loss_scale_factor", 1.0)
    return by_hand(cut(make()), w, g, rates, **options)


@over(CLASSES)
@pytest.mark.parametrize("options", [{}, {"clipvalue": 0.1}, {"gradient_accumulation_steps": 2}], ids=str)
def test_a_scaled_loss_trains_as_the_loss_does(row, options):
    """A power of 2 to the last bit, for 40 steps, which is longer than steps are made plainly; frozen weights too."""
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(40, 3)), rng.normal(size=(40, 1))
    found = []
    for more in ({}, {"loss_scale_factor": 2.0**20}):
        net = Network([Dense(4, "tanh", input_dim=3), Dense(4, trainable=False), Dense(1)], rng=1)
        net.compile(row.make(**options, **more), "mse")
        found.append((net.fit(x, y, 2, 2, verbose=0).history["loss"], net.parameters.copy()))
    assert found[0][0] == found[1][0]
    np.testing.assert_array_equal(found[0][1], found[1][1])


@over(CLASSES)
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_each_and_all_together(row, options):
    w, g = data()
    # AdamW without the decay that it always has.
    make = (
        row.make
        if row.make is not optimizers.AdamW
        else lambda **k: optimizers.AdamW(**{"weight_decay": 0.0, **k})
    )
    schedule = ExponentialDecay(0.05, 3, 0.5)
    optimizer = cut(make(learning_rate=schedule, **options))
    path = walked(optimizer, w, g)
    right, average = truth_of(make, w, g, [schedule(t) for t in range(len(g))], options)
    np.testing.assert_allclose(path, right, rtol=1e-10, atol=1e-12)
    assert optimizer.iterations == len(g) // options.get("gradient_accumulation_steps", 1)
    last = path[-1].copy()
    optimizer.finalize_variable_values(last)
    np.testing.assert_allclose(last, right[-1] if average is None else average, rtol=1e-10, atol=1e-12)


@over(CLASSES)
def test_a_bare_vector_counts_as_one_array(row):
    w, g = data()
    one, other = (row.make(**{name: 0.5}) for name in ("clipnorm", "global_clipnorm"))
    np.testing.assert_array_equal(walked(one, w, g), walked(other, w, g))


@over(CLASSES)
def test_cuts_that_do_not_fit_the_vector_are_those_of_another(row):
    w, g = data()
    np.testing.assert_array_equal(
        walked(cut(row.make(clipnorm=0.5)), w[:5], g[:, :5]), walked(row.make(clipnorm=0.5), w[:5], g[:, :5])
    )


@over(CLASSES)
def test_weights_of_some_names_do_not_decay(row):
    w, g = data()
    optimizer = cut(row.make(learning_rate=0.05, weight_decay=0.3))
    optimizer.exclude_from_weight_decay(var_names=["bia"])
    make = (
        row.make if row.make is not optimizers.AdamW else lambda **k: optimizers.AdamW(weight_decay=0.0, **k)
    )
    right, _ = by_hand(cut(make()), w, g, [0.05] * len(g), weight_decay=0.3, undecayed=("bias",))
    np.testing.assert_allclose(walked(optimizer, w, g), right, rtol=1e-10, atol=1e-12)
    twin = cut(row.make(learning_rate=0.05, weight_decay=0.3))
    twin.set_state(optimizer.get_state())
    np.testing.assert_array_equal(walked(twin, w, g), walked(optimizer, w, g))


@over(CLASSES)
def test_all_names_or_none_may_be_left_out_of_weight_decay(row):
    w, g = data()
    for names, decay in ((["kernel", "bias"], 0.0), ([], 0.3), ("bias", None)):
        optimizer = cut(row.make(weight_decay=0.3))
        optimizer.exclude_from_weight_decay(var_names=names)
        path = walked(optimizer, w, g)
        if decay is not None:
            right = walked(cut(row.make(weight_decay=decay)), w, g)
            np.testing.assert_allclose(path, right, rtol=1e-12, atol=1e-14)
    with pytest.raises(ArgumentTypeError, match=r"^var_names must"):
        row.make().exclude_from_weight_decay(var_names=[3])


# --- A rate for each array ----------------------------------------------------------------------------------

MULTIPLIERS = (0.5, 0.5, 2.0, 0.0)


@over(CLASSES)
@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_each_array_moves_as_if_it_had_an_optimizer_of_its_own(row, decay):
    w, g = data()
    optimizer = cut(row.make(learning_rate=0.05, weight_decay=decay), *MULTIPLIERS)
    path = walked(optimizer, w, g)
    if type(optimizer).couples_entries and not optimizer.by_array:
        step = walked(cut(row.make(learning_rate=0.05, weight_decay=decay)), w, g[:1])[0] - w
        right = [w[part] + m * step[part] for part, m in zip(PARTS, MULTIPLIERS, strict=True)]
        np.testing.assert_allclose(path[0], np.concatenate(right), rtol=1e-12, atol=1e-14)
        return
    for part, multiplier in zip(PARTS, MULTIPLIERS, strict=True):
        alone = row.make(weight_decay=decay)
        alone.learning_rate = 0.05 * multiplier
        np.testing.assert_allclose(path[:, part], walked(alone, w[part], g[:, part]), rtol=1e-12, atol=1e-14)


@over(CLASSES)
def test_a_long_vector_with_two_rates(row):
    n = 2 * optimizers.BLOCK + 5
    w, g = np.resize(data()[0], 2 * n), np.resize(data()[1], (2, 2 * n))
    optimizer = row.make(learning_rate=0.05)
    optimizer.pieces = pieces_of([("kernel", n, 1.0), ("kernel", n, 0.5)])
    path = walked(optimizer, w, g)
    if not type(optimizer).couples_entries:
        np.testing.assert_array_equal(path[:, :n], walked(row.make(learning_rate=0.05), w[:n], g[:, :n]))
        np.testing.assert_array_equal(path[:, n:], walked(row.make(learning_rate=0.025), w[n:], g[:, n:]))


def net_of(*layers, optimizer="sgd", seed=0, dtype="float64", **how):
    net = Network(list(layers), rng=seed, dtype=dtype)
    net.compile(optimizer, "mse", **how)
    return net


X = np.random.default_rng(5).normal(size=(23, 3))
Y = np.sin(X[:, :2])


@pytest.mark.parametrize("multiplier", [0.0, 0.25, 3.0])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_one_multiplier_for_all_layers_is_a_factor_of_the_rate(multiplier, momentum):
    net = net_of(Dense(4, "tanh", input_dim=3), Dense(2), optimizer=SGD(0.1, momentum))
    for layer in net.layers:
        layer.lr_multiplier = multiplier
    twin = net_of(Dense(4, "tanh", input_dim=3), Dense(2), optimizer=SGD(0.1, momentum))
    twin.optimizer.learning_rate = 0.1 * multiplier
    for one in (net, twin):
        one.fit(X, Y, 6, 5, verbose=0)
    np.testing.assert_allclose(net.parameters, twin.parameters, rtol=1e-12)


def test_multipliers_of_nested_layers_are_multiplied():
    inner = Network([Dense(3, "tanh", input_dim=3, lr_multiplier=0.5), Dense(3, lr_multiplier=2.0)])
    residual = Residual(Dense(3), lr_multiplier=4.0)
    inner.lr_multiplier = 0.1
    net = net_of(inner, residual, Dense(2))
    pieces = pieces_of(net.learning_pieces())
    assert [round(piece.multiplier, 12) for piece in pieces] == [0.05, 0.05, 0.2, 0.2, 4.0, 4.0, 1.0, 1.0]
    assert [piece.name for piece in pieces] == ["kernel", "bias"] * 4
    place = 0
    for piece, weight in zip(pieces, net.trainable_weights, strict=True):
        assert (piece.start, piece.stop) == (place, place + weight.size)
        assert np.shares_memory(net.parameters[piece.part], weight)
        place = piece.stop


def test_a_multiplier_travels_and_is_told_only_where_it_is_used(tmp_path):
    net = net_of(Dense(4, "tanh", input_dim=3, lr_multiplier=0.25), Dense(2), optimizer=Adam(0.01))
    assert "lr_multiplier" not in net.layers[1].get_config()
    assert net.layers[0].get_config()["lr_multiplier"] == 0.25
    net.save(tmp_path / "net.npz")
    for twin in (net.copy(), pickle.loads(pickle.dumps(net)), mlp.load(tmp_path / "net.npz")):  # noqa: S301 - our own
        assert [layer.lr_multiplier for layer in twin.layers] == [0.25, 1.0]
    net.layers[1].lr_multiplier = 3
    assert net.copy().layers[1].lr_multiplier == 3.0
    for wrong in (-0.5, math.nan, "1", None, True):
        with pytest.raises((ArgumentError, ArgumentTypeError), match=r"^lr_multiplier must"):
            net.layers[0].lr_multiplier = wrong
        with pytest.raises((ArgumentError, ArgumentTypeError), match=r"^lr_multiplier must"):
            Dense(2, lr_multiplier=wrong)


def test_a_multiplier_may_change_between_epochs():
    def change(epoch, logs=None):
        net.layers[0].lr_multiplier = 0.0

    net = net_of(Dense(4, "tanh", input_dim=3), Dense(2), optimizer=SGD(0.1))
    kept = []
    net.fit(
        X, Y, 6, 3, verbose=0,
        callbacks=[
            callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs=None: (kept.append(net.layers[0].kernel.copy()), change(epoch))
            )
        ],
    )  # fmt: skip
    np.testing.assert_array_equal(kept[0], kept[2])
    twin = net_of(Dense(4, "tanh", input_dim=3), Dense(2), optimizer=SGD(0.1))
    assert not np.array_equal(kept[0], twin.layers[0].kernel)


# --- In training --------------------------------------------------------------------------------------------

ALL = {
    "weight_decay": 0.3, "clipnorm": 0.7, "use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 3,
    "gradient_accumulation_steps": 2,
}  # fmt: skip


@over(CLASSES)
@pytest.mark.parametrize("frequency", [None, 3])
def test_what_is_frozen_does_not_move(row, frequency):
    options = {**ALL, "ema_overwrite_frequency": frequency}
    net = net_of(Dense(4, "tanh", input_dim=3), Dense(2), optimizer=row.make(learning_rate=0.05, **options))
    net.fit(X, Y, 6, 2, verbose=0)
    net.layers[0].trainable = False
    before = net.get_weights()
    net.fit(X, Y, 6, 2, verbose=0)
    after = net.get_weights()
    for a, b in itertools.islice(zip(before, after, strict=True), 2):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(before[2], after[2])


def test_the_weights_are_the_average_at_the_end_of_fit_and_only_there():
    seen = []
    look = callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs=None: seen.append(net.parameters.copy())
    )
    net = net_of(Dense(2, input_dim=3), optimizer=SGD(0.1, use_ema=True, ema_momentum=0.8))
    net.fit(X, Y, 6, 2, verbose=0, callbacks=[look])
    average = seen[0]
    for w in seen[1:]:
        average = 0.8 * average + 0.2 * w
    np.testing.assert_allclose(net.parameters, average, rtol=1e-12)
    assert not np.allclose(net.parameters, seen[-1])
    last = net.parameters.copy()
    net.fit(X, Y, 6, 2, verbose=0, initial_epoch=2)  # no epoch, no end of one
    np.testing.assert_array_equal(net.parameters, last)
    net.train_on_batch(X, Y)
    assert not np.array_equal(net.parameters, net.optimizer.slots["average"])


def test_without_a_step_there_is_no_average():
    optimizer, w = SGD(use_ema=True), np.ones(3)
    optimizer.finalize_variable_values(w)
    assert w.tolist() == [1.0, 1.0, 1.0]


@over(CLASSES)
@pytest.mark.parametrize("how", ["file", "copy", "pickle"])
def test_training_goes_on_where_it_was(row, how, tmp_path):
    """Three batches are one step and half of the next."""
    net, alone = (
        net_of(Dense(4, "tanh", input_dim=3), Dense(2), optimizer=row.make(learning_rate=0.01, **ALL))
        for _ in range(2)
    )
    for one in (net, alone):
        one.optimizer.exclude_from_weight_decay(var_names=["bias"])
        for _ in range(3):
            one.train_on_batch(X, Y)
    assert net.optimizer.accumulated == 1
    net.save(tmp_path / "net.npz")
    twin = {"file": lambda: mlp.load(tmp_path / "net.npz"), "copy": net.copy,
            "pickle": lambda: pickle.loads(pickle.dumps(net))}[how]()  # noqa: S301 - our own  # fmt: skip
    for one in (twin, alone):
        for _ in range(5):
            one.train_on_batch(X, Y)
    np.testing.assert_array_equal(twin.parameters, alone.parameters)
    assert twin.optimizer.get_state().keys() == alone.optimizer.get_state().keys()
    for name, slot in alone.optimizer.slots.items():
        np.testing.assert_array_equal(twin.optimizer.slots[name], slot)


@over(CLASSES)
def test_a_state_put_back_in_the_middle_of_gathering(row):
    w, g = data()
    optimizer = cut(row.make(**ALL))
    place = walked(optimizer, w, g[:3])[-1]
    state = copy.deepcopy(optimizer.get_state())
    path = walked(optimizer, place, g[3:])
    optimizer.set_state(state)
    np.testing.assert_array_equal(walked(optimizer, place, g[3:]), path)
    with pytest.raises(mlp.errors.StateError, match="has slots"):
        row.make().set_state(state)


@over(CLASSES)
@pytest.mark.parametrize(
    "options", [{"weight_decay": 0.3}, {"clipnorm": 0.5}, ALL], ids=["decay", "clip", "all"]
)
def test_a_recorded_step_is_a_step(row, options):
    w, g = data(1)
    v, g = w.copy(), g[0]
    one, other = (cut(row.make(learning_rate=0.05, **options)) for _ in range(2))
    again = one.recorded_step(w, g)
    other.step(v, g)
    from_memory = not isinstance(again, functools.partial)
    assert from_memory is (replayable(one) and [*options] == ["weight_decay"])
    for _ in range(4):
        again()
        other.step(v, g)
    np.testing.assert_array_equal(w, v)


@over(CLASSES)
@pytest.mark.parametrize(
    "options", [{"weight_decay": 0.3}, {"clipnorm": 0.5}, ALL], ids=["decay", "clip", "all"]
)
def test_networks_of_an_ensemble_are_trained_as_alone(row, options):
    def make(seed):
        return net_of(
            Dense(3, "tanh", input_dim=3), Dense(2), seed=seed,
            optimizer=row.make(learning_rate=0.01 * (seed + 1), **options),
        )  # fmt: skip

    together, alone = [make(0), make(1)], [make(0), make(1)]
    alone[1].layers[0].lr_multiplier = together[1].layers[0].lr_multiplier = 1.0
    Ensemble(together).fit(X, Y, 6, 2)
    for net, other in zip(together, alone, strict=True):
        other.fit(X, Y, 6, 2, verbose=0)
        np.testing.assert_allclose(net.parameters, other.parameters, rtol=1e-10, atol=1e-12)


def test_multipliers_in_an_ensemble():
    nets = [net_of(Dense(3, "tanh", input_dim=3, lr_multiplier=0.25), Dense(2), seed=seed) for seed in (0, 1)]
    alone = [net.copy() for net in nets]
    Ensemble(nets).fit(X, Y, 6, 2)
    for net, other in zip(nets, alone, strict=True):
        other.fit(X, Y, 6, 2, verbose=0)
        np.testing.assert_array_equal(net.parameters, other.parameters)


@over(CLASSES)
def test_single_precision_stays_single(row):
    w, g = data(dtype=np.float32)
    optimizer = cut(row.make(**ALL), *MULTIPLIERS)
    assert walked(optimizer, w, g).dtype == np.float32
    assert {slot.dtype for slot in optimizer.slots.values()} == {np.dtype(np.float32)}


def test_an_average_of_what_has_become_zero_is_flushed():
    optimizer, w = SGD(0.1, use_ema=True, ema_momentum=0.5), np.ones(1, np.float32)
    optimizer.step(w, np.zeros_like(w))
    w[...] = 0
    for _ in range(2 * optimizers.base.FLUSH_EVERY):
        optimizer.step(w, np.zeros_like(w))
    assert optimizer.slots["average"].item() == 0.0


@pytest.mark.parametrize(("dtype", "size"), [(np.float64, 1e200), (np.float64, 1e-200), (np.float32, 1e30)])
@pytest.mark.parametrize("clip", ["clipnorm", "global_clipnorm"])
def test_lengths_neither_over_nor_underflow(dtype, size, clip):
    w = np.zeros(2, dtype)
    SGD(1.0, **{clip: size}).step(w, np.array([3 * size, -4 * size], dtype))
    np.testing.assert_allclose(w, np.array([-0.6, 0.8]) * size, rtol=1e-6)


def test_what_an_object_declares():
    assert (SGD().decays_weights, SGD().couples_entries) == (False, False)
    assert SGD(weight_decay=0.1).decays_weights
    assert not SGD(weight_decay=0.0).decays_weights
    assert SGD(clipnorm=1.0).couples_entries
    assert SGD(global_clipnorm=1.0).couples_entries
    assert not SGD(clipvalue=1.0).couples_entries


# --- Mistakes -----------------------------------------------------------------------------------------------


@over(CLASSES)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"clipnorm": 1.0, "clipvalue": 1.0}, "give one of .*, got clipnorm and clipvalue"),
        ({"global_clipnorm": 1.0, "clipvalue": 1.0}, "give one of .*, got clipvalue and global_clipnorm"),
        ({"clipnorm": 0.0}, "clipnorm must be greater than 0"),
        ({"clipvalue": -1.0}, "clipvalue must be greater than 0"),
        ({"global_clipnorm": math.nan}, "global_clipnorm must be finite"),
        ({"weight_decay": -0.1}, "weight_decay must be at least 0"),
        ({"use_ema": 1}, "use_ema must be True or False"),
        ({"ema_momentum": 1.5}, "ema_momentum must be from 0 to 1"),
        ({"ema_overwrite_frequency": 0}, "ema_overwrite_frequency must be an integer from 1"),
        ({"ema_overwrite_frequency": 1.5}, "ema_overwrite_frequency must be an integer"),
        ({"gradient_accumulation_steps": 1}, "gradient_accumulation_steps must be an integer from 2"),
        ({"loss_scale_factor": 0.0}, "loss_scale_factor must be greater than 0"),
        ({"clip_norm": 1.0}, "has no argument 'clip_norm'; did you mean 'clipnorm'"),
        ({"decay": 1e-4}, r"has no argument 'decay'; write learning_rate=schedules"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(row, options, message):
    with pytest.raises((ArgumentError, ArgumentTypeError), match=message):
        row.make(**options)


def test_a_schedule_that_gives_no_rate_gathers_nothing():
    optimizer, w = SGD(lambda step: -1.0, gradient_accumulation_steps=2, use_ema=True), np.ones(2)
    with pytest.raises(ArgumentError, match="the schedule's learning rate must"):
        optimizer.step(w, np.ones(2))
    assert optimizer.accumulated == 0
    assert not any(slot.any() for slot in optimizer.slots.values())


# --- Whole vectors ------------------------------------------------------------------------------------------


def test_lamb_gives_every_array_its_own_trust():
    w, g = data()
    w[PARTS[1]] = 0.0  # no length, so no ratio
    path = walked(cut(Lamb(0.1)), w, g)
    for part in PARTS:
        place, m, v = w[part].tolist(), [0.0] * len(w[part]), [0.0] * len(w[part])
        for t, one in enumerate(g[:, part].tolist(), start=1):
            m = [0.9 * a + 0.1 * b for a, b in zip(m, one, strict=True)]
            v = [0.999 * a + 0.001 * b * b for a, b in zip(v, one, strict=True)]
            u = [a / (1 - 0.9**t) / (math.sqrt(b / (1 - 0.999**t)) + 1e-7) for a, b in zip(m, v, strict=True)]
            ratio = math.hypot(*place) / math.hypot(*u) if any(place) else 1.0
            place = [a - 0.1 * ratio * b for a, b in zip(place, u, strict=True)]
            np.testing.assert_allclose(path[t - 1, part], place, rtol=1e-10)


@pytest.mark.parametrize("shrink", [1.0, 0.9], ids=["", "moved by others too"])
@pytest.mark.parametrize("size", [1, 3, 10])
def test_lbfgs_is_bfgs_with_matrices(size, shrink):
    """The inverse Hessian as a matrix, from a multiple of the unit matrix, by the formula of BFGS."""
    rng = np.random.default_rng(2)
    n, w = 5, rng.normal(size=5)
    hessian = rng.normal(size=(n, n))
    hessian = hessian @ hessian.T + np.diag([1.0, 1.0, -3.0, 1.0, 1.0])  # not convex everywhere

    def gradient(w):
        return hessian @ w + 0.1 * w**3

    places, gradients = [w.copy()], [gradient(w)]
    optimizer, moving = optimizers.LBFGS(0.3, history_size=size), w.copy()
    used = 0
    for _ in range(14):
        pairs = [
            (b - a, d - c)
            for (a, b), (c, d) in zip(itertools.pairwise(places), itertools.pairwise(gradients), strict=True)
        ][-size:]
        pairs = [(s, y) for s, y in pairs if s @ y > 0]
        used += len(pairs)
        if pairs:
            s, y = pairs[-1]
            inverse = np.eye(n) * (s @ y) / (y @ y)
            for s, y in pairs:
                v = np.eye(n) - np.outer(y, s) / (s @ y)
                inverse = v.T @ inverse @ v + np.outer(s, s) / (s @ y)
        else:
            inverse = np.eye(n) * min(1.0, 1 / np.abs(gradients[-1]).sum())
        places.append(shrink * (places[-1] - 0.3 * inverse @ gradients[-1]))
        optimizer.step(moving, gradients[-1])
        moving *= shrink  # as a constraint might
        np.testing.assert_allclose(moving, places[-1], rtol=1e-9, atol=1e-12)
        gradients.append(gradient(places[-1]))
    assert used > 5


def test_lbfgs_on_all_rows_is_quicker_than_descent():
    losses = []
    for optimizer in ("lbfgs", SGD(0.1)):
        net = net_of(Dense(6, "tanh", input_dim=3), Dense(2), optimizer=optimizer)
        net.fit(X, Y, len(X), 60, verbose=0)
        losses.append(net.evaluate(X, Y))
    assert losses[0] < 0.1 * losses[1]


def test_lengths_of_rprop_are_in_units_of_the_rate():
    w, g = data()
    one, other = optimizers.Rprop(0.01), optimizers.Rprop(schedules.ExponentialDecay(0.01, 1, 0.5))
    steps = np.diff(np.vstack([w, walked(one, w, g)]), axis=0)
    scaled = np.diff(np.vstack([w, walked(other, w, g)]), axis=0)
    np.testing.assert_allclose(scaled, steps * 0.5 ** np.arange(len(g))[:, None], rtol=1e-6, atol=1e-13)


@pytest.mark.parametrize("wrong", [{"etas": 3}, {"etas": (1, 2, 3)}, {"step_sizes": None}], ids=str)
def test_pairs_of_rprop(wrong):
    with pytest.raises(ArgumentTypeError, match=f"^{next(iter(wrong))} must be two numbers"):
        optimizers.Rprop(**wrong)


@pytest.mark.parametrize(
    "wrong", [{"etas": (1.5, 2.0)}, {"etas": (0.5, 0.9)}, {"step_sizes": (2.0, 1.0)}], ids=str
)
def test_numbers_of_rprop(wrong):
    with pytest.raises(ArgumentError, match=rf"^{next(iter(wrong))}\[\d\] must be"):
        optimizers.Rprop(**wrong)
