"""Metrics against loops over rows; a metric is a mean, whatever the batches."""

import numpy as np
import pytest
from tables import LOSSES, METRICS, over

from mlp import losses, metrics
from mlp.errors import DataError, ShapeError


def near(row, value, rel=0.0):
    """The same number, or numbers, but for rounding."""
    return pytest.approx(value, rel=max(rel, row.within), abs=0)


@over(METRICS)
@pytest.mark.parametrize("seed", range(3))
def test_the_mean_over_all_rows(row, seed):
    t, y = row.draw(seed)
    metric = row.make()
    got = metric(t, y)
    assert type(got) is (np.ndarray if isinstance(row.result(t, y), list) else float)
    assert got == near(row, row.result(t, y))
    np.testing.assert_array_equal(metric.result(), got)


@over(METRICS)
def test_weights_are_those_of_rows(row):
    t, y = row.draw(3)
    w = np.random.default_rng(0).uniform(0, 2, len(y))
    assert row.make()(t, y, w) == near(row, row.result(t, y, w))
    np.testing.assert_array_equal(row.make()(t, y, w[:, None]), row.make()(t, y, w))
    lighter = row.make()(t, y, w / 1024)
    assert lighter == near(row, row.result(t, y, w / 1024))
    if row.make().scale_free:
        assert (1024 if row.make().adds_up else 1) * lighter == near(row, row.make()(t, y, w))


@over(METRICS)
def test_integer_weights_equal_repeated_rows(row):
    t, y = row.draw(4)
    w = np.random.default_rng(1).integers(0, 4, len(y))
    again = row.make()(np.repeat(t, w, axis=0), np.repeat(y, w, axis=0))
    assert row.make()(t, y, w) == near(row, again)


@over(METRICS)
@pytest.mark.parametrize("ends", [[12], [6, 12], [1, 2, 7, 12], [0, 5, 12]], ids=str)
def test_batches_do_not_matter(row, ends):
    t, y = row.draw(5)
    w = np.random.default_rng(2).uniform(0, 2, len(y))
    metric, start = row.make(), 0
    for end in ends:
        assert metric.update_state(t[start:end], y[start:end], w[start:end]) is None
        start = end
    assert metric.result() == near(row, row.make()(t, y, w))


@over(METRICS)
def test_a_call_gives_the_result_so_far(row):
    t, y = row.draw(16)
    metric = row.make()
    first = metric(t[:3], y[:3])
    np.testing.assert_array_equal(first, row.make()(t[:3], y[:3]))
    assert metric(t[3:], y[3:]) == near(row, row.make()(t, y))


@over(METRICS)
def test_reset_forgets_everything_and_no_rows_are_zero(row):
    metric = row.make()
    assert np.all(metric.result() == 0.0)
    t, y = row.draw(6)
    metric.update_state(t, y)
    metric.reset_state()
    assert np.all(metric.result() == 0.0)
    t, y = row.draw(7)
    np.testing.assert_array_equal(metric(t, y), row.make()(t, y))
    assert np.all(row.make()(t, y, np.zeros(len(y))) == 0.0)


@over(METRICS)
def test_flat_and_column_are_the_same(row):
    """Of targets always; of outputs where there is one."""
    t, y = row.draw(8)
    right = row.make()(t, y)
    if row.targets == "index":
        assert row.make()(t[:, None], y) == right
    if row.alone and (row.column or row.targets in ("real", "equal")):
        t, y = t[:, :1], y[:, :1]
        right = row.make()(t, y)
        for a, b in [(t[:, 0], y), (t, y[:, 0]), (t[:, 0], y[:, 0])]:
            assert row.make()(a, b) == right


@pytest.mark.parametrize(
    "metric", ["sum_squared_error", "categorical_accuracy", "top_k_categorical_accuracy", "mse"]
)
def test_vectors_are_rows_of_one_output(metric):
    """Not one row: what is taken over the last axis is taken within a row."""
    t, y = np.array([1.0, 0.0, 0.0]), np.array([0.5, 1.5, 0.5])
    right = metrics.get(metric)(t[:, None], y[:, None])
    assert metrics.get(metric)(t, y) == right
    parts = metrics.get(metric)
    parts.update_state(t[:1], y[:1])
    parts.update_state(t[1:], y[1:])
    assert parts.result() == pytest.approx(right, rel=1e-14)


def test_a_mean_over_the_batch_is_refused():
    """It cannot be weighted, nor put together with other batches."""
    metric = metrics.get(lambda t, y: np.abs(t - y).mean())
    with pytest.raises(ShapeError, match=r"a value per row, 2 of them, got shape \(\)"):
        metric([[0.0], [0.0]], [[1.0], [0.0]])


@over(METRICS)
def test_arguments_are_not_written_into(row):
    t, y = row.draw(9)
    w = np.ones(len(y))
    kept = t.copy(), y.copy(), w.copy()
    for array in (t, y, w):
        array.flags.writeable = False
    row.make()(t, y, w)
    for array, before in zip((t, y, w), kept, strict=True):
        np.testing.assert_array_equal(array, before)


@over([row for row in METRICS if row.function])
def test_the_function_of_a_class_gives_the_values(row):
    metric = row.make()
    named = row.function if isinstance(row.function, str) else metrics.snake_case(type(metric).__name__)
    function = getattr(metrics, named)
    t, y = row.draw(10)
    options = {k: v for k, v in metric.get_config().items() if k not in ("name", "dtype")}
    values = np.asarray(function(t, y, **options), float)
    right = np.array(row.values(t, y))
    if values.ndim < right.ndim:
        right = right.mean(axis=-1)
    np.testing.assert_allclose(values, right.reshape(values.shape), rtol=row.within)


@over(METRICS)
def test_single_precision_is_summed_in_double(row):
    t, y = row.draw(11, n=40)
    metric = row.make()
    for _ in range(50):
        metric.update_state(t, y.astype(np.float32))
    times = 50 if metric.adds_up else 1
    assert metric.result() == near(row, times * row.make()(t, y), rel=1e-6)


@over(METRICS)
def test_more_is_better_or_less_is(row):
    """The direction that callbacks read: hitting the target is on its good side."""
    t, y = row.draw(12)
    metric = row.make()
    hit = None if row.targets == "index" else np.broadcast_to(t.reshape(len(t), -1), y.shape)
    hit = np.eye(y.shape[-1])[t] if hit is None else hit
    best, other = np.mean(row.make()(t, hit)), np.mean(row.make()(t, y))
    assert best > other if metric.direction == "up" else best < other


@over(METRICS)
@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_batches_does_not_matter(row, seed):
    t, y = row.draw(17, n=24)
    rng = np.random.default_rng(seed)
    w = rng.uniform(0, 2, len(y))
    metric = row.make()
    for some in np.split(rng.permutation(len(y)), np.sort(rng.integers(0, len(y), 4))):
        metric.update_state(t[some], y[some], w[some])
    assert metric.result() == near(row, row.make()(t, y, w))


@over(METRICS)
def test_other_numbers_of_rows_are_refused(row):
    t, y = row.draw(13)
    with pytest.raises(ShapeError):
        row.make()(t[:-1], y)
    with pytest.raises(ShapeError, match="sample_weight"):
        row.make()(t, y, np.ones(len(y) - 1))


@over(METRICS)
def test_a_refused_batch_leaves_the_state_as_it_was(row):
    t, y = row.draw(14)
    metric = row.make()
    before = metric(t, y)
    with pytest.raises(ShapeError):
        metric.update_state(t[:-1], y)
    with pytest.raises(DataError):
        metric.update_state(t, y, -np.ones(len(y)))
    np.testing.assert_array_equal(metric.result(), before)


@over([row for row in LOSSES if repr(row.make()) == repr(type(row.make())())])
def test_the_name_of_a_loss_is_a_metric_too(row):
    """Its mean over the rows of all batches."""
    name = metrics.snake_case(type(row.make()).__name__)
    t, y = row.draw(15, (8, 3))
    metric = metrics.get(name)
    assert metric.name == name
    metric.update_state(t[:5], y[:5])
    metric.update_state(t[5:], y[5:])
    sign = (
        -1 if name == "cosine_similarity" else 1
    )  # as in Keras, a similarity as a metric is larger where it is better
    assert metric.result() == pytest.approx(sign * row.make()(t, y), rel=1e-13)


def test_names_and_functions():
    assert (metrics.get("mse").name, metrics.get("MSE").name) == ("mse", "MSE")
    assert metrics.get("mean_squared_error").name == "mean_squared_error"
    assert metrics.get(losses.hinge).name == "hinge"
    assert metrics.get(metrics.binary_accuracy).name == "binary_accuracy"

    def largest(t, y):
        return np.abs(t - y).max(axis=-1)

    metric = metrics.get(largest)
    assert metric.name == "largest"
    assert metric([[0.0, 1.0], [0.0, 0.0]], [[1.0, 4.0], [0.0, 1.0]]) == 2.0
    with pytest.raises(ValueError, match="did you mean 'binary_accuracy'"):
        metrics.get("binary_acuracy")
    with pytest.raises(TypeError):
        metrics.MeanMetricWrapper("mse")


@pytest.mark.parametrize("label", [-1, 3, 0.5])
@pytest.mark.parametrize("cls", [metrics.SparseTopKCategoricalAccuracy, metrics.SparseCategoricalAccuracy])
def test_what_is_no_class_is_never_a_hit(cls, label):
    """Not the last class, nor the nearest."""
    for largest in np.eye(3):
        assert cls()([label], [largest]) == 0.0
