"""Results of the metrics after each of three batches, with and without weights."""

import numpy as np

from parity.data import classes, numbers, one_hot, shares
from parity.programs import called

N, K = 7, 4
BATCHES = range(3)


def _labels(batch):
    return classes(N, K, seed=20 + batch)


def _zeros_and_ones(batch, *shape):
    return classes(int(np.prod(shape)), 2, seed=30 + batch).reshape(shape) * 1.0


def _near(t, batch, share, spread):
    """Outputs that have something to do with their targets."""
    return share * t + numbers(*t.shape, seed=10 + batch, low=-spread, high=spread)


def _probabilities(t, batch):
    """Outputs in (0.02, 0.98), none of which is a threshold of a metric."""
    return 0.5 + 4e-4 + _near(t - 0.5, batch, 0.2, 0.38)


def _with(outputs, t, *arguments):
    return t, outputs(t, *arguments)


#: Targets and outputs of one batch by what they are.
DATA = {
    "real": lambda b: _with(_near, numbers(N, K, seed=b), b, 0.8, 0.5),
    "one real": lambda b: _with(_near, numbers(N, 1, seed=b), b, 0.8, 0.5),
    "positive": lambda b: (
        numbers(N, K, seed=b, low=0.1, high=3),
        numbers(N, K, seed=10 + b, low=0.05, high=4),
    ),
    "signs": lambda b: (2 * _zeros_and_ones(b, N, K) - 1, numbers(N, K, seed=10 + b, low=-2, high=2)),
    "zeros and ones": lambda b: (_zeros_and_ones(b, N, K), numbers(N, K, seed=10 + b, low=-2, high=2)),
    "binary": lambda b: _with(_probabilities, _zeros_and_ones(b, N, 1), b),
    "multi-label": lambda b: _with(_probabilities, _zeros_and_ones(b, N, K), b),
    "logits": lambda b: (_zeros_and_ones(b, N, K), numbers(N, K, seed=10 + b, low=-3, high=3)),
    "one-hot": lambda b: (one_hot(_labels(b), K), shares(N, K, seed=10 + b)),
    "one-hot logits": lambda b: (one_hot(_labels(b), K), numbers(N, K, seed=10 + b, low=-3, high=3)),
    "soft": lambda b: (shares(N, K, seed=b), shares(N, K, seed=10 + b)),
    "index": lambda b: (_labels(b), shares(N, K, seed=10 + b)),
    "index in a column": lambda b: (_labels(b)[:, None], shares(N, K, seed=10 + b)),
    "index logits": lambda b: (_labels(b), numbers(N, K, seed=10 + b, low=-3, high=3)),
    "equal now and then": lambda b: (_labels(b)[:, None], classes(N, K, seed=40 + b)[:, None]),
}

COUNTS = [{}, {"thresholds": 0.3}, {"thresholds": [0.2, 0.5, 0.8]}]
SHARES = [*COUNTS, {"thresholds": [0.0, 1.0]}]
F_SCORES = [{}, {"average": "micro"}, {"average": "macro"}, {"average": "weighted"}, {"threshold": 0.4}]
F_SCORES += [{"average": "macro", "threshold": 0.6}]

#: Class, data, arguments.
CASES = [
    ("Accuracy", "equal now and then", [{}]),
    ("BinaryAccuracy", "binary", [{}, {"threshold": 0.3}]),
    ("BinaryAccuracy", "multi-label", [{}]),
    ("CategoricalAccuracy", "one-hot", [{}]),
    ("SparseCategoricalAccuracy", "index", [{}]),
    ("SparseCategoricalAccuracy", "index in a column", [{}]),
    ("TopKCategoricalAccuracy", "one-hot", [{}, {"k": 2}]),
    ("SparseTopKCategoricalAccuracy", "index", [{}, {"k": 2}]),
    ("TruePositives", "binary", COUNTS),
    ("TrueNegatives", "binary", COUNTS),
    ("FalsePositives", "binary", COUNTS),
    ("FalseNegatives", "binary", COUNTS),
    ("TruePositives", "multi-label", [{}]),
    ("Precision", "binary", SHARES),
    ("Precision", "multi-label", [{}, {"class_id": 2}]),
    ("Precision", "one-hot", [{"top_k": 2}, {"top_k": 2, "class_id": 1}]),
    ("Recall", "binary", SHARES),
    ("Recall", "multi-label", [{}, {"class_id": 2}]),
    ("Recall", "one-hot", [{"top_k": 2}, {"top_k": 2, "class_id": 1}]),
    ("AUC", "binary", [
        {},
        {"num_thresholds": 20},
        {"curve": "PR"},
        {"curve": "PR", "num_thresholds": 11, "summation_method": "majoring"},
        {"summation_method": "minoring"},
        {"summation_method": "majoring", "num_thresholds": 7},
        {"thresholds": [0.1, 0.35, 0.7]},
    ]),
    ("AUC", "multi-label", [
        {},
        {"multi_label": True, "num_labels": K},
        {"multi_label": True, "num_labels": K, "label_weights": [0.1, 0.4, 0.3, 0.2]},
        {"multi_label": True, "num_labels": K, "curve": "PR", "num_thresholds": 11},
    ]),
    ("AUC", "logits", [{"from_logits": True}]),
    ("SensitivityAtSpecificity", "binary", [{"specificity": 0.5}, {"specificity": 0.8, "num_thresholds": 9}]),
    ("SpecificityAtSensitivity", "binary", [{"sensitivity": 0.5}, {"sensitivity": 0.8, "num_thresholds": 9}]),
    ("PrecisionAtRecall", "binary", [{"recall": 0.5}, {"recall": 0.8, "num_thresholds": 9}]),
    ("RecallAtPrecision", "binary", [{"precision": 0.5}, {"precision": 0.6, "num_thresholds": 9}]),
    ("SensitivityAtSpecificity", "multi-label", [{"specificity": 0.5, "class_id": 1}]),
    ("F1Score", "one-hot", F_SCORES),
    ("F1Score", "multi-label", [{"threshold": 0.5}]),
    ("FBetaScore", "one-hot", [{}, {"beta": 2.0}, {"average": "macro", "beta": 0.5}]),
    ("MeanSquaredError", "real", [{}]),
    ("RootMeanSquaredError", "real", [{}]),
    ("MeanAbsoluteError", "real", [{}]),
    ("MeanAbsolutePercentageError", "real", [{}]),
    ("MeanSquaredLogarithmicError", "positive", [{}]),
    ("CosineSimilarity", "real", [{}]),
    ("LogCoshError", "real", [{}]),
    ("R2Score", "real", [
        {},
        {"class_aggregation": "variance_weighted_average"},
        {"class_aggregation": None},
        {"num_regressors": 3},
    ]),
    ("R2Score", "one real", [{}]),
    ("PearsonCorrelation", "real", [{}]),
    ("ConcordanceCorrelation", "real", [{}]),
    ("Hinge", "signs", [{}]),
    ("Hinge", "zeros and ones", [{}]),
    ("SquaredHinge", "signs", [{}]),
    ("CategoricalHinge", "one-hot logits", [{}]),
    ("KLDivergence", "soft", [{}]),
    ("Poisson", "positive", [{}]),
    ("BinaryCrossentropy", "multi-label", [{}, {"label_smoothing": 0.1}]),
    ("BinaryCrossentropy", "logits", [{"from_logits": True}]),
    ("CategoricalCrossentropy", "one-hot", [{}, {"label_smoothing": 0.1}]),
    ("CategoricalCrossentropy", "one-hot logits", [{"from_logits": True}]),
    ("SparseCategoricalCrossentropy", "index", [{}]),
    ("SparseCategoricalCrossentropy", "index logits", [{"from_logits": True}]),
]  # fmt: skip

#: Keras's functions of the same names, a value per row or element.
FUNCTIONS = {
    "binary_accuracy": ("multi-label", [{}, {"threshold": 0.3}]),
    "categorical_accuracy": ("one-hot", [{}]),
    "sparse_categorical_accuracy": ("index", [{}]),
    "top_k_categorical_accuracy": ("one-hot", [{"k": 2}]),
    "sparse_top_k_categorical_accuracy": ("index", [{"k": 2}]),
    "mean_squared_error": ("real", [{}]),
    "mean_absolute_error": ("real", [{}]),
    "mean_absolute_percentage_error": ("real", [{}]),
    "mean_squared_logarithmic_error": ("positive", [{}]),
    "log_cosh": ("real", [{}]),
    "hinge": ("signs", [{}]),
    "squared_hinge": ("signs", [{}]),
    "categorical_hinge": ("one-hot logits", [{}]),
    "kl_divergence": ("soft", [{}]),
    "poisson": ("positive", [{}]),
    "binary_crossentropy": ("multi-label", [{}]),
    "binary_focal_crossentropy": ("multi-label", [{}]),
    "categorical_crossentropy": ("one-hot", [{}]),
    "categorical_focal_crossentropy": ("one-hot", [{}]),
    "sparse_categorical_crossentropy": ("index", [{}]),
}


def _weight(batch):
    return numbers(N, seed=50 + batch, low=0.2, high=2.0)


def _results(metric, batches, weighted):
    """After each batch, and after forgetting all and seeing the last one."""
    results = []
    for batch, (t, y) in enumerate(batches):
        metric.update_state(t, y, sample_weight=_weight(batch) if weighted else None)
        results.append(np.asarray(metric.result()))
    metric.reset_state()
    metric.update_state(*batches[-1])
    return {"batches": results, "last alone": np.asarray(metric.result())}


def _metric(make, kind):
    def program(k):
        batches = [DATA[kind](b) for b in BATCHES]
        return {
            "plain": _results(make(k), batches, weighted=False),
            "weighted": _results(make(k), batches, weighted=True),
        }

    return program


def _of_class(name, arguments):
    return lambda k: getattr(k.metrics, name)(**arguments)


def _function(name, kind, arguments):
    return lambda k: np.asarray(getattr(k.metrics, name)(*map(k.array, DATA[kind](0)), **arguments))


def _of_values(name):
    """Mean and Sum take values, not targets and outputs."""

    def program(k):
        found = {}
        for kind, weighted in (("plain", False), ("weighted", True)):
            metric, results = getattr(k.metrics, name)(), []
            for batch in BATCHES:
                metric.update_state(
                    numbers(N, seed=batch), sample_weight=_weight(batch) if weighted else None
                )
                results.append(np.asarray(metric.result()))
            found[kind] = results
        metric.reset_state()
        return {**found, "none": np.asarray(metric.result())}

    return program


def _wrapper(k):
    """A plain function as a metric; a value per row."""
    batches = [DATA["real"](b) for b in BATCHES]

    def largest_error(t, y):
        return abs(t - y).max(axis=-1)

    return {
        kind: _results(k.metrics.MeanMetricWrapper(largest_error), batches, weighted)
        for kind, weighted in (("plain", False), ("weighted", True))
    }


PROGRAMS = {
    **{
        f"{called(name, arguments)}, {kind}": _metric(_of_class(name, arguments), kind)
        for name, kind, variants in CASES
        for arguments in variants
    },
    **{
        f"{called(name, arguments)}, {kind}": _function(name, kind, arguments)
        for name, (kind, variants) in FUNCTIONS.items()
        for arguments in variants
    },
    "Mean()": _of_values("Mean"),
    "Sum()": _of_values("Sum"),
    "MeanMetricWrapper(fn)": _wrapper,
}
