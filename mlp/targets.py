"""What the targets of a loss are, and the one door through which they come.

A loss says of its targets what they are (`Loss.targets`); this table says what that means: which
shapes and values are right, and the form in which losses and metrics see them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.errors import DataError, ShapeError, SignLabelsError

__all__ = ["KINDS", "prepare_targets"]


def prepare_targets(
    kind: str, y: Array, output_shape: tuple[int, ...], dtype: np.dtype[Any], ignored: int | None = None
) -> Array:
    """Targets in the form that losses and metrics see.

    Parameters
    ----------
    kind : str
        A key of `KINDS`.
    y : ndarray
        The targets of n rows.
    output_shape : tuple of int
        The shape of the n rows that they are compared with, ``(n, ..., k)``.
    dtype : dtype
        The type of those rows.
    ignored : int, optional
        A class index that is no class: rows to be left out.

    Returns
    -------
    ndarray
        Of shape ``output_shape``; class indices have it without its last axis.

    Raises
    ------
    ShapeError
        If the shape does not fit; nothing is broadcast, except that (n,) and (n, 1) are the same.
    DataError
        If a value is not one of the kind.

    Examples
    --------
    >>> prepare_targets("sign", np.array([0, 1, 1]), (3, 1), np.dtype(float)).ravel()
    array([-1.,  1.,  1.])
    """
    real = np.empty(0, dtype).real.dtype
    if kind == "index":
        return _index(y, output_shape, ignored)
    if y.shape != output_shape:
        if y.size != np.prod(output_shape) or _squeezed(y.shape) != _squeezed(output_shape):
            raise ShapeError(
                f"y must have shape {_symbolic(output_shape)} like the output, got {y.shape}{_hint(kind, y, output_shape)}"
            )
        y = y.reshape(output_shape)
    return KINDS[kind](y.astype(real, copy=False))


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape[:-1] if len(shape) > 1 and shape[-1] == 1 else shape


def _symbolic(shape: tuple[int, ...]) -> str:
    rest = ", ".join(map(str, shape[1:]))
    return f"(n, {rest}) with n = {shape[0]}" if rest else f"({shape[0]},)"


def _hint(kind: str, y: Array, output_shape: tuple[int, ...]) -> str:
    if y.shape[:1] != output_shape[:1]:
        return "; x and y must have the same number of rows"
    if kind == "one-hot" and _squeezed(y.shape) == output_shape[:-1]:
        return "; for class numbers use sparse_categorical_crossentropy, or make y one-hot: np.eye(k)[y]"
    if y.size == np.prod(output_shape):
        return f"; y.reshape({output_shape}) if the numbers are in that order"
    return f"; the network has {output_shape[-1]} output(s)"


def _real(y: Array) -> Array:
    return y


def _sign(y: Array) -> Array:
    if np.all((y == 1) | (y == -1)):
        return y
    if np.all((y == 1) | (y == 0)):
        return 2 * y - 1
    raise DataError(
        f"y must hold labels -1 and +1 (or 0 and 1) for a hinge loss, got {_first(y, (y != 1) & (y != -1))}"
    )


def _binary(y: Array) -> Array:
    _refuse_signs(y, "(y + 1) / 2")
    if not np.all((y >= 0) & (y <= 1)):
        raise DataError(
            f"y must hold labels or probabilities from 0 to 1 for a binary cross-entropy, "
            f"got {_first(y, ~((y >= 0) & (y <= 1)))}"
        )
    return y


def _refuse_signs(y: Array, cure: str) -> None:
    """Refuse labels -1 and +1, which a cross-entropy would take for something else."""
    negative = y == -1
    if negative.any() and np.all(np.abs(y) == 1):
        raise SignLabelsError(
            f"y holds labels -1 and +1, got {_first(y, negative)}, and a cross-entropy wants 0 and 1: turn them into these "
            f"with {cure}, or use a hinge loss"
        )


def _positive(y: Array) -> Array:
    if not np.all(y >= 0):
        raise DataError(
            f"y must hold amounts that are not negative, probabilities or counts, for this loss, got {_first(y, ~(y >= 0))}"
        )
    return y


def _one_hot(y: Array) -> Array:
    _refuse_signs(y, "(y + 1) / 2")
    wrong = (y < 0) | ~(np.abs(y.sum(axis=-1, keepdims=True) - 1) < 1e-3)
    if wrong.any():
        row = np.argwhere(wrong)[0][0]
        raise DataError(
            f"y must be one-hot (or rows of probabilities that sum to 1) for a categorical cross-entropy, "
            f"got {y[row].tolist()} in row {row}; np.eye(k)[labels] makes labels one-hot"
        )
    return y


def _index(y: Array, output_shape: tuple[int, ...], ignored: int | None) -> Array:
    if y.shape == (*output_shape[:-1], 1) and y.ndim > 1:
        y = y[..., 0]
    if y.shape != output_shape[:-1]:
        cure = (
            "; for one-hot rows use categorical_crossentropy, or y.argmax(-1)"
            if y.shape == output_shape
            else ""
        )
        rows = "; x and y must have the same number of rows" if y.shape[:1] != output_shape[:1] else ""
        raise ShapeError(
            f"y must have shape {output_shape[:-1]}, one class number a row, got {y.shape}{cure or rows}"
        )
    classes = output_shape[-1]
    wrong = ~((y >= 0) & (y < classes) & (y == np.floor(y)))
    if ignored is not None:
        wrong &= y != ignored
    if wrong.any():
        _refuse_signs(y, "(y + 1) // 2")
        raise DataError(
            f"y must hold class numbers, integers from 0 to {classes - 1} (the network has {classes} outputs), "
            f"got {_first(y, wrong)}"
        )
    return y.astype(np.intp, copy=False)


def _first(y: Array, wrong: Array) -> str:
    place = tuple(int(i) for i in np.argwhere(wrong)[0])
    return f"{y[place]:g} at y[{', '.join(map(str, place))}]"


#: What targets can be: any real number, -1/+1, 0/1, a number from 0 on, a row that sums to 1, a class number.
KINDS: dict[str, Callable[[Array], Array]] = {
    "real": _real,
    "sign": _sign,
    "binary": _binary,
    "positive": _positive,
    "one-hot": _one_hot,
    "index": lambda y: y,
}
