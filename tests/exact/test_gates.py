"""Gates: every input there is, against a sentence about counts."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from mlp.exact import and_gate, majority, or_gate, parity, xor_gate

#: What each gate says of a list of zeros and ones.
GATES = {
    "and": (and_gate, all),
    "or": (or_gate, any),
    "majority": (majority, lambda bits: bits.count(1) > bits.count(0)),
    "parity": (parity, lambda bits: bits.count(1) in range(1, 99, 2)),
}


def corners(n):
    return [list(bits) for bits in itertools.product([0, 1], repeat=n)]


@pytest.mark.parametrize("n", range(1, 11))
@pytest.mark.parametrize("name", GATES)
def test_a_gate_is_right_for_every_input(name, n):
    make, says = GATES[name]
    x = corners(n)
    right = [[int(says(bits))] for bits in x]
    assert make(n)(x).tolist() == right
    assert make(n, dtype="float32")(x).tolist() == right


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("name", GATES)
def test_a_gate_of_fractions_gives_fractions(name, n):
    make, says = GATES[name]
    y = make(n, dtype=object)(corners(n))
    assert y.tolist() == [[int(says(bits))] for bits in corners(n)]
    assert {type(value) for value in y.ravel()} == {Fraction}


def test_the_weights_are_those_of_the_pictures():
    for net, bias in ((and_gate(), -1.5), (or_gate(), -0.5), (majority(), -1.5)):
        assert net.parameters.tolist() == [1] * net.input_shape[1] + [bias]
    assert parity(3).get_weights()[1].tolist() == [-0.5, -1.5, -2.5]
    assert parity(3).get_weights()[2].tolist() == [[1], [-1], [1]]


@pytest.mark.parametrize("dtype", ["float64", "float32", object])
def test_xor(dtype):
    net = xor_gate(dtype)
    assert net([[0, 0], [0, 1], [1, 0], [1, 1]]).ravel().tolist() == [0, 1, 1, 0]
    for weight, of_parity in zip(net.get_weights(), parity(2, dtype).get_weights(), strict=True):
        np.testing.assert_array_equal(weight, of_parity)


def test_no_unit_is_right_for_exclusive_or():
    """Why xor and parity have a layer between: a unit over a fine grid of weights never does it."""
    x, right = np.array(corners(2)), np.array([0, 1, 1, 0])
    grid = np.linspace(-2, 2, 17)
    for a, b, c in itertools.product(grid, repeat=3):
        assert (((x @ [a, b] + c) > 0) != right).any()


@pytest.mark.parametrize("name", GATES)
def test_all_weights_are_halves(name):
    make, _ = GATES[name]
    for weight in make(7, dtype=object).parameters:
        assert weight.denominator in (1, 2)
