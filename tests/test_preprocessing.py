"""Layers that prepare data: what they learn of them, and what they refuse."""

import numpy as np
import pytest

from mlp import Network
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError
from mlp.layers import Input, Normalization, Rescaling

# --- Normalization: `tests/test_layers.py` has its last axis --------------------------------------------------


def along(x, keep):
    """Mean and variance of all numbers at each place of the axes that are kept, one place after the other."""
    moved = np.moveaxis(x, keep, range(len(keep)))
    places = moved.reshape(*moved.shape[: len(keep)], -1)
    mean, variance = np.empty(places.shape[:-1]), np.empty(places.shape[:-1])
    for place in np.ndindex(mean.shape):
        numbers = places[place].tolist()
        mean[place] = sum(numbers) / len(numbers)
        variance[place] = sum((v - mean[place]) ** 2 for v in numbers) / len(numbers)
    return mean, variance, x.size // max(1, mean.size)


@pytest.mark.parametrize(
    ("axis", "keep"), [(1, [1]), (-1, [2]), ((2, 1), [1, 2]), ([-2], [1]), (None, []), ((), [])]
)
def test_normalization_learns_of_each_place_along_its_axes(axis, keep):
    data = np.random.default_rng(0).normal(3.0, 2.0, (7, 2, 4))
    layer = Normalization(axis)
    layer.adapt(data)
    mean, variance, count = along(data, keep)
    for learned, right in zip(layer.get_weights(), (mean, variance, count), strict=True):
        assert learned.shape == np.shape(right)
        np.testing.assert_allclose(learned, right, rtol=1e-13)
    y = Network([layer])(data)
    spread = tuple(size if i in keep else 1 for i, size in enumerate(data.shape))
    np.testing.assert_allclose(
        y, (data - mean.reshape(spread)) / np.sqrt(variance).reshape(spread), rtol=1e-12, atol=1e-13
    )
    back = Normalization(axis, mean, variance, invert=True)
    np.testing.assert_allclose(Network([Input((2, 4)), back])(y), data, rtol=1e-12)


@pytest.mark.parametrize("make", [list, tuple, iter, lambda parts: (part for part in parts)])
@pytest.mark.parametrize("cuts", [[3, 4, 90], [1], [99], list(range(1, 100))], ids=str)
def test_batches_are_as_good_as_all_rows_at_once(make, cuts):
    data = np.random.default_rng(0).normal(1e6, 1.0, (100, 3)) * [1.0, -2.0, 1e-3]
    one, other = Normalization(), Normalization()
    one.adapt(data)
    other.adapt(make(np.split(data, cuts)))
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)


def test_numbers_in_a_vector_have_one_mean():
    layer = Normalization(axis=None)
    layer.adapt([1.0, 2.0, 6.0])
    np.testing.assert_allclose(layer.get_weights(), [3.0, 14 / 3, 3])
    np.testing.assert_allclose(Network([layer])([3.0]), [[0.0]])


def test_a_batch_that_does_not_fit_changes_nothing():
    layer = Normalization()
    layer.adapt(np.array([[1.0, 10.0], [3.0, 30.0]]))
    before = layer.get_weights()
    for wrong, error in (
        ([np.ones((2, 2)), np.ones((2, 3))], ShapeError),
        ([np.ones((2, 2)), np.full((2, 2), np.nan)], DataError),
        (iter([]), ShapeError),
        ([np.ones((2, 2)), np.ones((0, 2))], ShapeError),
    ):
        with pytest.raises(error, match="data"):
            layer.adapt(wrong)
        for now, then in zip(layer.get_weights(), before, strict=True):
            np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize("axis", [3, -3, (1, 1)])
def test_normalization_has_axes_of_the_rows(axis):
    with pytest.raises(ArgumentError, match="axis must be different axes"):
        Network([Normalization(axis, input_shape=(2, 3))])
    with pytest.raises(ArgumentTypeError, match="axis"):
        Normalization("last")


@pytest.mark.parametrize("argument", ["mean", "variance"])
def test_constants_of_normalization_that_do_not_fit_are_refused(argument):
    for wrong in (np.ones(4), np.ones((2, 3))):
        with pytest.raises(ShapeError, match=f"{argument} must fit features of shape"):
            Network([Normalization(**{"mean": 1.0, "variance": 1.0, argument: wrong}, input_dim=3)])


# --- Rescaling ----------------------------------------------------------------------------------------------


def test_rescaling_computes_in_the_networks_precision():
    """With the 1/3 of single precision, and each step rounded to it, not the end alone."""
    x = np.random.default_rng(0).normal(size=(100, 2)).astype(np.float32)
    y = Network([Rescaling(1 / 3, 0.1, input_dim=2)], dtype="float32")(x)
    third, tenth = np.float32(1 / 3), np.float32(0.1)
    np.testing.assert_array_equal(y, [[v * third + tenth for v in row] for row in x])
    assert y.dtype == np.float32


@pytest.mark.parametrize("argument", ["scale", "offset"])
@pytest.mark.parametrize("shape", [(4,), (2, 1), (1, 3)], ids=str)
def test_constants_of_rescaling_of_another_size_are_refused(argument, shape):
    with pytest.raises(ShapeError, match="scale and offset must fit"):
        Network([Rescaling(**{"scale": 1.0, argument: np.ones(shape)}, input_dim=3)])
