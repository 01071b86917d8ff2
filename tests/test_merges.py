"""Merges: right forwards and right gradients, alone and in networks."""

import json

import numpy as np
import pytest
from tables import MERGES, over

from mlp import Input, Network, layers
from mlp.errors import ArgumentError, DataError, MLPError, ShapeError
from mlp.layers import Add, Concatenate, Dense, Dot, Maximum, Subtract
from mlp.testing import check_layer


def merged(row, seed=0, n=5):
    """The merge in a network of its inputs, and rows for these."""
    nodes = [Input(shape=shape) for shape in row.shapes]
    net = Network(inputs=nodes, outputs=row.make()(nodes), rng=0)
    rng = np.random.default_rng(seed)
    return net, [rng.normal(0, 2, (n, *shape)) for shape in row.shapes]


@over(MERGES)
def test_forward_is_the_formula(row):
    net, x = merged(row)
    right = row.right(x)
    for y in (net(x), net.forward(x), net.predict(x), net.predict(x, batch_size=2), net.layers[-1](x)):
        np.testing.assert_allclose(y, right, rtol=1e-14, atol=1e-15)
        assert y.shape == right.shape
    assert net.output_shape == (None, *right.shape[1:])


@over(MERGES)
def test_all_that_a_layer_promises(row):
    check_layer(row.make, input_shape=list(row.shapes))


@over(MERGES)
def test_a_merge_goes_through_a_configuration(row):
    net, x = merged(row)
    twin = Network.from_config(json.loads(json.dumps(net.get_config())))
    np.testing.assert_array_equal(twin(x), net(x))


@over(MERGES)
def test_the_function_calls_the_layer(row):
    net, x = merged(row)
    layer = net.layers[-1]
    function = getattr(layers, type(layer).__name__.lower())
    twin = Network(
        inputs=(nodes := [Input(shape=s) for s in row.shapes]), outputs=function(nodes, **layer.get_config())
    )
    assert function.__name__ in layers.__all__
    np.testing.assert_array_equal(twin(x), net(x))


@pytest.mark.parametrize("kind", [Maximum, lambda: Maximum(name="m")])
def test_equal_inputs_share_the_gradient(kind):
    a, b, c = (Input(shape=(1,)) for _ in range(3))
    net = Network(inputs=[a, b, c], outputs=kind()([a, b, c]))
    net.forward([[[1.0]], [[1.0]], [[0.0]]])
    assert [float(dx[0, 0]) for dx in net.backward([[1.0]])] == [0.5, 0.5, 0.0]


def of(layer, *shapes):
    nodes = [Input(shape=shape) for shape in shapes]
    return lambda: Network(inputs=nodes, outputs=layer(nodes))


REFUSED = [
    (of(Add(), (2,), (3,)), ShapeError, "must have one shape"),
    (of(Subtract(), (2,), (2,), (2,)), ShapeError, "takes 2 inputs, got 3"),
    (of(Concatenate(), (2, 3), (3, 2)), ShapeError, "same sizes but along axis -1"),
    (of(Concatenate(axis=0), (2,), (2,)), ArgumentError, "axis must be .* 0 is the batch's own; got 0"),
    (of(Concatenate(axis=3), (2,), (2,)), ArgumentError, "axes from 1 to 1, .* got 3"),
    (of(Dot(axes=1), (2,), (3,)), ShapeError, "must have one size, got 2 and 3"),
    (of(Dot(axes=0), (2,), (2,)), ArgumentError, "axes must be .* 0 is the batch's own; got 0"),
    (lambda: Dot(axes=(1, 2, 3)), ArgumentError, "one for each of two inputs"),
    (lambda: Network([Dense(2, input_dim=2), Add()]), ShapeError, "takes several inputs"),
    (lambda: Dense(2)([Input(shape=(2,)), Input(shape=(2,))]), MLPError, "takes one input, got 2"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED, ids=[words for *_, words in REFUSED])
def test_what_does_not_fit_is_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_data_for_a_merge_are_a_list_with_an_array_for_each_input():
    net, x = merged(MERGES[0])
    for wrong in (x[0], x[:1], [*x, x[0]], [x[0], x[1][:2]], [x[0], x[1][:, :2]]):
        with pytest.raises((DataError, ShapeError)):
            net(wrong)
        with pytest.raises((DataError, ShapeError)):
            net.layers[-1](wrong)


@pytest.mark.parametrize("row", MERGES, ids=lambda row: row.name or repr(row.make()))
def test_zero_rows_give_zero_rows(row):
    net, x = merged(row, n=0)
    assert net.predict(x).shape == (0, *net.output_shape[1:])
