"""The docstrings that the reference shows: each rule is a function, each public name a row.

Constants are told by comments and stand outside; so do second names of a class or function, which have its text.
"""

import ast
import contextlib
import doctest
import importlib
import importlib.util
import inspect
import re
import sys
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest

import mlp
from mlp.explain import Calculation
from mlp.names import snake_case

SHOWN = Path(__file__).parents[1] / "docs" / "extensions" / "shown.py"
SPEC = importlib.util.spec_from_file_location("shown", SHOWN)
shown = importlib.util.module_from_spec(SPEC)
sys.modules["shown"] = shown  # where dataclasses look for their own module
SPEC.loader.exec_module(shown)

#: The longest line of code in an example.
WIDTH = 88

HEADER = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)

#: The methods of classes with many; of the others the class's own example is enough.
CALLED_BY_USERS = {
    mlp.Network: (
        "activations add astype compile copy count_params evaluate explain fit forward backward from_config get_config "
        "get_layer get_weights health input_gradient jacobian load_weights minimize parameters pop predict predict_on_batch "
        "save save_weights set_weights steps summary test_on_batch to_json train_on_batch value_and_gradient"
    ),
    mlp.Ensemble: "fit predict",
    mlp.Split: "rows",
    mlp.layers.Layer: "add_weight backward build forward gradient_of",
    mlp.losses.Loss: "measure value_and_gradient",
    mlp.metrics.Metric: "update_state result reset_state values",
    mlp.optimizers.Optimizer: "step update current_rate exclude_from_weight_decay get_state",
    mlp.callbacks.Callback: "on_epoch_end get_state",
    Calculation: "text",
}


@dataclass(frozen=True)
class Subject:
    """A public name: what it is, and of which class it is a member."""

    module: str
    label: str
    value: object
    owner: type | None = None

    @cached_property
    def doc(self):
        return inspect.getdoc(self.value) or ""

    @cached_property
    def sections(self):
        """The sections of the docstring by their headers; what stands above them by ``""``."""
        parts = HEADER.split(self.doc)
        return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}

    @property
    def is_method(self):
        return self.owner is not None and not isinstance(self.value, property)

    @cached_property
    def signature(self):
        """Its parameters without ``self``; none for what is not called."""
        if isinstance(self.value, property):
            return {}
        is_error = inspect.isclass(self.value) and issubclass(self.value, Exception)
        if is_error and "__init__" not in vars(self.value):
            return {}
        found = shown.parameters(self.value)
        if self.is_method and found and found[0].name == "self":
            found = found[1:]
        return {parameter.name: parameter for parameter in found}

    @cached_property
    def documented(self):
        """The parameters that are told of, in order, each with its type; the fields of a class may be its attributes."""
        told = {}
        for section in ("Parameters", "Attributes") if inspect.isclass(self.value) else ("Parameters",):
            for line in self.sections.get(section, "").splitlines():
                if line.strip() and not line.startswith(" "):
                    names, _, kind = line.partition(" : ")
                    kind, _, defaults = kind.partition(", defaults ")
                    each_kind = [f"{kind}, default {one}" for one in re.split(", | and ", defaults) if one]
                    names = [name.lstrip("*") for name in names.split(", ")]
                    told.update(zip(names, each_kind or [kind] * len(names), strict=True))
        return told

    @property
    def repeats_its_base(self):
        """Whether it overrides a method that is told of with a base, and takes the same."""
        if not self.is_method:
            return False
        for base in self.owner.__mro__[1:]:
            if self.value.__name__ in vars(base) and vars(base)[self.value.__name__] is not self.value:
                of_base = getattr(base, self.value.__name__)
                return (
                    bool(of_base.__doc__)
                    and Subject("", "", of_base, base).signature.keys() >= self.signature.keys()
                )
        return False


def subjects():
    """All that the reference shows, each once."""
    seen = set()
    for module in shown.public_modules():
        found = importlib.import_module(module)
        for public in shown.public_names(module):
            value = getattr(found, public.name)
            if public.kind == "data" or id(value) in seen:
                continue
            seen.add(id(value))
            yield Subject(module, f"{module}.{public.name}", value)
            for name in public.members:
                member = inspect.getattr_static(value, name)
                if id(member) not in seen:
                    seen.add(id(member))
                    member = member if isinstance(member, property) else getattr(value, name)
                    yield Subject(module, f"{module}.{public.name}.{name}", member, value)


SUBJECTS = list(subjects())
CALLED = [one for one in SUBJECTS if one.signature]
NAMED = [one for one in SUBJECTS if one.owner is None]

#: Their examples are read, not run: they need packages that no test installs.
NOT_RUN = {"mlp.from_sklearn": "scikit-learn", "mlp.from_torch": "PyTorch"}


def each(rows):
    """Run a test for each of the subjects."""
    return pytest.mark.parametrize("subject", rows, ids=lambda subject: subject.label)


@each(SUBJECTS)
def test_the_first_line_is_a_sentence_on_one_line(subject):
    """It is all that a list of contents shows, which takes the first full stop for the end."""
    first, *rest = subject.doc.splitlines() or [""]
    assert first.endswith(".")
    assert not rest or rest[0] == ""
    assert not re.search(r"\b(eq|e\.g|i\.e|cf|vs|no|fig|sec)\. ", first)


@each(CALLED)
def test_parameters_are_those_of_the_signature(subject):
    """In its order; a method without such a section names them in its text, or overrides one that does."""
    told, signature = subject.documented, subject.signature
    takes_more = any(parameter.kind is parameter.VAR_KEYWORD for parameter in signature.values())
    assert takes_more or "Attributes" in subject.sections or told.keys() <= signature.keys()
    assert [name for name in signature if name in told] == [name for name in told if name in signature]
    if subject.repeats_its_base:
        return
    text = subject.doc if subject.is_method and "Parameters" not in subject.sections else ""
    if told.keys() - signature.keys():  # what **kwargs are, by their names
        signature = {name: one for name, one in signature.items() if one.kind is not one.VAR_KEYWORD}
    assert [name for name in signature if name not in told and f"``{name}``" not in text] == []


@each([one for one in CALLED if one.documented])
def test_defaults_are_those_of_the_signature(subject):
    """What is said behind "default", or the first of several choices; it may be missing where there is no type either."""
    for name, kind in subject.documented.items():
        parameter = subject.signature.get(name)
        if parameter is None:
            continue
        if "default" in kind or "optional" in kind:
            assert parameter.default is not parameter.empty, name
        choices = None if "optional" in kind else re.match(r"\{([^,}]+)[,}]", kind)
        said = re.search(r"\bdefault (.+)$", kind) or choices
        if kind and "Parameters" in subject.sections and parameter.default not in (None, parameter.empty):
            assert said or "optional" in kind, name
        if said and parameter.default is not parameter.empty:
            assert same(said[1], parameter.default), (name, kind, parameter.default)


def same(text, default):
    """Whether a default is the one that is written."""
    if text == "1 / 6":  # how a person writes it
        return default == 1 / 6
    with contextlib.suppress(ValueError, SyntaxError):
        return ast.literal_eval(text) == default
    return text in (repr(default), getattr(default, "__name__", None))


@each([one for one in SUBJECTS if inspect.isroutine(one.value)])
def test_what_is_returned_is_told(subject):
    """In a section of its own; a method of one line says all that it does, and an override does what its base does."""
    returned = inspect.signature(subject.value).return_annotation
    if (
        returned in ("None", None)
        or (subject.is_method and len(subject.doc.splitlines()) == 1)
        or subject.repeats_its_base
    ):
        return
    assert {"Returns", "Yields"} & subject.sections.keys()


@each(NAMED)
def test_there_is_an_example(subject):
    """Of the name itself, or of a class as the function that it is, too."""
    assert ">>> " in subject.sections.get("Examples", "") or subject.label in NOT_RUN
    names = {subject.value.__name__, snake_case(subject.value.__name__)}
    assert names & set(re.findall(r"\w+", subject.sections["Examples"]))


@pytest.mark.parametrize(
    ("owner", "name"), [(cls, name) for cls, names in CALLED_BY_USERS.items() for name in names.split()]
)
def test_what_users_call_is_shown(owner, name):
    """In an example: its own, or one of its class."""
    docs = f"{inspect.getdoc(owner)}\n{inspect.getdoc(getattr(owner, name))}"
    assert re.search(rf"^(>>>|\.\.\.) .*\b{name}\b", docs, re.MULTILINE)


@pytest.mark.parametrize("module", shown.public_modules())
def test_examples_are_run_and_fit_a_page(module):
    """Each is one that ``pytest --doctest-modules mlp`` finds, and nothing in it is skipped."""
    for subject in SUBJECTS:
        if subject.module == module and ">>> " in subject.doc:
            source = getattr(subject.value, "configurable", subject.value)  # whose examples a function has
            home = inspect.getmodule(getattr(source, "fget", source))
            assert inspect.getdoc(source) in run_in(home), subject.label
            assert "+SKIP" not in subject.doc, subject.label
            code = [line for line in subject.doc.splitlines() if line.startswith((">>> ", "... "))]
            assert [line for line in code if len(line) > WIDTH] == [], subject.label


@cache
def run_in(module):
    """The docstrings of a module that doctest runs."""
    return {
        inspect.cleandoc(found.docstring) for found in doctest.DocTestFinder().find(module, extraglobs={})
    }
