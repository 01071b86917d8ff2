"""Microseconds an iteration of L-BFGS, and where it gets."""

from __future__ import annotations

from typing import Any

from benchmarks.contenders import CONTENDERS, MINIMIZE
from benchmarks.plan import Plan
from benchmarks.teams import Team
from benchmarks.workloads import MINIMIZATION, Workload


def measure(plan: Plan) -> dict[str, Any]:
    """Measure every workload of L-BFGS."""
    return {work.name: one(work, plan) for work in MINIMIZATION.values() if plan.wants(work.name)}


def one(work: Workload, plan: Plan) -> dict[str, Any]:
    """Minimize again and again, always from the same start."""
    plan.say(f"L-BFGS: {work}")
    names = [name for name in plan.contenders if MINIMIZE in CONTENDERS[name].jobs]
    with Team(names, plan.threads) as team:
        team.open(work.name)
        rows = team.race([MINIMIZE], plan.pace.share(0.5))
        ends = {(w.contender.name, w.threads): end for w, end in team.everyone("ending").items()}
    rows = [{**row, **ends[row["contender"], row["threads"]]} for row in rows]
    return {"title": str(work), "rows": rows, "failures": team.failures}
