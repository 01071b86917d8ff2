"""Rows held out for validation: the last ones, as in Keras, or chosen by chance, or class by class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.batches import training_rows
from mlp.configurable import Configurable
from mlp.errors import ArgumentError, ArgumentTypeError, OneClassValidationWarning
from mlp.joint import losses_of
from mlp.notices import warn_caller
from mlp.rows import as_array
from mlp.several import Several

if TYPE_CHECKING:
    from mlp.samples import Samples
    from mlp.trainable import Trainable

__all__ = ["Split", "as_split", "held_of_each"]


class Split(Configurable):
    """Which rows `Network.fit` holds out: ``validation_split=Split(0.2, stratify=True)``.

    As many as Keras holds out, ``n - floor(n (1 - fraction))``.

    Parameters
    ----------
    fraction : float in [0, 1), default 0.2
        The share held out.
    shuffle : bool, default True
        Choose the rows by chance; False takes the last ones, as ``validation_split=fraction`` does.
    stratify : bool, default False
        Hold out the same share of every class, as nearly as whole rows allow.
    rng : int, SeedSequence, Generator or None
        The source of chance; None draws from the network's generator.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If an argument is out of range.

    Examples
    --------
    >>> classes = np.repeat([0, 1], [8, 4])
    >>> trained, held_out = Split(0.25, stratify=True, rng=0).rows(classes)
    >>> len(trained), (held_out < 8).sum(), (held_out >= 8).sum()
    (9, np.int64(2), np.int64(1))
    """

    def __init__(
        self, fraction: float = 0.2, shuffle: bool = True, stratify: bool = False, rng: Any = None
    ) -> None:
        self.fraction = checks.fraction("fraction", fraction)
        self.shuffle = checks.flag("shuffle", shuffle)
        self.stratify = checks.flag("stratify", stratify)
        if rng is not None:
            checks.generator("rng", rng)
        self.rng = rng

    def rows(self, targets: Any, rng: np.random.Generator | None = None) -> tuple[Any, Any]:
        """Which rows to train on and which to hold out, each in the order in which they are.

        Parameters
        ----------
        targets : array_like, shape (n, ...)
            Class numbers, labels or one-hot rows, where ``stratify``; else only their number counts.
        rng : Generator, optional
            The source of chance where the split has none of its own.

        Returns
        -------
        slice or ndarray of int
            Two of a kind.

        Raises
        ------
        ArgumentError
            If nothing would be left to train or to validate on, or the targets are no classes.
        ArgumentTypeError, DataError
            If the targets are no rows, or no numbers where ``stratify``.
        """
        try:
            n = len(targets)
        except TypeError:
            raise ArgumentTypeError(f"targets must be rows, got {targets!r}") from None
        first = training_rows(n, self.fraction)
        if not (self.shuffle or self.stratify):
            return slice(0, first), slice(first, n)
        own = checks.generator("rng", rng if self.rng is None else self.rng)
        order = own.permutation(n) if self.shuffle else np.arange(n)
        held = order[first:]
        if self.stratify:
            classes = _classes(targets)[order]
            counts = held_of_each(np.bincount(classes), n - first)
            held = np.concatenate(
                [order[np.flatnonzero(classes == c)[::-1][:k]] for c, k in enumerate(counts)]
            )
        mask = np.zeros(n, bool)
        mask[held] = True
        return np.flatnonzero(~mask), np.flatnonzero(mask)

    def warn_of_one_class(self, network: Trainable, trained: Samples, held_out: Samples) -> None:
        """Warn if ``held_out`` is of one class and ``trained`` is not, where the loss of ``network`` knows classes."""
        loss = losses_of(network.compiled.needed_loss())[0]
        if self.shuffle or self.stratify or loss is None or loss.targets == "real":
            return
        if not all(isinstance(t, np.ndarray) for t in (trained.t, held_out.t)):
            return
        last, first = held_out.t, trained.t
        if len(last) > 1 and (last == last[0]).all() and (first != last[0]).any():
            warn_caller(
                f"the {len(last)} rows held out for validation are all of one class, and those to train on are not: "
                f"validation_split takes the last rows as they are; use mlp.Split({self.fraction:g}, stratify=True)",
                OneClassValidationWarning,
            )


def as_split(given: float | Split) -> Split | None:
    """A `Split` as it is, and a fraction as Keras means it, the last rows; none where nothing is held out."""
    if not isinstance(given, Split):
        fraction = checks.fraction("validation_split", given)
        return Split(fraction, shuffle=False) if fraction else None
    return given if given.fraction else None


def held_of_each(counts: Array, total: int) -> Array:
    """How many of ``total`` rows each class gives: the same share, as nearly as whole rows allow, keeping one itself.

    Parameters
    ----------
    counts : ndarray of int, shape (k,)
        How many rows each class has.
    total : int
        How many are held out.

    Raises
    ------
    ArgumentError
        If the classes cannot give so many.

    Examples
    --------
    >>> held_of_each(np.array([30, 10, 1]), 8)
    array([6, 2, 0])
    """
    spare = np.maximum(counts - 1, 0)
    if total > spare.sum():
        raise ArgumentError(
            f"{total} rows cannot be held out of {counts.sum()} if each of {np.count_nonzero(counts)} classes is to keep "
            "one to train on"
        )
    shares = total * counts / counts.sum()
    taken: Array = np.floor(shares).astype(int)
    while taken.sum() < total:
        # The class that lacks most of its share, among those that can spare a row.
        taken[np.where(taken < spare, shares - taken, -np.inf).argmax()] += 1
    return taken


def _classes(targets: Any) -> Array:
    """The number of each row's class."""
    if isinstance(targets, Several):
        raise ArgumentError("stratify=True is for networks with one output")
    labels = as_array("targets", targets[:])
    labels = labels.reshape(len(labels), -1)
    if (labels != np.floor(labels)).any():
        raise ArgumentError("stratify=True needs targets that are class numbers, labels or one-hot rows")
    found, numbers = np.unique(labels, axis=0, return_inverse=True)
    if len(found) > len(labels) / 2:
        raise ArgumentError(
            f"stratify=True needs classes of several rows, got {len(found)} in {len(labels)} rows"
        )
    return numbers.ravel()
