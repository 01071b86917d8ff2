"""One table row per generator; the tests are about all of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlp.datasets import circles, gaussians, moons, spiral, xor

CENTERS = np.array([[0.0, 1.0], [-4.0, 2.5], [3.0, 3.0]])


def off_moons(x, y):
    centre = np.where(y[:, None] == 0, [0.0, 0.0], [1.0, 0.5])
    on_circle = np.hypot(*(x - centre).T) - 1
    upper = (x - centre)[:, 1] * np.where(y == 0, 1, -1)
    return np.maximum(abs(on_circle), -upper)


def off_circles(x, y):
    return np.hypot(*x.T) - np.where(y == 0, 1.0, 0.5)


def off_spiral(x, y):
    t = np.hypot(*x.T)
    a = 2 * np.pi * (t + y / 3)
    return (
        np.hypot(*(x - t[:, None] * np.column_stack([np.cos(a), np.sin(a)])).T) + (t > 1 + 1e-12) + (t == 0)
    )


def off_xor(x, y):
    return (abs(x) > 1).any(axis=1) + (y != (x[:, 0] * x[:, 1] < 0)) + (x == 0).any(axis=1)


def off_gaussians(x, y):
    return abs(x - CENTERS[y]).max(axis=1, initial=0.0)


# name: generator, its own arguments, number of classes, name of its noise, distance from the noiseless curve
CASES = {
    "moons": (moons, {}, 2, "noise", off_moons),
    "circles": (circles, {"factor": 0.5}, 2, "noise", off_circles),
    "spiral": (spiral, {"n_classes": 3}, 3, "noise", off_spiral),
    "xor": (xor, {}, 2, "noise", off_xor),
    "gaussians": (gaussians, {"centers": CENTERS}, 3, "cluster_std", off_gaussians),
}

each = pytest.mark.parametrize("name", CASES)
seeds = st.integers(0, 2**64 - 1)
sizes = st.integers(3, 60)


def make(name, n, noise, rng, **more):
    generator, arguments, _, noise_name, _ = CASES[name]
    return generator(n, **{**arguments, noise_name: noise, **more}, rng=rng)


@each
@given(n=sizes, seed=seeds)
def test_without_noise_the_points_are_on_the_curve(name, n, seed):
    x, y = make(name, n, 0.0, seed)
    np.testing.assert_allclose(CASES[name][-1](x, y), 0.0, atol=1e-12)


@each
@given(n=sizes, noise=st.floats(0, 10), seed=seeds)
def test_shapes_types_and_balance(name, n, noise, seed):
    x, y = make(name, n, noise, seed)
    assert (x.shape, x.dtype, y.shape, y.dtype) == ((n, 2), np.float64, (n,), np.int64)
    assert np.isfinite(x).all()
    k = CASES[name][2]
    assert np.bincount(y, minlength=k).tolist() == [n // k + (c < n % k) for c in range(k)]


@each
@given(n=sizes, seed=seeds)
def test_a_seed_decides_everything_and_its_forms_agree(name, n, seed):
    x, y = make(name, n, 0.5, seed)
    for same in (seed, np.random.SeedSequence(seed), np.random.default_rng(seed)):
        again, labels = make(name, n, 0.5, same)
        assert again.tobytes() == x.tobytes()
        assert labels.tobytes() == y.tobytes()
    assert not np.array_equal(make(name, n, 0.5, seed + 1)[0], x)


@each
def test_a_generator_goes_on_and_none_is_fresh(name):
    rng = np.random.default_rng(3)
    assert not np.array_equal(make(name, 20, 1.0, rng)[0], make(name, 20, 1.0, rng)[0])
    assert not np.array_equal(make(name, 20, 1.0, None)[0], make(name, 20, 1.0, None)[0])


@each
def test_global_random_state_is_left_alone(name):
    before = np.random.get_state(legacy=False)  # noqa: NPY002 - it is what must not move
    make(name, 50, 1.0, 0)
    make(name, 50, 1.0, None)
    after = np.random.get_state(legacy=False)  # noqa: NPY002
    assert after["state"]["pos"] == before["state"]["pos"]
    assert np.array_equal(after["state"]["key"], before["state"]["key"])


@each
def test_noise_is_normal_with_the_given_standard_deviation(name):
    quiet, labels = make(name, 20_000, 0.0, 7)
    noisy, noisy_labels = make(name, 20_000, 0.3, 7)
    assert np.array_equal(labels, noisy_labels)
    noise = (noisy - quiet) / 0.3
    np.testing.assert_allclose(noise.mean(axis=0), 0, atol=0.04)
    np.testing.assert_allclose(np.cov(noise.T), np.eye(2), atol=0.05)
    assert abs(np.mean(noise**4) - 3) < 0.3
    assert abs(np.corrcoef(noise.T, labels)[:2, 2]).max() < 0.04


@each
def test_rows_come_in_random_order(name):
    _, y = make(name, 3000, 0.0, 1)
    k = CASES[name][2]
    for part in np.split(y, 10):
        np.testing.assert_allclose(np.bincount(part, minlength=k) / 300, 1 / k, atol=0.12)


@each
def test_one_row(name):
    more = {"spiral": {"n_classes": 1}, "gaussians": {"centers": 1}}.get(name, {})
    x, y = make(name, 1, 0.1, 0, **more)
    assert x.shape == (1, 2)
    assert y.tolist() == [0]


def test_defaults_are_a_hundred_points_and_no_noise():
    for generator in (moons, circles, spiral, xor):
        x, y = generator(rng=5)
        assert np.array_equal(x, generator(100, 0.0, rng=5)[0])
        assert np.bincount(y).tolist() == [50, 50]
    x, y = gaussians(rng=5)
    assert np.array_equal(x, gaussians(100, 3, 1.0, rng=5)[0])
    assert np.bincount(y).tolist() == [34, 33, 33]
    x, y = circles(rng=0)
    np.testing.assert_allclose(np.hypot(*x[y == 1].T), 0.8)


def test_moons_span_whole_half_circles():
    x, y = moons(200, rng=0)
    assert x[y == 0].min(axis=0).round(12).tolist() == [-1, 0]
    assert x[y == 0].max(axis=0).round(3).tolist() == [1, 1]
    assert x[y == 1].min(axis=0).round(3).tolist() == [0, -0.5]
    assert x[y == 1].max(axis=0).round(12).tolist() == [2, 0.5]


def test_circle_has_no_point_twice():
    x, y = circles(80, rng=0)
    assert len(np.unique(x[y == 0].round(9), axis=0)) == 40


def test_spiral_arms_reach_from_near_the_origin_to_radius_one():
    x, y = spiral(300, n_classes=3, rng=0)
    for c in range(3):
        radius = np.sort(np.hypot(*x[y == c].T))
        np.testing.assert_allclose(radius, np.arange(1, 101) / 100)


def test_xor_fills_all_quadrants_alike():
    x, _ = xor(4000, rng=0)
    quadrants = (x[:, 0] > 0) * 2 + (x[:, 1] > 0)
    assert np.bincount(quadrants).tolist() == [1000] * 4
    np.testing.assert_allclose(abs(x).mean(axis=0), 0.5, atol=0.02)
    np.testing.assert_allclose(abs(x).var(axis=0), 1 / 12, atol=0.005)


def test_gaussians_draw_their_centers_from_the_square():
    centers = np.concatenate([gaussians(4, 4, 0.0, rng=seed)[0] for seed in range(300)])
    np.testing.assert_allclose(centers.min(axis=0), -10, atol=0.1)
    np.testing.assert_allclose(centers.max(axis=0), 10, atol=0.1)
    assert abs(centers).max() <= 10
    np.testing.assert_allclose(centers.mean(axis=0), 0, atol=0.7)
    np.testing.assert_allclose(centers.std(axis=0), 20 / 12**0.5, rtol=0.06)


def test_gaussians_leave_the_given_centers_alone():
    for dtype in (np.int8, np.float16, np.longdouble, ">f8"):
        centers = np.array([[1, 2], [3, 4]], dtype)
        x, _ = gaussians(4, centers, 0.0, rng=0)
        assert x.dtype == np.float64
        assert sorted(x.tolist()) == [[1, 2], [1, 2], [3, 4], [3, 4]]
        x[:] = 0
        assert centers.tolist() == [[1, 2], [3, 4]]
