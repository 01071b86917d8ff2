"""What mlp should reach beside the others, and whether it did in this run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.contenders import CALL, FLOOR, OURS, PREDICT, TRAIN
from benchmarks.teams import find
from benchmarks.timing import ratio

Results = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """A figure and its bound."""

    title: str
    measured: Callable[[Results], float | None]
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""

    @property
    def bound(self) -> str:
        """The bound in words."""
        word, value = ("≥", self.at_least) if self.at_most is None else ("≤", self.at_most)
        return f"{word} {value:g}{self.unit}"

    def row(self, results: Results) -> dict[str, Any]:
        """Compare with this run; ``met`` is None where something was not measured."""
        value = self.measured(results)
        met = None
        if value is not None:
            met = (self.at_least is None or value >= self.at_least) and (
                self.at_most is None or value <= self.at_most
            )
        return {
            "title": self.title, "bound": self.bound, "measured": value, "unit": self.unit, "met": met
        }  # fmt: skip


def training(results: Results, work: str) -> list[dict[str, Any]]:
    """Return the rows of a workload of training."""
    return results.get("training", {}).get(work, {}).get("rows", [])


def prediction(results: Results, work: str, count: int) -> list[dict[str, Any]]:
    """Return the rows of a kind of prediction."""
    races = (
        race["rows"]
        for race in results.get("prediction", [])
        if (race["work"], race["count"]) == (work, count)
    )
    return next(races, [])


def between(rows: list[dict[str, Any]], slow: str, fast: str, job: str) -> float | None:
    """Return how many times as long the one takes as the other."""
    pair = [find(rows, name, job) for name in (slow, fast)]
    return None if None in pair else ratio(pair[0]["rounds"], pair[1]["rounds"])


def ahead(work: str, peer: str) -> Callable[[Results], float | None]:
    """Make the figure: how many times as long as mlp a peer takes for a step."""
    return lambda results: between(training(results, work), peer, OURS, TRAIN)


def above_floor(work: str) -> Callable[[Results], float | None]:
    """Make the figure: how many times as long as the bare loop mlp takes for a step."""
    return lambda results: between(training(results, work), OURS, FLOOR, TRAIN)


def best_peer(work: str) -> Callable[[Results], float | None]:
    """Make the figure: how many times as long as mlp the fastest library takes for a step."""

    def measured(results: Results) -> float | None:
        rows = training(results, work)
        peers = [row["contender"] for row in rows if row["contender"] not in (OURS, FLOOR)]
        return min((between(rows, peer, OURS, TRAIN) for peer in peers), default=None)

    return measured


def call_beside(peer: str) -> Callable[[Results], float | None]:
    """Make the figure: how many times as long as ``net(x)`` a peer's call of one row takes."""
    return lambda results: between(prediction(results, "2-5-1", 1), peer, OURS, CALL)


def predict_above_call(results: Results) -> float | None:
    """Return how many microseconds more ``predict`` takes for one row than ``net(x)``."""
    pair = [find(prediction(results, "2-5-1", 1), OURS, job) for job in (PREDICT, CALL)]
    return None if None in pair else pair[0]["us"] - pair[1]["us"]


def many_at_once(results: Results) -> float | None:
    """Return how many times as long as one network 64 of them take."""
    rows = results.get("together", [])
    return next((r["ratio"] for r in rows if (r["work"], r["members"]) == ("2-5-1", 64)), None)


def import_above_numpy(results: Results) -> float | None:
    """Return the milliseconds of ``import mlp`` after ``import numpy``."""
    return next((row["ms"] for row in results.get("imports", []) if row["module"] == "mlp"), None)


def targets() -> Iterator[Target]:
    """List all targets."""
    for work, whole_epoch in (("2-5-1", 2), ("4-20-10-1", 0.75)):
        yield Target(f"{work}: PyTorch / mlp, a step", ahead(work, "torch"), at_least=10)
        yield Target(f"{work}: JAX / mlp, a step", ahead(work, "jax"), at_least=3)
        yield Target(f"{work}: JAX whole epoch / mlp, a step", ahead(work, "jax-epoch"), at_least=whole_epoch)
    yield Target("784-50-100-10: fastest library / mlp, a step", best_peer("784-50-100-10"), at_least=1)
    for work in ("784-512-512-10", "wide"):
        yield Target(f"{work}: fastest library / mlp, a step", best_peer(work), at_least=0.7)
    for work in ("2-5-1", "4-20-10-1"):
        yield Target(f"{work}: mlp / bare loop, a step", above_floor(work), at_most=1.25)
    for work in ("784-50-100-10", "784-512-512-10", "deep", "wide"):
        yield Target(f"{work}: mlp / bare loop, a step", above_floor(work), at_most=1.05)
    yield Target("one row of 2-5-1: JAX's call / `net(x)`", call_beside("jax"), at_least=1)
    yield Target("one row of 2-5-1: ONNX Runtime's call / `net(x)`", call_beside("onnxruntime"), at_least=0.8)
    yield Target("one row of 2-5-1: `predict` above `net(x)`", predict_above_call, at_most=10, unit=" µs")
    yield Target("64 networks 2-5-1 at once / one, a step", many_at_once, at_most=8)
    yield Target("`import mlp` above `import numpy`", import_above_numpy, at_most=60, unit=" ms")


def judge(results: Results) -> list[dict[str, Any]]:
    """Return a row for each target."""
    return [target.row(results) for target in targets()]
