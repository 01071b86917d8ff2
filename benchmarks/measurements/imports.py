"""How long ``import`` takes in a fresh process that has imported NumPy already."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from typing import Any

from benchmarks.contenders import OURS, version
from benchmarks.plan import Plan
from benchmarks.timing import Pace, spread, take_turns
from benchmarks.workers import ROOT

#: Modules, the packages they are in, and the contenders that use them.
MODULES = {
    "mlp": (None, {OURS}),
    "torch": ("torch", {"torch", "torch-compiled"}),
    "jax": ("jax", {"jax", "jax-device", "jax-epoch"}),
    "keras": ("keras", {"keras-jax", "keras-tensorflow"}),
    "sklearn.neural_network": ("scikit-learn", {"sklearn"}),
    "onnxruntime": ("onnxruntime", {"onnxruntime"}),
}
ROUNDS = 11
PROGRAM = """
import time
start = time.perf_counter()
import numpy
middle = time.perf_counter()
import {module}
print(middle - start, time.perf_counter() - middle)
"""


def measure(plan: Plan) -> list[dict[str, Any]]:
    """Import in turns; the first round, which reads from the disk, does not count."""
    plan.say("import time")
    modules = [
        module
        for module, (package, users) in MODULES.items()
        if users & {*plan.contenders} and (package is None or version(package))
    ]
    taken: dict[str, list[float]] = {module: [] for module in modules}
    numpy: list[float] = []
    rounds = 1 if plan.quick else ROUNDS

    def piece(module: str) -> float:
        before, above = imported(module)
        numpy.append(before)
        return above

    pieces = {module: partial(piece, module) for module in modules}
    for module, times in take_turns(pieces, Pace(0, 0, 1 + rounds)).items():
        taken[module] = times[1:]
    rows = [figures("numpy", numpy[len(modules) :])]
    return rows + [figures(module, times) for module, times in taken.items()]


def imported(module: str) -> tuple[float, float]:
    """Return the milliseconds of ``import numpy`` and of ``import module`` after it."""
    result = subprocess.run(  # noqa: S603 - a program of this file
        [sys.executable, "-W", "ignore", "-c", PROGRAM.format(module=module)],
        check=True, capture_output=True, text=True, cwd=ROOT, env=os.environ | {"KERAS_BACKEND": "jax"},
    )  # fmt: skip
    before, above = map(float, result.stdout.split()[-2:])
    return 1e3 * before, 1e3 * above


def figures(module: str, times: list[float]) -> dict[str, Any]:
    """Return a row of the table."""
    middle, low, high = spread(times)
    return {"module": module, "ms": middle, "low": low, "high": high}
