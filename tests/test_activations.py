"""Activations against their definitions in 400 digits, over all exponents that a float has."""

import functools
import inspect
import math
from decimal import Decimal

import numpy as np
import pytest
import tables
from tables import ACTIVATIONS, EPS, exactly, over

from mlp import Network, activations
from mlp.errors import ArgumentError, ArgumentTypeError, ShapeError
from mlp.layers import Activation, Dense
from mlp.names import snake_case
from mlp.testing import check_activation, check_layer, numerical_gradient

TINY = np.finfo(float).tiny


@functools.cache
def truth(index):
    """The table's points, the values there, and every derivative of every value, ``J[i] = dy_i / dx``."""
    row = ACTIVATIONS[index]
    values = np.array([exactly(row.truth, x) for x in row.x])
    jacobian = np.array([exactly(functools.partial(slopes, row.truth), x) for x in row.x])
    return row.x, values, jacobian.reshape(*values.shape, -1)


def slopes(f, x):
    """All derivatives, by differences so small that fifty digits are right, and that no kink is passed."""
    h = [abs(v) * Decimal("1e-30") or Decimal("1e-150") for v in x]
    steps = [[h[j] if i == j else 0 for i in range(len(x))] for j in range(len(x))]
    ahead = [f([v + d for v, d in zip(x, step, strict=True)]) for step in steps]
    behind = [f([v - d for v, d in zip(x, step, strict=True)]) for step in steps]
    return [(ahead[j][i] - behind[j][i]) / (2 * h[j]) for i in range(len(ahead[0])) for j in range(len(x))]


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
    dx = f.backward(np.ones_like(y), x, y)
    assert dx.dtype == np.float32
    assert np.isfinite(dx).all()


@over(ACTIVATIONS)
@pytest.mark.parametrize(("dtype", "largest"), [(np.float64, 1e308), (np.float32, 3e38)])
def test_the_largest_numbers_give_numbers_without_a_warning(row, dtype, largest):
    x, f = np.array([[-largest, 0.5, largest, 0.5][: max(3, row.width)]], dtype), row.make()
    assert not np.isnan(f(x)).any()  # softmax takes differences, which are twice as large
    assert not np.isnan(f.derivative(x / 4)).any()


@over(ACTIVATIONS)
def test_backward_carries_random_directions_as_the_definition_does(row):
    x, _, jacobian = known(row)
    smooth = ~np.isin(x, list(row.kinks)).any(axis=1)
    x, jacobian = x[smooth], jacobian[smooth]
    f = row.make()
    for seed in range(3):
        dy = np.random.default_rng(seed).normal(size=jacobian.shape[:2])
        dx = f.backward(dy, x, f.forward(x))
        right = np.einsum("ni,nij->nj", dy, jacobian)
        # A slope is up to about 1 and may be the difference of such, as 1 - tanh(x)^2 is.
        np.testing.assert_allclose(dx, right, rtol=row.ulps * EPS, atol=8 * EPS)


@over(ACTIVATIONS)
@pytest.mark.parametrize("seed", range(3))
def test_backward_is_the_complex_step_through_forward(row, seed):
    x = np.random.default_rng(seed).normal(0, 2, (3, 4))
    f = row.make()
    dy = np.random.default_rng(seed + 100).normal(size=f(x).shape)
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
    np.testing.assert_array_equal(f.derivative(x), f.backward(np.ones_like(f(x)), x, f.forward(x)))


@over(ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_no_argument_is_written_into(row, dtype):
    x = points(row, dtype=dtype)
    f = row.make()
    y = f.forward(x)
    dy = points(row, 1, y.shape, dtype)
    kept = x.copy(), dy.copy(), y.copy()
    for array in (x, dy, y):
        array.flags.writeable = False
    for out in (None, np.full_like(y, np.nan)):
        np.testing.assert_array_equal(f.forward(x, out), kept[2])
    for out in (None, np.full_like(x, np.nan)):
        f.backward(dy, x, y, out)
    for array, before in zip((x, dy, y), kept, strict=True):
        np.testing.assert_array_equal(array, before)


@over(ACTIVATIONS)
def test_out_changes_nothing_but_where_the_result_is(row):
    x, f = points(row), row.make()
    y = f.forward(x)
    dy = points(row, 1, y.shape)
    dx = f.backward(dy, x, y)
    buffer = np.full_like(y, np.nan)
    written = f.forward(x, buffer)
    np.testing.assert_array_equal(written, y)
    assert written is buffer or np.isnan(buffer).all()
    buffer = np.full_like(x, np.nan)
    written = f.backward(dy, x, y, buffer)
    np.testing.assert_array_equal(written, dx)
    assert written is buffer or np.isnan(buffer).all()


@over(ACTIVATIONS)
def test_y_may_be_written_over_x_where_backward_needs_y_alone(row):
    x, f = points(row), row.make()
    y = f.forward(x)
    dy = points(row, 1, y.shape)
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
    integers = np.arange(-6, 6).reshape(3, 4)
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
    x, f = points(row), row.make()
    y = f.forward(x)
    dy = points(row, 1, y.shape)
    np.testing.assert_allclose(f.forward(layout(x)), y, rtol=4 * EPS, atol=0)
    np.testing.assert_allclose(
        f.backward(layout(dy), layout(x), layout(y)), f.backward(dy, x, y), rtol=1e-13, atol=EPS
    )


@over(ACTIVATIONS)
def test_rows_do_not_know_of_each_other(row):
    x, f = points(row), row.make()
    dy = points(row, 1, f(x).shape)
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
    assert function.configurable is type(f)
    if inspect.Parameter.empty not in [p.default for p in type(f)._arguments().values()]:
        assert type(activations.get(function)) is type(f)


@pytest.mark.parametrize(
    ("f", "y", "slopes"),
    [
        (activations.Relu(threshold=1.0), [0, 0, 0, 0, 2, 9], [0, 0, 0, 0, 1, 1]),
        (activations.Relu(negative_slope=0.5), [-1, 0, 0.5, 1, 2, 9], [0.5, 0.5, 1, 1, 1, 1]),
        (activations.Relu(max_value=2.0, threshold=-3.0), [0, 0, 0.5, 1, 2, 2], [0, 0, 1, 1, 0, 0]),
        (activations.Relu(max_value=1.0, threshold=1.5), [0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 0, 0]),
        (activations.Relu(max_value=2.0), [0, 0, 0.5, 1, 2, 2], [0, 0, 1, 1, 0, 0]),
        (activations.Relu(0.5, threshold=1.0), [-1.5, -0.5, -0.25, 0, 2, 9], [0.5, 0.5, 0.5, 0.5, 1, 1]),
    ],
    ids=repr,
)
def test_each_argument_of_relu_by_itself(f, y, slopes):
    """As in Keras the identity begins above the threshold, with a jump where that is not 0."""
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
                type(f)(**{**f.get_config(), name: wrong})


@pytest.mark.parametrize(
    ("make", "name", "good", "wrong"),
    [
        (activations.Relu, "negative_slope", [0, 2], [-0.1]),
        (activations.Relu, "max_value", [0, 1e9], [-0.1]),
        (activations.LeakyRelu, "negative_slope", [0, 2], [-0.1]),
        (activations.Softmax, "axis", [-32, 31], [-33, 32]),
        (activations.Celu, "alpha", [0.1, 3], [0, -1]),
        (activations.Squareplus, "b", [0.1, 3], [0, -1]),
        (activations.SoftShrink, "threshold", [0, 3], [-0.1]),
        (activations.HardShrink, "threshold", [0, 3], [-0.1]),
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


@pytest.mark.parametrize(
    "cls", [activations.Softmax, activations.LogSoftmax, activations.Sparsemax, activations.Glu]
)
@pytest.mark.parametrize("axis", [0, 1, 2, -2, -3])
def test_along_any_axis_is_along_the_last_one_of_the_turned_array(cls, axis):
    x = np.random.default_rng(0).normal(size=(2, 4, 6))
    f, last = cls(axis=axis), cls()
    turned = np.moveaxis(x, axis, -1)
    y = f(x)
    np.testing.assert_allclose(np.moveaxis(y, axis, -1), last(turned), rtol=8 * EPS)
    dy = np.random.default_rng(1).normal(size=y.shape)
    right = last.backward(np.moveaxis(dy, axis, -1), turned, last(turned))
    np.testing.assert_allclose(np.moveaxis(f.backward(dy, x, y), axis, -1), right, rtol=1e-13, atol=EPS)


@pytest.mark.parametrize("cls", [activations.Softmax, activations.LogSoftmax])
def test_several_axes_are_one_long_axis(cls):
    """As in Keras, and in files, where a tuple becomes a list."""
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    f, flat = cls(axis=(2, -1)), cls()
    rows = x.reshape(2, 3, 20)
    np.testing.assert_allclose(f(x).reshape(rows.shape), flat(rows), rtol=8 * EPS)
    dx = f.backward(x[::-1], x, f(x)).reshape(rows.shape)
    np.testing.assert_allclose(dx, flat.backward(rows[::-1], rows, flat(rows)), rtol=1e-12, atol=EPS)
    assert f.get_config() == {"axis": [2, -1]}
    assert cls(**f.get_config()).axis == (2, -1)


@pytest.mark.parametrize(
    ("f", "said"),
    [
        (activations.Softmax(axis=0), "along an axis of the batch"),
        (activations.LogSoftmax(axis=-2), "along an axis of the batch"),
        (activations.Sparsemax(axis=2), "along an axis that there is not"),
        (activations.Softmax(axis=(1, -3)), "along an axis that there is not"),
        (activations.Glu(axis=0), "along an axis of the batch"),
        (activations.Glu(), "halves rows of an even size, got 3"),
    ],
    ids=repr,
)
def test_layers_refuse_axes_that_are_none_of_a_row(f, said):
    for layer in (Dense(3, f, input_dim=2), Activation(f, input_shape=(3,))):
        with pytest.raises(ShapeError, match=said):
            Network([layer])


def test_glu_halves_the_outputs_of_a_layer():
    net = Network([Dense(6, "glu", input_shape=(4, 2)), Activation(activations.Glu(axis=1)), Dense(1)], rng=0)
    assert [layer.output_shape for layer in net.layers] == [(None, 4, 3), (None, 2, 3), (None, 2, 1)]
    assert net.predict(np.zeros((5, 4, 2))).shape == (5, 2, 1)
    check_layer(lambda: Dense(4, "glu"), (3,))
    check_layer(lambda: Activation(activations.Glu(axis=1)), (4, 3))


@pytest.mark.parametrize(
    ("surrogate", "slope"),
    [
        (None, lambda x: 0.0),
        ("straight_through", lambda x: 1.0),
        ("clipped", lambda x: float(abs(x) <= 1)),
        ("sigmoid", lambda x: math.exp(-abs(x)) / (1 + math.exp(-abs(x))) ** 2),
        ("triangle", lambda x: max(1 - abs(x), 0.0)),
        ("superspike", lambda x: (1 + abs(x)) ** -2),
    ],
)
def test_surrogates_of_the_step(surrogate, slope):
    x = np.array([-800.0, -1.5, -1.0, -0.25, 0.0, 0.5, 1.0, 3.0])
    for dtype in (np.float64, np.float32):
        f = activations.Step(surrogate=surrogate)
        dx = f.backward(2 * np.ones_like(x, dtype), x.astype(dtype), f(x.astype(dtype)))
        assert dx.dtype == dtype
        np.testing.assert_allclose(dx, [2 * slope(v) for v in x], rtol=1e-6, atol=1e-300)
        np.testing.assert_array_equal(f(x), x > 0)
    assert check_activation(f).results["gradient"].note.startswith("declared")
    with pytest.raises(ArgumentError, match="surrogate must be one of None, 'straight_through'"):
        activations.Step(surrogate="perfect")


def test_none_is_linear_and_synonyms_are_the_same():
    assert type(activations.get(None)) is activations.Linear
    assert activations.swish is activations.silu
    assert activations.identity is activations.linear
    assert type(activations.get("swish")) is activations.Silu
    assert type(activations.get("identity")) is activations.Linear


@over(ACTIVATIONS)
def test_a_number_is_an_array_without_axes(row):
    f = row.make()
    if f.changes_shape:
        with pytest.raises(ShapeError, match="even size"):
            f(0.3)
        return
    for x in (0.3, 2, np.float32(-0.5)):
        for function in (f, f.derivative):
            y = function(x)
            assert y.shape == ()
            np.testing.assert_array_equal(y, function(np.array([x]))[0])
