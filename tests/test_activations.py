"""Activations against their definitions in 400 digits, over all exponents that a float has."""

import functools
import inspect
import math
from decimal import Decimal

import numpy as np
import pytest
import tables
from tables import ACTIVATIONS, EPS, exactly, over

from mlp import activations
from mlp.errors import ArgumentError, ArgumentTypeError
from mlp.names import snake_case
from mlp.testing import numerical_gradient

TINY = np.finfo(float).tiny


@functools.cache
def truth(index):
    """The table's points, the values there, and every derivative of every value, ``J[i] = dy_i / dx``."""
    row = ACTIVATIONS[index]
    values = np.array([exactly(row.truth, x) for x in row.x])
    jacobian = np.array([exactly(functools.partial(slopes, row.truth), x) for x in row.x])
    return row.x, values, jacobian.reshape(*row.x.shape, -1)


def slopes(f, x):
    """All derivatives, by differences so small that fifty digits are right, and that no kink is passed."""
    h = [abs(v) * Decimal("1e-30") or Decimal("1e-150") for v in x]
    steps = [[h[j] if i == j else 0 for i in range(len(x))] for j in range(len(x))]
    ahead = [f([v + d for v, d in zip(x, step, strict=True)]) for step in steps]
    behind = [f([v - d for v, d in zip(x, step, strict=True)]) for step in steps]
    return [(ahead[j][i] - behind[j][i]) / (2 * h[j]) for i in range(len(x)) for j in range(len(x))]


def known(row):
    return truth(ACTIVATIONS.index(row))


def points(row, seed=0, shape=(5, 4), dtype=float):
    """Random numbers with a few of the kinks among them."""
    x = np.random.default_rng(seed).normal(0, 3, shape)
    x.flat[: len(row.kinks)] = list(row.kinks)
    return x.astype(dtype)


@over(ACTIVATIONS)
def test_values_are_right_to_the_last_digits(row):
    x, values, _ = known(row)
    np.testing.assert_allclose(row.make()(x), values, rtol=row.ulps * EPS, atol=TINY)


@over(ACTIVATIONS)
def test_single_precision_is_as_right(row):
    """No overflow where double precision has none, and the digits that it has."""
    x = row.x.astype(np.float32)
    values = np.array([exactly(row.truth, v) for v in x])
    f = row.make()
    y = f(x)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, values, rtol=row.ulps * 2.0**-23, atol=np.finfo(np.float32).tiny)
    dx = f.backward(np.ones_like(x), x, y)
    assert dx.dtype == np.float32
    assert np.isfinite(dx).all()


@over(ACTIVATIONS)
@pytest.mark.parametrize(("dtype", "largest"), [(np.float64, 1e308), (np.float32, 3e38)])
def test_the_largest_numbers_give_numbers_without_a_warning(row, dtype, largest):
    x, f = np.array([[-largest, 0.5, largest]], dtype), row.make()
    assert not np.isnan(f(x)).any()  # softmax takes differences, which are twice as large
    assert not np.isnan(f.derivative(x / 4)).any()


@over(ACTIVATIONS)
def test_backward_carries_random_directions_as_the_definition_does(row):
    x, _, jacobian = known(row)
    smooth = ~np.isin(x, list(row.kinks)).any(axis=1)
    x, jacobian = x[smooth], jacobian[smooth]
    f = row.make()
    for seed in range(3):
        dy = np.random.default_rng(seed).normal(size=x.shape)
        dx = f.backward(dy, x, f.forward(x))
        right = np.einsum("ni,nij->nj", dy, jacobian)
        # A slope is up to about 1 and may be the difference of such, as 1 - tanh(x)^2 is.
        np.testing.assert_allclose(dx, right, rtol=row.ulps * EPS, atol=8 * EPS)


@over(ACTIVATIONS)
@pytest.mark.parametrize("seed", range(3))
def test_backward_is_the_complex_step_through_forward(row, seed):
    x = np.random.default_rng(seed).normal(0, 2, (3, 4))
    dy = np.random.default_rng(seed + 100).normal(size=x.shape)
    f = row.make()
    numeric = numerical_gradient(lambda z: (dy * f.forward(z)).sum(), x, "complex")
    np.testing.assert_allclose(f.backward(dy, x, f.forward(x)), numeric, rtol=1e-13, atol=1e-14)


@over(ACTIVATIONS)
def test_complex_numbers_pass_through(row):
    """The real part is what it is for real numbers, at kinks too."""
    x, f = points(row), row.make()
    y = f.forward(x + 0j)
    assert y.dtype == np.complex128
    np.testing.assert_allclose(y, f.forward(x), rtol=4 * EPS, atol=EPS)


@pytest.mark.parametrize(
    ("row", "x", "slope"),
    [(row, x, slope) for row in ACTIVATIONS for x, slope in row.kinks.items()],
    ids=lambda value: repr(value.make()) if hasattr(value, "make") else str(value),
)
def test_derivative_at_kinks(row, x, slope):
    assert row.make().derivative([x]) == pytest.approx(slope, rel=1e-15, abs=0)


@over([row for row in ACTIVATIONS if row.kinks.get(0.0, 1.0) == 1.0 and not row.couples])
def test_the_complex_step_at_0_is_not_lost(row):
    """Where a formula for negative numbers and one for positive numbers meet smoothly, as in elu."""
    f = row.make()
    numeric = f.forward(np.array([1e-200j])).imag / 1e-200
    np.testing.assert_allclose(numeric, f.derivative([0.0]), rtol=1e-15)


@over(ACTIVATIONS)
def test_derivative_is_backward_of_ones(row):
    """For softmax that is what the columns sum to, and not each element's own: zero."""
    x, f = points(row), row.make()
    np.testing.assert_array_equal(f.derivative(x), f.backward(np.ones_like(x), x, f.forward(x)))


@over(ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_no_argument_is_written_into(row, dtype):
    x = points(row, dtype=dtype)
    dy = points(row, 1, dtype=dtype)
    f = row.make()
    y = f.forward(x)
    kept = x.copy(), dy.copy(), y.copy()
    for array in (x, dy, y):
        array.flags.writeable = False
    for out in (None, np.full_like(x, np.nan)):
        np.testing.assert_array_equal(f.forward(x, out), kept[2])
    for out in (None, np.full_like(x, np.nan)):
        f.backward(dy, x, y, out)
    for array, before in zip((x, dy, y), kept, strict=True):
        np.testing.assert_array_equal(array, before)


@over(ACTIVATIONS)
def test_out_changes_nothing_but_where_the_result_is(row):
    x, dy, f = points(row), points(row, 1), row.make()
    y = f.forward(x)
    dx = f.backward(dy, x, y)
    buffer = np.full_like(x, np.nan)
    written = f.forward(x, buffer)
    np.testing.assert_array_equal(written, y)
    assert written is buffer or np.isnan(buffer).all()
    buffer = np.full_like(x, np.nan)
    written = f.backward(dy, x, y, buffer)
    np.testing.assert_array_equal(written, dx)
    assert written is buffer or np.isnan(buffer).all()


@over(ACTIVATIONS)
def test_y_may_be_written_over_x_where_backward_needs_y_alone(row):
    x, dy, f = points(row), points(row, 1), row.make()
    y = f.forward(x)
    dx = f.backward(dy, x, y)
    without_x = f.backward(dy, np.full_like(x, np.nan), y)
    # Who could do without x should say so: it saves memory.
    assert np.array_equal(without_x, dx) == f.from_output
    if f.from_output:
        over_x = x.copy()
        assert f.forward(over_x, over_x) is over_x
        np.testing.assert_array_equal(over_x, y)


@over(ACTIVATIONS)
def test_a_call_takes_what_numpy_reads_and_returns_an_array_of_its_own(row):
    f = row.make()
    x = points(row)
    y = f(x)
    assert not np.may_share_memory(x, y)
    assert not np.may_share_memory(f.derivative(x), x)
    np.testing.assert_array_equal(f(x.tolist()), y)
    integers = np.arange(-6, 6).reshape(4, 3)
    np.testing.assert_array_equal(f(integers), f(integers.astype(float)))
    assert f(integers).dtype == np.float64
    assert f(x.astype(np.float32)).dtype == np.float32


@over(ACTIVATIONS)
@pytest.mark.parametrize(
    "layout",
    [np.asfortranarray, lambda x: np.repeat(x, 2, axis=0)[::2], lambda x: x[::-1].copy()[::-1]],
    ids=["fortran", "strided", "negative strides"],
)
def test_layout_in_memory_does_not_matter(row, layout):
    x, dy, f = points(row), points(row, 1), row.make()
    y = f.forward(x)
    np.testing.assert_allclose(f.forward(layout(x)), y, rtol=4 * EPS, atol=0)
    np.testing.assert_allclose(
        f.backward(layout(dy), layout(x), layout(y)), f.backward(dy, x, y), rtol=1e-13, atol=EPS
    )


@over(ACTIVATIONS)
def test_rows_do_not_know_of_each_other(row):
    x, dy, f = points(row), points(row, 1), row.make()
    for i in range(len(x)):
        y = f.forward(x[i : i + 1])
        np.testing.assert_allclose(y, f.forward(x)[i : i + 1], rtol=8 * EPS)
        np.testing.assert_allclose(
            f.backward(dy[i : i + 1], x[i : i + 1], y),
            f.backward(dy, x, f.forward(x))[i : i + 1],
            rtol=1e-13,
            atol=8 * EPS,
        )


@over(ACTIVATIONS)
def test_the_function_of_a_class_is_the_class(row):
    """``relu(x, negative_slope=0.1)`` is ``Relu(negative_slope=0.1)(x)``."""
    f, x = row.make(), points(row)
    function = getattr(activations, snake_case(type(f).__name__))
    np.testing.assert_array_equal(function(x, **f.get_config()), f(x))
    np.testing.assert_array_equal(function(x, *f.get_config().values()), f(x))
    assert list(inspect.signature(function).parameters) == ["x", *f.get_config()]
    assert type(activations.get(function)) is type(f)


@pytest.mark.parametrize(
    ("f", "y", "slopes"),
    [
        (activations.Relu(threshold=1.0), [0, 0, 0, 1, 2, 9], [0, 0, 0, 0, 1, 1]),
        (activations.Relu(negative_slope=0.5), [-1, 0, 0.5, 1, 2, 9], [0.5, 0.5, 1, 1, 1, 1]),
        (activations.Relu(max_value=2.0), [0, 0, 0.5, 1, 2, 2], [0, 0, 1, 1, 0, 0]),
        (activations.Relu(0.5, threshold=1.0), [-1.5, -0.5, -0.25, 1, 2, 9], [0.5, 0.5, 0.5, 0.5, 1, 1]),
    ],
    ids=repr,
)
def test_each_argument_of_relu_by_itself(f, y, slopes):
    """As in Keras the identity begins at the threshold, with a jump where that is not 0."""
    x = [-2, 0, 0.5, 1, 2, 9]
    assert f(x).tolist() == y
    assert f.derivative(x).tolist() == slopes
    assert activations.Relu().from_output  # which spares a network the memory for x
    assert not f.from_output


@pytest.mark.parametrize("x", [-37.2, -37.7, -38.0, -38.4])
def test_gelu_loses_no_more_than_the_subnormals_do(x):
    """Phi(x) has a last digit of 5e-324 there, and x times that is the last digit of the product."""
    row = next(row for row in ACTIVATIONS if row.make().get_config() == {"approximate": False})
    assert activations.gelu([x])[0] == pytest.approx(exactly(row.truth, [x])[0], rel=1e-12, abs=64 * 5e-324)


@over(ACTIVATIONS)
def test_arguments_are_checked_by_name(row):
    f = row.make()
    for name, value in f.get_config().items():
        for wrong in (1, "yes") if isinstance(value, bool) else (math.nan, "1", True):
            with pytest.raises((ArgumentError, ArgumentTypeError), match=f"^{name} must"):
                type(f)(**{name: wrong})


@pytest.mark.parametrize(
    ("make", "name", "good", "wrong"),
    [
        (activations.Relu, "negative_slope", [0, 2], [-0.1]),
        (activations.Relu, "max_value", [0, 1e9], [-0.1]),
        (activations.LeakyRelu, "negative_slope", [0, 2], [-0.1]),
        (activations.Softmax, "axis", [-32, 31], [-33, 32]),
    ],
)
def test_bounds_of_arguments(make, name, good, wrong):
    for value in good:
        assert getattr(make(**{name: value}), name) == value
    for value in wrong:
        with pytest.raises(ArgumentError, match=f"^{name} must"):
            make(**{name: value})


@pytest.mark.parametrize("axis", [0, 1, -2, 2])
def test_softmax_along_any_axis(axis):
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    dy = np.random.default_rng(1).normal(size=x.shape)
    f = activations.Softmax(axis=axis)
    right = np.apply_along_axis(lambda row: exactly(tables.softmax, row), axis, x)
    np.testing.assert_allclose(f(x), right, rtol=8 * EPS)
    numeric = numerical_gradient(lambda z: (dy * f.forward(z)).sum(), x, "complex")
    np.testing.assert_allclose(f.backward(dy, x, f(x)), numeric, rtol=1e-12, atol=1e-15)


def test_none_is_linear_and_synonyms_are_the_same():
    assert type(activations.get(None)) is activations.Linear
    assert activations.swish is activations.silu
    assert activations.identity is activations.linear
    assert type(activations.get("swish")) is activations.Silu
    assert type(activations.get("identity")) is activations.Linear


@over(ACTIVATIONS)
def test_a_number_is_an_array_without_axes(row):
    f = row.make()
    for x in (0.3, 2, np.float32(-0.5)):
        for function in (f, f.derivative):
            y = function(x)
            assert y.shape == ()
            np.testing.assert_array_equal(y, function(np.array([x]))[0])
