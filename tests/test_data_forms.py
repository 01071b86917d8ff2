"""Data in any form: trained on, each is the array in memory that it means; and what it cannot mean is refused."""

import functools
import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from mlp import Input, Network, lazy
from mlp.callbacks import LambdaCallback
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, OutOfDataWarning, ShapeError
from mlp.layers import Concatenate, Dense, Dropout, Residual

RNG = np.random.default_rng(5)
N, WIDE = 70, 12
SPARSE = sparse.random_array((N, WIDE), density=0.2, rng=RNG, format="csr")
X = SPARSE.toarray()
Y = RNG.normal(size=(N, 1))
W = RNG.uniform(0.5, 2.0, size=N)
LABELS = RNG.integers(0, 3, size=N)


def network(loss="mse", units=1, dtype="float64", **options):
    """A network with dropout, so that what is drawn counts too."""
    layers = [Dense(6, activation="tanh", input_dim=WIDE, **options), Dropout(0.2)]
    last = Dense(units, activation=None if loss == "mse" else "softmax")
    net = Network([*layers, last], rng=1, dtype=dtype)
    net.compile("adam", loss, metrics=["mae"] if loss == "mse" else ["accuracy"])
    return net


def trained(*data, make=network, **options):
    net = make()
    net.fit(*data, **{"epochs": 12, "batch_size": 16, "verbose": 0, **options})
    return net


def same(a, b):
    np.testing.assert_array_equal(a.parameters, b.parameters)
    assert a.history.history == b.history.history


def near(a, b):
    np.testing.assert_allclose(a.parameters, b.parameters, rtol=0, atol=1e-12)
    for name, values in a.history.history.items():
        np.testing.assert_allclose(values, b.history.history[name], rtol=0, atol=1e-12)


# --- Sparse matrices ----------------------------------------------------------------------------------------

FORMATS = ["csr", "csc", "coo", "lil", "dok", "bsr"]
KINDS = {f"{form} {kind}": (form, kind) for form in FORMATS for kind in ("array", "matrix")}


def as_sparse(form, kind, x=X):
    return getattr(sparse, f"{form}_{kind}")(x)


@pytest.mark.parametrize(("form", "kind"), KINDS.values(), ids=KINDS)
def test_training_on_a_sparse_matrix_is_training_on_the_array(form, kind):
    near(trained(as_sparse(form, kind), Y), trained(X, Y))


OPTIONS = {
    "as it is": {"shuffle": False},
    "a tail": {"validation_split": 0.3},
    "weights": {"sample_weight": W},
    "steps": {"steps_per_epoch": 5, "batch_size": 7},
    "one batch": {"batch_size": 100},
    "float32": {"make": functools.partial(network, dtype="float32")},
    "penalties": {"make": functools.partial(network, kernel_regularizer="l2", activity_regularizer="l1")},
}


@pytest.mark.parametrize("options", [o for n, o in OPTIONS.items() if n != "float32"])
def test_sparse_training_in_every_way(options):
    near(trained(SPARSE, Y, **options), trained(X, Y, **options))


def test_sparse_training_in_single_precision():
    nets = [trained(x, Y, make=functools.partial(network, dtype="float32")) for x in (SPARSE, X)]
    np.testing.assert_allclose(nets[0].parameters, nets[1].parameters, rtol=0, atol=2e-5)
    assert nets[0].predict(SPARSE).dtype == np.float32


def test_all_that_looks_at_sparse_rows_sees_the_array():
    net = trained(X, Y)
    for look in (
        net,
        net.predict,
        functools.partial(net.predict, batch_size=9),
        functools.partial(net.predict, steps=2, batch_size=9),
        net.forward,
        lambda x: net.evaluate(x, Y, sample_weight=W),
        lambda x: net.evaluate(x, Y, batch_size=9, steps=3),
        lambda x: np.append(*net.value_and_gradient(x, Y)[::-1]),
        lambda x: np.append(*net.value_and_gradient(x, Y, training=True)[::-1]),
        lambda x: (net.forward(x), net.backward(Y))[1],
        lambda x: (net.forward(x), net.backward(Y), net.gradient.copy())[2],
        lambda x: net.copy().train_on_batch(x, Y),
        lambda x: net.copy().minimize(x, Y, maxiter=5).history["loss"],
    ):
        np.testing.assert_allclose(look(SPARSE), look(X), rtol=1e-10, atol=1e-13)


def test_a_sparse_matrix_validates():
    near(trained(X, Y, validation_data=(SPARSE, Y)), trained(X, Y, validation_data=(X, Y)))


@given(
    rows=st.integers(1, 12),
    size=st.integers(1, 13),
    entries=st.lists(
        st.tuples(st.integers(0, 11), st.integers(0, WIDE - 1), st.integers(-4, 4)), max_size=30
    ),
)
@settings(max_examples=30, deadline=None)
def test_duplicate_entries_add_up_and_empty_rows_are_zeros(rows, size, entries):
    places = [(i % rows, j, v) for i, j, v in entries]
    i, j, v = np.array(places, int).reshape(-1, 3).T
    x = sparse.coo_array((v.astype(float), (i, j)), shape=(rows, WIDE))
    near(
        trained(x, Y[:rows], batch_size=size, epochs=2),
        trained(x.toarray(), Y[:rows], batch_size=size, epochs=2),
    )


def test_a_matrix_that_is_not_canonical_is_not_changed():
    x = sparse.csr_array((np.ones(3), np.array([5, 1, 5]), np.array([0, 3])), shape=(1, WIDE))
    before = [x.data.copy(), x.indices.copy(), x.indptr.copy()]
    net = network()
    np.testing.assert_allclose(net.predict(x), net.predict(x.toarray()), rtol=1e-14)
    for a, b in zip(before, (x.data, x.indices, x.indptr), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", ["bool", "int8", "uint16", "int64", "float32"])
def test_entries_of_any_real_type(kind):
    x = sparse.csr_array((X * 10).astype(kind))
    near(trained(x, Y, epochs=2), trained(x.toarray(), Y, epochs=2))


def branching():
    a, b = Input(shape=(WIDE,), name="a"), Input(shape=(WIDE,), name="b")
    shared = Dense(4, activation="tanh")
    both = Concatenate()([shared(a), shared(b), Dense(2)(b)])
    net = Network(inputs=[a, b], outputs=Dense(1)(both), rng=2)
    net.compile("adam", "mse")
    return net


def test_one_of_several_inputs_may_be_sparse():
    expected = trained([X, X[::-1]], Y, make=branching)
    near(trained([SPARSE, X[::-1]], Y, make=branching), expected)
    near(trained({"a": SPARSE, "b": sparse.csc_array(X[::-1])}, Y, make=branching), expected)
    near(trained([(([SPARSE, X[::-1]]), Y)].__iter__(), make=branching, batch_size=None, epochs=1),
         trained([X, X[::-1]], Y, make=branching, batch_size=N, shuffle=False, epochs=1))  # fmt: skip


def test_a_network_in_a_network_takes_sparse_rows():
    def make():
        net = Network([Network([Dense(5, input_dim=WIDE)], rng=3), Dense(1)], rng=4)
        net.compile("adam", "mse")
        return net

    near(trained(SPARSE, Y, make=make), trained(X, Y, make=make))


def test_a_sparse_matrix_never_becomes_an_array():
    """A million features: as an array, one batch would take 256 MB."""
    wide = 10**6
    x = sparse.random_array((320, wide), density=2e-6, rng=RNG, format="csr")
    net = Network([Dense(1, input_dim=wide)], rng=0)
    net.compile("sgd", "mse")
    tracemalloc.start()
    try:
        net.fit(x, Y[np.arange(320) % N], epochs=1, verbose=0, validation_split=0.1)
        net.evaluate(x[:50], Y[:50])
        net.value_and_gradient(x[:50], Y[:50])
        net.predict(x)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 100e6


class Plain(Dense):
    """A layer of one's own, which may ask anything of its input."""

    def forward(self, x, training=False):
        return super().forward(x + 0, training)


FIRST = {
    "dropout": lambda: [Dropout(0.5, input_dim=WIDE), Dense(1)],
    "residual": lambda: [Residual(Dense(WIDE), input_dim=WIDE), Dense(1)],
    "own": lambda: [Plain(2, input_dim=WIDE), Dense(1)],
    "nested": lambda: [Network([Dropout(0.5, input_dim=WIDE)]), Dense(1)],
}


@pytest.mark.parametrize("layers", FIRST.values(), ids=FIRST)
def test_only_a_dense_layer_takes_sparse_rows(layers):
    net = Network(layers())
    net.compile("sgd", "mse")
    cure = r"layer.*x is a sparse matrix, which only a Dense layer takes.*x\.toarray\(\)"
    for call in (net, net.predict, net.forward, lambda x: net.fit(x, Y), lambda x: net.evaluate(x, Y)):
        with pytest.raises(DataError, match=cure):
            call(SPARSE)


def test_an_input_that_is_also_merged_takes_no_sparse_rows():
    x = Input(shape=(WIDE,))
    for outputs in (Concatenate()([Dense(2)(x), x]), [Dense(2)(x), x], x):
        with pytest.raises(DataError, match="sparse"):
            Network(inputs=x, outputs=outputs).predict(SPARSE)


def changed(value, kind=float):
    x = SPARSE.tolil(copy=True).astype(kind)
    x[7, 3] = value
    return x


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (changed(np.nan), DataError, r"x must be finite, got nan at x\[7, 3\]"),
        (changed(-np.inf), DataError, r"x must be finite, got -inf at x\[7, 3\]"),
        (changed(2**60, np.int64), DataError, r"2\*\*53"),
        (SPARSE.astype(complex), DataError, "complex"),
        (SPARSE[:, :-1], ShapeError, r"x must have shape \(n, 12\), got \(70, 11\)"),
        (SPARSE[:-1], ShapeError, "same number of rows, got 69 and 70"),
    ],
    ids=["nan", "inf", "integer", "complex", "columns", "rows"],
)
def test_what_sparse_matrices_must_not_hold(x, error, message):
    with pytest.raises(error, match=message):
        network().fit(x, Y, verbose=0)


def test_sparse_targets_and_weights_are_refused():
    for data in (
        (X, sparse.csr_array(Y)),
        (X, Y, None, 1, 0, None, 0.0, None, True, None, sparse.csr_array(W[None])),
    ):
        with pytest.raises(
            DataError, match=r"(y|sample_weight) is a sparse matrix; use (y|sample_weight).toarray"
        ):
            network().fit(*data)


# --- Files larger than memory -------------------------------------------------------------------------------


def in_file(path, x):
    array = np.memmap(path, dtype=x.dtype, mode="w+", shape=x.shape)
    array[:] = x
    return array


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("kind", ["u1", ">i2", "f4", "f8"])
def test_training_on_a_file_is_training_on_the_array(tmp_path, kind, options):
    x = (100 * X).astype(kind)
    same(trained(in_file(tmp_path / "x", x), Y, **options), trained(x.astype(float), Y, **options))


@pytest.mark.parametrize(
    ("loss", "y", "units"),
    [
        ("mse", RNG.normal(size=(N, 3)), 3),
        ("categorical_crossentropy", np.eye(3)[LABELS], 3),
        ("sparse_categorical_crossentropy", LABELS, 3),
        ("mse", Y, 1),
    ],
    ids=["real", "one-hot", "index", "column"],
)
@pytest.mark.parametrize("weights", [None, {0: 2.0, 2: 0.5}])
def test_targets_may_be_in_a_file_too(tmp_path, loss, y, units, weights):
    if loss == "mse":
        weights = None
    make = functools.partial(network, loss, units)
    y = y.astype("f4") if y.dtype.kind == "f" else y.astype("u1")
    options = {"make": make, "class_weight": weights, "validation_split": 0.2}
    found = trained(in_file(tmp_path / "x", X), in_file(tmp_path / "y", y), **options)
    same(found, trained(X, y, **options))


def test_inputs_in_files_beside_others(tmp_path):
    a, b = X.astype("f4"), X[::-1]
    found = trained([in_file(tmp_path / "a", a), b], Y, make=branching)
    same(found, trained([a, b], Y, make=branching))


def test_nothing_of_the_size_of_a_file_is_allocated(tmp_path):
    """30 MB of bytes, which as doubles would be 240 MB."""
    rows, columns = 50_000, 600
    x = np.memmap(tmp_path / "x", dtype="u1", mode="w+", shape=(rows, columns))
    x[::7, ::3] = 1
    y = np.zeros((rows, 1), "f4")
    net = Network([Dense(2, input_dim=columns), Dense(1)], rng=0)
    again = Network([Dense(2, input_dim=columns), Dense(columns)], rng=0)
    for each in (net, again):
        each.compile("sgd", "mse")
    tracemalloc.start()
    try:
        net.fit(x, y, batch_size=500, verbose=0, validation_split=0.2)
        net.fit(x, x[:, :1], batch_size=500, verbose=0, shuffle=False, validation_data=(x, y))
        again.fit(x, x, batch_size=100, verbose=0, validation_split=0.2)
        again.evaluate(x, x)
        net.evaluate(x, y)
        net.predict(x)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 15e6


def test_some_of_some_rows_in_a_file(tmp_path):
    x = in_file(tmp_path / "x", X.astype("f4"))
    rows = lazy.LazyRows(x, lambda some: some.astype(float))
    some = np.array([5, 60, 3, 9, 9])
    for chosen in (slice(20, 50), some):
        for again in (slice(1, 4), np.array([2, 0])):
            np.testing.assert_array_equal(
                rows.subset(chosen).subset(again)[:], np.array(x, float)[chosen][again]
            )


@pytest.mark.parametrize(("place", "value"), [(0, np.nan), (60, np.inf)])
@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_what_is_not_finite_in_a_file_is_named(tmp_path, place, value, kind, monkeypatch):
    monkeypatch.setattr("mlp.lazy.CHUNK_BYTES", 2000)
    x = X.astype(kind)
    x[place, 2] = value
    net = network()
    for call in (net.predict, lambda x: net.fit(x, Y, verbose=0), lambda x: net.evaluate(x, Y)):
        with pytest.raises(DataError, match=rf"x must be finite, got {value} at x\[{place}, 2\]"):
            call(in_file(tmp_path / "x", x))
    with pytest.raises(DataError, match=rf"y must be finite, got {value} at y\[{place}, 2\]"):
        network(units=WIDE).fit(X, in_file(tmp_path / "y", x), verbose=0)


def test_looking_at_a_file_in_pieces_gives_what_looking_at_all_gives(tmp_path, monkeypatch):
    net, x = trained(X, Y), in_file(tmp_path / "x", X.astype("f4"))
    expected = [net.predict(np.array(x)), net.evaluate(np.array(x), Y)]
    monkeypatch.setattr("mlp.lazy.CHUNK_BYTES", 900)
    for a, b in zip([net.predict(x), net.evaluate(x, Y)], expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13)


# --- Batches that somebody else makes -----------------------------------------------------------------------


def batches(*arrays, size=16):
    return [tuple(a[i : i + size] for a in arrays) for i in range(0, N, size)]


class Numbered:
    """Batches by their number, which hear of the ends of epochs."""

    def __init__(self, listed):
        self.listed, self.told = listed, []

    def __len__(self):
        return len(self.listed)

    def __getitem__(self, i):
        self.told.append(i)
        return self.listed[i]

    def on_epoch_begin(self):
        self.told.append("begin")

    def on_epoch_end(self):
        self.told.append("end")


class Repeatable:
    """An iterable that can be gone through again."""

    def __init__(self, listed):
        self.listed = listed

    def __iter__(self):
        return iter(self.listed)


def in_order(**options):
    return trained(X, Y, shuffle=False, **options)


STREAMS = {
    "generator with steps": lambda b: ((one for _ in range(12) for one in b), {"steps_per_epoch": len(b)}),
    "endless": lambda b: (itertools.cycle(b), {"steps_per_epoch": len(b)}),
    "iterable": lambda b: (Repeatable(b), {}),
    "iterable of lists": lambda b: (Repeatable([list(one) for one in b]), {}),
    "numbered": lambda b: (Numbered(b), {"shuffle": False}),
    "numbered with steps": lambda b: (Numbered(b), {"shuffle": False, "steps_per_epoch": len(b)}),
}


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
@pytest.mark.parametrize("weighted", [False, True])
def test_training_on_batches_is_training_on_their_rows(stream, weighted):
    x, options = stream(batches(X, Y, W) if weighted else batches(X, Y))
    expected = in_order(sample_weight=W) if weighted else in_order()
    same(trained(x, batch_size=None, **options), expected)


def test_a_buffer_that_is_filled_again_is_no_trap():
    """Many steps with one array, then others: nothing may go on with the first."""
    x, y = X[:16].copy(), Y[:16].copy()
    listed = [(x, y)] * 40 + [(X[16:32], Y[16:32])] * 3
    net, twin = network(), network()
    net.fit(iter(listed), verbose=0)
    for one in listed:
        twin.train_on_batch(*one)
    np.testing.assert_array_equal(net.parameters, twin.parameters)


def test_batches_may_be_of_many_forms():
    listed = [(X, Y), (X, Y, W), (SPARSE, Y), (X.tolist(), Y[:, 0], W[:, None]), (X[:9], Y[:9])] * 7
    net, twin = network(), network()
    net.fit(iter(listed), verbose=0)
    for one in listed:
        twin.train_on_batch(*one)
    np.testing.assert_array_equal(net.parameters, twin.parameters)


def test_class_weights_weigh_batches():
    make = functools.partial(network, "sparse_categorical_crossentropy", 3)
    by_class = {0: 3.0, 1: 0.5}
    found = trained(Repeatable(batches(X, LABELS)), batch_size=None, make=make, class_weight=by_class)
    same(found, trained(X, LABELS, make=make, class_weight=by_class, shuffle=False))


def test_numbered_batches_come_in_an_order_of_the_networks_own():
    streams = [Numbered(batches(X, Y)) for _ in range(2)]
    a, b = [trained(stream, batch_size=None, epochs=4) for stream in streams]
    same(a, b)
    epochs = " ".join(map(str, streams[0].told)).split("begin")[1:]
    assert all(sorted(epoch.split()) == ["0", "1", "2", "3", "4", "end"] for epoch in epochs)
    assert all(epoch.split()[-1] == "end" for epoch in epochs)
    assert len(epochs) == 4
    assert len({*epochs}) > 1


def test_steps_go_on_where_the_last_epoch_ended():
    stream = Numbered(batches(X, Y))
    with pytest.warns(OutOfDataWarning, match="1 batches where 2 were asked for"):
        trained(stream, batch_size=None, epochs=4, steps_per_epoch=2, shuffle=False)
    assert [one for one in stream.told if type(one) is int] == [0, 1, 2, 3, 4, 0, 1]
    twice, once = (trained(X, Y, batch_size=14, epochs=e, steps_per_epoch=n) for e, n in ((10, 1), (2, 5)))
    np.testing.assert_array_equal(twice.parameters, once.parameters)


def test_no_batch_is_fetched_that_is_not_used():
    stream = iter(batches(X, Y))
    trained(stream, batch_size=None, epochs=1, steps_per_epoch=3)
    assert len(list(stream)) == 2


def test_steps_without_a_size_cut_all_rows():
    same(trained(X, Y, batch_size=None, steps_per_epoch=5), trained(X, Y, batch_size=14))


def test_an_iterator_that_ends_ends_training():
    net = network()
    with pytest.warns(OutOfDataWarning, match="1 epochs of 3"):
        history = net.fit(iter(batches(X, Y)), epochs=3, verbose=0)
    assert history.epoch == [0]
    with pytest.warns(OutOfDataWarning, match="2 batches where 3 were asked for"):
        history = net.fit(iter(batches(X, Y)), epochs=2, steps_per_epoch=3, verbose=0)
    assert history.epoch == [0, 1]


def test_callbacks_are_told_the_steps_where_they_are_known():
    told = []
    for x, options in ((X, {"y": Y}), (Numbered(batches(X, Y)), {}), (itertools.cycle(batches(X, Y)), {"steps_per_epoch": 2}),
                       (iter(batches(X, Y)), {})):  # fmt: skip
        note = LambdaCallback()
        network().fit(x, **options, callbacks=[note], verbose=0)
        told.append(note.params["steps"])
    assert told == [3, 5, 2, None]


def test_evaluate_and_predict_take_batches():
    net = trained(X, Y)
    expected = net.evaluate(X, Y, sample_weight=W, batch_size=16)
    for make in (iter, Repeatable, Numbered):
        assert net.evaluate(make(batches(X, Y, W))) == expected
        assert net.evaluate(make(batches(X, Y)), steps=2) == net.evaluate(X[:32], Y[:32], batch_size=16)
        np.testing.assert_array_equal(net.predict(make(batches(X, Y))), net.predict(X, batch_size=16))
        np.testing.assert_array_equal(
            net.predict(make([b[0] for b in batches(X)])), net.predict(X, batch_size=16)
        )
        np.testing.assert_array_equal(
            net.predict(make(batches(X)), steps=2), net.predict(X[:32], batch_size=16)
        )


def test_evaluate_and_predict_take_steps_of_arrays():
    net = trained(X, Y)
    assert net.evaluate(X, Y, batch_size=16, steps=2) == net.evaluate(X[:32], Y[:32], batch_size=16)
    assert net.evaluate(X, Y, steps=5) == net.evaluate(X, Y, batch_size=14)
    np.testing.assert_array_equal(net.predict(X, 16, steps=2), net.predict(X[:32], 16))
    for look in (lambda: net.predict(X, 16, steps=6), lambda: net.evaluate(X, Y, 16, steps=6)):
        with pytest.warns(OutOfDataWarning, match="5 batches where 6"):
            look()


@pytest.mark.parametrize("make", [Repeatable, Numbered], ids=["iterable", "numbered"])
def test_batches_validate(make):
    expected = trained(X, Y, validation_data=(X, Y, W), validation_batch_size=16)
    same(trained(X, Y, validation_data=make(batches(X, Y, W))), expected)


def test_validation_steps_begin_anew_each_time():
    expected = trained(X, Y, validation_data=(X[:32], Y[:32]), validation_batch_size=16)
    same(trained(X, Y, validation_data=(X, Y), validation_steps=2), expected)
    same(trained(X, Y, validation_data=Numbered(batches(X, Y)), validation_steps=2), expected)


def test_an_iterator_validates_as_long_as_it_goes_on():
    expected = trained(X, Y, validation_data=(X, Y), validation_batch_size=16)
    same(trained(X, Y, validation_data=itertools.cycle(batches(X, Y)), validation_steps=5), expected)
    once = trained(X, Y, epochs=1, validation_data=iter(batches(X, Y)))
    assert once.history.history["val_loss"] == expected.history.history["val_loss"][:1]
    with pytest.raises(ArgumentError, match="gone through once: give validation_steps"):
        trained(X, Y, validation_data=iter(batches(X, Y)))
    with pytest.warns(OutOfDataWarning, match="none left to validate on after epoch 2"):
        trained(X, Y, epochs=2, validation_data=iter(batches(X, Y)), validation_steps=5)


def test_validation_after_the_epochs_of_a_list():
    seen = []
    note = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append("val_loss" in logs))
    trained(X, Y, epochs=5, validation_split=0.2, validation_freq=[1, 4, 9], callbacks=[note])
    assert seen == [True, False, False, True, False]
    for wrong in (0, [0], "abc", [1.5], None):
        with pytest.raises((ArgumentError, ArgumentTypeError), match="validation_freq"):
            trained(X, Y, validation_freq=wrong)


BAD = [
    (lambda: iter([]), {}, DataError, "x gives no batches"),
    (lambda: Numbered([]), {}, DataError, "x gives no batches"),
    (lambda: iter(batches(X, Y)), {"y": Y}, ArgumentError, "leave y out"),
    (lambda: iter(batches(X, Y)), {"sample_weight": W}, ArgumentError, "leave sample_weight out"),
    (lambda: iter(batches(X, Y)), {"batch_size": 8}, ArgumentError, "batch_size is for arrays"),
    (lambda: iter(batches(X, Y)), {"validation_split": 0.1}, ArgumentError, "validation_split is for arrays"),
    (lambda: iter([X]), {}, DataError, r"batch 1 of x: each batch must be a tuple \(x, y\).*got ndarray"),
    (lambda: iter([(X,)]), {}, DataError, "batch 1 of x: each batch must be a tuple"),
    (lambda: iter([(X, None)]), {}, DataError, "batch 1 of x: y is missing"),
    (lambda: iter([(X, Y[:-1])]), {}, ShapeError, "batch 1 of x: x and y must have the same number"),
    (lambda: iter([(X * np.nan, Y)]), {}, DataError, "batch 1 of x: x must be finite"),
    (lambda: iter([(X, Y.astype(str))]), {}, DataError, "batch 1 of x: y holds text"),
    (lambda: iter([(X, Y), (X + np.inf, Y)]), {}, DataError, "batch 2 of x: x must be finite"),
]


@pytest.mark.parametrize(("make", "options", "error", "message"), BAD, ids=[b[-1][:40] for b in BAD])
def test_batches_that_are_refused(make, options, error, message):
    net, twin = network(), network()
    with pytest.raises(error, match=message):
        net.fit(make(), **options, verbose=0)
    if "batch 2" not in message:
        for each in (net, twin):
            each.fit(X, Y, verbose=0)
        same(net, twin)


def test_a_refused_first_batch_leaves_the_order_of_batches_to_come():
    net, twin = network(), network()
    with pytest.raises(DataError, match="finite"):
        net.fit(Numbered([(X * np.nan, Y)] * 9), verbose=0)
    for each in (net, twin):
        each.fit(X, Y, verbose=0)
    same(net, twin)


def test_what_is_missing_is_named():
    for call in (network().fit, network().evaluate):
        with pytest.raises(DataError, match="x is missing"):
            call()
        with pytest.raises(DataError, match="y is missing"):
            call(X)
