"""The judge is judged: every operation of `autograd` against differences that know nothing of derivatives."""

import autograd as ag
import numpy as np
import pytest


def fan_out(h, c):
    """One value, used three times."""
    return h * h + h @ (c @ ag.reshape(c, (2, 4)))


# name, function of the arrays a (3, 4), b (4,), c (4, 2), d (1, 4); analytic in them (and so open to a complex step)?
FUNCTIONS = [
    ("add", lambda a, b, c, d: a + b + d + 2.0, True),
    ("subtract", lambda a, b, c, d: a - b - (1.5 - d), True),
    ("multiply", lambda a, b, c, d: 3.0 * a * b * d * a, True),
    ("divide", lambda a, b, c, d: a / (b * b + 2.0) + 1.0 / (d * d + 1.0), True),
    ("negative", lambda a, b, c, d: -a * b, True),
    (
        "plain array on the left",
        lambda a, b, c, d: np.arange(4.0) * a - np.ones(4) + np.eye(3, 4) / (a * a + 1.0),
        True,
    ),
    ("matmul", lambda a, b, c, d: (a * b) @ c, True),
    (
        "matmul with constants",
        lambda a, b, c, d: np.ones((2, 3)) @ (a + d) @ np.arange(8.0).reshape(4, 2),
        True,
    ),
    ("tanh", lambda a, b, c, d: ag.tanh(a @ c), True),
    ("exp", lambda a, b, c, d: ag.exp(a * b), True),
    ("log", lambda a, b, c, d: ag.log(a * a + d * d + 0.5), True),
    ("reciprocal", lambda a, b, c, d: ag.reciprocal(1.0 + a * a * b * b), True),
    ("erf", lambda a, b, c, d: ag.erf(a + b), False),
    ("maximum", lambda a, b, c, d: ag.maximum(a, b) * ag.maximum(d, 0.0), True),
    ("where", lambda a, b, c, d: ag.where(np.arange(12).reshape(3, 4) % 3 == 0, a * b, d), True),
    ("absolute", lambda a, b, c, d: ag.absolute(a) * d, True),
    ("total", lambda a, b, c, d: ag.total(a * a) * b, True),
    (
        "total over an axis",
        lambda a, b, c, d: ag.total(a * b, axis=0) * ag.total(a, axis=-1, keepdims=True),
        True,
    ),
    ("mean", lambda a, b, c, d: ag.mean(a * a, axis=1) * ag.mean(d * b), True),
    ("reshape", lambda a, b, c, d: ag.reshape(a * d, (2, 6)) @ ag.reshape(a, (6, 2)), True),
    ("pick", lambda a, b, c, d: ag.pick(a * b, np.array([0, 1, 2, 0]), np.array([3, 1, 1, 3])), True),
    ("softmax", lambda a, b, c, d: ag.exp(a) / ag.total(ag.exp(a), axis=-1, keepdims=True), True),
    ("fan-out", lambda a, b, c, d: fan_out(ag.tanh(a * b), c), True),
    ("unused leaves", lambda a, b, c, d: ag.exp(b), True),
]
IDS = [name for name, _, _ in FUNCTIONS]


def draw(seed):
    """Leaves of shapes that broadcast, a random cotangent for the output, random directions for the leaves."""
    rng = np.random.default_rng(seed)
    shapes = [(3, 4), (4,), (4, 2), (1, 4)]
    return [rng.normal(size=s) for s in shapes], [rng.normal(size=s) for s in shapes], rng


def slope(f, arrays, directions, rng):
    """A random scalar of f's output, and its slope along the directions by the tape."""
    leaves = [ag.Var(x) for x in arrays]
    y = f(*leaves)
    weights = rng.normal(size=y.shape)
    gradients = ag.gradient(ag.total(y * weights), *leaves)
    assert [g.shape for g in gradients] == [x.shape for x in arrays]
    return weights, sum(np.vdot(g, v) for g, v in zip(gradients, directions, strict=True))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("name", "f", "analytic"), FUNCTIONS, ids=IDS)
def test_gradient_is_the_central_difference(name, f, analytic, seed):
    arrays, directions, rng = draw(seed)
    weights, found = slope(f, arrays, directions, rng)

    def value(h):
        return np.sum(
            weights * f(*[ag.Var(x + h * v) for x, v in zip(arrays, directions, strict=True)]).value
        )

    h = 1e-4  # two differences, Richardson: the error is of fourth order
    expected = (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("name", "f"), [(n, f) for n, f, analytic in FUNCTIONS if analytic], ids=[n for n, _, a in FUNCTIONS if a]
)
def test_gradient_is_the_complex_step_to_the_last_digits(name, f, seed):
    arrays, directions, rng = draw(seed)
    weights, found = slope(f, arrays, directions, rng)
    shifted = f(*[ag.Var(x + 1e-30j * v) for x, v in zip(arrays, directions, strict=True)])
    np.testing.assert_allclose(found, np.sum(weights * shifted.value).imag / 1e-30, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("name", "f", "analytic"), FUNCTIONS, ids=IDS)
def test_leaves_stay_and_results_are_float64(name, f, analytic):
    arrays, _, _ = draw(0)
    before = [x.copy() for x in arrays]
    leaves = [ag.Var(x) for x in arrays]
    y = f(*leaves)
    ag.gradient(ag.total(y), *leaves)
    assert y.value.dtype == np.float64
    for x, old in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(x, old)


def test_hand_computed():
    """d/dx of x^2 y + y at (3, 4): 2 x y = 24, and x^2 + 1 = 10."""
    x, y = ag.Var(3), ag.Var(4)
    assert ag.gradient(x * x * y + y, x, y) == [24.0, 10.0]


def test_a_wrong_derivative_is_seen():
    """The difference test would notice: a tanh whose derivative is that of another function is caught."""
    wrong = lambda a, *_: ag.Var(np.tanh(a.value), [(a, lambda dy: dy * (1.0 - a.value**2))])
    with pytest.raises(AssertionError):
        test_gradient_is_the_central_difference("wrong", wrong, True, seed=0)
