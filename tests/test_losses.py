"""Losses against their definitions row by row, and their gradients against the values alone."""

import inspect
import math
from decimal import Decimal

import numpy as np
import pytest
import tables
from tables import LOSSES, TARGETS, exactly, over

from mlp import Network, losses
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError
from mlp.layers import Dense, Layer
from mlp.names import snake_case
from mlp.testing import numerical_gradient

REDUCTIONS = ["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None]
SHAPES = [(7, 3), (4, 2, 3)]


def weights(n, seed=5):
    """Sample weights, one of them zero."""
    w = np.random.default_rng(seed).uniform(0.5, 3.0, n)
    w[n // 2] = 0.0
    return w


def reduced(reduction, values, counts, w):
    """What a reduction makes of the values of all rows: Keras's rules, in a loop."""
    total = sum(weight * value for weight, value in zip(w, values, strict=True))
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight":
        return total / sum(weight for weight, counted in zip(w, counts, strict=True) if counted)
    return total / sum(counts)


def logits_only(function):
    return tables.over([row for row in LOSSES if row.on_logits])(function)


@over(LOSSES)
def test_the_targets_are_of_the_kind_that_the_row_says(row):
    assert row.make().targets == row.targets


@over(LOSSES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
def test_values_of_every_reduction(row, shape, weighted):
    t, y = row.draw(1, shape)
    values, counts = row.values(t, y)
    w = weights(len(y)) if weighted else None
    each = np.ones(len(values)) if w is None else np.repeat(w, len(values) // len(w))
    for reduction in REDUCTIONS[:4]:
        got = row.make(reduction=reduction)(t, y, w)
        assert type(got) is float
        assert got == pytest.approx(reduced(reduction, values, counts, each), rel=1e-13)
        assert row.make(reduction=reduction).value_and_gradient(t, y, w)[0] == got


def assert_values_without_reduction(row, shape, w):
    t, y = row.draw(1, shape)
    right = np.reshape(row.values(t, y)[0], shape[:-1])
    right = right if w is None else np.einsum("n...,n->n...", right, w)
    for reduction in ("none", None):
        values = row.make(reduction=reduction)(t, y, w)
        assert values.shape == shape[:-1]
        np.testing.assert_allclose(values, right, rtol=1e-13, atol=1e-15)


@over(LOSSES)
def test_values_without_reduction(row):
    assert_values_without_reduction(row, (7, 3), None)
    assert_values_without_reduction(row, (7, 3), weights(7))
    for shape in ((4, 2, 3), (4, 4, 3)):  # weights are those of the first axis, also where another is as long
        assert_values_without_reduction(row, shape, None)
        assert_values_without_reduction(row, shape, weights(4))


@over(LOSSES)
@pytest.mark.parametrize("reduction", REDUCTIONS[:4])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_gradient_is_the_complex_step_through_the_value(row, reduction, shape):
    t, y = row.draw(15, shape)
    w = weights(len(y))
    loss = row.make(reduction=reduction)
    gradient = loss.value_and_gradient(t, y, w)[1]
    numeric = numerical_gradient(lambda z: loss(t, z, w), y, "complex")
    assert gradient.dtype == np.float64
    np.testing.assert_allclose(gradient, numeric, rtol=1e-12, atol=1e-14)


@over(LOSSES)
def test_gradient_is_the_derivative_of_the_definition(row):
    """By differences in 400 digits: nothing of the library is on this side."""
    t, y = row.draw(3, (3, 3))
    slopes = row.make(reduction="none").value_and_gradient(t, y)[1]
    h = Decimal("1e-100")
    for i, counted in enumerate(row.values(t, y)[1]):
        for j in range(3 if counted else 0):

            def difference(t, y, j=j):
                ahead, behind = (
                    row.truth(t, [v + s * h * (k == j) for k, v in enumerate(y)]) for s in (1, -1)
                )
                return (ahead - behind) / (2 * h)

            right = exactly(difference, np.atleast_1d(t[i]), y[i])
            assert slopes[i, j] == pytest.approx(right, rel=1e-12, abs=1e-14)


@over(LOSSES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_without_reduction_there_is_a_value_and_a_slope_for_every_row(row, shape):
    t, y = row.draw(1, shape)
    w = weights(len(y))
    values, slopes = row.make(reduction="none").value_and_gradient(t, y, w)
    total, gradient = row.make(reduction="sum").value_and_gradient(t, y, w)
    assert values.shape == shape[:-1]
    assert values.sum() == pytest.approx(total, rel=1e-13)
    np.testing.assert_allclose(slopes, gradient, rtol=1e-13)


@over(LOSSES)
def test_the_function_of_a_class_gives_a_value_for_every_row(row):
    loss = row.make(reduction="none")
    function = getattr(losses, snake_case(type(loss).__name__))
    options = {k: v for k, v in loss.get_config().items() if k not in ("reduction", "name", "dtype")}
    for shape in SHAPES:
        t, y = row.draw(2, shape)
        values = function(t, y, **options)
        assert values.shape == shape[:-1]
        np.testing.assert_allclose(values.ravel(), row.values(t, y)[0], rtol=1e-13, atol=1e-15)
    t, y = row.draw(2, (7, 3))
    single = function(t[0], y[0], **options)  # one row without its batch axis
    assert np.shape(single) == ()
    assert single == function(t, y, **options)[0]
    assert list(inspect.signature(function).parameters) == ["y_true", "y_pred", *options]
    np.testing.assert_array_equal(function(t, y, *options.values()), function(t, y, **options))
    assert type(losses.get(function)) is type(loss)


@over(LOSSES)
@pytest.mark.parametrize("reduction", ["sum", "mean_with_sample_weight"])
def test_integer_weights_equal_repeated_rows(row, reduction):
    t, y = row.draw(4, (6, 3))
    w = np.array([2, 0, 1, 3, 1, 2])
    loss = row.make(reduction=reduction)
    value, gradient = loss.value_and_gradient(t, y, w)
    again, of_each = loss.value_and_gradient(np.repeat(t, w, axis=0), np.repeat(y, w, axis=0))
    assert value == pytest.approx(again, rel=1e-13)
    rows = np.repeat(np.arange(6), w)
    summed = np.array([of_each[rows == i].sum(axis=0) for i in range(6)])
    np.testing.assert_allclose(gradient, summed, rtol=1e-12, atol=1e-16)


@over(LOSSES)
@pytest.mark.parametrize("reduction", REDUCTIONS[:4])
def test_rows_of_weight_zero_do_not_pull(row, reduction):
    t, y = row.draw(4, (6, 3))
    loss = row.make(reduction=reduction)
    w = weights(6)
    gradient = loss.value_and_gradient(t, y, w)[1]
    assert not gradient[3].any()
    value, gradient = loss.value_and_gradient(t, y, np.zeros(6))
    assert value == 0.0
    assert not gradient.any()


@over(LOSSES)
def test_flat_targets_and_a_column_of_outputs_are_the_same(row):
    t, y = row.draw(6, (5, 1))
    loss = row.make()
    if loss.whole_rows:  # one axis is one row
        value, gradient = loss.value_and_gradient(t[:, 0], y[:, 0])
        assert value == loss(t.T, y.T)
        np.testing.assert_array_equal(gradient, loss.value_and_gradient(t.T, y.T)[1][0])
        return
    if loss.targets in ("one-hot", "index"):  # the axis of classes cannot be left out; that of one target can
        t, y = row.draw(6, (5, 3))
        if loss.targets == "index":
            assert loss(t[:, None], y) == loss(t, y)
            np.testing.assert_array_equal(
                loss.value_and_gradient(t[:, None], y)[1], loss.value_and_gradient(t, y)[1]
            )
        return
    value, gradient = loss.value_and_gradient(t, y)
    for flat_t, flat_y in [(t[:, 0], y), (t, y[:, 0]), (t[:, 0], y[:, 0])]:
        other, flat = loss.value_and_gradient(flat_t, flat_y)
        assert other == value
        assert flat.shape == flat_y.shape
        np.testing.assert_array_equal(flat.ravel(), gradient.ravel())


@over(LOSSES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_arguments_are_not_written_into_and_the_gradient_is_the_callers_own(row, dtype):
    t, y = row.draw(7, (6, 3))
    y, w = y.astype(dtype), weights(6)
    kept = t.copy(), y.copy(), w.copy()
    for array in (t, y, w):
        array.flags.writeable = False
    for reduction in REDUCTIONS:
        loss = row.make(reduction=reduction)
        gradient = loss.value_and_gradient(t, y, w)[1]
        before = gradient.copy()
        assert gradient.flags.writeable
        assert not any(np.may_share_memory(gradient, array) for array in (t, y, w))
        loss.value_and_gradient(t, -y if row.outputs == "real" else 1 - y, w)
        np.testing.assert_array_equal(gradient, before)
    for array, before in zip((t, y, w), kept, strict=True):
        np.testing.assert_array_equal(array, before)


@over(LOSSES)
def test_single_precision_is_near_double(row):
    t, y = row.draw(8, (6, 3))
    y = y.astype(np.float32)
    w = weights(6)
    value, gradient = row.make().value_and_gradient(t, y, w)
    right, right_gradient = row.make().value_and_gradient(t, y.astype(float), w)
    assert (type(value), gradient.dtype) == (float, np.float32)
    assert value == pytest.approx(right, rel=1e-5)
    np.testing.assert_allclose(gradient, right_gradient, rtol=1e-5, atol=1e-6)
    assert row.make(dtype="float64").value_and_gradient(t, y, w)[0] == right


@over(LOSSES)
def test_lists_will_do(row):
    t, y = row.draw(9, (4, 3))
    w = weights(4)
    assert row.make()(t.tolist(), y.tolist(), w.tolist()) == row.make()(t, y, w)


@logits_only
def test_of_logits_is_of_the_probabilities_they_stand_for(row):
    t, y = row.draw(10, (8, 3))
    softmax = row.targets != "binary"
    p = np.array([exactly(tables.softmax if softmax else tables.each(tables.sigmoid), v) for v in y])
    for reduction in REDUCTIONS[:4]:
        value, gradient = row.make(reduction=reduction).value_and_gradient(t, y)
        other, slopes = row.twin(reduction=reduction).value_and_gradient(t, p)
        assert value == pytest.approx(other, rel=1e-12)
        back = p * (slopes - (p * slopes).sum(axis=-1, keepdims=True)) if softmax else p * (1 - p) * slopes
        np.testing.assert_allclose(gradient, back, rtol=1e-10, atol=1e-14)


@logits_only
@pytest.mark.parametrize("size", [20.0, 50.0, 800.0, 1e4, 1e8])
def test_extreme_logits_lose_nothing(row, size):
    """Each class is at times far ahead and far behind; probabilities would be 0 and 1 to the last digit."""
    y = size * np.concatenate([np.eye(3), -np.eye(3), [[1, 0, -1], [-1, 1, 0], [0, 0, 0]]])
    kind = row.targets
    for seed in range(3):
        t = TARGETS[kind].draw(np.random.default_rng(seed), y.shape)
        values, slopes = row.make(reduction="none").value_and_gradient(t, y)
        np.testing.assert_allclose(values, row.values(t, y)[0], rtol=1e-13, atol=1e-15)
        assert np.isfinite(slopes).all()
        assert (np.abs(slopes) <= 1).all()


@over([row for row in LOSSES if row.on_logits and row.targets == "binary"])
@pytest.mark.parametrize("y", [-800.0, -30.0, 30.0, 800.0])
def test_soft_labels_near_certainty_lose_nothing(row, y):
    """Where ``y - t y`` would cancel."""
    for t in (1e-12, 1e-9, 1 - 1e-9, 1 - 1e-12):
        value = row.make(reduction="sum")([[t]], [[y]])
        assert value == pytest.approx(exactly(row.truth, [t], [y]), rel=1e-14, abs=0)


@logits_only
@pytest.mark.parametrize(("size", "dtype"), [(1e308, np.float64), (3e38, np.float32)])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_logits_have_finite_losses(row, size, dtype, sign):
    y = (sign * size * np.eye(3)).astype(dtype)
    for seed in range(3):
        t = TARGETS[row.targets].draw(np.random.default_rng(seed), y.shape)
        values, slopes = row.make(reduction="none").value_and_gradient(t, y)
        assert np.isfinite(values).all()
        assert np.isfinite(slopes).all()
        assert (values >= 0).all()


@logits_only
def test_the_twin_on_logits_is_what_trains(row):
    probabilities = row.twin(reduction="sum")
    t, y = row.draw(11, (5, 3))
    twin = probabilities.on_logits()
    assert twin(t, y) == row.make(reduction="sum")(t, y)
    assert probabilities.get_config()["from_logits"] is False
    assert row.make().on_logits() is None


@over([row for row in LOSSES if row.outputs != "probability"])
def test_only_losses_of_probabilities_have_a_twin_on_logits(row):
    assert row.make().on_logits() is None


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("mse", losses.MeanSquaredError),
        ("mae", losses.MeanAbsoluteError),
        ("sse", losses.SumSquaredError),
        ("bce", losses.BinaryCrossentropy),
    ],
)
def test_short_names(name, cls):
    assert type(losses.get(name)) is type(losses.get(name.upper())) is cls


def test_short_names_of_the_losses_of_classes():
    assert type(losses.get("cce")) is losses.CategoricalCrossentropy
    assert type(losses.get("scce")) is losses.SparseCategoricalCrossentropy


@over(LOSSES)
def test_it_is_called_as_its_function_unless_named(row):
    cls = type(row.make())
    called = {losses.Huber: "huber_loss"}.get(cls, snake_case(cls.__name__))
    assert row.make().name == inspect.signature(cls).parameters["name"].default == called
    assert row.make(name="mine").name == "mine"


@over(LOSSES)
def test_arguments_are_checked_by_name(row):
    loss = row.make()
    for name, value in loss.get_config().items():
        if isinstance(value, bool | int | float):
            for wrong in (math.nan, "1", 1 if isinstance(value, bool) else True):
                with pytest.raises((ArgumentError, ArgumentTypeError), match=f"^{name} must"):
                    type(loss)(**{name: wrong})


def test_one_row_of_classes_may_come_without_its_batch_axis():
    for loss, t in (
        (losses.CategoricalCrossentropy(), [0, 1, 0]),
        (losses.SparseCategoricalCrossentropy(), 1),
    ):
        value, gradient = loss.value_and_gradient(t, [0.25, 0.5, 0.25])
        assert value == pytest.approx(math.log(2), rel=1e-15)
        np.testing.assert_allclose(gradient, [1.0, -1.0, 1.0], rtol=1e-14)


def test_what_are_no_outputs_or_targets_is_refused_by_name():
    loss = losses.MeanSquaredError()
    with pytest.raises(ShapeError, match="y_pred must have at least one axis"):
        loss(1.0, 1.0)
    with pytest.raises(DataError, match=r"^y_pred"):
        loss([1.0], ["one"])
    with pytest.raises(DataError, match=r"^y_true"):
        loss(["one"], [1.0])


class WithoutSuper(losses.Loss):
    """(y - t)^2; its constructor leaves out that of the base class."""

    def __init__(self):
        pass

    def measure(self, t, y):
        return (y - t) ** 2, 2 * (y - t)


def test_a_constructor_of_ones_own_may_leave_out_that_of_the_base_class():
    loss = WithoutSuper()
    assert (loss.reduction, loss.name, loss.dtype) == ("sum_over_batch_size", None, None)
    assert loss([[1.0], [2.0]], [[2.0], [5.0]]) == 5.0


class WhereThere(losses.Loss):
    """(y - t)^2, but for rows that begin with -1."""

    ignore_class = -1

    def counted(self, t):
        return t[:, 0] != -1

    def measure(self, t, y):
        difference = np.where(self.counted(t)[:, None], y - t, 0)
        return difference * difference, 2 * difference


def test_in_a_loss_of_ones_own_a_row_that_counts_does_so_with_all_its_outputs():
    t, y = [[1.0, 1.0], [-1.0, -1.0], [0.0, 0.0]], [[2.0, 3.0], [7.0, 7.0], [1.0, 0.0]]
    assert WhereThere()(t, y) == pytest.approx((1 + 4 + 1 + 0) / 4)
    np.testing.assert_allclose(WhereThere().value_and_gradient(t, y)[1], [[0.5, 1], [0, 0], [0.5, 0]])


@pytest.mark.parametrize(
    "row", [r for r in LOSSES if r.outputs == "probability"], ids=lambda r: repr(r.make())
)
def test_certainty_is_clipped_as_in_keras(row):
    """At probabilities 0 and 1 the value is finite, -log(1e-7) at most, and nothing pulls."""
    y = np.eye(3)
    for seed in range(3):
        t = TARGETS[row.targets].draw(np.random.default_rng(seed), y.shape)
        values, slopes = row.make(reduction="none").value_and_gradient(t, y)
        np.testing.assert_allclose(values, row.values(t, y)[0], rtol=1e-9, atol=1e-15)
        assert values.max() <= -math.log(1e-7) * (1 + 1e-9)
        assert np.isfinite(slopes).all()
        if row.targets == "binary" and not hasattr(row.make(), "gamma"):  # how far off p is, is not clipped
            assert not slopes.any()


def test_clipped_outputs_pull_nobody():
    """Neither themselves nor, through the sum that outputs are divided by, the others."""
    y = np.array([[1e-9, 0.5, 0.5], [0.6, 0.4, 1e-12]])
    for loss, t in (
        (losses.CategoricalCrossentropy(), [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
        (losses.CategoricalCrossentropy(label_smoothing=0.3), [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        (losses.SparseCategoricalCrossentropy(), [0, 1]),
    ):
        numeric = numerical_gradient(lambda z, loss=loss, t=t: loss(t, z), y, "complex")
        np.testing.assert_allclose(loss.value_and_gradient(t, y)[1], numeric, rtol=1e-12, atol=1e-14)


def test_outputs_that_are_all_0_are_clipped_too():
    for loss, t in (
        (losses.CategoricalCrossentropy(), [[1, 0]]),
        (losses.SparseCategoricalCrossentropy(), [0]),
    ):
        value, slopes = loss.value_and_gradient(t, [[0.0, 0.0]])
        assert value == pytest.approx(-math.log(1e-7), rel=1e-12)
        assert slopes.tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("t", [[0.3, 0.7005, 0.0], [0.2, 0.3, 0.4995]])
def test_targets_need_not_sum_to_1_to_the_last_digit(t):
    p, t = np.array([0.25, 0.125, 0.625]), np.array(t)
    right = -(t * np.log(p)).sum()
    assert losses.CategoricalCrossentropy(True)([t], [np.log(p) + 3]) == pytest.approx(right, rel=1e-13)
    value, slopes = losses.CategoricalCrossentropy().value_and_gradient([t], [p])
    assert value == pytest.approx(right, rel=1e-13)
    np.testing.assert_allclose(slopes, [t.sum() - t / p], rtol=1e-12)


def test_only_the_rows_that_count_divide():
    """Three rows, one of them ignored: the mean is over two, that of weights over the weights of two."""
    y = np.log([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6]])
    t, w = [0, 9, 1], [1.0, 5.0, 3.0]

    def loss(reduction):
        return losses.SparseCategoricalCrossentropy(True, ignore_class=9, reduction=reduction)

    assert loss("mean")(t, y) == pytest.approx((math.log(2) + math.log(5)) / 2)
    assert loss("sum_over_batch_size")(t, y, w) == pytest.approx((math.log(2) + 3 * math.log(5)) / 2)
    assert loss("mean_with_sample_weight")(t, y, w) == pytest.approx((math.log(2) + 3 * math.log(5)) / 4)
    assert loss("sum")(t, y, w) == pytest.approx(math.log(2) + 3 * math.log(5))
    assert losses.SparseCategoricalCrossentropy(ignore_class=-(2**31))([-(2**31), 0], [[1.0], [1.0]]) < 2e-7
    value, gradient = loss("mean").value_and_gradient([9, 9, 9], y)
    assert value == 0.0
    assert not gradient.any()
    assert loss("mean")([9, 0], [[1.5], [2.5]]) == 0.0  # of one class alone


@over(LOSSES)
def test_wrong_targets_are_refused_with_their_place(row):
    kind = TARGETS[row.targets]
    for wrong in kind.wrong:
        t, y = row.draw(12, (5, 3))
        t = np.array(t, float)
        t[(2, 0) if kind.place == "y[2, 0]" else 2] = wrong
        if row.ignored == wrong:
            continue
        with pytest.raises(DataError) as caught:
            row.make()(t, y)
        assert kind.place in str(caught.value), wrong


@over(LOSSES)
@pytest.mark.parametrize("change", ["rows", "columns", "axes"])
def test_targets_of_another_shape_are_refused(row, change):
    t, y = row.draw(13, (6, 3))
    t = {"rows": t[:-1], "columns": np.repeat(t.reshape(6, -1), 2, axis=1), "axes": t[None]}[change]
    with pytest.raises(ShapeError, match="y must have shape"):
        row.make()(t, y)


@over(LOSSES)
def test_weights_of_rows_are_as_many_as_rows(row):
    t, y = row.draw(13, (6, 3))
    for wrong in (np.ones(5), np.ones((6, 3)), np.ones((1, 6)), np.ones((6, 1, 1))):
        with pytest.raises(ShapeError, match="sample_weight must have shape"):
            row.make()(t, y, wrong)
    with pytest.raises(DataError, match=r"sample_weight\[2\]"):
        row.make()(t, y, [1, 1, -1, 1, 1, 1])
    with pytest.raises(DataError, match=r"sample_weight\[1\]"):
        row.make()(t, y, [1, np.nan, 1, 1, 1, 1])


@pytest.mark.parametrize(
    "row", [r for r in LOSSES if r.make().targets == "sign"], ids=lambda r: repr(r.make())
)
def test_labels_0_and_1_are_read_as_signs(row):
    t, y = row.draw(14, (6, 3))
    assert row.make()((t + 1) / 2, y) == row.make()(t, y)


def test_kinks_have_the_slope_zero():
    assert losses.MeanAbsoluteError().value_and_gradient([[1.0, 2.0]], [[1.0, 3.0]])[1].tolist() == [
        [0.0, 0.5]
    ]
    assert losses.Hinge().value_and_gradient([[1.0, -1.0]], [[1.0, -1.0]])[1].tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("reduction", ["average", "SUM", 1, True])
def test_unknown_reductions_are_refused(reduction):
    with pytest.raises(ValueError, match="reduction must be one of"):
        losses.MeanSquaredError(reduction=reduction)


def test_logits_at_both_ends_of_the_range():
    value, slopes = losses.CategoricalCrossentropy(True).value_and_gradient([[1.0, 0.0]], [[1e308, -1e308]])
    assert (value, slopes.tolist()) == (0.0, [[0.0, 0.0]])


# --- As Keras has it ----------------------------------------------------------------------------------------

#: The constructors of Keras 3.15 but for the end that all have: reduction, name, dtype.
SIGNATURES = {
    "MeanSquaredError": {},
    "MeanAbsoluteError": {},
    "MeanAbsolutePercentageError": {},
    "MeanSquaredLogarithmicError": {},
    "CosineSimilarity": {"axis": -1},
    "Huber": {"delta": 1.0},
    "LogCosh": {},
    "Hinge": {},
    "SquaredHinge": {},
    "CategoricalHinge": {},
    "KLDivergence": {},
    "Poisson": {},
    "BinaryCrossentropy": {"from_logits": False, "label_smoothing": 0.0, "axis": -1},
    "BinaryFocalCrossentropy": {
        "apply_class_balancing": False,
        "alpha": 0.25,
        "gamma": 2.0,
        "from_logits": False,
        "label_smoothing": 0.0,
        "axis": -1,
    },
    "CategoricalCrossentropy": {"from_logits": False, "label_smoothing": 0.0, "axis": -1},
    "CategoricalFocalCrossentropy": {
        "alpha": 0.25,
        "gamma": 2.0,
        "from_logits": False,
        "label_smoothing": 0.0,
        "axis": -1,
    },
    "SparseCategoricalCrossentropy": {"from_logits": False, "ignore_class": None},
    "CategoricalGeneralizedCrossEntropy": {"q": 0.5},
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_arguments_have_the_order_and_the_defaults_of_keras(name):
    end = {"reduction": "sum_over_batch_size", "name": snake_case(name), "dtype": None}
    if name == "Huber":
        end["name"] = "huber_loss"
    if name == "SparseCategoricalCrossentropy":
        end = {"reduction": "sum_over_batch_size", "axis": -1, "name": snake_case(name), "dtype": None}
    wanted = {**SIGNATURES[name], **end}
    found = inspect.signature(getattr(losses, name)).parameters.values()
    assert [(p.name, p.default) for p in found if p.kind is not p.KEYWORD_ONLY] == list(wanted.items())


ALIASES = {
    "mean_squared_error": ["mse", "MSE"],
    "mean_absolute_error": ["mae", "MAE"],
    "mean_absolute_percentage_error": ["mape", "MAPE"],
    "mean_squared_logarithmic_error": ["msle", "MSLE"],
    "kl_divergence": ["kld", "KLD", "kullback_leibler_divergence"],
    "binary_crossentropy": ["bce", "BCE"],
    "log_cosh": ["logcosh"],
    "sum_squared_error": ["sse", "SSE"],
}


@pytest.mark.parametrize("name", ALIASES)
def test_other_names_mean_the_same(name):
    for alias in ALIASES[name]:
        assert getattr(losses, alias) is getattr(losses, name)
        assert type(losses.get(alias)) is type(losses.get(name))
        assert alias in losses.__all__


def test_weights_of_values_have_the_shapes_of_keras():
    """The numbers are those of the tests that Keras publishes."""
    y_true, y_pred = np.array([[1, 9, 2], [-5, -2, 6]]), np.array([[4, 8, 12], [8, 1, 3]])
    mse = losses.MeanSquaredError()
    assert mse(y_true, y_pred) == 49.5
    assert mse(y_true, y_pred, 2.3) == pytest.approx(113.85)
    assert mse(y_true, y_pred, [[1.2], [3.4]]) == mse(y_true, y_pred, [1.2, 3.4]) == pytest.approx(767.8 / 6)
    assert mse(y_true, y_pred, 0) == 0
    steps = y_true.reshape(2, 3, 1), y_pred.reshape(2, 3, 1), np.array([[3, 6, 5], [0, 4, 2]])
    assert mse(*steps) == mse(*steps[:2], steps[2][..., None]) == pytest.approx(587 / 6)


@over(LOSSES)
@pytest.mark.parametrize("reduction", REDUCTIONS[:5])
def test_weights_of_every_value(row, reduction):
    """Those of rows, spread out by hand or not, and those that differ within a row."""
    t, y = row.draw(21, (4, 2, 3))
    loss = row.make(reduction=reduction)
    w = weights(4)
    for one, other in zip(
        loss.value_and_gradient(t, y, w),
        loss.value_and_gradient(t, y, np.repeat(w[:, None], 2, axis=1)),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)
    w = weights(8).reshape(4, 2)
    single = row.make(reduction="none").value_and_gradient(t, y)
    value, gradient = loss.value_and_gradient(t, y, w)
    flat, counts = single[0].ravel(), row.values(t, y)[1]
    if reduction == "none":
        np.testing.assert_allclose(value, single[0] * w, rtol=1e-15)
    else:
        assert value == pytest.approx(reduced(reduction, flat, counts, w.ravel()), rel=1e-13)
    divisor = {"none": 1, "sum": 1, "mean_with_sample_weight": w.ravel()[counts].sum()}.get(
        reduction, sum(counts)
    )
    np.testing.assert_allclose(gradient, single[1] * w[..., None] / divisor, rtol=1e-13)


WITH_AXIS = [row for row in LOSSES if "axis" in type(row.make())._argument_names()]


@over(WITH_AXIS)
@pytest.mark.parametrize("axis", [0, 1, -2, -1])
def test_another_axis_is_that_axis_moved_to_the_end(row, axis):
    t, y = row.draw(22, (4, 2, 3))
    options = {k: v for k, v in row.make().get_config().items() if k != "axis"}
    loss, moved = row.make(), type(row.make())(**{**options, "axis": axis})
    back = np.moveaxis(y, -1, axis)
    targets = np.moveaxis(t, -1, axis) if t.ndim == 3 else t
    value, gradient = moved.value_and_gradient(targets, back)
    assert value == loss(t, y)
    np.testing.assert_array_equal(gradient, np.moveaxis(loss.value_and_gradient(t, y)[1], -1, axis))
    assert moved.value_and_gradient(targets, back, weights(4))[0] == loss(t, y, weights(4))
    function = getattr(losses, snake_case(type(loss).__name__))
    del options["reduction"], options["name"], options["dtype"]
    np.testing.assert_array_equal(function(targets, back, axis=axis, **options), function(t, y, **options))


def test_an_axis_that_is_not_there_is_refused():
    for axis in (2, -3):
        with pytest.raises(ShapeError, match=f"axis={axis} is no axis of outputs with 2 axes"):
            losses.BinaryCrossentropy(axis=axis)([[1.0]], [[0.5]])
    with pytest.raises(ShapeError, match="axis=1 is no axis"):
        losses.cosine_similarity([1.0, 2.0], [1.0, 2.0], axis=1)
    assert losses.cosine_similarity([1.0, 2.0], [2.0, 4.0], axis=0) == pytest.approx(-1.0)


class Folded(Layer):
    """Outputs of another shape."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape

    def build(self, input_shape):
        return self.shape

    def forward(self, x, training=False):
        self._before = x.shape
        return x.reshape(len(x), *self.shape)

    def backward(self, dy):
        return np.ascontiguousarray(dy).reshape(self._before)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum"])
def test_a_network_trains_along_another_axis(reduction):
    x, t = np.random.default_rng(0).normal(size=(6, 4)), np.random.default_rng(1).integers(2, size=(6, 3))
    found = []
    for axis, shape in ((1, (2, 3)), (-1, (3, 2))):
        net = Network([Dense(6, input_dim=4), Folded(shape)], rng=0)
        if axis == -1:  # the same numbers, turned
            order = np.arange(6).reshape(2, 3).T.ravel()
            kernel, bias = net.get_weights()
            net.set_weights([kernel[:, order], bias[order]])
        net.compile(
            "sgd", losses.SparseCategoricalCrossentropy(from_logits=True, axis=axis, reduction=reduction)
        )
        found.append(
            [net.evaluate(x, t), *(np.sort(np.abs(g).ravel()) for g in net.value_and_gradient(x, t)[1:])]
        )
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13)
    net.compile("sgd", losses.BinaryCrossentropy(axis=0))
    with pytest.raises(ArgumentError, match="axis=0 is the axis of the rows"):
        net.fit(x, np.zeros((6, 3, 2)), verbose=0)


def test_which_crossentropy_fits():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(8, 3))
    for units, y, cls in (
        (1, rng.integers(2, size=8), losses.BinaryCrossentropy),
        (1, rng.integers(2, size=(8, 1)), losses.BinaryCrossentropy),
        (4, rng.integers(4, size=8), losses.SparseCategoricalCrossentropy),
        (4, rng.integers(4, size=(8, 1)), losses.SparseCategoricalCrossentropy),
        (4, np.eye(4)[rng.integers(4, size=8)], losses.CategoricalCrossentropy),
    ):
        for name in ("crossentropy", "ce", "CE"):
            net = Network([Dense(units, "sigmoid" if units == 1 else "softmax", input_dim=3)], rng=0)
            net.compile("sgd", name, metrics=["accuracy"])
            assert net.get_config() == Network.from_config(net.get_config()).get_config()
            value = net.evaluate(x, y, return_dict=True)
            assert type(net.loss) is cls
            net.compile("sgd", cls(), metrics=["accuracy"])
            assert value == net.evaluate(x, y, return_dict=True)
    net.compile("sgd", "ce")
    with pytest.raises(ShapeError):
        net.evaluate(x, y[:3])
    net.evaluate(x, y.argmax(axis=1))  # what was refused has chosen nothing


# --- Numbers at the edges -----------------------------------------------------------------------------------


def test_log_cosh_is_right_from_the_smallest_to_the_largest():
    rng = np.random.default_rng(0)
    d = np.concatenate([10.0 ** rng.uniform(-150, 300, 200), rng.uniform(0, 25, 200), [20.0, 20.5]])
    values = losses.LogCosh(reduction="none")(np.zeros((len(d), 1)), d[:, None])

    def truth(v):
        v = v[0]
        if v < Decimal("1e-30"):
            return v * v / 2 - v**4 / 12
        return v - Decimal(2).ln() if v > 2000 else ((v.exp() + (-v).exp()) / 2).ln()

    right = np.array([exactly(truth, [v]) for v in d])
    assert (np.abs(values - right) <= 4 * np.spacing(right)).all()


def test_cosines_do_not_depend_on_the_size_of_numbers():
    t, y = np.array([[3.0, 4.0, 0.0]]), np.array([[1.0, 2.0, 2.0]])
    for size in (1e-6, 1e200, 1e300):
        value, slopes = losses.CosineSimilarity().value_and_gradient(t * size, y * size)
        assert value == pytest.approx(-11 / 15, rel=1e-15)
        np.testing.assert_allclose(
            slopes * size, losses.CosineSimilarity().value_and_gradient(t, y)[1], rtol=1e-13
        )


def test_a_row_of_zeros_has_no_angle():
    value, slopes = losses.CosineSimilarity().value_and_gradient(
        [[1.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [1.0, 0.0]]
    )
    assert value == 0
    np.testing.assert_allclose(slopes, [[-0.5e7, 0], [0, 0]], rtol=1e-12)  # as steep as 1e-7 is small


def test_generalized_crossentropy_at_a_probability_of_0():
    loss = losses.CategoricalGeneralizedCrossEntropy()
    value, slopes = loss.value_and_gradient([0], [[0.0, 1.0]])
    assert value == 2.0
    assert np.isfinite(slopes).all()
    assert slopes[0, 0] < -1e100
    net = Network([Dense(2, "softmax", input_dim=1, use_bias=False)], rng=0)
    net.set_weights([[[0.0, 1.0]]])
    net.compile("sgd", loss)
    assert net.value_and_gradient([[1e4]], [0])[1].tolist() == [0.0, 0.0]
    for wrong in (0.0, 1.0, 1.5):
        with pytest.raises(ArgumentError, match=r"^q must be"):
            losses.CategoricalGeneralizedCrossEntropy(q=wrong)


def test_ties_of_a_categorical_hinge_share_the_slope():
    slopes = losses.CategoricalHinge().value_and_gradient([[1.0, 0, 0, 0]], [[0.5, 2.0, 1.0, 2.0]])[1]
    assert slopes.tolist() == [[-1.0, 0.5, 0.0, 0.5]]
    assert losses.CategoricalHinge().value_and_gradient([[1.0, 0]], [[2.0, 1.0]]) == (0.0, pytest.approx(0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 1000, 1025, 8193, 100_000, 4_000_000])
def test_the_mean_of_many_values_is_that_of_the_exact_sum(n, dtype):
    y = np.random.default_rng(0).lognormal(0, 2, (n, 1)).astype(dtype)
    right = math.fsum(y.ravel()) / n
    precision = dtype if n <= 1024 else np.float64
    value = losses.MeanAbsoluteError()(np.zeros((n, 1)), y)
    assert abs(value - right) <= (4 if n <= 1024 else 1) * np.spacing(precision(right))


def test_evaluate_does_not_depend_on_the_batches():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(1000, 3)), rng.normal(size=1000) ** 5
    net = Network([Dense(4, "tanh", input_dim=3), Dense(1)], rng=0)
    for loss in ("mse", "mae", "huber", "log_cosh"):
        net.compile("sgd", loss)
        right = net.evaluate(x, y, sample_weight=y * y)
        for size in (1, 3, 7, 32, 100, 999):
            assert net.evaluate(x, y, batch_size=size, sample_weight=y * y) == pytest.approx(
                right, rel=1e-15, abs=0
            )
