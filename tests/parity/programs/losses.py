"""Values of the losses: every class with its arguments, every reduction, with and without weights; the functions."""

import numpy as np

from parity.data import classes, numbers, one_hot, shares
from parity.programs import called

REDUCTIONS = ("none", None, "sum", "sum_over_batch_size", "mean", "mean_with_sample_weight")

N, K = 6, 4
WEIGHT = numbers(N, seed=9, low=0.2, high=2.0)
LABELS = classes(N, K, seed=3)

#: Targets and outputs by what they are.
DATA = {
    "real": (numbers(N, K, seed=1), numbers(N, K, seed=2, low=-3, high=3)),
    "positive": (numbers(N, K, seed=1, low=0.1, high=3), numbers(N, K, seed=2, low=-0.2, high=4)),
    "counts": (np.floor(numbers(N, K, seed=1, low=0, high=5)), numbers(N, K, seed=2, low=0.05, high=4)),
    "signs": (np.sign(numbers(N, K, seed=1)), numbers(N, K, seed=2, low=-2, high=2)),
    "zeros and ones": (classes(N * K, 2, seed=1).reshape(N, K) * 1.0, numbers(N, K, seed=2, low=-2, high=2)),
    "binary": (classes(N * K, 2, seed=1).reshape(N, K) * 1.0, numbers(N, K, seed=2, low=0.02, high=0.98)),
    "binary logits": (classes(N * K, 2, seed=1).reshape(N, K) * 1.0, numbers(N, K, seed=2, low=-4, high=4)),
    "one-hot": (one_hot(LABELS, K), shares(N, K, seed=2)),
    "one-hot, not shares": (one_hot(LABELS, K), numbers(N, K, seed=2, low=0.1, high=3)),
    "one-hot logits": (one_hot(LABELS, K), numbers(N, K, seed=2, low=-4, high=4)),
    "soft": (shares(N, K, seed=1), shares(N, K, seed=2)),
    "soft logits": (shares(N, K, seed=1), numbers(N, K, seed=2, low=-4, high=4)),
    "index": (LABELS, shares(N, K, seed=2)),
    "index in a column": (LABELS[:, None], shares(N, K, seed=2)),
    "index logits": (LABELS, numbers(N, K, seed=2, low=-4, high=4)),
}

FOCAL = [{}, {"gamma": 0.5}, {"label_smoothing": 0.2}]

#: Class, data, arguments.
CASES = [
    ("MeanSquaredError", "real", [{}]),
    ("MeanAbsoluteError", "real", [{}]),
    ("MeanAbsolutePercentageError", "real", [{}]),
    ("MeanSquaredLogarithmicError", "positive", [{}]),
    ("CosineSimilarity", "real", [{}, {"axis": 1}]),
    ("Huber", "real", [{}, {"delta": 0.4}, {"delta": 2.5}]),
    ("LogCosh", "real", [{}]),
    ("Hinge", "signs", [{}]),
    ("Hinge", "zeros and ones", [{}]),
    ("SquaredHinge", "signs", [{}]),
    ("SquaredHinge", "zeros and ones", [{}]),
    ("CategoricalHinge", "one-hot logits", [{}]),
    ("KLDivergence", "soft", [{}]),
    ("Poisson", "counts", [{}]),
    ("BinaryCrossentropy", "binary", [{}, {"label_smoothing": 0.1}]),
    ("BinaryCrossentropy", "binary logits", [{"from_logits": True}, {"from_logits": True, "label_smoothing": 0.1}]),
    ("BinaryFocalCrossentropy", "binary", [*FOCAL, {"apply_class_balancing": True, "alpha": 0.7, "gamma": 3.0}]),
    ("BinaryFocalCrossentropy", "binary logits", [{"from_logits": True, "apply_class_balancing": True}]),
    ("CategoricalCrossentropy", "one-hot", [{}, {"label_smoothing": 0.1}]),
    ("CategoricalCrossentropy", "one-hot, not shares", [{}]),
    ("CategoricalCrossentropy", "soft", [{}]),
    ("CategoricalCrossentropy", "soft logits", [{"from_logits": True}]),
    ("CategoricalCrossentropy", "one-hot logits", [{"from_logits": True, "label_smoothing": 0.1}]),
    ("CategoricalFocalCrossentropy", "one-hot", [*FOCAL, {"alpha": 0.7, "gamma": 3.0}]),
    ("CategoricalFocalCrossentropy", "one-hot logits", [{"from_logits": True}]),
    ("SparseCategoricalCrossentropy", "index", [{}, {"ignore_class": 2}]),
    ("SparseCategoricalCrossentropy", "index in a column", [{}]),
    ("SparseCategoricalCrossentropy", "index logits", [{"from_logits": True}, {"from_logits": True, "ignore_class": 1}]),
    ("CategoricalGeneralizedCrossEntropy", "index", [{}, {"q": 0.2}, {"q": 0.9}]),
]  # fmt: skip

#: The functions and the data that they are run on; their arguments are those of the classes.
FUNCTIONS = {
    "mean_squared_error": "MeanSquaredError",
    "mean_absolute_error": "MeanAbsoluteError",
    "mean_absolute_percentage_error": "MeanAbsolutePercentageError",
    "mean_squared_logarithmic_error": "MeanSquaredLogarithmicError",
    "cosine_similarity": "CosineSimilarity",
    "huber": "Huber",
    "log_cosh": "LogCosh",
    "hinge": "Hinge",
    "squared_hinge": "SquaredHinge",
    "categorical_hinge": "CategoricalHinge",
    "kl_divergence": "KLDivergence",
    "poisson": "Poisson",
    "binary_crossentropy": "BinaryCrossentropy",
    "binary_focal_crossentropy": "BinaryFocalCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "categorical_focal_crossentropy": "CategoricalFocalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
    "categorical_generalized_cross_entropy": "CategoricalGeneralizedCrossEntropy",
}

#: Losses of arrays with three axes, (n, m, k).
DEEP = {
    "MeanSquaredError": (numbers(3, 2, 4, seed=1), numbers(3, 2, 4, seed=2), {}),
    "CosineSimilarity": (numbers(3, 2, 4, seed=1), numbers(3, 2, 4, seed=2), {"axis": 1}),
    "BinaryCrossentropy": (classes(24, 2, 1).reshape(3, 2, 4) * 1.0, shares(3, 2, 4, seed=2), {}),
    "CategoricalCrossentropy": (one_hot(LABELS, K).reshape(3, 2, 4), shares(3, 2, 4, seed=2), {}),
    "SparseCategoricalCrossentropy": (LABELS.reshape(3, 2), shares(3, 2, 4, seed=2), {}),
}


def _reductions(name, arguments, t, y, weights):
    def program(k):
        return {
            f"{reduction}{' weighted' * (weight is not None)}": getattr(k.losses, name)(
                reduction=reduction, **arguments
            )(t, y, weight)
            for reduction in REDUCTIONS
            for weight in weights
        }

    return program


def _function(name, arguments, t, y):
    return lambda k: getattr(k.losses, name)(k.array(t), k.array(y), **arguments)


def _wrongly_shaped(k):
    """Targets (n,) and outputs (n, 1) are aligned, not broadcast to (n, n)."""
    t, y = numbers(N, seed=1), numbers(N, 1, seed=2)
    loss = k.losses.MeanSquaredError()
    return {"(n,), (n, 1)": loss(t, y), "(n, 1), (n,)": loss(t[:, None], y[:, 0])}


PROGRAMS = {
    **{
        f"{called(name, arguments)}, {kind}": _reductions(name, arguments, *DATA[kind], (None, WEIGHT))
        for name, kind, variants in CASES
        for arguments in variants
    },
    **{
        f"{called(name, arguments)}, three axes": _reductions(name, arguments, t, y, (None,))
        for name, (t, y, arguments) in DEEP.items()
    },
    **{
        f"{called(function, arguments)}, {kind}": _function(function, arguments, *DATA[kind])
        for function, of in FUNCTIONS.items()
        for name, kind, variants in CASES
        for arguments in variants
        if name == of and (arguments or function != "categorical_generalized_cross_entropy")  # needs its q
    },
    "rows of one output": _wrongly_shaped,
}
