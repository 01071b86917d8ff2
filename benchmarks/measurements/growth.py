"""How the cost of a step grows with batch, width and depth."""

from __future__ import annotations

from typing import Any

from benchmarks.contenders import FLOOR, OURS, TRAIN
from benchmarks.plan import Plan
from benchmarks.teams import Team
from benchmarks.timing import slope
from benchmarks.workloads import GROWTH

CONTENDERS = (OURS, FLOOR, "torch")


def measure(plan: Plan) -> dict[str, Any]:
    """Measure every series, with one team for all networks."""
    names = [name for name in CONTENDERS if name in plan.contenders]
    with Team(names, plan.threads) as team:
        return {axis: series(axis, team, plan) for axis in GROWTH if plan.wants(axis)}


def series(axis: str, team: Team, plan: Plan) -> dict[str, Any]:
    """Measure the networks of one series."""
    rows = []
    for size, work in GROWTH[axis].items():
        plan.say(f"growth: {work}")
        team.open(work.name)
        rows.append({"size": size, "flops": work.flops, "us": times(team, plan)})
    return {"rows": rows, "slopes": slopes(rows)}


def times(team: Team, plan: Plan) -> dict[str, float]:
    """Return the microseconds of a step of everyone."""
    return {row["contender"]: row["us"] for row in team.race([TRAIN], plan.pace.share(0.25))}


def slopes(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Return the slope of everyone and of the arithmetic at the large end."""
    sizes = [row["size"] for row in rows]
    measured = {name: slope(sizes, [row["us"][name] for row in rows]) for name in rows[-1]["us"]}
    return {**measured, "flops": slope(sizes, [row["flops"] for row in rows])}
