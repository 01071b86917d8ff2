"""Layers: right forwards, and the same answers whatever the memory; `tests/testing` has the gradients."""

import itertools
import threading

import numpy as np
import pytest
from tables import LAYER_ROWS, over

from mlp import Network
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError, StateError
from mlp.layers import Dense, Dropout, Input, InputLayer, Normalization, Rescaling, Residual
from mlp.testing import numerical_gradient


def built(row, shape, seed=0, dtype="float64", n=5):
    """The layer in a network, with random weights, and some rows for it."""
    rng = np.random.default_rng(seed)
    layer = row.make()
    net = Network([InputLayer(shape), layer], dtype=dtype, rng=1)
    net.parameters = rng.normal(size=net.n_parameters)
    return net, layer, row.draw(rng, (n, *shape), 2).astype(dtype)


def ran(net, layer, x, dy):
    """Output, input gradient and weight gradients of the layer itself."""
    net.gradient[...] = np.nan  # backward overwrites
    y = layer.forward(x)
    dx = layer.backward(dy)
    return np.array(y), np.array(dx), net.gradient.copy()


def direction(layer, n, dtype=float, seed=9):
    return np.random.default_rng(seed).normal(size=(n, *layer.output_shape[1:])).astype(dtype)


def same(one, other, **tolerance):
    for a, b in zip(one, other, strict=True):
        assert a.shape == b.shape
        assert a.dtype == b.dtype or tolerance["rtol"] > 1e-6
        np.testing.assert_allclose(a, b, **tolerance)


def every_shape(test):
    cases = [(row, shape) for row in LAYER_ROWS for shape in row.shapes]
    ids = [f"{row.name or repr(row.make())} {shape}" for row, shape in cases]
    return pytest.mark.parametrize(("row", "shape"), cases, ids=ids)(test)


@every_shape
def test_forward_is_the_formula(row, shape):
    net, layer, x = built(row, shape)
    right = row.truth(x, *layer.get_weights())
    for y in (layer.forward(x), net(x), layer(x)):
        np.testing.assert_allclose(y, right, rtol=1e-12, atol=1e-13)
        assert y.shape[1:] == layer.output_shape[1:]


@every_shape
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_layout_of_memory_does_not_matter(row, shape, dtype):
    net, layer, x = built(row, shape, dtype=dtype)
    dy = direction(layer, len(x), dtype)
    right = ran(net, layer, x, dy)
    tight = {"rtol": 1e-12, "atol": 1e-13} if dtype == "float64" else {"rtol": 1e-5, "atol": 1e-5}
    layouts = {
        "fortran": np.asfortranarray,
        "strided": lambda a: np.repeat(np.repeat(a, 2, axis=0), 3, axis=-1)[::2, ..., ::3],
        "negative strides": lambda a: a[::-1, ..., ::-1].copy()[::-1, ..., ::-1],
        "transposed": lambda a: np.ascontiguousarray(a.T).T,
        "read-only": read_only,
    }
    for of_x, of_dy in itertools.chain(zip(layouts, layouts, strict=True), [("fortran", "strided")]):
        given = layouts[of_x](x), layouts[of_dy](dy)
        same(ran(net, layer, *given), right, **tight)
        np.testing.assert_array_equal(given[0], x)
        np.testing.assert_array_equal(given[1], dy)


def read_only(a):
    a = a.copy()
    a.flags.writeable = False
    return a


@every_shape
def test_a_broadcast_view_is_a_batch_of_equal_rows(row, shape):
    net, layer, x = built(row, shape)
    dy = direction(layer, len(x))
    repeated = np.broadcast_to(x[:1], x.shape)
    same(
        ran(net, layer, repeated, np.broadcast_to(dy[:1], dy.shape)),
        ran(net, layer, repeated.copy(), np.repeat(dy[:1], len(dy), axis=0)),
        rtol=1e-12,
        atol=1e-13,
    )


@every_shape
def test_single_precision_is_near_double(row, shape):
    net, layer, x = built(row, shape)
    small, small_layer, small_x = built(row, shape, dtype="float32")
    net.parameters = small.parameters.astype(float)
    dy = direction(layer, len(x), np.float32)
    got = ran(small, small_layer, small_x, dy)
    assert {a.dtype for a in got} == {np.dtype(np.float32)}
    same(got, ran(net, layer, small_x.astype(float), dy.astype(float)), rtol=1e-4, atol=1e-4)


@every_shape
def test_a_batch_is_its_rows_one_by_one(row, shape):
    net, layer, x = built(row, shape)
    dy = direction(layer, len(x))
    y, dx, gradient = ran(net, layer, x, dy)
    single = [ran(net, layer, x[i : i + 1], dy[i : i + 1]) for i in range(len(x))]
    same([np.concatenate([one[k] for one in single]) for k in (0, 1)], (y, dx), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(sum(one[2] for one in single), gradient, rtol=1e-12, atol=1e-13)


@every_shape
def test_no_rows_give_no_rows(row, shape):
    net, layer, x = built(row, shape, n=0)
    y, dx, gradient = ran(net, layer, x, direction(layer, 0))
    assert y.shape == (0, *layer.output_shape[1:])
    assert dx.shape == x.shape
    assert not gradient.any()


@over([row for row in LAYER_ROWS if row.by_vectors])
def test_more_axes_are_more_rows(row):
    """(n, a, b) is a batch of n a vectors, for layers that look at the last axis alone."""
    shape = (2, 4)
    net, layer, x = built(row, shape)
    flat_net, flat, _ = built(row, shape[-1:])
    flat_net.parameters = net.parameters
    dy = direction(layer, len(x))
    y, dx, gradient = ran(net, layer, x, dy)
    flat_y, flat_dx, flat_gradient = ran(
        flat_net, flat, x.reshape(-1, shape[-1]), dy.reshape(-1, dy.shape[-1])
    )
    same(
        (y, dx, gradient),
        (flat_y.reshape(y.shape), flat_dx.reshape(dx.shape), flat_gradient),
        rtol=1e-12,
        atol=1e-13,
    )


@every_shape
def test_training_is_the_adjoint_of_what_it_did(row, shape):
    """With the same random numbers drawn again; by central differences."""
    for seed in range(2):
        net, _, x = built(row, shape, seed)
        rng = np.random.default_rng(seed)
        v = rng.normal(size=x.shape) if row.below is None else np.zeros(x.shape)
        own = net.copy()
        y = own.forward(x, training=True)
        u = rng.normal(size=y.shape)
        slope = (own.backward(u) * v).sum()

        def along(step, net=net, x=x, v=v, u=u):
            return (u * net.copy().forward(x + step[0] * v, training=True)).sum()

        numeric = numerical_gradient(along, [0.0], "central")[0]
        assert slope == pytest.approx(numeric, rel=1e-6, abs=1e-7)


@every_shape
def test_without_a_use_for_dx_the_weights_gradient_is_the_same(row, shape):
    net, layer, x = built(row, shape)
    dy = direction(layer, len(x))
    right = ran(net, layer, x, dy)[2]
    copy = layer.running_copy()
    copy.needs_dx = False
    net.gradient[...] = np.nan
    copy.forward(x)
    copy.backward(dy)
    np.testing.assert_array_equal(net.gradient, right)


@every_shape
def test_running_copies_leave_no_trace(row, shape):
    net, layer, x = built(row, shape)
    dy = direction(layer, len(x))
    right = ran(net, layer, x, dy)
    layer.forward(x)
    remembered = set(vars(layer))
    for reuse in (False, True):
        copy = layer.running_copy(reuse)
        for other in (x[::-1][:2], x[:0], x[::-1]):
            copy.forward(other, True)
            copy.backward(direction(layer, len(other)))
    assert set(vars(layer)) == remembered
    net.gradient[...] = np.nan
    np.testing.assert_array_equal(layer.backward(dy), right[1])
    np.testing.assert_array_equal(net.gradient, right[2])


@every_shape
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_inference_is_forward_to_the_last_bit_and_remembers_nothing(row, shape, dtype):
    _, layer, x = built(row, shape, dtype=dtype)
    before = [dict(vars(part)) for part in layer.walk()]
    y = layer.infer(x)
    assert [vars(part) for part in layer.walk()] == before
    np.testing.assert_array_equal(y, layer.forward(x))
    assert y.dtype == layer.dtype


def test_a_subclass_with_its_own_forward_infers_by_it():
    class Doubled(Dense):
        def forward(self, x, training=False):
            return 2 * super().forward(x, training)

    class Shifted(Network):
        def forward(self, x, training=False):
            return super().forward(x, training) + 1

    class Mixin:
        def forward(self, x, training=False):
            return 2 * super().forward(x, training)

    class Mixed(Mixin, Dense):
        pass

    class MixedNetwork(Mixin, Network):
        pass

    def patched():
        net = Network([Dense(1, kernel_initializer="ones", input_dim=2)])
        net.layers[0].forward = lambda x, training=False: np.array([[7.0]])
        return net

    for net in (
        Shifted([Doubled(1, kernel_initializer="ones", input_dim=2)]),
        Shifted([Mixed(1, kernel_initializer="ones", input_dim=2)]),
        patched(),
    ):
        for y in (net([[1.0, 2.0]]), net.predict([[1.0, 2.0]]), net.forward([[1.0, 2.0]])):
            assert y == [[7.0]]
    net = MixedNetwork([Dense(1, kernel_initializer="ones", input_dim=2)])
    assert net([[1.0, 2.0]]) == net.predict([[1.0, 2.0]]) == [[6.0]]


@every_shape
def test_reused_memory_gives_the_same_bits(row, shape):
    """As in ``fit``: batches one after the other, the last one shorter."""
    net, layer, x = built(row, shape, n=9)
    copy = layer.running_copy(reuse=True)
    for a, b in [(0, 4), (4, 8), (8, 9), (0, 4), (2, 6)]:
        dy = direction(layer, b - a, seed=a)
        right = ran(net, layer, x[a:b], dy)
        got = ran(net, copy, x[a:b], dy)
        for one, other in zip(got, right, strict=True):
            np.testing.assert_array_equal(one, other)


@over(LAYER_ROWS)
def test_running_copies_in_threads(row):
    net, layer, x = built(row, row.shapes[0], n=40)
    batches = [np.roll(x, i, axis=0) + (0 if row.below else i) for i in range(8)]
    right = [layer.forward(batch) for batch in batches]
    right = [np.array(y) for y in right]
    failures = []
    barrier = threading.Barrier(8)

    def work(i):
        barrier.wait()
        for _ in range(10):
            found = [layer.running_copy().forward(batches[i]), layer.infer(batches[i])]
            failures.extend(i for y in found if not np.array_equal(y, right[i]))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert net.layers[-1] is layer


@over(LAYER_ROWS)
def test_configuration_makes_the_same_layer_of_other_weights(row):
    _, layer, x = built(row, row.shapes[0])
    twin = type(layer).from_config(layer.get_config())
    twin_net = Network([InputLayer(row.shapes[0]), twin])
    if not layer.n_parameters:  # then the configuration is all
        np.testing.assert_array_equal(twin_net(x), layer(x))
    twin.set_weights(layer.get_weights())
    np.testing.assert_array_equal(twin_net(x), layer(x))
    assert twin.get_config() == layer.get_config()


@over(LAYER_ROWS)
def test_every_layer_takes_a_name_and_may_be_frozen(row):
    config = row.make().get_config()
    given = {name: value for name, value in {"name": "mine", "trainable": False}.items() if name in config}
    layer = type(row.make()).from_config({**config, **given})
    for name, value in given.items():
        assert getattr(layer, name) == layer.get_config()[name] == value


@over(LAYER_ROWS)
def test_a_copy_has_the_same_weights_and_shares_none(row):
    _, layer, x = built(row, row.shapes[0])
    twin = layer.copy()
    Network([InputLayer(row.shapes[0]), twin])
    np.testing.assert_array_equal(twin(x), layer(x))
    assert len(twin.weights) == len(layer.weights)
    for one, other in zip(twin.weights, layer.weights, strict=True):
        assert not np.may_share_memory(one, other)
    assert not np.may_share_memory(layer(x), x)


@over(LAYER_ROWS)
def test_a_row_of_another_shape_is_refused(row):
    shape = row.shapes[0]
    net, layer, x = built(row, shape)
    for wrong in (x[..., :-1], x[0], x[:, None]):
        for call in (net, layer, net.forward):
            with pytest.raises(ValueError, match="x must have shape"):
                call(wrong)


@pytest.mark.parametrize("name", ["kernel", "bias"])
def test_dense_constrains_the_weight_that_was_meant(name):
    net = Network([Dense(1, kernel_initializer="zeros", input_dim=2, **{f"{name}_constraint": "non_neg"})])
    net.compile("sgd", "mse")
    net.fit(np.ones((8, 2)), np.full((8, 1), -1.0), verbose=0)
    for weight in ("kernel", "bias"):
        assert (getattr(net.layers[0], weight) < 0).all() == (weight != name)


@pytest.mark.parametrize("shape", [(4, 5), (3, 5), (5,), (4, 3, 5), (3, 4, 5)], ids=str)
def test_dense_called_by_hand_says_what_is_wrong_with_a_shape(shape):
    layer = Network([Dense(2, input_dim=3)]).layers[0]
    with pytest.raises(ShapeError, match=r"x must have shape \(n, 3\), got"):
        layer.forward(np.zeros(shape))


def test_dense_called_by_hand_does_not_blame_the_shape_for_another_mistake():
    layer = Network([Dense(2, input_dim=3)]).layers[0]
    with pytest.raises(ValueError, match="output array") as caught:
        layer.forward(np.zeros((4, 3), complex))
    assert not isinstance(caught.value, ShapeError)


def test_dropout_keeps_the_mean_and_drops_the_share():
    for rate in (0.0, 0.2, 0.5, 0.9):
        net = Network([Dropout(rate, input_dim=50)], rng=4)
        y = net.forward(np.ones((1000, 50)), training=True)
        assert set(np.unique(y)) <= {0.0, 1 / (1 - rate)}
        assert (y == 0).mean() == pytest.approx(rate, abs=5 * np.sqrt(rate * (1 - rate) / y.size))


@pytest.mark.parametrize(
    ("noise_shape", "shared"),
    [((None, 1, 3), 1), ((None, None, 1), 2), ((1, 2, 3), 0), ((None, 2, 3), None), (None, None)],
)
def test_dropout_shares_its_mask_where_the_noise_shape_is_1(noise_shape, shared):
    net = Network([Dropout(0.5, noise_shape=noise_shape, input_shape=(2, 3))], rng=3)
    y = net.forward(np.ones((40, 2, 3)), training=True)
    for axis in range(3):
        assert (y == y.take([0], axis)).all() == (axis == shared)
    assert set(np.unique(y)) == {0.0, 2.0}
    np.testing.assert_array_equal(net.backward(np.ones_like(y)), y)


@pytest.mark.parametrize("noise_shape", [(None, 2), (None, 2, 2), (None, 1, 1, 1), (2, 3), ()])
def test_a_noise_shape_that_does_not_fit_is_refused(noise_shape):
    with pytest.raises(ShapeError, match="noise_shape must fit"):
        Network([Dropout(0.5, noise_shape=noise_shape, input_shape=(2, 3))])


@pytest.mark.parametrize(
    ("noise_shape", "error"),
    [(3, ArgumentTypeError), ("abc", ArgumentTypeError), (("a", 1), ArgumentTypeError), ((None, 0), ArgumentError)],
)  # fmt: skip
def test_a_noise_shape_is_made_of_sizes(noise_shape, error):
    with pytest.raises(error, match="noise_shape"):
        Dropout(0.5, noise_shape=noise_shape)


def test_a_noise_shape_may_be_for_batches_of_one_size():
    net = Network([Dropout(0.5, noise_shape=(4, 1), input_shape=(3,))], rng=0)
    assert net.forward(np.ones((4, 3)), training=True).shape == (4, 3)
    with pytest.raises(ShapeError, match="is for batches of 4 rows, got 5"):
        net.forward(np.ones((5, 3)), training=True)


def test_dropout_of_nothing_draws_nothing():
    net, twin = (Network([Dropout(0.0, input_dim=3)], rng=1) for _ in range(2))
    net.forward(np.ones((4, 3)), training=True)
    assert net.rng.random() == twin.rng.random()


def test_a_seed_of_dropout_has_up_to_128_bits():
    for seed in (0, 2**40, 2**128):
        assert Dropout(0.5, seed=seed).seed == seed
    for wrong in (-1, 2**128 + 1):
        with pytest.raises(ArgumentError, match=r"^seed must"):
            Dropout(0.5, seed=wrong)


def test_a_residual_connection_trains_what_is_inside():
    net = Network([Residual(Dropout(0.5), input_dim=50)], rng=0)
    assert set(np.unique(net.forward(np.ones((4, 50)), training=True))) == {1.0, 3.0}
    assert (net.forward(np.ones((4, 50))) == 2.0).all()


# --- Normalization learns from data -------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(7, 3), (7, 2, 3), (1, 3), (1, 1)], ids=str)
@pytest.mark.parametrize("built", [False, True])
def test_normalization_learns_mean_and_variance_of_each_feature(shape, built):
    data = np.random.default_rng(0).normal(5, 3, shape)
    rows = data.reshape(-1, shape[-1])
    layer = Normalization()
    net = Network([InputLayer(shape[1:]), layer]) if built else None
    layer.adapt(data)
    net = net or Network([layer])
    for learned, right in zip(layer.get_weights(), (rows.mean(0), rows.var(0), len(rows)), strict=True):
        assert learned.shape == np.shape(right)
        np.testing.assert_allclose(learned, right, rtol=1e-14)
    deviation = np.maximum(rows.std(0), 1e-7)
    np.testing.assert_allclose(net(data), (data - rows.mean(0)) / deviation, rtol=1e-12, atol=1e-12)


def test_normalization_that_has_learned_nothing_changes_nothing():
    net = Network([Normalization(input_dim=3)])
    x = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_array_equal(net(x), x)
    assert net.layers[0].count == 0


def test_normalization_computes_in_double_precision_and_forgets_earlier_data():
    data = np.random.default_rng(0).normal(1e3, 1, (1000, 2)).astype(np.float32)
    layer = Normalization()
    layer.adapt(-data[:10])
    layer.adapt(data)
    mean, variance, count = layer.get_weights()
    np.testing.assert_allclose(mean, data.astype(float).mean(0), rtol=1e-15)
    np.testing.assert_allclose(variance, data.astype(float).var(0), rtol=1e-12)
    assert count == 1000


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ([1.0, 2.0, 3.0], ShapeError, "data must have shape"),
        (np.ones((0, 3)), ShapeError, "data must have shape"),
        (np.ones((5, 4)), ShapeError, "data must have shape"),
        (np.ones((5, 1)), ShapeError, "data must have shape"),
        ([[1.0, 2.0, np.nan]], DataError, r"^data"),
        ([["a", "b", "c"]], DataError, r"^data"),
    ],
)
@pytest.mark.parametrize("built", [False, True])
def test_normalization_learns_from_nothing_else(data, error, message, built):
    if not built and np.shape(data) in ((5, 4), (5, 1)):
        return  # then any number of features will do
    layer = Normalization()
    if built:
        Network([InputLayer((3,)), layer])
    with pytest.raises(error, match=message):
        layer.adapt(data)


def test_normalization_by_given_numbers_does_not_learn():
    layer = Normalization(mean=[1.0, 2.0], variance=4.0)
    np.testing.assert_array_equal(Network([InputLayer((2,)), layer])([[3.0, 2.0]]), [[1.0, 0.0]])
    with pytest.raises(StateError, match="mean and variance were given"):
        layer.adapt([[1.0, 2.0]])
    for half in ({"mean": 1.0}, {"variance": 1.0}):
        with pytest.raises(ArgumentError, match="mean and variance come together"):
            Normalization(**half)


@pytest.mark.parametrize("argument", ["scale", "offset"])
def test_constants_of_rescaling_that_do_not_fit_are_refused(argument):
    with pytest.raises(ShapeError, match="scale and offset must fit"):
        Network([Rescaling(**{"scale": 1.0, argument: np.ones((2, 3))}, input_dim=3)])
    with pytest.raises(DataError, match=argument):
        Rescaling(**{"scale": 1.0, argument: [1.0, np.nan]})


def test_a_symbolic_value_says_whose_it_is():
    assert repr(Input((2,), name="rows")) == "<output of <InputLayer 'rows'>>"


def test_an_input_may_have_a_name():
    assert Input((2,), name="rows").layer.name == "rows"
    assert InputLayer((2,), name="rows").name == "rows"


@pytest.mark.parametrize("value", ["no", 0, None, 2])
def test_trainable_is_true_or_false_at_any_time(value):
    layer = Dense(2)
    with pytest.raises(ArgumentTypeError, match="trainable must be True or False"):
        layer.trainable = value
    assert layer.trainable is True
    layer.trainable = False
    assert layer.copy().trainable is False
