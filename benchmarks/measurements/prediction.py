"""Microseconds a prediction, by a direct call and by ``predict``."""

from __future__ import annotations

from typing import Any

from benchmarks.contenders import CALL, CONTENDERS, OURS, PREDICT
from benchmarks.plan import Plan
from benchmarks.teams import Team

#: The network and how many rows.
PREDICTIONS = (("2-5-1", 1), ("2-5-1", 10_000), ("784-50-100-10", 10_000))
TOLERANCE = 1e-4  # absolute difference of the outputs from mlp's, in float32


def measure(plan: Plan) -> list[dict[str, Any]]:
    """Measure each kind of prediction that is wanted."""
    return [one(name, rows, plan) for name, rows in PREDICTIONS if plan.wants(name)]


def one(name: str, count: int, plan: Plan) -> dict[str, Any]:
    """Measure both ways of predicting so many rows, all in one race."""
    title = f"{name}, {count:,} row{'s' if count > 1 else ''}"
    plan.say(f"prediction: {title}")
    names = [n for n in plan.contenders if {CALL, PREDICT} & {*CONTENDERS[n].jobs}]
    with Team(names, plan.threads) as team:
        team.open(name)
        team.everyone("rows", count=count)
        check(team)
        rows = team.race((CALL, PREDICT), plan.pace.share(0.5))
    return {
        "work": name, "count": count, "title": title, "rows": rows,
        "failures": team.failures, "notes": team.notes,
    }  # fmt: skip


def check(team: Team) -> None:
    """See that all who have the same network predict the same; who does not is let go."""
    for job in (CALL, PREDICT):
        answers = team.everyone("outputs", team.able(job), job=job)
        ours = next((values for w, values in answers.items() if w.contender.name == OURS), None)
        for worker, values in answers.items():
            apart = max(abs(a - b) for a, b in zip(values, ours or values, strict=True))
            if team.comparable[worker.contender.name] and not apart < TOLERANCE:
                team.drop(worker, f"its outputs are apart from mlp's by {apart:.1e}")
