"""Penalties against exact fractions, summed weight by weight."""

from fractions import Fraction

import numpy as np
import pytest
from tables import REGULARIZERS, over

from mlp import regularizers
from mlp.testing import numerical_gradient

SHAPES = [(4, 3), (5,), (2, 3, 2), (0,)]


def weights(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@over(REGULARIZERS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_value_is_the_sum_over_weights(row, shape):
    w = weights(shape)
    right = float(sum((row.truth(Fraction(v)) for v in w.ravel().tolist()), Fraction(0)))
    penalty = row.make()
    assert type(penalty(w)) is float
    assert penalty(w) == pytest.approx(right, rel=1e-14)
    assert penalty.value_and_gradient(w)[0] == pytest.approx(right, rel=1e-14)
    assert penalty(w.tolist()) == penalty(w)


@over(REGULARIZERS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_gradient_is_the_complex_step_through_the_value(row, shape):
    w = weights(shape, 1)
    penalty = row.make()
    gradient = penalty.value_and_gradient(w)[1]
    numeric = numerical_gradient(lambda z: penalty.value_and_gradient(z)[0], w, "complex")
    assert gradient.shape == shape
    np.testing.assert_allclose(gradient, numeric, rtol=1e-13)


@over(REGULARIZERS)
def test_the_slope_at_zero_is_zero(row):
    value, gradient = row.make().value_and_gradient(np.zeros(3))
    assert value == 0.0
    assert not gradient.any()


@over(REGULARIZERS)
def test_weights_are_not_written_into(row):
    w = weights((4, 3))
    kept = w.copy()
    w.flags.writeable = False
    gradient = row.make().value_and_gradient(w)[1]
    np.testing.assert_array_equal(w, kept)
    assert not np.may_share_memory(gradient, w)


@over(REGULARIZERS)
def test_single_precision_stays(row):
    w = weights((4, 3)).astype(np.float32)
    value, gradient = row.make().value_and_gradient(w)
    assert gradient.dtype == np.float32
    assert value == pytest.approx(row.make()(w.astype(float)), rel=1e-6)


@over(REGULARIZERS)
def test_factors_are_finite_and_not_negative(row):
    for name in row.make().get_config():
        for wrong in (-0.1, np.nan, np.inf, "0.1", True):
            with pytest.raises((TypeError, ValueError), match=name):
                type(row.make())(**{name: wrong})


def test_none_is_none():
    assert regularizers.get(None) is None
