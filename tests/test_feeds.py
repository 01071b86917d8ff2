"""Where batches come from, left anywhere and gone on with by a feed made anew."""

import itertools

import numpy as np
import pytest
from callbacks.trainings import Again, Numbered
from scipy import sparse

from mlp import Network
from mlp.errors import DataError
from mlp.feeds import RowFeed, StreamFeed
from mlp.layers import Dense
from mlp.sparse import SparseRows

ROWS = np.arange(22.0).reshape(11, 2)
NET = Network([Dense(1, input_dim=2)])


def batches(n=5):
    return [np.full((2, 1), float(i)) for i in range(n)]


def endless():
    yield from (np.full((2, 1), float(i)) for i in itertools.count())


STREAM = lambda source: lambda rng, steps: StreamFeed(source(), lambda raw: (raw,), rng, steps)

#: Feeds, made anew with a generator and the number of steps in an epoch.
FEEDS = {
    "rows": lambda rng, steps: RowFeed((ROWS, None), 4, rng, steps),
    "sparse rows": lambda rng, steps: RowFeed((NET.rows_in(sparse.csr_array(ROWS)),), 4, rng, steps),
    "numbered": STREAM(lambda: Numbered(batches())),
    "gone through again": STREAM(lambda: Again(batches())),
    "an iterator": STREAM(endless),
}


def seen(batch):
    """Its numbers; those of sparse rows by a product."""
    dense = lambda part: (
        part.dot(np.eye(2), np.empty((len(part), 2))) if isinstance(part, SparseRows) else part
    )
    return [None if part is None else dense(part).tolist() for part in batch]


@pytest.mark.filterwarnings("ignore::mlp.errors.OutOfDataWarning")
@pytest.mark.parametrize("looked", [False, True], ids=["at once", "after a look at the first batch"])
@pytest.mark.parametrize("shuffled", [False, True], ids=["in order", "shuffled"])
@pytest.mark.parametrize("steps", [None, 2, 3])
@pytest.mark.parametrize("name", FEEDS)
def test_from_everywhere(name, steps, shuffled, looked):
    if name == "an iterator" and steps is None:
        steps = 4

    def made(seed=0):
        rng = np.random.default_rng(seed)
        feed = FEEDS[name](rng if shuffled else None, steps)
        if looked:
            feed.begin()
        return feed, rng

    feed, rng = made()
    given, states = [], []
    for _ in range(4):
        states.append((len(given), 0, feed.get_state(), rng.bit_generator.state))
        assert feed.begin()
        for done, batch in enumerate(feed.epoch(), 1):
            given.append(seen(batch))
            states.append((len(given), done, feed.get_state(done), rng.bit_generator.state))
    for so_far, done, state, drawn in states:
        again, own = made(1)
        own.bit_generator.state = drawn
        again.set_state(state)
        rest = []
        while len(rest) < len(given) - so_far:
            assert again.begin()
            rest += [seen(batch) for batch in again.epoch(done)]
            done = 0
        assert rest == given[so_far:], (so_far, done)


def test_other_data_are_refused():
    state = RowFeed((ROWS,), 4).get_state()
    with pytest.raises(DataError, match="an epoch had 3 batches, now it has 6"):
        RowFeed((ROWS,), 2).set_state(state)
