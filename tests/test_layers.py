"""Layers: right forwards, and the same answers whatever the memory; `tests/testing` has the gradients."""

import itertools
import threading

import numpy as np
import pytest
from tables import LAYER_ROWS, over

from mlp import Network
from mlp.layers import Dropout, InputLayer
from mlp.testing import numerical_gradient


def built(row, shape, seed=0, dtype="float64", n=5):
    """The layer in a network, with random weights, and some rows for it."""
    rng = np.random.default_rng(seed)
    layer = row.make()
    net = Network([InputLayer(shape), layer], dtype=dtype, rng=1)
    net.parameters = rng.normal(size=net.n_parameters)
    return net, layer, rng.normal(0, 2, (n, *shape)).astype(dtype)


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
        v = rng.normal(size=x.shape)
        twins = iter([net.copy() for _ in range(3)])
        own = next(twins)
        y = own.forward(x, training=True)
        u = rng.normal(size=y.shape)
        slope = (own.backward(u) * v).sum()

        def along(step, x=x, v=v, u=u, twins=twins):
            return (u * next(twins).forward(x + step[0] * v, training=True)).sum()

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
        for other in (x[:2] + 1, x[:0], x - 1):
            copy.forward(other, True)
            copy.backward(direction(layer, len(other)))
    assert set(vars(layer)) == remembered
    net.gradient[...] = np.nan
    np.testing.assert_array_equal(layer.backward(dy), right[1])
    np.testing.assert_array_equal(net.gradient, right[2])


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
    right = [layer.forward(x + i) for i in range(8)]
    right = [np.array(y) for y in right]
    failures = []
    barrier = threading.Barrier(8)

    def work(i):
        barrier.wait()
        for _ in range(10):
            y = layer.running_copy().forward(x + i)
            if not np.array_equal(y, right[i]):
                failures.append(i)

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


def test_dropout_keeps_the_mean_and_drops_the_share():
    for rate in (0.0, 0.2, 0.5, 0.9):
        net = Network([Dropout(rate, input_dim=50)], rng=4)
        y = net.forward(np.ones((1000, 50)), training=True)
        assert set(np.unique(y)) <= {0.0, 1 / (1 - rate)}
        assert (y == 0).mean() == pytest.approx(rate, abs=5 * np.sqrt(rate * (1 - rate) / y.size))
