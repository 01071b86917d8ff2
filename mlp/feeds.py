"""Where batches come from, one epoch after another: arrays in memory or in a file, a sequence of batches, an iterator.

A loop asks a `Feed` to `begin` an epoch and then goes through its `epoch`.  With ``steps`` an epoch is so many
batches, and the next one goes on behind them; without, it is all batches once.
"""

from __future__ import annotations

import array
import collections
import copy
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
    length : int, optional
        Batches in one way through the data, where that is known.
    rng : Generator, optional
        Draws a new order for each way through the data; none leaves it as it is.

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

    def __init__(self, steps: int | None, length: int | None, rng: np.random.Generator | None = None) -> None:
        self.steps = steps
        self.length = length if steps is None else steps
        self._rng = rng
        self._drawn_from: Any = None
        self._running: Iterator[Any] | None = None
        self._next: Any = None
        #: How many batches of this way through the data have been given in earlier epochs.
        self._taken = 0
        self._in_the_middle = False

    def _count(self) -> int | None:
        """How many things there are to be put into an order, if that can be done."""
        raise NotImplementedError

    def _way(self, order: Any, first: int) -> Iterator[Any]:
        """All batches from this one on, or those that are left where they can be gone through only once."""
        raise NotImplementedError

    def _drawn(self) -> Any:
        """A new order, if there is to be one; where it came from is kept, to draw it again."""
        count = None if self._rng is None else self._count()
        if self._rng is None or count is None:
            return None
        self._drawn_from = self._rng.bit_generator.state
        return self._rng.permutation(count)

    def _drawn_again(self) -> Any:
        count = self._count()
        if self._rng is None or count is None or self._drawn_from is None:
            return None
        twin = copy.deepcopy(self._rng)
        twin.bit_generator.state = self._drawn_from
        return twin.permutation(count)

    def begin(self) -> bool:
        """Begin an epoch, unless it is begun; False if there is no batch for it."""
        if self._in_the_middle:
            return True
        self._fetch()
        if self._next is None:
            self._running, self._taken = self._way(self._drawn(), 0), 0
            self._fetch()
        return self._next is not None

    def _fetch(self) -> None:
        if self._next is None and self._running is not None:
            self._next = next(self._running, None)

    def rewind(self) -> None:
        """Go back to the first batch, where that can be."""
        if not self.gone_through_once:
            self._running = self._next = None

    def epoch(self, done: int = 0) -> Iterator[Any]:
        """The batches of the epoch that has begun, but for those that are done."""
        self._in_the_middle, given = False, done
        try:
            while self.steps is None or given < self.steps:
                self._fetch()
                if self._next is None:
                    break
                batch, self._next = self._next, None
                given += 1
                yield batch
        finally:
            self._taken += given
        if self.steps is not None and given < self.steps:
            out_of_data(f"{given} batches where {self.steps} were asked for")

    def get_state(self, done: int = 0) -> dict[str, Any]:
        """Where it stands after so many batches of an epoch; after none, between two epochs."""
        running = self._running is not None
        return {
            "length": self.length,
            "done": done,
            "taken": self._taken + done if running else None,
            "drawn_from": self._drawn_from if running else None,
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from there with the same data.

        An iterator is gone forward by as many batches as it has given then, for it is taken for a new one.

        Raises
        ------
        DataError
            If the data have another number of batches.
        """
        if state["length"] != self.length:
            raise DataError(
                f"an epoch had {state['length']} batches, now it has {self.length}: give fit the same data"
            )
        done, taken = (
            None if n is None else checks.integer("batches", n, 0) for n in (state["done"], state["taken"])
        )
        self._in_the_middle, self._drawn_from = bool(done), state["drawn_from"]
        self._taken = (taken or 0) - (done or 0)
        if self.gone_through_once:
            self._running = self._running or self._way(None, 0)
            for _ in range(taken or 0):
                self._fetch()
                self._next = None
        else:
            self._next, self._running = None, None if taken is None else self._way(self._drawn_again(), taken)


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
        self._batches = Batches(arrays, size)
        self.alike = not self._batches.sparse
        super().__init__(steps, math.ceil(self._batches.rows / size), rng)

    def _count(self) -> int:
        return self._batches.rows

    def _way(self, order: Any, first: int) -> Iterator[Any]:
        batches = self._batches
        way = iter(batches) if order is None else batches.shuffled(order)
        return itertools.islice(way, first, None) if first else way

    def begin(self) -> bool:
        """Begin an epoch."""
        return self.steps is None or super().begin()

    def epoch(self, done: int = 0) -> Iterator[Any]:
        """The batches of an epoch, but for those that are done."""
        if self.steps is not None:
            return super().epoch(done)
        way, self._running, self._in_the_middle = self._running, None, False
        return self._way(self._drawn(), 0) if way is None else way

    def get_state(self, done: int = 0) -> dict[str, Any]:
        """Where it stands after so many batches of an epoch; after none, between two epochs."""
        if self.steps is not None:
            return super().get_state(done)
        return {
            "length": self.length,
            "done": done,
            "taken": done or None,
            "drawn_from": self._drawn_from if done else None,
        }


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

    Notes
    -----
    For a training that is taken up again, a source whose batches have numbers may bring ``get_state()`` and
    ``set_state(state)``; what another source draws by chance is the same again only if its program sees to that.
    """

    def __init__(
        self,
        source: Any,
        door: Callable[[Any], Any],
        rng: np.random.Generator | None = None,
        steps: int | None = None,
    ) -> None:
        self._source, self._door = source, door
        self._numbered, self._begun = _has_items(source), False
        self.gone_through_once = not self._numbered and hasattr(source, "__next__")
        length = self._count()
        if length is None and hasattr(source, "__len__"):
            length = len(source)
        super().__init__(steps, length if length is None else checks.integer("len(x)", length, 0), rng)

    def _count(self) -> Any:
        if hasattr(self._source, "num_batches"):
            return self._source.num_batches
        return len(self._source) if hasattr(self._source, "__len__") else None

    def _way(self, order: Any, first: int) -> Iterator[Any]:
        for number, raw in enumerate(self._raw(order, first), first):
            try:
                batch = self._door(raw)
            except MLPError as error:
                raise type(error)(f"batch {number + 1} of x: {error}") from None
            yield batch

    def _raw(self, order: Any, first: int) -> Iterable[Any]:
        if not self._numbered:
            return itertools.islice(self._source, first, None) if first else self._source
        total = self._count()
        if order is not None:
            numbers: Iterable[int] = order[first:].tolist()
        else:
            numbers = itertools.count(first) if total is None else range(first, total)
        return (self._source[number] for number in numbers)

    def _drawn(self) -> Any:
        return super()._drawn() if self._numbered else None

    def _drawn_again(self) -> Any:
        return super()._drawn_again() if self._numbered else None

    def begin(self) -> bool:
        """Begin an epoch, unless it is begun; False if there is no batch for it."""
        if not self._begun:
            self._tell("on_epoch_begin")
            self._begun = True
        return super().begin()

    def epoch(self, done: int = 0) -> Iterator[Any]:
        """The batches of the epoch that has begun, but for those that are done."""
        yield from super().epoch(done)
        self._begun = False
        self._tell("on_epoch_end")

    def get_state(self, done: int = 0) -> dict[str, Any]:
        """Where it stands; with the state of the source, where its batches have numbers and it has one."""
        own = self._source.get_state() if self._brings_state() else None
        return {**super().get_state(done), "source": own}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from there with the same data."""
        if state["done"] and not self._begun:
            self._tell("on_epoch_begin")
            self._begun = True
        if self._brings_state():
            self._source.set_state(state["source"])
        super().set_state(state)

    def _brings_state(self) -> bool:
        return self._numbered and hasattr(self._source, "get_state") and hasattr(self._source, "set_state")

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
