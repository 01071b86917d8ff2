"""The programs give on this library what they gave on Keras."""

import functools

import pytest

from parity import deviations, references, tolerances
from parity.mlp_library import MlpLibrary
from parity.programs import SECTIONS, of

read = functools.cache(references.read)

EVERY = [(section, name) for section in SECTIONS for name in of(section)]


@pytest.mark.parametrize(("section", "name"), EVERY, ids=[f"{section}: {name}" for section, name in EVERY])
def test_a_program_gives_what_it_gave_on_keras(section, name):
    found = references.plain(of(section)[name](MlpLibrary()))
    reference = read(section)["results"][name]
    deviation = deviations.NUMBER.get((section, name))
    if deviation is not None:
        assert tolerances.differences(section, name, found, reference), "it is no deviation, take it out"
        reference = deviation.here
    differences = tolerances.differences(section, name, found, reference)
    assert not differences, "\n".join(differences)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_reference_has_its_program(section):
    assert list(read(section)["results"]) == list(of(section)), "run make_references.py"


def test_every_deviation_is_of_a_program():
    assert not [key for key in deviations.NUMBER if key not in EVERY]
