"""Processes that are really killed; many more of them by ``python tests/kill_and_resume.py``."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(__file__).parents[1] / "kill_and_resume.py"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="it forks")
def test_processes_that_are_killed_while_they_train_and_save():
    """A training goes on as if nothing had been, and a file is the old one or the new one."""
    done = subprocess.run(
        [sys.executable, COMMAND, "--kills", "12", "--saves", "20"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert "every one ended as without, to the last bit" in first
    assert "no file lost or damaged" in second
