"""Rows held out: how many, which, of which class; and the warning where the last ones are all alike."""

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mlp
from mlp import Network, Split
from mlp.batches import training_rows
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, OneClassValidationWarning
from mlp.layers import Dense
from mlp.split import held_of_each

RNG = np.random.default_rng(3)
SORTED = np.repeat([0, 1, 2], [30, 20, 10])
X = RNG.normal(size=(60, 2)) + SORTED[:, None]


def network(loss="sparse_categorical_crossentropy", units=3, activation="softmax"):
    net = Network([Dense(units, activation=activation, input_dim=2)], rng=0)
    net.compile("sgd", loss)
    return net


def both(split, targets, rng=0):
    trained, held_out = split.rows(targets, np.random.default_rng(rng))
    everything = np.arange(len(targets))
    return everything[trained], everything[held_out]


SPLITS = st.builds(Split, st.floats(0.05, 0.9), st.booleans(), st.booleans(), st.sampled_from([None, 1]))


@given(SPLITS, st.lists(st.integers(0, 2), min_size=12, max_size=60), st.integers(0, 9))
@settings(max_examples=200, deadline=None)
def test_every_row_is_on_one_side_and_there_are_as_many_as_in_keras(split, classes, rng):
    n = len(classes)
    try:
        first = training_rows(n, split.fraction)
        if split.stratify:
            held_of_each(np.bincount(classes), n - first)
    except ArgumentError:
        with pytest.raises(ArgumentError):
            both(split, classes, rng)
        return
    trained, held_out = both(split, classes, rng)
    assert len(trained) == first
    assert sorted([*trained, *held_out]) == list(range(n))
    assert list(trained) == sorted(trained)
    assert list(held_out) == sorted(held_out)
    if split.stratify:
        for c in {*classes}:
            counts = [np.count_nonzero(np.array(classes)[rows] == c) for rows in (trained, held_out)]
            assert counts[0] >= 1
            assert abs(counts[1] - (n - first) * sum(counts) / n) < 3


@pytest.mark.parametrize("fraction", [0.1, 0.25, 1 / 3])
def test_neither_shuffled_nor_stratified_is_what_a_number_means(fraction):
    trained, held_out = both(Split(fraction, shuffle=False), SORTED)
    first = training_rows(60, fraction)
    assert trained.tolist() == list(range(first))
    assert held_out.tolist() == list(range(first, 60))
    nets = [network(), network()]
    warned = pytest.warns(OneClassValidationWarning) if fraction < 0.2 else contextlib.nullcontext()
    with warned:
        for net, split in zip(nets, (fraction, Split(fraction, shuffle=False)), strict=True):
            net.fit(X, SORTED, validation_split=split, verbose=0)
    np.testing.assert_array_equal(*(net.parameters for net in nets))


def test_without_chance_each_class_gives_its_last_rows():
    _, held_out = both(Split(0.1, shuffle=False, stratify=True), SORTED)
    assert held_out.tolist() == [27, 28, 29, 48, 49, 59]


def test_a_seed_of_its_own_decides_and_else_the_networks_generator():
    own = [both(Split(0.2, rng=5), SORTED, rng)[1].tolist() for rng in (0, 1)]
    assert own[0] == own[1]
    assert both(Split(0.2, rng=6), SORTED)[1].tolist() != own[0]
    drawn = [both(Split(0.2), SORTED, rng)[1].tolist() for rng in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize("split", [Split(0.2, rng=1), Split(0.2, stratify=True, rng=1)])
def test_training_with_a_split_is_training_with_its_rows_as_validation_data(split):
    trained, held_out = both(split, SORTED)
    weight = RNG.uniform(0.5, 2.0, 60)
    a, b = network(), network()
    a.fit(X, SORTED, epochs=3, validation_split=split, sample_weight=weight, verbose=0)
    data = X[held_out], SORTED[held_out], weight[held_out]
    b.fit(
        X[trained], SORTED[trained], epochs=3, validation_data=data, sample_weight=weight[trained], verbose=0
    )
    np.testing.assert_array_equal(a.parameters, b.parameters)
    assert a.history.history == b.history.history


FORMS = {
    "index": ("sparse_categorical_crossentropy", 3, "softmax", SORTED),
    "one-hot": ("categorical_crossentropy", 3, "softmax", np.eye(3)[SORTED]),
    "binary": ("binary_crossentropy", 1, "sigmoid", (SORTED > 0) * 1),
    "sign": ("hinge", 1, "tanh", np.sign(SORTED - 0.5)),
}


@pytest.mark.parametrize(("loss", "units", "activation", "y"), FORMS.values(), ids=FORMS)
def test_a_tail_of_one_class_is_warned_of_and_the_cure_is_one(loss, units, activation, y):
    make = lambda: network(loss, units, activation)
    with pytest.warns(OneClassValidationWarning, match=r"use mlp.Split\(0.1, stratify=True\)") as caught:
        make().fit(X, y, validation_split=0.1, verbose=0)
    assert caught[0].filename == __file__
    make().fit(X, y, validation_split=mlp.Split(0.1, stratify=True), verbose=0)
    make().fit(X, y[np.arange(60) * 7 % 60], validation_split=0.1, verbose=0)
    make().fit(X, np.repeat(y[:1], 60, axis=0), validation_split=0.1, verbose=0)


def test_numbers_are_no_classes():
    y = np.where(np.arange(60) < 50, RNG.normal(size=60), 0.0)
    network("mse", 1, "linear").fit(X, y, validation_split=0.1, verbose=0)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (RNG.normal(size=60), "class numbers, labels or one-hot rows"),
        (np.arange(60.0), "classes of several rows, got 60"),
    ],
    ids=["numbers", "all different"],
)
def test_what_cannot_be_stratified(y, message):
    with pytest.raises(ArgumentError, match=message):
        network("mse", 1, "linear").fit(X, y, validation_split=Split(0.2, stratify=True), verbose=0)


@pytest.mark.parametrize(
    ("targets", "error", "message"),
    [
        (5, ArgumentTypeError, "targets must be rows, got 5"),
        (list("abababab"), DataError, "targets holds text"),
        ([[1], [2, 3], [1], [1], [2, 3]], DataError, "targets is no rectangular array"),
    ],
)
def test_targets_that_are_none(targets, error, message):
    with pytest.raises(error, match=message):
        Split(0.25, stratify=True).rows(targets)


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"fraction": 1.0}, ArgumentError, "fraction"),
        ({"fraction": -0.1}, ArgumentError, "fraction"),
        ({"fraction": "a"}, ArgumentTypeError, "fraction"),
        ({"shuffle": 1}, ArgumentTypeError, "shuffle"),
        ({"stratify": None}, ArgumentTypeError, "stratify"),
        ({"rng": "a"}, ArgumentTypeError, "rng"),
        ({"rng": -1}, ArgumentError, "rng"),
    ],
)
def test_wrong_arguments_are_named(arguments, error, name):
    with pytest.raises(error, match=rf"^{name} must"):
        Split(**arguments)


def test_whole_rows_go_to_the_class_that_lacks_most_of_its_share():
    for counts, total, expected in (
        ([7, 3], 4, [3, 1]),
        ([6, 3, 1], 5, [3, 2, 0]),
        ([0, 2, 8], 5, [0, 1, 4]),
    ):
        assert held_of_each(np.array(counts), total).tolist() == expected


def test_too_few_rows_are_told():
    with pytest.raises(ArgumentError, match=r"6 rows cannot be held out of 8.*4 classes"):
        both(Split(0.75, stratify=True), np.arange(8) // 2)
    with pytest.raises(ArgumentError, match="both must be at least 1"):
        both(Split(0.9), [1])


def test_nothing_held_out_is_no_validation():
    for split in (0, 0.0, Split(0.0)):
        assert "val_loss" not in network().fit(X, SORTED, validation_split=split, verbose=0).history


def test_it_is_described_by_its_arguments():
    split = Split(0.3, stratify=True, rng=4)
    assert repr(split) == "Split(fraction=0.3, stratify=True, rng=4)"
    assert repr(Split.from_config(split.get_config())) == repr(split)
