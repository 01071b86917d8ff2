"""What single metrics promise beyond the properties of all of them: weights of values, thresholds, refusals, logs."""

import itertools
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest

from mlp import Network, losses, metrics
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, MLPWarning, ShapeError
from mlp.layers import Dense

RNG = np.random.default_rng(0)

# --- Weights of values --------------------------------------------------------------------------------------

OF_VALUES = [
    metrics.MeanSquaredError,
    metrics.RootMeanSquaredError,
    metrics.BinaryAccuracy,
    metrics.TruePositives,
    metrics.FalseNegatives,
    metrics.Precision,
    metrics.AUC,
    lambda: metrics.R2Score(class_aggregation=None),
    lambda: metrics.FBetaScore(threshold=0.5),
    lambda: metrics.PearsonCorrelation(axis=0),
]


@pytest.mark.parametrize("make", OF_VALUES, ids=lambda make: repr(make()))
def test_weights_may_be_those_of_values(make):
    """Whole weights are values that stand there as often."""
    t, y = RNG.integers(0, 2, (9, 3)).astype(float), RNG.integers(0, 9, (9, 3)) / 8
    w = RNG.integers(0, 3, (9, 3))
    w[:, 0] = 1  # no output is left without a row
    parts = [np.repeat(np.stack([t[:, j], y[:, j]]), w[:, j], axis=1) for j in range(3)]
    if np.ndim(make()(t, y)) or isinstance(make(), metrics.PearsonCorrelation):
        right = [np.ravel(make()(*part))[0] for part in parts]
        right = np.mean(right) if isinstance(make(), metrics.PearsonCorrelation) else right
    else:
        right = make()(*np.concatenate(parts, axis=1))
    np.testing.assert_allclose(make()(t, y, w), right, rtol=1e-13)
    row = np.array([[1.0, 0.0, 2.0]])
    np.testing.assert_allclose(make()(t, y, row), make()(t, y, np.repeat(row, 9, axis=0)), rtol=1e-13)
    twice = make()(np.repeat(t, 2, axis=0), np.repeat(y, 2, axis=0))
    np.testing.assert_allclose(make()(t, y, 2.0), twice, rtol=1e-13)
    if not isinstance(make(), metrics.FBetaScore):  # whose 1e-7 weighs less beside two rows than beside one
        np.testing.assert_allclose(twice, make()(t, y) * (2 if make().adds_up else 1), rtol=1e-13)


def test_weights_that_fit_nothing_are_refused():
    t = y = np.zeros((4, 3))
    for w in (np.ones((3, 4)), np.ones(3), np.ones((4, 3, 2))):
        with pytest.raises(ShapeError, match="sample_weight must have shape"):
            metrics.BinaryAccuracy()(t, y, w)
    with pytest.raises(DataError, match="sample_weight must not be negative"):
        metrics.BinaryAccuracy()(t, y, -np.ones((4, 3)))


# --- Sums and means of values -------------------------------------------------------------------------------


def test_mean_and_sum_take_values():
    v, w = RNG.normal(size=(7, 3)), RNG.uniform(size=7)
    for metric, right in [
        (metrics.Mean(), (v * w[:, None]).sum() / (3 * w.sum())),
        (metrics.Sum(), (v * w[:, None]).sum()),
    ]:
        metric.update_state(v[:2], w[:2])
        assert metric(v[2:], sample_weight=w[2:]) == pytest.approx(right, rel=1e-14)
        metric.reset_state()
        assert metric.result() == 0.0
        assert metric(3) == 3.0
        assert type(metrics.get(metric.name)) is type(metric)
        assert type(metrics.get(metric.describe())) is type(metric)
    mean = metrics.Mean()
    mean.update_state([1.0, 2.0])
    assert mean([[4.0, 5.0]]) == 2.5, "a row counts once, whatever its length"
    assert metrics.Mean()([[1, 3], [5, 7]], [[1, 0]]) == 3.0


# --- Functions as metrics -----------------------------------------------------------------------------------


def test_a_function_is_given_its_arguments():
    metric = metrics.MeanMetricWrapper(losses.binary_crossentropy, "bce", from_logits=True)
    t, y = RNG.integers(0, 2, (5, 2)), RNG.normal(size=(5, 2))
    assert metric(t, y) == pytest.approx(losses.BinaryCrossentropy(from_logits=True)(t, y), rel=1e-14)
    config = metric.get_config()
    assert config == {"fn": "binary_crossentropy", "name": "bce", "dtype": None, "from_logits": True}
    twin = metrics.get({"class_name": "MeanMetricWrapper", "config": config})
    assert twin(t, y) == metric.result()
    with pytest.raises(ArgumentTypeError, match="no argument 'from_logit'; did you mean 'from_logits'"):
        metrics.MeanMetricWrapper(losses.binary_crossentropy, from_logit=True)

    def anything(t, y, **kwargs):
        return np.full(len(y), kwargs["value"])

    assert metrics.MeanMetricWrapper(anything, value=3)([[0.0]], [[1.0]]) == 3.0


@pytest.mark.parametrize("name", [name for name in metrics.__all__ if name.islower() and name != "get"])
def test_functions_go_to_other_processes(name):
    function = getattr(metrics, name)
    assert pickle.loads(pickle.dumps(function)) is function  # noqa: S301 - its own bytes


# --- Thresholds ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_output_at_a_threshold_is_not_above_it(dtype):
    limits = [0.0, 0.1, 0.3, 0.7, 1.0]
    y = np.array(limits, dtype)
    counts = metrics.TruePositives(limits)(np.ones(5), y)
    np.testing.assert_array_equal(counts, [4, 3, 2, 1, 0])
    np.testing.assert_array_equal(metrics.FalseNegatives(limits)(np.ones(5), y), [1, 2, 3, 4, 5])


def test_thresholds_beyond_both_ends_take_all_outputs_and_none():
    """Else a curve would not run from corner to corner."""
    assert metrics.AUC(num_thresholds=2)([0, 1], [0.0, 1.0]) == 0.5
    assert metrics.AUC()([0, 1], [0.0, 1.0]) == 1.0
    assert metrics.AUC()([1, 0], [0.0, 1.0]) == 0.0


def test_the_area_is_the_chance_to_rank_a_pair_rightly():
    t, y = RNG.integers(0, 2, 60), RNG.integers(0, 200, 60) / 199
    pairs = [(a > b) + (a == b) / 2 for a, b in itertools.product(y[t == 1], y[t == 0])]
    between = (np.arange(199) + 0.5) / 199  # a threshold between any two outputs that differ
    assert metrics.AUC(thresholds=between)(t, y) == pytest.approx(np.mean(pairs), rel=1e-13)


def test_areas_of_labels_have_weights():
    t, y = RNG.integers(0, 2, (40, 3)), RNG.uniform(size=(40, 3))
    single = [metrics.AUC()(t[:, j], y[:, j]) for j in range(3)]
    weights = [1.0, 0.0, 3.0]
    metric = metrics.AUC(multi_label=True, num_labels=3, label_weights=weights)
    assert metric(t, y) == pytest.approx(np.average(single, weights=weights), rel=1e-14)
    together = metrics.AUC(label_weights=weights)
    assert together(t, y) == pytest.approx(metrics.AUC()(t, y, np.tile(weights, (40, 1))), rel=1e-14)


def test_the_area_of_logits_is_that_of_their_probabilities():
    t, z = RNG.integers(0, 2, (40, 1)), 3 * RNG.normal(size=(40, 1))
    assert metrics.AUC(from_logits=True)(t, z) == metrics.AUC()(t, 1 / (1 + np.exp(-z)))


def test_the_largest_outputs_of_a_vector_are_those_of_one_row():
    assert metrics.Precision(top_k=2)([0, 1, 0, 1], [-1.0, 7.0, 3.0, -9.0]) == 0.5
    assert metrics.Recall(top_k=2)([[0, 1, 0, 1]], [[1.0, 1.0, 1.0, 1.0]]) == 0.5, "of equal ones the first"


def test_a_row_of_zeros_says_nothing():
    """As after a ReLU: the largest of it is none."""
    assert metrics.F1Score("micro")([[1, 0], [1, 0]], [[0.0, 0.0], [0.3, 0.1]]) == pytest.approx(2 / 3)


# --- Numbers that cancel ------------------------------------------------------------------------------------

FAR = 1e8


def exact(t, y):
    """R^2 and both correlations, in fractions."""
    t, y = ([Fraction(v) for v in a] for a in (t, y))
    mt, my = (sum(a) / len(a) for a in (t, y))
    tt, yy = (sum((v - m) ** 2 for v in a) for a, m in ((t, mt), (y, my)))
    ty = sum((u - mt) * (v - my) for u, v in zip(t, y, strict=True))
    n = len(t)
    return (
        float(1 - sum((u - v) ** 2 for u, v in zip(t, y, strict=True)) / tt),
        float(ty) / math.sqrt(tt * yy),
        float(2 * ty / n / (tt / n + yy / n + (mt - my) ** 2 + Fraction(1e-7))),
    )


@pytest.mark.parametrize("first", [0, 30], ids=["any order", "the farthest first"])
def test_far_from_zero_no_digits_are_lost(first):
    t = FAR + RNG.normal(size=60)
    y = t + 0.5 * RNG.normal(size=60)
    right = exact(t, y)
    makers = metrics.R2Score, metrics.PearsonCorrelation, metrics.ConcordanceCorrelation
    for make, value, options in zip(makers, right, ({}, {"axis": 0}, {"axis": 0}), strict=True):
        results = []
        for ends in ([0, 60], [0, 1, 60], [0, 20, 21, 45, 60]):
            metric = make(**options)
            for a, b in itertools.pairwise(ends):
                order = np.roll(np.arange(60), first)[a:b]
                metric.update_state(t[order], y[order])
            results.append(metric.result())
        np.testing.assert_allclose(results, value, rtol=1e-12)
    assert metrics.PearsonCorrelation()(t[None], y[None]) == pytest.approx(right[1], rel=1e-12)


def test_what_does_not_vary_has_no_correlation():
    """Not the one that rounding makes."""
    for axis in (0, -1):
        metric = metrics.PearsonCorrelation(axis=axis)
        for _ in range(3):
            metric.update_state(np.full((7, 3), 0.1), RNG.normal(size=(7, 3)))
        assert metric.result() == 0.0
    assert metrics.R2Score()([[0.1], [0.1], [0.1]], [[0.2], [0.1], [0.4]]) == 0.0


def test_r2_is_adjusted_for_regressors():
    t, y = RNG.normal(size=(10, 2)), RNG.normal(size=(10, 2))
    plain = metrics.R2Score(class_aggregation=None)(t, y)
    np.testing.assert_allclose(
        metrics.R2Score(class_aggregation=None, num_regressors=4)(t, y), 1 - (1 - plain) * 19 / 15, rtol=1e-14
    )
    few = metrics.R2Score(num_regressors=2)
    few.update_state(t[:1], y[:1])
    with pytest.warns(MLPWarning, match="num_regressors=2 needs more than 3 targets, got 2"):
        few.result()


def test_a_class_to_be_ignored():
    """As in Keras: without weights its rows count as 0, with weights they do not count."""
    metric = metrics.SparseCategoricalCrossentropy(ignore_class=0)
    t, y = [0, 1, 2], [[0.8, 0.1, 0.1], [0.05, 0.95, 0], [0.1, 0.8, 0.1]]
    kept = -math.log(0.95) - math.log(0.1)
    assert metric(t, y) == pytest.approx(kept / 3, rel=1e-12)
    metric.reset_state()
    assert metric(t, y, [0.5, 1.0, 1.0]) == pytest.approx(kept / 2, rel=1e-12)


# --- Refusals -----------------------------------------------------------------------------------------------

REFUSED = [
    (
        metrics.Precision(),
        [[1]],
        [[1.5]],
        DataError,
        r"y_pred must be from 0 to 1, got 1.5 at y_pred\[0, 0\]; end the",
    ),
    (metrics.AUC(), [[1]], [[math.nan]], DataError, r"got nan at .*AUC\(from_logits=True\)"),
    (metrics.TruePositives(), [1, 1], [[0.5, 0.5]], ShapeError, "rows"),
    (
        metrics.AUC(),
        [1, 1],
        [[0.5, 0.5]] * 2,
        ShapeError,
        r"np.eye\(k\)\[y_true\] makes class numbers one-hot",
    ),
    (metrics.Recall(class_id=2), [[1, 0]], [[0.5, 0.5]], ShapeError, "class_id=2 needs more outputs"),
    (metrics.Recall(top_k=2), [[1]], [[0.5]], ShapeError, "top_k=2 needs several outputs"),
    (metrics.AUC(multi_label=True, num_labels=2), [[1]], [[0.5]], ShapeError, "num_labels is for 2 outputs"),
    (metrics.AUC(label_weights=[1, 2]), [[1]], [[0.5]], ShapeError, "label_weights is for 2 outputs"),
    (metrics.AUC(multi_label=True), [[[1]]], [[[0.5]]], ShapeError, "shape \\(n, k\\)"),
    (metrics.F1Score(), [1], [0.5], ShapeError, r"F1Score\(threshold=0.5\)"),
    (metrics.F1Score(), [[-1, 1]], [[0.5, 0.5]], DataError, "y_true must be from 0 to 1"),
    (metrics.F1Score(), [[[1, 0]]], [[[0.5, 0.5]]], ShapeError, "shape \\(n, k\\)"),
    (metrics.R2Score(), [[[1, 0]]], [[[0.5, 0.5]]], ShapeError, "shape \\(n, k\\)"),
    (metrics.PearsonCorrelation(), [1.0, 2.0], [1.0, 2.0], ShapeError, r"PearsonCorrelation\(axis=0\)"),
    (metrics.PearsonCorrelation(axis=3), [[1.0]], [[2.0]], ShapeError, "no axis 3"),
    (metrics.CosineSimilarity(axis=0), [[1.0]], [[2.0]], ShapeError, "no axis 0"),
    (metrics.KLDivergence(), [[1.0]], [[-0.1]], DataError, "y_pred must be from 0 to 1, got -0.1"),
    (metrics.CategoricalHinge(), [1, 0], [[1.0, 0.0]] * 2, ShapeError, r"y must have shape \(n, 2\)"),
    (metrics.Poisson(), [[1.0]], [[-1.0]], DataError, "must not be negative, got -1; .* softplus"),
]


@pytest.mark.parametrize(
    ("metric", "t", "y", "error", "says"),
    REFUSED,
    ids=lambda v: repr(v) if isinstance(v, metrics.Metric) else "",
)
def test_what_a_metric_cannot_judge_is_refused_with_the_cure(metric, t, y, error, says):
    with pytest.raises(error, match=says):
        metric.update_state(t, y)
    assert np.all(metric.result() == 0.0)


@pytest.mark.parametrize(
    "make", [lambda: metrics.AUC(multi_label=True), metrics.F1Score], ids=["AUC", "F1Score"]
)
def test_other_numbers_of_outputs_are_refused(make):
    metric = make()
    metric.update_state(np.eye(3), np.eye(3))
    with pytest.raises(ShapeError, match=r"has seen 3 .*, got 2"):
        metric.update_state(np.eye(2), np.eye(2))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: metrics.Precision(thresholds=1.5), "thresholds must be from 0 to 1"),
        (lambda: metrics.Precision(thresholds=[0.5, -1]), r"thresholds\[1\] must be from 0 to 1"),
        (lambda: metrics.Precision(thresholds=[]), "got none"),
        (lambda: metrics.Recall(top_k=0), "top_k"),
        (lambda: metrics.Recall(class_id=-1), "class_id"),
        (lambda: metrics.AUC(num_thresholds=1), "num_thresholds"),
        (lambda: metrics.AUC(curve="roc2"), "curve must be one of 'ROC', 'PR', 'PRGAIN'"),
        (lambda: metrics.AUC(summation_method="sum"), "summation_method must be one of"),
        (lambda: metrics.AUC(num_labels=3), "multi_label=True"),
        (lambda: metrics.PrecisionAtRecall(1.2), "recall must be from 0 to 1"),
        (lambda: metrics.F1Score(average="mean"), "average must be one of"),
        (lambda: metrics.FBetaScore(beta=0.0), "beta must be greater than 0"),
        (lambda: metrics.F1Score(threshold=0.0), "threshold must be greater than 0"),
        (lambda: metrics.R2Score("mean"), "class_aggregation must be one of"),
        (lambda: metrics.R2Score(num_regressors=-1), "num_regressors"),
        (lambda: metrics.CategoricalCrossentropy(axis=1), "axis"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(make, says):
    with pytest.raises(ArgumentError, match=says):
        make()


def test_curves_and_sums_may_be_spelled_as_in_keras():
    metric = metrics.AUC(curve="pr", summation_method="Majoring")
    assert (metric.curve, metric.summation_method) == ("PR", "majoring")


# --- Training -----------------------------------------------------------------------------------------------


def test_names_in_logs_and_several_numbers_in_them(capsys):
    x = RNG.normal(size=(12, 2))
    t = np.eye(3)[RNG.integers(0, 3, 12)]
    net = Network([Dense(3, activation="softmax", input_dim=2)], rng=0)
    named = ["auc", "precision", "f1_score", "root_mean_squared_error", "kl_divergence", "mape", "AUC"]
    net.compile(
        "sgd", "categorical_crossentropy", metrics=named, weighted_metrics=[metrics.Recall([0.25, 0.5])]
    )
    history = net.fit(x, t, epochs=2, verbose=2, validation_data=(x, t)).history
    assert list(history)[: len(named) + 2] == ["loss", *named, "recall"]
    assert [np.shape(values) for values in (history["f1_score"], history["val_recall"])] == [(2, 3), (2, 2)]
    logs = net.evaluate(x, t, verbose=2, return_dict=True)
    np.testing.assert_array_equal(logs["f1_score"], metrics.F1Score()(t, net.predict(x)))
    shown = capsys.readouterr().err
    assert shown.count("f1_score: [") == 5
    assert np.shape(history["auc"]) == (2,)


def test_a_loss_and_its_metric_agree():
    y = np.random.default_rng(3).uniform(0.1, 0.9, (6, 4))
    shares = y[::-1] / y[::-1].sum(axis=-1, keepdims=True)
    targets = {"index": np.arange(6) % 4, "sign": np.sign(y - 0.5)}
    shared = set(losses.LOSSES.classes) & set(metrics.METRICS.classes)
    assert len(shared) == 13
    for name in shared:
        loss = getattr(losses, name)()
        t, sign = targets.get(loss.targets, shares), -1 if name == "CosineSimilarity" else 1
        assert getattr(metrics, name)()(t, y) == pytest.approx(sign * loss(t, y), rel=1e-14), name
        assert type(metrics.get(name)) is getattr(metrics, name)
    shorter = np.where(np.eye(4)[targets["index"]], 1, -1)
    assert metrics.CategoricalHinge()(shorter, y) == losses.CategoricalHinge()(shorter, y)
    assert metrics.get("cosine_similarity")(y, y) == pytest.approx(1)


@pytest.mark.parametrize("n", [1, 1000, 8193, 4_000_000])
def test_the_mean_of_many_values_is_that_of_the_exact_sum(n):
    y = np.random.default_rng(0).lognormal(0, 2, (n, 1)).astype(np.float32)
    for weights in (None, np.full(n, 0.5)):
        right, zeros = math.fsum(y.ravel()) / n, np.zeros((n, 1), np.float32)
        whole, parts = metrics.MeanAbsoluteError(), metrics.MeanAbsoluteError()
        whole.update_state(zeros, y, weights)
        for part in np.array_split(np.arange(n), min(n, 1000)):
            parts.update_state(zeros[part], y[part], None if weights is None else weights[part])
        for metric in (whole, parts):
            assert abs(metric.result() - right) <= np.spacing(right)


def test_the_sum_of_batches_keeps_what_rounding_would_take():
    for metric in (metrics.Sum(), metrics.Mean()):
        for value in (1e16, 1.0, 1.0, -1e16):
            metric.update_state(value)
        assert metric.result() == (2.0 if isinstance(metric, metrics.Sum) else 0.5)


def test_every_class_is_meant_by_the_name_in_its_logs():
    for cls in metrics.METRICS.classes.values():
        if all(p.default is not p.empty for p in cls._arguments().values()):
            assert type(metrics.get(cls().name)) is cls
