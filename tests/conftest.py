"""What all tests share."""

import gc
import math

import pytest

from mlp import passes, training
from mlp.passes import RecordedPass


def pytest_collection_finish():
    """What was made in collecting stays to the end: nobody need look through it for rubbish again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _recorded_soon(monkeypatch):
    """Passes are recorded at the second step, so that every test that trains tests recordings too."""
    monkeypatch.setattr(training, "PLAIN_STEPS", 1)


@pytest.fixture(autouse=True)
def _recordings_are_proven(monkeypatch):
    """The library's own classes, which are taken at their word, are compared with a plain step as others are."""
    is_proven = RecordedPass.is_proven

    def proven(self, *batch):
        trusted = is_proven(self, *batch)
        as_recorded = not self._in_place or batch[1] is self.inputs[0]
        if trusted and as_recorded and all(map(passes.is_ours, self._parts())):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(passes, "is_ours", lambda part: False)
                same = is_proven(self, *batch) or not math.isfinite(self.value)
                assert same, "a recording does not do what a plain step does"
        return trusted

    monkeypatch.setattr(RecordedPass, "is_proven", proven)
