"""The states of generators, put back or refused without having changed any."""

import copy
import tracemalloc

import numpy as np
import pytest

from mlp import Network
from mlp.errors import ModelFileError
from mlp.files import generators
from mlp.layers import Dense, Dropout


def network(kind=np.random.PCG64):
    return Network([Dropout(0.5, seed=3, input_dim=2), Dense(1)], rng=np.random.Generator(kind(5)))


def mersenne():
    return generators.states(network(np.random.MT19937))[0]


CHANGES = {
    "one too few": lambda states: states[:1],
    "one too many": lambda states: [*states, states[0]],
    "another kind in a layer": lambda states: [states[0], mersenne()],
    "an unknown kind": lambda states: [{**states[0], "bit_generator": "Dice"}, states[1]],
    "no state": lambda states: [states[0], {"bit_generator": "PCG64"}],
    "numbers of a type of text": lambda states: [_typed("S1000000000"), states[1]],
    "numbers of any object": lambda states: [_typed("O"), states[1]],
}


def _typed(dtype):
    state = copy.deepcopy(mersenne())
    state["state"]["key"]["dtype"] = dtype
    return state


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_states_that_do_not_fit_are_refused_and_change_nothing(change):
    net = network()
    before = copy.deepcopy(generators.states(net))
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError):
            generators.set_states(net, change(before))
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
    assert generators.states(net) == before


@pytest.mark.parametrize("kind", generators.BIT_GENERATORS.values(), ids=generators.BIT_GENERATORS)
def test_states_go_on_where_they_were(kind):
    one, other = network(kind), network()
    one.rng.normal(size=7)
    generators.set_states(other, generators.states(one))
    assert type(other.rng.bit_generator) is kind
    np.testing.assert_array_equal(one.rng.normal(size=5), other.rng.normal(size=5))
    np.testing.assert_array_equal(*(net.layers[0].generator.normal(size=5) for net in (one, other)))
