"""Derivatives by numbers: exact where complex numbers pass, honest about the error where they do not."""

import math

import numpy as np
import pytest
from scipy.special import expit, ndtr

from mlp.derivatives import complex_step, ridders, takes_complex
from mlp.errors import ArgumentError, ShapeError, UnknownNameError
from mlp.testing import numerical_gradient

SMOOTH = {  # function, derivative
    "exp": (np.exp, np.exp),
    "tanh": (np.tanh, lambda x: 1 / np.cosh(x) ** 2),
    "cube": (lambda x: x**3, lambda x: 3 * x**2),
    "sine": (lambda x: np.sin(5 * x), lambda x: 5 * np.cos(5 * x)),
    "root": (lambda x: np.sqrt(x * x + 0.01), lambda x: x / np.sqrt(x * x + 0.01)),
    "quotient": (lambda x: x / (1 + x * x), lambda x: (1 - x * x) / (1 + x * x) ** 2),
}
REAL = {  # these take real numbers only, or give a wrong complex step in silence
    "expit": (expit, lambda x: expit(x) * (1 - expit(x))),
    "absolute": (np.abs, np.sign),
    "sign times": (lambda x: x * np.sign(x), np.sign),
    "float array": (lambda x: np.asarray(x, float) ** 2, lambda x: 2 * x),
    "real part": (lambda x: np.real(x) * x, lambda x: 2 * x),
    "conjugate": (lambda x: np.conj(x) * x, lambda x: 2 * x),
    "normal": (lambda x: ndtr(np.real(x)), lambda x: np.exp(-x * x / 2) / math.sqrt(2 * math.pi)),
}


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("size", [1e-3, 1.0, 10.0])
def test_the_complex_step_is_exact(name, size):
    f, slope = SMOOTH[name]
    x = np.random.default_rng(1).normal(0, size, 7)
    np.testing.assert_allclose(numerical_gradient(lambda z: f(z).sum(), x, "complex"), slope(x), rtol=1e-13)
    np.testing.assert_array_equal(
        numerical_gradient(lambda z: f(z).sum(), x), numerical_gradient(lambda z: f(z).sum(), x, "complex")
    )


@pytest.mark.parametrize("name", [*SMOOTH, *REAL])
@pytest.mark.parametrize("size", [1e-3, 1.0, 10.0])
def test_ridders_errs_by_no_more_than_it_says(name, size):
    f, slope = {**SMOOTH, **REAL}[name]
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x, v = rng.normal(0, size, 7), rng.normal(size=7)
        found = ridders(f, x, v)
        error = np.abs(found.value - slope(x) * v)
        assert (error <= 8 * found.error + 1e-300).all()
        assert (found.error <= 1e-6 * np.abs(slope(x) * v).max()).all()


@pytest.mark.parametrize("name", REAL)
def test_what_is_not_smooth_in_complex_numbers_is_found_out(name):
    f, slope = REAL[name]
    x = np.random.default_rng(2).normal(size=6)
    assert not takes_complex(f, x, np.random.default_rng(3).normal(size=6))
    np.testing.assert_allclose(numerical_gradient(lambda z: f(z).sum(), x), slope(x), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", SMOOTH)
def test_what_is_smooth_in_complex_numbers_is_believed(name):
    for seed in range(50):
        rng = np.random.default_rng(seed)
        assert takes_complex(SMOOTH[name][0], rng.normal(size=6), rng.normal(size=6))


def test_a_function_that_is_not_smooth_in_one_of_many_entries_is_found_out():
    def f(x):
        return np.concatenate([np.tanh(x[:-1]), 1e-3 * np.abs(x[-1:])])

    rng = np.random.default_rng(0)
    assert not takes_complex(f, rng.normal(size=20), rng.normal(size=20))


def test_a_function_that_raises_for_complex_numbers_takes_none():
    def f(x):
        if x.dtype.kind == "c":
            raise TypeError("real numbers only")
        return x * 2

    assert complex_step(f, np.ones(2), np.ones(2)) is None
    assert numerical_gradient(lambda x: f(x).sum(), [1.0, 2.0]).tolist() == pytest.approx([2.0, 2.0])


@pytest.mark.parametrize("method", ["auto", "complex", "ridders", "central"])
def test_methods_agree_and_keep_the_shape(method):
    x = np.random.default_rng(5).normal(size=(2, 3))
    before = x.copy()
    found = numerical_gradient(lambda z: (z**3).sum(), x, method)
    assert found.shape == x.shape
    np.testing.assert_allclose(found, 3 * x**2, rtol=1e-8, atol=1e-9)
    np.testing.assert_array_equal(x, before)


def test_wrong_calls_are_refused():
    with pytest.raises((ArgumentError, UnknownNameError), match="method"):
        numerical_gradient(np.sum, [1.0], "forward")
    with pytest.raises(ArgumentError, match="ridders"):
        numerical_gradient(lambda x: float(np.abs(x).sum()), [1.0], "complex")


def test_a_kink_nearby_is_seen_by_a_smaller_step():
    for distance in (1e-1, 1e-2, 1e-3, 1e-4, 1e-5):
        found = ridders(lambda x: np.maximum(x, 0), np.array([distance, 1.0]), np.array([1.0, 0.0]))
        assert abs(found.value[0] - 1) <= 8 * found.error[0] + 1e-300
        assert found.error[0] < 1e-6


def test_outside_of_its_domain_a_function_has_no_derivative():
    for f in (np.log, np.sqrt, np.arctanh):
        assert np.isnan(numerical_gradient(lambda x, f=f: f(x).sum(), [-2.0])).all()


def test_a_function_must_give_a_number():
    with pytest.raises(ShapeError, match="must return a number"):
        numerical_gradient(lambda x: x * 2, [1.0, 2.0])
