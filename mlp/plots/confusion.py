"""Which class was taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError
from mlp.plots import drawing
from mlp.plots.classes import class_numbers, decided, one_output, require_few, require_network, threshold_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["confusion_matrix"]

#: The least contrast of text (WCAG 2.2, 1.4.3); on a colour on which white has less, black has more.
READABLE = 4.5

NORMALS = (None, "true", "pred", "all")


def confusion_matrix(
    net: Any,
    x: Any = None,
    y: Any = None,
    *,
    labels: Sequence[str] | None = None,
    normalize: str | None = None,
    threshold: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """How often each class (row) was taken for which (column); what is right stands on the diagonal.

    Parameters
    ----------
    net : Network or pair of array_like
        A classifier, which is not changed; or ``(y_true, y_pred)``, the classes of n rows as numbers or text.
    x, y : array_like
        Rows and targets for the network.
    labels : list of str, optional
        The names of the classes, in order.
    normalize : {None, "true", "pred", "all"}, optional
        Show shares of each row, of each column, or of all, instead of counts.
    threshold : float, optional
        Above which output a network with one says yes, where that is not 0.5 (sigmoid) or 0 (tanh, hinge).
    ax : Axes, optional
        Where to draw; a new figure unless given.

    Returns
    -------
    Axes

    Raises
    ------
    ArgumentError, ArgumentTypeError, ShapeError, DataError
        If it is no classifier, or the data do not fit.
    MissingExtraError
        If Matplotlib is not installed.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> classes, predicted = ["cat", "dog", "dog"], ["cat", "dog", "cat"]
    >>> ax = confusion_matrix((classes, predicted), ax=Figure().subplots())
    >>> [text.get_text() for text in ax.texts]
    ['1', '0', '1', '1']
    """
    drawing.require_axes(ax, "confusion_matrix")
    checks.one_of("normalize", normalize, NORMALS)
    if isinstance(net, list | tuple):
        if x is not None or y is not None:
            raise ArgumentError("give a network with x and y, or the pair (y_true, y_pred) alone")
        true, said, names = _of_pair(net, labels)
    else:
        true, said, names = _of_network(net, x, y, threshold)
    require_few(len(names), "confusion_matrix", "give the rows of some of them")
    if labels is not None:
        names = drawing.texts("labels", labels, len(names))
    counts = np.zeros((len(names), len(names)), int)
    np.add.at(counts, (true, said), 1)
    shown = _normalized(counts, normalize)

    ax = drawing.new_axes(ax, *_size(len(names)))
    colours = drawing.sequential(ax)
    top = float(shown.max()) or 1.0
    ax.imshow(shown, cmap=colours, vmin=0.0, vmax=top)
    small: dict[str, Any] = {"fontsize": "small"} if len(names) > 8 else {}
    for row, column in np.ndindex(shown.shape):
        number = shown[row, column]
        behind = colours(float(number) / top)
        best = "white" if drawing.contrast("white", behind) >= READABLE else "black"
        text = f"{number}" if normalize is None else f"{number:.2f}"
        ax.text(column, row, text, ha="center", va="center", color=best, **small)
    places = range(len(names))
    long = len(names) * max(map(len, names)) > 40
    ax.set_xticks(
        places, names, rotation=45 if long else 0, ha="right" if long else "center", rotation_mode="anchor"
    )
    ax.set_yticks(places, names)
    ax.tick_params(length=0)
    ax.set_xlabel("predicted class")
    ax.set_ylabel("true class")
    return ax


def _size(count: int) -> tuple[float, float]:
    """Inches of a new figure."""
    side = min(max(4.4, 1.2 + 0.5 * count), 12.0)
    return side + 0.4, side


def _normalized(counts: Array, normalize: str | None) -> Array:
    """Counts, or shares; 0 where there is nothing to have a share of."""
    if normalize is None:
        return counts
    axes = {"true": 1, "pred": 0, "all": None}[normalize]
    whole = counts.sum(axis=axes, keepdims=True)
    return np.asarray(counts / np.maximum(whole, 1))


def _of_network(net: Any, x: Any, y: Any, threshold: Any) -> tuple[Array, Array, list[str]]:
    """True classes, predicted classes and their names."""
    require_network(net, "the first argument")
    if x is None or y is None:
        raise ArgumentError("confusion_matrix(net, x, y) needs rows and targets")
    outputs = one_output(net, "confusion_matrix")
    level = threshold_for(net, outputs, threshold)
    if outputs == 1 and level is None:
        raise ArgumentError(
            "the network gives one number that is no decision; say which numbers mean yes: threshold=0.5"
        )
    true = class_numbers(y, max(outputs, 2))
    given = net.predict(x)
    if len(given) != len(true):
        raise ShapeError(f"x and y must have the same number of rows, got {len(given)} and {len(true)}")
    return true, decided(given, level), [str(i) for i in range(max(outputs, 2))]


def _of_pair(pair: Any, labels: Any) -> tuple[Array, Array, list[str]]:
    if len(pair) != 2:
        raise ArgumentTypeError(
            f"the first argument must be a network, or the pair (y_true, y_pred), got {pair!r:.80}"
        )
    true, said = (_classes(name, one) for name, one in zip(("y_true", "y_pred"), pair, strict=True))
    if true.shape != said.shape:
        raise ShapeError(
            f"y_true and y_pred must have the same number of rows, got {len(true)} and {len(said)}"
        )
    if true.dtype.kind != said.dtype.kind:
        raise DataError("y_true and y_pred must both be numbers or both be text")
    known, places = np.unique(np.concatenate([true, said]), return_inverse=True)
    if (
        labels is not None and known.dtype.kind == "i" and known.min() >= 0
    ):  # also classes that are not among the rows
        count = len(drawing.texts("labels", labels))
        if known.max() < count:
            known, places = np.arange(count), np.concatenate([true, said])
    return places[: len(true)], places[len(true) :], [str(one) for one in known]


def _classes(name: str, given: Any) -> Array:
    """Classes as integers or text, shape (n,)."""
    array = np.asarray(given)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2 and array.dtype.kind in "biuf":
        array = array.argmax(axis=1)
    if array.ndim != 1 or not array.size:
        raise ShapeError(f"{name} must hold a class for each row, shape (n,), got {array.shape}")
    if array.dtype.kind in "biuf":
        if not np.all(array == np.floor(array)):
            raise DataError(
                f"{name} must hold classes, got {array[array != np.floor(array)][0]}; turn outputs into classes: "
                "(y > 0.5).astype(int), or y.argmax(axis=1)"
            )
        return array.astype(int)
    return array.astype(str)
