"""`fit`: what an epoch is, what its numbers mean, and what freezing, constraints and penalties do to a step."""

import copy
import gc
import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlp import (
    Input,
    Network,
    batches,
    callbacks,
    constraints,
    initializers,
    losses,
    metrics,
    optimizers,
    regularizers,
    testing,
)
from mlp.errors import NonFiniteError, ShapeError
from mlp.layers import Activation, Dense, Dropout, Layer, Residual

RNG = np.random.default_rng(77)
X = RNG.normal(size=(30, 4))
Y = np.tanh(X[:, :1] - X[:, 1:2]) + 0.1 * RNG.normal(size=(30, 1))
W = RNG.uniform(0.2, 2.0, size=30)
LABELS = np.arange(30) * 7 % 3


class Watch(Layer):
    """y = x; notes the first column of what comes, and whether it comes for training."""

    def __init__(self, seen, **kwargs):
        super().__init__(**kwargs)
        self.seen = seen

    def forward(self, x, training=False):
        self.seen.append((training, x[:, 0].tolist()))
        return x

    def backward(self, dy):
        return dy


def compiled(*layers, optimizer="sgd", loss="mse", rng=0, **settings):
    layers = layers or (Dense(5, activation="tanh", input_dim=4), Dense(1))
    net = Network(list(layers), rng=rng)
    net.compile(optimizer, loss, **settings)
    return net


def watched(rng=0):
    """A network of one input, and the list of what it sees."""
    seen = []
    return compiled(Watch(seen, input_dim=1), Dense(1), rng=rng), seen


def numbered(n):
    """Rows and targets; each row is its own number."""
    return np.arange(n, dtype=float)[:, None], np.zeros(n)


def in_training(seen):
    return [rows for training, rows in seen if training]


def joined(lists):
    return list(itertools.chain.from_iterable(lists))


def in_validation(seen):
    return [rows for training, rows in seen if not training]


def same(a, b):
    assert len(a) == len(b)
    for one, other in zip(a, b, strict=True):
        np.testing.assert_array_equal(one, other)


def hook(**hooks):
    return callbacks.LambdaCallback(**hooks)


# --- Which rows, in which order -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "split", "trained"),
    [(10, 0.25, 7), (10, 0.3, 7), (7, 0.5, 3), (5, 0.2, 4), (3, 0.01, 2), (3, 0.6, 1), (10, 0.89, 1)],
)
def test_the_validation_tail_is_the_last_fraction(n, split, trained):
    net, seen = watched()
    x, y = numbered(n)
    net.fit(x, y, validation_split=split, epochs=3, batch_size=2, verbose=0)
    assert sorted(set(joined(in_training(seen)))) == list(range(trained))
    assert in_validation(seen) == [list(range(trained, n))] * 3


@pytest.mark.parametrize(
    ("n", "size", "lengths"),
    [(10, 4, [4, 4, 2]), (8, 4, [4, 4]), (3, 4, [3]), (3, 1, [1, 1, 1]), (33, None, [32, 1])],
)
@pytest.mark.parametrize("shuffle", [False, True])
def test_the_last_short_batch_is_kept(n, size, lengths, shuffle):
    net, seen = watched()
    net.fit(*numbered(n), batch_size=size, shuffle=shuffle, verbose=0)
    assert [len(rows) for rows in in_training(seen)] == lengths


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 40), size=st.integers(1, 12), seed=st.integers(0, 2**32 - 1))
def test_every_epoch_sees_every_row_once(n, size, seed):
    net, seen = watched(seed)
    net.fit(*numbered(n), batch_size=size, epochs=3, verbose=0)
    rows = joined(in_training(seen))
    for epoch in range(3):
        assert sorted(rows[epoch * n : (epoch + 1) * n]) == list(range(n))


def test_every_epoch_has_its_own_order_and_the_seed_decides_it():
    orders = []
    for seed in (3, 3, 4):
        net, seen = watched(seed)
        net.fit(*numbered(20), epochs=3, batch_size=6, verbose=0)
        orders.append(joined(in_training(seen)))
    assert orders[0] == orders[1] != orders[2]
    epochs = [tuple(orders[0][i : i + 20]) for i in (0, 20, 40)]
    assert len({*epochs, tuple(range(20))}) == 4


def test_without_shuffling_rows_come_as_they_are():
    net, seen = watched()
    before = copy.deepcopy(net.rng.bit_generator.state)
    net.fit(*numbered(7), epochs=2, batch_size=3, shuffle=False, verbose=0)
    assert in_training(seen) == [[0, 1, 2], [3, 4, 5], [6]] * 2
    assert net.rng.bit_generator.state == before


@pytest.mark.parametrize("gathered", [1, 500, 2**30])
def test_it_does_not_matter_how_many_rows_are_gathered_at_a_time(gathered, monkeypatch):
    nets = [compiled(optimizer="adam") for _ in range(2)]
    histories = [nets[0].fit(X, Y, epochs=3, batch_size=4, sample_weight=W, verbose=0).history]
    monkeypatch.setattr(batches, "GATHERED_BYTES", gathered)
    histories.append(nets[1].fit(X, Y, epochs=3, batch_size=4, sample_weight=W, verbose=0).history)
    same(nets[0].get_weights(), nets[1].get_weights())
    assert histories[0] == histories[1]


def test_rows_too_large_for_one_gathering_train_as_if_picked_by_hand():
    """Two batches fit into the memory for gathering, so seven rows take several; the last batch is short."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(23, 8000)), rng.normal(size=(23, 1))
    assert 2 * x[:2].nbytes < batches.GATHERED_BYTES < 3 * x[:2].nbytes
    net, twin = (compiled(Dense(1, input_dim=8000), optimizer=optimizers.SGD(1e-5)) for _ in range(2))
    order = copy.deepcopy(net.rng).permutation(23)
    history = net.fit(x, y, batch_size=2, verbose=0)
    chosen = [order[i : i + 2] for i in range(0, 23, 2)]
    values = [twin.train_on_batch(x[rows], y[rows]) for rows in chosen]
    assert history.history["loss"][0] == pytest.approx(
        np.average(values, weights=[len(rows) for rows in chosen]), rel=1e-12
    )
    same(net.get_weights(), twin.get_weights())


# --- What an epoch's numbers mean ---------------------------------------------------------------------------

OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.05),
    "momentum": lambda: optimizers.SGD(0.05, momentum=0.9),
    "nesterov": lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda: optimizers.RMSprop(0.01, momentum=0.5),
    "adam": lambda: optimizers.Adam(0.01),
    "amsgrad": lambda: optimizers.Adam(0.01, amsgrad=True),
}


def penalised():
    return [
        Dense(
            5, activation="tanh", input_dim=4, kernel_regularizer=regularizers.L1L2(0.01, 0.02),
            activity_regularizer=regularizers.L2(0.03),
        ),
        Dense(1, bias_regularizer="l2"),
    ]  # fmt: skip


@pytest.mark.parametrize("weight", [None, W], ids=["plain", "weighted"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_epoch_by_hand(optimizer, weight):
    """Value and gradient, then a step, batch by batch: the epoch's loss is the mean over rows of the values."""
    net, twin = (compiled(*penalised(), optimizer=OPTIMIZERS[optimizer]()) for _ in range(2))
    history = net.fit(X, Y, epochs=3, batch_size=8, shuffle=False, sample_weight=weight, verbose=0)
    expected = []
    for _ in range(3):
        total = 0.0
        for rows in (slice(0, 8), slice(8, 16), slice(16, 24), slice(24, 30)):
            value, gradient = twin.value_and_gradient(
                X[rows], Y[rows], None if weight is None else weight[rows]
            )
            twin.optimizer.step(twin.parameters, gradient)
            total += value * len(X[rows])
        expected.append(total / 30)
    assert history.history["loss"] == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(net.parameters, twin.parameters, rtol=1e-12, atol=1e-14)


def test_the_loss_of_an_epoch_is_that_before_its_updates():
    net = compiled(*penalised())
    before = net.evaluate(X, Y)
    assert net.fit(X, Y, batch_size=30, verbose=0).history["loss"] == [pytest.approx(before, rel=1e-13)]
    assert net.evaluate(X, Y) < before


def test_a_metric_with_and_without_weights_has_two_names():
    """As in Keras, the one that looks at weights is called weighted_..., of several outputs too."""
    weight = np.linspace(0.5, 2.0, len(X))
    net = compiled(metrics=["mae"], weighted_metrics=["mae", "mse"])
    logs = net.evaluate(X, Y, sample_weight=weight, return_dict=True)
    assert list(logs) == ["loss", "mae", "weighted_mae", "mse"]
    size = np.abs(net.predict(X) - Y).mean(axis=1)
    assert logs["mae"] == pytest.approx(size.mean(), rel=1e-12)
    assert logs["weighted_mae"] == pytest.approx((weight * size).sum() / weight.sum(), rel=1e-12)
    assert set(net.fit(X, Y, verbose=0).history) == set(logs)

    x = Input((4,))
    net = Network(inputs=x, outputs=[Dense(1, name="a")(x), Dense(1, name="b")(x)], rng=0)
    net.compile("sgd", "mse", metrics={"a": ["mae"], "b": ["mae"]}, weighted_metrics={"b": ["mae"]})
    names = list(net.evaluate(X, [Y, Y], return_dict=True))
    assert names == ["loss", "a_loss", "b_loss", "a_mae", "b_mae", "b_weighted_mae"]
    net.compile("sgd", "mse", metrics=[], weighted_metrics=[])
    assert list(net.evaluate(X, [Y, Y], return_dict=True)) == ["loss", "a_loss", "b_loss"]


def test_metrics_in_logs_are_those_of_evaluate():
    """With steps too small to move a weight, an epoch in batches is an evaluation."""
    net = compiled(
        *penalised(),
        optimizer=optimizers.SGD(1e-300),
        metrics=["mae", "mse"],
        weighted_metrics=[metrics.MeanAbsoluteError("weighted")],
    )
    logs = net.fit(
        X, Y, sample_weight=W, batch_size=7, validation_data=(X[:9], Y[:9], W[:9]), verbose=0
    ).history
    expected = net.evaluate(X, Y, batch_size=7, sample_weight=W, return_dict=True)
    validated = net.evaluate(X[:9], Y[:9], sample_weight=W[:9], return_dict=True)
    expected.update({f"val_{name}": value for name, value in validated.items()})
    assert list(logs) == list(expected)
    assert {name: values[0] for name, values in logs.items()} == pytest.approx(expected, rel=1e-13)
    errors = np.abs(net.predict(X) - Y)[:, 0]
    assert [logs["mae"], logs["weighted"]] == [
        [pytest.approx(np.mean(errors), rel=1e-13)],
        [pytest.approx(np.average(errors, weights=W), rel=1e-13)],
    ]


#: Loss, activation of the last layer, targets, weights of classes, and the weight of each row by hand.
CLASS_WEIGHTS = {
    "class numbers": (
        "sparse_categorical_crossentropy",
        "softmax",
        LABELS,
        {0: 2.0, 2: 0.5},
        [2.0, 1.0, 0.5],
    ),
    "one-hot": ("categorical_crossentropy", "softmax", np.eye(3)[LABELS], {1: 3.0}, [1.0, 3.0, 1.0]),
    "0 and 1": ("binary_crossentropy", "sigmoid", LABELS == 1, {0: 0.0, 1: 2.0}, [0.0, 2.0, 0.0]),
    "-1 and 1": ("hinge", "tanh", np.where(LABELS == 1, 1, -1), {-1: 0.25, 1: 4.0}, [0.25, 4.0, 0.25]),
    "0 and 1, hinge": ("hinge", "tanh", LABELS == 1, {0: 0.25, 1: 4.0}, [0.25, 4.0, 0.25]),
    "numbers": ("mse", None, LABELS - 1.0, {-1: 2.0, 1: 0.0}, [2.0, 1.0, 0.0]),
}


def for_classes(loss, activation):
    return compiled(Dense(3 if activation == "softmax" else 1, activation=activation, input_dim=4), loss=loss)


@pytest.mark.parametrize(
    ("loss", "activation", "y", "weights", "by_class"), CLASS_WEIGHTS.values(), ids=CLASS_WEIGHTS
)
def test_a_class_weighs_its_rows_and_the_sum_is_divided_by_the_rows(loss, activation, y, weights, by_class):
    net = for_classes(loss, activation)
    rows = [net.evaluate(X[i : i + 1], y[i : i + 1]) for i in range(30)] if loss != "hinge" else None
    if rows is None:  # a row alone does not tell whether 0 and 1 or -1 and 1 are meant
        rows = np.maximum(0, 1 - np.where(LABELS == 1, 1, -1) * net.predict(X)[:, 0])
    expected = np.sum(np.array(by_class)[LABELS] * rows) / 30
    history = net.fit(X, y, class_weight=weights, batch_size=30, verbose=0)
    assert history.history["loss"] == [pytest.approx(expected, rel=1e-12)]


def test_weights_of_classes_and_of_rows_multiply():
    a, b = (for_classes("sparse_categorical_crossentropy", "softmax") for _ in range(2))
    a.fit(X, LABELS, class_weight={1: 2.0}, sample_weight=W, verbose=0)
    b.fit(X, LABELS, sample_weight=np.where(LABELS == 1, 2.0, 1.0) * W, verbose=0)
    same(a.get_weights(), b.get_weights())


STEPS = X[:24].reshape(6, 4, 4)
OF_STEPS = RNG.uniform(0.2, 2.0, size=(6, 4))
CLASSES = np.arange(24).reshape(6, 4) * 5 % 3
SEQUENCES = {  # units, activation, loss, targets
    "mse": (2, None, "mse", RNG.normal(size=(6, 4, 2))),
    "mae of as many outputs as steps": (4, None, "mae", RNG.normal(size=(6, 4, 4))),
    "class numbers": (3, "softmax", "sparse_categorical_crossentropy", CLASSES),
    "one-hot": (3, "softmax", "categorical_crossentropy", np.eye(3)[CLASSES]),
    "labels": (1, "sigmoid", "binary_crossentropy", CLASSES == 1),
    "along another axis": (3, None, losses.CosineSimilarity(axis=1), RNG.normal(size=(6, 4, 3))),
    "a function": (2, None, lambda t, y: ((y - t) ** 2, 2 * (y - t)), RNG.normal(size=(6, 4, 2))),
}


@pytest.mark.parametrize(("units", "activation", "loss", "t"), SEQUENCES.values(), ids=SEQUENCES)
@pytest.mark.parametrize("column", [False, True])
def test_a_weight_for_each_value_of_a_row(units, activation, loss, t, column):
    """As the loss by itself takes it, and metrics that have a value at each step."""
    w = OF_STEPS[:, : 3 if isinstance(loss, losses.CosineSimilarity) else 4]
    judged = ["mse"] if w.shape == t.shape[:-1] else None
    net = compiled(
        Dense(units, activation, input_shape=(4, 4)),
        loss=loss,
        metrics=["mae"] if t.ndim == 3 else [],
        weighted_metrics=judged,
    )
    y, given = net.predict(STEPS), w[..., None] if column else w
    direct = net.loss(t, y, w)
    found = net.evaluate(STEPS, t, sample_weight=given, return_dict=True)
    assert found["loss"] == pytest.approx(direct, rel=1e-14)
    assert net.value_and_gradient(STEPS, t, given)[0] == pytest.approx(direct, rel=1e-14)
    if judged:
        right = np.average(np.square(y - t).mean(axis=-1), weights=w)
        assert found["mse"] == pytest.approx(right, rel=1e-13)
    if t.ndim == 3:
        assert found["mae"] == pytest.approx(np.abs(y - t).mean(), rel=1e-13)
    history = net.fit(STEPS, t, batch_size=6, sample_weight=given, epochs=2, verbose=0, validation_split=0.5)
    assert history.history["loss"][0] == pytest.approx(net.loss(t[:3], y[:3], w[:3]), rel=1e-13)
    with pytest.raises(
        ShapeError, match=r"sample_weight must have shape \(6,\), one weight a row, or \(6, \d\)"
    ):
        net.fit(STEPS, t, sample_weight=np.ones((6, 5)), verbose=0)


@pytest.mark.parametrize("kind", ["class numbers", "one-hot", "labels"])
@pytest.mark.parametrize("more", [None, OF_STEPS[:, 0], OF_STEPS], ids=["alone", "rows", "values"])
def test_a_class_weighs_the_values_that_have_it(kind, more):
    units, activation, loss, t = SEQUENCES[kind]
    a, b = (compiled(Dense(units, activation, input_shape=(4, 4)), loss=loss) for _ in range(2))
    ones = (
        np.ones((6, 4)) if more is None else more if more.ndim == 2 else np.repeat(more[:, None], 4, axis=1)
    )
    a.fit(STEPS, t, class_weight={1: 2.5}, sample_weight=more, verbose=0, batch_size=4)
    b.fit(STEPS, t, sample_weight=np.where(CLASSES == 1, 2.5, 1.0) * ones, verbose=0, batch_size=4)
    same(a.get_weights(), b.get_weights())


@pytest.mark.parametrize("held_out", [{"validation_split": 0.4}, {"validation_data": (X[18:], LABELS[18:])}])
def test_class_weights_do_not_reach_the_rows_held_out(held_out):
    """As in Keras, whichever way they are given."""
    net = for_classes("sparse_categorical_crossentropy", "softmax")
    history = net.fit(X, LABELS, class_weight={0: 5.0, 1: 0.1}, verbose=0, **held_out)
    assert history.history["val_loss"] == [pytest.approx(net.evaluate(X[18:], LABELS[18:]), rel=1e-13)]


def test_the_validation_tail_keeps_its_row_weights():
    net = compiled()
    history = net.fit(X, Y, sample_weight=W, validation_split=0.5, verbose=0)
    expected = net.evaluate(X[15:], Y[15:], sample_weight=W[15:])
    assert history.history["val_loss"] == [pytest.approx(expected, rel=1e-13)]


def test_validation_data_weigh_as_they_are_given():
    net = compiled()
    history = net.fit(X, Y, validation_data=[X[:7], Y[:7], W[:7]], verbose=0)
    squares = (net.predict(X[:7]) - Y[:7])[:, 0] ** 2
    assert history.history["val_loss"] == [pytest.approx(np.sum(W[:7] * squares) / 7, rel=1e-13)]


def test_validation_data_go_before_the_split():
    net, seen = watched()
    x, y = numbered(6)
    net.fit(x, y, validation_data=(x + 100, y), validation_split=0.5, shuffle=False, verbose=0)
    assert seen == [(True, [0, 1, 2, 3, 4, 5]), (False, [100, 101, 102, 103, 104, 105])]


@pytest.mark.parametrize("reduction", ["sum", "mean_with_sample_weight"])
@pytest.mark.parametrize("make", [losses.MeanSquaredError, losses.MeanAbsoluteError], ids=["mse", "mae"])
def test_training_with_whole_weights_is_training_with_repeated_rows(make, reduction):
    counts = np.random.default_rng(4).integers(0, 4, size=30)
    weighted, repeated = (
        compiled(loss=make(reduction=reduction), optimizer=optimizers.SGD(0.005)) for _ in range(2)
    )
    weighted.fit(X, Y, sample_weight=counts, epochs=5, batch_size=100, verbose=0)
    repeated.fit(X.repeat(counts, 0), Y.repeat(counts, 0), epochs=5, batch_size=100, verbose=0)
    np.testing.assert_allclose(weighted.parameters, repeated.parameters, rtol=1e-10, atol=1e-12)


def test_a_training_in_two_parts_is_the_same_training():
    net, twin = (compiled(Dropout(0.2, input_dim=4), Dense(3), Dense(1), optimizer="adam") for _ in range(2))
    whole = net.fit(X, Y, epochs=5, batch_size=7, verbose=0).history["loss"]
    parts = [twin.fit(X, Y, epochs=2, batch_size=7, verbose=0)]
    parts.append(twin.fit(X, Y, epochs=5, initial_epoch=2, batch_size=7, verbose=0))
    assert [part.epoch for part in parts] == [[0, 1], [2, 3, 4]]
    assert parts[0].history["loss"] + parts[1].history["loss"] == whole
    same(net.get_weights(), twin.get_weights())


@pytest.mark.parametrize(("epochs", "initial"), [(0, 0), (3, 3), (3, 5)])
def test_no_epochs_train_nothing(epochs, initial):
    net = compiled()
    before = net.parameters.copy()
    history = net.fit(X, Y, epochs=epochs, initial_epoch=initial, verbose=0)
    assert (history.epoch, history.history) == ([], {})
    same([net.parameters], [before])


def test_validation_after_every_second_epoch():
    net, values = compiled(), []
    note = hook(
        on_epoch_end=lambda epoch, logs: values.append(("val_loss" in logs, net.evaluate(X[:5], Y[:5])))
    )
    history = net.fit(
        X, Y, epochs=6, initial_epoch=1, validation_data=(X[:5], Y[:5]), validation_freq=2, callbacks=[note], verbose=0
    )  # fmt: skip
    assert [validated for validated, _ in values] == [True, False, True, False, True]
    assert history.history["val_loss"] == [value for validated, value in values if validated]
    assert len(history.history["loss"]) == 5


def test_validation_in_batches():
    net, seen = watched()
    x, y = numbered(10)
    history = net.fit(x, y + 1, validation_data=(x[:7], y[:7]), validation_batch_size=3, verbose=0)
    assert in_validation(seen) == [[0, 1, 2], [3, 4, 5], [6]]
    assert history.history["val_loss"] == [pytest.approx(net.evaluate(x[:7], y[:7]), rel=1e-13)]


# --- Freezing -----------------------------------------------------------------------------------------------


def bound(units, **options):
    """A layer with a penalty and a constraint, both of which would move it."""
    return Dense(
        units, activation="tanh", kernel_regularizer="l2", bias_regularizer="l1", kernel_constraint=constraints.MaxNorm(0.1),
        activity_regularizer="l2", **options,
    )  # fmt: skip


def large():
    """A network of 4 inputs with parts to freeze, of weights that break their constraints."""
    inner = Network([bound(4, name="nested", input_dim=4), Dense(4)], name="inner")
    net = compiled(
        bound(4, name="first", input_dim=4), inner, Residual(bound(4, name="detour"), name="around"),
        bound(4, name="middle"), bound(1, name="last"),
    )  # fmt: skip
    net.parameters = np.random.default_rng(5).normal(size=net.n_parameters)
    return net


PARTS = {
    "first": lambda net: net.get_layer("first"),
    "middle": lambda net: net.get_layer("middle"),
    "last": lambda net: net.get_layer("last"),
    "nested network": lambda net: net.get_layer("inner"),
    "layer of a nested network": lambda net: net.get_layer("inner").layers[0],
    "residual": lambda net: net.get_layer("around"),
    "layer of a residual": lambda net: net.get_layer("around").inner,
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_frozen_weights_do_not_move_a_bit(part, optimizer):
    net = large()
    net.compile(OPTIMIZERS[optimizer](), "mse")
    frozen = part(net)
    frozen.trainable = False
    before, others = frozen.get_weights(), [w.copy() for w in net.trainable_weights]
    net.fit(X, Y, epochs=2, batch_size=7, verbose=0)
    net.train_on_batch(X, Y)
    same(frozen.get_weights(), before)
    assert all(np.any(w != old) for w, old in zip(net.trainable_weights, others, strict=True))

    frozen.trainable = True
    net.fit(X, Y, epochs=2, batch_size=7, verbose=0)  # what the optimizer gathers now ...
    frozen.trainable = False
    before = frozen.get_weights()
    net.fit(X, Y, epochs=2, batch_size=7, verbose=0)  # ... does not move it later
    same(frozen.get_weights(), before)


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_unfrozen_weights_move_again(part):
    net = large()
    part(net).trainable = False
    net.fit(X, Y, verbose=0)
    part(net).trainable = True
    before = net.get_weights()
    net.fit(X, Y, verbose=0)
    assert all(np.any(w != old) for w, old in zip(net.weights, before, strict=True))


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_a_callback_may_freeze_and_unfreeze_between_epochs(part):
    net, kept = large(), []
    net.compile("adam", "mse")

    def switch(epoch, logs):
        kept.append(part(net).get_weights())
        part(net).trainable = epoch not in (1, 2)

    net.fit(X, Y, epochs=5, batch_size=7, callbacks=[hook(on_epoch_end=switch)], verbose=0)
    same(kept[1], kept[2])
    same(kept[2], kept[3])
    for before, after in ((0, 1), (3, 4)):
        assert all(np.any(w != old) for w, old in zip(kept[after], kept[before], strict=True))


def test_behind_a_frozen_layer_training_is_that_on_its_outputs():
    frozen = Dense(5, activation="tanh", input_dim=4, trainable=False)
    net = compiled(frozen, Dense(3, activation="tanh"), Dense(1), optimizer="adam")
    rest = compiled(Dense(3, activation="tanh", input_dim=5), Dense(1), optimizer="adam")
    rest.set_weights(net.get_weights()[2:])
    history = net.fit(X, Y, epochs=3, batch_size=7, shuffle=False, verbose=0).history
    apart = rest.fit(frozen(X), Y, epochs=3, batch_size=7, shuffle=False, verbose=0).history
    np.testing.assert_allclose(rest.parameters, net.parameters[25:], rtol=1e-10, atol=1e-12)
    assert history["loss"] == pytest.approx(apart["loss"], rel=1e-10)


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_training_takes_the_gradient_of_frozen_weights_for_zero(part):
    """So nothing gathers in the optimizer that would move them once they are free."""
    net = large()
    net.compile(optimizers.SGD(0.01, momentum=0.9), "mse")
    part(net).trainable = False
    net.fit(X, Y, verbose=0)
    trained = {id(w) for w in net.trainable_weights}
    start = 0
    for w in net.weights:
        frozen = id(w) not in trained
        assert np.any(net.gradient[start : start + w.size]) != frozen
        assert np.any(net.optimizer.slots["momentum"][start : start + w.size]) != frozen
        start += w.size


def test_the_penalty_of_a_frozen_weight_does_not_count():
    """As in Keras, where only trainable weights are asked for it."""
    layers = [Dense(5, kernel_regularizer="l2", input_dim=4), Dense(1)]
    net = compiled(*layers)
    penalty = regularizers.L2()(layers[0].kernel)
    free = net.evaluate(X, Y)
    layers[0].trainable = False
    assert net.evaluate(X, Y) == pytest.approx(free - penalty, rel=1e-12)


def test_a_network_that_is_all_frozen_can_be_fitted_to_no_effect():
    net = compiled()
    net.trainable = False
    before = net.parameters.copy()
    values = net.fit(X, Y, epochs=2, batch_size=30, verbose=0).history["loss"]
    assert values == [pytest.approx(net.evaluate(X, Y), rel=1e-13)] * 2
    same([net.parameters], [before])


# --- Constraints --------------------------------------------------------------------------------------------

CONSTRAINTS = {
    "max norm": (constraints.MaxNorm(0.3), lambda w: np.linalg.norm(w, axis=0) <= 0.3),
    "non-negative": (constraints.NonNeg(), lambda w: w >= 0),
    "unit norm": (constraints.UnitNorm(), lambda w: np.abs(np.linalg.norm(w, axis=0) - 1) < 1e-6),
    "min max norm": (
        constraints.MinMaxNorm(0.4, 0.5),
        lambda w: np.abs(np.linalg.norm(w, axis=0) - 0.45) < 0.05 + 1e-6,
    ),
}


@pytest.mark.parametrize(("constraint", "holds"), CONSTRAINTS.values(), ids=CONSTRAINTS)
@pytest.mark.parametrize("nested", [False, True])
def test_a_constraint_holds_after_every_step(constraint, holds, nested):
    spread = initializers.RandomNormal(stddev=1.0)
    layer = Dense(3, kernel_constraint=constraint, kernel_initializer=spread, input_dim=4)
    net = compiled(
        Network([layer], rng=1) if nested else layer, Dense(1), optimizer=optimizers.SGD(0.02, momentum=0.9)
    )
    assert not holds(layer.kernel).all()
    seen = []
    check = hook(on_train_batch_end=lambda batch, logs: seen.append(holds(layer.kernel).all()))
    net.fit(X, Y, epochs=3, batch_size=7, callbacks=[check], verbose=0)
    assert len(seen) == 15
    assert all(seen)
    layer.set_weights([np.full((4, 3), -2.0), np.zeros(3)])
    net.train_on_batch(X, Y)
    assert holds(layer.kernel).all()


def test_a_constraint_projects_what_the_step_made():
    net = compiled(
        Dense(3, kernel_constraint="non_neg", bias_constraint=constraints.MaxNorm(0.01), input_dim=4)
    )
    y = np.tile(Y, 3)
    _, gradient = net.value_and_gradient(X, y)
    moved = net.parameters - 0.01 * gradient
    kernel, bias = moved[:12].reshape(4, 3), moved[12:]
    net.train_on_batch(X, y)
    expected = [np.maximum(kernel, 0), bias * min(1.0, 0.01 / np.linalg.norm(bias))]
    for w, value in zip(net.weights, expected, strict=True):
        np.testing.assert_allclose(w, value, rtol=1e-4, atol=1e-15)  # Keras adds 1e-7 to norms


# --- Penalties on outputs -----------------------------------------------------------------------------------


class Noted(regularizers.L1L2):
    """Some of both penalties, of outputs that it notes."""

    def __init__(self):
        super().__init__(l1=0.1, l2=0.3)
        self.seen = []

    def value_and_gradient(self, w):
        self.seen.append(w.copy())
        return super().value_and_gradient(w)


def tapped(units, activation="tanh", **options):
    return Dense(units, activation=activation, activity_regularizer=Noted(), **options)


ACTIVITIES = {
    "hidden": lambda: [tapped(3, input_dim=4), Dense(2)],
    "last": lambda: [Dense(3, input_dim=4), tapped(2)],
    "everywhere": lambda: [tapped(3, input_dim=4), tapped(3), tapped(2)],
    "in a residual": lambda: [Dense(3, input_dim=4), Residual(tapped(3)), Dense(2)],
    "in a network": lambda: [Network([tapped(3, input_dim=4), Dense(3)], rng=1), Dense(2)],
    "at the end of a network": lambda: [Network([Dense(3, input_dim=4), tapped(3)], rng=1), Dense(2)],
    "in a network in a residual": lambda: [
        Residual(Network([tapped(3, input_dim=4), Dense(4)], rng=1), input_dim=4),
        Dense(2),
    ],
    "in a residual in a network": lambda: [Network([Residual(tapped(4), input_dim=4)], rng=1), Dense(2)],
    "behind a frozen layer": lambda: [Dense(3, input_dim=4, trainable=False), tapped(3), Dense(2)],
}


@pytest.mark.parametrize("layers", ACTIVITIES.values(), ids=ACTIVITIES)
def test_penalties_on_outputs_are_found_wherever_they_are(layers):
    """Each such layer is asked once, and each counts."""
    net = compiled(*layers())
    noted = [layer.activity_regularizer for layer in net.walk() if isinstance(layer, Dense)]
    noted = [regularizer for regularizer in noted if regularizer is not None]
    value = net.evaluate(X, np.tile(Y, 2))
    assert [len(regularizer.seen) for regularizer in noted] == [1] * len(noted)
    penalty = sum(regularizers.L1L2(0.1, 0.3)(regularizer.seen[0]) for regularizer in noted) / 30
    assert penalty > 0.01
    assert value == pytest.approx(np.mean((net.predict(X) - Y) ** 2) + penalty, rel=1e-12)


@pytest.mark.parametrize("layers", ACTIVITIES.values(), ids=ACTIVITIES)
def test_the_gradient_of_a_penalty_on_outputs(layers):
    """By numbers, and as training uses it."""
    net, y = compiled(*layers()), np.tile(Y[:5], 2)
    if all(layer.trainable for layer in net.layers):
        testing.check_gradients(net, X[:5], y)
    twin = net.copy()
    twin.fit(X[:5], y, shuffle=False, batch_size=5, verbose=0)
    net.optimizer.step(net.parameters, _zeroed(net, net.value_and_gradient(X[:5], y)[1]))
    np.testing.assert_allclose(twin.parameters, net.parameters, rtol=1e-12, atol=1e-15)


def _zeroed(net, gradient):
    """The gradient without the parts of frozen layers at the beginning."""
    size = sum(layer.n_parameters for layer in net.layers if not layer.trainable)
    return np.concatenate([np.zeros(size), gradient[size:]])


def test_penalties_on_weights_are_part_of_value_and_gradient():
    layers = [
        Dense(
            3,
            kernel_regularizer=regularizers.L1(0.1),
            bias_regularizer="l2",
            bias_initializer="ones",
            input_dim=4,
        ),
        Network([Dense(1, kernel_regularizer=regularizers.L2(0.2), input_dim=3)], rng=1),
    ]
    net = compiled(*layers)
    kernel, bias, last, _ = net.get_weights()
    penalty = 0.1 * np.abs(kernel).sum() + 0.01 * (bias**2).sum() + 0.2 * (last**2).sum()
    assert net.value_and_gradient(X, Y)[0] == pytest.approx(
        np.mean((net.predict(X) - Y) ** 2) + penalty, rel=1e-12
    )
    testing.check_gradients(net, X[:5], Y[:5])


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_the_gradient_of_a_penalty_on_probabilities(loss):
    net = compiled(Dense(3, input_dim=4), tapped(3, activation="softmax"), loss=loss)
    y = np.eye(3)[LABELS[:6]] if loss == "categorical_crossentropy" else LABELS[:6]
    testing.check_gradients(net, X[:6], y)


@pytest.mark.parametrize("regularizer", ["l1", "l2", regularizers.L1L2(0.2, 0.1)], ids=["l1", "l2", "both"])
def test_a_penalty_on_outputs_is_divided_by_the_rows(regularizer):
    layer = Dense(3, activation="tanh", activity_regularizer=regularizer, input_dim=4)
    net = compiled(layer, Dense(1))
    error = np.mean((net.predict(X) - Y) ** 2)
    penalty = regularizers.get(regularizer)(np.tanh(X @ layer.kernel + layer.bias)) / 30
    assert penalty > 0.01
    assert net.evaluate(X, Y) == pytest.approx(error + penalty, rel=1e-12)
    assert net.evaluate(X, Y, batch_size=5) == pytest.approx(error + penalty, rel=1e-12)
    assert net.value_and_gradient(X, Y)[0] == pytest.approx(error + penalty, rel=1e-12)
    assert net.fit(X, Y, batch_size=30, verbose=0).history["loss"][0] == pytest.approx(
        error + penalty, rel=1e-12
    )


# --- Randomness ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nested", [False, True])
def test_dropout_draws_from_the_generator_of_the_network(nested):
    """Inside of a nested network too, whatever generator that was made with."""
    layers = [Dense(4, input_dim=4), Dropout(0.5)]
    net = compiled(*([Network(layers, rng=9)] if nested else layers), Dense(1), rng=3)
    twin, other = net.copy(), net.copy()
    before = copy.deepcopy(net.rng.bit_generator.state)
    for each in (net, twin):
        each.fit(X, Y, epochs=2, batch_size=7, shuffle=False, verbose=0)
    assert net.rng.bit_generator.state != before
    same(net.get_weights(), twin.get_weights())
    other.rng.random()
    other.fit(X, Y, epochs=2, batch_size=7, shuffle=False, verbose=0)
    assert not np.array_equal(other.parameters, net.parameters)


def test_dropout_with_a_seed_has_a_generator_of_its_own():
    nets = [
        compiled(Dropout(0.5, seed=4, input_dim=4), Dense(1, kernel_initializer="ones"), rng=i)
        for i in (1, 2)
    ]
    before = copy.deepcopy(nets[0].rng.bit_generator.state)
    for net in nets:
        net.fit(X, Y, shuffle=False, batch_size=7, verbose=0)
    assert nets[0].rng.bit_generator.state == before
    same(nets[0].get_weights(), nets[1].get_weights())


def test_validation_draws_nothing():
    a, b = (compiled(Dropout(0.5, input_dim=4), Dense(1)) for _ in range(2))
    a.fit(X, Y, epochs=3, batch_size=7, verbose=0)
    b.fit(X, Y, epochs=3, batch_size=7, validation_data=(X, Y), verbose=0)
    same(a.get_weights(), b.get_weights())


# --- What is not finite -------------------------------------------------------------------------------------


def leaping(step_of_the_leap):
    """Two linear layers; the given step, counted from 1, throws the weights so far that their product overflows."""

    def rate(step):
        return 0.001 if step + 1 < step_of_the_leap else 1e200

    return compiled(
        Dense(3, name="near", input_dim=4), Dense(1, name="far"), optimizer=optimizers.SGD(learning_rate=rate)
    )


def test_what_is_not_finite_is_named_and_not_applied():
    """Four batches an epoch; the leap in the sixth step is seen in the seventh."""
    net, twin = leaping(6), leaping(6)
    with pytest.raises(
        NonFiniteError, match=r"epoch 2, batch 3: .*layer 1 'far' \(Dense, 3 -> 1\).*not finite"
    ):
        net.fit(X, Y, epochs=5, batch_size=8, shuffle=False, verbose=0)
    for rows in [slice(i, i + 8) for i in (0, 8, 16, 24, 0, 8)]:
        twin.train_on_batch(X[rows], Y[rows])
    same(net.get_weights(), twin.get_weights())
    assert np.isfinite(net.parameters).all()
    assert net.history.epoch == [0]
    with pytest.raises(NonFiniteError, match=r"train_on_batch: .*'far'"):
        twin.train_on_batch(X, Y)
    same(net.get_weights(), twin.get_weights())


class Steep(Layer):
    """y = x, with a derivative that has no bounds."""

    def forward(self, x, training=False):
        return x

    def backward(self, dy):
        return dy * np.inf


def test_a_gradient_that_is_not_finite_is_named_and_not_applied():
    net = compiled(Dense(3, name="hit", input_dim=4), Steep(), Dense(1), optimizer="adam")
    before = net.parameters.copy()
    with pytest.raises(NonFiniteError, match=r"epoch 1, batch 1: the gradient of bias of layer 0 'hit'"):
        net.fit(X, Y, verbose=0)
    same([net.parameters], [before])
    assert net.optimizer.iterations == 0


# --- Memory -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shuffle", [False, True])
def test_memory_does_not_grow_from_epoch_to_epoch(shuffle):
    """A lost buffer of one batch would be 20 kB, one copy of the weights 40 kB."""
    layers = [Dense(50, activation="relu", input_dim=100), Dropout(0.1), Activation("tanh"), Dense(1)]
    net = compiled(*layers, optimizer="adam", metrics=["mae"])
    x = np.random.default_rng(4).normal(size=(130, 100))
    used = []

    def measure(epoch, logs):
        gc.collect()
        used.append(tracemalloc.get_traced_memory()[0])

    tracemalloc.start()
    try:
        net.fit(
            x, x[:, 0], epochs=12, batch_size=50, shuffle=shuffle, validation_split=0.2, verbose=0,
            callbacks=[hook(on_epoch_end=measure)],
        )  # fmt: skip
    finally:
        tracemalloc.stop()
    assert used[-1] - used[6] < 5_000  # five epochs, as the first fill the interpreter's caches
