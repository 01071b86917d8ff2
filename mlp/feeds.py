"""Where batches come from, one epoch after another: arrays in memory or in a file, a sequence of batches, an iterator.

A loop asks a `Feed` to `begin` an epoch and then goes through its `epoch`.  With ``steps`` an epoch is so many
batches, and the next one goes on behind them; without, it is all batches once.
"""

from __future__ import annotations

import array
import collections
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp import checks
from mlp.batches import Batches
from mlp.errors import ArgumentError, DataError, MLPError, OutOfDataWarning
from mlp.frames import is_frame
from mlp.notices import warn_caller
from mlp.rows import require_finite
from mlp.samples import Samples
from mlp.several import Several
from mlp.sparse import is_sparse

if TYPE_CHECKING:
    from mlp.trainable import Trainable

__all__ = ["Feed", "RowFeed", "StreamFeed", "batch_rows", "feed_to_learn", "feed_to_predict", "is_stream"]

#: What has a length and items, and holds rows and not batches.
HOLDS_ROWS = (
    np.ndarray, Several, list, tuple, range, str, bytes, bytearray, memoryview, array.array, collections.deque, Mapping,
)  # fmt: skip


def is_stream(x: Any) -> bool:
    """Whether it gives batches: an iterator, another iterable that is no array, or ``x[i]`` for ``i < len(x)``.

    Examples
    --------
    >>> is_stream(iter([])), is_stream([[1.0]])
    (True, False)
    """
    if isinstance(x, HOLDS_ROWS) or hasattr(x, "__array__") or is_frame(x) or is_sparse(x):
        return False
    return hasattr(x, "__iter__") or _has_items(x)


def _has_items(x: Any) -> bool:
    return hasattr(x, "__getitem__") and (hasattr(x, "__len__") or hasattr(x, "num_batches"))


class Feed:
    """Batches for epochs.

    Parameters
    ----------
    steps : int, optional
        Batches in an epoch; one way through the data unless given.

    Attributes
    ----------
    length : int or None
        Batches in an epoch, where it is known.
    alike : bool
        Whether all batches of one length are arrays of one form, and come in the same memory if two of them do.
    gone_through_once : bool
        Whether what has been given cannot be given again.
    """

    alike = False
    gone_through_once = False

    def __init__(self, steps: int | None, length: int | None) -> None:
        self.steps = steps
        self.length = length if steps is None else steps
        self._running: Iterator[Any] | None = None
        self._next: Any = None

    def _way(self) -> Iterator[Any]:
        """All batches, or those that are left where they can be gone through only once."""
        raise NotImplementedError

    def begin(self) -> bool:
        """Begin an epoch, unless it is begun; False if there is no batch for it."""
        self._fetch()
        if self._next is None:
            self._running = self._way()
            self._fetch()
        return self._next is not None

    def _fetch(self) -> None:
        if self._next is None and self._running is not None:
            self._next = next(self._running, None)

    def rewind(self) -> None:
        """Go back to the first batch, where that can be."""
        if not self.gone_through_once:
            self._running = self._next = None

    def epoch(self) -> Iterator[Any]:
        """The batches of the epoch that has begun."""
        taken = 0
        while self.steps is None or taken < self.steps:
            self._fetch()
            if self._next is None:
                break
            batch, self._next = self._next, None
            yield batch
            taken += 1
        if self.steps is not None and taken < self.steps:
            out_of_data(f"{taken} batches where {self.steps} were asked for")


def out_of_data(what: str) -> None:
    """Warn that fewer batches came than were asked for."""
    warn_caller(
        f"the data ran out, {what}; give an iterator that goes on, a sequence of batches, or fewer steps and epochs",
        OutOfDataWarning,
    )


def batch_rows(rows: int, batch_size: int | None, steps: int | None, otherwise: int) -> int:
    """Rows in a batch of an array: as told, or so many that ``steps`` batches are all of it, as in Keras."""
    return batch_size or (max(1, math.ceil(rows / steps)) if steps else otherwise)


class RowFeed(Feed):
    """Batches of rows that are all there.

    Parameters
    ----------
    arrays : tuple
        As for `Batches`.
    size : int
        Rows in a batch.
    rng : Generator, optional
        Draws a new order of the rows for each way through them; none leaves them as they are.
    steps : int, optional
        See `Feed`.
    """

    def __init__(
        self,
        arrays: tuple[Any, ...],
        size: int,
        rng: np.random.Generator | None = None,
        steps: int | None = None,
    ) -> None:
        self._batches, self._rng = Batches(arrays, size), rng
        self.alike = not self._batches.sparse
        super().__init__(steps, math.ceil(self._batches.rows / size))

    def _way(self) -> Iterator[Any]:
        batches = self._batches
        return iter(batches) if self._rng is None else batches.shuffled(self._rng.permutation(batches.rows))

    def begin(self) -> bool:
        """Begin an epoch."""
        return self.steps is None or super().begin()

    def epoch(self) -> Iterator[Any]:
        """The batches of an epoch."""
        return self._way() if self.steps is None else super().epoch()


class StreamFeed(Feed):
    """Batches that somebody else makes.

    Parameters
    ----------
    source : iterator, iterable, or object with items and a length
        Gives the batches; ``on_epoch_begin`` and ``on_epoch_end`` are called where it has them, as in Keras.
    door : callable
        Makes of one of them what the loop takes.
    rng : Generator, optional
        Draws a new order of the batches, where they have numbers; none leaves them as they are.
    steps : int, optional
        See `Feed`.
    """

    def __init__(
        self,
        source: Any,
        door: Callable[[Any], Any],
        rng: np.random.Generator | None = None,
        steps: int | None = None,
    ) -> None:
        self._source, self._door, self._rng = source, door, rng
        self._numbered, self._begun = _has_items(source), False
        self.gone_through_once = not self._numbered and hasattr(source, "__next__")
        length = source.num_batches if hasattr(source, "num_batches") else None
        if length is None and hasattr(source, "__len__"):
            length = len(source)
        super().__init__(steps, length if length is None else checks.integer("len(x)", length, 0))

    def _way(self) -> Iterator[Any]:
        for number, raw in enumerate(self._raw()):
            try:
                batch = self._door(raw)
            except MLPError as error:
                raise type(error)(f"batch {number + 1} of x: {error}") from None
            yield batch

    def _raw(self) -> Iterable[Any]:
        if not self._numbered:
            source: Iterable[Any] = self._source
            return source
        total = self._source.num_batches if hasattr(self._source, "num_batches") else len(self._source)
        if total is None:
            numbers: Iterable[int] = itertools.count()
        else:
            numbers = range(total) if self._rng is None else self._rng.permutation(total).tolist()
        return (self._source[number] for number in numbers)

    def begin(self) -> bool:
        """Begin an epoch, unless it is begun; False if there is no batch for it."""
        if not self._begun:
            self._tell("on_epoch_begin")
            self._begun = True
        return super().begin()

    def epoch(self) -> Iterator[Any]:
        """The batches of the epoch that has begun."""
        yield from super().epoch()
        self._begun = False
        self._tell("on_epoch_end")

    def _tell(self, hook: str) -> None:
        told = getattr(self._source, hook, None)
        if callable(told):
            told()


def feed_to_learn(
    network: Trainable,
    x: Any,
    y: Any,
    sample_weight: Any,
    class_weight: Mapping[int, float] | None,
    rng: np.random.Generator | None,
    steps: int | None,
    prefix: str = "",
) -> StreamFeed:
    """Batches ``(x, t, weight)`` of a stream of ``(x, y)`` or ``(x, y, sample_weight)``.

    Raises
    ------
    ArgumentError
        If targets or weights come beside the stream.
    """
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise ArgumentError(
                f"{prefix}x gives batches, {type(x).__name__}, which bring their {name} along, (x, y) or "
                f"(x, y, sample_weight): leave {name} out"
            )
    network.compiled.needed_loss()

    def door(raw: Any) -> Any:
        if not isinstance(raw, tuple | list) or len(raw) not in (2, 3):
            raise DataError(
                f"{prefix}each batch must be a tuple (x, y) or (x, y, sample_weight), got {type(raw).__name__}"
            )
        x, y, weight = (*raw, None)[:3]
        samples = Samples.checked(network, x, y, weight, class_weight, prefix)
        return samples.x, samples.t, samples.training_weight

    return StreamFeed(x, door, rng, steps)


def feed_to_predict(network: Trainable, x: Any, steps: int | None) -> StreamFeed:
    """Batches of rows of a stream of rows, or of tuples that begin with them."""

    def door(raw: Any) -> Any:
        rows = network.rows_in(raw[0] if isinstance(raw, tuple) and raw else raw)
        require_finite("x", rows)
        return rows

    return StreamFeed(x, door, None, steps)
