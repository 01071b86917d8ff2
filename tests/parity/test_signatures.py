"""Names, arguments, orders and defaults are those of Keras, but for what `deviations` declares."""

import pytest

import mlp
from mlp.errors import MLPError
from mlp.names import snake_case
from parity import deviations, references, signatures
from parity.write_deviations import PAGE

SIGNATURES = references.read("signatures")["results"]
NAMES = references.read("names")["results"]


def differences_of_arguments(path):
    return deviations.differences(signatures.arguments(mlp, path), SIGNATURES[path])


def differences_of_meaning(call):
    """Whether a string means the function or class that it means in Keras."""
    module, _, name = call.removesuffix("')").partition(".get('")
    try:
        found = signatures.find(mlp, module).get(name)
    except MLPError:
        return ["unknown"]
    meant = snake_case(type(found).__name__)
    return [] if _letters(meant) == _letters(NAMES[call]) else [f"means {meant}"]


def _letters(name):
    return name.replace("_", "").lower()


def all_differences():
    """Every difference with its place."""
    for path in SIGNATURES:
        yield from ((path, what) for what in differences_of_arguments(path))
    for call in NAMES:
        yield from ((call, what) for what in differences_of_meaning(call))


def undeclared():
    """The differences that no rule speaks of."""
    return [(where, what) for where, what in all_differences() if not deviations.rules_for(where, what)]


@pytest.mark.parametrize("path", SIGNATURES)
def test_arguments_are_those_of_keras(path):
    found = [what for what in differences_of_arguments(path) if not deviations.rules_for(path, what)]
    assert not found, f"{signatures.arguments(mlp, path)}, in Keras {SIGNATURES[path]}"


OPTIMIZERS = [
    name
    for name, cls in vars(mlp.optimizers).items()
    if f"optimizers.{name}" in SIGNATURES and isinstance(cls, type)
]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_take_what_all_take_in_keras(name):
    """Behind their own arguments, among ``**kwargs``."""
    parameters = getattr(mlp.optimizers, name)._arguments().values()
    here = [
        p.name if p.default is p.empty else f"{p.name}={signatures.default(p.default)}" for p in parameters
    ]
    tail = SIGNATURES[f"optimizers.{name}"][1:-1]  # between the rate and **kwargs
    assert here[1:] == tail


@pytest.mark.parametrize("call", NAMES)
def test_a_string_means_what_it_means_in_keras(call):
    found = [what for what in differences_of_meaning(call) if not deviations.rules_for(call, what)]
    assert not found, f"in Keras it means {NAMES[call]}"


def test_every_rule_speaks_of_differences():
    found = list(all_differences())
    parts = [part for rule in deviations.RULES for part in rule.parts()]
    unused = [part for part in parts if not any(part.speaks_of(*difference) for difference in found)]
    assert not unused, "take it out of deviations.RULES"


def test_every_rule_has_a_reason():
    assert [row for row in [*deviations.RULES, *deviations.NUMBERS] if len(row.reason) < 8] == []


def test_the_page_of_deviations_is_of_this_table():
    assert PAGE.read_text("utf-8") == deviations.page(), "run: python tests/parity/write_deviations.py"


@pytest.mark.parametrize(
    ("here", "expected"),
    [
        (["x", "a=1", "b=2"], []),
        (None, ["absent"]),
        (["x", "a=1"], ["no b"]),
        (["x", "a=1", "b=2", "c=3"], ["also c=3"]),
        (["x", "a=1", "b=3"], ["b=3 instead of b=2"]),
        (["x", "a", "b=2"], ["a without default instead of a=1"]),
        (["x", "b=2", "a=1"], ["in the order x, b, a"]),
        (["x", "a=1", "*", "b=2"], ["b by keyword only"]),
        (["x", "*", "b=2", "a=1"], ["in the order x, b, a", "a by keyword only", "b by keyword only"]),
        (["x", "a=1", "b=2", "**kwargs"], ["also **kwargs"]),
    ],
)
def test_a_difference_is_seen(here, expected):
    assert deviations.differences(here, ["x", "a=1", "b=2"]) == expected
