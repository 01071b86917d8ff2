"""How good predictions are, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from mlp.arrays import Array
from mlp.commands.target import Label

__all__ = ["classification_report", "regression_report"]


def classification_report(classes: Array, chosen: Array, labels: Sequence[Label]) -> Iterator[str]:
    """Accuracy, beside that of always answering the same, and the most frequent mistake.

    Examples
    --------
    >>> for line in classification_report(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]), ["cat", "dog"]):
    ...     print(line)
    accuracy: 0.7500 (3 of 4 rows right; always answering 'cat' would give 0.7500)
    mistakes: most often 'cat' taken for 'dog' (1 of 3 rows)
    """
    counts = np.bincount(classes, minlength=len(labels))
    right = int((classes == chosen).sum())
    best = int(counts.argmax())
    yield (
        f"accuracy: {right / len(classes):.4f} ({right} of {len(classes)} rows right; "
        f"always answering {str(labels[best])!r} would give {counts[best] / len(classes):.4f})"
    )
    mistakes = np.zeros((len(labels), len(labels)), int)
    np.add.at(mistakes, (classes, chosen), classes != chosen)
    if mistakes.any():
        was, taken_for = divmod(int(mistakes.argmax()), len(labels))
        yield (
            f"mistakes: most often {str(labels[was])!r} taken for {str(labels[taken_for])!r} "
            f"({mistakes[was, taken_for]} of {counts[was]} rows)"
        )


def regression_report(t: Array, y: Array, name: str) -> Iterator[str]:
    """The mean absolute error and R squared, beside what always answering the mean would give.

    Examples
    --------
    >>> for line in regression_report(np.array([1.0, 2.0, 6.0]), np.array([1.0, 3.0, 5.0]), "price"):
    ...     print(line)
    mean absolute error: 0.6667 (how far 'price' is off on average; always answering the mean would be off by 2)
    R squared: 0.8571 (1 is perfect, 0 no better than the mean)
    """
    error, spread = np.abs(y - t).mean(), np.abs(t - t.mean()).mean()
    yield (
        f"mean absolute error: {_shown(error)} (how far {name!r} is off on average; "
        f"always answering the mean would be off by {_shown(spread)})"
    )
    variance = np.square(t - t.mean()).mean()
    if variance:
        yield f"R squared: {1 - np.square(y - t).mean() / variance:.4f} (1 is perfect, 0 no better than the mean)"


def _shown(amount: float) -> str:
    """An amount to four digits, without an exponent where it is no number of astronomy."""
    rounded = f"{amount:.4g}"
    return np.format_float_positional(float(rounded), trim="-") if 1e-4 <= amount < 1e9 else rounded
