"""What all tests share."""

import pytest

from mlp import training


@pytest.fixture(autouse=True)
def _recorded_soon(monkeypatch):
    """Passes are recorded at the second step, so that every test that trains tests recordings too."""
    monkeypatch.setattr(training, "PLAIN_STEPS", 1)
