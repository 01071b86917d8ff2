"""Any function as an activation: its derivative is right whatever the function does, or the function is refused."""

import copy
import math
import warnings

import numpy as np
import pytest
import scipy.interpolate
import scipy.special

import mlp
from mlp import Network, activations
from mlp.activations import Activation, FunctionActivation
from mlp.errors import ArgumentError, ArgumentTypeError, NumericalDerivativeWarning, ShapeError
from mlp.layers import Dense
from mlp.testing import check_activation, check_gradients

X = np.random.default_rng(0).normal(0, 2, (5, 4))
DY = np.random.default_rng(1).normal(size=X.shape)


def wrapped(function):
    """The activation of a function that brings no derivative, which is said once."""
    with pytest.warns(NumericalDerivativeWarning, match="brings no derivative") as said:
        f = activations.get(function)
    assert len(said) == 1
    return f, str(said[0].message)


def softmax(x):
    e = np.exp(x - x.real.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def shares(x):
    """Couples the entries of a row, and drops imaginary parts."""
    return x / (1 + np.abs(x).sum(axis=-1, keepdims=True))


def jacobian_of_shares(row):
    size = 1 + sum(map(abs, row))
    return [
        [(i == j) / size - a * math.copysign(1, b) / size**2 for j, b in enumerate(row)]
        for i, a in enumerate(row)
    ]


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (np.sin, math.cos),
        (lambda x: x * x * x, lambda x: 3 * x * x),
        (lambda x: np.maximum(x, 0), lambda x: float(x > 0)),
        (scipy.special.erf, lambda x: 2 / math.sqrt(math.pi) * math.exp(-x * x)),
    ],
)
def test_a_smooth_function_has_the_derivative_of_the_complex_step(function, slope):
    f, said = wrapped(function)
    assert "complex steps, exact to rounding, at the price of 1 more call(s); to give one, set" in said
    right = DY * np.vectorize(slope)(X)
    np.testing.assert_allclose(f.backward(DY, X, f.forward(X)), right, rtol=1e-14, atol=1e-15)
    assert check_activation(f).method == "complex"


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (np.abs, lambda x: math.copysign(1, x)),
        (lambda x: np.where(x > 3, np.abs(x), x), lambda x: 1.0),
        (lambda x: np.exp(-(x.real**2)), lambda x: -2 * x * math.exp(-x * x)),
        (np.cbrt, lambda x: abs(x) ** (-2 / 3) / 3),
        (lambda x: np.array([math.atan(v) for v in x.flat]).reshape(x.shape), lambda x: 1 / (1 + x * x)),
    ],
)
def test_what_takes_no_complex_numbers_is_not_wrong_in_silence(function, slope):
    """Whether it refuses them or drops their imaginary part, as the absolute value does."""
    f, said = wrapped(function)
    assert "differences, to about twelve digits, at the price of 30 more call(s)" in said
    x = np.concatenate([X, 1e-3 * X, 1e3 * X])
    dy = np.tile(DY, (3, 1))
    np.testing.assert_allclose(
        f.backward(dy, x, f.forward(x)), dy * np.vectorize(slope)(x), rtol=1e-9, atol=1e-12
    )


def test_functions_by_differences_pass_the_checks():
    for function in (np.abs, scipy.special.expit, lambda x: np.exp(-(x.real**2)), shares):
        check_activation(wrapped(function)[0])


def test_entries_of_a_row_that_hang_together_have_the_jacobian_of_the_row():
    f, said = wrapped(softmax)
    assert "1 more call(s) for each entry of a row; to give one, subclass mlp.activations.Activation" in said
    own = activations.Softmax()
    for shape in ((5, 4), (2, 3, 4)):
        x, dy = np.random.default_rng(2).normal(size=(2, *shape))
        np.testing.assert_allclose(
            f.backward(dy, x, f(x)), own.backward(dy, x, own(x)), rtol=1e-12, atol=1e-15
        )
    assert check_activation(f).method == "complex"
    f, said = wrapped(shares)
    assert "30 more call(s) for each entry" in said
    right = [np.dot(dy, jacobian_of_shares(row)) for row, dy in zip(X, DY, strict=True)]
    np.testing.assert_allclose(f.backward(DY, X, f(X)), right, rtol=1e-10)


def test_along_the_first_axis_of_a_row():
    def first(x):
        return x if x.ndim < 3 else x - x.mean(axis=1, keepdims=True)

    x, dy = np.random.default_rng(2).normal(size=(2, 2, 3, 4))
    f, _ = wrapped(lambda x: first(softmax(x)))
    own = activations.Softmax()
    right = own.backward(dy - dy.mean(axis=1, keepdims=True), x, own(x))
    np.testing.assert_allclose(f.backward(dy, x, f(x)), right, rtol=1e-12, atol=1e-15)


class Cubed:
    """Brings its derivative."""

    def __call__(self, x):
        return x**3

    def derivative(self, x):
        return 3 * x**2


def test_a_derivative_of_its_own_is_taken_and_nothing_is_said():
    f = activations.get(Cubed())
    np.testing.assert_array_equal(f.backward(DY, X, f(X)), DY * (3 * X**2))
    assert check_activation(f).error < 1e-13
    net = Network([Dense(3, activation=Cubed(), input_dim=4), Dense(2)], rng=0)
    net.compile("sgd", "mse")
    assert check_gradients(net, X, DY[:, :2]).error < 1e-10


def test_a_network_is_trained_with_it_as_with_the_librarys_own():
    y = np.random.default_rng(3).normal(size=(5, 2))
    trained = []
    for own in (False, True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NumericalDerivativeWarning)
            hidden, last = (activations.Tanh(), activations.Softmax()) if own else (np.tanh, softmax)
            net = Network([Dense(3, hidden, input_dim=4), mlp.layers.Activation(last), Dense(2)], rng=0)
        net.compile("sgd", "mse")
        net.fit(X, y, 2, 30, verbose=0, shuffle=False)
        trained.append(net.copy())
    for a, b in zip(*(net.get_weights() for net in trained), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(trained[0].predict(X), trained[1].predict(X), rtol=1e-11)


@pytest.mark.parametrize("function", [np.sin, np.abs, softmax, shares, Cubed(), lambda x: np.float64(2) * x])
def test_single_precision_stays(function):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NumericalDerivativeWarning)
        f = activations.get(function)
    x, dy = X.astype(np.float32), DY.astype(np.float32)
    y = f.forward(x)
    dx = f.backward(dy, x, y)
    assert y.dtype == dx.dtype == np.float32
    np.testing.assert_allclose(dx, f.backward(DY, X, f(X)), rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(copy.deepcopy(f)(x), y)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (
            lambda x: x - x.mean(axis=0),
            r"by itself than in a batch; it must work along the last axis \(axis=-1\)",
        ),
        (lambda x: x / x.max(), "by itself than in a batch"),
        (lambda x: x[..., ::2], r"shape of x, \(6, 12\), and of real numbers, got shape \(6, 6\)"),
        (lambda x: x > 0, "got shape .* and bool"),
        (np.emath.sqrt, "got shape .* and complex128"),
        (lambda x: float(x), "raised .*; it must take arrays of any shape, or subclass"),
        (lambda x: np.multiply(x, 2, out=x), "writes into its argument"),
        (
            scipy.interpolate.CubicSpline([0, 1, 2], [0, 1, 0]),
            "must take arrays of any shape|derivative must return",
        ),
    ],
)
def test_what_is_no_activation_is_refused(function, said):
    with pytest.raises(ArgumentError, match=f"^activation .*{said}"):
        Dense(3, activation=function)


def test_a_derivative_that_cannot_be_one_is_refused():
    def coupled(x):
        return softmax(x)

    def short(x):
        return x * x

    coupled.derivative, short.derivative = (lambda x: x), (lambda x: 2.0)
    with pytest.raises(ArgumentError, match="couples the entries of a row, so a derivative of each"):
        activations.get(coupled)
    with pytest.raises(ArgumentError, match=r"short.derivative must return .* got shape \(\)"):
        activations.get(short)
    with pytest.raises(ArgumentTypeError, match="function must be callable, got 3"):
        FunctionActivation(3)
    with pytest.raises(ArgumentTypeError, match="activation must be a name"):
        activations.get(int)


def test_a_shape_that_is_lost_later_is_an_error():
    f, _ = wrapped(lambda x: x if len(x) < 9 else x[:9])
    with pytest.raises(
        ShapeError, match=r"must return an array of shape \(10, 2\) for such an x, got \(9, 2\)"
    ):
        f(np.zeros((10, 2)))


def test_it_cannot_be_stored_and_says_so(tmp_path):
    net = Network([Dense(3, activation=Cubed(), input_dim=2)])
    assert "Cubed" in repr(net.layers[0].activation)
    with pytest.raises(ArgumentTypeError, match=r"Cubed object.* cannot be stored .* subclass of your own"):
        net.save(tmp_path / "model.npz")
    assert not list(tmp_path.iterdir())


def test_what_is_an_activation_already_is_left_alone():
    class Own(Activation):
        pass

    assert type(activations.get(Own)) is Own
    assert type(activations.get(activations.relu)) is activations.Relu
