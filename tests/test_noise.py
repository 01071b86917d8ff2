"""Layers that draw random numbers in training: what is drawn, how often, and from where."""

import math

import numpy as np
import pytest

from mlp import Network
from mlp.errors import ArgumentError, ArgumentTypeError, ShapeError
from mlp.layers import AlphaDropout, Dense, Dropout, GaussianDropout, GaussianNoise

#: A layer of each class, and what makes it do nothing.
LAYERS = {
    "Dropout": (lambda rate=0.4, **kwargs: Dropout(rate, **kwargs)),
    "AlphaDropout": (lambda rate=0.4, **kwargs: AlphaDropout(rate, **kwargs)),
    "GaussianDropout": (lambda rate=0.4, **kwargs: GaussianDropout(rate, **kwargs)),
    "GaussianNoise": (lambda rate=0.4, **kwargs: GaussianNoise(rate, **kwargs)),
}
every = pytest.mark.parametrize("name", LAYERS)

N = 100_000


def in_training(layer, x, rng=4, dtype="float64"):
    net = Network([layer], rng=rng, dtype=dtype)
    y = net.forward(x, training=True)
    return y, net.backward(np.ones_like(y))


def near(sample, mean, variance, fourth):
    """Whether a sample's mean and variance lie within 5 standard errors."""
    assert sample.mean() == pytest.approx(mean, abs=5 * math.sqrt(variance / sample.size))
    error = math.sqrt(max(fourth - variance**2, 1e-12) / sample.size)
    assert ((sample - mean) ** 2).mean() == pytest.approx(variance, abs=5 * error)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("stddev", [0.1, 1.0, 30.0])
def test_noise_is_normal(stddev, dtype):
    x = np.linspace(-3, 3, N).reshape(-1, 10).astype(dtype)
    y, dx = in_training(GaussianNoise(stddev, input_dim=10), x, dtype=dtype)
    e = (y.astype(float) - x) / stddev
    near(e, 0.0, 1.0, 3.0)
    assert (np.abs(e) < 1).mean() == pytest.approx(math.erf(math.sqrt(0.5)), abs=0.01)
    assert len(np.unique(e)) > 0.9 * N
    assert (dx == 1).all()
    assert y.dtype == dtype


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_gaussian_dropout_has_the_mean_and_variance_of_dropout(rate, dtype):
    x = np.full((N // 10, 10), 2.0, dtype)
    y, dx = in_training(GaussianDropout(rate, input_dim=10), x, dtype=dtype)
    variance = rate / (1 - rate)
    factor = y.astype(float) / 2
    near(factor, 1.0, variance, 3 * variance**2)
    near(in_training(Dropout(rate, input_dim=10), x)[0] / 2, 1.0, variance, 3 * variance**2 + 30 * variance)
    np.testing.assert_array_equal(dx, y / 2)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_alpha_dropout_keeps_mean_0_and_variance_1(rate):
    """And gives what the paper's a and b make of what is kept, or of selu's least value."""
    x = np.random.default_rng(0).normal(size=(N // 10, 10))
    x = (x - x.mean()) / x.std()
    y, dx = in_training(AlphaDropout(rate, input_dim=10), x)
    low = -1.0507009873554804934 * 1.6732632423543772848
    a = 1 / math.sqrt((1 - rate) + rate * (1 - rate) * low**2)
    b = -a * rate * low
    kept = dx != 0
    assert kept.mean() == pytest.approx(1 - rate, abs=5 * math.sqrt(rate * (1 - rate) / N))
    np.testing.assert_allclose(y, np.where(kept, a * x + b, a * low + b), rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(dx, np.where(kept, a, 0.0), rtol=1e-15)
    assert y.mean() == pytest.approx(0.0, abs=0.03)
    assert y.var() == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(("noise_shape", "shared"), [((None, 1, 3), 1), ((None, None, 1), 2), ((1, 2, 3), 0)])
def test_alpha_dropout_shares_its_mask_where_the_noise_shape_is_1(noise_shape, shared):
    y, dx = in_training(AlphaDropout(0.5, noise_shape, input_shape=(2, 3)), np.ones((40, 2, 3)), 3)
    for axis in range(3):
        assert (y == y.take([0], axis)).all() == (axis == shared)
    assert len(np.unique(y)) == len(np.unique(dx)) == 2
    with pytest.raises(ShapeError, match="noise_shape must fit"):
        Network([AlphaDropout(0.5, (None, 2), input_shape=(2, 3))])


@every
def test_inference_is_the_identity_and_draws_nothing(name):
    net, twin = (Network([LAYERS[name](input_dim=3)], rng=1) for _ in range(2))
    x = np.arange(12.0).reshape(4, 3)
    for y in (net(x), net.predict(x), net.forward(x), net.backward(x)):
        np.testing.assert_array_equal(y, x)
    assert net.rng.random() == twin.rng.random()


@every
def test_nothing_of_it_draws_nothing(name):
    net, twin = (Network([LAYERS[name](0.0, input_dim=3)], rng=1) for _ in range(2))
    x = np.arange(12.0).reshape(4, 3)
    np.testing.assert_array_equal(net.forward(x, training=True), x)
    np.testing.assert_array_equal(net.backward(x), x)
    assert net.rng.random() == twin.rng.random()


@every
def test_a_seed_makes_a_source_of_its_own(name):
    x = np.ones((50, 3))
    one, other = (in_training(LAYERS[name](seed=5, input_dim=3), x, rng)[0] for rng in (1, 2))
    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one, in_training(LAYERS[name](seed=6, input_dim=3), x, 1)[0])
    assert not np.array_equal(one, in_training(LAYERS[name](input_dim=3), x, 1)[0])


@every
def test_every_step_from_memory_draws_new_numbers(name):
    """With no gradient to move the weights, losses differ by the noise alone."""
    net = Network([LAYERS[name](input_dim=3), Dense(1, trainable=False)], rng=0)
    net.compile("sgd", "mse")
    net.fit(np.ones((4, 3)), np.zeros(4), epochs=30, verbose=0)
    assert len(set(net.history.history["loss"])) > 25


@pytest.mark.parametrize("name", ["AlphaDropout", "GaussianDropout"])
@pytest.mark.parametrize("rate", [1.0, -0.1, None, np.nan])
def test_a_rate_is_a_share(name, rate):
    with pytest.raises((ArgumentError, ArgumentTypeError), match="rate must"):
        LAYERS[name](rate)


def test_a_deviation_is_not_negative():
    for wrong in (-0.1, np.inf, "a"):
        with pytest.raises((ArgumentError, ArgumentTypeError), match="stddev must"):
            GaussianNoise(wrong)
    with pytest.raises(ArgumentError, match="seed must"):
        GaussianNoise(0.1, seed=-1)
