"""The gallery: every mistake is caught by the check that is said to catch it, every right twin passes."""

import importlib
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mlp.errors import UnknownNameError
from mlp.testing import GradientError, activations, gallery, layers, losses, networks, optimizers
from mlp.testing.gallery.page import FAMILIES, page
from mlp.testing.report import run_checks

EXHIBITS = gallery.EXHIBITS

#: Weights that a message about a wrong gradient must name.
WEIGHTS = ("kernel", "bias", "s", "k", "table")

#: What the gallery must have.
WANTED = """
inner for outer product; missing output derivative in the hidden error; transposed kernel; forgotten bias
weights updated before the hidden delta is computed; 1/n missing; 1/n doubled
softmax's Jacobian taken as its diagonal; zeros that hide behind all-ones; dropout mask drawn again in backward
mean of gradients over features; derivative taken at the wrong point; stale cache
gradient added to instead of overwritten; input modified in place; regularizer's factor two
relu's derivative at negative inputs; sign of the loss gradient; Adam without bias correction
Adam with epsilon inside the root; Adam with a shared step counter; momentum with the wrong sign; (n,) against (n, 1)
"""


every_one = pytest.mark.parametrize("one", EXHIBITS, ids=[one.name for one in EXHIBITS])


@pytest.fixture
def only(monkeypatch):
    """Leave out the search for smaller counterexamples, which takes most of the time, and all checks but one."""

    def choose(name=None):
        def run(subject, case, checks, smaller=None):
            return run_checks(subject, case, tuple(check for check in checks if name in (None, check.name)))

        for module in (activations, layers, losses, networks, optimizers):
            monkeypatch.setattr(module, "run_checks", run)

    return choose


# --- Caught -------------------------------------------------------------------------------------------------


@every_one
def test_a_mistake_is_caught_by_its_check_and_the_message_names_it(one, only):
    only()
    with pytest.raises(GradientError) as caught:
        one.check()
    error = caught.value
    assert one.check_name in error.failures
    of_a_penalty = one.smallest.checker == "check_gradients"
    assert ("'dense'" if of_a_penalty else one.wrong.__name__) in str(error)
    weight = "kernel" if of_a_penalty else one.smallest.look_at
    if error.check == "gradient" and weight in WEIGHTS:
        assert f" {weight}[" in str(error)


@every_one
@pytest.mark.parametrize("seed", [1, 2])
def test_a_mistake_is_caught_whatever_the_seed(one, seed, only):
    only(one.check_name)
    with pytest.raises(GradientError) as caught:
        one.check(rng=seed)
    assert caught.value.check == one.check_name


TWINS = {(one.right, repr(one.arguments), repr(one.options)): one for one in EXHIBITS}


@pytest.mark.parametrize(
    "one", TWINS.values(), ids=[f"{one.right.__name__} of {one.name}" for one in TWINS.values()]
)
def test_the_right_twin_passes(one):
    report = one.check_right()
    assert one.check_name in report.results


# --- The smallest input -------------------------------------------------------------------------------------


def same(got, stated):
    """Equal, but for the last bits of what has more digits than a person writes."""
    if isinstance(stated, bool | str):
        return got == stated
    got, stated = np.asarray(got), np.asarray(stated)
    return got.shape == stated.shape and np.allclose(got, stated, rtol=1e-13, atol=0, equal_nan=True)


@every_one
def test_the_smallest_input_shows_it(one):
    wrong, right = one.shown()
    assert same(wrong, one.gives)
    assert same(right, one.should_give)
    assert not same(one.gives, one.should_give)


@every_one
def test_the_smallest_input_can_be_followed_by_hand(one):
    numbers = re.findall(r"-?[0-9.]+(?:e-?[0-9]+)?", " ".join(one.smallest.table().values()))
    assert len(numbers) <= 14


# --- To read ------------------------------------------------------------------------------------------------


@every_one
def test_one_sentence_says_what_is_wrong(one):
    assert re.fullmatch(r"[^.]*(?:\.\w[^.]*)*\.", one.sentence), "one full stop, at the end"
    assert 60 < len(one.sentence) < 260


@every_one
def test_the_wrong_class_is_found_by_its_name(one):
    module = importlib.import_module(one.wrong.__module__)
    assert getattr(module, one.wrong.__name__) is one.wrong
    assert one.wrong.__name__ in module.__all__
    assert len(gallery.exhibits.source(one.wrong).splitlines()) <= 24


@every_one
def test_the_description_tells_everything(one):
    text = gallery.describe(one)
    assert text == str(one) == gallery.describe(one.name)
    assert " ".join(text.split()).count(one.sentence) == 1
    for part in (f"class {one.wrong.__name__}", one.check_name, one.smallest.checker, one.right.__name__):
        assert part in text


def test_there_are_enough_and_each_is_there_once():
    names = [one.name for one in EXHIBITS]
    classes = [one.wrong for one in EXHIBITS]
    assert len(EXHIBITS) >= 24
    assert len(set(names)) == len(set(classes)) == len(EXHIBITS)
    assert sum(len(table) for _, _, table in FAMILIES) == len(EXHIBITS)
    assert {name.strip() for line in WANTED.strip().splitlines() for name in line.split(";")} <= set(names)


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'transposed kernel'"):
        gallery.exhibit("transposd kernel")


def test_the_page_is_what_the_gallery_says():
    written = (Path(__file__).parents[2] / "docs" / "gallery.md").read_text(encoding="utf-8")
    assert written == page(), "write it again: its first line says how"


def test_the_command_writes_the_page(capsys):
    runpy.run_module("mlp.testing.gallery", run_name="__main__")
    assert capsys.readouterr().out == page()


def test_the_library_does_not_import_the_gallery():
    code = "import sys, mlp; sys.exit(any('gallery' in name for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
